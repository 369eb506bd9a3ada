//! The command `aiq` as it is, built with the tests, so that they can start it and kill it. Its service may be told the time.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use aiq_server::Clock;
use aiq_tests::process::CLOCK;

/// Shows what stands in a file, Unix seconds: the test that writes it moves the clock, also while no process runs.
struct FileClock(PathBuf);

impl Clock for FileClock {
    fn now(&self) -> u32 {
        let text = std::fs::read_to_string(&self.0).expect("the clock's file");
        text.parse().expect("Unix seconds")
    }
}

fn main() -> ExitCode {
    match std::env::var_os(CLOCK) {
        Some(file) => aiq_cli::main_with(Arc::new(FileClock(file.into()))),
        None => aiq_cli::main(),
    }
}
