//! Load on a service of its own, on loopback: people who join and vote, readers, senders of garbage and clients that never finish,
//! all at once and all bounded. What was acknowledged has to be there in the end.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use aiq_circuits::identity::{DeploymentId, Identity, Seed};
use aiq_circuits::membership::{MembershipInstance, MembershipWitness};
use aiq_circuits::statement::StatementId;
use aiq_circuits::wire::sha256;
use aiq_cli::member::{Member, PublishedPoll};
use aiq_cli::progress::Silent;
use aiq_cli::sync::TileCache;
use aiq_cli::wallet::Wallet;
use aiq_server::api::{NewEligibility, NewPoll, NewSealing, PollView};
use aiq_server::genesis_file::Founder;
use aiq_server::{Clock as _, GenesisFile, SystemClock};
use aiq_verifier::poll::{Ballot, BallotKey, Choice, Join, join_message};
use aiq_verifier::presentation::Presentation;
use aiq_verifier::withdrawal::WithdrawalKey;
use ed25519_dalek::SigningKey;
use rand::Rng as _;
use rand::rngs::OsRng;
use serde_json::{Value, json};
use ureq::Agent;

use crate::deployment::client;
use crate::keys::{keys, prover, verifier};
use crate::process::{Launch, Process};

/// How much load.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Members, each of whom joins; half before the load begins, half while it goes on.
    pub members: usize,
    /// How long it goes on.
    pub duration: Duration,
    /// Clients that send ballots as fast as they are answered.
    pub voters: usize,
    /// Clients that read polls, joins, tiles and epochs as fast as they are answered.
    pub readers: usize,
    /// Connections on which a byte of a request arrives now and then.
    pub slow: usize,
}

/// What clients of one kind saw.
#[derive(Clone, Debug)]
pub struct Served {
    /// Which kind.
    pub what: &'static str,
    /// Time from a request to its answer, ascending.
    pub times: Vec<Duration>,
    /// Answers that were none of those expected: status and how often.
    pub unexpected: Vec<(u16, usize)>,
}

impl Served {
    fn of(
        what: &'static str,
        answers: impl IntoIterator<Item = (Duration, u16)>,
        is_expected: fn(u16) -> bool,
    ) -> Self {
        let (mut times, mut unexpected) = (Vec::new(), std::collections::BTreeMap::new());
        for (time, status) in answers {
            times.push(time);
            if !is_expected(status) {
                *unexpected.entry(status).or_default() += 1;
            }
        }
        times.sort_unstable();
        Self { what, times, unexpected: unexpected.into_iter().collect() }
    }

    /// The time that this share of the answers, in hundredths, did not exceed.
    #[must_use]
    pub fn percentile(&self, share: usize) -> Duration {
        let place = (self.times.len() * share).div_ceil(100).saturating_sub(1);
        self.times.get(place).copied().unwrap_or_default()
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was asked for.
    pub load: Load,
    /// By kind of client.
    pub served: Vec<Served>,
    /// Resident memory of the service in KiB: before the load, and every 100 ms during it.
    pub memory: (u64, Vec<u64>),
    /// Members who joined, as the signed tally says.
    pub joined: u64,
    /// Members who voted, as the signed tally says.
    pub voted: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = usize::try_from(self.load.duration.as_secs()).unwrap_or(usize::MAX).max(1);
        writeln!(f, "| request | answers | per second | p50 | p99 | longest |\n|---|---|---|---|---|---|")?;
        for served in &self.served {
            let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
            let (count, rate) = (served.times.len(), served.times.len() / seconds);
            let times = [served.percentile(50), served.percentile(99), served.percentile(100)].map(ms);
            writeln!(f, "| {} | {count} | {rate} | {} |", served.what, times.join(" | "))?;
        }
        let (before, during) = &self.memory;
        let (peak, last) = (during.iter().max().unwrap_or(before), during.last().unwrap_or(before));
        let mib = |kib: &u64| kib / 1024;
        writeln!(f, "\nMemory: {} MiB before, at most {}, {} at the end.", mib(before), mib(peak), mib(last))?;
        write!(f, "Signed tally: {} joined, {} voted.", self.joined, self.voted)
    }
}

