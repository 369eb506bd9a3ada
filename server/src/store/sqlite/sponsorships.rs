//! Members' invitations.

use aiq_circuits::identity::Nullifier;
use aiq_verifier::{
    log::{Act, Entry},
    sponsorship::Sponsorship,
};
use sqlx::SqliteConnection;

use super::{SqliteStore, epochs, log};
use crate::store::{Accepted, Logged, SponsorRefusal, StoreError};

pub(super) async fn sponsor(
    connection: &mut SqliteConnection,
    sponsorship: Sponsorship,
    now: u32,
) -> Result<Result<Accepted<Logged>, SponsorRefusal>, StoreError> {
    let first = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM sponsorships JOIN log_entries ON place = sponsorships.entry
         WHERE nullifier = ?",
    )
    .bind(sponsorship.presentation.nullifier.to_bytes().to_vec())
    .fetch_optional(&mut *connection)
    .await?;
    // The same content again, also in a later epoch: the answer may have been lost on its way.
    if let Some(first) = first {
        let (logged, entry) = log::logged(&first)?;
        let Act::Sponsorship(first) = entry.act else { return Err(StoreError::Corrupt("sponsorship")) };
        let is_same = first.token_hash == sponsorship.token_hash;
        return Ok(if is_same { Ok(Accepted::Repeated(logged)) } else { Err(SponsorRefusal::NullifierUsed) });
    }
    let latest = epochs::latest_in(connection).await?.checkpoint.epoch;
    if sponsorship.epoch != latest {
        return Ok(Err(SponsorRefusal::StaleEpoch(latest)));
    }
    let hash = sponsorship.token_hash.as_bytes().as_slice();
    let known: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM invitations WHERE token_hash = ?1)
             OR EXISTS (SELECT 1 FROM sponsorships WHERE token_hash = ?1)",
    )
    .bind(hash)
    .fetch_one(&mut *connection)
    .await?;
    if known {
        return Ok(Err(SponsorRefusal::TokenKnown));
    }
    let entry = Entry { at: now, act: Act::Sponsorship(sponsorship) };
    Ok(Ok(Accepted::New(log::append(connection, &entry, None).await?)))
}

pub(super) async fn has_sponsored(store: &SqliteStore, nullifier: &Nullifier) -> Result<bool, StoreError> {
    let known = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sponsorships WHERE nullifier = ?)")
        .bind(nullifier.to_bytes().to_vec())
        .fetch_one(&store.readers)
        .await?;
    Ok(known)
}
