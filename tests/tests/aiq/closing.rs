//! Attack 19 at the moment when most happens by itself: polls are closed, opened, counted, and what follows is written down.

use std::path::Path;
use std::thread;
use std::time::Duration;

use aiq_sealing::ballot::{seal_choice, seal_reason};
use aiq_server::api::{NewBallot, NewEligibility, NewPoll, NewReward, NewSealing, PollView, SealedReason};
use aiq_server::store::{SqliteStore, Store as _};
use aiq_server::{Clock as _, SystemClock};
use aiq_tests::actor::{Actor, ballot_key};
use aiq_tests::deployment::{Deployment, client, found, runtime};
use aiq_tests::process::Launch;
use aiq_tests::world::domain;
use aiq_verifier::log::{Act, Entry};
use aiq_verifier::poll::{Choice, Tally};
use rand::rngs::OsRng;
use serde_json::json;

use crate::polls::{ballots_path, send_ballot, send_join};

/// When the service is killed, in milliseconds after it was asked to count: a write to the disk takes some.
const KILLS: [u64; 12] = [0, 5, 10, 15, 20, 25, 30, 35, 45, 60, 90, 150];

fn announce(deployment: &Deployment, sealing: NewSealing) -> PollView {
    let now = deployment.clock.now();
    let options = vec!["yes".into(), "no".into()];
    let poll = NewPoll::new("Does it survive?".into(), options, NewEligibility::Membership {}, now + 100);
    let reward = Some(NewReward { domain: domain("1.9.1.0"), weight: 1, validity: 86_400 });
    deployment.admin().announce(&NewPoll { sealing, reward, ..poll }).unwrap()
}

/// Votes as this member; in a sealed poll with a reason.
fn vote(deployment: &Deployment, poll: &PollView, number: u8, actor: &Actor) {
    let (definition, choice) = (&poll.definition, Choice::Option(number % 2));
    let Some(sealing) = definition.sealing else {
        let ballot = actor.ballot(poll, &ballot_key(number), 0, &choice.encode());
        assert_eq!(send_ballot(deployment, poll, &ballot).status, 201);
        return;
    };
    let nullifier = actor.member.identity().nullifier(&poll.scope);
    let body = seal_choice(definition, &poll.scope, (&nullifier, 0), &choice, &mut OsRng).unwrap();
    let reason = seal_reason(&sealing, &poll.scope, "It has to.", &mut OsRng).unwrap();
    let ballot = actor.ballot(poll, &ballot_key(number), 0, &body);
    let ballot = NewBallot::new(ballot, Some(SealedReason::new(reason)));
    assert_eq!(deployment.raw().post(&ballots_path(poll), &json!(ballot)).status, 201);
}

#[test]
fn a_service_that_is_killed_around_the_close_counts_once_and_completely() {
    // The process has the clock of this machine, and finds polls that have closed.
    let mut deployment = Deployment::founded_at(
        SystemClock.now() - 1000,
        |_| {},
        |id, file| (1..=3).for_each(|number| found(file, number, id, &[])),
    );
    let sealed = announce(&deployment, NewSealing::Service { floor: 2, reasons: 40 });
    let polls = [sealed, announce(&deployment, NewSealing::None {})];
    for number in 1..=3 {
        let actor = deployment.actor(number);
        for poll in &polls {
            let join = actor.join_with(poll, &ballot_key(number));
            assert_eq!(send_join(&deployment, poll, &join).status, 201);
            vote(&deployment, poll, number, &actor);
        }
    }
    deployment.stop();

    let directory = deployment.scratch();
    let (data, log) = (deployment.data_dir().to_owned(), directory.join("log"));
    let launch = Launch {
        program: Path::new(env!("CARGO_BIN_EXE_aiq-under-test")),
        data: &data,
        genesis: None,
        log: &log,
        level: "warn",
        home: &directory,
        clock: None,
    };
    for milliseconds in KILLS {
        let process = launch.start();
        let url = format!("http://{}", process.address);
        let asking = polls.each_ref().map(|poll| {
            let (url, id) = (url.clone(), poll.definition.id);
            // It may be killed before it answers.
            thread::spawn(move || drop(client(&url).tally(&id)))
        });
        thread::sleep(Duration::from_millis(milliseconds));
        process.kill();
        for thread in asking {
            thread.join().unwrap();
        }
        let rebuilt = runtime().block_on(aiq_server::rebuild(&data, false, |_, _| {})).unwrap();
        assert!(rebuilt.agrees(), "killed after {milliseconds} ms: {rebuilt:?}");
    }

    deployment.clock.set(SystemClock.now());
    deployment.start();
    for poll in &polls {
        let Tally { options, voted, spoiled, .. } = deployment.client().tally(&poll.definition.id).unwrap().tally;
        assert_eq!((options, voted, spoiled), (vec![1, 2], 3, 0));
    }
    let shown = deployment.raw().get(&format!("/v1/polls/{}/reasons", polls[0].definition.id)).json();
    let texts: Vec<_> = shown["reasons"].as_array().unwrap().iter().map(|reason| &reason["text"]).collect();
    assert_eq!(texts, ["It has to."; 3]);
    deployment.stop();
    let [sealed, open] = polls.each_ref().map(|poll| kinds(&data, poll));
    let expected = ["close", "share", "tally", "grant", "grant", "grant", "reason", "reason", "reason"];
    assert_eq!(sealed, expected, "each once, whenever it was killed");
    assert_eq!(open, ["close", "tally", "grant", "grant", "grant"]);
}

/// What the log has of a poll from its close on: acts in its scope, and grants, which stand right behind its tally.
fn kinds(data: &Path, poll: &PollView) -> Vec<&'static str> {
    let entries = runtime().block_on(async {
        let store = SqliteStore::open(&data.join("aiq.sqlite"), 1).await.unwrap();
        let entries = store.log_entries(0, 10_000).await.unwrap();
        store.close().await.unwrap();
        entries
    });
    let (mut kinds, mut counted) = (Vec::new(), None);
    for entry in &entries {
        let act = Entry::decode(entry).unwrap().act;
        let scope = match &act {
            Act::Close { scope } | Act::Reason { scope, .. } => Some(*scope),
            Act::Share(share) => Some(share.scope),
            Act::Tally(tally) => Some(tally.scope),
            Act::Grant(_) => counted,
            _ => None,
        };
        if matches!(act, Act::Tally(_)) {
            counted = scope;
        }
        if scope == Some(poll.scope) {
            kinds.push(act.kind());
        }
    }
    kinds
}
