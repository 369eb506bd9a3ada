//! Makes AIQ's proofs (§9): Groth16 over BN254, from cached matrices and a witness-only synthesis.
//!
//! A [`Prover`] is loaded once for a key and a statement. A proof then goes through the stages of [`Stage`]: the rules
//! in plain Rust, so that whoever cannot prove something learns which rule is in the way; the values of all variables;
//! every constraint, because an unsatisfied assignment would silently give an invalid proof; the quotient and the
//! multi-scalar multiplications, behind [`engine::Engine`]; and the verification of the result.
//!
//! The blinding of a proof is drawn from the caller's generator and from nowhere else; there is no way to ask for a
//! proof that is not zero-knowledge. Assignment, blinding and everything derived from them is wiped after use.

mod circuit;
pub mod engine;
mod error;
mod parts;
mod prover;
mod rows;
#[cfg(test)]
mod tests;
mod words;

pub use circuit::{CircuitError, CircuitProver};
pub use error::{LoadError, ProveError};
pub use parts::{Clock, Part};
pub use prover::{OnStage, Prover, Stage};

/// Threads that proofs share: those of rayon's pool.
#[must_use]
pub fn threads() -> usize {
    rayon::current_num_threads()
}
