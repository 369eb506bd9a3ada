//! Claiming credentials for one's work (§7).

use std::collections::BTreeMap;
use std::time::Duration;

use aiq_circuits::credential::{CredentialId, CredentialKind, Domain};
use aiq_circuits::identity::DeploymentId;
use aiq_circuits::scope::Scope;
use aiq_circuits::statement::StatementId;
use aiq_server::api::{ClaimState, ClaimView};
use aiq_verifier::claim::{Claim, ClaimId, Evidence, NewClaim, claim_message, ticket_scope};
use aiq_verifier::eligibility::{Eligibility, PinnedRoots};
use aiq_verifier::log::Act;
use aiq_verifier::presentation::Presentation;
use aiq_verifier::standard::Standard;
use aiq_verifier::verifying_key::KeyId;

use super::present::{Presented, Purpose, prepare};
use super::tags::OwnTags;
use super::{Member, MemberError, Provers, Refusal};
use crate::progress::Progress;
use crate::sync::{Ledger, Trees};
use crate::wallet::acts::ClaimRecord;

/// What a member wants to claim.
#[derive(Debug, Clone)]
pub struct ClaimDraft {
    /// Where the work belongs.
    pub domain: Domain,
    /// The kind of work: its code or its name in the standard.
    pub kind: String,
    /// What the work is called.
    pub title: String,
    /// What the member contributed; may be empty.
    pub summary: String,
    /// Where the work can be seen.
    pub evidence: Vec<Evidence>,
    /// The claim whose credential is to be renewed.
    pub renews: Option<ClaimId>,
}

/// A claim that can be made: what is missing would have been said.
#[derive(Debug)]
pub struct ClaimPlan {
    claim: Claim,
    standard: Standard,
    /// Number of the owner tag.
    tag: u64,
    /// The first number among the epoch's claims that this wallet has not used.
    number: u8,
}

/// A claim that was made.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The claim as the service shows it.
    pub view: ClaimView,
    /// Witnesses and proofs; absent if it had been sent before.
    pub proving: Option<Duration>,
}

/// Checks a claim that a service shows: well-formed, under the id that was asked for, judged by the standard that it names.
///
/// # Errors
/// [`MemberError::ClaimChanged`].
pub fn check_claim(view: &ClaimView, id: &ClaimId, deployment: &DeploymentId) -> Result<Scope, MemberError> {
    let ClaimView { claim, standard, .. } = view;
    let scope = claim.scope(deployment);
    let is_sound = claim.validate().is_ok() && claim.fits(standard).is_ok();
    let closes_at = view.opened_at.saturating_add(standard.window);
    if view.id != *id || claim.id() != *id || view.scope != scope || !is_sound || view.closes_at != closes_at {
        return Err(MemberError::ClaimChanged(*id));
    }
    Ok(scope)
}

impl ClaimDraft {
    /// Whether a claim says what this draft says.
    fn is(&self, claim: &Claim, kind: CredentialKind) -> bool {
        (claim.domain, claim.kind, claim.renews) == (self.domain, kind, self.renews)
            && (&claim.title, &claim.summary, &claim.evidence) == (&self.title, &self.summary, &self.evidence)
    }
}

impl ClaimPlan {
    /// What will be claimed.
    #[must_use]
    pub const fn claim(&self) -> &Claim {
        &self.claim
    }

    /// What it will be judged by.
    #[must_use]
    pub const fn standard(&self) -> &Standard {
        &self.standard
    }
}

impl Member {
    /// Claims: a claim that was written down before goes out again as it was; otherwise [`plan_claim`](Self::plan_claim) and
    /// [`claim_as_planned`](Self::claim_as_planned) in one.
    ///
    /// # Errors
    /// [`MemberError`]; [`MemberError::Refused`] says which rule is broken, before anything is sent.
    pub fn claim(
        &mut self,
        ledger: &Ledger,
        provers: &Provers,
        draft: &ClaimDraft,
        progress: &dyn Progress,
    ) -> Result<Claimed, MemberError> {
        let standard = self.governing(draft.domain)?;
        let kind = kind(&standard, &draft.kind)?;
        let claims = self.known().acts.claims.values();
        let pending = claims.filter(|record| record.receipt.is_none()).find(|record| draft.is(&record.new.claim, kind));
        if let Some(new) = pending.map(|record| record.new.clone()) {
            match self.send_claim(&new) {
                // It never arrived, and the epoch that it names is over: another one is made.
                Err(MemberError::Client(error)) if error.code() == Some("stale_epoch") => {}
                outcome => return Ok(Claimed { view: outcome?, proving: None }),
            }
        }
        let plan = self.plan_claim(ledger, provers, draft, progress)?;
        self.claim_as_planned(ledger, plan, provers, progress)
    }

    /// The standard that governs a domain.
    pub(super) fn governing(&self, domain: Domain) -> Result<Standard, MemberError> {
        let standards: Vec<Standard> = self.client.standards()?.into_iter().map(|view| view.standard).collect();
        let governing = Standard::governing(&standards, &domain).cloned();
        Ok(governing.ok_or_else(|| Refusal::NoStandard(self.domains().name(&domain)))?)
    }

