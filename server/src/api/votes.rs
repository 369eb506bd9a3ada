//! Joining a poll and voting in it (§6). Both listings are public: anybody can recount.

use aiq_circuits::{identity::Nullifier, scope::Scope};
use aiq_verifier::{
    poll::{Ballot, Blinding, Join, PollId},
    receipt::Receipt,
    service_key::Signature,
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::page::Page;
use crate::{
    http::{Json, Path, Problem, Query},
    service::Service,
    store::SealedReason,
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

/// A ballot to cast: the ballot's own fields, and the reason if the poll takes reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBallot {
    /// The poll's scope.
    #[schema(value_type = String)]
    pub scope: Scope,
    /// Who votes, as the join named it.
    #[schema(value_type = String)]
    pub nullifier: Nullifier,
    /// Which of this nullifier's ballots it is; a later one has a higher number.
    pub seq: u32,
    /// The choice, sealed if the poll is.
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    #[schema(value_type = String)]
    pub body: Vec<u8>,
    /// Hides the ballot in the log until the close.
    pub blinding: Blinding,
    /// By the ballot key of the join. It does not cover the reason, which is published apart from the ballot.
    pub signature: Signature,
    /// Sealed. It takes the place of the reason of an earlier ballot; absent, there is none any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<SealedReason>,
}

impl NewBallot {
    /// A ballot with its reason.
    #[must_use]
    pub fn new(ballot: Ballot, reason: Option<SealedReason>) -> Self {
        let Ballot { scope, nullifier, seq, body, blinding, signature } = ballot;
        Self { scope, nullifier, seq, body, blinding, signature, reason }
    }

    /// The ballot, and the reason.
    #[must_use]
    pub fn into_parts(self) -> (Ballot, Option<SealedReason>) {
        let Self { scope, nullifier, seq, body, blinding, signature, reason } = self;
        (Ballot { scope, nullifier, seq, body, blinding, signature }, reason)
    }
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
#[utoipa::path(post, path = "/v1/polls/{id}/ballots", tag = "polls", request_body = NewBallot,
    params(("id" = String, Path, description = "Id of the poll")),
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn vote(
    State(service): State<Service>,
    Path(id): Path<PollId>,
    Json(ballot): Json<NewBallot>,
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
