//! Tables of multiples: doublings of eight points at a time, and one inversion for every few hundred points.

use super::coordinate::Coordinate;
use super::group::Group;
use crate::engine::backend::{Line, Multiples};

/// Vectors of points whose denominators are inverted together.
const BLOCK: usize = 64;

/// Writes `2^(doublings·j)·P` for `j` in `0..count`, base after base.
///
/// # Panics
/// If the table has another length than the multiples.
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
pub(super) fn multiples<G: Group>(bases: &[G::Affine], multiples: Multiples, table: &mut [Line]) {
    let lines = G::Coordinate::WORDS / 4;
    let Multiples { count, doublings } = multiples;
    assert_eq!(table.len(), bases.len() * count * lines, "the table has room for all multiples");
    for (bases, table) in bases.chunks(8 * BLOCK).zip(table.chunks_mut(8 * BLOCK * count * lines)) {
        for (base, table) in bases.iter().zip(table.chunks_mut(count * lines)) {
            G::write(base, &mut table[..lines]);
        }
        let mut points: Vec<Jacobian<G::Coordinate>> = Vec::with_capacity(BLOCK);
        for first in (0..bases.len()).step_by(8) {
            let places = places::<G>(table, first, bases.len(), count, 0).map(<*mut u64>::cast_const);
            // SAFETY: the places are points in the table: two coordinates each.
            let (x, y) = unsafe {
                (G::Coordinate::load(&places), G::Coordinate::load(&places.map(|at| at.add(G::Coordinate::WORDS))))
            };
            points.push(Jacobian { x, y, z: G::Coordinate::one() });
        }
        for multiple in 1..count {
            let mut product = G::Coordinate::one();
            let mut products = Vec::with_capacity(BLOCK);
            for point in &mut points {
                for _ in 0..doublings {
                    *point = point.double();
                }
                products.push(product);
                product = product.times(&point.z);
            }
            let mut inverse = product.invert().expect("a group of odd order has no point that doubles to infinity");
            for (vector, point) in points.iter_mut().enumerate().rev() {
                let z = inverse.times(&products[vector]);
                inverse = inverse.times(&point.z);
                let square = z.square();
                point.x = point.x.times(&square).canonical();
                point.y = point.y.times(&square.times(&z)).canonical();
                point.z = G::Coordinate::one();
                let places = places::<G>(table, 8 * vector, bases.len(), count, multiple);
                // SAFETY: the places are points in the table: two coordinates each.
                unsafe {
                    point.x.store(&places);
                    point.y.store(&places.map(|at| at.add(G::Coordinate::WORDS)));
                }
            }
        }
    }
}

/// Where eight bases' multiples are. The last base stands in for those behind it.
fn places<G: Group>(table: &mut [Line], first: usize, bases: usize, count: usize, multiple: usize) -> [*mut u64; 8] {
    let table = table.as_mut_ptr().cast::<u64>();
    [0, 1, 2, 3, 4, 5, 6, 7].map(|lane: usize| {
        let base = (first + lane).min(bases - 1);
        table.wrapping_add((base * count + multiple) * 2 * G::Coordinate::WORDS)
    })
}

/// Eight points `(x/z², y/z³)`. The abscissa and ordinate are settled.
#[derive(Clone, Copy)]
struct Jacobian<C> {
    x: C,
    y: C,
    z: C,
}

impl<C: Coordinate> Jacobian<C> {
    /// On a curve `y² = x³ + b`: with `e = 3x²` and `s = 4xy²`, `x' = e² − 2s`, `y' = e(s − x') − 8y⁴`, `z' = 2yz`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    fn double(&self) -> Self {
        let Self { x, y, z } = self;
        let square = x.square();
        let e = square.sum(&square).sum(&square);
        let y_squared = y.square();
        let twice_y_squared = y_squared.sum(&y_squared);
        let s = x.sum(x).times(&twice_y_squared);
        let fourth = twice_y_squared.square();
        let z = y.sum(y).times(z);
        let x = e.square().settled_difference2(&s, &s);
        let y = e.times(&s.difference(&x)).settled_difference2(&fourth, &fourth);
        Self { x, y, z }
    }
}
