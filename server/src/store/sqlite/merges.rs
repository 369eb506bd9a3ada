//! Merges of notes.

use aiq_circuits::{
    identity::{OwnerTag, SpendNullifier},
    merge::SLOTS,
};
use aiq_verifier::{
    log::{Act, Entry},
    merge::Merge,
};
use sqlx::SqliteConnection;

use super::{SqliteStore, epochs, log};
use crate::store::{Accepted, Logged, MergeRefusal, StoreError};

pub(super) async fn merge(
    connection: &mut SqliteConnection,
    merge: Merge,
    now: u32,
) -> Result<Result<Accepted<Logged>, MergeRefusal>, StoreError> {
    let known = first_to(connection, &merge.tag).await?;
    // The same content again, also in a later epoch: the answer may have been lost on its way. Another proof of it is the same content.
    if let Some((logged, Entry { act: Act::Merge(first), .. })) = &known
        && *first == (Merge { proof: first.proof.clone(), ..merge.clone() })
    {
        return Ok(Ok(Accepted::Repeated(*logged)));
    }
    if is_any_spent(connection, &merge.spends).await? {
        return Ok(Err(MergeRefusal::Spent));
    }
    if known.is_some() {
        return Ok(Err(MergeRefusal::TagUsed));
    }
    let latest = epochs::latest_in(connection).await?.checkpoint.epoch;
    if merge.epoch != latest {
        return Ok(Err(MergeRefusal::StaleEpoch(latest)));
    }
    if now >= merge.balance.expires_at {
        return Ok(Err(MergeRefusal::Expired));
    }
    let entry = Entry { at: now, act: Act::Merge(merge) };
    Ok(Ok(Accepted::New(log::append(connection, &entry, None).await?)))
}

/// The entry that names a tag first.
async fn first_to(connection: &mut SqliteConnection, tag: &OwnerTag) -> Result<Option<(Logged, Entry)>, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM tags JOIN log_entries ON place = tags.entry WHERE tag = ?",
    )
    .bind(tag.to_bytes().to_vec())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(log::logged).transpose()
}

async fn is_any_spent(connection: &mut SqliteConnection, spends: &[SpendNullifier; SLOTS]) -> Result<bool, StoreError> {
    for spend in spends {
        let spent: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM spends WHERE spend = ?)")
            .bind(spend.to_bytes().to_vec())
            .fetch_one(&mut *connection)
            .await?;
        if spent {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a merge was made for this tag.
pub(super) async fn has_merged(store: &SqliteStore, tag: &OwnerTag) -> Result<bool, StoreError> {
    let known = first_to(&mut *store.readers.acquire().await?, tag).await?;
    Ok(matches!(known, Some((_, Entry { act: Act::Merge(_), .. }))))
}
