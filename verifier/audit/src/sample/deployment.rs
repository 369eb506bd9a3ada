//! A deployment that writes its log while things happen in it.

use std::collections::BTreeMap;

use aiq_circuits::{
    Fr,
    credential::{Attributes, Credential, CredentialId, CredentialKind},
    identity::{Commitment, Identity, Nullifier, Seed},
    membership::{MembershipInstance, MembershipWitness},
    scope::Scope,
    standing::{SlotWitness, StandingInstance, StandingWitness},
    statement::StatementId,
    tree::{CredentialTree, MemberTree},
    wire::sha256,
};
use aiq_keys::KeyDir;
use aiq_prover::Prover;
use aiq_verifier::{
    checkpoint::Checkpoint,
    eligibility::{Eligibility, PinnedRoots},
    genesis::Genesis,
    log::{Act, EnrolledBy, Entry, EntryOpening},
    menu::{DomainEntry, MenuEntry},
    poll::{
        Ballot, BallotKey, Change, Choice, Decision, Enactment, Join, PollDefinition, PollId, PollRule, SignedTally,
        join_message,
    },
    presentation::{Expectation, Presentation},
    service_key::ServiceKey,
    standard::Authority,
    withdrawal::{Withdrawal, WithdrawalKey},
};
use ed25519_dalek::SigningKey;
use rand::rngs::OsRng;

use super::{SampleLog, reviewed::Reviewed, sealed::Kept};
use crate::audit::granted_id;

/// Unix seconds at which every sample begins.
pub const NOW: u32 = 1_800_000_000;
pub(super) const YEAR: u32 = 31_536_000;
/// The first tag that a join shows; those of credentials come before it.
const SHOWN_TAG: u64 = 1_000;

/// What a voter votes.
#[derive(Clone, Debug)]
pub enum Vote {
    /// The option at this place, or none.
    For(Choice),
    /// Bytes that say nothing.
    Spoiled,
    /// The bytes of the ballot before.
    Copy,
}

/// A member who joined a poll, with the number of the tag that it showed.
#[derive(Clone, Copy)]
pub(super) struct Joined {
    pub(super) member: u16,
    pub(super) tag: u64,
    pub(super) nullifier: Nullifier,
}

/// A deployment at work.
pub struct Deployment {
    pub(super) log: SampleLog,
    pub(super) now: u32,
    identities: Vec<Identity>,
    /// Credentials and notes, each with its owner and the number of its tag.
    pub(super) holdings: Vec<(u16, u64, Credential)>,
    new_members: Vec<Commitment>,
    pub(super) new_credentials: Vec<Fr>,
    /// Leaves that become tombstones, of both trees.
    pub(super) leaving: Vec<Fr>,
    members: MemberTree,
    credential_tree: CredentialTree,
    /// Both trees and the checkpoint of every epoch.
    epochs: Vec<(MemberTree, CredentialTree, Checkpoint)>,
    /// Polls that have no tally, with their ballots, and who joined.
    pub(super) polls: BTreeMap<Scope, (PollDefinition, Vec<Ballot>, Vec<Joined>)>,
    pub(super) reviewed: Reviewed,
    pub(super) kept: Kept,
    /// What polls decided, with their scopes, until the next epoch.
    pub(super) waiting: Vec<(Scope, Change)>,
    provers: BTreeMap<StatementId, Prover>,
}

impl Deployment {
    /// Founds a deployment with one domain, one requirement for which three credentials of it are enough, and this many
    /// founders, of whom the first ones hold `credentials` credentials each.
    #[must_use]
    pub fn found(keys: &KeyDir, founders: u16, holders: u16, credentials: u64) -> Self {
        let all = [StatementId::Membership, StatementId::Standing3];
        let mut deployment = Self::begin(keys, if holders > 0 { &all } else { &all[..1] }, founders);
        for holder in 0..holders {
            for index in 0..credentials {
                deployment.grant(holder, index);
            }
        }
        deployment.seal();
        deployment
    }

