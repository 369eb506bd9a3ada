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

/// What a leaf says besides its owner: public.
#[derive(utoipa::ToSchema)]
pub struct Attributes {
    /// Where the work belongs: `1.7.2.0`.
    pub domain: String,
    /// What the leaf stands for: 0 to 127 a credential, 128 a reward note, 129 a balance note.
    pub kind: u8,
    /// What it counts.
    pub weight: u16,
    /// Unix seconds from which it no longer counts.
    pub expires_at: u32,
    /// Unix seconds of the epoch that appended it; for a balance note, of the epoch that the merge was proved under.
    pub issued_at: u32,
}
