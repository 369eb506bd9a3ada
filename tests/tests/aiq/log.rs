//! Attacks 19, 26 and 31 from outside: what was acknowledged is in the log whatever happens to the service, and a log that goes back,
//! forks or loses an entry is found out by the wallet, which keeps the evidence.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aiq_audit::{Options, Report, audit};
use aiq_circuits::identity::Commitment;
use aiq_cli::client::Client;
use aiq_cli::export::{Export, What};
use aiq_cli::member::{Member, MemberError};
use aiq_cli::progress::Silent;
use aiq_cli::sync::{SyncError, TileCache};
use aiq_cli::wallet::Wallet;
use aiq_server::api::{NewEligibility, NewInvitations, NewPoll, NewSealing, PollView};
use aiq_server::{Clock as _, GenesisFile, ManualClock, ServerConfig, Service, SystemClock};
use aiq_tests::actor::{Actor, ballot_key};
use aiq_tests::deployment::{Deployment, client, found, runtime};
use aiq_tests::keys::keys;
use aiq_tests::process::Launch;
use aiq_tests::relay::Relay;
use aiq_tests::world::seed;
use aiq_verifier::log::{Act, EnrolledBy, Entry};
use aiq_verifier::poll::Choice;
use aiq_verifier::receipt::Receipt;
use aiq_verifier::withdrawal::WithdrawalKey;
use rand::{Rng as _, rngs::OsRng};

pub fn audited(client: &Client) -> Report {
    let (cache, what) = (TileCache::none(), What::Everything);
    let export = Export::begin(client, &cache, what, &Silent).unwrap();
    audit(export, &Options::default(), &mut |_| {}).unwrap()
}

/// What was acknowledged: the entry that it is for, and the receipt.
type Acknowledged = Arc<Mutex<Vec<(Act, Receipt)>>>;

/// Enrols one commitment after the other until told to stop.
fn enrol_until(stop: &AtomicBool, client: &Client, invitations: &Mutex<Vec<String>>, acknowledged: &Acknowledged) {
    while !stop.load(Ordering::Relaxed) {
        let Some(invitation) = invitations.lock().unwrap().pop() else { return };
        let commitment = Commitment::new(OsRng.r#gen::<u64>().into());
        let withdrawal_key = WithdrawalKey::of(&ballot_key(1));
        if let Ok(receipt) = client.enrol(&invitation, commitment, withdrawal_key) {
            let act = Act::Enrolment { commitment, withdrawal_key, by: EnrolledBy::Invitation };
            acknowledged.lock().unwrap().push((act, receipt));
        }
    }
}

/// Changes a vote until told to stop; `first` is the number of the first ballot.
fn vote_until(stop: &AtomicBool, client: &Client, actor: &Actor, poll: &PollView, first: u32, to: &Acknowledged) {
    let key = actor.member.wallet().ballot_key(&poll.scope);
    for seq in first.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let ballot = actor.ballot(poll, &key, seq, &Choice::Option(0).encode());
        if let Ok(answer) = client.vote(&poll.definition.id, &ballot) {
            to.lock().unwrap().push((Act::Ballot(ballot.committed()), answer.value));
        }
    }
}

/// A genesis with two founders in a fresh data directory.
fn prepared(directory: &Path) -> (PathBuf, PathBuf) {
    let data = directory.join("service");
    let mut file = GenesisFile::default_ai();
    let genesis = aiq_server::prepare(&data, &file.name, None, keys().manifest()).unwrap();
    for number in 1..=2 {
        found(&mut file, number, &genesis.deployment_id(), &[]);
    }
    let path = directory.join("genesis.toml");
    std::fs::write(&path, file.to_toml().unwrap()).unwrap();
    (data, path)
}

