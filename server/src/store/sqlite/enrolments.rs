//! Invitations and enrolments.

use aiq_circuits::identity::Commitment;
use aiq_verifier::receipt::Receipt;
use sqlx::Row as _;

use super::{
    SqliteStore,
    columns::{json, short_number, to_json},
};
use crate::store::{Accepted, EnrolRefusal, StoreError};

pub(super) async fn invite(store: &SqliteStore, hashes: &[[u8; 32]], expires_at: u32) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    for hash in hashes {
        sqlx::query("INSERT INTO invitations (token_hash, expires_at) VALUES (?, ?)")
            .bind(hash.as_slice())
            .bind(expires_at)
            .execute(&mut *transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

pub(super) async fn enrol(
    store: &SqliteStore,
    invitation: &[u8; 32],
    commitment: Commitment,
    receipt: &Receipt,
) -> Result<Result<Accepted<Receipt>, EnrolRefusal>, StoreError> {
    let member = commitment.to_bytes();
    let mut transaction = store.begin().await?;
    let found = sqlx::query("SELECT expires_at, used_by FROM invitations WHERE token_hash = ?")
        .bind(invitation.as_slice())
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(found) = found else { return Ok(Err(EnrolRefusal::UnknownInvitation)) };
    let used_by: Option<Vec<u8>> = found.try_get("used_by")?;
    let enrolled = sqlx::query("SELECT receipt FROM members WHERE commitment = ?")
        .bind(member.as_slice())
        .fetch_optional(&mut *transaction)
        .await?;
    // The same pair again, also after the invitation's time: the answer may have been lost on its way.
    match (used_by, enrolled) {
        (Some(used_by), Some(enrolled)) if used_by == member => {
            return Ok(Ok(Accepted::Repeated(json(&enrolled, "receipt")?)));
        }
        (Some(_), _) => return Ok(Err(EnrolRefusal::Used)),
        (None, Some(_)) => return Ok(Err(EnrolRefusal::AlreadyEnrolled)),
        (None, None) => {}
    }
    let expires_at = short_number(&found, "expires_at")?;
    if receipt.accepted_at >= expires_at {
        return Ok(Err(EnrolRefusal::Expired(expires_at)));
    }
    sqlx::query("INSERT INTO members (commitment, receipt) VALUES (?, ?)")
        .bind(member.as_slice())
        .bind(to_json(receipt, "receipt")?)
        .execute(&mut *transaction)
        .await?;
    sqlx::query("UPDATE invitations SET used_by = ? WHERE token_hash = ?")
        .bind(member.as_slice())
        .bind(invitation.as_slice())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Ok(Accepted::New(receipt.clone())))
}
