//! The quotient's transforms, eight field elements at a time.
//!
//! An inverse transform takes values in natural order to coefficients in bit-reversed order, the following transform on
//! the coset takes those back to values in natural order, so nothing is ever permuted. Both are done in passes of three
//! layers, on eight vectors. With `w` a power of the root in bit-reversed order, one for each block, a layer of the
//! inverse transform makes `(u + wv, u − wv)` of the two halves of a block, and a layer of the transform undoes it:
//! `(u + v, (u − v)/w)`. All but the first and last pass stay within an eighth of the values, and in the cache.
//!
//! Values stay in ark's form: all is linear, twiddle factors are in this module's form, and a product of the two is in
//! ark's. Bounds, with those of [`Lanes`]: in memory values are settled, below `2.1r`.

use ark_bn254::Fr;
use ark_ff::{BigInt, One};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::Ifma;
use super::lanes::Lanes;
use super::memory::{self, wipe};
use super::modulus::{Modulus, ScalarField, limbs, power_of_two};
use crate::engine::RowValues;
use crate::engine::backend::{Line, Transforms};

type Fr8 = Lanes<ScalarField>;

/// The smallest domain that has a first, a middle and a last pass on vectors.
pub(super) const SMALLEST: usize = 512;

/// Two elements to a line.
#[derive(Clone, Copy)]
struct Values(*mut u64);

// SAFETY: tasks that share the values write to elements of their own only; each use says which.
unsafe impl Send for Values {}
// SAFETY: as above.
unsafe impl Sync for Values {}

/// One domain's factors.
pub(super) struct VectorTransforms {
    size: usize,
    /// Powers of the inverse root in bit-reversed order, half as many as values.
    inverse_twiddles: Vec<Line>,
    /// Powers of the root, likewise.
    twiddles: Vec<Line>,
    /// `gⁱ/n` in bit-reversed order, with g the shift of the coset and n the size.
    shifts: Vec<Line>,
    _vectors: Ifma,
}

impl VectorTransforms {
    pub(super) fn new(size: usize, vectors: Ifma) -> Self {
        assert!(size.is_power_of_two() && size >= SMALLEST, "a domain for vectors");
        let radix2 =
            |size| Radix2EvaluationDomain::<Fr>::new(size).expect("circuits fit the field's 2^28 roots of unity");
        let domain = radix2(size);
        let shift = radix2(2 * size).group_gen();
        Self {
            size,
            inverse_twiddles: bit_reversed_powers(domain.group_gen_inv(), Fr::one(), size / 2),
            twiddles: bit_reversed_powers(domain.group_gen(), Fr::one(), size / 2),
            shifts: bit_reversed_powers(shift, domain.size_inv(), size),
            _vectors: vectors,
        }
    }
}

/// `factor·baseⁱ` for i in the bit-reversed order of `0..count`, in this module's form.
fn bit_reversed_powers(base: Fr, factor: Fr, count: usize) -> Vec<Line> {
    let bits = count.ilog2();
    let mut lines = vec![Line::default(); count / 2];
    // From ark's form: 2^4 times as much.
    let mut power = factor * Fr::from(16);
    for index in 0..count {
        let place = index.reverse_bits() >> (usize::BITS - bits);
        lines[place / 2].0[place % 2 * 4..][..4].copy_from_slice(&power.0.0);
        power *= base;
    }
    lines
}

impl Transforms for VectorTransforms {
    /// # Panics
    /// If the rows have another length than the domain.
    fn quotient(&self, rows: RowValues) -> Zeroizing<Vec<Fr>> {
        let rows_of_domain = [&rows.a, &rows.b, &rows.c].into_iter().all(|row| row.len() == self.size);
        assert!(rows_of_domain, "rows are as long as the domain");
        let mut values = Rows([&rows.a, &rows.b, &rows.c].map(|row| lines(row)));
        drop(rows);
        let places = values.0.each_mut().map(|lines| Values(lines.as_mut_ptr().cast()));
        let eighth = self.size / 8;
        // Vectors of a first or last pass for one task.
        let share = (eighth / 8).div_ceil(8);
        let shares = eighth / 8 / share;
        (0..3 * shares).into_par_iter().for_each(|task| {
            let begin = task % shares * share;
            // SAFETY: a pass touches, in each eighth, the elements of its vectors; no other task has those. `Ifma`
            // exists, so the instructions do.
            unsafe { self.first_pass(places[task / shares], begin..begin + share) };
        });
        values.0.par_iter_mut().for_each(|lines| {
            lines.par_chunks_mut(eighth / 2).enumerate().for_each(|(index, lines)| {
                // SAFETY: this task alone has these elements, and there are an eighth as many as in the domain; `Ifma`
                // exists.
                unsafe { self.inner_passes(Values(lines.as_mut_ptr().cast()), index) };
            });
        });
        let places = values.0.each_mut().map(|lines| Values(lines.as_mut_ptr().cast()));
        (0..shares).into_par_iter().for_each(|task| {
            let begin = task * share;
            // SAFETY: as for the first pass.
            unsafe { self.last_pass(places, begin..begin + share) };
        });
        let element = |words: &[u64]| Fr::new_unchecked(BigInt([words[0], words[1], words[2], words[3]]));
        let pair = |line: &Line| [element(&line.0[..4]), element(&line.0[4..])];
        Zeroizing::new(values.0[0].par_iter().with_min_len(1024).flat_map_iter(pair).collect())
    }
}

