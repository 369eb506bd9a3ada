//! The heavy part of a proof behind a trait: the quotient's transforms and five multi-scalar multiplications.
//!
//! There are three engines, and all make the same proof of the same assignment and blinding. [`ArkEngine`] is on
//! arkworks' arithmetic and starts from the key as it is: the yardstick. [`TableEngine`] has multiples of the key's bases
//! in tables, and a backend for its arithmetic: the portable one, or that of AVX-512 IFMA where the
//! processor has it.

mod ark;
mod backend;
mod choice;
mod digits;
mod divsteps;
mod file;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod layout;
mod msm;
mod pairs;
mod portable;
mod table;
#[cfg(test)]
mod tests;

pub use ark::ArkEngine;
pub use choice::{EngineKind, EngineOptions, Keep, OnTables, UnknownEngine};
pub(crate) use choice::{make, prepare};
pub use table::TableEngine;

use aiq_circuits::Fr;
use ark_bn254::{G1Projective, G2Projective};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::parts::Clock;

/// What every row of the matrices makes of an assignment: `A·z`, `B·z` and `C·z`, each as long as the key's domain.
///
/// Behind the constraints stand the consistency rows, where `a` has `1, public inputs..` and `b` and `c` are 0; the
/// rest is 0. `a·b = c` in every row: that has been checked.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RowValues {
    /// `A·z`.
    pub a: Vec<Fr>,
    /// `B·z`.
    pub b: Vec<Fr>,
    /// `C·z`.
    pub c: Vec<Fr>,
}

/// The five multi-scalar multiplications of a proof, before α, β and the blinding by r and s are added: they say
/// something about the witness, so they are wiped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Zeroize)]
pub struct Products {
    /// `Σ zᵢ·Aᵢ` over all variables.
    pub a: G1Projective,
    /// `Σ zᵢ·Bᵢ` over all variables, in G1.
    pub b_g1: G1Projective,
    /// `Σ zᵢ·Bᵢ` over all variables, in G2.
    pub b_g2: G2Projective,
    /// `Σ zᵢ·Lᵢ` over the witnesses.
    pub l: G1Projective,
    /// `Σ hᵢ·Hᵢ`, with h the values of `A·B − C` on the odd coset (§9, snarkjs' reduction).
    pub h: G1Projective,
}

/// Computes the heavy part of proofs under one key.
///
/// One call does the quotient and the multiplications together, so that an engine can run them side by side and share
/// what A, B and L have in common: the assignment. It is called with satisfied assignments only, and its result is
/// verified before anybody sees it.
pub trait Engine: Send + Sync {
    /// The products for an assignment `1, public inputs.., witnesses..`. Intermediate values are wiped.
    fn products(&self, assignment: &[Fr], rows: RowValues) -> Products;

    /// The same, one part after the other, each with all threads to itself: for measuring, and slower.
    fn products_in_parts(&self, assignment: &[Fr], rows: RowValues, clock: &mut Clock<'_>) -> Products;
}
