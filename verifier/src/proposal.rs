//! Proposals (§6): a member with standing opens a poll, without saying who it is; and polls that are withdrawn before they open.

use aiq_circuits::{
    identity::DeploymentId,
    scope::{Message, Scope, ScopeKind},
    wire::{self, Encoder},
};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::{
    bytes::byte_newtype,
    eligibility::{Eligibility, PinnedRoots},
    poll::{Decision, Enactment, PollDefinition, PollId, PollReward, PollRule, SealedBy, Sealing},
    presentation::Presentation,
    service_key::{Signature, SignatureError, sign, verify_strict},
    verifying_key::KeyId,
};

byte_newtype! {
    /// Verifying half (Ed25519) of the fresh key with which a proposer can withdraw the poll. Never the key that the member leaves with:
    /// that one stands in the log with the member's commitment.
    ProposalKey, 32
}

/// Nobody could sign with a key: it is no point of the curve, or one of small order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proposal's withdrawal key is not one that could be signed with")]
pub struct ProposalKeyError;

impl ProposalKey {
    /// The verifying half of `key`.
    #[must_use]
    pub fn of(key: &SigningKey) -> Self {
        Self::new(key.verifying_key().to_bytes())
    }

    /// Checks that a withdrawal can be verified with this key: a point of the curve, and not one of small order.
    ///
    /// # Errors
    /// [`ProposalKeyError`].
    pub fn validate(&self) -> Result<(), ProposalKeyError> {
        match ed25519_dalek::VerifyingKey::from_bytes(self.as_bytes()) {
            Ok(key) if !key.is_weak() => Ok(()),
            _ => Err(ProposalKeyError),
        }
    }
}

/// What a proposer says of a poll: all that the service does not add, and all that it must not change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PollDraft {
    /// What the poll is called by: random bytes of the proposer's.
    pub id: PollId,
    /// What is asked, on one line.
    pub question: String,
    /// What can be chosen.
    pub options: Vec<String>,
    /// What a ballot says, and how ballots are counted.
    pub rule: PollRule,
    /// What it takes to win.
    pub decision: Decision,
    /// Who may join: the id of a menu entry; every member if absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::text::given")]
    pub menu: Option<String>,
    /// Unix seconds from which members can vote.
    pub opens_at: u32,
    /// Unix seconds from which nobody can.
    pub closes_at: u32,
    /// How ballots are sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealing: Option<DraftSealing>,
    /// What happens if an option wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enactment: Option<Enactment>,
    /// What voting earns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<PollReward>,
}

/// How a poll is to be sealed: all but the key, which the service adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftSealing {
    /// Who opens it.
    pub trustees: SealedBy,
    /// If fewer members have voted at the close, nothing is opened.
    pub floor: u32,
    /// Longest reason that may come with a ballot, in bytes; 0 if none may.
    pub reasons: u16,
}

impl PollDraft {
    /// Canonical bytes: label `AIQ/v1/draft`, `id` (16), `question` (text), number of options (u32), each option (text), the rule and the
    /// decision (as in a poll), u8 0 every member or 1 and menu id (text), `opens_at`, `closes_at` (u32 each), sealing (u8 0, or 1 and who opens
    /// it, as in a poll, `floor`, u32, `reasons`, u16), enactment and reward (as in a poll).
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let count = u32::try_from(self.options.len()).unwrap_or(u32::MAX);
        let encoder = Encoder::new("AIQ/v1/draft").fixed(self.id.as_bytes()).str(&self.question).u32(count);
        let encoder = self.options.iter().fold(encoder, |encoder, option| encoder.str(option));
        let encoder = self.decision.encode(self.rule.encode(encoder));
        let encoder = match &self.menu {
            None => encoder.u8(0),
            Some(menu) => encoder.u8(1).str(menu),
        };
        let encoder = encoder.u32(self.opens_at).u32(self.closes_at);
        let encoder = match self.sealing {
            None => encoder.u8(0),
            Some(DraftSealing { trustees, floor, reasons }) => {
                trustees.encode(encoder.u8(1)).u32(floor).fixed(&reasons.to_be_bytes())
            }
        };
        let encoder = match &self.enactment {
            None => encoder.u8(0),
            Some(enactment) => enactment.encode(encoder.u8(1)),
        };
        match self.reward {
            None => encoder.u8(0),
            Some(reward) => reward.encode(encoder.u8(1)),
        }
        .finish()
    }

    /// The poll that it becomes: with who may join as the menu says it now, the roots of the latest epoch, and the moment of the entry.
    #[must_use]
    pub fn define(
        self,
        eligibility: Eligibility,
        roots: PinnedRoots,
        key_id: KeyId,
        sealing: Option<Sealing>,
        at: u32,
    ) -> PollDefinition {
        PollDefinition {
            sealing,
            id: self.id,
            question: self.question,
            options: self.options,
            rule: self.rule,
            decision: self.decision,
            eligibility,
            roots,
            key_id,
            announced_at: at,
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            enactment: self.enactment,
            reward: self.reward,
        }
    }
}

