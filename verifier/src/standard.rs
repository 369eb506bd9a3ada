//! Accreditation standards (§7): what a claim in a domain has to pass, and what it is worth then.

use aiq_circuits::{
    credential::{Attributes, CredentialKind, Domain, DomainPrefix},
    scope::Scope,
    wire::{self, DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

use crate::{
    bytes::byte_newtype,
    eligibility::is_menu_id,
    poll::Ratio,
    text::{self, TextError},
};

byte_newtype! {
    /// `SHA-256` of a standard's canonical bytes: what a claim keeps, whatever comes later.
    StandardId, 32
}

/// What holds for claims in one part of the domain tree, below it too unless a longer prefix has a standard of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Standard {
    /// Where it holds.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub domain: DomainPrefix,
    /// Counts the standards of this prefix, from 1.
    pub version: u32,
    /// Who may review, and decide disputes: the id of a menu entry.
    pub reviewers: String,
    /// So many reviews have to accept or reject, or the claim expires undecided.
    pub quorum: u32,
    /// A claim is accepted if at least this share of them accepts.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub acceptance: Ratio,
    /// Seconds for which reviews are taken.
    pub window: u32,
    /// Seconds for which a credential counts.
    pub validity: u32,
    /// How many claims a member may make in an epoch.
    pub claims_per_epoch: u8,
    /// What can be claimed.
    pub kinds: Vec<KindRule>,
    /// What a review earns that accepts or rejects a claim which is then decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<Reward>,
}

/// One kind of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KindRule {
    /// Its code, 0 to 127.
    #[cfg_attr(feature = "openapi", schema(value_type = u8))]
    pub kind: CredentialKind,
    /// What people call it.
    pub name: String,
    /// What its credential weighs.
    pub weight: u16,
}

/// What a review earns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reward {
    /// What its note weighs.
    pub weight: u16,
    /// Seconds for which the note counts at least.
    pub validity: u32,
}

/// Why a standard is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StandardError {
    /// A number out of its range.
    #[error("{field} must be {min} to {max}, not {found}")]
    Range {
        /// Which number.
        field: &'static str,
        /// The least allowed.
        min: u32,
        /// The most allowed.
        max: u32,
        /// What was given.
        found: u32,
    },
    /// Not the id of a menu entry.
    #[error("`{0}` is not the id of a menu entry")]
    Reviewers(String),
    /// A kind that is none, or stands twice.
    #[error("kind {0} is above 127 or named twice")]
    Kind(u8),
    /// The name of a kind.
    #[error("the name of kind {kind} {error}")]
    Name {
        /// Its code.
        kind: u8,
        /// What is wrong with it.
        error: TextError,
    },
}

const DAY: u32 = 86_400;

impl Standard {
    /// Longest name of a kind, in bytes of UTF-8.
    pub const MAX_NAME: usize = 100;
    /// Most kinds.
    pub const MAX_KINDS: usize = 128;

