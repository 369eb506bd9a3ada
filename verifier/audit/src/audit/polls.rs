//! Polls, from their announcement to their tally (§8).

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use aiq_circuits::{
    identity::{Nullifier, OwnerTag},
    scope::Scope,
};
use aiq_verifier::{
    claim::ClaimId,
    eligibility::Eligibility,
    poll::{
        Ballot, BallotKey, Change, Choice, CommittedBallot, Count, Enactment, Join, Opening, PollDefinition, PollId,
        SignedTally, Tally, join_message,
    },
    presentation::PollVerifier,
    service_key::ServiceKey,
};

use super::{consequences::Consequence, pending::Pending, surroundings::Surroundings, used::Used};
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
    /// Those that have no tally yet.
    running: BTreeMap<Scope, Running>,
    /// In the order of their announcement.
    reports: Vec<PollReport>,
}

/// A poll that has no tally yet.
struct Running {
    definition: PollDefinition,
    verifier: Arc<PollVerifier>,
    /// Members of the pinned epoch.
    members: u64,
    voters: HashMap<Nullifier, Voter>,
    is_closed: bool,
    /// The first ballot that is not opened.
    unopened: Option<u64>,
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
    /// What it says, as long as it is opened and says something in this poll.
    choice: Option<Choice>,
}

/// How a poll comes about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is announced.
    Announced,
    /// A dispute opens it.
    Dispute,
}

/// What a tally brings about.
pub(super) struct Outcome {
    /// The claim that was in dispute, and whether the decision on it is overturned.
    pub(super) dispute: Option<(ClaimId, bool)>,
    /// Rewards, in their order.
    pub(super) rewards: Vec<Consequence>,
}

