//! Ceremonies (§8): the board on which trustees make the key of a sealed poll. Everything on it is public, and signed by its trustee.

use aiq_verifier::{
    ceremony::{Ceremony, CeremonyId, CeremonyState, Complaint, Confirmation, Round1, Round2, Trustee},
    poll::PollId,
    receipt::Receipt,
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{admin::Admin, page::Page};
use crate::{
    http::{Json, Path, Problem, Query},
    service::Service,
    store::CeremonyPackage,
};

/// A ceremony to open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCeremony {
    /// Who makes the key; the first one has number 1.
    pub trustees: Vec<Trustee>,
    /// How many of them open the ballots, and how few cannot.
    pub threshold: u8,
    /// Unix seconds by which everybody has to have confirmed the key.
    pub deadline: u32,
    /// Seconds after the close of the poll by which shares are due. Later ones count.
    pub release: u32,
}

/// A ceremony and its board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CeremonyView {
    /// SHA-256 of the ceremony's canonical bytes.
    pub id: CeremonyId,
    /// What was opened.
    pub ceremony: Ceremony,
    /// The service's receipt for it.
    pub receipt: Receipt,
    /// How far it has come, and for whom it waits.
    pub state: CeremonyState,
    /// Commitments, by trustee.
    pub round_1: Vec<Round1Entry>,
    /// Sealed shares, by trustee.
    pub round_2: Vec<Round2Entry>,
    /// Who has confirmed the key, by trustee.
    pub confirmations: Vec<ConfirmationEntry>,
    /// What has ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complaint: Option<ComplaintEntry>,
    /// The poll whose key it has made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<PollId>,
}

/// Defines what the board has of a package: the package, and the receipt that its trustee got.
macro_rules! entries {
    ($($(#[$doc:meta])* $name:ident of $package:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
            pub struct $name {
                /// What the trustee sent.
                pub package: $package,
                /// The service's receipt for it.
                pub receipt: Receipt,
            }
        )*
    };
}

entries! {
    /// A package of the first round.
    Round1Entry of Round1;
    /// A package of the second round.
    Round2Entry of Round2;
    /// A confirmation.
    ConfirmationEntry of Confirmation;
    /// A complaint.
    ComplaintEntry of Complaint;
}

/// A page of ceremonies, by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CeremonyPage {
    /// The ceremonies.
    pub ceremonies: Vec<CeremonyView>,
    /// What to ask for the next page with; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Opens a ceremony: its trustees can send their first packages from now on.
#[utoipa::path(post, path = "/v1/ceremonies", tag = "ceremonies", security(("admin" = [])), request_body = NewCeremony,
    responses((status = 201, body = CeremonyView), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn open(
    _: Admin,
    State(service): State<Service>,
    Json(new): Json<NewCeremony>,
) -> Result<(StatusCode, Json<CeremonyView>), Problem> {
    Ok((StatusCode::CREATED, Json(service.open_ceremony(new).await?)))
}

/// The ceremonies, whatever their state.
#[utoipa::path(get, path = "/v1/ceremonies", tag = "ceremonies", params(Page),
    responses((status = 200, body = CeremonyPage), (status = 400, body = Problem)))]
async fn list(State(service): State<Service>, Query(page): Query<Page>) -> Result<Json<CeremonyPage>, Problem> {
    Ok(Json(service.ceremonies(&page).await?))
}

/// One ceremony: its whole board, and what follows from it.
#[utoipa::path(get, path = "/v1/ceremonies/{id}", tag = "ceremonies",
    params(("id" = String, Path, description = "Id of the ceremony")),
    responses((status = 200, body = CeremonyView), (status = 404, body = Problem)))]
async fn show(State(service): State<Service>, Path(id): Path<CeremonyId>) -> Result<Json<CeremonyView>, Problem> {
    Ok(Json(service.ceremony(&id).await?))
}

/// Takes a trustee's commitments. The same again gives the first receipt; others are refused.
#[utoipa::path(post, path = "/v1/ceremonies/{id}/round-1", tag = "ceremonies", request_body = Round1,
    params(("id" = String, Path, description = "Id of the ceremony")),
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn round_1(
    State(service): State<Service>,
    Path(id): Path<CeremonyId>,
    Json(package): Json<Round1>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok(service.add_package(&id, CeremonyPackage::Round1(package)).await?.into_reply())
}

/// Takes a trustee's sealed shares for the others, once every trustee has committed.
#[utoipa::path(post, path = "/v1/ceremonies/{id}/round-2", tag = "ceremonies", request_body = Round2,
    params(("id" = String, Path, description = "Id of the ceremony")),
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn round_2(
    State(service): State<Service>,
    Path(id): Path<CeremonyId>,
    Json(package): Json<Round2>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok(service.add_package(&id, CeremonyPackage::Round2(package)).await?.into_reply())
}

/// Takes a trustee's word that its share is right and the key is the board's, once all shares are there.
#[utoipa::path(post, path = "/v1/ceremonies/{id}/confirmations", tag = "ceremonies", request_body = Confirmation,
    params(("id" = String, Path, description = "Id of the ceremony")),
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn confirm(
    State(service): State<Service>,
    Path(id): Path<CeremonyId>,
    Json(package): Json<Confirmation>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok(service.add_package(&id, CeremonyPackage::Confirmation(package)).await?.into_reply())
}

/// Takes a trustee's complaint, which shows everybody what it got, and ends the ceremony.
#[utoipa::path(post, path = "/v1/ceremonies/{id}/complaints", tag = "ceremonies", request_body = Complaint,
    params(("id" = String, Path, description = "Id of the ceremony")),
    responses((status = 201, body = Receipt), (status = 200, body = Receipt), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn complain(
    State(service): State<Service>,
    Path(id): Path<CeremonyId>,
    Json(package): Json<Complaint>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok(service.add_package(&id, CeremonyPackage::Complaint(package)).await?.into_reply())
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(show))
        .routes(routes!(round_1))
        .routes(routes!(round_2))
        .routes(routes!(confirm))
        .routes(routes!(complain))
}
