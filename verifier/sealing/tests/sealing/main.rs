//! Ceremonies, sealed ballots and reasons: what trustees, voters, and those who would cheat can do. Rows are those of the attack list.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod ballots;
mod ceremony;
mod frost;
mod support;
mod vectors;
