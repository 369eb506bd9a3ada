//! Claims that wait for their ruling, and what happens to them until then.

use std::{collections::HashSet, sync::Arc};

use aiq_circuits::{
    credential::{Attributes, Credential, CredentialId},
    identity::{Nullifier, OwnerTag},
    scope::{Message, Scope},
};
use aiq_verifier::{
    claim::{Claim, ClaimId, NewClaim, recusal_message},
    eligibility::{Eligibility, PinnedRoots},
    presentation::{Expectation, Presentation},
    review::{CommittedReview, ReviewOpening, Ruling, RulingOutcome, Verdict, review_message},
    standard::Standard,
};

use super::{Claims, Known, State};
use crate::{
    audit::{
        consequences::Consequence,
        surroundings::{Context, Surroundings},
    },
    fault::{Fault, FaultCode, Place},
};

/// A claim that waits for its ruling.
pub(super) struct Opened {
    /// Unix seconds from which it can be reviewed.
    since: u32,
    /// Unix seconds from which nothing is taken any more.
    until: u32,
    eligibility: Eligibility,
    roots: PinnedRoots,
    /// Nullifiers that have acted: the claimant's, and those of recusals and reviews.
    acted: HashSet<Nullifier>,
    reviews: Vec<Reviewed>,
    /// The first review that is not opened.
    unopened: Option<u64>,
}

/// A review.
struct Reviewed {
    nullifier: Nullifier,
    tag: OwnerTag,
    /// What it says, if it is opened.
    verdict: Option<Verdict>,
}

impl Opened {
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.acted.len() + self.reviews.len()
    }

    /// What somebody who acts on the claim has to show.
    fn expectation(&self, eligibility: Eligibility, scope: Scope, message: Message) -> Expectation {
        Expectation { eligibility, roots: self.roots, scope, message }
    }

    /// Notes for the reviews that count, ascending by nullifier.
    fn notes(&self, scope: &Scope, attributes: Attributes) -> Vec<Consequence> {
        let counts = |review: &&Reviewed| review.verdict.is_some_and(Verdict::counts);
        let mut earned: Vec<_> =
            self.reviews.iter().filter(counts).map(|review| (review.nullifier, review.tag)).collect();
        earned.sort_unstable();
        let note = |(nullifier, tag)| Credential { tag, attributes, id: CredentialId::of_note(scope, &nullifier) };
        earned.into_iter().map(|earner| Consequence::grant(note(earner))).collect()
    }

    fn act(&mut self, place: Place, nullifier: Nullifier) -> Result<(), Fault> {
        place.rule(self.acted.insert(nullifier), FaultCode::RepeatedNullifier, || {
            format!("{nullifier} has acted on the claim already")
        })
    }
}

impl Claims {
    pub(in crate::audit) fn open(
        &mut self,
        place: Place,
        (index, at): (u64, u32),
        new: &NewClaim,
        context: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let NewClaim { claim, presentation, number, ticket } = new;
        let id = claim.id();
        claim.validate().map_err(|error| place.fault(FaultCode::Claim, error.to_string()))?;
        place
            .rule(!self.all.contains_key(&id), FaultCode::RepeatedClaim, || format!("there is a claim {id} already"))?;
        let Context { around, used, pending } = context;
        let standard = governed(place, claim, around)?;
        let [own, ticketed] = new.expectations(around.deployment_id);
        let shown = around.keys.expect(place, &own, presentation)?;
        let ticket_shown = around.keys.expect(place, &ticketed, ticket)?;
        place.rule(
            new.is_owned(),
            FaultCode::Presentation,
            || "it is proved with another owner tag than it claims for",
        )?;
        place.rule(*number < standard.claims_per_epoch, FaultCode::Limit, || {
            format!(
                "a member makes {} claims in an epoch, and this is number {number} from 0",
                standard.claims_per_epoch
            )
        })?;
        used.act(place, ticketed.scope, ticket.nullifier)?;
        match &claim.renews {
            None => used.tag(place, claim.tag)?,
            Some(old) if around.is_complete => self.check_renewal(place, claim, old)?,
            Some(_) => {}
        }
        let known = Known::of(claim, standard);
        place.rule(
            !self.are_held(&known.works, claim.renews.as_ref()),
            FaultCode::Work,
            || "another claim holds one of its works",
        )?;

        let opened = Opened {
            since: at,
            until: at.saturating_add(known.standard.window),
            eligibility: claim.eligibility.clone(),
            roots: claim.roots,
            acted: HashSet::from([presentation.nullifier]),
            reviews: Vec::new(),
            unopened: None,
        };
        self.held.extend(known.works.iter().map(|work| (*work, id)));
        self.by_scope.insert(own.scope, id);
        self.open.insert(id, opened);
        self.all.insert(id, known);
        pending.shown(index, shown);
        pending.shown(index, ticket_shown);
        Ok(())
    }

    /// A renewal is of a credential that counts, for the same owner, in the same domain.
    fn check_renewal(&self, place: Place, claim: &Claim, old: &ClaimId) -> Result<(), Fault> {
        let rule = |holds, message: &str| place.rule(holds, FaultCode::Renewal, || message);
        let old = self.all.get(old).filter(|known| matches!(known.state, State::Accepted(_)));
        let old =
            old.ok_or_else(|| place.fault(FaultCode::Renewal, "what it renews is not accepted, or is revoked"))?;
        rule(old.domain == claim.domain, "what it renews belongs to another domain")?;
        rule(old.tag == claim.tag, "what it renews has another owner tag")
    }

