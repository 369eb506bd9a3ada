//! What an arithmetic must offer for [`TableEngine`](super::TableEngine) to prove with it: points in whatever form it
//! likes, sums over sorted buckets, and the quotient's transforms. Everything else (digits, sorting, layout, files,
//! scheduling) is the engine's.
//!
//! Every call but [`Transforms::quotient`] is a piece of work for one thread: the engine cuts the work into pieces and
//! hands them to rayon's pool.

use aiq_circuits::Fr;
use ark_bn254::{G1Affine, G1Projective, G2Affine, G2Projective};
use zeroize::{Zeroize, Zeroizing};

use super::RowValues;

/// A cache line of a table. A point of G1 fills one, a point of G2 two; what the words mean is the backend's business,
/// but not a word of padding, and nothing in them depends on the machine's byte order beyond that of the words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Line(pub [u64; 8]);

/// Which multiples of each base a table holds: `2^(doublings·j)·P` for `j` in `0..count`, base after base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiples {
    /// Multiples for each base, at least 1.
    pub count: usize,
    /// Doublings from one to the next.
    pub doublings: usize,
}

/// Entries of a table, sorted into neighbouring buckets.
///
/// Bucket `k` (from 0) holds `entries[ends[k−1]..ends[k]]`, the first one beginning at 0; buckets may be empty or have a
/// great many entries. An entry is twice the index of a point in the table, plus 1 if the point counts negatively.
#[derive(Clone, Copy)]
pub struct Buckets<'a> {
    /// What is added up, by bucket.
    pub entries: &'a [u32],
    /// Where each bucket ends. Not empty; the last is the number of entries.
    pub ends: &'a [u32],
}

/// The two sums over `n` buckets from which sums over more buckets can be put together. They say something about the
/// witness: wiped by whoever holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketSums<G> {
    /// `Σ bucketₖ` for `k` in `0..n`.
    pub plain: G,
    /// `Σ k·bucketₖ` for `k` in `0..n`. The first bucket does not count.
    pub weighted: G,
}

impl<G: Zeroize> Zeroize for BucketSums<G> {
    fn zeroize(&mut self) {
        self.plain.zeroize();
        self.weighted.zeroize();
    }
}

/// Field, curve and transform arithmetic.
///
/// Bases are never at infinity and have the group's prime order, so no point of a table is at infinity. Sums of them
/// can be, and equal and opposite points do meet. Scratch memory is wiped before it is freed: it says something about
/// the witness.
pub trait Backend: Send + Sync {
    /// Name of the form in which its tables are kept: tables are used by this form only.
    fn form(&self) -> &'static str;

    /// Fills the part of a table for these bases: `bases.len() · multiples.count` lines.
    fn multiples_g1(&self, bases: &[G1Affine], multiples: Multiples, table: &mut [Line]);

    /// The same in G2: twice as many lines.
    fn multiples_g2(&self, bases: &[G2Affine], multiples: Multiples, table: &mut [Line]);

    /// Sums some buckets. Indices in `buckets` are those of points in the whole `table`.
    fn sums_g1(&self, table: &[Line], buckets: Buckets<'_>) -> BucketSums<G1Projective>;

    /// The same in G2.
    fn sums_g2(&self, table: &[Line], buckets: Buckets<'_>) -> BucketSums<G2Projective>;

    /// Prepares for domains of `size` elements, a power of two, at least 2.
    fn transforms(&self, size: usize) -> Box<dyn Transforms>;
}

/// The transforms of one domain, with what can be computed ahead.
pub trait Transforms: Send + Sync {
    /// `A·B − C` on the odd coset, from the rows' values on the even one: three inverse transforms, three on the coset
    /// shifted by a root of unity of twice the order (§9). Runs on rayon's pool as it sees fit.
    fn quotient(&self, rows: RowValues) -> Zeroizing<Vec<Fr>>;
}
