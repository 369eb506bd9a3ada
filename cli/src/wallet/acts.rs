//! What a wallet did among its peers: claims, reviews, disputes, merges, invitations. Like everything that is sent, each is written
//! down first.

use std::collections::{BTreeMap, BTreeSet};

use aiq_circuits::credential::CredentialId;
use aiq_circuits::identity::{DeploymentId, SpendNullifier};
use aiq_verifier::claim::{Claim, ClaimId, NewClaim};
use aiq_verifier::dispute::Dispute;
use aiq_verifier::log::Act;
use aiq_verifier::merge::Merge;
use aiq_verifier::poll::PollDefinition;
use aiq_verifier::presentation::Presentation;
use aiq_verifier::proposal::{PollDraft, Proposal, WithdrawnBy};
use aiq_verifier::receipt::Receipt;
use aiq_verifier::review::Review;
use aiq_verifier::sponsorship::Sponsorship;
use serde::{Deserialize, Serialize};

use crate::sync::log::Promise;

/// Everything that a wallet did among its peers in one deployment.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acts {
    /// Which owner tags are used, and what is spent; absent until the log was read for it, as after a restore.
    #[serde(default)]
    pub used: Option<Used>,
    /// Claims of this member's own.
    #[serde(default)]
    pub claims: BTreeMap<ClaimId, ClaimRecord>,
    /// Claims that this member will not review.
    #[serde(default)]
    pub recusals: BTreeMap<ClaimId, RecusalRecord>,
    /// Claims that this member reviewed.
    #[serde(default)]
    pub reviews: BTreeMap<ClaimId, ReviewRecord>,
    /// Decisions that this member challenged.
    #[serde(default)]
    pub disputes: Vec<DisputeRecord>,
    /// Notes that this member merged.
    #[serde(default)]
    pub merges: Vec<MergeRecord>,
    /// Polls that this member proposed.
    #[serde(default)]
    pub proposals: Vec<ProposalRecord>,
    /// Invitations that this member made.
    #[serde(default)]
    pub sponsorships: Vec<SponsorshipRecord>,
}

/// What must not be used again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// The number of the first owner tag that was never sent.
    pub tags: u64,
    /// What merges of this member spent.
    #[serde(default)]
    pub spent: BTreeSet<SpendNullifier>,
}

/// A claim, made or about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimRecord {
    /// The claim as it was sent.
    pub new: NewClaim,
    /// The service's answer.
    #[serde(default)]
    pub receipt: Option<Receipt>,
}

/// A recusal, made or about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecusalRecord {
    /// What it is about.
    pub claim: Claim,
    /// The recusal as it was sent.
    pub presentation: Presentation,
    /// The service's answer.
    #[serde(default)]
    pub receipt: Option<Receipt>,
}

/// A review, made or about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewRecord {
    /// What it is about.
    pub claim: Claim,
    /// The review as it was sent.
    pub review: Review,
    /// The service's answer.
    #[serde(default)]
    pub receipt: Option<Receipt>,
}

/// A dispute, opened or about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisputeRecord {
    /// What it is about.
    pub claim: ClaimId,
    /// The dispute as it was sent.
    pub dispute: Dispute,
    /// The poll that it opened, and the service's answer.
    #[serde(default)]
    pub opened: Option<(PollDefinition, Receipt)>,
}

/// A merge, made or about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeRecord {
    /// The merge as it was sent.
    pub merge: Merge,
    /// The notes that it spends; dummies have none.
    pub notes: BTreeSet<CredentialId>,
    /// The service's answer.
    #[serde(default)]
    pub receipt: Option<Receipt>,
}

/// A proposal, made or about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposalRecord {
    /// What was proposed.
    pub draft: PollDraft,
    /// The proposal as it was sent.
    pub proposal: Proposal,
    /// The poll that it became, and the service's answer.
    #[serde(default)]
    pub announced: Option<(PollDefinition, Receipt)>,
    /// How it was taken back, and the service's answer to that.
    #[serde(default)]
    pub withdrawn: Option<(WithdrawnBy, Receipt)>,
}

