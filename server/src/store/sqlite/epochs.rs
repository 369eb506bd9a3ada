//! Epochs and the leaves they sealed.

use aiq_circuits::{credential::Credential, identity::Commitment};
use sqlx::{Row as _, Sqlite, Transaction, sqlite::SqliteRow};

use super::{
    SqliteStore,
    columns::{commitment, credential, credential_columns, integer, json, to_json},
};
use crate::store::{EpochRecord, Leaves, StoreError};

pub(super) async fn latest(store: &SqliteStore) -> Result<EpochRecord, StoreError> {
    let row = sqlx::query("SELECT checkpoint, note FROM epochs ORDER BY epoch DESC LIMIT 1")
        .fetch_one(&store.readers)
        .await?;
    record(&row)
}

pub(super) async fn one(store: &SqliteStore, epoch: u32) -> Result<Option<EpochRecord>, StoreError> {
    let row = sqlx::query("SELECT checkpoint, note FROM epochs WHERE epoch = ?")
        .bind(epoch)
        .fetch_optional(&store.readers)
        .await?;
    row.as_ref().map(record).transpose()
}

fn record(row: &SqliteRow) -> Result<EpochRecord, StoreError> {
    Ok(EpochRecord { checkpoint: json(row, "checkpoint")?, note: row.try_get("note")? })
}

/// Leaves are blobs of one length, so their order as blobs is that of their values.
pub(super) async fn pending(store: &SqliteStore) -> Result<Leaves, StoreError> {
    let members = sqlx::query("SELECT commitment FROM members WHERE position IS NULL ORDER BY commitment")
        .fetch_all(&store.readers)
        .await?;
    let credentials = sqlx::query("SELECT tag, attributes, id FROM credentials WHERE position IS NULL ORDER BY leaf")
        .fetch_all(&store.readers)
        .await?;
    Ok(Leaves {
        members: members.iter().map(commitment).collect::<Result<_, _>>()?,
        credentials: credentials.iter().map(credential).collect::<Result<_, _>>()?,
    })
}

pub(super) async fn seal(store: &SqliteStore, epoch: &EpochRecord, leaves: &Leaves) -> Result<bool, StoreError> {
    let mut transaction = store.begin().await?;
    let latest: i64 = sqlx::query_scalar("SELECT max(epoch) FROM epochs").fetch_one(&mut *transaction).await?;
    if latest + 1 != i64::from(epoch.checkpoint.epoch) {
        return Ok(false);
    }
    insert(&mut transaction, epoch).await?;
    let first = epoch.checkpoint.members - leaves.members.len() as u64;
    for (position, member) in (first..).zip(&leaves.members) {
        let update = "UPDATE members SET position = ?, epoch = ? WHERE commitment = ? AND position IS NULL";
        let updated = sqlx::query(update)
            .bind(integer(position))
            .bind(epoch.checkpoint.epoch)
            .bind(member.to_bytes().to_vec())
            .execute(&mut *transaction)
            .await?;
        if updated.rows_affected() != 1 {
            return Ok(false);
        }
    }
    let first = epoch.checkpoint.credentials - leaves.credentials.len() as u64;
    for (position, credential) in (first..).zip(&leaves.credentials) {
        let [leaf, ..] = credential_columns(credential);
        let update = "UPDATE credentials SET position = ?, epoch = ? WHERE leaf = ? AND position IS NULL";
        let updated = sqlx::query(update)
            .bind(integer(position))
            .bind(epoch.checkpoint.epoch)
            .bind(leaf)
            .execute(&mut *transaction)
            .await?;
        if updated.rows_affected() != 1 {
            return Ok(false);
        }
    }
    transaction.commit().await?;
    Ok(true)
}

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Sqlite>,
    epoch: &EpochRecord,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO epochs (epoch, checkpoint, note) VALUES (?, ?, ?)")
        .bind(epoch.checkpoint.epoch)
        .bind(to_json(&epoch.checkpoint, "checkpoint")?)
        .bind(&epoch.note)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

pub(super) async fn member_leaves(store: &SqliteStore, from: u64, count: u64) -> Result<Vec<Commitment>, StoreError> {
    let rows = sqlx::query("SELECT commitment FROM members WHERE position >= ? ORDER BY position LIMIT ?")
        .bind(integer(from))
        .bind(integer(count))
        .fetch_all(&store.readers)
        .await?;
    rows.iter().map(commitment).collect()
}

pub(super) async fn credential_leaves(
    store: &SqliteStore,
    from: u64,
    count: u64,
) -> Result<Vec<Credential>, StoreError> {
    let rows = sqlx::query("SELECT tag, attributes, id FROM credentials WHERE position >= ? ORDER BY position LIMIT ?")
        .bind(integer(from))
        .bind(integer(count))
        .fetch_all(&store.readers)
        .await?;
    rows.iter().map(credential).collect()
}