/// A member with a join that is proved and waits to be sent.
struct Voter {
    key: SigningKey,
    join: Join,
}

fn seed(number: usize) -> Seed {
    Seed::from_bytes(sha256(&[b"load", &number.to_be_bytes()]))
}

/// The genesis with so many founders, and where it lies.
fn found(directory: &Path, members: usize) -> (DeploymentId, std::path::PathBuf) {
    let mut file = GenesisFile::default_ai();
    let genesis = aiq_server::prepare(&directory.join("service"), &file.name, None, keys().manifest());
    let deployment = genesis.expect("a genesis").deployment_id();
    for number in 0..members {
        let commitment = Identity::derive(&seed(number), &deployment).commitment();
        let key = Wallet::with_seed(seed(number)).withdrawal_key(&deployment);
        file.founders.push(Founder { commitment, withdrawal_key: WithdrawalKey::of(&key) });
    }
    let path = directory.join("genesis.toml");
    std::fs::write(&path, file.to_toml().expect("a text")).expect("a file");
    (deployment, path)
}

/// Proves the joins of all members.
fn prove(url: &str, poll: &PollView, members: usize) -> Vec<Voter> {
    let mut member = Member::connect(Wallet::with_seed(seed(0)), client(url), None).expect("a contact");
    let ledger = member.sync(&TileCache::none(), &Silent).expect("a synchronisation");
    let trees = member.pinned_trees(&ledger, &poll.definition.roots).expect("signed roots");
    let prover = prover(StatementId::Membership);
    let voter = |number: usize| {
        let identity = Identity::derive(&seed(number), member.deployment_id());
        let commitment = identity.commitment();
        let place = trees.members.leaves().iter().position(|leaf| leaf == commitment.as_field()).expect("a member");
        let witness = MembershipWitness {
            secret: identity.secret().clone(),
            tag_randomness: identity.tag_randomness(0),
            path: trees.members.path(u32::try_from(place).expect("few members")).expect("a leaf"),
        };
        let key = Wallet::with_seed(seed(number)).ballot_key(&poll.scope);
        let ballot_key = BallotKey::of(&key);
        let message = join_message(&poll.scope, &ballot_key);
        let (nullifier, tag) = (identity.nullifier(&poll.scope), identity.tag(0));
        let root = poll.definition.roots.members_root;
        let instance = MembershipInstance::new(root, poll.scope, nullifier, tag, message);
        let proof = prover.prove(&instance, &witness, &mut OsRng, &mut |_| {}).expect("a proof");
        let presentation =
            Presentation { statement: StatementId::Membership, key_id: prover.key_id(), nullifier, tag, proof };
        Voter { key, join: Join { presentation, ballot_key } }
    };
    (0..members).map(voter).collect()
}

/// One connection that is kept, and what came back on it.
struct Asker {
    agent: Agent,
    url: String,
    answers: Vec<(Duration, u16)>,
}

impl Asker {
    fn new(url: &str) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(30)));
        Self { agent: Agent::new_with_config(config.build()), url: url.to_owned(), answers: Vec::new() }
    }

    /// Asks and reads the answer to its end; its status, or 0 if there was none.
    fn ask(&mut self, path: &str, body: Option<&[u8]>) -> u16 {
        let begun = Instant::now();
        let url = format!("{}{path}", self.url);
        let sent = match body {
            Some(body) => self.agent.post(url).header("content-type", "application/json").send(body),
            None => self.agent.get(url).call(),
        };
        let status = sent.map_or(0, |mut answer| {
            let status = answer.status().as_u16();
            answer.body_mut().read_to_vec().map_or(0, |_| status)
        });
        self.answers.push((begun.elapsed(), status));
        status
    }

    fn post(&mut self, path: &str, body: &Value) -> u16 {
        self.ask(path, Some(body.to_string().as_bytes()))
    }
}

