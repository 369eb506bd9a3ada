//! What members and third parties do.

use std::path::PathBuf;

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::attestation::RequestId;
use aiq_verifier::claim::ClaimId;
use aiq_verifier::log::WitnessKey;
use aiq_verifier::poll::PollId;
use clap::{Args, Subcommand};

/// Options of `aiq enrol`.
#[derive(Debug, Args)]
pub struct EnrolArgs {
    /// File with the invitation in its first line. Without it: `AIQ_INVITATION`, or else standard input.
    #[arg(long, value_name = "FILE")]
    pub invitation_file: Option<PathBuf>,
    /// The deployment's id, learnt from somebody you trust; without it, the first contact is believed.
    #[arg(long, value_name = "ID")]
    pub deployment: Option<DeploymentId>,
}

/// Options of `aiq leave`.
#[derive(Debug, Args)]
pub struct LeaveArgs {
    /// Do not ask whether it is meant.
    #[arg(long)]
    pub yes: bool,
}

/// Options of `aiq standing`.
#[derive(Debug, Args)]
pub struct StandingArgs {
    /// Only this requirement of the menu.
    #[arg(long, value_name = "ID")]
    pub menu: Option<String>,
}

/// Whether a small crowd is accepted.
#[derive(Debug, Clone, Copy, Args)]
pub struct CrowdArgs {
    /// Do not ask when fewer than ten members could do this: whoever does is one of few.
    #[arg(long)]
    pub small_crowd_ok: bool,
}

/// Options of `aiq prove`.
#[derive(Debug, Args)]
pub struct ProveArgs {
    /// The requirement of the menu to prove; without it, membership alone.
    #[arg(long, value_name = "ID")]
    pub menu: Option<String>,
    /// For whom, as they will read it.
    #[arg(long, value_name = "TEXT")]
    pub audience: String,
    /// 32 bytes in hex that the audience chose, so that the proof is known to be fresh.
    #[arg(long, value_name = "HEX")]
    pub nonce: Option<String>,
    /// Show this audience the same pseudonym every time.
    #[arg(long)]
    pub linkable: bool,
    /// How long the proof is meant to be accepted.
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = crate::time::parse_duration)]
    pub valid_for: u32,
    /// Whether a small crowd is accepted.
    #[command(flatten)]
    pub crowd: CrowdArgs,
    /// Write the proof to this file instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Options of `aiq verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The file that `aiq prove` or `aiq attest` wrote; `-` for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Verify without any service, with this verifying key.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// The deployment that it has to come from.
    #[arg(long, value_name = "ID")]
    pub deployment: Option<DeploymentId>,
    /// The audience that it has to be for.
    #[arg(long, value_name = "TEXT")]
    pub audience: Option<String>,
    /// The nonce that it has to contain.
    #[arg(long, value_name = "HEX")]
    pub nonce: Option<String>,
}

/// What to do with attestations.
#[derive(Debug, Subcommand)]
pub enum AttestCommand {
    /// Ask for an attestation; hand the id to the member.
    Request(AttestRequestArgs),
    /// Show a request and, once answered, its signed result.
    Show {
        /// The request.
        id: RequestId,
    },
    /// Answer a request with a proof.
    Present {
        /// The request.
        id: RequestId,
        /// Whether a small crowd is accepted.
        #[command(flatten)]
        crowd: CrowdArgs,
    },
}

/// Options of `aiq attest request`.
#[derive(Debug, Args)]
pub struct AttestRequestArgs {
    /// Who asks, as the member will read it.
    #[arg(long, value_name = "TEXT")]
    pub audience: String,
    /// The requirement of the menu that is to be shown.
    #[arg(long, value_name = "ID")]
    pub menu: String,
    /// Get the same pseudonym of the same member every time.
    #[arg(long)]
    pub linkable: bool,
    /// How long an answer is accepted.
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = crate::time::parse_duration)]
    pub expires_in: u32,
}

/// Options of `aiq export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Only what belongs to this poll, with proofs that the log has it.
    #[arg(long, value_name = "ID", conflicts_with = "claim")]
    pub poll: Option<PollId>,
    /// Only what belongs to this claim up to what its ruling grants, with proofs that the log has it.
    #[arg(long, value_name = "ID")]
    pub claim: Option<ClaimId>,
    /// Write the bundle to this file instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Options of `aiq audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// The file that 'aiq export' wrote; `-` for standard input; or the address of a service, to audit its log as it comes.
    #[arg(value_name = "BUNDLE|URL")]
    pub bundle: String,
    /// The deployment that it has to come from.
    #[arg(long, value_name = "ID")]
    pub deployment: Option<DeploymentId>,
    /// The key of a witness whose signature under the checkpoint is checked; may be repeated.
    #[arg(long = "witness", value_name = "VKEY")]
    pub witnesses: Vec<WitnessKey>,
    /// How many of these witnesses have to have signed.
    #[arg(long = "require", value_name = "K", default_value_t = 0, requires = "witnesses")]
    pub required: usize,
}