/// Secret values, wiped in the end.
struct Rows([Vec<Line>; 3]);

impl Drop for Rows {
    fn drop(&mut self) {
        for lines in &mut self.0 {
            // SAFETY: lines are arrays of words.
            unsafe { wipe(lines) };
        }
    }
}

fn lines(values: &[Fr]) -> Vec<Line> {
    let line = |pair: &[Fr]| {
        let mut line = Line::default();
        line.0[..4].copy_from_slice(&pair[0].0.0);
        line.0[4..].copy_from_slice(&pair[1].0.0);
        line
    };
    values.par_chunks_exact(2).with_min_len(1024).map(line).collect()
}

impl VectorTransforms {
    /// The first three layers of an inverse transform, for some vectors of each eighth.
    ///
    /// # Safety
    /// The instructions must exist; the values must be as many as the domain's, and the vectors an eighth's. Nobody else
    /// may use their elements meanwhile.
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    unsafe fn first_pass(&self, values: Values, vectors: core::ops::Range<usize>) {
        let twiddles = block_twiddles(&self.inverse_twiddles, 0);
        for vector in vectors {
            // SAFETY: the caller's promise.
            unsafe {
                let mut x = load_strided(values, 8 * vector, self.size / 8, 1);
                invert_layers::<3>(&mut x, &twiddles);
                store_strided(values, 8 * vector, self.size / 8, 1, &x);
            }
        }
    }

    /// All other layers of the inverse transform, the factors of coset and size, and all but the last three of the
    /// transform, on an eighth of the values.
    ///
    /// # Safety
    /// The instructions must exist; the values must be an eighth of the domain's, and this task's alone.
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    unsafe fn inner_passes(&self, values: Values, eighth: usize) {
        let mut block = self.size / 8;
        // Passes of three layers end with blocks of 8, which are the middle's. What is over is done first.
        let over = (block.ilog2() % 3) as usize;
        // SAFETY: the caller's promise.
        unsafe {
            match over {
                1 => self.inverse_pass::<1>(values, eighth, block),
                2 => self.inverse_pass::<2>(values, eighth, block),
                _ => {}
            }
            block >>= over;
            while block > 8 {
                self.inverse_pass::<3>(values, eighth, block);
                block >>= 3;
            }
            self.middle(values, eighth);
            block = 64;
            while block <= (self.size / 8) >> over {
                self.pass::<3>(values, eighth, block);
                block <<= 3;
            }
            match over {
                1 => self.pass::<1>(values, eighth, self.size / 8),
                2 => self.pass::<2>(values, eighth, self.size / 8),
                _ => {}
            }
        }
    }

    /// Some layers of the inverse transform, from blocks of this length down, on an eighth of the values.
    ///
    /// # Safety
    /// As for [`Self::inner_passes`].
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    unsafe fn inverse_pass<const LAYERS: usize>(&self, values: Values, eighth: usize, block: usize) {
        let blocks = self.size / 8 / block;
        let stride = block >> LAYERS;
        for index in 0..blocks {
            let twiddles = block_twiddles(&self.inverse_twiddles, eighth * blocks + index);
            for vector in 0..stride / 8 {
                // SAFETY: the caller's promise.
                unsafe {
                    let mut x = load_strided_some::<LAYERS>(values, index * block + 8 * vector, stride);
                    invert_layers::<LAYERS>(&mut x, &twiddles);
                    store_strided_some::<LAYERS>(values, index * block + 8 * vector, stride, &x);
                }
            }
        }
    }

