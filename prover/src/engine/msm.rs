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
        let (points, scalars) = points
            .iter()
            .zip(first_scalar..)
            .filter(|(point, _)| !point.is_zero())
            .map(|(point, i)| (*point, i))
            .unzip();
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
        assert!(Bases::<G1Affine>::new(&[], 0).multiply(&Scalars::new(&values, 5)).is_zero());
    }
}
