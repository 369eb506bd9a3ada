//! The audit of good logs and of bad ones.
// Places are compared with those of faults, of which some have none.
#![allow(clippy::unwrap_used, clippy::unnecessary_wraps)]

mod corruption;
mod fixture;
mod good;
mod lines;
mod rules;
