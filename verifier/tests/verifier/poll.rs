//! Definitions, ballots (rows 17, 18 and 29 as far as they need no store) and the tally.

use aiq_circuits::{
    identity::{DeploymentId, Nullifier},
    scope::Scope,
    tree::{CredentialsRoot, MembersRoot},
};
use aiq_verifier::{
    TextError,
    eligibility::{Eligibility, PinnedRoots},
    poll::{
        Ballot, BallotError, BallotKey, Choice, Decision, Lead, Outcome, Phase, PollDefinition, PollError, PollId,
        PollRule, SignedTally, Tally, TallyError, join_message,
    },
    service_key::{ServiceKey, SignatureError},
    verifying_key::KeyId,
};
use ark_bn254::Fr;
use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use crate::support::rng;

const HERE: DeploymentId = DeploymentId::new([1; 32]);

pub fn definition() -> PollDefinition {
    PollDefinition {
        id: PollId::new([9; 16]),
        question: "Which benchmark comes first?".to_owned(),
        options: ["Robustness", "Calibration", "Honesty"].map(str::to_owned).to_vec(),
        rule: PollRule::SingleChoice {},
        decision: Decision::default(),
        eligibility: Eligibility::Membership,
        roots: PinnedRoots {
            epoch: 3,
            members_root: MembersRoot::new(Fr::from(41_u64)),
            credentials_root: CredentialsRoot::new(Fr::from(42_u64)),
        },
        key_id: KeyId::new([0x0c; 32]),
        announced_at: 100,
        opens_at: 200,
        closes_at: 300,
        enactment: None,
        reward: None,
        sealing: None,
    }
}

fn changed(change: impl FnOnce(&mut PollDefinition)) -> PollDefinition {
    let mut definition = definition();
    change(&mut definition);
    definition
}

fn nullifier(number: u64) -> Nullifier {
    Nullifier::new(Fr::from(number))
}

fn ballot(voter: u64, seq: u32, choice: &Choice) -> Ballot {
    let key = SigningKey::from_bytes(&[u8::try_from(voter).unwrap(); 32]);
    Ballot::sign(&key, definition().scope(&HERE), nullifier(voter), seq, choice.encode(), &mut rng())
}

fn count(joined: u64, ballots: &[Ballot]) -> Result<Tally, TallyError> {
    Tally::count(&definition(), &definition().scope(&HERE), joined, ballots)
}

#[test]
fn accepts_the_bounds_of_a_definition() {
    assert_eq!(definition().validate(), Ok(()));
    assert_eq!(changed(|d| d.question = "?".repeat(1000)).validate(), Ok(()));
    assert_eq!(changed(|d| d.options.truncate(2)).validate(), Ok(()));
    let many = (0..64).map(|number| format!("option {number}")).collect();
    assert_eq!(changed(|d| d.options = many).validate(), Ok(()));
    assert_eq!(changed(|d| d.opens_at = d.announced_at).validate(), Ok(()));
}

#[test]
fn refuses_a_question_or_options_out_of_bounds() {
    let question = |text: &str| changed(|d| text.clone_into(&mut d.question)).validate();
    assert_eq!(question(" \u{a0}"), Err(PollError::Question(TextError::Empty)));
    assert_eq!(question(&"?".repeat(1001)), Err(PollError::Question(TextError::TooLong(1000))));
    assert_eq!(question("two\nlines"), Err(PollError::Question(TextError::Control)));
    let options =
        |options: &[&str]| changed(|d| d.options = options.iter().map(|o| (*o).to_owned()).collect()).validate();
    assert_eq!(options(&["one"]), Err(PollError::OptionCount(1)));
    assert_eq!(options(&["x"; 65]), Err(PollError::OptionCount(65)));
    assert_eq!(options(&["a", ""]), Err(PollError::Option { number: 2, error: TextError::Empty }));
    assert_eq!(options(&["\u{7}", "b"]), Err(PollError::Option { number: 1, error: TextError::Control }));
    assert_eq!(options(&["a", "b", " a "]), Err(PollError::Repeated { first: 1, second: 3 }));
    let long = "a".repeat(201);
    assert_eq!(options(&["a", &long]), Err(PollError::Option { number: 2, error: TextError::TooLong(200) }));
}

