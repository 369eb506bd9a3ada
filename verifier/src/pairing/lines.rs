//! Lines of points of G2 in affine form, computed before the points of G1 are known.
//!
//! The line through T with slope λ on the twist, at P on the curve, is `y − λ·x·w + (λ·x_T − y_T)·w³`. Divided by y it is
//! `1 + (−λ)·(x/y)·w + (λ·x_T − y_T)·(1/y)·w³`: of P only x/y and 1/y matter. For the identity both are zero, and every
//! line is 1.

use ark_bn254::G2Affine;

use super::schedule::{Step, steps};
use crate::{
    curve::{Affine, Jacobian},
    field::{Fp, Fp2, Fp6, Fp12},
};

/// Where lines are evaluated: a point of G1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    x_over_y: Fp,
    one_over_y: Fp,
}

impl Place {
    /// Takes points by one inversion.
    pub(crate) fn of<const N: usize>(points: [Jacobian<Fp>; N]) -> [Self; N] {
        let mut inverses = points.map(|point| point.y);
        Fp::invert_all(&mut inverses);
        core::array::from_fn(|index| Self::given_inverse(&points[index], inverses[index]))
    }

    /// Takes points by one inversion.
    pub(crate) fn of_all(points: &[Jacobian<Fp>]) -> Vec<Self> {
        let mut inverses: Vec<Fp> = points.iter().map(|point| point.y).collect();
        Fp::invert_all(&mut inverses);
        points.iter().zip(inverses).map(|(point, inverse)| Self::given_inverse(point, inverse)).collect()
    }

    /// In Jacobian coordinates, `x/y = XZ/Y` and `1/y = Z³/Y`; Y is not zero, as no point has order 2.
    fn given_inverse(point: &Jacobian<Fp>, inverse: Fp) -> Self {
        let z_over_y = point.z * inverse;
        Self { x_over_y: point.x * z_over_y, one_over_y: point.z.square() * z_over_y }
    }

    /// Moves the coefficients of a line to this place.
    pub(super) fn scale(self, slope: Fp2, constant: Fp2) -> Value {
        Value { a: slope.scale(self.x_over_y), b: constant.scale(self.one_over_y) }
    }
}

/// `−λ` and `λ·x_T − y_T`.
#[derive(Clone, Copy, Debug)]
struct Line {
    slope: Fp2,
    constant: Fp2,
}

/// What a line multiplies w and `v·w = w³` by at a place: `1 + (a + b·v)·w`, or c instead of 1 for a line that is not normalised.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) a: Fp2,
    pub(super) b: Fp2,
}

/// All lines of one point of G2, in the order of the steps: 11 KB.
#[derive(Clone, Debug)]
pub(crate) struct Lines(Vec<Line>);

impl Lines {
    /// Computes the lines of points, which must be in the prime-order subgroup and not the identity: then no step meets a
    /// vertical line.
    pub(crate) fn of<const N: usize>(points: [G2Affine; N]) -> [Self; N] {
        let mut lines = [const { Self(Vec::new()) }; N];
        draw(&points, &mut lines);
        lines
    }

    /// The same for many points.
    pub(crate) fn of_all(points: &[G2Affine]) -> Vec<Self> {
        let mut lines = vec![Self(Vec::new()); points.len()];
        draw(points, &mut lines);
        lines
    }

    /// The line of a step, by its number, at a place.
    pub(super) fn at(&self, step: usize, place: Place) -> Value {
        let line = &self.0[step];
        place.scale(line.slope, line.constant)
    }
}

/// Draws the lines of all points: every step is taken by all of them together, which costs one inversion.
fn draw(points: &[G2Affine], lines: &mut [Lines]) {
    let start: Vec<Affine<Fp2>> = points.iter().map(Affine::from).collect();
    let mut walking = start.clone();
    let mut inverses = vec![Fp2::ZERO; points.len()];
    for step in steps() {
        for ((inverse, t), q) in inverses.iter_mut().zip(&walking).zip(&start) {
            *inverse = step.addend(*q).map_or_else(|| t.y.double(), |addend| addend.x - t.x);
        }
        Fp2::invert_all(&mut inverses);
        for (((lines, t), q), inverse) in lines.iter_mut().zip(&mut walking).zip(&start).zip(&inverses) {
            lines.0.push(t.take(step, *q, *inverse));
        }
    }
}

impl Affine<Fp2> {
    /// Takes a step, given the inverse of the slope's denominator.
    fn take(&mut self, step: Step, q: Self, inverse: Fp2) -> Line {
        let Self { x, y } = *self;
        let (numerator, other_x) = match step.addend(q) {
            None => (x.square().triple(), x),
            Some(addend) => (addend.y - y, addend.x),
        };
        let slope = numerator * inverse;
        let constant = slope * x - y;
        self.x = slope.square() - x - other_x;
        self.y = -(slope * self.x - constant);
        Line { slope: -slope, constant }
    }
}

impl Fp12 {
    /// Multiplied by two lines: `(1 + a·w + b·w³)·(1 + a′·w + b′·w³)` first, by three products in `Fp2`.
    pub(super) fn times_two_lines(&self, one: Value, other: Value) -> Self {
        let aa = one.a.times(other.a);
        let bb = one.b.times(other.b);
        let both = (one.a + one.b).times(other.a + other.b);
        let constant = Fp6 { c0: bb.times_xi().reduce() + Fp2::ONE, c1: aa.reduce(), c2: (both - aa - bb).reduce() };
        self.times_sparse(&constant, one.a + other.a, one.b + other.b)
    }
}
