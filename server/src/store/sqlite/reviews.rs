//! Recusals, reviews and rulings.

use aiq_circuits::{identity::Nullifier, scope::Scope};
use aiq_verifier::{
    claim::ClaimId,
    log::{Act, Entry, EntryOpening, RevokedBy},
    presentation::Presentation,
    review::{CommittedReview, Review, ReviewCommitment, ReviewOpening, Ruling, RulingOutcome, Verdict, grants},
};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    claims::{self, is_tag_used},
    columns::{integer, number, short_number},
    log, removals,
    votes::scope,
};
use crate::store::{Accepted, Logged, OpenedReview, ReviewRefusal, RulingRefusal, StoreError};

/// What a claim's row says about taking more.
struct State {
    scope: Scope,
    closes_at: u32,
    ruled: bool,
}

impl State {
    async fn of(connection: &mut SqliteConnection, claim: &ClaimId) -> Result<Option<Self>, StoreError> {
        let row = sqlx::query("SELECT scope, closes_at, ruled FROM claims WHERE id = ?")
            .bind(claim.as_bytes().as_slice())
            .fetch_optional(connection)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let ruled: Option<i64> = row.try_get("ruled")?;
        Ok(Some(Self { scope: scope(&row)?, closes_at: short_number(&row, "closes_at")?, ruled: ruled.is_some() }))
    }

    /// Closed by time, or by the ruling, whatever another process's clock says.
    const fn is_closed(&self, now: u32) -> bool {
        self.ruled || now >= self.closes_at
    }
}

/// What a nullifier has done in a claim's scope, with its entry: at most one thing.
enum Used {
    Claimed,
    Recused(Logged),
    Reviewed(Logged, ReviewCommitment),
}

async fn used(
    connection: &mut SqliteConnection,
    claim: &ClaimId,
    nullifier: &Nullifier,
) -> Result<Option<Used>, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM reviews JOIN log_entries ON place = reviews.entry
         WHERE claim = ? AND nullifier = ?",
    )
    .bind(claim.as_bytes().as_slice())
    .bind(nullifier.to_bytes().to_vec())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (logged, entry) = log::logged(&row)?;
    match entry.act {
        Act::Claim(_) => Ok(Some(Used::Claimed)),
        Act::Recusal { .. } => Ok(Some(Used::Recused(logged))),
        Act::Review { review, .. } => Ok(Some(Used::Reviewed(logged, review.commitment))),
        _ => Err(StoreError::Corrupt("review")),
    }
}

/// Whether a nullifier has done anything in a claim's scope.
pub(super) async fn has_acted(store: &SqliteStore, claim: ClaimId, nullifier: Nullifier) -> Result<bool, StoreError> {
    Ok(used(&mut *store.readers.acquire().await?, &claim, &nullifier).await?.is_some())
}

pub(super) async fn recuse(
    connection: &mut SqliteConnection,
    claim: ClaimId,
    presentation: Presentation,
    now: u32,
) -> Result<Result<Accepted<Logged>, ReviewRefusal>, StoreError> {
    let Some(state) = State::of(connection, &claim).await? else { return Ok(Err(ReviewRefusal::UnknownClaim)) };
    // The same again, also after the ruling: the answer may have been lost on its way.
    match used(connection, &claim, &presentation.nullifier).await? {
        Some(Used::Recused(first)) => return Ok(Ok(Accepted::Repeated(first))),
        Some(Used::Claimed) => return Ok(Err(ReviewRefusal::Claimant)),
        Some(Used::Reviewed(..)) => return Ok(Err(ReviewRefusal::Reviewed)),
        None => {}
    }
    if state.is_closed(now) {
        return Ok(Err(ReviewRefusal::Closed));
    }
    let entry = Entry { at: now, act: Act::Recusal { scope: state.scope, presentation } };
    Ok(Ok(Accepted::New(log::append(connection, &entry, None).await?)))
}

