//! Joins and ballots.

use aiq_circuits::{identity::Nullifier, scope::Scope};
use aiq_verifier::{
    log::{Act, Entry, EntryOpening},
    poll::{Ballot, BallotKey, Join, PollId},
};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    claims::is_tag_used,
    columns::{bytes, short_number},
    log, reasons,
};
use crate::store::{Accepted, JoinRefusal, Logged, SealedReason, StoreError, VoteRefusal};

/// What a poll's row says about taking more.
struct State {
    scope: Scope,
    opens_at: u32,
    closes_at: u32,
    rewards: bool,
    closed: bool,
    withdrawn: bool,
}

impl State {
    async fn of(connection: &mut SqliteConnection, poll: &PollId) -> Result<Option<Self>, StoreError> {
        let row = sqlx::query("SELECT scope, opens_at, closes_at, rewards, closed, withdrawn FROM polls WHERE id = ?")
            .bind(poll.as_bytes().as_slice())
            .fetch_optional(connection)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let (closed, withdrawn): (Option<i64>, Option<i64>) = (row.try_get("closed")?, row.try_get("withdrawn")?);
        Ok(Some(Self {
            scope: scope(&row)?,
            opens_at: short_number(&row, "opens_at")?,
            closes_at: short_number(&row, "closes_at")?,
            rewards: row.try_get("rewards")?,
            closed: closed.is_some(),
            withdrawn: withdrawn.is_some(),
        }))
    }

    /// Closed by time, or by the count of the ballots, whatever another process's clock says.
    const fn is_closed(&self, now: u32) -> bool {
        self.closed || now >= self.closes_at
    }
}

/// The scope in the row of a poll or a claim.
pub(super) fn scope(row: &SqliteRow) -> Result<Scope, StoreError> {
    Scope::from_bytes(&bytes(row, "scope")?).map_err(|_| StoreError::Corrupt("scope"))
}

pub(super) async fn join(
    connection: &mut SqliteConnection,
    poll: PollId,
    join: Join,
    now: u32,
) -> Result<Result<Accepted<Logged>, JoinRefusal>, StoreError> {
    let Some(state) = State::of(connection, &poll).await? else { return Ok(Err(JoinRefusal::UnknownPoll)) };
    let first = sqlx::query(
        "SELECT ballot_key, log_entries.place, log_entries.entry FROM joins JOIN log_entries ON place = joins.entry
         WHERE poll = ? AND nullifier = ?",
    )
    .bind(poll.as_bytes().as_slice())
    .bind(join.presentation.nullifier.to_bytes().to_vec())
    .fetch_optional(&mut *connection)
    .await?;
    // The same content again, also after the close: the answer may have been lost on its way.
    if let Some(first) = first {
        return if bytes(&first, "ballot_key")? == *join.ballot_key.as_bytes() {
            Ok(Ok(Accepted::Repeated(log::logged(&first)?.0)))
        } else {
            Ok(Err(JoinRefusal::OtherKey))
        };
    }
    if state.withdrawn {
        return Ok(Err(JoinRefusal::Withdrawn));
    }
    if state.is_closed(now) {
        return Ok(Err(JoinRefusal::Closed));
    }
    if state.rewards && is_tag_used(connection, &join.presentation.tag).await? {
        return Ok(Err(JoinRefusal::TagUsed));
    }
    let entry = Entry { at: now, act: Act::Join { scope: state.scope, join } };
    Ok(Ok(Accepted::New(log::append(connection, &entry, None).await?)))
}

pub(super) async fn ballot_key(
    store: &SqliteStore,
    poll: &PollId,
    nullifier: &Nullifier,
) -> Result<Option<BallotKey>, StoreError> {
    let row = sqlx::query("SELECT ballot_key FROM joins WHERE poll = ? AND nullifier = ?")
        .bind(poll.as_bytes().as_slice())
        .bind(nullifier.to_bytes().to_vec())
        .fetch_optional(&store.readers)
        .await?;
    row.map(|row| Ok(BallotKey::new(bytes(&row, "ballot_key")?))).transpose()
}

