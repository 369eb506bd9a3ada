//! Polls that members propose, and polls that are withdrawn before they open.

use aiq_circuits::identity::Nullifier;
use aiq_verifier::{
    log::{Act, Entry},
    poll::{PollDefinition, PollId},
    proposal::{Proposal, WithdrawnBy},
};
use sqlx::{Row as _, SqliteConnection};

use super::{
    SqliteStore,
    columns::{bytes, short_number},
    epochs, governance, log, polls, votes,
};
use crate::store::{Accepted, Logged, PollWithdrawalRefusal, ProposeRefusal, StoreError};

/// Announces what a member proposes, once.
pub(super) async fn propose(
    connection: &mut SqliteConnection,
    proposal: Proposal,
    poll: Box<PollDefinition>,
) -> Result<Result<Accepted<Logged>, ProposeRefusal>, StoreError> {
    let first = sqlx::query(
        "SELECT log_entries.place, log_entries.entry
         FROM proposals JOIN polls ON polls.id = poll JOIN log_entries ON place = polls.entry WHERE nullifier = ?",
    )
    .bind(proposal.presentation.nullifier.to_bytes().to_vec())
    .fetch_optional(&mut *connection)
    .await?;
    // The same content again, also in a later epoch: the answer may have been lost on its way.
    if let Some(first) = first {
        let (logged, entry) = log::logged(&first)?;
        let Act::Proposal { proposal: before, poll: announced } = entry.act else {
            return Err(StoreError::Corrupt("proposal"));
        };
        let is_same = before.withdrawal_key == proposal.withdrawal_key && announced.draft() == poll.draft();
        return Ok(if is_same { Ok(Accepted::Repeated(logged)) } else { Err(ProposeRefusal::NullifierUsed) });
    }
    let latest = epochs::latest_in(connection).await?.checkpoint.epoch;
    if proposal.epoch != latest {
        return Ok(Err(ProposeRefusal::StaleEpoch(latest)));
    }
    if let Err(refusal) = governance::check(connection, &poll).await? {
        return Ok(Err(ProposeRefusal::Poll(refusal)));
    }
    let entry = Entry { at: poll.announced_at, act: Act::Proposal { proposal, poll } };
    Ok(Ok(Accepted::New(log::append(connection, &entry, None).await?)))
}

/// The poll that a nullifier has proposed.
pub(super) async fn poll_of(store: &SqliteStore, nullifier: &Nullifier) -> Result<Option<PollId>, StoreError> {
    let row = sqlx::query("SELECT poll FROM proposals WHERE nullifier = ?")
        .bind(nullifier.to_bytes().to_vec())
        .fetch_optional(&store.readers)
        .await?;
    row.map(|row| Ok(PollId::new(bytes(&row, "poll")?))).transpose()
}

/// Withdraws a poll that has not opened. The signature of a proposer was checked.
pub(super) async fn withdraw(
    connection: &mut SqliteConnection,
    id: PollId,
    by: WithdrawnBy,
    now: u32,
) -> Result<Result<Accepted<Logged>, PollWithdrawalRefusal>, StoreError> {
    let row = sqlx::query(
        "SELECT scope, opens_at, withdrawn, log_entries.place, log_entries.entry
         FROM polls JOIN log_entries ON place = polls.entry WHERE id = ?",
    )
    .bind(id.as_bytes().as_slice())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(Err(PollWithdrawalRefusal::UnknownPoll)) };
    let (_, origin) = polls::announced(log::logged(&row)?.1.act)?;
    let is_theirs = matches!(
        (&by, origin),
        (WithdrawnBy::Administrator {}, polls::Origin::Administrator)
            | (WithdrawnBy::Proposer { .. }, polls::Origin::Proposal(_))
    );
    if !is_theirs {
        return Ok(Err(PollWithdrawalRefusal::Foreign));
    }
    // The same again: the answer may have been lost on its way.
    let withdrawn: Option<i64> = row.try_get("withdrawn")?;
    if let Some(place) = withdrawn {
        let place = u64::try_from(place).map_err(|_| StoreError::Corrupt("withdrawal of a poll"))?;
        return Ok(Ok(Accepted::Repeated(log::at_place(connection, place).await?.0)));
    }
    let opens_at = short_number(&row, "opens_at")?;
    if now >= opens_at {
        return Ok(Err(PollWithdrawalRefusal::Opened(opens_at)));
    }
    let entry = Entry { at: now, act: Act::PollWithdrawal { scope: votes::scope(&row)?, by } };
    Ok(Ok(Accepted::New(log::append(connection, &entry, None).await?)))
}
