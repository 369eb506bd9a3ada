//! A home directory of its own for each test, and what a command said in it.

use std::path::PathBuf;

use assert_cmd::Command;
use tempfile::TempDir;

/// A home without anything in it.
pub struct Home {
    directory: TempDir,
}

/// What a command said.
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The command, knowing nothing of the machine it runs on.
    pub fn aiq(&self, args: &[&str]) -> Command {
        let mut command = Command::cargo_bin("aiq").unwrap();
        command.env_clear().env("HOME", self.directory.path()).current_dir(self.directory.path()).args(args);
        command
    }

    pub fn run(&self, args: &[&str]) -> Said {
        Said::of(&mut self.aiq(args))
    }

    /// A wallet with the passphrase `test`, and the arguments that open it.
    pub fn with_passphrase(&self) -> [String; 2] {
        let path = self.file("passphrase", "test\n");
        ["--passphrase-file".to_owned(), path.display().to_string()]
    }
}

impl Said {
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The last line of what went wrong tells what to do.
    pub fn assert_hint(&self, code: i32, error: &str, hint: &str) {
        assert_eq!(self.code, code, "{}", self.stderr);
        assert_eq!(self.stdout, "");
        assert!(self.stderr.contains(error), "no '{error}' in: {}", self.stderr);
        let last = self.stderr.lines().last().unwrap();
        assert!(last.starts_with("hint: ") && last.contains(hint), "no hint '{hint}' in: {}", self.stderr);
    }
}