/// Sends ballots of these members, one after the other; how many of them have one that was acknowledged.
fn vote(url: &str, poll: &PollView, voters: &[Voter], stop: &AtomicBool) -> (Asker, u64) {
    let (mut asker, mut seq, mut voted) = (Asker::new(url), 0, 0);
    let path = format!("/v1/polls/{}/ballots", poll.definition.id);
    while !stop.load(Ordering::Relaxed) {
        for Voter { key, join } in voters {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let choice = Choice::Option(u8::from(OsRng.gen_bool(0.5))).encode();
            let ballot = Ballot::sign(key, poll.scope, join.presentation.nullifier, seq, choice, &mut OsRng);
            voted += u64::from(asker.post(&path, &json!(ballot)) == 201 && seq == 0);
        }
        seq += 1;
    }
    (asker, voted)
}

fn read(url: &str, poll: &PollView, stop: &AtomicBool) -> Asker {
    let mut asker = Asker::new(url);
    let poll = format!("/v1/polls/{}", poll.definition.id);
    let paths = [
        poll.clone(),
        format!("{poll}/joins?limit=50"),
        format!("{poll}/turnout"),
        "/v1/info".into(),
        "/v1/tiles/members/0".into(),
        "/v1/epochs/latest".into(),
        "/checkpoint".into(),
    ];
    for path in paths.iter().cycle().take_while(|_| !stop.load(Ordering::Relaxed)) {
        asker.ask(path, None);
    }
    asker
}

