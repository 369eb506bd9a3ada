//! Ceremonies (§8): how trustees make the key of a sealed poll together, so that nobody ever holds it before the close.
//!
//! Here are the records and what can be seen of them without computing on the curve: their bytes, shapes and signatures. What points and
//! ciphertexts are worth is for the crate `aiq-sealing`.

mod packages;
mod state;
mod trustee;

use aiq_circuits::wire::{self, DecodeError, Decoder, Encoder};
use serde::{Deserialize, Serialize};

pub use self::{
    packages::{
        Complaint, Confirmation, EncryptionKey, EncryptionSecret, PolynomialCommitment, PossessionProof, Round1,
        Round2, SealedShare, TranscriptHash,
    },
    state::{CeremonyFault, CeremonyState},
    trustee::{Trustee, TrusteeError},
};
use crate::{bytes::byte_newtype, service_key::SignatureError};

byte_newtype! {
    /// `SHA-256` of a [ceremony](Ceremony::canonical)'s canonical bytes.
    CeremonyId, 32
}

/// What is fixed before trustees make a key: who they are, how many of them open a poll, and until when they are done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ceremony {
    /// 16 random bytes, so that two ceremonies of the same trustees differ.
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub salt: [u8; 16],
    /// How many trustees it takes to open a poll.
    pub threshold: u8,
    /// Who they are; one is called by its place, from 1.
    pub trustees: Vec<Trustee>,
    /// Unix seconds from which no package is taken any more.
    pub deadline: u32,
    /// Seconds after the close of the poll from which a trustee who has not published its share is late. Late shares count.
    pub release: u32,
}

/// Why a ceremony, or a package in it, is refused. Trustees are numbered from 1, as everywhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CeremonyError {
    /// Too few or too many.
    #[error("a ceremony has 2 to {max} trustees, not {0}", max = Ceremony::MAX_TRUSTEES)]
    TrusteeCount(usize),
    /// One trustee could open a poll alone, or all together could not.
    #[error("{threshold} of {trustees} is no threshold: it is at least 2, and at most all")]
    Threshold {
        /// What was asked for.
        threshold: u8,
        /// How many trustees there are.
        trustees: usize,
    },
    /// One trustee.
    #[error("trustee {number} {error}")]
    Trustee {
        /// Which one.
        number: usize,
        /// What is wrong with it.
        error: TrusteeError,
    },
    /// Two trustees have one name or one key.
    #[error("trustees {first} and {second} have the same {what}")]
    Repeated {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
        /// `name` or `key`.
        what: &'static str,
    },
    /// When shares are due.
    #[error("shares are due 1 second to {max} days after the close, not {0} seconds", max = Ceremony::MAX_RELEASE / 86_400)]
    Release(u32),
    /// A package of another ceremony.
    #[error("the package belongs to ceremony {0}")]
    OtherCeremony(CeremonyId),
    /// There is no such trustee.
    #[error("there is no trustee {0} in this ceremony")]
    NoSuchTrustee(u8),
    /// Another number of parts than the ceremony asks for.
    #[error("the package of trustee {index} has {found} {what}, {expected} are expected")]
    Shape {
        /// Whose.
        index: u8,
        /// What there are too few or too many of.
        what: &'static str,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// Not signed by the trustee it is said to be of.
    #[error("the package of trustee {index}: {error}")]
    Signature {
        /// Whose.
        index: u8,
        /// What is wrong.
        error: SignatureError,
    },
}

const LABEL: &str = "AIQ/v1/ceremony";

impl Ceremony {
    /// Most trustees.
    pub const MAX_TRUSTEES: usize = 32;
    /// Longest time that trustees may have for their shares, in seconds.
    pub const MAX_RELEASE: u32 = 366 * 86_400;

    /// Checks every field that has a rule. Whether there is time left until the deadline is for who opens the ceremony.
    ///
    /// # Errors
    /// The first that is broken.
    pub fn validate(&self) -> Result<(), CeremonyError> {
        let trustees = self.trustees.len();
        if !(2..=Self::MAX_TRUSTEES).contains(&trustees) {
            return Err(CeremonyError::TrusteeCount(trustees));
        }
        if !(2..=trustees).contains(&self.threshold.into()) {
            return Err(CeremonyError::Threshold { threshold: self.threshold, trustees });
        }
        for (number, trustee) in (1..).zip(&self.trustees) {
            trustee.validate().map_err(|error| CeremonyError::Trustee { number, error })?;
            for (first, earlier) in (1..number).zip(&self.trustees) {
                let repeated = |what| CeremonyError::Repeated { first, second: number, what };
                if earlier.name() == trustee.name() {
                    return Err(repeated("name"));
                }
                if earlier.key() == trustee.key() {
                    return Err(repeated("key"));
                }
            }
        }
        if !(1..=Self::MAX_RELEASE).contains(&self.release) {
            return Err(CeremonyError::Release(self.release));
        }
        Ok(())
    }

    /// Canonical bytes: label `AIQ/v1/ceremony`, `salt` (16), `threshold` (u8), number of trustees (u8), of each the name (text) and the key
    /// (32), `deadline`, `release` (u32 each).
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let count = u8::try_from(self.trustees.len()).unwrap_or(u8::MAX);
        let mut encoder = Encoder::new(LABEL).fixed(&self.salt).u8(self.threshold).u8(count);
        for trustee in &self.trustees {
            encoder = encoder.str(trustee.name()).fixed(trustee.key());
        }
        encoder.u32(self.deadline).u32(self.release).finish()
    }

    /// Reads canonical bytes. The rules of a ceremony are for [`validate`](Self::validate).
    ///
    /// # Errors
    /// If they are not those of exactly one ceremony.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes, LABEL)?;
        let (salt, threshold) = (decoder.fixed()?, decoder.u8()?);
        let trustees = (0..decoder.u8()?).map(|_| Trustee::decode(&mut decoder)).collect::<Result<_, _>>()?;
        let ceremony = Self { salt, threshold, trustees, deadline: decoder.u32()?, release: decoder.u32()? };
        decoder.finish()?;
        Ok(ceremony)
    }

    /// What the ceremony is called by.
    #[must_use]
    pub fn id(&self) -> CeremonyId {
        CeremonyId::new(wire::sha256(&[&self.canonical()]))
    }

    /// The number of trustees, and so the index of the last one.
    #[must_use]
    pub fn last(&self) -> u8 {
        u8::try_from(self.trustees.len()).unwrap_or(u8::MAX)
    }

    /// The trustee with an index, from 1.
    ///
    /// # Errors
    /// [`CeremonyError::NoSuchTrustee`].
    pub fn trustee(&self, index: u8) -> Result<&Trustee, CeremonyError> {
        let place = usize::from(index).checked_sub(1);
        place.and_then(|place| self.trustees.get(place)).ok_or(CeremonyError::NoSuchTrustee(index))
    }

    /// The index of the trustee with a key, if there is one.
    #[must_use]
    pub fn index_of(&self, key: &[u8; 32]) -> Option<u8> {
        (1..=u8::MAX).zip(&self.trustees).find(|(_, trustee)| trustee.key() == key).map(|(index, _)| index)
    }
}
