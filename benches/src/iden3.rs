//! Keys, witnesses and proofs in the formats of snarkjs, so that other provers can be measured on the same key and
//! witness: `.zkey` and `.wtns` files, and JSON for verifying keys, proofs and public inputs.
//!
//! Numbers in files are little-endian. Coordinates are in Montgomery's form, coefficients of a `.zkey` in that form twice
//! over, witnesses in plain form; points at infinity are all zeros.

use aiq_circuits::Fr;
use aiq_circuits::constraints::R1cs;
use aiq_verifier::proof::Proof;
use ark_bn254::{Bn254, Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, Field, PrimeField, Zero};
use ark_groth16::{ProvingKey, VerifyingKey};
use serde_json::{Value, json};

/// A `.zkey` of Groth16.
#[must_use]
pub fn zkey(key: &ProvingKey<Bn254>, r1cs: &R1cs) -> Vec<u8> {
    let vk = &key.vk;
    let mut header = Vec::new();
    push_modulus::<Fq>(&mut header);
    push_modulus::<Fr>(&mut header);
    for count in [key.a_query.len(), vk.gamma_abc_g1.len() - 1, key.h_query.len()] {
        push_count(&mut header, count);
    }
    push_g1(&mut header, &[vk.alpha_g1, key.beta_g1]);
    push_g2(&mut header, &[vk.beta_g2, vk.gamma_g2]);
    push_g1(&mut header, &[key.delta_g1]);
    push_g2(&mut header, &[vk.delta_g2]);
    let g1 = |points: &[G1Affine]| {
        let mut bytes = Vec::new();
        push_g1(&mut bytes, points);
        bytes
    };
    let mut b_g2 = Vec::new();
    push_g2(&mut b_g2, &key.b_g2_query);
    // Hash of the circuit and number of contributions: there was no ceremony.
    let contributions = vec![0; 64 + 4];
    let sections = [
        1u32.to_le_bytes().to_vec(),
        header,
        g1(&vk.gamma_abc_g1),
        coefficients(r1cs),
        g1(&key.a_query),
        g1(&key.b_g1_query),
        b_g2,
        g1(&key.l_query),
        g1(&key.h_query),
        contributions,
    ];
    file(*b"zkey", 1, &sections)
}

/// The terms of A, with the consistency rows behind the constraints, and of B.
fn coefficients(r1cs: &R1cs) -> Vec<u8> {
    let rows = r1cs.num_constraints();
    let consistency = (0..r1cs.num_inputs).map(|input| (0u32, rows + input, input, Fr::ONE));
    let of = |matrix: u32, rows: &'_ [Vec<(Fr, usize)>]| -> Vec<_> {
        let rows = rows.iter().enumerate();
        rows.flat_map(|(row, terms)| {
            terms.iter().map(move |(coefficient, column)| (matrix, row, *column, *coefficient))
        })
        .collect()
    };
    let mut terms = of(0, &r1cs.a);
    terms.extend(of(1, &r1cs.b));
    terms.extend(consistency);
    let radix = Fr::from(2u8).pow([256]);
    let mut bytes = Vec::new();
    push_count(&mut bytes, terms.len());
    for (matrix, row, column, coefficient) in terms {
        bytes.extend(matrix.to_le_bytes());
        push_count(&mut bytes, row);
        push_count(&mut bytes, column);
        push_words(&mut bytes, (coefficient * radix).0);
    }
    bytes
}

/// A `.wtns`.
#[must_use]
pub fn wtns(assignment: &[Fr]) -> Vec<u8> {
    let mut header = Vec::new();
    push_modulus::<Fr>(&mut header);
    push_count(&mut header, assignment.len());
    let mut values = Vec::new();
    for value in assignment {
        push_words(&mut values, value.into_bigint());
    }
    file(*b"wtns", 2, &[header, values])
}

fn file(magic: [u8; 4], version: u32, sections: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    bytes.extend(version.to_le_bytes());
    push_count(&mut bytes, sections.len());
    for (number, section) in (1u32..).zip(sections) {
        bytes.extend(number.to_le_bytes());
        bytes.extend((section.len() as u64).to_le_bytes());
        bytes.extend(section);
    }
    bytes
}

fn push_count(bytes: &mut Vec<u8>, count: usize) {
    bytes.extend(u32::try_from(count).expect("files count in 32 bits").to_le_bytes());
}

fn push_modulus<F: PrimeField<BigInt = BigInt<4>>>(bytes: &mut Vec<u8>) {
    push_count(bytes, 32);
    push_words(bytes, F::MODULUS);
}

