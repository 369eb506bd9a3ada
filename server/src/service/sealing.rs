//! Sealed ballots (§8): the key of a new poll, shares, opening the ballots, and what is shown of all that.

use std::collections::BTreeMap;

use aiq_sealing::{
    ballot, board,
    key::{SecretKey, service_secret},
};
use aiq_verifier::{
    ceremony::Trustee,
    poll::{Count, KeyShare, PollDefinition, PollId, PollShare, SealedBy, Sealing, SignedTally, Tally},
    proposal::DraftSealing,
    receipt::Receipt,
};

use super::{SealingError, Service, ServiceError, ceremonies::Boarded, paging::next};
use crate::{
    api::{Page, ReasonEntry, ReasonPage, SealingView, ShareEntry, TrusteeView},
    store::{Accepted, Logged, PollRecord, PublishedReason, SealedReason, ShareRefusal, StoreError},
};

/// What the service is called among those who open ballots.
const SERVICE: &str = "the service";
/// The service's number where it is the only one.
const ALONE: u8 = 1;

/// A poll that takes nothing more.
pub(super) enum Settled {
    /// It is counted.
    Tallied(SignedTally),
    /// It is not yet.
    Waits(SealingError),
}

impl Service {
    /// How a new poll is sealed. That the ceremony is unused is for the store to say.
    pub(super) async fn new_sealing(&self, draft: DraftSealing, poll: &PollId) -> Result<Sealing, ServiceError> {
        let DraftSealing { trustees, floor, reasons } = draft;
        let key = match trustees {
            SealedBy::Service => self.own_secret(poll).sealing_key(),
            SealedBy::Ceremony(id) => {
                let record = self.ceremony_record(&id).await?;
                let deployment = self.0.deployment_id;
                let key = move |_| Boarded::new(record, deployment).confirmed_key();
                self.off_the_workers(key).await?.ok_or(SealingError::Incomplete(id))?
            }
        };
        Ok(Sealing { trustees, key, floor, reasons })
    }

    /// What opens the ballots of a poll that the service seals alone.
    fn own_secret(&self, poll: &PollId) -> SecretKey {
        service_secret(self.0.signer.as_bytes(), &self.0.deployment_id, poll)
    }

    /// Takes a trustee's share of the key of a closed poll. The same again gets its first receipt.
    ///
    /// # Errors
    /// If the poll is unknown, not sealed by trustees, not closed, below its floor or counted, or the share is not the trustee's.
    pub async fn publish_share(&self, id: &PollId, share: PollShare) -> Result<Accepted<Receipt>, ServiceError> {
        let record = self.poll_record(id).await?;
        if share.scope != record.definition.scope(&self.0.deployment_id) {
            return Err(ServiceError::OtherPoll);
        }
        let ceremony = record.definition.ceremony().ok_or(SealingError::NoTrustees)?;
        let record = self.closed(record).await?;
        let board = Boarded::new(self.ceremony_record(&ceremony).await?, self.0.deployment_id);
        self.0.pool.run(move || board.check_share(&share)).await??;
        Ok(self.enter_share(&record, share).await?.map(|logged| self.receipt(logged)))
    }

    async fn enter_share(&self, record: &PollRecord, share: PollShare) -> Result<Accepted<Logged>, ServiceError> {
        let definition = &record.definition;
        let accepted = self.store().publish_share(&definition.id, &share, self.now()).await?;
        accepted.map_err(|refusal| match refusal {
            ShareRefusal::UnknownPoll => ServiceError::UnknownPoll(definition.id),
            ShareRefusal::NotClosed => ServiceError::PollNotClosed(definition.closes_at),
            ShareRefusal::Tallied => SealingError::Tallied.into(),
            ShareRefusal::BelowFloor => {
                let floor = definition.sealing.map_or(0, |sealing| sealing.floor);
                SealingError::BelowFloor { voted: record.voted, floor }.into()
            }
            // The one right share was checked on both ways in.
            ShareRefusal::Known => StoreError::Corrupt("share").into(),
        })
    }

