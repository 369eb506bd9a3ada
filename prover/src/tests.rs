#![allow(clippy::unwrap_used)]

mod fixture;
mod oracle;
mod refusals;
