//! From an instance and a witness to a proof (§9).

use aiq_circuits::Fr;
use aiq_circuits::constraints::{Group, R1cs, Synthesise, assign};
use aiq_circuits::statement::StatementId;
use aiq_keys::setup::{ProvingKey, r1cs_of};
use aiq_keys::{KeyDir, Origin};
use aiq_verifier::groth16::PreparedKey;
use aiq_verifier::proof::Proof;
use aiq_verifier::verifying_key::KeyId;
use rand::{CryptoRng, RngCore};
use rayon::prelude::*;

use crate::circuit::{Blinding, CircuitError, CircuitProver};
use crate::engine::{self, Engine, EngineOptions, OnTables};
use crate::error::{LoadError, ProveError};
use crate::parts::{Clock, Part};

/// What a prover is doing, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The native check of the statement's rules.
    Rules,
    /// The values of all variables, which are computed while the rules are checked.
    Witness,
    /// Every constraint, against those values.
    Constraints,
    /// Transforms and multi-scalar multiplications: nearly all of the time.
    Products,
    /// The verification of the proof just made.
    Verification,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 5] = [Self::Rules, Self::Witness, Self::Constraints, Self::Products, Self::Verification];

    /// What to show to a person who waits.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Rules => "checking the rules",
            Self::Witness => "computing the witness",
            Self::Constraints => "checking the constraints",
            Self::Products => "computing the proof",
            Self::Verification => "verifying the proof",
        }
    }
}

/// Hears what a prover is doing.
pub type OnStage<'a> = &'a mut dyn FnMut(Stage);

/// Makes proofs of one statement under one key. Holds everything that does not depend on a witness; can be shared
/// between threads.
pub struct Prover {
    statement: StatementId,
    origin: Origin,
    verifying: PreparedKey,
    key_id: KeyId,
    circuit: CircuitProver,
    groups: Vec<Group>,
}

impl Prover {
    /// Loads the proving key of `statement`, for the fastest engine that this processor can run. The first time that
    /// takes some seconds: the engine's tables are made and kept beside the key.
    ///
    /// # Errors
    /// As [`Self::load_with`].
    pub fn load(keys: &KeyDir, statement: StatementId) -> Result<Self, LoadError> {
        Self::load_with(keys, statement, &EngineOptions::default(), &|_, _| {})
    }

    /// [`Self::load`] for an engine of choice. `on_tables` hears how far the making of its tables has come.
    ///
    /// # Errors
    /// [`LoadError`], one variant for each cause.
    pub fn load_with(
        keys: &KeyDir,
        statement: StatementId,
        options: &EngineOptions,
        on_tables: OnTables<'_>,
    ) -> Result<Self, LoadError> {
        Self::load_prepared(keys, statement, |key, r1cs| engine::prepare(keys, key, r1cs, options, on_tables))
    }

    /// Loads a key for the engine that `prepare` makes.
    pub(crate) fn load_prepared(
        keys: &KeyDir,
        statement: StatementId,
        prepare: impl FnOnce(&ProvingKey, &R1cs) -> Box<dyn Engine> + Send,
    ) -> Result<Self, LoadError> {
        // Either takes a good part of a second for the largest circuit.
        let (key, r1cs) = rayon::join(
            || ProvingKey::load(keys, statement),
            || r1cs_of(statement).map(|r1cs| (r1cs.digest() == statement.shape().digest, r1cs)),
        );
        let key = key?;
        let (is_pinned, r1cs) = r1cs.map_err(|source| LoadError::Synthesis { statement, source })?;
        if !is_pinned {
            return Err(LoadError::CircuitDiffers { statement });
        }
        let verifying = PreparedKey::new(statement, key.verifying_key())
            .map_err(|source| LoadError::VerifyingKey { statement, source })?;
        let circuit = CircuitProver::with_engine(key.as_ark(), &r1cs, || prepare(&key, &r1cs));
        Ok(Self { statement, origin: key.origin(), verifying, key_id: key.key_id(), circuit, groups: r1cs.groups })
    }

    /// The statement that it proves.
    #[must_use]
    pub const fn statement(&self) -> StatementId {
        self.statement
    }

