//! Sums of many lists of affine points, pair by pair, with one inversion for a whole round of additions.
//!
//! An affine addition costs 3 multiplications, a third of a projective one, and an inversion; shared by Montgomery's trick an
//! inversion costs 3 more.

use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{AdditiveGroup, Field, Zero};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Lists of points that lie one behind the other, and room to work in. The points say something about a witness: wiped
/// when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Lists<P: SWCurveConfig> {
    points: Vec<Affine<P>>,
    /// The length of each list.
    lengths: Vec<usize>,
    /// For each pair of a round what its slope is divided by, then the inverse of that.
    denominators: Vec<P::BaseField>,
    /// Products of all denominators before.
    prefixes: Vec<P::BaseField>,
}

impl<P: SWCurveConfig> Lists<P> {
    /// No list, with room for so many: a vector that grows would leave copies behind.
    pub(super) fn with_capacity(lists: usize, points: usize) -> Self {
        Self {
            points: Vec::with_capacity(points),
            lengths: Vec::with_capacity(lists),
            denominators: Vec::with_capacity(points / 2),
            prefixes: Vec::with_capacity(points / 2),
        }
    }

    /// Number of points in all lists.
    pub(super) fn len(&self) -> usize {
        self.points.len()
    }

    /// Appends a list.
    pub(super) fn push(&mut self, list: impl Iterator<Item = Affine<P>>) {
        let before = self.points.len();
        self.points.extend(list);
        self.lengths.push(self.points.len() - before);
    }

    /// Calls `take` with the sum of every list in turn, and forgets them.
    pub(super) fn drain_sums(&mut self, mut take: impl FnMut(Affine<P>)) {
        while self.lengths.iter().any(|length| *length > 1) {
            self.halve();
        }
        let mut points = self.points.iter();
        for length in &self.lengths {
            take(if *length == 0 { Affine::identity() } else { points.next().copied().unwrap_or_default() });
        }
        self.points.clear();
        self.lengths.clear();
    }

    /// One round: adds the points of every list in pairs. An odd one stays.
    fn halve(&mut self) {
        self.invert_denominators();
        let (mut from, mut to, mut pair) = (0, 0, 0);
        for length in &mut self.lengths {
            let end = from + *length;
            while from + 1 < end {
                self.points[to] = add(&self.points[from], &self.points[from + 1], &self.denominators[pair]);
                (from, to, pair) = (from + 2, to + 1, pair + 1);
            }
            if from < end {
                self.points[to] = self.points[from];
                (from, to) = (from + 1, to + 1);
            }
            *length = length.div_ceil(2);
        }
        self.points.truncate(to);
    }

    /// Montgomery's trick over all pairs of a round.
    fn invert_denominators(&mut self) {
        self.denominators.clear();
        self.prefixes.clear();
        let mut product = P::BaseField::ONE;
        let mut from = 0;
        for length in &self.lengths {
            for pair in self.points[from..from + length].chunks_exact(2) {
                let denominator = slope_denominator(&pair[0], &pair[1]);
                self.prefixes.push(product);
                self.denominators.push(denominator);
                product *= denominator;
            }
            from += length;
        }
        let mut inverse = product.inverse().expect("no denominator is zero");
        for (denominator, prefix) in self.denominators.iter_mut().zip(&self.prefixes).rev() {
            let next = inverse * *denominator;
            *denominator = inverse * prefix;
            inverse = next;
        }
    }
}

/// What the slope of the line through two points is divided by; 1 where there is no such line. Never zero: no point of
/// odd order has y = 0.
fn slope_denominator<P: SWCurveConfig>(first: &Affine<P>, second: &Affine<P>) -> P::BaseField {
    if first.is_zero() || second.is_zero() {
        return P::BaseField::ONE;
    }
    let run = second.x - first.x;
    match (run.is_zero(), first.y == second.y) {
        (false, _) => run,
        (true, true) => first.y.double(),
        (true, false) => P::BaseField::ONE,
    }
}

/// The sum of two points, given the inverse of their [`slope_denominator`].
fn add<P: SWCurveConfig>(first: &Affine<P>, second: &Affine<P>, inverse: &P::BaseField) -> Affine<P> {
    if first.is_zero() {
        return *second;
    }
    if second.is_zero() {
        return *first;
    }
    let rise = if first.x != second.x {
        second.y - first.y
    } else if first.y == second.y {
        let square = first.x.square();
        square.double() + square + P::COEFF_A
    } else {
        return Affine::identity();
    };
    let slope = rise * inverse;
    let x = slope.square() - first.x - second.x;
    Affine::new_unchecked(x, slope * (first.x - x) - first.y)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ark_bn254::G1Affine;
    use ark_ec::CurveGroup;
    use std::iter;

    fn multiple(factor: i32) -> G1Affine {
        (G1Affine::generator() * aiq_circuits::Fr::from(factor)).into_affine()
    }

    #[test]
    fn adds_equal_opposite_and_infinite_points_too() {
        let lists: [&[i32]; 8] =
            [&[], &[5], &[1, 1], &[1, -1], &[0, 3, 0], &[1, -1, 2, 2, -4, 7], &[3; 13], &[1, 2, 3, 4, 5, 6, 7, 8, 9]];
        let mut sums = Vec::new();
        let mut work = Lists::with_capacity(8, 40);
        for list in lists {
            work.push(list.iter().copied().map(multiple));
        }
        work.drain_sums(|sum| sums.push(sum));
        let expected: Vec<G1Affine> = lists.iter().map(|list| multiple(list.iter().sum())).collect();
        assert_eq!(sums, expected);

        // Nothing of the first use is left.
        work.push(iter::once(multiple(2)));
        let mut sums = Vec::new();
        work.drain_sums(|sum| sums.push(sum));
        assert_eq!(sums, [multiple(2)]);
    }
}
