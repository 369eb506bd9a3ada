//! How types of `aiq_circuits` appear in an OpenAPI document.

/// "At least `min_count` distinct credentials under `domain`, worth at least `min_weight`, as of this moment."
#[derive(utoipa::ToSchema)]
pub struct Requirement {
    /// Where the credentials have to belong: `1.7`, or `any`.
    pub domain: String,
    /// At least so many distinct credentials.
    pub min_count: u8,
    /// At least so much weight in all.
    pub min_weight: u32,
    /// Unix seconds; a credential counts if it expires later.
    pub as_of: u32,
}
