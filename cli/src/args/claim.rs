//! What members do among their peers: claims, reviews, disputes, notes, invitations, standards.

use std::path::PathBuf;

use aiq_circuits::credential::DomainPrefix;
use aiq_server::api::ClaimState;
use aiq_verifier::claim::ClaimId;
use aiq_verifier::review::Verdict;
use clap::{Args, Subcommand};

use super::TokenArgs;

/// What to do with claims.
#[derive(Debug, Subcommand)]
pub enum ClaimCommand {
    /// Claim a credential for my work.
    New(ClaimNewArgs),
    /// Claims, whatever became of them.
    List(ClaimListArgs),
    /// One claim; after the ruling with what its reviewers said.
    Show {
        /// The claim.
        id: ClaimId,
    },
    /// Never review a claim, as its co-authors should not.
    Recuse {
        /// The claim.
        id: ClaimId,
    },
}

/// Options of `aiq claim new`.
#[derive(Debug, Args)]
pub struct ClaimNewArgs {
    /// Where the work belongs: the number or the name of a domain.
    #[arg(long, value_name = "DOMAIN")]
    pub domain: String,
    /// The kind of work: its name or code in the domain's standard ('aiq standard show').
    #[arg(long, value_name = "KIND")]
    pub kind: String,
    /// What the work is called.
    #[arg(long, value_name = "TEXT")]
    pub title: String,
    /// Where it can be seen: a DOI, an arXiv id, orcid:ID/PUT-CODE, REPOSITORY@COMMIT, or a URL; at least one.
    #[arg(long, value_name = "WORK", required = true)]
    pub evidence: Vec<String>,
    /// A local copy of what a URL leads to, for its hash. The first file is for the first URL without `#sha256=`, and so on.
    #[arg(long = "file", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What I contributed, for the reviewers.
    #[arg(long, value_name = "TEXT", conflicts_with = "summary_file")]
    pub summary: Option<String>,
    /// The same from a file.
    #[arg(long, value_name = "FILE")]
    pub summary_file: Option<PathBuf>,
    /// The accepted claim whose credential is about to expire.
    #[arg(long, value_name = "CLAIM")]
    pub renews: Option<ClaimId>,
}

/// Options of `aiq claim list`.
#[derive(Debug, Args)]
pub struct ClaimListArgs {
    /// Only claims that are open, accepted, rejected, expired or revoked.
    #[arg(long, value_name = "STATE", value_parser = parse_state)]
    pub state: Option<ClaimState>,
    /// Only claims in this part of the domain tree, such as 1.9.
    #[arg(long, value_name = "PREFIX")]
    pub domain: Option<DomainPrefix>,
    /// Only my own; found out on this machine.
    #[arg(long)]
    pub mine: bool,
}

/// What to do with reviews.
#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// Open claims: which of them I may review, and why not the others; found out on this machine.
    List,
    /// What a reviewer needs: the work, each piece of evidence with a link, the standard, the deadline.
    Show(ReviewShowArgs),
    /// Review a claim. It cannot be changed, and nobody sees it before the ruling.
    Submit(ReviewSubmitArgs),
}

/// Options of `aiq review show`.
#[derive(Debug, Args)]
pub struct ReviewShowArgs {
    /// The claim.
    pub id: ClaimId,
    /// Compare a local file with the content hashes of the evidence: wherever it came from, the hash decides.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub check: Vec<PathBuf>,
}

/// Options of `aiq review submit`.
#[derive(Debug, Args)]
pub struct ReviewSubmitArgs {
    /// The claim.
    pub id: ClaimId,
    /// The verdict; an abstention counts for nothing and earns nothing.
    #[arg(long, value_name = "accept|reject|abstain", value_parser = parse_verdict)]
    pub verdict: Verdict,
    /// Why. It is shown after the ruling, without a name.
    #[arg(long, value_name = "TEXT", conflicts_with = "comment_file")]
    pub comment: Option<String>,
    /// The same from a file.
    #[arg(long, value_name = "FILE")]
    pub comment_file: Option<PathBuf>,
}

/// Options of `aiq rewards`.
#[derive(Debug, Args)]
pub struct RewardsArgs {
    /// What to do with them; without it, they are shown.
    #[command(subcommand)]
    pub command: Option<RewardsCommand>,
}

/// What to do with reward and balance notes.
#[derive(Debug, Subcommand)]
pub enum RewardsCommand {
    /// Notes by domain and expiry.
    Show,
    /// Make one balance of up to six notes of one domain and one expiry, the heaviest first.
    Merge(MergeArgs),
}

/// Options of `aiq rewards merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Only notes in this part of the domain tree, such as 1.9.
    #[arg(long, value_name = "PREFIX")]
    pub domain: Option<DomainPrefix>,
    /// Every merge that can be made, not only the heaviest one.
    #[arg(long)]
    pub all: bool,
}

/// What to do with disputes.
#[derive(Debug, Subcommand)]
pub enum DisputeCommand {
    /// Challenge the decision on a claim: those who may review it vote on that.
    Open(DisputeOpenArgs),
}

/// Options of `aiq dispute open`.
#[derive(Debug, Args)]
pub struct DisputeOpenArgs {
    /// The claim.
    pub id: ClaimId,
    /// What is wrong with it, or with its rejection. Everybody can read it.
    #[arg(long, value_name = "TEXT", required_unless_present = "reasons_file", conflicts_with = "reasons_file")]
    pub reasons: Option<String>,
    /// The same from a file.
    #[arg(long, value_name = "FILE")]
    pub reasons_file: Option<PathBuf>,
}

/// Options of `aiq sponsor`.
#[derive(Debug, Args)]
pub struct SponsorArgs {
    /// Write the invitation into this new file, which only its owner can read, instead of to stdout.
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Make none, and show those that this wallet has made: nothing is asked of any service.
    #[arg(long, conflicts_with = "out")]
    pub list: bool,
}

/// What to do with standards.
#[derive(Debug, Subcommand)]
pub enum StandardCommand {
    /// Those that govern now.
    List,
    /// What claims in a domain are judged by.
    Show {
        /// The number or the name of the domain.
        domain: String,
    },
    /// Lay one down for claims from now on (administrator).
    Set(StandardSetArgs),
}

/// Options of `aiq standard set`.
#[derive(Debug, Args)]
pub struct StandardSetArgs {
    /// TOML with the fields of `[[standards]]` in a genesis file; without a version, it gets the next one.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The administrator's token.
    #[command(flatten)]
    pub token: TokenArgs,
}

fn parse_state(text: &str) -> Result<ClaimState, String> {
    let known = ClaimState::ALL.map(ClaimState::as_str).join(", ");
    let state = ClaimState::ALL.into_iter().find(|state| state.as_str() == text);
    state.ok_or_else(|| format!("a claim is one of {known}"))
}

fn parse_verdict(text: &str) -> Result<Verdict, String> {
    match text {
        "accept" => Ok(Verdict::Accept),
        "reject" => Ok(Verdict::Reject),
        "abstain" => Ok(Verdict::Abstain),
        _ => Err("a verdict is 'accept', 'reject' or 'abstain'".to_owned()),
    }
}
