//! The order of the steps of a Miller loop.

use ark_bn254::Config;
use ark_ec::bn::BnConfig as _;

use crate::{curve::Affine, field::Fp2};

/// What happens to the walking point T, which starts at Q.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// `T ← 2T`; the accumulator is squared first.
    Double,
    /// `T ← T + Q`.
    Add,
    /// `T ← T − Q`.
    Subtract,
    /// `T ← T + ψ(Q)`.
    AddFrobenius,
    /// `T ← T − ψ²(Q)`.
    SubtractFrobeniusSquared,
}

/// All steps: those of 6x + 2 in signed binary, then two for the Frobenius images of Q (Vercauteren, "Optimal pairings",
/// <https://eprint.iacr.org/2008/096>, section IV-B).
pub(super) fn steps() -> impl Iterator<Item = Step> {
    let digits = Config::ATE_LOOP_COUNT.iter().rev().skip(1);
    let multiple = digits.flat_map(|digit| {
        let then = match digit {
            0 => None,
            1 => Some(Step::Add),
            _ => Some(Step::Subtract),
        };
        core::iter::once(Step::Double).chain(then)
    });
    multiple.chain([Step::AddFrobenius, Step::SubtractFrobeniusSquared])
}

impl Step {
    /// The point to be added to T; none for a doubling.
    pub(super) fn addend(self, q: Affine<Fp2>) -> Option<Affine<Fp2>> {
        match self {
            Self::Double => None,
            Self::Add => Some(q),
            Self::Subtract => Some(q.negate()),
            Self::AddFrobenius => Some(q.frobenius()),
            Self::SubtractFrobeniusSquared => Some(q.frobenius().frobenius().negate()),
        }
    }
}