#[test]
fn refuses_times_out_of_order() {
    for (announced, opens, closes) in [(201, 200, 300), (100, 300, 300), (100, 301, 300)] {
        let poll = changed(|d| (d.announced_at, d.opens_at, d.closes_at) = (announced, opens, closes));
        assert_eq!(poll.validate(), Err(PollError::Times));
    }
}

#[test]
fn each_phase_ends_where_the_next_begins() {
    let poll = definition();
    let phases =
        [(0, Phase::Announced), (199, Phase::Announced), (200, Phase::Open), (299, Phase::Open), (300, Phase::Closed)];
    for (now, phase) in phases {
        assert_eq!(poll.phase(now), phase, "{now}");
    }
    assert_eq!(poll.phase(u32::MAX), Phase::Closed);
    assert!(Phase::Announced.accepts_joins() && !Phase::Announced.accepts_ballots());
    assert!(Phase::Open.accepts_joins() && Phase::Open.accepts_ballots());
    assert!(!Phase::Closed.accepts_joins() && !Phase::Closed.accepts_ballots());
}

#[test]
fn options_cannot_move_between_each_other_within_a_scope() {
    let one = changed(|d| d.options = vec!["ab".to_owned(), "c".to_owned()]);
    let other = changed(|d| d.options = vec!["a".to_owned(), "bc".to_owned()]);
    assert_ne!(one.scope(&HERE), other.scope(&HERE));
    assert_ne!(one.scope(&HERE), one.scope(&DeploymentId::new([2; 32])));
}

#[test]
fn a_join_commits_to_its_scope_and_key() {
    let (scope, other) = (Scope::new(Fr::from(1_u64)), Scope::new(Fr::from(2_u64)));
    let message = join_message(&scope, &BallotKey::new([1; 32]));
    assert_ne!(message, join_message(&other, &BallotKey::new([1; 32])));
    assert_ne!(message, join_message(&scope, &BallotKey::new([2; 32])));
}

#[test]
fn refuses_ballot_keys_that_verify_nothing_or_everything() {
    assert_eq!(BallotKey::of(&SigningKey::from_bytes(&[5; 32])).validate(), Ok(()));
    let mut identity = [0; 32];
    identity[0] = 1;
    // The identity; a point of order four; a y with no x.
    let off_curve = (2..=u8::MAX).map(|y| {
        let mut key = [0; 32];
        key[0] = y;
        key
    });
    let off_curve = off_curve.into_iter().find(|key| ed25519_dalek::VerifyingKey::from_bytes(key).is_err()).unwrap();
    for key in [identity, [0; 32], off_curve] {
        assert_eq!(BallotKey::new(key).validate(), Err(BallotError::Key));
    }
}

#[test]
fn a_ballot_verifies_only_unchanged_and_under_its_key() {
    let original = ballot(1, 4, &Choice::Option(2));
    let key = BallotKey::of(&SigningKey::from_bytes(&[1; 32]));
    assert_eq!(original.verify(&key), Ok(()));
    let stranger = BallotKey::of(&SigningKey::from_bytes(&[2; 32]));
    assert_eq!(original.verify(&stranger), Err(SignatureError.into()));
    let changes: [fn(&mut Ballot); 6] = [
        |b| b.scope = Scope::new(Fr::from(1_u64)),
        |b| b.nullifier = nullifier(2),
        |b| b.seq = 5,
        |b| b.seq = 3,
        |b| b.body = Choice::Option(1).encode(),
        |b| b.body = Vec::new(),
    ];
    for change in changes {
        let mut changed = original.clone();
        change(&mut changed);
        assert_eq!(changed.verify(&key), Err(SignatureError.into()));
    }
}

#[test]
fn signs_the_bytes_that_the_protocol_states() {
    let ballot = ballot(1, 4, &Choice::Abstain);
    let signed = [
        &b"AIQ/v1/ballot"[..],
        &ballot.scope.to_bytes(),
        &ballot.nullifier.to_bytes(),
        &[0, 0, 0, 4],
        &aiq_circuits::wire::sha256(&[&[0]]),
    ]
    .concat();
    let key = SigningKey::from_bytes(&[1; 32]);
    let signature = ed25519_dalek::Signature::from_bytes(ballot.signature.as_bytes());
    assert!(key.verifying_key().verify_strict(&signed, &signature).is_ok());
}

