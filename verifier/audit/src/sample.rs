//! Logs with real proofs, for tests and benchmarks. Secrets and keys are published here, so nothing that counts may be made
//! with them.

mod deployment;
mod governed;
mod reviewed;
mod scripts;
mod sealed;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use aiq_circuits::identity::DeploymentId;
use aiq_keys::KeyDir;
use aiq_verifier::{
    claim::NewClaim,
    log::{Act, Entry, EntryOpening, Frontier, LogCheckpoint, NodeHash, WitnessKey, cosign},
    poll::{PollDefinition, PollId},
    verifying_key::VerifyingKey,
};
use ed25519_dalek::SigningKey;
use tlog_tiles::{Hash, HashReader, prove_record, stored_hashes};

pub use self::{
    deployment::{Deployment, NOW, Vote},
    sealed::trustee,
};
use crate::bundle::{Header, Writer};

const WITNESS: &str = "witness.example";

fn witness_key() -> SigningKey {
    SigningKey::from_bytes(&[8; 32])
}

/// A log as its service has it.
#[derive(Clone, Debug)]
pub struct SampleLog {
    /// Signs checkpoints and tallies.
    pub service: SigningKey,
    /// The key manifest's JSON.
    pub manifest: String,
    /// The verifying keys that stand in bundles.
    pub keys: Vec<VerifyingKey>,
    /// The entries.
    pub entries: Vec<Entry>,
    /// Openings of ballots and reviews, by the places of their entries: of closed polls and decided claims only.
    pub openings: BTreeMap<u64, EntryOpening>,
}

impl SampleLog {
    /// A small log with everything in it: a founding, invitations, two epochs, a member who left, a poll among all and one among
    /// few, changed, spoiled and empty votes, an attestation, and a poll that is still open; five proofs.
    ///
    /// # Panics
    /// If the proving keys of the public seed can neither be loaded nor made.
    #[must_use]
    pub fn small(keys: &KeyDir) -> Self {
        scripts::small(keys)
    }

    /// A log with what qualified members do: claims that are accepted, rejected and expired, a recusal, a renewal, disputes that
    /// overturn an acceptance and a rejection, a sponsored member, a poll that rewards, notes that are merged, and a claim that
    /// is still open; 29 proofs.
    ///
    /// # Panics
    /// As [`small`](Self::small).
    #[must_use]
    pub fn reviewed(keys: &KeyDir) -> Self {
        scripts::reviewed(keys)
    }

    /// A log with ceremonies that ended with a key, with a complaint, and not at all, and with sealed polls: by the service and by two of
    /// three trustees, with spoiled ballots and reasons, below the floor, and one that is still open; eight proofs.
    ///
    /// # Panics
    /// As [`small`](Self::small).
    #[must_use]
    pub fn sealed(keys: &KeyDir) -> Self {
        scripts::sealed(keys)
    }

    /// A log in which members decide what is to change: proposals, withdrawn polls, and changes of every kind that passed, failed, and
    /// were overtaken; 20 proofs.
    ///
    /// # Panics
    /// As [`small`](Self::small).
    #[must_use]
    pub fn governed(keys: &KeyDir) -> Self {
        scripts::governed(keys)
    }

    /// A log with one poll that `members` members join and vote in `ballots` times each. Every join has a proof of its own.
    ///
    /// # Panics
    /// As [`small`](Self::small).
    #[must_use]
    pub fn crowd(keys: &KeyDir, members: u16, ballots: u32) -> Self {
        scripts::crowd(keys, members, ballots)
    }

    /// Which deployment it is, by its first entry.
    ///
    /// # Panics
    /// If the first entry is not a genesis record.
    #[must_use]
    pub fn deployment_id(&self) -> DeploymentId {
        match self.entries.first().map(|entry| &entry.act) {
            Some(Act::Genesis(genesis)) => genesis.deployment_id(),
            _ => panic!("the log has no genesis record"),
        }
    }

    /// The signed checkpoint over all entries, with the cosignature of [`witness`](Self::witness).
    ///
    /// # Panics
    /// As [`deployment_id`](Self::deployment_id).
    #[must_use]
    pub fn checkpoint(&self) -> String {
        let mut frontier = Frontier::default();
        for entry in &self.entries {
            frontier.push(&entry.hash());
        }
        let (size, root) = (frontier.size(), frontier.root());
        let note = LogCheckpoint { deployment_id: self.deployment_id(), size, root }.to_note(&self.service);
        let cosignature = cosign(&note, WITNESS, &witness_key(), u64::from(NOW)).expect("the note is one");
        format!("{note}{cosignature}\n")
    }

