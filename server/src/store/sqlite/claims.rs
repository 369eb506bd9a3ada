//! Claims: opening and reading them.

use aiq_circuits::{
    identity::{Nullifier, OwnerTag},
    scope::Scope,
};
use aiq_verifier::{
    claim::{Claim, ClaimId, NewClaim, WorkId, ticket_scope},
    log::{Act, Entry},
    poll::PollId,
    review::Ruling,
    standard::Standard,
};
use sqlx::{QueryBuilder, Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore, apply,
    columns::{bytes, number, prefix, short_number},
    epochs, log, standards,
    votes::scope,
};
use crate::store::{Accepted, ClaimFilter, ClaimRecord, ClaimRefusal, ClaimState, Logged, RenewalFault, StoreError};

/// Opens a claim, if nothing has changed since the service looked, and nothing of it is used.
pub(super) async fn open(
    connection: &mut SqliteConnection,
    new: Box<NewClaim>,
    now: u32,
) -> Result<Result<Accepted<Logged>, ClaimRefusal>, StoreError> {
    let claim = &new.claim;
    if let Some((first, _)) = entry_of(connection, &claim.id()).await? {
        return Ok(Ok(Accepted::Repeated(first)));
    }
    let latest = epochs::latest_in(connection).await?.checkpoint.epoch;
    if claim.roots.epoch != latest {
        return Ok(Err(ClaimRefusal::StaleEpoch(latest)));
    }
    let governing = standards::governing(connection, &claim.domain).await?.map(|record| record.standard.id());
    if governing != Some(claim.standard) {
        return Ok(Err(ClaimRefusal::OtherStandard(governing)));
    }
    let ticket = ticket_scope(&apply::deployment(connection).await?, latest, new.number);
    if is_spent(connection, &ticket, &new.ticket.nullifier).await? {
        return Ok(Err(ClaimRefusal::TicketUsed));
    }
    if let Some(renewed) = &claim.renews {
        if let Some(fault) = renewal_fault(connection, claim, renewed).await? {
            return Ok(Err(ClaimRefusal::Renewal(fault)));
        }
    } else if is_tag_used(connection, &claim.tag).await? {
        return Ok(Err(ClaimRefusal::TagUsed));
    }
    if let Some(holder) = holder(connection, claim.works(), claim.renews.as_ref()).await? {
        return Ok(Err(ClaimRefusal::WorkTaken(holder)));
    }
    let entry = Entry { at: now, act: Act::Claim(new) };
    Ok(Ok(Accepted::New(log::append(connection, &entry, None).await?)))
}

/// Whether a nullifier has acted in a scope.
pub(super) async fn is_spent(
    connection: &mut SqliteConnection,
    scope: &Scope,
    nullifier: &Nullifier,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM spent_scopes WHERE scope = ? AND nullifier = ?")
        .bind(scope.to_bytes().to_vec())
        .bind(nullifier.to_bytes().to_vec())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Whether something was or will be granted to a tag.
pub(super) async fn is_tag_used(connection: &mut SqliteConnection, tag: &OwnerTag) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM tags WHERE tag = ?")
        .bind(tag.to_bytes().to_vec())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// A claim that holds one of the works, being open or accepted; `except` holds nothing.
pub(super) async fn holder(
    connection: &mut SqliteConnection,
    works: impl IntoIterator<Item = WorkId>,
    except: Option<&ClaimId>,
) -> Result<Option<ClaimId>, StoreError> {
    let mut query = QueryBuilder::new("SELECT id FROM works JOIN claims ON id = claim WHERE work IN (");
    let mut list = query.separated(", ");
    for work in works {
        list.push_bind(work.as_bytes().to_vec());
    }
    query.push(") AND state IN ('open', 'accepted') AND id IS NOT ");
    query.push_bind(except.map(|claim| claim.as_bytes().to_vec()));
    query.push(" LIMIT 1");
    let row = query.build().fetch_optional(connection).await?;
    row.map(|row| Ok(ClaimId::new(bytes(&row, "id")?))).transpose()
}

async fn renewal_fault(
    connection: &mut SqliteConnection,
    claim: &Claim,
    renewed: &ClaimId,
) -> Result<Option<RenewalFault>, StoreError> {
    let Some((_, old)) = entry_of(connection, renewed).await? else { return Ok(Some(RenewalFault::Unknown)) };
    let row = sqlx::query("SELECT state FROM claims WHERE id = ?")
        .bind(renewed.as_bytes().as_slice())
        .fetch_one(connection)
        .await?;
    Ok(if state(&row)? != ClaimState::Accepted {
        Some(RenewalFault::NotAccepted)
    } else if old.tag != claim.tag {
        Some(RenewalFault::Tag)
    } else if old.domain != claim.domain {
        Some(RenewalFault::Domain)
    } else {
        None
    })
}

/// A claim and its entry.
async fn entry_of(connection: &mut SqliteConnection, id: &ClaimId) -> Result<Option<(Logged, Claim)>, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM claims JOIN log_entries ON place = claims.entry WHERE id = ?",
    )
    .bind(id.as_bytes().as_slice())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(claim).transpose()
}

