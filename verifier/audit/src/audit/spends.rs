//! Sponsorships and merges: what members do with standing and notes that they have (§6, §5.4).

use aiq_verifier::{
    merge::Merge,
    presentation::Expectation,
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
