//! Attack 30 over HTTP: trustees who lose everything but their file between any two calls, who are killed, who do not come, who send what
//! is wrong; and a poll that is opened without them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use age::secrecy::SecretString;
use aiq_cli::client::Client;
use aiq_cli::trustee::{BoardError, Keeper, Step, TrusteeError, TrusteeFiles};
use aiq_cli::wallet::Stretch;
use aiq_server::api::{CeremonyView, NewCeremony, NewEligibility, NewPoll, NewSealing, PollView};
use aiq_server::{Clock as _, SystemClock};
use aiq_tests::deployment::Deployment;
use aiq_verifier::ceremony::CeremonyState;
use aiq_verifier::poll::{Choice, KeyShare, Outcome, PollShare};
use rand::{Rng as _, rngs::OsRng};
use tempfile::TempDir;

const NAMES: [&str; 3] = ["academy", "ombudsman", "absentee"];
const PASSPHRASE: &str = "only for this test";

/// A deployment, and three trustees of whom nothing is in memory.
struct Trustees {
    deployment: Deployment,
    directory: TempDir,
    ceremony: CeremonyView,
}

fn passphrase() -> SecretString {
    SecretString::from(PASSPHRASE)
}

impl Trustees {
    /// Any two of three open what is sealed.
    fn new() -> Self {
        let deployment = Deployment::new(&[&[], &[], &[]]);
        let directory = tempfile::tempdir().unwrap();
        let card = |name: &&str| {
            let path = directory.path().join(name).with_extension("age");
            let files = TrusteeFiles::create(&path, name, &passphrase(), Stretch::Log2(1)).unwrap();
            files.state().card.clone()
        };
        let trustees = NAMES.iter().map(card).collect();
        let deadline = deployment.clock.now().max(SystemClock.now()) + 1_000_000;
        let new = NewCeremony { trustees, threshold: 2, deadline, release: 3_600 };
        let ceremony = deployment.admin().open_ceremony(&new).unwrap();
        Self { deployment, directory, ceremony }
    }

    fn path(&self, number: usize) -> PathBuf {
        self.directory.path().join(NAMES[number]).with_extension("age")
    }

    /// One act of a trustee that begins with its file alone, and ends with it.
    fn once<T>(
        &self,
        number: usize,
        act: impl FnOnce(&Keeper, &aiq_sealing::trustee::Trustee, &aiq_cli::trustee::LogBoard) -> T,
    ) -> T {
        let files = TrusteeFiles::open(&self.path(number)).unwrap();
        let trustee = files.trustee(&passphrase()).unwrap();
        let mut keeper = Keeper::connect(files, self.deployment.client(), None).unwrap();
        let board = keeper.read().unwrap();
        act(&keeper, &trustee, &board)
    }

    fn step(&self, number: usize) -> Result<Step, TrusteeError> {
        self.once(number, |keeper, trustee, board| keeper.step(trustee, board, &self.ceremony.id, 0))
    }

