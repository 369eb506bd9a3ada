//! Why a presentation or a proof is not accepted.

use aiq_circuits::{merge::MergeError, statement::StatementId};

use crate::{eligibility::EligibilityError, verifying_key::KeyId};

/// Why a presentation or a proof is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The verifier has no key for the statement.
    #[error("there is no verifying key for {0} here")]
    NoKey(StatementId),
    /// The presentation is about another statement than was asked for.
    #[error("the presentation shows {found}, asked for was {expected}")]
    Statement {
        /// What was asked for.
        expected: StatementId,
        /// What the presentation says.
        found: StatementId,
    },
    /// The presentation was made for another key.
    #[error("the presentation was made for key {found}, the key here is {expected}")]
    Key {
        /// The verifier's key.
        expected: KeyId,
        /// What the presentation says.
        found: KeyId,
    },
    /// Another number of public inputs than the key has (§5.3).
    #[error("{expected} public inputs are expected, found {found}")]
    InputCount {
        /// What the key has.
        expected: usize,
        /// What was given.
        found: usize,
    },
    /// What was asked for cannot be shown.
    #[error(transparent)]
    Eligibility(#[from] EligibilityError),
    /// There is no such merge (§5.4 rules 1 and 8).
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The pairing equation does not hold: the proof is not one for these public inputs under this key.
    #[error("the proof is not valid for what it is said to show")]
    Proof,
}
