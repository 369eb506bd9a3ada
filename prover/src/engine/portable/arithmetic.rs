//! The fields of coordinates, lazily reduced.
//!
//! Values are *canonical*, which is below p and arkworks' own form, or below `2p`: differences of canonical values, and
//! products and squares of values below `2p`. (Of Fq2 that holds for both coefficients.)

// As in `words`: only what is inlined can be scheduled well.
#![allow(clippy::inline_always)]

use ark_bn254::{Fq, Fq2, FqConfig};
use ark_ff::{BigInt, MontConfig};
use zeroize::Zeroize;

use crate::engine::divsteps;
use crate::words::{self, Modulus, Words, at_most, canonical_2, canonical_4, difference, sum};

/// An element of a coordinate's field.
pub(super) trait Coordinate: Copy + PartialEq + Zeroize {
    const ZERO: Self;
    const ONE: Self;

    /// `self − other` for canonical values, below `2p`.
    fn minus(&self, other: &Self) -> Self;

    /// Twice a canonical value, below `2p`.
    fn double(&self) -> Self;

    /// A product of values below `2p`, below `2p`.
    fn times(&self, other: &Self) -> Self;

    /// The square of a value below `2p`, below `2p`.
    fn square(&self) -> Self;

    /// The canonical form of a value below `2p`.
    fn canonical(&self) -> Self;

    /// `self − other`, canonical, for a value below `2p` less a canonical one.
    fn less_one(&self, other: &Self) -> Self;

    /// `self − first − second`, canonical, for a value below `2p` less two canonical ones.
    fn less_two(&self, first: &Self, second: &Self) -> Self;

    /// `−self` for a canonical value, canonical.
    fn negated(&self) -> Self;

    /// The inverse of a value below `2p`, canonical; `None` for 0.
    fn invert(&self) -> Option<Self>;
}

/// An element of Fq.
pub(super) type First = Words;

/// An element `c0 + c1·u` of Fq2 = Fq[u]/(u² + 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Zeroize)]
pub(super) struct Second {
    pub(super) c0: First,
    pub(super) c1: First,
}

const P: Words = FqConfig::P;
const TWICE_P: Words = FqConfig::TWICE_P;

impl Coordinate for First {
    const ZERO: Self = [0; 4];
    const ONE: Self = FqConfig::R.0;

    #[inline(always)]
    fn minus(&self, other: &Self) -> Self {
        difference(sum(*self, P), *other)
    }

    #[inline(always)]
    fn double(&self) -> Self {
        sum(*self, *self)
    }

    /// Below `1.8p`.
    #[inline(always)]
    fn times(&self, other: &Self) -> Self {
        words::times::<FqConfig>(*self, *other)
    }

    /// Below `1.8p`.
    #[inline(always)]
    fn square(&self) -> Self {
        words::square::<FqConfig>(*self)
    }

    #[inline(always)]
    fn canonical(&self) -> Self {
        canonical_2::<FqConfig>(*self)
    }

    #[inline(always)]
    fn less_one(&self, other: &Self) -> Self {
        canonical_4::<FqConfig>(self.minus(other))
    }

    #[inline(always)]
    fn less_two(&self, first: &Self, second: &Self) -> Self {
        canonical_4::<FqConfig>(difference(difference(sum(*self, TWICE_P), *first), *second))
    }

    #[inline(always)]
    fn negated(&self) -> Self {
        canonical_2::<FqConfig>(difference(P, *self))
    }

    fn invert(&self) -> Option<Self> {
        // One over a·2^256, times 2^512, is the form of a⁻¹; a product with 2^512 multiplies by 2^256.
        let inverse = divsteps::invert(self.canonical(), P)?;
        let r2 = FqConfig::R2.0;
        Some(inverse.times(&r2).times(&r2).canonical())
    }
}

impl Second {
    #[inline(always)]
    fn map(&self, f: impl Fn(&First) -> First) -> Self {
        Self { c0: f(&self.c0), c1: f(&self.c1) }
    }

    #[inline(always)]
    fn zip(&self, other: &Self, f: impl Fn(&First, &First) -> First) -> Self {
        Self { c0: f(&self.c0, &other.c0), c1: f(&self.c1, &other.c1) }
    }
}

impl Coordinate for Second {
    const ZERO: Self = Self { c0: First::ZERO, c1: First::ZERO };
    const ONE: Self = Self { c0: First::ONE, c1: First::ZERO };

    #[inline(always)]
    fn minus(&self, other: &Self) -> Self {
        self.zip(other, First::minus)
    }

    #[inline(always)]
    fn double(&self) -> Self {
        self.map(First::double)
    }

