//! The engine for a fixed key: multiples of all bases computed ahead, so that one set of buckets serves every digit of
//! every scalar.
//!
//! The assignment is cut into digits and sorted once for A, B and L, the quotient once for H. Buckets are then cut into
//! pieces of about the same work, which rayon's threads take one by one; the quotient's transforms run beside the
//! multiplications that do not need it.

use std::ops::Range;

use aiq_circuits::Fr;
use aiq_circuits::constraints::R1cs;
use ark_bn254::{Bn254, G1Affine, G1Projective, G2Affine, G2Projective, g1, g2};
use ark_ec::short_weierstrass::Projective;
use ark_ec::{AffineRepr, CurveGroup};
use ark_groth16::ProvingKey;
use rayon::prelude::*;
use zeroize::{Zeroize, Zeroizing};

use super::backend::{Backend, BucketSums, Buckets, Line, Multiples, Transforms};
use super::digits::{ABSENT, Digits, Piece};
use super::file::Tables;
use super::layout::{Layout, Load};
use super::{Engine, Products, RowValues};
use crate::parts::{Clock, Part};

/// Pieces for each thread and multiplication, at least: enough that no thread waits long for another's last one.
const PIECES_PER_THREAD: usize = 4;

/// Digits in a piece: with fewer, the inversions of its last rounds would cost too much; with more, its points would not
/// stay in a core's cache.
const DIGITS_PER_PIECE: Range<usize> = 4096..32_768;

/// Bases whose multiples are made in one go.
const BASES_PER_STEP: usize = 64;

/// What an addition in G2 costs, in additions in G1.
const G2_COST: usize = 3;

/// Proves with tables of multiples of a key's bases.
pub struct TableEngine {
    backend: Box<dyn Backend>,
    transforms: Box<dyn Transforms>,
    layouts: Layouts,
    a: Query,
    b_g1: Query,
    b_g2: Query,
    l: Query,
    h: Query,
    lines: Tables,
}

/// How scalars are cut into digits: the assignment's, and the quotient's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layouts {
    pub(super) z: Layout,
    pub(super) h: Layout,
}

/// The bases of one multiplication.
struct Query {
    /// For each scalar the place of its base in the table, or [`ABSENT`].
    slots: Vec<u32>,
    /// Its table in the engine's lines.
    lines: Range<usize>,
}

/// A group with its part of a backend.
pub(super) trait Curve: CurveGroup<ScalarField = Fr> + Zeroize {
    const LINES: usize;
    fn multiples(backend: &dyn Backend, bases: &[Self::Affine], multiples: Multiples, table: &mut [Line]);
    fn sums(backend: &dyn Backend, table: &[Line], buckets: Buckets<'_>) -> BucketSums<Self>;
}

impl Curve for Projective<g1::Config> {
    const LINES: usize = 1;
    fn multiples(backend: &dyn Backend, bases: &[G1Affine], multiples: Multiples, table: &mut [Line]) {
        backend.multiples_g1(bases, multiples, table);
    }
    fn sums(backend: &dyn Backend, table: &[Line], buckets: Buckets<'_>) -> BucketSums<Self> {
        backend.sums_g1(table, buckets)
    }
}

impl Curve for Projective<g2::Config> {
    const LINES: usize = 2;
    fn multiples(backend: &dyn Backend, bases: &[G2Affine], multiples: Multiples, table: &mut [Line]) {
        backend.multiples_g2(bases, multiples, table);
    }
    fn sums(backend: &dyn Backend, table: &[Line], buckets: Buckets<'_>) -> BucketSums<Self> {
        backend.sums_g2(table, buckets)
    }
}

/// The bases of one multiplication that are not at infinity (about a third of B is), with the places of all.
pub(super) struct Bases<P> {
    points: Vec<P>,
    slots: Vec<u32>,
}

impl<P: AffineRepr> Bases<P> {
    /// Bases whose scalars begin behind `skipped` others.
    pub(super) fn new(points: &[P], skipped: usize) -> Self {
        let mut slots = vec![ABSENT; skipped];
        let mut next = 0;
        slots.extend(points.iter().map(|point| {
            if point.is_zero() {
                return ABSENT;
            }
            next += 1;
            next - 1
        }));
        Self { points: points.iter().filter(|point| !point.is_zero()).copied().collect(), slots }
    }

    #[cfg(test)]
    pub(super) fn points(&self) -> &[P] {
        &self.points
    }

