//! A member with credentials, and provers loaded once.

use std::sync::LazyLock;

use aiq_circuits::credential::{Attributes, Credential, CredentialId, CredentialKind};
use aiq_circuits::identity::{DeploymentId, Identity, Seed};
use aiq_circuits::membership::{MembershipInstance, MembershipWitness};
use aiq_circuits::requirement::Requirement;
use aiq_circuits::scope::{Message, Scope, ScopeKind};
use aiq_circuits::standing::{SlotWitness, StandingInstance, StandingWitness};
use aiq_circuits::statement::StatementId;
use aiq_circuits::tree::{CredentialTree, MemberTree};
use aiq_circuits::wire::field_hash;
use aiq_keys::KeyDir;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::Prover;

pub const AS_OF: u32 = 1_800_000_000;

pub static MEMBERSHIP: LazyLock<Prover> = LazyLock::new(|| prover(StatementId::Membership));
pub static STANDING_3: LazyLock<Prover> = LazyLock::new(|| prover(StatementId::Standing3));
pub static MERGE_6: LazyLock<Prover> = LazyLock::new(|| prover(StatementId::Merge6));

fn prover(statement: StatementId) -> Prover {
    Prover::load(&keys(statement), statement).unwrap()
}

pub fn keys(statement: StatementId) -> KeyDir {
    KeyDir::for_tests(&[statement]).unwrap()
}

pub fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn identity(number: u8) -> Identity {
    Identity::derive(&Seed::from_bytes([number; 32]), &DeploymentId::new([1; 32]))
}

fn scope() -> Scope {
    Scope::derive(&DeploymentId::new([1; 32]), ScopeKind::Poll, b"a poll")
}

fn members() -> MemberTree {
    MemberTree::build((0..20).map(|number| identity(number).commitment())).unwrap()
}

/// Member 9 of 20, with tag number 100.
pub fn membership() -> (MembershipInstance, MembershipWitness) {
    let (me, members) = (identity(9), members());
    let tag_randomness = me.tag_randomness(100);
    let tag = me.secret().tag(&tag_randomness);
    let message = Message::new(field_hash(&[b"a message"]));
    let instance = MembershipInstance::new(members.root(), scope(), me.nullifier(&scope()), tag, message);
    let path = members.path(9).unwrap();
    (instance, MembershipWitness { secret: me.secret().clone(), tag_randomness, path })
}

/// The same member with two credentials, the second of which expires at `expires_at`.
pub fn standing<const S: usize>(expires_at: u32) -> (StandingInstance<S>, StandingWitness<S>) {
    let me = identity(9);
    let (_, membership) = membership();
    let credentials: Vec<Credential> = (0..2)
        .map(|i| Credential {
            tag: me.tag(i),
            attributes: Attributes {
                domain: "1.7.2.0".parse().unwrap(),
                kind: CredentialKind::new(1),
                weight: 10,
                expires_at: if i == 1 { expires_at } else { AS_OF + 1000 },
                issued_at: AS_OF - 1000,
            },
            id: CredentialId::of_claim(&[u8::try_from(i).unwrap(); 32]),
        })
        .collect();
    let tree = CredentialTree::build(credentials.iter().map(Credential::leaf)).unwrap();
    let requirement = Requirement { domain: "1.7".parse().unwrap(), min_count: 2, min_weight: 15, as_of: AS_OF };
    let instance = StandingInstance::new(
        members().root(),
        tree.root(),
        requirement,
        scope(),
        me.nullifier(&scope()),
        me.secret().tag(&membership.tag_randomness),
        Message::new(field_hash(&[b"a message"])),
    );
    let slot = |(i, credential): (u32, &Credential)| SlotWitness {
        tag_randomness: me.tag_randomness(u64::from(i)),
        attributes: credential.attributes,
        id: credential.id,
        path: tree.path(i).unwrap(),
    };
    (instance, StandingWitness { membership, credentials: (0..).zip(&credentials).map(slot).collect() })
}