    /// What reviewers under a standard have to show as of an epoch.
    pub(super) fn reviewers(&self, standard: &Standard, trees: &Trees) -> Result<Eligibility, MemberError> {
        Ok(self.menu(&standard.reviewers)?.eligibility(trees.checkpoint.sealed_at))
    }

    /// The key for a statement, as the deployment's manifest has it.
    fn key_id(&self, statement: StatementId, provers: &Provers, progress: &dyn Progress) -> Result<KeyId, MemberError> {
        let keys = provers.keys(&self.client, &[], progress)?;
        Ok(keys.manifest().entry(statement).ok_or(MemberError::ForeignKey)?.key_id)
    }

    /// Checks everything that a claim has to be, as far as this machine can know.
    ///
    /// # Errors
    /// [`MemberError::Refused`] and others.
    pub fn plan_claim(
        &mut self,
        ledger: &Ledger,
        provers: &Provers,
        draft: &ClaimDraft,
        progress: &dyn Progress,
    ) -> Result<ClaimPlan, MemberError> {
        let ClaimDraft { domain, renews, .. } = *draft;
        if !self.info.domains.is_empty() && !self.info.domains.iter().any(|entry| entry.domain == domain) {
            return Err(Refusal::UnknownDomain(domain.to_string()).into());
        }
        let standard = self.governing(domain)?;
        let kind = kind(&standard, &draft.kind)?;
        let trees = ledger.head();
        let eligibility = self.reviewers(&standard, trees)?;
        // That this wallet is a member at all.
        prepare(&self.identity, trees, &[], &Eligibility::Membership, self.domains())?;
        let number = self.next_ticket(trees.checkpoint.epoch, &standard)?;
        let tag = match &renews {
            Some(old) => self.renewable(ledger, old, domain, progress)?,
            None => self.next_tag(ledger, progress)?,
        };
        let checkpoint = trees.checkpoint;
        let claim = Claim {
            domain,
            kind,
            title: draft.title.clone(),
            summary: draft.summary.clone(),
            evidence: draft.evidence.clone(),
            renews,
            tag: self.identity.tag(tag),
            standard: standard.id(),
            key_id: self.key_id(eligibility.statement(), provers, progress)?,
            eligibility,
            roots: PinnedRoots {
                epoch: checkpoint.epoch,
                members_root: checkpoint.members_root,
                credentials_root: checkpoint.credentials_root,
            },
        };
        claim.validate().and_then(|()| claim.fits(&standard)).map_err(Refusal::Claim)?;
        self.check_works(&claim)?;
        Ok(ClaimPlan { claim, standard, tag, number })
    }

    /// The first number that this wallet has not given to a claim in the epoch.
    fn next_ticket(&self, epoch: u32, standard: &Standard) -> Result<u8, Refusal> {
        let claims = self.known().acts.claims.values().map(|record| &record.new);
        let used: Vec<u8> = claims.filter(|new| new.claim.roots.epoch == epoch).map(|new| new.number).collect();
        let allowed = standard.claims_per_epoch;
        (0..allowed).find(|number| !used.contains(number)).ok_or(Refusal::TooManyClaims { allowed, epoch })
    }

    /// The number of the tag of a claim that this member may renew.
    fn renewable(
        &mut self,
        ledger: &Ledger,
        old: &ClaimId,
        domain: Domain,
        progress: &dyn Progress,
    ) -> Result<u64, MemberError> {
        let view = self.apart()?.claim(old)?;
        check_claim(&view, old, &self.id)?;
        let sent = self.next_tag(ledger, progress)?;
        let number = OwnTags::new(&self.identity, sent).number(&view.claim.tag).ok_or(Refusal::NotYours(*old))?;
        if view.state != ClaimState::Accepted {
            return Err(Refusal::NotAccepted { claim: *old, state: view.state }.into());
        }
        if view.claim.domain != domain {
            return Err(Refusal::OtherDomain(*old).into());
        }
        Ok(number)
    }

    /// That no claim that is open or accepted is about one of the works, except the one that is renewed.
    fn check_works(&self, claim: &Claim) -> Result<(), MemberError> {
        for state in [ClaimState::Open, ClaimState::Accepted] {
            for holder in self.client.claims(Some(state), None)? {
                if Some(holder.id) == claim.renews {
                    continue;
                }
                let held = holder.claim.works();
                let taken = claim.evidence.iter().find(|item| item.works().iter().any(|work| held.contains(work)));
                if let Some(item) = taken {
                    let (evidence, state) = (item.clone(), holder.state);
                    return Err(Refusal::WorkTaken { evidence, claim: holder.id, state }.into());
                }
            }
        }
        Ok(())
    }

