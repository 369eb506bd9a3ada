use aiq_server::config::RateLimit;
use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::json;

use crate::{
    fixture::{Place, Served},
    samples::{enrolment, join},
};

fn raw(path: &str, kind: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path).header(header::CONTENT_TYPE, kind).body(body.into()).unwrap()
}

#[tokio::test]
async fn addresses_and_methods_that_do_not_exist() {
    let served = Served::new().await;
    for path in ["/", "/v1", "/v1/nothing", "/v2/info", "/v1/tiles/other/0"] {
        let problem = served.get(path).await.problem(404, "not_found");
        assert!(problem.hint.unwrap().contains("/v1/openapi.json"));
    }
    let reply = served.send(Request::delete("/v1/polls").body(Body::empty()).unwrap()).await;
    reply.problem(405, "method_not_allowed");
    assert!(reply.header("allow").contains("POST"), "{}", reply.header("allow"));
}

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let served = Served::new().await;
    let json = "application/json";
    let path = "/v1/enrolments";
    let good = enrolment("x", 0).to_string();
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let cases = [
        (raw(path, "text/plain", good.clone()), 415, "unsupported_media_type"),
        (Request::post(path).body(Body::from(good.clone())).unwrap(), 415, "unsupported_media_type"),
        (raw(path, json, ""), 400, "invalid_json"),
        (raw(path, json, "{\"invitation\":"), 400, "invalid_json"),
        (raw(path, json, format!("{good} {good}")), 400, "invalid_json"),
        (raw(path, json, deep.clone()), 422, "invalid_body"),
        (raw(path, json, format!("{{\"invitation\":{deep}}}")), 422, "invalid_body"),
        (raw(path, json, "[]"), 422, "invalid_body"),
        (raw(path, json, good.replacen('{', "{\"extra\":1,", 1)), 422, "invalid_body"),
        (raw(path, json, good.replacen('{', "{\"invitation\":\"y\",", 1)), 422, "invalid_body"),
        (raw(path, json, good.replace("0x00", "0xAB")), 422, "invalid_body"),
        (raw(path, json, good.replace("0x00", "0x")), 422, "invalid_body"),
        (raw(path, json, good.replace("0x00", "0xff")), 422, "invalid_body"),
        (raw(path, json, vec![b' '; 70_000]), 413, "body_too_large"),
    ];
    for (request, status, code) in cases {
        served.send(request).await.problem(status, code);
    }
    served.send(raw(path, json, good)).await.problem(404, "unknown_invitation");
}

#[tokio::test]
async fn a_nullifier_has_one_spelling() {
    let served = Served::new().await;
    let path = "/v1/polls/0x00000000000000000000000000000001/joins";
    let good = serde_json::to_value(join(10, 1)).unwrap();
    served.post(path, &good).await.problem(404, "unknown_poll");
    // 10 + r, and 10 in upper case.
    for spelling in [
        "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f000000b",
        "0x000000000000000000000000000000000000000000000000000000000000000A",
        "0xa",
        "10",
    ] {
        let mut body = good.clone();
        body["presentation"]["nullifier"] = json!(spelling);
        served.post(path, &body).await.problem(422, "invalid_body");
    }
}

#[tokio::test]
async fn parameters_that_cannot_be_read() {
    let served = Served::new().await;
    for path in [
        "/v1/polls/0x12",
        "/v1/polls/zz/tally",
        "/v1/epochs/-1",
        "/v1/tiles/members/x",
        "/v1/keys/0x00/proving",
        "/v1/attestations/1",
        "/v1/polls?limit=x",
        "/v1/polls?offset=1",
        "/v1/polls?after=0x12",
    ] {
        served.get(path).await.problem(400, "malformed_request");
    }
}

#[tokio::test]
async fn too_many_writes_from_one_network() {
    let mut place = Place::new();
    place.config.rate_limit = RateLimit { enabled: true, burst: 2, per_second: 1 };
    let served = place.served().await;
    let mut refused = None;
    for _ in 0..1000 {
        let reply = served.post("/v1/enrolments", &json!({})).await;
        if reply.status == 429 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.unwrap();
    refused.problem(429, "rate_limited");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(served.get("/v1/info").await.status, 200, "reading is not limited");
}
