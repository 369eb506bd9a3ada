use aiq_circuits::{statement::StatementId, wire::sha256};
use aiq_keys::{Origin, public_seed_verifying_key};
use aiq_server::api::Info;
use axum::{
    body::Body,
    http::{Request, header},
};

use crate::fixture::{PROVING_KEY, Served, key_id};

#[tokio::test]
async fn the_manifest_is_the_one_that_the_genesis_pins() {
    let served = Served::new().await;
    let reply = served.get("/v1/manifest").await;
    assert_eq!(sha256(&[&reply.body]), served.service.genesis().manifest_digest);
}

#[tokio::test]
async fn every_key_tells_where_it_comes_from() {
    let served = Served::new().await;
    let info: Info = served.get("/v1/info").await.json(200);
    assert_eq!(info.keys.len(), StatementId::ALL.len());
    for key in info.keys {
        assert_eq!((key.key_id, key.origin), (key_id(key.statement), Origin::PublicSeed));
        assert!(key.warning.unwrap().contains("forge"));
    }
}

#[tokio::test]
async fn keys_are_static_files_with_ranges() {
    let served = Served::new().await;
    let key = key_id(StatementId::Standing3);
    let reply = served.get(&format!("/v1/keys/{key}/verifying")).await;
    assert_eq!(reply.body, public_seed_verifying_key(StatementId::Standing3).unwrap().to_bytes());
    assert!(reply.header("cache-control").contains("immutable"));

    let path = format!("/v1/keys/{key}/proving");
    let whole = served.get(&path).await;
    assert_eq!((whole.status.as_u16(), whole.body.as_slice()), (200, PROVING_KEY.as_slice()));
    let ranged = |range: &str| Request::get(&path).header(header::RANGE, range).body(Body::empty()).unwrap();
    let rest = served.send(ranged("bytes=990-")).await;
    assert_eq!((rest.status.as_u16(), rest.body.len()), (206, 10));
    assert_eq!(rest.header("content-range"), "bytes 990-999/1000");
    served.send(ranged("bytes=2000-")).await.problem(416, "range_not_satisfiable");

    let unknown = format!("/v1/keys/0x{}/proving", "00".repeat(32));
    served.get(&unknown).await.problem(404, "unknown_key");
}
