//! Claims and reviews with valid proofs, about whatever a test makes up.

use aiq_circuits::membership::{MembershipInstance, MembershipWitness};
use aiq_circuits::scope::{Message, Scope};
use aiq_circuits::statement::StatementId;
use aiq_server::api::{ClaimView, Info, StandardList};
use aiq_verifier::claim::{Claim, NewClaim, claim_message, recusal_message, ticket_scope};
use aiq_verifier::eligibility::{Eligibility, PinnedRoots};
use aiq_verifier::poll::Blinding;
use aiq_verifier::presentation::Presentation;
use aiq_verifier::review::{Review, ReviewOpening, Verdict, review_message};
use rand::rngs::OsRng;

use crate::actor::Actor;
use crate::deployment::Deployment;
use crate::keys::{keys, prover};

impl Deployment {
    /// A claim in AI safety about a paper on arXiv, as the latest epoch and the first standard have it, for the tag of an actor's wallet
    /// with this index.
    ///
    /// # Panics
    /// If the deployment has no standard.
    #[must_use]
    pub fn draft(&self, actor: &Actor, tag: u64, paper: &str) -> Claim {
        let read = |path: &str| self.raw().get(path).body;
        let info: Info = serde_json::from_slice(&read("/v1/info")).expect("the deployment");
        let list: StandardList = serde_json::from_slice(&read("/v1/standards")).expect("standards");
        let standard = &list.standards.first().expect("a standard").standard;
        let entry = info.menu.iter().find(|entry| entry.id == standard.reviewers).expect("reviewers");
        let epoch = info.checkpoint;
        Claim {
            domain: "1.9.1.0".parse().expect("a domain"),
            kind: standard.kinds[0].kind,
            title: "A measured claim".into(),
            summary: String::new(),
            evidence: vec![paper.parse().expect("evidence")],
            renews: None,
            tag: actor.member.identity().tag(tag),
            standard: standard.id(),
            eligibility: entry.eligibility(epoch.sealed_at),
            roots: PinnedRoots {
                epoch: epoch.epoch,
                members_root: epoch.members_root,
                credentials_root: epoch.credentials_root,
            },
            key_id: keys().entry(entry.statement).expect("a key").key_id,
        }
    }
}

impl Actor {
    /// A valid membership in any scope, with the tag of the wallet that has this index.
    ///
    /// # Panics
    /// If the actor is no member.
    #[must_use]
    pub fn present_as(&self, tag: u64, roots: &PinnedRoots, scope: Scope, message: Message) -> Presentation {
        let trees = self.member.pinned_trees(&self.ledger, roots).expect("signed roots");
        let identity = self.member.identity();
        let leaf = identity.commitment();
        let place = trees.members.leaves().iter().position(|found| found == leaf.as_field()).expect("a member");
        let witness = MembershipWitness {
            secret: identity.secret().clone(),
            tag_randomness: identity.tag_randomness(tag),
            path: trees.members.path(u32::try_from(place).expect("few members")).expect("a leaf"),
        };
        let (nullifier, tag) = (identity.nullifier(&scope), identity.tag(tag));
        let instance = MembershipInstance::new(roots.members_root, scope, nullifier, tag, message);
        let prover = prover(StatementId::Membership);
        let proof = prover.prove(&instance, &witness, &mut OsRng, &mut |_| {}).expect("a proof");
        Presentation { statement: StatementId::Membership, key_id: prover.key_id(), nullifier, tag, proof }
    }

    /// Claim `number` of the epoch, proved with the tag that has this index.
    #[must_use]
    pub fn claim(&self, claim: Claim, tag: u64, number: u8) -> NewClaim {
        let deployment = self.member.deployment_id();
        let (roots, scope) = (claim.roots, claim.scope(deployment));
        let ticket = ticket_scope(deployment, roots.epoch, number);
        let message = claim_message(&scope);
        let presentation = self.present_as(tag, &roots, scope, message);
        let ticket = self.present(&Eligibility::Membership, &roots, ticket, message);
        NewClaim { claim, presentation, number, ticket }
    }

    /// A review with a fresh tag; the same member hides the same words in the same way.
    #[must_use]
    pub fn review(&self, claim: &ClaimView, verdict: Verdict) -> Review {
        let opening = ReviewOpening {
            blinding: Blinding::new(self.member.identity().nullifier(&claim.scope).to_bytes()),
            verdict,
            comment: "Looked at.".into(),
        };
        let message = review_message(&claim.scope, &opening.commitment());
        let presentation = self.present(&claim.claim.eligibility, &claim.claim.roots, claim.scope, message);
        Review { presentation, opening }
    }

    /// A recusal.
    #[must_use]
    pub fn recusal(&self, claim: &ClaimView) -> Presentation {
        let message = recusal_message(&claim.scope);
        self.present(&Eligibility::Membership, &claim.claim.roots, claim.scope, message)
    }
}
