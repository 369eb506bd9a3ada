//! What point arithmetic needs of a coordinate, so that it is written once for G1 (Fq) and G2 (Fq2).

use core::arch::x86_64::__mmask8;

use super::fq2::Lanes2;
use super::lanes::Lanes;
use super::memory;
use super::modulus::{BaseField, Modulus};

/// Eight elements of Fq.
pub(super) type Fq8 = Lanes<BaseField>;

/// Eight coordinates. The bounds are those of [`Lanes`]: "settled" values are below `2.1p`, what a table or a sum in
/// memory holds; "products" are below `2.5p`.
///
/// The methods are safe although they use vector instructions: see [`super::Ifma`] about why no value of the
/// implementing types exists where the instructions do not.
pub(super) trait Coordinate: Copy {
    /// Words of 64 bits in memory.
    const WORDS: usize;

    fn one() -> Self;

    /// Loads settled values from `words .. words + WORDS` of eight places.
    ///
    /// # Safety
    /// Every place must be valid for reads of that many words, and aligned to 32 bytes.
    unsafe fn load(places: &[*const u64; 8]) -> Self;

    /// Stores settled values at eight places.
    ///
    /// # Safety
    /// Every place must be valid for writes of [`Coordinate::WORDS`] words, and aligned to 32 bytes.
    unsafe fn store(&self, places: &[*mut u64; 8]);

    /// A product of values below `5.2p`, or of any two whose bounds multiply to less than `29p²`.
    fn times(&self, other: &Self) -> Self;

    /// The square of a value below `5.2p`.
    fn square(&self) -> Self;

    /// `self − other + 3p`, positive and below `5.6p`, for a product or settled value less a settled value.
    fn difference(&self, other: &Self) -> Self;

    /// `self + other`, not reduced.
    fn sum(&self, other: &Self) -> Self;

    /// A settled `self − other` for a value below `3.9p` less a settled one or a product.
    fn settled_difference(&self, other: &Self) -> Self;

    /// The settled form of a product or settled value less two settled ones.
    fn settled_difference2(&self, first: &Self, second: &Self) -> Self;

    /// `λ² − 2x₁ − d` settled, where d is `x₂ − x₁ + 3p`: the abscissa of a sum.
    fn abscissa(square: &Self, x: &Self, difference: &Self) -> Self;

    /// `p − self` in some lanes, for values up to p.
    fn negate_if(&self, lanes: __mmask8) -> Self;

    fn replace_if(&self, lanes: __mmask8, other: &Self) -> Self;

    /// Values modulo p that are 0, for anything that may be the operand of a product.
    fn zeros(&self) -> __mmask8;

    /// The smallest representatives of values below `4p`.
    fn canonical(&self) -> Self;

    /// The inverses of all lanes, products; `None` if any is 0.
    fn invert(&self) -> Option<Self>;
}

impl Coordinate for Fq8 {
    const WORDS: usize = 4;

    #[inline(always)]
    fn one() -> Self {
        // SAFETY: called by vector code only, see `Ifma`.
        unsafe { Self::splat(&BaseField::ONE) }
    }

    #[inline(always)]
    unsafe fn load(places: &[*const u64; 8]) -> Self {
        // SAFETY: the caller's promise about the places; vector code, see `Ifma`.
        unsafe { memory::load(places) }
    }

    #[inline(always)]
    unsafe fn store(&self, places: &[*mut u64; 8]) {
        // SAFETY: the caller's promise about the places; vector code, see `Ifma`.
        unsafe { memory::store(self, places) }
    }

    #[inline(always)]
    fn times(&self, other: &Self) -> Self {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { self.times(other) }
    }

    #[inline(always)]
    fn square(&self) -> Self {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { self.square() }
    }

    #[inline(always)]
    fn difference(&self, other: &Self) -> Self {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { self.minus(other).plus_multiple(3).carry() }
    }

    #[inline(always)]
    fn sum(&self, other: &Self) -> Self {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { self.plus(other).carry() }
    }

    #[inline(always)]
    fn settled_difference(&self, other: &Self) -> Self {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { self.minus(other).settle() }
    }

    #[inline(always)]
    fn settled_difference2(&self, first: &Self, second: &Self) -> Self {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { self.minus(first).minus(second).settle() }
    }

