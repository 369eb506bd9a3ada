//! Ceremonies as records, sealings, and what they do to a poll: shapes, signatures, lengths.

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::{
    ceremony::{
        Ceremony, CeremonyError, CeremonyState, Complaint, Confirmation, EncryptionKey, EncryptionSecret,
        PolynomialCommitment, PossessionProof, Round1, Round2, SealedShare, TranscriptHash, Trustee, TrusteeError,
    },
    log::Act,
    poll::{
        Choice, Count, KeyShare, Outcome, PollDefinition, PollError, PollRule, PollShare, SealedBy, Sealing,
        SealingError, SealingKey,
    },
    service_key::Signature,
};
use ed25519_dalek::SigningKey;

use crate::{poll::definition, records::scope};

const HERE: DeploymentId = DeploymentId::new([1; 32]);

fn trustee_key(index: u8) -> SigningKey {
    SigningKey::from_bytes(&[20 + index; 32])
}

fn trustee(index: u8) -> Trustee {
    Trustee::of(&format!("trustee-{index}"), &trustee_key(index)).unwrap()
}

pub fn ceremony() -> Ceremony {
    let trustees = (1..=3).map(trustee).collect();
    Ceremony { salt: [7; 16], threshold: 2, trustees, deadline: 1_900_000_000, release: 86_400 }
}

const UNSIGNED: Signature = Signature::new([0; 64]);

pub fn round_1() -> Round1 {
    let package = Round1 {
        ceremony: ceremony().id(),
        index: 2,
        encryption_key: EncryptionKey::new([2; 33]),
        commitments: vec![PolynomialCommitment::new([3; 33]), PolynomialCommitment::new([2; 33])],
        proof: PossessionProof::new([4; 65]),
        signature: UNSIGNED,
    };
    package.signed(&HERE, &trustee_key(2))
}

pub fn round_2() -> Round2 {
    let shares = vec![SealedShare::new([5; 113]), SealedShare::new([6; 113])];
    Round2 { ceremony: ceremony().id(), index: 2, shares, signature: UNSIGNED }.signed(&HERE, &trustee_key(2))
}

pub fn confirmation() -> Confirmation {
    let (key, transcript) = (sealing().key, TranscriptHash::new([8; 32]));
    Confirmation { ceremony: ceremony().id(), index: 2, key, transcript, signature: UNSIGNED }
        .signed(&HERE, &trustee_key(2))
}

pub fn complaint() -> Complaint {
    let secret = EncryptionSecret::new([9; 32]);
    Complaint { ceremony: ceremony().id(), index: 2, secret, signature: UNSIGNED }.signed(&HERE, &trustee_key(2))
}

pub fn sealing() -> Sealing {
    let key = SealingKey::new([3; 33]);
    Sealing { trustees: SealedBy::Ceremony(ceremony().id()), key, floor: 5, reasons: 280 }
}

pub fn sealed_poll() -> PollDefinition {
    PollDefinition { sealing: Some(sealing()), ..definition() }
}

pub fn share() -> PollShare {
    PollShare { scope: scope(), index: 2, share: KeyShare::new([10; 32]) }
}

/// One act of each kind.
pub fn acts() -> Vec<Act> {
    vec![
        Act::Poll(sealed_poll()),
        Act::Share(share()),
        Act::Reason { scope: scope(), reason: vec![1, 2, 3] },
        Act::Ceremony(ceremony()),
        Act::CeremonyRound1(round_1()),
        Act::CeremonyRound2(round_2()),
        Act::CeremonyConfirmation(confirmation()),
        Act::CeremonyComplaint(complaint()),
    ]
}

fn refused(change: impl FnOnce(&mut Ceremony)) -> CeremonyError {
    let mut ceremony = ceremony();
    change(&mut ceremony);
    ceremony.validate().unwrap_err()
}