    pub(in crate::audit) fn recuse(
        &mut self,
        place: Place,
        (index, at): (u64, u32),
        scope: Scope,
        presentation: &Presentation,
        context: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let claim = self.taking(place, at, &scope)?;
        let expectation = claim.expectation(Eligibility::Membership, scope, recusal_message(&scope));
        let shown = context.around.keys.expect(place, &expectation, presentation)?;
        claim.act(place, presentation.nullifier)?;
        context.pending.shown(index, shown);
        Ok(())
    }

    pub(in crate::audit) fn review(
        &mut self,
        place: Place,
        (index, at): (u64, u32),
        scope: Scope,
        review: &CommittedReview,
        opening: Option<&ReviewOpening>,
        context: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let CommittedReview { presentation, commitment } = review;
        let claim = self.taking(place, at, &scope)?;
        let expectation = claim.expectation(claim.eligibility.clone(), scope, review_message(&scope, commitment));
        let shown = context.around.keys.expect(place, &expectation, presentation)?;
        claim.act(place, presentation.nullifier)?;
        context.used.tag(place, presentation.tag)?;
        match opening {
            None => _ = claim.unopened.get_or_insert(index),
            Some(opening) => {
                let holds = opening.commitment() == *commitment && opening.validate().is_ok();
                place.rule(holds, FaultCode::Opening, || "the opening is not what the review committed to")?;
            }
        }
        let verdict = opening.map(|opening| opening.verdict);
        claim.reviews.push(Reviewed { nullifier: presentation.nullifier, tag: presentation.tag, verdict });
        context.pending.shown(index, shown);
        self.report.reviews += 1;
        Ok(())
    }

    /// Counts a claim anew, and says what its ruling brings about.
    pub(in crate::audit) fn rule(
        &mut self,
        place: Place,
        at: u32,
        scope: &Scope,
        ruling: &Ruling,
    ) -> Result<Vec<Consequence>, Fault> {
        let id = self.in_scope(place, scope)?;
        let over = self.open.get(&id).filter(|claim| at >= claim.until).zip(self.all.get_mut(&id));
        let (claim, known) =
            over.ok_or_else(|| place.fault(FaultCode::RulingPlace, "the claim is decided already, or still open"))?;
        if let Some(index) = claim.unopened {
            let message = "its claim is decided, but the review is not opened";
            return Err(Place::entry(index).fault(FaultCode::OpeningMissing, message));
        }
        let counted = Ruling::count(&known.standard, claim.reviews.iter().filter_map(|review| review.verdict));
        place.rule(counted == *ruling, FaultCode::Ruling, || {
            let Ruling { accept, reject, abstain, outcome } = counted;
            format!("the reviews give {accept} accept, {reject} reject, {abstain} abstain: {outcome}")
        })?;
        let notes = match (counted.outcome, known.standard.reward) {
            (RulingOutcome::Expired, _) | (_, None) => Vec::new(),
            (_, Some(reward)) => claim.notes(scope, reward.note(known.domain, at)),
        };
        let rulings = &mut self.report.rulings;
        let (state, count) = match counted.outcome {
            RulingOutcome::Accepted => (State::Accepted(at), &mut rulings.accepted),
            RulingOutcome::Rejected => (State::Rejected, &mut rulings.rejected),
            RulingOutcome::Expired => (State::Expired, &mut rulings.expired),
        };
        *count += 1;
        known.state = state;
        self.open.remove(&id);
        if state == State::Accepted(at) {
            let (credential, renewed) = self.accept(&id, at);
            return Ok(credential.into_iter().chain(notes).chain(renewed).collect());
        }
        self.release(&id);
        Ok(notes)
    }

    /// A claim that can be reviewed at a moment.
    fn taking(&mut self, place: Place, at: u32, scope: &Scope) -> Result<&mut Opened, Fault> {
        let id = self.in_scope(place, scope)?;
        let claim = self.open.get_mut(&id).filter(|claim| (claim.since..claim.until).contains(&at));
        claim.ok_or_else(|| place.fault(FaultCode::OutsideTimes, "the claim was not open then"))
    }
}

/// The standard that governs what is claimed, with everything that the claim has to take from it and from the latest epoch.
fn governed(place: Place, claim: &Claim, around: &Surroundings<'_>) -> Result<Arc<Standard>, Fault> {
    let epoch = around.latest(place, claim.roots.epoch)?;
    place.rule(epoch.roots == claim.roots, FaultCode::StaleEpoch, || "it pins other roots than the epoch has")?;
    let standard = around.standards.governing(claim.domain);
    let standard = standard
        .ok_or_else(|| place.fault(FaultCode::ClaimStandard, format!("no standard governs {}", claim.domain)))?;
    claim.fits(standard).map_err(|error| place.fault(FaultCode::ClaimStandard, error.to_string()))?;
    place.rule(
        around.asked(&standard.reviewers, epoch).as_ref() == Some(&claim.eligibility),
        FaultCode::ClaimEligibility,
        || "it asks reviewers for what is not on the menu as of its epoch",
    )?;
    let key_id = around.keys.verifier.key_id(claim.eligibility.statement());
    place.rule(
        key_id == Some(claim.key_id),
        FaultCode::ClaimKey,
        || "it pins a key that is not the manifest's for its statement, or that the bundle does not have",
    )?;
    Ok(Arc::clone(standard))
}
