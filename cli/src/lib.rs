//! The command `aiq`, as a library: the member's wallet and acts, the client of the service, and the commands over them.
//!
//! The layers, from below: [`wallet`] keeps the seed and what was done with it; [`client`] talks to a service; [`sync`] downloads
//! what is public and checks it, the log before all; [`member`] enrols, joins, votes and presents, without a terminal; [`witness`] and
//! [`export`] follow the log for others; [`commands`] are thin and print.
//! [`demo`] plays a whole deployment through the same member logic. Section numbers (`§4`) are those of `docs/protocol.md`.

pub mod args;
pub mod client;
pub mod commands;
pub mod demo;
pub mod durable;
pub mod error;
pub mod export;
#[cfg(test)]
mod fake;
pub mod member;
pub mod output;
pub mod progress;
pub mod settings;
pub mod sync;
pub mod time;
pub mod wallet;
pub mod witness;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use aiq_server::{Clock, SystemClock};
use clap::Parser;
use tracing::Level;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use args::{Cli, Command};
use commands::Context;
use error::CliError;

/// Runs the command that was typed.
#[must_use]
pub fn main() -> ExitCode {
    main_with(Arc::new(SystemClock))
}

/// The same with a service, if one is to run, that has this clock.
#[must_use]
pub fn main_with(clock: Arc<dyn Clock>) -> ExitCode {
    // A wrong command line ends here, with exit code 2; help and version with 0.
    let cli = Cli::parse();
    init_log(&cli);
    let json = cli.global.json;
    match run(cli, clock) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error::report(&error, json);
            error.exit_code()
        }
    }
}

/// Runs a parsed command; a service has this clock.
///
/// # Errors
/// [`CliError`], which knows its hint and its exit code.
pub fn run(cli: Cli, clock: Arc<dyn Clock>) -> Result<(), CliError> {
    let context = Context::new(&cli.global, clock);
    commands::run(&context, cli.command)
}

/// Logs to stderr: what a service does, warnings of everything else, more with `-v`, or what `RUST_LOG` says.
fn init_log(cli: &Cli) {
    let default = match (&cli.command, cli.global.quiet, cli.global.verbose) {
        (Command::Serve(_), false, 0) => "info",
        // What the demonstration provokes, its service would warn of.
        (_, true, _) | (Command::Demo(_), _, 0) => "error",
        (_, _, 0) => "warn",
        (_, _, 1) => "info",
        (_, _, _) => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let stderr = std::io::stderr;
    let colours = stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines = tracing_subscriber::fmt::layer().with_ansi(colours).with_writer(stderr);
    // Whatever is asked for, what is sent is not dumped: tokens and invitations are in it.
    let undumped = filter_fn(|line| *line.level() != Level::TRACE || !line.target().starts_with("ureq_proto"));
    // Only the first call of a process counts: tests may come here more than once.
    let _ = tracing_subscriber::registry().with(filter).with(undumped).with(lines).try_init();
}
