//! Claims, from their opening to their ruling and through disputes (§7).

mod decided;
mod opened;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use aiq_circuits::{
    credential::{Credential, CredentialId, CredentialKind, Domain},
    identity::OwnerTag,
    scope::Scope,
};
use aiq_verifier::{
    claim::{Claim, ClaimId, WorkId},
    eligibility::Eligibility,
    standard::Standard,
};

pub(super) use self::decided::Challenge;
use self::opened::Opened;
use crate::{
    fault::{Fault, FaultCode, Place},
    report::ClaimsReport,
};

/// The claims of a log.
#[derive(Default)]
pub(super) struct Claims {
    all: HashMap<ClaimId, Known>,
    by_scope: HashMap<Scope, ClaimId>,
    /// Those that wait for their ruling.
    open: HashMap<ClaimId, Opened>,
    /// Works with the claims that hold them: one, or an accepted claim and one that renews it.
    held: BTreeSet<(WorkId, ClaimId)>,
    /// Rulings, reviews and disputes so far.
    report: ClaimsReport,
}

/// What is kept of a claim for as long as it can be renewed, disputed or overturned.
struct Known {
    domain: Domain,
    kind: CredentialKind,
    tag: OwnerTag,
    works: Arc<[WorkId]>,
    renews: Option<ClaimId>,
    standard: Arc<Standard>,
    /// Who reviews it, and decides disputes of it.
    judges: Eligibility,
    state: State,
    in_dispute: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Since a moment, Unix seconds.
    Accepted(u32),
    Rejected,
    Expired,
    Revoked,
}

impl Known {
    fn of(claim: &Claim, standard: Arc<Standard>) -> Self {
        Self {
            domain: claim.domain,
            kind: claim.kind,
            tag: claim.tag,
            works: claim.works().into_iter().collect(),
            renews: claim.renews,
            standard,
            judges: claim.eligibility.clone(),
            state: State::Open,
            in_dispute: false,
        }
    }

    /// The credential of the claim, accepted at a moment. The standard knows the kind: that was checked when the claim was opened.
    fn credential(&self, id: &ClaimId, at: u32) -> Option<Credential> {
        let attributes = self.standard.credential(self.domain, self.kind, at)?;
        Some(Credential { tag: self.tag, attributes, id: id.credential() })
    }
}

impl Claims {
    /// How much is kept of claims that are open.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.open.values().map(Opened::kept).sum()
    }

    /// Whether a claim was made.
    pub(super) fn has(&self, id: &ClaimId) -> bool {
        self.all.contains_key(id)
    }

    /// The claim that a credential counts for.
    pub(super) fn granted(&self, credential: &CredentialId) -> Option<ClaimId> {
        let counts = |(id, known): &(&ClaimId, &Known)| {
            matches!(known.state, State::Accepted(_)) && id.credential() == *credential
        };
        self.all.iter().find(counts).map(|(id, _)| *id)
    }

    /// A claim that was made, by its scope.
    fn in_scope(&self, place: Place, scope: &Scope) -> Result<ClaimId, Fault> {
        let id = self.by_scope.get(scope).copied();
        id.ok_or_else(|| place.fault(FaultCode::UnknownClaim, format!("there is no claim in scope {scope}")))
    }

    /// Whether another claim than the one that may be renewed holds one of these works.
    fn are_held(&self, works: &[WorkId], renews: Option<&ClaimId>) -> bool {
        let (first, last) = (ClaimId::new([0; 32]), ClaimId::new([0xff; 32]));
        let is_held =
            |work: &WorkId| self.held.range((*work, first)..=(*work, last)).any(|(_, holder)| Some(holder) != renews);
        works.iter().any(is_held)
    }

    fn release(&mut self, id: &ClaimId) {
        for work in self.all.get(id).into_iter().flat_map(|known| known.works.iter()) {
            self.held.remove(&(*work, *id));
        }
    }

    /// What there is to report.
    pub(super) fn report(&self) -> ClaimsReport {
        let mut report = self.report;
        for known in self.all.values() {
            *match known.state {
                State::Open => &mut report.open,
                State::Accepted(_) => &mut report.accepted,
                State::Rejected => &mut report.rejected,
                State::Expired => &mut report.expired,
                State::Revoked => &mut report.revoked,
            } += 1;
        }
        report
    }
}
