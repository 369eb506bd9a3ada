//! The command `aiq`, as a library: the member's wallet and acts, the client of the service, and the commands over them.
//!
//! The layers, from below: [`wallet`] keeps the seed and what was done with it; [`client`] talks to a service; [`sync`] downloads
//! what is public and checks it; [`member`] enrols, joins, votes and presents, without a terminal; [`commands`] are thin and print.
//! [`demo`] plays a whole deployment through the same member logic. Section numbers (`§4`) are those of `docs/protocol.md`.

pub mod args;
pub mod client;
pub mod commands;
pub mod demo;
pub mod error;
pub mod member;
pub mod output;
pub mod progress;
pub mod settings;
pub mod sync;
pub mod time;
pub mod wallet;

use std::process::ExitCode;

use clap::Parser;

use args::Cli;
use commands::Context;
use error::CliError;

/// Runs the command that was typed.
#[must_use]
pub fn main() -> ExitCode {
    // A wrong command line ends here, with exit code 2; help and version with 0.
    let cli = Cli::parse();
    init_log(cli.global.verbose, cli.global.quiet);
    let json = cli.global.json;
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error::report(&error, json);
            error.exit_code()
        }
    }
}

/// Runs a parsed command.
///
/// # Errors
/// [`CliError`], which knows its hint and its exit code.
pub fn run(cli: Cli) -> Result<(), CliError> {
    let context = Context::new(&cli.global);
    commands::run(&context, cli.command)
}

/// Logs to stderr: warnings, or more with `-v`, or what `RUST_LOG` says.
fn init_log(verbose: u8, quiet: bool) {
    let default = match (quiet, verbose) {
        (true, _) => "error",
        (_, 0) => "warn,aiq_server=info",
        (_, 1) => "info",
        (_, _) => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    // Only the first call of a process counts: tests may come here more than once.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
