//! Standards (§7): what claims are judged by.

use aiq_verifier::{
    receipt::Receipt,
    standard::{Standard, StandardId},
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::admin::Admin;
use crate::{
    http::{Json, Path, Problem},
    service::Service,
};

/// A standard, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StandardView {
    /// What claims call it by: SHA-256 of its canonical bytes.
    pub id: StandardId,
    /// The standard.
    pub standard: Standard,
    /// The service's receipt for its entry.
    pub receipt: Receipt,
}

/// The standards that govern now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StandardList {
    /// One for each prefix of domains that has any. The longest prefix that matches a claim's domain governs it.
    pub standards: Vec<StandardView>,
}

/// The standards that govern now: of each prefix of domains the newest.
#[utoipa::path(get, path = "/v1/standards", tag = "claims", responses((status = 200, body = StandardList)))]
async fn list(State(service): State<Service>) -> Result<Json<StandardList>, Problem> {
    Ok(Json(service.standards().await?))
}

/// Any standard that there ever was.
#[utoipa::path(get, path = "/v1/standards/{id}", tag = "claims",
    params(("id" = String, Path, description = "Id of the standard")),
    responses((status = 200, body = StandardView), (status = 404, body = Problem)))]
async fn show(State(service): State<Service>, Path(id): Path<StandardId>) -> Result<Json<StandardView>, Problem> {
    Ok(Json(service.standard(&id).await?))
}

/// Lays down a standard for claims that are opened from now on. Its version is the next of its prefix of domains. The same again gives the
/// first receipt.
#[utoipa::path(post, path = "/v1/standards", tag = "claims", security(("admin" = [])), request_body = Standard,
    responses((status = 201, body = StandardView), (status = 200, body = StandardView), (status = 401, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn set(
    _: Admin,
    State(service): State<Service>,
    Json(standard): Json<Standard>,
) -> Result<(StatusCode, Json<StandardView>), Problem> {
    Ok(service.set_standard(standard).await?.into_reply())
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list, set)).routes(routes!(show))
}
