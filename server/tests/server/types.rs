//! One poll of each type: what its ballots may say, what is refused before anything is stored, and what comes out.

use aiq_server::{
    api::{BallotPage, PollView},
    store::Store as _,
};
use aiq_verifier::{
    poll::{Ballot, Choice, Lead, Outcome, SignedTally},
    receipt::Receipt,
};
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use crate::{
    fixture::Served,
    samples::{NOW, ballot, join, nullifier, signer},
};

/// An open poll of a type, with three options, that nullifiers 1 to 3 have joined.
async fn open(rule: Value) -> (Served, PollView) {
    let served = Served::new().await;
    let body = json!({
        "question": "Which?",
        "options": ["A", "B", "C"],
        "rule": rule,
        "quorum": {"ballots": 2},
        "threshold": {"at-least": "1/2"},
        "tie_break": "order",
        "eligibility": {"kind": "membership"},
        "closes_at": NOW + 100,
        "sealing": {"kind": "none"},
    });
    let poll: PollView = served.admin("/v1/polls", &body).await.json(201);
    let store = served.store().await;
    for number in 1..=3_u8 {
        store.join(&poll.definition.id, &join(number.into(), number), NOW).await.unwrap().unwrap();
    }
    (served, poll)
}

/// Votes as members 1, 2, …; closes; what came out.
async fn outcome(rule: Value, choices: &[Choice]) -> SignedTally {
    let (served, poll) = open(rule).await;
    let path = format!("/v1/polls/{}", poll.definition.id);
    for (number, choice) in (1..).zip(choices) {
        let ballot = ballot(poll.scope, number, u8::try_from(number).unwrap(), 0, choice);
        served.post(&format!("{path}/ballots"), &json!(ballot)).await.json::<Receipt>(201);
    }
    served.advance(100);
    let signed: SignedTally = served.get(&format!("{path}/tally")).await.json(200);
    signed.verify(&served.service.service_key()).unwrap();
    signed
}

fn winner(option: u8, support: u64, of: u64) -> Outcome {
    Outcome::Winner(Lead { option, tied: false, support, of })
}

#[tokio::test]
async fn every_type_is_counted() {
    let rank = |places: &[u8]| Choice::Rank(places.to_vec());
    let rankings = [rank(&[2, 1]), rank(&[1, 2, 0]), rank(&[2])];
    let cases = [
        (json!({"type": "single-choice"}), [1, 1, 0].map(Choice::Option).to_vec(), winner(1, 2, 3)),
        (
            json!({"type": "approval", "min": 0, "max": 3}),
            vec![Choice::Approve(vec![0, 2]), Choice::Approve(vec![]), Choice::Approve(vec![2])],
            winner(2, 2, 3),
        ),
        (json!({"type": "instant-runoff"}), rankings.to_vec(), winner(2, 2, 3)),
        (json!({"type": "schulze"}), rankings.to_vec(), winner(2, 2, 3)),
        (
            json!({"type": "score", "max": 5}),
            vec![Choice::Score(vec![0, 5, 4]), Choice::Score(vec![1, 0, 4]), Choice::Abstain],
            winner(2, 8, 10),
        ),
        (
            json!({"type": "quadratic", "credits": 9}),
            vec![Choice::Votes(vec![3, 0, 0]), Choice::Votes(vec![2, 2, 1])],
            winner(0, 5, 8),
        ),
        // Below the threshold, below the quorum, without any support.
        (
            json!({"type": "score", "max": 5}),
            vec![Choice::Score(vec![2, 0, 0]), Choice::Score(vec![2, 1, 0])],
            Outcome::BelowThreshold(Lead { option: 0, tied: false, support: 4, of: 10 }),
        ),
        (json!({"type": "schulze"}), vec![rank(&[0])], Outcome::NoQuorum),
        (json!({"type": "quadratic", "credits": 9}), vec![Choice::Votes(vec![0; 3]); 3], Outcome::NoSupport),
    ];
    for (rule, choices, expected) in cases {
        let signed = outcome(rule.clone(), &choices).await;
        assert_eq!(signed.tally.outcome, expected, "{rule}");
        let voted = choices.len() as u64;
        assert_eq!((signed.tally.voted, signed.tally.joined, signed.tally.spoiled), (voted, 3, 0), "{rule}");
    }
}

#[tokio::test]
async fn a_ballot_that_its_type_does_not_allow_is_refused_and_not_stored() {
    let approval = json!({"type": "approval", "min": 1, "max": 2});
    let schulze = json!({"type": "schulze"});
    let score = json!({"type": "score", "max": 5});
    let quadratic = json!({"type": "quadratic", "credits": 9});
    let cases: [(&Value, &[&[u8]], &str); 9] = [
        (&json!({"type": "single-choice"}), &[&[1, 3], &[1, 0, 1], &[2]], "ballot"),
        (&approval, &[&[1]], "approves of 0 of the options, the poll asks for 1 or more"),
        (&approval, &[&[1, 0, 1, 2]], "approves of 3 of the options, the poll asks for 2 or fewer"),
        (&approval, &[&[1, 1, 1]], "names option 2 twice"),
        (&approval, &[&[1, 1, 0]], "ascending"),
        (&schulze, &[&[1, 2, 2], &[1, 2, 0, 2]], "names option 3 twice"),
        (&schulze, &[&[1]], "ranks no option"),
        (&score, &[&[1, 0, 6, 0]], "gives option 2 the score 6, the highest is 5"),
        (&quadratic, &[&[1, 0, 3, 0, 1, 0, 0]], "cost 10 credits, it has 9"),
    ];
    for (rule, bodies, reason) in cases {
        let (served, poll) = open(rule.clone()).await;
        let path = format!("/v1/polls/{}/ballots", poll.definition.id);
        for body in bodies {
            let mut rng = StdRng::seed_from_u64(1);
            let ballot = Ballot::sign(&signer(1), poll.scope, nullifier(1), 0, body.to_vec(), &mut rng);
            let problem = served.post(&path, &json!(ballot)).await.problem(422, "invalid_ballot");
            assert!(problem.detail.contains(reason), "{}", problem.detail);
        }
        let stored: BallotPage = served.get(&path).await.json(200);
        assert!(stored.ballots.is_empty());
    }
}
