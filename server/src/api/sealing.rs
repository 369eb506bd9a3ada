//! Sealed ballots (§8): how a new poll is sealed, who opens it, and what voters gave as their reasons.

use aiq_verifier::{
    ceremony::CeremonyId,
    poll::{PollId, PollShare, SealedBy},
    proposal::DraftSealing,
    receipt::Receipt,
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

/// How the ballots of a new poll are sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum NewSealing {
    /// Not at all: the service sees what is chosen, and shows it after the close.
    None {},
    /// By the service alone, which could read ballots early.
    Service {
        /// Fewest voters whose ballots are opened; absent: 1.
        #[serde(default = "one")]
        floor: u32,
        /// Longest reason that a voter may give, in bytes; absent: no reasons.
        #[serde(default)]
        reasons: u16,
    },
    /// By the trustees of a ceremony that is complete and has made no other poll's key.
    Ceremony {
        /// The ceremony.
        id: CeremonyId,
        /// Fewest voters whose ballots are opened; absent: 1.
        #[serde(default = "one")]
        floor: u32,
        /// Longest reason that a voter may give, in bytes; absent: no reasons.
        #[serde(default)]
        reasons: u16,
    },
}

impl NewSealing {
    /// As it stands in the draft of a poll.
    pub(crate) const fn draft(self) -> Option<DraftSealing> {
        match self {
            Self::None {} => None,
            Self::Service { floor, reasons } => Some(DraftSealing { trustees: SealedBy::Service, floor, reasons }),
            Self::Ceremony { id, floor, reasons } => {
                Some(DraftSealing { trustees: SealedBy::Ceremony(id), floor, reasons })
            }
        }
    }
}

const fn one() -> u32 {
    1
}

impl Default for NewSealing {
    fn default() -> Self {
        Self::Service { floor: one(), reasons: 0 }
    }
}

/// Who opens the ballots of a poll, and how far that has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SealingView {
    /// Shares that open the ballots.
    pub threshold: u8,
    /// Everybody who has a share, by number.
    pub trustees: Vec<TrusteeView>,
    /// Whether the poll is closed and its tally waits for shares.
    pub waits: bool,
    /// Names of those whose shares are overdue while the tally waits for them.
    pub missing: Vec<String>,
}

/// A trustee of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TrusteeView {
    /// Its number, from 1.
    pub index: u8,
    /// Its name.
    pub name: String,
    /// Its share of the key, once it is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<ShareEntry>,
}

/// A published share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShareEntry {
    /// The share.
    pub share: PollShare,
    /// The service's receipt for it.
    pub receipt: Receipt,
}

/// A reason that a voter gave: whose, nobody can tell from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReasonEntry {
    /// The place of its entry in the log.
    pub index: u64,
    /// As it was sent.
    pub sealed: SealedReason,
    /// What it says; absent if it cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A page of reasons, in the order of their sealed bytes, which is that of nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReasonPage {
    /// The reasons.
    pub reasons: Vec<ReasonEntry>,
    /// What to ask for the next page with; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Takes a trustee's share of the key of a closed poll. The same again gives its first receipt.
#[utoipa::path(post, path = "/v1/polls/{id}/shares", tag = "polls", request_body = PollShare,
    params(("id" = String, Path, description = "Id of the poll")),
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn share(
    State(service): State<Service>,
    Path(id): Path<PollId>,
    Json(share): Json<PollShare>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok(service.publish_share(&id, share).await?.into_reply())
}

/// The reasons that came with the ballots, once they are counted. 409 `shares_missing` while the tally waits for trustees.
#[utoipa::path(get, path = "/v1/polls/{id}/reasons", tag = "polls",
    params(("id" = String, Path, description = "Id of the poll"), Page),
    responses((status = 200, body = ReasonPage), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn reasons(
    State(service): State<Service>,
    Path(id): Path<PollId>,
    Query(page): Query<Page>,
) -> Result<Json<ReasonPage>, Problem> {
    Ok(Json(service.reasons(&id, &page).await?))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(share)).routes(routes!(reasons))
}
