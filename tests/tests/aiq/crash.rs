//! Attack 19 in part, and the wallet's side of it: power cuts, lost answers, a service that is away for a while.

use std::path::Path;
use std::sync::Arc;

use aiq_circuits::statement::StatementId;
use aiq_cli::client::{ClientError, Retry};
use aiq_cli::member::{Member, MemberError};
use aiq_cli::progress::Silent;
use aiq_cli::sync::fetch_keys;
use aiq_cli::wallet::Wallet;
use aiq_prover::Prover;
use aiq_server::api::{NewEligibility, NewInvitations, NewPoll, NewSealing};
use aiq_server::{Clock as _, GenesisFile, ManualClock, ServerConfig, Service, SystemClock};
use aiq_tests::actor::Actor;
use aiq_tests::deployment::{Deployment, client, found, runtime};
use aiq_tests::keys::keys;
use aiq_tests::process::Launch;
use aiq_tests::relay::Relay;
use aiq_tests::world::seed;
use aiq_verifier::log::Act;
use aiq_verifier::poll::{Choice, PollId};

use crate::secrets::{assert_nothing_secret, contains};

#[test]
fn an_acknowledged_ballot_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let (data, log) = (directory.path().join("service"), directory.path().join("log"));
    let mut file = GenesisFile::default_ai();
    let genesis = aiq_server::prepare(&data, &file.name, None, keys().manifest()).unwrap();
    let deployment = genesis.deployment_id();
    for number in 1..=2 {
        found(&mut file, number, &deployment, &[]);
    }
    let genesis_path = directory.path().join("genesis.toml");
    std::fs::write(&genesis_path, file.to_toml().unwrap()).unwrap();
    let launch = Launch {
        program: Path::new(env!("CARGO_BIN_EXE_aiq-under-test")),
        data: &data,
        genesis: Some(&genesis_path),
        log: &log,
        level: "trace",
        home: directory.path(),
        clock: None,
    };

    let process = launch.start();
    let relay = Relay::new(process.address);
    let token = process.token.clone().unwrap();
    let closes_at = SystemClock.now() + 1_000_000;
    let options = vec!["yes".into(), "no".into()];
    let poll = NewPoll::new("Does it survive?".into(), options, NewEligibility::Membership {}, closes_at);
    let poll = NewPoll { sealing: NewSealing::None {}, ..poll };
    let poll = client(relay.url()).with_token(&token).announce(&poll).unwrap();
    let mut actors = [1, 2].map(|number| Actor::connect(number, client(relay.url())));
    let [one, two] = &mut actors;
    // Killed after the join of one, after the ballot of the other, and again after the change of that ballot.
    let joined = one.join(&poll).unwrap().receipt;
    two.join(&poll).unwrap();
    let process = {
        process.kill();
        let process = launch.start();
        relay.lead_to(process.address);
        process
    };
    assert!(process.token.is_none(), "a restart gives out no second token");
    assert_eq!(one.join(&poll).unwrap().receipt, joined, "the receipt of before the power cut");
    one.vote(&poll, Choice::Option(0)).unwrap();
    let changed = one.vote(&poll, Choice::Option(1)).unwrap();
    process.kill();

    // Down: nothing is accepted, and nothing of it is lost.
    let error = two.vote(&poll, Choice::Option(1)).unwrap_err();
    assert!(matches!(error, MemberError::Client(ClientError::Unreachable { .. })), "{error}");
    let process = launch.start();
    relay.lead_to(process.address);
    let content = one.last_ballot(&poll);
    assert_eq!((content.seq, &content.body), (changed.seq, &changed.choice.encode()));
    let key = one.member.service_key();
    changed.receipt.verify_for(key, &deployment, Act::Ballot(content.committed())).unwrap();
    let again = client(relay.url()).vote(&poll.definition.id, &content).unwrap();
    assert_eq!((again.created, again.value), (false, changed.receipt));
    two.vote(&poll, Choice::Option(1)).unwrap();
    process.kill();

    assert_counted(&data, &poll.definition.id, closes_at);
    assert_no_secrets(directory.path(), &deployment);
    // Nor does the log know who did what from where (§11 P2), however much it is asked to say.
    let log = std::fs::read(&log).unwrap();
    assert!(contains(&log, b"/v1/polls/{id}/ballots"), "requests are logged by their route");
    for actor in &actors {
        let nullifier = actor.member.identity().nullifier(&poll.scope).to_string();
        assert!(!contains(&log, &nullifier.as_bytes()[2..]), "a nullifier in the log");
    }
    assert!(!contains(&log, b"127.0.0.1"), "an address in the log");
}