    /// Proves, writes down, sends.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn claim_as_planned(
        &mut self,
        ledger: &Ledger,
        plan: ClaimPlan,
        provers: &Provers,
        progress: &dyn Progress,
    ) -> Result<Claimed, MemberError> {
        let ClaimPlan { claim, standard, tag, number } = plan;
        let trees = ledger.head();
        let scope = claim.scope(&self.id);
        let message = claim_message(&scope);
        let owned = self.present_membership(trees, Some(tag), Purpose { scope, message }, provers, progress)?;
        let mut proving = owned.proving;
        let epoch = claim.roots.epoch;
        for number in number..standard.claims_per_epoch {
            let scope = ticket_scope(&self.id, epoch, number);
            let ticket = self.present_membership(trees, None, Purpose { scope, message }, provers, progress)?;
            proving += ticket.proving;
            let (presentation, ticket) = (owned.presentation.clone(), ticket.presentation);
            let new = NewClaim { claim: claim.clone(), presentation, number, ticket };
            self.write_claim(&new, tag)?;
            match self.send_claim(&new) {
                // A restored wallet, or another copy of this one, has used this number.
                Err(MemberError::Client(error)) if error.code() == Some("ticket_used") => {}
                outcome => return Ok(Claimed { view: outcome?, proving: Some(proving) }),
            }
        }
        Err(Refusal::TooManyClaims { allowed: standard.claims_per_epoch, epoch }.into())
    }

    /// A membership proof with owner tag number `tag`, or with one that nothing is granted to.
    pub(super) fn present_membership(
        &self,
        trees: &Trees,
        tag: Option<u64>,
        purpose: Purpose,
        provers: &Provers,
        progress: &dyn Progress,
    ) -> Result<Presented, MemberError> {
        let prepared = prepare(&self.identity, trees, &[], &Eligibility::Membership, self.domains())?;
        let prepared = match tag {
            Some(number) => prepared.with_tag(&self.identity, number),
            None => prepared,
        };
        let prover = provers.get(&self.client, StatementId::Membership, progress)?;
        prepared.prove(&self.identity, trees, &purpose, &prover, progress)
    }

    fn write_claim(&mut self, new: &NewClaim, tag: u64) -> Result<(), MemberError> {
        let record = ClaimRecord { new: new.clone(), receipt: None };
        self.record(|deployment| {
            deployment.acts.use_tag(tag);
            deployment.acts.claims.insert(record.new.claim.id(), record);
        })
    }

    /// Sends a claim that is written down.
    pub(super) fn send_claim(&mut self, new: &NewClaim) -> Result<ClaimView, MemberError> {
        let id = new.claim.id();
        let view = match self.apart()?.open_claim(new) {
            Ok(view) => view,
            Err(error) => return Err(self.refused(error, |acts| _ = acts.claims.remove(&id))),
        };
        check_claim(&view, &id, &self.id)?;
        view.receipt.verify_for(self.service_key(), &self.id, Act::Claim(Box::new(new.clone())))?;
        let kept = view.receipt.clone();
        self.record(|deployment| {
            if let Some(record) = deployment.acts.claims.get_mut(&id) {
                record.receipt = Some(kept);
            }
        })?;
        Ok(view)
    }

    /// The claims that earned these credentials: by what this wallet knows, or else by everybody's accepted claims.
    ///
    /// # Errors
    /// [`MemberError::Client`].
    pub fn claims_behind(&self, credentials: &[CredentialId]) -> Result<BTreeMap<CredentialId, ClaimId>, MemberError> {
        let claims = self.known().acts.claims.keys().map(|id| (id.credential(), *id));
        let mut behind: BTreeMap<CredentialId, ClaimId> = claims.filter(|(id, _)| credentials.contains(id)).collect();
        if credentials.iter().any(|id| !behind.contains_key(id)) {
            let accepted = self.client.claims(Some(ClaimState::Accepted), None)?;
            let claims = accepted.iter().map(|view| (view.id.credential(), view.id));
            behind.extend(claims.filter(|(id, _)| credentials.contains(id)));
        }
        Ok(behind)
    }

    /// That a claim is in the log, and the same for everybody: one that is not would be made for a few to answer.
    pub(super) fn check_claim_entry(&self, view: &ClaimView) -> Result<Presentation, MemberError> {
        match self.promised_entry(&view.receipt)?.act {
            Act::Claim(new) if new.claim == view.claim && view.receipt.accepted_at == view.opened_at => {
                Ok(new.presentation)
            }
            _ => Err(MemberError::ClaimChanged(view.id)),
        }
    }
}

/// A kind by its name or its code.
fn kind(standard: &Standard, typed: &str) -> Result<CredentialKind, Refusal> {
    let by_name = standard.kinds.iter().find(|rule| rule.name.eq_ignore_ascii_case(typed.trim()));
    let by_code = || typed.trim().parse().ok().and_then(|code| standard.kind(CredentialKind::new(code)));
    by_name.or_else(by_code).map(|rule| rule.kind).ok_or_else(|| Refusal::UnknownKind {
        kind: typed.to_owned(),
        known: standard.kinds.iter().map(|rule| format!("'{}' ({})", rule.name, rule.kind.code())).collect(),
    })
}

#[cfg(test)]
pub(super) mod tests;
