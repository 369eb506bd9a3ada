//! A circuit of any size that says nothing: each variable is the product of the two before it. For measuring how provers
//! scale beyond the statements.

use aiq_circuits::Fr;
use aiq_circuits::constraints::{R1cs, Synthesis, SynthesisError};
use ark_bn254::Bn254;
use ark_groth16::{Groth16, ProvingKey};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef};
use rand::rngs::OsRng;

use aiq_keys::setup::reduction::SnarkjsReduction;

/// The circuit: `z₂ = z₀·z₁`, `z₃ = z₁·z₂`, ..
#[derive(Clone, Copy)]
struct Products {
    constraints: usize,
}

impl Products {
    fn synthesise(self, synthesis: &mut Synthesis, with_values: bool) -> Result<(), SynthesisError> {
        synthesis.group(format_args!("products"));
        let first = |value: u64| with_values.then(|| Fr::from(value));
        let mut last = synthesis.witness(first(3))?;
        let mut next = synthesis.witness(first(5))?;
        for _ in 0..self.constraints {
            let product = synthesis.product(&last, &next)?;
            last = std::mem::replace(&mut next, product);
        }
        Ok(())
    }
}

impl ConstraintSynthesizer<Fr> for Products {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let with_values = !cs.is_in_setup_mode();
        self.synthesise(&mut Synthesis::new(cs), with_values)
    }
}

/// The circuit with a key and an assignment.
pub struct Synthetic {
    circuit: Products,
    /// Its constraints.
    pub r1cs: R1cs,
    /// A key of nobody's.
    pub key: ProvingKey<Bn254>,
    /// Values that satisfy it.
    pub assignment: Vec<Fr>,
}

impl Synthetic {
    /// The circuit with so many constraints.
    ///
    /// # Panics
    /// If the circuit does not synthesise.
    #[must_use]
    pub fn new(constraints: usize) -> Self {
        let circuit = Products { constraints };
        let r1cs = R1cs::from_synthesis(|synthesis| circuit.synthesise(synthesis, false)).expect("it synthesises");
        let key = Groth16::<Bn254, SnarkjsReduction>::generate_random_parameters_with_reduction(circuit, &mut OsRng)
            .expect("it synthesises");
        let mut assignment = vec![Fr::from(1u8), Fr::from(3u8), Fr::from(5u8)];
        for i in 0..constraints {
            assignment.push(assignment[i + 1] * assignment[i + 2]);
        }
        Self { circuit, r1cs, key, assignment }
    }

    /// A proof by stock `ark_groth16`, end to end.
    ///
    /// # Panics
    /// If the assignment did not satisfy the circuit.
    #[must_use]
    pub fn prove_stock(&self) -> ark_groth16::Proof<Bn254> {
        Groth16::<Bn254, SnarkjsReduction>::create_random_proof_with_reduction(self.circuit, &self.key, &mut OsRng)
            .expect("the assignment satisfies the circuit")
    }
}

#[cfg(test)]
mod tests {
    use aiq_prover::CircuitProver;
    use aiq_prover::engine::{EngineKind, EngineOptions};
    use ark_groth16::Proof;

    use super::*;

    #[test]
    fn proofs_of_both_provers_verify() {
        let synthetic = Synthetic::new(100);
        let verifying = ark_groth16::prepare_verifying_key(&synthetic.key.vk);
        let verify = |proof: &Proof<Bn254>| Groth16::<Bn254>::verify_proof(&verifying, proof, &[]);
        assert_eq!(verify(&synthetic.prove_stock()), Ok(true));
        for kind in EngineKind::ALL.into_iter().filter(|kind| kind.is_available()) {
            let options = EngineOptions { kind, ..EngineOptions::default() };
            let prover = CircuitProver::new(&synthetic.key, &synthetic.r1cs, &options);
            let proof = prover.prove(&synthetic.assignment, &mut OsRng).expect("the assignment satisfies the circuit");
            let proof = Proof { a: *proof.a(), b: *proof.b(), c: *proof.c() };
            assert_eq!(verify(&proof), Ok(true), "{kind}");
        }
    }
}
