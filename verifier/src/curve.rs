//! The two curves, `y² = x³ + b` over `Fp` (G1) and over `Fp2` (the twist, which holds G2), as far as a verifier computes on
//! them itself.

use ark_bn254::{Config, G1Affine, G1Projective, G2Affine};
use ark_ec::bn::BnConfig as _;

use crate::field::{Element, Fp, Fp2};

/// A point other than the identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Affine<F> {
    pub(crate) x: F,
    pub(crate) y: F,
}

/// `(x/z², y/z³)`; the identity if z = 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jacobian<F> {
    pub(crate) x: F,
    pub(crate) y: F,
    pub(crate) z: F,
}

impl<F: Element> Affine<F> {
    pub(crate) fn negate(self) -> Self {
        Self { x: self.x, y: -self.y }
    }
}

impl<F: Element> Jacobian<F> {
    pub(crate) const IDENTITY: Self = Self { x: F::ONE, y: F::ONE, z: F::ZERO };

    pub(crate) fn is_identity(&self) -> bool {
        self.z == F::ZERO
    }

    /// Doubles: `dbl-2009-l` of the Explicit-Formulas Database.
    pub(crate) fn double(&self) -> Self {
        let a = self.x.square();
        let b = self.y.square();
        let c = b.square();
        let d = ((self.x + b).square() - a - c).double();
        let e = a.double() + a;
        let x = e.square() - d.double();
        let y = e * (d - x) - c.double().double().double();
        Self { x, y, z: (self.y * self.z).double() }
    }

    /// Adds any point, the same or the opposite one included: points in question may have a small order.
    pub(crate) fn add(&self, other: Affine<F>) -> Self {
        if self.is_identity() {
            return other.into();
        }
        let z2 = self.z.square();
        let h = other.x * z2 - self.x;
        let r = other.y * z2 * self.z - self.y;
        if h == F::ZERO {
            return if r == F::ZERO { self.double() } else { Self::IDENTITY };
        }
        let h2 = h.square();
        let h3 = h * h2;
        let v = self.x * h2;
        let x = r.square() - h3 - v.double();
        Self { x, y: r * (v - x) - self.y * h3, z: self.z * h }
    }
}

impl<F: Element> From<Affine<F>> for Jacobian<F> {
    fn from(point: Affine<F>) -> Self {
        Self { x: point.x, y: point.y, z: F::ONE }
    }
}

impl From<G1Projective> for Jacobian<Fp> {
    fn from(point: G1Projective) -> Self {
        Self { x: Fp::from_ark(point.x), y: Fp::from_ark(point.y), z: Fp::from_ark(point.z) }
    }
}

impl From<Jacobian<Fp>> for G1Projective {
    fn from(point: Jacobian<Fp>) -> Self {
        Self::new_unchecked(point.x.to_ark(), point.y.to_ark(), point.z.to_ark())
    }
}

impl From<&G1Affine> for Affine<Fp> {
    /// The point must not be the identity.
    fn from(point: &G1Affine) -> Self {
        Self { x: Fp::from_ark(point.x), y: Fp::from_ark(point.y) }
    }
}

impl From<&G2Affine> for Affine<Fp2> {
    /// The point must not be the identity.
    fn from(point: &G2Affine) -> Self {
        Self { x: Fp2::from_ark(point.x), y: Fp2::from_ark(point.y) }
    }
}

impl Affine<Fp2> {
    /// `ψ`: the p-power Frobenius of the curve over `Fp12`, seen on the twist.
    pub(crate) fn frobenius(self) -> Self {
        const X: Fp2 = Fp2::from_ark(Config::TWIST_MUL_BY_Q_X);
        const Y: Fp2 = Fp2::from_ark(Config::TWIST_MUL_BY_Q_Y);
        Self { x: self.x.conjugate() * X, y: self.y.conjugate() * Y }
    }
}

impl Jacobian<Fp2> {
    /// Affine coordinates, unless it is the identity.
    pub(crate) fn to_affine(self) -> Option<Affine<Fp2>> {
        let mut inverse = [self.z];
        Fp2::invert_all(&mut inverse);
        let [inverse] = inverse;
        let square = inverse.square();
        (!self.is_identity()).then(|| Affine { x: self.x * square, y: self.y * square * inverse })
    }
}
