//! `compare-rapidsnark KEY.zkey WITNESS.wtns COUNT PROOF.json`: prints how long proofs take, in milliseconds, one to a line,
//! and writes the last. The crate's one function opens the key each time; the file is mapped and stays in the cache.

use std::error::Error;
use std::fs;
use std::time::Instant;

use rust_rapidsnark::groth16_prover_zkey_file_wrapper;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [zkey, witness, count, output] = arguments.as_slice() else {
        return Err("usage: compare-rapidsnark KEY.zkey WITNESS.wtns COUNT PROOF.json".into());
    };
    let witness = fs::read(witness)?;
    let mut proof = groth16_prover_zkey_file_wrapper(zkey, witness.clone())?;
    for _ in 0..count.parse()? {
        let begun = Instant::now();
        proof = groth16_prover_zkey_file_wrapper(zkey, witness.clone())?;
        println!("{:.3}", begun.elapsed().as_secs_f64() * 1000.0);
    }
    fs::write(output, proof.proof)?;
    Ok(())
}
