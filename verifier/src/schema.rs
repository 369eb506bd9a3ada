//! How types without serde's derived shape appear in the service's API description.

/// Describes a type as `0x` and two lower-case hex digits for each of so many bytes.
macro_rules! hex_schema {
    ($name:ident, $bytes:expr) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(format!("^0x[0-9a-f]{{{}}}$", 2 * $bytes)))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

pub(crate) use hex_schema;

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
