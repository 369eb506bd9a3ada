//! The quotient's transforms.
//!
//! Inverse transforms take values in order and give coefficients in bit-reversed order, forward ones the reverse, so
//! nothing is ever permuted. The coset's shift is part of the forward twiddle factors and the inverse's factor `1/n` is
//! left to the end, so neither costs a pass. Between the passes values are below twice the modulus.

use aiq_circuits::Fr;
use ark_bn254::FrConfig;
use ark_ff::{FftField, Field};
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::engine::RowValues;
use crate::engine::backend::Transforms;
use crate::words::{Modulus, Words, at_most, canonical_4, difference, sum, times};

/// Halves of at least this length may go to different threads.
const PARALLEL: usize = 4096;

/// The twiddle factors of one domain and its odd coset.
pub(super) struct PortableTransforms {
    /// For each layer by falling length `2m`: `ω₂ₘ^−j` for `j < m`.
    inverse: Vec<Vec<Fr>>,
    /// For each layer by falling length `2m`: `s^(n/2m)·ω₂ₘ^j` for `j < m`, where `s² = ωₙ`.
    forward: Vec<Vec<Fr>>,
    /// `n⁻¹` and `n⁻²`.
    scale: [Fr; 2],
}

impl PortableTransforms {
    pub(super) fn new(size: usize) -> Self {
        let lengths = || std::iter::successors(Some(size), |length| Some(length / 2)).take_while(|length| *length > 1);
        let root = |order: usize| Fr::get_root_of_unity(order as u64).expect("circuits fit the field's 2^28 roots");
        let powers = |first: Fr, ratio: Fr, count| {
            std::iter::successors(Some(first), |x| Some(*x * ratio)).take(count).collect()
        };
        let inverse = |value: Fr| value.inverse().expect("neither a root nor a size is 0");
        let scale = inverse(Fr::from(size as u64));
        Self {
            inverse: lengths().map(|length| powers(Fr::ONE, inverse(root(length)), length / 2)).collect(),
            // s^(n/2m) is a root of unity of order 4m.
            forward: lengths().map(|length| powers(root(2 * length), root(length), length / 2)).collect(),
            scale: [scale, scale.square()],
        }
    }
}

impl Transforms for PortableTransforms {
    fn quotient(&self, mut rows: RowValues) -> Zeroizing<Vec<Fr>> {
        let RowValues { a, b, c } = &mut rows;
        [&mut *a, &mut *b, &mut *c].into_par_iter().for_each(|values| {
            to_coefficients(values, &self.inverse);
            to_values(values, &self.forward);
        });
        let [scale, scale_squared] = self.scale;
        a.par_iter_mut().zip(b).zip(c).with_min_len(1024).for_each(|((a, b), c)| {
            let product = times::<FrConfig>(times::<FrConfig>(a.0.0, b.0.0), scale_squared.0.0);
            let difference = difference(sum(product, TWICE), times::<FrConfig>(c.0.0, scale.0.0));
            a.0.0 = canonical_4::<FrConfig>(difference);
        });
        Zeroizing::new(std::mem::take(&mut rows.a))
    }
}

/// Twice the modulus.
const TWICE: Words = FrConfig::TWICE_P;

/// `n` times the coefficients, in bit-reversed order, of the polynomial with these values.
fn to_coefficients(values: &mut [Fr], twiddles: &[Vec<Fr>]) {
    let Some((layer, rest)) = twiddles.split_first() else { return };
    let (low, high) = values.split_at_mut(values.len() / 2);
    for ((low, high), twiddle) in low.iter_mut().zip(&mut *high).zip(layer) {
        let (u, v) = (low.0.0, high.0.0);
        low.0.0 = at_most(sum(u, v), TWICE);
        high.0.0 = times::<FrConfig>(difference(sum(u, TWICE), v), twiddle.0.0);
    }
    both_halves(low, high, |half| to_coefficients(half, rest));
}

/// The values on the odd coset of the polynomial with these coefficients in bit-reversed order.
fn to_values(values: &mut [Fr], twiddles: &[Vec<Fr>]) {
    let Some((layer, rest)) = twiddles.split_first() else { return };
    let (low, high) = values.split_at_mut(values.len() / 2);
    both_halves(low, high, |half| to_values(half, rest));
    for ((low, high), twiddle) in low.iter_mut().zip(high).zip(layer) {
        let (u, v) = (low.0.0, times::<FrConfig>(twiddle.0.0, high.0.0));
        low.0.0 = at_most(sum(u, v), TWICE);
        high.0.0 = at_most(difference(sum(u, TWICE), v), TWICE);
    }
}

fn both_halves(low: &mut [Fr], high: &mut [Fr], transform: impl Fn(&mut [Fr]) + Sync) {
    if low.len() < PARALLEL {
        transform(low);
        transform(high);
    } else {
        rayon::join(|| transform(low), || transform(high));
    }
}