    /// Some layers of the transform, up to blocks of this length, on an eighth of the values.
    ///
    /// # Safety
    /// As for [`Self::inner_passes`].
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    unsafe fn pass<const LAYERS: usize>(&self, values: Values, eighth: usize, block: usize) {
        let blocks = self.size / 8 / block;
        let stride = block >> LAYERS;
        for index in 0..blocks {
            let twiddles = block_twiddles(&self.twiddles, eighth * blocks + index);
            for vector in 0..stride / 8 {
                // SAFETY: the caller's promise.
                unsafe {
                    let mut x = load_strided_some::<LAYERS>(values, index * block + 8 * vector, stride);
                    layers::<LAYERS>(&mut x, &twiddles);
                    store_strided_some::<LAYERS>(values, index * block + 8 * vector, stride, &x);
                }
            }
        }
    }

    /// The last three layers of the inverse transform, the factors, and the first three of the transform. Here each
    /// lane has a block of 8 to itself.
    ///
    /// # Safety
    /// As for [`Self::inner_passes`].
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    unsafe fn middle(&self, values: Values, eighth: usize) {
        for group in 0..self.size / 8 / 64 {
            let block = eighth * (self.size / 64) + 8 * group;
            // SAFETY: the caller's promise; there are as many shifts as values.
            unsafe {
                let mut x = load_strided(values, 64 * group, 1, 8);
                invert_layers::<3>(&mut x, &lane_twiddles(&self.inverse_twiddles, block));
                let shifts: Values = Values(self.shifts.as_ptr().cast_mut().cast());
                for (index, x) in x.iter_mut().enumerate() {
                    *x = x.times(&load(shifts, 8 * block + index, 8));
                }
                layers::<3>(&mut x, &lane_twiddles(&self.twiddles, block));
                store_strided(values, 64 * group, 1, 8, &x);
            }
        }
    }

    /// The last three layers of the transforms, and `A·B − C` in place of A, canonical.
    ///
    /// # Safety
    /// As for [`Self::first_pass`], for all three rows.
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    unsafe fn last_pass(&self, [a, b, c]: [Values; 3], vectors: core::ops::Range<usize>) {
        let twiddles = block_twiddles(&self.twiddles, 0);
        // A product of two values in ark's form lacks a factor of 2^4.
        let correction = Fr8::splat(&CORRECTION);
        for vector in vectors {
            // SAFETY: the caller's promise.
            unsafe {
                let mut at_a = load_strided(a, 8 * vector, self.size / 8, 1);
                layers::<3>(&mut at_a, &twiddles);
                let mut at_b = load_strided(b, 8 * vector, self.size / 8, 1);
                layers::<3>(&mut at_b, &twiddles);
                let mut at_c = load_strided(c, 8 * vector, self.size / 8, 1);
                layers::<3>(&mut at_c, &twiddles);
                for index in 0..8 {
                    let product = at_a[index].times(&at_b[index]).times(&correction);
                    at_a[index] = product.minus(&at_c[index]).settle().canonical();
                }
                store_strided(a, 8 * vector, self.size / 8, 1, &at_a);
            }
        }
    }
}

/// `2^264 mod r`.
const CORRECTION: [u64; 5] = power_of_two(ScalarField::WORDS, 264);

/// Three layers' factors, the same for all lanes: that of block b, those of its halves and of its quarters, from
/// place 1 on.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
fn block_twiddles(twiddles: &[Line], block: usize) -> [Fr8; 8] {
    let mut factors = [Fr8::splat(&[0; 5]); 8];
    for layer in 0..3 {
        for part in 0..1 << layer {
            let index = (block << layer) + part;
            if let Some(line) = twiddles.get(index / 2) {
                let [a, b, c, d, e, f, g, h] = line.0;
                let words = if index.is_multiple_of(2) { [a, b, c, d] } else { [e, f, g, h] };
                factors[(1 << layer) + part] = Fr8::splat(&limbs(words));
            }
        }
    }
    factors
}

/// The same for eight blocks, one for each lane.
///
/// # Safety
/// The blocks must be those of layers that the factors suffice for.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
unsafe fn lane_twiddles(twiddles: &[Line], block: usize) -> [Fr8; 8] {
    let twiddles = Values(twiddles.as_ptr().cast_mut().cast());
    let mut factors = [Fr8::splat(&[0; 5]); 8];
    for layer in 0..3 {
        for part in 0..1 << layer {
            // SAFETY: the caller's promise.
            factors[(1 << layer) + part] = unsafe { load(twiddles, (block << layer) + part, 1 << layer) };
        }
    }
    factors
}

