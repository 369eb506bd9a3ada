//! What a poll comes to, and what follows from it: bounds of rewards and enactments, every outcome in bytes and in words.

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::{
    claim::ClaimId,
    log::{Act, Entry},
    poll::{
        Change, Decision, Enactment, Lead, Outcome, Phase, PollDefinition, PollError, PollReward, Ratio, SignedTally,
        Tally, Threshold, TieBreak,
    },
};
use ed25519_dalek::SigningKey;

use crate::poll::definition;

const LEAD: Lead = Lead { option: 1, tied: false, support: 3, of: 5 };
const OUTCOMES: [Outcome; 5] = [
    Outcome::Winner(LEAD),
    Outcome::Winner(Lead { tied: true, ..LEAD }),
    Outcome::NoQuorum,
    Outcome::NoSupport,
    Outcome::BelowThreshold(LEAD),
];

fn thresholds() -> [Threshold; 3] {
    let share = Ratio::new(2, 3).unwrap();
    [Threshold::None, Threshold::AtLeast(share), Threshold::MoreThan(share)]
}

fn tally(outcome: Outcome) -> Tally {
    Tally { options: vec![1, 3, 1], abstain: 1, spoiled: 1, joined: 9, voted: 7, outcome }
}

fn again(act: Act) -> Act {
    let entry = Entry { at: 400, act };
    let read = Entry::decode(&entry.canonical()).unwrap();
    assert_eq!(read, entry);
    read.act
}

#[test]
fn a_reward_weighs_something_has_a_field_and_outlives_the_poll() {
    let reward = PollReward { domain: "1.0.0.0".parse().unwrap(), weight: 1, expires_at: definition().closes_at + 1 };
    let validated = |change: fn(&mut PollReward)| {
        let mut reward = reward;
        change(&mut reward);
        PollDefinition { reward: Some(reward), ..definition() }.validate()
    };
    assert_eq!(validated(|_| {}), Ok(()));
    assert_eq!(validated(|it| it.weight = u16::MAX), Ok(()));
    assert_eq!(validated(|it| it.weight = 0), Err(PollError::Reward));
    assert_eq!(validated(|it| it.domain = "0.0.0.0".parse().unwrap()), Err(PollError::Reward));
    assert_eq!(validated(|it| it.expires_at = definition().closes_at), Err(PollError::Reward));
    assert_eq!(validated(|it| it.expires_at = 0), Err(PollError::Reward));
}

#[test]
fn an_enactment_belongs_to_an_option_and_follows_only_if_that_one_wins() {
    let of = |option| Enactment { option, change: Change::Overturn { claim: ClaimId::new([7; 32]) } };
    let validated = |option| PollDefinition { enactment: Some(of(option)), ..definition() }.validate();
    assert_eq!((validated(2), validated(3)), (Ok(()), Err(PollError::Enactment)));
    for (outcome, follows) in OUTCOMES.into_iter().zip([true, true, false, false, false]) {
        assert_eq!(of(1).follows_from(&tally(outcome)), follows, "{outcome}");
        assert!(!of(0).follows_from(&tally(outcome)), "{outcome}");
    }
}

#[test]
fn every_outcome_reads_as_it_was_signed() {
    let scope = definition().scope(&DeploymentId::new([1; 32]));
    for outcome in OUTCOMES {
        let signed = SignedTally::sign(&SigningKey::from_bytes(&[3; 32]), scope, tally(outcome));
        assert_eq!(again(Act::Tally(signed.clone())), Act::Tally(signed));
    }
}

#[test]
fn every_decision_reads_as_it_was_announced() {
    for threshold in thresholds() {
        for tie_break in [TieBreak::Lot, TieBreak::Order] {
            let decision = Decision { quorum: 5, threshold, tie_break };
            let announced = PollDefinition { decision, ..definition() };
            assert_eq!(again(Act::Poll(announced.clone())), Act::Poll(announced));
        }
    }
}

/// What members read before they vote and after.
#[test]
fn decisions_and_outcomes_are_said_in_words() {
    let said = [Phase::Announced, Phase::Open, Phase::Closed].map(|phase| phase.to_string());
    assert_eq!(said, ["announced", "open", "closed"]);
    assert_eq!(thresholds().map(|threshold| threshold.to_string()), ["none", "at least 2/3", "more than 2/3"]);
    let said = OUTCOMES.map(|outcome| outcome.to_string());
    assert_eq!(said[0], "option 2 wins with 3 of 5");
    assert_eq!(said[2], "no result, the quorum is not reached");
    assert_eq!(said[3], "no result, no option has support");
    assert_eq!(said[4], "no result, option 2 is below the threshold with 3 of 5");
}
