//! Where a ceremony stands: derived from its packages and the time, never stored as a fact of its own.

use serde::{Deserialize, Serialize};

use crate::poll::SealingKey;

/// Where a ceremony stands. Trustees are numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CeremonyState {
    /// Commitments are awaited.
    #[serde(rename = "round-1")]
    Round1 {
        /// Whose.
        missing: Vec<u8>,
    },
    /// Sealed shares are awaited.
    #[serde(rename = "round-2")]
    Round2 {
        /// Whose.
        missing: Vec<u8>,
    },
    /// Confirmations are awaited; a complaint may come instead.
    Confirmation {
        /// Whose.
        missing: Vec<u8>,
    },
    /// The key is made, and every trustee has confirmed it.
    Complete {
        /// The key.
        key: SealingKey,
    },
    /// A trustee complained: there is no key, and no harm done.
    Failed {
        /// Who complained.
        complainer: u8,
        /// Whose fault it is.
        at_fault: u8,
        /// What the fault is.
        fault: CeremonyFault,
    },
    /// The deadline passed before all was there.
    Expired {
        /// Whose packages are missing in the round that was reached.
        missing: Vec<u8>,
    },
}

/// What a complaint shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CeremonyFault {
    /// The dealer's sealed share does not decrypt.
    Undecryptable,
    /// The dealer's share does not fit its commitments.
    WrongShare,
    /// Every share that the complainer got is right.
    Unfounded,
}

impl core::fmt::Display for CeremonyFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Undecryptable => "sent a share that does not decrypt",
            Self::WrongShare => "sent a share that does not fit its commitments",
            Self::Unfounded => "complained without a reason",
        })
    }
}
