//! One honest instance and witness of every statement, the same each time: what benchmarks and tests of provers prove.
//! The secrets are published here, so nothing that counts may be proved with them.

use crate::{
    credential::{Attributes, Credential, CredentialId, CredentialKind, DomainPrefix},
    identity::{DeploymentId, Identity, Nullifier, Seed},
    membership::{MembershipInstance, MembershipWitness},
    merge::{MergeInstance, MergeSlot, MergeWitness, SLOTS},
    requirement::Requirement,
    scope::{Message, Scope, ScopeKind},
    slot::SlotWitness,
    standing::{StandingInstance, StandingWitness},
    tree::{CredentialTree, MemberTree},
    wire::field_hash,
};

/// Index of the tag that the statements show; the credentials' tags come before it.
const SHOWN_TAG: u64 = 100;
const AS_OF: u32 = 1_800_000_000;

fn identity(number: u8) -> Identity {
    Identity::derive(&Seed::from_bytes([number; 32]), &DeploymentId::new([0; 32]))
}

fn scope() -> Scope {
    Scope::derive(&DeploymentId::new([0; 32]), ScopeKind::Poll, b"sample")
}

fn message() -> Message {
    Message::new(field_hash(&[b"sample message"]))
}

/// The twentieth of twenty members.
#[must_use]
pub fn membership() -> (MembershipInstance, MembershipWitness) {
    let member = identity(20);
    let tree = MemberTree::build((1..=20).map(|number| identity(number).commitment())).expect("there is room");
    let path = tree.path(19).expect("the member is there");
    let instance =
        MembershipInstance::new(tree.root(), scope(), member.nullifier(&scope()), member.tag(SHOWN_TAG), message());
    let witness =
        MembershipWitness { secret: member.secret().clone(), tag_randomness: member.tag_randomness(SHOWN_TAG), path };
    (instance, witness)
}

/// The same member with a credential in every slot, against a requirement that takes them all.
#[must_use]
pub fn standing<const S: usize>() -> (StandingInstance<S>, StandingWitness<S>) {
    let (member, (instance, witness)) = (identity(20), membership());
    let slots = u8::try_from(S).expect("Standing has 3 or 8 slots");
    let held: Vec<Credential> = (0..slots)
        .map(|i| Credential {
            tag: member.tag(i.into()),
            attributes: Attributes {
                domain: DomainPrefix::ANY.domain(),
                kind: CredentialKind::new(i),
                weight: 10,
                expires_at: AS_OF + 1,
                issued_at: AS_OF,
            },
            id: CredentialId::of_claim(&[i; 32]),
        })
        .collect();
    let (tree, credentials) = in_a_tree(&member, &held);
    let requirement =
        Requirement { domain: DomainPrefix::ANY, min_count: slots, min_weight: 10 * u32::from(slots), as_of: AS_OF };
    let instance = StandingInstance::new(
        instance.members_root,
        tree.root(),
        requirement,
        instance.scope,
        instance.nullifier,
        instance.tag,
        instance.message,
    );
    (instance, StandingWitness { membership: witness, credentials })
}

/// A tree of leaves, and for each of them its slot; leaf i has its owner's tag number i.
fn in_a_tree(owner: &Identity, held: &[Credential]) -> (CredentialTree, Vec<SlotWitness>) {
    let tree = CredentialTree::build(held.iter().map(Credential::leaf)).expect("there is room");
    let slot = |(index, leaf): (u32, &Credential)| SlotWitness {
        tag_randomness: owner.tag_randomness(index.into()),
        attributes: leaf.attributes,
        id: leaf.id,
        path: tree.path(index).expect("the leaf is there"),
    };
    let slots = (0..).zip(held).map(slot).collect();
    (tree, slots)
}

/// The same member with a note in every slot, reward notes but for one of an earlier merge.
#[must_use]
pub fn merge() -> (MergeInstance, MergeWitness) {
    let member = identity(20);
    let attributes = Attributes {
        domain: DomainPrefix::ANY.domain(),
        kind: CredentialKind::REWARD_NOTE,
        weight: 10,
        expires_at: AS_OF + 1,
        issued_at: AS_OF,
    };
    let balance = Attributes { kind: CredentialKind::BALANCE_NOTE, ..attributes };
    let held: [Credential; SLOTS] = core::array::from_fn(|i| Credential {
        tag: member.tag(i as u64),
        attributes: if i == 0 { balance } else { attributes },
        id: CredentialId::of_note(&scope(), &Nullifier::new((i as u64).into())),
    });
    let (tree, notes) = in_a_tree(&member, &held);
    let slots = core::array::from_fn(|k| MergeSlot::Note(Box::new(notes[k].clone())));
    let witness =
        MergeWitness { secret: member.secret().clone(), tag_randomness: member.tag_randomness(SHOWN_TAG), slots };
    let weight = held.iter().map(|note| note.attributes.weight).sum();
    let balance = Attributes { weight, ..balance };
    let instance = MergeInstance::new(tree.root(), balance, witness.spends(), witness.tag(), message())
        .expect("every note has an id of its own");
    (instance, witness)
}
