//! Pages of long listings.

use serde::{Deserialize, Serialize};

/// Which part of a listing is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// The `next` of the page before; absent for the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// At most so many entries; the service has its own upper bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}