pub(super) async fn review(
    connection: &mut SqliteConnection,
    claim: ClaimId,
    review: Review,
    now: u32,
) -> Result<Result<Accepted<Logged>, ReviewRefusal>, StoreError> {
    let Some(state) = State::of(connection, &claim).await? else { return Ok(Err(ReviewRefusal::UnknownClaim)) };
    let committed = review.committed();
    // The same content again, also after the ruling: the answer may have been lost on its way.
    match used(connection, &claim, &review.presentation.nullifier).await? {
        Some(Used::Reviewed(first, commitment)) if commitment == committed.commitment => {
            return Ok(Ok(Accepted::Repeated(first)));
        }
        Some(Used::Reviewed(..)) => return Ok(Err(ReviewRefusal::Reviewed)),
        Some(Used::Recused(_)) => return Ok(Err(ReviewRefusal::Recused)),
        Some(Used::Claimed) => return Ok(Err(ReviewRefusal::Claimant)),
        None => {}
    }
    if state.is_closed(now) {
        return Ok(Err(ReviewRefusal::Closed));
    }
    if is_tag_used(connection, &review.presentation.tag).await? {
        return Ok(Err(ReviewRefusal::TagUsed));
    }
    let entry = Entry { at: now, act: Act::Review { scope: state.scope, review: committed } };
    let opening = EntryOpening::Review(review.opening);
    Ok(Ok(Accepted::New(log::append(connection, &entry, Some(&opening)).await?)))
}

/// Rules on a claim that takes nothing more, and grants what follows, unless that has been done.
pub(super) async fn rule(
    connection: &mut SqliteConnection,
    id: ClaimId,
    now: u32,
) -> Result<Result<(), RulingRefusal>, StoreError> {
    let Some(record) = claims::one(connection, &id).await? else { return Ok(Err(RulingRefusal::UnknownClaim)) };
    if record.ruling.is_some() {
        return Ok(Ok(()));
    }
    if now < record.closes_at {
        return Ok(Err(RulingRefusal::Open(record.closes_at)));
    }
    let rows = sqlx::query(
        "SELECT log_entries.place, log_entries.entry, opening FROM reviews JOIN log_entries ON place = reviews.entry
         WHERE claim = ? AND act = 'review'",
    )
    .bind(id.as_bytes().as_slice())
    .fetch_all(&mut *connection)
    .await?;
    let reviews: Vec<(CommittedReview, ReviewOpening)> = rows.iter().map(opened).collect::<Result<_, _>>()?;
    let reviews: Vec<(&Presentation, Verdict)> =
        reviews.iter().map(|(review, opening)| (&review.presentation, opening.verdict)).collect();
    let (claim, scope, standard) = (&record.claim, record.scope, &record.standard);
    let ruling = Ruling::count(standard, reviews.iter().map(|(_, verdict)| *verdict));
    log::append(connection, &Entry { at: now, act: Act::Ruling { scope, ruling } }, None).await?;
    for credential in grants(claim, &scope, standard, &ruling, &reviews, now) {
        log::append(connection, &Entry { at: now, act: Act::Grant(credential) }, None).await?;
    }
    // One work never counts twice. Was the old one revoked meanwhile, it stays as it is.
    if let Some(old) = claim.renews.filter(|_| ruling.outcome == RulingOutcome::Accepted) {
        let revoked = removals::revoke(connection, old.credential(), RevokedBy::Renewal(id), now).await?;
        revoked.map_err(|_| StoreError::Corrupt("credential that is renewed"))?;
    }
    Ok(Ok(()))
}

/// The review in a row of the log, and what it says.
fn opened(row: &SqliteRow) -> Result<(CommittedReview, ReviewOpening), StoreError> {
    match (log::logged(row)?.1.act, log::opening(row)?) {
        (Act::Review { review, .. }, EntryOpening::Review(opening)) if opening.commitment() == review.commitment => {
            Ok((review, opening))
        }
        _ => Err(StoreError::Corrupt("review")),
    }
}

/// What the reviews of a decided claim say, by commitment and place, after one.
pub(super) async fn list(
    store: &SqliteStore,
    claim: ClaimId,
    after: Option<(ReviewCommitment, u64)>,
    limit: u32,
) -> Result<Vec<OpenedReview>, StoreError> {
    let (commitment, index) =
        after.map_or_else(|| (Vec::new(), 0), |(commitment, index)| (commitment.as_bytes().to_vec(), index));
    let rows = sqlx::query(
        "SELECT log_entries.place, log_entries.entry, opening FROM reviews
         JOIN log_entries ON place = reviews.entry JOIN claims ON id = claim
         WHERE claim = ? AND ruled IS NOT NULL AND commitment IS NOT NULL AND (commitment, reviews.entry) > (?, ?)
         ORDER BY commitment, reviews.entry LIMIT ?",
    )
    .bind(claim.as_bytes().as_slice())
    .bind(commitment)
    .bind(integer(index))
    .bind(limit)
    .fetch_all(&store.readers)
    .await?;
    let review = |row| Ok(OpenedReview { index: number(row, "place")?, opening: opened(row)?.1 });
    rows.iter().map(review).collect()
}
