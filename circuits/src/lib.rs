//! What AIQ proves: hashes, identities, credentials, trees, and the statements over them.
//!
//! Every statement exists twice, side by side: natively (`membership.rs`, `standing.rs`, `merge.rs`: an instance, a
//! witness and a `check` in plain Rust) and as R1CS constraints (`membership/constraints.rs`, …; feature `constraints`).
//! The tests hold the two against each other. Section numbers (`§4`) are those of `docs/protocol.md`.
//!
//! With `default-features = false` only the native part is built: that is what a verifier needs.

pub mod credential;
pub mod deployment;
pub mod hash;
pub mod identity;
pub mod membership;
pub mod merge;
pub mod requirement;
pub mod scope;
mod slot;
pub mod standing;
pub mod statement;
pub mod tree;
pub mod wire;

#[cfg(feature = "constraints")]
pub mod constraints;

pub use ark_bn254::Fr;

#[cfg(test)]
mod vectors;
