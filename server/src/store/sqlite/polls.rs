//! Polls and their tallies.

use aiq_verifier::{
    poll::{PollDefinition, PollId, SignedTally},
    receipt::Receipt,
};
use sqlx::{Row as _, sqlite::SqliteRow};

use super::{
    SqliteStore,
    columns::{bytes, json, number, optional_json, to_json},
};
use crate::store::{ClosedPoll, PollRecord, StoreError};

pub(super) async fn announce(
    store: &SqliteStore,
    definition: &PollDefinition,
    receipt: &Receipt,
) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    sqlx::query(
        "INSERT INTO polls (id, announced_at, opens_at, closes_at, definition, receipt) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(definition.id.as_bytes().as_slice())
    .bind(definition.announced_at)
    .bind(definition.opens_at)
    .bind(definition.closes_at)
    .bind(to_json(definition, "definition")?)
    .bind(to_json(receipt, "receipt")?)
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

pub(super) async fn one(store: &SqliteStore, id: &PollId) -> Result<Option<PollRecord>, StoreError> {
    let row = sqlx::query(
        "SELECT definition, receipt, tally,
            (SELECT count(*) FROM joins WHERE poll = polls.id) AS joined,
            (SELECT count(DISTINCT nullifier) FROM ballots WHERE poll = polls.id) AS voted
         FROM polls WHERE id = ?",
    )
    .bind(id.as_bytes().as_slice())
    .fetch_optional(&store.readers)
    .await?;
    row.as_ref().map(record).transpose()
}

pub(super) async fn list(
    store: &SqliteStore,
    after: Option<PollId>,
    limit: u32,
) -> Result<Vec<PollRecord>, StoreError> {
    let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
    let rows = sqlx::query(
        "SELECT definition, receipt, tally,
            (SELECT count(*) FROM joins WHERE poll = polls.id) AS joined,
            (SELECT count(DISTINCT nullifier) FROM ballots WHERE poll = polls.id) AS voted
         FROM polls WHERE id > ? ORDER BY id LIMIT ?",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(&store.readers)
    .await?;
    rows.iter().map(record).collect()
}

fn record(row: &SqliteRow) -> Result<PollRecord, StoreError> {
    Ok(PollRecord {
        definition: json(row, "definition")?,
        receipt: json(row, "receipt")?,
        joined: number(row, "joined")?,
        voted: number(row, "voted")?,
        tally: optional_json(row, "tally")?,
    })
}

pub(super) async fn due(store: &SqliteStore, now: u32) -> Result<Vec<PollId>, StoreError> {
    let rows = sqlx::query("SELECT id FROM polls WHERE tally IS NULL AND closes_at <= ? ORDER BY closes_at")
        .bind(now)
        .fetch_all(&store.readers)
        .await?;
    rows.iter().map(|row| Ok(PollId::new(bytes(row, "id")?))).collect()
}

pub(super) async fn close(store: &SqliteStore, id: &PollId) -> Result<Option<ClosedPoll>, StoreError> {
    let poll = id.as_bytes().as_slice();
    let mut transaction = store.begin().await?;
    let closed = sqlx::query("UPDATE polls SET closed = 1 WHERE id = ?").bind(poll).execute(&mut *transaction).await?;
    if closed.rows_affected() == 0 {
        return Ok(None);
    }
    let joined = sqlx::query("SELECT count(*) AS joined FROM joins WHERE poll = ?")
        .bind(poll)
        .fetch_one(&mut *transaction)
        .await?;
    let ballots =
        sqlx::query("SELECT ballot FROM ballots WHERE poll = ?").bind(poll).fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Some(ClosedPoll {
        joined: number(&joined, "joined")?,
        ballots: ballots.iter().map(|row| json(row, "ballot")).collect::<Result<_, _>>()?,
    }))
}

pub(super) async fn keep_tally(
    store: &SqliteStore,
    id: &PollId,
    tally: &SignedTally,
) -> Result<SignedTally, StoreError> {
    let poll = id.as_bytes().as_slice();
    let mut transaction = store.begin().await?;
    sqlx::query("UPDATE polls SET tally = ? WHERE id = ? AND closed = 1 AND tally IS NULL")
        .bind(to_json(tally, "tally")?)
        .bind(poll)
        .execute(&mut *transaction)
        .await?;
    let kept = sqlx::query("SELECT tally FROM polls WHERE id = ?").bind(poll).fetch_one(&mut *transaction).await?;
    let kept_tally: Option<&str> = kept.try_get("tally")?;
    let kept = serde_json::from_str(kept_tally.ok_or(StoreError::Corrupt("tally"))?)
        .map_err(|_| StoreError::Corrupt("tally"))?;
    transaction.commit().await?;
    Ok(kept)
}
