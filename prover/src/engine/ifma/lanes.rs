//! Eight field elements side by side: one 512-bit vector for each of five limbs of 52 bits.
//!
//! Montgomery's form with R = `2^260`, lazily reduced. Since R is 84 p, a product of factors below `αp` and `βp` is below
//! `(αβ/84 + 1.15)p`, without any subtraction. The words used for bounds here:
//!
//! * *a product* is below `1.5p`, as long as αβ is at most 29, or what its caller says;
//! * *settled* is between 0 and `2.1p`, what [`Lanes::settle`] makes of anything in `−5.2p .. 3.9p`: small enough to be
//!   stored in four words of 64 bits;
//! * a *difference* of settled values is kept positive by adding 3p: below `5.1p`.
//!
//! Limbs are below `2^52` ("carried"), and the highest below `2^51`, wherever a value is an operand of a product; sums
//! and differences on the way there have signed limbs.

use core::arch::x86_64::*;
use core::marker::PhantomData;

use super::modulus::{LIMBS, MASK, Modulus};

/// A carried vector of eight elements.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Lanes<M> {
    pub(super) limbs: [__m512i; LIMBS],
    modulus: PhantomData<M>,
}

/// Eight elements with signed limbs: a sum that is yet to be carried or settled.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Sum<M> {
    limbs: [__m512i; LIMBS],
    modulus: PhantomData<M>,
}

/// Eight products of twice the length, before reduction; signed limbs.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Wide<M> {
    limbs: [__m512i; 2 * LIMBS],
    modulus: PhantomData<M>,
}

impl<M: Modulus> Lanes<M> {
    #[inline]
    pub(super) fn from_limbs(limbs: [__m512i; LIMBS]) -> Self {
        Self { limbs, modulus: PhantomData }
    }

    /// The same element in all lanes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn splat(limbs: &[u64; LIMBS]) -> Self {
        Self::from_limbs(limbs.map(|limb| set1(limb)))
    }

    /// A product, without its reduction.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn wide_product(&self, other: &Self) -> Wide<M> {
        let mut columns = [_mm512_setzero_si512(); 2 * LIMBS];
        for i in 0..LIMBS {
            for j in 0..LIMBS {
                columns[i + j] = _mm512_madd52lo_epu64(columns[i + j], self.limbs[i], other.limbs[j]);
                columns[i + j + 1] = _mm512_madd52hi_epu64(columns[i + j + 1], self.limbs[i], other.limbs[j]);
            }
        }
        Wide { limbs: columns, modulus: PhantomData }
    }

    /// A square, without its reduction: products of different limbs are computed once and doubled.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn wide_square(&self) -> Wide<M> {
        let a = &self.limbs;
        let mut columns = [_mm512_setzero_si512(); 2 * LIMBS];
        for i in 0..LIMBS {
            for j in i + 1..LIMBS {
                columns[i + j] = _mm512_madd52lo_epu64(columns[i + j], a[i], a[j]);
                columns[i + j + 1] = _mm512_madd52hi_epu64(columns[i + j + 1], a[i], a[j]);
            }
        }
        for column in &mut columns {
            *column = _mm512_add_epi64(*column, *column);
        }
        for i in 0..LIMBS {
            columns[2 * i] = _mm512_madd52lo_epu64(columns[2 * i], a[i], a[i]);
            columns[2 * i + 1] = _mm512_madd52hi_epu64(columns[2 * i + 1], a[i], a[i]);
        }
        Wide { limbs: columns, modulus: PhantomData }
    }

    /// A product.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn times(&self, other: &Self) -> Self {
        self.wide_product(other).reduce()
    }

    /// A square.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn square(&self) -> Self {
        self.wide_square().reduce()
    }

    /// The sum, uncarried.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn plus(&self, other: &Self) -> Sum<M> {
        self.as_sum().plus(other)
    }

    /// The difference, uncarried.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn minus(&self, other: &Self) -> Sum<M> {
        self.as_sum().minus(other)
    }

    #[inline]
    pub(super) fn as_sum(&self) -> Sum<M> {
        Sum { limbs: self.limbs, modulus: PhantomData }
    }

    /// `kp − self` in the lanes of a mask, unchanged elsewhere: carried if self is below `kp`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn negate_if<const K: u64>(&self, lanes: __mmask8) -> Self {
        let mut limbs = self.limbs;
        for (limb, p) in limbs.iter_mut().zip(M::P) {
            *limb = _mm512_mask_sub_epi64(*limb, lanes, set1(K * p), *limb);
        }
        Sum { limbs, modulus: PhantomData }.carry()
    }

    /// The lanes of `other` where the mask says so.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn replace_if(&self, lanes: __mmask8, other: &Self) -> Self {
        let mut limbs = self.limbs;
        for (limb, other) in limbs.iter_mut().zip(other.limbs) {
            *limb = _mm512_mask_mov_epi64(*limb, lanes, other);
        }
        Self::from_limbs(limbs)
    }

    /// The smallest representatives of values below `4p`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn canonical(&self) -> Self {
        let mut value = *self;
        for k in [2, 1] {
            let reduced = value.as_sum().plus_multiple(-k).carry();
            // The sign of a carried value is that of its highest limb.
            let keep = _mm512_cmplt_epi64_mask(reduced.limbs[LIMBS - 1], _mm512_setzero_si512());
            value = reduced.replace_if(keep, &value);
        }
        value
    }

    /// The lanes of values below `4p` that are 0 modulo p.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn zeros(&self) -> __mmask8 {
        let [a, b, c, d, e] = self.canonical().limbs;
        let bits = _mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(_mm512_or_si512(c, d), e));
        _mm512_testn_epi64_mask(bits, bits)
    }

    /// The lanes turned by a number of places.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn rotate<const PLACES: i32>(&self) -> Self {
        Self::from_limbs(self.limbs.map(|limb| _mm512_alignr_epi64::<PLACES>(limb, limb)))
    }

    /// One lane.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn lane(&self, lane: u8) -> [u64; LIMBS] {
        let index = set1(lane.into());
        self.limbs.map(|limb| {
            let chosen = _mm512_permutexvar_epi64(index, limb);
            _mm_cvtsi128_si64(_mm512_castsi512_si128(chosen)).cast_unsigned()
        })
    }
}

