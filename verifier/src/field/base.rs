//! The base field, of p elements.

use core::{
    hint::select_unpredictable,
    ops::{Add, Mul, Neg, Sub},
};

use ark_bn254::Fq;
use ark_ff::{BigInt, Field as _, PrimeField as _};

use super::limbs::{Limbs, add, product, subtract};

/// The modulus p, of 254 bits: a little less than 2²⁵⁶ / 5.
const P: Limbs = Fq::MODULUS.0;

/// −1/p mod 2⁶⁴: every step of Newton's iteration doubles the number of correct bits, from 3 (p·p = 1 mod 8) to 96.
const MINUS_INVERSE: u64 = {
    let mut inverse = P[0];
    let mut step = 0;
    while step < 5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(P[0].wrapping_mul(inverse)));
        step += 1;
    }
    inverse.wrapping_neg()
};

/// ⌊2⁶⁴ / (⌊p / 2²²⁴⌋ + 1)⌋, to estimate quotients by p from 32 bits of it.
const RECIPROCAL: u64 = u64::MAX / ((P[3] >> 32) + 1);

/// An integer modulo `p · 2^(64·(N − 4))`, and below it.
///
/// With N = 4, [`Fp`], it is an element of the field in Montgomery form, `x · 2²⁵⁶ mod p`: the limbs that ark-ff keeps.
/// With N = 8, [`WideFp`], it is a product of two such, or a sum of products, that is not reduced yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Base<const N: usize>([u64; N]);

/// An element of the base field.
pub(crate) type Fp = Base<4>;
/// A sum of products of elements, to be reduced.
pub(crate) type WideFp = Base<8>;

/// A sum or difference of two elements below 2p, fit to be multiplied and for nothing else.
#[derive(Clone, Copy)]
pub(super) struct Loose(Limbs);

impl<const N: usize> Base<N> {
    pub(crate) const ZERO: Self = Self([0; N]);

    /// From below 2 · modulus to below the modulus.
    #[inline(always)]
    fn subtract_modulus(self) -> Self {
        let mut limbs = self.0;
        let mut difference = [0; 4];
        let mut borrow = false;
        for (index, p) in P.into_iter().enumerate() {
            (difference[index], borrow) = limbs[N - 4 + index].borrowing_sub(p, borrow);
        }
        for (index, new) in difference.into_iter().enumerate() {
            let old = limbs[N - 4 + index];
            limbs[N - 4 + index] = select_unpredictable(borrow, old, new);
        }
        Self(limbs)
    }

    /// `9 · self + a − b`: what multiplication by ξ = 9 + u is made of.
    #[inline(always)]
    pub(super) fn nine_times_plus_minus(self, a: Self, b: Self) -> Self {
        self.nine_times_plus(a, b.complement())
    }

    /// `9 · self + a + b`, also if `a` or `b` is the modulus.
    #[inline(always)]
    pub(super) fn nine_times_plus(self, a: Self, b: Self) -> Self {
        let mut sum = add(a.0, b.0);
        let mut carry = 0;
        for (limb, factor) in sum.iter_mut().zip(self.0) {
            (*limb, carry) = factor.carrying_mul_add(9, *limb, carry);
        }
        Self(sum).subtract_multiple(carry)
    }

    /// The modulus minus this; for zero that is the modulus itself.
    #[inline(always)]
    fn complement(self) -> Self {
        let mut modulus = [0; N];
        modulus[N - 4..].copy_from_slice(&P);
        Self(subtract(modulus, self.0).0)
    }

    /// Reduces `self + top · 2^(64·N)`, which is at most 11 times the modulus.
    ///
    /// With `h` for what counts from the place of p's lowest limb, the quotient is estimated as
    /// `⌊h / 2²²⁴⌋ / (⌊p / 2²²⁴⌋ + 1)`, which is not above h/p, and below it by less than 11/2²⁹ + 1: after one
    /// subtraction less than 2p is left.
    #[inline(always)]
    fn subtract_multiple(self, top: u64) -> Self {
        let lead = top << 32 | self.0[N - 1] >> 32;
        let quotient = lead.carrying_mul(RECIPROCAL, 0).1;
        let mut rest = self.0;
        let (mut carry, mut borrow) = (0, false);
        for (index, p) in P.into_iter().enumerate() {
            let multiple;
            (multiple, carry) = p.carrying_mul(quotient, carry);
            (rest[N - 4 + index], borrow) = rest[N - 4 + index].borrowing_sub(multiple, borrow);
        }
        Self(rest).subtract_modulus()
    }
}

