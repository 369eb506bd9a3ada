//! Multi-scalar multiplication: Pippenger's buckets, each summed pair by pair in affine coordinates, with one task for
//! each window on rayon's global pool.
//!
//! `VariableBaseMSM` of ark-ec 0.6 adds to projective buckets, builds a thread pool for every call, keeps twice the
//! buckets that signed digits need, and cuts the same scalars anew for each set of bases; hence our own.

use aiq_circuits::Fr;
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, Bucket, Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup, PrimeField};
use rayon::prelude::*;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::pairs::Lists;

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
        #[allow(clippy::cast_possible_truncation)] // at most 16 bits are left
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

/// The width with the least work for this many bases, counted in multiplications of the curve's field: in each window
/// an affine addition for each base, and a mixed and a full one for each bucket.
pub(super) fn best_width(bases: usize) -> usize {
    let work = |width: &usize| windows(*width) * (6 * bases + 24 * (1 << (*width - 1)));
    (4..=16).min_by_key(work).unwrap_or(4)
}

/// The bases of one multiplication, without those at infinity: about a third of B is.
pub(super) struct Bases<P: SWCurveConfig> {
    points: Vec<Affine<P>>,
    /// Index of each point's scalar.
    scalars: Vec<u32>,
}

/// Points that are added up together: few enough to stay in a core's cache, enough to share an inversion.
const BATCH: usize = 2048;

/// The mark of a point that enters its bucket with the opposite sign.
const NEGATIVE: u32 = 1 << 31;

impl<P: SWCurveConfig<ScalarField = Fr>> Bases<P> {
    /// Bases whose scalars begin at index `first_scalar`.
    pub(super) fn new(points: &[Affine<P>], first_scalar: u32) -> Self {
        let (points, scalars) = points
            .iter()
            .zip(first_scalar..)
            .filter(|(point, _)| !point.is_zero())
            .map(|(point, scalar)| (*point, scalar))
            .unzip();
        Self { points, scalars }
    }

    /// `Σ scalarᵢ·baseᵢ`.
    pub(super) fn multiply(&self, scalars: &Scalars) -> Projective<P> {
        let sums: Vec<Projective<P>> =
            (0..windows(scalars.width)).into_par_iter().map(|window| self.sum_window(scalars, window)).collect();
        sums.into_iter().rev().fold(Projective::ZERO, |mut total, sum| {
            for _ in 0..scalars.width {
                total.double_in_place();
            }
            total + sum
        })
    }

    /// `Σ digitᵢ·baseᵢ` for one window: bases with the same digit are added up first.
    fn sum_window(&self, scalars: &Scalars, window: usize) -> Projective<P> {
        let sorted = self.sort_into_buckets(scalars, window);
        let largest = sorted.ends.windows(2).map(|ends| ends[1] - ends[0]).max().unwrap_or(0);
        // Σ k·bucketₖ, from the highest bucket down, as the sum of all suffix sums.
        let mut suffix = Bucket::<P>::ZERO;
        let mut sum = Bucket::<P>::ZERO;
        let mut take = |bucket: Affine<P>| {
            suffix += &bucket;
            sum += &suffix;
        };
        let mut batch = Lists::with_capacity(sorted.ends.len(), BATCH + largest);
        for ends in sorted.ends.windows(2).rev() {
            batch.push(sorted.entries[ends[0]..ends[1]].iter().map(|entry| {
                let point = self.points[(entry & !NEGATIVE) as usize];
                if entry & NEGATIVE == 0 { point } else { -point }
            }));
            if batch.len() >= BATCH {
                batch.drain_sums(&mut take);
            }
        }
        batch.drain_sums(take);
        sum.into()
    }

