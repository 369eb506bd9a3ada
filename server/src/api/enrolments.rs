//! Invitations, enrolments and withdrawals.

use core::fmt;

use aiq_circuits::identity::Commitment;
use aiq_verifier::{
    receipt::Receipt,
    withdrawal::{Withdrawal, WithdrawalKey},
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::admin::Admin;
use crate::{
    http::{Json, Problem},
    service::Service,
};

/// A request for invitations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitations {
    /// How many.
    pub count: u32,
    /// Seconds for which they are good.
    pub expires_in: u32,
}

/// An invitation. The service keeps only its hash: it is shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Invitation {
    /// What the invited person enrols with, once.
    pub token: String,
    /// Unix seconds.
    pub expires_at: u32,
}

/// Without the token: whoever has it can enrol with it.
impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// The invitations that one request made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct InvitationBatch {
    /// Each good for one member.
    pub invitations: Vec<Invitation>,
}

/// A request to become a member.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentRequest {
    /// The invitation's token.
    pub invitation: String,
    /// `H_identity(s)`.
    #[schema(value_type = String)]
    pub commitment: Commitment,
    /// What the member will sign with if it leaves.
    pub withdrawal_key: WithdrawalKey,
}

/// Without the token: before it is used, whoever has it can enrol with it.
impl fmt::Debug for EnrolmentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { commitment, withdrawal_key, .. } = self;
        f.debug_struct("EnrolmentRequest")
            .field("commitment", commitment)
            .field("withdrawal_key", withdrawal_key)
            .finish_non_exhaustive()
    }
}

/// Makes invitations: single use, expiring.
#[utoipa::path(post, path = "/v1/invitations", tag = "enrolment", security(("admin" = [])), request_body = NewInvitations,
    responses((status = 201, body = InvitationBatch), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn invite(
    _: Admin,
    State(service): State<Service>,
    Json(request): Json<NewInvitations>,
) -> Result<(StatusCode, Json<InvitationBatch>), Problem> {
    let invitations = service.invite(request).await?;
    Ok((StatusCode::CREATED, Json(InvitationBatch { invitations })))
}

/// Enrols a commitment; it becomes a leaf with the next epoch. The same request again gives the same receipt.
#[utoipa::path(post, path = "/v1/enrolments", tag = "enrolment", request_body = EnrolmentRequest,
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
async fn enrol(
    State(service): State<Service>,
    Json(request): Json<EnrolmentRequest>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok(service.enrol(&request).await?.into_reply())
}

/// Has a member leave: its leaf becomes a tombstone with the next epoch, and its commitment is never enrolled again. The same request
/// again gives the same receipt.
#[utoipa::path(post, path = "/v1/withdrawals", tag = "enrolment", request_body = Withdrawal,
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn withdraw(
    State(service): State<Service>,
    Json(withdrawal): Json<Withdrawal>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok(service.withdraw(withdrawal).await?.into_reply())
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(invite)).routes(routes!(enrol)).routes(routes!(withdraw))
}