    /// The witness that cosigns.
    ///
    /// # Panics
    /// Never: its name is one.
    #[must_use]
    pub fn witness(&self) -> WitnessKey {
        WitnessKey::of(WITNESS, &witness_key()).expect("the name is one")
    }

    /// The bundle of everything.
    ///
    /// # Panics
    /// If an entry is longer than any may be.
    #[must_use]
    pub fn bundle(&self) -> Vec<u8> {
        self.bundle_under(&self.checkpoint())
    }

    /// The bundle of everything under another checkpoint.
    ///
    /// # Panics
    /// As [`bundle`](Self::bundle).
    #[must_use]
    pub fn bundle_under(&self, checkpoint: &str) -> Vec<u8> {
        let header = Header::everything(self.deployment_id(), self.entries.len() as u64);
        let mut writer =
            Writer::begin(Vec::new(), header, &self.manifest, &self.keys, checkpoint).expect("a vector takes it");
        for (index, entry) in (0..).zip(&self.entries) {
            writer.entry(index, &entry.canonical(), self.openings.get(&index), None).expect("a vector takes it");
        }
        writer.finish().expect("all entries are written")
    }

    /// The bundle of one poll.
    ///
    /// # Panics
    /// As [`bundle`](Self::bundle), and if there is no such poll.
    #[must_use]
    pub fn poll_bundle(&self, poll: PollId) -> Vec<u8> {
        let places = self.places_of(poll);
        self.bundle_of(poll, |index| places.contains(&index))
    }

    /// The bundle of the nth claim, from 0.
    ///
    /// # Panics
    /// As [`bundle`](Self::bundle), and if there is no such claim.
    #[must_use]
    pub fn claim_bundle(&self, nth: usize) -> Vec<u8> {
        let places = self.places_of_claim(nth);
        self.bundle_of_claim(nth, |index| places.contains(&index))
    }

    /// The places of the entries that belong into the bundle of the nth claim.
    ///
    /// # Panics
    /// If there is no such claim.
    #[must_use]
    pub fn places_of_claim(&self, nth: usize) -> BTreeSet<u64> {
        let claim = &self.nth_claim(nth).claim;
        let (epoch, scope) = (claim.roots.epoch, claim.scope(&self.deployment_id()));
        let mut is_decided = false;
        let belongs = |(index, entry): (u64, &Entry)| {
            // What the ruling grants stands right behind it.
            is_decided &= matches!(entry.act, Act::Grant(_));
            let belongs = match &entry.act {
                Act::Genesis(_)
                | Act::Domain { .. }
                | Act::Menu { .. }
                | Act::MenuRemoval { .. }
                | Act::Standard { .. } => true,
                Act::Epoch { checkpoint, .. } => checkpoint.epoch == epoch,
                Act::Claim(new) => new.claim == *claim,
                Act::Recusal { scope: other, .. } | Act::Review { scope: other, .. } => *other == scope,
                Act::Ruling { scope: other, .. } => {
                    is_decided = *other == scope;
                    is_decided
                }
                _ => is_decided,
            };
            belongs.then_some(index)
        };
        (0..).zip(&self.entries).filter_map(belongs).collect()
    }

    /// A bundle that says it is of the nth claim, with the entries at these places.
    ///
    /// # Panics
    /// As [`claim_bundle`](Self::claim_bundle).
    #[must_use]
    pub fn bundle_of_claim(&self, nth: usize, belongs: impl Fn(u64) -> bool) -> Vec<u8> {
        let NewClaim { claim, presentation, .. } = self.nth_claim(nth);
        let is_used = |key: &VerifyingKey| [claim.key_id, presentation.key_id].contains(&key.id());
        self.partial(|entries| Header::claim(self.deployment_id(), entries, claim.id()), is_used, belongs)
    }

    fn nth_claim(&self, nth: usize) -> &NewClaim {
        let claims = self.entries.iter().filter_map(|entry| match &entry.act {
            Act::Claim(new) => Some(new.as_ref()),
            _ => None,
        });
        claims.into_iter().nth(nth).expect("the claim is in the log")
    }

