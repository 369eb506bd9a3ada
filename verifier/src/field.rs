//! The fields of BN254's pairing: the base field, and above it the tower `Fp2`, `Fp6`, `Fp12`.
//!
//! ark-ff has the same fields and the same representation. What is different here is what a verification spends its
//! time on: nothing branches on a value (ark-ff compares before it subtracts, and a processor guesses such a comparison
//! wrongly half of the time), and a sum of products is reduced once instead of every product by itself (*lazy
//! reduction*: Aranha, Karabina, Longa, Gebotys, López, "Faster explicit formulas for computing pairings over ordinary
//! curves", <https://eprint.iacr.org/2010/526>, section 3). In the same process a product in
//! `Fp12` took 1.1 µs, ark-ff's 2.9 µs.
//!
//! For that there are two kinds of everything: an element proper, of N = 4 limbs for each coordinate (`Fp`, `Fp2`, `Fp6`), and
//! a sum of products that waits for its reduction, of N = 8 (`WideFp`, `WideFp2`, `WideFp6`). Both are closed under addition,
//! subtraction and multiplication by the constants that build the tower; `times` leads from the first to the second, `reduce`
//! back. So no formula above has a bound to keep in mind.
//!
//! What is inlined was measured too: as long as `Fp2`'s products and reductions are functions of their own, a whole Miller
//! loop stays in the instruction cache, which makes it faster by a quarter.
//!
//! Nothing here is constant-time by contract: a verifier has no secrets.

#![allow(clippy::inline_always, reason = "without it the limbs travel through memory; measured")]

use core::ops::{Add, Mul, Neg, Sub};

mod base;
mod cubic;
mod dodecic;
mod limbs;
mod quadratic;
#[cfg(test)]
mod tests;

pub(crate) use base::Fp;
pub(crate) use cubic::Fp6;
pub(crate) use dodecic::Fp12;
pub(crate) use quadratic::Fp2;

/// What the two fields have in common over which the curves are defined.
pub(crate) trait Element:
    Copy + PartialEq + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    const ZERO: Self;
    const ONE: Self;

    fn square(self) -> Self;

    fn double(self) -> Self {
        self + self
    }
}

impl Element for Fp {
    const ZERO: Self = Self::ZERO;
    const ONE: Self = Self::ONE;

    fn square(self) -> Self {
        self.square()
    }
}

impl Element for Fp2 {
    const ZERO: Self = Self::ZERO;
    const ONE: Self = Self::ONE;

    fn square(self) -> Self {
        self.square()
    }
}
