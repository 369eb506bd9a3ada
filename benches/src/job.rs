//! A statement as other programs see it: circuit, key, and the assignment of its sample, whichever statement it is.

use std::error::Error;

use aiq_circuits::{
    Fr,
    constraints::{Assignment, R1cs, Synthesise, assign, sample},
    statement::{PublicInputs, StatementId},
};
use aiq_keys::setup::ProvingKey;
use aiq_prover::{
    CircuitProver,
    engine::{EngineKind, EngineOptions},
};
use aiq_verifier::groth16::PreparedKey;

use crate::keys;

/// A statement's circuit and public-seed key, and the sample's assignment.
pub struct Job {
    /// The constraints.
    pub r1cs: R1cs,
    /// The proving key.
    pub key: ProvingKey,
    /// What the sample's witness puts on the wires.
    pub assignment: Assignment,
    /// The verifying key.
    pub verifying: PreparedKey,
    /// The sample's public inputs.
    pub inputs: PublicInputs,
}

impl Job {
    /// Loads (the first time: makes) the statement's key and synthesises its circuit.
    ///
    /// # Errors
    /// If the key cannot be loaded, or does not fit.
    pub fn of(statement: StatementId) -> Result<Self, Box<dyn Error>> {
        match statement {
            StatementId::Membership => Self::new(sample::membership()),
            StatementId::Standing3 => Self::new(sample::standing::<3>()),
            StatementId::Standing8 => Self::new(sample::standing::<8>()),
            StatementId::Merge6 => Self::new(sample::merge()),
        }
    }

    fn new<I: Synthesise>((instance, witness): (I, I::Witness)) -> Result<Self, Box<dyn Error>> {
        let key = ProvingKey::load(&keys(), I::ID)?;
        Ok(Self {
            r1cs: R1cs::of::<I>()?,
            assignment: assign(&instance, &witness)?,
            verifying: PreparedKey::new(I::ID, key.verifying_key())?,
            inputs: instance.public_inputs(),
            key,
        })
    }

    /// A prover of this circuit under this key.
    #[must_use]
    pub fn prover(&self, kind: EngineKind) -> CircuitProver {
        CircuitProver::new(self.key.as_ark(), &self.r1cs, &EngineOptions { kind, ..EngineOptions::default() })
    }

    /// The assignment and public inputs with another message: the one public input that stands in no constraint and is
    /// bound by being an input.
    ///
    /// # Errors
    /// If another number of inputs than one is free.
    pub fn with_message(&self, message: Fr) -> Result<(Vec<Fr>, PublicInputs), Box<dyn Error>> {
        let rows = [&self.r1cs.a, &self.r1cs.b, &self.r1cs.c].into_iter().flatten();
        let mut free = vec![true; self.r1cs.num_inputs + self.r1cs.num_witnesses];
        rows.flatten().for_each(|(_, column)| free[*column] = false);
        let free: Vec<usize> = (1..self.r1cs.num_inputs).filter(|column| free[*column]).collect();
        let [column] = *free else {
            return Err(format!("the inputs {free:?} are free, not the message alone").into());
        };
        let mut assignment = self.assignment.to_vec();
        assignment[column] = message;
        let inputs = PublicInputs::new(self.inputs.statement(), assignment[1..self.r1cs.num_inputs].to_vec())?;
        Ok((assignment, inputs))
    }
}
