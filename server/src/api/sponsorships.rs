//! Members' invitations (§6), and the charter that allows them.

use aiq_verifier::{
    receipt::Receipt,
    sponsorship::{Charter, Sponsorship},
};
use axum::{extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    http::{Json, Problem},
    service::Service,
};

/// What members may do beyond reviewing and voting.
#[utoipa::path(get, path = "/v1/charter", tag = "deployment",
    responses((status = 200, body = Charter), (status = 404, body = Problem)))]
async fn charter(State(service): State<Service>) -> Result<Json<Charter>, Problem> {
    Ok(Json(service.charter().await?))
}

/// Makes an invitation without saying who makes it. Its token stays with the sponsor; enrolling with it is as with an
/// administrator's. The same request again gives the same receipt.
#[utoipa::path(post, path = "/v1/sponsorships", tag = "enrolment", request_body = Sponsorship,
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn sponsor(
    State(service): State<Service>,
    Json(sponsorship): Json<Sponsorship>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok(service.sponsor(sponsorship).await?.into_reply())
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(charter)).routes(routes!(sponsor))
}
