//! The log (§3): every act is an entry of one append-only Merkle tree, in the formats of RFC 6962 and C2SP, so that anybody can
//! check what happened, and the members find out if the service says two things.
//!
//! | | |
//! |---|---|
//! | [`Entry`] | an act and when it was accepted; its canonical bytes are the leaf |
//! | [`LogCheckpoint`] | the signed size and root of the tree |
//! | [`WitnessKey`], [`cosign`] | cosignatures of those who checked that the tree only grows |
//! | [`Frontier`], [`verify_inclusion`] | the tree's hashes (feature `log`) |

mod act;
mod checkpoint;
#[cfg(feature = "log")]
mod merkle;
mod opening;
mod witness;

use aiq_circuits::wire::{self, DecodeError, Decoder, Encoder};

#[cfg(feature = "log")]
pub use self::merkle::{Frontier, InclusionError, InclusionProof, NodeHash, verify_inclusion};
pub use self::{
    act::{Act, EnrolledBy, RevokedBy},
    checkpoint::{LogCheckpoint, LogCheckpointError},
    opening::EntryOpening,
    witness::{Cosigned, VerifierKeyError, WitnessKey, cosign, cosigned_by},
};
use crate::bytes::byte_newtype;

byte_newtype! {
    /// The leaf hash of an entry, `SHA-256(00 ‖ entry)` (RFC 6962).
    EntryHash, 32
}

/// An act as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When the service accepted it, Unix seconds.
    pub at: u32,
    /// What was accepted.
    pub act: Act,
}

impl Entry {
    /// Most bytes of an entry: tiles of entries give the length in two bytes.
    pub const MAX_LENGTH: usize = 0xffff;

    /// Canonical bytes: label `AIQ/v1/log/` and the [kind](Act::kind), `at` (u32), and what the act says.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let label = format!("{LABEL}{}", self.act.kind());
        self.act.encode(Encoder::new(&label).u32(self.at)).finish()
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// If they are not those of exactly one entry.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (label, mut decoder) = Decoder::labelled(bytes)?;
        let kind = label.strip_prefix(LABEL).ok_or(DecodeError::Label)?;
        let at = decoder.u32()?;
        let act = Act::decode(kind, at, &mut decoder)?;
        decoder.finish()?;
        Ok(Self { at, act })
    }

    /// The leaf.
    #[must_use]
    pub fn hash(&self) -> EntryHash {
        EntryHash::of(&self.canonical())
    }
}

const LABEL: &str = "AIQ/v1/log/";

impl EntryHash {
    /// The leaf hash of an entry's canonical bytes.
    #[must_use]
    pub fn of(entry: &[u8]) -> Self {
        Self::new(wire::sha256(&[&[0], entry]))
    }
}
