//! Disputes: what comes out, and why a write is refused.

use aiq_verifier::{claim::ClaimId, dispute::Dispute, poll::PollId};
use serde::{Deserialize, Serialize};

use super::ClaimState;

/// What a poll has to decide about a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputedPoll {
    /// The claim.
    pub claim: ClaimId,
    /// The challenge.
    pub dispute: Dispute,
}

/// What followed from a poll that has decided for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Enacted {
    /// The claim was accepted: its credential is revoked.
    Revoked,
    /// The claim was rejected: its credential is granted.
    Granted,
    /// By then there was nothing to change: the credential was revoked already, or another claim held one of the works.
    Nothing,
}

/// Why a dispute is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeRefusal {
    /// No such claim.
    UnknownClaim,
    /// The claim stands there: not decided, or not to be changed any more.
    State(ClaimState),
    /// This poll decides already.
    Disputed(PollId),
    /// The nullifier has disputed the claim in this epoch, for other reasons.
    NullifierUsed,
    /// This is the latest epoch, not the one that the dispute names.
    StaleEpoch(u32),
}