impl<M: Modulus> Sum<M> {
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn plus(mut self, other: &Lanes<M>) -> Self {
        for (limb, other) in self.limbs.iter_mut().zip(other.limbs) {
            *limb = _mm512_add_epi64(*limb, other);
        }
        self
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn minus(mut self, other: &Lanes<M>) -> Self {
        for (limb, other) in self.limbs.iter_mut().zip(other.limbs) {
            *limb = _mm512_sub_epi64(*limb, other);
        }
        self
    }

    /// Adds a multiple of p.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn plus_multiple(mut self, multiple: i64) -> Self {
        for (limb, p) in self.limbs.iter_mut().zip(M::P) {
            *limb = _mm512_add_epi64(*limb, _mm512_set1_epi64(multiple * p.cast_signed()));
        }
        self
    }

    /// Moves what exceeds 52 bits to the next limb. The value must not be negative to be an operand of a product.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn carry(mut self) -> Lanes<M> {
        let mask = set1(MASK);
        for limb in 0..LIMBS - 1 {
            let carry = _mm512_srai_epi64::<52>(self.limbs[limb]);
            self.limbs[limb] = _mm512_and_si512(self.limbs[limb], mask);
            self.limbs[limb + 1] = _mm512_add_epi64(self.limbs[limb + 1], carry);
        }
        Lanes::from_limbs(self.limbs)
    }

    /// Adds the multiple of p that brings a value between `−5.2p` and `3.9p` between 0 and `2.1p`, and carries.
    ///
    /// Let i be the highest limb divided by `2^46`, rounded down: the value is in `i·2^254 .. (i+1)·2^254`, give or take
    /// the carries of the lower limbs, which are less than `2^216`. Adding `⌈−i·2^254/p⌉` times p makes that
    /// `0 .. 2.04p`, give or take the same; the subtraction of `2^8` from the highest limb keeps it above 0.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn settle(mut self) -> Lanes<M> {
        let index = _mm512_srai_epi64::<46>(_mm512_sub_epi64(self.limbs[LIMBS - 1], set1(1 << 8)));
        for (limb, column) in self.limbs.iter_mut().zip(M::SETTLE) {
            let [a, b, c, d, e, f, g, h] = column;
            // Only the low three bits of an index count.
            let multiple = _mm512_permutexvar_epi64(index, _mm512_setr_epi64(a, b, c, d, e, f, g, h));
            *limb = _mm512_add_epi64(*limb, multiple);
        }
        self.carry()
    }
}

impl<M: Modulus> Wide<M> {
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn minus(mut self, other: &Self) -> Self {
        for (limb, other) in self.limbs.iter_mut().zip(other.limbs) {
            *limb = _mm512_sub_epi64(*limb, other);
        }
        self
    }

    /// Adds `k·p·2^260`: p more in every reduced lane for each k, and an upper half that stays positive.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn plus_high_multiple(mut self, multiple: u64) -> Self {
        for (limb, p) in self.limbs[LIMBS..].iter_mut().zip(M::P) {
            *limb = _mm512_add_epi64(*limb, set1(multiple * p));
        }
        self
    }

    /// Divides by `2^260` modulo p: the wide value over `2^260`, plus less than `1.15p`. It must not be negative.
    ///
    /// Four times the lowest limb is replaced by its multiple of `2^−52 mod p`, one limb up; what that adds is less than
    /// `(1 + 2^−52 + ..)·2^52·p/7` at the weight of the fifth limb. The fifth goes as in Montgomery's textbook, because
    /// there the addend counts: a multiple of p below `2^52·p`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn reduce(self) -> Lanes<M> {
        let mut columns = self.limbs;
        for i in 0..LIMBS - 1 {
            let low = columns[i];
            // Products take the low 52 bits of their operands: no mask needed.
            columns[i + 1] = _mm512_add_epi64(columns[i + 1], _mm512_srai_epi64::<52>(low));
            for (j, limb) in M::FOLD.into_iter().enumerate() {
                let limb = set1(limb);
                columns[i + j + 1] = _mm512_madd52lo_epu64(columns[i + j + 1], low, limb);
                columns[i + j + 2] = _mm512_madd52hi_epu64(columns[i + j + 2], low, limb);
            }
        }
        let low = columns[LIMBS - 1];
        let quotient = _mm512_madd52lo_epu64(_mm512_setzero_si512(), low, set1(M::NEGATED_INVERSE));
        for (j, limb) in M::P.into_iter().enumerate() {
            let limb = set1(limb);
            columns[LIMBS - 1 + j] = _mm512_madd52lo_epu64(columns[LIMBS - 1 + j], quotient, limb);
            columns[LIMBS + j] = _mm512_madd52hi_epu64(columns[LIMBS + j], quotient, limb);
        }
        columns[LIMBS] = _mm512_add_epi64(columns[LIMBS], _mm512_srai_epi64::<52>(columns[LIMBS - 1]));
        let [_, _, _, _, _, a, b, c, d, e] = columns;
        Sum { limbs: [a, b, c, d, e], modulus: PhantomData }.carry()
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
pub(super) fn set1(value: u64) -> __m512i {
    _mm512_set1_epi64(value.cast_signed())
}