/// Opens what the killed process left, after the close, and counts.
fn assert_counted(data: &Path, poll: &PollId, closes_at: u32) {
    let config = ServerConfig { data_dir: data.to_owned(), insecure_dev_keys: true, ..ServerConfig::default() };
    let clock = Arc::new(ManualClock::new(closes_at));
    let opened = runtime().block_on(Service::open(config, None, keys().clone(), clock));
    let (service, _) = opened.unwrap();
    let signed = runtime().block_on(service.tally(poll)).unwrap();
    // Files that come and go while a database is open are not there any more when the directory is searched.
    runtime().block_on(service.close());
    let tally = signed.tally;
    assert_eq!((tally.options, tally.abstain, tally.joined, tally.voted), (vec![0, 2], 0, 2, 2));
}

/// Attack 27: neither the database nor the most talkative log knows a secret of a member (§2).
fn assert_no_secrets(directory: &Path, deployment: &aiq_circuits::identity::DeploymentId) {
    let searched = assert_nothing_secret(directory, deployment, &[1, 2]);
    assert!(searched.contains(&"log".to_owned()) && searched.contains(&"aiq.sqlite".to_owned()), "{searched:?}");
}

/// A poll that is open, and a member who is connected through a relay.
fn voter_behind_a_relay() -> (Deployment, Relay, aiq_server::api::PollView, Actor) {
    let deployment = Deployment::new(&[&[], &[]]);
    let relay = Relay::new(deployment.address());
    let poll = deployment.announce_to_members();
    let actor = Actor::connect(1, client(relay.url()));
    (deployment, relay, poll, actor)
}

#[test]
fn a_vote_whose_answer_is_lost_counts_once() {
    let (deployment, relay, poll, mut actor) = voter_behind_a_relay();
    actor.join(&poll).unwrap();
    deployment.open_poll(&poll);
    let id = poll.definition.id;
    let key = actor.member.wallet().ballot_key(&poll.scope);
    let ballot = actor.ballot(&poll, &key, 0, &Choice::Option(2).encode());
    relay.lose_answers(1);
    let error = actor.member.client().vote(&id, &ballot).unwrap_err();
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
    assert_eq!(deployment.client().poll(&id).unwrap().voted, 1, "the service did what was asked");
    // A client that is allowed to try again gets the receipt of the first arrival.
    let patient = client(relay.url()).with_retry(Retry { attempts: 4, pause: std::time::Duration::ZERO });
    relay.lose_answers(2);
    let answer = patient.vote(&id, &ballot).unwrap();
    assert!(!answer.created);
    assert_eq!(deployment.client().ballots(&id).unwrap().len(), 1);
    deployment.close_poll(&poll);
    assert_eq!(deployment.client().tally(&id).unwrap().tally.options, [0, 0, 1]);
}

#[test]
fn a_wallet_sends_the_ballot_of_a_lost_answer_again_as_it_was() {
    let (mut deployment, relay, poll, mut actor) = voter_behind_a_relay();
    actor.join(&poll).unwrap();
    deployment.open_poll(&poll);
    // The service goes away in the middle of a vote: after the poll was shown, before the ballot arrives.
    let first = actor.vote(&poll, Choice::Option(0)).unwrap();
    deployment.stop();
    let error = actor.vote(&poll, Choice::Option(1)).unwrap_err();
    assert!(matches!(error, MemberError::Client(ClientError::Unreachable { .. })), "{error}");
    deployment.start();
    relay.lead_to(deployment.address());
    let second = actor.vote(&poll, Choice::Option(1)).unwrap();
    assert_eq!((first.seq, second.seq), (0, 1));
    // The same choice once more is a new ballot, for the first was acknowledged; it changes no count.
    let third = actor.vote(&poll, Choice::Option(1)).unwrap();
    assert_eq!(third.seq, 2);
    deployment.close_poll(&poll);
    let tally = deployment.client().tally(&poll.definition.id).unwrap().tally;
    assert_eq!((tally.options, tally.voted), (vec![0, 1, 0], 1));
}

