//! Affine points, their place in tables, and additions of many pairs with one inversion.

use ark_bn254::{Fq, Fq2, g1, g2};
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ff::BigInt;
use zeroize::Zeroize;

use super::arithmetic::Coordinate;
use crate::engine::backend::{Line, Multiples};

/// Pairs to one inversion, which costs about 200 multiplications.
pub(super) const BLOCK: usize = 1024;

/// An affine point; infinity is `(0, 0)`, which is on neither curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point<F> {
    pub(super) x: F,
    pub(super) y: F,
}

impl<F: Coordinate> Point<F> {
    pub(super) const INFINITY: Self = Self { x: F::ZERO, y: F::ZERO };

    #[inline]
    fn is_infinity(&self) -> bool {
        self.x.is_zero() && self.y.is_zero()
    }
}

impl<F: Zeroize> Zeroize for Point<F> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
    }
}

/// A group whose affine points can be packed into lines.
pub(super) trait Packed: CurveGroup<BaseField: Coordinate> {
    /// The lines of a point.
    type Lines: Copy + Default;

    /// Words of each line of the point that an entry names: reading them brings the lines into the cache.
    fn touch(table: &[Line], entry: u32) -> u64;

    /// Those of the point that an entry names, as they are.
    fn lines(table: &[Line], entry: u32) -> Self::Lines;

    /// The point that an entry names, with the entry's sign.
    fn unpack(lines: &Self::Lines, entry: u32) -> Point<Self::BaseField>;

    /// Writes a point that is not at infinity.
    fn pack(point: &Self::Affine, lines: &mut [Line]);

    /// The point in arkworks' form.
    fn affine(point: &Point<Self::BaseField>) -> Self::Affine;

    /// Lines to a point.
    const LINES: usize;
}

impl Packed for Projective<g1::Config> {
    const LINES: usize = 1;

    type Lines = Line;

    #[inline]
    fn touch(table: &[Line], entry: u32) -> u64 {
        table[(entry >> 1) as usize].0[0]
    }

    #[inline]
    fn lines(table: &[Line], entry: u32) -> Line {
        table[(entry >> 1) as usize]
    }

    #[inline]
    fn unpack(lines: &Line, entry: u32) -> Point<Fq> {
        let Line([x0, x1, x2, x3, y0, y1, y2, y3]) = *lines;
        let y = fq([y0, y1, y2, y3]);
        Point { x: fq([x0, x1, x2, x3]), y: if entry & 1 == 1 { -y } else { y } }
    }

    fn pack(point: &Self::Affine, lines: &mut [Line]) {
        lines[0] = line(point.x, point.y);
    }

    fn affine(point: &Point<Fq>) -> Self::Affine {
        affine(point)
    }
}

impl Packed for Projective<g2::Config> {
    const LINES: usize = 2;

    type Lines = [Line; 2];

    #[inline]
    fn touch(table: &[Line], entry: u32) -> u64 {
        let [x, y] = &table.as_chunks().0[(entry >> 1) as usize];
        x.0[0] ^ y.0[0]
    }

    #[inline]
    fn lines(table: &[Line], entry: u32) -> [Line; 2] {
        table.as_chunks().0[(entry >> 1) as usize]
    }

    #[inline]
    fn unpack(lines: &[Line; 2], entry: u32) -> Point<Fq2> {
        let coordinate = |Line([a0, a1, a2, a3, b0, b1, b2, b3])| Fq2::new(fq([a0, a1, a2, a3]), fq([b0, b1, b2, b3]));
        let y = coordinate(lines[1]);
        Point { x: coordinate(lines[0]), y: if entry & 1 == 1 { -y } else { y } }
    }

    fn pack(point: &Self::Affine, lines: &mut [Line]) {
        lines[0] = line(point.x.c0, point.x.c1);
        lines[1] = line(point.y.c0, point.y.c1);
    }

    fn affine(point: &Point<Fq2>) -> Self::Affine {
        affine(point)
    }
}

fn affine<P: SWCurveConfig<BaseField: Coordinate>>(point: &Point<P::BaseField>) -> Affine<P> {
    if point.is_infinity() { Affine::identity() } else { Affine::new_unchecked(point.x, point.y) }
}

