//! Random coefficients that are cheap to multiply by.

use ark_bn254::{Fr, G1Affine, g1};
use ark_ec::scalar_mul::glv::GLVConfig;
use rand::{CryptoRng, RngCore};

use crate::{
    curve::{Affine, Jacobian},
    field::Fp,
};

/// `low + λ·high` with 128 random bits, λ the eigenvalue of G1's endomorphism φ.
///
/// All 2¹²⁸ of them are different in the scalar field: the vectors (a, b) with a + λ·b = 0 mod r form a lattice whose
/// shortest vector has 127 bits, and two equal coefficients would make one of 65. As `φ(P) = λ·P` costs one
/// multiplication in the base field, a multiple takes 64 doublings instead of 128.
#[derive(Clone, Copy)]
pub(super) struct Coefficient {
    low: u64,
    high: u64,
}

impl Coefficient {
    pub(super) fn random(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self { low: rng.next_u64(), high: rng.next_u64() }
    }

    /// The coefficient in the scalar field.
    pub(super) fn to_field(self) -> Fr {
        Fr::from(self.low) + g1::Config::LAMBDA * Fr::from(self.high)
    }

    /// The two halves, for `P` and `φ(P)`.
    pub(super) const fn halves(self) -> [u64; 2] {
        [self.low, self.high]
    }

    /// This multiple of a point, which is not the identity: doublings shared between both halves, and where both have a
    /// bit, `P + φ(P) = −φ²(P)`.
    pub(super) fn multiply(self, point: &G1Affine) -> Jacobian<Fp> {
        const BETA: Fp = Fp::from_ark(g1::Config::ENDO_COEFFS[0]);
        let point = Affine::from(point);
        let twin = Affine { x: point.x * BETA, y: point.y };
        let both = Affine { x: twin.x * BETA, y: -point.y };
        let bits = (0..u64::BITS).rev().map(|bit| (self.low >> bit & 1, self.high >> bit & 1));
        bits.fold(Jacobian::IDENTITY, |multiple, bits| {
            let multiple = multiple.double();
            match bits {
                (0, 0) => multiple,
                (_, 0) => multiple.add(point),
                (0, _) => multiple.add(twin),
                _ => multiple.add(both),
            }
        })
    }
}

/// `φ(P) = λ·P`.
pub(super) fn endomorphism(point: &G1Affine) -> G1Affine {
    g1::Config::endomorphism_affine(point)
}

#[cfg(test)]
mod tests {
    use ark_bn254::G1Projective;
    use ark_ec::{AffineRepr as _, CurveGroup as _};

    use super::*;

    #[test]
    fn multiplies_like_the_scalar_field() {
        let point = (G1Affine::generator() * Fr::from(5_u64)).into_affine();
        for (low, high) in [(0, 0), (1, 0), (0, 1), (u64::MAX, u64::MAX), (0x0123_4567_89ab_cdef, 1 << 63)] {
            let coefficient = Coefficient { low, high };
            let multiple = G1Projective::from(coefficient.multiply(&point));
            assert_eq!(multiple, point * coefficient.to_field(), "{low:x} {high:x}");
        }
    }
}