/// The claim in a row of the log.
fn claim(row: &SqliteRow) -> Result<(Logged, Claim), StoreError> {
    let (logged, entry) = log::logged(row)?;
    match entry.act {
        Act::Claim(new) => Ok((logged, new.claim)),
        _ => Err(StoreError::Corrupt("claim")),
    }
}

fn state(row: &SqliteRow) -> Result<ClaimState, StoreError> {
    let text: &str = row.try_get("state")?;
    ClaimState::ALL.into_iter().find(|state| state.as_str() == text).ok_or(StoreError::Corrupt("state"))
}

/// Selects a claim's entry and its row, the entries of its standard and of its ruling, and the poll of its open dispute.
macro_rules! select_claims {
    ($rest:literal) => {
        concat!(
            "SELECT opened.place, opened.entry, scope, closes_at, state, pinned.entry AS standard, ruled,
                ruling.entry AS ruling,
                (SELECT poll FROM disputes JOIN polls ON polls.id = poll
                 WHERE disputes.claim = claims.id AND tallied IS NULL) AS dispute
             FROM claims JOIN log_entries AS opened ON opened.place = claims.entry
                JOIN standards ON standards.id = claims.standard
                JOIN log_entries AS pinned ON pinned.place = standards.entry
                LEFT JOIN log_entries AS ruling ON ruling.place = claims.ruled ",
            $rest
        )
    };
}

/// A claim, inside a transaction.
pub(super) async fn one(connection: &mut SqliteConnection, id: &ClaimId) -> Result<Option<ClaimRecord>, StoreError> {
    let row = sqlx::query(select_claims!("WHERE claims.id = ?"))
        .bind(id.as_bytes().as_slice())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(record).transpose()
}

pub(super) async fn read_one(store: &SqliteStore, id: ClaimId) -> Result<Option<ClaimRecord>, StoreError> {
    one(&mut *store.readers.acquire().await?, &id).await
}

pub(super) async fn list(
    store: &SqliteStore,
    filter: ClaimFilter,
    after: Option<ClaimId>,
    limit: u32,
) -> Result<Vec<ClaimRecord>, StoreError> {
    let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
    let domains = filter.domain.map_or_else(Vec::new, prefix);
    let rows = sqlx::query(select_claims!(
        "WHERE claims.id > ?1 AND state = coalesce(?2, state) AND substr(domain, 1, length(?3)) = ?3
         ORDER BY claims.id LIMIT ?4"
    ))
    .bind(after)
    .bind(filter.state.map(ClaimState::as_str))
    .bind(domains)
    .bind(limit)
    .fetch_all(&store.readers)
    .await?;
    rows.iter().map(record).collect()
}

fn record(row: &SqliteRow) -> Result<ClaimRecord, StoreError> {
    let (logged, claim) = claim(row)?;
    let ruling: Option<&[u8]> = row.try_get("ruling")?;
    let dispute: Option<&[u8]> = row.try_get("dispute")?;
    Ok(ClaimRecord {
        claim,
        scope: scope(row)?,
        logged,
        closes_at: short_number(row, "closes_at")?,
        state: state(row)?,
        standard: standard(row.try_get("standard")?)?,
        ruling: ruling.map(|canonical| self::ruling(number(row, "ruled")?, canonical)).transpose()?,
        dispute: dispute.map(|_| bytes(row, "dispute").map(PollId::new)).transpose()?,
    })
}

fn standard(canonical: &[u8]) -> Result<Standard, StoreError> {
    match Entry::decode(canonical).map(|entry| entry.act) {
        Ok(Act::Standard { standard, .. }) => Ok(standard),
        _ => Err(StoreError::Corrupt("standard")),
    }
}

fn ruling(index: u64, canonical: &[u8]) -> Result<(Ruling, Logged), StoreError> {
    match log::decoded(index, canonical)? {
        (logged, Entry { act: Act::Ruling { ruling, .. }, .. }) => Ok((ruling, logged)),
        _ => Err(StoreError::Corrupt("ruling")),
    }
}

/// Open claims that take nothing more.
pub(super) async fn due(store: &SqliteStore, now: u32) -> Result<Vec<ClaimId>, StoreError> {
    let rows = sqlx::query("SELECT id FROM claims WHERE state = 'open' AND closes_at <= ? ORDER BY closes_at, id")
        .bind(now)
        .fetch_all(&store.readers)
        .await?;
    rows.iter().map(|row| Ok(ClaimId::new(bytes(row, "id")?))).collect()
}
