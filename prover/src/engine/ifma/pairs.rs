//! Adding many pairs of affine points, a thousand to one inversion.
//!
//! Of `(x₁, y₁) + (x₂, y₂)`, with `λ = (y₂ − y₁)/(x₂ − x₁)`, the abscissa is `λ² − x₁ − x₂` and the ordinate
//! `λ(x₁ − x) − y₁`: with Montgomery's trick for the quotients, five products, a square, and a share of an inversion.
//! That leaves out equal and opposite points. They make a difference of 0 and with it the whole block's product, so a
//! block of ordinary pairs pays nothing for their sake, and other blocks are done again with care.

use core::arch::x86_64::*;
use core::ptr;

use zeroize::Zeroize;

use super::coordinate::Coordinate;
use super::memory::wipe;
use crate::engine::backend::Line;

/// The most pairs to one inversion. Coordinates and running products of this many stay in the second-level cache.
const BLOCK: usize = 1024;
/// Pairs that are worked on at the same time: two vectors, so that one can use what the other waits for.
const STEP: usize = 16;
/// How many pairs ahead points are called to the cache.
const AHEAD: usize = 2 * STEP;

/// A point in all lanes that stands in for a sum at infinity; the caller takes it off again.
#[derive(Clone, Copy)]
pub(super) struct Spare<C> {
    pub(super) x: C,
    pub(super) y: C,
}

/// Which points to add, and where the sums go. Points are numbered from the beginning of the memory they are in.
#[derive(Default)]
pub(super) struct Pairs {
    /// Twice a point's number, plus 1 if it counts negatively.
    pub(super) left: Vec<u32>,
    pub(super) right: Vec<u32>,
    /// The sum's number.
    pub(super) out: Vec<u32>,
    /// The numbers of the sums that are at infinity, and hold the spare point instead.
    pub(super) lost: Vec<u32>,
}

impl Pairs {
    pub(super) fn clear(&mut self) {
        self.left.clear();
        self.right.clear();
        self.out.clear();
        self.lost.clear();
    }

    /// Pairs neighbours among an even number of entries. Sums are numbered from `out` on.
    #[inline]
    pub(super) fn extend(&mut self, entries: &[u32], out: u32) {
        let pairs = entries.as_chunks::<2>().0;
        self.left.extend(pairs.iter().map(|pair| pair[0]));
        self.right.extend(pairs.iter().map(|pair| pair[1]));
        self.out.extend((out..).take(pairs.len()));
    }

    /// Pairs neighbours among the points from a number on. Sums are numbered from `out` on.
    #[inline]
    pub(super) fn extend_in_order(&mut self, first: u32, count: u32, out: u32) {
        self.left.extend((0..count).map(|pair| 2 * (first + 2 * pair)));
        self.right.extend((0..count).map(|pair| 2 * (first + 2 * pair + 1)));
        self.out.extend(out..out + count);
    }

    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// Whole steps, by doing the last pair repeatedly.
    fn pad(&mut self) {
        for list in [&mut self.left, &mut self.right, &mut self.out] {
            if let Some(last) = list.last().copied() {
                list.resize(list.len().next_multiple_of(STEP), last);
            }
        }
    }
}

impl Drop for Pairs {
    fn drop(&mut self) {
        for list in [&mut self.left, &mut self.right, &mut self.out, &mut self.lost] {
            list.zeroize();
        }
    }
}

/// What a block remembers from its first pass.
pub(super) struct Scratch<C: Copy> {
    /// For each vector the product of all differences before it in its chain.
    products: Vec<C>,
    differences: Vec<C>,
    /// The lanes of equal, and of opposite points.
    special: Vec<[__mmask8; 2]>,
}

impl<C: Coordinate> Scratch<C> {
    pub(super) fn new() -> Self {
        let vectors = BLOCK / 8;
        Self { products: vec![C::one(); vectors], differences: vec![C::one(); vectors], special: vec![[0; 2]; vectors] }
    }
}

impl<C: Copy> Drop for Scratch<C> {
    fn drop(&mut self) {
        // SAFETY: coordinates are made of vectors of integers: no padding, and every bit pattern is a value.
        unsafe {
            wipe(&mut self.products);
            wipe(&mut self.differences);
        }
    }
}

/// Adds all pairs of points in `from`, into `to`.
///
/// # Safety
/// Every number in `pairs` must be that of a point in its memory, where points are as long as two coordinates; the
/// points of `from` are on the curve, with settled coordinates, and below p if they are used negatively.
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
pub(super) unsafe fn add<C: Coordinate, const SIGNED: bool>(
    from: &[Line],
    pairs: &mut Pairs,
    to: &mut [Line],
    scratch: &mut Scratch<C>,
    spare: &Spare<C>,
) {
    let count = pairs.len();
    if count == 0 {
        return;
    }
    pairs.pad();
    let blocks = pairs.len().div_ceil(BLOCK);
    let size = pairs.len().div_ceil(blocks).next_multiple_of(STEP);
    let Pairs { left, right, out, lost } = pairs;
    let mut begin = 0;
    for ((left, right), out) in left.chunks(size).zip(right.chunks(size)).zip(out.chunks(size)) {
        let block = Block { from: from.as_ptr().cast(), to: to.as_mut_ptr().cast(), left, right, out };
        // SAFETY: the caller's promise; blocks are whole steps and at most as long as the scratch memory.
        unsafe {
            if !block.add::<C, SIGNED, false>(scratch, spare) {
                let done = block.add::<C, SIGNED, true>(scratch, spare);
                debug_assert!(done, "no difference of 0 is left");
                block.note_lost(scratch, count - begin, lost);
            }
        }
        begin += size;
    }
}

