//! `compare-taceo KEY.zkey WITNESS.wtns COUNT PROOF.json`: prints how long proofs take, in milliseconds, one to a line, and
//! writes the last.

use std::error::Error;
use std::fs::{self, File};
use std::io::BufReader;
use std::time::Instant;

use ark_bn254::{Bn254, Fr};
use ark_ff::UniformRand;
use taceo_circom_types::{
    CheckElement, Witness,
    groth16::{ArkZkey, Proof, Zkey},
};
use taceo_groth16::{CircomReduction, Groth16};
use rand::rngs::OsRng;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [zkey, witness, count, output] = arguments.as_slice() else {
        return Err("usage: compare-taceo KEY.zkey WITNESS.wtns COUNT PROOF.json".into());
    };
    let zkey = Zkey::<Bn254>::from_reader(BufReader::new(File::open(zkey)?), CheckElement::No)?;
    let (matrices, key) = ArkZkey::from(zkey).into_inner();
    let witness = Witness::<Fr>::from_reader(BufReader::new(File::open(witness)?))?.values;
    let prove = || {
        let (r, s) = (Fr::rand(&mut OsRng), Fr::rand(&mut OsRng));
        Groth16::<Bn254>::prove::<CircomReduction>(&key, r, s, &matrices, &witness)
    };
    let mut proof = prove()?;
    for _ in 0..count.parse()? {
        let begun = Instant::now();
        proof = prove()?;
        println!("{:.3}", begun.elapsed().as_secs_f64() * 1000.0);
    }
    fs::write(output, serde_json::to_vec(&Proof::<Bn254>::from(proof))?)?;
    Ok(())
}
