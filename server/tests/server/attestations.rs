use aiq_circuits::statement::StatementId;
use aiq_server::api::{AttestationStatus, AttestationView};
use serde_json::{Value, json};

use crate::{
    fixture::{Place, Served, key_id},
    samples::presentation,
};

fn new_request() -> Value {
    json!({"audience": "An employer", "menu": "safety-3-10", "linkable": false, "expires_in": 600})
}

#[tokio::test]
async fn a_request_pins_the_requirement_of_the_menu() {
    let served = Served::new().await;
    let view: AttestationView = served.post("/v1/attestations", &new_request()).await.json(201);
    let service = &served.service;
    assert_eq!((view.id, view.scope), (view.request.id(), view.request.scope(service.deployment_id())));
    assert_eq!(view.status, AttestationStatus::Open);
    let requirement = view.request.eligibility.requirement().unwrap();
    assert_eq!((requirement.min_count, requirement.min_weight), (3, 10));
    assert_eq!(requirement.as_of, view.request.created_at);
    let read: AttestationView = served.get(&format!("/v1/attestations/{}", view.id)).await.json(200);
    assert_eq!(read, view);
    let nonce = format!("0x{}", "ab".repeat(32));
    let mut body = new_request();
    body["nonce"] = json!(nonce);
    let view: AttestationView = served.post("/v1/attestations", &body).await.json(201);
    assert_eq!(view.request.nonce, [0xab; 32]);
}

#[tokio::test]
async fn a_request_off_the_menu_or_out_of_bounds_is_refused() {
    let served = Served::new().await;
    for (field, value, code) in [
        ("menu", json!("safety-1-1"), "not_on_menu"),
        ("audience", json!(" "), "invalid_attestation"),
        ("expires_in", json!(0), "invalid_body"),
        ("expires_in", json!(32 * 86_400), "invalid_body"),
        ("nonce", json!("0xAB"), "invalid_body"),
        ("requirement", json!({}), "invalid_body"),
    ] {
        let mut body = new_request();
        body[field] = value;
        served.post("/v1/attestations", &body).await.problem(422, code);
    }
}

#[tokio::test]
async fn an_answer_that_proves_nothing_or_comes_late_is_refused() {
    let served = Served::new().await;
    let view: AttestationView = served.post("/v1/attestations", &new_request()).await.json(201);
    let path = format!("/v1/attestations/{}/presentation", view.id);
    let mut answer = presentation(1, key_id(StatementId::Standing3));
    served.post(&path, &json!(answer)).await.problem(422, "wrong_statement");
    answer.statement = StatementId::Standing3;
    served.post(&path, &json!(answer)).await.problem(422, "proof_invalid");
    answer.key_id = key_id(StatementId::Membership);
    served.post(&path, &json!(answer)).await.problem(409, "wrong_key");
    served.advance(600);
    served.post(&path, &json!(answer)).await.problem(410, "attestation_expired");
    let read: AttestationView = served.get(&format!("/v1/attestations/{}", view.id)).await.json(200);
    assert_eq!((read.status, read.answer), (AttestationStatus::Expired, None));
    let unknown = format!("/v1/attestations/0x{}", "00".repeat(32));
    served.get(&unknown).await.problem(404, "unknown_attestation");
    served.post(&format!("{unknown}/presentation"), &json!(answer)).await.problem(404, "unknown_attestation");
}

#[tokio::test]
async fn an_unanswered_request_is_forgotten_in_the_end() {
    let mut place = Place::new();
    place.config.epoch_interval = 3600;
    let served = place.served().await;
    let view: AttestationView = served.post("/v1/attestations", &new_request()).await.json(201);
    served.advance(86_400);
    assert_eq!(served.service.tick().await.unwrap().forgotten, 0);
    served.advance(7 * 86_400);
    assert_eq!(served.service.tick().await.unwrap().forgotten, 1);
    served.get(&format!("/v1/attestations/{}", view.id)).await.problem(404, "unknown_attestation");
}
