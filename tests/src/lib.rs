//! What the tests stand on: keys and provers made once, members with credentials, and whole deployments over HTTP.
//!
//! The tests themselves are in `tests/aiq`, one module a topic; each is named after the attack or the rule that it
//! guards (`docs/protocol.md` §10).

pub mod actor;
pub mod claims;
pub mod deployment;
pub mod gateway;
pub mod keys;
pub mod load;
pub mod process;
pub mod raw;
pub mod relay;
pub mod secrets;
pub mod world;
