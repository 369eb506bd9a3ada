//! `Fp12 = Fp6[w] / (w² − v)`, in which the pairing takes its values.

use core::ops::Mul;

use ark_bn254::Fq12;
use ark_ff::Field as _;

use super::{cubic::Fp6, quadratic::Fp2};

/// `c0 + c1·w`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fp12 {
    pub(crate) c0: Fp6,
    pub(crate) c1: Fp6,
}

impl Fp12 {
    pub(crate) const ONE: Self = Self { c0: Fp6::ONE, c1: Fp6::ZERO };

    /// The same element of ark-ff's type.
    pub(crate) const fn from_ark(element: &Fq12) -> Self {
        Self { c0: Fp6::from_ark(element.c0), c1: Fp6::from_ark(element.c1) }
    }

    /// The same element in ark-ff's type.
    pub(crate) const fn to_ark(self) -> Fq12 {
        Fq12::new(self.c0.to_ark(), self.c1.to_ark())
    }

    /// `(a + b·w)² = (a + b)·(a + v·b) − ab − v·ab + 2ab·w`: two products in `Fp6`.
    pub(crate) fn square(&self) -> Self {
        let product = self.c0.times(&self.c1);
        let both = (self.c0 + self.c1).times(&(self.c0 + self.c1.times_v()));
        Self { c0: (both - product.plus_v_times(product)).reduce(), c1: product.reduce().double() }
    }

    /// Multiplied by `1 + (a + b·v)·w`: ten products in `Fp2`.
    pub(crate) fn times_line(&self, a: Fp2, b: Fp2) -> Self {
        let c0 = self.c1.times_linear(a, b).times_v().reduce() + self.c0;
        let c1 = self.c0.times_linear(a, b).reduce() + self.c1;
        Self { c0, c1 }
    }

    /// Multiplied by `c + (a + b·v)·w`: thirteen products in `Fp2`.
    pub(crate) fn times_scaled_line(&self, c: Fp2, a: Fp2, b: Fp2) -> Self {
        let low = self.c0.times_constant(c);
        let high = self.c1.times_linear(a, b);
        let both = (self.c0 + self.c1).times_linear(a + c, b);
        Self { c0: low.plus_v_times(high).reduce(), c1: (both - low - high).reduce() }
    }

    /// Multiplied by `constant + (a + b·v)·w`: seventeen products in `Fp2`.
    pub(crate) fn times_sparse(&self, constant: &Fp6, a: Fp2, b: Fp2) -> Self {
        let low = self.c0.times(constant);
        let high = self.c1.times_linear(a, b);
        let factor = Fp6 { c0: constant.c0 + a, c1: constant.c1 + b, c2: constant.c2 };
        let both = (self.c0 + self.c1).times(&factor);
        Self { c0: low.plus_v_times(high).reduce(), c1: (both - low - high).reduce() }
    }

    /// The conjugate `c0 − c1·w`, which is the p⁶-th power; after the final exponentiation's first step, the inverse.
    pub(crate) fn conjugate(&self) -> Self {
        Self { c0: self.c0, c1: -self.c1 }
    }

    /// The inverse, or zero for zero.
    pub(crate) fn inverse_or_zero(&self) -> Self {
        Self::from_ark(&self.to_ark().inverse().unwrap_or_default())
    }

    /// The `p^power`-th power.
    pub(crate) fn frobenius(&self, power: usize) -> Self {
        Self::from_ark(&self.to_ark().frobenius_map(power))
    }

    /// The square of an element whose order divides `p⁴ − p² + 1`: three squares in `Fp4 = Fp2[√ξ]` (Granger, Scott, "Faster
    /// squaring in the cyclotomic subgroup of sixth degree extensions", <https://eprint.iacr.org/2009/565>, section 3.2).
    pub(crate) fn cyclotomic_square(&self) -> Self {
        let (a, b) = (&self.c0, &self.c1);
        let (t0, t1) = square_in_fp4(a.c0, b.c1);
        let (t2, t3) = square_in_fp4(b.c0, a.c2);
        let (t4, t5) = square_in_fp4(a.c1, b.c2);
        Self {
            c0: Fp6 { c0: thrice_minus(t0, a.c0), c1: thrice_minus(t2, a.c1), c2: thrice_minus(t4, a.c2) },
            c1: Fp6 { c0: thrice_plus(t5.times_xi(), b.c0), c1: thrice_plus(t1, b.c1), c2: thrice_plus(t3, b.c2) },
        }
    }
}

/// `(a + b·s)²` for `s² = ξ`.
#[inline]
fn square_in_fp4(a: Fp2, b: Fp2) -> (Fp2, Fp2) {
    ((a.times_itself().plus_xi_times(b.times_itself())).reduce(), (a * b).double())
}

/// `3t − 2z`.
#[inline]
fn thrice_minus(t: Fp2, z: Fp2) -> Fp2 {
    (t - z).double() + t
}

/// `3t + 2z`.
#[inline]
fn thrice_plus(t: Fp2, z: Fp2) -> Fp2 {
    (t + z).double() + t
}

impl Mul for &Fp12 {
    type Output = Fp12;

    /// Three products in `Fp6` (Karatsuba), twelve reductions.
    fn mul(self, other: Self) -> Fp12 {
        let low = self.c0.times(&other.c0);
        let high = self.c1.times(&other.c1);
        let both = (self.c0 + self.c1).times(&(other.c0 + other.c1));
        Fp12 { c0: low.plus_v_times(high).reduce(), c1: (both - low - high).reduce() }
    }
}
