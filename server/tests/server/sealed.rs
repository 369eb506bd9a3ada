//! Sealed polls over HTTP. Joins are put into the database, since a proof would be needed to send them.

use aiq_sealing::ballot::{seal_choice, seal_reason};
use aiq_server::{
    api::{BallotPage, NewBallot, PollView, ReasonPage, SealedReason},
    store::Store as _,
};
use aiq_verifier::{
    log::Act,
    poll::{Ballot, Choice, Outcome, SealedBy, SignedTally},
    receipt::Receipt,
};
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use crate::{
    fixture::{Reply, Served},
    polls::new_poll,
    samples::{join, nullifier, signer},
};

/// A poll that is sealed so, which nullifiers 1 to 3 have joined: open from 100 seconds on, for 100 seconds.
pub async fn sealed(served: &Served, sealing: Option<Value>) -> PollView {
    let mut body = new_poll();
    body.as_object_mut().unwrap().remove("sealing");
    if let Some(sealing) = sealing {
        body["sealing"] = sealing;
    }
    let poll: PollView = served.admin("/v1/polls", &body).await.json(201);
    for number in 1..=3_u8 {
        let join = join(number.into(), number);
        served.store().await.join(&poll.definition.id, &join, poll.definition.announced_at).await.unwrap().unwrap();
    }
    poll
}

/// A sealed ballot of nullifier `number`, with a reason if the poll takes any.
pub fn vote(poll: &PollView, number: u8, seq: u32, choice: &Choice) -> NewBallot {
    let (definition, mut rng) = (&poll.definition, StdRng::seed_from_u64(seq.into()));
    let voter = nullifier(number.into());
    let body = seal_choice(definition, &poll.scope, (&voter, seq), choice, &mut rng).unwrap();
    let sealing = definition.sealing.unwrap();
    let says = format!("says {number}");
    let reason = (sealing.reasons > 0).then(|| seal_reason(&sealing, &poll.scope, &says, &mut rng).unwrap());
    NewBallot::new(signed(poll, number, seq, body), reason.map(SealedReason::new))
}

/// Whatever the body says, signed with the key of nullifier `number`.
fn signed(poll: &PollView, number: u8, seq: u32, body: Vec<u8>) -> Ballot {
    let mut rng = StdRng::seed_from_u64(seq.into());
    Ballot::sign(&signer(number), poll.scope, nullifier(number.into()), seq, body, &mut rng)
}

pub fn path(poll: &PollView, rest: &str) -> String {
    format!("/v1/polls/{}{rest}", poll.definition.id)
}

pub async fn cast(served: &Served, poll: &PollView, ballot: &NewBallot) -> Reply {
    served.post(&path(poll, "/ballots"), &json!(ballot)).await
}

pub async fn shown(served: &Served, poll: &PollView) -> PollView {
    served.get(&path(poll, "")).await.json(200)
}

#[tokio::test]
async fn a_poll_is_sealed_by_the_service_unless_somebody_says_otherwise() {
    let served = Served::new().await;
    let poll = sealed(&served, None).await;
    let sealing = poll.definition.sealing.unwrap();
    assert_eq!((sealing.trustees, sealing.floor, sealing.reasons), (SealedBy::Service, 1, 0));
    let view = poll.sealing.clone().unwrap();
    assert_eq!((view.threshold, view.trustees.len(), view.waits), (1, 1, false));
    assert_eq!((view.trustees[0].name.as_str(), &view.trustees[0].share), ("the service", &None));
    served.advance(100);
    // Two agree; the third one's ballot cannot be opened.
    for (number, choice) in [(1, Choice::Option(1)), (2, Choice::Option(1))] {
        cast(&served, &poll, &vote(&poll, number, 0, &choice)).await.json::<Receipt>(201);
    }
    let length = poll.definition.sealed_body_length().unwrap();
    let junk = NewBallot::new(signed(&poll, 3, 0, vec![7; length]), None);
    cast(&served, &poll, &junk).await.json::<Receipt>(201);
    served.get(&path(&poll, "/tally")).await.problem(409, "poll_not_closed");
    served.advance(100);
    assert_eq!(served.service.tick().await.unwrap().tallied, 1);
    let signed: SignedTally = served.get(&path(&poll, "/tally")).await.json(200);
    let tally = signed.tally;
    assert_eq!((tally.options, tally.spoiled, tally.voted, tally.joined), (vec![0, 2], 1, 3, 3));
    let view = shown(&served, &poll).await.sealing.unwrap();
    let entry = view.trustees[0].share.clone().unwrap();
    assert!(
        aiq_sealing::key::SecretKey::from_bytes(entry.share.share.as_bytes()).unwrap().sealing_key() == sealing.key
    );
    let service = &served.service;
    entry.receipt.verify_for(&service.service_key(), service.deployment_id(), Act::Share(entry.share)).unwrap();
    let page: BallotPage = served.get(&path(&poll, "/ballots")).await.json(200);
    assert!(page.ballots.iter().all(|entry| entry.ballot.as_ref().is_some_and(|ballot| ballot.body.len() == length)));
    // A share that the service has not made, and that of nobody.
    served.post(&path(&poll, "/shares"), &json!(entry.share)).await.problem(409, "poll_not_sealed");
    served.get(&path(&poll, "/reasons")).await.json::<ReasonPage>(200);
}

