//! `aiq wallet …`.

use std::path::PathBuf;

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::log::WitnessKey;
use clap::{Args, Subcommand};

/// What to do with a wallet.
#[derive(Debug, Subcommand)]
pub enum WalletCommand {
    /// Make a new wallet and show its 24 words, once.
    New,
    /// Make a wallet again from its 24 words.
    Restore(RestoreArgs),
    /// What the wallet knows: deployments, polls, receipts. Never the words.
    Show,
    /// Show the witnesses of a deployment's log, or choose them: without their signatures, no checkpoint counts.
    Witnesses(WitnessesArgs),
    /// The commitment and owner tags for a deployment's genesis file.
    Card(CardArgs),
}

/// Options of `aiq wallet restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// Take the words from this file instead of standard input.
    #[arg(long, value_name = "FILE")]
    pub words_file: Option<PathBuf>,
}

/// Options of `aiq wallet card`.
#[derive(Debug, Args)]
pub struct CardArgs {
    /// The deployment's id, as `aiq admin init` prints it.
    #[arg(long, value_name = "ID")]
    pub deployment: DeploymentId,
    /// How many owner tags, one for each credential.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=64))]
    pub tags: u64,
}

/// Options of `aiq wallet witnesses`.
#[derive(Debug, Args)]
pub struct WitnessesArgs {
    /// How many of them have to have signed a checkpoint; 0 to require none any more.
    #[arg(long, value_name = "K")]
    pub require: Option<usize>,
    /// Their keys, as 'aiq witness' shows them: all of them, for they replace those chosen before.
    #[arg(value_name = "VKEY", requires = "require")]
    pub witnesses: Vec<WitnessKey>,
}