    /// A poll that takes nothing more, whatever another process's clock says.
    async fn closed(&self, record: PollRecord) -> Result<PollRecord, ServiceError> {
        if record.closed {
            return Ok(record);
        }
        if record.withdrawn.is_some() {
            return Err(ServiceError::PollWithdrawn);
        }
        let PollDefinition { id, closes_at, .. } = record.definition;
        if self.now() < closes_at {
            return Err(ServiceError::PollNotClosed(closes_at));
        }
        self.store().close_poll(&id, self.now()).await?.ok_or(ServiceError::UnknownPoll(id))?;
        self.poll_record(&id).await
    }

    /// Closes a poll whose time is over, opens its ballots if they are sealed and enough shares are there, and counts. Each step is on
    /// the disk before the next: whoever comes after a crash goes on from there.
    ///
    /// # Errors
    /// If the poll is still open.
    pub(super) async fn settle(&self, record: PollRecord) -> Result<Settled, ServiceError> {
        let record = self.closed(record).await?;
        if let Some(tally) = record.tally {
            return Ok(Settled::Tallied(tally));
        }
        let definition = record.definition.clone();
        let (id, scope) = (definition.id, definition.scope(&self.0.deployment_id));
        let tally = match definition.sealing {
            Some(sealing) if record.voted < u64::from(sealing.floor) => {
                Count::below_floor(&definition, record.joined, record.voted).tally
            }
            sealing => {
                let secret = match sealing {
                    None => None,
                    Some(sealing) => match self.opened(record, &sealing).await? {
                        Ok(secret) => Some(secret),
                        Err(waits) => return Ok(Settled::Waits(waits)),
                    },
                };
                let closed = self.store().close_poll(&id, self.now()).await?.ok_or(ServiceError::UnknownPoll(id))?;
                let count = move |_| match secret {
                    None => Tally::count(&definition, &scope, closed.joined, &closed.ballots),
                    Some(secret) => ballot::count(&secret, &definition, &scope, closed.joined, &closed.ballots)
                        .map(|count| count.tally),
                };
                self.off_the_workers(count).await??
            }
        };
        let signed = SignedTally::sign(&self.0.signer, scope, tally);
        Ok(Settled::Tallied(self.store().keep_tally(&id, &signed, self.now()).await?))
    }

    /// What opens the ballots of a closed poll, or whose shares are missing for it. The service's own share is published here.
    async fn opened(
        &self,
        record: PollRecord,
        sealing: &Sealing,
    ) -> Result<Result<SecretKey, SealingError>, ServiceError> {
        let SealedBy::Ceremony(_) = sealing.trustees else {
            let secret = self.own_secret(&record.definition.id);
            if record.shares.is_empty() {
                let scope = record.definition.scope(&self.0.deployment_id);
                let entered = self
                    .enter_share(&record, PollShare { scope, index: ALONE, share: KeyShare::new(secret.to_bytes()) })
                    .await;
                match entered {
                    // Another process may have been faster with the share, and with the tally too.
                    Ok(_) | Err(ServiceError::Sealing(SealingError::Tallied)) => {}
                    Err(error) => return Err(error),
                }
            }
            return Ok(Ok(secret));
        };
        let ceremony = record.ceremony.as_ref().ok_or(StoreError::Corrupt("ceremony"))?;
        if record.shares.len() < usize::from(ceremony.threshold) {
            let (threshold, found, missing) = (ceremony.threshold, record.shares.len(), missing(&record));
            return Ok(Err(SealingError::SharesMissing { threshold, found, missing }));
        }
        secret_of(&record).map(Ok).ok_or_else(|| StoreError::Corrupt("share").into())
    }