#[tokio::test]
async fn a_length_says_nothing() {
    let served = Served::new().await;
    let poll = sealed(&served, Some(json!({"kind": "service", "reasons": 20}))).await;
    served.advance(100);
    let good = vote(&poll, 1, 0, &Choice::Option(0));
    let (ballot, reason) = good.clone().into_parts();
    for length in [0, 1, ballot.body.len() - 1, ballot.body.len() + 1, Ballot::MAX_BODY] {
        let other = NewBallot::new(signed(&poll, 1, 0, vec![7; length]), None);
        let problem = cast(&served, &poll, &other).await.problem(422, "invalid_ballot");
        assert!(problem.detail.contains(&length.to_string()), "{}", problem.detail);
    }
    cast(&served, &poll, &NewBallot::new(signed(&poll, 1, 0, vec![7; 5000]), None))
        .await
        .problem(422, "invalid_ballot");
    // The choice as it would be said in an open poll is of another length, too.
    let open = NewBallot::new(signed(&poll, 1, 0, Choice::Option(0).encode()), None);
    cast(&served, &poll, &open).await.problem(422, "invalid_ballot");
    let reason = reason.unwrap();
    for bytes in [&reason.as_bytes()[1..], &[reason.as_bytes(), &[0]].concat()] {
        let other = NewBallot { reason: Some(SealedReason::new(bytes.to_vec())), ..good.clone() };
        cast(&served, &poll, &other).await.problem(422, "invalid_reason");
    }
    cast(&served, &poll, &good).await.json::<Receipt>(201);
    let silent = sealed_without_reasons(&served).await;
    let ballot = vote(&silent, 1, 0, &Choice::Abstain);
    cast(&served, &silent, &NewBallot { reason: Some(reason), ..ballot }).await.problem(422, "invalid_reason");
}

async fn sealed_without_reasons(served: &Served) -> PollView {
    let mut body = new_poll();
    body["sealing"] = json!({"kind": "service"});
    let poll: PollView = served.admin("/v1/polls", &body).await.json(201);
    let accepted = served.store().await.join(&poll.definition.id, &join(1, 1), poll.definition.announced_at).await;
    accepted.unwrap().unwrap();
    poll
}

#[tokio::test]
async fn reasons_are_read_once_the_ballots_are() {
    let served = Served::new().await;
    let poll = sealed(&served, Some(json!({"kind": "service", "reasons": 20}))).await;
    served.advance(100);
    for number in 1..=2 {
        cast(&served, &poll, &vote(&poll, number, 0, &Choice::Option(0))).await.json::<Receipt>(201);
    }
    let reasons = path(&poll, "/reasons");
    served.get(&reasons).await.problem(409, "poll_not_closed");
    // One that nobody can read does not keep the others from being read.
    let length = poll.definition.sealing.unwrap().reason_length().unwrap();
    let unreadable = SealedReason::new(vec![1; length]);
    let ballot = NewBallot { reason: Some(unreadable), ..vote(&poll, 3, 0, &Choice::Option(1)) };
    cast(&served, &poll, &ballot).await.json::<Receipt>(201);
    served.advance(100);
    let first: ReasonPage = served.get(&format!("{reasons}?limit=2")).await.json(200);
    let rest: ReasonPage = served.get(&format!("{reasons}?limit=2&after={}", first.next.unwrap())).await.json(200);
    let all: Vec<_> = first.reasons.iter().chain(&rest.reasons).collect();
    assert!(all.is_sorted_by_key(|entry| &entry.sealed), "in the order of nothing else");
    let mut texts: Vec<_> = all.iter().map(|entry| entry.text.as_deref()).collect();
    texts.sort_unstable();
    assert_eq!((texts, rest.next), (vec![None, Some("says 1"), Some("says 2")], None));
}

#[tokio::test]
async fn below_its_floor_a_poll_stays_closed() {
    let served = Served::new().await;
    let poll = sealed(&served, Some(json!({"kind": "service", "floor": 2, "reasons": 20}))).await;
    served.advance(100);
    for seq in 0..2 {
        cast(&served, &poll, &vote(&poll, 1, seq, &Choice::Option(0))).await.json::<Receipt>(201);
    }
    served.advance(100);
    let tally = served.get(&path(&poll, "/tally")).await.json::<SignedTally>(200).tally;
    assert_eq!((tally.outcome, tally.options, tally.voted), (Outcome::BelowFloor, vec![0, 0], 1));
    let view = shown(&served, &poll).await.sealing.unwrap();
    assert_eq!((view.waits, view.trustees[0].share.is_none()), (false, true));
    let page: ReasonPage = served.get(&path(&poll, "/reasons")).await.json(200);
    assert_eq!(page.reasons, []);
}

#[tokio::test]
async fn what_is_sealed_so_cannot_be_announced_otherwise() {
    let served = Served::new().await;
    let unknown = format!("0x{}", "0".repeat(64));
    for (sealing, status, code) in [
        (json!({"kind": "service", "floor": 0}), 422, "invalid_poll"),
        (json!({"kind": "service", "reasons": 2001}), 422, "invalid_poll"),
        (json!({"kind": "service", "key": "0x02"}), 422, "invalid_body"),
        (json!({"kind": "nobody"}), 422, "invalid_body"),
        (json!({"kind": "ceremony"}), 422, "invalid_body"),
        (json!({"kind": "ceremony", "id": unknown}), 404, "unknown_ceremony"),
        (json!(null), 422, "invalid_body"),
    ] {
        let mut body = new_poll();
        body["sealing"] = sealing;
        served.admin("/v1/polls", &body).await.problem(status, code);
    }
}