#[test]
fn a_ceremony_has_two_or_more_different_trustees_and_a_threshold_among_them() {
    assert_eq!(ceremony().validate(), Ok(()));
    assert_eq!(refused(|it| it.trustees.truncate(1)), CeremonyError::TrusteeCount(1));
    let many = |it: &mut Ceremony| it.trustees = (0..33).map(trustee).collect();
    assert_eq!(refused(many), CeremonyError::TrusteeCount(33));
    for threshold in [0, 1, 4] {
        assert_eq!(refused(|it| it.threshold = threshold), CeremonyError::Threshold { threshold, trustees: 3 });
    }
    let name = |it: &mut Ceremony| it.trustees[2] = Trustee::of("trustee-1", &trustee_key(3)).unwrap();
    assert_eq!(refused(name), CeremonyError::Repeated { first: 1, second: 3, what: "name" });
    let key = |it: &mut Ceremony| it.trustees[2] = Trustee::of("other", &trustee_key(2)).unwrap();
    assert_eq!(refused(key), CeremonyError::Repeated { first: 2, second: 3, what: "key" });
    assert_eq!(refused(|it| it.release = 0), CeremonyError::Release(0));
    assert!(matches!(refused(|it| it.release = 367 * 86_400), CeremonyError::Release(_)));
    let everybody = Ceremony { trustees: (1..=32).map(trustee).collect(), threshold: 32, ..ceremony() };
    assert_eq!(everybody.validate(), Ok(()));
    assert_eq!((everybody.last(), everybody.index_of(trustee(32).key())), (32, Some(32)));
    assert_eq!(everybody.index_of(&[0; 32]), None);
}

#[test]
fn a_ceremony_is_read_back_and_its_id_commits_to_all_of_it() {
    let bytes = ceremony().canonical();
    assert_eq!(Ceremony::decode(&bytes), Ok(ceremony()));
    let others = [
        Ceremony { salt: [8; 16], ..ceremony() },
        Ceremony { threshold: 3, ..ceremony() },
        Ceremony { trustees: (2..=4).map(trustee).collect(), ..ceremony() },
        Ceremony { deadline: 1_900_000_001, ..ceremony() },
        Ceremony { release: 86_401, ..ceremony() },
    ];
    for other in others {
        assert_ne!(other.id(), ceremony().id());
    }
}

#[test]
fn a_card_has_one_spelling_and_a_name_that_shows() {
    let card = trustee(1).to_string();
    assert_eq!(card.parse(), Ok(trustee(1)));
    let (name, rest) = card.split_once('+').unwrap();
    let witness = aiq_verifier::log::WitnessKey::of(name, &trustee_key(1)).unwrap().to_string();
    for other in
        [format!("x{card}"), format!("{card} "), rest.to_owned(), name.to_owned(), card.to_lowercase(), witness]
    {
        assert_eq!(other.parse::<Trustee>(), Err(TrusteeError::Card(other)));
    }
    for name in ["", "a b", "a+b", "a\n", "a\u{202e}b", &"x".repeat(201)] {
        assert_eq!(Trustee::of(name, &trustee_key(1)), Err(TrusteeError::Name), "{name:?}");
    }
    // A key of small order: anybody could sign for it.
    let mut weak = ceremony().canonical();
    let place = weak.windows(32).position(|bytes| bytes == trustee(1).key()).unwrap();
    weak[place..place + 32].fill(0);
    weak[place] = 1;
    let error = Ceremony::decode(&weak).unwrap().validate().unwrap_err();
    assert_eq!(error, CeremonyError::Trustee { number: 1, error: TrusteeError::Key });
}

#[test]
fn a_package_is_of_its_ceremony_and_trustee_and_has_its_shape() {
    let elsewhere = DeploymentId::new([2; 32]);
    let ceremony = ceremony();
    assert_eq!(round_1().verify(&ceremony, &HERE), Ok(()));
    assert_eq!(round_2().verify(&ceremony, &HERE), Ok(()));
    assert_eq!(confirmation().verify(&ceremony, &HERE), Ok(()));
    assert_eq!(complaint().verify(&ceremony, &HERE), Ok(()));
    let signature = |result: Result<(), CeremonyError>| matches!(result, Err(CeremonyError::Signature { .. }));
    assert!(signature(round_1().verify(&ceremony, &elsewhere)));
    assert!(signature(Round1 { index: 1, ..round_1() }.verify(&ceremony, &HERE)));
    assert!(signature(Round2 { shares: vec![SealedShare::new([5; 113]); 2], ..round_2() }.verify(&ceremony, &HERE)));
    assert!(signature(Confirmation { key: SealingKey::new([2; 33]), ..confirmation() }.verify(&ceremony, &HERE)));
    assert!(signature(complaint().signed(&HERE, &trustee_key(1)).verify(&ceremony, &HERE)));
    for index in [0, 4] {
        let package = Complaint { index, ..complaint() };
        assert_eq!(package.verify(&ceremony, &HERE), Err(CeremonyError::NoSuchTrustee(index)));
    }
    let other = Ceremony { salt: [8; 16], ..ceremony.clone() };
    assert_eq!(round_1().verify(&other, &HERE), Err(CeremonyError::OtherCeremony(ceremony.id())));
    for parts in [1, 3] {
        let commitments = vec![PolynomialCommitment::new([3; 33]); parts];
        let round_1 = Round1 { commitments, ..round_1() }.signed(&HERE, &trustee_key(2));
        let error = CeremonyError::Shape { index: 2, what: "commitments", found: parts, expected: 2 };
        assert_eq!(round_1.verify(&ceremony, &HERE), Err(error));
        let round_2 =
            Round2 { shares: vec![SealedShare::new([5; 113]); parts], ..round_2() }.signed(&HERE, &trustee_key(2));
        assert!(matches!(round_2.verify(&ceremony, &HERE), Err(CeremonyError::Shape { what: "shares", .. })));
    }
}

