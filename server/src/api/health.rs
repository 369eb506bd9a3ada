//! Whether the process lives, and whether it can serve.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    http::{Json, Problem},
    service::Service,
};

/// A sign of life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Health {
    /// Always `ok`: anything else is a problem.
    pub status: String,
}

impl Health {
    fn ok() -> Json<Self> {
        Json(Self { status: "ok".to_owned() })
    }
}

/// The process answers.
#[utoipa::path(get, path = "/health/live", tag = "health", responses((status = 200, body = Health)))]
async fn live() -> Json<Health> {
    Health::ok()
}

/// The database answers and has an epoch: requests can be served.
#[utoipa::path(get, path = "/health/ready", tag = "health",
    responses((status = 200, body = Health), (status = 503, body = Problem)))]
async fn ready(State(service): State<Service>) -> Result<Json<Health>, Problem> {
    service.latest_epoch().await?;
    Ok(Health::ok())
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(live)).routes(routes!(ready))
}
