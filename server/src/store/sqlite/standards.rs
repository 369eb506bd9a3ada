//! Standards: versions count up, the longest prefix governs.

use aiq_circuits::credential::Domain;
use aiq_verifier::{
    log::{Act, Entry},
    standard::{Authority, Standard, StandardId},
};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    columns::{prefix, short_number},
    governance, log,
};
use crate::store::{Accepted, Logged, StandardRecord, StandardRefusal, StoreError};

/// Adds a standard if it is the next one of its prefix.
pub(super) async fn set(
    connection: &mut SqliteConnection,
    standard: Standard,
    by: Authority,
    now: u32,
) -> Result<Result<Accepted<Logged>, StandardRefusal>, StoreError> {
    if let Some(first) = one(connection, &standard.id()).await? {
        return Ok(Ok(Accepted::Repeated(first.logged)));
    }
    let newest = sqlx::query("SELECT coalesce(max(version), 0) AS version FROM standards WHERE prefix = ?")
        .bind(prefix(standard.domain))
        .fetch_one(&mut *connection)
        .await?;
    let next = short_number(&newest, "version")?.saturating_add(1);
    if standard.version != next {
        return Ok(Err(StandardRefusal::Version(next)));
    }
    if let Err(error) = governance::rules(connection).await?.check_standard(&standard) {
        return Ok(Err(StandardRefusal::Change(error)));
    }
    let entry = Entry { at: now, act: Act::Standard { standard, by } };
    Ok(Ok(Accepted::New(log::append(connection, &entry, None).await?)))
}

pub(super) async fn one(
    connection: &mut SqliteConnection,
    id: &StandardId,
) -> Result<Option<StandardRecord>, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM standards JOIN log_entries ON place = standards.entry
         WHERE id = ?",
    )
    .bind(id.as_bytes().as_slice())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(record).transpose()
}

/// The standard that claims in a domain are judged by.
pub(super) async fn governing(
    connection: &mut SqliteConnection,
    domain: &Domain,
) -> Result<Option<StandardRecord>, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM standards JOIN log_entries ON place = standards.entry
         WHERE prefix = substr(?, 1, length(prefix)) ORDER BY length(prefix) DESC, version DESC LIMIT 1",
    )
    .bind(domain.levels().to_vec())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(record).transpose()
}

/// The newest standard of every prefix, by prefix.
pub(super) async fn newest(store: &SqliteStore) -> Result<Vec<StandardRecord>, StoreError> {
    newest_in(&mut *store.readers.acquire().await?).await
}

/// The newest standard of every prefix, inside a transaction.
pub(super) async fn newest_in(connection: &mut SqliteConnection) -> Result<Vec<StandardRecord>, StoreError> {
    let rows = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM standards JOIN log_entries ON place = standards.entry
         WHERE version = (SELECT max(version) FROM standards AS others WHERE others.prefix = standards.prefix)
         ORDER BY prefix",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(record).collect()
}

fn record(row: &SqliteRow) -> Result<StandardRecord, StoreError> {
    let (logged, entry) = log::logged(row)?;
    match entry.act {
        Act::Standard { standard, .. } => Ok(StandardRecord { standard, logged }),
        _ => Err(StoreError::Corrupt("standard")),
    }
}

pub(super) async fn read_one(store: &SqliteStore, id: StandardId) -> Result<Option<StandardRecord>, StoreError> {
    one(&mut *store.readers.acquire().await?, &id).await
}

pub(super) async fn read_governing(store: &SqliteStore, domain: Domain) -> Result<Option<StandardRecord>, StoreError> {
    governing(&mut *store.readers.acquire().await?, &domain).await
}
