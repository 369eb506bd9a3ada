//! What is seen before the close, and what a receipt promises (§3, §8).

use aiq_cli::member::PublishedPoll;
use aiq_tests::actor::ballot_key;
use aiq_tests::keys::verifier;
use aiq_verifier::log::Act;
use aiq_verifier::poll::{BallotKey, Choice};
use aiq_verifier::receipt::Receipt;
use aiq_verifier::service_key::ServiceKey;
use ed25519_dalek::SigningKey;
use serde_json::Value;

use super::{OpenPoll, ballots_path, joins_path, open_poll, send_join};

/// Everything public about a poll, without what identifies it and the times.
fn public_view(open: &OpenPoll) -> Vec<Value> {
    let raw = open.deployment.raw();
    let poll = format!("/v1/polls/{}", open.poll.definition.id);
    let mut views = vec![raw.get(&poll).json(), raw.get(&ballots_path(&open.poll)).json()];
    for view in &mut views {
        for identifying in ["definition", "scope", "receipt"] {
            view.as_object_mut().unwrap().remove(identifying);
        }
    }
    for entry in views[1]["ballots"].as_array_mut().unwrap() {
        entry.as_object_mut().unwrap().remove("nullifier").unwrap();
    }
    views
}

#[test]
fn no_choice_is_seen_before_the_close() {
    let after = [Choice::Option(0), Choice::Option(2), Choice::Abstain].map(|choice| {
        let open = open_poll();
        assert_eq!(open.send(&open.ballot(0, &choice.encode())).status, 201);
        let tally = format!("/v1/polls/{}/tally", open.poll.definition.id);
        open.deployment.raw().get(&tally).assert_problem(409, "poll_not_closed");
        let entry = &open.deployment.raw().get(&ballots_path(&open.poll)).json()["ballots"][0];
        assert_eq!(entry.as_object().unwrap().keys().collect::<Vec<_>>(), ["nullifier", "seq"]);
        public_view(&open)
    });
    assert!(after.iter().all(|view| *view == after[0]), "what is public must not depend on the choice");
}

#[test]
fn everything_is_seen_after_the_close_and_anybody_recounts() {
    let open = open_poll();
    let ballots = [open.ballot(0, &Choice::Option(0).encode()), open.ballot(1, &Choice::Option(2).encode())];
    for ballot in &ballots {
        assert_eq!(open.send(ballot).status, 201);
    }
    open.deployment.close_poll(&open.poll);
    let id = &open.poll.definition.id;
    let client = open.deployment.client();
    let published = PublishedPoll::fetch(&client, id).unwrap();
    assert_eq!(published.ballots, ballots, "superseded ballots are shown too");
    let (deployment, key) = (&open.deployment.id, &open.deployment.service_key);
    let check = |published: &PublishedPoll| published.check(deployment, key, verifier());
    assert_eq!(check(&published).unwrap().tally.options, [0, 0, 1]);
    // A ballot left out, a count changed, a ballot or a join that the service made up: each is found.
    let forgeries: [fn(&mut PublishedPoll); 5] = [
        |published| published.ballots.truncate(1),
        |published| published.signed.tally.options = vec![1, 0, 0],
        |published| published.ballots[1].signature = published.ballots[0].signature,
        |published| published.joins.clear(),
        |published| published.joins[0].ballot_key = BallotKey::of(&SigningKey::from_bytes(&[9; 32])),
    ];
    for (number, forge) in forgeries.iter().enumerate() {
        let mut forged = published.clone();
        forge(&mut forged);
        assert!(check(&forged).is_err(), "forgery {number}");
    }
}

#[test]
fn a_receipt_is_for_exactly_what_was_sent() {
    let open = open_poll();
    let (key, id) = (&open.deployment.service_key, &open.deployment.id);
    let receipt = |body: &[u8]| -> Receipt { serde_json::from_slice(body).unwrap() };
    let joined = receipt(&send_join(&open.deployment, &open.poll, &open.join).body);
    let ballot = open.ballot(0, &Choice::Option(1).encode());
    let voted = receipt(&open.send(&ballot).body);
    let join = Act::Join { scope: open.poll.scope, join: open.join.clone() };
    let vote = Act::Ballot(ballot.committed());

    joined.verify_for(key, id, join.clone()).unwrap();
    voted.verify_for(key, id, vote.clone()).unwrap();
    open.poll.receipt.verify_for(key, id, Act::Poll(open.poll.definition.clone())).unwrap();

    // Another act, another content, another deployment, another key, another time.
    assert!(voted.verify_for(key, id, join).is_err());
    assert!(voted.verify_for(key, id, Act::Ballot(open.ballot(1, &ballot.body).committed())).is_err());
    let elsewhere = aiq_circuits::identity::DeploymentId::new([7; 32]);
    assert!(voted.verify_for(key, &elsewhere, vote.clone()).is_err());
    assert!(voted.verify_for(&ServiceKey::of(&ballot_key(3)), id, vote.clone()).is_err());
    let earlier = Receipt { accepted_at: voted.accepted_at - 1, ..voted.clone() };
    assert!(earlier.verify_for(key, id, vote).is_err());
    // Two voters with one receipt (clash): the second finds out.
    let other = open.deployment.actor(2);
    let clash = other.ballot(&open.poll, &ballot_key(2), 0, &ballot.body);
    assert!(voted.verify_for(key, id, Act::Ballot(clash.committed())).is_err());
}

#[test]
fn listings_give_every_entry_once_over_any_page_size() {
    let open = open_poll();
    for number in 2..=3 {
        let join = open.deployment.actor(number).join_with(&open.poll, &ballot_key(number));
        assert_eq!(send_join(&open.deployment, &open.poll, &join).status, 201);
    }
    let whole = open.deployment.client().joins(&open.poll.definition.id).unwrap();
    assert_eq!(whole.len(), 3);
    assert!(whole.is_sorted_by_key(|join| join.presentation.nullifier.to_bytes()), "their order tells no time");
    let raw = open.deployment.raw();
    for limit in 1..=4 {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = raw.get(&format!("{}?limit={limit}{after}", joins_path(&open.poll))).json();
            seen.extend(page["joins"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!(serde_json::to_value(&whole).unwrap(), Value::Array(seen), "limit {limit}");
    }
    for query in ["?after=0x1", "?after=nonsense", "?limit=-1", "?limit=x", "?page=2"] {
        raw.get(&format!("{}{query}", joins_path(&open.poll))).assert_problem(400, "malformed_request");
    }
}
