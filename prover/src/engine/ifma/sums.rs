//! Sums over buckets: in rounds of additions of neighbours, then by rows and columns of the table of buckets.
#![allow(clippy::cast_possible_truncation)] // entries are numbered by u32, so there are fewer than 2^32 of anything

use core::ops::Range;

use zeroize::Zeroize;

use super::coordinate::Coordinate;
use super::group::Group;
use super::memory::wipe;
use super::pairs::{self, Pairs, Scratch, Spare};
use crate::engine::backend::{BucketSums, Buckets, Line};

/// Entries that go through their rounds together: their sums stay in the second-level cache.
const CHUNK: usize = 1 << 13;
/// Rounds with fewer pairs are left for later, when the rests of all chunks are added up together.
const WORTHWHILE: usize = 256;

/// The sums over some buckets of a table.
///
/// # Panics
/// If an entry is not in the table, or the buckets are not in order: the engine sees to that.
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
pub(super) fn bucket_sums<G: Group>(table: &[Line], buckets: Buckets<'_>) -> BucketSums<G::Projective> {
    let Buckets { entries, ends } = buckets;
    let points = table.len() / lines::<G>();
    let highest = entries.iter().copied().max().unwrap_or(0);
    assert!(entries.is_empty() || ((highest >> 1) as usize) < points, "an entry is beyond the table");
    assert!(ends.is_sorted() && ends.last().is_some_and(|end| *end as usize == entries.len()), "buckets out of order");

    let mut adder = Adder::<G>::new();
    let mut rests = Segments { points: Vec::new(), lengths: vec![0; ends.len()] };
    let mut bucket = 0;
    for begin in (0..entries.len()).step_by(CHUNK) {
        let chunk = begin..entries.len().min(begin + CHUNK);
        while ends[bucket] as usize <= chunk.start {
            bucket += 1;
        }
        let lengths = lengths_in(&ends[bucket..], &chunk);
        adder.reduce(table, &entries[chunk], lengths, bucket, &mut rests);
    }
    adder.finish(&mut rests, &|bucket| [1, bucket as u64]);
    adder.weigh(&rests)
}

/// How many entries of a range are in the first bucket, the second, .. until the end of the range.
fn lengths_in(ends: &[u32], range: &Range<usize>) -> Vec<u32> {
    let mut lengths = Vec::new();
    let mut begin = range.start;
    for end in ends {
        let end = (*end as usize).min(range.end);
        lengths.push((end - begin) as u32);
        begin = end;
        if end == range.end {
            break;
        }
    }
    lengths
}

/// Lines of a point.
const fn lines<G: Group>() -> usize {
    G::Coordinate::WORDS / 4
}

/// Points, segment after segment. They are sums of what is secret: wiped in the end.
struct Segments {
    points: Vec<Line>,
    lengths: Vec<u32>,
}

impl Drop for Segments {
    fn drop(&mut self) {
        // SAFETY: lines are arrays of words.
        unsafe { wipe(&mut self.points) };
        self.lengths.zeroize();
    }
}

struct Adder<G: Group> {
    scratch: Scratch<G::Coordinate>,
    spare: Spare<G::Coordinate>,
    spare_line: [Line; 2],
    pairs: Pairs,
    sums: [Segments; 2],
    /// How often the spare point has to be taken off again: from the plain sum, and from the weighted.
    taken: [u64; 2],
}

impl<G: Group> Adder<G> {
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    fn new() -> Self {
        let mut spare_line = [Line::default(); 2];
        G::write(&G::spare(), &mut spare_line);
        let places = [spare_line.as_ptr().cast::<u64>(); 8];
        // SAFETY: two lines are two coordinates in either group.
        let spare = unsafe {
            let y = places.map(|place| place.add(G::Coordinate::WORDS));
            Spare { x: G::Coordinate::load(&places), y: G::Coordinate::load(&y) }
        };
        let empty = || Segments { points: Vec::new(), lengths: Vec::new() };
        Self {
            scratch: Scratch::new(),
            spare,
            spare_line,
            pairs: Pairs::default(),
            sums: [empty(), empty()],
            taken: [0; 2],
        }
    }

    /// Halves the segments of a chunk as long as that is worthwhile, and appends what is left to the rests of its
    /// buckets, of which the first is given.
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    fn reduce(&mut self, table: &[Line], entries: &[u32], lengths: Vec<u32>, first: usize, rests: &mut Segments) {
        let weigh = |segment: usize| [1, (first + segment) as u64];
        self.sums[0].lengths = lengths;
        // SAFETY: `bucket_sums` has checked all entries; points of tables are canonical.
        unsafe { self.round::<true>(table, Some(entries), &weigh) };
        while pairs_in(&self.sums[0].lengths) >= WORTHWHILE {
            self.halve(&weigh);
        }
        let sums = &self.sums[0];
        rests.points.extend_from_slice(&sums.points);
        for (rest, length) in rests.lengths[first..].iter_mut().zip(&sums.lengths) {
            *rest += length;
        }
    }

    /// Adds up every segment.
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    fn finish(&mut self, segments: &mut Segments, weigh: &dyn Fn(usize) -> [u64; 2]) {
        core::mem::swap(&mut self.sums[0], segments);
        while pairs_in(&self.sums[0].lengths) > 0 {
            self.halve(weigh);
        }
        core::mem::swap(&mut self.sums[0], segments);
    }