#[test]
fn refuses_a_huge_body() {
    let key = SigningKey::from_bytes(&[1; 32]);
    let sign = |length| Ballot::sign(&key, Scope::new(Fr::from(1_u64)), nullifier(1), 0, vec![0; length], &mut rng());
    assert_eq!(sign(4096).verify(&BallotKey::of(&key)), Ok(()));
    assert_eq!(sign(4097).verify(&BallotKey::of(&key)), Err(BallotError::BodyTooLong(4097)));
}

#[test]
fn the_highest_seq_counts_and_what_says_nothing_is_spoiled() {
    let mut unparsable = ballot(4, 0, &Choice::Abstain);
    unparsable.body = vec![9, 9];
    let mut out_of_range = ballot(5, 0, &Choice::Abstain);
    out_of_range.body = vec![1, 3];
    let ballots = [
        ballot(1, 7, &Choice::Option(2)),
        ballot(1, 6, &Choice::Option(0)),
        ballot(1, 0, &Choice::Abstain),
        ballot(2, 1, &Choice::Option(2)),
        ballot(3, 0, &Choice::Abstain),
        unparsable,
        out_of_range,
        // The same ballot again is the same ballot.
        ballot(2, 1, &Choice::Option(2)),
    ];
    let outcome = Outcome::Winner(Lead { option: 2, tied: false, support: 2, of: 2 });
    let expected = Tally { options: vec![0, 0, 2], abstain: 1, spoiled: 2, joined: 9, voted: 5, outcome };
    assert_eq!(count(9, &ballots), Ok(expected));
    let none =
        Tally { options: vec![0, 0, 0], abstain: 0, spoiled: 0, joined: 0, voted: 0, outcome: Outcome::NoSupport };
    assert_eq!(count(0, &[]), Ok(none));
}

#[test]
fn refuses_to_count_what_cannot_be_the_accepted_ballots_of_one_poll() {
    let one = ballot(1, 0, &Choice::Option(0));
    let conflict = [one.clone(), ballot(1, 0, &Choice::Option(1)), ballot(1, 1, &Choice::Abstain)];
    assert_eq!(count(2, &conflict), Err(TallyError::Conflict { nullifier: nullifier(1), seq: 0 }));
    let mut foreign = one.clone();
    foreign.scope = Scope::new(Fr::from(1_u64));
    assert_eq!(count(2, &[foreign.clone()]), Err(TallyError::Scope { nullifier: nullifier(1), found: foreign.scope }));
    let two = [one, ballot(2, 0, &Choice::Abstain)];
    assert_eq!(count(1, &two), Err(TallyError::TooManyVoters { voted: 2, joined: 1 }));
}

proptest! {
    #[test]
    fn the_order_of_ballots_does_not_matter(
        votes in proptest::collection::btree_map((1_u64..6, 0_u32..4), 0_u8..5, 0..16),
        seed in any::<u64>(),
    ) {
        // Options 3 and 4 do not exist: spoiled.
        let choice = |place| Choice::Option(place);
        let mut ballots: Vec<_> =
            votes.iter().map(|((voter, seq), place)| ballot(*voter, *seq, &choice(*place))).collect();
        let tally = count(5, &ballots).unwrap();
        let sum: u64 = tally.options.iter().sum();
        prop_assert_eq!(sum + tally.abstain + tally.spoiled, tally.voted);
        ballots.shuffle(&mut StdRng::seed_from_u64(seed));
        prop_assert_eq!(count(5, &ballots).unwrap(), tally);
    }
}

#[test]
fn a_signed_tally_verifies_only_unchanged() {
    let signing = SigningKey::from_bytes(&[3; 32]);
    let key = ServiceKey::of(&signing);
    let tally = count(3, &[ballot(1, 0, &Choice::Option(0))]).unwrap();
    let signed = SignedTally::sign(&signing, definition().scope(&HERE), tally);
    assert_eq!(signed.verify(&key), Ok(()));
    let changes: [fn(&mut SignedTally); 6] = [
        |s| s.tally.outcome = Outcome::NoQuorum,
        |s| s.scope = Scope::new(Fr::from(1_u64)),
        |s| s.tally.options[1] += 1,
        |s| s.tally.options.push(0),
        |s| s.tally.joined += 1,
        |s| core::mem::swap(&mut s.tally.options[0], &mut s.tally.abstain),
    ];
    for change in changes {
        let mut changed = signed.clone();
        change(&mut changed);
        assert_eq!(changed.verify(&key), Err(SignatureError));
    }
}
