//! The backend for x86-64 processors with AVX-512 IFMA: eight field elements at a time, in limbs of 52 bits.
//!
//! This is the one module of the project with `unsafe` code, and it has it for two reasons. Vector instructions may only
//! be run where they exist: every function that uses them carries a `target_feature` attribute, and whoever calls such a
//! function from elsewhere has to know that they do. The value of [`Ifma`] is that knowledge: it is made by
//! [`Ifma::detect`] only, and all vector code is called from its methods. Hence no vector value exists without it, and
//! methods of vector types may take the instructions for granted. The other reason is memory: points are gathered from
//! and scattered to places that are computed from lists of numbers. Those lists are checked once where they come in, and
//! places are derived from slices where the work is done.
//!
//! Besides, [`mapping`] maps files of tables, for whatever backend.
#![allow(unsafe_code)]
// Vectors come by the dozen from one module of the standard library; a field element is 320 bytes wide and meant to stay
// in registers, which is also why the methods that lead from safe names to vector code must be inlined.
#![allow(clippy::wildcard_imports, clippy::large_types_passed_by_value, clippy::inline_always)]

mod coordinate;
mod fq2;
mod group;
mod inverse;
mod lanes;
pub(super) mod mapping;
mod memory;
mod modulus;
mod pairs;
mod sums;
mod tables;
mod transforms;

#[cfg(test)]
mod tests;

use ark_bn254::{G1Affine, G1Projective, G2Affine, G2Projective};

use super::backend::{Backend, BucketSums, Buckets, Line, Multiples, Transforms};
use super::portable::Portable;
use group::{First, Second};
use transforms::VectorTransforms;

/// Knows that the processor has the instructions.
#[derive(Clone, Copy, Debug)]
pub struct Ifma(());

impl Ifma {
    /// The backend, if this processor can run it.
    #[must_use]
    pub fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512ifma")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw");
        found.then_some(Self(()))
    }
}

impl Backend for Ifma {
    /// Affine coordinates in Montgomery's form with R = `2^260`, in words of 64 bits.
    fn form(&self) -> &'static str {
        "ifma"
    }

    fn multiples_g1(&self, bases: &[G1Affine], multiples: Multiples, table: &mut [Line]) {
        // SAFETY: the instructions exist, since `self` does.
        unsafe { tables::multiples::<First>(bases, multiples, table) };
    }

    fn multiples_g2(&self, bases: &[G2Affine], multiples: Multiples, table: &mut [Line]) {
        // SAFETY: the instructions exist, since `self` does.
        unsafe { tables::multiples::<Second>(bases, multiples, table) };
    }

    fn sums_g1(&self, table: &[Line], buckets: Buckets<'_>) -> BucketSums<G1Projective> {
        // SAFETY: the instructions exist, since `self` does.
        unsafe { sums::bucket_sums::<First>(table, buckets) }
    }

    fn sums_g2(&self, table: &[Line], buckets: Buckets<'_>) -> BucketSums<G2Projective> {
        // SAFETY: the instructions exist, since `self` does.
        unsafe { sums::bucket_sums::<Second>(table, buckets) }
    }

    fn transforms(&self, size: usize) -> Box<dyn Transforms> {
        if size < transforms::SMALLEST {
            return Portable.transforms(size);
        }
        Box::new(VectorTransforms::new(size, *self))
    }
}
