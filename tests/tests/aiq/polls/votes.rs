//! Attack 17: ballots that must not count.

use aiq_tests::actor::ballot_key;
use aiq_tests::deployment::Deployment;
use aiq_verifier::poll::Ballot;
use serde_json::json;

use super::{NOBODY_HOLDS_ANYTHING, no, open_poll, send_ballot, send_join, yes};

#[test]
fn a_ballot_before_the_opening_is_refused_and_accepted_after_it() {
    let open = open_poll();
    open.deployment.clock.set(open.poll.definition.opens_at - 1);
    let ballot = open.ballot(0, &yes());
    open.send(&ballot).assert_problem(409, "poll_not_open");
    open.deployment.open_poll(&open.poll);
    assert_eq!(open.send(&ballot).status, 201);
}

#[test]
fn a_ballot_after_the_close_is_refused_and_the_tally_unmoved() {
    let open = open_poll();
    assert_eq!(open.send(&open.ballot(0, &yes())).status, 201);
    open.deployment.clock.set(open.poll.definition.closes_at - 1);
    assert_eq!(open.send(&open.ballot(1, &no())).status, 201);
    open.deployment.close_poll(&open.poll);
    open.send(&open.ballot(2, &yes())).assert_problem(409, "poll_closed");
    let tally = open.deployment.client().tally(&open.poll.definition.id).unwrap().tally;
    assert_eq!((tally.options, tally.joined, tally.voted), (vec![0, 1, 0], 1, 1));
    // Nor does a service whose clock stands back take it: counting closed the poll in the file.
    open.deployment.open_poll(&open.poll);
    open.send(&open.ballot(2, &yes())).assert_problem(409, "poll_closed");
}

#[test]
fn an_accepted_ballot_sent_again_after_the_close_gives_its_receipt() {
    let open = open_poll();
    let ballot = open.ballot(0, &yes());
    let first = open.send(&ballot);
    open.deployment.close_poll(&open.poll);
    let again = open.send(&ballot);
    assert_eq!((again.status, again.json()), (200, first.json()));
}

#[test]
fn a_ballot_of_another_poll_is_refused() {
    let open = open_poll();
    open.deployment.clock.set(aiq_tests::world::NOW);
    let other = open.deployment.announce_to_members();
    open.deployment.open_poll(&other);
    // Joined here only; sent there, with the scope of here and with the scope of there.
    let ballot = open.ballot(0, &yes());
    send_ballot(&open.deployment, &other, &ballot).assert_problem(422, "invalid_ballot");
    let moved = open.actor.ballot(&other, &ballot_key(1), 0, &yes());
    send_ballot(&open.deployment, &other, &moved).assert_problem(409, "not_joined");
    // Joined there too, with the same key: the signature of here is none there, whatever is written over it.
    let join = open.actor.join_with(&other, &ballot_key(1));
    assert_eq!(send_join(&open.deployment, &other, &join).status, 201);
    let copied = Ballot { signature: ballot.signature, ..moved };
    send_ballot(&open.deployment, &other, &copied).assert_problem(422, "signature_invalid");
}

#[test]
fn a_ballot_of_a_nullifier_that_has_not_joined_is_refused() {
    let open = open_poll();
    let stranger = open.deployment.actor(2);
    let ballot = stranger.ballot(&open.poll, &ballot_key(2), 0, &yes());
    open.send(&ballot).assert_problem(409, "not_joined");
    let unknown = format!("/v1/polls/0x{}/ballots", "00".repeat(16));
    open.deployment.raw().post(&unknown, &json!(ballot)).assert_problem(404, "unknown_poll");
}

#[test]
fn nobody_votes_with_the_key_of_someone_else() {
    let open = open_poll();
    let other = open.deployment.actor(2);
    assert_eq!(send_join(&open.deployment, &open.poll, &other.join_with(&open.poll, &ballot_key(2))).status, 201);
    // Member 2 signs in the name of member 1, and takes member 1's signature for a ballot of its own.
    let forged = open.actor.ballot(&open.poll, &ballot_key(2), 0, &no());
    open.send(&forged).assert_problem(422, "signature_invalid");
    let mut taken = other.ballot(&open.poll, &ballot_key(2), 0, &yes());
    taken.signature = open.ballot(0, &yes()).signature;
    open.send(&taken).assert_problem(422, "signature_invalid");
    assert_eq!(open.deployment.client().poll(&open.poll.definition.id).unwrap().voted, 0);
}

#[test]
fn a_ballot_with_anything_changed_after_signing_is_refused() {
    let open = open_poll();
    let honest = open.ballot(3, &yes());
    let changes: [fn(&mut Ballot); 3] = [
        |ballot| ballot.seq += 1,
        |ballot| ballot.body = no(),
        |ballot| {
            let mut bytes = *ballot.signature.as_bytes();
            bytes[40] ^= 1;
            ballot.signature = aiq_verifier::service_key::Signature::new(bytes);
        },
    ];
    for change in changes {
        let mut ballot = honest.clone();
        change(&mut ballot);
        open.send(&ballot).assert_problem(422, "signature_invalid");
    }
    assert_eq!(open.send(&honest).status, 201);
}

#[test]
fn a_ballot_without_a_choice_of_the_poll_is_refused() {
    let open = open_poll();
    let long = vec![0; Ballot::MAX_BODY];
    for body in [&[][..], &[1], &[0, 0], &[1, 3], &[1, 255], &[2], &[1, 0, 0], &long] {
        open.send(&open.ballot(0, body)).assert_problem(422, "invalid_ballot");
    }
    // Refused ballots use up no number.
    assert_eq!(open.send(&open.ballot(0, &yes())).status, 201);
}

#[test]
fn a_poll_keeps_its_definition_whatever_happens() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let poll = deployment.announce_to_members();
    let path = format!("/v1/polls/{}", poll.definition.id);
    let body = json!({ "question": "Another one?", "closes_at": 2_000_000_000 }).to_string();
    for method in ["PUT", "PATCH", "DELETE", "POST"] {
        let admin = deployment.raw().with_bearer(&deployment.token);
        let reply = admin.send(method, &path, Some("application/json"), body.as_bytes());
        reply.assert_problem(405, "method_not_allowed");
    }
    // Later members, later epochs and the close change what surrounds a poll, never the poll.
    deployment.enrol(4);
    assert!(deployment.admin().seal().unwrap().sealed);
    deployment.close_poll(&poll);
    let later = deployment.client().poll(&poll.definition.id).unwrap();
    assert_eq!((&later.definition, &later.receipt), (&poll.definition, &poll.receipt));
    assert_eq!(later.scope, poll.definition.scope(&deployment.id));
    // Whoever shows a changed definition shows another scope, with other nullifiers.
    let mut changed = later.definition;
    changed.options.swap(0, 1);
    assert_ne!(changed.scope(&deployment.id), poll.scope);
}
