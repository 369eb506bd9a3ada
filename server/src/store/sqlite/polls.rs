//! Polls and their tallies.

use aiq_circuits::scope::Scope;
use aiq_verifier::{
    ceremony::Ceremony,
    log::{Act, Entry, RevokedBy},
    poll::{Change, Enactment, Outcome, PollDefinition, PollId, PollReward, SignedTally},
    presentation::Presentation,
};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore, ceremonies,
    columns::{bytes, number},
    disputes, log, reasons, shares, votes,
};
use crate::store::{AnnounceRefusal, ClosedPoll, DisputedPoll, Enacted, Logged, PollRecord, StoreError};

/// Selects a poll's entry, its counts, the entry of its tally and the one behind that, and that of the ceremony that made its key.
macro_rules! select_polls {
    ($rest:literal) => {
        concat!(
            "SELECT announced.place, announced.entry, closed, tally.entry AS tally, next.entry AS next,
                opened.entry AS ceremony,
                (SELECT count(*) FROM joins WHERE poll = polls.id) AS joined,
                (SELECT count(DISTINCT nullifier) FROM ballots WHERE poll = polls.id) AS voted
             FROM polls JOIN log_entries AS announced ON announced.place = polls.entry
                LEFT JOIN log_entries AS tally ON tally.place = polls.tallied
                LEFT JOIN log_entries AS next ON next.place = polls.tallied + 1
                LEFT JOIN ceremonies ON ceremonies.id = polls.ceremony
                LEFT JOIN log_entries AS opened ON opened.place = ceremonies.entry ",
            $rest
        )
    };
}

pub(super) async fn announce(
    connection: &mut SqliteConnection,
    definition: PollDefinition,
) -> Result<Result<Logged, AnnounceRefusal>, StoreError> {
    if let Some(ceremony) = definition.ceremony()
        && let Err(refusal) = ceremonies::is_usable(connection, &ceremony).await?
    {
        return Ok(Err(refusal));
    }
    let entry = Entry { at: definition.announced_at, act: Act::Poll(definition) };
    Ok(Ok(log::append(connection, &entry, None).await?))
}

pub(super) async fn one(store: &SqliteStore, id: &PollId) -> Result<Option<PollRecord>, StoreError> {
    let row = sqlx::query(select_polls!("WHERE polls.id = ?"))
        .bind(id.as_bytes().as_slice())
        .fetch_optional(&store.readers)
        .await?;
    let mut records = row.as_ref().map(record).transpose()?;
    shares::add_to(store, records.as_mut_slice()).await?;
    Ok(records)
}

pub(super) async fn list(
    store: &SqliteStore,
    after: Option<PollId>,
    limit: u32,
) -> Result<Vec<PollRecord>, StoreError> {
    let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
    let rows = sqlx::query(select_polls!("WHERE polls.id > ? ORDER BY polls.id LIMIT ?"))
        .bind(after)
        .bind(limit)
        .fetch_all(&store.readers)
        .await?;
    let mut records: Vec<PollRecord> = rows.iter().map(record).collect::<Result<_, _>>()?;
    shares::add_to(store, &mut records).await?;
    Ok(records)
}

fn record(row: &SqliteRow) -> Result<PollRecord, StoreError> {
    let (logged, entry) = log::logged(row)?;
    let (definition, disputed) = announced(entry.act)?;
    let (tally, closed): (Option<&[u8]>, Option<i64>) = (row.try_get("tally")?, row.try_get("closed")?);
    let tally = tally.map(read_tally).transpose()?;
    let ceremony: Option<&[u8]> = row.try_get("ceremony")?;
    let enacted = match &tally {
        Some(tally) => enacted(&definition, tally, row.try_get("next")?)?,
        None => None,
    };
    Ok(PollRecord {
        definition,
        logged,
        joined: number(row, "joined")?,
        voted: number(row, "voted")?,
        closed: closed.is_some(),
        ceremony: ceremony.map(read_ceremony).transpose()?,
        shares: Vec::new(),
        tally,
        disputed,
        enacted,
    })
}

/// What an entry announces, and the dispute that does if one does.
pub(super) fn announced(act: Act) -> Result<(PollDefinition, Option<DisputedPoll>), StoreError> {
    match act {
        Act::Poll(definition) => Ok((definition, None)),
        Act::Dispute { claim, dispute, poll } => Ok((*poll, Some(DisputedPoll { claim, dispute }))),
        _ => Err(StoreError::Corrupt("poll")),
    }
}

/// What the entry behind the tally has to do with its enactment.
fn enacted(
    definition: &PollDefinition,
    tally: &SignedTally,
    next: Option<&[u8]>,
) -> Result<Option<Enacted>, StoreError> {
    let passed = |enactment: &&Enactment| enactment.follows_from(&tally.tally);
    let Some(Enactment { change: Change::Overturn { claim }, .. }) = definition.enactment.as_ref().filter(passed)
    else {
        return Ok(None);
    };
    let next = next.map(Entry::decode).transpose().map_err(|_| StoreError::Corrupt("entry of the log"))?;
    Ok(Some(match next.map(|entry| entry.act) {
        Some(Act::Revocation { because: RevokedBy::Poll(scope), .. }) if scope == tally.scope => Enacted::Revoked,
        Some(Act::Grant(credential)) if credential.id == claim.credential() => Enacted::Granted,
        _ => Enacted::Nothing,
    }))
}