    /// The founding up to its members.
    pub(super) fn begin(keys: &KeyDir, statements: &[StatementId], founders: u16) -> Self {
        let service = SigningKey::from_bytes(&[7; 32]);
        let manifest = keys.manifest().clone();
        let genesis = Genesis {
            name: "A sample".into(),
            salt: [5; 32],
            log_key: ServiceKey::of(&service),
            manifest_digest: manifest.digest(),
        };
        let load = |statement| Prover::load(keys, statement).expect("the keys of the public seed load");
        let key = |statement: &StatementId| keys.verifying_key(*statement).expect("the key is there");
        let log = SampleLog {
            service,
            manifest: manifest.to_json(),
            keys: statements.iter().map(key).collect(),
            entries: Vec::new(),
            openings: BTreeMap::new(),
        };
        let mut deployment = Self {
            log,
            now: NOW,
            identities: Vec::new(),
            holdings: Vec::new(),
            new_members: Vec::new(),
            new_credentials: Vec::new(),
            leaving: Vec::new(),
            members: MemberTree::new(),
            credential_tree: CredentialTree::new(),
            epochs: Vec::new(),
            polls: BTreeMap::new(),
            reviewed: Reviewed::default(),
            kept: Kept::default(),
            waiting: Vec::new(),
            provers: statements.iter().map(|statement| (*statement, load(*statement))).collect(),
        };
        deployment.write(Act::Genesis(genesis));
        for (domain, name) in [("1.0.0.0", "Artificial intelligence"), ("1.7.0.0", "Safety")] {
            let domain = domain.parse().expect("a domain");
            let entry = DomainEntry { domain, name: name.into() };
            deployment.write(Act::Domain { entry, by: Authority::Founding });
        }
        deployment.write(Act::Menu { entry: menu_entry(), by: Authority::Founding });
        for _ in 0..founders {
            deployment.enrol(EnrolledBy::Founding);
        }
        deployment
    }

    /// Lets time pass, in seconds.
    pub const fn wait(&mut self, seconds: u32) {
        self.now += seconds;
    }

    pub(super) fn write(&mut self, act: Act) -> u64 {
        self.log.entries.push(Entry { at: self.now, act });
        self.log.entries.len() as u64 - 1
    }

    /// Invites members; the invitations are good for a day.
    pub fn invite(&mut self, count: u32) {
        self.write(Act::Invitations { count, expires_at: self.now + 86_400 });
    }

    /// Enrols the next member.
    pub fn enrol(&mut self, by: EnrolledBy) {
        let number = u16::try_from(self.identities.len() + 1).expect("few members");
        let id = self.log.deployment_id();
        let identity = Identity::derive(&seed(number), &id);
        let commitment = identity.commitment();
        self.identities.push(identity);
        self.new_members.push(commitment);
        self.write(Act::Enrolment { commitment, withdrawal_key: WithdrawalKey::of(&withdrawal_key(number)), by });
    }

    /// Lets a member leave.
    pub fn withdraw(&mut self, member: u16) {
        let (id, commitment) = (self.log.deployment_id(), self.identity(member).commitment());
        self.leaving.push(*commitment.as_field());
        self.write(Act::Withdrawal(Withdrawal::sign(&withdrawal_key(member + 1), &id, commitment)));
    }

    pub(super) fn grant(&mut self, holder: u16, index: u64) {
        let attributes = Attributes {
            domain: "1.7.0.0".parse().expect("a domain"),
            kind: CredentialKind::new(1),
            weight: 5,
            expires_at: NOW + YEAR,
            issued_at: NOW - YEAR,
        };
        let position = u32::try_from(self.holdings.len()).expect("few credentials");
        let tag = self.identity(holder).tag(index);
        let blank = Credential { tag, attributes, id: CredentialId::of_claim(&[0; 32]) };
        let credential = Credential { id: granted_id(position, &blank), ..blank };
        self.issue(holder, index, credential);
    }

    /// Grants a credential or note to a member's tag of this number.
    pub(super) fn issue(&mut self, owner: u16, tag: u64, credential: Credential) {
        self.holdings.push((owner, tag, credential));
        self.new_credentials.push(credential.leaf());
        self.write(Act::Grant(credential));
    }

    pub(super) fn identity(&self, member: u16) -> &Identity {
        self.identities.get(usize::from(member)).expect("a member")
    }

    /// Seals an epoch.
    pub fn seal(&mut self) {
        self.new_members.sort_unstable();
        self.new_credentials.sort_unstable();
        self.members.extend(self.new_members.drain(..)).expect("there is room");
        self.credential_tree.extend(self.new_credentials.drain(..)).expect("there is room");
        let tombstones = |leaves: &[Fr]| -> Vec<u32> {
            (0..).zip(leaves).filter(|(_, leaf)| self.leaving.contains(leaf)).map(|(position, _)| position).collect()
        };
        let (left, revoked) = (tombstones(self.members.leaves()), tombstones(self.credential_tree.leaves()));
        self.members.bury(&left).expect("leaves");
        self.credential_tree.bury(&revoked).expect("leaves");
        self.leaving.clear();
        let last = self.epochs.last().map(|(_, _, checkpoint)| *checkpoint);
        let checkpoint = Checkpoint {
            deployment_id: self.log.deployment_id(),
            epoch: u32::try_from(self.epochs.len()).expect("few epochs"),
            sealed_at: self.now,
            members: self.members.len() as u64,
            withdrawn: last.map_or(0, |last| last.withdrawn) + left.len() as u64,
            members_root: self.members.root(),
            credentials: self.credential_tree.len() as u64,
            revoked: last.map_or(0, |last| last.revoked) + revoked.len() as u64,
            credentials_root: self.credential_tree.root(),
        };
        self.epochs.push((self.members.clone(), self.credential_tree.clone(), checkpoint));
        let before = self.log.entries.len() as u64;
        self.write(Act::Epoch { checkpoint, before });
        self.enact();
    }

