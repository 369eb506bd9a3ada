//! Makes a Groth16 key: what `ark_groth16`'s generator computes, in steps that report progress and wipe the trapdoor.

use aiq_circuits::Fr;
use aiq_circuits::constraints::R1cs;
use ark_bn254::{Bn254, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::scalar_mul::{BatchMulPreprocessing, ScalarMul};
use ark_ec::{CurveGroup, PrimeGroup};
use ark_ff::{Field, UniformRand};
use ark_groth16::r1cs_to_qap::R1CSToQAP;
use ark_groth16::{ProvingKey, VerifyingKey};
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};
use rand::{CryptoRng, RngCore};
use rayon::prelude::*;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::reduction::{SnarkjsReduction, is_usable_evaluation_point};

/// Points made between two reports of progress.
const CHUNK: usize = 2048;

/// A point of G2 takes about as long as this many of G1.
const G2_COST: usize = 3;

/// The trapdoor of a key: whoever keeps it can forge. Wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Trapdoor {
    alpha: Fr,
    beta: Fr,
    gamma: Fr,
    delta: Fr,
    /// Where the polynomials are evaluated: `τ`, or `x` in the Groth16 paper.
    tau: Fr,
}

impl Trapdoor {
    /// Draws a trapdoor for a circuit of this domain size.
    pub(crate) fn draw<R: RngCore + CryptoRng>(rng: &mut R, domain_size: usize) -> Self {
        let mut draw = |usable: &dyn Fn(&Fr) -> bool| loop {
            let value = Fr::rand(rng);
            if usable(&value) {
                return value;
            }
        };
        let not_zero = |value: &Fr| *value != Fr::from(0u8);
        Self {
            alpha: draw(&not_zero),
            beta: draw(&not_zero),
            gamma: draw(&not_zero),
            delta: draw(&not_zero),
            tau: draw(&|value| is_usable_evaluation_point(value, domain_size)),
        }
    }
}

/// The columns of A, B and C as polynomials, evaluated at `τ`. They give `τ` away, so they are wiped too.
struct Columns {
    a: Zeroizing<Vec<Fr>>,
    b: Zeroizing<Vec<Fr>>,
    c: Zeroizing<Vec<Fr>>,
}

impl Columns {
    fn evaluate(r1cs: &R1cs, domain: &GeneralEvaluationDomain<Fr>, tau: &Fr) -> Self {
        let lagrange = Zeroizing::new(domain.evaluate_all_lagrange_coefficients(*tau));
        let column_values = |rows: &[Vec<(Fr, usize)>]| {
            let mut values = vec![Fr::from(0u8); r1cs.num_inputs + r1cs.num_witnesses];
            for (row, at_row) in rows.iter().zip(lagrange.iter()) {
                for (coefficient, column) in row {
                    values[*column] += *coefficient * at_row;
                }
            }
            Zeroizing::new(values)
        };
        let mut a = column_values(&r1cs.a);
        // One consistency row for each public input and the constant: they bind inputs that no constraint uses.
        for (value, at_row) in a.iter_mut().zip(lagrange.iter().skip(r1cs.num_constraints())).take(r1cs.num_inputs) {
            *value += at_row;
        }
        Self { a, b: column_values(&r1cs.b), c: column_values(&r1cs.c) }
    }

    /// `(β·a + α·b + c)·factor` for the given columns: the exponents of IC (factor `γ⁻¹`) and L (factor `δ⁻¹`).
    fn combine(&self, columns: std::ops::Range<usize>, trapdoor: &Trapdoor, factor: &Fr) -> Zeroizing<Vec<Fr>> {
        let combined = columns
            .into_par_iter()
            .map(|i| (trapdoor.beta * self.a[i] + trapdoor.alpha * self.b[i] + self.c[i]) * factor)
            .collect();
        Zeroizing::new(combined)
    }
}

/// Makes the key of `r1cs` with this trapdoor. `progress` hears how much of how much is done.
pub(crate) fn make_key(r1cs: &R1cs, trapdoor: &Trapdoor, progress: &mut dyn FnMut(usize, usize)) -> ProvingKey<Bn254> {
    let domain = domain_of(r1cs);
    let columns = Columns::evaluate(r1cs, &domain, &trapdoor.tau);
    let inverse = |value: &Fr| Zeroizing::new(value.inverse().expect("trapdoors are drawn without zeros"));
    let (gamma_inverse, delta_inverse) = (inverse(&trapdoor.gamma), inverse(&trapdoor.delta));
    let ic = columns.combine(0..r1cs.num_inputs, trapdoor, &gamma_inverse);
    let l = columns.combine(r1cs.num_inputs..columns.a.len(), trapdoor, &delta_inverse);
    let h = SnarkjsReduction::h_query_scalars::<Fr, GeneralEvaluationDomain<Fr>>(
        domain.size() - 1,
        trapdoor.tau,
        domain.evaluate_vanishing_polynomial(trapdoor.tau),
        *delta_inverse,
    );
    let h = Zeroizing::new(h.expect("the double domain exists: the field has roots of unity of order 2^28"));

    let in_g1 = columns.a.len() + columns.b.len() + h.len() + l.len() + ic.len();
    let mut work = Work { done: 0, total: in_g1 + G2_COST * columns.b.len(), progress };
    let g2 = BatchMulPreprocessing::new(G2Projective::generator(), columns.b.len());
    let b_g2_query: Vec<G2Affine> = work.multiply(&g2, &columns.b, G2_COST);
    let g1 = BatchMulPreprocessing::new(G1Projective::generator(), in_g1);
    let mut in_g1 = |scalars: &[Fr]| -> Vec<G1Affine> { work.multiply(&g1, scalars, 1) };
    let g1_times = |scalar: &Fr| (G1Projective::generator() * scalar).into_affine();
    let g2_times = |scalar: &Fr| (G2Projective::generator() * scalar).into_affine();
    ProvingKey {
        vk: VerifyingKey {
            alpha_g1: g1_times(&trapdoor.alpha),
            beta_g2: g2_times(&trapdoor.beta),
            gamma_g2: g2_times(&trapdoor.gamma),
            delta_g2: g2_times(&trapdoor.delta),
            gamma_abc_g1: in_g1(&ic),
        },
        beta_g1: g1_times(&trapdoor.beta),
        delta_g1: g1_times(&trapdoor.delta),
        a_query: in_g1(&columns.a),
        b_g1_query: in_g1(&columns.b),
        b_g2_query,
        h_query: in_g1(&h),
        l_query: in_g1(&l),
    }
}

/// The domain of a circuit: one root of unity for each constraint and consistency row.
pub(crate) fn domain_of(r1cs: &R1cs) -> GeneralEvaluationDomain<Fr> {
    GeneralEvaluationDomain::new(r1cs.num_constraints() + r1cs.num_inputs)
        .expect("circuits are far smaller than the field's 2^28 roots of unity")
}

/// How much of the multiplication work is done.
struct Work<'a> {
    done: usize,
    total: usize,
    progress: &'a mut dyn FnMut(usize, usize),
}

impl Work<'_> {
    /// Multiplies the table's base by every scalar, on all threads, reporting after each chunk.
    fn multiply<G: ScalarMul<ScalarField = Fr>>(
        &mut self,
        table: &BatchMulPreprocessing<G>,
        scalars: &[Fr],
        cost: usize,
    ) -> Vec<G::MulBase> {
        let mut points = Vec::with_capacity(scalars.len());
        for chunk in scalars.chunks(CHUNK) {
            points.extend(table.batch_mul(chunk));
            self.done += cost * chunk.len();
            (self.progress)(self.done, self.total);
        }
        points
    }
}
