//! Reviewing the claims of others (§6, §7), and not reviewing them.

use std::collections::BTreeMap;
use std::time::Duration;

use aiq_circuits::scope::Scope;
use aiq_server::api::{ClaimState, ClaimView};
use aiq_verifier::claim::{ClaimId, recusal_message};
use aiq_verifier::log::Act;
use aiq_verifier::poll::Blinding;
use aiq_verifier::receipt::Receipt;
use aiq_verifier::review::{Review, ReviewOpening, Verdict, review_message};
use rand::RngCore as _;
use rand::rngs::OsRng;

use super::present::{Prepared, Purpose, prepare};
use super::tags::OwnTags;
use super::{Crowd, Held, Member, MemberError, Provers, Refusal, check_claim};
use crate::progress::Progress;
use crate::sync::{Ledger, Trees};
use crate::wallet::acts::{RecusalRecord, ReviewRecord};

/// A review that can be made: what is missing would have been said.
#[derive(Debug)]
pub struct ReviewPlan {
    view: ClaimView,
    scope: Scope,
    crowd: Crowd,
    trees: Trees,
    prepared: Prepared,
    /// Number of the tag that gets the reward.
    tag: u64,
}

impl ReviewPlan {
    /// The crowd that this member would hide in.
    #[must_use]
    pub const fn crowd(&self) -> &Crowd {
        &self.crowd
    }

    /// What will be reviewed.
    #[must_use]
    pub const fn view(&self) -> &ClaimView {
        &self.view
    }
}

/// A review that was made.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// What was said.
    pub verdict: Verdict,
    /// The service's promise.
    pub receipt: Receipt,
    /// The credentials that the proof rests on; empty if it had been made before.
    pub selected: Vec<Held>,
    /// Witness and proof; absent if it had been made before.
    pub proving: Option<Duration>,
}

/// What this wallet can do about an open claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reviewable {
    /// It may review.
    Yes,
    /// It has reviewed, or a review is on its way.
    Done(Verdict),
    /// It may not, and why.
    No(String),
}