    /// `c0·d0 − c1·d1` and `c0·d1 + c1·d0`, each reduced once. (Karatsuba's three products instead of four take longer: sums
    /// of whole products do not stay in registers.)
    #[inline(always)]
    fn times(&self, other: &Self) -> Self {
        let negated = difference(TWICE_P, self.c1);
        // Below 2.6p.
        Self {
            c0: words::sum_of_two::<FqConfig>(self.c0, other.c0, negated, other.c1),
            c1: words::sum_of_two::<FqConfig>(self.c0, other.c1, self.c1, other.c0),
        }
        .reduced()
    }

    /// `(c0 + c1)(c0 − c1)` and `2·c0·c1`.
    #[inline(always)]
    fn square(&self) -> Self {
        // Factors are below 4p, products below 4.1p.
        let difference = difference(sum(self.c0, TWICE_P), self.c1);
        let c0 = canonical_2::<FqConfig>(words::times::<FqConfig>(sum(self.c0, self.c1), difference));
        let c1 = words::times::<FqConfig>(sum(self.c0, self.c0), self.c1);
        Self { c0, c1 }.reduced()
    }

    #[inline(always)]
    fn canonical(&self) -> Self {
        self.map(First::canonical)
    }

    #[inline(always)]
    fn less_one(&self, other: &Self) -> Self {
        self.zip(other, First::less_one)
    }

    #[inline(always)]
    fn less_two(&self, first: &Self, second: &Self) -> Self {
        Self { c0: self.c0.less_two(&first.c0, &second.c0), c1: self.c1.less_two(&first.c1, &second.c1) }
    }

    #[inline(always)]
    fn negated(&self) -> Self {
        self.map(First::negated)
    }

    /// `(c0 − c1·u)/(c0² + c1²)`.
    fn invert(&self) -> Option<Self> {
        let Self { c0, c1 } = self.canonical();
        let norm = canonical_4::<FqConfig>(sum(c0.square(), c1.square()));
        let inverse = norm.invert()?;
        Some(Self { c0: c0.times(&inverse), c1: c1.negated().times(&inverse) }.canonical())
    }
}

impl Second {
    /// Below `2p`, for coefficients below `4p`.
    #[inline(always)]
    fn reduced(self) -> Self {
        self.map(|coefficient| at_most(*coefficient, TWICE_P))
    }
}

/// In arkworks' form, from a canonical value.
pub(super) const fn to_fq(value: First) -> Fq {
    Fq::new_unchecked(BigInt(value))
}

/// In arkworks' form, from a canonical value.
pub(super) const fn to_fq2(value: Second) -> Fq2 {
    Fq2::new(to_fq(value.c0), to_fq(value.c1))
}

#[cfg(test)]
mod tests {
    use ark_ff::{AdditiveGroup, Field, UniformRand};
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    /// 0, 1, the largest in Montgomery form, and random ones: canonical and with p added.
    fn values() -> Vec<(First, Fq)> {
        let rng = &mut ChaCha20Rng::from_seed([3; 32]);
        let mut elements = vec![Fq::ZERO, Fq::ONE, -Fq::ONE, to_fq(difference(P, [1, 0, 0, 0]))];
        elements.extend((0..4).map(|_| Fq::rand(rng)));
        elements.into_iter().flat_map(|element| [(element.0.0, element), (sum(element.0.0, P), element)]).collect()
    }

    fn pairs() -> Vec<(Second, Fq2)> {
        let values = values();
        let pair = |(c0, x0): (First, Fq), (c1, x1)| (Second { c0, c1 }, Fq2::new(x0, x1));
        values.iter().flat_map(|a| values.iter().map(move |b| pair(*a, *b))).collect()
    }

    fn agrees<F: Coordinate + std::fmt::Debug, A: Field>(values: &[(F, A)], canonical_form: impl Fn(A) -> F) {
        for (a, x) in values {
            let canonical = canonical_form(*x);
            assert_eq!(a.canonical(), canonical);
            assert_eq!(a.square().canonical(), canonical_form(x.square()));
            assert_eq!(a.invert(), x.inverse().map(&canonical_form));
            assert_eq!(canonical.double().canonical(), canonical_form(x.double()));
            assert_eq!(canonical.negated(), canonical_form(-*x));
            for (b, y) in values {
                let other = canonical_form(*y);
                // Products of products stay within the bounds.
                let product = a.times(b);
                assert_eq!(product.canonical(), canonical_form(*x * y));
                assert_eq!(product.times(&product).canonical(), canonical_form((*x * y).square()));
                assert_eq!(product.square().canonical(), canonical_form((*x * y).square()));
                assert_eq!(canonical.minus(&other).canonical(), canonical_form(*x - y));
                assert_eq!(a.less_one(&other), canonical_form(*x - y));
                assert_eq!(a.less_two(&other, &canonical), canonical_form(-*y));
            }
        }
    }

    #[test]
    fn base_field_is_arkworks() {
        agrees(&values(), |x| x.0.0);
    }

    #[test]
    fn quadratic_extension_is_arkworks() {
        agrees(&pairs(), |x| Second { c0: x.c0.0.0, c1: x.c1.0.0 });
    }
}
