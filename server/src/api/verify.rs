//! `POST /v1/verify`: checks one proof against public inputs that the caller built. Nothing is stored.

use aiq_circuits::statement::StatementId;
use aiq_verifier::verifying_key::KeyId;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    http::{Json, Problem},
    service::Service,
};

/// A proof and what it is said to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest {
    /// The statement.
    #[schema(value_type = String)]
    pub statement: StatementId,
    /// The verifying key, one of this deployment's.
    pub key_id: KeyId,
    /// The public inputs in the order of §5, each as a field element on the wire.
    pub public_inputs: Vec<String>,
    /// 128 bytes as `0x` and 256 hex digits.
    pub proof: String,
}

/// Whether the proof holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VerifyResponse {
    /// Whether it does.
    pub valid: bool,
    /// Why it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Checks a proof. An invalid one is an answer (200, `valid: false`), not an error.
#[utoipa::path(post, path = "/v1/verify", tag = "verification", request_body = VerifyRequest,
    responses((status = 200, body = VerifyResponse), (status = 404, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem)))]
async fn verify(
    State(service): State<Service>,
    Json(request): Json<VerifyRequest>,
) -> Result<Json<VerifyResponse>, Problem> {
    Ok(Json(service.verify(&request).await?))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(verify))
}
