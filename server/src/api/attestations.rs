//! Attestations for a third party (§6): it asks, a member answers, the service signs the result.

use aiq_circuits::scope::Scope;
use aiq_verifier::{
    attestation::{AttestationRequest, AttestationResult, RequestId},
    presentation::Presentation,
    receipt::Receipt,
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    bytes32::Bytes32,
    http::{Json, Path, Problem},
    service::Service,
};

/// What a third party asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAttestation {
    /// Who asks, as the member will read it.
    pub audience: String,
    /// Id of the menu entry that is to be shown.
    pub menu: String,
    /// 32 random bytes of the third party; absent, the service draws them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub nonce: Option<Bytes32>,
    /// Whether the same member shows the same pseudonym to this audience every time.
    pub linkable: bool,
    /// Seconds for which an answer is accepted.
    pub expires_in: u32,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AttestationStatus {
    /// Waits for an answer.
    Open,
    /// Answered; the result is there.
    Answered,
    /// Not answered in time.
    Expired,
}

/// A request and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AttestationView {
    /// SHA-256 of the request's canonical bytes. Whoever knows it can answer and read the result.
    pub id: RequestId,
    /// The request; roots and requirement are pinned in it.
    pub request: AttestationRequest,
    /// The scope in which the answer's nullifier lives.
    #[schema(value_type = String)]
    pub scope: Scope,
    /// Where it stands.
    pub status: AttestationStatus,
    /// The answer, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Attested>,
}

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attested {
    /// The signed result: what the third party keeps and checks offline.
    pub result: AttestationResult,
    /// The promise that the log has the result's hash.
    pub receipt: Receipt,
}

/// Opens a request. The third party hands its id to the person who is to answer.
#[utoipa::path(post, path = "/v1/attestations", tag = "attestations", request_body = NewAttestation,
    responses((status = 201, body = AttestationView), (status = 422, body = Problem)))]
async fn open(
    State(service): State<Service>,
    Json(request): Json<NewAttestation>,
) -> Result<(StatusCode, Json<AttestationView>), Problem> {
    Ok((StatusCode::CREATED, Json(service.open_attestation(request).await?)))
}

/// A request and, if it has been answered, the signed result.
#[utoipa::path(get, path = "/v1/attestations/{id}", tag = "attestations",
    params(("id" = String, Path, description = "Id of the request")),
    responses((status = 200, body = AttestationView), (status = 404, body = Problem)))]
async fn show(State(service): State<Service>, Path(id): Path<RequestId>) -> Result<Json<AttestationView>, Problem> {
    Ok(Json(service.attestation(&id).await?))
}

/// Answers a request, once. The same member's answer again gives the first result.
#[utoipa::path(post, path = "/v1/attestations/{id}/presentation", tag = "attestations", request_body = Presentation,
    params(("id" = String, Path, description = "Id of the request")),
    responses((status = 201, body = Attested), (status = 200, body = Attested),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem),
        (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn answer(
    State(service): State<Service>,
    Path(id): Path<RequestId>,
    Json(presentation): Json<Presentation>,
) -> Result<(StatusCode, Json<Attested>), Problem> {
    Ok(service.answer_attestation(&id, presentation).await?.into_reply())
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(open)).routes(routes!(show)).routes(routes!(answer))
}
