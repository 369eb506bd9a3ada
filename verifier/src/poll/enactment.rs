//! What a poll sets in motion besides its result (§8): a change that follows by itself, and what taking part earns.

use aiq_circuits::{
    credential::{Attributes, Credential, CredentialId, CredentialKind, Domain},
    identity::{Nullifier, OwnerTag},
    scope::Scope,
    wire::{DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

use super::{Outcome, Tally};
use crate::claim::ClaimId;

/// What happens if an option wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enactment {
    /// The place of the option, from 0.
    pub option: u8,
    /// What happens.
    pub change: Change,
}

/// A change that a poll can bring about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Change {
    /// The decision on a claim is overturned: if it was accepted, its credential is revoked; if it was rejected, its credential is granted,
    /// unless another claim holds one of its works by then.
    Overturn {
        /// The claim.
        claim: ClaimId,
    },
}

impl Enactment {
    /// Whether a tally brings it about.
    #[must_use]
    pub fn follows_from(&self, tally: &Tally) -> bool {
        matches!(tally.outcome, Outcome::Winner(lead) if lead.option == self.option)
    }

    /// Appends `option` (u8) and the change (u8 0 overturn, then the claim, 32).
    pub(super) fn encode(self, encoder: Encoder) -> Encoder {
        let Change::Overturn { claim } = self.change;
        encoder.u8(self.option).u8(0).fixed(claim.as_bytes())
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            option: decoder.u8()?,
            change: match decoder.u8()? {
                0 => Change::Overturn { claim: ClaimId::new(decoder.fixed()?) },
                _ => return Err(DecodeError::Value("the change")),
            },
        })
    }
}

/// What a valid or spoiled ballot earns: a reward note to the tag of the join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PollReward {
    /// Where the note belongs.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub domain: Domain,
    /// What it weighs.
    pub weight: u16,
    /// Unix seconds from which it no longer counts.
    pub expires_at: u32,
}

impl PollReward {
    /// The note of a nullifier that has voted, given at a moment, Unix seconds.
    #[must_use]
    pub fn note(&self, scope: &Scope, nullifier: &Nullifier, tag: OwnerTag, at: u32) -> Credential {
        let attributes = Attributes {
            domain: self.domain,
            kind: CredentialKind::REWARD_NOTE,
            weight: self.weight,
            expires_at: self.expires_at,
            issued_at: at,
        };
        Credential { tag, attributes, id: CredentialId::of_note(scope, nullifier) }
    }

    /// Appends domain (4), weight and `expires_at` (u32 each).
    pub(super) fn encode(self, encoder: Encoder) -> Encoder {
        encoder.fixed(&self.domain.levels()).u32(self.weight.into()).u32(self.expires_at)
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            domain: Domain::new(decoder.fixed()?).map_err(|_| DecodeError::Value("the domain"))?,
            weight: u16::try_from(decoder.u32()?).map_err(|_| DecodeError::Value("the weight"))?,
            expires_at: decoder.u32()?,
        })
    }
}