impl PollDefinition {
    /// What a proposer says of it. Everything else follows from the log and the moment of the announcement.
    #[must_use]
    pub fn draft(&self) -> PollDraft {
        let menu = match &self.eligibility {
            Eligibility::Membership => None,
            Eligibility::Standing { menu, .. } => Some(menu.clone()),
        };
        PollDraft {
            id: self.id,
            question: self.question.clone(),
            options: self.options.clone(),
            rule: self.rule,
            decision: self.decision,
            menu,
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            sealing: self.sealing.map(|Sealing { trustees, floor, reasons, .. }| DraftSealing {
                trustees,
                floor,
                reasons,
            }),
            enactment: self.enactment.clone(),
            reward: self.reward,
        }
    }
}

/// The scope of one of a member's proposals in an epoch, counted from 0.
#[must_use]
pub fn propose_scope(deployment: &DeploymentId, epoch: u32, number: u8) -> Scope {
    let definition = Encoder::new("AIQ/v1/proposal").u32(epoch).u8(number).finish();
    Scope::derive(deployment, ScopeKind::Propose, &definition)
}

/// The message of a proposal's proof: `F("AIQ/v1/propose" ‖ scope ‖ SHA-256(draft) ‖ withdrawal_key)`.
#[must_use]
pub fn propose_message(scope: &Scope, draft: &PollDraft, withdrawal_key: &ProposalKey) -> Message {
    let digest = wire::sha256(&[&draft.canonical()]);
    Message::of("AIQ/v1/propose", &[&scope.to_bytes(), &digest, withdrawal_key.as_bytes()])
}

/// A proposal, besides the poll that it announces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Proposal {
    /// The epoch under whose roots the proposer is shown.
    pub epoch: u32,
    /// Which of the member's proposals in this epoch it is, from 0.
    pub number: u8,
    /// What a withdrawal will be signed with: fresh.
    pub withdrawal_key: ProposalKey,
    /// Shows what the charter asks of proposers, in [`propose_scope`] with [`propose_message`].
    pub presentation: Presentation,
}

/// By which right a poll is withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WithdrawnBy {
    /// The administrator, who announced it.
    Administrator {},
    /// The member who proposed it.
    Proposer {
        /// By the proposal's withdrawal key over `"AIQ/v1/withdraw-poll" ‖ scope`.
        signature: Signature,
    },
}

impl WithdrawnBy {
    /// Signs, as its proposer, that the poll with this scope is withdrawn.
    #[must_use]
    pub fn sign(key: &SigningKey, scope: &Scope) -> Self {
        Self::Proposer { signature: sign(key, &signing_bytes(scope)) }
    }
}

impl ProposalKey {
    /// Checks the signature of a withdrawal.
    ///
    /// # Errors
    /// [`SignatureError`] if it is not this key's over this poll's scope.
    pub fn verify(&self, scope: &Scope, signature: &Signature) -> Result<(), SignatureError> {
        verify_strict(self.as_bytes(), &signing_bytes(scope), signature)
    }
}

/// Label and scope.
fn signing_bytes(scope: &Scope) -> Vec<u8> {
    [b"AIQ/v1/withdraw-poll".as_slice(), &scope.to_bytes()].concat()
}
