//! Disputes (§7): the qualified decide again, in a poll.

use aiq_verifier::{claim::ClaimId, dispute::Dispute};
use axum::{extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::PollView;
use crate::{
    http::{Json, Path, Problem},
    service::Service,
};

/// Disputes a decided claim and announces the poll that decides. The same dispute again is answered with its poll as it stands.
#[utoipa::path(post, path = "/v1/claims/{id}/disputes", tag = "claims", request_body = Dispute,
    params(("id" = String, Path, description = "Id of the claim")),
    responses((status = 201, body = PollView), (status = 200, body = PollView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn dispute(
    State(service): State<Service>,
    Path(id): Path<ClaimId>,
    Json(dispute): Json<Dispute>,
) -> Result<(StatusCode, Json<PollView>), Problem> {
    Ok(service.dispute(&id, dispute).await?.into_reply())
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(dispute))
}
