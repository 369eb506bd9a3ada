//! `GET /v1/info`: what a wallet needs to know about a deployment.

use aiq_circuits::{identity::DeploymentId, statement::StatementId};
use aiq_keys::Origin;
use aiq_verifier::{
    checkpoint::Checkpoint,
    genesis::Genesis,
    menu::{DomainEntry, MenuEntry},
    service_key::ServiceKey,
    verifying_key::KeyId,
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    http::{Json, Problem},
    service::Service,
};

/// A deployment and the service that runs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Info {
    /// The deployment's name.
    pub name: String,
    /// `SHA-256("AIQ/v1/deployment" ‖ genesis)`: a client recomputes it and compares it with what it knows.
    #[schema(value_type = String)]
    pub deployment_id: DeploymentId,
    /// The genesis record.
    pub genesis: Genesis,
    /// The key that receipts, results and checkpoints are signed with; the genesis fixes it.
    pub service_key: ServiceKey,
    /// The keys that proofs are made and checked with.
    pub keys: Vec<KeyInfo>,
    /// The latest epoch.
    pub checkpoint: Checkpoint,
    /// The requirements that polls and attestations may ask for.
    pub menu: Vec<MenuEntry>,
    /// The domain tree.
    pub domains: Vec<DomainEntry>,
    /// How many invitations were made, used or not (§11 P6).
    pub invitations: InvitationCounts,
    /// The service's bounds.
    pub limits: PublicLimits,
    /// The service's time, Unix seconds.
    pub now: u32,
    /// The software's version.
    pub version: String,
}

/// The keys of one statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct KeyInfo {
    /// The statement.
    #[schema(value_type = String)]
    pub statement: StatementId,
    /// The verifying key's id.
    pub key_id: KeyId,
    /// Where the keys come from: `public-seed`, `single-party` or `ceremony`.
    #[schema(value_type = String)]
    pub origin: Origin,
    /// What to know before trusting them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// Bytes of the proving key's file.
    pub proving_bytes: u64,
    /// SHA-256 of the proving key's file.
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    #[schema(value_type = String)]
    pub proving_sha256: [u8; 32],
}

/// Numbers of invitations. Who was invited, and by which of the two, is not public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct InvitationCounts {
    /// By the administrator.
    pub administrator: u64,
    /// By members.
    pub members: u64,
}

/// The bounds that a client has to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PublicLimits {
    /// Bytes of a request body.
    pub body_bytes: u64,
    /// Entries of one page.
    pub page_entries: u32,
    /// Seconds between scheduled epochs; 0 = on demand only.
    pub epoch_interval: u32,
}

/// The deployment: identity, keys, menu, domains, bounds and the latest epoch.
#[utoipa::path(get, path = "/v1/info", tag = "deployment", responses((status = 200, body = Info)))]
async fn info(State(service): State<Service>) -> Result<Json<Info>, Problem> {
    Ok(Json(service.info().await?))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(info))
}