/// Layers of the inverse transform: settled values to settled values.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
fn invert_layers<const LAYERS: usize>(x: &mut [Fr8; 8], twiddles: &[Fr8; 8]) {
    for layer in 0..LAYERS {
        let half = (1 << LAYERS) >> (layer + 1);
        for block in 0..1 << layer {
            let twiddle = &twiddles[(1 << layer) + block];
            for index in 2 * half * block..2 * half * block + half {
                let (u, v) = (x[index], x[index + half].times(twiddle));
                // Products are below 1.3r here: 2.1r grow to 4.1r and 6.1r.
                if layer + 1 < LAYERS {
                    x[index] = u.plus(&v).carry();
                    x[index + half] = u.minus(&v).plus_multiple(2).carry();
                } else {
                    x[index] = u.plus(&v).plus_multiple(-4).settle();
                    x[index + half] = u.minus(&v).plus_multiple(-3).settle();
                }
            }
        }
    }
}

/// Layers of the transform: settled values to settled values.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
fn layers<const LAYERS: usize>(x: &mut [Fr8; 8], twiddles: &[Fr8; 8]) {
    for layer in (0..LAYERS).rev() {
        let half = (1 << LAYERS) >> (layer + 1);
        for block in 0..1 << layer {
            let twiddle = &twiddles[(1 << layer) + block];
            for index in 2 * half * block..2 * half * block + half {
                let (u, v) = (x[index], x[index + half]);
                // Sums of the first layer are below 4.2r, those of the second are below 8.4r and settled.
                x[index + half] = u.minus(&v).plus_multiple(5).carry().times(twiddle);
                let sum = u.plus(&v);
                x[index] = match LAYERS - layer {
                    1 if LAYERS > 1 => sum.carry(),
                    2 => sum.plus_multiple(-5).settle(),
                    _ => sum.plus_multiple(-1).settle(),
                };
            }
        }
    }
}

/// One vector: elements `first`, `first + step`, ..
///
/// # Safety
/// They must be there.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
unsafe fn load(values: Values, first: usize, step: usize) -> Fr8 {
    let mut places = [values.0.cast_const(); 8];
    for (lane, place) in places.iter_mut().enumerate() {
        // SAFETY: the caller's promise; an element is four words.
        *place = unsafe { place.add(4 * (first + lane * step)) };
    }
    // SAFETY: as above; lines are aligned to 64 bytes and elements to 32.
    unsafe { memory::load(&places) }
}

/// Eight vectors, `stride` elements apart.
///
/// # Safety
/// As for [`load`].
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
unsafe fn load_strided(values: Values, first: usize, stride: usize, step: usize) -> [Fr8; 8] {
    let mut x = [Fr8::splat(&[0; 5]); 8];
    for (index, x) in x.iter_mut().enumerate() {
        // SAFETY: the caller's promise.
        *x = unsafe { load(values, first + index * stride, step) };
    }
    x
}

/// # Safety
/// As for [`load`], and nobody else may use these elements.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
unsafe fn store_strided(values: Values, first: usize, stride: usize, step: usize, x: &[Fr8; 8]) {
    for (index, x) in x.iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { store(values, first + index * stride, step, x) };
    }
}

/// # Safety
/// As for [`store_strided`].
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
unsafe fn store(values: Values, first: usize, step: usize, x: &Fr8) {
    let mut places = [values.0; 8];
    for (lane, place) in places.iter_mut().enumerate() {
        // SAFETY: the caller's promise; an element is four words.
        *place = unsafe { place.add(4 * (first + lane * step)) };
    }
    // SAFETY: as above; aligned as in `load`.
    unsafe { memory::store(x, &places) };
}

/// The first `2^LAYERS` of eight vectors.
///
/// # Safety
/// As for [`load`].
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
unsafe fn load_strided_some<const LAYERS: usize>(values: Values, first: usize, stride: usize) -> [Fr8; 8] {
    let mut x = [Fr8::splat(&[0; 5]); 8];
    for (index, x) in x.iter_mut().enumerate().take(1 << LAYERS) {
        // SAFETY: the caller's promise.
        *x = unsafe { load(values, first + index * stride, 1) };
    }
    x
}

/// # Safety
/// As for [`store_strided`].
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
unsafe fn store_strided_some<const LAYERS: usize>(values: Values, first: usize, stride: usize, x: &[Fr8; 8]) {
    for (index, x) in x.iter().enumerate().take(1 << LAYERS) {
        // SAFETY: the caller's promise.
        unsafe { store(values, first + index * stride, 1, x) };
    }
}
