//! Why the service refuses what is about a ceremony, a share or a reason.

use aiq_sealing::board::PackageError;
use aiq_verifier::{
    ceremony::{CeremonyError, CeremonyId},
    poll::PollId,
};

use crate::http::Code;

/// Why the service refuses what is about a ceremony, a share or a reason. Trustees are named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealingError {
    /// No such ceremony.
    #[error("there is no ceremony {0}")]
    UnknownCeremony(CeremonyId),
    /// The ceremony breaks a rule.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// The ceremony's deadline has passed.
    #[error("the ceremony's deadline was {0} (Unix seconds)")]
    Deadline(u32),
    /// Everybody has confirmed the key.
    #[error("the ceremony is complete: every trustee has confirmed the key")]
    Complete,
    /// Somebody has complained.
    #[error("the ceremony has failed: {0} has complained")]
    Failed(String),
    /// The package is one of another ceremony.
    #[error("the package belongs to ceremony {0}")]
    OtherCeremony(CeremonyId),
    /// The package breaks a rule.
    #[error("{trustee}: {error}")]
    Package {
        /// Whose it is.
        trustee: String,
        /// What is wrong with it.
        error: PackageError,
    },
    /// The package is one of another round.
    #[error("{trustee} sent a package of another round: the ceremony waits for {waits_for} of {}", .missing.join(", "))]
    Round {
        /// Who sent it.
        trustee: String,
        /// What it waits for.
        waits_for: &'static str,
        /// From whom.
        missing: Vec<String>,
    },
    /// The trustee has said something else.
    #[error("what {0} has sent in this round is something else, and it stays")]
    Known(String),
    /// No such trustee.
    #[error("there are trustees 1 to {count} here, no trustee {index}")]
    UnknownTrustee {
        /// The number.
        index: u8,
        /// How many there are.
        count: usize,
    },
    /// The ceremony has made no key.
    #[error("ceremony {0} has made no key: it is not complete")]
    Incomplete(CeremonyId),
    /// The ceremony has made the key of another poll.
    #[error("the ceremony's key is that of poll {0}: each is used once")]
    Used(PollId),
    /// The ballots are not sealed, or by the service alone.
    #[error("the ballots of this poll are not sealed by trustees")]
    NoTrustees,
    /// The poll has been counted.
    #[error("the poll has been counted: its ballots are open")]
    Tallied,
    /// Too few have voted.
    #[error("{voted} have voted, and the ballots are opened from {floor} on: nothing is opened")]
    BelowFloor {
        /// Voters.
        voted: u64,
        /// Fewest whose ballots are opened.
        floor: u32,
    },
    /// Trustees have not published enough shares.
    #[error("of the {threshold} shares that open the ballots {found} came so far; missing are those of {}", .missing.join(", "))]
    SharesMissing {
        /// How many it takes.
        threshold: u8,
        /// How many there are.
        found: usize,
        /// Whose are not there.
        missing: Vec<String>,
    },
    /// The poll takes no reasons.
    #[error("the poll takes no reasons")]
    NoReasons,
    /// A length that says something about the reason.
    #[error("the sealed reason has {found} bytes, in this poll it has to have {expected}")]
    ReasonLength {
        /// Bytes that came.
        found: usize,
        /// Bytes that it has to have.
        expected: usize,
    },
    /// A length that says something about the choice.
    #[error("the sealed ballot has {found} bytes, in this poll it has to have {expected}")]
    BallotLength {
        /// Bytes that came.
        found: usize,
        /// Bytes that it has to have.
        expected: usize,
    },
}

impl SealingError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::UnknownCeremony(_) => Code::UnknownCeremony,
            Self::Ceremony(_) => Code::InvalidCeremony,
            Self::Deadline(_) | Self::Complete | Self::Failed(_) => Code::CeremonyOver,
            Self::OtherCeremony(_) => Code::InvalidPackage,
            Self::Package { error, .. } => match error {
                PackageError::Ceremony(CeremonyError::Signature { .. }) => Code::SignatureInvalid,
                PackageError::ProofOfKnowledge => Code::ProofOfKnowledgeInvalid,
                PackageError::OtherBoard(_) => Code::OtherTranscript,
                PackageError::Share => Code::ShareInvalid,
                _ => Code::InvalidPackage,
            },
            Self::Round { .. } => Code::WrongRound,
            Self::Known(_) => Code::PackageKnown,
            Self::UnknownTrustee { .. } => Code::UnknownTrustee,
            Self::Incomplete(_) => Code::CeremonyIncomplete,
            Self::Used(_) => Code::CeremonyUsed,
            Self::NoTrustees => Code::PollNotSealed,
            Self::Tallied => Code::PollTallied,
            Self::BelowFloor { .. } => Code::BelowFloor,
            Self::SharesMissing { .. } => Code::SharesMissing,
            Self::NoReasons | Self::ReasonLength { .. } => Code::InvalidReason,
            Self::BallotLength { .. } => Code::InvalidBallot,
        }
    }

    /// What the sender can do about it.
    pub(super) const fn hint(&self) -> &'static str {
        match self {
            Self::UnknownCeremony(_) => "the ceremonies are listed at /v1/ceremonies",
            Self::Ceremony(_) => "change what is named and open the ceremony again",
            Self::Deadline(_) | Self::Failed(_) => {
                "the administrator opens another ceremony: nothing depends on this one"
            }
            Self::Complete => "there is nothing to do: the key is made",
            Self::OtherCeremony(_) => "send it to its own ceremony",
            Self::Package { error: PackageError::OtherBoard(_), .. } => {
                "read the board again: whoever is shown another one must not confirm it"
            }
            Self::Package { .. } => "make it anew from the board as it is",
            Self::Round { .. } => "look at the board, and send what it waits for",
            Self::Known(_) => "there is nothing to do: a package cannot be changed",
            Self::UnknownTrustee { .. } => "the trustees are listed with the ceremony, counted from 1",
            Self::Incomplete(_) => "wait until every trustee has confirmed the key, and announce the poll then",
            Self::Used(_) => "open another ceremony with the same trustees",
            Self::NoTrustees => "there is nothing to publish: no trustee has a share",
            Self::Tallied | Self::BelowFloor { .. } => "there is nothing to do",
            Self::SharesMissing { .. } => "ask the trustees that are named to release their shares",
            Self::NoReasons => "send the ballot without a reason",
            Self::ReasonLength { .. } | Self::BallotLength { .. } => {
                "fill up to the longest that the poll's definition allows before sealing, so that the length says nothing"
            }
        }
    }
}