impl Member {
    /// Whether this wallet may review a claim that is open, found out on this machine. `trees` are those that were looked at before, by
    /// epoch.
    ///
    /// # Errors
    /// [`MemberError`] for everything that says nothing about this wallet.
    pub fn reviewable(
        &self,
        ledger: &Ledger,
        view: &ClaimView,
        trees: &mut BTreeMap<u32, Trees>,
    ) -> Result<Reviewable, MemberError> {
        check_claim(view, &view.id, &self.id)?;
        if let Some(record) = self.known().acts.reviews.get(&view.id) {
            return Ok(Reviewable::Done(record.review.opening.verdict));
        }
        let epoch = view.claim.roots.epoch;
        if let std::collections::btree_map::Entry::Vacant(entry) = trees.entry(epoch) {
            entry.insert(self.pinned_trees(ledger, &view.claim.roots)?);
        }
        let outcome = self.may_review(view).and_then(|()| {
            let held = self.holdings(ledger);
            let trees = trees.get(&epoch).unwrap_or_else(|| ledger.head());
            prepare(&self.identity, trees, &held, &view.claim.eligibility, self.domains())
        });
        match outcome {
            Ok(_) => Ok(Reviewable::Yes),
            Err(
                error @ (MemberError::Refused(_)
                | MemberError::Shortfall(_)
                | MemberError::NotAMember { .. }
                | MemberError::Withdrawn(_)),
            ) => Ok(Reviewable::No(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// Whether a claim is this member's own, by what the wallet knows and by the tag that gets the credential.
    #[must_use]
    pub fn is_own(&self, view: &ClaimView) -> bool {
        let known = self.known().acts.claims.contains_key(&view.id);
        known || OwnTags::new(&self.identity, self.sent_tags()).number(&view.claim.tag).is_some()
    }

    fn may_review(&self, view: &ClaimView) -> Result<(), MemberError> {
        if self.is_own(view) {
            return Err(Refusal::OwnClaim.into());
        }
        if self.known().acts.recusals.contains_key(&view.id) {
            return Err(Refusal::Recused.into());
        }
        self.is_taken(view)
    }

    /// Whether anything is taken for a claim at this moment, by the service's clock.
    fn is_taken(&self, view: &ClaimView) -> Result<(), MemberError> {
        match view.state {
            ClaimState::Open if view.closes_at > self.info.now => Ok(()),
            ClaimState::Open => Err(Refusal::WindowOver(view.closes_at).into()),
            state => Err(Refusal::NotOpen(state).into()),
        }
    }

    /// Checks what a claim pins and chooses credentials. Whatever is missing is found out here, before anything is sent.
    ///
    /// # Errors
    /// [`MemberError::Refused`]; [`MemberError::Shortfall`] says which credentials are missing.
    pub fn plan_review(
        &mut self,
        ledger: &Ledger,
        id: &ClaimId,
        progress: &dyn Progress,
    ) -> Result<ReviewPlan, MemberError> {
        if self.known().acts.reviews.get(id).is_some_and(|record| record.receipt.is_some()) {
            return Err(Refusal::AlreadyReviewed.into());
        }
        let view = self.apart()?.claim(id)?;
        let scope = check_claim(&view, id, &self.id)?;
        let tag = self.next_tag(ledger, progress)?;
        self.may_review(&view)?;
        let trees = self.pinned_trees(ledger, &view.claim.roots)?;
        let held = self.holdings(ledger);
        let prepared = prepare(&self.identity, &trees, &held, &view.claim.eligibility, self.domains())?;
        self.check_claim_entry(&view)?;
        let crowd = self.crowd(ledger, &trees, &view.claim.eligibility);
        Ok(ReviewPlan { view, scope, crowd, trees, prepared, tag })
    }

    /// Sends a review again that was written down and is not known to have arrived, if there is one.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn resume_review(&mut self, id: &ClaimId) -> Result<Option<Reviewed>, MemberError> {
        let pending = self.known().acts.reviews.get(id).filter(|record| record.receipt.is_none());
        let Some(ReviewRecord { claim, review, .. }) = pending.cloned() else { return Ok(None) };
        let receipt = self.send_review(id, &claim.scope(&self.id), &review)?;
        let (verdict, selected) = (review.opening.verdict, Vec::new());
        Ok(Some(Reviewed { verdict, receipt, selected, proving: None }))
    }

    /// Proves, writes down, sends. An abstention earns nothing: its tag is one that nobody finds again.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn review_as_planned(
        &mut self,
        plan: ReviewPlan,
        verdict: Verdict,
        comment: String,
        provers: &Provers,
        progress: &dyn Progress,
    ) -> Result<Reviewed, MemberError> {
        let ReviewPlan { view, scope, trees, prepared, tag, .. } = plan;
        let mut blinding = [0; Blinding::LENGTH];
        OsRng.fill_bytes(&mut blinding);
        let opening = ReviewOpening { blinding: Blinding::new(blinding), verdict, comment };
        opening.validate().map_err(Refusal::Comment)?;
        let prover = provers.get(&self.client, view.claim.eligibility.statement(), progress)?;
        if prover.key_id() != view.claim.key_id {
            return Err(MemberError::ForeignKey);
        }
        let tag = verdict.counts().then_some(tag);
        let prepared = match tag {
            Some(number) => prepared.with_tag(&self.identity, number),
            None => prepared,
        };
        let purpose = Purpose { scope, message: review_message(&scope, &opening.commitment()) };
        let presented = prepared.prove(&self.identity, &trees, &purpose, &prover, progress)?;
        let review = Review { presentation: presented.presentation, opening };
        let record = ReviewRecord { claim: view.claim, review: review.clone(), receipt: None };
        self.record(|deployment| {
            if let Some(number) = tag {
                deployment.acts.use_tag(number);
            }
            deployment.acts.reviews.insert(view.id, record);
        })?;
        let receipt = self.send_review(&view.id, &scope, &review)?;
        let (selected, proving) = (prepared.selected().to_vec(), Some(presented.proving));
        Ok(Reviewed { verdict, receipt, selected, proving })
    }

    fn send_review(&mut self, id: &ClaimId, scope: &Scope, review: &Review) -> Result<Receipt, MemberError> {
        let receipt = match self.apart()?.review(id, review) {
            Ok(receipt) => receipt,
            Err(error) => return Err(self.refused(error, |acts| _ = acts.reviews.remove(id))),
        };
        let act = Act::Review { scope: *scope, review: review.committed() };
        receipt.verify_for(self.service_key(), &self.id, act)?;
        let kept = receipt.clone();
        self.record(|deployment| {
            if let Some(record) = deployment.acts.reviews.get_mut(id) {
                record.receipt = Some(kept);
            }
        })?;
        Ok(receipt)
    }

    /// Recuses this member from a claim, as co-authors do: it cannot review it any more. Again, it gives the first receipt.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn recuse(
        &mut self,
        ledger: &Ledger,
        provers: &Provers,
        id: &ClaimId,
        progress: &dyn Progress,
    ) -> Result<Receipt, MemberError> {
        if let Some(record) = self.known().acts.recusals.get(id) {
            match record.receipt.clone() {
                Some(receipt) => return Ok(receipt),
                None => return self.send_recusal(id),
            }
        }
        if self.known().acts.reviews.contains_key(id) {
            return Err(Refusal::AlreadyReviewed.into());
        }
        let view = self.apart()?.claim(id)?;
        let scope = check_claim(&view, id, &self.id)?;
        if self.is_own(&view) {
            return Err(Refusal::OwnClaim.into());
        }
        self.is_taken(&view)?;
        let trees = self.pinned_trees(ledger, &view.claim.roots)?;
        self.check_claim_entry(&view)?;
        let purpose = Purpose { scope, message: recusal_message(&scope) };
        let presented = self.present_membership(&trees, None, purpose, provers, progress)?;
        let record = RecusalRecord { claim: view.claim, presentation: presented.presentation, receipt: None };
        self.record(|deployment| deployment.acts.recusals.insert(*id, record))?;
        self.send_recusal(id)
    }

    fn send_recusal(&mut self, id: &ClaimId) -> Result<Receipt, MemberError> {
        let record = self.known().acts.recusals.get(id).cloned();
        let Some(RecusalRecord { claim, presentation, .. }) = record else {
            unreachable!("a recusal is written down before it is sent")
        };
        let receipt = match self.apart()?.recuse(id, &presentation) {
            Ok(receipt) => receipt,
            Err(error) => return Err(self.refused(error, |acts| _ = acts.recusals.remove(id))),
        };
        let act = Act::Recusal { scope: claim.scope(&self.id), presentation };
        receipt.verify_for(self.service_key(), &self.id, act)?;
        let kept = receipt.clone();
        self.record(|deployment| {
            if let Some(record) = deployment.acts.recusals.get_mut(id) {
                record.receipt = Some(kept);
            }
        })?;
        Ok(receipt)
    }
}

#[cfg(test)]
mod tests;
