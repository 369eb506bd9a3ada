//! What it takes to win (§8): quorum, threshold, ties, and what came out.

use core::cmp::Ordering;

use aiq_circuits::{
    scope::Scope,
    wire::{self, DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

use super::ratio::Ratio;

/// The support that the leading option needs. What support is a share of depends on the type of the poll (§8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Threshold {
    /// None: the leading option wins.
    #[default]
    None,
    /// At least this share.
    AtLeast(Ratio),
    /// More than this share.
    MoreThan(Ratio),
}

impl Threshold {
    /// Whether `support` of `of` is enough.
    #[must_use]
    pub fn is_met(self, support: u64, of: u64) -> bool {
        match self {
            Self::None => true,
            Self::AtLeast(share) => share.compare(support, of) != Ordering::Less,
            Self::MoreThan(share) => share.compare(support, of) == Ordering::Greater,
        }
    }
}

impl core::fmt::Display for Threshold {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::AtLeast(share) => write!(f, "at least {share}"),
            Self::MoreThan(share) => write!(f, "more than {share}"),
        }
    }
}

/// Which of several equal options goes before the others. It is known before anybody votes: a rule that looked at the ballots could
/// be bent by whoever votes last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TieBreak {
    /// By lot: ascending by `SHA-256("AIQ/v1/tie" ‖ scope ‖ place)`. The order in which options are listed has no weight then. The
    /// scope contains random bytes of the service's.
    #[default]
    Lot,
    /// As listed, the first one first.
    Order,
}

/// Options in the order in which they go before each other in a tie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieOrder(Vec<u8>);

impl TieOrder {
    /// Places of the options, the one that goes before all others first.
    #[must_use]
    pub fn places(&self) -> &[u8] {
        &self.0
    }

    /// Of these options the one that goes before the others.
    pub(super) fn first(&self, among: &[u8]) -> Option<u8> {
        self.0.iter().copied().find(|place| among.contains(place))
    }

    /// Of these options the one that all others go before.
    pub(super) fn last(&self, among: &[u8]) -> Option<u8> {
        self.0.iter().copied().rfind(|place| among.contains(place))
    }
}

/// What it takes to win.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decision {
    /// Valid ballots that are needed for a result, abstentions included.
    pub quorum: u32,
    /// Support that is needed to win.
    pub threshold: Threshold,
    /// Which of several equal options goes before the others.
    pub tie_break: TieBreak,
}

impl Decision {
    /// Appends `quorum` (u32), the threshold (u8: 0 none, 1 at least, 2 more than; then numerator and denominator, u32 each), the rule for
    /// ties (u8: 0 lot, 1 order).
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        let encoder = encoder.u32(self.quorum);
        let encoder = match self.threshold {
            Threshold::None => encoder.u8(0),
            Threshold::AtLeast(share) => share.encode(encoder.u8(1)),
            Threshold::MoreThan(share) => share.encode(encoder.u8(2)),
        };
        encoder.u8(match self.tie_break {
            TieBreak::Lot => 0,
            TieBreak::Order => 1,
        })
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let quorum = decoder.u32()?;
        let threshold = match decoder.u8()? {
            0 => Threshold::None,
            1 => Threshold::AtLeast(Ratio::decode(decoder)?),
            2 => Threshold::MoreThan(Ratio::decode(decoder)?),
            _ => return Err(DecodeError::Value("the threshold")),
        };
        let tie_break = match decoder.u8()? {
            0 => TieBreak::Lot,
            1 => TieBreak::Order,
            _ => return Err(DecodeError::Value("the rule for ties")),
        };
        Ok(Self { quorum, threshold, tie_break })
    }

    /// The order of so many options in a tie, in the poll with this scope.
    #[must_use]
    pub fn tie_order(&self, scope: &Scope, options: usize) -> TieOrder {
        let mut places: Vec<u8> = (0..=u8::MAX).take(options).collect();
        if self.tie_break == TieBreak::Lot {
            places.sort_by_cached_key(|place| wire::sha256(&[b"AIQ/v1/tie", &scope.to_bytes(), &[*place]]));
        }
        TieOrder(places)
    }

    /// What comes out, if so many ballots were valid and this option leads.
    pub(super) fn outcome(&self, valid: u64, lead: Option<Lead>) -> Outcome {
        match lead {
            _ if valid < self.quorum.into() => Outcome::NoQuorum,
            None => Outcome::NoSupport,
            Some(lead) if self.threshold.is_met(lead.support, lead.of) => Outcome::Winner(lead),
            Some(lead) => Outcome::BelowThreshold(lead),
        }
    }
}

