//! Joining a poll (§6).

mod vote;

use std::time::{Duration, Instant};

use aiq_circuits::identity::DeploymentId;
use aiq_circuits::scope::Scope;
use aiq_server::api::PollView;
use aiq_verifier::log::Act;
use aiq_verifier::poll::{BallotKey, Join, PollId, join_message};
use aiq_verifier::receipt::{Receipt, ReceiptError};
use rand::rngs::OsRng;

pub use vote::Voted;

use super::moment::draw;
use super::present::{Prepared, Purpose, prepare};
use super::{Crowd, Held, Member, MemberError, Openers, Provers, dispute_behind};
use crate::progress::{Progress, Silent};
use crate::sync::{Ledger, Trees};
use crate::time;
use crate::wallet::state::{Origin, PollRecord};

/// A join that can be made: what is missing would have been said.
#[derive(Debug)]
pub struct JoinPlan {
    poll: PollView,
    scope: Scope,
    openers: Openers,
    crowd: Crowd,
    trees: Trees,
    /// Absent if the wallet has joined before.
    prepared: Option<Prepared>,
    /// Number of the tag that gets the reward, if the poll has one.
    tag: Option<u64>,
    /// Who opened the poll.
    origin: Origin,
}

impl JoinPlan {
    /// The crowd that this member would hide in.
    #[must_use]
    pub const fn crowd(&self) -> &Crowd {
        &self.crowd
    }

    /// Who can open the ballots.
    #[must_use]
    pub const fn openers(&self) -> &Openers {
        &self.openers
    }

    /// How many have joined so far, as the service says.
    #[must_use]
    pub const fn joined(&self) -> u64 {
        self.poll.joined
    }
}

/// When a join goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At once.
    Now,
    /// At a moment that is drawn once, and kept.
    Drawn,
}

/// A join that is in the wallet and can be sent.
#[derive(Debug, Clone)]
pub struct Written {
    /// The poll.
    pub id: PollId,
    /// When it should be sent, Unix seconds, if not at once.
    pub moment: Option<u32>,
    /// The credentials that the proof rests on; empty if it was made before.
    pub selected: Vec<Held>,
    /// Witness and proof; absent if it was made before.
    pub proving: Option<Duration>,
}

/// A poll that was joined.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The poll as the service shows it.
    pub poll: PollView,
    /// The service's promise.
    pub receipt: Receipt,
    /// The crowd that this member hides in.
    pub crowd: Crowd,
    /// Who will be able to open the ballots.
    pub openers: Openers,
    /// The credentials that the proof rests on; empty if this had been joined before.
    pub selected: Vec<Held>,
    /// Witness and proof; absent if this had been joined before.
    pub proving: Option<Duration>,
    /// Time for the service to check the proof and to write down the join.
    pub accepting: Duration,
}

/// Checks a poll that a service shows: well-formed, under the id that was asked for, its scope derived from its definition.
///
/// # Errors
/// [`MemberError::InvalidPoll`], [`MemberError::PollChanged`].
pub fn check_poll(view: &PollView, id: &PollId, deployment: &DeploymentId) -> Result<Scope, MemberError> {
    view.definition.validate()?;
    let scope = view.definition.scope(deployment);
    if view.definition.id != *id || view.scope != scope {
        return Err(MemberError::PollChanged(*id));
    }
    Ok(scope)
}

impl Member {
    /// Joins a poll: [`plan_join`](Self::plan_join) and [`join_as_planned`](Self::join_as_planned) in one.
    ///
    /// # Errors
    /// [`MemberError`]; [`MemberError::Shortfall`] says which credentials are missing.
    pub fn join(
        &mut self,
        ledger: &Ledger,
        provers: &Provers,
        id: &PollId,
        progress: &dyn Progress,
    ) -> Result<Joined, MemberError> {
        let plan = self.plan_join(ledger, id)?;
        self.join_as_planned(plan, provers, progress)
    }

    /// Checks what a poll pins and chooses credentials. Whatever is missing is found out here, before anything is sent, and so is
    /// the size of the crowd, which a person may want to know before going on.
    ///
    /// # Errors
    /// [`MemberError`]; [`MemberError::Shortfall`] says which credentials are missing.
    pub fn plan_join(&mut self, ledger: &Ledger, id: &PollId) -> Result<JoinPlan, MemberError> {
        let poll = self.apart()?.poll(id)?;
        let scope = check_poll(&poll, id, &self.id)?;
        let origin = self.check_announcement(&poll)?;
        let definition = &poll.definition;
        let openers = Openers::fetch(&self.apart()?, definition, &self.id, self.service_key())?;
        let tag = definition.reward.map(|_| self.next_tag(ledger, &Silent)).transpose()?;
        let trees = self.pinned_trees(ledger, &definition.roots)?;
        let crowd = self.crowd(ledger, &trees, &definition.eligibility);
        let prepared = match self.known().polls.get(id) {
            Some(record) if record.definition != *definition => return Err(MemberError::PollChanged(*id)),
            Some(_) => None,
            None if !poll.phase.accepts_joins() => return Err(MemberError::Phase(poll.phase)),
            None => {
                let held = self.holdings(ledger);
                Some(prepare(&self.identity, &trees, &held, &definition.eligibility, self.domains())?)
            }
        };
        Ok(JoinPlan { poll, scope, openers, crowd, trees, prepared, tag, origin })
    }

