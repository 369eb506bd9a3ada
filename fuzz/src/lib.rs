//! What must hold of any bytes from outside: one function for each kind of decoder, with more to say than "no panic".
//!
//! A target takes bytes, asserts its property and tells whether a decoder accepted something. libFuzzer calls them
//! (`libfuzzer/`, `run.sh`), and so does an ordinary test (`tests/corpus.rs`), over the committed corpus and over damage to it.
//! The corpus is made from real records by the example `seeds`.

#![allow(clippy::must_use_candidate, reason = "a fuzzer calls a target for what it asserts, not for what it returns")]

mod bundles;
mod keys;
mod log;
mod notes;
mod polls;
mod records;
#[cfg(feature = "member")]
mod tiles;
mod values;
#[cfg(feature = "member")]
mod wallet;

pub use crate::{
    bundles::bundle,
    keys::{manifest, proof, tree_file, verifying_key},
    log::entry,
    notes::{note, signing_key},
    polls::choice,
    records::{presentation, record},
    values::value,
};

#[cfg(feature = "member")]
pub use crate::{tiles::tiles, wallet::wallet};

/// A target: the bytes of one case; whether a decoder accepted them.
pub type Target = fn(&[u8]) -> bool;

/// Every target by its name, which is also the name of its corpus and of its program.
pub const TARGETS: &[(&str, Target)] = &[
    ("value", value),
    ("proof", proof),
    ("verifying_key", verifying_key),
    ("presentation", presentation),
    ("record", record),
    ("entry", entry),
    ("choice", choice),
    ("note", note),
    ("bundle", bundle),
    ("manifest", manifest),
    ("tree_file", tree_file),
    #[cfg(feature = "member")]
    ("tiles", tiles),
    #[cfg(feature = "member")]
    ("wallet", wallet),
];
