//! What a wallet has done: deployments it trusts, receipts, joins, ballots. Everything that is sent is written down first, so that
//! after a crash the very same request goes out again and the service recognises it.

use std::collections::BTreeMap;

use aiq_circuits::identity::{Commitment, DeploymentId};
use aiq_server::api::{PollView, SealedReason};
use aiq_verifier::attestation::{AttestationRequest, AttestationResult, RequestId};
use aiq_verifier::checkpoint::Checkpoint;
use aiq_verifier::claim::ClaimId;
use aiq_verifier::dispute::Dispute;
use aiq_verifier::genesis::Genesis;
use aiq_verifier::log::{Act, EnrolledBy, EntryHash};
use aiq_verifier::poll::{Ballot, Choice, Join, PollDefinition, PollId};
use aiq_verifier::presentation::Presentation;
use aiq_verifier::proposal::Proposal;
use aiq_verifier::receipt::Receipt;
use aiq_verifier::withdrawal::{Withdrawal, WithdrawalKey};
use serde::{Deserialize, Serialize};

use super::acts::Acts;
use crate::sync::log::{Promise, Quorum};

/// Everything but the seed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The deployments that this wallet has pinned.
    #[serde(default)]
    pub deployments: BTreeMap<DeploymentId, Deployment>,
}

/// One deployment, pinned at the first contact: a service that shows another genesis later is refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The service's address when it was last used.
    pub server: String,
    /// The genesis record; its hash is the deployment's id, its log key signs everything the service promises.
    pub genesis: Genesis,
    /// The newest checkpoint seen: a service that shows less later has lost or hidden something.
    #[serde(default)]
    pub checkpoint: Option<Checkpoint>,
    /// What was seen of the log.
    #[serde(default)]
    pub log: LogRecord,
    /// Whose signatures besides the service's a checkpoint of the log has to have.
    #[serde(default)]
    pub witnesses: Option<Quorum>,
    /// How this wallet became a member.
    #[serde(default)]
    pub enrolment: Option<Enrolment>,
    /// How this wallet left.
    #[serde(default)]
    pub withdrawal: Option<WithdrawalRecord>,
    /// Polls in which this wallet took part.
    #[serde(default)]
    pub polls: BTreeMap<PollId, PollRecord>,
    /// Attestations that this wallet gave.
    #[serde(default)]
    pub attestations: BTreeMap<RequestId, AttestationRecord>,
    /// What this wallet did among its peers.
    #[serde(default)]
    pub acts: Acts,
}

/// What a wallet has seen of the log: every later checkpoint has to continue these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogRecord {
    /// The newest checkpoint seen, the whole signed note.
    #[serde(default)]
    pub newest: Option<String>,
    /// The newest one that counted: the same, or the newest that enough witnesses had signed.
    #[serde(default)]
    pub trusted: Option<String>,
    /// Places of the log, and the entries that receipts of this wallet promise there: seen under a checkpoint that counted.
    #[serde(default)]
    pub included: BTreeMap<u64, EntryHash>,
}

impl LogRecord {
    /// Whether the entry that a receipt promises was seen in its place.
    #[must_use]
    pub fn has(&self, receipt: &Receipt) -> bool {
        self.included.get(&receipt.index) == Some(&receipt.entry_hash)
    }
}

/// An enrolment, sent or about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// The invitation's token.
    pub invitation: String,
    /// What was enrolled.
    pub commitment: Commitment,
    /// The key that it was enrolled with.
    pub withdrawal_key: WithdrawalKey,
    /// The service's answer; absent while it is not known to have arrived.
    #[serde(default)]
    pub receipt: Option<Receipt>,
}

/// A withdrawal, sent or about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalRecord {
    /// What was signed.
    pub withdrawal: Withdrawal,
    /// The service's answer.
    #[serde(default)]
    pub receipt: Option<Receipt>,
}

/// What this wallet did in one poll.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollRecord {
    /// The poll as it was announced; a service that shows another one under this id later is refused.
    pub definition: PollDefinition,
    /// The service's promise that everybody is shown this poll.
    pub announcement: Receipt,
    /// Who opened it: the promise is about that too.
    #[serde(default)]
    pub origin: Origin,
    /// The join as it was sent.
    pub join: Join,
    /// When it goes out, Unix seconds: drawn once, and kept whatever happens to the command that waits for it. Absent if it went
    /// out at once.
    #[serde(default)]
    pub moment: Option<u32>,
    /// The service's answer to the join.
    #[serde(default)]
    pub join_receipt: Option<Receipt>,
    /// The ballots in order; the last one is the vote.
    #[serde(default)]
    pub ballots: Vec<BallotRecord>,
}

