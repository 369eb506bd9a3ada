//! A closed poll as the service publishes it, checked and recounted by whoever wants to (§8).

use std::collections::{BTreeMap, BTreeSet};

use aiq_circuits::identity::{DeploymentId, Nullifier};
use aiq_circuits::scope::Message;
use aiq_sealing::ballot::{self, open_ballot, open_reason};
use aiq_sealing::key::SecretKey;
use aiq_server::api::{CeremonyView, PollView, SealedReason};
use aiq_verifier::poll::{Ballot, BallotKey, Choice, Count, Join, Outcome, PollId, SignedTally, join_message};
use aiq_verifier::presentation::{Presentation, Verifier};
use aiq_verifier::service_key::ServiceKey;
use rand::rngs::OsRng;

use super::{Member, MemberError, Openers, check_poll};
use crate::client::{Client, ClientError};
use crate::wallet::state::BallotRecord;

/// Everything that a service publishes about a closed poll.
#[derive(Debug, Clone)]
pub struct PublishedPoll {
    /// The poll.
    pub poll: PollView,
    /// The tally that the service signed.
    pub signed: SignedTally,
    /// Who joined: nullifier, proof and ballot key.
    pub joins: Vec<Join>,
    /// Every ballot that was accepted, superseded ones included.
    pub ballots: Vec<Ballot>,
    /// How the trustees made the key that the ballots are sealed to, if trustees did.
    pub ceremony: Option<CeremonyView>,
    /// The reasons as they were sent; none if the poll takes none.
    pub reasons: Vec<SealedReason>,
}

/// What became of a wallet's own vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnVote {
    /// This wallet has not voted.
    None,
    /// The wallet's last ballot is the one that was counted, and it says what the member chose.
    Counted {
        /// Whether its reason is among those that were published; absent if it has none.
        reason: Option<bool>,
    },
    /// Another copy of this wallet, or this one before it was restored, has cast the ballot that was counted.
    Elsewhere,
    /// Nothing was opened, but the ballot is there.
    Unopened,
    /// The ballot is not among those that were published, although the service gave a receipt for it.
    Missing,
    /// It is there and does not say what the member chose.
    Spoiled,
}

impl OwnVote {
    /// Whether the service has not kept what its receipt promises, or what it was sent.
    #[must_use]
    pub const fn is_wrong(self) -> bool {
        matches!(self, Self::Missing | Self::Spoiled | Self::Counted { reason: Some(false) })
    }
}

impl PublishedPoll {
    /// Downloads it.
    ///
    /// # Errors
    /// [`ClientError`]; with the code `poll_not_closed` as long as nothing is published.
    pub fn fetch(client: &Client, id: &PollId) -> Result<Self, ClientError> {
        let (signed, poll) = (client.tally(id)?, client.poll(id)?);
        let takes_reasons = poll.definition.sealing.is_some_and(|sealing| sealing.reasons > 0);
        let reasons = if takes_reasons { client.reasons(id)? } else { Vec::new() };
        Ok(Self {
            ceremony: poll.definition.ceremony().map(|id| client.ceremony(&id)).transpose()?,
            signed,
            poll,
            joins: client.joins(id)?,
            ballots: client.ballots(id)?.into_iter().filter_map(|entry| entry.ballot).collect(),
            reasons: reasons.into_iter().map(|reason| reason.sealed).collect(),
        })
    }

    /// Checks that the tally is signed, every join proved, every ballot signed by a key that joined, and that the tally
    /// follows from the ballots, opened with the published shares if they are sealed; gives it with the reasons. `verifier` holds the deployment's keys.
    ///
    /// # Errors
    /// [`MemberError::Result`] for the signature of the tally, [`MemberError::Joins`] for joins without a valid proof,
    /// [`MemberError::Ballot`] and [`MemberError::NotJoined`] for ballots that nobody who joined has signed,
    /// [`MemberError::Sealing`] for a key or shares that the trustees did not make, [`MemberError::ForeignResult`] for a tally that is
    /// another poll's or does not follow.
    pub fn check(
        &self,
        deployment: &DeploymentId,
        key: &ServiceKey,
        verifier: &Verifier,
    ) -> Result<Count, MemberError> {
        let Self { poll, signed, joins, ballots, .. } = self;
        signed.verify(key)?;
        let definition = &poll.definition;
        let scope = check_poll(poll, &definition.id, deployment)?;
        if verifier.key_id(definition.eligibility.statement()) != Some(definition.key_id) {
            return Err(MemberError::ForeignKey);
        }
        let folded = verifier.fold(&definition.eligibility, &definition.roots, &scope)?;
        let proofs: Vec<(Message, &Presentation)> =
            joins.iter().map(|join| (join_message(&scope, &join.ballot_key), &join.presentation)).collect();
        folded.verify_batch(&proofs, &mut OsRng)?;
        let keys: BTreeMap<Nullifier, BallotKey> =
            joins.iter().map(|join| (join.presentation.nullifier, join.ballot_key)).collect();
        for ballot in ballots {
            let key = keys.get(&ballot.nullifier).ok_or(MemberError::NotJoined(definition.id))?;
            ballot.verify(key)?;
        }
        let joined = keys.len() as u64;
        let count = match self.secret(deployment, key)? {
            Some(secret) => ballot::count(&secret, definition, &scope, joined, ballots),
            // Not sealed, or so few that nothing is opened.
            None if definition.sealing.is_none() => Count::of(definition, &scope, joined, ballots),
            None => Ok(Count::below_floor(definition, joined, self.voted())),
        };
        match count {
            Ok(count) if signed.scope == scope && count.tally == signed.tally => Ok(count),
            _ => Err(MemberError::ForeignResult),
        }
    }

