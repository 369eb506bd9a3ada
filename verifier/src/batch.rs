//! Many proofs under one key at once (§9).
//!
//! With random coefficients `r_i` the equations of all proofs become one:
//! `Π e(r_i·A_i, B_i) · e(−Σ r_i·α, β) · e(Σ r_i·IC(x_i), −γ) · e(Σ r_i·C_i, −δ) = 1`. One Miller loop over all pairs and one final
//! exponentiation decide it, and of the public inputs only their sums weighted by `r_i` meet the curve.
//!
//! If a proof is bad, at most one value of its coefficient can make the equation hold, whatever the others are; so the
//! chance is at most 2⁻¹²⁸, provided that the coefficients are drawn after the proofs are fixed. That is why
//! they are drawn here, from the generator that the caller hands in, and nowhere earlier.

mod coefficient;

use std::{ops::RangeInclusive, sync::Arc};

use aiq_circuits::statement::PublicInputs;
use ark_bn254::{Fr, G1Projective};
use ark_ec::VariableBaseMSM as _;
use ark_ff::Zero as _;
use rand::{CryptoRng, RngCore};
#[cfg(feature = "parallel")]
use rayon::prelude::*;

use self::coefficient::Coefficient;
use crate::{
    field::Fp12,
    groth16::{FoldedKey, PreparedKey},
    pairing::{Lines, Place, final_exponentiation, miller_loop},
    proof::{Proof, ProofError},
};

/// Some proofs of a batch are not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} of the proofs are not valid, the first at index {}", bad.len(), bad.first().copied().unwrap_or_default())]
pub struct BatchError {
    /// The indices of all proofs that are not valid, ascending.
    pub bad: Vec<usize>,
}

impl BatchError {
    /// An error if any index is bad.
    pub(crate) fn unless_empty(mut bad: Vec<usize>) -> Result<(), Self> {
        if bad.is_empty() {
            return Ok(());
        }
        bad.sort_unstable();
        Err(Self { bad })
    }
}

/// Decodes proofs, each as [`Proof::from_bytes`] does it: what a batch costs besides, spread over all threads like it.
pub fn decode<B: AsRef<[u8]> + Sync>(encoded: &[B]) -> Vec<Result<Proof, ProofError>> {
    #[cfg(feature = "parallel")]
    let encoded = encoded.par_iter();
    #[cfg(not(feature = "parallel"))]
    let encoded = encoded.iter();
    encoded.map(|bytes| Proof::from_bytes(bytes.as_ref())).collect()
}

/// Checks proofs under one key, each with its public inputs. No proof at all is a valid batch.
///
/// # Errors
/// The indices of all that are not valid.
pub fn verify_batch(
    key: &Arc<PreparedKey>,
    proofs: &[(PublicInputs, Proof)],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), BatchError> {
    let rows = proofs.iter().map(|(inputs, proof)| {
        let fits = key.check_inputs(inputs).is_ok();
        (fits.then_some(inputs.values()), proof)
    });
    Batch::new(&FoldedKey::unfolded(key), rows, rng).verify()
}

impl FoldedKey {
    /// Checks proofs that share the folded public inputs, each with the rest of its own. No proof at all is a valid batch.
    ///
    /// # Errors
    /// The indices of all that are not valid.
    pub fn verify_batch<R: AsRef<[Fr]>>(
        &self,
        proofs: &[(R, &Proof)],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), BatchError> {
        let rows = proofs.iter().map(|(rest, proof)| {
            let rest = rest.as_ref();
            (self.check_rest(rest).is_ok().then_some(rest), *proof)
        });
        Batch::new(self, rows, rng).verify()
    }
}

/// A proof with its public inputs and its coefficient.
struct Row<'a> {
    index: usize,
    inputs: &'a [Fr],
    proof: &'a Proof,
    coefficient: Coefficient,
}

struct Batch<'a> {
    key: &'a FoldedKey,
    rows: Vec<Row<'a>>,
    /// Indices found to be bad so far.
    bad: Vec<usize>,
}

/// So few proofs are quicker to check one by one than to bisect further.
const ONE_BY_ONE: usize = 4;
/// Pairs in one Miller loop: enough to share its squarings and inversions, few enough to keep every thread busy and its lines,
/// 11 KB a pair, in the cache.
const PAIRS: RangeInclusive<usize> = 8..=32;

