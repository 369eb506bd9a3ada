//! `Merge<6>`: what an owner of notes may try, against the circuit, the native `check` and the checked instance.

mod agreement;
mod attacks;
mod forest;
mod forgeries;
mod instances;
pub mod notes;
