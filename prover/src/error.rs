//! Why there is no prover, or no proof.

use aiq_circuits::constraints::SynthesisError;
use aiq_circuits::statement::{RuleError, StatementId};
use aiq_keys::KeyError;
use aiq_verifier::VerifyError;
use aiq_verifier::proof::ProofError;
use thiserror::Error;

/// A prover cannot be made ready.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The proving key is refused.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The circuit does not synthesise: a fault of this program.
    #[error("the circuit of {statement} does not synthesise: {source}")]
    Synthesis {
        /// The statement.
        statement: StatementId,
        /// What the constraint system says.
        source: SynthesisError,
    },
    /// The circuit is not the one whose digest is pinned: a fault of this program.
    #[error("the circuit of {statement} is not the one that this program pins: it was changed without its digest")]
    CircuitDiffers {
        /// The statement.
        statement: StatementId,
    },
    /// The verifier refuses the key's verifying half.
    #[error("the verifying half of the {statement} key is refused: {source}")]
    VerifyingKey {
        /// The statement.
        statement: StatementId,
        /// Why.
        source: aiq_verifier::verifying_key::KeyError,
    },
}

/// No proof was made. Only [`ProveError::Rule`] is about the input; everything else is a fault of this program.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The witness breaks a rule of the statement.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The instance belongs to another statement than the prover.
    #[error("this prover is for {expected}, the instance is of {found}")]
    StatementDiffers {
        /// Statement of the instance.
        found: StatementId,
        /// Statement of the prover.
        expected: StatementId,
    },
    /// The witness could not be computed.
    #[error("internal error: the witness of {statement} does not synthesise: {source}")]
    Synthesis {
        /// The statement.
        statement: StatementId,
        /// What the constraint system says.
        source: SynthesisError,
    },
    /// A constraint fails although every rule holds: circuit and native check disagree.
    #[error("internal error: constraint {row} of {statement} ({group}) does not hold although every rule does")]
    Unsatisfied {
        /// The statement.
        statement: StatementId,
        /// Index of the constraint.
        row: usize,
        /// Name of the group that it belongs to.
        group: String,
    },
    /// The engine returned a point that no proof may have.
    #[error("internal error: the proof just made is malformed: {0}")]
    Malformed(#[from] ProofError),
    /// The proof just made does not verify. It was not handed out.
    #[error("internal error: the proof just made does not verify: {0}")]
    Invalid(#[source] VerifyError),
}
