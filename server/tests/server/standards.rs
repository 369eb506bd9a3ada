use aiq_server::api::{StandardList, StandardView};
use aiq_verifier::{
    log::Act,
    standard::{Authority, Standard},
};
use serde_json::{Value, json};

use crate::fixture::Served;

/// The first standard that the built-in genesis has no place for yet: of machine learning.
fn narrow() -> Value {
    json!({
        "domain": "1.1",
        "version": 1,
        "reviewers": "ml-3-10",
        "quorum": 2,
        "acceptance": "1/2",
        "window": 86_400,
        "validity": 31_536_000,
        "claims_per_epoch": 1,
        "kinds": [{"kind": 1, "name": "Publication", "weight": 4}],
    })
}

#[tokio::test]
async fn the_administrator_lays_down_the_next_version() {
    let served = Served::new().await;
    let founded: StandardList = served.get("/v1/standards").await.json(200);
    assert_eq!(founded.standards.len(), 1, "the genesis has one for the whole field");
    served.post("/v1/standards", &narrow()).await.problem(401, "unauthorized");
    let first: StandardView = served.admin("/v1/standards", &narrow()).await.json(201);
    let standard: Standard = serde_json::from_value(narrow()).unwrap();
    assert_eq!((first.id, &first.standard), (standard.id(), &standard));
    let (service, act) = (&served.service, Act::Standard { standard, by: Authority::Administrator });
    first.receipt.verify_for(&service.service_key(), service.deployment_id(), act).unwrap();
    served.advance(1);
    assert_eq!(served.admin("/v1/standards", &narrow()).await.json::<StandardView>(200), first);

    let mut second = narrow();
    second["quorum"] = json!(3);
    let problem = served.admin("/v1/standards", &second).await.problem(409, "standard_version");
    assert!(problem.detail.contains("version 2, not 1"), "{}", problem.detail);
    second["version"] = json!(2);
    let second: StandardView = served.admin("/v1/standards", &second).await.json(201);
    let governing: StandardList = served.get("/v1/standards").await.json(200);
    assert_eq!(governing.standards, [founded.standards[0].clone(), second]);
    let old: StandardView = served.get(&format!("/v1/standards/{}", first.id)).await.json(200);
    assert_eq!(old, first);
    served.get(&format!("/v1/standards/0x{}", "0".repeat(64))).await.problem(404, "unknown_standard");
    served.get("/v1/standards/7").await.problem(400, "malformed_request");
}

#[tokio::test]
async fn a_standard_that_breaks_a_rule_is_refused() {
    let served = Served::new().await;
    for (field, value, code) in [
        ("reviewers", json!("ml-4-10"), "not_on_menu"),
        ("domain", json!("2.1"), "unknown_domain"),
        ("domain", json!("1..1"), "invalid_body"),
        ("quorum", json!(0), "invalid_standard"),
        ("window", json!(0), "invalid_standard"),
        ("validity", json!(1), "invalid_standard"),
        ("claims_per_epoch", json!(0), "invalid_standard"),
        ("kinds", json!([]), "invalid_standard"),
        ("kinds", json!([{"kind": 128, "name": "Note", "weight": 4}]), "invalid_standard"),
        ("acceptance", json!("2/4"), "invalid_body"),
        ("anything", json!(1), "invalid_body"),
    ] {
        let mut body = narrow();
        body[field] = value;
        served.admin("/v1/standards", &body).await.problem(422, code);
    }
}