impl<'a> Batch<'a> {
    /// Draws the coefficients: every proof is fixed by now. Rows without usable inputs are bad from the start.
    fn new(
        key: &'a FoldedKey,
        rows: impl Iterator<Item = (Option<&'a [Fr]>, &'a Proof)>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Self {
        let mut batch = Self { key, rows: Vec::new(), bad: Vec::new() };
        for (index, (inputs, proof)) in rows.enumerate() {
            match inputs {
                Some(inputs) => {
                    let coefficient = Coefficient::random(rng);
                    batch.rows.push(Row { index, inputs, proof, coefficient });
                }
                None => batch.bad.push(index),
            }
        }
        batch
    }

    fn verify(self) -> Result<(), BatchError> {
        let Self { key, rows, mut bad } = self;
        if !holds(key, &rows) {
            bisect(key, &rows, &mut bad);
        }
        BatchError::unless_empty(bad)
    }
}

/// Finds the bad ones among rows whose combined equation does not hold.
fn bisect(key: &FoldedKey, rows: &[Row<'_>], bad: &mut Vec<usize>) {
    if rows.len() <= ONE_BY_ONE {
        let faulty = rows.iter().filter(|row| key.verify(row.inputs, row.proof).is_err());
        bad.extend(faulty.map(|row| row.index));
        return;
    }
    let (left, right) = rows.split_at(rows.len() / 2);
    let left_holds = holds(key, left);
    if !left_holds {
        bisect(key, left, bad);
    }
    // The whole is the product of its halves: if the left one holds, the right one does not.
    if left_holds || !holds(key, right) {
        bisect(key, right, bad);
    }
}

/// Whether the combined equation of these rows holds.
fn holds(key: &FoldedKey, rows: &[Row<'_>]) -> bool {
    if rows.is_empty() {
        return true;
    }
    let mut sum = Fr::zero();
    let mut weighted = vec![Fr::zero(); key.free()];
    for row in rows {
        let coefficient = row.coefficient.to_field();
        sum += coefficient;
        for (total, input) in weighted.iter_mut().zip(row.inputs) {
            *total += coefficient * input;
        }
    }
    let shared = || {
        let prepared = key.key();
        let constant = G1Projective::from(*key.constant()) * sum;
        let inputs = key.sum(constant.into(), &weighted);
        let alpha = prepared.alpha * -sum;
        let [alpha, inputs, c] = Place::of([alpha.into(), inputs, weighted_c(rows).into()]);
        miller_loop(&[(alpha, &prepared.beta), (inputs, &prepared.minus_gamma), (c, &prepared.minus_delta)], None)
    };
    #[cfg(feature = "parallel")]
    let (pairs, shared) = rayon::join(|| weighted_pairs(rows), shared);
    #[cfg(not(feature = "parallel"))]
    let (pairs, shared) = (weighted_pairs(rows), shared());
    final_exponentiation(&(&pairs * &shared)) == Fp12::ONE
}

/// `Σ r_i · C_i`.
fn weighted_c(rows: &[Row<'_>]) -> G1Projective {
    let points: Vec<_> =
        rows.iter().flat_map(|row| [*row.proof.c(), coefficient::endomorphism(row.proof.c())]).collect();
    let halves: Vec<_> = rows.iter().flat_map(|row| row.coefficient.halves()).collect();
    G1Projective::msm_u64(&points, &halves)
}

/// `Π e(r_i · A_i, B_i)` before the final exponentiation.
fn weighted_pairs(rows: &[Row<'_>]) -> Fp12 {
    let pairs = |rows: &[Row<'_>]| {
        let multiples: Vec<_> = rows.iter().map(|row| row.coefficient.multiply(row.proof.a())).collect();
        let points: Vec<_> = rows.iter().map(|row| *row.proof.b()).collect();
        let lines = Lines::of_all(&points);
        miller_loop(&Place::of_all(&multiples).into_iter().zip(&lines).collect::<Vec<_>>(), None)
    };
    #[cfg(feature = "parallel")]
    let product = {
        let share = rows.len().div_ceil(2 * rayon::current_num_threads());
        rows.par_chunks(share.clamp(*PAIRS.start(), *PAIRS.end()))
            .map(pairs)
            .reduce(|| Fp12::ONE, |left, right| &left * &right)
    };
    #[cfg(not(feature = "parallel"))]
    let product = rows.chunks(*PAIRS.end()).map(pairs).fold(Fp12::ONE, |left, right| &left * &right);
    product
}
