#![allow(clippy::unwrap_used)]

mod directory;
mod oracle;
mod refusals;
