//! What shows that a service broke its word, kept in a file for whoever has to be convinced.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aiq_circuits::identity::DeploymentId;
use aiq_circuits::wire;
use aiq_verifier::log::{EntryHash, NodeHash};
use aiq_verifier::receipt::Receipt;
use aiq_verifier::service_key::ServiceKey;
use serde::{Deserialize, Serialize};

/// The service broke its word, and this is how it is seen. Everything that it signed stands here as it signed it; the hashes are
/// RFC 6962 proofs under a root that it signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Finding {
    /// Two checkpoints cannot both be of one log that only grows. With `consistency` the root of `shown` comes out, but not
    /// that of `seen`; it is empty if both have the same size.
    #[error("the log forked: it does not continue the one that was seen before")]
    Forked {
        /// The signed note that was seen before.
        seen: String,
        /// The signed note that is shown now.
        shown: String,
        /// Hashes from the size of `seen` to that of `shown`.
        consistency: Vec<NodeHash>,
    },
    /// The newest checkpoint has fewer entries than one that was seen before.
    #[error("the log shrank: fewer entries are shown than were seen before")]
    Shrunk {
        /// The signed note that was seen before.
        seen: String,
        /// The signed note that is shown now.
        shown: String,
    },
    /// The place that a receipt names has another entry.
    #[error("the log has another entry where the receipt for {act} says that it is: place {}", .receipt.index)]
    OtherEntry {
        /// What the receipt is for.
        act: String,
        /// The signed promise.
        receipt: Receipt,
        /// Canonical bytes of the promised entry, hex.
        #[serde(with = "wire::serde_hex")]
        entry: Vec<u8>,
        /// The signed note under which something else is there.
        shown: String,
        /// Leaf hash of what is there.
        found: EntryHash,
        /// Hashes from `found` to the root of `shown`.
        inclusion: Vec<NodeHash>,
    },
    /// A receipt's entry is not in the log although it was accepted long ago: the log has not come so far.
    #[error("the entry that the receipt for {act} promises is missing: the log does not reach place {}", .receipt.index)]
    Missing {
        /// What the receipt is for.
        act: String,
        /// The signed promise.
        receipt: Receipt,
        /// Canonical bytes of the promised entry, hex.
        #[serde(with = "wire::serde_hex")]
        entry: Vec<u8>,
        /// The newest signed note.
        shown: String,
    },
    /// Two receipts promise one place to two entries.
    #[error("two receipts promise the same place of the log, {}: for {first_act} and for {second_act}", .first.index)]
    Clash {
        /// What the first receipt is for.
        first_act: String,
        /// A signed promise.
        first: Receipt,
        /// What the second receipt is for.
        second_act: String,
        /// Another one.
        second: Receipt,
    },
}

/// The file `<kind>-<16 hex digits>.json`: one JSON object, readable by its owner alone, because what it shows names the acts
/// that the wallet did. Beside the finding it has all that is needed to check the signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Version of this form: 1.
    pub version: u32,
    /// Whose log; part of every text that the service signs.
    pub deployment_id: DeploymentId,
    /// The key that signed the notes and receipts, from the genesis record.
    pub log_key: ServiceKey,
    /// The address that showed it.
    pub server: String,
    /// When it was found, by this machine's clock, Unix seconds.
    pub found_at: u32,
    /// What was found.
    pub finding: Finding,
}

/// A finding, and where the evidence of it is.
#[derive(Debug, thiserror::Error)]
#[error("{finding}; {kept}")]
pub struct BrokenLog {
    /// What was found.
    pub finding: Finding,
    /// Where the evidence is.
    pub kept: Kept,
}

/// Where evidence is.
#[derive(Debug)]
pub enum Kept {
    /// In this file.
    File(PathBuf),
    /// In this error alone: the wallet lives in memory.
    Nowhere,
    /// It could not be written.
    Failed {
        /// Where it was to be.
        directory: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the evidence is in {}", path.display()),
            Self::Nowhere => f.write_str("the evidence is not kept"),
            Self::Failed { directory, source } => {
                write!(f, "the evidence cannot be kept in {}: {source}", directory.display())
            }
        }
    }
}

impl Finding {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Forked { .. } => "forked",
            Self::Shrunk { .. } => "shrunk",
            Self::OtherEntry { .. } => "other-entry",
            Self::Missing { .. } => "missing",
            Self::Clash { .. } => "clash",
        }
    }
}

impl Evidence {
    /// Evidence found now.
    #[must_use]
    pub fn new(deployment_id: DeploymentId, log_key: ServiceKey, server: &str, finding: Finding) -> Self {
        Self { version: 1, deployment_id, log_key, server: server.to_owned(), found_at: crate::time::now(), finding }
    }

    /// Keeps it in a directory, if there is one.
    #[must_use]
    pub fn into_error(self, directory: Option<PathBuf>) -> BrokenLog {
        let kept = directory.map_or(Kept::Nowhere, |directory| match self.keep(&directory) {
            Ok(path) => Kept::File(path),
            Err(source) => Kept::Failed { directory, source },
        });
        BrokenLog { finding: self.finding, kept }
    }

    /// Writes it into a directory and says where. The same finding again leaves the file of the first time as it is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, directory: &Path) -> io::Result<PathBuf> {
        let text = serde_json::to_string_pretty(self)?;
        let [a, b, c, d, e, f, g, h, ..] = wire::sha256(&[&serde_json::to_vec(&self.finding)?]);
        let name = format!("{}-{}.json", self.finding.kind(), hex::encode([a, b, c, d, e, f, g, h]));
        let path = directory.join(name);
        fs::create_dir_all(directory)?;
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                file.write_all(b"\n")?;
                file.sync_all()?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        Ok(path)
    }
}
