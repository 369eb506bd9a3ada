//! snarkjs' reduction of R1CS to QAP (§9): libsnark's, but with the quotient's basis on the odd coset.
//!
//! Let n be the size of the domain and ω a primitive 2n-th root of unity. `A·B − C` vanishes on the even powers of ω,
//! so it is fixed by its values on the odd ones: those values are the prover's scalars, and the key holds
//! `δ⁻¹·L_{2i+1}(τ)` with L the Lagrange basis of the 2n-th roots. A key in this basis can come out of snarkjs'
//! phase 2, and the prover needs six transforms in place of seven.

use aiq_circuits::Fr;
use ark_ff::{AdditiveGroup, Field, PrimeField};
use ark_groth16::r1cs_to_qap::{LibsnarkReduction, R1CSToQAP, evaluate_constraint};
use ark_poly::EvaluationDomain;
use ark_relations::gr1cs::{ConstraintSystemRef, Matrix, Result as SynthesisResult, SynthesisError};
use rayon::prelude::*;

/// The reduction that every AIQ key uses, as ark-groth16 wants it: `Groth16<Bn254, SnarkjsReduction>` is the oracle
/// that AIQ's own key maker and prover are tested against.
#[derive(Clone, Copy, Debug)]
pub struct SnarkjsReduction;

impl R1CSToQAP for SnarkjsReduction {
    fn instance_map_with_evaluation<F: PrimeField, D: EvaluationDomain<F>>(
        cs: ConstraintSystemRef<F>,
        t: &F,
    ) -> SynthesisResult<(Vec<F>, Vec<F>, Vec<F>, F, usize, usize)> {
        LibsnarkReduction::instance_map_with_evaluation::<F, D>(cs, t)
    }

    fn witness_map_from_matrices<F: PrimeField, D: EvaluationDomain<F>>(
        matrices: &[Matrix<F>],
        num_inputs: usize,
        num_constraints: usize,
        full_assignment: &[F],
    ) -> SynthesisResult<Vec<F>> {
        let [a_matrix, b_matrix, ..] = matrices else { return Err(SynthesisError::PredicateNotFound) };
        let domain = D::new(num_constraints + num_inputs).ok_or(SynthesisError::PolynomialDegreeTooLarge)?;
        let coset = odd_coset(&domain)?;

        let mut a = vec![F::zero(); domain.size()];
        let mut b = vec![F::zero(); domain.size()];
        a.par_iter_mut().zip(&mut b).zip(a_matrix).zip(b_matrix).for_each(|(((a, b), a_row), b_row)| {
            *a = evaluate_constraint(a_row, full_assignment);
            *b = evaluate_constraint(b_row, full_assignment);
        });
        let mut c: Vec<F> = a.par_iter().zip(&b).map(|(a, b)| *a * b).collect();
        // The consistency rows: they bind every public input, whether a constraint uses it or not.
        a.iter_mut()
            .skip(num_constraints)
            .zip(full_assignment.iter().take(num_inputs))
            .for_each(|(a, input)| *a = *input);

        for values in [&mut a, &mut b, &mut c] {
            domain.ifft_in_place(values);
            coset.fft_in_place(values);
        }
        a.par_iter_mut().zip(b).zip(c).for_each(|((a, b), c)| *a = *a * b - c);
        Ok(a)
    }

    fn h_query_scalars<F: PrimeField, D: EvaluationDomain<F>>(
        max_power: usize,
        t: F,
        _: F,
        delta_inverse: F,
    ) -> SynthesisResult<Vec<F>> {
        let double = D::new(2 * (max_power + 1)).ok_or(SynthesisError::PolynomialDegreeTooLarge)?;
        let lagrange = double.evaluate_all_lagrange_coefficients(t);
        Ok(lagrange.into_iter().skip(1).step_by(2).map(|value| value * delta_inverse).collect())
    }
}

/// The coset of the odd powers of ω, for a domain of the even ones.
fn odd_coset<F: PrimeField, D: EvaluationDomain<F>>(domain: &D) -> SynthesisResult<D> {
    let double = D::new(2 * domain.size()).ok_or(SynthesisError::PolynomialDegreeTooLarge)?;
    domain.get_coset(double.group_gen()).ok_or(SynthesisError::PolynomialDegreeTooLarge)
}

/// A point outside every domain that could be used here: no 2n-th root of unity, so no Lagrange basis is degenerate.
pub(crate) fn is_usable_evaluation_point(tau: &Fr, domain_size: usize) -> bool {
    *tau != Fr::ZERO && tau.pow([2 * domain_size as u64]) != Fr::ONE
}