impl Polls {
    pub(super) fn announce(
        &mut self,
        place: Place,
        at: u32,
        definition: PollDefinition,
        origin: Origin,
        around: &Surroundings<'_>,
    ) -> Result<(), Fault> {
        let invalid = |message| place.fault(FaultCode::PollDefinition, message);
        definition.validate().map_err(|error| invalid(format!("the poll: {error}")))?;
        place.rule(
            definition.announced_at == at,
            FaultCode::PollDefinition,
            || "the poll was announced at another moment than its definition says",
        )?;
        place.rule(
            definition.enactment.is_none() || origin == Origin::Dispute,
            FaultCode::PollDefinition,
            || "it enacts something, but no dispute opened it",
        )?;
        let scope = definition.scope(around.deployment_id);
        place.rule(!self.ids.contains(&definition.id), FaultCode::RepeatedPoll, || {
            format!("there is a poll {} already", definition.id)
        })?;
        let epoch = around.trees.epoch(definition.roots.epoch).filter(|epoch| epoch.roots == definition.roots);
        let epoch = epoch
            .ok_or_else(|| place.fault(FaultCode::PollRoots, "the poll pins roots that no epoch had until then"))?;
        let as_of = match origin {
            Origin::Announced => definition.announced_at,
            Origin::Dispute => epoch.sealed_at,
        };
        let is_on_the_menu = match &definition.eligibility {
            Eligibility::Membership => true,
            Eligibility::Standing { menu, .. } => {
                around.founding.menu_entry(menu).is_some_and(|entry| entry.eligibility(as_of) == definition.eligibility)
            }
        };
        place.rule(is_on_the_menu, FaultCode::PollEligibility, || "the poll asks for what is not on the menu")?;
        let listed = around.keys.manifest.entry(definition.eligibility.statement());
        place.rule(
            listed.is_some_and(|entry| entry.key_id == definition.key_id),
            FaultCode::PollKey,
            || "the poll pins a key that is not the manifest's for its statement",
        )?;
        let verifier = around
            .keys
            .verifier
            .fold(&definition.eligibility, &definition.roots, &scope)
            .map_err(|error| place.fault(FaultCode::PollKey, format!("the poll's verifying key: {error}")))?;

        self.ids.insert(definition.id);
        self.by_scope.insert(scope, self.reports.len());
        self.reports.push(PollReport {
            id: definition.id,
            question: definition.question.clone(),
            options: definition.options.clone(),
            rule: definition.rule,
            joined: 0,
            voted: 0,
            tally: None,
        });
        let running = Running {
            definition,
            verifier: Arc::new(verifier),
            members: epoch.members,
            voters: HashMap::new(),
            is_closed: false,
            unopened: None,
        };
        self.running.insert(scope, running);
        Ok(())
    }

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
        let choice = match opening {
            None => {
                poll.unopened.get_or_insert(index);
                None
            }
            Some(opening) => {
                let ballot = committed.open(opening).filter(|ballot| ballot.body.len() <= Ballot::MAX_BODY);
                let ballot = ballot.ok_or_else(|| {
                    place.fault(FaultCode::Opening, "the opening is not what the ballot committed to")
                })?;
                let choice = Choice::decode(&ballot.body, definition).ok();
                pending.signature(index, voter.key, ballot);
                choice
            }
        };
        voter.last = Some(Last { seq, choice });
        Ok(())
    }

    pub(super) fn close(&mut self, place: Place, at: u32, scope: &Scope) -> Result<(), Fault> {
        let running = self.known(place, scope)?;
        let open = running.filter(|poll| !poll.is_closed);
        let poll = open.ok_or_else(|| place.fault(FaultCode::Close, "the poll is closed already"))?;
        place.rule(at >= poll.definition.closes_at, FaultCode::Close, || "the poll is not over yet")?;
        if let Some(index) = poll.unopened {
            let message = "its poll is closed, but the ballot is not opened";
            return Err(Place::entry(index).fault(FaultCode::OpeningMissing, message));
        }
        poll.is_closed = true;
        Ok(())
    }

    pub(super) fn tally(
        &mut self,
        place: Place,
        at: u32,
        signed: &SignedTally,
        key: &ServiceKey,
    ) -> Result<Outcome, Fault> {
        let closed = self.known(place, &signed.scope)?.filter(|poll| poll.is_closed);
        let poll = closed
            .ok_or_else(|| place.fault(FaultCode::TallyPlace, "the poll is not closed, or has a tally already"))?;
        let unsigned = |_| place.fault(FaultCode::TallySignature, "the tally is not signed by the service");
        signed.verify(key).map_err(unsigned)?;
        let counted = poll.count(&signed.scope);
        place.rule(counted == signed.tally, FaultCode::Tally, || in_words(&counted))?;
        let outcome = poll.outcome(at, signed);
        self.running.remove(&signed.scope);
        if let Some(report) = self.by_scope.get(&signed.scope).and_then(|place| self.reports.get_mut(*place)) {
            (report.joined, report.voted, report.tally) = (counted.joined, counted.voted, Some(counted));
        }
        Ok(outcome)
    }

    /// Every poll, those without a tally as they are now.
    pub(super) fn reports(&self) -> Vec<PollReport> {
        let mut reports = self.reports.clone();
        for (scope, poll) in &self.running {
            if let Some(report) = self.by_scope.get(scope).and_then(|place| reports.get_mut(*place)) {
                (report.joined, report.voted) = (poll.voters.len() as u64, poll.last_ballots().count() as u64);
            }
        }
        reports
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

    /// The last ballots, counted, when all are opened.
    fn count(&self, scope: &Scope) -> Tally {
        let choices = self.last_ballots().map(|last| last.choice.as_ref());
        Count::of_choices(&self.definition, scope, self.voters.len() as u64, choices).tally
    }

    /// What follows from the tally.
    fn outcome(&self, at: u32, signed: &SignedTally) -> Outcome {
        let enacts = |enactment: &Enactment| match enactment.change {
            Change::Overturn { claim } => Some((claim, enactment.follows_from(&signed.tally))),
            _ => None,
        };
        let mut rewards = Vec::new();
        if let Some(reward) = self.definition.reward {
            let voted = self.voters.iter().filter(|(_, voter)| voter.last.is_some());
            let mut earned: Vec<_> = voted.map(|(nullifier, voter)| (*nullifier, voter.tag)).collect();
            earned.sort_unstable();
            let note = |(nullifier, tag)| Consequence::grant(reward.note(&signed.scope, &nullifier, tag, at));
            rewards.extend(earned.into_iter().map(note));
        }
        Outcome { dispute: self.definition.enactment.as_ref().and_then(enacts), rewards }
    }
}

/// What the ballots give.
fn in_words(tally: &Tally) -> String {
    let Tally { options, abstain, spoiled, joined, voted, outcome } = tally;
    format!(
        "the ballots give {options:?}, {abstain} abstain, {spoiled} spoiled, {joined} joined, {voted} voted: {outcome}"
    )
}
