//! What a ballot of a single-choice poll says, and its bytes.

use serde::{Deserialize, Serialize};

use super::PollDefinition;

/// One option, or none of them.
///
/// Bytes: `00` for an abstention, `01` and the option's place for an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Choice {
    /// The option at this place, from 0.
    Option(u8),
    /// Took part, chose nothing.
    Abstain,
}

/// Why the body of a ballot says nothing in its poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// Not the bytes of a choice.
    #[error("the ballot's body is not an option or an abstention")]
    Malformed,
    /// The poll has no such option.
    #[error("the ballot names option {number}, the poll has {options}")]
    NoSuchOption {
        /// What the ballot names, counted from 1.
        number: usize,
        /// How many options there are.
        options: usize,
    },
}

impl Choice {
    const ABSTAIN: u8 = 0;
    const OPTION: u8 = 1;

    /// The body of a ballot.
    #[must_use]
    pub fn encode(self) -> Vec<u8> {
        match self {
            Self::Abstain => vec![Self::ABSTAIN],
            Self::Option(place) => vec![Self::OPTION, place],
        }
    }

    /// Reads the body of a ballot.
    ///
    /// # Errors
    /// If it is not the bytes of a choice, or of one that the poll does not offer.
    pub fn decode(body: &[u8], definition: &PollDefinition) -> Result<Self, ChoiceError> {
        match *body {
            [Self::ABSTAIN] => Ok(Self::Abstain),
            [Self::OPTION, place] if usize::from(place) < definition.options.len() => Ok(Self::Option(place)),
            [Self::OPTION, place] => {
                Err(ChoiceError::NoSuchOption { number: usize::from(place) + 1, options: definition.options.len() })
            }
            _ => Err(ChoiceError::Malformed),
        }
    }
}
