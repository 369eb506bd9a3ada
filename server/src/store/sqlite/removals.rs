//! Members who leave and credentials that are revoked: their leaves become tombstones with the next epoch (§4).

use aiq_circuits::{credential::CredentialId, identity::Commitment};
use aiq_verifier::{
    log::{Act, Entry, RevokedBy},
    withdrawal::{Withdrawal, WithdrawalKey},
};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    columns::{integer, short_number},
    log,
};
use crate::store::{Accepted, Logged, RevokeRefusal, StoreError, WithdrawRefusal};

pub(super) async fn withdrawal_key(
    store: &SqliteStore,
    commitment: Commitment,
) -> Result<Option<WithdrawalKey>, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM members JOIN log_entries ON place = members.entry
         WHERE commitment = ?",
    )
    .bind(commitment.to_bytes().to_vec())
    .fetch_optional(&store.readers)
    .await?;
    match row.as_ref().map(log::logged).transpose()? {
        None => Ok(None),
        Some((_, Entry { act: Act::Enrolment { withdrawal_key, .. }, .. })) => Ok(Some(withdrawal_key)),
        Some(_) => Err(StoreError::Corrupt("enrolment")),
    }
}

pub(super) async fn withdraw(
    connection: &mut SqliteConnection,
    withdrawal: Withdrawal,
    now: u32,
) -> Result<Result<Accepted<Logged>, WithdrawRefusal>, StoreError> {
    let found = sqlx::query("SELECT removal FROM members WHERE commitment = ?")
        .bind(withdrawal.commitment.to_bytes().to_vec())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(found) = found else { return Ok(Err(WithdrawRefusal::UnknownMember)) };
    let act = Act::Withdrawal(withdrawal);
    Ok(match removal(connection, &found).await? {
        None => Ok(Accepted::New(log::append(connection, &Entry { at: now, act }, None).await?)),
        // The same again: the answer may have been lost on its way.
        Some((logged, entry)) if entry.act == act => Ok(Accepted::Repeated(logged)),
        Some(_) => Err(WithdrawRefusal::AlreadyWithdrawn),
    })
}

/// Whoever has decided that a credential is revoked calls this in the same transaction.
pub(super) async fn revoke(
    connection: &mut SqliteConnection,
    id: CredentialId,
    because: RevokedBy,
    now: u32,
) -> Result<Result<Accepted<Logged>, RevokeRefusal>, StoreError> {
    let found = sqlx::query("SELECT removal FROM credentials WHERE id = ?")
        .bind(id.to_bytes().to_vec())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(found) = found else { return Ok(Err(RevokeRefusal::UnknownCredential)) };
    Ok(Ok(match removal(connection, &found).await? {
        None => {
            let entry = Entry { at: now, act: Act::Revocation { id, because } };
            Accepted::New(log::append(connection, &entry, None).await?)
        }
        Some((logged, _)) => Accepted::Repeated(logged),
    }))
}

/// The entry at the place in the column `removal`, if there is one.
async fn removal(connection: &mut SqliteConnection, row: &SqliteRow) -> Result<Option<(Logged, Entry)>, StoreError> {
    let place: Option<i64> = row.try_get("removal")?;
    let Some(place) = place else { return Ok(None) };
    let place = u64::try_from(place).map_err(|_| StoreError::Corrupt("removal"))?;
    log::at_place(connection, place).await.map(Some)
}

/// Positions, ascending, of what becomes tombstones in a table's tree when `appended` have their places behind `leaves` sealed ones.
pub(super) async fn waiting(
    connection: &mut SqliteConnection,
    table: &'static str,
    appended: &[SqliteRow],
    leaves: u64,
) -> Result<Vec<u32>, StoreError> {
    let sealed = format!(
        "SELECT position FROM {table} WHERE removal IS NOT NULL AND tombstone IS NULL AND position IS NOT NULL ORDER BY position"
    );
    let rows = sqlx::query(AssertSqlSafe(sealed)).fetch_all(connection).await?;
    let mut positions = rows.iter().map(|row| short_number(row, "position")).collect::<Result<Vec<_>, _>>()?;
    for (position, row) in (leaves..).zip(appended) {
        if row.try_get("removed")? {
            positions.push(u32::try_from(position).map_err(|_| StoreError::Corrupt("position"))?);
        }
    }
    Ok(positions)
}

pub(super) async fn members(store: &SqliteStore, from: u64, count: u64) -> Result<Vec<u32>, StoreError> {
    listed(store, "SELECT position FROM members WHERE tombstone >= ? ORDER BY tombstone LIMIT ?", from, count).await
}

pub(super) async fn credentials(store: &SqliteStore, from: u64, count: u64) -> Result<Vec<u32>, StoreError> {
    listed(store, "SELECT position FROM credentials WHERE tombstone >= ? ORDER BY tombstone LIMIT ?", from, count).await
}

async fn listed(store: &SqliteStore, list: &'static str, from: u64, count: u64) -> Result<Vec<u32>, StoreError> {
    let rows = sqlx::query(list).bind(integer(from)).bind(integer(count)).fetch_all(&store.readers).await?;
    rows.iter().map(|row| short_number(row, "position")).collect()
}
