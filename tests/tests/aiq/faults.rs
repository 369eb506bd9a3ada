//! What a service does when the world around it fails: load beyond manners, a full disk, a clock that jumps, power cuts in the middle
//! of claims and reviews. Every write that was acknowledged survives, and nothing counts that was not accepted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use aiq_circuits::credential::Attributes;
use aiq_circuits::identity::DeploymentId;
use aiq_cli::client::ClientError;
use aiq_cli::member::{ClaimDraft, Member, MemberError};
use aiq_cli::progress::Silent;
use aiq_cli::wallet::Wallet;
use aiq_server::GenesisFile;
use aiq_server::api::{ClaimState, NewInvitations};
use aiq_tests::actor::{Actor, ballot_key};
use aiq_tests::deployment::{Deployment, client, found};
use aiq_tests::keys::{keys, provers};
use aiq_tests::load::Load;
use aiq_tests::process::{Launch, Process, set_clock};
use aiq_tests::raw::Raw;
use aiq_tests::relay::Relay;
use aiq_tests::world::{NOW, safety, seed};
use aiq_verifier::poll::Choice;
use aiq_verifier::review::{RulingOutcome, Verdict};
use rand::Rng as _;
use rand::rngs::OsRng;
use serde_json::json;

use super::log::audited;
use super::polls::{ballots_path, send_ballot, send_join};

const PROGRAM: &str = env!("CARGO_BIN_EXE_aiq-under-test");

/// The same at length, with figures: docs/load.md.
#[test]
fn a_service_under_mixed_load_loses_nothing_and_stays_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let load = Load { members: 10, duration: Duration::from_secs(4), voters: 2, readers: 2, slow: 50 };
    let report = load.run(Path::new(PROGRAM), directory.path());
    for served in &report.served {
        assert!(served.unexpected.is_empty(), "{}: {:?}", served.what, served.unexpected);
        assert!(!served.times.is_empty(), "{}", served.what);
    }
    // A page of joins, a queue of bodies and some hundred connections fit into this many times.
    let (before, during) = report.memory;
    let peak = during.iter().max().unwrap();
    assert!(*peak < before + 200 * 1024, "{before} KiB before the load, {peak} under it");
}

/// A service as a process, with a clock that the test sets, and what it takes to start it again.
struct Killable {
    directory: tempfile::TempDir,
    data: PathBuf,
    deployment: DeploymentId,
    token: Option<String>,
    process: Option<Process>,
    relay: Relay,
}

impl Killable {
    fn found(directory: tempfile::TempDir, data: PathBuf, holdings: &[&[Attributes]]) -> Self {
        let mut file = GenesisFile::default_ai();
        let deployment = aiq_server::prepare(&data, &file.name, None, keys().manifest()).unwrap().deployment_id();
        for (number, held) in (1..).zip(holdings) {
            found(&mut file, number, &deployment, held);
        }
        for standard in &mut file.standards {
            (standard.quorum, standard.claims_per_epoch) = (2, 8);
        }
        fs::write(directory.path().join("genesis.toml"), file.to_toml().unwrap()).unwrap();
        set_clock(&directory.path().join("clock"), NOW);
        let relay = Relay::new(([127, 0, 0, 1], 1).into());
        let mut service = Self { directory, data, deployment, token: None, process: None, relay };
        service.start();
        service
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn start(&mut self) {
        let (genesis, clock) = (self.path("genesis.toml"), self.path("clock"));
        let launch = Launch {
            program: Path::new(PROGRAM),
            data: &self.data,
            genesis: self.token.is_none().then_some(&*genesis),
            log: &self.path("log"),
            level: "warn",
            home: self.directory.path(),
            clock: Some(&clock),
        };
        let process = launch.start();
        self.token = self.token.take().or_else(|| process.token.clone());
        self.relay.lead_to(process.address);
        self.process = Some(process);
    }

    fn kill(&mut self) {
        self.process.take().unwrap().kill();
    }

    fn client(&self) -> aiq_cli::client::Client {
        client(self.relay.url())
    }

    fn admin(&self) -> aiq_cli::client::Client {
        self.client().with_token(self.token.as_ref().unwrap())
    }

    /// Has `act` under way while the process is killed, and then has it again until it is answered.
    fn in_spite_of_kills<T: Send>(
        &mut self,
        member: &mut Actor,
        act: impl Fn(&mut Actor) -> Result<T, MemberError> + Sync,
    ) -> T {
        let mut first = None;
        thread::scope(|scope| {
            let acting = scope.spawn(|| act(member));
            thread::sleep(Duration::from_millis(OsRng.gen_range(0..400)));
            self.kill();
            first = Some(acting.join().unwrap());
        });
        self.start();
        match first.unwrap() {
            Ok(answer) => return answer,
            Err(MemberError::Client(ClientError::Unreachable { .. })) => {}
            Err(error) => panic!("{error}"),
        }
        act(member).unwrap()
    }
}

/// Attack 19 for claims and reviews: whatever is cut off, each is there once, and the ruling counts each once.
#[test]
fn claims_and_reviews_survive_kills_and_count_once() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("service");
    let reviewer: &[Attributes] = &[safety(5), safety(4), safety(3)];
    let mut service = Killable::found(directory, data, &[reviewer, reviewer, &[]]);
    let mut actors = [1, 2, 3].map(|number| Actor::connect(number, client(service.relay.url())));
    let mut claims = Vec::new();
    for paper in 0..4 {
        let draft = ClaimDraft {
            domain: "1.9.1.0".parse().unwrap(),
            kind: "1".to_owned(),
            title: format!("Work {paper}"),
            summary: String::new(),
            evidence: vec![format!("arxiv:2401.0000{paper}").parse().unwrap()],
            renews: None,
        };
        let claimed = service.in_spite_of_kills(&mut actors[2], |actor| {
            let Actor { member, ledger } = actor;
            member.claim(ledger, provers(), &draft, &Silent).map(|claimed| claimed.view.id)
        });
        for actor in &mut actors[..2] {
            let plan = actor.member.plan_review(&actor.ledger, &claimed, &Silent).unwrap();
            let plan = std::sync::Mutex::new(Some(plan));
            service.in_spite_of_kills(actor, |Actor { member, .. }| {
                let planned = plan.lock().unwrap().take();
                let reviewed = match planned {
                    Some(plan) => member
                        .review_as_planned(plan, Verdict::Accept, "Read.".to_owned(), provers(), &Silent)
                        .map(Some),
                    // It was written down before it was sent.
                    None => member.resume_review(&claimed),
                };
                reviewed.map(|reviewed| assert!(reviewed.is_some(), "a review that nobody remembers"))
            });
        }
        claims.push(claimed);
    }
    let listed = service.client().claims(None, None).unwrap();
    assert_eq!(listed.len(), claims.len());
    set_clock(&service.path("clock"), listed.iter().map(|claim| claim.closes_at).max().unwrap());
    for claim in &claims {
        let ruling = service.client().claim(claim).unwrap().ruling.unwrap();
        assert_eq!((ruling.outcome, ruling.accept, ruling.reject), (RulingOutcome::Accepted, 2, 0));
    }
    service.kill();
    service.start();
    // What was there, what was claimed, and a reward for each review.
    assert_eq!(service.admin().seal().unwrap().checkpoint.credentials, 6 + 4 + 8);
    let report = audited(&service.client());
    assert!(report.ok, "{:?}", report.fault);
}

