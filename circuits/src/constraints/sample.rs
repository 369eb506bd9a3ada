//! One honest instance and witness of every statement, the same each time: what benchmarks and tests of provers prove.
//! The secrets are published here, so nothing that counts may be proved with them.

use crate::{
    credential::{Attributes, Credential, CredentialId, CredentialKind, DomainPrefix},
    identity::{DeploymentId, Identity, Seed},
    membership::{MembershipInstance, MembershipWitness},
    requirement::Requirement,
    scope::{Message, Scope, ScopeKind},
    standing::{SlotWitness, StandingInstance, StandingWitness},
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
    let tree = CredentialTree::build(held.iter().map(Credential::leaf)).expect("there is room");
    let credentials = (0..)
        .zip(&held)
        .map(|(index, credential)| SlotWitness {
            tag_randomness: member.tag_randomness(index.into()),
            attributes: credential.attributes,
            id: credential.id,
            path: tree.path(index).expect("the credential is there"),
        })
        .collect();
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
