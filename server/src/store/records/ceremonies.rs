//! Ceremonies and what opens sealed ballots: what comes out, and why a write is refused.

use aiq_verifier::{
    ceremony::{Ceremony, CeremonyId, Complaint, Confirmation, Round1, Round2},
    log::Act,
    poll::PollId,
};

use serde::{Deserialize, Serialize};

use super::Logged;

/// A ceremony with everything on its board, each by the number of its trustee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CeremonyRecord {
    /// What was opened.
    pub ceremony: Ceremony,
    /// Its entry.
    pub logged: Logged,
    /// First round.
    pub round_1: Vec<(Round1, Logged)>,
    /// Second round.
    pub round_2: Vec<(Round2, Logged)>,
    /// Who has confirmed the key.
    pub confirmations: Vec<(Confirmation, Logged)>,
    /// What has ended it.
    pub complaint: Option<(Complaint, Logged)>,
    /// The poll whose key it has made.
    pub poll: Option<PollId>,
}

impl CeremonyRecord {
    /// A ceremony with nothing on its board.
    #[must_use]
    pub fn new(ceremony: Ceremony, logged: Logged) -> Self {
        let (round_1, round_2, confirmations) = (Vec::new(), Vec::new(), Vec::new());
        Self { ceremony, logged, round_1, round_2, confirmations, complaint: None, poll: None }
    }
}

/// Why a package is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CeremonyRefusal {
    /// No such ceremony.
    Unknown,
    /// The trustee has sent another package of this round.
    Known,
    /// It takes packages of another round.
    Round,
    /// The key is confirmed by everybody, or somebody has complained.
    Ended,
    /// Its time, Unix seconds, is over.
    Expired(u32),
}

/// Why a share is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareRefusal {
    /// No such poll.
    UnknownPoll,
    /// The log has no close of the poll.
    NotClosed,
    /// The poll has been counted.
    Tallied,
    /// The trustee has published another share.
    Known,
    /// Too few have voted.
    BelowFloor,
}

/// What a trustee says in a ceremony.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CeremonyPackage {
    /// Commitments.
    Round1(Round1),
    /// Sealed shares.
    Round2(Round2),
    /// The key is the board's.
    Confirmation(Confirmation),
    /// Somebody's share is wrong.
    Complaint(Complaint),
}

impl CeremonyPackage {
    /// The ceremony.
    #[must_use]
    pub const fn ceremony(&self) -> &CeremonyId {
        match self {
            Self::Round1(package) => &package.ceremony,
            Self::Round2(package) => &package.ceremony,
            Self::Confirmation(package) => &package.ceremony,
            Self::Complaint(package) => &package.ceremony,
        }
    }

    /// The trustee's number, from 1.
    #[must_use]
    pub const fn trustee(&self) -> u8 {
        match self {
            Self::Round1(package) => package.index,
            Self::Round2(package) => package.index,
            Self::Confirmation(package) => package.index,
            Self::Complaint(package) => package.index,
        }
    }

    /// What the log has of it.
    pub(crate) fn into_act(self) -> Act {
        match self {
            Self::Round1(package) => Act::CeremonyRound1(package),
            Self::Round2(package) => Act::CeremonyRound2(package),
            Self::Confirmation(package) => Act::CeremonyConfirmation(package),
            Self::Complaint(package) => Act::CeremonyComplaint(package),
        }
    }
}

/// A voter's reason, sealed: the encapsulated key and the ciphertext.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedReason(#[serde(with = "aiq_circuits::wire::serde_hex")] Vec<u8>);

impl SealedReason {
    /// Names these bytes.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl utoipa::PartialSchema for SealedReason {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

impl utoipa::ToSchema for SealedReason {}

/// A reason behind the tally of its poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedReason {
    /// The place of its entry.
    pub index: u64,
    /// What the voter sent.
    pub reason: SealedReason,
}
