//! What the verifier accepts, and everything that it must refuse. Row numbers are those of the list of attacks in
//! `docs/threat-model.md`.
#![allow(clippy::unwrap_used)]

mod attestation;
mod ballots;
mod batch;
mod ceremony;
mod checkpoint;
mod claims;
mod counting;
mod governance;
mod groth16;
mod log;
mod merge;
mod naive;
mod outcomes;
mod poll;
mod presentation;
mod proof;
mod receipt;
mod records;
mod support;
mod verifying_key;
mod withdrawal;