    /// Announces a single-choice poll among all members, or among those who meet the menu's entry; it opens after 10 seconds and
    /// closes after 1,000.
    pub fn announce(&mut self, id: u8, of_standing: bool) -> Scope {
        self.announce_type(id, of_standing, PollRule::default(), Decision::default())
    }

    /// The same, of another type.
    pub fn announce_type(&mut self, id: u8, of_standing: bool, rule: PollRule, decision: Decision) -> Scope {
        self.announce_defined(self.definition(id, of_standing, rule, decision))
    }

    pub(super) fn definition(&self, id: u8, of_standing: bool, rule: PollRule, decision: Decision) -> PollDefinition {
        let eligibility = if of_standing { menu_entry().eligibility(self.now) } else { Eligibility::Membership };
        PollDefinition {
            id: PollId::new([id; 16]),
            question: "Which benchmark comes first?".into(),
            options: ["Robustness", "Calibration", "Honesty"].map(Into::into).into(),
            rule,
            decision,
            roots: self.roots(),
            key_id: self.prover(eligibility.statement()).key_id(),
            eligibility,
            announced_at: self.now,
            opens_at: self.now + 10,
            closes_at: self.now + 1_000,
            enactment: None,
            reward: None,
            sealing: None,
        }
    }

    pub(super) fn announce_defined(&mut self, definition: PollDefinition) -> Scope {
        let scope = definition.scope(&self.log.deployment_id());
        self.polls.insert(scope, (definition.clone(), Vec::new(), Vec::new()));
        self.write(Act::Poll(definition));
        scope
    }

    /// Roots of the latest epoch.
    pub(super) fn roots(&self) -> PinnedRoots {
        let Checkpoint { epoch, members_root, credentials_root, .. } = self.latest();
        PinnedRoots { epoch, members_root, credentials_root }
    }

    pub(super) fn prover(&self, statement: StatementId) -> &Prover {
        self.provers.get(&statement).expect("it was loaded")
    }

    /// Lets a member join a poll.
    pub fn join(&mut self, scope: Scope, member: u16) {
        let ballot_key = BallotKey::of(&ballot_key(scope, member));
        let (definition, ..) = self.polls.get(&scope).expect("the poll was announced");
        let expectation = Expectation {
            eligibility: definition.eligibility.clone(),
            roots: definition.roots,
            scope,
            message: join_message(&scope, &ballot_key),
        };
        let tag = SHOWN_TAG + self.log.entries.len() as u64;
        let presentation = self.show(member, tag, &expectation);
        if let Some((_, _, joined)) = self.polls.get_mut(&scope) {
            joined.push(Joined { member, tag, nullifier: presentation.nullifier });
        }
        self.write(Act::Join { scope, join: Join { presentation, ballot_key } });
    }

    /// A member's proof of what is expected, with its tag of this number.
    pub(super) fn show(&self, member: u16, tag: u64, expectation: &Expectation) -> Presentation {
        let Expectation { eligibility, roots, scope, message } = expectation;
        let (members, credentials, _) = self.epoch(roots.epoch);
        let identity = self.identity(member);
        let place = members.leaves().iter().position(|leaf| leaf == identity.commitment().as_field());
        let path = |place: usize| u32::try_from(place).expect("few members");
        let witness = MembershipWitness {
            secret: identity.secret().clone(),
            tag_randomness: identity.tag_randomness(tag),
            path: members.path(path(place.expect("a member of the epoch"))).expect("a leaf"),
        };
        let (nullifier, tag) = (identity.nullifier(scope), identity.tag(tag));
        let statement = eligibility.statement();
        let (prover, quiet) = (self.prover(statement), &mut |_| {});
        let proof = match eligibility.requirement() {
            None => {
                let instance = MembershipInstance::new(roots.members_root, *scope, nullifier, tag, *message);
                prover.prove(&instance, &witness, &mut OsRng, quiet)
            }
            Some(requirement) => {
                let (members, credentials_root) = (roots.members_root, roots.credentials_root);
                let instance = StandingInstance::<3>::new(
                    members,
                    credentials_root,
                    *requirement,
                    *scope,
                    nullifier,
                    tag,
                    *message,
                );
                let held = self
                    .holdings
                    .iter()
                    .filter(|(owner, _, credential)| *owner == member && credential.attributes.kind.is_credential());
                let slots = held.take(requirement.min_count.into());
                let credentials = slots.map(|holding| self.slot(holding, credentials)).collect();
                prover.prove(&instance, &StandingWitness { membership: witness, credentials }, &mut OsRng, quiet)
            }
        };
        let proof = proof.expect("the member may do it");
        Presentation { statement, key_id: prover.key_id(), nullifier, tag, proof }
    }

