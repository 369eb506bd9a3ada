//! What entries commit to and what is opened when its time has come.

use aiq_circuits::wire::{DecodeError, Decoder};
use serde::{Deserialize, Serialize};

use super::Act;
use crate::{poll::Opening, review::ReviewOpening};

/// What an entry hides: a ballot's content until its poll is closed, a review's until its claim is decided. Their fields tell them apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EntryOpening {
    /// Of a ballot.
    Ballot(Opening),
    /// Of a review.
    Review(ReviewOpening),
}

impl EntryOpening {
    /// Canonical bytes of what it is; their labels tell them apart.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        match self {
            Self::Ballot(opening) => opening.canonical(),
            Self::Review(opening) => opening.canonical(),
        }
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// If they are not those of exactly one opening.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        match Decoder::labelled(bytes)?.0 {
            "AIQ/v1/review-opening" => ReviewOpening::decode(bytes).map(Self::Review),
            _ => Opening::decode(bytes).map(Self::Ballot),
        }
    }

    /// Whether this is what an act committed to.
    #[must_use]
    pub fn opens(&self, act: &Act) -> bool {
        match (self, act) {
            (Self::Ballot(opening), Act::Ballot(ballot)) => opening.commitment() == ballot.commitment,
            (Self::Review(opening), Act::Review { review, .. }) => opening.commitment() == review.commitment,
            _ => false,
        }
    }
}
