//! Records that are well-formed, with proofs that prove nothing.

use aiq_circuits::{
    Fr,
    credential::{Attributes, Credential, CredentialId, CredentialKind},
    identity::{Commitment, DeploymentId, Nullifier, OwnerTag, SpendNullifier},
    merge::SLOTS,
    requirement::Requirement,
    scope::Scope,
    statement::StatementId,
    tree::{CredentialsRoot, MembersRoot},
    wire::sha256,
};
use aiq_server::{genesis_file::Founder, store::CeremonyPackage};
use aiq_verifier::{
    attestation::AttestationRequest,
    ceremony::{
        Ceremony, Complaint, Confirmation, EncryptionKey, EncryptionSecret, PolynomialCommitment, PossessionProof,
        Round1, Round2, SealedShare, TranscriptHash, Trustee,
    },
    claim::{Claim, NewClaim},
    eligibility::{Eligibility, PinnedRoots},
    genesis::Genesis,
    log::{Act, EnrolledBy},
    merge::Merge,
    poll::{
        Ballot, BallotKey, Blinding, Choice, Decision, Join, KeyShare, PollDefinition, PollId, PollReward, PollRule,
        PollShare, Ratio, SealedBy, Sealing, SealingKey,
    },
    presentation::Presentation,
    proof::Proof,
    review::{Review, ReviewOpening, Verdict},
    service_key::{ServiceKey, Signature},
    standard::{KindRule, Reward, Standard},
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
        sealing: None,
    }
}

/// The same with a reward for voting.
pub fn rewarded_poll(number: u8) -> PollDefinition {
    let domain = "1.9.1.0".parse().unwrap();
    PollDefinition { reward: Some(PollReward { domain, weight: 2, expires_at: NOW + 1000 }), ..poll(number) }
}

/// A ceremony of three trustees, two of whom open a poll, that takes packages for 100 seconds.
pub fn ceremony(number: u8) -> Ceremony {
    let trustees = [1, 2, 3].map(|trustee| Trustee::of(&format!("trustee-{trustee}"), &signer(trustee)).unwrap());
    Ceremony { salt: [number; 16], threshold: 2, trustees: trustees.to_vec(), deadline: NOW + 100, release: 50 }
}

/// What trustee `index` of a ceremony could send first: of the right shape, and worth nothing.
pub fn round_1(ceremony: &Ceremony, index: u8) -> CeremonyPackage {
    CeremonyPackage::Round1(Round1 {
        ceremony: ceremony.id(),
        index,
        encryption_key: EncryptionKey::new([2; 33]),
        commitments: vec![PolynomialCommitment::new([2; 33]); 2],
        proof: PossessionProof::new([2; 65]),
        signature: Signature::new([index; 64]),
    })
}

/// And then.
pub fn round_2(ceremony: &Ceremony, index: u8) -> CeremonyPackage {
    let (ceremony, shares) = (ceremony.id(), vec![SealedShare::new([4; 113]); 2]);
    CeremonyPackage::Round2(Round2 { ceremony, index, shares, signature: Signature::new([index; 64]) })
}

/// And in the end.
pub fn confirmation(ceremony: &Ceremony, index: u8) -> CeremonyPackage {
    CeremonyPackage::Confirmation(Confirmation {
        ceremony: ceremony.id(),
        index,
        key: SealingKey::new([2; 33]),
        transcript: TranscriptHash::new([5; 32]),
        signature: Signature::new([index; 64]),
    })
}

/// Or instead.
pub fn complaint(ceremony: &Ceremony, index: u8) -> CeremonyPackage {
    CeremonyPackage::Complaint(Complaint {
        ceremony: ceremony.id(),
        index,
        secret: EncryptionSecret::new([6; 32]),
        signature: Signature::new([index; 64]),
    })
}

/// A poll like others whose ballots are sealed, with a floor of 2 and reasons of up to 10 bytes.
pub fn sealed_poll(number: u8, trustees: SealedBy) -> PollDefinition {
    let sealing = Sealing { trustees, key: SealingKey::new([2; 33]), floor: 2, reasons: 10 };
    PollDefinition { sealing: Some(sealing), ..poll(number) }
}

/// A share of a trustee of a poll, worth nothing.
pub fn share(poll: &PollDefinition, index: u8) -> PollShare {
    PollShare { scope: poll.scope(&deployment()), index, share: KeyShare::new([index; 32]) }
}

pub fn presentation(number: u64, key_id: KeyId) -> Presentation {
    Presentation {
        statement: StatementId::Membership,
        key_id,
        nullifier: nullifier(number),
        tag: tag(9),
        proof: proof(),
    }
}

pub fn tag(number: u64) -> OwnerTag {
    OwnerTag::new(Fr::from(number))
}

/// A merge under epoch 0 of the notes with these numbers, which stand for their spend nullifiers, into one with tag `owner`.
pub fn merge(spends: [u64; SLOTS], owner: u64) -> Merge {
    Merge {
        epoch: 0,
        key_id: KeyId::new([3; 32]),
        balance: Attributes {
            domain: "1.9.1.0".parse().unwrap(),
            kind: CredentialKind::BALANCE_NOTE,
            weight: 2,
            expires_at: NOW + 1000,
            issued_at: NOW,
        },
        spends: spends.map(|number| SpendNullifier::new(Fr::from(number))),
        tag: tag(owner),
        proof: proof(),
    }
}

/// The join of nullifier `number` with ballot key number `key`.
pub fn join(number: u64, key: u8) -> Join {
    Join { presentation: presentation(number, KeyId::new([3; 32])), ballot_key: BallotKey::of(&signer(key)) }
}

/// The same with tag number `owner`.
pub fn join_to(number: u64, key: u8, owner: u64) -> Join {
    let join = join(number, key);
    Join { presentation: Presentation { tag: tag(owner), ..join.presentation }, ..join }
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
