//! What a wallet has done: deployments it trusts, receipts, joins, ballots. Everything that is sent is written down first, so that
//! after a crash the very same request goes out again and the service recognises it.

use std::collections::BTreeMap;

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::attestation::{AttestationRequest, AttestationResult, RequestId};
use aiq_verifier::checkpoint::Checkpoint;
use aiq_verifier::genesis::Genesis;
use aiq_verifier::poll::{Ballot, Choice, Join, PollDefinition, PollId};
use aiq_verifier::presentation::Presentation;
use aiq_verifier::receipt::Receipt;
use serde::{Deserialize, Serialize};

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
    /// How this wallet became a member.
    #[serde(default)]
    pub enrolment: Option<Enrolment>,
    /// Polls in which this wallet took part.
    #[serde(default)]
    pub polls: BTreeMap<PollId, PollRecord>,
    /// Attestations that this wallet gave.
    #[serde(default)]
    pub attestations: BTreeMap<RequestId, AttestationRecord>,
}

/// An enrolment, sent or about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// The invitation's token.
    pub invitation: String,
    /// The service's answer; absent while it is not known to have arrived.
    #[serde(default)]
    pub receipt: Option<Receipt>,
}

/// What this wallet did in one poll.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollRecord {
    /// The poll as it was announced; a service that shows another one under this id later is refused.
    pub definition: PollDefinition,
    /// The join as it was sent.
    pub join: Join,
    /// The service's answer to the join.
    #[serde(default)]
    pub join_receipt: Option<Receipt>,
    /// The ballots in order; the last one is the vote.
    #[serde(default)]
    pub ballots: Vec<BallotRecord>,
}

/// A ballot, sent or about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BallotRecord {
    /// What was chosen.
    pub choice: Choice,
    /// The signed ballot.
    pub ballot: Ballot,
    /// The service's answer.
    #[serde(default)]
    pub receipt: Option<Receipt>,
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
}

impl Deployment {
    /// A deployment at the first contact.
    #[must_use]
    pub fn new(server: String, genesis: Genesis) -> Self {
        Self {
            server,
            genesis,
            checkpoint: None,
            enrolment: None,
            polls: BTreeMap::new(),
            attestations: BTreeMap::new(),
        }
    }
}
