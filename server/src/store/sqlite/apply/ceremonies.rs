//! Ceremonies, shares and reasons.

use aiq_circuits::scope::Scope;
use aiq_verifier::ceremony::{Ceremony, CeremonyId};
use sqlx::SqliteConnection;

use super::one_row;
use crate::store::{
    StoreError,
    sqlite::{ceremonies::Round, columns::integer},
};

pub(super) async fn ceremony(
    connection: &mut SqliteConnection,
    place: u64,
    ceremony: &Ceremony,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO ceremonies (id, trustees, deadline, entry) VALUES (?, ?, ?, ?)")
        .bind(ceremony.id().as_bytes().as_slice())
        .bind(integer(ceremony.trustees.len() as u64))
        .bind(ceremony.deadline)
        .bind(integer(place))
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn package(
    connection: &mut SqliteConnection,
    place: u64,
    (ceremony, round, trustee): (&CeremonyId, Round, u8),
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "INSERT INTO ceremony_packages (ceremony, round, trustee, entry)
         SELECT id, ?1, ?2, ?3 FROM ceremonies WHERE id = ?4 AND ?2 <= trustees",
    )
    .bind(round.name())
    .bind(trustee)
    .bind(integer(place))
    .bind(ceremony.as_bytes().as_slice())
    .execute(connection)
    .await?;
    one_row(&result)
}

/// Between the close and the tally.
pub(super) async fn share(
    connection: &mut SqliteConnection,
    place: u64,
    scope: &Scope,
    trustee: u8,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "INSERT INTO shares (poll, trustee, entry)
         SELECT id, ?, ? FROM polls WHERE scope = ? AND closed IS NOT NULL AND tallied IS NULL",
    )
    .bind(trustee)
    .bind(integer(place))
    .bind(scope.to_bytes().to_vec())
    .execute(connection)
    .await?;
    one_row(&result)
}

/// Behind the tally.
pub(super) async fn reason(connection: &mut SqliteConnection, place: u64, scope: &Scope) -> Result<(), StoreError> {
    let result = sqlx::query(
        "INSERT INTO published_reasons (poll, entry) SELECT id, ? FROM polls WHERE scope = ? AND tallied IS NOT NULL",
    )
    .bind(integer(place))
    .bind(scope.to_bytes().to_vec())
    .execute(connection)
    .await?;
    one_row(&result)
}
