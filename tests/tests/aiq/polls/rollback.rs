//! Attack 18: an old vote must not come back, neither by an old ballot nor by an old join.

use aiq_tests::actor::ballot_key;
use aiq_tests::keys::rerandomised;
use aiq_verifier::poll::Join;
use aiq_verifier::receipt::Receipt;

use super::{no, open_poll, send_join, yes};

#[test]
fn an_earlier_ballot_after_a_later_one_is_refused() {
    let open = open_poll();
    let (first, second) = (open.ballot(4, &yes()), open.ballot(5, &no()));
    assert_eq!(open.send(&first).status, 201);
    assert_eq!(open.send(&second).status, 201);
    // The one that was accepted before, and others that never arrived.
    open.send(&first).assert_problem(409, "ballot_superseded");
    for seq in [0, 3, 4] {
        open.send(&open.ballot(seq, &no())).assert_problem(409, "ballot_superseded");
    }
    open.deployment.close_poll(&open.poll);
    let tally = open.deployment.client().tally(&open.poll.definition.id).unwrap().tally;
    assert_eq!(tally.options, [0, 1, 0]);
}

#[test]
fn the_same_number_with_the_same_body_gives_the_first_receipt() {
    let open = open_poll();
    let ballot = open.ballot(7, &yes());
    let first = open.send(&ballot);
    open.deployment.clock.advance(10);
    let again = open.send(&ballot);
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(again.json(), first.json(), "the time of acceptance is that of the first");
}

#[test]
fn the_same_number_with_another_body_is_refused() {
    let open = open_poll();
    assert_eq!(open.send(&open.ballot(7, &yes())).status, 201);
    open.send(&open.ballot(7, &no())).assert_problem(409, "ballot_seq_used");
    open.deployment.close_poll(&open.poll);
    assert_eq!(open.deployment.client().tally(&open.poll.definition.id).unwrap().tally.options, [1, 0, 0]);
}

#[test]
fn the_highest_number_counts_and_is_the_last() {
    let open = open_poll();
    assert_eq!(open.send(&open.ballot(u32::MAX, &no())).status, 201);
    open.send(&open.ballot(0, &yes())).assert_problem(409, "ballot_superseded");
    open.deployment.close_poll(&open.poll);
    assert_eq!(open.deployment.client().tally(&open.poll.definition.id).unwrap().tally.options, [0, 1, 0]);
}

#[test]
fn a_rerandomised_join_gives_the_first_receipt_and_changes_nothing() {
    let open = open_poll();
    assert_eq!(open.send(&open.ballot(1, &yes())).status, 201);
    assert_eq!(open.send(&open.ballot(2, &no())).status, 201);
    let before = (
        open.deployment.client().joins(&open.poll.definition.id).unwrap(),
        open.deployment.client().poll(&open.poll.definition.id).unwrap(),
    );
    let first: Receipt = serde_json::from_slice(&send_join(&open.deployment, &open.poll, &open.join).body).unwrap();

    let mut other = open.join.clone();
    other.presentation.proof = rerandomised(other.presentation.statement, &other.presentation.proof);
    assert_ne!(other, open.join);
    // A proof made again by the member itself, with another tag, says the same thing as well.
    let proved_again = open.actor.join_with(&open.poll, &ballot_key(1));
    assert_ne!(proved_again.presentation.tag, open.join.presentation.tag);
    for join in [&other, &proved_again] {
        open.deployment.clock.advance(5);
        let reply = send_join(&open.deployment, &open.poll, join);
        assert_eq!(reply.status, 200);
        assert_eq!(serde_json::from_slice::<Receipt>(&reply.body).unwrap(), first);
    }
    // Nothing was reset: neither the join nor the ballots that followed it.
    let after = (
        open.deployment.client().joins(&open.poll.definition.id).unwrap(),
        open.deployment.client().poll(&open.poll.definition.id).unwrap(),
    );
    assert_eq!(after, before);
    open.send(&open.ballot(1, &yes())).assert_problem(409, "ballot_superseded");
    open.deployment.close_poll(&open.poll);
    assert_eq!(open.deployment.client().tally(&open.poll.definition.id).unwrap().tally.options, [0, 1, 0]);
}

#[test]
fn a_second_join_with_another_ballot_key_is_refused() {
    let open = open_poll();
    let second = open.actor.join_with(&open.poll, &ballot_key(9));
    send_join(&open.deployment, &open.poll, &second).assert_problem(409, "nullifier_used");
    // Not even with the proof of the first, for the proof commits to the key.
    let swapped = Join { ballot_key: second.ballot_key, ..open.join.clone() };
    send_join(&open.deployment, &open.poll, &swapped).assert_problem(422, "proof_invalid");
    let ballot = open.actor.ballot(&open.poll, &ballot_key(9), 0, &yes());
    open.send(&ballot).assert_problem(422, "signature_invalid");
}
