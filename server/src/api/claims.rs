//! Claims (§7): opening and reading them.

use aiq_circuits::{credential::DomainPrefix, scope::Scope};
use aiq_verifier::{
    claim::{Claim, ClaimId, NewClaim},
    poll::PollId,
    receipt::Receipt,
    review::Ruling,
    standard::Standard,
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::page::Page;
use crate::{
    http::{Json, Path, Problem, Query},
    service::Service,
    store::ClaimState,
};

/// A claim and where it stands. How many have reviewed it is not shown before the ruling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClaimView {
    /// SHA-256 of the claim's canonical bytes.
    pub id: ClaimId,
    /// The claim's scope, derived from it.
    #[schema(value_type = String)]
    pub scope: Scope,
    /// The claim, immutable: standard, reviewers, roots and key are pinned in it.
    pub claim: Claim,
    /// Where it stands.
    pub state: ClaimState,
    /// Unix seconds.
    pub opened_at: u32,
    /// Unix seconds: the first second in which nothing is taken.
    pub closes_at: u32,
    /// The standard that it is judged by.
    pub standard: Standard,
    /// The count of the reviews, once there is a ruling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
    /// When it was ruled, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruled_at: Option<u32>,
    /// Id of the poll that decides a dispute of it, as long as that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<PollId>,
    /// The service's receipt for the claim.
    pub receipt: Receipt,
}

/// A page of claims, by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClaimPage {
    /// The claims.
    pub claims: Vec<ClaimView>,
    /// What to ask for the next page with; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which claims are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ClaimQuery {
    /// The `next` of the page before; absent for the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// At most so many entries; the service has its own upper bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only those in this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ClaimState>,
    /// Only those in these domains, as in `1.4`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub domain: Option<DomainPrefix>,
}

impl ClaimQuery {
    /// The part of the listing.
    pub(crate) fn page(&self) -> Page {
        Page { after: self.after.clone(), limit: self.limit }
    }
}

/// Opens a claim: reviews are taken from now on. The same claim again is answered as it stands.
#[utoipa::path(post, path = "/v1/claims", tag = "claims", request_body = NewClaim,
    responses((status = 201, body = ClaimView), (status = 200, body = ClaimView), (status = 409, body = Problem),
        (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn open(
    State(service): State<Service>,
    Json(claim): Json<NewClaim>,
) -> Result<(StatusCode, Json<ClaimView>), Problem> {
    Ok(service.open_claim(claim).await?.into_reply())
}

/// The claims, whatever their state.
#[utoipa::path(get, path = "/v1/claims", tag = "claims", params(ClaimQuery),
    responses((status = 200, body = ClaimPage), (status = 400, body = Problem)))]
async fn list(State(service): State<Service>, Query(query): Query<ClaimQuery>) -> Result<Json<ClaimPage>, Problem> {
    Ok(Json(service.claims(&query).await?))
}

/// One claim.
#[utoipa::path(get, path = "/v1/claims/{id}", tag = "claims",
    params(("id" = String, Path, description = "Id of the claim")),
    responses((status = 200, body = ClaimView), (status = 404, body = Problem)))]
async fn show(State(service): State<Service>, Path(id): Path<ClaimId>) -> Result<Json<ClaimView>, Problem> {
    Ok(Json(service.claim(&id).await?))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list, open)).routes(routes!(show))
}
