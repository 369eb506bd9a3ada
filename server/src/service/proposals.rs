//! Polls that members propose (§6): who may, and how often, is the charter's to say. And polls that are withdrawn before they open.

use std::sync::Arc;

use aiq_verifier::{
    poll::PollId,
    presentation::Expectation,
    proposal::{WithdrawnBy, propose_message, propose_scope},
    receipt::Receipt,
};

use super::{Service, ServiceError, polls::roots};
use crate::{
    api::{NewProposal, PollView},
    store::{Accepted, Origin, PollRecord, PollWithdrawalRefusal, ProposeRefusal},
};

impl Service {
    /// Announces what a member proposes: the proof is checked first, then the nullifier and the poll are written once. Nothing of the draft
    /// is changed.
    ///
    /// # Errors
    /// If members may not propose, or not so many; if the epoch is not the latest, the poll breaks a rule or must not carry its enactment,
    /// the proof is refused, or the nullifier has proposed another poll.
    pub async fn propose(&self, new: NewProposal) -> Result<Accepted<PollView>, ServiceError> {
        // The same again, however late: the answer may have been lost on its way, and everybody may see it.
        if let Some(poll) = self.store().poll_of_proposal(&new.proposal.presentation.nullifier).await? {
            return self.proposed_before(&new, &poll).await;
        }
        let proposers = self.charter().await?.proposers.ok_or(ServiceError::NoProposers)?;
        let NewProposal { draft, proposal } = new;
        let (epoch, number) = (proposal.epoch, proposal.number);
        if number >= proposers.per_epoch {
            return Err(ServiceError::BeyondAllowance { number, per_epoch: proposers.per_epoch });
        }
        proposal.withdrawal_key.validate()?;
        let checkpoint = self.named_epoch(epoch, false).await?;
        let poll = self.define(draft, &checkpoint, self.now()).await?;

        let scope = propose_scope(&self.0.deployment_id, epoch, number);
        let expectation = Expectation {
            eligibility: self.requirement(&proposers.menu, checkpoint.sealed_at).await?,
            roots: roots(&checkpoint),
            scope,
            message: propose_message(&scope, &poll.draft(), &proposal.withdrawal_key),
        };
        let inner = Arc::clone(&self.0);
        let check =
            move || inner.folded.verify(&inner.verifier, &expectation, &proposal.presentation).map(|()| proposal);
        let proposal = self.0.pool.run(check).await??;
        match self.store().propose(&proposal, &poll).await? {
            Ok(Accepted::New(_)) => Ok(Accepted::New(self.view(self.poll_record(&poll.id).await?))),
            // Another request with the same content was faster.
            Ok(Accepted::Repeated(_)) => Ok(Accepted::Repeated(self.view(self.poll_record(&poll.id).await?))),
            Err(ProposeRefusal::StaleEpoch(latest)) => Err(ServiceError::StaleEpoch { named: epoch, latest }),
            Err(ProposeRefusal::NullifierUsed) => Err(ServiceError::Proposed(number)),
            Err(ProposeRefusal::Poll(refusal)) => Err(refusal.into()),
        }
    }

    /// The answer to a nullifier that has proposed something: nullifiers of other numbers and epochs are others.
    async fn proposed_before(&self, new: &NewProposal, poll: &PollId) -> Result<Accepted<PollView>, ServiceError> {
        let record = self.poll_record(poll).await?;
        match &record.origin {
            Origin::Proposal(first)
                if first.withdrawal_key == new.proposal.withdrawal_key && record.definition.draft() == new.draft =>
            {
                Ok(Accepted::Repeated(self.view(record)))
            }
            _ => Err(ServiceError::Proposed(new.proposal.number)),
        }
    }

    /// Withdraws a poll that has not opened. That the administrator is who asks is for the caller to check.
    ///
    /// # Errors
    /// If there is no such poll, it has opened, somebody else has announced it, or the signature is not the proposer's.
    pub async fn withdraw_poll(&self, id: &PollId, by: WithdrawnBy) -> Result<Accepted<Receipt>, ServiceError> {
        let PollRecord { definition, origin, .. } = self.poll_record(id).await?;
        let scope = definition.scope(&self.0.deployment_id);
        if let (WithdrawnBy::Proposer { signature }, Origin::Proposal(proposal)) = (&by, &origin) {
            proposal.withdrawal_key.verify(&scope, signature).map_err(|_| ServiceError::PollWithdrawalSignature)?;
        }
        let accepted = self.store().withdraw_poll(id, by, self.now()).await?.map_err(|refusal| match refusal {
            PollWithdrawalRefusal::UnknownPoll => ServiceError::UnknownPoll(*id),
            PollWithdrawalRefusal::Foreign => ServiceError::ForeignPoll,
            PollWithdrawalRefusal::Opened(opens_at) => ServiceError::PollOpened(opens_at),
        })?;
        Ok(accepted.map(|logged| self.receipt(logged)))
    }
}
