//! Ballots: joins are put into the database, since a proof would be needed to send them.

use aiq_server::{
    api::{BallotPage, JoinPage, PollView},
    store::Store as _,
};
use aiq_verifier::{
    log::Act,
    poll::{Ballot, Choice, SignedTally},
    receipt::Receipt,
};
use serde_json::json;

use crate::{
    fixture::Served,
    polls::announce,
    samples::{NOW, ballot, join, nullifier},
};

/// An announced poll that nullifiers 1 to 3 have joined, nullifier n with ballot key n.
async fn joined() -> (Served, PollView, String) {
    let served = Served::new().await;
    let poll = announce(&served).await;
    let store = served.store().await;
    for number in 1..=3_u8 {
        let join = join(number.into(), number);
        store.join(&poll.definition.id, &join, NOW).await.unwrap().unwrap();
    }
    let path = format!("/v1/polls/{}/ballots", poll.definition.id);
    (served, poll, path)
}

#[tokio::test]
async fn the_ballot_with_the_highest_seq_counts() {
    let (served, poll, path) = joined().await;
    let vote = |number: u8, seq, choice| ballot(poll.scope, number.into(), number, seq, choice);
    let first = vote(1, 0, &Choice::Option(0));
    served.post(&path, &json!(first)).await.problem(409, "poll_not_open");
    served.advance(100);

    let accepted: Receipt = served.post(&path, &json!(first)).await.json(201);
    let service = &served.service;
    let act = Act::Ballot(first.committed());
    accepted.verify_for(&service.service_key(), service.deployment_id(), act).unwrap();
    served.advance(1);
    let again: Receipt = served.post(&path, &json!(first)).await.json(200);
    assert_eq!(again, accepted);
    let other = vote(1, 0, &Choice::Option(1));
    served.post(&path, &json!(other)).await.problem(409, "ballot_seq_used");
    let changed = vote(1, 5, &Choice::Option(1));
    served.post(&path, &json!(changed)).await.json::<Receipt>(201);
    served.post(&path, &json!(first)).await.problem(409, "ballot_superseded");
    served.post(&path, &json!(vote(1, 4, &Choice::Option(0)))).await.problem(409, "ballot_superseded");
    served.post(&path, &json!(vote(2, 0, &Choice::Abstain))).await.json::<Receipt>(201);

    let tally = format!("/v1/polls/{}/tally", poll.definition.id);
    served.get(&tally).await.problem(409, "poll_not_closed");
    served.advance(99);
    served.post(&path, &json!(vote(3, 0, &Choice::Option(0)))).await.problem(409, "poll_closed");
    let repeated: Receipt = served.post(&path, &json!(changed)).await.json(200);
    assert_eq!(repeated.accepted_at, NOW + 101);
    let signed: SignedTally = served.get(&tally).await.json(200);
    signed.verify(&service.service_key()).unwrap();
    assert_eq!(signed.scope, poll.scope);
    assert_eq!((signed.tally.options.as_slice(), signed.tally.abstain), ([0, 1].as_slice(), 1));
    assert_eq!((signed.tally.joined, signed.tally.voted, signed.tally.spoiled), (3, 2, 0));
    let view: PollView = served.get(&format!("/v1/polls/{}", poll.definition.id)).await.json(200);
    assert_eq!(view.tally, Some(signed));
}

#[tokio::test]
async fn a_ballot_of_someone_else_or_for_something_else_is_refused() {
    let (served, poll, path) = joined().await;
    let another = announce(&served).await;
    served.advance(100);
    let good = ballot(poll.scope, 1, 1, 0, &Choice::Option(0));
    let stranger = ballot(poll.scope, 9, 1, 0, &Choice::Option(0));
    served.post(&path, &json!(stranger)).await.problem(409, "not_joined");
    let others_key = ballot(poll.scope, 1, 2, 0, &Choice::Option(0));
    served.post(&path, &json!(others_key)).await.problem(422, "signature_invalid");
    let elsewhere = ballot(another.scope, 1, 1, 0, &Choice::Option(0));
    served.post(&path, &json!(elsewhere)).await.problem(422, "invalid_ballot");
    let transplanted = Ballot { scope: poll.scope, ..elsewhere };
    served.post(&path, &json!(transplanted)).await.problem(422, "signature_invalid");
    for changed in [
        Ballot { seq: 1, ..good.clone() },
        Ballot { nullifier: nullifier(2), ..good.clone() },
        Ballot { body: Choice::Abstain.encode(), ..good.clone() },
    ] {
        served.post(&path, &json!(changed)).await.problem(422, "signature_invalid");
    }
    let no_such_option = ballot(poll.scope, 1, 1, 0, &Choice::Option(2));
    served.post(&path, &json!(no_such_option)).await.problem(422, "invalid_ballot");
    let mut extra = json!(good);
    extra["weight"] = json!(2);
    served.post(&path, &extra).await.problem(422, "invalid_body");
    served.post(&path, &json!(good)).await.json::<Receipt>(201);
}

#[tokio::test]
async fn choices_are_not_shown_before_the_close() {
    let (served, poll, path) = joined().await;
    served.advance(100);
    for seq in 0..2 {
        let ballot = ballot(poll.scope, 1, 1, seq, &Choice::Option(0));
        served.post(&path, &json!(ballot)).await.json::<Receipt>(201);
    }
    let reply = served.get(&path).await;
    let page: BallotPage = reply.json(200);
    assert_eq!(page.ballots.len(), 2);
    assert!(page.ballots.iter().all(|entry| entry.ballot.is_none()));
    assert!(!String::from_utf8_lossy(&reply.body).contains("body"));
    let view: PollView = served.get(&format!("/v1/polls/{}", poll.definition.id)).await.json(200);
    assert_eq!((view.joined, view.voted), (3, 1));
    served.advance(100);
    let page: BallotPage = served.get(&path).await.json(200);
    assert!(page.ballots.iter().all(|entry| entry.ballot.is_some()));

    let first: BallotPage = served.get(&format!("{path}?limit=1")).await.json(200);
    let second: BallotPage = served.get(&format!("{path}?limit=1&after={}", first.next.unwrap())).await.json(200);
    assert_eq!((first.ballots[0].seq, second.ballots[0].seq), (0, 1));
}

#[tokio::test]
async fn joins_are_public_and_sorted_by_nullifier() {
    let (served, poll, _) = joined().await;
    let path = format!("/v1/polls/{}/joins", poll.definition.id);
    let page: JoinPage = served.get(&format!("{path}?limit=2")).await.json(200);
    let rest: JoinPage = served.get(&format!("{path}?limit=2&after={}", page.next.unwrap())).await.json(200);
    let all: Vec<_> = page.joins.iter().chain(&rest.joins).map(|join| join.presentation.nullifier).collect();
    assert_eq!((all, rest.next), ([1, 2, 3].map(nullifier).to_vec(), None));
}

#[tokio::test]
async fn a_closed_poll_is_counted_by_itself() {
    let (served, poll, _) = joined().await;
    served.advance(199);
    assert_eq!(served.service.tick().await.unwrap().tallied, 0);
    served.advance(1);
    assert_eq!(served.service.tick().await.unwrap().tallied, 1);
    assert_eq!(served.service.tick().await.unwrap().tallied, 0);
    let record = served.store().await.poll(&poll.definition.id).await.unwrap().unwrap();
    assert_eq!(record.tally.unwrap().tally.joined, 3);
}
