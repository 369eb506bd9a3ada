//! Attack 27 over a whole run: the built command as the service, at its most talkative, and members who enrol, join, vote, claim, review, merge,
//! dispute, attest, invite and leave. Then everything that was written or said is searched for everything that is secret.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use age::secrecy::SecretString;
use aiq_circuits::credential::Attributes;
use aiq_circuits::identity::DeploymentId;
use aiq_circuits::scope::Scope;
use aiq_cli::client::Client;
use aiq_cli::member::{ClaimDraft, Crowd, Member, plan_merges};
use aiq_cli::progress::Silent;
use aiq_cli::sync::{Ledger, TileCache};
use aiq_cli::wallet::{Stretch, Wallet, words};
use aiq_server::GenesisFile;
use aiq_server::api::{NewAttestation, NewEligibility, NewInvitations, NewPoll, PollView};
use aiq_tests::deployment::{client, found};
use aiq_tests::keys::{keys, provers};
use aiq_tests::process::{CLOCK, Launch, Process, abort, set_clock};
use aiq_tests::raw::Raw;
use aiq_tests::relay::Relay;
use aiq_tests::secrets::{Search, Secret, of_member};
use aiq_tests::world::{NOW, YEAR, safety, seed};
use aiq_verifier::claim::ClaimId;
use aiq_verifier::poll::Choice;
use aiq_verifier::review::Verdict;
use aiq_verifier::standard::Reward;
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_aiq-under-test");
/// What every wallet is opened with.
const PASSPHRASE: &str = "nine cranes over an iron bridge";
/// Members of the genesis: the first three may review and invite, the fourth has something to claim.
const FOUNDERS: u8 = 4;
/// Who enrols by the administrator's invitation, and who by a member's.
const INVITED: u8 = 5;
const SPONSORED: u8 = 6;
/// Who uses the command, not the library.
const TYPIST: u8 = 7;
const MEMBERS: std::ops::RangeInclusive<u8> = 1..=TYPIST;

/// One member with a wallet in a file.
struct Person {
    member: Member,
    ledger: Ledger,
}

struct Searches {
    /// What no service may ever see.
    members: Search,
    /// What the service knows, or is told, and must not tell others or write down.
    services: Search,
}

struct Run {
    directory: tempfile::TempDir,
    /// What people type: outside of what is searched.
    typed: tempfile::TempDir,
    deployment: DeploymentId,
    process: Option<Process>,
    relay: Relay,
    people: Vec<Person>,
    /// Ids of polls and scopes in which there are ballot keys.
    scopes: Vec<Scope>,
    /// Invitations and the administrator's token.
    tokens: Vec<String>,
}

impl Run {
    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn admin(&self) -> Client {
        client(self.relay.url()).with_token(&self.tokens[0])
    }

