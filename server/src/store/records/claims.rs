//! Standards, claims and reviews: what goes in and comes out, and why a write is refused.

use aiq_circuits::{credential::DomainPrefix, scope::Scope};
use aiq_verifier::{
    claim::{Claim, ClaimId},
    governance::ChangeError,
    poll::PollId,
    review::{ReviewOpening, Ruling, RulingOutcome},
    standard::{Standard, StandardId},
};
use serde::{Deserialize, Serialize};

use super::Logged;

/// A standard and where the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandardRecord {
    /// The standard.
    pub standard: Standard,
    /// Its entry.
    pub logged: Logged,
}

/// Where a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimState {
    /// Reviews are taken, or wait for the ruling.
    Open,
    /// Its credential was granted.
    Accepted,
    /// Its credential was not granted.
    Rejected,
    /// Too few said anything.
    Expired,
    /// Its credential was granted and counts no more.
    Revoked,
}

impl ClaimState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Open, Self::Accepted, Self::Rejected, Self::Expired, Self::Revoked];

    /// As it stands in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl From<RulingOutcome> for ClaimState {
    fn from(outcome: RulingOutcome) -> Self {
        match outcome {
            RulingOutcome::Accepted => Self::Accepted,
            RulingOutcome::Rejected => Self::Rejected,
            RulingOutcome::Expired => Self::Expired,
        }
    }
}

/// A claim and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRecord {
    /// The claim.
    pub claim: Claim,
    /// Its scope.
    pub scope: Scope,
    /// Its entry.
    pub logged: Logged,
    /// Unix seconds: the first second in which nothing is taken.
    pub closes_at: u32,
    /// Where it stands.
    pub state: ClaimState,
    /// The standard that it is judged by.
    pub standard: Standard,
    /// The ruling and its entry, once there is one.
    pub ruling: Option<(Ruling, Logged)>,
    /// The poll of the dispute that is open.
    pub dispute: Option<PollId>,
}

/// Which claims are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClaimFilter {
    /// Only those in this state.
    pub state: Option<ClaimState>,
    /// Only those in these domains.
    pub domain: Option<DomainPrefix>,
}

/// What a review said, and the place of its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedReview {
    /// The place.
    pub index: u64,
    /// What it said.
    pub opening: ReviewOpening,
}

/// Why a standard is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StandardRefusal {
    /// The next standard of this prefix has this version, not the given one.
    Version(u32),
    /// The domain tree or the menu does not have what it names.
    Change(ChangeError),
}

/// Why a claim is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimRefusal {
    /// This is the latest epoch, not the one that the claim names.
    StaleEpoch(u32),
    /// Not the standard that governs the domain: that is this one, if there is any.
    OtherStandard(Option<StandardId>),
    /// The member has made this number of this epoch's claims.
    TicketUsed,
    /// This claim holds one of the works.
    WorkTaken(ClaimId),
    /// What is to be renewed cannot be.
    Renewal(RenewalFault),
    /// Something was or will be granted to the tag.
    TagUsed,
}

/// Why a claim is not the renewal of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenewalFault {
    /// There is none.
    #[error("there is no such claim")]
    Unknown,
    /// It is not accepted, or its credential is revoked.
    #[error("only an accepted claim whose credential is not revoked is renewed")]
    NotAccepted,
    /// The tags differ.
    #[error("a renewal has the owner tag of the credential that it renews")]
    Tag,
    /// The domains differ.
    #[error("a renewal has the domain of the credential that it renews")]
    Domain,
}

/// Why a recusal or a review is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewRefusal {
    /// No such claim.
    UnknownClaim,
    /// The claim takes no more.
    Closed,
    /// The nullifier is the claimant's.
    Claimant,
    /// The nullifier will not review the claim.
    Recused,
    /// The nullifier has reviewed the claim, with another content.
    Reviewed,
    /// Something was or will be granted to the tag.
    TagUsed,
}

/// Why there is no ruling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulingRefusal {
    /// No such claim.
    UnknownClaim,
    /// The claim takes reviews until then, Unix seconds.
    Open(u32),
}
