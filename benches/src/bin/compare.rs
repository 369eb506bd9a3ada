//! This project's side of the comparison with other provers, for `benches/compare/run.py`.
//!
//! * `compare engines` lists the engines that this machine can run,
//! * `compare export STATEMENT DIR` writes key, witness, verifying key, public inputs and a proof in snarkjs' formats,
//! * `compare time PROVER STATEMENT COUNT` prints how long proofs from a witness in memory take, in milliseconds, one to a
//!   line; PROVER is an engine of this project, or `ark-groth16` with its matrices cached,
//! * `compare check STATEMENT PROOF.json` says by its exit code whether another prover's proof is valid.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use aiq_benches::{iden3, keys};
use aiq_circuits::constraints::{Assignment, R1cs, Synthesise, assign, sample};
use aiq_circuits::statement::StatementId;
use aiq_keys::setup::{ProvingKey, reduction::SnarkjsReduction};
use aiq_prover::CircuitProver;
use aiq_prover::engine::{EngineKind, EngineOptions};
use aiq_verifier::{groth16::PreparedKey, proof::Proof};
use ark_bn254::{Bn254, Fr};
use ark_ff::UniformRand;
use ark_groth16::Groth16;
use rand::rngs::OsRng;

/// A statement's circuit, key, and the sample's assignment.
struct Job {
    r1cs: R1cs,
    key: ProvingKey,
    assignment: Assignment,
    verifying: PreparedKey,
    inputs: aiq_circuits::statement::PublicInputs,
}

impl Job {
    fn of(statement: &str) -> Result<Self, Box<dyn Error>> {
        match statement.parse()? {
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

    fn prover(&self, kind: EngineKind) -> CircuitProver {
        CircuitProver::new(self.key.as_ark(), &self.r1cs, &EngineOptions { kind, ..EngineOptions::default() })
    }

    fn export(&self, directory: &Path) -> Result<(), Box<dyn Error>> {
        fs::create_dir_all(directory)?;
        let write = |name: &str, bytes: &[u8]| fs::write(directory.join(name), bytes);
        write("key.zkey", &iden3::zkey(self.key.as_ark(), &self.r1cs))?;
        write("witness.wtns", &iden3::wtns(&self.assignment))?;
        write("vk.json", iden3::verifying_key(&self.key.as_ark().vk).to_string().as_bytes())?;
        write("public.json", iden3::public_inputs(self.inputs.values()).to_string().as_bytes())?;
        let proof = self.prover(EngineKind::best()).prove(&self.assignment, &mut OsRng)?;
        self.verifying.verify(&self.inputs, &proof)?;
        let proof = ark_groth16::Proof { a: *proof.a(), b: *proof.b(), c: *proof.c() };
        Ok(write("proof.json", iden3::proof(&proof).to_string().as_bytes())?)
    }

    fn time(&self, prover: &str, count: usize) -> Result<(), Box<dyn Error>> {
        if prover == "ark-groth16" {
            let matrices = [&self.r1cs.a, &self.r1cs.b, &self.r1cs.c].map(Clone::clone);
            let (inputs, constraints) = (self.r1cs.num_inputs, self.r1cs.num_constraints());
            return time(count, || {
                let (r, s) = (Fr::rand(&mut OsRng), Fr::rand(&mut OsRng));
                Groth16::<Bn254, SnarkjsReduction>::create_proof_with_reduction_and_matrices(
                    self.key.as_ark(),
                    r,
                    s,
                    &matrices,
                    inputs,
                    constraints,
                    &self.assignment,
                )
            });
        }
        let prover = self.prover(prover.parse()?);
        time(count, || prover.prove(&self.assignment, &mut OsRng))
    }

    fn check(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let proof = iden3::read_proof(&serde_json::from_slice(&fs::read(path)?)?).ok_or("this is no proof")?;
        let proof = Proof::from_points(proof.a, proof.b, proof.c)?;
        Ok(self.verifying.verify(&self.inputs, &proof)?)
    }
}

/// One proof to warm up, then so many with their times.
fn time<T, E: Error + 'static>(count: usize, mut prove: impl FnMut() -> Result<T, E>) -> Result<(), Box<dyn Error>> {
    prove()?;
    for _ in 0..count {
        let begun = Instant::now();
        prove()?;
        println!("{:.3}", begun.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["engines"] => {
            for kind in aiq_benches::engines() {
                println!("{kind}");
            }
            Ok(())
        }
        ["export", statement, directory] => Job::of(statement)?.export(Path::new(directory)),
        ["time", prover, statement, count] => Job::of(statement)?.time(prover, count.parse()?),
        ["check", statement, proof] => Job::of(statement)?.check(Path::new(proof)),
        _ => Err(
            "usage: compare engines | export STATEMENT DIR | time PROVER STATEMENT COUNT | check STATEMENT PROOF.json"
                .into(),
        ),
    }
}