    fn begin() -> Self {
        let (directory, typed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let data = directory.path().join("service");
        let mut file = GenesisFile::default_ai();
        let genesis = aiq_server::prepare(&data, &file.name, None, keys().manifest()).unwrap();
        let deployment = genesis.deployment_id();
        let reviewer: &[Attributes] = &[safety(5), safety(4), safety(3)];
        for (number, held) in (1..=FOUNDERS).zip([reviewer, reviewer, reviewer, &[]]) {
            found(&mut file, number, &deployment, held);
        }
        for standard in &mut file.standards {
            standard.reward = Some(Reward { weight: 2, validity: YEAR });
        }
        fs::write(directory.path().join("genesis.toml"), file.to_toml().unwrap()).unwrap();
        set_clock(&directory.path().join("clock"), NOW);
        for (name, text) in [("passphrase", PASSPHRASE), ("words", &words::to_words(&seed(TYPIST)))] {
            fs::write(typed.path().join(name), text).unwrap();
        }
        let mut run = Self {
            directory,
            typed,
            deployment,
            process: None,
            relay: Relay::new(([127, 0, 0, 1], 1).into()),
            people: Vec::new(),
            scopes: Vec::new(),
            tokens: Vec::new(),
        };
        run.relay.keep();
        run.start();
        run.people = (1..=FOUNDERS).map(|number| run.person(number)).collect();
        run
    }

    fn start(&mut self) {
        let (data, genesis, clock) = (self.path("service"), self.path("genesis.toml"), self.path("clock"));
        let launch = Launch {
            program: Path::new(PROGRAM),
            data: &data,
            genesis: self.tokens.is_empty().then_some(&*genesis),
            log: &self.path("log"),
            level: "trace",
            home: self.directory.path(),
            clock: Some(&clock),
        };
        let process = launch.start();
        self.tokens.extend(process.token.clone());
        self.relay.lead_to(process.address);
        self.process = Some(process);
    }

    /// A member with a fresh wallet in a file of its own.
    fn person(&self, number: u8) -> Person {
        let path = self.path(&format!("wallets/{number}/wallet.age"));
        let wallet = Wallet::create(&path, seed(number), &SecretString::from(PASSPHRASE), Stretch::Log2(1)).unwrap();
        let mut member = Member::connect(wallet, client(self.relay.url()), Some(&self.deployment)).unwrap();
        let ledger = member.sync(&TileCache::at(self.path(&format!("tiles/{number}"))), &Silent).unwrap();
        Person { member, ledger }
    }

    /// Seals an epoch, and everybody looks at it.
    fn seal(&mut self) {
        assert!(self.admin().seal().unwrap().sealed);
        for Person { member, ledger } in &mut self.people {
            *ledger = member.sync(&TileCache::none(), &Silent).unwrap();
        }
    }

    fn enrol(&mut self) {
        let batch = self.admin().invite(&NewInvitations { count: 2, expires_in: 2_592_000 }).unwrap();
        self.tokens.extend(batch.invitations.into_iter().map(|invitation| invitation.token));
        let mut invited = self.person(INVITED);
        invited.member.enrol(&self.tokens[1]).unwrap();
        self.people.push(invited);
        // A body that cannot be read, with the invitation where it does not belong.
        let raw = Raw::new(self.relay.url());
        let token = &self.tokens[2];
        for body in
            [json!({ "invitation": token, "commitment": token }), json!({ "invitation": [token] }), json!(token)]
        {
            assert!(raw.post("/v1/enrolments", &body).status >= 400);
        }
        self.seal();
    }

    fn poll(&mut self) -> PollView {
        let options = ["yes", "no"].map(str::to_owned).to_vec();
        let now = fs::read_to_string(self.path("clock")).unwrap().parse::<u32>().unwrap();
        let poll = NewPoll::new("Is anything said?".into(), options, NewEligibility::Membership {}, now + 600);
        let poll = self.admin().announce(&poll).unwrap();
        self.scopes.push(poll.scope);
        poll
    }

    fn join_and_vote(&mut self, poll: &PollView, option: u8) {
        for Person { member, ledger } in &mut self.people {
            member.join(ledger, provers(), &poll.definition.id, &Silent).unwrap();
            member.vote(&poll.definition.id, Choice::Option(0)).unwrap();
            member.vote(&poll.definition.id, Choice::Option(option)).unwrap();
        }
    }

    /// The fourth claims, the first three review; the credential and the rewards are leaves in the end.
    fn claim_and_review(&mut self) -> ClaimId {
        let draft = ClaimDraft {
            domain: "1.9.1.0".parse().unwrap(),
            kind: "1".to_owned(),
            title: "A work".to_owned(),
            summary: "What I did.".to_owned(),
            evidence: vec!["arxiv:2401.00001v1".parse().unwrap()],
            renews: None,
        };
        let Person { member, ledger } = &mut self.people[usize::from(FOUNDERS) - 1];
        let view = member.claim(ledger, provers(), &draft, &Silent).unwrap().view;
        for Person { member, ledger } in &mut self.people[..3] {
            let plan = member.plan_review(ledger, &view.id, &Silent).unwrap();
            member.review_as_planned(plan, Verdict::Accept, "Read.".to_owned(), provers(), &Silent).unwrap();
        }
        set_clock(&self.path("clock"), view.closes_at);
        let ruled = client(self.relay.url()).claim(&view.id).unwrap();
        assert!(ruled.ruling.is_some());
        client(self.relay.url()).reviews(&view.id).unwrap();
        self.seal();
        view.id
    }

    fn merge(&mut self, now: u32) {
        let Person { member, ledger } = &mut self.people[0];
        let notes = member.notes(ledger, &Silent).unwrap();
        let plans = plan_merges(&notes, now, None).unwrap();
        assert_eq!(member.merge(ledger, provers(), &plans[0], &Silent).unwrap().notes, 1);
    }

    fn dispute_attest_and_invite(&mut self, claim: &ClaimId) {
        let quiet: &dyn Fn(&Crowd) = &|_| {};
        let request = NewAttestation {
            audience: "Somebody".into(),
            menu: "ai-3-10".into(),
            nonce: None,
            linkable: true,
            expires_in: 3600,
        };
        let request = client(self.relay.url()).open_attestation(&request).unwrap();
        let Person { member, ledger } = &mut self.people[1];
        member.attest(ledger, provers(), &request.id, &Silent).unwrap();
        member.dispute(ledger, provers(), claim, "Not so.", quiet, &Silent).unwrap();
        let token = member.sponsor(ledger, provers(), quiet, &Silent).unwrap().token;
        self.tokens.push(token.as_str().to_owned());
        let mut sponsored = self.person(SPONSORED);
        sponsored.member.enrol(&token).unwrap();
        self.people.push(sponsored);
    }

    /// A command as somebody types it, at its most talkative.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.env_clear().current_dir(self.directory.path()).stdin(Stdio::null());
        for name in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "TMPDIR"] {
            command.env(name, self.directory.path());
        }
        command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full").env(CLOCK, self.path("clock"));
        command.env("AIQ_SERVER", self.relay.url()).env("AIQ_PROVER_MEMORY", "0");
        command.args(["--passphrase-file".as_ref(), self.typed.path().join("passphrase").as_os_str()]).args(arguments);
        command
    }

    fn said(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let error = said.lines().rfind(|line| line.starts_with("error"));
        assert!(output.status.success(), "{arguments:?}: {error:?}");
        output
    }

    /// A member at the terminal, who restores a wallet, enrols, joins, votes and has a command killed in the middle.
    fn type_commands(&mut self) -> Vec<Output> {
        let words = self.typed.path().join("words").display().to_string();
        let [token, invitation] = ["token", "invitation"].map(|name| self.typed.path().join(name));
        fs::write(&token, &self.tokens[0]).unwrap();
        fs::write(&invitation, &self.tokens[2]).unwrap();
        let [token, invitation] = [token, invitation].map(|path| path.display().to_string());
        let poll = self.poll().definition.id.to_string();
        let mut outputs = vec![
            self.said(&["wallet", "restore", "--words-file", &words]),
            self.said(&["enrol", "--invitation-file", &invitation]),
            self.said(&["admin", "seal", "--token-file", &token]),
            self.said(&["sync"]),
        ];
        let next = self.poll().definition.id.to_string();
        let mut broken = self
            .command(&["poll", "join", &next, "--now", "--small-crowd-ok"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It opens the wallet first, which takes a second, and then loads a key and proves.
        std::thread::sleep(std::time::Duration::from_millis(1500));
        if broken.try_wait().unwrap().is_none() {
            abort(broken.id());
        }
        outputs.push(broken.wait_with_output().unwrap());
        for arguments in [
            vec!["poll", "join", &next, "--now", "--small-crowd-ok"],
            vec!["poll", "vote", &next, "yes"],
            vec!["--json", "wallet", "show"],
            vec!["-vv", "standing"],
        ] {
            outputs.push(self.said(&arguments));
        }
        // What is refused or finds something wrong says why.
        for arguments in [
            vec!["poll", "join", &poll, "--now", "--small-crowd-ok"],
            vec!["doctor"],
            vec!["wallet", "restore", "--words-file", &words],
        ] {
            outputs.push(self.command(&arguments).output().unwrap());
        }
        outputs
    }

    fn searches(&self) -> Searches {
        let mut members: Vec<_> =
            MEMBERS.flat_map(|number| of_member(number, &self.deployment, &self.scopes)).collect();
        members.push(Secret::text("the passphrase", PASSPHRASE));
        let key = fs::read_to_string(self.path("service/service.key")).unwrap();
        let key: [u8; 32] = hex::decode(key.trim().trim_start_matches("0x")).unwrap().try_into().unwrap();
        let tokens = self.tokens.iter().zip(0..).map(|(token, number)| Secret::text(format!("token {number}"), token));
        let services: Vec<_> = tokens.chain([Secret::bytes("the service's key", &key)]).collect();
        Searches { members: Search::new(&members), services: Search::new(&services) }
    }

    /// Every file, and what passed over the wire. What the searches are for is in one file alone, which is left out.
    fn assert_nothing_leaks(&self, Searches { members, services }: &Searches, outputs: &[Output]) {
        let searched = members.assert_none_below(self.directory.path());
        for name in ["log", "aiq.sqlite", "wallet.age", "wallet.state", "service.key"] {
            assert!(searched.iter().any(|file| file == name), "{name} was not searched: {searched:?}");
        }
        let is_key = |path: &Path| path.ends_with("service.key");
        assert_eq!(services.search_below(self.directory.path(), &is_key).len() + 1, searched.len());
        for (place, output) in outputs.iter().enumerate() {
            for (name, said) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
                members.assert_none(&format!("{name} of command {place}"), said);
                services.assert_none(&format!("{name} of command {place}"), said);
            }
        }
        let kept = self.relay.kept();
        let (mut asked, mut answered) = (0, 0);
        for (place, (requests, answers)) in kept.iter().enumerate() {
            members.assert_none(&format!("what connection {place} asked"), requests);
            members.assert_none(&format!("what connection {place} was answered"), answers);
            // An invitation comes in the one answer that makes it. Otherwise whoever hears of a token has just sent it: what is wrong
            // with a request is said in its own words.
            let told = services.find(answers);
            if !String::from_utf8_lossy(requests).contains("POST /v1/invitations") {
                let known = services.find(requests);
                assert!(told.iter().all(|token| known.contains(token)), "connection {place} was told {told:?}");
            }
            (asked, answered) = (asked + requests.len(), answered + answers.len());
        }
        assert!(asked > 50_000 && answered > 100_000, "{asked} bytes asked, {answered} answered");
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_whole_run_leaves_no_secret_anywhere() {
    let mut run = Run::begin();
    run.enrol();
    let poll = run.poll();
    run.join_and_vote(&poll, 1);
    let claim = run.claim_and_review();
    let now = fs::read_to_string(run.path("clock")).unwrap().parse().unwrap();
    client(run.relay.url()).tally(&poll.definition.id).unwrap();
    run.merge(now);
    run.dispute_attest_and_invite(&claim);
    run.seal();
    run.people[2].member.leave().unwrap();
    let outputs = run.type_commands();

    let searches = run.searches();
    // While it runs, with what is not yet in the database's own file.
    assert!(run.path("service/aiq.sqlite-wal").exists());
    run.assert_nothing_leaks(&searches, &outputs);
    // It breaks off as a process does that finds itself inconsistent, and leaves what it leaves.
    let process = run.process.take().unwrap();
    abort(process.id());
    process.wait();
    run.assert_nothing_leaks(&searches, &outputs);
    for private in ["wallets/1/wallet.age", "wallets/1/wallet.state", "service/service.key"] {
        assert_eq!(mode(&run.path(private)), 0o600, "{private}");
    }
    assert_eq!(mode(&run.path("service")), 0o700);
    run.start();
    assert_eq!(client(run.relay.url()).poll(&poll.definition.id).unwrap().voted, 5);

    // The same search finds a leak: each secret, planted where a careless line would put it.
    drop(run.process.take());
    let log = fs::read(run.path("log")).unwrap();
    let identity = aiq_circuits::identity::Identity::derive(&seed(3), &run.deployment);
    let secret = aiq_circuits::wire::fr_to_hex(identity.secret().as_field());
    for planted in [&secret, PASSPHRASE, &run.tokens[0], &run.tokens[3], &*words::to_words(&seed(6))] {
        fs::write(run.path("log"), [&log, planted.as_bytes(), &b"\n"[..]].concat()).unwrap();
        let search = std::panic::AssertUnwindSafe(|| run.assert_nothing_leaks(&searches, &[]));
        assert!(std::panic::catch_unwind(search).is_err(), "{planted} is not found");
    }
}
