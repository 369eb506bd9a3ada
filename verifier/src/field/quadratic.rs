//! `Fp2 = Fp[u] / (u² + 1)`.

use core::ops::{Add, Mul, Neg, Sub};

use ark_bn254::Fq2;

use super::base::{Base, Fp, WideFp};

/// `c0 + c1·u`, reduced (N = 4) or a sum of products to be reduced (N = 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quadratic<const N: usize> {
    pub(crate) c0: Base<N>,
    pub(crate) c1: Base<N>,
}

pub(crate) type Fp2 = Quadratic<4>;
pub(crate) type WideFp2 = Quadratic<8>;

impl<const N: usize> Quadratic<N> {
    pub(crate) const ZERO: Self = Self { c0: Base::ZERO, c1: Base::ZERO };

    #[inline(always)]
    pub(crate) fn double(self) -> Self {
        self + self
    }

    #[inline(always)]
    pub(crate) fn triple(self) -> Self {
        self.double() + self
    }

    /// Multiplied by ξ = 9 + u, of which `Fp6` is the cubic root.
    #[inline(always)]
    pub(crate) fn times_xi(self) -> Self {
        Self::ZERO.plus_xi_times(self)
    }

    /// `self + ξ · other`, reduced once.
    #[inline(always)]
    pub(crate) fn plus_xi_times(self, other: Self) -> Self {
        Self { c0: other.c0.nine_times_plus_minus(self.c0, other.c1), c1: other.c1.nine_times_plus(self.c1, other.c0) }
    }
}

impl<const N: usize> Add for Quadratic<N> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self { c0: self.c0 + other.c0, c1: self.c1 + other.c1 }
    }
}

impl<const N: usize> Sub for Quadratic<N> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self { c0: self.c0 - other.c0, c1: self.c1 - other.c1 }
    }
}

impl<const N: usize> Neg for Quadratic<N> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self { c0: -self.c0, c1: -self.c1 }
    }
}

impl Fp2 {
    pub(crate) const ONE: Self = Self { c0: Fp::ONE, c1: Fp::ZERO };

    /// The same element of ark-ff's type.
    pub(crate) const fn from_ark(element: Fq2) -> Self {
        Self { c0: Fp::from_ark(element.c0), c1: Fp::from_ark(element.c1) }
    }

    /// The same element in ark-ff's type.
    pub(crate) const fn to_ark(self) -> Fq2 {
        Fq2::new(self.c0.to_ark(), self.c1.to_ark())
    }

    /// The product, not reduced: three products in the base field (Karatsuba).
    #[inline(never)]
    pub(crate) fn times(self, other: Self) -> WideFp2 {
        let low = self.c0.times(other.c0);
        let high = self.c1.times(other.c1);
        let both = self.c0.loose_add(self.c1).times(other.c0.loose_add(other.c1));
        Quadratic { c0: low - high, c1: both.without(low, high) }
    }

    /// The square, not reduced: two products in the base field.
    #[inline(never)]
    pub(crate) fn times_itself(self) -> WideFp2 {
        let c0 = self.c0.loose_add(self.c1).times(self.c0.loose_sub(self.c1));
        let c1 = self.c0.loose_add(self.c0).times(self.c1.loose_add(Fp::ZERO));
        Quadratic { c0, c1 }
    }

    #[inline(always)]
    pub(crate) fn square(self) -> Self {
        self.times_itself().reduce()
    }

    /// Multiplied by an element of the base field.
    #[inline(always)]
    pub(crate) fn scale(self, factor: Fp) -> Self {
        Self { c0: self.c0 * factor, c1: self.c1 * factor }
    }

    /// The conjugate `c0 − c1·u`, which is the p-th power.
    #[inline(always)]
    pub(crate) fn conjugate(self) -> Self {
        Self { c0: self.c0, c1: -self.c1 }
    }

    /// `c0² + c1²`, the product with the conjugate.
    #[inline(always)]
    pub(crate) fn norm(self) -> Fp {
        (self.c0.times(self.c0) + self.c1.times(self.c1)).reduce()
    }

    /// Inverts many elements by one inversion in the base field; zero stays zero.
    pub(crate) fn invert_all(elements: &mut [Self]) {
        let mut norms: Vec<Fp> = elements.iter().map(|element| element.norm()).collect();
        Fp::invert_all(&mut norms);
        for (element, inverse) in elements.iter_mut().zip(norms) {
            *element = element.conjugate().scale(inverse);
        }
    }
}

impl Mul for Fp2 {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        self.times(other).reduce()
    }
}

impl WideFp2 {
    #[inline(never)]
    pub(crate) fn reduce(self) -> Fp2 {
        Quadratic { c0: WideFp::reduce(self.c0), c1: WideFp::reduce(self.c1) }
    }
}
