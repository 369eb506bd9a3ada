//! Rewards of polls and merges of what they paid, with real proofs, over HTTP: everything is given and spent once.

use std::sync::Arc;
use std::thread;

use aiq_circuits::credential::{Attributes, CredentialKind};
use aiq_circuits::merge::{MergeInstance, MergeWitness, SlotWitness};
use aiq_circuits::statement::StatementId;
use aiq_cli::member::Held;
use aiq_server::api::{NewEligibility, NewPoll, NewReward, NewSealing, PollView};
use aiq_tests::actor::{Actor, ballot_key};
use aiq_tests::deployment::Deployment;
use aiq_tests::keys::{prover, rerandomised};
use aiq_tests::raw::{Raw, Reply};
use aiq_tests::world::domain;
use aiq_verifier::log::Act;
use aiq_verifier::merge::{Merge, merge_message};
use aiq_verifier::poll::{BallotKey, Choice, Join, join_message};
use aiq_verifier::receipt::Receipt;
use rand::rngs::OsRng;
use serde_json::json;

use super::log::audited;
use super::polls::{send_ballot, send_join};

const WEIGHT: u16 = 3;
const NOBODY_HOLDS_ANYTHING: &[&[Attributes]] = &[&[], &[], &[]];

/// A poll that is open for 100 seconds from now and gives every member who votes a note.
fn rewarded(deployment: &Deployment) -> PollView {
    let now = aiq_server::Clock::now(&*deployment.clock);
    let options = ["yes", "no"].map(str::to_owned).to_vec();
    let poll = NewPoll::new("Shall we?".into(), options, NewEligibility::Membership {}, now + 100);
    let reward = Some(NewReward { domain: domain("1.9.1.0"), weight: WEIGHT, validity: 86_400 });
    deployment.admin().announce(&NewPoll { reward, sealing: NewSealing::None {}, ..poll }).unwrap()
}

/// A join whose note goes to one of the member's tags.
fn join(actor: &Actor, poll: &PollView, tag: u64) -> Join {
    let ballot_key = BallotKey::of(&ballot_key(1));
    let message = join_message(&poll.scope, &ballot_key);
    Join { presentation: actor.present_owning(tag, &poll.definition.roots, poll.scope, message), ballot_key }
}

fn vote(deployment: &Deployment, actor: &Actor, poll: &PollView, seq: u32, option: u8) {
    let ballot = actor.ballot(poll, &ballot_key(1), seq, &Choice::Option(option).encode());
    assert_eq!(send_ballot(deployment, poll, &ballot).status, 201);
}

/// Member 1, who has voted in `polls` rewarded polls and found the notes under its tags 0, 1, …
fn rich(deployment: &Deployment, polls: u64) -> Actor {
    let mut actor = deployment.actor(1);
    let mut last = None;
    for tag in 0..polls {
        let poll = rewarded(deployment);
        assert_eq!(send_join(deployment, &poll, &join(&actor, &poll, tag)).status, 201);
        vote(deployment, &actor, &poll, 0, 0);
        last = Some(poll);
    }
    deployment.close_poll(&last.unwrap());
    for poll in deployment.client().polls().unwrap() {
        deployment.client().tally(&poll.definition.id).unwrap();
    }
    assert!(deployment.admin().seal().unwrap().sealed);
    actor.sync();
    actor
}

/// A valid merge of notes into one under the member's tag `new`.
fn merge(deployment: &Deployment, actor: &Actor, notes: &[Held], new: u64) -> Merge {
    let (roots, sealed_at) = actor.latest();
    let trees = actor.member.pinned_trees(&actor.ledger, &roots).unwrap();
    let owner = actor.member.identity();
    let slots: Vec<SlotWitness> = notes
        .iter()
        .map(|held| SlotWitness {
            tag_randomness: owner.tag_randomness(held.tag_index),
            attributes: held.credential.attributes,
            id: held.credential.id,
            path: trees.credentials.path(held.leaf).unwrap(),
        })
        .collect();
    let weight = slots.iter().map(|slot| slot.attributes.weight).sum();
    let kind = CredentialKind::BALANCE_NOTE;
    let balance = Attributes { kind, weight, issued_at: sealed_at, ..slots[0].attributes };
    let witness = MergeWitness::new(owner.secret().clone(), owner.tag_randomness(new), slots, &mut OsRng).unwrap();
    let (spends, tag) = (witness.spends(), witness.tag());
    let message = merge_message(&deployment.id, roots.epoch);
    let instance = MergeInstance::new(roots.credentials_root, balance, spends, tag, message).unwrap();
    let prover = prover(StatementId::Merge6);
    let proof = prover.prove(&instance, &witness, &mut OsRng, &mut |_| {}).unwrap();
    Merge { epoch: roots.epoch, key_id: prover.key_id(), balance, spends, tag, proof }
}

fn send(raw: &Raw, merge: &Merge) -> Reply {
    raw.post("/v1/merges", &json!(merge))
}

