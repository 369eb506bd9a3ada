//! Voting (§6, §8): a ballot is written down before it is sent.

use std::time::{Duration, Instant};

use aiq_circuits::scope::Scope;
use aiq_server::api::PollView;
use aiq_verifier::log::Act;
use aiq_verifier::poll::{Ballot, Choice, PollId};
use aiq_verifier::receipt::Receipt;
use rand::rngs::OsRng;

use super::super::{Member, MemberError};
use super::check_poll;
use crate::wallet::state::{BallotRecord, PollRecord};

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

impl Member {
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
        let poll = self.client.poll(id)?;
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
        let ballots = self.client.ballots(id)?;
        Ok(ballots.iter().filter(|entry| entry.nullifier == nullifier).map(|entry| entry.seq).max())
    }

    /// After a restore from the 24 words the wallet knows nothing of its joins; the public list of joins does.
    fn recover_join(&mut self, id: &PollId, poll: &PollView, scope: &Scope) -> Result<(), MemberError> {
        let dispute = self.check_announcement(poll)?;
        let join = self.published_join(id, scope)?.ok_or(MemberError::NotJoined(*id))?;
        let record = PollRecord::new(poll, dispute, join);
        self.record(|deployment| deployment.polls.insert(*id, record)).map(|_| ())
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
        let receipt = self.client.vote(id, ballot)?.value;
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
