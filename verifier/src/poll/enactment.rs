//! What a poll sets in motion besides its result (§8): a change that follows by itself, and what taking part earns.

use aiq_circuits::{
    credential::{Attributes, Credential, CredentialId, CredentialKind, Domain},
    identity::{Nullifier, OwnerTag},
    scope::Scope,
    wire::{DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

use super::{Outcome, Tally};
use crate::{
    claim::ClaimId,
    eligibility::is_menu_id,
    governance::ChangeError,
    menu::{DomainEntry, MenuEntry, MenuError},
    standard::Standard,
};

/// What happens if an option wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enactment {
    /// The place of the option, from 0.
    pub option: u8,
    /// What happens.
    pub change: Change,
}

/// A change that a poll can bring about. Overturning and revoking stand right behind the tally; the others hold from the next epoch on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Change {
    /// The decision on a claim is overturned: if it was accepted, its credential is revoked; if it was rejected, its credential is granted,
    /// unless another claim holds one of its works by then.
    Overturn {
        /// The claim.
        claim: ClaimId,
    },
    /// A standard is laid down: the next one of its domain.
    Standard {
        /// The standard.
        standard: Standard,
    },
    /// An entry comes on the menu, or takes the place of the one with its id.
    Menu {
        /// The entry.
        entry: MenuEntry,
    },
    /// An entry is taken from the menu.
    MenuRemoval {
        /// Its id.
        id: String,
    },
    /// A domain comes into the domain tree, or is called by another name.
    Domain {
        /// The domain.
        entry: DomainEntry,
    },
    /// A credential is revoked.
    Revoke {
        /// Which one.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        credential: CredentialId,
    },
}

impl Change {
    /// Checks what a change says of itself. Whether it is possible is for [`Rules`](crate::governance::Rules) to say.
    ///
    /// # Errors
    /// What is wrong with the standard, the entry or the name.
    pub fn validate(&self) -> Result<(), ChangeError> {
        match self {
            Self::Standard { standard } => Ok(standard.validate()?),
            Self::Menu { entry } => Ok(entry.validate()?),
            Self::MenuRemoval { id } if !is_menu_id(id) => Err(MenuError::Id(id.clone()).into()),
            Self::Domain { entry } => Ok(entry.validate()?),
            Self::MenuRemoval { .. } | Self::Overturn { .. } | Self::Revoke { .. } => Ok(()),
        }
    }

    /// Whether it waits for the next epoch, so that whatever an epoch pins is judged by one set of rules.
    #[must_use]
    pub const fn waits(&self) -> bool {
        match self {
            Self::Standard { .. } | Self::Menu { .. } | Self::MenuRemoval { .. } | Self::Domain { .. } => true,
            Self::Overturn { .. } | Self::Revoke { .. } => false,
        }
    }

    /// Appends u8 and what changes: 0 overturn, the claim (32); 1 standard, its canonical bytes; 2 menu entry, as in the log; 3 menu
    /// removal, the id (text); 4 domain, as in the log; 5 revoke, the credential's id (field element).
    fn encode(&self, encoder: Encoder) -> Encoder {
        match self {
            Self::Overturn { claim } => encoder.u8(0).fixed(claim.as_bytes()),
            Self::Standard { standard } => encoder.u8(1).bytes(&standard.canonical()),
            Self::Menu { entry } => entry.encode(encoder.u8(2)),
            Self::MenuRemoval { id } => encoder.u8(3).str(id),
            Self::Domain { entry } => entry.encode(encoder.u8(4)),
            Self::Revoke { credential } => encoder.u8(5).field(credential.as_field()),
        }
    }

    /// Reads what [`encode`](Self::encode) wrote.
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(match decoder.u8()? {
            0 => Self::Overturn { claim: ClaimId::new(decoder.fixed()?) },
            1 => Self::Standard { standard: Standard::decode(decoder.bytes()?)? },
            2 => Self::Menu { entry: MenuEntry::decode(decoder)? },
            3 => Self::MenuRemoval { id: decoder.str()?.to_owned() },
            4 => Self::Domain { entry: DomainEntry::decode(decoder)? },
            5 => Self::Revoke { credential: CredentialId::new(decoder.field()?) },
            _ => return Err(DecodeError::Value("the change")),
        })
    }
}

impl Enactment {
    /// Whether a tally brings it about.
    #[must_use]
    pub fn follows_from(&self, tally: &Tally) -> bool {
        matches!(tally.outcome, Outcome::Winner(lead) if lead.option == self.option)
    }

    /// Appends `option` (u8) and the change.
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        self.change.encode(encoder.u8(self.option))
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self { option: decoder.u8()?, change: Change::decode(decoder)? })
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
    pub(crate) fn encode(self, encoder: Encoder) -> Encoder {
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