fn read_tally(canonical: &[u8]) -> Result<SignedTally, StoreError> {
    match Entry::decode(canonical).map(|entry| entry.act) {
        Ok(Act::Tally(tally)) => Ok(tally),
        _ => Err(StoreError::Corrupt("tally")),
    }
}

fn read_ceremony(canonical: &[u8]) -> Result<Ceremony, StoreError> {
    match Entry::decode(canonical).map(|entry| entry.act) {
        Ok(Act::Ceremony(ceremony)) => Ok(ceremony),
        _ => Err(StoreError::Corrupt("ceremony")),
    }
}

pub(super) async fn due(store: &SqliteStore, now: u32) -> Result<Vec<PollId>, StoreError> {
    let rows = sqlx::query("SELECT id FROM polls WHERE tallied IS NULL AND closes_at <= ? ORDER BY closes_at")
        .bind(now)
        .fetch_all(&store.readers)
        .await?;
    rows.iter().map(|row| Ok(PollId::new(bytes(row, "id")?))).collect()
}

pub(super) async fn close(
    connection: &mut SqliteConnection,
    id: PollId,
    now: u32,
) -> Result<Option<ClosedPoll>, StoreError> {
    let poll = id.as_bytes().as_slice();
    let row = sqlx::query("SELECT scope, closed FROM polls WHERE id = ?").bind(poll).fetch_optional(&mut *connection);
    let Some(row) = row.await? else { return Ok(None) };
    let closed: Option<i64> = row.try_get("closed")?;
    if closed.is_none() {
        let scope = votes::scope(&row)?;
        log::append(connection, &Entry { at: now, act: Act::Close { scope } }, None).await?;
    }
    let joined = sqlx::query("SELECT count(*) AS joined FROM joins WHERE poll = ?")
        .bind(poll)
        .fetch_one(&mut *connection)
        .await?;
    let ballots = sqlx::query(
        "SELECT log_entries.place, log_entries.entry, opening FROM ballots JOIN log_entries ON place = ballots.entry
         WHERE poll = ?",
    )
    .bind(poll)
    .fetch_all(&mut *connection)
    .await?;
    Ok(Some(ClosedPoll {
        joined: number(&joined, "joined")?,
        ballots: ballots.iter().map(votes::ballot).collect::<Result<_, _>>()?,
    }))
}

pub(super) async fn keep_tally(
    connection: &mut SqliteConnection,
    id: PollId,
    tally: SignedTally,
    now: u32,
) -> Result<SignedTally, StoreError> {
    let row = sqlx::query(
        "SELECT announced.place, announced.entry, tally.entry AS tally
         FROM polls JOIN log_entries AS announced ON announced.place = polls.entry
            LEFT JOIN log_entries AS tally ON tally.place = polls.tallied WHERE id = ?",
    )
    .bind(id.as_bytes().as_slice())
    .fetch_one(&mut *connection)
    .await?;
    let kept: Option<&[u8]> = row.try_get("tally")?;
    if let Some(kept) = kept {
        return read_tally(kept);
    }
    let (definition, _) = announced(log::logged(&row)?.1.act)?;
    log::append(connection, &Entry { at: now, act: Act::Tally(tally.clone()) }, None).await?;
    if let Some(enactment) = definition.enactment.filter(|enactment| enactment.follows_from(&tally.tally)) {
        disputes::enact(connection, tally.scope, enactment.change, now).await?;
    }
    if let Some(reward) = &definition.reward {
        pay(connection, &tally.scope, reward, now).await?;
    }
    let is_opened = tally.tally.outcome != Outcome::BelowFloor;
    reasons::settle(connection, (&id, tally.scope), is_opened, now).await?;
    Ok(tally)
}

/// Grants a note for every nullifier that has voted, however often: they stand right behind the tally, ascending by nullifier.
async fn pay(
    connection: &mut SqliteConnection,
    scope: &Scope,
    reward: &PollReward,
    now: u32,
) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "SELECT log_entries.place, log_entries.entry
         FROM polls JOIN joins ON joins.poll = polls.id JOIN log_entries ON place = joins.entry
         WHERE scope = ? AND EXISTS (
            SELECT 1 FROM ballots WHERE ballots.poll = joins.poll AND ballots.nullifier = joins.nullifier
         ) ORDER BY joins.nullifier",
    )
    .bind(scope.to_bytes().to_vec())
    .fetch_all(&mut *connection)
    .await?;
    for row in &rows {
        let Act::Join { join, .. } = log::logged(row)?.1.act else { return Err(StoreError::Corrupt("join")) };
        let Presentation { nullifier, tag, .. } = join.presentation;
        let note = reward.note(scope, &nullifier, tag, now);
        log::append(connection, &Entry { at: now, act: Act::Grant(note) }, None).await?;
    }
    Ok(())
}