    /// A leaf as its owner shows it.
    pub(super) fn slot(&self, (owner, tag, credential): &(u16, u64, Credential), tree: &CredentialTree) -> SlotWitness {
        let place = tree.leaves().iter().position(|leaf| *leaf == credential.leaf()).expect("a leaf");
        SlotWitness {
            tag_randomness: self.identity(*owner).tag_randomness(*tag),
            attributes: credential.attributes,
            id: credential.id,
            path: tree.path(u32::try_from(place).expect("few credentials")).expect("a leaf"),
        }
    }

    /// An epoch's trees and checkpoint.
    pub(super) fn epoch(&self, number: u32) -> &(MemberTree, CredentialTree, Checkpoint) {
        self.epochs.get(usize::try_from(number).expect("few epochs")).expect("the epoch was sealed")
    }

    /// The latest epoch.
    pub(super) fn latest(&self) -> Checkpoint {
        self.epochs.last().expect("epoch 0 is sealed").2
    }

    /// Lets a member vote.
    pub fn vote(&mut self, scope: Scope, member: u16, seq: u32, vote: &Vote) {
        let nullifier = self.identity(member).nullifier(&scope);
        let body = self.body(scope, (nullifier, seq), vote);
        let ballot = Ballot::sign(&ballot_key(scope, member), scope, nullifier, seq, body, &mut OsRng);
        let index = self.write(Act::Ballot(ballot.committed()));
        self.log.openings.insert(index, EntryOpening::Ballot(ballot.opening()));
        if let Some((_, ballots, _)) = self.polls.get_mut(&scope) {
            ballots.push(ballot);
        }
    }

    /// Closes a poll and counts; what the tally brings about follows.
    pub fn close(&mut self, scope: Scope) {
        self.write(Act::Close { scope });
        let (definition, ballots, joined) = self.polls.remove(&scope).expect("the poll was announced");
        let tally = self.opened(scope, &definition, joined.len() as u64, &ballots);
        let signed = SignedTally::sign(&self.log.service, scope, tally);
        self.write(Act::Tally(signed.clone()));
        match definition.enactment.clone().filter(|enactment| enactment.follows_from(&signed.tally)) {
            None => {}
            Some(Enactment { change: Change::Overturn { .. }, .. }) => self.overturn(scope, &definition),
            Some(Enactment { change, .. }) => self.decide(scope, change),
        }
        self.reward(scope, &definition, &ballots, joined);
        self.release_reasons(scope);
    }

    /// Notes that an attestation was answered.
    pub fn attest(&mut self) {
        self.write(Act::Attestation { digest: [9; 32] });
    }

    /// The log. Ballots of polls that are not closed, and reviews of claims that are not decided, stay hidden.
    #[must_use]
    pub fn into_log(self) -> SampleLog {
        let mut log = self.log;
        let is_hidden = |index: &u64| {
            let entry = usize::try_from(*index).ok().and_then(|index| log.entries.get(index));
            match entry.map(|entry| &entry.act) {
                Some(Act::Ballot(ballot)) => self.polls.contains_key(&ballot.scope),
                Some(Act::Review { scope, .. }) => self.reviewed.is_open(scope),
                _ => false,
            }
        };
        log.openings.retain(|index, _| !is_hidden(index));
        log
    }
}

/// What a member leaves with, counted from 1.
fn withdrawal_key(number: u16) -> SigningKey {
    SigningKey::from_bytes(&sha256(&[b"a sample's withdrawal key", &number.to_be_bytes()]))
}

fn ballot_key(scope: Scope, member: u16) -> SigningKey {
    SigningKey::from_bytes(&sha256(&[&scope.to_bytes(), &member.to_be_bytes()]))
}

/// The seed of a member, counted from 1.
fn seed(number: u16) -> Seed {
    Seed::from_bytes(sha256(&[b"a member of a sample", &number.to_be_bytes()]))
}

pub(super) fn menu_entry() -> MenuEntry {
    MenuEntry {
        id: "safety-2".into(),
        title: "Two credentials in AI safety".into(),
        domain: "1.7".parse().expect("a prefix"),
        min_count: 2,
        min_weight: 10,
        statement: StatementId::Standing3,
    }
}
