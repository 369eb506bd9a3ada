//! The service as a process of its own, to be killed without warning.

use std::fs::File;
use std::io::BufReader;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use aiq_keys::{KeyDir, Origin};
use serde_json::Value;

use crate::keys::keys;

/// The variable with the path of the file in which the service of the command under test reads the time.
pub const CLOCK: &str = "AIQ_TEST_CLOCK";

/// `aiq serve`, running.
#[derive(Debug)]
pub struct Process {
    /// Where it listens.
    pub address: SocketAddr,
    /// The administrator's token, if this was the first start.
    pub token: Option<String>,
    child: Child,
    // Kept open: a process whose output nobody reads would be stopped by its next line.
    _stdout: BufReader<ChildStdout>,
}

/// How to start it.
#[derive(Debug)]
pub struct Launch<'a> {
    /// The program.
    pub program: &'a Path,
    /// The deployment's directory.
    pub data: &'a Path,
    /// The genesis file of the first start.
    pub genesis: Option<&'a Path>,
    /// Where its log goes; appended to.
    pub log: &'a Path,
    /// What of the log, as in `RUST_LOG`.
    pub level: &'a str,
    /// What stands for the user's home directory: the keys are found there, not made. It works there, too, and has its
    /// temporary files there.
    pub home: &'a Path,
    /// Where it reads the time, if not from the system: see [`set_clock`].
    pub clock: Option<&'a Path>,
}

impl Launch<'_> {
    /// Starts the process and waits until it listens.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(&self) -> Process {
        share_keys(self.home);
        // Every client of a test has the same address.
        let settings = self.home.join("settings.toml");
        std::fs::write(&settings, "[rate_limit]\nenabled = false\n").expect("a file for the settings");
        let log = File::options().create(true).append(true).open(self.log).expect("a file for the log");
        let mut command = Command::new(self.program);
        command.args(["--json", "serve", "--insecure-dev-keys", "--listen", "127.0.0.1:0", "--epoch-interval", "0"]);
        // Few people play here, and nobody has to hide.
        command.args(["--crowd-floor", "0"]);
        command.arg("--config").arg(&settings).arg("--data").arg(self.data);
        if let Some(genesis) = self.genesis {
            command.arg("--genesis").arg(genesis);
        }
        command.env_clear().env("RUST_LOG", self.level).env("HOME", self.home).env("XDG_DATA_HOME", self.home);
        command.env("TMPDIR", self.home).current_dir(self.home).envs(self.clock.map(|file| (CLOCK, file)));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().expect("a process");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let started = serde_json::Deserializer::from_reader(&mut stdout).into_iter::<Value>().next();
        let started = started.and_then(Result::ok).unwrap_or_else(|| {
            panic!("it does not start; its log: {}", std::fs::read_to_string(self.log).unwrap_or_default())
        });
        let url = started["url"].as_str().expect("an address");
        let address = url.trim_start_matches("http://").parse().expect("an address");
        let token = started["admin_token"].as_str().map(str::to_owned);
        Process { address, token, child, _stdout: stdout }
    }
}

/// Sets the clock of every process that reads it in this file, Unix seconds.
///
/// # Panics
/// If the file cannot be replaced.
pub fn set_clock(file: &Path, now: u32) {
    // Whoever reads it at the same time finds the old time or the new one.
    let draft = file.with_extension("draft");
    std::fs::write(&draft, now.to_string()).expect("a file for the clock");
    std::fs::rename(&draft, file).expect("a file for the clock");
}

impl Process {
    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it as a power cut would: SIGKILL, no chance to write or to answer anything more.
    ///
    /// # Panics
    /// If it had died before.
    pub fn kill(mut self) {
        assert!(self.child.try_wait().expect("a state").is_none(), "the process died by itself");
        self.child.kill().expect("a signal");
        self.child.wait().expect("an end");
    }
}

/// Has a process end by SIGABRT, as a failed assertion of a library in C would have it.
///
/// # Panics
/// If there is no such process.
pub fn abort(id: u32) {
    let killed = Command::new("sh").args(["-c", &format!("kill -ABRT {id}")]).status();
    assert!(killed.expect("a shell").success(), "no process {id}");
}

impl Process {
    /// Waits until it has ended by itself, or by a signal.
    ///
    /// # Panics
    /// If its end cannot be waited for.
    pub fn wait(mut self) {
        self.child.wait().expect("an end");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A test that failed must not leave it behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts the test keys where a process with this home directory looks for the public-seed keys.
fn share_keys(home: &Path) {
    let default = KeyDir::default_path(Origin::PublicSeed).expect("a home directory");
    let data = default.ancestors().nth(3).expect("…/aiq/keys/public-seed");
    let place: PathBuf = home.join(default.strip_prefix(data).expect("a prefix"));
    if !place.exists() {
        std::fs::create_dir_all(place.parent().expect("a parent")).expect("a directory");
        std::os::unix::fs::symlink(keys().path(), &place).expect("a link");
    }
}
