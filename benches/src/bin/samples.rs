//! `samples DIR` writes what other verifiers are held against, for `tests/verifiers/run.sh`:
//!
//! * `STATEMENT/vk.json`, `STATEMENT/{1,2,3}/{proof,public}.json` in snarkjs' formats for every statement: proofs 1 and 2
//!   differ in their blinding alone, proof 3 is of another message,
//! * `STATEMENT/circuit.r1cs` and `STATEMENT/witness.wtns`,
//! * `hashes.json`: name, arity, and inputs with outputs of every hash of the protocol.

use std::error::Error;
use std::fs;
use std::path::Path;

use aiq_benches::{iden3, job::Job};
use aiq_circuits::{
    Fr,
    hash::{HashName, hash},
    statement::StatementId,
};
use aiq_prover::engine::EngineKind;
use ark_ff::UniformRand;
use rand::{SeedableRng, rngs::OsRng, rngs::StdRng};
use serde_json::{Value, json};

/// Random inputs for each hash, besides those at the edges.
const RANDOM_INPUTS: usize = 100;

fn statement(id: StatementId, directory: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(directory)?;
    let job = Job::of(id)?;
    let mut r1cs = Vec::new();
    job.r1cs.write_iden3(&mut r1cs)?;
    fs::write(directory.join("circuit.r1cs"), r1cs)?;
    fs::write(directory.join("witness.wtns"), iden3::wtns(&job.assignment))?;
    fs::write(directory.join("vk.json"), iden3::verifying_key(&job.key.as_ark().vk).to_string())?;

    let prover = job.prover(EngineKind::best());
    let honest = || (job.assignment.to_vec(), job.inputs.clone());
    let other = job.with_message(Fr::from(20_261_125u64))?;
    for (name, (assignment, inputs)) in [("1", honest()), ("2", honest()), ("3", other)] {
        let directory = directory.join(name);
        fs::create_dir_all(&directory)?;
        let proof = prover.prove(&assignment, &mut OsRng)?;
        job.verifying.verify(&inputs, &proof)?;
        fs::write(directory.join("proof.json"), iden3::proof(&proof).to_string())?;
        fs::write(directory.join("public.json"), iden3::public_inputs(inputs.values()).to_string())?;
    }
    Ok(())
}

/// Random inputs, all inputs at an edge of the field, and each input alone at an edge among random ones.
fn hash_cases(name: HashName) -> Value {
    let mut rng = StdRng::seed_from_u64(20_261_125);
    let edges = [Fr::from(0u8), Fr::from(1u8), -Fr::from(1u8), -Fr::from(2u8), Fr::from(1u8) / Fr::from(2u8)];
    let mut random = || (0..name.arity()).map(|_| Fr::rand(&mut rng)).collect::<Vec<Fr>>();
    let mut cases: Vec<Vec<Fr>> = (0..RANDOM_INPUTS).map(|_| random()).collect();
    for edge in edges {
        cases.push(vec![edge; name.arity()]);
        for place in 0..name.arity() {
            let mut inputs = random();
            inputs[place] = edge;
            cases.push(inputs);
        }
    }
    let cases = cases
        .iter()
        .map(|inputs| json!({ "inputs": iden3::public_inputs(inputs), "output": hash(name, inputs).to_string() }));
    json!({ "name": name.label(), "arity": name.arity(), "cases": cases.collect::<Vec<Value>>() })
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).ok_or("usage: samples DIR")?;
    let directory = Path::new(&directory);
    for id in StatementId::ALL {
        statement(id, &directory.join(id.label()))?;
    }
    let hashes: Vec<Value> = HashName::ALL.into_iter().map(hash_cases).collect();
    Ok(fs::write(directory.join("hashes.json"), Value::from(hashes).to_string())?)
}
