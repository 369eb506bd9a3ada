//! Sealed ballots (§8): what members send to a poll that nobody can read before its close, how trustees make the key without anybody
//! ever holding it, and how their shares open the ballots. The records are in `aiq-verifier`; here is the arithmetic, on P-256.

pub mod ballot;
pub mod board;
mod hpke;
pub mod key;
pub mod trustee;
