//! The lines.

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::{
    claim::ClaimId,
    log::{EntryHash, EntryOpening, NodeHash},
    poll::PollId,
    verifying_key::KeyId,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What a bundle contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contents {
    /// Every entry of the log.
    Everything,
    /// What belongs to one poll, each entry with its inclusion proof.
    Poll,
    /// What belongs to one claim up to what its ruling grants, each entry with its inclusion proof.
    Claim,
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Version of the format.
    pub bundle: u32,
    /// What the bundle contains.
    pub contents: Contents,
    /// Whose log.
    pub deployment_id: DeploymentId,
    /// Number of entries in the bundle; at least one.
    pub entries: u64,
    /// The poll, if the bundle contains one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<PollId>,
    /// The claim, if the bundle contains one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimId>,
}

impl Header {
    /// The header of a bundle with every entry.
    #[must_use]
    pub const fn everything(deployment_id: DeploymentId, entries: u64) -> Self {
        Self { bundle: super::VERSION, contents: Contents::Everything, deployment_id, entries, poll: None, claim: None }
    }

    /// The header of a bundle with one poll.
    #[must_use]
    pub const fn poll(deployment_id: DeploymentId, entries: u64, poll: PollId) -> Self {
        Self { bundle: super::VERSION, contents: Contents::Poll, deployment_id, entries, poll: Some(poll), claim: None }
    }

    /// The header of a bundle with one claim.
    #[must_use]
    pub const fn claim(deployment_id: DeploymentId, entries: u64, claim: ClaimId) -> Self {
        let (bundle, contents) = (super::VERSION, Contents::Claim);
        Self { bundle, contents, deployment_id, entries, poll: None, claim: Some(claim) }
    }
}

/// The second line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManifestLine {
    pub(super) manifest: String,
}

/// A line with a verifying key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyLine {
    pub(super) verifying_key: VerifyingKeyBytes,
}

/// A verifying key as it stands in a bundle; nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyingKeyBytes {
    /// SHA-256 of the bytes.
    pub key_id: KeyId,
    /// The key's canonical bytes.
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    pub bytes: Vec<u8>,
}

/// The line with the checkpoint.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckpointLine {
    pub(super) checkpoint: String,
}

/// A line with an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryLine {
    /// The entry's place in the log, from 0.
    pub index: u64,
    /// Canonical bytes.
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    pub entry: Vec<u8>,
    /// Leaf hash: what receipts call the entry by. It follows from the bytes; that it stands beside them lets damage be
    /// named where it is, and not only where it shows.
    pub hash: EntryHash,
    /// What a ballot or review hides, if it is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<EntryOpening>,
    /// Hashes from the leaf to the checkpoint's root, the lowest first; in the bundle of a poll or claim only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Vec<NodeHash>>,
}

/// Reads a line, without its line feed, in its one spelling: what [`write`] would write.
pub(super) fn read<T: Serialize + DeserializeOwned>(line: &[u8]) -> Option<T> {
    let value = serde_json::from_slice(line).ok()?;
    (write(&value) == line).then_some(value)
}

/// A line without its line feed: no white space, fields in their order, absent ones left out.
pub(super) fn write(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("lines have no map and no failing serializer")
}

impl EntryLine {
    /// Reads a line, without its line feed; `None` for any spelling but the one.
    #[must_use]
    pub fn read(line: &[u8]) -> Option<Self> {
        read(line)
    }
}
