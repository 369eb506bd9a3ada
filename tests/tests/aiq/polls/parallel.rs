//! Attack 16: the same act a hundred times at once, on one service and on two over one file.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;

use aiq_tests::actor::ballot_key;
use aiq_tests::deployment::Deployment;
use aiq_tests::raw::{Raw, Reply};
use aiq_verifier::poll::{Ballot, Join};
use serde_json::{Value, json};

use super::{NOBODY_HOLDS_ANYTHING, ballots_path, joins_path, no, open_poll, yes};

const MANY: usize = 100;

/// Sends every request at the same moment, spread over the services.
fn at_once(services: &[Raw], path: &str, bodies: &[Value]) -> Vec<Reply> {
    let barrier = Barrier::new(bodies.len());
    thread::scope(|scope| {
        let send = |(place, body)| {
            let (service, barrier): (&Raw, _) = (&services[place % services.len()], &barrier);
            scope.spawn(move || {
                barrier.wait();
                service.post(path, body)
            })
        };
        let threads: Vec<_> = bodies.iter().enumerate().map(send).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// How often each status came.
fn statuses(replies: &[Reply]) -> BTreeMap<u16, usize> {
    replies.iter().fold(BTreeMap::new(), |mut counts, reply| {
        *counts.entry(reply.status).or_default() += 1;
        counts
    })
}

fn identical_joins(deployment: &Deployment, services: &[Raw]) {
    let poll = deployment.announce_to_members();
    let join: Join = deployment.actor(1).join_with(&poll, &ballot_key(1));
    let replies = at_once(services, &joins_path(&poll), &vec![json!(join); MANY]);
    assert_eq!(statuses(&replies), BTreeMap::from([(200, MANY - 1), (201, 1)]));
    assert!(replies.iter().all(|reply| reply.body == replies[0].body), "one join, one receipt");
    assert_eq!(deployment.client().joins(&poll.definition.id).unwrap(), [join]);
    assert_eq!(deployment.client().poll(&poll.definition.id).unwrap().joined, 1);
}

#[test]
fn a_hundred_identical_joins_on_one_service_are_one() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    identical_joins(&deployment, &[deployment.raw()]);
}

#[test]
fn a_hundred_identical_joins_on_two_services_are_one() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let replica = deployment.replica();
    identical_joins(&deployment, &[deployment.raw(), Raw::new(&replica.url())]);
}

#[test]
fn of_joins_with_different_keys_at_once_exactly_one_is_accepted() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let replica = deployment.replica();
    let poll = deployment.announce_to_members();
    let actor = deployment.actor(1);
    let joins: Vec<_> = (1..=4).map(|number| json!(actor.join_with(&poll, &ballot_key(number)))).collect();
    let bodies: Vec<_> = joins.iter().cycle().take(24).cloned().collect();
    let replies = at_once(&[deployment.raw(), Raw::new(&replica.url())], &joins_path(&poll), &bodies);
    assert_eq!(statuses(&replies), BTreeMap::from([(200, 5), (201, 1), (409, 18)]));
    for reply in replies.iter().filter(|reply| reply.status == 409) {
        reply.assert_problem(409, "nullifier_used");
    }
}

#[test]
fn of_two_ballots_with_one_number_at_once_exactly_one_is_accepted() {
    let open = open_poll();
    let replica = open.deployment.replica();
    let ballots: [Ballot; 2] = [open.ballot(1, &yes()), open.ballot(1, &no())];
    let bodies: Vec<_> = ballots.iter().cycle().take(40).map(|ballot| json!(ballot)).collect();
    // Both ballots go to both services.
    let services = [open.deployment.raw(), open.deployment.raw(), Raw::new(&replica.url()), Raw::new(&replica.url())];
    let replies = at_once(&services, &ballots_path(&open.poll), &bodies);
    assert_eq!(statuses(&replies), BTreeMap::from([(200, 19), (201, 1), (409, 20)]));
    open.deployment.close_poll(&open.poll);
    let tally = open.deployment.client().tally(&open.poll.definition.id).unwrap().tally;
    assert_eq!((tally.voted, tally.options.iter().sum::<u64>()), (1, 1));
}

#[test]
fn one_invitation_used_by_many_at_once_enrols_exactly_one() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let replica = deployment.replica();
    let invitation = deployment.invitation();
    let request = |number| deployment.enrolment_of(number, &invitation);
    let bodies: Vec<_> = (10..30).map(request).collect();
    let replies = at_once(&[deployment.raw(), Raw::new(&replica.url())], "/v1/enrolments", &bodies);
    assert_eq!(statuses(&replies), BTreeMap::from([(201, 1), (409, 19)]));
    assert_eq!(deployment.admin().seal().unwrap().checkpoint.members, 4);
}

#[test]
fn an_epoch_sealed_by_two_services_at_once_is_sealed_once() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let replica = deployment.replica();
    for number in 10..14 {
        deployment.enrol(number);
    }
    let services = [&deployment.url(), &replica.url()].map(|url| Raw::new(url).with_bearer(&deployment.token));
    let replies = at_once(&services, "/v1/epochs", &vec![json!({}); 8]);
    assert_eq!(statuses(&replies), BTreeMap::from([(200, 7), (201, 1)]));
    for reply in &replies {
        assert_eq!(
            (reply.json()["checkpoint"]["epoch"].as_u64(), reply.json()["checkpoint"]["members"].as_u64()),
            (Some(1), Some(7))
        );
    }
    // Whichever sealed it, both go on from there.
    deployment.enrol(20);
    let sealed = aiq_tests::deployment::client(&replica.url()).with_token(&deployment.token).seal().unwrap();
    assert_eq!((sealed.checkpoint.epoch, sealed.checkpoint.members), (2, 8));
    let checkpoint = deployment.actor(20).ledger.head().checkpoint;
    assert_eq!((checkpoint.epoch, checkpoint.members), (2, 8));
}
