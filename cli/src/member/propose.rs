//! Proposing a poll (§6), without saying who proposes it, and taking it back before it opens.

use std::time::Duration;

use aiq_server::api::PollView;
use aiq_verifier::eligibility::{Eligibility, PinnedRoots};
use aiq_verifier::governance::Rules;
use aiq_verifier::log::Act;
use aiq_verifier::poll::{PollDefinition, PollId, Sealing, SealingKey};
use aiq_verifier::proposal::{
    DraftSealing, PollDraft, Proposal, ProposalKey, WithdrawnBy, propose_message, propose_scope,
};
use aiq_verifier::receipt::Receipt;
use aiq_verifier::sponsorship::{Allowance, Charter};

use super::present::{Purpose, prepare};
use super::{Crowd, Held, Member, MemberError, Openers, Provers, Refusal, check_poll};
use crate::progress::Progress;
use crate::sync::Ledger;
use crate::wallet::acts::ProposalRecord;

/// A poll that was proposed.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// The poll, as it was announced.
    pub poll: PollView,
    /// The credentials that the proof rests on; empty if it had been sent before.
    pub selected: Vec<Held>,
    /// Witness and proof; absent if it had been sent before.
    pub proving: Option<Duration>,
}

impl Member {
    /// Proposes a poll. Whatever the service would refuse it for is found out here, before anything is proved; `on_crowd` hears how large a
    /// crowd this member hides in. A proposal that was written down and is not known to have arrived goes out again as it was.
    ///
    /// # Errors
    /// [`MemberError`]; [`MemberError::Refused`] and [`MemberError::Shortfall`] before anything is sent.
    pub fn propose(
        &mut self,
        ledger: &Ledger,
        provers: &Provers,
        draft: &PollDraft,
        on_crowd: &dyn Fn(&Crowd),
        progress: &dyn Progress,
    ) -> Result<Proposed, MemberError> {
        let charter = self.client.charter()?;
        let pending = self.known().acts.proposals.iter().find(|record| record.is_pending_for(draft)).cloned();
        if let Some(record) = pending {
            match self.send_proposal(&record) {
                Err(MemberError::Client(error)) if error.code() == Some("stale_epoch") => {}
                outcome => return Ok(Proposed { poll: outcome?, selected: Vec::new(), proving: None }),
            }
        }
        let Allowance { menu, per_epoch: allowed } = charter.proposers.clone().ok_or(Refusal::NoProposers)?;
        self.check_draft(ledger, draft, charter)?;
        let trees = ledger.head();
        let epoch = trees.checkpoint.epoch;
        let known = self.known().acts.proposals.iter().map(|record| &record.proposal);
        let used: Vec<u8> = known.filter(|known| known.epoch == epoch).map(|known| known.number).collect();
        let eligibility = self.menu(&menu)?.eligibility(trees.checkpoint.sealed_at);
        let prepared = prepare(&self.identity, trees, &self.holdings(ledger), &eligibility, self.domains())?;
        on_crowd(&self.crowd(ledger, trees, &eligibility));
        for number in (0..allowed).filter(|number| !used.contains(number)) {
            let scope = propose_scope(&self.id, epoch, number);
            let withdrawal_key = ProposalKey::of(&self.wallet.proposal_key(&scope));
            let purpose = Purpose { scope, message: propose_message(&scope, draft, &withdrawal_key) };
            let prover = provers.get(&self.client, eligibility.statement(), progress)?;
            let presented = prepared.prove(&self.identity, trees, &purpose, &prover, progress)?;
            let proposal = Proposal { epoch, number, withdrawal_key, presentation: presented.presentation };
            let record = ProposalRecord { draft: draft.clone(), proposal, announced: None, withdrawn: None };
            let pending = record.clone();
            self.record(|deployment| deployment.acts.proposals.push(pending))?;
            match self.send_proposal(&record) {
                // A restored wallet, or another copy of this one, has used this number.
                Err(MemberError::Client(error)) if error.code() == Some("nullifier_used") => {}
                outcome => {
                    let (poll, selected) = (outcome?, prepared.selected().to_vec());
                    return Ok(Proposed { poll, selected, proving: Some(presented.proving) });
                }
            }
        }
        Err(Refusal::TooManyProposals { allowed, epoch }.into())
    }