    /// Counting sort of the points by the size of their digit. Zeros are left out.
    fn sort_into_buckets(&self, scalars: &Scalars, window: usize) -> Sorted {
        let digits = || self.scalars.iter().map(|scalar| scalars.digit(*scalar as usize, window));
        // Bucket k holds the digits ±(k + 1).
        let bucket = |digit: i32| digit.unsigned_abs() as usize - 1;
        let mut next = vec![0; 1 << (scalars.width - 1)];
        digits().filter(|digit| *digit != 0).for_each(|digit| next[bucket(digit)] += 1);
        let mut ends = vec![0];
        for start in &mut next {
            let before = ends.last().copied().unwrap_or(0);
            ends.push(before + *start);
            *start = before;
        }
        let mut entries = vec![0; ends.last().copied().unwrap_or(0)];
        for (point, digit) in (0..).zip(digits()).filter(|(_, digit)| *digit != 0) {
            let place = &mut next[bucket(digit)];
            entries[*place] = if digit > 0 { point } else { point | NEGATIVE };
            *place += 1;
        }
        next.zeroize();
        Sorted { entries, ends }
    }
}

/// Points in the order of their buckets. That order is as secret as the digits.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Sorted {
    /// Indices of points, [`NEGATIVE`] or not.
    entries: Vec<u32>,
    /// 0, then where each bucket's entries end.
    ends: Vec<usize>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ark_bn254::{G1Affine, G1Projective, G2Affine, G2Projective};
    use ark_ec::CurveGroup;
    use ark_ff::{Field, UniformRand, Zero};
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    /// Scalars at the edges of digits, of words and of the field, and some that nobody chose.
    fn scalars(rng: &mut ChaCha20Rng) -> Vec<Fr> {
        let powers = (0..254).step_by(7).map(|bit| Fr::from(2u8).pow([bit]));
        let edges = powers.flat_map(|power| [power, power - Fr::ONE, -power, Fr::ONE - power]);
        edges.chain([Fr::ZERO, Fr::ONE, -Fr::ONE]).chain((0..20).map(|_| Fr::rand(rng))).collect()
    }

    #[test]
    fn digits_add_up_to_the_scalar_for_every_width() {
        let values = scalars(&mut ChaCha20Rng::from_seed([1; 32]));
        for width in 4..=16 {
            let scalars = Scalars::new(&values, width);
            for (index, value) in values.iter().enumerate() {
                let sum = (0..windows(width)).rev().fold(Fr::ZERO, |sum, window| {
                    let digit = scalars.digit(index, window);
                    assert!(digit.unsigned_abs() <= 1 << (width - 1), "digit {digit} of width {width} has a bucket");
                    sum * Fr::from(1u32 << width) + Fr::from(digit)
                });
                assert_eq!(sum, *value, "scalar {index} in width {width}");
            }
        }
    }

    #[test]
    fn multiplies_as_the_definition_says_in_both_groups() {
        let mut rng = ChaCha20Rng::from_seed([2; 32]);
        let values = scalars(&mut rng);
        let mut g1: Vec<G1Affine> = values.iter().map(|_| G1Projective::rand(&mut rng).into_affine()).collect();
        let mut g2: Vec<G2Affine> = values.iter().map(|_| G2Projective::rand(&mut rng).into_affine()).collect();
        // Points at infinity are left out; equal and opposite ones meet in a bucket.
        for position in (0..values.len()).step_by(3) {
            (g1[position], g2[position]) = (G1Affine::zero(), G2Affine::zero());
        }
        (g1[1], g1[2], g1[5]) = (g1[4], -g1[4], g1[4]);
        let in_g1: G1Projective = g1.iter().zip(&values).map(|(point, value)| *point * value).sum();
        let in_g2: G2Projective = g2.iter().zip(&values).map(|(point, value)| *point * value).sum();
        for width in [4, 9, 13, 16] {
            let scalars = Scalars::new(&values, width);
            assert_eq!(Bases::new(&g1, 0).multiply(&scalars), in_g1);
            assert_eq!(Bases::new(&g2, 0).multiply(&scalars), in_g2);
        }
    }

    #[test]
    fn bases_can_begin_at_any_scalar() {
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        let values = [(); 6].map(|()| Fr::rand(&mut rng));
        let points = [(); 4].map(|()| G1Projective::rand(&mut rng).into_affine());
        let expected: G1Projective = points.iter().zip(&values[2..]).map(|(point, value)| *point * value).sum();
        assert_eq!(Bases::new(&points, 2).multiply(&Scalars::new(&values, 5)), expected);
        assert!(Bases::<ark_bn254::g1::Config>::new(&[], 0).multiply(&Scalars::new(&values, 5)).is_zero());
    }
}
