//! G1 and G2 as memory holds them, to and from ark's form.

use ark_bn254::{Fq, Fq2, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, PrimeField};
use zeroize::Zeroize;

use super::coordinate::{Coordinate, Fq8};
use super::fq2::Lanes2;
use crate::engine::backend::Line;

/// A group of points whose coordinates come eight at a time.
pub(super) trait Group: Sized {
    type Coordinate: Coordinate;
    type Affine: AffineRepr<Group = Self::Projective> + Into<Self::Projective>;
    type Projective: CurveGroup<Affine = Self::Affine> + Zeroize;

    /// A point from a table or a sum.
    fn read(lines: &[Line]) -> Self::Affine;

    /// A point, canonical.
    fn write(point: &Self::Affine, lines: &mut [Line]);

    /// Negates a canonical point.
    fn negate(lines: &mut [Line]);

    /// Some point.
    fn spare() -> Self::Affine {
        Self::Affine::generator()
    }

    /// `[Σ pointₖ, Σ k·pointₖ]`.
    fn weighted(points: &[Option<Self::Affine>]) -> [Self::Projective; 2] {
        let (mut suffix, mut sum) = (Self::Projective::ZERO, Self::Projective::ZERO);
        for point in points.iter().skip(1).rev() {
            if let Some(point) = point {
                suffix += point;
            }
            sum += suffix;
        }
        if let Some(Some(first)) = points.first() {
            suffix += first;
        }
        [suffix, sum]
    }

    fn times(point: Self::Projective, factor: u64) -> Self::Projective {
        point.mul_bigint([factor])
    }
}

/// G1.
pub(super) enum First {}

impl Group for First {
    type Coordinate = Fq8;
    type Affine = G1Affine;
    type Projective = G1Projective;

    fn read(lines: &[Line]) -> G1Affine {
        G1Affine::new_unchecked(read(&lines[0], 0), read(&lines[0], 4))
    }

    fn write(point: &G1Affine, lines: &mut [Line]) {
        write(&point.x, &mut lines[0], 0);
        write(&point.y, &mut lines[0], 4);
    }

    fn negate(lines: &mut [Line]) {
        negate(&mut lines[0], 4);
    }
}

/// G2.
pub(super) enum Second {}

impl Group for Second {
    type Coordinate = Lanes2;
    type Affine = G2Affine;
    type Projective = G2Projective;

    fn read(lines: &[Line]) -> G2Affine {
        let [x, y] = [0, 1].map(|line| Fq2::new(read(&lines[line], 0), read(&lines[line], 4)));
        G2Affine::new_unchecked(x, y)
    }

    fn write(point: &G2Affine, lines: &mut [Line]) {
        for (line, coordinate) in lines.iter_mut().zip([&point.x, &point.y]) {
            write(&coordinate.c0, line, 0);
            write(&coordinate.c1, line, 4);
        }
    }

    fn negate(lines: &mut [Line]) {
        negate(&mut lines[1], 0);
        negate(&mut lines[1], 4);
    }
}

/// `1/16`: takes `a·2^260` for `16a·2^256` back.
const SIXTEENTH: Fq = ark_ff::MontFp!("12312136615409592312513603231707217237391675025980025810262583815737939742328");

/// Four settled words, to ark's form.
fn read(line: &Line, offset: usize) -> Fq {
    let [.., a, b, c, d] = *line.0.split_at(offset + 4).0 else { unreachable!("lines have eight words") };
    let mut value = BigInt([a, b, c, d]);
    while value >= Fq::MODULUS {
        value.sub_with_borrow(&Fq::MODULUS);
    }
    Fq::new_unchecked(value) * SIXTEENTH
}

fn write(value: &Fq, line: &mut Line, offset: usize) {
    line.0[offset..offset + 4].copy_from_slice(&(*value * Fq::from(16)).0.0);
}

/// `p − y`, or 0 for 0.
fn negate(line: &mut Line, offset: usize) {
    let [.., a, b, c, d] = *line.0.split_at(offset + 4).0 else { unreachable!("lines have eight words") };
    let value = BigInt([a, b, c, d]);
    if !value.is_zero() {
        let mut negated = Fq::MODULUS;
        negated.sub_with_borrow(&value);
        line.0[offset..offset + 4].copy_from_slice(&negated.0);
    }
}
