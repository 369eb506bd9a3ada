//! The backend for every machine: batch-affine additions on arkworks' field arithmetic, in safe Rust.

mod arithmetic;
mod buckets;
mod points;
mod transforms;

use ark_bn254::{G1Affine, G1Projective, G2Affine, G2Projective};

use super::backend::{Backend, BucketSums, Buckets, Line, Multiples, Transforms};
use buckets::sums;
use points::fill_multiples;
use transforms::PortableTransforms;

/// Plain 64-bit arithmetic.
#[derive(Clone, Copy, Debug, Default)]
pub struct Portable;

impl Backend for Portable {
    /// Affine coordinates in arkworks' Montgomery form.
    fn form(&self) -> &'static str {
        "portable"
    }

    fn multiples_g1(&self, bases: &[G1Affine], multiples: Multiples, table: &mut [Line]) {
        fill_multiples::<G1Projective>(bases, multiples, table);
    }

    fn multiples_g2(&self, bases: &[G2Affine], multiples: Multiples, table: &mut [Line]) {
        fill_multiples::<G2Projective>(bases, multiples, table);
    }

    fn sums_g1(&self, table: &[Line], buckets: Buckets<'_>) -> BucketSums<G1Projective> {
        sums(table, buckets)
    }

    fn sums_g2(&self, table: &[Line], buckets: Buckets<'_>) -> BucketSums<G2Projective> {
        sums(table, buckets)
    }

    fn transforms(&self, size: usize) -> Box<dyn Transforms> {
        Box::new(PortableTransforms::new(size))
    }
}
