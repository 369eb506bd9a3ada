//! What is done with polls.

mod draft;

use std::path::PathBuf;

use aiq_verifier::poll::PollId;
use clap::{Args, Subcommand};

use super::{CrowdArgs, TokenArgs};
pub use draft::{EnactmentArgs, PollDraftArgs, PollType, SealingArgs};

/// What to do with polls.
#[derive(Debug, Subcommand)]
pub enum PollCommand {
    /// All polls.
    List,
    /// One poll, and how its ballots are written.
    Show {
        /// The poll.
        id: PollId,
    },
    /// Announce a poll (administrator).
    Create(Box<PollCreateArgs>),
    /// Propose a poll, without saying who proposes it.
    Propose(Box<PollDraftArgs>),
    /// Take back a poll before it opens.
    Withdraw(PollWithdrawArgs),
    /// Join a poll: prove that I may vote, before I vote.
    Join(PollJoinArgs),
    /// Vote, or change my vote.
    Vote(PollVoteArgs),
    /// Follow how many have joined and voted, until the poll is closed.
    Watch {
        /// The poll.
        id: PollId,
    },
    /// What came out of a poll, and why, checked and recounted on this machine.
    Tally(PollTallyArgs),
    /// What voters gave as their reasons, in an order that says nothing about whose they are.
    Reasons {
        /// The poll.
        id: PollId,
    },
}

/// Options of `aiq poll create`.
#[derive(Debug, Args)]
pub struct PollCreateArgs {
    /// The poll.
    #[command(flatten)]
    pub draft: PollDraftArgs,
    /// The administrator's token.
    #[command(flatten)]
    pub token: TokenArgs,
}

/// Options of `aiq poll withdraw`.
#[derive(Debug, Args)]
pub struct PollWithdrawArgs {
    /// The poll.
    pub id: PollId,
    /// It was announced by the administrator, who takes it back.
    #[arg(long)]
    pub admin: bool,
    /// The administrator's token.
    #[command(flatten)]
    pub token: TokenArgs,
}

/// Options of `aiq poll join`.
#[derive(Debug, Args)]
pub struct PollJoinArgs {
    /// The poll.
    pub id: PollId,
    /// Send the proof at once, instead of at a random moment before the poll opens, or within six hours and the first half of what is left.
    #[arg(long)]
    pub now: bool,
    /// Whether a small crowd is accepted.
    #[command(flatten)]
    pub crowd: CrowdArgs,
}

/// Options of `aiq poll vote`.
#[derive(Debug, Args)]
pub struct PollVoteArgs {
    /// The poll.
    pub id: PollId,
    /// The choice, with options by their numbers from 1 or their texts: '2'; to approve of several '1,3', or 'none'; to rank them '3,1,2', best
    /// first; scores or votes '1=3,2=1'; in every poll 'abstain'.
    pub choice: String,
    /// A reason that is sealed with the ballot and published without my name: a file, or '-' for standard input.
    #[arg(long, value_name = "FILE")]
    pub reason_file: Option<PathBuf>,
}

/// Options of `aiq poll tally`.
#[derive(Debug, Clone, Copy, Args)]
pub struct PollTallyArgs {
    /// The poll.
    pub id: PollId,
    /// Also look for my own ballot and reason among those that were counted; opens the wallet.
    #[arg(long)]
    pub mine: bool,
}
