//! Epochs and their signed checkpoints (§3).

use aiq_verifier::{checkpoint::Checkpoint, receipt::Receipt};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::admin::Admin;
use crate::{
    http::{Json, Path, Problem},
    service::Service,
};

/// The answer to a request to seal an epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SealedEpoch {
    /// Whether this request sealed it; false if nothing was waiting.
    pub sealed: bool,
    /// The latest epoch.
    pub checkpoint: Checkpoint,
}

/// An epoch, with the promise that the log has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EpochView {
    /// The trees after the epoch.
    pub checkpoint: Checkpoint,
    /// Enrolments, grants and removals at places of the log before this one are in the trees.
    pub before: u64,
    /// The checkpoint as a signed note, for whoever works offline.
    pub note: String,
    /// For the epoch's entry in the log.
    pub receipt: Receipt,
}

/// The latest epoch.
#[utoipa::path(get, path = "/v1/epochs/latest", tag = "epochs", responses((status = 200, body = EpochView)))]
async fn latest(State(service): State<Service>) -> Result<Json<EpochView>, Problem> {
    Ok(Json(service.latest_epoch().await?))
}

/// One epoch.
#[utoipa::path(get, path = "/v1/epochs/{epoch}", tag = "epochs",
    params(("epoch" = u32, Path, description = "Number of the epoch")),
    responses((status = 200, body = EpochView), (status = 404, body = Problem)))]
async fn one(State(service): State<Service>, Path(epoch): Path<u32>) -> Result<Json<EpochView>, Problem> {
    Ok(Json(service.epoch(epoch).await?))
}

/// Seals an epoch now: everybody and everything that waits becomes a leaf, or a tombstone. 201 if there was something, else 200.
#[utoipa::path(post, path = "/v1/epochs", tag = "epochs", security(("admin" = [])),
    responses((status = 201, body = SealedEpoch), (status = 200, body = SealedEpoch), (status = 401, body = Problem)))]
async fn seal(_: Admin, State(service): State<Service>) -> Result<(StatusCode, Json<SealedEpoch>), Problem> {
    let sealed = service.seal_epoch().await?;
    let status = if sealed.sealed { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(sealed)))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(latest)).routes(routes!(one)).routes(routes!(seal))
}
