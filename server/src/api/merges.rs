//! Merges (§5.4): notes that become one.

use aiq_verifier::{merge::Merge, receipt::Receipt};
use axum::{extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    http::{Json, Problem},
    service::Service,
};

/// Makes one note of up to six, without saying which; it becomes a leaf with the next epoch. The same request again gives the same
/// receipt.
#[utoipa::path(post, path = "/v1/merges", tag = "notes", request_body = Merge,
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
async fn merge(
    State(service): State<Service>,
    Json(merge): Json<Merge>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok(service.merge(merge).await?.into_reply())
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(merge))
}