    #[inline(always)]
    fn abscissa(square: &Self, x: &Self, difference: &Self) -> Self {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { square.minus(x).minus(x).minus(difference).plus_multiple(3).settle() }
    }

    #[inline(always)]
    fn negate_if(&self, lanes: __mmask8) -> Self {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { self.negate_if::<1>(lanes) }
    }

    #[inline(always)]
    fn replace_if(&self, lanes: __mmask8, other: &Self) -> Self {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { self.replace_if(lanes, other) }
    }

    #[inline(always)]
    fn zeros(&self) -> __mmask8 {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { self.times(&Self::splat(&BaseField::ONE)).zeros() }
    }

    #[inline(always)]
    fn canonical(&self) -> Self {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { self.canonical() }
    }

    #[inline(always)]
    fn invert(&self) -> Option<Self> {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { super::inverse::invert(self) }
    }
}

impl Coordinate for Lanes2 {
    const WORDS: usize = 8;

    #[inline(always)]
    fn one() -> Self {
        // SAFETY: called by vector code only, see `Ifma`.
        unsafe { Self { c0: Lanes::splat(&BaseField::ONE), c1: Lanes::splat(&[0; 5]) } }
    }

    #[inline(always)]
    unsafe fn load(places: &[*const u64; 8]) -> Self {
        // SAFETY: the caller promises eight words in each place; vector code, see `Ifma`.
        unsafe { Self { c0: memory::load(places), c1: memory::load(&places.map(|place| place.add(4))) } }
    }

    #[inline(always)]
    unsafe fn store(&self, places: &[*mut u64; 8]) {
        // SAFETY: the caller promises eight words in each place; vector code, see `Ifma`.
        unsafe {
            memory::store(&self.c0, places);
            memory::store(&self.c1, &places.map(|place| place.add(4)));
        }
    }

    #[inline(always)]
    fn times(&self, other: &Self) -> Self {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { self.times(other) }
    }

    #[inline(always)]
    fn square(&self) -> Self {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { self.square() }
    }

    #[inline(always)]
    fn difference(&self, other: &Self) -> Self {
        Self { c0: self.c0.difference(&other.c0), c1: self.c1.difference(&other.c1) }
    }

    #[inline(always)]
    fn sum(&self, other: &Self) -> Self {
        Self { c0: self.c0.sum(&other.c0), c1: self.c1.sum(&other.c1) }
    }

    #[inline(always)]
    fn settled_difference(&self, other: &Self) -> Self {
        Self { c0: self.c0.settled_difference(&other.c0), c1: self.c1.settled_difference(&other.c1) }
    }

    #[inline(always)]
    fn settled_difference2(&self, first: &Self, second: &Self) -> Self {
        Self {
            c0: self.c0.settled_difference2(&first.c0, &second.c0),
            c1: self.c1.settled_difference2(&first.c1, &second.c1),
        }
    }

    #[inline(always)]
    fn abscissa(square: &Self, x: &Self, difference: &Self) -> Self {
        Self {
            c0: Fq8::abscissa(&square.c0, &x.c0, &difference.c0),
            c1: Fq8::abscissa(&square.c1, &x.c1, &difference.c1),
        }
    }

    #[inline(always)]
    fn negate_if(&self, lanes: __mmask8) -> Self {
        // In Fq of G2 a coordinate's part may be 0: p − 0 is p, which is settled too.
        Self { c0: Coordinate::negate_if(&self.c0, lanes), c1: Coordinate::negate_if(&self.c1, lanes) }
    }

    #[inline(always)]
    fn replace_if(&self, lanes: __mmask8, other: &Self) -> Self {
        Self {
            c0: Coordinate::replace_if(&self.c0, lanes, &other.c0),
            c1: Coordinate::replace_if(&self.c1, lanes, &other.c1),
        }
    }

    #[inline(always)]
    fn zeros(&self) -> __mmask8 {
        Coordinate::zeros(&self.c0) & Coordinate::zeros(&self.c1)
    }

    #[inline(always)]
    fn canonical(&self) -> Self {
        Self { c0: Coordinate::canonical(&self.c0), c1: Coordinate::canonical(&self.c1) }
    }

    #[inline(always)]
    fn invert(&self) -> Option<Self> {
        // SAFETY: a value of this type exists, see `Ifma`.
        unsafe { self.invert() }
    }
}
