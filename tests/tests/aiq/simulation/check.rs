//! After every epoch, and in the end: everything that the service shows against what the model says.

use std::collections::BTreeMap;

use aiq_cli::member::scan;
use aiq_server::api::ClaimState;
use aiq_verifier::review::Verdict as Said;

use super::Simulation;
use super::acts::kind;
use super::model::{Attempt, State, Verdict};
use crate::log::audited;

const fn state(state: State) -> ClaimState {
    match state {
        State::Open => ClaimState::Open,
        State::Accepted => ClaimState::Accepted,
        State::Rejected => ClaimState::Rejected,
        State::Expired => ClaimState::Expired,
        State::Revoked => ClaimState::Revoked,
    }
}

/// What the log calls an attempt that was accepted.
pub const fn name(attempt: &Attempt) -> &'static str {
    match attempt {
        Attempt::Claim { .. } | Attempt::Renew { .. } => "claim",
        Attempt::Recuse { .. } => "recusal",
        Attempt::Review { .. } => "review",
        Attempt::Merge { .. } => "merge",
        Attempt::Dispute { .. } => "dispute",
        Attempt::Vote { .. } => "ballot",
        Attempt::Sponsor { .. } => "sponsorship",
        Attempt::Leave { .. } => "withdrawal",
    }
}

impl Simulation {
    /// Seals an epoch, if there is anything for it, has everybody see it, and compares everything.
    pub fn seal(&mut self) {
        let waits = self.model.waits();
        let sealed = self.deployment.admin().seal().unwrap();
        assert_eq!(sealed.sealed, waits);
        self.model.seal();
        let checkpoint = sealed.checkpoint;
        let members = |was: fn(&super::model::Person) -> Option<u32>| {
            self.model.people.iter().filter(|person| was(person).is_some()).count() as u64
        };
        let leaves = |was: fn(&super::model::Leaf) -> Option<u32>| {
            self.model.leaves.iter().filter(|leaf| was(leaf).is_some()).count() as u64
        };
        assert_eq!(
            (checkpoint.epoch, checkpoint.members, checkpoint.withdrawn, checkpoint.credentials, checkpoint.revoked),
            (
                self.model.epoch,
                members(|person| person.since),
                members(|person| person.until),
                leaves(|leaf| leaf.since),
                leaves(|leaf| leaf.until)
            )
        );
        if sealed.sealed {
            self.observe();
        }
        self.compare_leaves();
        self.compare_claims();
    }

    /// What everybody sees of the latest epoch.
    pub fn observe(&mut self) {
        self.observer.sync();
        let (roots, sealed_at) = self.observer.latest();
        self.trees.push(self.observer.member.pinned_trees(&self.observer.ledger, &roots).unwrap());
        self.epochs.push((roots, sealed_at));
        let ledger = &self.observer.ledger;
        let holds = |who: usize| self.model.leaves.iter().any(|leaf| leaf.owner == who);
        for who in 0..self.people.len() {
            if self.people[who].acted || holds(who) {
                let person = &mut self.people[who];
                person.held = scan(&person.identity, ledger.credentials(), ledger.head(), person.tags);
            }
        }
    }

    fn compare_leaves(&self) {
        for (who, person) in self.people.iter().enumerate() {
            let live = person.held.iter().filter(|held| !held.revoked).map(|held| held.credential.attributes);
            let mut found: Vec<_> = live.map(|leaf| (kind(leaf.kind), leaf.weight, leaf.expires_at)).collect();
            found.sort_unstable();
            assert_eq!(found, self.model.holdings(who), "what {who} holds");
        }
    }

    fn compare_claims(&self) {
        let client = self.deployment.client();
        let listed = client.claims(None, None).unwrap();
        assert_eq!(listed.len(), self.model.claims.len());
        for (number, claim) in self.model.claims.iter().enumerate() {
            let id = self.claims[number].id;
            let view = listed.iter().find(|view| view.id == id).unwrap();
            assert_eq!(view.state, state(claim.state), "claim {number}");
            assert_eq!((view.closes_at, view.ruling.is_some()), (claim.closes_at, claim.state != State::Open));
            let in_dispute = (self.model.disputes.iter()).position(|dispute| dispute.claim == number && !dispute.over);
            assert_eq!(view.dispute, in_dispute.map(|dispute| self.disputes[dispute].definition.id), "claim {number}");
            let Some(ruling) = view.ruling else {
                assert_eq!(client.reviews(&id).unwrap_err().code(), Some("claim_open"));
                continue;
            };
            let count = |wanted| claim.verdicts.iter().filter(|(_, verdict)| *verdict == wanted).count();
            let counts = [Verdict::Accept, Verdict::Reject, Verdict::Abstain].map(count);
            assert_eq!([ruling.accept, ruling.reject, ruling.abstain].map(|count| count as usize), counts);
            let opened = client.reviews(&id).unwrap();
            let count = |wanted| opened.iter().filter(|review| review.opening.verdict == wanted).count();
            assert_eq!([Said::Accept, Said::Reject, Said::Abstain].map(count), counts, "claim {number}");
        }
    }

    /// Somebody who knows only what is public finds no fault, and counts the same.
    pub fn compare_log(&self) {
        let report = audited(&self.deployment.client());
        assert!(report.ok, "{:?}", report.fault);
        let logged: BTreeMap<&str, u64> =
            self.done.keys().map(|name| (*name, report.entries.get(*name).copied().unwrap_or_default())).collect();
        assert_eq!(logged, self.done);
        let rulings = self.model.claims.iter().filter(|claim| claim.state != State::Open).count() as u64;
        assert_eq!(report.entries["ruling"], rulings);
    }
}
