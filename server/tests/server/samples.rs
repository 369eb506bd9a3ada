//! Records that are well-formed, with proofs that prove nothing.

use aiq_circuits::{
    Fr,
    credential::CredentialKind,
    identity::{Commitment, DeploymentId, Nullifier, OwnerTag},
    requirement::Requirement,
    scope::Scope,
    statement::StatementId,
    tree::{CredentialsRoot, MembersRoot},
};
use aiq_verifier::{
    attestation::AttestationRequest,
    claim::{Claim, NewClaim},
    eligibility::{Eligibility, PinnedRoots},
    genesis::Genesis,
    poll::{Ballot, BallotKey, Blinding, Choice, Decision, Join, PollDefinition, PollId, PollRule, Ratio},
    presentation::Presentation,
    proof::Proof,
    review::{Review, ReviewOpening, Verdict},
    service_key::ServiceKey,
    standard::{KindRule, Reward, Standard},
    verifying_key::KeyId,
};
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::AffineRepr as _;
use ed25519_dalek::SigningKey;
use rand::{SeedableRng as _, rngs::StdRng};

/// Unix seconds at which tests begin.
pub const NOW: u32 = 1_795_444_000;

pub fn commitment(number: u64) -> Commitment {
    Commitment::new(Fr::from(number))
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

pub fn tag(number: u64) -> OwnerTag {
    OwnerTag::new(Fr::from(number))
}

/// Governs everything; two reviews decide, and a majority accepts.
pub fn standard() -> Standard {
    Standard {
        domain: "any".parse().unwrap(),
        version: 1,
        reviewers: "ai-1".into(),
        quorum: 2,
        acceptance: Ratio::new(1, 2).unwrap(),
        window: 100,
        validity: 86_400,
        claims_per_epoch: 3,
        kinds: vec![KindRule { kind: CredentialKind::new(1), name: "Paper".into(), weight: 4 }],
        reward: Some(Reward { weight: 1, validity: 86_400 }),
    }
}

/// Claim 0 of epoch 0 of member `member`, about paper `work`: its nullifiers are `member`, its tag is 100 times that.
pub fn claim(work: u16, member: u64) -> NewClaim {
    let standard = standard();
    let requirement = Requirement { domain: standard.domain, min_count: 1, min_weight: 1, as_of: NOW };
    let claim = Claim {
        domain: "1.4.0.0".parse().unwrap(),
        kind: CredentialKind::new(1),
        title: "On attention".into(),
        summary: String::new(),
        evidence: vec![format!("arxiv:2401.{work:05}").parse().unwrap()],
        renews: None,
        tag: tag(100 * member),
        standard: standard.id(),
        eligibility: Eligibility::Standing {
            statement: StatementId::Standing3,
            requirement,
            menu: standard.reviewers.clone(),
        },
        roots: roots(),
        key_id: KeyId::new([3; 32]),
    };
    let proved = |tag: OwnerTag| Presentation { tag, ..presentation(member, KeyId::new([3; 32])) };
    NewClaim { presentation: proved(claim.tag), claim, number: 0, ticket: proved(tag(1)) }
}

/// The review of nullifier `number`, rewarded at tag 1000 + `number`.
pub fn review(number: u64, verdict: Verdict) -> Review {
    let presentation = Presentation { tag: tag(1000 + number), ..presentation(number, KeyId::new([3; 32])) };
    let opening = ReviewOpening { blinding: Blinding::new([7; 32]), verdict, comment: "Sound.".into() };
    Review { presentation, opening }
}