#[test]
fn whatever_was_acknowledged_before_a_kill_is_in_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let (data, genesis) = prepared(directory.path());
    let launch = Launch {
        program: Path::new(env!("CARGO_BIN_EXE_aiq-under-test")),
        data: &data,
        genesis: Some(&genesis),
        log: &directory.path().join("log"),
        level: "error",
        home: directory.path(),
        clock: None,
    };
    let mut process = launch.start();
    let relay = Relay::new(process.address);
    let admin = client(relay.url()).with_token(process.token.as_ref().unwrap());
    let closes_at = SystemClock.now() + 1_000_000;
    let options = ["yes", "no"].map(str::to_owned).to_vec();
    let poll = NewPoll::new("Does it survive?".into(), options, NewEligibility::Membership {}, closes_at);
    let poll = NewPoll { sealing: NewSealing::None {}, ..poll };
    let poll = admin.announce(&poll).unwrap();
    let batch = admin.invite(&NewInvitations { count: 1000, expires_in: 3600 }).unwrap();
    let invitations = Mutex::new(batch.invitations.into_iter().map(|invitation| invitation.token).collect());
    let mut voter = Actor::connect(1, client(relay.url()));
    voter.join(&poll).unwrap();

    let acknowledged = Acknowledged::default();
    for round in 0..4 {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| enrol_until(&stop, &client(relay.url()), &invitations, &acknowledged));
            }
            scope.spawn(|| vote_until(&stop, &client(relay.url()), &voter, &poll, round * 100_000, &acknowledged));
            std::thread::sleep(Duration::from_millis(OsRng.gen_range(50..400)));
            // In the middle of whatever it is doing.
            process.kill();
            stop.store(true, Ordering::Relaxed);
        });
        process = launch.start();
        relay.lead_to(process.address);
    }
    let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap());
    assert!(acknowledged.len() > 20, "there was load: {}", acknowledged.len());

    // Everybody finds their entries in their places, and nothing else is wrong with the log.
    let report = audited(&client(relay.url()));
    assert!(report.ok, "{:?}", report.fault);
    let entries = report.entries.values().sum::<u64>();
    for (act, receipt) in acknowledged {
        assert!(receipt.index < entries);
        let expected = Entry { at: receipt.accepted_at, act };
        assert_eq!(receipt.entry_hash, expected.hash());
        let proof: aiq_verifier::log::InclusionProof =
            serde_json::from_slice(&aiq_tests::raw::Raw::new(relay.url()).get(&inclusion(receipt.index)).body).unwrap();
        assert_eq!(proof.entry_hash, receipt.entry_hash, "entry {}", receipt.index);
    }
    process.kill();

    // Counted after the close, and every table follows from the log.
    let config = ServerConfig { data_dir: data.clone(), insecure_dev_keys: true, ..ServerConfig::default() };
    let opened = Service::open(config, None, keys().clone(), Arc::new(ManualClock::new(closes_at)));
    let (service, _) = runtime().block_on(opened).unwrap();
    let tally = runtime().block_on(service.tally(&poll.definition.id)).unwrap().tally;
    assert_eq!((tally.options, tally.joined), (vec![1, 0], 1));
    runtime().block_on(service.close());
    let rebuilt = runtime().block_on(aiq_server::rebuild(&data, false, |_, _| {})).unwrap();
    assert!(rebuilt.agrees(), "{rebuilt:?}");
}

fn inclusion(index: u64) -> String {
    format!("/v1/log/inclusion/{index}")
}

/// A deployment behind a relay whose operator can put an old state back.
struct TimeMachine {
    deployment: Deployment,
    relay: Relay,
    copy: PathBuf,
}

impl TimeMachine {
    fn new() -> Self {
        let deployment = Deployment::new(&[&[], &[]]);
        let relay = Relay::new(deployment.address());
        let copy = deployment.scratch().join("copy");
        Self { deployment, relay, copy }
    }

    fn restart(&mut self, between: impl FnOnce(&Path, &Path)) {
        let data = self.deployment.data_dir().to_owned();
        self.deployment.stop();
        between(&data, &self.copy);
        self.deployment.start();
        self.relay.lead_to(self.deployment.address());
    }

    fn remember(&mut self) {
        self.restart(copy_files);
    }

    fn go_back(&mut self) {
        self.restart(|data, copy| {
            std::fs::remove_dir_all(data).unwrap();
            copy_files(copy, data);
        });
    }

    /// Has an epoch in which a new member came that is forgotten when the machine goes back, and shows it to `member`.
    fn live_through_an_epoch(&mut self, member: &mut Member) {
        self.remember();
        self.deployment.enrol(9);
        self.deployment.admin().seal().unwrap();
        member.sync(&TileCache::none(), &Silent).unwrap();
    }

