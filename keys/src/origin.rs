//! Where a key comes from, and therefore whom one must trust (§9).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where a pair of keys comes from. Shown wherever a key shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Made from a published seed: anyone can remake it, and anyone can forge. Tests, benchmarks and demonstrations only.
    PublicSeed,
    /// Made by one party with operating-system randomness, which must be trusted to have forgotten it.
    SingleParty,
    /// Made in a ceremony: sound if one contributor was honest.
    Ceremony,
}

impl Origin {
    /// Every origin, least trustworthy first.
    pub const ALL: [Self; 3] = [Self::PublicSeed, Self::SingleParty, Self::Ceremony];

    /// The name in manifests, paths and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PublicSeed => "public-seed",
            Self::SingleParty => "single-party",
            Self::Ceremony => "ceremony",
        }
    }

    /// What a person should be told before relying on such a key, if anything.
    #[must_use]
    pub const fn warning(self) -> Option<&'static str> {
        match self {
            Self::PublicSeed => {
                Some("public-seed keys let anyone forge proofs: use them for tests and demonstrations only")
            }
            Self::SingleParty => {
                Some("single-party keys are as sound as the party who made them: that party could forge proofs")
            }
            Self::Ceremony => None,
        }
    }

    /// Whether anyone at all can forge under such a key.
    #[must_use]
    pub const fn is_forgeable_by_anyone(self) -> bool {
        matches!(self, Self::PublicSeed)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no origin.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is no key origin: one of public-seed, single-party, ceremony")]
pub struct UnknownOrigin(String);

impl FromStr for Origin {
    type Err = UnknownOrigin;

    fn from_str(text: &str) -> Result<Self, UnknownOrigin> {
        Self::ALL.into_iter().find(|origin| origin.name() == text).ok_or_else(|| UnknownOrigin(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_the_same_in_text_and_json() {
        for origin in Origin::ALL {
            assert_eq!(origin.name().parse::<Origin>().unwrap(), origin);
            assert_eq!(serde_json::to_string(&origin).unwrap(), format!("\"{origin}\""));
        }
        assert!("Ceremony".parse::<Origin>().is_err());
    }

    #[test]
    fn only_a_ceremony_needs_no_warning() {
        assert!(Origin::PublicSeed.warning().is_some());
        assert!(Origin::SingleParty.warning().is_some());
        assert_eq!(Origin::Ceremony.warning(), None);
    }
}
