//! Arguments of `aiq trustee` and `aiq admin ceremony`.

use std::path::PathBuf;

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::ceremony::{CeremonyId, Trustee};
use aiq_verifier::poll::PollId;
use clap::{Args, Subcommand};

use super::TokenArgs;

/// `aiq trustee`.
#[derive(Debug, Subcommand)]
pub enum TrusteeCommand {
    /// Make a trustee: a seed under a passphrase, and a card.
    Init(TrusteeInitArgs),
    /// Show the card, which whoever opens a ceremony needs.
    Card(TrusteeFileArgs),
    /// Take part in a ceremony: make a key with the others.
    Dkg(DkgArgs),
    /// Publish my share of the key of a closed poll.
    Release(ReleaseArgs),
    /// Ceremonies that I take part in, polls that they have sealed, and what is to be done.
    Status(TrusteeStatusArgs),
}

/// Where a trustee lies.
#[derive(Debug, Args)]
pub struct TrusteeFileArgs {
    /// The trustee's file; what is no secret lies beside it.
    #[arg(long, value_name = "FILE", env = "AIQ_TRUSTEE")]
    pub trustee: PathBuf,
}

/// Options of `aiq trustee init`.
#[derive(Debug, Args)]
pub struct TrusteeInitArgs {
    /// Where it will lie.
    #[command(flatten)]
    pub file: TrusteeFileArgs,
    /// What it will be called by, without spaces.
    #[arg(long, value_name = "NAME")]
    pub name: String,
}

/// Which trustee, at which deployment.
#[derive(Debug, Args)]
pub struct TrusteeStatusArgs {
    /// Where it lies.
    #[command(flatten)]
    pub file: TrusteeFileArgs,
    /// The deployment's id, learnt from somebody you trust; without it, the first contact is believed.
    #[arg(long, value_name = "ID")]
    pub deployment: Option<DeploymentId>,
}

/// Options of `aiq trustee dkg`.
#[derive(Debug, Args)]
pub struct DkgArgs {
    /// Which ceremony.
    #[arg(value_name = "CEREMONY")]
    pub ceremony: CeremonyId,
    /// Which trustee.
    #[command(flatten)]
    pub trustee: TrusteeStatusArgs,
    /// Do not ask whether these are the right trustees.
    #[arg(long)]
    pub yes: bool,
    /// Go on until the ceremony is over, looking again every so many seconds.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "10", value_parser = clap::value_parser!(u32).range(1..))]
    pub wait: Option<u32>,
}

/// Options of `aiq trustee release`.
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// Which poll.
    #[arg(value_name = "POLL")]
    pub poll: PollId,
    /// Which trustee.
    #[command(flatten)]
    pub trustee: TrusteeStatusArgs,
}

/// `aiq admin ceremony`.
#[derive(Debug, Subcommand)]
pub enum CeremonyCommand {
    /// Open a ceremony: its trustees can make a key for one poll.
    Open(CeremonyOpenArgs),
    /// Show one, and for whom it waits.
    Show {
        /// Which one.
        #[arg(value_name = "CEREMONY")]
        ceremony: CeremonyId,
    },
    /// List them.
    List,
}

/// Options of `aiq admin ceremony open`.
#[derive(Debug, Args)]
pub struct CeremonyOpenArgs {
    /// The card of a trustee; once for each, in their order.
    #[arg(long = "trustee", value_name = "CARD", required = true)]
    pub trustees: Vec<Trustee>,
    /// How many of them open a poll.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u8).range(2..))]
    pub threshold: u8,
    /// Until when all have to be done, such as 7d or 2027-01-31T18:00Z.
    #[arg(long, value_name = "WHEN", default_value = "7d")]
    pub deadline: String,
    /// How long after the close of the poll shares are due, such as 1d.
    #[arg(long, value_name = "DURATION", default_value = "1d", value_parser = crate::time::parse_duration)]
    pub release: u32,
    /// The administrator's token.
    #[command(flatten)]
    pub token: TokenArgs,
}
