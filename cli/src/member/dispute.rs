//! Challenging a decision (§6, §7), without saying who does.

use std::time::Duration;

use aiq_server::api::{ClaimState, ClaimView, PollView};
use aiq_verifier::claim::ClaimId;
use aiq_verifier::dispute::{Dispute, dispute_message, dispute_poll, dispute_scope};
use aiq_verifier::eligibility::PinnedRoots;
use aiq_verifier::log::Act;
use aiq_verifier::poll::{Change, PollDefinition};

use super::present::{Purpose, prepare};
use super::{Crowd, Held, Member, MemberError, Provers, Refusal, check_claim, check_poll};
use crate::progress::Progress;
use crate::sync::Ledger;
use crate::wallet::acts::DisputeRecord;

/// A dispute that was opened.
#[derive(Debug, Clone)]
pub struct Disputed {
    /// The poll that decides.
    pub poll: PollView,
    /// The credentials that the proof rests on.
    pub selected: Vec<Held>,
    /// Witness and proof; absent if it had been sent before.
    pub proving: Option<Duration>,
}

impl Member {
    /// Disputes the decision on a claim. `on_crowd` hears how large a crowd this member hides in, before anything is sent.
    ///
    /// # Errors
    /// [`MemberError`]; [`MemberError::Refused`] and [`MemberError::Shortfall`] before anything is sent.
    pub fn dispute(
        &mut self,
        ledger: &Ledger,
        provers: &Provers,
        id: &ClaimId,
        reasons: &str,
        on_crowd: &dyn Fn(&Crowd),
        progress: &dyn Progress,
    ) -> Result<Disputed, MemberError> {
        Dispute::check_reasons(reasons).map_err(Refusal::Reasons)?;
        let view = self.apart()?.claim(id)?;
        check_claim(&view, id, &self.id)?;
        let is_pending = |record: &&DisputeRecord| record.claim == *id && record.opened.is_none();
        if let Some(record) = self.known().acts.disputes.iter().find(is_pending).cloned() {
            match self.send_dispute(&view, &record.dispute) {
                // It never arrived, and the epoch that it names is over: another one is made.
                Err(MemberError::Client(error)) if error.code() == Some("stale_epoch") => {}
                outcome => {
                    return Ok(Disputed { poll: outcome?, selected: Vec::new(), proving: None });
                }
            }
        }
        if !matches!(view.state, ClaimState::Accepted | ClaimState::Rejected) {
            return Err(Refusal::NotDecided(view.state).into());
        }
        if let Some(poll) = view.dispute {
            return Err(Refusal::DisputeOpen(poll).into());
        }
        let trees = ledger.head();
        let eligibility = self.reviewers(&view.standard, trees)?;
        let held = self.holdings(ledger);
        let prepared = prepare(&self.identity, trees, &held, &eligibility, self.domains())?;
        on_crowd(&self.crowd(ledger, trees, &eligibility));
        let epoch = trees.checkpoint.epoch;
        let scope = dispute_scope(&self.id, epoch, id);
        let purpose = Purpose { scope, message: dispute_message(&scope, reasons) };
        let prover = provers.get(&self.client, eligibility.statement(), progress)?;
        let presented = prepared.prove(&self.identity, trees, &purpose, &prover, progress)?;
        let dispute = Dispute { epoch, reasons: reasons.to_owned(), presentation: presented.presentation };
        let record = DisputeRecord { claim: *id, dispute: dispute.clone(), opened: None };
        self.record(|deployment| deployment.acts.disputes.push(record))?;
        let poll = self.send_dispute(&view, &dispute)?;
        let selected = prepared.selected().to_vec();
        Ok(Disputed { poll, selected, proving: Some(presented.proving) })
    }

    fn send_dispute(&mut self, view: &ClaimView, dispute: &Dispute) -> Result<PollView, MemberError> {
        let id = view.id;
        let poll = match self.apart()?.dispute(&id, dispute) {
            Ok(poll) => poll,
            Err(error) => {
                let nullifier = dispute.presentation.nullifier;
                let is_it = |record: &DisputeRecord| record.dispute.presentation.nullifier == nullifier;
                return Err(self.refused(error, |acts| acts.disputes.retain(|record| !is_it(record))));
            }
        };
        let definition = &poll.definition;
        check_poll(&poll, &definition.id, &self.id)?;
        check_dispute_poll(view, dispute, definition)?;
        let (boxed, receipt) = (Box::new(definition.clone()), poll.receipt.clone());
        let act = Act::Dispute { claim: id, dispute: dispute.clone(), poll: boxed };
        receipt.verify_for(self.service_key(), &self.id, act)?;
        let opened = (definition.clone(), receipt);
        self.record(|deployment| {
            let disputes = &mut deployment.acts.disputes;
            if let Some(record) = disputes.iter_mut().find(|record| record.dispute == *dispute) {
                record.opened = Some(opened);
            }
        })?;
        Ok(poll)
    }
}

/// The dispute that a poll decides, and the claim that it is about, as far as the service shows them.
#[must_use]
pub fn dispute_behind(poll: &PollView) -> Option<(ClaimId, Dispute)> {
    let Change::Overturn { claim } = poll.definition.enactment.as_ref()?.change else { return None };
    Some((claim, poll.dispute.clone()?))
}

/// That a poll is the one that follows from a dispute: nobody but those who may review decides, and what they decide happens.
fn check_dispute_poll(view: &ClaimView, dispute: &Dispute, poll: &PollDefinition) -> Result<(), MemberError> {
    let PollDefinition { id, eligibility, roots, key_id, announced_at, .. } = poll.clone();
    let PinnedRoots { epoch, .. } = roots;
    let expected = dispute_poll(id, view.id, &view.standard, eligibility, roots, key_id, announced_at);
    if *poll == expected && epoch == dispute.epoch { Ok(()) } else { Err(MemberError::PollChanged(id)) }
}

#[cfg(test)]
mod tests;