/// Bodies that nobody should send, to every address that takes one.
fn disturb(url: &str, poll: &PollView, voter: &Voter, stop: &AtomicBool) -> Asker {
    let mut asker = Asker::new(url);
    let poll_path = format!("/v1/polls/{}", poll.definition.id);
    let paths =
        [&format!("{poll_path}/joins"), &format!("{poll_path}/ballots"), "/v1/claims", "/v1/enrolments", "/v1/merges"];
    // A join of another poll's scope, say: everything about it is right but the proof.
    let mut wrong = voter.join.clone();
    wrong.presentation.tag = Identity::derive(&seed(usize::MAX), &DeploymentId::new([0; 32])).tag(0);
    let bodies = [
        vec![b'['; 60_000],
        (0..2000).map(|_| OsRng.r#gen()).collect(),
        json!(wrong).to_string().into_bytes(),
        b"{}".to_vec(),
        vec![b' '; 70_000],
    ];
    while !stop.load(Ordering::Relaxed) {
        for (path, body) in paths.iter().flat_map(|path| bodies.iter().map(move |body| (path, body))) {
            asker.ask(path, Some(body));
            // It is to disturb the others, not to crowd them out.
            thread::sleep(Duration::from_millis(2));
        }
    }
    asker
}

/// Holds connections open, and sends a byte on each of them now and then. Those that are cut off are opened again.
fn dawdle(address: SocketAddr, count: usize, stop: &AtomicBool) {
    let open = || {
        let mut stream = TcpStream::connect(address).ok()?;
        stream.set_nonblocking(true).ok()?;
        stream.write_all(b"POST /v1/polls HTTP/1.1\r\nx-slow: ").ok()?;
        Some(stream)
    };
    let mut streams: Vec<_> = (0..count).map(|_| open()).collect();
    while !stop.load(Ordering::Relaxed) {
        for stream in &mut streams {
            let ended = stream.as_mut().is_none_or(|stream| {
                stream.write_all(b"a").is_err() || stream.read(&mut [0; 512]).is_ok_and(|read| read == 0)
            });
            if ended {
                *stream = open();
            }
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// Resident memory of a process, KiB.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

impl Load {
    /// Starts `program serve` in `directory`, loads it, and checks that what was acknowledged is there.
    ///
    /// # Panics
    /// If an acknowledged join or ballot is missing, if the log or the tally is wrong, or if the service ends by itself.
    #[must_use]
    pub fn run(self, program: &Path, directory: &Path) -> Report {
        let (deployment, genesis) = found(directory, self.members);
        let launch = Launch {
            program,
            data: &directory.join("service"),
            genesis: Some(&genesis),
            log: &directory.join("log"),
            level: "warn",
            home: directory,
            clock: None,
        };
        let process = launch.start();
        let url = format!("http://{}", process.address);
        let admin = client(&url).with_token(process.token.as_ref().expect("a first start"));
        let options = ["yes", "no"].map(str::to_owned).to_vec();
        // Time to prove everybody's join, to load, and to spare.
        let seconds = 20 + self.duration.as_secs() + self.members as u64 / 5;
        let closes_at = SystemClock.now() + u32::try_from(seconds).expect("a while");
        let poll = NewPoll::new("Does it hold?".into(), options, NewEligibility::Membership {}, closes_at);
        let poll = NewPoll { sealing: NewSealing::None {}, ..poll };
        let poll = admin.announce(&poll).expect("an announcement");
        let voters = prove(&url, &poll, self.members);
        let (early, late) = voters.split_at(self.members / 2);
        let path = format!("/v1/polls/{}/joins", poll.definition.id);
        let mut before = Asker::new(&url);
        assert!(early.iter().all(|voter| before.post(&path, &json!(voter.join)) == 201));

        let at_first = memory(process.id());
        let (served, voted, during) = self.load(&process, &url, &poll, early, late);
        let joined = early.len() + served[0].times.len();
        assert!(SystemClock.now() < closes_at, "proving took so long that the poll closed under the load");
        while SystemClock.now() < closes_at {
            thread::sleep(Duration::from_millis(200));
        }
        let published = PublishedPoll::fetch(&client(&url), &poll.definition.id).expect("a result");
        let key = client(&url).info().expect("the deployment").genesis.log_key;
        let tally = published.check(&deployment, &key, verifier()).expect("a result that follows").tally;
        assert_eq!((tally.joined, tally.voted), (joined as u64, voted), "what was acknowledged is what counts");
        process.kill();
        Report { load: self, served, memory: (at_first, during), joined: tally.joined, voted: tally.voted }
    }

    /// The load itself: what was served, of how many members a ballot was acknowledged, and the memory meanwhile.
    fn load(
        self,
        process: &Process,
        url: &str,
        poll: &PollView,
        early: &[Voter],
        late: &[Voter],
    ) -> (Vec<Served>, u64, Vec<u64>) {
        let stop = &AtomicBool::new(false);
        let (done, finished) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let share = early.len().div_ceil(self.voters.max(1)).max(1);
            let voting: Vec<_> =
                early.chunks(share).map(|voters| scope.spawn(move || vote(url, poll, voters, stop))).collect();
            let reading: Vec<_> = (0..self.readers).map(|_| scope.spawn(move || read(url, poll, stop))).collect();
            let disturbing = scope.spawn(move || disturb(url, poll, &early[0], stop));
            scope.spawn(move || dawdle(process.address, self.slow, stop));
            let joining = scope.spawn(move || {
                let mut asker = Asker::new(url);
                let pause = self.duration / u32::try_from(late.len().max(1)).unwrap_or(1);
                for Voter { join, .. } in late.iter().take_while(|_| !stop.load(Ordering::Relaxed)) {
                    asker.post(&format!("/v1/polls/{}/joins", poll.definition.id), &json!(join));
                    thread::sleep(pause);
                }
                asker
            });
            let sampling = scope.spawn(move || {
                let mut samples = Vec::new();
                while finished.recv_timeout(Duration::from_millis(100)) == Err(mpsc::RecvTimeoutError::Timeout) {
                    samples.push(memory(process.id()));
                }
                samples
            });
            thread::sleep(self.duration);
            stop.store(true, Ordering::Relaxed);
            let joins = joining.join().expect("no panic").answers;
            let (askers, voted): (Vec<_>, Vec<u64>) =
                voting.into_iter().map(|voting| voting.join().expect("no panic")).unzip();
            let reads = reading.into_iter().flat_map(|reading| reading.join().expect("no panic").answers);
            let served = vec![
                Served::of("join", joins, |status| status == 201),
                Served::of("ballot", askers.into_iter().flat_map(|asker| asker.answers), |status| status == 201),
                Served::of("read", reads, |status| status == 200),
                Served::of("garbage", disturbing.join().expect("no panic").answers, |status| {
                    (400..500).contains(&status)
                }),
            ];
            drop(done);
            (served, voted.into_iter().sum(), sampling.join().expect("no panic"))
        })
    }
}
