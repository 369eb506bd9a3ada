//! Multi-scalar multiplication: Pippenger's buckets, with one task for each window on rayon's global pool.
//!
//! `VariableBaseMSM` of ark-ec 0.6 builds a thread pool for every call, keeps twice the buckets that signed digits
//! need, and cuts the same scalars anew for each set of bases; hence our own.

use aiq_circuits::Fr;
use ark_ec::AffineRepr;
use ark_ec::scalar_mul::variable_base::VariableBaseMSM;
use ark_ff::{AdditiveGroup, PrimeField};
use rayon::prelude::*;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bits of the field's order: scalars are below `2^254`.
const SCALAR_BITS: usize = 254;

/// Scalars, ready to be cut into signed digits of `width` bits. They are secret: wiped when dropped.
///
/// Each is stored with `Σ 2^(width−1)·2^(width·w)` added, over all windows w but the highest. A digit in
/// `−2^(width−1) .. 2^(width−1)` is then `width` bits minus `2^(width−1)`, without a carry from one window to the next.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Scalars {
    biased: Vec<[u64; 4]>,
    width: usize,
}

impl Scalars {
    pub(super) fn new(scalars: &[Fr], width: usize) -> Self {
        let bias = Self::bias(width);
        let add_bias = |scalar: &Fr| {
            let mut sum = scalar.into_bigint().0;
            let mut carry = 0;
            for (limb, bias) in sum.iter_mut().zip(bias) {
                let wide = u128::from(*limb) + u128::from(bias) + carry;
                (*limb, carry) = (low_limb(wide), wide >> 64);
            }
            sum
        };
        Self { biased: scalars.par_iter().map(add_bias).collect(), width }
    }

    /// Below `2^254`, so that the sum with a scalar stays below `2^255`.
    fn bias(width: usize) -> [u64; 4] {
        let mut bias = [0; 4];
        for window in 0..windows(width) - 1 {
            let bit = width * window + width - 1;
            bias[bit / 64] |= 1 << (bit % 64);
        }
        bias
    }

    /// The digit of one scalar in one window.
    #[inline]
    fn digit(&self, scalar: usize, window: usize) -> i32 {
        let limbs = &self.biased[scalar];
        let (limb, shift) = (self.width * window / 64, self.width * window % 64);
        let mut bits = limbs[limb] >> shift;
        if shift + self.width > 64 && limb < 3 {
            bits |= limbs[limb + 1] << (64 - shift);
        }
        let bits = (bits & ((1 << self.width) - 1)) as i32;
        if window + 1 == windows(self.width) { bits } else { bits - (1 << (self.width - 1)) }
    }
}

#[allow(clippy::cast_possible_truncation)] // the carry is kept apart
const fn low_limb(wide: u128) -> u64 {
    wide as u64
}

/// Windows of `width` bits that hold a scalar and the carry out of its highest signed digit.
const fn windows(width: usize) -> usize {
    SCALAR_BITS / width + 1
}

/// The width with the least work for this many bases: in each window a mixed addition for each base and two full ones
/// for each bucket. The latter cost about 1.4 times as much.
pub(super) fn best_width(bases: usize) -> usize {
    let work = |width: &usize| windows(*width) * (10 * bases + 28 * (1 << (*width - 1)));
    (4..=16).min_by_key(work).unwrap_or(4)
}

/// The bases of one multiplication, without those at infinity: about a third of B is.
pub(super) struct Bases<P> {
    points: Vec<P>,
    /// Index of each point's scalar.
    scalars: Vec<u32>,
}

impl<P> Bases<P>
where
    P: AffineRepr<ScalarField = Fr>,
    P::Group: VariableBaseMSM<MulBase = P>,
    <P::Group as VariableBaseMSM>::Bucket: Zeroize,
{
    /// Bases whose scalars begin at index `first_scalar`.
    pub(super) fn new(points: &[P], first_scalar: u32) -> Self {
        let (points, scalars) =
            points.iter().zip(first_scalar..).filter(|(point, _)| !point.is_zero()).map(|(point, i)| (*point, i)).unzip();
        Self { points, scalars }
    }

    /// `Σ scalarᵢ·baseᵢ`.
    pub(super) fn multiply(&self, scalars: &Scalars) -> P::Group {
        let sums: Vec<P::Group> =
            (0..windows(scalars.width)).into_par_iter().map(|window| self.sum_window(scalars, window)).collect();
        sums.into_iter().rev().fold(P::Group::ZERO, |mut total, sum| {
            for _ in 0..scalars.width {
                total.double_in_place();
            }
            total + sum
        })
    }

    /// `Σ digitᵢ·baseᵢ` for one window: bases with the same digit are added up first.
    fn sum_window(&self, scalars: &Scalars, window: usize) -> P::Group {
        let empty = <P::Group as VariableBaseMSM>::ZERO_BUCKET;
        let mut buckets = Zeroizing::new(vec![empty; 1 << (scalars.width - 1)]);
        for (point, scalar) in self.points.iter().zip(&self.scalars) {
            let digit = scalars.digit(*scalar as usize, window);
            match digit {
                0 => {}
                1.. => buckets[digit.unsigned_abs() as usize - 1] += point,
                _ => buckets[digit.unsigned_abs() as usize - 1] -= point,
            }
        }
        // Σ k·bucketₖ, as the sum of all suffix sums.
        let (mut suffix, mut sum) = (empty, empty);
        for bucket in buckets.iter().rev() {
            suffix += bucket;
            sum += &suffix;
        }
        sum.into()
    }
}
