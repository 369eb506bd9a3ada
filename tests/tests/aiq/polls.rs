//! Attacks 16 to 18 and 23: joining and voting over HTTP, by people who do not keep to the rules (§6, §8, §10).

mod joins;
mod parallel;
mod rollback;
mod sealed;
mod secrecy;
mod types;
mod votes;

use aiq_circuits::credential::Attributes;
use aiq_tests::actor::{Actor, ballot_key};
use aiq_tests::deployment::Deployment;
use aiq_tests::raw::Reply;
use aiq_verifier::poll::{Ballot, Choice, Join};
use serde_json::json;

use aiq_server::api::PollView;

const NOBODY_HOLDS_ANYTHING: &[&[Attributes]] = &[&[], &[], &[]];

/// The body of a ballot for the first option, and for the second.
fn yes() -> Vec<u8> {
    Choice::Option(0).encode()
}

fn no() -> Vec<u8> {
    Choice::Option(1).encode()
}

pub fn joins_path(poll: &PollView) -> String {
    format!("/v1/polls/{}/joins", poll.definition.id)
}

pub fn ballots_path(poll: &PollView) -> String {
    format!("/v1/polls/{}/ballots", poll.definition.id)
}

pub fn send_join(deployment: &Deployment, poll: &PollView, join: &Join) -> Reply {
    deployment.raw().post(&joins_path(poll), &json!(join))
}

pub fn send_ballot(deployment: &Deployment, poll: &PollView, ballot: &Ballot) -> Reply {
    deployment.raw().post(&ballots_path(poll), &json!(ballot))
}

/// A deployment without credentials, an open poll for its members, and member 1, who has joined with ballot key 1.
struct OpenPoll {
    deployment: Deployment,
    poll: PollView,
    actor: Actor,
    join: Join,
}

fn open_poll() -> OpenPoll {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let poll = deployment.announce_to_members();
    let actor = deployment.actor(1);
    let join = actor.join_with(&poll, &ballot_key(1));
    assert_eq!(send_join(&deployment, &poll, &join).status, 201);
    deployment.open_poll(&poll);
    OpenPoll { deployment, poll, actor, join }
}

impl OpenPoll {
    fn ballot(&self, seq: u32, body: &[u8]) -> Ballot {
        self.actor.ballot(&self.poll, &ballot_key(1), seq, body)
    }

    fn send(&self, ballot: &Ballot) -> Reply {
        send_ballot(&self.deployment, &self.poll, ballot)
    }
}
