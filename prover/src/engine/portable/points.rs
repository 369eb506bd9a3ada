//! Affine points, their place in tables, and additions of many pairs with one inversion.

use ark_bn254::{g1, g2};
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::{Affine, Projective};
use zeroize::Zeroize;

use super::arithmetic::{Coordinate, First, Second, to_fq, to_fq2};
use crate::engine::backend::{Line, Multiples};

/// Pairs to one inversion, which costs about 150 multiplications.
pub(super) const BLOCK: usize = 1024;

/// An affine point with canonical coordinates; infinity is `(0, 0)`, which is on neither curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point<F> {
    pub(super) x: F,
    pub(super) y: F,
}

impl<F: Coordinate> Point<F> {
    pub(super) const INFINITY: Self = Self { x: F::ZERO, y: F::ZERO };

    fn is_infinity(&self) -> bool {
        *self == Self::INFINITY
    }

    #[inline]
    fn negated_if(self, condition: bool) -> Self {
        // No branch: signs are as good as random.
        let ys = [self.y, self.y.negated()];
        Self { x: self.x, y: ys[usize::from(condition)] }
    }
}

impl<F: Zeroize> Zeroize for Point<F> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
    }
}

/// A group whose affine points can be packed into lines.
pub(super) trait Packed: CurveGroup {
    /// The field of coordinates.
    type Coordinate: Coordinate;

    /// The lines of a point.
    type Lines: Copy + Default;

    /// Words of each line of the point that an entry names: reading them brings the lines into the cache.
    fn touch(table: &[Line], entry: u32) -> u64;

    /// Those of the point that an entry names, as they are.
    fn lines(table: &[Line], entry: u32) -> Self::Lines;

    /// The point that an entry names, with the entry's sign.
    fn unpack(lines: &Self::Lines, entry: u32) -> Point<Self::Coordinate>;

    /// Writes a point that is not at infinity.
    fn pack(point: &Self::Affine, lines: &mut [Line]);

    /// The point in arkworks' form.
    fn affine(point: &Point<Self::Coordinate>) -> Self::Affine;

    /// Lines to a point.
    const LINES: usize;
}

impl Packed for Projective<g1::Config> {
    const LINES: usize = 1;

    type Coordinate = First;
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
    fn unpack(line: &Line, entry: u32) -> Point<First> {
        let [x, y] = halves(line);
        Point { x, y }.negated_if(entry & 1 == 1)
    }

    fn pack(point: &Self::Affine, lines: &mut [Line]) {
        lines[0] = line(point.x.0.0, point.y.0.0);
    }

    fn affine(point: &Point<First>) -> Self::Affine {
        if point.is_infinity() { Affine::identity() } else { Affine::new_unchecked(to_fq(point.x), to_fq(point.y)) }
    }
}

impl Packed for Projective<g2::Config> {
    const LINES: usize = 2;

    type Coordinate = Second;
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
    fn unpack(lines: &[Line; 2], entry: u32) -> Point<Second> {
        let [x, y] = lines.each_ref().map(|line| {
            let [c0, c1] = halves(line);
            Second { c0, c1 }
        });
        Point { x, y }.negated_if(entry & 1 == 1)
    }

    fn pack(point: &Self::Affine, lines: &mut [Line]) {
        lines[0] = line(point.x.c0.0.0, point.x.c1.0.0);
        lines[1] = line(point.y.c0.0.0, point.y.c1.0.0);
    }

    fn affine(point: &Point<Second>) -> Self::Affine {
        if point.is_infinity() { Affine::identity() } else { Affine::new_unchecked(to_fq2(point.x), to_fq2(point.y)) }
    }
}

const fn line([a0, a1, a2, a3]: First, [b0, b1, b2, b3]: First) -> Line {
    Line([a0, a1, a2, a3, b0, b1, b2, b3])
}

