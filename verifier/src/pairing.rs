//! The optimal ate pairing of BN254: the same function as ark-ec's, faster for what a verifier asks.
//!
//! * A point of G2 that is known in advance has its lines computed in advance, in affine form: divided by P's ordinate a line
//!   is `1 + a·w + b·w³`, and two such multiply by three products in `Fp2` before they meet the accumulator ([`lines`]).
//! * A point of G2 that came with a proof walks in homogeneous coordinates, without an inversion ([`walk`]); many of them
//!   at once walk in affine coordinates and share one inversion a step ([`lines`]).
//! * The final exponentiation uses cyclotomic squares and a short chain of signed digits ([`exponent`]).
//!
//! Factors in `Fp6` may be left out of every line, since the final exponentiation sends them to 1.

mod exponent;
mod lines;
mod miller;
mod schedule;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use exponent::final_exponentiation;
pub(crate) use lines::{Lines, Place};
pub(crate) use miller::miller_loop;
