//! Disputes: each announces a poll.

use aiq_verifier::{claim::ClaimId, dispute::Dispute, poll::PollDefinition};
use sqlx::SqliteConnection;

use super::polls;
use crate::store::StoreError;

pub(super) async fn dispute(
    connection: &mut SqliteConnection,
    place: u64,
    claim: &ClaimId,
    dispute: &Dispute,
    poll: &PollDefinition,
) -> Result<(), StoreError> {
    polls::poll(connection, place, poll).await?;
    sqlx::query("INSERT INTO disputes (poll, claim, nullifier) VALUES (?, ?, ?)")
        .bind(poll.id.as_bytes().as_slice())
        .bind(claim.as_bytes().as_slice())
        .bind(dispute.presentation.nullifier.to_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}