/// A file system of its own for the data, which the test can fill.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where nothing may be mounted.
    fn mount(path: PathBuf) -> Option<Self> {
        fs::create_dir_all(&path).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs"]).arg(&path).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(path))
    }

    fn resize(&self, size: &str) {
        let options = format!("remount,size={size}");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Every write that was acknowledged survives a full disk; what is not written is refused as such, reading goes on, and so does writing
/// once there is room, without a restart.
#[test]
fn a_full_disk_is_said_and_costs_nothing_that_was_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("service");
    let Some(disk) = SmallDisk::mount(data.clone()) else {
        eprintln!("nothing can be mounted here, so no disk was filled: needs root");
        return;
    };
    let mut service = Killable::found(directory, data, &[&[], &[]]);
    let admin = service.admin();
    let mut tokens = Vec::new();
    let refused = loop {
        match admin.invite(&NewInvitations { count: 200, expires_in: 86_400 }) {
            Ok(batch) => tokens.extend(batch.invitations.into_iter().map(|invitation| invitation.token)),
            Err(error) => break error,
        }
        assert!(tokens.len() < 200_000, "the disk does not fill");
    };
    assert_eq!(refused.code(), Some("storage_unavailable"), "{refused}");
    let raw = Raw::new(service.relay.url()).with_bearer(service.token.as_ref().unwrap());
    raw.post("/v1/invitations", &json!({ "count": 1000, "expires_in": 60 })).assert_problem(507, "storage_unavailable");
    for path in ["/v1/info", "/v1/polls", "/checkpoint", "/health/live"] {
        assert_eq!(raw.get(path).status, 200, "{path}");
    }

    // Room again: the last invitation that was acknowledged works, on the same process.
    disk.resize("16m");
    let enrol = |service: &Killable, number: u8, token: &str| {
        let mut member = Member::connect(Wallet::with_seed(seed(number)), service.client(), None).unwrap();
        member.enrol(token).unwrap()
    };
    enrol(&service, 10, tokens.last().unwrap());
    service.kill();
    service.start();
    enrol(&service, 11, &tokens[0]);
    assert_eq!(service.admin().seal().unwrap().checkpoint.members, 4);
    let report = audited(&service.client());
    assert!(report.ok, "{:?}", report.fault);
    assert_eq!(service.deployment, service.client().info().unwrap().genesis.deployment_id());
    service.kill();
}

