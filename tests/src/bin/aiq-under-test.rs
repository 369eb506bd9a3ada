//! The command `aiq` as it is, built with the tests, so that they can start it and kill it.

use std::process::ExitCode;

fn main() -> ExitCode {
    aiq_cli::main()
}
