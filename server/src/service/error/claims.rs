//! Why the service refuses a standard, a claim or a review.

use aiq_circuits::credential::Domain;
use aiq_verifier::{
    TextError,
    claim::{ClaimError, ClaimId},
    poll::PollId,
    standard::{StandardError, StandardId},
};

use crate::{http::Code, store::RenewalFault};

/// Why the service refuses a standard, a claim or a review.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimsError {
    /// No such standard.
    #[error("there is no standard {0}")]
    UnknownStandard(StandardId),
    /// The standard breaks a rule.
    #[error("the standard cannot be used: {0}")]
    Standard(#[from] StandardError),
    /// Versions count up by one.
    #[error("the next standard of these domains has version {next}, not {found}")]
    StandardVersion {
        /// What it has to be.
        next: u32,
        /// What it is.
        found: u32,
    },
    /// Nobody may claim there.
    #[error("no standard governs the domain {0}: nothing can be claimed in it")]
    NoStandard(Domain),
    /// The standard has been replaced, or never held there.
    #[error("the domain is governed by standard {0}, the claim names another")]
    OtherStandard(StandardId),
    /// The claim breaks a rule.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The claim names its epoch, and not what holds with it.
    #[error("the claim's {0} are not those of its epoch")]
    OtherPins(&'static str),
    /// The proof is of another tag.
    #[error("the claim's tag is not the one that its proof shows: nobody claims for somebody else's tag")]
    OtherTag,
    /// More claims than the standard allows.
    #[error("a member may make {limit} claims in an epoch here, counted from 0: there is no number {number}")]
    ClaimLimit {
        /// The claim's number.
        number: u8,
        /// What the standard allows.
        limit: u8,
    },
    /// The member has made the claim with this number.
    #[error("this member has made claim number {0} of the epoch already")]
    TicketUsed(u8),
    /// A work belongs to one claim.
    #[error("claim {0} is about one of these works, and is open or accepted")]
    WorkTaken(ClaimId),
    /// The claim is no renewal of what it names.
    #[error("the claim to be renewed: {0}")]
    Renewal(RenewalFault),
    /// No such claim.
    #[error("there is no claim {0}")]
    UnknownClaim(ClaimId),
    /// The claim takes no more.
    #[error("the claim took reviews until {0} (Unix seconds)")]
    ClaimClosed(u32),
    /// The claim is not decided.
    #[error("the claim takes reviews until {0} (Unix seconds)")]
    ClaimOpen(u32),
    /// Whoever claims does not judge.
    #[error("this nullifier made the claim: nobody reviews their own claim")]
    OwnClaim,
    /// Whoever has recused themselves does not judge.
    #[error("this nullifier has recused itself from the claim")]
    Recused,
    /// A review stays.
    #[error("this nullifier has reviewed the claim already")]
    Reviewed,
    /// The comment breaks a rule.
    #[error("the comment {0}")]
    Comment(TextError),
    /// The reasons break a rule.
    #[error("the reasons {0}")]
    Reasons(TextError),
    /// One dispute at a time.
    #[error("the claim is in dispute: poll {0} decides")]
    InDispute(PollId),
    /// There is no decision that could be overturned.
    #[error("the claim was not decided, or its credential is revoked: there is nothing to overturn")]
    NothingToDispute,
    /// A member disputes a claim once in an epoch.
    #[error("this nullifier has disputed the claim already, for other reasons")]
    DisputedBefore,
}

impl ClaimsError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::UnknownStandard(_) => Code::UnknownStandard,
            Self::Standard(_) => Code::InvalidStandard,
            Self::StandardVersion { .. } => Code::StandardVersion,
            Self::NoStandard(_) => Code::NoStandard,
            Self::OtherStandard(_) => Code::OtherStandard,
            Self::Claim(_) | Self::OtherPins(_) => Code::InvalidClaim,
            Self::OtherTag => Code::OtherTag,
            Self::ClaimLimit { .. } => Code::ClaimLimit,
            Self::TicketUsed(_) => Code::TicketUsed,
            Self::WorkTaken(_) => Code::WorkTaken,
            Self::Renewal(_) => Code::NotRenewable,
            Self::UnknownClaim(_) => Code::UnknownClaim,
            Self::ClaimClosed(_) => Code::ClaimClosed,
            Self::ClaimOpen(_) => Code::ClaimOpen,
            Self::OwnClaim => Code::OwnClaim,
            Self::Recused => Code::Recused,
            Self::Reviewed => Code::AlreadyReviewed,
            Self::Comment(_) => Code::InvalidReview,
            Self::Reasons(_) => Code::InvalidDispute,
            Self::InDispute(_) => Code::InDispute,
            Self::NothingToDispute => Code::NothingToDispute,
            Self::DisputedBefore => Code::NullifierUsed,
        }
    }

    /// What the sender can do about it.
    pub(super) const fn hint(&self) -> &'static str {
        match self {
            Self::UnknownStandard(_) => "the standards that govern now are listed at /v1/standards",
            Self::Standard(_) => "change what is named and send the standard again",
            Self::StandardVersion { .. } => {
                "look at the standard that governs now, give yours the next version and send it again"
            }
            Self::NoStandard(_) => "claim in a domain that a standard governs: they are listed at /v1/standards",
            Self::OtherStandard(_) => "read the standard that governs now at /v1/standards, and make the claim by it",
            Self::Claim(_) => "change what is named and make the claim again",
            Self::OtherPins(_) => {
                "take roots, reviewers and key from the latest epoch, the menu and /v1/info, and make the claim again"
            }
            Self::OtherTag => "prove the claim with the tag that it names",
            Self::ClaimLimit { .. } => "wait for the next epoch",
            Self::TicketUsed(_) => "make the claim with the next number, or wait for the next epoch",
            Self::WorkTaken(_) => {
                "look at that claim: if it is wrong, dispute it once it is decided; if it is yours and accepted, renew it"
            }
            Self::Renewal(_) => "leave out what is renewed, or name an accepted claim of yours with its tag and domain",
            Self::UnknownClaim(_) => "the claims are listed at /v1/claims",
            Self::ClaimClosed(_) => "what became of it is shown with the claim; a decision can be disputed",
            Self::ClaimOpen(_) => "ask again once the claim is decided",
            Self::OwnClaim | Self::Recused => "leave this review to others",
            Self::Reviewed => "there is nothing to do: a review cannot be changed",
            Self::Comment(_) => "change the comment and send the review again",
            Self::Reasons(_) => "change the reasons and prove the dispute again",
            Self::InDispute(_) => "vote in that poll, or dispute the claim again once it is decided",
            Self::NothingToDispute => "the work can be claimed anew",
            Self::DisputedBefore => "dispute it again in a later epoch",
        }
    }
}
