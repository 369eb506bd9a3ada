//! What a wallet takes from a service, and why it may believe it: the genesis by its hash, the leaves by signed roots that
//! are in the log, the keys by the manifest that the genesis pins.

mod error;
mod keys;
mod ledger;
pub mod log;
mod tiles;

use aiq_circuits::identity::DeploymentId;
use aiq_server::api::Info;

pub use error::SyncError;
pub use keys::{directory as key_directory, fetch as fetch_keys};
pub use ledger::{Ledger, Trees, read_checkpoint, read_epoch, refuse_rollback};
pub use tiles::TileCache;

/// Checks that a service is the deployment it says it is, and the one that is expected, if one is.
///
/// # Errors
/// [`SyncError::GenesisMismatch`], [`SyncError::DeploymentChanged`].
pub fn check_identity(server: &str, info: &Info, expected: Option<&DeploymentId>) -> Result<DeploymentId, SyncError> {
    let computed = info.genesis.deployment_id();
    if computed != info.deployment_id {
        return Err(SyncError::GenesisMismatch { claimed: info.deployment_id, computed });
    }
    match expected {
        Some(expected) if *expected != computed => {
            Err(SyncError::DeploymentChanged { server: server.to_owned(), found: computed, expected: *expected })
        }
        _ => Ok(computed),
    }
}
