//! Joining a poll and voting in it (§6). Both listings are public: anybody can recount.

use aiq_circuits::identity::Nullifier;
use aiq_verifier::{
    poll::{Ballot, Join, PollId},
    receipt::Receipt,
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::page::Page;
use crate::{
    http::{Json, Path, Problem, Query},
    service::Service,
};

/// A page of joins, by nullifier: their order says nothing about when they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JoinPage {
    /// The joins as they were accepted.
    pub joins: Vec<Join>,
    /// What to ask for the next page with; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An accepted ballot, as much of it as may be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BallotEntry {
    /// Whose.
    #[schema(value_type = String)]
    pub nullifier: Nullifier,
    /// Its sequence number; the highest of a nullifier counts.
    pub seq: u32,
    /// The whole ballot, once the poll is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ballot: Option<Ballot>,
}

/// A page of ballots, by nullifier and sequence number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BallotPage {
    /// The ballots, superseded ones too.
    pub ballots: Vec<BallotEntry>,
    /// What to ask for the next page with; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Joins a poll. The same nullifier and ballot key again give the first receipt; another key is refused.
#[utoipa::path(post, path = "/v1/polls/{id}/joins", tag = "polls", request_body = Join,
    params(("id" = String, Path, description = "Id of the poll")),
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn join(
    State(service): State<Service>,
    Path(id): Path<PollId>,
    Json(join): Json<Join>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok(service.join(&id, join).await?.into_reply())
}

/// Everybody who has joined, with their proofs.
#[utoipa::path(get, path = "/v1/polls/{id}/joins", tag = "polls",
    params(("id" = String, Path, description = "Id of the poll"), Page),
    responses((status = 200, body = JoinPage), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn joins(
    State(service): State<Service>,
    Path(id): Path<PollId>,
    Query(page): Query<Page>,
) -> Result<Json<JoinPage>, Problem> {
    Ok(Json(service.joins(&id, &page).await?))
}

/// Votes, or changes a vote. The same ballot again gives its first receipt.
#[utoipa::path(post, path = "/v1/polls/{id}/ballots", tag = "polls", request_body = Ballot,
    params(("id" = String, Path, description = "Id of the poll")),
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn vote(
    State(service): State<Service>,
    Path(id): Path<PollId>,
    Json(ballot): Json<Ballot>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok(service.vote(&id, ballot).await?.into_reply())
}

/// The accepted ballots: before the poll closes only who voted and how often.
#[utoipa::path(get, path = "/v1/polls/{id}/ballots", tag = "polls",
    params(("id" = String, Path, description = "Id of the poll"), Page),
    responses((status = 200, body = BallotPage), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn ballots(
    State(service): State<Service>,
    Path(id): Path<PollId>,
    Query(page): Query<Page>,
) -> Result<Json<BallotPage>, Problem> {
    Ok(Json(service.ballots(&id, &page).await?))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(joins, join)).routes(routes!(ballots, vote))
}
