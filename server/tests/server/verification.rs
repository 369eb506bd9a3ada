use aiq_circuits::statement::StatementId;
use aiq_server::api::VerifyResponse;
use serde_json::{Value, json};

use crate::{
    fixture::{Served, key_id},
    samples::proof,
};

fn request() -> Value {
    json!({
        "statement": "membership",
        "key_id": key_id(StatementId::Membership),
        "public_inputs": vec![format!("0x{}", "0".repeat(64)); 5],
        "proof": proof(),
    })
}

#[tokio::test]
async fn a_proof_of_nothing_is_invalid_with_a_reason() {
    let served = Served::new().await;
    for (field, value) in [
        ("proof", request()["proof"].clone()),
        ("proof", json!("0x00")),
        ("proof", json!(format!("0x{}", "0".repeat(256)))),
        ("public_inputs", json!([])),
        ("public_inputs", json!(vec![format!("0x{}", "0".repeat(64)); 6])),
    ] {
        let mut body = request();
        body[field] = value;
        let answer: VerifyResponse = served.post("/v1/verify", &body).await.json(200);
        assert!(!answer.valid && answer.reason.is_some());
    }
}

#[tokio::test]
async fn another_key_and_other_spellings_are_refused() {
    let served = Served::new().await;
    let mut body = request();
    body["key_id"] = json!(key_id(StatementId::Standing3));
    served.post("/v1/verify", &body).await.problem(404, "unknown_key");
    let mut body = request();
    body["public_inputs"][3] = json!("0x05");
    let problem = served.post("/v1/verify", &body).await.problem(422, "invalid_body");
    assert!(problem.detail.contains("public_inputs[3]"));
    let mut body = request();
    body["statement"] = json!("standing-5");
    served.post("/v1/verify", &body).await.problem(422, "invalid_body");
}