    /// What the poll would be if it were announced now, held against the rules of a poll and of the charter.
    fn check_draft(&self, ledger: &Ledger, draft: &PollDraft, charter: Charter) -> Result<(), MemberError> {
        let checkpoint = ledger.head().checkpoint;
        let now = self.info.now.max(checkpoint.sealed_at);
        let eligibility = match &draft.menu {
            None => Eligibility::Membership,
            Some(menu) => self.menu(menu)?.eligibility(now),
        };
        let key = self.info.keys.iter().find(|key| key.statement == eligibility.statement());
        let key_id = key.map(|key| key.key_id).ok_or(MemberError::ForeignKey)?;
        let (epoch, members) = (checkpoint.epoch, checkpoint.member_count());
        let roots =
            PinnedRoots { epoch, members_root: checkpoint.members_root, credentials_root: checkpoint.credentials_root };
        // Which key it is sealed to, the service says later; no rule depends on it but this form.
        let key = SealingKey::new([2; SealingKey::LENGTH]);
        let sealed = |DraftSealing { trustees, floor, reasons }| Sealing { trustees, key, floor, reasons };
        let poll = draft.clone().define(eligibility, roots, key_id, draft.sealing.map(sealed), now);
        poll.validate().map_err(Refusal::Poll)?;
        if u64::from(poll.decision.quorum) > members {
            return Err(Refusal::QuorumOutOfReach { quorum: poll.decision.quorum, members }.into());
        }
        let standards = self.client.standards()?.into_iter().map(|view| view.standard);
        let rules = Rules {
            domains: self.info.domains.iter().map(|entry| (entry.domain, entry.name.clone())).collect(),
            menu: self.info.menu.iter().map(|entry| (entry.id.clone(), entry.clone())).collect(),
            charter: Some(charter),
            standards: standards.map(|standard| (standard.domain.domain(), standard)).collect(),
        };
        Ok(rules.check_poll(&poll, members).map_err(Refusal::Mandate)?)
    }

    fn send_proposal(&mut self, record: &ProposalRecord) -> Result<PollView, MemberError> {
        let ProposalRecord { draft, proposal, .. } = record;
        let id = draft.id;
        let poll = match self.apart()?.propose(draft, proposal) {
            Ok(poll) => poll,
            Err(error) => return Err(self.refused(error, |acts| acts.proposals.retain(|known| known.draft.id != id))),
        };
        check_poll(&poll, &id, &self.id)?;
        if poll.definition.draft() != *draft || poll.definition.roots.epoch != proposal.epoch {
            return Err(MemberError::PollChanged(id));
        }
        let (boxed, receipt) = (Box::new(poll.definition.clone()), poll.receipt.clone());
        receipt.verify_for(self.service_key(), &self.id, Act::Proposal { proposal: proposal.clone(), poll: boxed })?;
        Openers::fetch(&self.apart()?, &poll.definition, &self.id, self.service_key())?;
        let announced = (poll.definition.clone(), receipt);
        self.record(|deployment| {
            if let Some(known) = deployment.acts.proposals.iter_mut().find(|known| known.draft.id == id) {
                known.announced = Some(announced);
            }
        })?;
        Ok(poll)
    }

    /// Takes back a poll that this wallet has proposed, before it opens.
    ///
    /// # Errors
    /// [`MemberError::Refused`] if another wallet or the administrator has announced it.
    pub fn withdraw_poll(&mut self, id: &PollId) -> Result<(PollDefinition, Receipt), MemberError> {
        let known = self.known().acts.proposals.iter().find(|record| record.draft.id == *id);
        let poll = self.apart()?.poll(id)?;
        let scope = check_poll(&poll, id, &self.id)?;
        // A restored wallet does not know its proposals, but can still make the key that it named in one.
        let proposal = known.map(|record| record.proposal.clone()).or_else(|| poll.proposal.clone());
        let proposal = proposal.ok_or(Refusal::NotProposed(*id))?;
        let key = self.wallet.proposal_key(&propose_scope(&self.id, proposal.epoch, proposal.number));
        if ProposalKey::of(&key) != proposal.withdrawal_key {
            return Err(Refusal::NotProposed(*id).into());
        }
        let by = WithdrawnBy::sign(&key, &scope);
        let receipt = self.apart()?.withdraw_poll(id, &by)?;
        receipt.verify_for(self.service_key(), &self.id, Act::PollWithdrawal { scope, by })?;
        let kept = (by, receipt.clone());
        self.record(|deployment| {
            if let Some(known) = deployment.acts.proposals.iter_mut().find(|known| known.draft.id == *id) {
                known.withdrawn = Some(kept);
            }
        })?;
        Ok((poll.definition, receipt))
    }
}