    #[cfg(test)]
    pub(super) fn slots(&self) -> &[u32] {
        &self.slots
    }
}

/// All bases of a key.
pub(super) struct KeyBases {
    a: Bases<G1Affine>,
    b_g1: Bases<G1Affine>,
    b_g2: Bases<G2Affine>,
    l: Bases<G1Affine>,
    h: Bases<G1Affine>,
}

impl KeyBases {
    pub(super) fn new(key: &ProvingKey<Bn254>, r1cs: &R1cs) -> Self {
        Self {
            a: Bases::new(&key.a_query, 0),
            b_g1: Bases::new(&key.b_g1_query, 0),
            b_g2: Bases::new(&key.b_g2_query, 0),
            l: Bases::new(&key.l_query, r1cs.num_inputs),
            h: Bases::new(&key.h_query, 0),
        }
    }

    /// The layouts for tables of at most `memory` bytes, shared out by what they would take without a limit.
    pub(super) fn layouts(&self, memory: usize) -> Layouts {
        let [a, b_g1, l, h] =
            [&self.a, &self.b_g1, &self.l, &self.h].map(|bases| Load { bases: bases.points.len(), lines: 1, cost: 1 });
        let b_g2 = Load { bases: self.b_g2.points.len(), lines: 2, cost: G2_COST };
        let z_loads = [a, b_g1, b_g2, l];
        let weight = |loads: &[Load]| loads.iter().map(|load| load.bases * load.lines).sum::<usize>();
        let (weight_of_z, weight_of_h) = (weight(&z_loads), weight(&[h]));
        let memory_of_h = memory / (weight_of_z + weight_of_h).max(1) * weight_of_h;
        Layouts { z: Layout::fastest(&z_loads, memory - memory_of_h), h: Layout::fastest(&[h], memory_of_h) }
    }

    /// Where the tables of A, B in G1, B in G2, L and H lie, one behind the other, and how many lines there are.
    pub(super) fn ranges(&self, layouts: Layouts) -> ([Range<usize>; 5], usize) {
        let mut end = 0;
        let mut range = |points: usize, lines: usize, layout: Layout| {
            let start = end;
            end += points * layout.multiples().count * lines;
            start..end
        };
        let ranges = [
            range(self.a.points.len(), 1, layouts.z),
            range(self.b_g1.points.len(), 1, layouts.z),
            range(self.b_g2.points.len(), 2, layouts.z),
            range(self.l.points.len(), 1, layouts.z),
            range(self.h.points.len(), 1, layouts.h),
        ];
        (ranges, end)
    }

    /// Makes all tables. `progress` hears how many of how many steps are done, from any thread.
    pub(super) fn tables(
        &self,
        backend: &dyn Backend,
        layouts: Layouts,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Vec<Line> {
        let (ranges, count) = self.ranges(layouts);
        let mut lines = vec![Line::default(); count];
        let mut rest = lines.as_mut_slice();
        let [a, b_g1, b_g2, l, h] = ranges.map(|range| {
            let (table, behind) = std::mem::take(&mut rest).split_at_mut(range.len());
            rest = behind;
            table
        });
        let mut steps = steps::<G1Projective>(backend, &self.a, layouts.z, a);
        steps.extend(self::steps::<G1Projective>(backend, &self.b_g1, layouts.z, b_g1));
        steps.extend(self::steps::<G2Projective>(backend, &self.b_g2, layouts.z, b_g2));
        steps.extend(self::steps::<G1Projective>(backend, &self.l, layouts.z, l));
        steps.extend(self::steps::<G1Projective>(backend, &self.h, layouts.h, h));
        let total = steps.len();
        let done = std::sync::atomic::AtomicUsize::new(0);
        steps.into_par_iter().for_each(|step| {
            step();
            progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, total);
        });
        lines
    }
}

/// A part of a table that is still to be made.
type Step<'a> = Box<dyn FnOnce() + Send + 'a>;

/// The making of one table in steps.
fn steps<'a, G: Curve>(
    backend: &'a dyn Backend,
    bases: &'a Bases<G::Affine>,
    layout: Layout,
    table: &'a mut [Line],
) -> Vec<Step<'a>> {
    let multiples = layout.multiples();
    let tables = table.chunks_mut(BASES_PER_STEP * multiples.count * G::LINES);
    let parts = bases.points.chunks(BASES_PER_STEP).zip(tables);
    parts.map(|(bases, table)| Box::new(move || G::multiples(backend, bases, multiples, table)) as Step<'a>).collect()
}

