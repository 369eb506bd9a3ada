//! Sums of buckets as trees of affine additions, and the weighted sum over all of them on two levels.

use std::hint::black_box;

use zeroize::{Zeroize, Zeroizing};

use super::arithmetic::Coordinate;
use super::points::{BLOCK, Packed, Pairs, Point};
use crate::engine::backend::{BucketSums, Buckets, Line};

/// Sums some buckets of a table's points.
pub(super) fn sums<G: Packed>(table: &[Line], buckets: Buckets<'_>) -> BucketSums<G> {
    let mut pairs = Pairs::new();
    let mut groups = Groups::first_round::<G>(table, buckets, &mut pairs);
    groups.add_up(&mut pairs);
    // Bucket k is in row k / columns and column k % columns.
    let columns = 1 << (buckets.ends.len().ilog2().div_ceil(2));
    let mut by_row = groups.in_rows(columns);
    let mut by_column = groups.in_columns(columns);
    by_row.add_up(&mut pairs);
    by_column.add_up(&mut pairs);
    let [plain, mut weighted] = plain_and_weighted::<G>(&by_row);
    for _ in 0..columns.ilog2() {
        weighted.double_in_place();
    }
    let [_, weighted_columns] = plain_and_weighted::<G>(&by_column);
    BucketSums { plain, weighted: weighted + weighted_columns }
}

/// `Σ sumₖ` and `Σ k·sumₖ`.
fn plain_and_weighted<G: Packed>(groups: &Groups<G::Coordinate>) -> [G; 2] {
    let (mut plain, mut weighted) = (G::ZERO, G::ZERO);
    for (k, point) in groups.sums().enumerate().rev() {
        if let Some(point) = point {
            plain += G::affine(point);
        }
        if k > 0 {
            weighted += &plain;
        }
    }
    [plain, weighted]
}

/// Points in groups, group after group.
struct Groups<F: Coordinate> {
    points: Zeroizing<Vec<Point<F>>>,
    sizes: Vec<usize>,
}

impl<F: Coordinate> Groups<F> {
    /// The buckets with their points already added in pairs.
    fn first_round<G: Packed<Coordinate = F>>(table: &[Line], buckets: Buckets<'_>, pairs: &mut Pairs<F>) -> Self {
        let starts = std::iter::once(&0).chain(buckets.ends);
        let sizes = starts.zip(buckets.ends).map(|(start, end)| (end - start) as usize);
        let halved: Vec<usize> = sizes.clone().map(|size| size.div_ceil(2)).collect();
        let mut points = Zeroizing::new(vec![Point::INFINITY; halved.iter().sum()]);
        let mut targets = Targets::default();
        let mut gathered = Gathered::<G>::new();
        let (mut rest, mut target) = (buckets.entries, 0);
        for size in sizes {
            let (bucket, behind) = rest.split_at(size);
            rest = behind;
            let (two, one) = bucket.as_chunks();
            for two in two {
                gathered.entries.push(*two);
                targets.push(target);
                target += 1;
                if gathered.entries.len() == BLOCK {
                    gathered.push(table, pairs);
                    targets.fill(pairs, &mut points);
                }
            }
            if let [entry] = *one {
                points[target] = G::unpack(&G::lines(table, entry), entry);
                target += 1;
            }
        }
        gathered.push(table, pairs);
        targets.fill(pairs, &mut points);
        Self { points, sizes: halved }
    }

    /// Adds up every group: halves all of them until none has more than one point.
    fn add_up(&mut self, pairs: &mut Pairs<F>) {
        let mut targets = Targets::default();
        while self.sizes.iter().any(|size| *size > 1) {
            // In place: what a block writes lies before everything that is still to be read.
            let (mut source, mut target) = (0, 0);
            for size in &mut self.sizes {
                for _ in 0..*size / 2 {
                    pairs.push(self.points[source], self.points[source + 1]);
                    targets.push(target);
                    source += 2;
                    target += 1;
                    if pairs.len() == BLOCK {
                        targets.fill(pairs, &mut self.points);
                    }
                }
                if *size % 2 == 1 {
                    // Its place may be that of a pair in the block, which has been read.
                    self.points[target] = self.points[source];
                    source += 1;
                    target += 1;
                }
                *size = size.div_ceil(2);
            }
            targets.fill(pairs, &mut self.points);
        }
    }

    /// The sum of each group that has any points, after [`Self::add_up`].
    fn sums(&self) -> impl DoubleEndedIterator<Item = Option<&Point<F>>> + ExactSizeIterator {
        let mut next = 0;
        let positions: Vec<Option<usize>> = self
            .sizes
            .iter()
            .map(|size| {
                let position = (*size == 1).then_some(next);
                next += size;
                position
            })
            .collect();
        positions.into_iter().map(|position| position.map(|position| &self.points[position]))
    }

    /// The sums, so many of them to a group.
    fn in_rows(&self, columns: usize) -> Self {
        let sizes: Vec<usize> = self.sizes.chunks(columns).map(|row| row.iter().sum()).collect();
        let points = self.points[..sizes.iter().sum()].to_vec();
        Self { points: Zeroizing::new(points), sizes }
    }

    /// The sums, one out of so many to a group.
    fn in_columns(&self, columns: usize) -> Self {
        let sums: Vec<_> = self.sums().collect();
        let mut points = Zeroizing::new(Vec::with_capacity(self.points.len()));
        let sizes = (0..columns).map(|column| {
            let before = points.len();
            points.extend(sums.iter().skip(column).step_by(columns).copied().flatten());
            points.len() - before
        });
        let sizes = sizes.collect();
        Self { points, sizes }
    }
}

/// Entries of a block. Their lines are fetched before anything is computed from them: the table is larger than the
/// caches, and so the processor waits for many lines at a time instead of for one after the other.
struct Gathered<G: Packed> {
    entries: Vec<[u32; 2]>,
    lines: Vec<[G::Lines; 2]>,
}

impl<G: Packed> Gathered<G> {
    fn new() -> Self {
        Self { entries: Vec::with_capacity(BLOCK), lines: Vec::with_capacity(BLOCK) }
    }

    /// Hands all of them over as points.
    fn push(&mut self, table: &[Line], pairs: &mut Pairs<G::Coordinate>) {
        // A word of each first: so short a loop keeps more lines on their way than copying would.
        black_box(self.entries.iter().flatten().fold(0, |all, entry| all ^ G::touch(table, *entry)));
        self.lines.clear();
        self.lines.extend(self.entries.iter().map(|two| two.map(|entry| G::lines(table, entry))));
        for (lines, [left, right]) in self.lines.iter().zip(&self.entries) {
            pairs.push(G::unpack(&lines[0], *left), G::unpack(&lines[1], *right));
        }
        self.entries.clear();
    }
}

impl<G: Packed> Drop for Gathered<G> {
    fn drop(&mut self) {
        // The vectors never grew, and what they held before is still in them. Lines are public; which ones is not.
        self.entries.resize(BLOCK, [0; 2]);
        self.entries.zeroize();
        self.lines.resize(BLOCK, Default::default());
    }
}

/// Where the sums of a block's pairs go.
#[derive(Default)]
struct Targets(Vec<usize>);

impl Targets {
    fn push(&mut self, target: usize) {
        self.0.push(target);
    }

    fn fill<F: Coordinate>(&mut self, pairs: &mut Pairs<F>, points: &mut [Point<F>]) {
        if !self.0.is_empty() {
            pairs.add_up(|i, sum| points[self.0[i]] = sum);
            self.0.clear();
        }
    }
}