#[test]
fn a_share_is_found_at_its_recipient() {
    let package = round_2();
    assert_eq!(package.share_for(1), Some(&package.shares[0]));
    assert_eq!(package.share_for(3), Some(&package.shares[1]));
    for nobody in [0, 2, 4] {
        assert_eq!(package.share_for(nobody), None, "{nobody}");
    }
}

#[test]
fn a_sealing_has_a_point_a_floor_and_short_reasons() {
    let with = |change: &dyn Fn(&mut Sealing)| {
        let mut sealing = sealing();
        change(&mut sealing);
        PollDefinition { sealing: Some(sealing), ..definition() }.validate()
    };
    assert_eq!(with(&|_| ()), Ok(()));
    assert_eq!(with(&|it| it.trustees = SealedBy::Service), Ok(()));
    assert_eq!(with(&|it| it.key = SealingKey::new([4; 33])), Err(PollError::Sealing(SealingError::Key)));
    assert_eq!(with(&|it| it.floor = 0), Err(PollError::Sealing(SealingError::Floor)));
    assert_eq!(with(&|it| it.reasons = 2001), Err(PollError::Sealing(SealingError::Reasons(2001))));
    assert_eq!(sealing().reason_length(), Some(65 + 2 + 280 + 16));
    assert_eq!(Sealing { reasons: 0, ..sealing() }.reason_length(), None);
    assert_eq!(sealing().check_reason("because\nof this"), Ok(()));
    for reason in ["", "\u{1b}[2J", &"x".repeat(281)] {
        assert!(sealing().check_reason(reason).is_err(), "{reason}");
    }
}

#[test]
fn the_longest_choice_is_as_long_as_a_choice_can_be() {
    let poll = |rule| PollDefinition { rule, ..sealed_poll() };
    let (all, most) = (vec![2, 1, 0], vec![0, 1, 2]);
    let longest = [
        (PollRule::SingleChoice {}, Choice::Option(2)),
        (PollRule::Approval { min: 0, max: 3 }, Choice::Approve(most.clone())),
        (PollRule::Approval { min: 0, max: 2 }, Choice::Approve(most[..2].to_vec())),
        (PollRule::InstantRunoff {}, Choice::Rank(all.clone())),
        (PollRule::Schulze {}, Choice::Rank(all)),
        (PollRule::Score { max: 5 }, Choice::Score(vec![5; 3])),
        (PollRule::Quadratic { credits: 3 }, Choice::Votes(vec![1; 3])),
    ];
    for (rule, choice) in longest {
        assert_eq!(choice.validate(&poll(rule)), Ok(()));
        assert_eq!(choice.encode().len(), rule.longest(3), "{rule:?}");
        assert_eq!(poll(rule).sealed_body_length(), Some(65 + 2 + rule.longest(3) + 16));
    }
    assert_eq!(definition().sealed_body_length(), None);
}

#[test]
fn below_the_floor_there_is_no_winner_and_turnout_is_as_it_was() {
    let tally = Count::below_floor(&sealed_poll(), 7, 4).tally;
    assert_eq!((tally.joined, tally.voted, tally.spoiled, tally.abstain), (7, 4, 0, 0));
    assert_eq!((tally.options, tally.outcome.winner(), tally.outcome), (vec![0; 3], None, Outcome::BelowFloor));
}

#[test]
fn a_state_is_read_back() {
    let state = CeremonyState::Round1 { missing: vec![1, 3] };
    let json = serde_json::to_string(&state).unwrap();
    assert_eq!(json, r#"{"state":"round-1","missing":[1,3]}"#);
    assert_eq!(serde_json::from_str::<CeremonyState>(&json).unwrap(), state);
}