impl TableEngine {
    /// An engine on these tables, which [`KeyBases::tables`] has made with the same backend and layouts.
    pub(super) fn new(backend: Box<dyn Backend>, bases: KeyBases, layouts: Layouts, lines: Tables) -> Self {
        let ([a, b_g1, b_g2, l, h], _) = bases.ranges(layouts);
        Self {
            transforms: backend.transforms(bases.h.slots.len()),
            backend,
            layouts,
            a: Query { slots: bases.a.slots, lines: a },
            b_g1: Query { slots: bases.b_g1.slots, lines: b_g1 },
            b_g2: Query { slots: bases.b_g2.slots, lines: b_g2 },
            l: Query { slots: bases.l.slots, lines: l },
            h: Query { slots: bases.h.slots, lines: h },
            lines,
        }
    }

    fn multiply<G: Curve>(&self, query: &Query, digits: &Digits) -> G {
        multiply(self.backend.as_ref(), &self.lines[query.lines.clone()], &query.slots, digits)
    }
}

/// `Σ digits·bases` for bases with this table, of which `slots` says where each scalar's stands.
pub(super) fn multiply<G: Curve>(backend: &dyn Backend, table: &[Line], slots: &[u32], digits: &Digits) -> G {
    let layout = digits.layout();
    let pieces = digits.pieces(digits_per_piece(digits.len()));
    let sum = |piece: &Piece| {
        let entries = digits.entries(piece, slots);
        let buckets = Buckets { entries: &entries.entries, ends: &entries.ends };
        let sums: Zeroizing<BucketSums<G>> = Zeroizing::new(G::sums(backend, table, buckets));
        // Bucket k of the backend's is that of the digit `start + 1 + k`.
        (piece.set, sums.weighted + sums.plain.mul_bigint([piece.buckets.start as u64 + 1]))
    };
    let sums: Zeroizing<Vec<(usize, G)>> = Zeroizing::new(pieces.par_iter().with_max_len(1).map(sum).collect());
    (0..layout.stride).rev().fold(G::ZERO, |mut total, set| {
        for _ in 0..layout.width {
            total.double_in_place();
        }
        total + sums.iter().filter(|(of, _)| *of == set).map(|(_, sum)| *sum).sum::<G>()
    })
}

/// How many digits go into a piece.
fn digits_per_piece(digits: usize) -> usize {
    (digits / (PIECES_PER_THREAD * rayon::current_num_threads())).clamp(DIGITS_PER_PIECE.start, DIGITS_PER_PIECE.end)
}

impl Engine for TableEngine {
    fn products(&self, assignment: &[Fr], rows: RowValues) -> Products {
        let Layouts { z, h } = self.layouts;
        let ((b_g2, a, b_g1, l), h) = rayon::join(
            || {
                let digits = Digits::new(assignment, z);
                let (b_g2, (a, (b_g1, l))) = rayon::join(
                    || self.multiply(&self.b_g2, &digits),
                    || {
                        rayon::join(
                            || self.multiply(&self.a, &digits),
                            || rayon::join(|| self.multiply(&self.b_g1, &digits), || self.multiply(&self.l, &digits)),
                        )
                    },
                );
                (b_g2, a, b_g1, l)
            },
            || {
                let quotient = self.transforms.quotient(rows);
                self.multiply(&self.h, &Digits::new(&quotient, h))
            },
        );
        Products { a, b_g1, b_g2, l, h }
    }

    fn products_in_parts(&self, assignment: &[Fr], rows: RowValues, clock: &mut Clock<'_>) -> Products {
        let z = clock.time(Part::Digits, || Digits::new(assignment, self.layouts.z));
        let b_g2 = clock.time(Part::B2, || self.multiply(&self.b_g2, &z));
        let a = clock.time(Part::A, || self.multiply(&self.a, &z));
        let b_g1 = clock.time(Part::B1, || self.multiply(&self.b_g1, &z));
        let l = clock.time(Part::L, || self.multiply(&self.l, &z));
        let quotient = clock.time(Part::Transforms, || self.transforms.quotient(rows));
        let h = clock.time(Part::Digits, || Digits::new(&quotient, self.layouts.h));
        let h = clock.time(Part::H, || self.multiply(&self.h, &h));
        Products { a, b_g1, b_g2, l, h }
    }
}