    /// Id of the key that its proofs verify under.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Where its key comes from.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// Proves `instance` with `witness`.
    ///
    /// The rules are checked first, in plain Rust; then every constraint; and the proof is verified before it is
    /// returned. `on_stage` hears each [`Stage`] as it begins.
    ///
    /// # Errors
    /// [`ProveError::Rule`] names the rule that the witness breaks. The other variants are faults of the program.
    pub fn prove<I, R>(
        &self,
        instance: &I,
        witness: &I::Witness,
        rng: &mut R,
        on_stage: OnStage<'_>,
    ) -> Result<Proof, ProveError>
    where
        I: Synthesise,
        R: RngCore + CryptoRng,
    {
        self.prove_blinded(instance, witness, &Blinding::draw(rng), on_stage)
    }

    /// Proves many instances, each with its witness: they share the threads, so that together they take less time than
    /// one by one. `on_stage` hears the number of a proof and the [`Stage`] that it begins, from any thread.
    ///
    /// The results are in the order of the instances; one refusal does not keep the others from being proved.
    pub fn prove_many<I, R>(
        &self,
        statements: &[(I, I::Witness)],
        rng: &mut R,
        on_stage: &(dyn Fn(usize, Stage) + Sync),
    ) -> Vec<Result<Proof, ProveError>>
    where
        I: Synthesise,
        R: RngCore + CryptoRng,
    {
        let blinded: Vec<_> = statements.iter().map(|statement| (statement, Blinding::draw(rng))).collect();
        blinded
            .par_iter()
            .enumerate()
            .with_max_len(1)
            .map(|(number, ((instance, witness), blinding))| {
                self.prove_blinded(instance, witness, blinding, &mut |stage| on_stage(number, stage))
            })
            .collect()
    }

    pub(crate) fn prove_blinded<I: Synthesise>(
        &self,
        instance: &I,
        witness: &I::Witness,
        blinding: &Blinding,
        on_stage: OnStage<'_>,
    ) -> Result<Proof, ProveError> {
        let statement = self.statement;
        if I::ID != statement {
            return Err(ProveError::StatementDiffers { found: I::ID, expected: statement });
        }
        on_stage(Stage::Rules);
        // Both are work for one thread.
        let (checked, assignment) = rayon::join(|| instance.check(witness), || assign(instance, witness));
        checked?;
        on_stage(Stage::Witness);
        let assignment = assignment.map_err(|source| ProveError::Synthesis { statement, source })?;
        on_stage(Stage::Constraints);
        let proof = self.prove_assignment(&assignment, blinding, on_stage)?;
        on_stage(Stage::Verification);
        self.verifying.verify(&instance.public_inputs(), &proof).map_err(ProveError::Invalid)?;
        Ok(proof)
    }

    /// [`Self::prove`] for measuring, and slower: one part after the other, each with all threads to itself, so that
    /// `clock` can tell how long each takes.
    ///
    /// # Errors
    /// As for [`Self::prove`].
    pub fn prove_in_parts<I, R>(
        &self,
        instance: &I,
        witness: &I::Witness,
        rng: &mut R,
        clock: &mut Clock<'_>,
    ) -> Result<Proof, ProveError>
    where
        I: Synthesise,
        R: RngCore + CryptoRng,
    {
        let statement = self.statement;
        if I::ID != statement {
            return Err(ProveError::StatementDiffers { found: I::ID, expected: statement });
        }
        clock.time(Part::Rules, || instance.check(witness))?;
        let assignment = clock
            .time(Part::Witness, || assign(instance, witness))
            .map_err(|source| ProveError::Synthesis { statement, source })?;
        let proof = self.circuit.prove_in_parts(&assignment, rng, clock).map_err(|error| self.error(error))?;
        clock
            .time(Part::Verification, || self.verifying.verify(&instance.public_inputs(), &proof))
            .map_err(ProveError::Invalid)?;
        Ok(proof)
    }

    /// Checks the constraints and computes the three points, not yet verified.
    pub(crate) fn prove_assignment(
        &self,
        assignment: &[Fr],
        blinding: &Blinding,
        on_stage: OnStage<'_>,
    ) -> Result<Proof, ProveError> {
        self.circuit
            .prove_blinded(assignment, blinding, || on_stage(Stage::Products))
            .map_err(|error| self.error(error))
    }

    fn error(&self, error: CircuitError) -> ProveError {
        match error {
            CircuitError::Unsatisfied(row) => {
                ProveError::Unsatisfied { statement: self.statement, row, group: self.group_of_row(row).to_owned() }
            }
            CircuitError::Proof(error) => error.into(),
        }
    }

    fn group_of_row(&self, row: usize) -> &str {
        self.groups.iter().find(|group| group.rows.contains(&row)).map_or("no group", |group| &group.name)
    }
}
