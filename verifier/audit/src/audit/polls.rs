//! Polls, from their announcement to their tally and reasons (§8).

mod announced;
mod closed;
mod sealed;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use aiq_circuits::{
    identity::{Nullifier, OwnerTag},
    scope::Scope,
};
use aiq_verifier::{
    poll::{Ballot, BallotKey, Choice, CommittedBallot, Join, Opening, PollDefinition, PollId, join_message},
    presentation::PollVerifier,
};

pub(super) use self::{
    announced::{Announcement, Origin},
    closed::Outcome,
};
use self::{closed::Told, sealed::Sealed};
use super::{pending::Pending, used::Used};
use crate::{
    fault::{Fault, FaultCode, Place},
    report::PollReport,
};

/// The polls of a log.
#[derive(Default)]
pub(super) struct Polls {
    ids: HashSet<PollId>,
    /// Polls by their scope, each with its place among the reports.
    by_scope: BTreeMap<Scope, usize>,
    /// Those that have no tally yet and were not withdrawn.
    running: BTreeMap<Scope, Running>,
    /// The poll whose tally was the last act but for what followed from it: its reasons may come.
    told: Option<Told>,
    /// In the order of their announcement.
    reports: Vec<PollReport>,
}

/// A poll that has no tally yet.
struct Running {
    definition: PollDefinition,
    origin: Origin,
    verifier: Arc<PollVerifier>,
    /// Members of the pinned epoch.
    members: u64,
    voters: HashMap<Nullifier, Voter>,
    is_closed: bool,
    /// The first ballot that is not opened.
    unopened: Option<u64>,
    sealed: Option<Sealed>,
}

/// Somebody who joined.
struct Voter {
    key: BallotKey,
    /// Gets the reward, if the poll has one.
    tag: OwnerTag,
    last: Option<Last>,
}

/// The last ballot of a voter.
struct Last {
    seq: u32,
    said: Said,
}

/// What a ballot says.
enum Said {
    /// It is not opened, or says nothing in this poll.
    Nothing,
    Choice(Choice),
    /// Its ciphertext: the trustees' shares are not there.
    Sealed(Vec<u8>),
}

impl Polls {
    pub(super) fn join(
        &mut self,
        place: Place,
        (index, at): (u64, u32),
        scope: Scope,
        join: Join,
        used: &mut Used,
        pending: &mut Pending,
    ) -> Result<(), Fault> {
        let poll = self.taking(place, &scope)?;
        let definition = &poll.definition;
        let is_in_time = definition.announced_at <= at && at < definition.closes_at;
        place.rule(is_in_time, FaultCode::OutsideTimes, || "the poll could not be joined then")?;
        let Join { presentation, ballot_key } = join;
        let is_for_it =
            presentation.statement == definition.eligibility.statement() && presentation.key_id == definition.key_id;
        place.rule(is_for_it, FaultCode::Presentation, || "it shows another statement, or is for another key")?;
        ballot_key.validate().map_err(|error| place.fault(FaultCode::BallotKey, error.to_string()))?;
        let nullifier = presentation.nullifier;
        place.rule(!poll.voters.contains_key(&nullifier), FaultCode::RepeatedJoin, || {
            format!("{nullifier} joined already")
        })?;
        place.rule((poll.voters.len() as u64) < poll.members, FaultCode::TooManyJoins, || {
            format!("more joined than the {} members of the epoch", poll.members)
        })?;
        if definition.reward.is_some() {
            used.tag(place, presentation.tag)?;
        }
        poll.voters.insert(nullifier, Voter { key: ballot_key, tag: presentation.tag, last: None });
        let message = join_message(&scope, &ballot_key);
        pending.proof(index, &poll.verifier, scope, message, presentation);
        Ok(())
    }

