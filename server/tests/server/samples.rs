//! Records that are well-formed, with proofs that prove nothing.

use aiq_circuits::{
    Fr,
    credential::{Attributes, Credential, CredentialId, CredentialKind},
    identity::{Commitment, DeploymentId, Nullifier, OwnerTag},
    scope::Scope,
    statement::StatementId,
    tree::{CredentialsRoot, MembersRoot},
    wire::sha256,
};
use aiq_server::genesis_file::Founder;
use aiq_verifier::{
    attestation::AttestationRequest,
    eligibility::{Eligibility, PinnedRoots},
    genesis::Genesis,
    log::{Act, EnrolledBy},
    poll::{Ballot, BallotKey, Choice, Decision, Join, PollDefinition, PollId, PollRule},
    presentation::Presentation,
    proof::Proof,
    service_key::ServiceKey,
    verifying_key::KeyId,
    withdrawal::WithdrawalKey,
};
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::AffineRepr as _;
use ed25519_dalek::SigningKey;
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

/// Unix seconds at which tests begin.
pub const NOW: u32 = 1_795_444_000;

pub fn commitment(number: u64) -> Commitment {
    Commitment::new(Fr::from(number))
}

/// What member `number` signs with when it leaves.
pub fn leaving(number: u64) -> SigningKey {
    SigningKey::from_bytes(&sha256(&[b"leaving", &number.to_be_bytes()]))
}

pub fn withdrawal_key(number: u64) -> WithdrawalKey {
    WithdrawalKey::of(&leaving(number))
}

pub fn founder(number: u64) -> Founder {
    Founder { commitment: commitment(number), withdrawal_key: withdrawal_key(number) }
}

/// The body of a request to enrol member `number`.
pub fn enrolment(invitation: &str, number: u64) -> Value {
    json!({"invitation": invitation, "commitment": commitment(number), "withdrawal_key": withdrawal_key(number)})
}

/// Member `number` enrols.
pub fn enrolled(number: u64, by: EnrolledBy) -> Act {
    Act::Enrolment { commitment: commitment(number), withdrawal_key: withdrawal_key(number), by }
}

/// A credential of nobody.
pub fn credential(number: u8) -> Credential {
    let attributes = Attributes {
        domain: "1.9.1.0".parse().unwrap(),
        kind: CredentialKind::new(1),
        weight: 5,
        expires_at: NOW + 10,
        issued_at: NOW - 10,
    };
    Credential { tag: OwnerTag::new(Fr::from(number)), attributes, id: CredentialId::of_claim(&[number; 32]) }
}

pub fn nullifier(number: u64) -> Nullifier {
    Nullifier::new(Fr::from(number))
}

pub fn genesis() -> Genesis {
    Genesis { name: "Test".into(), salt: [1; 32], log_key: ServiceKey::of(&signer(250)), manifest_digest: [2; 32] }
}

pub fn deployment() -> DeploymentId {
    genesis().deployment_id()
}

/// Points on the curves that are a proof of nothing.
pub fn proof() -> Proof {
    Proof::from_points(G1Affine::generator(), G2Affine::generator(), G1Affine::generator()).unwrap()
}

pub fn signer(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

pub fn roots() -> PinnedRoots {
    PinnedRoots {
        epoch: 0,
        members_root: MembersRoot::new(Fr::from(1_u64)),
        credentials_root: CredentialsRoot::new(Fr::from(2_u64)),
    }
}

/// Announced at [`NOW`], open from 100 seconds later for 100 seconds.
pub fn poll(number: u8) -> PollDefinition {
    PollDefinition {
        id: PollId::new([number; 16]),
        question: "Which?".into(),
        options: vec!["One".into(), "Other".into()],
        rule: PollRule::default(),
        decision: Decision::default(),
        eligibility: Eligibility::Membership,
        roots: roots(),
        key_id: KeyId::new([3; 32]),
        announced_at: NOW,
        opens_at: NOW + 100,
        closes_at: NOW + 200,
        enactment: None,
        reward: None,
    }
}

pub fn presentation(number: u64, key_id: KeyId) -> Presentation {
    Presentation {
        statement: StatementId::Membership,
        key_id,
        nullifier: nullifier(number),
        tag: OwnerTag::new(Fr::from(9_u64)),
        proof: proof(),
    }
}

/// The join of nullifier `number` with ballot key number `key`.
pub fn join(number: u64, key: u8) -> Join {
    Join { presentation: presentation(number, KeyId::new([3; 32])), ballot_key: BallotKey::of(&signer(key)) }
}

pub fn ballot(scope: Scope, number: u64, key: u8, seq: u32, choice: &Choice) -> Ballot {
    ballot_with(&mut StdRng::seed_from_u64(seq.into()), scope, number, key, seq, choice)
}

/// A ballot whose blinding comes from `rng`.
pub fn ballot_with(rng: &mut StdRng, scope: Scope, number: u64, key: u8, seq: u32, choice: &Choice) -> Ballot {
    Ballot::sign(&signer(key), scope, nullifier(number), seq, choice.encode(), rng)
}

pub fn request(nonce: u8) -> AttestationRequest {
    AttestationRequest {
        audience: "An employer".into(),
        eligibility: Eligibility::Membership,
        roots: roots(),
        key_id: KeyId::new([3; 32]),
        nonce: [nonce; 32],
        linkable: false,
        created_at: NOW,
        expires_at: NOW + 100,
    }
}
