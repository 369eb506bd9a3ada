//! What happens once a poll takes no more ballots.

use aiq_circuits::scope::Scope;
use aiq_verifier::{
    poll::{Change, Count, PollDefinition, PollShare, SignedTally, Tally},
    service_key::ServiceKey,
};
use rayon::prelude::*;

use super::{Polls, Running, Said, Voter, sealed::Opener};
use crate::{
    audit::consequences::Consequence,
    fault::{Fault, FaultCode, Place},
    report::EnactmentState,
};

/// What a tally brings about.
pub(in crate::audit) struct Outcome {
    /// What the poll was to change, and whether the option for it won.
    pub(in crate::audit) change: Option<(Change, bool)>,
    /// Rewards, in their order.
    pub(in crate::audit) rewards: Vec<Consequence>,
}

/// A poll that has its tally, as long as its reasons may come.
pub(super) struct Told {
    scope: Scope,
    /// The moment of the tally, Unix seconds.
    at: u32,
    opener: Opener,
    /// Bytes that every reason has.
    length: usize,
    /// So many more can come.
    left: u64,
    last: Vec<u8>,
}

impl Polls {
    pub(in crate::audit) fn close(&mut self, place: Place, at: u32, scope: &Scope) -> Result<(), Fault> {
        let running = self.known(place, scope)?;
        let open = running.filter(|poll| !poll.is_closed);
        let poll = open.ok_or_else(|| place.fault(FaultCode::Close, "the poll is closed or withdrawn already"))?;
        place.rule(at >= poll.definition.closes_at, FaultCode::Close, || "the poll is not over yet")?;
        if let Some(index) = poll.unopened {
            let message = "its poll is closed, but the ballot is not opened";
            return Err(Place::entry(index).fault(FaultCode::OpeningMissing, message));
        }
        poll.is_closed = true;
        Ok(())
    }

    /// Takes a trustee's share of a poll's secret.
    pub(in crate::audit) fn share(&mut self, place: Place, share: &PollShare) -> Result<(), Fault> {
        let poll = self.known(place, &share.scope)?.filter(|poll| poll.is_closed && !poll.is_below_its_floor());
        let sealed = poll.and_then(|poll| poll.sealed.as_mut());
        let message = "the poll is not sealed, not closed, below its floor, or has its tally";
        sealed.ok_or_else(|| place.fault(FaultCode::SharePlace, message))?.share(
            place,
            share.index,
            share.share.as_bytes(),
        )
    }

    pub(in crate::audit) fn tally(
        &mut self,
        place: Place,
        at: u32,
        signed: &SignedTally,
        key: &ServiceKey,
    ) -> Result<Outcome, Fault> {
        let scope = &signed.scope;
        let closed = self.known(place, scope)?.filter(|poll| poll.is_closed);
        let message = "the poll is not closed, or has a tally already";
        let poll = closed.ok_or_else(|| place.fault(FaultCode::TallyPlace, message))?;
        let opener = match &poll.sealed {
            Some(sealed) if !poll.is_below_its_floor() => {
                let message = "fewer trustees have shown their shares than it takes to open the ballots";
                Some(sealed.opener().ok_or_else(|| place.fault(FaultCode::TallyPlace, message))?)
            }
            _ => None,
        };
        let unsigned = |_| place.fault(FaultCode::TallySignature, "the tally is not signed by the service");
        signed.verify(key).map_err(unsigned)?;
        if let Some(opener) = &opener {
            poll.open(scope, opener);
        }
        let counted = poll.count(scope);
        place.rule(counted == signed.tally, FaultCode::Tally, || in_words(&counted))?;
        let outcome = poll.outcome(at, signed);
        self.told = opener.and_then(|opener| Some((opener.reason_length()?, opener))).map(|(length, opener)| Told {
            scope: *scope,
            at,
            opener,
            length,
            left: counted.voted,
            last: Vec::new(),
        });
        let sealing = self.running.remove(scope).and_then(|poll| poll.sealed.map(|sealed| sealed.report()));
        if let Some(report) = self.report_mut(scope) {
            (report.joined, report.voted, report.tally, report.sealing) =
                (counted.joined, counted.voted, Some(counted), sealing);
        }
        let state = outcome.change.as_ref().map(|(_, passed)| match passed {
            true => EnactmentState::Passed,
            false => EnactmentState::Rejected,
        });
        self.enacted(scope, state);
        Ok(outcome)
    }

