//! What an audit found.

use core::fmt;
use std::collections::BTreeMap;

use aiq_circuits::{identity::DeploymentId, statement::StatementId};
use aiq_keys::Origin;
use aiq_verifier::{
    ceremony::CeremonyId,
    log::NodeHash,
    poll::{Change, PollId, PollRule, Tally},
    verifying_key::KeyId,
};
use serde::{Deserialize, Serialize};

use crate::{bundle::Contents, fault::Fault};

/// What an audit found. With a fault, the numbers are those of what came before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Whether everything holds.
    pub ok: bool,
    /// The first thing that does not.
    pub fault: Option<Fault>,
    /// Which deployment's log it is.
    pub deployment_id: Option<DeploymentId>,
    /// What the deployment is called.
    pub name: Option<String>,
    /// What the bundle was to contain.
    pub contents: Option<Contents>,
    /// Entries that the log has, by its checkpoint.
    pub size: Option<u64>,
    /// Root of the log, by its checkpoint.
    pub root: Option<NodeHash>,
    /// What the verdict does not say.
    pub caveats: Vec<Caveat>,
    /// The verifying keys.
    pub keys: Vec<KeyReport>,
    /// Of the witnesses that the audit was told of, those whose cosignature holds.
    pub witnesses: Vec<WitnessReport>,
    /// Entries by kind.
    pub entries: BTreeMap<String, u64>,
    /// Members at the last epoch.
    pub members: u64,
    /// Members who left by then.
    pub withdrawn: u64,
    /// Credentials at the last epoch that are not revoked.
    pub credentials: u64,
    /// Credentials that were revoked by then.
    pub revoked: u64,
    /// Epochs.
    pub epochs: u64,
    /// Proofs that hold.
    pub proofs: u64,
    /// Signatures of ballots that hold.
    pub ballot_signatures: u64,
    /// Polls, in the order of their announcement.
    pub polls: Vec<PollReport>,
    /// Ceremonies, in their order.
    pub ceremonies: Vec<CeremonyReport>,
    /// Claims and what became of them.
    pub claims: ClaimsReport,
}

impl Report {
    /// The report of an audit that has not begun.
    pub(crate) const fn blank() -> Self {
        Self {
            ok: false,
            fault: None,
            deployment_id: None,
            name: None,
            contents: None,
            size: None,
            root: None,
            caveats: Vec::new(),
            keys: Vec::new(),
            witnesses: Vec::new(),
            entries: BTreeMap::new(),
            members: 0,
            withdrawn: 0,
            credentials: 0,
            revoked: 0,
            epochs: 0,
            proofs: 0,
            ballot_signatures: 0,
            polls: Vec::new(),
            ceremonies: Vec::new(),
            claims: ClaimsReport::none(),
        }
    }

    /// Whether the bundle had every entry of the log.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.contents == Some(Contents::Everything)
    }
}

/// A verifying key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyReport {
    /// What it verifies.
    pub statement: StatementId,
    /// Its id.
    pub key_id: KeyId,
    /// Where it comes from, and so whom one has to trust.
    pub origin: Origin,
}

/// A witness whose cosignature holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessReport {
    /// The witness's name.
    pub name: String,
    /// When it signed, by its own clock, Unix seconds.
    pub at: u64,
}

/// A poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollReport {
    /// Its id.
    pub id: PollId,
    /// What it asks.
    pub question: String,
    /// What can be chosen.
    pub options: Vec<String>,
    /// What a ballot says, and how ballots are counted.
    pub rule: PollRule,
    /// How it came about.
    pub origin: PollOrigin,
    /// Whether it was withdrawn before it opened.
    pub withdrawn: bool,
    /// Who sealed its ballots, if they were sealed.
    pub sealing: Option<SealingReport>,
    /// Members who joined.
    pub joined: u64,
    /// Members of whom there is a ballot.
    pub voted: u64,
    /// The tally, recounted, if the log has it.
    pub tally: Option<Tally>,
    /// What it was to change, and what became of that.
    pub enactment: Option<EnactmentReport>,
}

/// How a poll came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PollOrigin {
    /// The administrator announced it.
    Announced,
    /// A dispute opened it.
    Dispute,
    /// A member proposed it.
    Proposal,
}

