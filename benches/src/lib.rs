//! What the benchmarks share: provers and verifiers under public-seed keys, and a stock prover on the same keys.

pub mod iden3;
pub mod job;
pub mod synthetic;

use aiq_circuits::{
    constraints::{Circuit, Synthesise},
    statement::StatementId,
};
use aiq_keys::{
    KeyDir,
    setup::{ProvingKey, reduction::SnarkjsReduction},
};
use aiq_prover::{
    Prover,
    engine::{EngineKind, EngineOptions},
};
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

/// A prover of a statement with an engine of choice.
///
/// # Panics
/// If keys can neither be loaded nor made.
#[must_use]
pub fn prover(statement: StatementId, kind: EngineKind) -> Prover {
    let options = EngineOptions { kind, ..EngineOptions::default() };
    Prover::load_with(&keys(), statement, &options, &|_, _| {}).expect("the key was made")
}

/// The engines that this machine can run, the fastest first.
#[must_use]
pub fn engines() -> Vec<EngineKind> {
    EngineKind::ALL.into_iter().rev().filter(|kind| kind.is_available()).collect()
}

/// `group/what/threads`: results for different numbers of threads (`RAYON_NUM_THREADS`) stand side by side.
#[must_use]
pub fn group_name(group: &str, what: impl std::fmt::Display) -> String {
    format!("{group}/{what}/{}", rayon::current_num_threads())
}
