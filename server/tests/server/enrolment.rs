use aiq_server::api::InvitationBatch;
use aiq_verifier::{log::EnrolledBy, receipt::Receipt};
use serde_json::json;

use crate::{
    fixture::Served,
    samples::{NOW, enrolled, enrolment},
};

async fn invitations(served: &Served, count: u32) -> Vec<String> {
    let batch: InvitationBatch =
        served.admin("/v1/invitations", &json!({"count": count, "expires_in": 600})).await.json(201);
    assert!(batch.invitations.iter().all(|invitation| invitation.expires_at == NOW + 600));
    batch.invitations.into_iter().map(|invitation| invitation.token).collect()
}

#[tokio::test]
async fn an_invitation_enrols_one_commitment_once() {
    let served = Served::new().await;
    let tokens = invitations(&served, 2).await;
    let first: Receipt = served.post("/v1/enrolments", &enrolment(&tokens[0], 1)).await.json(201);
    let act = enrolled(1, EnrolledBy::Invitation);
    let service = &served.service;
    first.verify_for(&service.service_key(), service.deployment_id(), act).unwrap();

    served.advance(1000);
    let again: Receipt = served.post("/v1/enrolments", &enrolment(&tokens[0], 1)).await.json(200);
    assert_eq!(again, first, "the first receipt, even after the invitation's time");
    served.post("/v1/enrolments", &enrolment(&tokens[0], 2)).await.problem(409, "invitation_used");
    served.post("/v1/enrolments", &enrolment(&tokens[1], 1)).await.problem(409, "already_enrolled");
    served.post("/v1/enrolments", &enrolment(&tokens[1], 2)).await.problem(410, "invitation_expired");
    served.post("/v1/enrolments", &enrolment("aiq_invite_00", 2)).await.problem(404, "unknown_invitation");
}

#[tokio::test]
async fn a_founder_is_a_member_already() {
    let served = Served::new().await;
    let token = &invitations(&served, 1).await[0];
    served.post("/v1/enrolments", &enrolment(token, 10)).await.problem(409, "already_enrolled");
}

#[tokio::test]
async fn the_number_and_time_of_invitations_are_bounded() {
    let served = Served::new().await;
    for (count, expires_in, field) in
        [(0, 60, "count"), (1001, 60, "count"), (1, 0, "expires_in"), (1, u32::MAX, "expires_in")]
    {
        let body = json!({"count": count, "expires_in": expires_in});
        let problem = served.admin("/v1/invitations", &body).await.problem(422, "invalid_body");
        assert!(problem.detail.contains(field), "{}", problem.detail);
    }
}