    /// Who opens a poll's ballots, and how far that has come.
    pub(super) fn sealing_view(&self, record: &PollRecord) -> Option<SealingView> {
        let definition = &record.definition;
        let sealing = definition.sealing?;
        let share = |index| {
            let published = record.shares.iter().find(|(share, _)| share.index == index);
            published.map(|(share, logged)| ShareEntry { share: *share, receipt: self.receipt(*logged) })
        };
        let (threshold, trustees) = match &record.ceremony {
            None => (1, vec![TrusteeView { index: ALONE, name: SERVICE.to_owned(), share: share(ALONE) }]),
            Some(ceremony) => {
                let trustees = (1..).zip(&ceremony.trustees);
                let view = |(index, trustee): (u8, &Trustee)| TrusteeView {
                    index,
                    name: trustee.name().to_owned(),
                    share: share(index),
                };
                (ceremony.threshold, trustees.map(view).collect())
            }
        };
        let is_closed = record.closed || self.now() >= definition.closes_at;
        let waits = is_closed
            && record.tally.is_none()
            && record.voted >= u64::from(sealing.floor)
            && record.shares.len() < usize::from(threshold);
        let release = record.ceremony.as_ref().map_or(0, |ceremony| ceremony.release);
        let is_overdue = waits && self.now() >= definition.closes_at.saturating_add(release);
        let missing = if is_overdue && record.ceremony.is_some() { missing(record) } else { Vec::new() };
        Some(SealingView { threshold, trustees, waits, missing })
    }

    pub(crate) async fn reasons(&self, id: &PollId, page: &Page) -> Result<ReasonPage, ServiceError> {
        let record = self.poll_record(id).await?;
        let record = match self.settle(record).await? {
            Settled::Tallied(_) => self.poll_record(id).await?,
            Settled::Waits(error) => return Err(error.into()),
        };
        let limit = self.page_limit(page);
        let reasons = self.store().reasons(id, page.cursor()?, limit).await?;
        let next = next(&reasons, limit, |reason| reason.index.to_string());
        let read = move |service: Self| {
            let definition = &record.definition;
            let (secret, scope) = (secret_of(&record), definition.scope(&service.0.deployment_id));
            let entry = |published: PublishedReason| {
                let text = secret.as_ref().zip(definition.sealing.as_ref());
                let text = text
                    .and_then(|(key, sealing)| ballot::open_reason(key, sealing, &scope, published.reason.as_bytes()));
                ReasonEntry { index: published.index, sealed: published.reason, text }
            };
            reasons.into_iter().map(entry).collect()
        };
        Ok(ReasonPage { reasons: self.off_the_workers(read).await?, next })
    }
}

/// The names of the trustees whose shares are not there.
fn missing(record: &PollRecord) -> Vec<String> {
    let trustees = record.ceremony.iter().flat_map(|ceremony| (1..).zip(&ceremony.trustees));
    trustees
        .filter(|(index, _)| !record.shares.iter().any(|(share, _)| share.index == *index))
        .map(|(_, trustee)| trustee.name().to_owned())
        .collect()
}

/// What the published shares stand for, as many as it takes.
fn secret_of(record: &PollRecord) -> Option<SecretKey> {
    let threshold = record.ceremony.as_ref().map_or(1, |ceremony| ceremony.threshold);
    let shares = record.shares.iter().take(threshold.into()).map(|(share, _)| (share.index, *share.share.as_bytes()));
    let shares: BTreeMap<u8, [u8; 32]> = shares.collect();
    if shares.len() < threshold.into() { None } else { board::reconstruct(&shares) }
}

/// Every ballot of a sealed poll is as long as every other.
pub(super) fn check_ballot(definition: &PollDefinition, body: &[u8]) -> Result<(), SealingError> {
    let (found, expected) = (body.len(), Sealing::body_length(definition.rule, definition.options.len()));
    if found == expected { Ok(()) } else { Err(SealingError::BallotLength { found, expected }) }
}

/// So is every reason, where the poll takes reasons.
pub(super) fn check_reason(definition: &PollDefinition, reason: Option<&SealedReason>) -> Result<(), SealingError> {
    let Some(reason) = reason else { return Ok(()) };
    let expected = definition.sealing.as_ref().and_then(Sealing::reason_length).ok_or(SealingError::NoReasons)?;
    let found = reason.as_bytes().len();
    if found == expected { Ok(()) } else { Err(SealingError::ReasonLength { found, expected }) }
}
