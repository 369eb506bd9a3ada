//! Disputes: what comes out, and why a write is refused.

use aiq_verifier::{claim::ClaimId, dispute::Dispute, poll::PollId, proposal::Proposal};
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

/// Who announced a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The administrator.
    Administrator,
    /// A member, who proposed it.
    Proposal(Proposal),
    /// A member, who disputes a claim.
    Dispute(DisputedPoll),
}

/// What followed from a poll that has decided for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Enacted {
    /// The credential is revoked, with the next epoch.
    Revoked,
    /// The claim was rejected: its credential is granted.
    Granted,
    /// The change waits for the next epoch, and holds from there on.
    Waiting,
    /// The change holds since the first epoch after the tally.
    InForce,
    /// By then the change was no longer possible: the credential was revoked already, another claim held one of the works, or another change
    /// had come first.
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
