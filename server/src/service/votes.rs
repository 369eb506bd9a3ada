//! Joining a poll and voting in it (§6).

use std::sync::Arc;

use aiq_verifier::{
    poll::{Ballot, Choice, Join, Phase, PollId, join_message},
    receipt::Receipt,
};

use super::{Service, ServiceError, paging::next, sealing};
use crate::{
    api::{BallotEntry, BallotPage, JoinPage, NewBallot, Page},
    store::{Accepted, JoinRefusal, VoteRefusal},
};

impl Service {
    /// Enters a member into a poll: the proof is checked first, then the nullifier is written once.
    ///
    /// # Errors
    /// If the poll is unknown or closed, the proof refused, or the nullifier there with another ballot key.
    pub async fn join(&self, id: &PollId, join: Join) -> Result<Accepted<Receipt>, ServiceError> {
        let record = self.poll_record(id).await?;
        join.ballot_key.validate()?;
        // After the close only a repeated join is worth the work of checking it.
        let nullifier = &join.presentation.nullifier;
        let phase = record.phase(self.now());
        let definition = record.definition;
        if !phase.accepts_joins() && self.store().ballot_key(id, nullifier).await?.is_none() {
            return Err(match phase {
                Phase::Withdrawn => ServiceError::PollWithdrawn,
                _ => ServiceError::PollClosed(definition.closes_at),
            });
        }
        let scope = definition.scope(&self.0.deployment_id);
        let closes_at = definition.closes_at;
        let inner = Arc::clone(&self.0);
        let check = move || {
            let verifier = inner.folded.of(&inner.verifier, &definition.eligibility, &definition.roots, &scope)?;
            verifier.verify(join_message(&scope, &join.ballot_key), &join.presentation).map(|()| join)
        };
        let join = self.0.pool.run(check).await??;
        let accepted = self.store().join(id, &join, self.now()).await?.map_err(|refusal| match refusal {
            JoinRefusal::UnknownPoll => ServiceError::UnknownPoll(*id),
            JoinRefusal::Closed => ServiceError::PollClosed(closes_at),
            JoinRefusal::Withdrawn => ServiceError::PollWithdrawn,
            JoinRefusal::OtherKey => ServiceError::OtherBallotKey,
            JoinRefusal::TagUsed => ServiceError::TagUsed,
        })?;
        Ok(accepted.map(|logged| self.receipt(logged)))
    }

    pub(crate) async fn joins(&self, id: &PollId, page: &Page) -> Result<JoinPage, ServiceError> {
        self.poll_record(id).await?;
        let limit = self.page_limit(page);
        let joins = self.store().joins(id, page.cursor()?, limit).await?;
        let next = next(&joins, limit, |join| join.presentation.nullifier.to_string());
        Ok(JoinPage { joins, next })
    }

    /// Takes a ballot: signed by the join's key, for this poll, with a choice that it offers, or sealed and as long as every other.
    ///
    /// # Errors
    /// If the poll is unknown or not open, the nullifier has not joined, the ballot is refused or a later one there.
    pub async fn vote(&self, id: &PollId, ballot: NewBallot) -> Result<Accepted<Receipt>, ServiceError> {
        let (ballot, reason) = ballot.into_parts();
        let definition = self.poll_record(id).await?.definition;
        if ballot.scope != definition.scope(&self.0.deployment_id) {
            return Err(ServiceError::OtherPoll);
        }
        let key = self.store().ballot_key(id, &ballot.nullifier).await?.ok_or(ServiceError::NotJoined)?;
        ballot.verify(&key)?;
        match &definition.sealing {
            // What it says is not known before the close, and its length must not tell.
            Some(_) => sealing::check_ballot(&definition, &ballot.body)?,
            None => drop(Choice::decode(&ballot.body, &definition)?),
        }
        sealing::check_reason(&definition, reason.as_ref())?;
        let accepted =
            self.store().vote(id, &ballot, reason.as_ref(), self.now()).await?.map_err(|refusal| match refusal {
                VoteRefusal::UnknownPoll => ServiceError::UnknownPoll(*id),
                VoteRefusal::NotOpen => ServiceError::PollNotOpen(definition.opens_at),
                VoteRefusal::Closed => ServiceError::PollClosed(definition.closes_at),
                VoteRefusal::Withdrawn => ServiceError::PollWithdrawn,
                VoteRefusal::NotJoined => ServiceError::NotJoined,
                VoteRefusal::SeqUsed => ServiceError::SeqUsed(ballot.seq),
                VoteRefusal::Superseded(seq) => ServiceError::Superseded(seq),
            })?;
        Ok(accepted.map(|logged| self.receipt(logged)))
    }

    pub(crate) async fn ballots(&self, id: &PollId, page: &Page) -> Result<BallotPage, ServiceError> {
        let record = self.poll_record(id).await?;
        // What was sent is shown only once the poll is closed for every process; what is sealed stays so without its shares.
        let is_closed = match record.phase(self.now()) {
            Phase::Closed => self.settle(record).await.map(|_| true)?,
            _ => record.closed,
        };
        let limit = self.page_limit(page);
        let ballots = self.store().ballots(id, page.cursor_pair()?, limit).await?;
        let next = next(&ballots, limit, |ballot| format!("{}.{}", ballot.nullifier, ballot.seq));
        let entry = |ballot: Ballot| BallotEntry {
            nullifier: ballot.nullifier,
            seq: ballot.seq,
            ballot: is_closed.then_some(ballot),
        };
        Ok(BallotPage { ballots: ballots.into_iter().map(entry).collect(), next })
    }
}
