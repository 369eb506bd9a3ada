//! A single point of G2 that walks through the Miller loop in homogeneous coordinates.
//!
//! Formulas: Aranha, Barreto, Longa, Ricardini, "The realm of the pairings", <https://eprint.iacr.org/2013/722>, section 4.3, with
//! all coordinates of a doubled point times 4, which saves the halvings.

use ark_bn254::{G2Affine, g2};
use ark_ec::short_weierstrass::SWCurveConfig as _;

use super::schedule::Step;
use crate::{curve::Affine, field::Fp2};

/// The walking point `(X/Z, Y/Z)`, and where it started.
pub(super) struct Walk {
    start: Affine<Fp2>,
    x: Fp2,
    y: Fp2,
    z: Fp2,
}

/// `c·y + a·x·w + b·w³` at (x, y), up to a factor in `Fp2`.
pub(super) struct Line {
    pub(super) c: Fp2,
    pub(super) a: Fp2,
    pub(super) b: Fp2,
}

impl Walk {
    /// Starts at a point of the prime-order subgroup, which is not the identity.
    pub(super) fn from(point: &G2Affine) -> Self {
        let start = Affine::from(point);
        Self { start, x: start.x, y: start.y, z: Fp2::ONE }
    }

    /// Takes a step.
    pub(super) fn take(&mut self, step: Step) -> Line {
        match step.addend(self.start) {
            None => self.double(),
            Some(addend) => self.add(addend),
        }
    }

    /// The tangent.
    fn double(&mut self) -> Line {
        const B: Fp2 = Fp2::from_ark(g2::Config::COEFF_B);
        let xy = self.x * self.y;
        let b = self.y.square();
        let c = self.z.square();
        let e = c.triple() * B;
        let f = e.triple();
        let h = (self.y * self.z).double();
        let line = Line { c: -h, a: self.x.square().triple(), b: e - b };
        self.x = (xy * (b - f)).double();
        self.y = ((b + f).times_itself() - e.double().times_itself().triple()).reduce();
        self.z = (b * h).double().double();
        line
    }

    /// The line through another point, in affine coordinates.
    fn add(&mut self, q: Affine<Fp2>) -> Line {
        let theta = self.y - q.y * self.z;
        let lambda = self.x - q.x * self.z;
        let d = lambda.square();
        let e = lambda * d;
        let g = self.x * d;
        let h = e + self.z * theta.square() - g.double();
        let line = Line { c: lambda, a: -theta, b: (theta.times(q.x) - lambda.times(q.y)).reduce() };
        self.x = lambda * h;
        self.y = (theta.times(g - h) - e.times(self.y)).reduce();
        self.z = self.z * e;
        line
    }
}
