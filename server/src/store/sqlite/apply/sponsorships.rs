//! The charter and members' invitations.

use aiq_verifier::{
    log::{Act, Entry},
    sponsorship::{Charter, Sponsorship},
};
use sqlx::SqliteConnection;

use crate::store::{
    StoreError,
    sqlite::{columns::integer, log},
};

/// A charter holds from its entry on.
pub(super) async fn charter(connection: &mut SqliteConnection, place: u64) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO charters (entry) VALUES (?)").bind(integer(place)).execute(connection).await?;
    Ok(())
}

/// What a member's invitation is worth follows from the charter that holds.
pub(super) async fn sponsorship(
    connection: &mut SqliteConnection,
    place: u64,
    at: u32,
    sponsorship: &Sponsorship,
) -> Result<(), StoreError> {
    let expires_at = at.saturating_add(holding(connection).await?.invitation_validity);
    sqlx::query("INSERT INTO sponsorships (nullifier, token_hash, expires_at, entry) VALUES (?, ?, ?, ?)")
        .bind(sponsorship.presentation.nullifier.to_bytes().to_vec())
        .bind(sponsorship.token_hash.as_bytes().as_slice())
        .bind(expires_at)
        .bind(integer(place))
        .execute(connection)
        .await?;
    Ok(())
}

async fn holding(connection: &mut SqliteConnection) -> Result<Charter, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM charters JOIN log_entries ON place = charters.entry
         ORDER BY charters.entry DESC LIMIT 1",
    )
    .fetch_optional(connection)
    .await?;
    match row.as_ref().map(log::logged).transpose()? {
        Some((_, Entry { act: Act::Charter(charter), .. })) => Ok(charter),
        _ => Err(StoreError::Corrupt("charter")),
    }
}