fn push_words(bytes: &mut Vec<u8>, words: BigInt<4>) {
    bytes.extend(words.0.iter().flat_map(|word| word.to_le_bytes()));
}

fn push_g1(bytes: &mut Vec<u8>, points: &[G1Affine]) {
    for point in points {
        let [x, y] = point.xy().map_or([Fq::zero(); 2], |(x, y)| [x, y]);
        for coordinate in [x, y] {
            push_words(bytes, coordinate.0);
        }
    }
}

fn push_g2(bytes: &mut Vec<u8>, points: &[G2Affine]) {
    for point in points {
        let [x, y] = point.xy().map_or([Fq2::zero(); 2], |(x, y)| [x, y]);
        for coordinate in [x.c0, x.c1, y.c0, y.c1] {
            push_words(bytes, coordinate.0);
        }
    }
}

/// A verifying key.
#[must_use]
pub fn verifying_key(key: &VerifyingKey<Bn254>) -> Value {
    json!({
        "protocol": "groth16",
        "curve": "bn128",
        "nPublic": key.gamma_abc_g1.len() - 1,
        "vk_alpha_1": g1(&key.alpha_g1),
        "vk_beta_2": g2(&key.beta_g2),
        "vk_gamma_2": g2(&key.gamma_g2),
        "vk_delta_2": g2(&key.delta_g2),
        "IC": key.gamma_abc_g1.iter().map(g1).collect::<Vec<_>>(),
    })
}

/// A proof.
#[must_use]
pub fn proof(proof: &Proof) -> Value {
    json!({
        "protocol": "groth16", "curve": "bn128",
        "pi_a": g1(proof.a()), "pi_b": g2(proof.b()), "pi_c": g1(proof.c()),
    })
}

/// Public inputs.
#[must_use]
pub fn public_inputs(inputs: &[Fr]) -> Value {
    inputs.iter().map(ToString::to_string).collect()
}

/// The proof that a JSON object describes; `None` if it describes none, or points that no proof has.
#[must_use]
pub fn read_proof(value: &Value) -> Option<Proof> {
    let field = |value: &Value| value.as_str()?.parse::<Fq>().ok();
    let pair = |value: &Value| Some(Fq2::new(field(value.get(0)?)?, field(value.get(1)?)?));
    let in_g1 = |name: &str| {
        let point = value.get(name)?;
        Some(G1Affine::new_unchecked(field(point.get(0)?)?, field(point.get(1)?)?))
    };
    // Whatever the coordinates are: `from_points` takes points of the groups only.
    let b = value.get("pi_b")?;
    let b = G2Affine::new_unchecked(pair(b.get(0)?)?, pair(b.get(1)?)?);
    Proof::from_points(in_g1("pi_a")?, b, in_g1("pi_c")?).ok()
}

fn g1(point: &G1Affine) -> Value {
    json!([point.x.to_string(), point.y.to_string(), "1"])
}

fn g2(point: &G2Affine) -> Value {
    let pair = |value: &Fq2| json!([value.c0.to_string(), value.c1.to_string()]);
    json!([pair(&point.x), pair(&point.y), ["1", "0"]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::Synthetic;

    #[test]
    fn files_have_their_sections() {
        let synthetic = Synthetic::new(10);
        let zkey = zkey(&synthetic.key, &synthetic.r1cs);
        assert_eq!(zkey[..12], [b"zkey".as_slice(), &1u32.to_le_bytes(), &10u32.to_le_bytes()].concat());
        let (mut at, mut lengths) = (12, Vec::new());
        for number in 1..=10u32 {
            assert_eq!(zkey[at..at + 4], number.to_le_bytes());
            let length = u64::from_le_bytes(zkey[at + 4..at + 12].try_into().expect("eight bytes"));
            lengths.push(usize::try_from(length).expect("a file in memory"));
            at += 12 + lengths[lengths.len() - 1];
        }
        assert_eq!(at, zkey.len());
        // 13 variables, no public input, a domain of 16; a term for each side of each row and the consistency row.
        let points = [64, 4 + 21 * 44, 13 * 64, 13 * 64, 13 * 128, 12 * 64, 16 * 64, 68];
        assert_eq!(lengths[2..], points);
        assert_eq!(wtns(&synthetic.assignment).len(), 12 + 12 + 40 + 12 + 13 * 32);
    }

    #[test]
    fn proofs_survive_their_json() {
        let made = Synthetic::new(5).prove_stock();
        let made = Proof::from_points(made.a, made.b, made.c).expect("points of a proof");
        assert_eq!(read_proof(&proof(&made)), Some(made));
        assert_eq!(read_proof(&json!({"pi_a": ["1", "x", "1"]})), None);
    }
}
