//! Polls.

use aiq_circuits::scope::Scope;
use aiq_verifier::{
    poll::{CommittedBallot, Join, PollDefinition},
    proposal::Proposal,
};
use sqlx::SqliteConnection;

use super::one_row;
use crate::store::{StoreError, sqlite::columns::integer};

pub(super) async fn poll(
    connection: &mut SqliteConnection,
    place: u64,
    definition: &PollDefinition,
) -> Result<(), StoreError> {
    let scope = definition.scope(&super::deployment(connection).await?);
    sqlx::query(
        "INSERT INTO polls (id, scope, opens_at, closes_at, rewards, ceremony, entry) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(definition.id.as_bytes().as_slice())
    .bind(scope.to_bytes().to_vec())
    .bind(definition.opens_at)
    .bind(definition.closes_at)
    .bind(definition.reward.is_some())
    .bind(definition.ceremony().map(|id| id.as_bytes().to_vec()))
    .bind(integer(place))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn proposal(
    connection: &mut SqliteConnection,
    place: u64,
    proposal: &Proposal,
    definition: &PollDefinition,
) -> Result<(), StoreError> {
    poll(connection, place, definition).await?;
    sqlx::query("INSERT INTO proposals (poll, nullifier) VALUES (?, ?)")
        .bind(definition.id.as_bytes().as_slice())
        .bind(proposal.presentation.nullifier.to_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn enter(
    connection: &mut SqliteConnection,
    place: u64,
    scope: &Scope,
    join: &Join,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "INSERT INTO joins (poll, nullifier, ballot_key, entry) SELECT id, ?, ?, ? FROM polls WHERE scope = ?",
    )
    .bind(join.presentation.nullifier.to_bytes().to_vec())
    .bind(join.ballot_key.as_bytes().as_slice())
    .bind(integer(place))
    .bind(scope.to_bytes().to_vec())
    .execute(&mut *connection)
    .await?;
    one_row(&result)?;
    // Without a reward nothing is granted to the tag.
    sqlx::query("INSERT INTO tags (tag, entry) SELECT ?, ? FROM polls WHERE scope = ? AND rewards")
        .bind(join.presentation.tag.to_bytes().to_vec())
        .bind(integer(place))
        .bind(scope.to_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn ballot(
    connection: &mut SqliteConnection,
    place: u64,
    committed: &CommittedBallot,
) -> Result<(), StoreError> {
    let result =
        sqlx::query("INSERT INTO ballots (poll, nullifier, seq, entry) SELECT id, ?, ?, ? FROM polls WHERE scope = ?")
            .bind(committed.nullifier.to_bytes().to_vec())
            .bind(committed.seq)
            .bind(integer(place))
            .bind(committed.scope.to_bytes().to_vec())
            .execute(connection)
            .await?;
    one_row(&result)
}

pub(super) async fn mark(
    connection: &mut SqliteConnection,
    update: &'static str,
    place: u64,
    scope: &Scope,
) -> Result<(), StoreError> {
    let result = sqlx::query(update).bind(integer(place)).bind(scope.to_bytes().to_vec()).execute(connection).await?;
    one_row(&result)
}
