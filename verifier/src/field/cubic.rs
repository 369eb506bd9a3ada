//! `Fp6 = Fp2[v] / (v³ − ξ)`.

use core::ops::{Add, Neg, Sub};

use ark_bn254::Fq6;

use super::quadratic::{Fp2, Quadratic};

/// `c0 + c1·v + c2·v²`, reduced (N = 4) or a sum of products to be reduced (N = 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cubic<const N: usize> {
    pub(crate) c0: Quadratic<N>,
    pub(crate) c1: Quadratic<N>,
    pub(crate) c2: Quadratic<N>,
}

pub(crate) type Fp6 = Cubic<4>;
pub(crate) type WideFp6 = Cubic<8>;

impl<const N: usize> Cubic<N> {
    pub(crate) const ZERO: Self = Self { c0: Quadratic::ZERO, c1: Quadratic::ZERO, c2: Quadratic::ZERO };

    /// `self + v · other`.
    #[inline(always)]
    pub(crate) fn plus_v_times(self, other: Self) -> Self {
        Self { c0: self.c0.plus_xi_times(other.c2), c1: self.c1 + other.c0, c2: self.c2 + other.c1 }
    }

    /// Multiplied by v, of which `Fp12` is the square root.
    #[inline(always)]
    pub(crate) fn times_v(self) -> Self {
        Self { c0: self.c2.times_xi(), c1: self.c0, c2: self.c1 }
    }
}

impl<const N: usize> Add for Cubic<N> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self { c0: self.c0 + other.c0, c1: self.c1 + other.c1, c2: self.c2 + other.c2 }
    }
}

impl<const N: usize> Sub for Cubic<N> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self { c0: self.c0 - other.c0, c1: self.c1 - other.c1, c2: self.c2 - other.c2 }
    }
}

impl<const N: usize> Neg for Cubic<N> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self { c0: -self.c0, c1: -self.c1, c2: -self.c2 }
    }
}

impl Fp6 {
    pub(crate) const ONE: Self = Self { c0: Fp2::ONE, c1: Fp2::ZERO, c2: Fp2::ZERO };

    /// The same element of ark-ff's type.
    pub(crate) const fn from_ark(element: Fq6) -> Self {
        Self { c0: Fp2::from_ark(element.c0), c1: Fp2::from_ark(element.c1), c2: Fp2::from_ark(element.c2) }
    }

    /// The same element in ark-ff's type.
    pub(crate) const fn to_ark(self) -> Fq6 {
        Fq6::new(self.c0.to_ark(), self.c1.to_ark(), self.c2.to_ark())
    }

    #[inline]
    pub(crate) fn double(self) -> Self {
        self + self
    }

    /// The product, not reduced: six products in `Fp2` (Karatsuba).
    #[inline]
    pub(crate) fn times(&self, other: &Self) -> WideFp6 {
        let v0 = self.c0.times(other.c0);
        let v1 = self.c1.times(other.c1);
        let v2 = self.c2.times(other.c2);
        let c12 = (self.c1 + self.c2).times(other.c1 + other.c2);
        let c01 = (self.c0 + self.c1).times(other.c0 + other.c1);
        let c02 = (self.c0 + self.c2).times(other.c0 + other.c2);
        Cubic { c0: v0.plus_xi_times(c12 - v1 - v2), c1: (c01 - v0 - v1).plus_xi_times(v2), c2: c02 - v0 - (v2 - v1) }
    }

    /// The product with `b0 + b1·v`, not reduced: five products in `Fp2`.
    #[inline]
    pub(crate) fn times_linear(&self, b0: Fp2, b1: Fp2) -> WideFp6 {
        let v0 = self.c0.times(b0);
        let v1 = self.c1.times(b1);
        let c01 = (self.c0 + self.c1).times(b0 + b1);
        Cubic { c0: v0.plus_xi_times(self.c2.times(b1)), c1: c01 - v0 - v1, c2: self.c2.times(b0) + v1 }
    }

    /// The product with an element of `Fp2`, not reduced.
    #[inline]
    pub(crate) fn times_constant(&self, b: Fp2) -> WideFp6 {
        Cubic { c0: self.c0.times(b), c1: self.c1.times(b), c2: self.c2.times(b) }
    }
}

impl WideFp6 {
    #[inline]
    pub(crate) fn reduce(&self) -> Fp6 {
        Cubic { c0: self.c0.reduce(), c1: self.c1.reduce(), c2: self.c2.reduce() }
    }
}