    /// Takes the next reason that came with a ballot of the poll whose tally was the last act.
    pub(in crate::audit) fn reason(&mut self, place: Place, at: u32, scope: &Scope, bytes: &[u8]) -> Result<(), Fault> {
        self.known(place, scope)?;
        let told = self.told.as_mut().filter(|told| told.scope == *scope && told.at == at);
        let message = "it does not stand behind the tally of a poll whose ballots came with reasons";
        let told = told.ok_or_else(|| place.fault(FaultCode::ReasonPlace, message))?;
        let rule = |holds, message: &str| place.rule(holds, FaultCode::Reason, || message);
        rule(bytes.len() == told.length, "it has another length than reasons in this poll have")?;
        rule(told.last.as_slice() <= bytes, "it does not stand in its order")?;
        rule(told.left > 0, "there are more reasons than voters")?;
        told.left -= 1;
        told.last = bytes.to_vec();
        let is_readable = told.opener.reason(scope, bytes).is_some();
        if let Some(sealing) = self.report_mut(scope).and_then(|report| report.sealing.as_mut()) {
            sealing.reasons += 1;
            sealing.unreadable += u64::from(!is_readable);
        }
        Ok(())
    }

    /// Something else than what follows from the last tally: its reasons are over.
    pub(in crate::audit) fn end_reasons(&mut self) {
        self.told = None;
    }

    /// What became of what a poll was to change, if that is known.
    pub(in crate::audit) fn enacted(&mut self, scope: &Scope, state: Option<EnactmentState>) {
        let enactment = self.report_mut(scope).and_then(|report| report.enactment.as_mut());
        if let Some((enactment, state)) = enactment.zip(state) {
            enactment.state = state;
        }
    }
}

impl Running {
    /// Whether too few voted for anything to be opened.
    fn is_below_its_floor(&self) -> bool {
        let voted = self.last_ballots().count() as u64;
        self.sealed.as_ref().is_some_and(|sealed| voted < sealed.floor())
    }

    /// Opens the last ballots, on all cores.
    fn open(&mut self, scope: &Scope, opener: &Opener) {
        let definition: &PollDefinition = &self.definition;
        self.voters.par_iter_mut().for_each(|(nullifier, Voter { last, .. })| {
            if let Some(last) = last
                && let Said::Sealed(body) = &last.said
            {
                let choice = opener.choice(scope, nullifier, last.seq, body, definition);
                last.said = choice.map_or(Said::Nothing, Said::Choice);
            }
        });
    }

    /// The last ballots, counted, when all are opened.
    fn count(&self, scope: &Scope) -> Tally {
        let (joined, voted) = (self.voters.len() as u64, self.last_ballots().count() as u64);
        if self.is_below_its_floor() {
            return Count::below_floor(&self.definition, joined, voted).tally;
        }
        let choices = self.last_ballots().map(|last| match &last.said {
            Said::Choice(choice) => Some(choice),
            Said::Nothing | Said::Sealed(_) => None,
        });
        Count::of_choices(&self.definition, scope, joined, choices).tally
    }

    /// What follows from the tally.
    fn outcome(&self, at: u32, signed: &SignedTally) -> Outcome {
        let mut rewards = Vec::new();
        if let Some(reward) = self.definition.reward {
            let voted = self.voters.iter().filter(|(_, voter)| voter.last.is_some());
            let mut earned: Vec<_> = voted.map(|(nullifier, voter)| (*nullifier, voter.tag)).collect();
            earned.sort_unstable();
            let note = |(nullifier, tag)| Consequence::grant(reward.note(&signed.scope, &nullifier, tag, at));
            rewards.extend(earned.into_iter().map(note));
        }
        let change = self.definition.enactment.as_ref().map(|enactment| {
            let passed = enactment.follows_from(&signed.tally);
            (enactment.change.clone(), passed)
        });
        Outcome { change, rewards }
    }
}

/// What the ballots give.
fn in_words(tally: &Tally) -> String {
    let Tally { options, abstain, spoiled, joined, voted, outcome } = tally;
    format!(
        "the ballots give {options:?}, {abstain} abstain, {spoiled} spoiled, {joined} joined, {voted} voted: {outcome}"
    )
}
