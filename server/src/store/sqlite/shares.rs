//! Shares of the key that opens a poll's ballots.

use aiq_verifier::{
    log::{Act, Entry},
    poll::{PollId, PollShare},
};
use sqlx::{Row as _, SqliteConnection};

use super::{
    SqliteStore,
    columns::{bytes, number},
    log, polls,
};
use crate::store::{Accepted, Logged, PollRecord, ShareRefusal, StoreError};

/// Takes a share between the close and the tally. That it is the trustee's was checked.
pub(super) async fn publish(
    connection: &mut SqliteConnection,
    poll: PollId,
    share: PollShare,
    now: u32,
) -> Result<Result<Accepted<Logged>, ShareRefusal>, StoreError> {
    let id = poll.as_bytes().as_slice();
    let row = sqlx::query(
        "SELECT announced.place, announced.entry, closed, tallied,
            (SELECT count(DISTINCT nullifier) FROM ballots WHERE poll = polls.id) AS voted
         FROM polls JOIN log_entries AS announced ON announced.place = polls.entry WHERE id = ?",
    )
    .bind(id)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(Err(ShareRefusal::UnknownPoll)) };
    let first = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM shares JOIN log_entries ON place = shares.entry
         WHERE poll = ? AND trustee = ?",
    )
    .bind(id)
    .bind(share.index)
    .fetch_optional(&mut *connection)
    .await?;
    let act = Act::Share(share);
    // The same content again, also after the tally: the answer may have been lost on its way.
    if let Some(first) = first {
        let (logged, entry) = log::logged(&first)?;
        return Ok(if entry.act == act { Ok(Accepted::Repeated(logged)) } else { Err(ShareRefusal::Known) });
    }
    let (definition, _) = polls::announced(log::logged(&row)?.1.act)?;
    let (closed, tallied): (Option<i64>, Option<i64>) = (row.try_get("closed")?, row.try_get("tallied")?);
    let floor = definition.sealing.map_or(0, |sealing| sealing.floor);
    Ok(match (closed, tallied) {
        (None, _) => Err(ShareRefusal::NotClosed),
        (_, Some(_)) => Err(ShareRefusal::Tallied),
        _ if number(&row, "voted")? < u64::from(floor) => Err(ShareRefusal::BelowFloor),
        _ => Ok(Accepted::New(log::append(connection, &Entry { at: now, act }, None).await?)),
    })
}

/// Adds their shares to polls that were read by id.
pub(super) async fn add_to(store: &SqliteStore, records: &mut [PollRecord]) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(()) };
    let rows = sqlx::query(
        "SELECT poll, place, log_entries.entry FROM shares JOIN log_entries ON place = shares.entry
         WHERE poll >= ? AND poll <= ? ORDER BY poll, trustee",
    )
    .bind(first.definition.id.as_bytes().to_vec())
    .bind(last.definition.id.as_bytes().to_vec())
    .fetch_all(&store.readers)
    .await?;
    for row in &rows {
        let id = PollId::new(bytes(row, "poll")?);
        let (logged, entry) = log::logged(row)?;
        let Act::Share(share) = entry.act else { return Err(StoreError::Corrupt("share")) };
        // One of a poll that was announced after the first look is for the next.
        if let Some(record) = records.iter_mut().find(|record| record.definition.id == id) {
            record.shares.push((share, logged));
        }
    }
    Ok(())
}
