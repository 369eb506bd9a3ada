//! Disputes (§6, §7): a member with standing challenges a decided claim, and the qualified decide in a poll.

use aiq_circuits::{
    identity::DeploymentId,
    scope::{Message, Scope, ScopeKind},
    wire::{self, Encoder},
};
use serde::{Deserialize, Serialize};

use crate::{
    claim::ClaimId,
    eligibility::{Eligibility, PinnedRoots},
    poll::{Change, Decision, Enactment, PollDefinition, PollId, PollRule, Threshold, TieBreak},
    presentation::{Expectation, Presentation},
    standard::Standard,
    text::{self, TextError},
    verifying_key::KeyId,
};

/// The scope of a member's disputes of one claim in an epoch: one.
#[must_use]
pub fn dispute_scope(deployment: &DeploymentId, epoch: u32, claim: &ClaimId) -> Scope {
    let definition = Encoder::new("AIQ/v1/dispute").u32(epoch).fixed(claim.as_bytes()).finish();
    Scope::derive(deployment, ScopeKind::Dispute, &definition)
}

/// The message of a dispute's proof: `F("AIQ/v1/dispute" ‖ scope ‖ SHA-256(reasons))`.
#[must_use]
pub fn dispute_message(scope: &Scope, reasons: &str) -> Message {
    Message::of("AIQ/v1/dispute", &[&scope.to_bytes(), &wire::sha256(&[reasons.as_bytes()])])
}

/// A challenge as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dispute {
    /// The epoch under whose roots the challenger is shown, and the voters will be.
    pub epoch: u32,
    /// What is wrong with the claim, or with its rejection.
    pub reasons: String,
    /// Shows what the claim's standard asks of reviewers, in [`dispute_scope`] with [`dispute_message`].
    pub presentation: Presentation,
}

impl Dispute {
    /// Longest reasons, in bytes of UTF-8.
    pub const MAX_REASONS: usize = 8_000;

    /// Checks the reasons.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn validate(&self) -> Result<(), TextError> {
        Self::check_reasons(&self.reasons)
    }

    /// Checks reasons before there is a proof of who may give them.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn check_reasons(reasons: &str) -> Result<(), TextError> {
        text::check_lines(reasons, Self::MAX_REASONS)
    }

    /// What the proof has to show about the dispute of a claim: that the challenger may review it, as of the dispute's epoch.
    #[must_use]
    pub fn expectation(
        &self,
        deployment: &DeploymentId,
        claim: &ClaimId,
        eligibility: Eligibility,
        roots: PinnedRoots,
    ) -> Expectation {
        let scope = dispute_scope(deployment, self.epoch, claim);
        Expectation { eligibility, roots, scope, message: dispute_message(&scope, &self.reasons) }
    }
}

/// The poll that decides a dispute: single choice between dismissing it, which a tie does, and upholding it, by those who may review under the
/// claim's standard as of the roots' epoch, with its quorum, its share and its window. Upheld, it overturns what was decided.
#[must_use]
pub fn dispute_poll(
    id: PollId,
    claim: ClaimId,
    standard: &Standard,
    eligibility: Eligibility,
    roots: PinnedRoots,
    key_id: KeyId,
    at: u32,
) -> PollDefinition {
    PollDefinition {
        id,
        question: format!("Is the decision on claim {claim} to be overturned?"),
        options: vec!["dismiss the dispute".to_owned(), "uphold it".to_owned()],
        rule: PollRule::SingleChoice {},
        decision: Decision {
            quorum: standard.quorum,
            threshold: Threshold::AtLeast(standard.acceptance),
            tie_break: TieBreak::Order,
        },
        eligibility,
        roots,
        key_id,
        announced_at: at,
        opens_at: at,
        closes_at: at.saturating_add(standard.window),
        enactment: Some(Enactment { option: 1, change: Change::Overturn { claim } }),
        reward: None,
        sealing: None,
    }
}
