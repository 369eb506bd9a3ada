//! Voting (§6, §8): a ballot is sealed to those whom the poll names, and written down before it is sent.

use std::time::{Duration, Instant};

use aiq_circuits::scope::Scope;
use aiq_sealing::ballot::{seal_choice, seal_reason};
use aiq_server::api::{NewBallot, PollView, SealedReason};
use aiq_verifier::log::Act;
use aiq_verifier::poll::{Ballot, Choice, PollDefinition, PollId};
use aiq_verifier::receipt::Receipt;
use rand::rngs::OsRng;

use super::super::{Member, MemberError, Openers, Refusal, SealingFault};
use super::check_poll;
use crate::wallet::state::{BallotRecord, PollRecord, ReasonRecord};

/// A vote that was cast.
#[derive(Debug, Clone)]
pub struct Voted {
    /// The ballot's number; the highest one counts.
    pub seq: u32,
    /// What was chosen.
    pub choice: Choice,
    /// Who can open it.
    pub openers: Openers,
    /// The service's promise.
    pub receipt: Receipt,
    /// Time for the service to write down the ballot.
    pub accepting: Duration,
}

/// What a member wants to say.
struct Wish<'a> {
    choice: &'a Choice,
    reason: Option<&'a str>,
}

impl Wish<'_> {
    fn is_of(&self, record: &BallotRecord) -> bool {
        let reason = record.reason.as_ref().map(|reason| reason.text.as_str());
        (&record.choice, reason) == (self.choice, self.reason)
    }

    /// What the poll does not offer would be counted as spoiled, or shown as unreadable: it is refused here.
    fn check(&self, poll: &PollDefinition) -> Result<(), MemberError> {
        self.choice.validate(poll)?;
        let Some(reason) = self.reason else { return Ok(()) };
        let sealing = poll.sealing.filter(|sealing| sealing.reasons > 0).ok_or(Refusal::NoReasons)?;
        let (bytes, limit) = (reason.len(), sealing.reasons);
        if bytes > limit.into() {
            return Err(Refusal::ReasonTooLong { bytes, limit }.into());
        }
        Ok(sealing.check_reason(reason).map_err(Refusal::Reason)?)
    }
}

/// A ballot that arrived.
struct Cast {
    seq: u32,
    receipt: Receipt,
    accepting: Duration,
}

impl Member {
    /// Votes, or changes the vote, without a reason: [`vote_with_reason`](Self::vote_with_reason).
    ///
    /// # Errors
    /// [`MemberError`]; [`MemberError::NotJoined`] if this wallet has not joined.
    pub fn vote(&mut self, id: &PollId, choice: Choice) -> Result<Voted, MemberError> {
        self.vote_with_reason(id, choice, None)
    }

    /// Votes, or changes the vote: who can open it is checked before anything is sealed to them, the ballot is written down before it is
    /// sent, and one that is not known to have arrived goes out again exactly as it was. A reason takes the place of an earlier one;
    /// without one there is none any more.
    ///
    /// # Errors
    /// [`MemberError`]; [`MemberError::NotJoined`] if this wallet has not joined, [`MemberError::Sealing`] if others could open the
    /// ballot than the poll names, [`MemberError::Refused`] for a reason that the poll does not take.
    pub fn vote_with_reason(
        &mut self,
        id: &PollId,
        choice: Choice,
        reason: Option<&str>,
    ) -> Result<Voted, MemberError> {
        let poll = self.apart()?.poll(id)?;
        let scope = check_poll(&poll, id, &self.id)?;
        let wish = Wish { choice: &choice, reason };
        wish.check(&poll.definition)?;
        let openers = Openers::fetch(&self.apart()?, &poll.definition, &self.id, self.service_key())?;
        let Cast { seq, receipt, accepting } = self.cast(&poll, &scope, &wish)?;
        Ok(Voted { seq, choice, openers, receipt, accepting })
    }

    fn cast(&mut self, poll: &PollView, scope: &Scope, wish: &Wish<'_>) -> Result<Cast, MemberError> {
        let id = &poll.definition.id;
        let record = self.known().polls.get(id);
        if record.is_some_and(|record| record.definition != poll.definition) {
            return Err(MemberError::PollChanged(*id));
        }
        let last = record.and_then(|record| record.ballots.last());
        if let Some(pending) = last.filter(|last| last.receipt.is_none() && wish.is_of(last)) {
            let pending = pending.clone();
            return self.send_ballot(id, &pending);
        }
        if record.is_none() {
            self.recover_join(id, poll, scope)?;
        }
        let known = self.known().polls.get(id).and_then(|record| record.ballots.last());
        let last = match known {
            Some(last) => Some(last.ballot.seq),
            None => self.published_seq(id, scope)?,
        };
        let ballot = self.write_ballot(&poll.definition, scope, wish, last)?;
        match self.send_ballot(id, &ballot) {
            // Another copy of this wallet has voted meanwhile: the newest wish of the member counts.
            Err(MemberError::Client(error))
                if matches!(error.code(), Some("ballot_seq_used" | "ballot_superseded")) =>
            {
                let last = self.published_seq(id, scope)?;
                let ballot = self.write_ballot(&poll.definition, scope, wish, last)?;
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
        let origin = self.check_announcement(poll)?;
        let join = self.published_join(id, scope)?.ok_or(MemberError::NotJoined(*id))?;
        let record = PollRecord::new(poll, origin, join);
        self.record(|deployment| deployment.polls.insert(*id, record)).map(|_| ())
    }

    /// Seals and signs the ballot that follows number `last`, and writes it down.
    fn write_ballot(
        &mut self,
        poll: &PollDefinition,
        scope: &Scope,
        wish: &Wish<'_>,
        last: Option<u32>,
    ) -> Result<BallotRecord, MemberError> {
        let nullifier = self.identity.nullifier(scope);
        let seq = last.map_or(Some(0), |last| last.checked_add(1)).ok_or(MemberError::SeqExhausted)?;
        let (choice, sealing) = (wish.choice.clone(), poll.sealing.as_ref());
        let body = match sealing {
            None => choice.encode(),
            Some(_) => seal_choice(poll, scope, (&nullifier, seq), &choice, &mut OsRng).ok_or(SealingFault::Key)?,
        };
        let seal = |text: &str| {
            let sealed = sealing.and_then(|sealing| seal_reason(sealing, scope, text, &mut OsRng));
            let sealed = SealedReason::new(sealed.ok_or(SealingFault::Key)?);
            Ok::<_, SealingFault>(ReasonRecord { text: text.to_owned(), sealed })
        };
        let reason = wish.reason.map(seal).transpose()?;
        let key = self.wallet.ballot_key(scope);
        let ballot = Ballot::sign(&key, *scope, nullifier, seq, body, &mut OsRng);
        let record = BallotRecord { choice, ballot, reason, receipt: None };
        let kept = record.clone();
        self.record(|deployment| {
            if let Some(poll) = deployment.polls.get_mut(&poll.id) {
                poll.ballots.push(kept);
            }
        })?;
        Ok(record)
    }

    fn send_ballot(&mut self, id: &PollId, record: &BallotRecord) -> Result<Cast, MemberError> {
        let begun = Instant::now();
        let BallotRecord { ballot, reason, .. } = record;
        let reason = reason.as_ref().map(|reason| reason.sealed.clone());
        let receipt = self.apart()?.vote_with_reason(id, &NewBallot::new(ballot.clone(), reason))?.value;
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