/// The option that stands before all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lead {
    /// Its place.
    pub option: u8,
    /// Whether others are equal to it, so that the rule for ties chose it.
    pub tied: bool,
    /// Its support.
    pub support: u64,
    /// What the support is a part of.
    pub of: u64,
}

impl Lead {
    fn encode(&self, encoder: Encoder) -> Encoder {
        encoder.u8(self.option).u8(self.tied.into()).u64(self.support).u64(self.of)
    }

    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (option, tied) = (decoder.u8()?, flag(decoder)?);
        Ok(Self { option, tied, support: decoder.u64()?, of: decoder.u64()? })
    }
}

/// What came out, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Outcome {
    /// The leading option won.
    Winner(Lead),
    /// Nothing: there are fewer valid ballots than the quorum.
    NoQuorum,
    /// Nothing: no ballot supports any option.
    NoSupport,
    /// Nothing: the leading option has too little support.
    BelowThreshold(Lead),
    /// Nothing: too few have voted in a sealed poll, no ballot was opened.
    BelowFloor,
}

impl Outcome {
    /// The place of the option that won.
    #[must_use]
    pub const fn winner(&self) -> Option<u8> {
        match self {
            Self::Winner(lead) => Some(lead.option),
            _ => None,
        }
    }

    /// Appends what came out (u8: 0 winner, 1 no quorum, 2 no support, 3 below the threshold, 4 below the floor); with 0 and 3 `option`
    /// (u8), `tied` (u8), `support`, `of` (u64 each).
    pub(super) fn encode(&self, encoder: Encoder) -> Encoder {
        match self {
            Self::Winner(lead) => lead.encode(encoder.u8(0)),
            Self::NoQuorum => encoder.u8(1),
            Self::NoSupport => encoder.u8(2),
            Self::BelowThreshold(lead) => lead.encode(encoder.u8(3)),
            Self::BelowFloor => encoder.u8(4),
        }
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(match decoder.u8()? {
            0 => Self::Winner(Lead::decode(decoder)?),
            1 => Self::NoQuorum,
            2 => Self::NoSupport,
            3 => Self::BelowThreshold(Lead::decode(decoder)?),
            4 => Self::BelowFloor,
            _ => return Err(DecodeError::Value("the outcome of the poll")),
        })
    }
}

impl core::fmt::Display for Outcome {
    /// In words, with options numbered from 1.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let number = |lead: &Lead| usize::from(lead.option) + 1;
        match self {
            Self::Winner(lead) => write!(f, "option {} wins with {} of {}", number(lead), lead.support, lead.of),
            Self::NoQuorum => f.write_str("no result, the quorum is not reached"),
            Self::NoSupport => f.write_str("no result, no option has support"),
            Self::BelowFloor => f.write_str("no result, too few have voted for the ballots to be opened"),
            Self::BelowThreshold(lead) => {
                write!(
                    f,
                    "no result, option {} is below the threshold with {} of {}",
                    number(lead),
                    lead.support,
                    lead.of
                )
            }
        }
    }
}

/// A byte that is 0 or 1.
fn flag(decoder: &mut Decoder<'_>) -> Result<bool, DecodeError> {
    match decoder.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(DecodeError::Value("a yes or no")),
    }
}
