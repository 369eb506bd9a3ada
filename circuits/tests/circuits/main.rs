//! The circuits: gadgets against the native functions, shapes against their pins, statements against their native
//! `check`, and the attacks of `docs/threat-model.md` on every wire.
#![allow(clippy::unwrap_used)]

mod agreement;
mod attacks;
mod fixture;
mod gadgets;
mod shape;
mod wires;