    /// Proves, writes down, sends. A join that was written down before goes out again as it was.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn join_as_planned(
        &mut self,
        plan: JoinPlan,
        provers: &Provers,
        progress: &dyn Progress,
    ) -> Result<Joined, MemberError> {
        let (poll, crowd, openers) = (plan.poll.clone(), plan.crowd, plan.openers.clone());
        let Written { id, selected, proving, .. } = self.write_join(plan, Start::Now, provers, progress)?;
        let (receipt, accepting) = self.send_written_join(&id)?;
        Ok(Joined { poll, receipt, crowd, openers, selected, proving, accepting })
    }

    /// Proves and writes down, and sends nothing. A join that was written down before stays as it was, and so does its moment.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn write_join(
        &mut self,
        plan: JoinPlan,
        start: Start,
        provers: &Provers,
        progress: &dyn Progress,
    ) -> Result<Written, MemberError> {
        let JoinPlan { poll, scope, trees, prepared, tag, origin, .. } = plan;
        let id = poll.definition.id;
        let (mut selected, mut proving) = (Vec::new(), None);
        if let Some(mut prepared) = prepared {
            if let Some(number) = tag {
                prepared = prepared.with_tag(&self.identity, number);
            }
            let definition = &poll.definition;
            let prover = provers.get(&self.client, definition.eligibility.statement(), progress)?;
            if prover.key_id() != definition.key_id {
                return Err(MemberError::ForeignKey);
            }
            let ballot_key = BallotKey::of(&self.wallet.ballot_key(&scope));
            let purpose = Purpose { scope, message: join_message(&scope, &ballot_key) };
            let presented = prepared.prove(&self.identity, &trees, &purpose, &prover, progress)?;
            let join = Join { presentation: presented.presentation, ballot_key };
            let mut record = PollRecord::new(&poll, origin, join);
            record.moment = (start == Start::Drawn).then(|| draw(definition, time::now(), &mut OsRng));
            self.record(|deployment| {
                if let Some(number) = tag {
                    deployment.acts.use_tag(number);
                }
                deployment.polls.insert(id, record)
            })?;
            (selected, proving) = (prepared.selected().to_vec(), Some(presented.proving));
        }
        let moment = self.known().polls.get(&id).and_then(|record| record.moment);
        Ok(Written { id, moment, selected, proving })
    }

    /// A join that is in the wallet and not known to have arrived.
    #[must_use]
    pub fn written_join(&self, id: &PollId) -> Option<Written> {
        let record = self.known().polls.get(id).filter(|record| record.join_receipt.is_none())?;
        Some(Written { id: *id, moment: record.moment, selected: Vec::new(), proving: None })
    }

    /// Sends a join as it was written down: one request, on a connection of its own, with nothing before or after it.
    ///
    /// # Errors
    /// [`MemberError`]; [`MemberError::NotJoined`] if none was written down.
    pub fn send_written_join(&mut self, id: &PollId) -> Result<(Receipt, Duration), MemberError> {
        let record = self.known().polls.get(id).ok_or(MemberError::NotJoined(*id))?;
        let (scope, join) = (record.definition.scope(&self.id), record.join.clone());
        self.send_join(id, &scope, &join)
    }

    fn send_join(&mut self, id: &PollId, scope: &Scope, join: &Join) -> Result<(Receipt, Duration), MemberError> {
        let begun = Instant::now();
        let receipt = self.apart()?.join(id, join)?.value;
        let accepting = begun.elapsed();
        let act = |join: &Join| Act::Join { scope: *scope, join: join.clone() };
        let mut join = join.clone();
        match receipt.verify_for(self.service_key(), &self.id, act(&join)) {
            // A wallet that was restored, or another copy of this one, has joined before: the first join counts, and it is the
            // one that the receipt is for.
            Err(ReceiptError::Entry) => {
                join = self.published_join(id, scope)?.ok_or(ReceiptError::Entry)?;
                receipt.verify_for(self.service_key(), &self.id, act(&join))?;
            }
            outcome => outcome?,
        }
        let kept = receipt.clone();
        self.record(|deployment| {
            if let Some(record) = deployment.polls.get_mut(id) {
                (record.join, record.join_receipt) = (join, Some(kept));
            }
        })?;
        Ok((receipt, accepting))
    }

    /// This member's join as the service publishes it, if it does.
    fn published_join(&self, id: &PollId, scope: &Scope) -> Result<Option<Join>, MemberError> {
        let nullifier = self.identity.nullifier(scope);
        let ballot_key = BallotKey::of(&self.wallet.ballot_key(scope));
        let own = |join: &Join| join.presentation.nullifier == nullifier && join.ballot_key == ballot_key;
        Ok(self.apart()?.joins(id)?.into_iter().find(own))
    }

    /// A poll that is not in the log would be one for chosen members only.
    pub(super) fn check_announcement(&self, poll: &PollView) -> Result<Origin, MemberError> {
        let origin = match (dispute_behind(poll), &poll.proposal) {
            (Some((claim, dispute)), _) => Origin::Dispute(claim, Box::new(dispute)),
            (None, Some(proposal)) => Origin::Proposal(Box::new(proposal.clone())),
            (None, None) => Origin::Administrator,
        };
        poll.receipt.verify_for(self.service_key(), &self.id, origin.announcement_of(&poll.definition))?;
        Ok(origin)
    }
}

#[cfg(test)]
mod tests;