#[test]
fn a_join_whose_answer_is_lost_is_sent_again_with_the_same_key() {
    let (deployment, relay, poll, mut actor) = voter_behind_a_relay();
    // Whichever of its exchanges loses its answer, the wallet ends up joined once, with one key.
    for lost in 1..=3 {
        relay.lose_answers(lost);
        let _ = actor.join(&poll);
        relay.lose_answers(0);
    }
    let joined = actor.join(&poll).unwrap();
    let joins = deployment.client().joins(&poll.definition.id).unwrap();
    assert_eq!(joins.len(), 1);
    let act = Act::Join { scope: poll.scope, join: joins[0].clone() };
    joined.receipt.verify_for(&deployment.service_key, &deployment.id, act).unwrap();
    deployment.open_poll(&poll);
    actor.vote(&poll, Choice::Abstain).unwrap();
}

#[test]
fn an_enrolment_whose_answer_is_lost_is_the_same_enrolment() {
    let deployment = Deployment::new(&[&[]]);
    let relay = Relay::new(deployment.address());
    let batch = deployment.admin().invite(&NewInvitations { count: 1, expires_in: 60 }).unwrap();
    let invitation = &batch.invitations[0].token;
    let mut member = Member::connect(Wallet::with_seed(seed(9)), client(relay.url()), None).unwrap();
    relay.lose_answers(1);
    assert!(matches!(member.enrol(invitation), Err(MemberError::Client(ClientError::Unreachable { .. }))));
    let receipt = member.enrol(invitation).unwrap();
    deployment.clock.advance(3600);
    assert_eq!(member.enrol(invitation).unwrap(), receipt);
    assert_eq!(deployment.admin().seal().unwrap().checkpoint.members, 2);
}

#[test]
fn a_wallet_restored_from_its_words_changes_its_vote_and_cannot_vote_twice() {
    let (deployment, _, poll, mut actor) = voter_behind_a_relay();
    actor.join(&poll).unwrap();
    deployment.open_poll(&poll);
    actor.vote(&poll, Choice::Option(0)).unwrap();
    actor.vote(&poll, Choice::Option(1)).unwrap();
    // Another device with the same 24 words and no memory.
    let mut restored = deployment.actor(1);
    let voted = restored.vote(&poll, Choice::Option(2)).unwrap();
    assert_eq!(voted.seq, 2);
    assert_eq!(restored.join(&poll).unwrap().receipt, actor.join(&poll).unwrap().receipt);
    deployment.close_poll(&poll);
    let tally = deployment.client().tally(&poll.definition.id).unwrap().tally;
    assert_eq!((tally.options, tally.joined, tally.voted), (vec![0, 0, 1], 1, 1));
}

#[test]
fn a_restarted_service_has_everything_that_it_acknowledged() {
    let (mut deployment, relay, poll, mut actor) = voter_behind_a_relay();
    let joined = actor.join(&poll).unwrap().receipt;
    deployment.open_poll(&poll);
    let voted = actor.vote(&poll, Choice::Option(1)).unwrap().receipt;
    deployment.enrol(9);
    let before = deployment.client().polls().unwrap();
    deployment.stop();
    deployment.start();
    relay.lead_to(deployment.address());
    assert_eq!(deployment.client().polls().unwrap(), before);
    assert_eq!(actor.join(&poll).unwrap().receipt, joined);
    assert_eq!(deployment.client().vote(&poll.definition.id, &actor.last_ballot(&poll)).unwrap().value, voted);
    assert_eq!(deployment.admin().seal().unwrap().checkpoint.members, 3, "who waited for the epoch still waits");
}

#[test]
fn a_download_that_breaks_off_goes_on_where_it_stopped() {
    let deployment = Deployment::new(&[&[]]);
    let relay = Relay::new(deployment.address());
    let (digest, statement) = (keys().manifest().digest(), StatementId::Membership);
    let size = usize::try_from(keys().entry(statement).unwrap().proving.size).unwrap();
    relay.cut_after(size / 2);
    let root = deployment.scratch().join("broken");
    let fetched = fetch_keys(&client(relay.url()), &digest, &root, &[statement], &Silent).unwrap();
    assert_eq!(Prover::load(&fetched, statement).unwrap().key_id(), keys().entry(statement).unwrap().key_id);
    // What had arrived was not fetched again; the rest are heads, the manifest and the verifying keys.
    assert!(relay.passed() < size + size / 4, "{} bytes for a key of {size}", relay.passed());
}
