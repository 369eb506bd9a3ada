//! What a member may not do, found out on this machine: nothing was sent.

use aiq_server::api::ClaimState;
use aiq_verifier::TextError;
use aiq_verifier::claim::{ClaimError, ClaimId, Evidence};
use aiq_verifier::governance::MandateError;
use aiq_verifier::poll::{PollError, PollId};

use crate::time;

/// Why a claim, a review or what follows from one would be refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Not in the domain tree.
    #[error("the deployment has no domain {0}")]
    UnknownDomain(String),
    /// Nothing can be claimed there.
    #[error("no standard governs {0}: nothing can be claimed there")]
    NoStandard(String),
    /// The standard has no such kind.
    #[error("the standard of the domain has no kind '{kind}'; there are {}", .known.join(", "))]
    UnknownKind {
        /// What was asked for.
        kind: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The claim breaks a rule of its own.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The epoch's claims are used up.
    #[error("you have made the {allowed} claims that the standard allows in epoch {epoch}")]
    TooManyClaims {
        /// How many are allowed.
        allowed: u8,
        /// The epoch.
        epoch: u32,
    },
    /// Another claim holds a work.
    #[error("{evidence} belongs to claim {claim}, which is {}", .state.as_str())]
    WorkTaken {
        /// The item.
        evidence: Evidence,
        /// Who holds it.
        claim: ClaimId,
        /// Where that claim stands.
        state: ClaimState,
    },
    /// Only an accepted claim is renewed.
    #[error("claim {claim} is {}: only what was accepted can be renewed", .state.as_str())]
    NotAccepted {
        /// The claim.
        claim: ClaimId,
        /// Where it stands.
        state: ClaimState,
    },
    /// Somebody else's.
    #[error("claim {0} is not yours")]
    NotYours(ClaimId),
    /// A renewal stays where it was.
    #[error("claim {0} belongs to another domain: a renewal keeps it")]
    OtherDomain(ClaimId),
    /// No longer open.
    #[error("the claim is {}", .0.as_str())]
    NotOpen(ClaimState),
    /// Reviews are no longer taken.
    #[error("reviews were taken until {}", time::moment(*.0))]
    WindowOver(u32),
    /// The claimant's own.
    #[error("this is your own claim: nobody reviews their own")]
    OwnClaim,
    /// Said before.
    #[error("you have recused yourself from this claim")]
    Recused,
    /// Once is enough.
    #[error("you have reviewed this claim; a review cannot be changed")]
    AlreadyReviewed,
    /// The comment of a review.
    #[error("the comment {0}")]
    Comment(TextError),
    /// The reasons of a dispute.
    #[error("the text of the reasons {0}")]
    Reasons(TextError),
    /// Only decisions are disputed.
    #[error("the claim is {}: only what was accepted or rejected can be disputed", .0.as_str())]
    NotDecided(ClaimState),
    /// One dispute at a time.
    #[error("the decision is disputed already: poll {0} is open")]
    DisputeOpen(PollId),
    /// Nothing that a merge would change.
    #[error("there is nothing to merge: no reward note, and no two balances of one domain and one expiry")]
    NothingToMerge,
    /// More than a note can weigh.
    #[error("these notes weigh {sum} together, more than the {} that a note can", u16::MAX)]
    TooHeavy {
        /// What the two lightest weigh.
        sum: u32,
    },
    /// The charter names nobody.
    #[error("members cannot invite anybody in this deployment")]
    NoSponsors,
    /// The epoch's invitations are used up.
    #[error("you have made the {allowed} invitations that are allowed in epoch {epoch}")]
    TooManyInvitations {
        /// How many are allowed.
        allowed: u8,
        /// The epoch.
        epoch: u32,
    },
    /// The poll takes none.
    #[error("this poll takes no reasons")]
    NoReasons,
    /// It would have to be cut.
    #[error("the reason has {bytes} bytes, the poll takes at most {limit}")]
    ReasonTooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        limit: u16,
    },
    /// Empty, or with control characters.
    #[error("the reason {0}")]
    Reason(TextError),
    /// The charter names nobody.
    #[error("members cannot propose polls in this deployment")]
    NoProposers,
    /// The epoch's proposals are used up.
    #[error("you have made as many proposals as are allowed in epoch {epoch}: {allowed}")]
    TooManyProposals {
        /// How many are allowed.
        allowed: u8,
        /// The epoch.
        epoch: u32,
    },
    /// The poll would break a rule.
    #[error(transparent)]
    Poll(PollError),
    /// More than there are.
    #[error("the quorum is {quorum}, there are {members} members")]
    QuorumOutOfReach {
        /// What was asked for.
        quorum: u32,
        /// How many there are.
        members: u64,
    },
    /// The poll must not bring that about.
    #[error(transparent)]
    Mandate(MandateError),
    /// Not by this wallet.
    #[error("this wallet has not proposed poll {0}")]
    NotProposed(PollId),
}