    /// The places of the entries that belong into the bundle of a poll.
    ///
    /// # Panics
    /// If there is no such poll.
    #[must_use]
    pub fn places_of(&self, poll: PollId) -> BTreeSet<u64> {
        let definition = self.definition(poll);
        let (epoch, scope) = (definition.roots.epoch, definition.scope(&self.deployment_id()));
        let ceremony = definition.ceremony();
        let belongs = |act: &Act| match act {
            Act::Genesis(_) | Act::Charter(_) | Act::Domain { .. } | Act::Menu { .. } | Act::MenuRemoval { .. } => true,
            Act::Epoch { checkpoint, .. } => checkpoint.epoch == epoch,
            Act::Join { scope: other, .. }
            | Act::Close { scope: other }
            | Act::PollWithdrawal { scope: other, .. }
            | Act::Reason { scope: other, .. } => *other == scope,
            Act::Ballot(ballot) => ballot.scope == scope,
            Act::Share(share) => share.scope == scope,
            Act::Tally(signed) => signed.scope == scope,
            Act::Ceremony(made) => ceremony == Some(made.id()),
            Act::CeremonyRound1(package) => ceremony == Some(package.ceremony),
            Act::CeremonyRound2(package) => ceremony == Some(package.ceremony),
            Act::CeremonyConfirmation(package) => ceremony == Some(package.ceremony),
            Act::CeremonyComplaint(package) => ceremony == Some(package.ceremony),
            act => opened(act).is_some_and(|opened| opened.id == poll),
        };
        (0..).zip(&self.entries).filter(|(_, entry)| belongs(&entry.act)).map(|(index, _)| index).collect()
    }

    /// A bundle that says it is of one poll, with the entries at these places.
    ///
    /// # Panics
    /// As [`poll_bundle`](Self::poll_bundle).
    #[must_use]
    pub fn bundle_of(&self, poll: PollId, belongs: impl Fn(u64) -> bool) -> Vec<u8> {
        let mut used = vec![self.definition(poll).key_id];
        used.extend(self.entries.iter().filter_map(|entry| match &entry.act {
            Act::Proposal { proposal, poll: opened } if opened.id == poll => Some(proposal.presentation.key_id),
            _ => None,
        }));
        let header = |entries| Header::poll(self.deployment_id(), entries, poll);
        self.partial(header, |key| used.contains(&key.id()), belongs)
    }

    /// A bundle of some entries, with their proofs.
    fn partial(
        &self,
        header: impl Fn(u64) -> Header,
        is_used: impl Fn(&VerifyingKey) -> bool,
        belongs: impl Fn(u64) -> bool,
    ) -> Vec<u8> {
        let tree = Tree::over(&self.entries);
        let chosen: Vec<_> = (0..).zip(&self.entries).filter(|(index, _)| belongs(*index)).collect();
        let header = header(chosen.len() as u64);
        let keys = self.keys.iter().filter(|key| is_used(key));
        let mut writer =
            Writer::begin(Vec::new(), header, &self.manifest, keys, &self.checkpoint()).expect("a vector takes it");
        for (index, entry) in chosen {
            let proof = tree.proof(self.entries.len() as u64, index);
            writer
                .entry(index, &entry.canonical(), self.openings.get(&index), Some(&proof))
                .expect("a vector takes it");
        }
        writer.finish().expect("all entries are written")
    }

    fn definition(&self, poll: PollId) -> &PollDefinition {
        let opened = self.entries.iter().filter_map(|entry| opened(&entry.act));
        opened.into_iter().find(|definition| definition.id == poll).expect("the poll is in the log")
    }
}

/// The poll that an act opens.
fn opened(act: &Act) -> Option<&PollDefinition> {
    match act {
        Act::Poll(definition) => Some(definition),
        Act::Dispute { poll, .. } | Act::Proposal { poll, .. } => Some(poll),
        _ => None,
    }
}

/// Every node of the log's tree.
struct Tree(RefCell<Vec<Hash>>);

impl HashReader for Tree {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let stored = self.0.borrow();
        Ok(indexes
            .iter()
            .map(|index| {
                let place = usize::try_from(*index).expect("a small tree");
                *stored.get(place).expect("the hash was stored")
            })
            .collect())
    }
}

impl Tree {
    fn over(entries: &[Entry]) -> Self {
        let tree = Self(RefCell::default());
        for (index, entry) in (0..).zip(entries) {
            let new = stored_hashes(index, &entry.canonical(), &tree).expect("the hashes before it are stored");
            tree.0.borrow_mut().extend(new);
        }
        tree
    }

    fn proof(&self, size: u64, index: u64) -> Vec<NodeHash> {
        let path = prove_record(size, index, self).expect("the entry is in the tree");
        path.into_iter().map(|hash| NodeHash::new(hash.0)).collect()
    }
}
