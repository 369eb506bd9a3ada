//! Decided claims: acceptance, disputes, and decisions that are overturned.

use std::sync::Arc;

use aiq_circuits::{credential::CredentialId, identity::DeploymentId, scope::Scope};
use aiq_verifier::{
    claim::ClaimId,
    dispute::{Dispute, dispute_poll, dispute_scope},
    log::RevokedBy,
    poll::PollDefinition,
};

use super::{Claims, State};
use crate::{
    audit::{consequences::Consequence, pending::Shown, surroundings::Surroundings},
    fault::{Fault, FaultCode, Place},
};

/// A challenge as it stands in the log.
pub(in crate::audit) struct Challenge<'a> {
    pub(in crate::audit) claim: ClaimId,
    pub(in crate::audit) dispute: &'a Dispute,
    pub(in crate::audit) poll: &'a PollDefinition,
}

impl Challenge<'_> {
    /// The reasons are a text.
    pub(in crate::audit) fn check_reasons(&self, place: Place) -> Result<(), Fault> {
        self.dispute.validate().map_err(|error| place.fault(FaultCode::Dispute, format!("the reasons: {error}")))
    }

    /// Where the challenger acts.
    pub(in crate::audit) fn scope(&self, deployment_id: &DeploymentId) -> Scope {
        dispute_scope(deployment_id, self.dispute.epoch, &self.claim)
    }

    /// What the challenger shows: the same as those who vote on it.
    pub(in crate::audit) fn shown(&self, place: Place, around: &Surroundings<'_>) -> Result<Shown, Fault> {
        let PollDefinition { eligibility, roots, .. } = self.poll;
        let expectation = self.dispute.expectation(around.deployment_id, &self.claim, eligibility.clone(), *roots);
        around.keys.expect(place, &expectation, &self.dispute.presentation)
    }
}

impl Claims {
    /// Checks that a decided claim can be challenged, and by this poll.
    pub(in crate::audit) fn challenge(
        &mut self,
        place: Place,
        at: u32,
        challenge: &Challenge<'_>,
        around: &Surroundings<'_>,
    ) -> Result<(), Fault> {
        let Challenge { claim: id, dispute, poll } = challenge;
        let known = self.all.get_mut(id);
        let known = known.ok_or_else(|| place.fault(FaultCode::UnknownClaim, format!("there is no claim {id}")))?;
        challenge.check_reasons(place)?;
        let is_decided = matches!(known.state, State::Accepted(_) | State::Rejected);
        place.rule(
            is_decided && !known.in_dispute,
            FaultCode::DisputePlace,
            || "the claim is not decided, or in dispute already",
        )?;
        let epoch = around.latest(place, dispute.epoch)?;
        // Whatever the menu says by now: nobody takes its judges away from a claim.
        let judges = known.judges.clone().at(epoch.sealed_at);
        let expected = around
            .keys
            .manifest
            .entry(judges.statement())
            .map(|entry| dispute_poll(poll.id, *id, &known.standard, judges, epoch.roots, entry.key_id, at));
        place.rule(
            expected.as_ref() == Some(*poll),
            FaultCode::DisputePoll,
            || "it opens another poll than follows from the claim, its standard, the epoch and the moment",
        )?;
        known.in_dispute = true;
        self.report.disputes += 1;
        Ok(())
    }

    /// The poll on a dispute has its tally: what was decided may be overturned.
    pub(in crate::audit) fn settle(&mut self, poll: Scope, id: &ClaimId, is_upheld: bool, at: u32) -> Vec<Consequence> {
        let Some(known) = self.all.get_mut(id) else { return Vec::new() };
        known.in_dispute = false;
        let (state, renews, works) = (known.state, known.renews, Arc::clone(&known.works));
        if !is_upheld {
            return Vec::new();
        }
        self.report.upheld += 1;
        match state {
            State::Accepted(_) => self.revoke(id, RevokedBy::Poll(poll)).into_iter().collect(),
            State::Rejected if !self.are_held(&works, renews.as_ref()) => {
                let (credential, renewed) = self.accept(id, at);
                self.held.extend(works.iter().map(|work| (*work, *id)));
                credential.into_iter().chain(renewed).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Accepts a claim: its credential is granted, and the one that it renews is revoked.
    pub(super) fn accept(&mut self, id: &ClaimId, at: u32) -> (Option<Consequence>, Option<Consequence>) {
        let Some(known) = self.all.get_mut(id) else { return (None, None) };
        known.state = State::Accepted(at);
        let (credential, renews) = (known.credential(id, at), known.renews);
        let renewed = renews.and_then(|old| self.revoke(&old, RevokedBy::Renewal(*id)));
        (credential.map(Consequence::grant), renewed)
    }

    /// Revokes a credential, if it is one of a claim and counts.
    pub(in crate::audit) fn revoke_credential(
        &mut self,
        credential: &CredentialId,
        because: RevokedBy,
    ) -> Option<Consequence> {
        let id = self.granted(credential)?;
        self.revoke(&id, because)
    }

    /// Revokes the credential of a claim, if it counts.
    fn revoke(&mut self, id: &ClaimId, because: RevokedBy) -> Option<Consequence> {
        let known = self.all.get_mut(id)?;
        let State::Accepted(at) = known.state else { return None };
        known.state = State::Revoked;
        let credential = known.credential(id, at)?;
        self.release(id);
        Some(Consequence::revocation(&credential, because))
    }
}
