//! Standards, claims, reviews and rulings.

use aiq_circuits::{credential::CredentialId, identity::Nullifier, scope::Scope};
use aiq_verifier::{
    claim::{ClaimId, NewClaim, ticket_scope},
    presentation::Presentation,
    review::{CommittedReview, Ruling},
    standard::Standard,
};
use sqlx::SqliteConnection;

use super::{deployment, one_row, spend, tag};
use crate::store::{
    ClaimState, StoreError,
    sqlite::{
        columns::{integer, prefix},
        standards,
    },
};

pub(super) async fn standard(
    connection: &mut SqliteConnection,
    place: u64,
    standard: &Standard,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO standards (id, prefix, version, entry) VALUES (?, ?, ?, ?)")
        .bind(standard.id().as_bytes().as_slice())
        .bind(prefix(standard.domain))
        .bind(standard.version)
        .bind(integer(place))
        .execute(connection)
        .await?;
    Ok(())
}

/// A claim, the works that it holds, its ticket, its tag, and its claimant, who will not review it.
pub(super) async fn claim(
    connection: &mut SqliteConnection,
    place: u64,
    at: u32,
    new: &NewClaim,
) -> Result<(), StoreError> {
    let NewClaim { claim, presentation, number, ticket } = new;
    let deployment = deployment(connection).await?;
    let (id, scope) = (claim.id(), claim.scope(&deployment));
    let pinned = standards::one(connection, &claim.standard).await?;
    let window = pinned.ok_or(StoreError::Corrupt("standard of a claim"))?.standard.window;
    sqlx::query(
        "INSERT INTO claims (id, scope, credential, domain, standard, closes_at, state, entry)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id.as_bytes().as_slice())
    .bind(scope.to_bytes().to_vec())
    .bind(id.credential().to_bytes().to_vec())
    .bind(claim.domain.levels().to_vec())
    .bind(claim.standard.as_bytes().as_slice())
    .bind(at.saturating_add(window))
    .bind(ClaimState::Open.as_str())
    .bind(integer(place))
    .execute(&mut *connection)
    .await?;
    for work in claim.works() {
        sqlx::query("INSERT INTO works (work, claim) VALUES (?, ?)")
            .bind(work.as_bytes().as_slice())
            .bind(id.as_bytes().as_slice())
            .execute(&mut *connection)
            .await?;
    }
    // A renewal goes to the tag of what it renews.
    if claim.renews.is_none() {
        tag(connection, place, &claim.tag).await?;
    }
    spend(connection, place, &ticket_scope(&deployment, claim.roots.epoch, *number), &ticket.nullifier).await?;
    used(connection, place, &id, &presentation.nullifier).await
}

/// The claimant's nullifier.
async fn used(
    connection: &mut SqliteConnection,
    place: u64,
    claim: &ClaimId,
    nullifier: &Nullifier,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO reviews (claim, nullifier, act, entry) VALUES (?, ?, 'claim', ?)")
        .bind(claim.as_bytes().as_slice())
        .bind(nullifier.to_bytes().to_vec())
        .bind(integer(place))
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn recusal(
    connection: &mut SqliteConnection,
    place: u64,
    scope: &Scope,
    presentation: &Presentation,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "INSERT INTO reviews (claim, nullifier, act, entry) SELECT id, ?, 'recusal', ? FROM claims WHERE scope = ?",
    )
    .bind(presentation.nullifier.to_bytes().to_vec())
    .bind(integer(place))
    .bind(scope.to_bytes().to_vec())
    .execute(connection)
    .await?;
    one_row(&result)
}

pub(super) async fn review(
    connection: &mut SqliteConnection,
    place: u64,
    scope: &Scope,
    review: &CommittedReview,
) -> Result<(), StoreError> {
    let CommittedReview { presentation, commitment } = review;
    let result = sqlx::query(
        "INSERT INTO reviews (claim, nullifier, act, commitment, entry)
         SELECT id, ?, 'review', ?, ? FROM claims WHERE scope = ?",
    )
    .bind(presentation.nullifier.to_bytes().to_vec())
    .bind(commitment.as_bytes().as_slice())
    .bind(integer(place))
    .bind(scope.to_bytes().to_vec())
    .execute(&mut *connection)
    .await?;
    one_row(&result)?;
    tag(connection, place, &presentation.tag).await
}

pub(super) async fn ruling(
    connection: &mut SqliteConnection,
    place: u64,
    scope: &Scope,
    ruling: &Ruling,
) -> Result<(), StoreError> {
    let result = sqlx::query("UPDATE claims SET ruled = ?, state = ? WHERE scope = ? AND state = 'open'")
        .bind(integer(place))
        .bind(ClaimState::from(ruling.outcome).as_str())
        .bind(scope.to_bytes().to_vec())
        .execute(connection)
        .await?;
    one_row(&result)
}

/// What is granted to a rejected claim overturns its rejection. The credential of an accepted one is granted behind its ruling, and
/// most grants belong to no claim at all.
pub(super) async fn granted(connection: &mut SqliteConnection, credential: &CredentialId) -> Result<(), StoreError> {
    turn(connection, credential, ClaimState::Rejected, ClaimState::Accepted).await
}

/// A claim whose credential is revoked holds nothing any more.
pub(super) async fn revoked(connection: &mut SqliteConnection, credential: &CredentialId) -> Result<(), StoreError> {
    turn(connection, credential, ClaimState::Accepted, ClaimState::Revoked).await
}

async fn turn(
    connection: &mut SqliteConnection,
    credential: &CredentialId,
    from: ClaimState,
    to: ClaimState,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE claims SET state = ? WHERE credential = ? AND state = ?")
        .bind(to.as_str())
        .bind(credential.to_bytes().to_vec())
        .bind(from.as_str())
        .execute(connection)
        .await?;
    Ok(())
}
