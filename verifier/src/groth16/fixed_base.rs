//! Multiples of a point that is known in advance, without a doubling.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ff::PrimeField as _;

/// Bits of a scalar that one addition consumes.
const WINDOW: usize = 4;
/// Multiples that a window can ask for, zero left out.
const MULTIPLES: usize = (1 << WINDOW) - 1;
/// Windows of a scalar of 256 bits.
const WINDOWS: usize = 256 / WINDOW;

/// `d · 16^w · P` for every digit d from 1 to 15 and every place w of a scalar: 64 additions make any multiple of P,
/// against 254 doublings and some 60 additions without a table. 60 KB.
pub(super) struct FixedBase(Vec<G1Affine>);

impl FixedBase {
    pub(super) fn new(point: &G1Affine) -> Self {
        let mut multiples = Vec::with_capacity(WINDOWS * MULTIPLES);
        let mut power = point.into_group();
        for _ in 0..WINDOWS {
            let mut multiple = power;
            for _ in 0..MULTIPLES {
                multiples.push(multiple);
                multiple += power;
            }
            power = multiple;
        }
        Self(G1Projective::normalize_batch(&multiples))
    }

    /// `sum += scalar · P`.
    pub(super) fn add_multiple(&self, scalar: &Fr, sum: &mut G1Projective) {
        let limbs = scalar.into_bigint().0;
        let digits = limbs.iter().flat_map(|limb| (0..64).step_by(WINDOW).map(move |shift| (limb >> shift) & 0xf));
        for (digit, window) in digits.zip(self.0.chunks_exact(MULTIPLES)) {
            // Digit 0 has no multiple in the table, and nothing to add.
            let multiple = usize::try_from(digit).ok().and_then(|digit| window.get(digit.wrapping_sub(1)));
            if let Some(multiple) = multiple {
                *sum += multiple;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_any_multiple() {
        let point = (G1Affine::generator() * Fr::from(77_u64)).into_affine();
        let base = FixedBase::new(&point);
        let scalars = [0_u64, 1, 15, 16, 0x0f0f_0000_0000_0001].map(Fr::from);
        for scalar in scalars.into_iter().chain([-Fr::from(1_u64), Fr::from(3_u64) / Fr::from(7_u64)]) {
            let mut sum = G1Projective::from(point);
            base.add_multiple(&scalar, &mut sum);
            assert_eq!(sum, point * scalar + point);
        }
    }
}
