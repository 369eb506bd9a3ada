//! Reasons that come with sealed ballots: kept beside the voter until the tally, published without.

use aiq_circuits::scope::Scope;
use aiq_verifier::{
    log::{Act, Entry},
    poll::PollId,
};
use sqlx::{Row as _, SqliteConnection};

use super::{SqliteStore, columns::integer, log};
use crate::store::{Logged, PublishedReason, SealedReason, StoreError};

/// Keeps the reason of a voter's newest ballot: one without takes back that of an earlier one.
pub(super) async fn keep(
    connection: &mut SqliteConnection,
    poll: &[u8],
    nullifier: &[u8],
    reason: Option<SealedReason>,
) -> Result<(), StoreError> {
    let query = match &reason {
        None => sqlx::query("DELETE FROM reasons WHERE poll = ? AND nullifier = ?"),
        Some(_) => sqlx::query("INSERT OR REPLACE INTO reasons (poll, nullifier, reason) VALUES (?, ?, ?)"),
    };
    let query = query.bind(poll).bind(nullifier);
    let query = match &reason {
        None => query,
        Some(reason) => query.bind(reason.as_bytes()),
    };
    query.execute(connection).await?;
    Ok(())
}

/// Publishes the reasons of a poll behind its tally, in the order of their bytes, which is that of nothing else, and forgets whose
/// they were; if nothing is opened, only that.
pub(super) async fn settle(
    connection: &mut SqliteConnection,
    (poll, scope): (&PollId, Scope),
    published: bool,
    now: u32,
) -> Result<(), StoreError> {
    let id = poll.as_bytes().as_slice();
    if published {
        let rows = sqlx::query("SELECT reason FROM reasons WHERE poll = ? ORDER BY reason")
            .bind(id)
            .fetch_all(&mut *connection)
            .await?;
        for row in &rows {
            let reason = row.try_get("reason")?;
            log::append(connection, &Entry { at: now, act: Act::Reason { scope, reason } }, None).await?;
        }
    }
    sqlx::query("DELETE FROM reasons WHERE poll = ?").bind(id).execute(connection).await?;
    Ok(())
}

/// Published reasons by place, after one.
pub(super) async fn list(
    store: &SqliteStore,
    poll: &PollId,
    after: Option<u64>,
    limit: u32,
) -> Result<Vec<PublishedReason>, StoreError> {
    let rows = sqlx::query(
        "SELECT place, log_entries.entry FROM published_reasons JOIN log_entries ON place = published_reasons.entry
         WHERE poll = ? AND published_reasons.entry > ? ORDER BY published_reasons.entry LIMIT ?",
    )
    .bind(poll.as_bytes().as_slice())
    .bind(after.map_or(-1, integer))
    .bind(limit)
    .fetch_all(&store.readers)
    .await?;
    let published = |row| match log::logged(row)? {
        (Logged { index, .. }, Entry { act: Act::Reason { reason, .. }, .. }) => {
            Ok(PublishedReason { index, reason: SealedReason::new(reason) })
        }
        _ => Err(StoreError::Corrupt("reason")),
    };
    rows.iter().map(published).collect()
}