    /// Member `number`, who keeps evidence in a directory of its own.
    fn member(&self, number: u8) -> (Member, PathBuf) {
        let evidence = self.deployment.scratch().join(format!("evidence-{number}"));
        let member = Member::connect(Wallet::with_seed(seed(number)), client(self.relay.url()), None).unwrap();
        (member.with_evidence_in(evidence.clone()), evidence)
    }
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// The one piece of evidence in a directory.
fn evidence(directory: &Path) -> String {
    let files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    std::fs::read_to_string(&files[0]).unwrap()
}

#[test]
fn a_service_that_goes_back_is_refused_and_so_is_its_second_history() {
    let mut machine = TimeMachine::new();
    let (mut member, directory) = machine.member(1);
    // The operator keeps a copy of the database, seals an epoch, and puts the copy back.
    machine.live_through_an_epoch(&mut member);
    machine.go_back();
    let error = member.sync(&TileCache::none(), &Silent).unwrap_err();
    assert!(matches!(error, MemberError::Sync(SyncError::Rollback { seen: 1, .. })), "{error}");
    let error = member.follow_log(&TileCache::none(), &Silent).unwrap_err();
    assert!(matches!(error, MemberError::BrokenLog(_)), "a log that shrank: {error}");
    evidence(&directory);
    // Nor is another epoch 1 believed.
    machine.deployment.enrol(10);
    machine.deployment.admin().seal().unwrap();
    let error = member.sync(&TileCache::none(), &Silent).unwrap_err();
    assert!(matches!(error, MemberError::Sync(SyncError::Rollback { seen: 1, .. })), "{error}");
}

#[test]
fn a_log_that_forks_is_refused_with_both_signed_checkpoints_as_evidence() {
    let mut machine = TimeMachine::new();
    let (mut member, directory) = machine.member(1);
    machine.live_through_an_epoch(&mut member);
    let seen = member.client().log_checkpoint().unwrap();

    // Another history, longer than the one that was seen, with another epoch 1.
    machine.go_back();
    for number in 10..14 {
        machine.deployment.enrol(number);
    }
    machine.deployment.admin().seal().unwrap();
    let error = member.follow_log(&TileCache::none(), &Silent).unwrap_err();
    assert!(matches!(error, MemberError::BrokenLog(_)), "{error}");
    let shown = member.client().log_checkpoint().unwrap();
    let kept: serde_json::Value = serde_json::from_str(&evidence(&directory)).unwrap();
    let kept = kept.to_string();
    for note in [&seen, &shown] {
        assert!(kept.contains(serde_json::to_string(note).unwrap().trim_matches('"')), "{kept}");
    }
    // It goes no further, and says so again.
    assert!(member.sync(&TileCache::none(), &Silent).is_err());
}

#[test]
fn a_dropped_ballot_is_found_missing_by_its_receipt() {
    let mut machine = TimeMachine::new();
    let poll = machine.deployment.announce_to_members();
    let (member, directory) = machine.member(1);
    let mut voter = Actor { member, ledger: machine.deployment.actor(1).ledger };
    voter.sync();
    voter.join(&poll).unwrap();
    voter.sync();
    machine.remember();
    machine.deployment.open_poll(&poll);
    let voted = voter.vote(&poll, Choice::Option(1)).unwrap();

    // The ballot is gone, and before its voter looks again others have filled its place.
    machine.go_back();
    for number in 10..13 {
        machine.deployment.enrol(number);
    }
    machine.deployment.admin().seal().unwrap();
    let error = voter.member.follow_log(&TileCache::none(), &Silent).unwrap_err();
    assert!(matches!(error, MemberError::BrokenLog(_)), "{error}");
    let kept = evidence(&directory);
    assert!(
        kept.contains(&voted.receipt.entry_hash.to_string()) && kept.contains(&voted.receipt.signature.to_string())
    );
}

#[test]
fn the_log_of_a_whole_poll_holds_and_a_rigged_copy_does_not() {
    let deployment = Deployment::new(&[&[], &[], &[]]);
    let poll = deployment.announce_to_members();
    let mut actors = [1, 2, 3].map(|number| deployment.actor(number));
    for actor in &mut actors {
        actor.join(&poll).unwrap();
    }
    deployment.open_poll(&poll);
    for (actor, option) in actors.iter_mut().zip([0, 1, 1]) {
        actor.vote(&poll, Choice::Option(option)).unwrap();
    }
    actors[0].vote(&poll, Choice::Option(2)).unwrap();
    deployment.close_poll(&poll);
    let tally = deployment.client().tally(&poll.definition.id).unwrap();
    deployment.admin().seal().unwrap();
    wait_for(&deployment.client(), "tally");

    let report = audited(&deployment.client());
    assert!(report.ok, "{:?}", report.fault);
    assert_eq!((report.proofs, report.ballot_signatures, report.polls.len()), (3, 4, 1));
    assert_eq!(report.polls[0].tally.as_ref(), Some(&tally.tally));

    let (client, cache) = (deployment.client(), TileCache::none());
    let mut export = Export::begin(&client, &cache, What::Everything, &Silent).unwrap();
    let mut bundle = String::new();
    std::io::Read::read_to_string(&mut export, &mut bundle).unwrap();
    let rigged = |from: &str, to: &str| {
        let changed = bundle.replacen(from, to, 1);
        assert_ne!(changed, bundle);
        audit(changed.as_bytes(), &Options::default(), &mut |_| {}).unwrap()
    };
    let ballot = actors[2].last_ballot(&poll);
    let (body, other) = (format!("\"body\":\"0x{}\"", hex::encode(&ballot.body)), "\"body\":\"0x0100\"");
    assert!(!rigged(&body, other).ok, "another choice under the voter's signature");
    let without_a_line = bundle.lines().filter(|line| !line.contains(&ballot.blinding.to_string()));
    let without_a_line: Vec<&str> = without_a_line.collect();
    let report = audit(without_a_line.join("\n").as_bytes(), &Options::default(), &mut |_| {}).unwrap();
    assert!(!report.ok && report.fault.is_some(), "a ballot left out");
}

/// Waits until a published checkpoint covers an entry of this kind.
fn wait_for(client: &Client, kind: &str) {
    for _ in 0..100 {
        if audited(client).entries.contains_key(kind) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("no {kind} in the log");
}
