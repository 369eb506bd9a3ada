//! Disputes, and what follows from their polls.

use aiq_circuits::{identity::Nullifier, scope::Scope};
use aiq_verifier::{
    claim::ClaimId,
    dispute::Dispute,
    log::{Act, Entry, RevokedBy},
    poll::{PollDefinition, PollId},
};
use sqlx::SqliteConnection;

use super::{SqliteStore, claims, columns::bytes, epochs, log, polls, polls::Origin, removals};
use crate::store::{Accepted, ClaimState, DisputeRefusal, DisputedPoll, Logged, StoreError};

/// Disputes a claim, if it is decided, and announces the poll.
pub(super) async fn dispute(
    connection: &mut SqliteConnection,
    claim: ClaimId,
    dispute: Dispute,
    poll: Box<PollDefinition>,
) -> Result<Result<Accepted<Logged>, DisputeRefusal>, StoreError> {
    let Some(record) = claims::one(connection, &claim).await? else { return Ok(Err(DisputeRefusal::UnknownClaim)) };
    // The same content again, however late: the answer may have been lost on its way.
    if let Some((logged, first)) = by(connection, &dispute.presentation.nullifier).await? {
        let is_same = first.claim == claim && first.dispute.reasons == dispute.reasons;
        return Ok(if is_same { Ok(Accepted::Repeated(logged)) } else { Err(DisputeRefusal::NullifierUsed) });
    }
    if !matches!(record.state, ClaimState::Accepted | ClaimState::Rejected) {
        return Ok(Err(DisputeRefusal::State(record.state)));
    }
    if let Some(open) = record.dispute {
        return Ok(Err(DisputeRefusal::Disputed(open)));
    }
    let latest = epochs::latest_in(connection).await?.checkpoint.epoch;
    if dispute.epoch != latest {
        return Ok(Err(DisputeRefusal::StaleEpoch(latest)));
    }
    let entry = Entry { at: poll.announced_at, act: Act::Dispute { claim, dispute, poll } };
    Ok(Ok(Accepted::New(log::append(connection, &entry, None).await?)))
}

/// What a nullifier has disputed.
async fn by(
    connection: &mut SqliteConnection,
    nullifier: &Nullifier,
) -> Result<Option<(Logged, DisputedPoll)>, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry
         FROM disputes JOIN polls ON polls.id = poll JOIN log_entries ON place = polls.entry WHERE nullifier = ?",
    )
    .bind(nullifier.to_bytes().to_vec())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (logged, entry) = log::logged(&row)?;
    match polls::announced(entry.act)? {
        (_, Origin::Dispute(disputed)) => Ok(Some((logged, disputed))),
        _ => Err(StoreError::Corrupt("dispute")),
    }
}

/// The poll that a nullifier's dispute has announced.
pub(super) async fn poll_of(store: &SqliteStore, nullifier: &Nullifier) -> Result<Option<PollId>, StoreError> {
    let row = sqlx::query("SELECT poll FROM disputes WHERE nullifier = ?")
        .bind(nullifier.to_bytes().to_vec())
        .fetch_optional(&store.readers)
        .await?;
    row.map(|row| Ok(PollId::new(bytes(&row, "poll")?))).transpose()
}

/// Overturns the decision on a claim, as the poll in this scope has decided; its tally is the newest entry.
pub(super) async fn overturn(
    connection: &mut SqliteConnection,
    scope: Scope,
    id: &ClaimId,
    now: u32,
) -> Result<(), StoreError> {
    let record = claims::one(connection, id).await?.ok_or(StoreError::Corrupt("claim in dispute"))?;
    match record.state {
        ClaimState::Accepted => revoke(connection, id, RevokedBy::Poll(scope), now).await,
        // Whoever holds a work by now was accepted, or waits for a ruling: one work counts once.
        ClaimState::Rejected => {
            let claim = &record.claim;
            if claims::holder(connection, claim.works(), claim.renews.as_ref()).await?.is_some() {
                return Ok(());
            }
            let credential =
                claim.credential(&record.standard, now).ok_or(StoreError::Corrupt("standard of a claim"))?;
            log::append(connection, &Entry { at: now, act: Act::Grant(credential) }, None).await?;
            // As behind a ruling: was the old one revoked meanwhile, it stays as it is.
            match &claim.renews {
                Some(old) => revoke(connection, old, RevokedBy::Renewal(*id), now).await,
                None => Ok(()),
            }
        }
        // Revoked meanwhile: there is nothing left to overturn.
        _ => Ok(()),
    }
}

async fn revoke(
    connection: &mut SqliteConnection,
    claim: &ClaimId,
    because: RevokedBy,
    now: u32,
) -> Result<(), StoreError> {
    let revoked = removals::revoke(connection, claim.credential(), because, now).await?;
    revoked.map(drop).map_err(|_| StoreError::Corrupt("credential of an accepted claim"))
}
