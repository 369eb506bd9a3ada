//! Why what a service says about itself was not believed.

use std::path::PathBuf;

use aiq_circuits::identity::DeploymentId;
use aiq_circuits::tree::TreeKind;
use aiq_keys::KeyError;

use crate::client::{ClientError, TileList};

/// Why a synchronisation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The exchange itself failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The service's id is not the hash of the genesis it shows.
    #[error("the service calls itself {claimed}, but its genesis record hashes to {computed}")]
    GenesisMismatch {
        /// What it says.
        claimed: DeploymentId,
        /// What follows from its genesis.
        computed: DeploymentId,
    },
    /// Another deployment than the one that was expected answers at this address.
    #[error("{server} is deployment {found}, not {expected}, which this wallet has pinned")]
    DeploymentChanged {
        /// The address.
        server: String,
        /// What answers now.
        found: DeploymentId,
        /// What was pinned.
        expected: DeploymentId,
    },
    /// A checkpoint is not signed by the deployment's log key, or not of this deployment.
    #[error("the checkpoint is not one that this deployment signed: {0}")]
    Checkpoint(String),
    /// The receipt for an epoch is not one for that epoch.
    #[error("the receipt for the epoch is worthless: {0}")]
    EpochReceipt(aiq_verifier::receipt::ReceiptError),
    /// The service shows another epoch than was asked for.
    #[error("the service answered with the checkpoint of epoch {found} instead of {expected}")]
    WrongEpoch {
        /// What was asked for.
        expected: u32,
        /// What came.
        found: u32,
    },
    /// The service shows less than it did before, or something else for the same epoch.
    #[error("the service went back: this wallet has seen epoch {seen}, and now it is shown {shown}")]
    Rollback {
        /// The epoch seen before.
        seen: u32,
        /// What is shown now.
        shown: String,
    },
    /// The leaves do not add up to the root that was signed.
    #[error("the {} at epoch {epoch} do not have the root that the service signed", tree_name(*.tree))]
    RootMismatch {
        /// Which tree.
        tree: TreeKind,
        /// The epoch.
        epoch: u32,
    },
    /// A tile is malformed.
    #[error("tile {tile} of the {list} is malformed: {reason}")]
    Tile {
        /// Of which list.
        list: TileList,
        /// The tile's number.
        tile: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// More leaves than a tree can hold, or more tombstones than it has leaves, are announced.
    #[error("the checkpoint announces {0} leaves or tombstones, more than a tree can hold")]
    TooManyLeaves(u64),
    /// A tile of the log is not the one under the signed root.
    #[error("tile {tile} on level {level} of the log is refused: {reason}")]
    LogTile {
        /// Level of tiles, 0 for the hashes of entries.
        level: u8,
        /// Its number.
        tile: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Entries of the log are not those under the signed root.
    #[error("bundle {bundle} of the log's entries is refused: {reason}")]
    LogEntries {
        /// The bundle's number.
        bundle: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A log without entries, or with more than can be, or a place that it does not have.
    #[error("{0} is no size of a log, or no place in this one")]
    LogSize(u64),
    /// The keys of the deployment are not what its genesis pins.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A cache file could not be written.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// What the leaves of a tree are called in messages.
const fn tree_name(tree: TreeKind) -> &'static str {
    match tree {
        TreeKind::Members => "members",
        TreeKind::Credentials => "credentials",
    }
}
