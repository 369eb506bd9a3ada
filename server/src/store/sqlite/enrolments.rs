//! Invitations and enrolments.

use aiq_circuits::identity::Commitment;
use aiq_verifier::{
    log::{Act, EnrolledBy, Entry},
    withdrawal::WithdrawalKey,
};
use sqlx::{Row as _, SqliteConnection};

use super::{
    SqliteStore,
    columns::{number, short_number},
    log,
};
use crate::store::{Accepted, EnrolRefusal, Invitations, Logged, StoreError};

pub(super) async fn invite(
    connection: &mut SqliteConnection,
    hashes: Vec<[u8; 32]>,
    expires_at: u32,
    now: u32,
) -> Result<(), StoreError> {
    for hash in &hashes {
        sqlx::query("INSERT INTO invitations (token_hash, expires_at) VALUES (?, ?)")
            .bind(hash.as_slice())
            .bind(expires_at)
            .execute(&mut *connection)
            .await?;
    }
    let count = u32::try_from(hashes.len()).map_err(|_| StoreError::Corrupt("number of invitations"))?;
    log::append(connection, &Entry { at: now, act: Act::Invitations { count, expires_at } }, None).await?;
    Ok(())
}

pub(super) async fn enrol(
    connection: &mut SqliteConnection,
    invitation: [u8; 32],
    (commitment, withdrawal_key): (Commitment, WithdrawalKey),
    now: u32,
) -> Result<Result<Accepted<Logged>, EnrolRefusal>, StoreError> {
    let member = commitment.to_bytes();
    let found = sqlx::query(
        "SELECT expires_at, used_by FROM (
            SELECT token_hash, expires_at FROM invitations UNION ALL SELECT token_hash, expires_at FROM sponsorships
         ) LEFT JOIN invitations_used USING (token_hash) WHERE token_hash = ?",
    )
    .bind(invitation.as_slice())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(found) = found else { return Ok(Err(EnrolRefusal::UnknownInvitation)) };
    let used_by: Option<Vec<u8>> = found.try_get("used_by")?;
    let enrolled = sqlx::query(
        "SELECT log_entries.place, log_entries.entry, members.removal IS NOT NULL AS withdrawn
         FROM members JOIN log_entries ON place = members.entry WHERE commitment = ?",
    )
    .bind(member.as_slice())
    .fetch_optional(&mut *connection)
    .await?;
    // The same again, also after the invitation's time: the answer may have been lost on its way.
    match (used_by, enrolled) {
        (Some(used_by), Some(enrolled)) if used_by == member => {
            return Ok(match log::logged(&enrolled)? {
                (logged, Entry { act: Act::Enrolment { withdrawal_key: registered, .. }, .. })
                    if registered == withdrawal_key =>
                {
                    Ok(Accepted::Repeated(logged))
                }
                _ => Err(EnrolRefusal::AlreadyEnrolled),
            });
        }
        (Some(_), _) => return Ok(Err(EnrolRefusal::Used)),
        (None, Some(enrolled)) if enrolled.try_get("withdrawn")? => return Ok(Err(EnrolRefusal::Withdrawn)),
        (None, Some(_)) => return Ok(Err(EnrolRefusal::AlreadyEnrolled)),
        (None, None) => {}
    }
    let expires_at = short_number(&found, "expires_at")?;
    if now >= expires_at {
        return Ok(Err(EnrolRefusal::Expired(expires_at)));
    }
    let act = Act::Enrolment { commitment, withdrawal_key, by: EnrolledBy::Invitation };
    let logged = log::append(connection, &Entry { at: now, act }, None).await?;
    sqlx::query("INSERT INTO invitations_used (token_hash, used_by) VALUES (?, ?)")
        .bind(invitation.as_slice())
        .bind(member.as_slice())
        .execute(connection)
        .await?;
    Ok(Ok(Accepted::New(logged)))
}

pub(super) async fn count(store: &SqliteStore) -> Result<Invitations, StoreError> {
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM invitations) AS administrator, (SELECT count(*) FROM sponsorships) AS members",
    )
    .fetch_one(&store.readers)
    .await?;
    Ok(Invitations { administrator: number(&row, "administrator")?, members: number(&row, "members")? })
}