    /// The secret that the published shares stand for, each of them checked; `None` if there is nothing to open, or nothing is opened
    /// because too few have voted.
    fn secret(&self, deployment: &DeploymentId, key: &ServiceKey) -> Result<Option<SecretKey>, MemberError> {
        let openers = Openers::check(self.ceremony.as_ref(), &self.poll.definition, deployment, key)?;
        match self.poll.definition.sealing {
            Some(sealing) if self.voted() < sealing.floor.into() => Ok(None),
            _ => Ok(openers.secret(&self.poll, deployment)?),
        }
    }

    /// How many members have voted.
    fn voted(&self) -> u64 {
        self.ballots.iter().map(|ballot| ballot.nullifier).collect::<BTreeSet<Nullifier>>().len() as u64
    }

    /// What voters gave as their reasons, opened on this machine, in the order in which they were published; `None` for one that cannot be
    /// read.
    ///
    /// # Errors
    /// [`MemberError::Sealing`]; [`MemberError::ForeignResult`] if there are more reasons than voters, or their order could say something.
    pub fn read_reasons(
        &self,
        deployment: &DeploymentId,
        key: &ServiceKey,
    ) -> Result<Vec<Option<String>>, MemberError> {
        let scope = check_poll(&self.poll, &self.poll.definition.id, deployment)?;
        let (Some(secret), Some(sealing)) = (self.secret(deployment, key)?, &self.poll.definition.sealing) else {
            // Nothing is opened, so there is nothing to publish.
            return if self.reasons.is_empty() { Ok(Vec::new()) } else { Err(MemberError::ForeignResult) };
        };
        if self.reasons.len() as u64 > self.signed.tally.voted || !self.reasons.is_sorted() {
            return Err(MemberError::ForeignResult);
        }
        let read = |reason: &SealedReason| open_reason(&secret, sealing, &scope, reason.as_bytes());
        Ok(self.reasons.iter().map(read).collect())
    }
}

impl Member {
    /// Looks for this wallet's own vote in what was published: the ballot, that it says what was chosen, and the reason. Found out on this
    /// machine; what was published has to be [checked](PublishedPoll::check) besides.
    ///
    /// # Errors
    /// [`MemberError::Sealing`].
    pub fn own_vote(&self, published: &PublishedPoll) -> Result<OwnVote, MemberError> {
        let definition = &published.poll.definition;
        let known: &[BallotRecord] = self.known().polls.get(&definition.id).map_or(&[], |record| &record.ballots);
        let promised = known.iter().filter(|record| record.receipt.is_some()).map(|record| record.ballot.seq).max();
        let nullifier = self.identity.nullifier(&published.poll.scope);
        let of_mine = |ballot: &&Ballot| ballot.nullifier == nullifier;
        let newest = published.ballots.iter().filter(of_mine).max_by_key(|ballot| ballot.seq);
        let Some(ballot) = newest.filter(|newest| promised.is_none_or(|promised| promised <= newest.seq)) else {
            return Ok(if promised.is_some() { OwnVote::Missing } else { OwnVote::None });
        };
        let Some(own) = known.iter().find(|record| record.ballot == *ballot) else {
            return Ok(if promised == Some(ballot.seq) { OwnVote::Missing } else { OwnVote::Elsewhere });
        };
        if published.signed.tally.outcome == Outcome::BelowFloor {
            return Ok(OwnVote::Unopened);
        }
        let choice = match published.secret(&self.id, self.service_key())? {
            Some(secret) => open_ballot(&secret, definition, ballot),
            None => Choice::decode(&ballot.body, definition).ok(),
        };
        if choice.as_ref() != Some(&own.choice) {
            return Ok(OwnVote::Spoiled);
        }
        let reason = own.reason.as_ref().map(|reason| published.reasons.contains(&reason.sealed));
        Ok(OwnVote::Counted { reason })
    }
}
