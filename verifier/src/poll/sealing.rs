//! Sealed polls (§8): to which key ballots are encrypted, and who opens them.

use aiq_circuits::{
    scope::Scope,
    wire::{DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

use super::PollRule;
use crate::{
    bytes::byte_newtype,
    ceremony::CeremonyId,
    text::{self, TextError},
};

byte_newtype! {
    /// A point of P-256, compressed (SEC 1): what the ballots of one poll are encrypted to.
    SealingKey, 33
}

byte_newtype! {
    /// A share of a poll's key, a number below the order of P-256, big-endian. It is published after the close.
    KeyShare, 32
}

/// Who can open a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SealedBy {
    /// The service alone: it could read ballots early.
    Service,
    /// As many trustees of this ceremony as its threshold says.
    Ceremony(CeremonyId),
}

/// How a poll is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sealing {
    /// Who can open it.
    pub trustees: SealedBy,
    /// What ballots are encrypted to.
    pub key: SealingKey,
    /// If fewer members have voted at the close, nothing is opened.
    pub floor: u32,
    /// Longest reason that may come with a ballot, in bytes; 0 if none may.
    pub reasons: u16,
}

/// Why a sealing is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealingError {
    /// Not the form of a compressed point.
    #[error("the key of a sealed poll is a compressed point of P-256: it begins with 02 or 03")]
    Key,
    /// Nobody.
    #[error("the floor of a sealed poll is at least 1")]
    Floor,
    /// Too long.
    #[error("a reason has at most {max} bytes, not {0}", max = Sealing::MAX_REASON)]
    Reasons(u16),
}

impl Sealing {
    /// Longest reason that a poll may allow, in bytes of UTF-8.
    pub const MAX_REASON: u16 = 2000;
    /// What sealing adds to a text: an encapsulated key (65), a length (2) and a tag (16).
    pub const OVERHEAD: usize = 65 + 2 + 16;

    /// Checks every field that has a rule. Whether the key is a point of the curve is for who computes there.
    ///
    /// # Errors
    /// The first that is broken.
    pub fn validate(&self) -> Result<(), SealingError> {
        if !matches!(self.key.as_bytes(), [0x02 | 0x03, ..]) {
            return Err(SealingError::Key);
        }
        if self.floor == 0 {
            return Err(SealingError::Floor);
        }
        if self.reasons > Self::MAX_REASON {
            return Err(SealingError::Reasons(self.reasons));
        }
        Ok(())
    }

    /// Bytes of every sealed ballot's body in a poll of this type with so many options: they say nothing.
    #[must_use]
    pub fn body_length(rule: PollRule, options: usize) -> usize {
        Self::OVERHEAD + rule.longest(options)
    }

    /// Bytes of every sealed reason, if the poll takes any.
    #[must_use]
    pub fn reason_length(&self) -> Option<usize> {
        (self.reasons > 0).then(|| Self::OVERHEAD + usize::from(self.reasons))
    }

    /// Checks the text of a reason: lines, and no longer than the poll allows.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_reason(&self, reason: &str) -> Result<(), TextError> {
        text::check_lines(reason, self.reasons.into())
    }

    /// Appends the trustees (u8 0 the service; 1 and the ceremony's id, 32), `key` (33), `floor` (u32), `reasons` (u16).
    pub(super) fn encode(&self, encoder: Encoder) -> Encoder {
        self.trustees.encode(encoder).fixed(self.key.as_bytes()).u32(self.floor).fixed(&self.reasons.to_be_bytes())
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            trustees: SealedBy::decode(decoder)?,
            key: SealingKey::new(decoder.fixed()?),
            floor: decoder.u32()?,
            reasons: u16::from_be_bytes(decoder.fixed()?),
        })
    }
}

impl SealedBy {
    /// Appends u8 0 for the service, or 1 and the ceremony's id (32).
    pub(crate) fn encode(self, encoder: Encoder) -> Encoder {
        match self {
            Self::Service => encoder.u8(0),
            Self::Ceremony(id) => encoder.u8(1).fixed(id.as_bytes()),
        }
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        match decoder.u8()? {
            0 => Ok(Self::Service),
            1 => decoder.fixed().map(CeremonyId::new).map(Self::Ceremony),
            _ => Err(DecodeError::Value("who opens the poll")),
        }
    }
}

/// A trustee's share of the key of a poll. Nobody signs it: it is right if it fits what the ceremony committed the trustee to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PollShare {
    /// The poll's scope.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub scope: Scope,
    /// Whose, from 1. The service is 1 if it is the only one.
    pub index: u8,
    /// The share.
    pub share: KeyShare,
}
