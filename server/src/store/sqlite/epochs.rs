//! Epochs and the leaves they sealed.

use aiq_circuits::{credential::Credential, identity::Commitment};
use aiq_verifier::{
    checkpoint::Checkpoint,
    log::{Act, Entry},
};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    columns::{commitment, credential, integer, number},
    governance, log, removals,
};
use crate::store::{EpochRecord, Leaves, Pending, Removals, StoreError};

pub(super) async fn latest(store: &SqliteStore) -> Result<EpochRecord, StoreError> {
    latest_in(&mut *store.readers.acquire().await?).await
}

/// The latest epoch, inside a transaction.
pub(super) async fn latest_in(connection: &mut SqliteConnection) -> Result<EpochRecord, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM epochs JOIN log_entries ON place = epochs.entry
         ORDER BY epoch DESC LIMIT 1",
    )
    .fetch_one(connection)
    .await?;
    record(&row)
}

pub(super) async fn one(store: &SqliteStore, epoch: u32) -> Result<Option<EpochRecord>, StoreError> {
    one_in(&mut *store.readers.acquire().await?, epoch).await
}

/// One epoch, inside a transaction.
pub(super) async fn one_in(connection: &mut SqliteConnection, epoch: u32) -> Result<Option<EpochRecord>, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM epochs JOIN log_entries ON place = epochs.entry
         WHERE epoch = ?",
    )
    .bind(epoch)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(record).transpose()
}

fn record(row: &SqliteRow) -> Result<EpochRecord, StoreError> {
    match log::logged(row)? {
        (logged, Entry { act: Act::Epoch { checkpoint, before }, .. }) => {
            Ok(EpochRecord { checkpoint, before, logged })
        }
        _ => Err(StoreError::Corrupt("epoch")),
    }
}

/// Leaves are blobs of one length, so their order as blobs is that of their values. All of it is one snapshot: what the log's size and
/// the latest epoch say, and what waits, belong together.
pub(super) async fn pending(store: &SqliteStore) -> Result<Pending, StoreError> {
    let mut snapshot = store.readers.begin().await?;
    let before = log::size(&mut snapshot).await?;
    let latest = latest_in(&mut snapshot).await?.checkpoint;
    let members = sqlx::query(
        "SELECT commitment, removal IS NOT NULL AS removed FROM members WHERE position IS NULL ORDER BY commitment",
    )
    .fetch_all(&mut *snapshot)
    .await?;
    let credentials = sqlx::query(
        "SELECT tag, attributes, id, removal IS NOT NULL AS removed FROM credentials WHERE position IS NULL ORDER BY leaf",
    )
    .fetch_all(&mut *snapshot)
    .await?;
    let removals = Removals {
        members: removals::waiting(&mut snapshot, "members", &members, latest.members).await?,
        credentials: removals::waiting(&mut snapshot, "credentials", &credentials, latest.credentials).await?,
    };
    let leaves = Leaves {
        members: members.iter().map(commitment).collect::<Result<_, _>>()?,
        credentials: credentials.iter().map(credential).collect::<Result<_, _>>()?,
    };
    let enactments = governance::waiting(&mut snapshot).await?;
    Ok(Pending { latest, before, leaves, removals, enactments })
}

pub(super) async fn seal(
    connection: &mut SqliteConnection,
    checkpoint: Checkpoint,
    before: u64,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT max(epoch) AS latest FROM epochs").fetch_one(&mut *connection).await?;
    if number(&row, "latest")? + 1 != u64::from(checkpoint.epoch) {
        return Ok(false);
    }
    let (due, at) = (governance::due(connection).await?, checkpoint.sealed_at);
    log::append(connection, &Entry { at, act: Act::Epoch { checkpoint, before } }, None).await?;
    governance::enact(connection, due, at).await?;
    Ok(true)
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
