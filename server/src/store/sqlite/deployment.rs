//! The deployment's one row.

use sqlx::Row as _;

use super::{
    SqliteStore,
    columns::{bytes, credential_columns, integer, json, short_number, to_json},
    epochs,
};
use crate::store::{DeploymentRecord, EpochRecord, Leaves, StoreError};

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
    store: &SqliteStore,
    record: &DeploymentRecord,
    epoch: &EpochRecord,
    leaves: &Leaves,
) -> Result<bool, StoreError> {
    let mut transaction = store.begin().await?;
    let inserted = sqlx::query(
        "INSERT INTO deployment (singleton, genesis, genesis_file, admin_token_hash, founded_at)
         VALUES (1, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(to_json(&record.genesis, "genesis")?)
    .bind(to_json(&record.file, "genesis_file")?)
    .bind(record.admin_token_hash.as_slice())
    .bind(record.founded_at)
    .execute(&mut *transaction)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    epochs::insert(&mut transaction, epoch).await?;
    for (position, member) in (0..).zip(&leaves.members) {
        sqlx::query("INSERT INTO members (commitment, position, epoch) VALUES (?, ?, 0)")
            .bind(member.to_bytes().to_vec())
            .bind(integer(position))
            .execute(&mut *transaction)
            .await?;
    }
    for (position, credential) in (0..).zip(&leaves.credentials) {
        let [leaf, tag, attributes, id] = credential_columns(credential);
        sqlx::query("INSERT INTO credentials (leaf, tag, attributes, id, position, epoch) VALUES (?, ?, ?, ?, ?, 0)")
            .bind(leaf)
            .bind(tag)
            .bind(attributes)
            .bind(id)
            .bind(integer(position))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(true)
}

pub(super) async fn admin_token_hash(store: &SqliteStore) -> Result<[u8; 32], StoreError> {
    let row = sqlx::query("SELECT admin_token_hash FROM deployment").fetch_one(&store.readers).await?;
    let hash: &[u8] = row.try_get("admin_token_hash")?;
    hash.try_into().map_err(|_| StoreError::Corrupt("admin_token_hash"))
}

pub(super) async fn replace_admin_token(store: &SqliteStore, hash: &[u8; 32]) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    sqlx::query("UPDATE deployment SET admin_token_hash = ?").bind(hash.as_slice()).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}
