//! Checkpoints of the log: its size and root, signed (<https://c2sp.org/tlog-checkpoint>).

use aiq_circuits::identity::DeploymentId;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use ed25519_dalek::SigningKey;

use crate::{
    note::{self, NoteError},
    service_key::ServiceKey,
};

/// How many entries the log of a deployment has, and the root of their tree (RFC 6962).
///
/// The note's text has three lines, each ended by a line feed: the origin `AIQ/v1/log/0x<deployment id>`, the size in decimal, the
/// root in base64. The origin is also the name of the key that signs it, the genesis record's `log_key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogCheckpoint {
    /// Whose log.
    pub deployment_id: DeploymentId,
    /// Entries.
    pub size: u64,
    /// Root of the tree over the entries.
    pub root: [u8; 32],
}

/// Why a text is not a checkpoint of a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogCheckpointError {
    /// Not a signed note, or not signed by the log.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text is not the three lines in their one spelling.
    #[error("the signed text is not a checkpoint of a log")]
    Text,
    /// Of another log.
    #[error("the checkpoint is one of the log of deployment {0}")]
    Deployment(DeploymentId),
}

const ORIGIN: &str = "AIQ/v1/log/";

impl LogCheckpoint {
    /// The log's origin, and the name of the key that signs its checkpoints.
    #[must_use]
    pub fn origin(deployment_id: &DeploymentId) -> String {
        format!("{ORIGIN}{deployment_id}")
    }

    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", Self::origin(&self.deployment_id), self.size, BASE64_STANDARD.encode(self.root))
    }

    /// The signed note.
    #[must_use]
    pub fn to_note(&self, key: &SigningKey) -> String {
        note::sign(&self.text(), &Self::origin(&self.deployment_id), key)
    }

    /// Reads a note and checks that this deployment's log signed it. Cosignatures may stand beside.
    ///
    /// # Errors
    /// If it is not a note, not signed by the log, or not a checkpoint of it.
    pub fn from_note(note: &str, deployment_id: &DeploymentId, key: &ServiceKey) -> Result<Self, LogCheckpointError> {
        let checkpoint = Self::parse(note::text(note)?).ok_or(LogCheckpointError::Text)?;
        if checkpoint.deployment_id != *deployment_id {
            return Err(LogCheckpointError::Deployment(checkpoint.deployment_id));
        }
        note::verify(note, &Self::origin(deployment_id), key)?;
        Ok(checkpoint)
    }

    /// Reads the text in its one spelling.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let deployment_id = lines.next()?.strip_prefix(ORIGIN)?.parse().ok()?;
        let size = lines.next()?.parse().ok()?;
        let root = BASE64_STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        let checkpoint = Self { deployment_id, size, root };
        (checkpoint.text() == text).then_some(checkpoint)
    }
}