    /// Steps until the log has caught up with what was sent.
    fn until(&self, number: usize, is_it: impl Fn(&Step) -> bool) -> Step {
        for _ in 0..100 {
            match self.step(number) {
                Ok(step) if is_it(&step) => return step,
                Ok(_) | Err(TrusteeError::Board(BoardError::Ceremony(_))) => {}
                Err(error) => panic!("{error}"),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("trustee {number} does not come so far: {:?}", self.step(number))
    }

    fn release(&self, number: usize, poll: &PollView) -> Result<PollShare, TrusteeError> {
        self.once(number, |keeper, trustee, board| keeper.release(trustee, board, &poll.definition.id))
    }

    fn complete(&self) {
        while !matches!(self.state(), CeremonyState::Complete { .. }) {
            (0..3).for_each(|number| drop(self.until(number, |_| true)));
        }
    }

    fn state(&self) -> CeremonyState {
        self.deployment.client().ceremony(&self.ceremony.id).unwrap().state
    }

    /// A poll that the ceremony has sealed, with a vote of each of so many members.
    fn poll(&self, voters: u8, floor: u32) -> PollView {
        let now = self.deployment.clock.now();
        let options = ["yes", "no"].map(str::to_owned).to_vec();
        let new = NewPoll::new("Shall we?".into(), options, NewEligibility::Membership {}, now + 1000);
        let sealing = NewSealing::Ceremony { id: self.ceremony.id, floor, reasons: 0 };
        let poll = self.deployment.admin().announce(&NewPoll { sealing, ..new }).unwrap();
        for number in 1..=voters {
            let mut actor = self.deployment.actor(number);
            actor.join(&poll).unwrap();
            actor.vote(&poll, Choice::Option(1)).unwrap();
        }
        poll
    }

    /// The service closes it, and writes that down.
    fn close(&self, poll: &PollView) {
        self.deployment.close_poll(poll);
        let code = self.client().tally(&poll.definition.id).unwrap_err();
        assert_eq!(code.code(), Some("shares_missing"));
    }

    fn client(&self) -> Client {
        self.deployment.client()
    }

    /// Tries to release until the log shows what it waits for.
    fn release_in_time(&self, number: usize, poll: &PollView) {
        for _ in 0..100 {
            match self.release(number, poll) {
                Ok(_) => return,
                Err(TrusteeError::Board(BoardError::Open(_))) => std::thread::sleep(Duration::from_millis(100)),
                Err(error) => panic!("{error}"),
            }
        }
        panic!("the log does not show the close")
    }
}

#[test]
fn trustees_who_forget_everything_between_two_calls_make_a_key_and_two_of_them_open_the_poll() {
    let trustees = Trustees::new();
    trustees.complete();
    let key = match trustees.until(2, |step| matches!(step, Step::Complete { .. })) {
        Step::Complete { key } => key,
        other => panic!("{other:?}"),
    };
    let poll = trustees.poll(3, 1);
    assert_eq!(poll.definition.sealing.unwrap().key, key);
    // Not before the close, whatever the service says of its clock: the log has no close.
    let early = (0..100).find_map(|_| match trustees.release(0, &poll) {
        Err(TrusteeError::Board(BoardError::Poll(_))) => {
            std::thread::sleep(Duration::from_millis(100));
            None
        }
        other => Some(other),
    });
    assert!(matches!(early, Some(Err(TrusteeError::Board(BoardError::Open(_))))), "{early:?}");
    trustees.close(&poll);
    trustees.release_in_time(0, &poll);
    // One is not enough, and who is missing is named once shares are due.
    assert_eq!(trustees.client().tally(&poll.definition.id).unwrap_err().code(), Some("shares_missing"));
    trustees.deployment.clock.set(poll.definition.closes_at + 3_600);
    let view = trustees.client().poll(&poll.definition.id).unwrap().sealing.unwrap();
    let text = serde_json::to_string(&view).unwrap();
    assert!(text.contains(NAMES[1]) && text.contains(NAMES[2]), "{text}");
    // Somebody else's share is no share of this trustee.
    let share = PollShare { scope: poll.scope, index: 2, share: KeyShare::new([7; 32]) };
    let refused = trustees.client().publish_share(&poll.definition.id, &share).unwrap_err();
    assert_eq!(refused.code(), Some("share_invalid"));
    assert!(refused.to_string().contains(NAMES[1]), "{refused}");
    trustees.release_in_time(1, &poll);
    let tally = trustees.client().tally(&poll.definition.id).unwrap().tally;
    assert_eq!((tally.options, tally.spoiled, tally.voted), (vec![0, 3], 0, 3));
    // The third comes when all is over.
    let late = (0..100).find_map(|_| {
        if let Err(TrusteeError::Board(BoardError::Counted(_))) = trustees.release(2, &poll) {
            return Some(());
        }
        std::thread::sleep(Duration::from_millis(100));
        None
    });
    assert_eq!(late, Some(()));
}

#[test]
fn below_the_floor_no_trustee_opens_anything_and_the_tally_does_not_wait() {
    let trustees = Trustees::new();
    trustees.complete();
    let poll = trustees.poll(1, 2);
    trustees.deployment.close_poll(&poll);
    let tally = trustees.client().tally(&poll.definition.id).unwrap().tally;
    assert_eq!((tally.outcome, tally.voted, tally.options), (Outcome::BelowFloor, 1, vec![0, 0]));
    assert!(trustees.release(0, &poll).is_err());
}

#[test]
fn who_is_missing_in_a_ceremony_is_named_and_it_expires() {
    let trustees = Trustees::new();
    for number in [0, 1] {
        trustees.until(number, |step| matches!(step, Step::Waits { .. }));
    }
    let waits = trustees.until(0, |step| matches!(step, Step::Waits { missing, .. } if missing.len() == 1));
    assert_eq!(waits, Step::Waits { package: "commitments", missing: vec![NAMES[2].to_owned()] });
    let deadline = trustees.ceremony.ceremony.deadline;
    let late = |keeper: &Keeper, trustee: &_, board: &_| keeper.step(trustee, board, &trustees.ceremony.id, deadline);
    assert_eq!(trustees.once(0, late).unwrap(), Step::Expired { missing: vec![NAMES[2].to_owned()] });
    trustees.deployment.clock.set(deadline);
    assert_eq!(trustees.state(), CeremonyState::Expired { missing: vec![3] });
}

#[test]
fn a_stranger_and_a_wrong_passphrase_get_nowhere() {
    let trustees = Trustees::new();
    let path = trustees.directory.path().join("stranger.age");
    drop(TrusteeFiles::create(&path, "stranger", &passphrase(), Stretch::Log2(1)).unwrap());
    let files = TrusteeFiles::open(&path).unwrap();
    assert!(files.trustee(&SecretString::from("another")).is_err());
    assert!(matches!(TrusteeFiles::open(&path), Err(TrusteeError::Files(_))), "one process at a time");
    let stranger = files.trustee(&passphrase()).unwrap();
    trustees.until(0, |_| true);
    let mut keeper = Keeper::connect(files, trustees.client(), None).unwrap();
    let board = keeper.read().unwrap();
    let error = keeper.step(&stranger, &board, &trustees.ceremony.id, 0).unwrap_err();
    assert!(matches!(error, TrusteeError::Step(aiq_sealing::trustee::TrusteeError::Stranger)), "{error}");
    let again = TrusteeFiles::create(&path, "stranger", &passphrase(), Stretch::Log2(1));
    assert!(matches!(again, Err(TrusteeError::Files(_))), "a seed is never overwritten");
}

/// `aiq trustee dkg`, as a process that may be killed.
fn dkg(trustees: &Trustees, number: usize, secret: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aiq-under-test"));
    command.env_clear().env("HOME", trustees.directory.path()).current_dir(trustees.directory.path());
    command.args(["trustee", "dkg", "--yes", "--wait", "1", "--server", &trustees.deployment.url()]);
    command.arg("--passphrase-file").arg(secret).arg("--trustee").arg(trustees.path(number));
    command.arg(trustees.ceremony.id.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_trustee_that_is_killed_again_and_again_still_makes_the_key_with_the_others() {
    let trustees = Trustees::new();
    let secret = trustees.directory.path().join("passphrase");
    std::fs::write(&secret, PASSPHRASE).unwrap();
    // The log has the ceremony.
    trustees.until(0, |_| true);
    let mut others = [0, 1].map(|number| dkg(&trustees, number, &secret));
    for _ in 0..8 {
        let mut victim = dkg(&trustees, 2, &secret);
        // In the middle of whatever it is doing.
        std::thread::sleep(Duration::from_millis(OsRng.gen_range(20..900)));
        victim.kill().unwrap();
        victim.wait().unwrap();
    }
    let mut last = dkg(&trustees, 2, &secret);
    assert!(last.wait().unwrap().success());
    for other in &mut others {
        assert!(other.wait().unwrap().success());
    }
    assert!(matches!(trustees.state(), CeremonyState::Complete { .. }));
}
