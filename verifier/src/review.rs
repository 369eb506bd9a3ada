//! Reviews and rulings (§6, §7): what reviewers say about a claim stays hidden until it is decided.

use aiq_circuits::{
    credential::{Credential, CredentialId},
    identity::{Nullifier, OwnerTag},
    scope::{Message, Scope},
    wire::{self, DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

use crate::{
    bytes::byte_newtype,
    claim::Claim,
    poll::Blinding,
    presentation::Presentation,
    standard::{Reward, Standard},
    text::{self, TextError},
};

byte_newtype! {
    /// What the log has of a review's content: `SHA-256` of its [opening](ReviewOpening::canonical).
    ReviewCommitment, 32
}

/// What a reviewer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Verdict {
    /// The work deserves the credential.
    Accept,
    /// It does not.
    Reject,
    /// Neither: counts for nothing and earns nothing.
    Abstain,
}

impl Verdict {
    /// Whether it counts towards the quorum, and earns a reward.
    #[must_use]
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Abstain)
    }
}

/// What a review's entry in the log hides until the ruling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReviewOpening {
    /// 32 random bytes: without them the verdict could be guessed.
    pub blinding: Blinding,
    /// The verdict.
    pub verdict: Verdict,
    /// Why; may be empty.
    pub comment: String,
}

impl ReviewOpening {
    /// Longest comment, in bytes of UTF-8.
    pub const MAX_COMMENT: usize = 8_000;

    /// Checks the comment.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn validate(&self) -> Result<(), TextError> {
        if self.comment.is_empty() { Ok(()) } else { text::check_lines(&self.comment, Self::MAX_COMMENT) }
    }

    /// Canonical bytes: label `AIQ/v1/review-opening`, `blinding` (32), `verdict` (u8: 0 accept, 1 reject, 2 abstain), `comment` (text).
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let verdict = match self.verdict {
            Verdict::Accept => 0,
            Verdict::Reject => 1,
            Verdict::Abstain => 2,
        };
        let encoder = Encoder::new("AIQ/v1/review-opening").fixed(self.blinding.as_bytes());
        encoder.u8(verdict).str(&self.comment).finish()
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// If they are not those of exactly one opening.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes, "AIQ/v1/review-opening")?;
        let opening = Self {
            blinding: Blinding::new(decoder.fixed()?),
            verdict: match decoder.u8()? {
                0 => Verdict::Accept,
                1 => Verdict::Reject,
                2 => Verdict::Abstain,
                _ => return Err(DecodeError::Value("the verdict")),
            },
            comment: decoder.str()?.to_owned(),
        };
        decoder.finish()?;
        opening.validate().map_err(|_| DecodeError::Text)?;
        Ok(opening)
    }

    /// What the log has of it.
    #[must_use]
    pub fn commitment(&self) -> ReviewCommitment {
        ReviewCommitment::new(wire::sha256(&[&self.canonical()]))
    }
}

/// The message of a review's proof: `F("AIQ/v1/review" ‖ scope ‖ commitment)`.
#[must_use]
pub fn review_message(scope: &Scope, commitment: &ReviewCommitment) -> Message {
    Message::of("AIQ/v1/review", &[&scope.to_bytes(), commitment.as_bytes()])
}

/// A review as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Review {
    /// Shows who may review; its message is [`review_message`], its tag gets the reward.
    pub presentation: Presentation,
    /// What it says.
    pub opening: ReviewOpening,
}

impl Review {
    /// What the log has of it before the ruling.
    #[must_use]
    pub fn committed(&self) -> CommittedReview {
        CommittedReview { presentation: self.presentation.clone(), commitment: self.opening.commitment() }
    }
}

/// A review as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedReview {
    /// Who reviews, without saying who it is.
    pub presentation: Presentation,
    /// What is said.
    pub commitment: ReviewCommitment,
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RulingOutcome {
    /// Its credential is granted.
    Accepted,
    /// It is not.
    Rejected,
    /// Too few said anything; the work may be claimed anew.
    Expired,
}

impl core::fmt::Display for RulingOutcome {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
        })
    }
}

/// The count of a claim's reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ruling {
    /// Reviews that accept.
    pub accept: u32,
    /// Reviews that reject.
    pub reject: u32,
    /// Reviews that abstain.
    pub abstain: u32,
    /// What follows.
    pub outcome: RulingOutcome,
}

impl Ruling {
    /// Counts verdicts under a standard.
    #[must_use]
    pub fn count(standard: &Standard, verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let [mut accept, mut reject, mut abstain] = [0_u32; 3];
        for verdict in verdicts {
            let count = match verdict {
                Verdict::Accept => &mut accept,
                Verdict::Reject => &mut reject,
                Verdict::Abstain => &mut abstain,
            };
            *count = count.saturating_add(1);
        }
        let counted = u64::from(accept) + u64::from(reject);
        let outcome = if counted < standard.quorum.into() {
            RulingOutcome::Expired
        } else if standard.acceptance.compare(accept.into(), counted).is_ge() {
            RulingOutcome::Accepted
        } else {
            RulingOutcome::Rejected
        };
        Self { accept, reject, abstain, outcome }
    }

    /// Appends `accept`, `reject`, `abstain` (u32 each) and the outcome (u8: 0 accepted, 1 rejected, 2 expired).
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        let outcome = match self.outcome {
            RulingOutcome::Accepted => 0,
            RulingOutcome::Rejected => 1,
            RulingOutcome::Expired => 2,
        };
        encoder.u32(self.accept).u32(self.reject).u32(self.abstain).u8(outcome)
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            accept: decoder.u32()?,
            reject: decoder.u32()?,
            abstain: decoder.u32()?,
            outcome: match decoder.u8()? {
                0 => RulingOutcome::Accepted,
                1 => RulingOutcome::Rejected,
                2 => RulingOutcome::Expired,
                _ => return Err(DecodeError::Value("the outcome")),
            },
        })
    }
}

/// What a ruling grants, in the order in which it stands in the log behind the ruling: the credential of an accepted claim, then, if
/// the claim was decided at all and its standard has a reward, a note for every review that counts, ascending by nullifier. `at` is the
/// moment of the ruling, Unix seconds.
#[must_use]
pub fn grants(
    claim: &Claim,
    scope: &Scope,
    standard: &Standard,
    ruling: &Ruling,
    reviews: &[(&Presentation, Verdict)],
    at: u32,
) -> Vec<Credential> {
    let mut grants = Vec::new();
    if ruling.outcome == RulingOutcome::Accepted {
        grants.extend(claim.credential(standard, at));
    }
    if let Some(reward) = standard.reward.filter(|_| ruling.outcome != RulingOutcome::Expired) {
        let counted = reviews.iter().filter(|(_, verdict)| verdict.counts());
        let mut notes: Vec<_> = counted.map(|(presentation, _)| (presentation.nullifier, presentation.tag)).collect();
        notes.sort_unstable();
        grants.extend(notes.into_iter().map(|(nullifier, tag)| note(reward, claim, scope, nullifier, tag, at)));
    }
    grants
}

fn note(reward: Reward, claim: &Claim, scope: &Scope, nullifier: Nullifier, tag: OwnerTag, at: u32) -> Credential {
    Credential { tag, attributes: reward.note(claim.domain, at), id: CredentialId::of_note(scope, &nullifier) }
}