#[inline]
const fn halves(line: &Line) -> [First; 2] {
    let [a0, a1, a2, a3, b0, b1, b2, b3] = line.0;
    [[a0, a1, a2, a3], [b0, b1, b2, b3]]
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
///
/// A difference of abscissas that is 0 makes the whole block's product 0: a block of ordinary pairs pays nothing for
/// the sake of equal and opposite points, and other blocks are done again with care. A point at infinity would go
/// unnoticed, so from the first sum at infinity on, all blocks are done with care.
pub(super) struct Pairs<F: Coordinate> {
    waiting: Vec<[Point<F>; 2]>,
    /// For each pair the divisor of its slope, and the product of all divisors behind it.
    divisors: Vec<[F; 2]>,
    /// Whether there may be points at infinity.
    has_infinity: bool,
}

impl<F: Coordinate> Pairs<F> {
    pub(super) fn new() -> Self {
        Self { waiting: Vec::with_capacity(BLOCK), divisors: Vec::with_capacity(BLOCK), has_infinity: false }
    }

    #[inline]
    pub(super) fn push(&mut self, left: Point<F>, right: Point<F>) {
        self.waiting.push([left, right]);
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Hands the sums of all pairs to `put`, in order, and forgets the pairs.
    pub(super) fn add_up(&mut self, mut put: impl FnMut(usize, Point<F>)) {
        if self.has_infinity || !self.add_different(&mut put) {
            self.add_any(put);
        }
        self.waiting.clear();
    }

    /// If there are only pairs of different, not opposite points.
    #[inline]
    fn add_different(&mut self, put: &mut impl FnMut(usize, Point<F>)) -> bool {
        let Some(mut inverse) = self.divide(|[left, right]| right.x.minus(&left.x)) else { return false };
        for (i, ([left, right], [divisor, behind])) in self.waiting.iter().zip(self.divisors.iter().rev()).enumerate() {
            let slope = right.y.minus(&left.y).times(&inverse.times(behind));
            inverse = inverse.times(divisor);
            put(i, on_slope(left, right, &slope));
        }
        true
    }

    #[cold]
    fn add_any(&mut self, mut put: impl FnMut(usize, Point<F>)) {
        let mut inverse = self.divide(divisor).expect("no divisor is 0");
        for (i, ([left, right], [divisor, behind])) in self.waiting.iter().zip(self.divisors.iter().rev()).enumerate() {
            let sum = add(left, right, &inverse.times(behind));
            self.has_infinity |= sum.is_infinity();
            inverse = inverse.times(divisor);
            put(i, sum);
        }
    }

    /// One over the product of the divisors, from the last pair's to the first's; `None` if one is 0.
    #[inline]
    fn divide(&mut self, divisor: impl Fn(&[Point<F>; 2]) -> F) -> Option<F> {
        self.divisors.clear();
        let mut product = F::ONE;
        for pair in self.waiting.iter().rev() {
            let divisor = divisor(pair);
            self.divisors.push([divisor, product]);
            product = product.times(&divisor);
        }
        product.invert()
    }
}

impl<F: Coordinate> Drop for Pairs<F> {
    fn drop(&mut self) {
        // The vectors never grew, and what they held before is still in them.
        self.waiting.resize(self.waiting.capacity(), [Point::INFINITY; 2]);
        self.divisors.resize(self.divisors.capacity(), [F::ZERO; 2]);
    }
}

/// The sum of two points on a line of this slope.
#[inline]
fn on_slope<F: Coordinate>(left: &Point<F>, right: &Point<F>, slope: &F) -> Point<F> {
    let x = slope.square().less_two(&left.x, &right.x);
    Point { x, y: slope.times(&left.x.minus(&x)).less_one(&left.y) }
}

/// What the slope through any two points is divided by; 1 if there is none.
fn divisor<F: Coordinate>([left, right]: &[Point<F>; 2]) -> F {
    if left.is_infinity() || right.is_infinity() {
        F::ONE
    } else if left.x != right.x {
        right.x.minus(&left.x)
    } else if left.y == right.y {
        left.y.double()
    } else {
        F::ONE
    }
}

/// The sum of any two points, given one over [`divisor`].
fn add<F: Coordinate>(left: &Point<F>, right: &Point<F>, inverse: &F) -> Point<F> {
    if left.is_infinity() {
        *right
    } else if right.is_infinity() {
        *left
    } else if left.x != right.x {
        on_slope(left, right, &right.y.minus(&left.y).times(inverse))
    } else if left.y == right.y {
        // Neither curve has a linear term: the slope is 3x²/2y.
        let once = left.x.square().times(inverse).canonical();
        let twice = once.double().canonical();
        on_slope(left, right, &twice.minus(&once.negated()))
    } else {
        Point::INFINITY
    }
}
