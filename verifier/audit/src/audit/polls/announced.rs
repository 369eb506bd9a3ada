//! How polls come about, and are withdrawn.

use std::{collections::HashMap, sync::Arc};

use aiq_circuits::scope::Scope;
use aiq_verifier::{
    eligibility::Eligibility,
    poll::PollDefinition,
    proposal::{ProposalKey, WithdrawnBy},
};

use super::{Polls, Running, sealed::Sealed};
use crate::{
    audit::{ceremonies::Ceremonies, governance, surroundings::Surroundings, trees::Epoch},
    fault::{Fault, FaultCode, Place},
    report::{EnactmentReport, EnactmentState, PollOrigin, PollReport},
};

/// How a poll comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::audit) enum Origin {
    /// The administrator announces it.
    Announced,
    /// A dispute opens it.
    Dispute,
    /// A member proposes it, and can withdraw it with this key.
    Proposed(ProposalKey),
}

impl Origin {
    const fn report(self) -> PollOrigin {
        match self {
            Self::Announced => PollOrigin::Announced,
            Self::Dispute => PollOrigin::Dispute,
            Self::Proposed(_) => PollOrigin::Proposal,
        }
    }
}

/// A poll as it comes.
pub(in crate::audit) struct Announcement {
    pub(in crate::audit) definition: PollDefinition,
    pub(in crate::audit) origin: Origin,
    /// Whether what it enacts is possible now, and if not, why; where that is not known, it may be.
    pub(in crate::audit) possible: Result<(), String>,
}

impl Polls {
    pub(in crate::audit) fn announce(
        &mut self,
        place: Place,
        at: u32,
        announcement: Announcement,
        around: &Surroundings<'_>,
        ceremonies: &mut Ceremonies,
    ) -> Result<(), Fault> {
        let Announcement { definition, origin, possible } = announcement;
        let invalid = |message| place.fault(FaultCode::PollDefinition, message);
        definition.validate().map_err(|error| invalid(format!("the poll: {error}")))?;
        place.rule(
            definition.announced_at == at,
            FaultCode::PollDefinition,
            || "the poll was announced at another moment than its definition says",
        )?;
        place.rule(!self.ids.contains(&definition.id), FaultCode::RepeatedPoll, || {
            format!("there is a poll {} already", definition.id)
        })?;
        let epoch = around.trees.epoch(definition.roots.epoch).filter(|epoch| epoch.roots == definition.roots);
        let epoch = *epoch
            .ok_or_else(|| place.fault(FaultCode::PollRoots, "the poll pins roots that no epoch had until then"))?;
        let latest = around.trees.latest().map(|latest| latest.roots);
        place.rule(
            !matches!(origin, Origin::Proposed(_)) || latest == Some(epoch.roots),
            FaultCode::PollRoots,
            || "the poll pins the roots of another epoch than it was proposed in",
        )?;
        place.rule(
            is_on_the_menu(&definition, origin, &epoch, around),
            FaultCode::PollEligibility,
            || "the poll asks for what is not on the menu",
        )?;
        governance::check(place, &definition, origin, epoch.members, around.founding, possible)?;
        let sealed = Sealed::of(place, &definition, origin, around, ceremonies)?;
        let listed = around.keys.manifest.entry(definition.eligibility.statement());
        place.rule(
            listed.is_some_and(|entry| entry.key_id == definition.key_id),
            FaultCode::PollKey,
            || "the poll pins a key that is not the manifest's for its statement",
        )?;
        let scope = definition.scope(around.deployment_id);
        let verifier = around
            .keys
            .verifier
            .fold(&definition.eligibility, &definition.roots, &scope)
            .map_err(|error| place.fault(FaultCode::PollKey, format!("the poll's verifying key: {error}")))?;

        self.ids.insert(definition.id);
        self.by_scope.insert(scope, self.reports.len());
        self.reports.push(report(&definition, origin, sealed.as_ref()));
        let running = Running {
            definition,
            origin,
            verifier: Arc::new(verifier),
            members: epoch.members,
            voters: HashMap::new(),
            is_closed: false,
            unopened: None,
            sealed,
        };
        self.running.insert(scope, running);
        Ok(())
    }

    /// Withdraws a poll before it opens: by whoever announced it.
    pub(in crate::audit) fn withdraw(
        &mut self,
        place: Place,
        at: u32,
        scope: &Scope,
        by: &WithdrawnBy,
    ) -> Result<(), Fault> {
        let running = self.known(place, scope)?.filter(|poll| !poll.is_closed && at < poll.definition.opens_at);
        let message = "the poll is open, closed or withdrawn already";
        let poll = running.ok_or_else(|| place.fault(FaultCode::PollWithdrawalPlace, message))?;
        match (by, poll.origin) {
            (WithdrawnBy::Administrator {}, Origin::Announced) => {}
            (WithdrawnBy::Proposer { signature }, Origin::Proposed(key)) => {
                key.verify(scope, signature).map_err(|_| {
                    let message = "it is not signed by the key that the proposal came with";
                    place.fault(FaultCode::PollWithdrawalSignature, message)
                })?;
            }
            _ => return Err(place.fault(FaultCode::PollWithdrawal, "another side announced the poll")),
        }
        self.running.remove(scope);
        if let Some(report) = self.report_mut(scope) {
            report.withdrawn = true;
        }
        Ok(())
    }
}

/// Whether a poll asks for membership, or exactly for what an entry of the menu says; that of a dispute asks for what its claim pinned,
/// whatever the menu says by now, as of its epoch.
fn is_on_the_menu(definition: &PollDefinition, origin: Origin, epoch: &Epoch, around: &Surroundings<'_>) -> bool {
    match (&definition.eligibility, origin) {
        (Eligibility::Membership, _) => true,
        (Eligibility::Standing { requirement, .. }, Origin::Dispute) => requirement.as_of == epoch.sealed_at,
        (Eligibility::Standing { menu, .. }, Origin::Announced | Origin::Proposed(_)) => {
            let entry = around.founding.menu_entry(menu);
            entry.is_some_and(|entry| entry.eligibility(definition.announced_at) == definition.eligibility)
        }
    }
}

fn report(definition: &PollDefinition, origin: Origin, sealed: Option<&Sealed>) -> PollReport {
    let enactment = definition.enactment.as_ref().map(|enactment| EnactmentReport {
        option: enactment.option,
        change: enactment.change.clone(),
        state: EnactmentState::Open,
    });
    PollReport {
        id: definition.id,
        question: definition.question.clone(),
        options: definition.options.clone(),
        rule: definition.rule,
        origin: origin.report(),
        withdrawn: false,
        sealing: sealed.map(Sealed::report),
        joined: 0,
        voted: 0,
        tally: None,
        enactment,
    }
}
