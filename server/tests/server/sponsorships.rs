//! What of sponsoring needs no proof; whole invitations are in the workspace's `tests/`.

use aiq_circuits::statement::StatementId;
use aiq_server::api::Info;
use aiq_verifier::{
    presentation::Presentation,
    sponsorship::{Charter, Sponsorship, TokenHash},
};
use serde_json::{Value, json};

use crate::{
    fixture::{Place, Served, key_id},
    samples::{enrolment, presentation},
};

/// Of nullifier 1, with a proof that proves nothing.
fn sponsorship(epoch: u32, number: u8) -> Sponsorship {
    let statement = StatementId::Standing3;
    let presentation = Presentation { statement, ..presentation(1, key_id(statement)) };
    Sponsorship { epoch, number, token_hash: TokenHash::new([1; 32]), presentation }
}

#[tokio::test]
async fn the_charter_is_the_founding_one() {
    let place = Place::new();
    let founded = place.genesis.charter.clone().unwrap();
    assert_eq!(place.served().await.get("/v1/charter").await.json::<Charter>(200), founded);
    let mut place = Place::new();
    place.genesis.charter = None;
    let served = place.served().await;
    served.get("/v1/charter").await.problem(404, "no_charter");
    served.post("/v1/sponsorships", &json!(sponsorship(0, 0))).await.problem(404, "no_charter");
}

#[tokio::test]
async fn every_rule_is_checked_before_the_proof() {
    let served = Served::new().await;
    let charter: Charter = served.get("/v1/charter").await.json(200);
    let per_epoch = charter.sponsors.unwrap().per_epoch;
    let send = async |sponsorship: Sponsorship| served.post("/v1/sponsorships", &json!(sponsorship)).await;
    send(sponsorship(0, per_epoch)).await.problem(422, "beyond_allowance");
    send(sponsorship(1, 0)).await.problem(404, "unknown_epoch");
    send(sponsorship(0, per_epoch - 1)).await.problem(422, "proof_invalid");
    let mut wrong = sponsorship(0, 0);
    wrong.presentation = presentation(1, key_id(StatementId::Membership));
    send(wrong).await.problem(422, "wrong_statement");
    let batch: Value = served.admin("/v1/invitations", &json!({"count": 2, "expires_in": 60})).await.json(201);
    let enrolment = enrolment(batch["invitations"][0]["token"].as_str().unwrap(), 5);
    assert_eq!(served.post("/v1/enrolments", &enrolment).await.status, 201);
    assert_eq!(served.admin("/v1/epochs", &json!({})).await.status, 201);
    let problem = send(sponsorship(0, 0)).await.problem(409, "stale_epoch");
    assert!(problem.hint.unwrap().contains("synchronise"));
    let info: Info = served.get("/v1/info").await.json(200);
    assert_eq!((info.invitations.administrator, info.invitations.members), (2, 0));
}

#[tokio::test]
async fn a_charter_without_sponsors_lets_nobody_invite() {
    let mut place = Place::new();
    place.genesis.charter =
        Some(Charter { sponsors: None, proposers: None, invitation_validity: 60, governance: None });
    let served = place.served().await;
    served.post("/v1/sponsorships", &json!(sponsorship(0, 0))).await.problem(403, "no_sponsors");
}
