//! What operators do.

use std::net::SocketAddr;
use std::path::PathBuf;

use aiq_circuits::identity::DeploymentId;
use aiq_circuits::statement::StatementId;
use aiq_prover::engine::EngineKind;
use aiq_verifier::log::WitnessKey;
use clap::{Args, Subcommand};
use clap_complete::Shell;

/// What to administer.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Prepare a deployment, so that founders can make their cards before the first start.
    Init(InitArgs),
    /// Make invitations.
    Invite(InviteArgs),
    /// Seal an epoch now: everybody who enrolled since the last one becomes a member.
    Seal(TokenArgs),
    /// Make a new administrator's token on the service's own machine; the old one stops working at once.
    Token(DataArgs),
    /// Replay the log on the service's own machine and compare every table that follows from it. Stop the service first.
    Rebuild(RebuildArgs),
    /// Ceremonies, in which trustees make the key of a sealed poll.
    #[command(subcommand)]
    Ceremony(super::CeremonyCommand),
}

/// Where a deployment lies.
#[derive(Debug, Args)]
pub struct DataArgs {
    /// Directory of the deployment.
    #[arg(long, value_name = "DIR", env = "AIQ_DATA")]
    pub data: Option<PathBuf>,
}

/// Options of `aiq admin rebuild`.
#[derive(Debug, Args)]
pub struct RebuildArgs {
    /// Where the deployment lies.
    #[command(flatten)]
    pub data: DataArgs,
    /// Replace tables that differ by what the log says.
    #[arg(long)]
    pub repair: bool,
}

/// The administrator's token, which is never an argument.
#[derive(Debug, Clone, Args)]
pub struct TokenArgs {
    /// File with the administrator's token in its first line (or the token itself in `AIQ_ADMIN_TOKEN`).
    #[arg(long, value_name = "FILE", env = "AIQ_TOKEN_FILE")]
    pub token_file: Option<PathBuf>,
}

/// Options of `aiq admin init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Directory of the deployment.
    #[arg(long, value_name = "DIR", env = "AIQ_DATA")]
    pub data: Option<PathBuf>,
    /// The genesis file; without it, the built-in one for artificial intelligence.
    #[arg(long, value_name = "FILE", env = "AIQ_GENESIS")]
    pub genesis: Option<PathBuf>,
    /// Use the public-seed keys, with which anyone can forge: development only.
    #[arg(long)]
    pub insecure_dev_keys: bool,
}

/// Options of `aiq admin invite`.
#[derive(Debug, Args)]
pub struct InviteArgs {
    /// How many.
    #[arg(long, short = 'n', default_value_t = 1)]
    pub count: u32,
    /// How long they are good.
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = crate::time::parse_duration)]
    pub expires_in: u32,
    /// The administrator's token.
    #[command(flatten)]
    pub token: TokenArgs,
}

/// Options of `aiq serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Directory of the database, the service key and the proving keys.
    #[arg(long, value_name = "DIR", env = "AIQ_DATA")]
    pub data: Option<PathBuf>,
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", env = "AIQ_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// The genesis file of the first start; without it, the built-in one for artificial intelligence.
    #[arg(long, value_name = "FILE", env = "AIQ_GENESIS")]
    pub genesis: Option<PathBuf>,
    /// Seconds between two scheduled epochs; 0 for on demand only.
    #[arg(long, value_name = "SECONDS", env = "AIQ_EPOCH_INTERVAL")]
    pub epoch_interval: Option<u32>,
    /// Key of a witness whose signatures on the log's checkpoints are published, as 'aiq witness' shows it; may be repeated.
    #[arg(long = "witness", value_name = "VKEY", env = "AIQ_WITNESSES", value_delimiter = ',')]
    pub witnesses: Vec<WitnessKey>,
    /// Refuse polls and attestation requests that fewer members than this could answer; 0 for no bound. Default: 3.
    #[arg(long, value_name = "N", env = "AIQ_CROWD_FLOOR")]
    pub crowd_floor: Option<u32>,
    /// Accept the public-seed keys, with which anyone can forge: development only.
    #[arg(long)]
    pub insecure_dev_keys: bool,
}

/// Options of `aiq witness`.
#[derive(Debug, Args)]
pub struct WitnessArgs {
    /// File of the witness's key; made on first use.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// File of what it has signed; made with the key, and never to be lost without it.
    #[arg(long, value_name = "FILE")]
    pub state: PathBuf,
    /// Its name in signatures; without it, one is made from the key.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Seconds between two looks at the log.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub interval: u32,
    /// Look once, and end.
    #[arg(long)]
    pub once: bool,
    /// The deployment's id, learnt from somebody you trust; without it, the first contact is believed.
    #[arg(long, value_name = "ID")]
    pub deployment: Option<DeploymentId>,
}

/// Options of `aiq demo`.
#[derive(Debug, Clone, Copy, Args)]
pub struct DemoArgs {
    /// How many members, 10 at least, so that every role is played.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(10..=1000))]
    pub members: u32,
}

/// Options of `aiq bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Only this statement (membership, standing-3, standing-8, merge-6); can be given more than once.
    #[arg(long = "statement", value_name = "NAME")]
    pub statements: Vec<StatementId>,
    /// Another engine than the fastest of this machine (ark, portable, ifma).
    #[arg(long, value_name = "NAME")]
    pub engine: Option<EngineKind>,
    /// Proofs to take the median of.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
}

/// Options of `aiq completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}
