//! Polls that members propose (§6), and polls that are withdrawn before they open.

use aiq_verifier::{
    poll::PollId,
    proposal::{PollDraft, Proposal, WithdrawnBy},
    receipt::Receipt,
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{PollView, admin::Admin};
use crate::{
    http::{Json, Path, Problem},
    service::Service,
};

/// A poll that a member proposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProposal {
    /// What the proposer says of the poll: the service adds the roots, the key and the moment, and changes nothing.
    pub draft: PollDraft,
    /// Who proposes.
    pub proposal: Proposal,
}

/// Proposes a poll without saying who proposes it, and announces it: members can join from now on. The same proposal again is answered
/// with its poll as it stands.
#[utoipa::path(post, path = "/v1/proposals", tag = "polls", request_body = NewProposal,
    responses((status = 201, body = PollView), (status = 200, body = PollView), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem)))]
async fn propose(
    State(service): State<Service>,
    Json(new): Json<NewProposal>,
) -> Result<(StatusCode, Json<PollView>), Problem> {
    Ok(service.propose(new).await?.into_reply())
}

/// Withdraws a poll before it opens: the administrator, with the token, what the administrator has announced; a member, with the key of the
/// proposal, what that member has proposed. The same again gives the same receipt.
#[utoipa::path(post, path = "/v1/polls/{id}/withdrawal", tag = "polls", security((), ("admin" = [])),
    request_body = WithdrawnBy, params(("id" = String, Path, description = "Id of the poll")),
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn withdraw(
    admin: Result<Admin, Problem>,
    State(service): State<Service>,
    Path(id): Path<PollId>,
    Json(by): Json<WithdrawnBy>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    if by == (WithdrawnBy::Administrator {}) {
        admin?;
    }
    Ok(service.withdraw_poll(&id, by).await?.into_reply())
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(propose)).routes(routes!(withdraw))
}
