//! Checkpoints (§3): what the service says the trees are at the end of an epoch, as a C2SP signed note.

use core::str::FromStr;

use aiq_circuits::{
    identity::DeploymentId,
    tree::{CredentialsRoot, MembersRoot},
};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::{note, service_key::ServiceKey};

pub use crate::note::NoteError;

/// The two trees at the end of an epoch.
///
/// The note's text has five lines, each ended by a line feed, numbers in decimal without leading zeros:
///
/// ```text
/// AIQ/v1/checkpoint/0x<deployment id>
/// epoch <number>
/// sealed_at <Unix seconds>
/// members <leaves> <tombstones among them> 0x<root>
/// credentials <leaves> <tombstones among them> 0x<root>
/// ```
///
/// The first line is the note's origin and the name of the key that signs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Checkpoint {
    /// Which deployment.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub deployment_id: DeploymentId,
    /// Number of the epoch, from 0.
    pub epoch: u32,
    /// Unix seconds.
    pub sealed_at: u32,
    /// Leaves in the members tree, tombstones included.
    pub members: u64,
    /// How many of them are tombstones: members who left.
    pub withdrawn: u64,
    /// Root of the members tree.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub members_root: MembersRoot,
    /// Leaves in the credentials tree, tombstones included.
    pub credentials: u64,
    /// How many of them are tombstones: revoked credentials.
    pub revoked: u64,
    /// Root of the credentials tree.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub credentials_root: CredentialsRoot,
}

/// Why a text is not a checkpoint of the service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Not a signed note, or not signed by the service.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text is not the five lines of a checkpoint in their one spelling.
    #[error("the signed text is not a checkpoint")]
    Text,
}

const ORIGIN: &str = "AIQ/v1/checkpoint/";

impl Checkpoint {
    /// How many are members: leaves that are no tombstones.
    #[must_use]
    pub const fn member_count(&self) -> u64 {
        self.members.saturating_sub(self.withdrawn)
    }

    /// How many credentials are not revoked; some may have expired.
    #[must_use]
    pub const fn credential_count(&self) -> u64 {
        self.credentials.saturating_sub(self.revoked)
    }

    /// The note's origin, and the name of the service's key in it.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{ORIGIN}{}", self.deployment_id)
    }

    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "{}\nepoch {}\nsealed_at {}\nmembers {} {} {}\ncredentials {} {} {}\n",
            self.origin(),
            self.epoch,
            self.sealed_at,
            self.members,
            self.withdrawn,
            self.members_root,
            self.credentials,
            self.revoked,
            self.credentials_root,
        )
    }

    /// The signed note.
    #[must_use]
    pub fn to_note(&self, key: &SigningKey) -> String {
        note::sign(&self.text(), &self.origin(), key)
    }

    /// Reads a signed note and checks that the service signed it. Other signatures, such as those of witnesses, may
    /// stand beside the service's.
    ///
    /// # Errors
    /// If it is not a note, not signed by the service, or not a checkpoint.
    pub fn from_note(note: &str, key: &ServiceKey) -> Result<Self, CheckpointError> {
        let origin = note.split('\n').next().unwrap_or_default();
        let text = note::verify(note, origin, key)?;
        let checkpoint = Self::parse(text).ok_or(CheckpointError::Text)?;
        if checkpoint.text() == text { Ok(checkpoint) } else { Err(CheckpointError::Text) }
    }

    /// Reads the text; whether it is the one spelling of the checkpoint is for the caller to compare.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut line = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let deployment_id = text.lines().next()?.strip_prefix(ORIGIN)?.parse().ok()?;
        line(&format!("{ORIGIN}{deployment_id}"));
        let epoch = line("epoch")?.parse().ok()?;
        let sealed_at = line("sealed_at")?.parse().ok()?;
        let (members, withdrawn, members_root) = tree(line("members")?)?;
        let (credentials, revoked, credentials_root) = tree(line("credentials")?)?;
        Some(Self {
            deployment_id,
            epoch,
            sealed_at,
            members,
            withdrawn,
            members_root,
            credentials,
            revoked,
            credentials_root,
        })
    }
}

/// Reads `<leaves> <tombstones> 0x<root>`.
fn tree<R: FromStr>(line: &str) -> Option<(u64, u64, R)> {
    let (leaves, rest) = line.split_once(' ')?;
    let (tombstones, root) = rest.split_once(' ')?;
    Some((leaves.parse().ok()?, tombstones.parse().ok()?, root.parse().ok()?))
}
