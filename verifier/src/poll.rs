//! Polls (§8): the immutable definition, its scope and its states by time.

mod ballot;
mod choice;
mod count;
mod decision;
mod enactment;
mod ratio;
mod rule;
mod sealing;
mod tally;

use aiq_circuits::{
    identity::DeploymentId,
    scope::{Scope, ScopeKind},
    wire::{DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

pub use self::{
    ballot::{
        Ballot, BallotCommitment, BallotError, BallotKey, Blinding, CommittedBallot, Join, Opening, join_message,
    },
    choice::{Choice, ChoiceError},
    count::{Count, Explanation},
    decision::{Decision, Lead, Outcome, Threshold, TieBreak, TieOrder},
    enactment::{Change, Enactment, PollReward},
    ratio::{Ratio, RatioError},
    rule::{PollRule, RuleError, instant_runoff::Round, schulze::Comparison},
    sealing::{KeyShare, PollShare, SealedBy, Sealing, SealingError, SealingKey},
    tally::{SignedTally, Tally, TallyError, last_ballots},
};
use crate::{
    bytes::byte_newtype,
    ceremony::CeremonyId,
    eligibility::{Eligibility, EligibilityError, PinnedRoots},
    governance::ChangeError,
    text::{self, TextError},
    verifying_key::KeyId,
};

byte_newtype! {
    /// What a poll is called by: 16 random bytes.
    PollId, 16
}

/// Everything about a poll that its scope commits to. Another definition is another poll, with other nullifiers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PollDefinition {
    /// What the poll is called by.
    pub id: PollId,
    /// What is asked, on one line.
    pub question: String,
    /// What can be chosen; a ballot names an option by its place, from 0.
    pub options: Vec<String>,
    /// What a ballot says, and how ballots are counted.
    pub rule: PollRule,
    /// What it takes to win.
    pub decision: Decision,
    /// Who may join.
    pub eligibility: Eligibility,
    /// The roots that eligibility is shown under.
    pub roots: PinnedRoots,
    /// The verifying key that eligibility is shown under.
    pub key_id: KeyId,
    /// Unix seconds from which members can join.
    pub announced_at: u32,
    /// Unix seconds from which members can also vote.
    pub opens_at: u32,
    /// Unix seconds from which nobody can do either.
    pub closes_at: u32,
    /// What happens if an option wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enactment: Option<Enactment>,
    /// What voting earns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<PollReward>,
    /// How ballots are sealed; if absent, the service reads what it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealing: Option<Sealing>,
}

/// Where a poll stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Phase {
    /// Members can join.
    Announced,
    /// Members can join and vote.
    Open,
    /// Nothing more is accepted; the tally follows.
    Closed,
    /// It was withdrawn before it opened: nothing is accepted, and nothing follows.
    Withdrawn,
}

impl Phase {
    /// Whether members can join.
    #[must_use]
    pub const fn accepts_joins(self) -> bool {
        matches!(self, Self::Announced | Self::Open)
    }

    /// Whether members can vote.
    #[must_use]
    pub const fn accepts_ballots(self) -> bool {
        matches!(self, Self::Open)
    }
}

impl core::fmt::Display for Phase {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Announced => "announced",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Withdrawn => "withdrawn",
        })
    }
}

