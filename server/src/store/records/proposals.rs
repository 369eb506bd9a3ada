//! Announcing and proposing polls, and withdrawing them: why a write is refused.

use aiq_circuits::credential::CredentialId;
use aiq_verifier::{ceremony::CeremonyId, governance::MandateError, poll::PollId};

/// Why a poll is not announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnnounceRefusal {
    /// There is a poll with this id.
    IdUsed,
    /// The menu's entry is gone, or no longer what the poll pins.
    MenuChanged(String),
    /// It must not carry its enactment.
    Mandate(MandateError),
    /// There is no such credential, it is a note, or it is revoked.
    NotRevocable(CredentialId),
    /// No such ceremony.
    UnknownCeremony(CeremonyId),
    /// The ceremony has made no key.
    Incomplete(CeremonyId),
    /// The ceremony has made the key of another poll.
    Used(PollId),
}

/// Why a proposal is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposeRefusal {
    /// This is the latest epoch, not the one that is named.
    StaleEpoch(u32),
    /// The nullifier has proposed another poll.
    NullifierUsed,
    /// The poll itself.
    Poll(AnnounceRefusal),
}

/// Why a poll is not withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollWithdrawalRefusal {
    /// No such poll.
    UnknownPoll,
    /// Somebody else has announced it.
    Foreign,
    /// It opened at this moment, Unix seconds.
    Opened(u32),
}
