//! Counting (§8): the same ballots in any order give the same tally, and no ballot can block it.

use std::collections::BTreeMap;

use aiq_circuits::{
    identity::Nullifier,
    scope::Scope,
    wire::{DecodeError, Decoder, Encoder},
};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use super::{Ballot, Choice, Count, Explanation, Outcome, PollDefinition};
use crate::service_key::{ServiceKey, Signature, SignatureError, sign};

/// What came out of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tally {
    /// A number for each option, in the definition's order: votes (single choice, quadratic), approvals, sums of scores, or, where
    /// ballots rank options, how often each is ranked first.
    pub options: Vec<u64>,
    /// Ballots that abstain.
    pub abstain: u64,
    /// Last ballots that say nothing in this poll: counted, and shown, never in the way.
    pub spoiled: u64,
    /// Members who joined.
    pub joined: u64,
    /// Members of whom a ballot counts, abstentions and spoiled ballots included.
    pub voted: u64,
    /// What came of it.
    pub outcome: Outcome,
}

/// Why ballots cannot be counted: they are not the accepted ballots of one poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TallyError {
    /// A ballot of another poll.
    #[error("a ballot by {nullifier} belongs to scope {found}")]
    Scope {
        /// Whose.
        nullifier: Nullifier,
        /// Where it belongs.
        found: Scope,
    },
    /// Two contents under one `seq`, of which at most one was accepted.
    #[error("{nullifier} has two different ballots with seq {seq}")]
    Conflict {
        /// Whose.
        nullifier: Nullifier,
        /// The number.
        seq: u32,
    },
    /// More voters than members who joined.
    #[error("{voted} voted, but only {joined} joined")]
    TooManyVoters {
        /// Distinct nullifiers among the ballots.
        voted: u64,
        /// Members who joined.
        joined: u64,
    },
}

impl Tally {
    /// Reads the bytes that the service signs: the poll's scope, and the tally.
    ///
    /// # Errors
    /// If they are not those of exactly one tally.
    pub fn decode(bytes: &[u8]) -> Result<(Scope, Self), DecodeError> {
        let mut decoder = Decoder::new(bytes, "AIQ/v1/tally")?;
        let scope = Scope::new(decoder.field()?);
        let options = (0..decoder.u32()?).map(|_| decoder.u64()).collect::<Result<_, _>>()?;
        let tally = Self {
            options,
            abstain: decoder.u64()?,
            spoiled: decoder.u64()?,
            joined: decoder.u64()?,
            voted: decoder.u64()?,
            outcome: Outcome::decode(&mut decoder)?,
        };
        decoder.finish()?;
        Ok((scope, tally))
    }

    /// Counts the accepted ballots of a poll: [`Count::of`] without the reasons.
    ///
    /// # Errors
    /// If these are not the accepted ballots of one poll.
    pub fn count<'a>(
        definition: &PollDefinition,
        scope: &Scope,
        joined: u64,
        ballots: impl IntoIterator<Item = &'a Ballot>,
    ) -> Result<Self, TallyError> {
        Count::of(definition, scope, joined, ballots).map(|count| count.tally)
    }
}

impl Count {
    /// Counts the accepted ballots of a poll that is not sealed, their signatures already verified, in any order: of each
    /// nullifier the one with the highest `seq`. One that says nothing in this poll is spoiled.
    ///
    /// # Errors
    /// If these are not the accepted ballots of one poll.
    pub fn of<'a>(
        definition: &PollDefinition,
        scope: &Scope,
        joined: u64,
        ballots: impl IntoIterator<Item = &'a Ballot>,
    ) -> Result<Self, TallyError> {
        let last = last_ballots(scope, joined, ballots)?;
        let choices: Vec<_> = last.iter().map(|ballot| Choice::decode(&ballot.body, definition).ok()).collect();
        Ok(Self::of_choices(definition, scope, joined, choices.iter().map(Option::as_ref)))
    }

    /// The count of a sealed poll in which fewer than the floor have voted: nothing is opened.
    #[must_use]
    pub fn below_floor(definition: &PollDefinition, joined: u64, voted: u64) -> Self {
        let options = vec![0; definition.options.len()];
        let tally = Tally { options, abstain: 0, spoiled: 0, joined, voted, outcome: Outcome::BelowFloor };
        Self { tally, explanation: Explanation::Sums {} }
    }
}

/// Of each nullifier the ballot with the highest `seq`, ascending by nullifier.
///
/// # Errors
/// If these are not the accepted ballots of one poll that so many joined.
pub fn last_ballots<'a>(
    scope: &Scope,
    joined: u64,
    ballots: impl IntoIterator<Item = &'a Ballot>,
) -> Result<Vec<&'a Ballot>, TallyError> {
    let mut all = BTreeMap::new();
    for ballot in ballots {
        let (nullifier, seq) = (ballot.nullifier, ballot.seq);
        if ballot.scope != *scope {
            return Err(TallyError::Scope { nullifier, found: ballot.scope });
        }
        let first = *all.entry((nullifier, seq)).or_insert(ballot);
        if first.body != ballot.body {
            return Err(TallyError::Conflict { nullifier, seq });
        }
    }
    // In ascending order of seq, so that of each nullifier the last stays.
    let last: BTreeMap<Nullifier, &Ballot> =
        all.into_iter().map(|((nullifier, _), ballot)| (nullifier, ballot)).collect();
    match last.len() as u64 {
        voted if voted > joined => Err(TallyError::TooManyVoters { voted, joined }),
        _ => Ok(last.into_values().collect()),
    }
}

/// A tally that the service stands by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedTally {
    /// The poll's scope, which commits to the deployment and the whole definition.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub scope: Scope,
    /// What came out.
    pub tally: Tally,
    /// By the service.
    pub signature: Signature,
}

impl SignedTally {
    /// Signs a tally.
    #[must_use]
    pub fn sign(key: &SigningKey, scope: Scope, tally: Tally) -> Self {
        let signature = sign(key, &signing_bytes(&scope, &tally));
        Self { scope, tally, signature }
    }

    /// The bytes that the service signs: label `AIQ/v1/tally`, `scope` (field element), number of options (u32), each
    /// option's number, `abstain`, `spoiled`, `joined`, `voted` (u64 each), the outcome (u8: 0 winner, 1 no quorum, 2 no support,
    /// 3 below the threshold, 4 below the floor; with 0 and 3 `option`, `tied` (u8), `support`, `of` (u64)).
    #[must_use]
    pub fn signing_bytes(&self) -> Vec<u8> {
        signing_bytes(&self.scope, &self.tally)
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// If it is not the service's over this scope and tally.
    pub fn verify(&self, key: &ServiceKey) -> Result<(), SignatureError> {
        key.verify(&self.signing_bytes(), &self.signature)
    }
}

fn signing_bytes(scope: &Scope, tally: &Tally) -> Vec<u8> {
    let count = u32::try_from(tally.options.len()).unwrap_or(u32::MAX);
    let encoder = Encoder::new("AIQ/v1/tally").field(scope.as_field()).u32(count);
    let counts = tally.options.iter().copied().chain([tally.abstain, tally.spoiled, tally.joined, tally.voted]);
    tally.outcome.encode(counts.fold(encoder, Encoder::u64)).finish()
}