/// Who opened a poll.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The administrator.
    #[default]
    Administrator,
    /// A member who disputes the decision on a claim.
    Dispute(ClaimId, Box<Dispute>),
    /// A member who has proposed it.
    Proposal(Box<Proposal>),
}

impl Origin {
    /// The act by which a poll of this origin is announced.
    #[must_use]
    pub fn announcement_of(&self, poll: &PollDefinition) -> Act {
        match self.clone() {
            Self::Administrator => Act::Poll(poll.clone()),
            Self::Dispute(claim, dispute) => Act::Dispute { claim, dispute: *dispute, poll: Box::new(poll.clone()) },
            Self::Proposal(proposal) => Act::Proposal { proposal: *proposal, poll: Box::new(poll.clone()) },
        }
    }
}

/// A ballot, sent or about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BallotRecord {
    /// What was chosen.
    pub choice: Choice,
    /// The signed ballot.
    pub ballot: Ballot,
    /// The reason that went with it.
    #[serde(default)]
    pub reason: Option<ReasonRecord>,
    /// The service's answer.
    #[serde(default)]
    pub receipt: Option<Receipt>,
}

/// A reason, sealed once: what is published after the tally can be compared with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonRecord {
    /// What it says.
    pub text: String,
    /// As it is sent.
    pub sealed: SealedReason,
}

/// An attestation, given or about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttestationRecord {
    /// Who asked for what.
    pub request: AttestationRequest,
    /// The answer as it was sent.
    pub presentation: Presentation,
    /// The result that the service signed.
    #[serde(default)]
    pub result: Option<AttestationResult>,
    /// The service's promise that the result is in the log, as a hash.
    #[serde(default)]
    pub receipt: Option<Receipt>,
}

impl Enrolment {
    /// What the receipt is for.
    #[must_use]
    pub const fn act(&self) -> Act {
        let Self { commitment, withdrawal_key, .. } = *self;
        Act::Enrolment { commitment, withdrawal_key, by: EnrolledBy::Invitation }
    }
}

impl PollRecord {
    /// A poll as it is shown, with the dispute that opened it, and a join that is about to be sent at once.
    #[must_use]
    pub fn new(poll: &PollView, origin: Origin, join: Join) -> Self {
        let (definition, announcement) = (poll.definition.clone(), poll.receipt.clone());
        Self { definition, announcement, origin, join, moment: None, join_receipt: None, ballots: Vec::new() }
    }
}

impl Deployment {
    /// A deployment at the first contact.
    #[must_use]
    pub fn new(server: String, genesis: Genesis) -> Self {
        Self {
            server,
            genesis,
            checkpoint: None,
            log: LogRecord::default(),
            witnesses: None,
            enrolment: None,
            withdrawal: None,
            polls: BTreeMap::new(),
            attestations: BTreeMap::new(),
            acts: Acts::default(),
        }
    }

    /// Everything that the service has promised this wallet, with the acts it was for.
    #[must_use]
    pub fn promises(&self) -> Vec<Promise> {
        let mut promises = Vec::new();
        let mut add = |what: String, act: Act, receipt: &Option<Receipt>| {
            promises.extend(receipt.clone().map(|receipt| Promise { what, act, receipt }));
        };
        if let Some(enrolment) = &self.enrolment {
            add("the enrolment".to_owned(), enrolment.act(), &enrolment.receipt);
        }
        if let Some(WithdrawalRecord { withdrawal, receipt }) = &self.withdrawal {
            add("leaving".to_owned(), Act::Withdrawal(*withdrawal), receipt);
        }
        for PollRecord { definition, announcement, origin, join, join_receipt, ballots, .. } in self.polls.values() {
            let poll = &definition.question;
            let announced = origin.announcement_of(definition);
            add(format!("the announcement of '{poll}'"), announced, &Some(announcement.clone()));
            let scope = definition.scope(&self.genesis.deployment_id());
            add(format!("joining '{poll}'"), Act::Join { scope, join: join.clone() }, join_receipt);
            for BallotRecord { ballot, receipt, .. } in ballots {
                let what = format!("ballot {} in '{poll}'", ballot.seq);
                add(what, Act::Ballot(ballot.committed()), receipt);
            }
        }
        for AttestationRecord { request, result, receipt, .. } in self.attestations.values() {
            if let Some(result) = result {
                let act = Act::Attestation { digest: result.log_digest() };
                add(format!("the attestation to '{}'", request.audience), act, receipt);
            }
        }
        promises.extend(self.acts.promises(&self.genesis.deployment_id()));
        promises
    }
}
