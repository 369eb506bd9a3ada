//! What can be typed: the command tree, global options, and where they may come from instead.

mod act;
mod claim;
mod operate;
mod poll;
mod trustee;
mod wallet;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::client::SocksProxy;

pub use act::{
    AttestCommand, AttestRequestArgs, AuditArgs, CrowdArgs, EnrolArgs, ExportArgs, LeaveArgs, ProveArgs, StandingArgs,
    VerifyArgs,
};
pub use claim::{
    ClaimCommand, ClaimListArgs, ClaimNewArgs, DisputeCommand, DisputeOpenArgs, MergeArgs, ReviewCommand,
    ReviewShowArgs, ReviewSubmitArgs, RewardsArgs, RewardsCommand, SponsorArgs, StandardCommand, StandardSetArgs,
};
pub use operate::{
    AdminCommand, BenchArgs, CompletionsArgs, DataArgs, DemoArgs, InitArgs, InviteArgs, RebuildArgs, ServeArgs,
    TokenArgs, WitnessArgs,
};
pub use poll::{
    EnactmentArgs, PollCommand, PollCreateArgs, PollDraftArgs, PollJoinArgs, PollTallyArgs, PollType, PollVoteArgs,
    PollWithdrawArgs, SealingArgs,
};
pub use trustee::{
    CeremonyCommand, CeremonyOpenArgs, DkgArgs, ReleaseArgs, TrusteeCommand, TrusteeFileArgs, TrusteeInitArgs,
    TrusteeStatusArgs,
};
pub use wallet::{CardArgs, RestoreArgs, WalletCommand, WitnessesArgs};

/// Anonymous standing and voting for professionals who are accredited by their peers.
///
/// Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 failure, 2 wrong usage, 3 what was checked is not
/// valid: a proof, a bundle, a log.
#[derive(Debug, Parser)]
#[command(name = "aiq", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Print one JSON value instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// Print no notes and no progress.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Log more on stderr; twice for everything.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Settings file (`serve`: the settings of the service).
    #[arg(long, global = true, value_name = "FILE", env = "AIQ_CONFIG")]
    pub config: Option<PathBuf>,
    /// Address of the service, such as <http://127.0.0.1:8420>.
    #[arg(long, global = true, value_name = "URL", env = "AIQ_SERVER")]
    pub server: Option<String>,
    /// Reach every service through this SOCKS proxy only, such as Tor's at <socks5h://127.0.0.1:9050>.
    #[arg(long, global = true, value_name = "URL", env = "AIQ_PROXY")]
    pub proxy: Option<SocksProxy>,
    /// The wallet's file.
    #[arg(long, global = true, value_name = "FILE", env = "AIQ_WALLET")]
    pub wallet: Option<PathBuf>,
    /// Take the passphrase from the first line of this file.
    #[arg(long, global = true, value_name = "FILE", env = "AIQ_PASSPHRASE_FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Take the passphrase from the first line of this open descriptor.
    #[arg(long, global = true, value_name = "N", conflicts_with = "passphrase_file")]
    pub passphrase_fd: Option<u32>,
    /// Memory that the prover's tables for one key may take; 0 for none, which proves more slowly. Default: 256.
    #[arg(long, global = true, value_name = "MiB", env = "AIQ_PROVER_MEMORY")]
    pub prover_memory: Option<u32>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make, restore and look at a wallet.
    #[command(subcommand)]
    Wallet(WalletCommand),
    /// Become a member with an invitation.
    Enrol(EnrolArgs),
    /// Leave a deployment for good: the membership ends with the next epoch.
    Leave(LeaveArgs),
    /// Download and check log, members, credentials and keys.
    Sync,
    /// What I hold, which requirements I meet, and why not the others; computed on this machine.
    Standing(StandingArgs),
    /// Prove standing to an audience, into a file that anyone can verify.
    Prove(ProveArgs),
    /// Verify a proof or a signed attestation.
    Verify(VerifyArgs),
    /// Ask for an attestation, or answer a request.
    #[command(subcommand)]
    Attest(AttestCommand),
    /// See polls, join them, vote.
    #[command(subcommand)]
    Poll(PollCommand),
    /// Claim credentials for my work, and see what became of claims.
    #[command(subcommand)]
    Claim(ClaimCommand),
    /// Review the claims of others, unknown to everybody.
    #[command(subcommand)]
    Review(ReviewCommand),
    /// What my reviews and votes earned, and making one balance of it.
    Rewards(RewardsArgs),
    /// Challenge a decision.
    #[command(subcommand)]
    Dispute(DisputeCommand),
    /// Invite somebody, without saying who invites.
    Sponsor(SponsorArgs),
    /// See what claims are judged by, or lay it down.
    #[command(subcommand)]
    Standard(StandardCommand),
    /// Administer a deployment.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Run a service.
    Serve(ServeArgs),
    /// Write the log, or what belongs to one poll, into a bundle that anyone can audit.
    Export(ExportArgs),
    /// Check a bundle, or a service's whole log, and recount everything in it.
    Audit(AuditArgs),
    /// Follow a service's log and sign its checkpoints, as long as it only grows.
    Witness(WitnessArgs),
    /// Hold a share of the keys of sealed polls: make them with others, open polls after their close.
    #[command(subcommand)]
    Trustee(TrusteeCommand),
    /// Show the whole of it on this machine: a service, members, proofs, votes, attacks.
    Demo(DemoArgs),
    /// Measure how fast this machine proves and verifies.
    Bench(BenchArgs),
    /// Check the environment: directories, wallet, keys, service.
    Doctor,
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
}
