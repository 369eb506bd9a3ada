//! A closed poll as the service publishes it, checked and recounted by whoever wants to (§8).

use std::collections::BTreeMap;

use aiq_circuits::identity::{DeploymentId, Nullifier};
use aiq_circuits::scope::Message;
use aiq_server::api::PollView;
use aiq_verifier::poll::{Ballot, BallotKey, Count, Join, PollId, SignedTally, join_message};
use aiq_verifier::presentation::{Presentation, Verifier};
use aiq_verifier::service_key::ServiceKey;
use rand::rngs::OsRng;

use super::{MemberError, check_poll};
use crate::client::{Client, ClientError};

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
}

impl PublishedPoll {
    /// Downloads it.
    ///
    /// # Errors
    /// [`ClientError`]; with the code `poll_not_closed` as long as nothing is published.
    pub fn fetch(client: &Client, id: &PollId) -> Result<Self, ClientError> {
        Ok(Self {
            signed: client.tally(id)?,
            poll: client.poll(id)?,
            joins: client.joins(id)?,
            ballots: client.ballots(id)?.into_iter().filter_map(|entry| entry.ballot).collect(),
        })
    }

    /// Checks that the tally is signed, every join proved, every ballot signed by a key that joined, and that the tally
    /// follows from the ballots; gives it with the reasons. `verifier` holds the deployment's keys.
    ///
    /// # Errors
    /// [`MemberError::Result`] for the signature of the tally, [`MemberError::Joins`] for joins without a valid proof,
    /// [`MemberError::Ballot`] and [`MemberError::NotJoined`] for ballots that nobody who joined has signed,
    /// [`MemberError::ForeignResult`] for a tally that is another poll's or does not follow.
    pub fn check(
        &self,
        deployment: &DeploymentId,
        key: &ServiceKey,
        verifier: &Verifier,
    ) -> Result<Count, MemberError> {
        let Self { poll, signed, joins, ballots } = self;
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
        match Count::of(definition, &scope, keys.len() as u64, ballots) {
            Ok(count) if signed.scope == scope && count.tally == signed.tally => Ok(count),
            _ => Err(MemberError::ForeignResult),
        }
    }
}