/// An element from its Montgomery form.
const fn fq(words: [u64; 4]) -> Fq {
    Fq::new_unchecked(BigInt(words))
}

const fn line(first: Fq, second: Fq) -> Line {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (first.0.0, second.0.0);
    Line([a0, a1, a2, a3, b0, b1, b2, b3])
}

/// Fills the part of a table for some bases: doublings in projective coordinates, then all of them made affine with one
/// inversion.
pub(super) fn fill_multiples<G: Packed>(bases: &[G::Affine], multiples: Multiples, table: &mut [Line]) {
    let mut points = Vec::with_capacity(bases.len() * multiples.count);
    for base in bases {
        let mut multiple: G = (*base).into();
        points.push(multiple);
        for _ in 1..multiples.count {
            for _ in 0..multiples.doublings {
                multiple.double_in_place();
            }
            points.push(multiple);
        }
    }
    for (point, lines) in G::normalize_batch(&points).iter().zip(table.chunks_exact_mut(G::LINES)) {
        G::pack(point, lines);
    }
}

/// Pairs of points that wait to be added, with room for what their additions need.
pub(super) struct Pairs<F: Coordinate> {
    pairs: Vec<[Point<F>; 2]>,
    /// For each pair the divisor of its slope, and the product of all divisors behind it.
    divisors: Vec<[F; 2]>,
}

impl<F: Coordinate> Pairs<F> {
    pub(super) fn new() -> Self {
        Self { pairs: Vec::with_capacity(BLOCK), divisors: Vec::with_capacity(BLOCK) }
    }

    #[inline]
    pub(super) fn push(&mut self, left: Point<F>, right: Point<F>) {
        self.pairs.push([left, right]);
    }

    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Hands the sums of all pairs to `put`, in order, and forgets the pairs.
    pub(super) fn add_up(&mut self, mut put: impl FnMut(usize, Point<F>)) {
        self.divisors.clear();
        let mut product = F::ONE;
        for [left, right] in self.pairs.iter().rev() {
            let divisor = divisor(left, right);
            self.divisors.push([divisor, product]);
            product = product.times(&divisor);
        }
        // No divisor is 0.
        let mut inverse = product.inverse().unwrap_or(F::ZERO);
        for (i, ([left, right], [divisor, behind])) in self.pairs.iter().zip(self.divisors.iter().rev()).enumerate() {
            put(i, add(left, right, &inverse.times(behind)));
            inverse = inverse.times(divisor);
        }
        self.pairs.clear();
    }
}

impl<F: Coordinate> Drop for Pairs<F> {
    fn drop(&mut self) {
        // The vectors never grew, and what they held before is still in them.
        self.pairs.resize(self.pairs.capacity(), [Point::INFINITY; 2]);
        self.divisors.resize(self.divisors.capacity(), [F::ZERO; 2]);
    }
}

/// What the slope through two points is divided by; 1 if there is none.
#[inline]
fn divisor<F: Coordinate>(left: &Point<F>, right: &Point<F>) -> F {
    let difference = right.x - left.x;
    if !difference.is_zero() && !left.is_infinity() && !right.is_infinity() {
        difference
    } else if left == right && !left.y.is_zero() {
        left.y.double()
    } else {
        F::ONE
    }
}

/// The sum of two points, given one over [`divisor`].
#[inline]
fn add<F: Coordinate>(left: &Point<F>, right: &Point<F>, inverse: &F) -> Point<F> {
    let slope = if left.x != right.x && !left.is_infinity() && !right.is_infinity() {
        (right.y - left.y).times(inverse)
    } else if left.is_infinity() {
        return *right;
    } else if right.is_infinity() {
        return *left;
    } else if left.y == right.y {
        // Neither curve has a linear term.
        let square = left.x.square();
        (square.double() + square).times(inverse)
    } else {
        return Point::INFINITY;
    };
    let x = slope.square() - left.x - right.x;
    Point { x, y: slope.times(&(left.x - x)) - left.y }
}
