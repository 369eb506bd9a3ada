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

use aiq_benches::{iden3, job::Job};
use aiq_keys::setup::reduction::SnarkjsReduction;
use aiq_prover::engine::EngineKind;
use ark_bn254::{Bn254, Fr};
use ark_ff::UniformRand;
use ark_groth16::Groth16;
use rand::rngs::OsRng;

fn export(job: &Job, directory: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(directory)?;
    let write = |name: &str, bytes: &[u8]| fs::write(directory.join(name), bytes);
    write("key.zkey", &iden3::zkey(job.key.as_ark(), &job.r1cs))?;
    write("witness.wtns", &iden3::wtns(&job.assignment))?;
    write("vk.json", iden3::verifying_key(&job.key.as_ark().vk).to_string().as_bytes())?;
    write("public.json", iden3::public_inputs(job.inputs.values()).to_string().as_bytes())?;
    let proof = job.prover(EngineKind::best()).prove(&job.assignment, &mut OsRng)?;
    job.verifying.verify(&job.inputs, &proof)?;
    Ok(write("proof.json", iden3::proof(&proof).to_string().as_bytes())?)
}

fn time_prover(job: &Job, prover: &str, count: usize) -> Result<(), Box<dyn Error>> {
    if prover == "ark-groth16" {
        let matrices = [&job.r1cs.a, &job.r1cs.b, &job.r1cs.c].map(Clone::clone);
        let (inputs, constraints) = (job.r1cs.num_inputs, job.r1cs.num_constraints());
        return time(count, || {
            let (r, s) = (Fr::rand(&mut OsRng), Fr::rand(&mut OsRng));
            Groth16::<Bn254, SnarkjsReduction>::create_proof_with_reduction_and_matrices(
                job.key.as_ark(),
                r,
                s,
                &matrices,
                inputs,
                constraints,
                &job.assignment,
            )
        });
    }
    let prover = job.prover(prover.parse()?);
    time(count, || prover.prove(&job.assignment, &mut OsRng))
}

fn check(job: &Job, path: &Path) -> Result<(), Box<dyn Error>> {
    let proof = iden3::read_proof(&serde_json::from_slice(&fs::read(path)?)?).ok_or("this is no proof")?;
    Ok(job.verifying.verify(&job.inputs, &proof)?)
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
        ["export", statement, directory] => export(&Job::of(statement.parse()?)?, Path::new(directory)),
        ["time", prover, statement, count] => time_prover(&Job::of(statement.parse()?)?, prover, count.parse()?),
        ["check", statement, proof] => check(&Job::of(statement.parse()?)?, Path::new(proof)),
        _ => Err(
            "usage: compare engines | export STATEMENT DIR | time PROVER STATEMENT COUNT | check STATEMENT PROOF.json"
                .into(),
        ),
    }
}
