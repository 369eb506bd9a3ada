//! The domain tree, the menu, and the changes that polls make.

use aiq_circuits::scope::Scope;
use aiq_verifier::{
    menu::{DomainEntry, MenuEntry},
    poll::SignedTally,
    standard::Authority,
};
use sqlx::SqliteConnection;

use super::one_row;
use crate::store::{
    StoreError,
    sqlite::{columns::integer, governance, log, polls},
};

/// A domain has its last name.
pub(super) async fn domain(
    connection: &mut SqliteConnection,
    place: u64,
    entry: &DomainEntry,
    by: Authority,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO domains (domain, entry) VALUES (?, ?) ON CONFLICT DO UPDATE SET entry = excluded.entry")
        .bind(entry.domain.levels().to_vec())
        .bind(integer(place))
        .execute(&mut *connection)
        .await?;
    enacted(connection, place, by).await
}

/// What takes an entry's place keeps its place in the listing.
pub(super) async fn menu(
    connection: &mut SqliteConnection,
    place: u64,
    entry: &MenuEntry,
    by: Authority,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO menu (id, listed, entry) VALUES (?1, ?2, ?2) ON CONFLICT (id) DO UPDATE SET entry = excluded.entry",
    )
    .bind(entry.id.as_str())
    .bind(integer(place))
    .execute(&mut *connection)
    .await?;
    enacted(connection, place, by).await
}

pub(super) async fn menu_removal(
    connection: &mut SqliteConnection,
    place: u64,
    id: &str,
    by: Authority,
) -> Result<(), StoreError> {
    let result = sqlx::query("DELETE FROM menu WHERE id = ?").bind(id).execute(&mut *connection).await?;
    one_row(&result)?;
    enacted(connection, place, by).await
}

/// The poll that an entry cites has what it decided.
pub(super) async fn enacted(connection: &mut SqliteConnection, place: u64, by: Authority) -> Result<(), StoreError> {
    let Authority::Poll(scope) = by else { return Ok(()) };
    let result = sqlx::query(
        "UPDATE enactments SET entry = ? WHERE entry IS NULL AND epoch IS NOT NULL
            AND poll = (SELECT id FROM polls WHERE scope = ?)",
    )
    .bind(integer(place))
    .bind(scope.to_bytes().to_vec())
    .execute(connection)
    .await?;
    one_row(&result)
}

/// What a tally brings about and has to wait is noted with it.
pub(super) async fn tally(
    connection: &mut SqliteConnection,
    place: u64,
    tally: &SignedTally,
) -> Result<(), StoreError> {
    let definition = definition(connection, &tally.scope).await?;
    if governance::passed(&definition, tally).is_some_and(|enactment| enactment.change.waits()) {
        sqlx::query("INSERT INTO enactments (poll, tallied) VALUES (?, ?)")
            .bind(definition.id.as_bytes().as_slice())
            .bind(integer(place))
            .execute(connection)
            .await?;
    }
    Ok(())
}

async fn definition(
    connection: &mut SqliteConnection,
    scope: &Scope,
) -> Result<aiq_verifier::poll::PollDefinition, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM polls JOIN log_entries ON place = polls.entry WHERE scope = ?",
    )
    .bind(scope.to_bytes().to_vec())
    .fetch_one(connection)
    .await?;
    Ok(polls::announced(log::logged(&row)?.1.act)?.0)
}

/// What waited is made behind this epoch, or never.
pub(super) async fn epoch(connection: &mut SqliteConnection, place: u64) -> Result<(), StoreError> {
    sqlx::query("UPDATE enactments SET epoch = ? WHERE epoch IS NULL").bind(integer(place)).execute(connection).await?;
    Ok(())
}
