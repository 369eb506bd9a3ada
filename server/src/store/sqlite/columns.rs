//! Columns in and out: bytes, numbers and JSON, with the name of what cannot be read.

use aiq_circuits::{
    credential::{Attributes, Credential, CredentialId, DomainPrefix},
    identity::{Commitment, OwnerTag},
    wire::{fr_from_bytes, fr_to_bytes},
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::store::StoreError;

/// A record as JSON.
pub(super) fn to_json(record: &impl Serialize, what: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(record).map_err(|_| StoreError::Corrupt(what))
}

/// A record from JSON.
pub(super) fn json<T: DeserializeOwned>(row: &SqliteRow, column: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(row.try_get(column)?).map_err(|_| StoreError::Corrupt(column))
}

/// A record from JSON, or NULL.
pub(super) fn optional_json<T: DeserializeOwned>(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<T>, StoreError> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(|text| serde_json::from_str(text).map_err(|_| StoreError::Corrupt(column))).transpose()
}

/// Bytes of fixed length.
pub(super) fn bytes<const N: usize>(row: &SqliteRow, column: &'static str) -> Result<[u8; N], StoreError> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|_| StoreError::Corrupt(column))
}

/// A number that is not negative.
pub(super) fn number(row: &SqliteRow, column: &'static str) -> Result<u64, StoreError> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number).map_err(|_| StoreError::Corrupt(column))
}

/// Unix seconds, a `seq` or an epoch.
pub(super) fn short_number(row: &SqliteRow, column: &'static str) -> Result<u32, StoreError> {
    u32::try_from(number(row, column)?).map_err(|_| StoreError::Corrupt(column))
}

/// A position or a count as `SQLite` stores it: trees have at most 2²¹ leaves.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A member's leaf.
pub(super) fn commitment(row: &SqliteRow) -> Result<Commitment, StoreError> {
    Commitment::from_bytes(&bytes(row, "commitment")?).map_err(|_| StoreError::Corrupt("commitment"))
}

/// What a credential says.
pub(super) fn attributes(row: &SqliteRow) -> Result<Attributes, StoreError> {
    let packed = fr_from_bytes(&bytes(row, "attributes")?).map_err(|_| StoreError::Corrupt("credential"))?;
    Attributes::unpack(&packed).ok_or(StoreError::Corrupt("credential"))
}

/// A credential.
pub(super) fn credential(row: &SqliteRow) -> Result<Credential, StoreError> {
    let corrupt = |_| StoreError::Corrupt("credential");
    Ok(Credential {
        tag: OwnerTag::from_bytes(&bytes(row, "tag")?).map_err(corrupt)?,
        attributes: attributes(row)?,
        id: CredentialId::from_bytes(&bytes(row, "id")?).map_err(corrupt)?,
    })
}

/// The columns of a credential: leaf, tag, attributes, id.
pub(super) fn credential_columns(credential: &Credential) -> [Vec<u8>; 4] {
    [
        fr_to_bytes(&credential.leaf()).to_vec(),
        credential.tag.to_bytes().to_vec(),
        fr_to_bytes(&credential.attributes.pack()).to_vec(),
        credential.id.to_bytes().to_vec(),
    ]
}

/// The levels of a prefix of domains, without the zeros behind them.
pub(super) fn prefix(prefix: DomainPrefix) -> Vec<u8> {
    prefix.domain().levels().into_iter().take(prefix.length().into()).collect()
}