/// Backwards and forwards: what a poll has counted it counts once, and what is closed stays closed.
#[test]
fn a_clock_that_jumps_loses_no_ballot_and_counts_none_twice() {
    let deployment = Deployment::new(&[&[], &[], &[]]);
    let poll = deployment.announce_to_members();
    let actors = [1, 2].map(|number| deployment.actor(number));
    let ballot =
        |who: usize, seq, option| actors[who].ballot(&poll, &ballot_key(1), seq, &Choice::Option(option).encode());
    for actor in &actors {
        assert_eq!(send_join(&deployment, &poll, &actor.join_with(&poll, &ballot_key(1))).status, 201);
    }
    deployment.open_poll(&poll);
    let first = ballot(0, 0, 0);
    assert_eq!(send_ballot(&deployment, &poll, &first).status, 201);

    // Back before the opening, and before the epoch that the poll pins: nothing is accepted, nothing forgotten.
    deployment.clock.set(NOW - 86_400);
    send_ballot(&deployment, &poll, &ballot(1, 0, 0)).assert_problem(409, "poll_not_open");
    assert_eq!(send_ballot(&deployment, &poll, &first).status, 200, "the first answer again");
    assert_eq!(deployment.client().poll(&poll.definition.id).unwrap().voted, 1);

    deployment.open_poll(&poll);
    assert_eq!(send_ballot(&deployment, &poll, &ballot(1, 0, 1)).status, 201);
    assert_eq!(send_ballot(&deployment, &poll, &ballot(0, 1, 1)).status, 201);

    // Far beyond the close, and back into the time when it was open: it was counted, so it is over.
    deployment.clock.set(poll.definition.closes_at + 10 * 31_536_000);
    let counted = deployment.client().tally(&poll.definition.id).unwrap();
    assert_eq!((&*counted.tally.options, counted.tally.voted), (&[0, 2, 0][..], 2));
    deployment.open_poll(&poll);
    send_ballot(&deployment, &poll, &ballot(0, 2, 0)).assert_problem(409, "poll_closed");
    let late = deployment.actor(3).join_with(&poll, &ballot_key(1));
    send_join(&deployment, &poll, &late).assert_problem(409, "poll_closed");
    deployment.close_poll(&poll);
    assert_eq!(deployment.client().tally(&poll.definition.id).unwrap(), counted);
    assert_eq!(deployment.raw().get(&ballots_path(&poll)).json()["ballots"].as_array().unwrap().len(), 3);
    let report = audited(&deployment.client());
    assert!(report.ok, "{:?}", report.fault);
}

/// Epochs: who waits is in the next one, once, wherever the clock stands when it is sealed.
#[test]
fn a_clock_that_jumps_seals_every_leaf_once() {
    let deployment = Deployment::new(&[&[]]);
    let mut members = 1;
    for (number, now) in (20..).zip([NOW + 1000, NOW - 1000, NOW + 10 * 31_536_000, NOW + 5]) {
        deployment.clock.set(now);
        deployment.enrol(number);
        members += 1;
        let sealed = deployment.admin().seal().unwrap();
        assert_eq!((sealed.sealed, sealed.checkpoint.members), (true, members), "at {now}");
        assert!(!deployment.admin().seal().unwrap().sealed, "nothing waits");
        let actor = deployment.actor(number);
        assert_eq!(actor.latest().0.epoch, u32::try_from(members).unwrap() - 1);
    }
    let report = audited(&deployment.client());
    assert!(report.ok, "{:?}", report.fault);
}

/// Claims: one that was ruled on stays so when the clock goes back into its window.
#[test]
fn a_clock_that_jumps_rules_once() {
    let reviewer: &[Attributes] = &[safety(5), safety(4), safety(3)];
    let deployment = Deployment::new(&[reviewer, reviewer, reviewer, reviewer, &[]]);
    let mut actors = [1, 2, 3, 4, 5].map(|number| deployment.actor(number));
    let claim = actors[4].claim(deployment.draft(&actors[4], 0, "arxiv:2401.00001"), 0, 0);
    let id = claim.claim.id();
    assert_eq!(deployment.raw().post("/v1/claims", &json!(claim)).status, 201);
    let view = deployment.client().claim(&id).unwrap();
    let path = format!("/v1/claims/{id}/reviews");
    for actor in &actors[..3] {
        assert_eq!(deployment.raw().post(&path, &json!(actor.review(&view, Verdict::Accept))).status, 201);
    }
    deployment.clock.set(view.closes_at);
    let ruled = deployment.client().claim(&id).unwrap();
    assert_eq!(ruled.state, ClaimState::Accepted);
    deployment.clock.set(NOW);
    assert_eq!(deployment.client().claim(&id).unwrap().ruling, ruled.ruling);
    let late = deployment.raw().post(&path, &json!(actors[3].review(&view, Verdict::Reject)));
    late.assert_problem(409, "claim_closed");
    deployment.clock.set(view.closes_at + 1);
    assert_eq!(deployment.client().claim(&id).unwrap().ruling, ruled.ruling);
    let before = deployment.client().info().unwrap().checkpoint.credentials;
    assert_eq!(deployment.admin().seal().unwrap().checkpoint.credentials, before + 1 + 3);
    actors[4].sync();
    assert_eq!(actors[4].member.holdings(&actors[4].ledger).len(), 1);
    let report = audited(&deployment.client());
    assert!(report.ok, "{:?}", report.fault);
}
