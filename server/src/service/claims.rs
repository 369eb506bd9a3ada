//! Claims: opening, reading, ruling (§7).

use std::sync::Arc;

use aiq_verifier::{
    VerifyError,
    claim::{Claim, ClaimId, NewClaim},
};

use super::{ClaimsError, Service, ServiceError, paging::next, polls::roots};
use crate::{
    api::{ClaimPage, ClaimQuery, ClaimView},
    store::{Accepted, ClaimFilter, ClaimRecord, ClaimRefusal, ClaimState, RulingRefusal},
};

impl Service {
    /// Opens a claim: both proofs are checked first, then it is written once.
    ///
    /// # Errors
    /// If the claim breaks a rule, a proof is refused, the epoch or the standard is no longer the one, or a work, the tag or the ticket
    /// is used.
    pub async fn open_claim(&self, new: NewClaim) -> Result<Accepted<ClaimView>, ServiceError> {
        new.claim.validate().map_err(ClaimsError::from)?;
        if !new.is_owned() {
            return Err(ClaimsError::OtherTag.into());
        }
        let id = new.claim.id();
        // The same again, however late: the answer may have been lost on its way, and everybody may see it.
        if self.store().claim(&id).await?.is_some() {
            return Ok(Accepted::Repeated(self.claim(&id).await?));
        }
        self.check_pins(&new).await?;
        let inner = Arc::clone(&self.0);
        let check = move || {
            let [claim, ticket] = new.expectations(&inner.deployment_id);
            inner.folded.verify(&inner.verifier, &ticket, &new.ticket)?;
            // Anybody can think up a scope for a claim: its key is folded once there is a claim.
            inner.verifier.verify(&claim, &new.presentation).map(|()| new)
        };
        let new = self.0.pool.run(check).await??;
        let accepted = self.store().open_claim(&new, self.now()).await?.map_err(|refusal| match refusal {
            ClaimRefusal::StaleEpoch(latest) => ServiceError::StaleEpoch { named: new.claim.roots.epoch, latest },
            ClaimRefusal::OtherStandard(governing) => other_standard(&new.claim, governing).into(),
            ClaimRefusal::TicketUsed => ClaimsError::TicketUsed(new.number).into(),
            ClaimRefusal::WorkTaken(holder) => ClaimsError::WorkTaken(holder).into(),
            ClaimRefusal::Renewal(fault) => ClaimsError::Renewal(fault).into(),
            ClaimRefusal::TagUsed => ServiceError::TagUsed,
        })?;
        let view = self.view_of(self.claim_record(&id).await?);
        Ok(accepted.map(|_| view))
    }

    /// Checks that a claim pins what holds now: the domain's standard, and the latest epoch with all that follows from it.
    async fn check_pins(&self, new: &NewClaim) -> Result<(), ServiceError> {
        let claim = &new.claim;
        self.known_domain(claim.domain).await?;
        let governing = self.store().governing_standard(claim.domain).await?.map(|record| record.standard);
        let standard = match governing {
            Some(standard) if standard.id() == claim.standard => standard,
            other => return Err(other_standard(claim, other.map(|standard| standard.id())).into()),
        };
        claim.fits(&standard).map_err(ClaimsError::from)?;
        let (number, limit) = (new.number, standard.claims_per_epoch);
        if number >= limit {
            return Err(ClaimsError::ClaimLimit { number, limit }.into());
        }
        let epoch = self.store().latest_epoch().await?.checkpoint;
        if claim.roots.epoch != epoch.epoch {
            return Err(ServiceError::StaleEpoch { named: claim.roots.epoch, latest: epoch.epoch });
        }
        if claim.roots != roots(&epoch) {
            return Err(ClaimsError::OtherPins("roots").into());
        }
        let eligibility = self.requirement(&standard.reviewers, epoch.sealed_at).await?;
        if claim.eligibility != eligibility {
            return Err(ClaimsError::OtherPins("reviewers").into());
        }
        let expected = self.0.verifier.key(eligibility.statement())?.id();
        if claim.key_id != expected {
            return Err(VerifyError::Key { expected, found: claim.key_id }.into());
        }
        Ok(())
    }

    /// A claim, whatever time it is.
    pub(super) async fn claim_record(&self, id: &ClaimId) -> Result<ClaimRecord, ServiceError> {
        Ok(self.store().claim(id).await?.ok_or(ClaimsError::UnknownClaim(*id))?)
    }

    /// A claim, ruled on now if its time is over and nobody has yet.
    pub(super) async fn settled_claim(&self, id: &ClaimId) -> Result<ClaimRecord, ServiceError> {
        let record = self.claim_record(id).await?;
        if record.state != ClaimState::Open || self.now() < record.closes_at {
            return Ok(record);
        }
        self.rule(id).await?;
        self.claim_record(id).await
    }

    /// One claim.
    ///
    /// # Errors
    /// If there is none with this id.
    pub async fn claim(&self, id: &ClaimId) -> Result<ClaimView, ServiceError> {
        Ok(self.view_of(self.settled_claim(id).await?))
    }

    pub(crate) async fn claims(&self, query: &ClaimQuery) -> Result<ClaimPage, ServiceError> {
        self.rule_due().await?;
        let (page, filter) = (query.page(), ClaimFilter { state: query.state, domain: query.domain });
        let limit = self.page_limit(&page);
        let records = self.store().claims(filter, page.cursor()?, limit).await?;
        let next = next(&records, limit, |record| record.claim.id().to_string());
        Ok(ClaimPage { claims: records.into_iter().map(|record| self.view_of(record)).collect(), next })
    }

    fn view_of(&self, record: ClaimRecord) -> ClaimView {
        let ClaimRecord { claim, scope, logged, closes_at, state, standard, ruling, dispute } = record;
        ClaimView {
            id: claim.id(),
            scope,
            claim,
            state,
            opened_at: logged.at,
            closes_at,
            standard,
            ruling: ruling.map(|(ruling, _)| ruling),
            ruled_at: ruling.map(|(_, logged)| logged.at),
            dispute,
            receipt: self.receipt(logged),
        }
    }

    /// Rules on a claim whose time is over, and grants what follows; does nothing if that has been done.
    ///
    /// # Errors
    /// If the claim is unknown or still open.
    pub async fn rule(&self, id: &ClaimId) -> Result<(), ServiceError> {
        let ruled = self.store().rule(id, self.now()).await?;
        Ok(ruled.map_err(|refusal| match refusal {
            RulingRefusal::UnknownClaim => ClaimsError::UnknownClaim(*id),
            RulingRefusal::Open(closes_at) => ClaimsError::ClaimOpen(closes_at),
        })?)
    }

    /// Rules on all claims whose time is over, and says on how many.
    pub(super) async fn rule_due(&self) -> Result<usize, ServiceError> {
        let due = self.store().due_claims(self.now()).await?;
        for claim in &due {
            self.rule(claim).await?;
        }
        Ok(due.len())
    }
}

/// Why a claim is not judged by what it names.
fn other_standard(claim: &Claim, governing: Option<aiq_verifier::standard::StandardId>) -> ClaimsError {
    governing.map_or(ClaimsError::NoStandard(claim.domain), ClaimsError::OtherStandard)
}