/// Why a definition is refused. Options are numbered from 1, as people count them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PollError {
    /// The question.
    #[error("the question {0}")]
    Question(TextError),
    /// Too few or too many options.
    #[error("a poll has {min} to {max} options, not {0}", min = PollDefinition::MIN_OPTIONS, max = PollDefinition::MAX_OPTIONS)]
    OptionCount(usize),
    /// One option.
    #[error("option {number} {error}")]
    Option {
        /// Which one.
        number: usize,
        /// What is wrong with it.
        error: TextError,
    },
    /// Two options differ at most in the white space around them.
    #[error("options {first} and {second} are the same")]
    Repeated {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
    },
    /// The type of the poll.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// More than everything.
    #[error("nothing can have more than the whole: the threshold is at least 1/1, or more than less")]
    Threshold,
    /// Not `announced_at ≤ opens_at < closes_at`.
    #[error("a poll is announced, then opens, then closes: announced_at ≤ opens_at < closes_at")]
    Times,
    /// What a win brings about.
    #[error("the enactment names an option that does not exist")]
    Enactment,
    /// What would change.
    #[error("the enactment cannot be carried out: {0}")]
    Change(#[from] ChangeError),
    /// What voting earns.
    #[error("a reward weighs at least 1, belongs to a domain, and counts beyond the close of the poll")]
    Reward,
    /// How ballots are sealed.
    #[error(transparent)]
    Sealing(#[from] SealingError),
    /// Who may join.
    #[error(transparent)]
    Eligibility(#[from] EligibilityError),
}

impl PollDefinition {
    /// Longest question, in bytes of UTF-8.
    pub const MAX_QUESTION: usize = 1000;
    /// Longest option, in bytes of UTF-8.
    pub const MAX_OPTION: usize = 200;
    /// Fewest options.
    pub const MIN_OPTIONS: usize = 2;
    /// Most options.
    pub const MAX_OPTIONS: usize = 64;

    /// Checks every field that has a rule.
    ///
    /// # Errors
    /// The first that is broken.
    pub fn validate(&self) -> Result<(), PollError> {
        text::check(&self.question, Self::MAX_QUESTION).map_err(PollError::Question)?;
        if !(Self::MIN_OPTIONS..=Self::MAX_OPTIONS).contains(&self.options.len()) {
            return Err(PollError::OptionCount(self.options.len()));
        }
        for (number, option) in (1..).zip(&self.options) {
            text::check(option, Self::MAX_OPTION).map_err(|error| PollError::Option { number, error })?;
            let earlier = self.options.iter().take(number - 1);
            if let Some(first) = earlier.map(|other| other.trim()).position(|other| other == option.trim()) {
                return Err(PollError::Repeated { first: first + 1, second: number });
            }
        }
        self.rule.validate(self.options.len())?;
        if matches!(self.decision.threshold, Threshold::MoreThan(share) if share.is_whole()) {
            return Err(PollError::Threshold);
        }
        if self.announced_at > self.opens_at || self.opens_at >= self.closes_at {
            return Err(PollError::Times);
        }
        if let Some(Enactment { option, change }) = &self.enactment {
            if usize::from(*option) >= self.options.len() {
                return Err(PollError::Enactment);
            }
            change.validate()?;
        }
        let is_worth_something =
            |reward: PollReward| reward.weight > 0 && reward.domain.depth() > 0 && reward.expires_at > self.closes_at;
        if !self.reward.is_none_or(is_worth_something) {
            return Err(PollError::Reward);
        }
        self.sealing.as_ref().map_or(Ok(()), Sealing::validate)?;
        Ok(self.eligibility.validate()?)
    }

    /// Canonical bytes: label `AIQ/v1/poll`, `id` (16), `question` (text), number of options (u32), each option
    /// (text), the rule and the decision (appendix A), `eligibility` (statement text; for a standing also the packed
    /// requirement as a field element and the menu id as text), `epoch` (u32), `members_root`, `credentials_root`
    /// (field elements), `key_id` (32), `announced_at`, `opens_at`, `closes_at` (u32 each), enactment, reward and sealing (appendix A;
    /// each behind u8 1, or u8 0 if there is none).
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let count = u32::try_from(self.options.len()).unwrap_or(u32::MAX);
        let mut encoder = Encoder::new("AIQ/v1/poll").fixed(self.id.as_bytes()).str(&self.question).u32(count);
        for option in &self.options {
            encoder = encoder.str(option);
        }
        encoder = self.eligibility.encode(self.decision.encode(self.rule.encode(encoder)));
        let encoder = self
            .roots
            .encode(encoder)
            .fixed(self.key_id.as_bytes())
            .u32(self.announced_at)
            .u32(self.opens_at)
            .u32(self.closes_at);
        let encoder = match &self.enactment {
            None => encoder.u8(0),
            Some(enactment) => enactment.encode(encoder.u8(1)),
        };
        let encoder = match self.reward {
            None => encoder.u8(0),
            Some(reward) => reward.encode(encoder.u8(1)),
        };
        match self.sealing {
            None => encoder.u8(0),
            Some(sealing) => sealing.encode(encoder.u8(1)),
        }
        .finish()
    }

    /// Reads canonical bytes. The rules of a poll are for [`validate`](Self::validate).
    ///
    /// # Errors
    /// If they are not those of exactly one definition.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes, "AIQ/v1/poll")?;
        let (id, question) = (PollId::new(decoder.fixed()?), decoder.str()?.to_owned());
        let options = (0..decoder.u32()?).map(|_| Ok(decoder.str()?.to_owned())).collect::<Result<_, DecodeError>>()?;
        let definition = Self {
            id,
            question,
            options,
            rule: PollRule::decode(&mut decoder)?,
            decision: Decision::decode(&mut decoder)?,
            eligibility: Eligibility::decode(&mut decoder)?,
            roots: PinnedRoots::decode(&mut decoder)?,
            key_id: KeyId::new(decoder.fixed()?),
            announced_at: decoder.u32()?,
            opens_at: decoder.u32()?,
            closes_at: decoder.u32()?,
            enactment: present(&mut decoder)?.then(|| Enactment::decode(&mut decoder)).transpose()?,
            reward: present(&mut decoder)?.then(|| PollReward::decode(&mut decoder)).transpose()?,
            sealing: present(&mut decoder)?.then(|| Sealing::decode(&mut decoder)).transpose()?,
        };
        decoder.finish()?;
        Ok(definition)
    }

    /// The ceremony that has made the key of its ballots.
    #[must_use]
    pub fn ceremony(&self) -> Option<CeremonyId> {
        match self.sealing?.trustees {
            SealedBy::Service => None,
            SealedBy::Ceremony(id) => Some(id),
        }
    }

    /// Bytes that the body of every ballot has, if the poll is sealed.
    #[must_use]
    pub fn sealed_body_length(&self) -> Option<usize> {
        self.sealing.map(|_| Sealing::body_length(self.rule, self.options.len()))
    }

    /// The poll's scope in a deployment.
    #[must_use]
    pub fn scope(&self, deployment: &DeploymentId) -> Scope {
        Scope::derive(deployment, ScopeKind::Poll, &self.canonical())
    }

    /// Where the poll stands at `now`, in Unix seconds, unless it was withdrawn.
    #[must_use]
    pub const fn phase(&self, now: u32) -> Phase {
        if now < self.opens_at {
            Phase::Announced
        } else if now < self.closes_at {
            Phase::Open
        } else {
            Phase::Closed
        }
    }
}

/// Whether something follows: u8 1, or 0 if nothing does.
fn present(decoder: &mut Decoder<'_>) -> Result<bool, DecodeError> {
    match decoder.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(DecodeError::Value("what may be absent")),
    }
}
