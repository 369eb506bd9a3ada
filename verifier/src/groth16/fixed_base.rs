//! Multiples of a point that is known in advance, without a doubling.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ff::PrimeField as _;

use crate::{
    curve::{Affine, Jacobian},
    field::Fp,
};

/// Bits of a scalar that one addition consumes.
const WINDOW: usize = 6;
/// Multiples that a window can ask for, up to sign, zero left out.
const MULTIPLES: usize = 1 << (WINDOW - 1);
/// Windows of a scalar of 254 bits, and the carry of the last.
const WINDOWS: usize = 255_usize.div_ceil(WINDOW);

/// `d · 64^w · P` for every digit d from 1 to 32 and every place w of a scalar in signed digits: 43 additions make any multiple
/// of P, against 254 doublings and some 60 additions without a table. 88 KB.
pub(super) struct FixedBase(Vec<Affine<Fp>>);

impl FixedBase {
    /// The point must not be the identity.
    pub(super) fn new(point: &G1Affine) -> Self {
        let mut multiples = Vec::with_capacity(WINDOWS * MULTIPLES);
        let mut power = point.into_group();
        for _ in 0..WINDOWS {
            let mut multiple = power;
            for _ in 0..MULTIPLES {
                multiples.push(multiple);
                multiple += power;
            }
            // The last one pushed is half of the next window's first.
            power = (multiple - power) * Fr::from(2);
        }
        Self(G1Projective::normalize_batch(&multiples).iter().map(Affine::from).collect())
    }

    /// `sum + scalar · P`.
    pub(super) fn add_multiple(&self, scalar: &Fr, mut sum: Jacobian<Fp>) -> Jacobian<Fp> {
        for (digit, window) in signed_digits(scalar).zip(self.0.chunks_exact(MULTIPLES)) {
            // Digit 0 has no multiple in the table, and nothing to add.
            if let Some(multiple) = window.get(digit.unsigned_abs().wrapping_sub(1)) {
                sum = sum.add(if digit < 0 { multiple.negate() } else { *multiple });
            }
        }
        sum
    }
}

/// The digits of a scalar to the base 64, from −31 to 32, the lowest first.
fn signed_digits(scalar: &Fr) -> impl Iterator<Item = isize> {
    let limbs = scalar.into_bigint().0;
    let mut carry = 0;
    (0..WINDOWS).map(move |window| {
        let bits = (0..WINDOW).rev().map(|bit| {
            let place = window * WINDOW + bit;
            limbs.get(place / 64).map_or(0, |limb| isize::from(limb >> (place % 64) & 1 == 1))
        });
        let digit = bits.fold(0, |digit, bit| 2 * digit + bit) + carry;
        carry = isize::from(digit > 32);
        digit - 64 * carry
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_any_multiple() {
        let point = (G1Affine::generator() * Fr::from(77_u64)).into_affine();
        let base = FixedBase::new(&point);
        let scalars = [0_u64, 1, 31, 32, 33, 63, 64, 0x0f0f_0000_0000_0001, u64::MAX].map(Fr::from);
        for scalar in scalars.into_iter().flat_map(|scalar| [scalar, -scalar, scalar / Fr::from(7_u64)]) {
            let sum = base.add_multiple(&scalar, Affine::from(&point).into());
            assert_eq!(G1Projective::from(sum), point * scalar + point);
        }
    }
}