impl ProposalRecord {
    /// Whether it is not known to have arrived, and says the same as `draft`: the id is random, and times may be counted from now.
    #[must_use]
    pub fn is_pending_for(&self, draft: &PollDraft) -> bool {
        let PollDraft { id, opens_at, closes_at, .. } = self.draft;
        self.announced.is_none() && self.draft == PollDraft { id, opens_at, closes_at, ..draft.clone() }
    }
}

/// An invitation, made or about to be.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SponsorshipRecord {
    /// The sponsorship as it was sent.
    pub sponsorship: Sponsorship,
    /// The invitation itself, for the invited.
    pub token: String,
    /// The service's answer.
    #[serde(default)]
    pub receipt: Option<Receipt>,
}

/// Without the token: whoever has it can enrol with it.
impl std::fmt::Debug for SponsorshipRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SponsorshipRecord").field("sponsorship", &self.sponsorship).finish_non_exhaustive()
    }
}

impl Acts {
    /// Notes that an owner tag is about to be sent.
    pub fn use_tag(&mut self, number: u64) {
        let used = self.used.get_or_insert_default();
        used.tags = used.tags.max(number.saturating_add(1));
    }

    /// Whether a note was merged, or a merge of it is on its way.
    #[must_use]
    pub fn has_spent(&self, id: &CredentialId, spend: &SpendNullifier) -> bool {
        let known = self.used.as_ref().is_some_and(|used| used.spent.contains(spend));
        known || self.merges.iter().any(|record| record.notes.contains(id))
    }

    /// Everything that the service has promised about these acts.
    #[must_use]
    pub fn promises(&self, deployment: &DeploymentId) -> Vec<Promise> {
        let mut promises = Vec::new();
        let mut add = |what: String, act: Act, receipt: &Receipt| {
            promises.push(Promise { what, act, receipt: receipt.clone() });
        };
        for ClaimRecord { new, receipt } in self.claims.values() {
            if let Some(receipt) = receipt {
                add(format!("the claim '{}'", new.claim.title), Act::Claim(Box::new(new.clone())), receipt);
            }
        }
        for RecusalRecord { claim, presentation, receipt } in self.recusals.values() {
            if let Some(receipt) = receipt {
                let act = Act::Recusal { scope: claim.scope(deployment), presentation: presentation.clone() };
                add(format!("the recusal from '{}'", claim.title), act, receipt);
            }
        }
        for ReviewRecord { claim, review, receipt } in self.reviews.values() {
            if let Some(receipt) = receipt {
                let act = Act::Review { scope: claim.scope(deployment), review: review.committed() };
                add(format!("the review of '{}'", claim.title), act, receipt);
            }
        }
        for DisputeRecord { claim, dispute, opened } in &self.disputes {
            if let Some((poll, receipt)) = opened {
                let (dispute, poll) = (dispute.clone(), Box::new(poll.clone()));
                add(format!("the dispute of {claim}"), Act::Dispute { claim: *claim, dispute, poll }, receipt);
            }
        }
        for MergeRecord { merge, receipt, .. } in &self.merges {
            if let Some(receipt) = receipt {
                add(format!("the merge to weight {}", merge.balance.weight), Act::Merge(merge.clone()), receipt);
            }
        }
        for ProposalRecord { proposal, announced, withdrawn, .. } in &self.proposals {
            let Some((poll, receipt)) = announced else { continue };
            let (what, scope) = (format!("the proposal of '{}'", poll.question), poll.scope(deployment));
            let poll = Box::new(poll.clone());
            add(what.clone(), Act::Proposal { proposal: proposal.clone(), poll }, receipt);
            if let Some((by, receipt)) = withdrawn {
                add(format!("the withdrawal of {what}"), Act::PollWithdrawal { scope, by: *by }, receipt);
            }
        }
        for SponsorshipRecord { sponsorship, receipt, .. } in &self.sponsorships {
            if let Some(receipt) = receipt {
                add("the invitation".to_owned(), Act::Sponsorship(sponsorship.clone()), receipt);
            }
        }
        promises
    }
}