    /// One round on the sums.
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    fn halve(&mut self, weigh: &dyn Fn(usize) -> [u64; 2]) {
        let points = core::mem::take(&mut self.sums[0].points);
        // SAFETY: there is a point for every unit of the segments' lengths.
        unsafe { self.round::<false>(&points, None, weigh) };
        self.sums[1].points = points;
    }

    /// Adds up neighbours in each segment of `sums[0].lengths`. The segments consist of these entries, or else of all
    /// points of `from` in order. The sums go to `sums[0]`.
    ///
    /// # Safety
    /// The entries must be points in `from`, with settled coordinates, canonical if they count negatively.
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    unsafe fn round<const SIGNED: bool>(
        &mut self,
        from: &[Line],
        entries: Option<&[u32]>,
        weigh: &dyn Fn(usize) -> [u64; 2],
    ) {
        let lines = lines::<G>();
        let [now, next] = &mut self.sums;
        let count: u32 = now.lengths.iter().map(|length| length.div_ceil(2)).sum();
        next.points.resize(count as usize * lines, Line::default());
        next.lengths.clear();
        self.pairs.clear();
        let (mut index, mut out) = (0, 0);
        for length in &now.lengths {
            let pairs = length / 2;
            match entries {
                Some(entries) => self.pairs.extend(&entries[index..index + 2 * pairs as usize], out),
                None => self.pairs.extend_in_order(index as u32, pairs, out),
            }
            index += 2 * pairs as usize;
            out += pairs;
            if length % 2 == 1 {
                let entry = entries.map_or(2 * index as u32, |entries| entries[index]);
                let begin = (entry >> 1) as usize * lines;
                let to = &mut next.points[out as usize * lines..][..lines];
                to.copy_from_slice(&from[begin..begin + lines]);
                if SIGNED && entry & 1 == 1 {
                    G::negate(to);
                }
                index += 1;
                out += 1;
            }
            next.lengths.push(length.div_ceil(2));
        }
        // SAFETY: the caller's promise; there is room for as many sums as have been counted.
        unsafe {
            pairs::add::<G::Coordinate, SIGNED>(
                from,
                &mut self.pairs,
                &mut next.points,
                &mut self.scratch,
                &self.spare,
            );
        }
        for lost in &self.pairs.lost {
            let mut end = 0;
            let segment = next.lengths.iter().position(|length| {
                end += length;
                *lost < end
            });
            let weights = weigh(segment.expect("every sum is in a segment"));
            self.taken = [self.taken[0] + weights[0], self.taken[1] + weights[1]];
        }
        self.sums.swap(0, 1);
    }

    /// The plain and the weighted sum of segments of at most one point each.
    ///
    /// With w columns, bucket `k` is in row `k / w` and column `k mod w`: what counts k-fold counts w-fold for its row
    /// and once for its column. After sums over rows and columns there are few points left to be weighted one by one.
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    fn weigh(&mut self, buckets: &Segments) -> BucketSums<G::Projective> {
        let count = buckets.lengths.len();
        let width = 1 << (count.next_power_of_two().ilog2().div_ceil(2));
        let rows = count.div_ceil(width);
        let mut entry = 0;
        let mut columns = vec![Vec::new(); width];
        let mut entries = Vec::with_capacity(2 * count);
        let mut lengths = Vec::with_capacity(rows + width);
        for row in buckets.lengths.chunks(width) {
            let before = entries.len();
            for (column, _) in columns.iter_mut().zip(row).filter(|(_, length)| **length == 1) {
                entries.push(entry);
                column.push(entry);
                entry += 2;
            }
            lengths.push((entries.len() - before) as u32);
        }
        for column in columns {
            lengths.push(column.len() as u32);
            entries.extend(column);
        }
        let weigh = |segment: usize| {
            if segment < rows { [1, (segment * width) as u64] } else { [0, (segment - rows) as u64] }
        };
        self.sums[0].lengths = lengths;
        // SAFETY: the entries are those of the points at hand.
        unsafe { self.round::<false>(&buckets.points, Some(&entries), &weigh) };
        while pairs_in(&self.sums[0].lengths) > 0 {
            self.halve(&weigh);
        }
        let sums = &self.sums[0];
        let mut points = sums.points.chunks(lines::<G>());
        let mut sums = sums.lengths.iter().map(|length| if *length == 1 { points.next().map(G::read) } else { None });
        let by_row: Vec<_> = sums.by_ref().take(rows).collect();
        let by_column: Vec<_> = sums.collect();
        let [mut plain, weighted_rows] = G::weighted(&by_row);
        let [_, mut weighted] = G::weighted(&by_column);
        weighted += G::times(weighted_rows, width as u64);
        let spare = G::read(&self.spare_line);
        plain -= G::times(spare.into(), self.taken[0]);
        weighted -= G::times(spare.into(), self.taken[1]);
        BucketSums { plain, weighted }
    }
}

fn pairs_in(lengths: &[u32]) -> usize {
    lengths.iter().map(|length| *length as usize / 2).sum()
}
