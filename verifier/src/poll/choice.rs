//! What a ballot says, and its bytes.

use serde::{Deserialize, Serialize};

use super::{
    PollDefinition, PollRule,
    rule::{approval, quadratic, ranking, score, single_choice},
};

/// What a member chose. Places of options count from 0.
///
/// Bytes: `00` for an abstention; otherwise `01`, and what the type of the poll asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Choice {
    /// Single choice: the option at this place. One byte.
    Option(u8),
    /// Approval: the places of the options that are approved of, ascending. One byte each.
    Approve(Vec<u8>),
    /// Instant runoff, Schulze: places of options, the most preferred first. One byte each.
    Rank(Vec<u8>),
    /// Score: the score of every option. One byte each.
    Score(Vec<u8>),
    /// Quadratic: the votes for every option. Two bytes each, big-endian.
    Votes(Vec<u16>),
    /// Took part, chose nothing.
    Abstain,
}

/// Why the body of a ballot says nothing in its poll. Options are numbered from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// Not the bytes of a choice in a poll of this type.
    #[error("the ballot's body is neither an abstention nor a choice of this poll's type")]
    Malformed,
    /// A choice that belongs into a poll of another type.
    #[error("the choice belongs into a poll of another type: this one is {0}")]
    OtherType(&'static str),
    /// The poll has no such option.
    #[error("the ballot names option {number}, the poll has {options}")]
    NoSuchOption {
        /// What the ballot names.
        number: usize,
        /// How many options there are.
        options: usize,
    },
    /// An option stands twice in it.
    #[error("the ballot names option {0} twice")]
    Repeated(usize),
    /// Options are not in their order, where the order says nothing.
    #[error("the ballot's options are not in ascending order")]
    Unordered,
    /// Too few options.
    #[error("the ballot approves of {picks} of the options, the poll asks for {min} or more")]
    TooFew {
        /// How many it approves of.
        picks: usize,
        /// How many it has to.
        min: u8,
    },
    /// Too many options.
    #[error("the ballot approves of {picks} of the options, the poll asks for {max} or fewer")]
    TooMany {
        /// How many it approves of.
        picks: usize,
        /// How many it may.
        max: u8,
    },
    /// An empty ranking.
    #[error("the ballot ranks no option; it can abstain instead")]
    NothingRanked,
    /// A score above the highest.
    #[error("the ballot gives option {number} the score {score}, the highest is {max}")]
    ScoreTooHigh {
        /// Which option.
        number: usize,
        /// Its score.
        score: u8,
        /// The highest.
        max: u8,
    },
    /// Votes for more credits than there are.
    #[error("the ballot's votes cost {cost} credits, it has {credits}")]
    OverBudget {
        /// Sum of the squares of the votes.
        cost: u64,
        /// The budget.
        credits: u32,
    },
}

/// The place of an option that the poll has.
pub(super) fn existing(place: u8, options: usize) -> Result<u8, ChoiceError> {
    let number = usize::from(place) + 1;
    if number > options { Err(ChoiceError::NoSuchOption { number, options }) } else { Ok(place) }
}

impl Choice {
    const ABSTAIN: u8 = 0;
    const CHOICE: u8 = 1;

    /// The body of a ballot.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut body = vec![Self::CHOICE];
        match self {
            Self::Abstain => return vec![Self::ABSTAIN],
            Self::Option(place) => body.push(*place),
            Self::Approve(bytes) | Self::Rank(bytes) | Self::Score(bytes) => body.extend(bytes),
            Self::Votes(votes) => body.extend(votes.iter().flat_map(|votes| votes.to_be_bytes())),
        }
        body
    }

    /// Reads the body of a ballot.
    ///
    /// # Errors
    /// If it is not the bytes of a choice, or of one that the poll does not offer.
    pub fn decode(body: &[u8], definition: &PollDefinition) -> Result<Self, ChoiceError> {
        let options = definition.options.len();
        match body {
            [Self::ABSTAIN] => Ok(Self::Abstain),
            [Self::CHOICE, choice @ ..] => match definition.rule {
                PollRule::SingleChoice {} => single_choice::decode(choice, options),
                PollRule::Approval { min, max } => approval::decode(choice, (min, max), options),
                PollRule::InstantRunoff {} | PollRule::Schulze {} => ranking::decode(choice, options),
                PollRule::Score { max } => score::decode(choice, max, options),
                PollRule::Quadratic { credits } => quadratic::decode(choice, credits, options),
            },
            _ => Err(ChoiceError::Malformed),
        }
    }

    /// Checks that a poll offers it.
    ///
    /// # Errors
    /// Why not.
    pub fn validate(&self, definition: &PollDefinition) -> Result<(), ChoiceError> {
        // Choices of different types can have the same bytes.
        let fits = matches!(
            (self, definition.rule),
            (Self::Abstain, _)
                | (Self::Option(_), PollRule::SingleChoice {})
                | (Self::Approve(_), PollRule::Approval { .. })
                | (Self::Rank(_), PollRule::InstantRunoff {} | PollRule::Schulze {})
                | (Self::Score(_), PollRule::Score { .. })
                | (Self::Votes(_), PollRule::Quadratic { .. })
        );
        if !fits {
            return Err(ChoiceError::OtherType(definition.rule.name()));
        }
        Self::decode(&self.encode(), definition).map(|_| ())
    }
}