#[test]
fn who_votes_is_paid_once_however_often_it_votes_and_who_does_not_is_not() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let poll = rewarded(&deployment);
    let mut actors = [1, 2, 3].map(|number| deployment.actor(number));
    for (actor, tag) in actors.iter().zip([0, 0, 0]) {
        assert_eq!(send_join(&deployment, &poll, &join(actor, &poll, tag)).status, 201);
    }
    // The second changes its vote; the third does not vote.
    vote(&deployment, &actors[0], &poll, 0, 0);
    vote(&deployment, &actors[1], &poll, 0, 0);
    vote(&deployment, &actors[1], &poll, 7, 1);
    // One tag, one grant: not for two polls either.
    let next = rewarded(&deployment);
    send_join(&deployment, &next, &join(&actors[0], &next, 0)).assert_problem(409, "tag_used");
    assert_eq!(send_join(&deployment, &next, &join(&actors[0], &next, 1)).status, 201);

    deployment.close_poll(&poll);
    for _ in 0..3 {
        deployment.client().tally(&poll.definition.id).unwrap();
    }
    assert_eq!(deployment.admin().seal().unwrap().checkpoint.credentials, 2);
    let held = actors.each_mut().map(|actor| {
        actor.sync();
        actor.member.holdings(&actor.ledger)
    });
    assert_eq!(held.each_ref().map(Vec::len), [1, 1, 0]);
    let note = held[1][0].credential.attributes;
    assert_eq!((note.kind, note.weight), (CredentialKind::REWARD_NOTE, WEIGHT));
    assert_eq!(note.expires_at, poll.definition.reward.unwrap().expires_at);
}

#[test]
fn notes_are_merged_once_and_the_balance_is_the_next_epochs() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let mut actor = rich(&deployment, 3);
    let notes = actor.member.holdings(&actor.ledger);
    assert_eq!(notes.len(), 3);
    let raw = deployment.raw();
    let good = merge(&deployment, &actor, &notes[..2], 10);

    // Another weight, expiry, owner, date or epoch than was proved.
    for (changed, status, code) in [
        (
            Merge { balance: Attributes { weight: 2 * WEIGHT + 1, ..good.balance }, ..good.clone() },
            422,
            "proof_invalid",
        ),
        // More than a note can weigh comes out as less.
        (Merge { balance: Attributes { weight: u16::MAX, ..good.balance }, ..good.clone() }, 422, "proof_invalid"),
        (Merge { balance: Attributes { expires_at: u32::MAX, ..good.balance }, ..good.clone() }, 422, "proof_invalid"),
        (Merge { tag: deployment.identity(2).tag(0), ..good.clone() }, 422, "proof_invalid"),
        (Merge { balance: Attributes { issued_at: 1, ..good.balance }, ..good.clone() }, 422, "invalid_merge"),
        (Merge { epoch: good.epoch + 1, ..good.clone() }, 404, "unknown_epoch"),
        (Merge { epoch: good.epoch - 1, ..good.clone() }, 409, "stale_epoch"),
    ] {
        send(&raw, &changed).assert_problem(status, code);
    }

    let accepted = send(&raw, &good);
    assert_eq!(accepted.status, 201, "{}", accepted.text());
    let receipt: Receipt = serde_json::from_value(accepted.json()).unwrap();
    receipt.verify_for(&deployment.service_key, &deployment.id, Act::Merge(good.clone())).unwrap();
    let other_proof = Merge { proof: rerandomised(StatementId::Merge6, &good.proof), ..good.clone() };
    for repeated in [&good, &other_proof] {
        let again = send(&raw, repeated);
        assert_eq!((again.status, again.json()), (200, accepted.json()));
    }
    // One of the two notes with the third one, and the third one to a tag that is used.
    send(&raw, &merge(&deployment, &actor, &notes[1..], 11)).assert_problem(409, "spent");
    send(&raw, &merge(&deployment, &actor, &notes[2..], 10)).assert_problem(409, "tag_used");
    let late = merge(&deployment, &actor, &notes[2..], 12);

    assert!(deployment.admin().seal().unwrap().sealed);
    send(&raw, &late).assert_problem(409, "stale_epoch");
    let again = send(&raw, &good);
    assert_eq!((again.status, again.json()), (200, accepted.json()), "the first receipt, whatever the epoch");
    let report = audited(&deployment.client());
    assert_eq!(report.fault, None);
    assert_eq!((report.entries["grant"], report.entries["merge"]), (3, 1));
    actor.sync();
    let balance = actor.member.holdings(&actor.ledger).into_iter().find(|held| held.tag_index == 10).unwrap();
    assert_eq!(balance.credential, good.credential());
    assert_eq!(balance.credential.attributes.weight, 2 * WEIGHT);

    let expired = merge(&deployment, &actor, &notes[2..], 12);
    deployment.clock.set(expired.balance.expires_at);
    send(&raw, &expired).assert_problem(410, "balance_expired");
    deployment.clock.set(expired.balance.expires_at - 1);
    assert_eq!(send(&raw, &expired).status, 201);
}

/// ATTACKS 16: two merges of the same notes, each sent many times at once to two services.
#[test]
fn of_two_merges_of_one_note_sent_a_hundred_times_one_is_accepted() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let actor = rich(&deployment, 2);
    let replica = deployment.replica();
    let notes = actor.member.holdings(&actor.ledger);
    let merges = Arc::new([10, 11].map(|new| merge(&deployment, &actor, &notes, new)));
    let addresses = [deployment.url(), replica.url()];
    let threads: Vec<_> = (0..100_usize)
        .map(|number| {
            let (merges, raw) = (Arc::clone(&merges), Raw::new(&addresses[number / 2 % 2]));
            thread::spawn(move || send(&raw, &merges[number % 2]))
        })
        .collect();
    let replies: Vec<Reply> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let count = |status: u16| replies.iter().filter(|reply| reply.status == status).count();
    assert_eq!((count(201), count(200), count(409)), (1, 49, 50));
    replies.iter().filter(|reply| reply.status == 409).for_each(|reply| reply.assert_problem(409, "spent"));
    assert!(deployment.admin().seal().unwrap().sealed);
    assert_eq!(deployment.client().latest_epoch().unwrap().checkpoint.credentials, 3);
}
