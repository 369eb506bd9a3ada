//! Recusals and reviews (§6). What reviews say is shown after the ruling only.

use aiq_verifier::{
    claim::ClaimId,
    presentation::Presentation,
    receipt::Receipt,
    review::{Review, ReviewOpening},
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::page::Page;
use crate::{
    http::{Json, Path, Problem, Query},
    service::Service,
};

/// What a review says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OpenedReview {
    /// The place of the review's entry, which commits to it.
    pub index: u64,
    /// What it says.
    pub opening: ReviewOpening,
}

/// A page of reviews, by their commitments, whose order says nothing about when they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReviewPage {
    /// The reviews.
    pub reviews: Vec<OpenedReview>,
    /// What to ask for the next page with; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Reviews a claim. The same review again gives its first receipt; another one by the same member is refused.
#[utoipa::path(post, path = "/v1/claims/{id}/reviews", tag = "claims", request_body = Review,
    params(("id" = String, Path, description = "Id of the claim")),
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn review(
    State(service): State<Service>,
    Path(id): Path<ClaimId>,
    Json(review): Json<Review>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok(service.review(&id, review).await?.into_reply())
}

/// What the reviews of a claim say. 409 `claim_open` before it is decided.
#[utoipa::path(get, path = "/v1/claims/{id}/reviews", tag = "claims",
    params(("id" = String, Path, description = "Id of the claim"), Page),
    responses((status = 200, body = ReviewPage), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn reviews(
    State(service): State<Service>,
    Path(id): Path<ClaimId>,
    Query(page): Query<Page>,
) -> Result<Json<ReviewPage>, Problem> {
    Ok(Json(service.reviews(&id, &page).await?))
}

/// Says that a member will not review a claim. The same again gives the first receipt.
#[utoipa::path(post, path = "/v1/claims/{id}/recusals", tag = "claims", request_body = Presentation,
    params(("id" = String, Path, description = "Id of the claim")),
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn recuse(
    State(service): State<Service>,
    Path(id): Path<ClaimId>,
    Json(presentation): Json<Presentation>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok(service.recuse(&id, presentation).await?.into_reply())
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(reviews, review)).routes(routes!(recuse))
}
