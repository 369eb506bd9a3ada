//! Disputes of decided claims (§7).

use std::sync::Arc;

use aiq_verifier::{
    claim::ClaimId,
    dispute::{Dispute, dispute_poll},
    poll::PollId,
};
use rand::{RngCore as _, rngs::OsRng};

use super::{ClaimsError, Service, ServiceError, polls::roots};
use crate::{
    api::PollView,
    store::{Accepted, ClaimState, DisputeRefusal, Origin},
};

impl Service {
    /// Disputes a claim: the proof is checked first, then the poll that decides is announced with the dispute.
    ///
    /// # Errors
    /// If the claim is unknown, not decided or in dispute; if the reasons break a rule, the epoch is not the latest, the proof is refused
    /// or the nullifier has disputed the claim for other reasons.
    pub async fn dispute(&self, id: &ClaimId, dispute: Dispute) -> Result<Accepted<PollView>, ServiceError> {
        dispute.validate().map_err(ClaimsError::Reasons)?;
        let claim = self.settled_claim(id).await?;
        // The same again, however late: the answer may have been lost on its way, and everybody may see it.
        if let Some(poll) = self.store().poll_of_dispute(&dispute.presentation.nullifier).await? {
            return self.disputed_before(id, &dispute, &poll).await;
        }
        match (claim.state, claim.dispute) {
            (ClaimState::Accepted | ClaimState::Rejected, None) => {}
            (ClaimState::Accepted | ClaimState::Rejected, Some(poll)) => {
                return Err(ClaimsError::InDispute(poll).into());
            }
            (state, _) => return Err(undisputable(state, claim.closes_at).into()),
        }
        let (epoch, standard) = (dispute.epoch, claim.standard);
        let checkpoint = self.named_epoch(epoch, false).await?;
        // Those who judged the claim judge the dispute: not whom the menu names under the same id by now.
        let (eligibility, roots) = (claim.claim.eligibility.at(checkpoint.sealed_at), roots(&checkpoint));
        let key_id = self.0.verifier.key(eligibility.statement())?.id();
        let expectation = dispute.expectation(&self.0.deployment_id, id, eligibility.clone(), roots);
        let inner = Arc::clone(&self.0);
        let check = move || inner.folded.verify(&inner.verifier, &expectation, &dispute.presentation).map(|()| dispute);
        let dispute = self.0.pool.run(check).await??;

        let mut poll = [0; PollId::LENGTH];
        OsRng.fill_bytes(&mut poll);
        let poll = dispute_poll(PollId::new(poll), *id, &standard, eligibility, roots, key_id, self.now());
        match self.store().dispute(id, &dispute, &poll).await? {
            Ok(Accepted::New(_)) => Ok(Accepted::New(self.view(self.poll_record(&poll.id).await?))),
            // Another request with the same content was faster.
            Ok(Accepted::Repeated(_)) => {
                let first = self.store().poll_of_dispute(&dispute.presentation.nullifier).await?;
                self.disputed_before(id, &dispute, &first.ok_or(ServiceError::Broken)?).await
            }
            Err(refusal) => Err(match refusal {
                DisputeRefusal::UnknownClaim => ClaimsError::UnknownClaim(*id).into(),
                DisputeRefusal::State(state) => undisputable(state, claim.closes_at).into(),
                DisputeRefusal::Disputed(open) => ClaimsError::InDispute(open).into(),
                DisputeRefusal::NullifierUsed => ClaimsError::DisputedBefore.into(),
                DisputeRefusal::StaleEpoch(latest) => ServiceError::StaleEpoch { named: epoch, latest },
            }),
        }
    }

    /// The answer to a nullifier that has disputed something: nullifiers of other claims and epochs are others.
    async fn disputed_before(
        &self,
        id: &ClaimId,
        dispute: &Dispute,
        poll: &PollId,
    ) -> Result<Accepted<PollView>, ServiceError> {
        let record = self.poll_record(poll).await?;
        match &record.origin {
            Origin::Dispute(first) if first.claim == *id && first.dispute.reasons == dispute.reasons => {
                Ok(Accepted::Repeated(self.view(record)))
            }
            _ => Err(ClaimsError::DisputedBefore.into()),
        }
    }
}

/// Why a claim in this state is not disputed.
const fn undisputable(state: ClaimState, closes_at: u32) -> ClaimsError {
    match state {
        ClaimState::Open => ClaimsError::ClaimOpen(closes_at),
        _ => ClaimsError::NothingToDispute,
    }
}
