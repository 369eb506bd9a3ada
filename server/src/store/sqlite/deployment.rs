//! The deployment's one row.

use aiq_verifier::log::Entry;
use sqlx::{Row as _, SqliteConnection};

use super::{
    SqliteStore,
    columns::{bytes, json, short_number, to_json},
    log,
};
use crate::store::{DeploymentRecord, StoreError};

pub(super) async fn read(store: &SqliteStore) -> Result<Option<DeploymentRecord>, StoreError> {
    let row = sqlx::query("SELECT genesis, genesis_file, admin_token_hash, founded_at FROM deployment")
        .fetch_optional(&store.readers)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(DeploymentRecord {
        genesis: json(&row, "genesis")?,
        file: json(&row, "genesis_file")?,
        admin_token_hash: bytes(&row, "admin_token_hash")?,
        founded_at: short_number(&row, "founded_at")?,
    }))
}

pub(super) async fn found(
    connection: &mut SqliteConnection,
    record: DeploymentRecord,
    entries: Vec<Entry>,
) -> Result<bool, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO deployment (singleton, genesis, genesis_file, admin_token_hash, founded_at)
         VALUES (1, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(to_json(&record.genesis, "genesis")?)
    .bind(to_json(&record.file, "genesis_file")?)
    .bind(record.admin_token_hash.as_slice())
    .bind(record.founded_at)
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    for entry in &entries {
        log::append(connection, entry, None).await?;
    }
    Ok(true)
}

pub(super) async fn admin_token_hash(store: &SqliteStore) -> Result<[u8; 32], StoreError> {
    let row = sqlx::query("SELECT admin_token_hash FROM deployment").fetch_one(&store.readers).await?;
    let hash: &[u8] = row.try_get("admin_token_hash")?;
    hash.try_into().map_err(|_| StoreError::Corrupt("admin_token_hash"))
}

pub(super) async fn replace_admin_token(connection: &mut SqliteConnection, hash: [u8; 32]) -> Result<(), StoreError> {
    sqlx::query("UPDATE deployment SET admin_token_hash = ?").bind(hash.as_slice()).execute(connection).await?;
    Ok(())
}