pub(super) async fn joins(
    store: &SqliteStore,
    poll: &PollId,
    after: Option<Nullifier>,
    limit: u32,
) -> Result<Vec<Join>, StoreError> {
    let after = after.map_or_else(Vec::new, |nullifier| nullifier.to_bytes().to_vec());
    let rows = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM joins JOIN log_entries ON place = joins.entry
         WHERE poll = ? AND nullifier > ? ORDER BY nullifier LIMIT ?",
    )
    .bind(poll.as_bytes().as_slice())
    .bind(after)
    .bind(limit)
    .fetch_all(&store.readers)
    .await?;
    let join = |row| match log::logged(row)?.1.act {
        Act::Join { join, .. } => Ok(join),
        _ => Err(StoreError::Corrupt("join")),
    };
    rows.iter().map(join).collect()
}

pub(super) async fn vote(
    connection: &mut SqliteConnection,
    poll: PollId,
    (ballot, reason): (Ballot, Option<SealedReason>),
    now: u32,
) -> Result<Result<Accepted<Logged>, VoteRefusal>, StoreError> {
    let Some(state) = State::of(connection, &poll).await? else { return Ok(Err(VoteRefusal::UnknownPoll)) };
    let (poll, nullifier) = (poll.as_bytes().as_slice(), ballot.nullifier.to_bytes());
    let joined = sqlx::query("SELECT 1 FROM joins WHERE poll = ? AND nullifier = ?")
        .bind(poll)
        .bind(nullifier.as_slice())
        .fetch_optional(&mut *connection)
        .await?;
    if joined.is_none() {
        return Ok(Err(VoteRefusal::NotJoined));
    }
    let last = sqlx::query(
        "SELECT seq, log_entries.place, log_entries.entry FROM ballots JOIN log_entries ON place = ballots.entry
         WHERE poll = ? AND nullifier = ? ORDER BY seq DESC LIMIT 1",
    )
    .bind(poll)
    .bind(nullifier.as_slice())
    .fetch_optional(&mut *connection)
    .await?;
    let committed = ballot.committed();
    if let Some(last) = last {
        let seq = short_number(&last, "seq")?;
        // The same content again, also after the close: the answer may have been lost on its way.
        if seq == ballot.seq {
            let (logged, entry) = log::logged(&last)?;
            let is_same = entry.act == Act::Ballot(committed);
            return Ok(if is_same { Ok(Accepted::Repeated(logged)) } else { Err(VoteRefusal::SeqUsed) });
        }
        if seq > ballot.seq {
            return Ok(Err(VoteRefusal::Superseded(seq)));
        }
    }
    if state.withdrawn {
        return Ok(Err(VoteRefusal::Withdrawn));
    }
    if now < state.opens_at {
        return Ok(Err(VoteRefusal::NotOpen));
    }
    if state.is_closed(now) {
        return Ok(Err(VoteRefusal::Closed));
    }
    reasons::keep(connection, poll, &nullifier, reason).await?;
    let entry = Entry { at: now, act: Act::Ballot(committed) };
    Ok(Ok(Accepted::New(log::append(connection, &entry, Some(&EntryOpening::Ballot(ballot.opening()))).await?)))
}

pub(super) async fn ballots(
    store: &SqliteStore,
    poll: &PollId,
    after: Option<(Nullifier, u32)>,
    limit: u32,
) -> Result<Vec<Ballot>, StoreError> {
    let (nullifier, seq) =
        after.map_or_else(|| (Vec::new(), 0), |(nullifier, seq)| (nullifier.to_bytes().to_vec(), seq));
    let rows = sqlx::query(
        "SELECT log_entries.place, log_entries.entry, opening FROM ballots JOIN log_entries ON place = ballots.entry
         WHERE poll = ? AND (nullifier, seq) > (?, ?) ORDER BY nullifier, seq LIMIT ?",
    )
    .bind(poll.as_bytes().as_slice())
    .bind(nullifier)
    .bind(seq)
    .bind(limit)
    .fetch_all(&store.readers)
    .await?;
    rows.iter().map(ballot).collect()
}

/// The ballot in a row of the log.
pub(super) fn ballot(row: &SqliteRow) -> Result<Ballot, StoreError> {
    let corrupt = || StoreError::Corrupt("ballot");
    match (log::logged(row)?.1.act, log::opening(row)?) {
        (Act::Ballot(committed), EntryOpening::Ballot(opening)) => committed.open(opening).ok_or_else(corrupt),
        _ => Err(corrupt()),
    }
}
