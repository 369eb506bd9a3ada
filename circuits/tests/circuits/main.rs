//! The circuits: gadgets against the native functions, shapes against their pins, statements against their native
//! `check`, and attacks on them by whoever chooses the witness.
#![allow(clippy::unwrap_used)]

mod agreement;
mod assurance;
mod attacks;
mod deletion;
mod fixture;
mod forgeries;
mod gadgets;
mod iden3;
mod jacobian;
mod merges;
mod shape;
mod uniqueness;
mod wires;