    /// Checks every field. Whether the menu has the entry is for who knows the menu.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn validate(&self) -> Result<(), StandardError> {
        if !is_menu_id(&self.reviewers) {
            return Err(StandardError::Reviewers(self.reviewers.clone()));
        }
        let count = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
        range("version", self.version, 1, u32::MAX)?;
        range("quorum", self.quorum, 1, 10_000)?;
        range("window", self.window, 1, 366 * DAY)?;
        range("validity", self.validity, DAY, 100 * 366 * DAY)?;
        range("claims_per_epoch", self.claims_per_epoch.into(), 1, 255)?;
        range("the number of kinds", count, 1, 128)?;
        for (place, rule) in self.kinds.iter().enumerate() {
            let kind = rule.kind.code();
            let named_before = self.kinds.iter().take(place).any(|earlier| earlier.kind == rule.kind);
            if !rule.kind.is_credential() || named_before {
                return Err(StandardError::Kind(kind));
            }
            text::check(&rule.name, Self::MAX_NAME).map_err(|error| StandardError::Name { kind, error })?;
            range("the weight of a kind", rule.weight.into(), 1, u16::MAX.into())?;
        }
        if let Some(reward) = self.reward {
            range("the weight of the reward", reward.weight.into(), 1, u16::MAX.into())?;
            range("the validity of the reward", reward.validity, DAY, 100 * 366 * DAY)?;
        }
        Ok(())
    }

    /// What is claimed by a kind; `None` if the standard does not know it.
    #[must_use]
    pub fn kind(&self, kind: CredentialKind) -> Option<&KindRule> {
        self.kinds.iter().find(|rule| rule.kind == kind)
    }

    /// What the credential of an accepted claim says; `None` if the standard does not know its kind. `at` is the moment of the
    /// ruling, Unix seconds.
    #[must_use]
    pub fn credential(&self, domain: Domain, kind: CredentialKind, at: u32) -> Option<Attributes> {
        let weight = self.kind(kind)?.weight;
        Some(Attributes { domain, kind, weight, expires_at: at.saturating_add(self.validity), issued_at: at })
    }

    /// Of all standards that govern a domain, the one with the longest prefix; of these, the newest.
    #[must_use]
    pub fn governing<'a>(standards: impl IntoIterator<Item = &'a Self>, domain: &Domain) -> Option<&'a Self> {
        let governs = |standard: &&Self| standard.domain.matches(domain);
        standards.into_iter().filter(governs).max_by_key(|standard| (standard.domain.length(), standard.version))
    }

    /// Canonical bytes: label `AIQ/v1/standard`, domain (4) and length of its prefix (u8), `version` (u32), `reviewers` (text), `quorum`,
    /// numerator and denominator of `acceptance`, `window`, `validity` (u32 each), `claims_per_epoch` (u8), number of kinds (u32), each kind:
    /// code (u8), name (text), weight (u32); reward: u8 0 none, or 1 and weight, validity (u32 each).
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let encoder = Encoder::new("AIQ/v1/standard")
            .fixed(&self.domain.domain().levels())
            .u8(self.domain.length())
            .u32(self.version)
            .str(&self.reviewers)
            .u32(self.quorum);
        let count = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
        let encoder = self.acceptance.encode(encoder).u32(self.window).u32(self.validity).u8(self.claims_per_epoch);
        let encoder = self.kinds.iter().fold(encoder.u32(count), |encoder, rule| {
            encoder.u8(rule.kind.code()).str(&rule.name).u32(rule.weight.into())
        });
        match self.reward {
            None => encoder.u8(0),
            Some(Reward { weight, validity }) => encoder.u8(1).u32(weight.into()).u32(validity),
        }
        .finish()
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// If they are not those of exactly one standard that keeps the rules.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes, "AIQ/v1/standard")?;
        let levels: [u8; 4] = decoder.fixed()?;
        let length = usize::from(decoder.u8()?);
        let domain = levels.split_at_checked(length).filter(|(_, rest)| rest.iter().all(|level| *level == 0));
        let standard = Self {
            domain: domain
                .and_then(|(prefix, _)| DomainPrefix::new(prefix).ok())
                .ok_or(DecodeError::Value("the prefix of domains"))?,
            version: decoder.u32()?,
            reviewers: decoder.str()?.to_owned(),
            quorum: decoder.u32()?,
            acceptance: Ratio::decode(&mut decoder)?,
            window: decoder.u32()?,
            validity: decoder.u32()?,
            claims_per_epoch: decoder.u8()?,
            kinds: (0..decoder.u32()?).map(|_| kind(&mut decoder)).collect::<Result<_, _>>()?,
            reward: match decoder.u8()? {
                0 => None,
                1 => Some(Reward { weight: weight(&mut decoder)?, validity: decoder.u32()? }),
                _ => return Err(DecodeError::Value("the reward")),
            },
        };
        decoder.finish()?;
        standard.validate().map_err(|_| DecodeError::Value("the standard"))?;
        Ok(standard)
    }

    /// What claims call it by.
    #[must_use]
    pub fn id(&self) -> StandardId {
        StandardId::new(wire::sha256(&[&self.canonical()]))
    }
}

impl Reward {
    /// Notes expire only at multiples of so many seconds since 1970 (90 days): those of one domain and quarter can be merged.
    pub const EXPIRY_STEP: u32 = 90 * DAY;

    /// What a note says that is earned at a moment, Unix seconds.
    #[must_use]
    pub fn note(&self, domain: Domain, at: u32) -> Attributes {
        let least = at.saturating_add(self.validity);
        let expires_at = least.checked_next_multiple_of(Self::EXPIRY_STEP).unwrap_or(u32::MAX);
        Attributes { domain, kind: CredentialKind::REWARD_NOTE, weight: self.weight, expires_at, issued_at: at }
    }
}

fn range(field: &'static str, found: u32, min: u32, max: u32) -> Result<(), StandardError> {
    if (min..=max).contains(&found) { Ok(()) } else { Err(StandardError::Range { field, min, max, found }) }
}

fn weight(decoder: &mut Decoder<'_>) -> Result<u16, DecodeError> {
    u16::try_from(decoder.u32()?).map_err(|_| DecodeError::Value("the weight"))
}

fn kind(decoder: &mut Decoder<'_>) -> Result<KindRule, DecodeError> {
    let kind = CredentialKind::new(decoder.u8()?);
    Ok(KindRule { kind, name: decoder.str()?.to_owned(), weight: weight(decoder)? })
}

/// By which right something was laid down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authority {
    /// The genesis says so.
    Founding,
    /// The administrator says so.
    Administrator,
    /// The poll in this scope says so.
    Poll(Scope),
}
