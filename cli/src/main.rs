//! The command `aiq`.

use std::process::ExitCode;

fn main() -> ExitCode {
    aiq_cli::main()
}
