//! What the benchmarks share: provers and verifiers under public-seed keys, and a stock prover on the same keys.

use aiq_circuits::{
    constraints::{Circuit, Synthesise},
    statement::StatementId,
};
use aiq_keys::{
    KeyDir,
    setup::{ProvingKey, reduction::SnarkjsReduction},
};
use aiq_prover::Prover;
use aiq_verifier::proof::Proof;
use rand::rngs::OsRng;

/// Everything that is needed to prove and verify one statement.
pub struct Bench<I: Synthesise> {
    /// The instance.
    pub instance: I,
    /// A witness for it.
    pub witness: I::Witness,
    /// The key, as stock ark-groth16 takes it.
    pub key: ProvingKey,
    /// The prover under the same key.
    pub prover: Prover,
}

impl<I: Synthesise> Bench<I> {
    /// Loads (the first time: makes) the public-seed key of a sample's statement.
    ///
    /// # Panics
    /// If keys can neither be loaded nor made: there is nothing to measure then.
    #[must_use]
    pub fn new((instance, witness): (I, I::Witness)) -> Self {
        let keys = keys();
        let key = ProvingKey::load(&keys, I::ID).expect("the key was just made");
        let prover = Prover::load(&keys, I::ID).expect("the key was just made");
        Self { instance, witness, key, prover }
    }

    /// A proof by this project's prover, end to end: rules, witness, constraints, products, self-verification.
    ///
    /// # Panics
    /// If the sample were not honest.
    #[must_use]
    pub fn prove(&self) -> Proof {
        self.prove_with(&self.prover)
    }

    /// The same by another prover of the same key.
    ///
    /// # Panics
    /// If the sample were not honest.
    #[must_use]
    pub fn prove_with(&self, prover: &Prover) -> Proof {
        prover.prove(&self.instance, &self.witness, &mut OsRng, &mut |_| {}).expect("the sample is honest")
    }

    /// A proof by stock `ark_groth16` on the same key, circuit and witness, end to end.
    ///
    /// # Panics
    /// If the sample were not honest.
    #[must_use]
    pub fn prove_stock(&self) -> ark_groth16::Proof<ark_bn254::Bn254> {
        let circuit = Circuit::new(&self.instance, &self.witness);
        ark_groth16::Groth16::<_, SnarkjsReduction>::create_random_proof_with_reduction(
            circuit,
            self.key.as_ark(),
            &mut OsRng,
        )
        .expect("the sample is honest")
    }
}

/// The public-seed keys of every statement, under the target directory.
///
/// # Panics
/// If they can neither be loaded nor made.
#[must_use]
pub fn keys() -> KeyDir {
    KeyDir::for_tests(&StatementId::ALL).expect("public-seed keys can be made")
}
