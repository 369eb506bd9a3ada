//! Joining a poll and voting in it (§6, §8).

use std::time::{Duration, Instant};

use aiq_circuits::identity::DeploymentId;
use aiq_circuits::scope::Scope;
use aiq_server::api::PollView;
use aiq_verifier::claim::ClaimId;
use aiq_verifier::dispute::Dispute;
use aiq_verifier::log::Act;
use aiq_verifier::poll::{Ballot, BallotKey, Choice, Join, PollId, join_message};
use aiq_verifier::receipt::{Receipt, ReceiptError};
use rand::rngs::OsRng;

use super::moment::draw;
use super::present::{Prepared, Purpose, prepare};
use super::{Crowd, Held, Member, MemberError, Provers, dispute_behind};
use crate::progress::{Progress, Silent};
use crate::sync::{Ledger, Trees};
use crate::time;
use crate::wallet::state::{BallotRecord, PollRecord, announcement_of};

/// A join that can be made: what is missing would have been said.
#[derive(Debug)]
pub struct JoinPlan {
    poll: PollView,
    scope: Scope,
    crowd: Crowd,
    trees: Trees,
    /// Absent if the wallet has joined before.
    prepared: Option<Prepared>,
    /// Number of the tag that gets the reward, if the poll has one.
    tag: Option<u64>,
    /// The dispute that opened the poll, if one did.
    dispute: Option<(ClaimId, Dispute)>,
}

impl JoinPlan {
    /// The crowd that this member would hide in.
    #[must_use]
    pub const fn crowd(&self) -> &Crowd {
        &self.crowd
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
    /// The credentials that the proof rests on; empty if this had been joined before.
    pub selected: Vec<Held>,
    /// Witness and proof; absent if this had been joined before.
    pub proving: Option<Duration>,
    /// Time for the service to check the proof and to write down the join.
    pub accepting: Duration,
}

/// A vote that was cast.
#[derive(Debug, Clone)]
pub struct Voted {
    /// The ballot's number; the highest one counts.
    pub seq: u32,
    /// What was chosen.
    pub choice: Choice,
    /// The service's promise.
    pub receipt: Receipt,
    /// Time for the service to write down the ballot.
    pub accepting: Duration,
}

/// A ballot that arrived.
struct Cast {
    seq: u32,
    receipt: Receipt,
    accepting: Duration,
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
        let dispute = self.check_announcement(&poll)?;
        let definition = &poll.definition;
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
        Ok(JoinPlan { poll, scope, crowd, trees, prepared, tag, dispute })
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
        let (poll, crowd) = (plan.poll.clone(), plan.crowd);
        let Written { id, selected, proving, .. } = self.write_join(plan, Start::Now, provers, progress)?;
        let (receipt, accepting) = self.send_written_join(&id)?;
        Ok(Joined { poll, receipt, crowd, selected, proving, accepting })
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
        let JoinPlan { poll, scope, trees, prepared, tag, dispute, .. } = plan;
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
            let mut record = PollRecord::new(&poll, dispute, join);
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

    /// Votes, or changes the vote: the ballot is written down before it is sent, and one that is not known to have arrived goes out
    /// again exactly as it was.
    ///
    /// # Errors
    /// [`MemberError`]; [`MemberError::NotJoined`] if this wallet has not joined.
    pub fn vote(&mut self, id: &PollId, choice: Choice) -> Result<Voted, MemberError> {
        let Cast { seq, receipt, accepting } = self.cast(id, &choice)?;
        Ok(Voted { seq, choice, receipt, accepting })
    }

    fn cast(&mut self, id: &PollId, choice: &Choice) -> Result<Cast, MemberError> {
        let poll = self.apart()?.poll(id)?;
        let scope = check_poll(&poll, id, &self.id)?;
        // What the poll does not offer would be counted as spoiled: refuse it here.
        choice.validate(&poll.definition)?;
        let record = self.known().polls.get(id);
        if record.is_some_and(|record| record.definition != poll.definition) {
            return Err(MemberError::PollChanged(*id));
        }
        let last = record.and_then(|record| record.ballots.last());
        if let Some(pending) = last.filter(|last| last.receipt.is_none() && last.choice == *choice) {
            let ballot = pending.ballot.clone();
            return self.send_ballot(id, &ballot);
        }
        if record.is_none() {
            self.recover_join(id, &poll, &scope)?;
        }
        let known = self.known().polls.get(id).and_then(|record| record.ballots.last());
        let last = match known {
            Some(last) => Some(last.ballot.seq),
            None => self.published_seq(id, &scope)?,
        };
        let ballot = self.write_ballot(id, scope, choice, last)?;
        match self.send_ballot(id, &ballot) {
            // Another copy of this wallet has voted meanwhile: the newest wish of the member counts.
            Err(MemberError::Client(error))
                if matches!(error.code(), Some("ballot_seq_used" | "ballot_superseded")) =>
            {
                let last = self.published_seq(id, &scope)?;
                let ballot = self.write_ballot(id, scope, choice, last)?;
                self.send_ballot(id, &ballot)
            }
            outcome => outcome,
        }
    }

    /// The highest ballot number of this member that the service shows; a restored wallet knows no other.
    fn published_seq(&self, id: &PollId, scope: &Scope) -> Result<Option<u32>, MemberError> {
        let nullifier = self.identity.nullifier(scope);
        let ballots = self.apart()?.ballots(id)?;
        Ok(ballots.iter().filter(|entry| entry.nullifier == nullifier).map(|entry| entry.seq).max())
    }

