//! Attacks 11 to 13 through `POST /v1/verify`: what a stranger sends as proof, key and public inputs.

use std::sync::LazyLock;

use aiq_circuits::Fr;
use aiq_circuits::wire::fr_to_hex;
use aiq_tests::deployment::Deployment;
use aiq_tests::keys::rerandomised;
use serde_json::{Value, json};

use crate::samples::{SAMPLES, Sample};

/// The call keeps nothing, so that every test may use one service.
static DEPLOYMENT: LazyLock<Deployment> = LazyLock::new(|| Deployment::new(&[&[]]));

fn request(sample: &Sample) -> Value {
    let inputs: Vec<_> = sample.inputs().values().iter().map(fr_to_hex).collect();
    json!({
        "statement": sample.statement(),
        "key_id": sample.presentation.key_id,
        "public_inputs": inputs,
        "proof": sample.presentation.proof,
    })
}

/// Whether the service calls it valid; it has to be an answer, and an invalid one has to come with its reason.
fn is_valid(request: &Value) -> bool {
    let reply = DEPLOYMENT.raw().post("/v1/verify", request);
    assert_eq!(reply.status, 200, "{}", reply.text());
    let answer = reply.json();
    let valid = answer["valid"].as_bool().unwrap();
    assert_eq!(valid, answer["reason"].is_null(), "{answer}");
    valid
}

#[test]
fn honest_proofs_of_every_statement_are_valid() {
    for sample in SAMPLES.iter() {
        assert!(is_valid(&request(sample)));
        let mut other = request(sample);
        other["proof"] = json!(rerandomised(sample.statement(), &sample.presentation.proof));
        assert!(is_valid(&other), "malleability is real: whoever counts proofs by their bytes miscounts");
    }
}

#[test]
fn changed_swapped_dropped_and_added_inputs_are_invalid() {
    for sample in SAMPLES.iter() {
        let values = sample.inputs().values().to_vec();
        for place in 0..values.len() {
            let with = |values: &[Fr]| {
                let mut request = request(sample);
                request["public_inputs"] = values.iter().map(fr_to_hex).collect();
                is_valid(&request)
            };
            for change in [Fr::from(1_u8), -Fr::from(1_u8)] {
                let mut changed = values.clone();
                changed[place] += change;
                assert!(!with(&changed), "{} input {place}", sample.statement());
            }
            let mut swapped = values.clone();
            swapped.swap(place, (place + 1) % values.len());
            assert!(!with(&swapped));
            let mut fewer = values.clone();
            fewer.remove(place);
            assert!(!with(&fewer));
            let mut more = values.clone();
            more.insert(place, Fr::from(0_u8));
            assert!(!with(&more));
        }
        let mut request = request(sample);
        request["public_inputs"].as_array_mut().unwrap().push(json!(fr_to_hex(&Fr::from(0_u8))));
        assert!(!is_valid(&request), "ark-groth16 alone accepts this one");
        request["public_inputs"] = json!([]);
        assert!(!is_valid(&request));
    }
}

#[test]
fn a_proof_under_the_key_or_the_name_of_another_statement_is_refused() {
    for sample in SAMPLES.iter() {
        for other in SAMPLES.iter().filter(|other| other.statement() != sample.statement()) {
            let honest = request(sample);
            let mut renamed = honest.clone();
            renamed["statement"] = json!(other.statement());
            DEPLOYMENT.raw().post("/v1/verify", &renamed).assert_problem(404, "unknown_key");
            let mut rekeyed = honest.clone();
            rekeyed["key_id"] = json!(other.presentation.key_id);
            DEPLOYMENT.raw().post("/v1/verify", &rekeyed).assert_problem(404, "unknown_key");
            let mut moved = honest.clone();
            moved["statement"] = json!(other.statement());
            moved["key_id"] = json!(other.presentation.key_id);
            assert!(!is_valid(&moved));
            let mut borrowed = request(other);
            borrowed["proof"] = honest["proof"].clone();
            assert!(!is_valid(&borrowed));
        }
    }
    let mut unknown = request(&SAMPLES[0]);
    unknown["key_id"] = json!(format!("0x{}", "00".repeat(32)));
    DEPLOYMENT.raw().post("/v1/verify", &unknown).assert_problem(404, "unknown_key");
    unknown["statement"] = json!("standing-5");
    DEPLOYMENT.raw().post("/v1/verify", &unknown).assert_problem(422, "invalid_body");
}

#[test]
fn a_proof_that_is_not_one_is_invalid_with_its_reason() {
    let honest = request(&SAMPLES[0]);
    let text = honest["proof"].as_str().unwrap();
    let longer = format!("{text}00");
    let upper = format!("0x{}", text[2..].to_uppercase());
    let identity = format!("0x{}{}", &text[2..194], "00".repeat(31) + "40");
    let off_curve = format!("0x{}{}", "ff".repeat(32), &text[66..]);
    for proof in ["", "0x", &text[..text.len() - 2], &longer, &upper, &text[2..], &identity, &off_curve] {
        let mut request = honest.clone();
        request["proof"] = json!(proof);
        assert!(!is_valid(&request), "{proof}");
    }
}

#[test]
fn public_inputs_have_one_spelling() {
    let honest = request(&SAMPLES[0]);
    let order = "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
    let text = honest["public_inputs"][2].as_str().unwrap().to_owned();
    let aliases = crate::edge::aliases(&text);
    for alias in aliases.iter().map(String::as_str).chain([&*format!("0x{order}")]) {
        let mut request = honest.clone();
        request["public_inputs"][2] = json!(alias);
        DEPLOYMENT.raw().post("/v1/verify", &request).assert_problem(422, "invalid_body");
    }
}