impl<const N: usize> Add for Base<N> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(add(self.0, other.0)).subtract_modulus()
    }
}

impl<const N: usize> Sub for Base<N> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let (mut difference, borrow) = subtract(self.0, other.0);
        let add = u64::from(borrow).wrapping_neg();
        let mut carry = false;
        for (index, p) in P.into_iter().enumerate() {
            (difference[N - 4 + index], carry) = difference[N - 4 + index].carrying_add(p & add, carry);
        }
        Self(difference)
    }
}

impl<const N: usize> Neg for Base<N> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl Fp {
    pub(crate) const ONE: Self = Self::from_ark(Fq::ONE);

    /// The same element of ark-ff's type.
    pub(crate) const fn from_ark(element: Fq) -> Self {
        Self(element.0.0)
    }

    /// The same element in ark-ff's type.
    pub(crate) const fn to_ark(self) -> Fq {
        Fq::new_unchecked(BigInt(self.0))
    }

    /// The product, not reduced.
    #[inline(always)]
    pub(crate) fn times(self, other: Self) -> WideFp {
        Base(product(&self.0, &other.0))
    }

    #[inline(always)]
    pub(crate) fn square(self) -> Self {
        self * self
    }

    /// 1/x, or zero for zero.
    pub(crate) fn inverse_or_zero(self) -> Self {
        self.to_ark().inverse().map_or(Self::ZERO, Self::from_ark)
    }

    /// Inverts many elements by one inversion; zero stays zero.
    pub(crate) fn invert_all(elements: &mut [Self]) {
        let mut running = Self::ONE;
        let mut products = Vec::with_capacity(elements.len());
        for element in elements.iter() {
            products.push(running);
            if *element != Self::ZERO {
                running = running * *element;
            }
        }
        let mut inverse = running.inverse_or_zero();
        for (element, product) in elements.iter_mut().zip(products).rev() {
            if *element != Self::ZERO {
                let old = core::mem::replace(element, inverse * product);
                inverse = inverse * old;
            }
        }
    }

    #[inline(always)]
    pub(super) fn loose_add(self, other: Self) -> Loose {
        Loose(add(self.0, other.0))
    }

    #[inline(always)]
    pub(super) fn loose_sub(self, other: Self) -> Loose {
        self.loose_add(other.complement())
    }
}

impl Loose {
    /// The product: below `4p²`, which is below `p · 2²⁵⁶`.
    #[inline(always)]
    pub(super) fn times(self, other: Self) -> WideFp {
        Base(product(&self.0, &other.0))
    }
}

impl Mul for Fp {
    type Output = Self;

    /// Montgomery's product, limb by limb of `other` (Koç, Acar, Kaliski 1996, "CIOS"). As the top limb of p is below
    /// 2⁶², the two carries of a row have a sum of one limb.
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let mut row = [0; 4];
        for b in other.0 {
            let (low, mut carry) = self.0[0].carrying_mul_add(b, row[0], 0);
            let factor = low.wrapping_mul(MINUS_INVERSE);
            let (_, mut reduction) = factor.carrying_mul_add(P[0], low, 0);
            for index in 1..4 {
                let sum;
                (sum, carry) = self.0[index].carrying_mul_add(b, row[index], carry);
                (row[index - 1], reduction) = factor.carrying_mul_add(P[index], sum, reduction);
            }
            row[3] = carry + reduction;
        }
        Self(row).subtract_modulus()
    }
}

impl WideFp {
    /// `self − a − b` for two products of reduced elements, where it is not negative: nothing to correct.
    #[inline(always)]
    pub(super) fn without(self, a: Self, b: Self) -> Self {
        Base(subtract(subtract(self.0, a.0).0, b.0).0)
    }

    /// Montgomery's reduction: `x / 2²⁵⁶ mod p`.
    #[inline(always)]
    pub(crate) fn reduce(self) -> Fp {
        let mut limbs = self.0;
        let mut top = false;
        for low in 0..4 {
            let factor = limbs[low].wrapping_mul(MINUS_INVERSE);
            let mut carry = 0;
            for index in 0..4 {
                (limbs[low + index], carry) = factor.carrying_mul_add(P[index], limbs[low + index], carry);
            }
            (limbs[low + 4], top) = limbs[low + 4].carrying_add(carry, top);
        }
        Base([limbs[4], limbs[5], limbs[6], limbs[7]]).subtract_modulus()
    }
}
