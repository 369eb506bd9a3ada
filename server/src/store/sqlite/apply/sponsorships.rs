//! The charter and members' invitations.

use aiq_verifier::sponsorship::Sponsorship;
use sqlx::SqliteConnection;

use crate::store::{
    StoreError,
    sqlite::{columns::integer, governance},
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
    let charter = governance::charter_in(connection).await?.ok_or(StoreError::Corrupt("charter"))?;
    let expires_at = at.saturating_add(charter.invitation_validity);
    sqlx::query("INSERT INTO sponsorships (nullifier, token_hash, expires_at, entry) VALUES (?, ?, ?, ?)")
        .bind(sponsorship.presentation.nullifier.to_bytes().to_vec())
        .bind(sponsorship.token_hash.as_bytes().as_slice())
        .bind(expires_at)
        .bind(integer(place))
        .execute(connection)
        .await?;
    Ok(())
}
