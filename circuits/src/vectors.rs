//! The committed known answers (`tests/vectors/vectors.json`), made by an independent implementation in Python
//! (`tests/vectors/generate.py`).

#![allow(clippy::unwrap_used)]

use ark_bn254::Fr;
use serde_json::Value;

use crate::{
    credential::{Attributes, Credential, CredentialId, CredentialKind},
    hash::{HashName, hash},
    identity::{Commitment, DeploymentId, Identity, Seed},
    scope::{Scope, ScopeKind},
    tree::{CredentialTree, MemberTree},
    wire::{fr_to_hex, sha256},
};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../tests/vectors/vectors.json")).unwrap()
}

#[test]
fn every_hash_gives_its_known_answer() {
    for name in HashName::ALL {
        let inputs: Vec<Fr> = (1..=name.arity() as u64).map(Fr::from).collect();
        assert_eq!(vectors()["hashes"][name.label()], fr_to_hex(&hash(name, &inputs)), "{}", name.label());
    }
}

#[test]
fn identity_scope_leaf_and_notes_give_their_known_answers() {
    let vectors = vectors();
    let deployment = DeploymentId::new([0xa1; 32]);
    let identity = Identity::derive(&Seed::from_bytes(std::array::from_fn(|i| u8::try_from(i).unwrap())), &deployment);
    let scope = Scope::derive(&deployment, ScopeKind::Poll, b"a poll");
    let attributes = Attributes {
        domain: "1.7.2.0".parse().unwrap(),
        kind: CredentialKind::new(2),
        weight: 5,
        expires_at: 1_900_000_000,
        issued_at: 1_800_000_000,
    };
    let credential =
        Credential { tag: identity.tag(5), attributes, id: CredentialId::of_claim(&sha256(&[b"a claim"])) };
    assert_eq!(vectors["commitment"], identity.commitment().to_string());
    assert_eq!(vectors["tag_5"], identity.tag(5).to_string());
    assert_eq!(vectors["scope"], scope.to_string());
    assert_eq!(vectors["nullifier"], identity.nullifier(&scope).to_string());
    assert_eq!(vectors["credential_leaf"], fr_to_hex(&credential.leaf()));
    let note = CredentialId::of_note(&scope, &identity.nullifier(&scope));
    let spends = core::array::from_fn(|i| {
        identity.secret().spend_nullifier(&CredentialId::new(*note.as_field() + Fr::from(i as u64)))
    });
    assert_eq!(vectors["note_id"], note.to_string());
    assert_eq!(vectors["spend_of_the_note"], spends[0].to_string());
    assert_eq!(vectors["balance_id"], CredentialId::of_balance(&spends).to_string());
}

#[test]
fn both_trees_give_their_known_roots() {
    let leaves = || (1..=20u64).map(Fr::from);
    let members = MemberTree::build(leaves().map(Commitment::new)).unwrap();
    let credentials = CredentialTree::build(leaves()).unwrap();
    assert_eq!(vectors()["members_root_of_1_to_20"], members.root().to_string());
    assert_eq!(vectors()["credentials_root_of_1_to_20"], credentials.root().to_string());
}