struct Block<'a> {
    from: *const u64,
    to: *mut u64,
    left: &'a [u32],
    right: &'a [u32],
    out: &'a [u32],
}

impl Block<'_> {
    /// Adds the pairs, unless there are equal or opposite ones among them and `CAREFUL` is not set: then nothing is
    /// written, and the result is false.
    ///
    /// # Safety
    /// As for [`add`]; the length must be a multiple of [`STEP`] and at most [`BLOCK`].
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    unsafe fn add<C: Coordinate, const SIGNED: bool, const CAREFUL: bool>(
        &self,
        scratch: &mut Scratch<C>,
        spare: &Spare<C>,
    ) -> bool {
        let vectors = self.out.len() / 8;
        let Scratch { products, differences, special } = scratch;
        let (products, differences) = (&mut products[..vectors], &mut differences[..vectors]);
        let special = &mut special[..vectors];

        let (mut product0, mut product1) = (C::one(), C::one());
        for step in 0..vectors / 2 {
            let (first, second) = (2 * step, 2 * step + 1);
            if SIGNED {
                // Tables are too large for the cache; sums are not.
                self.prefetch::<C>(step);
            }
            // SAFETY: the caller's promise.
            let (difference0, difference1) = unsafe {
                (
                    self.denominator::<C, SIGNED, CAREFUL>(first, &mut special[first]),
                    self.denominator::<C, SIGNED, CAREFUL>(second, &mut special[second]),
                )
            };
            products[first] = product0;
            products[second] = product1;
            differences[first] = difference0;
            differences[second] = difference1;
            product0 = product0.times(&difference0);
            product1 = product1.times(&difference1);
        }

        let Some(inverse) = product0.times(&product1).invert() else { return false };
        let (mut inverse0, mut inverse1) = (inverse.times(&product1), inverse.times(&product0));

        for step in (0..vectors / 2).rev() {
            // Stage by stage for both vectors, so that the processor finds independent work. (No closures here: the
            // compiler would pass vectors through memory.)
            let (first, second) = (2 * step, 2 * step + 1);
            let quotient0 = inverse0.times(&products[first]);
            let quotient1 = inverse1.times(&products[second]);
            inverse0 = inverse0.times(&differences[first]);
            inverse1 = inverse1.times(&differences[second]);
            // SAFETY: the caller's promise.
            let (y0, right_y0) = unsafe { self.ordinates::<C, SIGNED>(first) };
            // SAFETY: the caller's promise.
            let (y1, right_y1) = unsafe { self.ordinates::<C, SIGNED>(second) };
            // SAFETY: the caller's promise.
            let x0: C = unsafe { self.load(self.left, first, 0) };
            // SAFETY: the caller's promise.
            let x1: C = unsafe { self.load(self.left, second, 0) };
            let (mut rise0, mut rise1) = (right_y0.difference(&y0), right_y1.difference(&y1));
            if CAREFUL {
                rise0 = tangent(&rise0, special[first][0], &x0);
                rise1 = tangent(&rise1, special[second][0], &x1);
            }
            let slope0 = rise0.times(&quotient0);
            let slope1 = rise1.times(&quotient1);
            let square0 = slope0.square();
            let square1 = slope1.square();
            let (mut sum_x0, mut sum_x1);
            if CAREFUL {
                // The difference in memory may be another denominator.
                // SAFETY: the caller's promise.
                let (right0, right1) = unsafe { (self.load(self.right, first, 0), self.load(self.right, second, 0)) };
                sum_x0 = square0.settled_difference2(&x0, &right0);
                sum_x1 = square1.settled_difference2(&x1, &right1);
            } else {
                sum_x0 = C::abscissa(&square0, &x0, &differences[first]);
                sum_x1 = C::abscissa(&square1, &x1, &differences[second]);
            }
            let mut sum_y0 = slope0.times(&x0.difference(&sum_x0)).settled_difference(&y0);
            let mut sum_y1 = slope1.times(&x1.difference(&sum_x1)).settled_difference(&y1);
            if CAREFUL {
                let [opposite0, opposite1] = [special[first][1], special[second][1]];
                sum_x0 = sum_x0.replace_if(opposite0, &spare.x);
                sum_y0 = sum_y0.replace_if(opposite0, &spare.y);
                sum_x1 = sum_x1.replace_if(opposite1, &spare.x);
                sum_y1 = sum_y1.replace_if(opposite1, &spare.y);
            }
            // SAFETY: the caller's promise.
            unsafe {
                self.store(first, &sum_x0, &sum_y0);
                self.store(second, &sum_x1, &sum_y1);
            }
        }
        true
    }

    /// The denominator of the slope: the difference of the abscissas, with care twice the ordinate for equal points, and
    /// 1 for opposite ones.
    ///
    /// # Safety
    /// As for [`add`].
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    unsafe fn denominator<C: Coordinate, const SIGNED: bool, const CAREFUL: bool>(
        &self,
        vector: usize,
        special: &mut [__mmask8; 2],
    ) -> C {
        // SAFETY: the caller's promise.
        let (left, right): (C, C) = unsafe { (self.load(self.left, vector, 0), self.load(self.right, vector, 0)) };
        let difference = right.difference(&left);
        if !CAREFUL {
            return difference;
        }
        let same = difference.zeros();
        // SAFETY: the caller's promise.
        let (left, right) = unsafe { self.ordinates::<C, SIGNED>(vector) };
        let sum = left.sum(&right);
        let opposite = same & sum.zeros();
        *special = [same & !opposite, opposite];
        difference.replace_if(same, &sum).replace_if(opposite, &C::one())
    }

    /// # Safety
    /// As for [`add`].
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    unsafe fn load<C: Coordinate>(&self, entries: &[u32], vector: usize, offset: usize) -> C {
        let mut places = [self.from; 8];
        let entries = &entries[8 * vector..8 * vector + 8];
        for (place, entry) in places.iter_mut().zip(entries) {
            // SAFETY: a reference is valid for reads; and the caller promises that the point is there, both of whose
            // coordinates are WORDS long. The read is volatile because places that are computed as vectors would have to
            // be taken apart again.
            *place =
                unsafe { self.from.add((ptr::from_ref(entry).read_volatile() >> 1) as usize * 2 * C::WORDS + offset) };
        }
        // SAFETY: as above; points begin at multiples of 64 bytes, and coordinates are at least 32 long.
        unsafe { C::load(&places) }
    }

    /// # Safety
    /// As for [`add`].
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    unsafe fn ordinates<C: Coordinate, const SIGNED: bool>(&self, vector: usize) -> (C, C) {
        // SAFETY: the caller's promise.
        let (left, right): (C, C) =
            unsafe { (self.load(self.left, vector, C::WORDS), self.load(self.right, vector, C::WORDS)) };
        if SIGNED {
            (left.negate_if(negative(self.left, vector)), right.negate_if(negative(self.right, vector)))
        } else {
            (left, right)
        }
    }

    /// # Safety
    /// As for [`add`].
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    unsafe fn store<C: Coordinate>(&self, vector: usize, x: &C, y: &C) {
        let mut places = [self.to; 8];
        let out = &self.out[8 * vector..8 * vector + 8];
        for (place, out) in places.iter_mut().zip(out) {
            // SAFETY: as in `load`: the caller promises that there is room for the point.
            *place = unsafe { self.to.add(ptr::from_ref(out).read_volatile() as usize * 2 * C::WORDS) };
        }
        // SAFETY: as above, and aligned as in `load`.
        unsafe { x.store(&places) };
        for place in &mut places {
            // SAFETY: the ordinate lies behind the abscissa.
            *place = unsafe { place.add(C::WORDS) };
        }
        // SAFETY: as above.
        unsafe { y.store(&places) };
    }

    /// Calls the points of a later step to the cache.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    fn prefetch<C: Coordinate>(&self, step: usize) {
        let begin = STEP * step + AHEAD;
        let Some(left) = self.left.get(begin..begin + STEP) else { return };
        let right = &self.right[begin..begin + STEP];
        for entry in left.iter().chain(right) {
            // SAFETY: a reference is valid for reads; volatile as in `load`.
            let entry = unsafe { ptr::from_ref(entry).read_volatile() };
            let place = self.from.wrapping_add((entry >> 1) as usize * 2 * C::WORDS);
            for line in 0..C::WORDS / 4 {
                _mm_prefetch::<_MM_HINT_T0>(place.wrapping_add(8 * line).cast());
            }
        }
    }

    /// Lists the sums at infinity among the first `count` pairs: the others are padding.
    fn note_lost<C: Copy>(&self, scratch: &Scratch<C>, count: usize, lost: &mut Vec<u32>) {
        for (index, out) in self.out.iter().enumerate().take(count) {
            if scratch.special[index / 8][1] >> (index % 8) & 1 == 1 {
                lost.push(*out);
            }
        }
    }
}

/// The slope's numerator, `3x²` in the lanes of equal points.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
fn tangent<C: Coordinate>(rise: &C, equal: __mmask8, x: &C) -> C {
    let square = x.square();
    rise.replace_if(equal, &square.sum(&square).sum(&square))
}

/// The lanes whose entries count negatively.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
fn negative(entries: &[u32], vector: usize) -> __mmask8 {
    let entries = &entries[8 * vector..8 * vector + 8];
    // SAFETY: the slice has eight entries.
    let entries = unsafe { _mm256_loadu_si256(entries.as_ptr().cast()) };
    _mm256_test_epi32_mask(entries, _mm256_set1_epi32(1))
}