    pub(super) fn ballot(
        &mut self,
        place: Place,
        (index, at): (u64, u32),
        committed: CommittedBallot,
        opening: Option<Opening>,
        pending: &mut Pending,
    ) -> Result<(), Fault> {
        let CommittedBallot { scope, nullifier, seq, .. } = committed;
        let poll = self.taking(place, &scope)?;
        let definition = &poll.definition;
        let is_in_time = definition.opens_at <= at && at < definition.closes_at;
        place.rule(is_in_time, FaultCode::OutsideTimes, || "the poll was not open then")?;
        let voter = poll.voters.get_mut(&nullifier);
        let voter = voter.ok_or_else(|| place.fault(FaultCode::NotJoined, format!("{nullifier} has not joined")))?;
        place.rule(voter.last.as_ref().is_none_or(|last| seq > last.seq), FaultCode::Sequence, || {
            format!("{nullifier} has a ballot with number {seq} or a higher one already")
        })?;
        let said = match opening {
            None => {
                poll.unopened.get_or_insert(index);
                Said::Nothing
            }
            Some(opening) => {
                let length = poll.sealed.as_ref().map(Sealed::ballot_length);
                let fits = |ballot: &Ballot| match length {
                    Some(length) => ballot.body.len() == length,
                    None => ballot.body.len() <= Ballot::MAX_BODY,
                };
                let ballot = committed.open(opening).filter(fits).ok_or_else(|| {
                    place.fault(
                        FaultCode::Opening,
                        "the opening is not what the ballot committed to, or of another length",
                    )
                })?;
                let said = match length {
                    Some(_) => Said::Sealed(ballot.body.clone()),
                    None => Choice::decode(&ballot.body, definition).map_or(Said::Nothing, Said::Choice),
                };
                pending.signature(index, voter.key, ballot);
                said
            }
        };
        voter.last = Some(Last { seq, said });
        Ok(())
    }

    /// Every poll, those without a tally as they are now.
    pub(super) fn reports(&self) -> Vec<PollReport> {
        let mut reports = self.reports.clone();
        for (scope, poll) in &self.running {
            if let Some(report) = self.by_scope.get(scope).and_then(|place| reports.get_mut(*place)) {
                (report.joined, report.voted) = (poll.voters.len() as u64, poll.last_ballots().count() as u64);
                report.sealing = poll.sealed.as_ref().map(Sealed::report);
            }
        }
        reports
    }

    fn report_mut(&mut self, scope: &Scope) -> Option<&mut PollReport> {
        self.by_scope.get(scope).and_then(|place| self.reports.get_mut(*place))
    }

    /// Whether the service alone could have read the ballots of a poll early.
    pub(super) fn are_sealed_by_the_service(&self) -> bool {
        let alone = |report: &PollReport| report.sealing.as_ref().is_some_and(|sealing| sealing.trustees.is_empty());
        self.reports.iter().any(alone)
    }

    /// How many voters are kept.
    #[cfg(test)]
    pub(super) fn voters(&self) -> usize {
        self.running.values().map(|poll| poll.voters.len()).sum()
    }

    /// Whether a poll of this id was announced.
    pub(super) fn has(&self, id: &PollId) -> bool {
        self.ids.contains(id)
    }

    /// A poll that was announced; `None` if it has its tally.
    fn known(&mut self, place: Place, scope: &Scope) -> Result<Option<&mut Running>, Fault> {
        place
            .rule(self.by_scope.contains_key(scope), FaultCode::UnknownPoll, || format!("there is no poll {scope}"))?;
        Ok(self.running.get_mut(scope))
    }

    /// A poll that is not closed.
    fn taking(&mut self, place: Place, scope: &Scope) -> Result<&mut Running, Fault> {
        let open = self.known(place, scope)?.filter(|poll| !poll.is_closed);
        open.ok_or_else(|| place.fault(FaultCode::OutsideTimes, "the poll is closed"))
    }
}

impl Running {
    fn last_ballots(&self) -> impl Iterator<Item = &Last> {
        self.voters.values().filter_map(|voter| voter.last.as_ref())
    }
}
