//! The command as a person meets it: exit codes, stdout and stderr, hints.
#![allow(clippy::unwrap_used)]

mod bench;
mod home;
mod input;
mod log;
mod proxy;
mod service;
mod usage;
mod wallet;
