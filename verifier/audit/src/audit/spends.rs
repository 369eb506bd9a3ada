//! Sponsorships, proposals and merges: what members do with standing and notes that they have (§6, §5.4).

use aiq_verifier::{
    merge::Merge,
    poll::PollDefinition,
    presentation::{Expectation, Presentation},
    proposal::{Proposal, propose_message, propose_scope},
    sponsorship::{Sponsorship, sponsor_message, sponsor_scope},
};

use super::surroundings::Context;
use crate::fault::{Fault, FaultCode, Place};

/// Checks a sponsorship; gives the moment from which its invitation is worth nothing, Unix seconds.
pub(super) fn sponsor(
    place: Place,
    (index, at): (u64, u32),
    sponsorship: &Sponsorship,
    context: &mut Context<'_>,
) -> Result<u32, Fault> {
    let Context { around, used, pending } = context;
    let Sponsorship { epoch, number, token_hash, presentation } = sponsorship;
    let allowed = around.founding.powers().and_then(|charter| Some((charter, charter.sponsors.as_ref()?)));
    let (charter, allowance) =
        allowed.ok_or_else(|| place.fault(FaultCode::Sponsorship, "the charter lets nobody invite others"))?;
    place.rule(*number < allowance.per_epoch, FaultCode::Limit, || {
        format!("a member invites {} in an epoch, and this is number {number} from 0", allowance.per_epoch)
    })?;
    let epoch = around.latest(place, *epoch)?;
    let eligibility = around.asked(&allowance.menu, epoch);
    let eligibility = eligibility
        .ok_or_else(|| place.fault(FaultCode::Sponsorship, "what the charter asks of sponsors is not on the menu"))?;
    let scope = sponsor_scope(around.deployment_id, epoch.roots.epoch, *number);
    let message = sponsor_message(&scope, token_hash);
    let shown =
        around.keys.expect(place, &Expectation { eligibility, roots: epoch.roots, scope, message }, presentation)?;
    used.act(place, scope, presentation.nullifier)?;
    pending.shown(index, shown);
    Ok(at.saturating_add(charter.invitation_validity))
}

/// A proposal whose poll is to be checked before what the proposer shows.
pub(super) struct Proposed {
    expectation: Expectation,
}

/// Checks who may propose, and by which epoch.
pub(super) fn propose(
    place: Place,
    proposal: &Proposal,
    poll: &PollDefinition,
    context: &Context<'_>,
) -> Result<Proposed, Fault> {
    let around = &context.around;
    let Proposal { epoch, number, withdrawal_key, .. } = proposal;
    let allowance = around.founding.powers().and_then(|charter| charter.proposers.as_ref());
    let asked = allowance.and_then(|allowance| Some((allowance, around.founding.menu_entry(&allowance.menu)?)));
    let (allowance, menu) =
        asked.ok_or_else(|| place.fault(FaultCode::Proposal, "the charter lets nobody propose polls"))?;
    withdrawal_key.validate().map_err(|error| place.fault(FaultCode::WithdrawalKey, error.to_string()))?;
    place.rule(*number < allowance.per_epoch, FaultCode::Limit, || {
        format!("a member proposes {} polls in an epoch, and this is number {number} from 0", allowance.per_epoch)
    })?;
    let epoch = around.latest(place, *epoch)?;
    let eligibility = menu.eligibility(epoch.sealed_at);
    let scope = propose_scope(around.deployment_id, epoch.roots.epoch, *number);
    let message = propose_message(&scope, &poll.draft(), withdrawal_key);
    Ok(Proposed { expectation: Expectation { eligibility, roots: epoch.roots, scope, message } })
}

impl Proposed {
    /// Checks what the proposer shows.
    pub(super) fn show(
        self,
        place: Place,
        index: u64,
        presentation: &Presentation,
        context: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let shown = context.around.keys.expect(place, &self.expectation, presentation)?;
        context.used.act(place, self.expectation.scope, presentation.nullifier)?;
        context.pending.shown(index, shown);
        Ok(())
    }
}

/// Checks a merge; the leaf of its balance note is for the trees.
pub(super) fn merge(
    place: Place,
    (index, at): (u64, u32),
    merge: &Merge,
    context: &mut Context<'_>,
) -> Result<(), Fault> {
    let Context { around, used, pending } = context;
    let epoch = around.latest(place, merge.epoch)?;
    let shown = around.keys.expect_merge(place, around.deployment_id, merge, epoch)?;
    let rule = |holds, message: &str| place.rule(holds, FaultCode::Merge, || message);
    rule(merge.balance.issued_at == epoch.sealed_at, "the balance note was not issued with the epoch")?;
    rule(merge.balance.expires_at > at, "the notes have expired")?;
    used.spend(place, &merge.spends)?;
    used.tag(place, merge.tag)?;
    pending.shown(index, shown);
    Ok(())
}
