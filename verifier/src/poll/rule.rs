//! What a ballot of a poll can say (§8): the type of the poll, as data.

pub(super) mod approval;
pub(super) mod instant_runoff;
pub(super) mod quadratic;
pub(super) mod ranking;
pub(super) mod schulze;
pub(super) mod score;
pub(super) mod single_choice;

use aiq_circuits::wire::{DecodeError, Decoder, Encoder};
use serde::{Deserialize, Serialize};

/// What a ballot says, and how ballots are counted. Whatever the type, a ballot can abstain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PollRule {
    /// Each ballot names one option; the most votes win.
    SingleChoice {},
    /// Each ballot approves of options; the most approvals win.
    Approval {
        /// Fewest options that a ballot approves of; 0 lets it approve of none.
        min: u8,
        /// Most options that a ballot approves of.
        max: u8,
    },
    /// Each ballot ranks options, as many as it likes; the weakest is struck out round by round.
    InstantRunoff {},
    /// Each ballot ranks options, as many as it likes; every two are compared (Schulze's method, winning votes).
    Schulze {},
    /// Each ballot gives every option a score; the highest sum wins.
    Score {
        /// Highest score; the lowest is 0.
        max: u8,
    },
    /// Each ballot gives options any number of votes, n votes for n² credits; the most votes win.
    Quadratic {
        /// Credits of each ballot.
        credits: u32,
    },
}

impl Default for PollRule {
    fn default() -> Self {
        Self::SingleChoice {}
    }
}

/// Why a type of poll is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// Bounds between which no number of options lies.
    #[error("no ballot approves of {min} to {max} of {options} options: min is at most max, and max is 1 to {options}")]
    Picks {
        /// Fewest.
        min: u8,
        /// Most.
        max: u8,
        /// How many options there are.
        options: usize,
    },
    /// The highest score.
    #[error("the highest score is 1 to {max}, not {0}", max = PollRule::MAX_SCORE)]
    Score(u8),
    /// The budget.
    #[error("a ballot has 1 to {max} credits, not {0}", max = PollRule::MAX_CREDITS)]
    Credits(u32),
}

impl PollRule {
    /// Highest score that a poll may allow.
    pub const MAX_SCORE: u8 = 100;
    /// Most credits that a poll may give a ballot: 1,000 votes for one option.
    pub const MAX_CREDITS: u32 = 1_000_000;

    /// Its name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SingleChoice {} => "single-choice",
            Self::Approval { .. } => "approval",
            Self::InstantRunoff {} => "instant-runoff",
            Self::Schulze {} => "schulze",
            Self::Score { .. } => "score",
            Self::Quadratic { .. } => "quadratic",
        }
    }

    /// Bytes of the longest choice (appendix A) in a poll with so many options.
    #[must_use]
    pub fn longest(self, options: usize) -> usize {
        1 + match self {
            Self::SingleChoice {} => 1,
            Self::Approval { max, .. } => max.into(),
            Self::InstantRunoff {} | Self::Schulze {} | Self::Score { .. } => options,
            Self::Quadratic { .. } => 2 * options,
        }
    }

    /// Checks the numbers in it, for a poll with so many options.
    pub(super) fn validate(self, options: usize) -> Result<(), RuleError> {
        match self {
            Self::Approval { min, max } if max == 0 || min > max || usize::from(max) > options => {
                Err(RuleError::Picks { min, max, options })
            }
            Self::Score { max } if !(1..=Self::MAX_SCORE).contains(&max) => Err(RuleError::Score(max)),
            Self::Quadratic { credits } if !(1..=Self::MAX_CREDITS).contains(&credits) => {
                Err(RuleError::Credits(credits))
            }
            _ => Ok(()),
        }
    }

    /// Appends the type (u8) and its numbers: 0 single choice; 1 approval, `min`, `max` (u8 each); 2 instant runoff; 3 Schulze;
    /// 4 score, `max` (u8); 5 quadratic, `credits` (u32).
    pub(crate) fn encode(self, encoder: Encoder) -> Encoder {
        match self {
            Self::SingleChoice {} => encoder.u8(0),
            Self::Approval { min, max } => encoder.u8(1).u8(min).u8(max),
            Self::InstantRunoff {} => encoder.u8(2),
            Self::Schulze {} => encoder.u8(3),
            Self::Score { max } => encoder.u8(4).u8(max),
            Self::Quadratic { credits } => encoder.u8(5).u32(credits),
        }
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(match decoder.u8()? {
            0 => Self::SingleChoice {},
            1 => Self::Approval { min: decoder.u8()?, max: decoder.u8()? },
            2 => Self::InstantRunoff {},
            3 => Self::Schulze {},
            4 => Self::Score { max: decoder.u8()? },
            5 => Self::Quadratic { credits: decoder.u32()? },
            _ => return Err(DecodeError::Value("the rule of the poll")),
        })
    }
}