/// How a poll was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealingReport {
    /// The trustees' names; none: the service alone, which could read ballots early.
    pub trustees: Vec<String>,
    /// So many of them open the ballots.
    pub threshold: u8,
    /// From so many voters on.
    pub floor: u32,
    /// Whose shares are in the log: their places among the trustees, from 1.
    pub shares: Vec<u8>,
    /// Reasons that came with ballots.
    pub reasons: u64,
    /// Those of them that nobody can read.
    pub unreadable: u64,
}

/// What a poll was to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnactmentReport {
    /// The place of the option for it, from 0.
    pub option: u8,
    /// The change.
    pub change: Change,
    /// What became of it.
    pub state: EnactmentState,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EnactmentState {
    /// The poll has no tally.
    Open,
    /// Its option did not win.
    Rejected,
    /// Its option won; it waits for the next epoch, or what followed is not in the bundle.
    Passed,
    /// It happened.
    InForce,
    /// Its option won, but it was not possible any more.
    Overtaken,
}

/// A ceremony in which trustees make a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CeremonyReport {
    /// Its id.
    pub id: CeremonyId,
    /// The trustees' names.
    pub trustees: Vec<String>,
    /// So many of them open what is sealed with the key.
    pub threshold: u8,
    /// Unix seconds until which it had to be done.
    pub deadline: u32,
    /// How far it came.
    pub state: CeremonyState,
}

/// How far a ceremony came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CeremonyState {
    /// It waits, or waited until its deadline, for trustees.
    Waiting {
        /// In this round, from 1; the third is that of confirmations.
        round: u8,
        /// Those whose part of it is missing, by their names.
        missing: Vec<String>,
    },
    /// There is a key.
    Complete,
    /// A trustee complained.
    Failed {
        /// Whose fault that was.
        at_fault: String,
    },
}

/// Claims and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimsReport {
    /// Claims that wait for their ruling.
    pub open: u64,
    /// Claims that are accepted, by ruling or by dispute, and whose credential is not revoked.
    pub accepted: u64,
    /// Claims that are rejected.
    pub rejected: u64,
    /// Claims of which too few said anything.
    pub expired: u64,
    /// Claims that were accepted once, and whose credential was revoked.
    pub revoked: u64,
    /// Rulings, recounted.
    pub rulings: RulingsReport,
    /// Reviews.
    pub reviews: u64,
    /// Disputes.
    pub disputes: u64,
    /// Disputes that were upheld.
    pub upheld: u64,
}

impl ClaimsReport {
    pub(crate) const fn none() -> Self {
        let rulings = RulingsReport { accepted: 0, rejected: 0, expired: 0 };
        Self { open: 0, accepted: 0, rejected: 0, expired: 0, revoked: 0, rulings, reviews: 0, disputes: 0, upheld: 0 }
    }
}

/// Rulings by their outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulingsReport {
    /// Accepted.
    pub accepted: u64,
    /// Rejected.
    pub rejected: u64,
    /// Expired.
    pub expired: u64,
}

/// What a verdict does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Caveat {
    /// The bundle has one poll only.
    OnePoll,
    /// The bundle has one claim only.
    OneClaim,
    /// A verifying key is of an origin that lets anyone forge.
    ForgeableKeys,
    /// A verifying key was made by one party.
    SinglePartyKeys,
    /// A poll was sealed by the service alone.
    SealedByTheService,
    /// No witness that the audit was told of has cosigned.
    NoWitness,
}

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OnePoll => {
                "the bundle has one poll only: the trees are taken from the log as stated, and a join or ballot that was \
                 left out shows only against the numbers of the signed tally"
            }
            Self::OneClaim => {
                "the bundle has one claim only: the trees are taken from the log as stated; whether another claim has its works, its tags \
                 or what it renews, a newer standard, and what a dispute made of it show only in the audit of everything"
            }
            Self::ForgeableKeys => "a verifying key comes from a public seed: anyone could have forged the proofs",
            Self::SinglePartyKeys => "a verifying key was made by one party, who could have forged the proofs",
            Self::SealedByTheService => "a poll was sealed by the service alone, which could have read its ballots early",
            Self::NoWitness => "no known witness cosigned the checkpoint: others may have been shown another log",
        })
    }
}
