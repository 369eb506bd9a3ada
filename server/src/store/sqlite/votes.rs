//! Joins and ballots.

use aiq_circuits::identity::Nullifier;
use aiq_verifier::{
    poll::{Ballot, BallotKey, Join, PollId},
    receipt::Receipt,
};
use sqlx::{Row as _, Sqlite, Transaction};

use super::{
    SqliteStore,
    columns::{bytes, json, short_number, to_json},
};
use crate::store::{Accepted, JoinRefusal, StoreError, VoteRefusal};

/// What a poll's row says about taking more.
struct Times {
    opens_at: u32,
    closes_at: u32,
    closed: bool,
}

impl Times {
    async fn of(transaction: &mut Transaction<'static, Sqlite>, poll: &[u8]) -> Result<Option<Self>, StoreError> {
        let row = sqlx::query("SELECT opens_at, closes_at, closed FROM polls WHERE id = ?")
            .bind(poll)
            .fetch_optional(&mut **transaction)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Self {
            opens_at: short_number(&row, "opens_at")?,
            closes_at: short_number(&row, "closes_at")?,
            closed: row.try_get("closed")?,
        }))
    }

    /// Closed by time, or by the count of the ballots, whatever another process's clock says.
    const fn is_closed(&self, now: u32) -> bool {
        self.closed || now >= self.closes_at
    }
}

pub(super) async fn join(
    store: &SqliteStore,
    poll: &PollId,
    join: &Join,
    receipt: &Receipt,
) -> Result<Result<Accepted<Receipt>, JoinRefusal>, StoreError> {
    let (poll, nullifier) = (poll.as_bytes().as_slice(), join.presentation.nullifier.to_bytes());
    let mut transaction = store.begin().await?;
    let Some(times) = Times::of(&mut transaction, poll).await? else { return Ok(Err(JoinRefusal::UnknownPoll)) };
    let first = sqlx::query("SELECT ballot_key, receipt FROM joins WHERE poll = ? AND nullifier = ?")
        .bind(poll)
        .bind(nullifier.as_slice())
        .fetch_optional(&mut *transaction)
        .await?;
    // The same content again, also after the close: the answer may have been lost on its way.
    if let Some(first) = first {
        return if bytes(&first, "ballot_key")? == *join.ballot_key.as_bytes() {
            Ok(Ok(Accepted::Repeated(json(&first, "receipt")?)))
        } else {
            Ok(Err(JoinRefusal::OtherKey))
        };
    }
    if times.is_closed(receipt.accepted_at) {
        return Ok(Err(JoinRefusal::Closed));
    }
    sqlx::query("INSERT INTO joins (poll, nullifier, ballot_key, presentation, receipt) VALUES (?, ?, ?, ?, ?)")
        .bind(poll)
        .bind(nullifier.as_slice())
        .bind(join.ballot_key.as_bytes().as_slice())
        .bind(to_json(&join.presentation, "presentation")?)
        .bind(to_json(receipt, "receipt")?)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Ok(Accepted::New(receipt.clone())))
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
        "SELECT presentation, ballot_key FROM joins WHERE poll = ? AND nullifier > ? ORDER BY nullifier LIMIT ?",
    )
    .bind(poll.as_bytes().as_slice())
    .bind(after)
    .bind(limit)
    .fetch_all(&store.readers)
    .await?;
    let join = |row| {
        Ok(Join { presentation: json(row, "presentation")?, ballot_key: BallotKey::new(bytes(row, "ballot_key")?) })
    };
    rows.iter().map(join).collect()
}

pub(super) async fn vote(
    store: &SqliteStore,
    poll: &PollId,
    ballot: &Ballot,
    receipt: &Receipt,
) -> Result<Result<Accepted<Receipt>, VoteRefusal>, StoreError> {
    let (poll, nullifier) = (poll.as_bytes().as_slice(), ballot.nullifier.to_bytes());
    let mut transaction = store.begin().await?;
    let Some(times) = Times::of(&mut transaction, poll).await? else { return Ok(Err(VoteRefusal::UnknownPoll)) };
    let joined = sqlx::query("SELECT 1 FROM joins WHERE poll = ? AND nullifier = ?")
        .bind(poll)
        .bind(nullifier.as_slice())
        .fetch_optional(&mut *transaction)
        .await?;
    if joined.is_none() {
        return Ok(Err(VoteRefusal::NotJoined));
    }
    let last = sqlx::query(
        "SELECT seq, body, receipt FROM ballots WHERE poll = ? AND nullifier = ? ORDER BY seq DESC LIMIT 1",
    )
    .bind(poll)
    .bind(nullifier.as_slice())
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(last) = last {
        let seq = short_number(&last, "seq")?;
        // The same content again, also after the close: the answer may have been lost on its way.
        if seq == ballot.seq {
            let body: &[u8] = last.try_get("body")?;
            return if body == ballot.body {
                Ok(Ok(Accepted::Repeated(json(&last, "receipt")?)))
            } else {
                Ok(Err(VoteRefusal::SeqUsed))
            };
        }
        if seq > ballot.seq {
            return Ok(Err(VoteRefusal::Superseded(seq)));
        }
    }
    if receipt.accepted_at < times.opens_at {
        return Ok(Err(VoteRefusal::NotOpen));
    }
    if times.is_closed(receipt.accepted_at) {
        return Ok(Err(VoteRefusal::Closed));
    }
    sqlx::query("INSERT INTO ballots (poll, nullifier, seq, ballot, body, receipt) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(poll)
        .bind(nullifier.as_slice())
        .bind(ballot.seq)
        .bind(to_json(ballot, "ballot")?)
        .bind(&ballot.body)
        .bind(to_json(receipt, "receipt")?)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Ok(Accepted::New(receipt.clone())))
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
        "SELECT ballot FROM ballots WHERE poll = ? AND (nullifier, seq) > (?, ?) ORDER BY nullifier, seq LIMIT ?",
    )
    .bind(poll.as_bytes().as_slice())
    .bind(nullifier)
    .bind(seq)
    .bind(limit)
    .fetch_all(&store.readers)
    .await?;
    rows.iter().map(|row| json(row, "ballot")).collect()
}
