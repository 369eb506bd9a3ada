//! Scalars as signed digits, sorted by the bucket that each falls into: done once for all multiplications that have
//! their scalars in common.

use std::ops::Range;

use aiq_circuits::Fr;
use ark_ff::{BigInteger, PrimeField};
use rayon::prelude::*;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::layout::Layout;

/// Scalars that are sorted together, at least. Each thread takes some; a bucket's digits are those of all parts, so with
/// many small parts they would be gathered from many short runs.
const PART: usize = 4096;

/// In place of a base that is at infinity.
pub(super) const ABSENT: u32 = u32::MAX;

/// Bits of a digit's code below the number of its scalar: five of its multiple, one of its sign.
const CODE_BITS: u32 = 6;

/// The digits of scalars, sorted. They are secret: wiped when dropped.
pub(super) struct Digits {
    layout: Layout,
    parts: Vec<Part>,
}

/// The digits of some scalars that are not 0, by rising bucket.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Part {
    /// Number of the scalar, number of the multiple, sign.
    codes: Vec<u32>,
    /// Where each bucket's codes end.
    ends: Vec<u32>,
}

/// Neighbouring buckets of one set: a piece of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The set.
    pub(super) set: usize,
    /// Its buckets; bucket `k` is that of the digits `k + 1` and `−(k + 1)`.
    pub(super) buckets: Range<usize>,
    /// Digits in them.
    digits: usize,
}

/// Digits of one piece as entries of a table.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Entries {
    /// Twice the index of a point, plus 1 if it counts negatively.
    pub(super) entries: Vec<u32>,
    /// Where each bucket ends.
    pub(super) ends: Vec<u32>,
}

impl Digits {
    pub(super) fn new(scalars: &[Fr], layout: Layout) -> Self {
        let size = scalars.len().div_ceil(rayon::current_num_threads()).max(PART);
        let parts = scalars
            .par_chunks(size)
            .enumerate()
            .map(|(part, scalars)| Part::new(scalars, part * size, layout))
            .collect();
        Self { layout, parts }
    }

    /// Cuts all buckets into pieces with about this many digits each. Buckets stay whole, empty ends are left out.
    pub(super) fn pieces(&self, digits: usize) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let in_set = self.layout.buckets();
        for set in 0..self.layout.stride {
            let mut piece = Piece { set, buckets: 0..0, digits: 0 };
            for bucket in 0..in_set {
                piece.digits += self.parts.iter().map(|part| part.bucket(set * in_set + bucket).len()).sum::<usize>();
                if piece.digits == 0 {
                    piece.buckets.start = bucket + 1;
                } else if piece.digits >= digits || bucket + 1 == in_set {
                    piece.buckets.end = bucket + 1;
                    pieces.push(std::mem::replace(&mut piece, Piece { set, buckets: bucket + 1..0, digits: 0 }));
                }
            }
        }
        pieces
    }

    /// How they were cut.
    pub(super) const fn layout(&self) -> Layout {
        self.layout
    }

    /// All digits.
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.codes.len()).sum()
    }

    /// The entries of one piece, for bases of which `slots` says where each scalar's stands, or [`ABSENT`].
    pub(super) fn entries(&self, piece: &Piece, slots: &[u32]) -> Entries {
        let count = u32::try_from(self.layout.multiples().count).expect("there are at most 32 windows");
        let first = piece.set * self.layout.buckets();
        // One place more than there can be entries: every code is written to the next place, and only those that have a
        // base move it on. Whether a base is absent is as good as random, so a branch would often be mispredicted.
        let mut entries = vec![0; piece.digits + 1];
        let mut ends = Vec::with_capacity(piece.buckets.len());
        let mut next = 0;
        for bucket in piece.buckets.clone() {
            for part in &self.parts {
                for code in &part.codes[part.bucket(first + bucket)] {
                    let slot = slots[(code >> CODE_BITS) as usize];
                    entries[next] = slot.wrapping_mul(count).wrapping_add(code >> 1 & 31) << 1 | code & 1;
                    next += usize::from(slot != ABSENT);
                }
            }
            ends.push(narrow(next));
        }
        entries.truncate(next);
        Entries { entries, ends }
    }
}

impl Part {
    /// The digits of `scalars`, the first of which has this number.
    fn new(scalars: &[Fr], first: usize, layout: Layout) -> Self {
        /// Of a digit 0.
        const NO_BUCKET: u32 = u32::MAX;
        let windows = layout.windows();
        let mut ends = vec![0; layout.stride * layout.buckets()];
        // Bucket and sign of each digit.
        let mut found = Vec::with_capacity(scalars.len() * windows);
        for scalar in scalars {
            for (window, digit) in (0..windows).zip(SignedDigits::new(scalar, layout.width)) {
                if digit == 0 {
                    found.push(NO_BUCKET);
                    continue;
                }
                let bucket = window % layout.stride * layout.buckets() + digit.unsigned_abs() as usize - 1;
                ends[bucket] += 1;
                found.push(narrow(bucket) << 1 | u32::from(digit < 0));
            }
        }
        // From numbers of digits to where each bucket begins; placing its digits moves that to where it ends.
        let mut total = 0;
        for end in &mut ends {
            total += std::mem::replace(end, total);
        }
        let mut codes = vec![0; total as usize];
        for (number, found) in (first..).zip(found.chunks_exact(windows)) {
            for (window, digit) in found.iter().enumerate().filter(|(_, digit)| **digit != NO_BUCKET) {
                let end = &mut ends[(digit >> 1) as usize];
                codes[*end as usize] = narrow(number) << CODE_BITS | narrow(window / layout.stride) << 1 | digit & 1;
                *end += 1;
            }
        }
        found.zeroize();
        Self { codes, ends }
    }

    fn bucket(&self, bucket: usize) -> Range<usize> {
        let start = bucket.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[bucket] as usize
    }
}

/// The digits of a scalar, from the lowest, between `−2^(width−1)` and `2^(width−1)`.
struct SignedDigits {
    rest: [u64; 4],
    width: usize,
    carry: i32,
    is_negative: bool,
}

impl SignedDigits {
    fn new(scalar: &Fr, width: usize) -> Self {
        // Of s and −s the smaller one: −1 has a single digit then, as 1 has.
        let value = scalar.into_bigint();
        let is_negative = value > Fr::MODULUS_MINUS_ONE_DIV_TWO;
        let rest = if is_negative {
            let mut negated = Fr::MODULUS;
            negated.sub_with_borrow(&value);
            negated
        } else {
            value
        };
        Self { rest: rest.0, width, carry: 0, is_negative }
    }
}

impl Iterator for SignedDigits {
    type Item = i32;

    /// Never ends: the digits above the highest are 0.
    #[allow(clippy::cast_possible_truncation)] // a digit has at most 16 bits
    #[inline]
    fn next(&mut self) -> Option<i32> {
        let Self { rest, width, .. } = self;
        let bits = (rest[0] & ((1 << *width) - 1)) as i32;
        for limb in 0..3 {
            rest[limb] = rest[limb] >> *width | rest[limb + 1] << (64 - *width);
        }
        rest[3] >>= *width;
        let sum = bits + self.carry;
        self.carry = i32::from(sum > 1 << (*width - 1));
        let digit = sum - (self.carry << *width);
        Some(if self.is_negative { -digit } else { digit })
    }
}

impl Drop for SignedDigits {
    fn drop(&mut self) {
        self.rest.zeroize();
    }
}

fn narrow(value: usize) -> u32 {
    u32::try_from(value).expect("circuits have fewer than 2^26 variables")
}