    /// After a restore from the 24 words the wallet knows nothing of its joins; the public list of joins does.
    fn recover_join(&mut self, id: &PollId, poll: &PollView, scope: &Scope) -> Result<(), MemberError> {
        let dispute = self.check_announcement(poll)?;
        let join = self.published_join(id, scope)?.ok_or(MemberError::NotJoined(*id))?;
        let record = PollRecord::new(poll, dispute, join);
        self.record(|deployment| deployment.polls.insert(*id, record)).map(|_| ())
    }

    /// This member's join as the service publishes it, if it does.
    fn published_join(&self, id: &PollId, scope: &Scope) -> Result<Option<Join>, MemberError> {
        let nullifier = self.identity.nullifier(scope);
        let ballot_key = BallotKey::of(&self.wallet.ballot_key(scope));
        let own = |join: &Join| join.presentation.nullifier == nullifier && join.ballot_key == ballot_key;
        Ok(self.apart()?.joins(id)?.into_iter().find(own))
    }

    /// A poll that is not in the log would be one for chosen members only.
    pub(super) fn check_announcement(&self, poll: &PollView) -> Result<Option<(ClaimId, Dispute)>, MemberError> {
        let dispute = dispute_behind(poll);
        let act = announcement_of(&poll.definition, dispute.as_ref());
        poll.receipt.verify_for(self.service_key(), &self.id, act)?;
        Ok(dispute)
    }

    /// Signs the ballot that follows number `last`, and writes it down.
    fn write_ballot(
        &mut self,
        id: &PollId,
        scope: Scope,
        choice: &Choice,
        last: Option<u32>,
    ) -> Result<Ballot, MemberError> {
        let nullifier = self.identity.nullifier(&scope);
        let seq = last.map_or(Some(0), |last| last.checked_add(1)).ok_or(MemberError::SeqExhausted)?;
        let key = self.wallet.ballot_key(&scope);
        let ballot = Ballot::sign(&key, scope, nullifier, seq, choice.encode(), &mut OsRng);
        let record = BallotRecord { choice: choice.clone(), ballot: ballot.clone(), receipt: None };
        self.record(|deployment| {
            if let Some(poll) = deployment.polls.get_mut(id) {
                poll.ballots.push(record);
            }
        })?;
        Ok(ballot)
    }

    fn send_ballot(&mut self, id: &PollId, ballot: &Ballot) -> Result<Cast, MemberError> {
        let begun = Instant::now();
        let receipt = self.apart()?.vote(id, ballot)?.value;
        let accepting = begun.elapsed();
        receipt.verify_for(self.service_key(), &self.id, Act::Ballot(ballot.committed()))?;
        let kept = receipt.clone();
        self.record(|deployment| {
            let poll = deployment.polls.get_mut(id);
            if let Some(last) = poll.and_then(|poll| poll.ballots.iter_mut().find(|known| known.ballot == *ballot)) {
                last.receipt = Some(kept);
            }
        })?;
        Ok(Cast { seq: ballot.seq, receipt, accepting })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aiq_circuits::identity::OwnerTag;
    use aiq_circuits::statement::StatementId;
    use aiq_verifier::presentation::Presentation;
    use aiq_verifier::proof::Proof;

    use super::*;
    use crate::fake::Fake;
    use crate::sync::TileCache;
    use crate::wallet::Wallet;

    /// A join of this wallet; the wallet does not look at its proof, which here is any three points, `tag` in it is random.
    fn join(member: &Member, scope: &Scope, tag: u8) -> Join {
        let key = aiq_keys::public_seed_verifying_key(StatementId::Membership).unwrap();
        let points = key.to_bytes();
        let proof = Proof::from_bytes(&[&points[..96], &points[..32]].concat()).unwrap();
        let presentation = Presentation {
            statement: StatementId::Membership,
            key_id: key.id(),
            nullifier: member.identity.nullifier(scope),
            tag: OwnerTag::new(tag.into()),
            proof,
        };
        Join { presentation, ballot_key: BallotKey::of(&member.wallet.ballot_key(scope)) }
    }

    #[test]
    fn a_join_from_before_a_restore_is_taken_over_with_its_receipt() {
        let fake = Fake::founded();
        let mut member = Member::connect(Wallet::in_memory(), fake.client(), None).unwrap();
        let poll = fake.announce();
        let (id, scope) = (poll.definition.id, poll.scope);
        let before = join(&member, &scope, 1);
        let first = member.client.join(&id, &before).unwrap().value;
        // The restored wallet knows nothing of it and has made another proof.
        let record = PollRecord::new(&poll, None, join(&member, &scope, 2));
        member.record(|deployment| deployment.polls.insert(id, record)).unwrap();
        let again = join(&member, &scope, 2);
        assert_eq!(member.send_join(&id, &scope, &again).unwrap().0, first);
        assert_eq!(member.known().polls[&id].join, before);
        member.follow_log(&TileCache::none(), &Silent).unwrap();
        assert!(member.known().log.has(&first));
        // The join of another ballot key under this name is nobody's to take over.
        fake.shown().joins[0].0.ballot_key = BallotKey::new([3; 32]);
        let refused = member.send_join(&id, &scope, &again);
        assert!(matches!(refused, Err(MemberError::Receipt(ReceiptError::Entry))));
    }
}
