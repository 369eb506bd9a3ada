//! Proving keys: how they are made, kept and loaded (feature `setup`).

mod make;
mod maker;
mod proving_key;
pub mod reduction;
#[cfg(test)]
mod tests;

pub use make::{MadeKey, OnProgress, Progress, r1cs_of};
pub use proving_key::ProvingKey;
