//! Checks what AIQ's members prove and what its service signs.
//!
//! An AIQ member shows "I am a member" or "I hold at least K distinct credentials in this domain, worth at least W"
//! without showing who they are. This library is for whoever has to believe it or not: a service, a wallet, an auditor,
//! an employer. It contains no prover and no constraint system. Section numbers (`§5.3`) are those of
//! `docs/protocol.md`.
//!
//! | to check | use |
//! |---|---|
//! | a presentation | [`presentation::Verifier::verify`], the one function that accepts them |
//! | many presentations in one scope | [`presentation::Verifier::fold`], then [`presentation::PollVerifier::verify_batch`] |
//! | a merge of notes | [`merge::Merge::verify`] |
//! | a ballot, a tally | [`poll::Ballot::verify`], [`poll::Tally::count`], [`poll::SignedTally::verify`] |
//! | that a member leaves | [`withdrawal::Withdrawal::verify`] |
//! | the answer to an attestation request | [`attestation::AttestationResult::verify`] |
//! | a receipt | [`receipt::Receipt::verify_for`] |
//! | a trustee's package in a ceremony | [`ceremony::Round1::verify`] and the others; what it is worth, the crate `aiq-sealing` |
//! | a checkpoint of an epoch, of the log | [`checkpoint::Checkpoint::from_note`], [`log::LogCheckpoint::from_note`] |
//! | a bare proof with its public inputs | [`groth16::PreparedKey::verify`], [`batch::verify_batch`] |
//!
//! # Example: verify offline
//!
//! A request, a member's presentation, and the verifying key that the request names; no network, no service. The verifier
//! builds the instance itself: of the presentation it takes the nullifier, the tag and the proof.
//!
//! ```
//! use aiq_circuits::identity::DeploymentId;
//! use aiq_verifier::{
//!     attestation::AttestationRequest,
//!     presentation::{Expectation, Presentation, Verifier},
//! };
//!
//! /// Whether a member of the deployment answers the request.
//! fn answers(
//!     verifier: &Verifier,
//!     deployment: &DeploymentId,
//!     request: &AttestationRequest,
//!     presentation: &Presentation,
//! ) -> Result<(), aiq_verifier::VerifyError> {
//!     let expectation = Expectation {
//!         eligibility: request.eligibility.clone(),
//!         roots: request.roots,
//!         scope: request.scope(deployment),
//!         message: request.message(deployment),
//!     };
//!     verifier.verify(&expectation, presentation)
//! }
//! ```
//!
//! # What decoding already refuses
//!
//! There is one spelling of every value: field elements below r as `0x` and 64 lower-case hex digits, proofs as 128 bytes
//! whose points are canonical, in the prime-order subgroup and not the identity, records without unknown fields. A
//! [`verifying_key::VerifyingKey`] with coinciding or zero points, which would let anyone forge, does not exist.
//!
//! # Features
//!
//! `parallel` (default) spreads a batch over all cores; `log` (default) adds the hashes of the log's tree; `openapi` derives `utoipa::ToSchema` for every record.

pub mod attestation;
pub mod batch;
mod bytes;
pub mod ceremony;
pub mod checkpoint;
pub mod claim;
pub mod crowd;
mod curve;
pub mod dispute;
pub mod eligibility;
mod error;
mod field;
pub mod genesis;
pub mod governance;
pub mod groth16;
pub mod log;
pub mod menu;
pub mod merge;
mod note;
mod pairing;
mod points;
pub mod poll;
pub mod presentation;
pub mod proof;
pub mod proposal;
pub mod receipt;
pub mod review;
#[cfg(feature = "openapi")]
pub mod schema;
pub mod service_key;
pub mod sponsorship;
pub mod standard;
mod text;
pub mod verifying_key;
pub mod withdrawal;

pub use error::VerifyError;
pub use text::TextError;
