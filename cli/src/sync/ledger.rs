//! The public leaves of a deployment as a member sees them: downloaded whole, checked against what the service signed.

use aiq_circuits::credential::Credential;
use aiq_circuits::identity::{Commitment, DeploymentId};
use aiq_circuits::tree::{CredentialTree, MemberTree, TreeKind};
use aiq_server::api::EpochView;
use aiq_verifier::checkpoint::Checkpoint;
use aiq_verifier::log::Act;
use aiq_verifier::service_key::ServiceKey;

use super::SyncError;
use super::log::{LogView, Promise};
use super::tiles::{self, TileCache};
use crate::client::Client;
use crate::progress::Progress;

/// All leaves of the newest epoch, its trees, and the log that has the epoch.
#[derive(Debug, Clone)]
pub struct Ledger {
    members: Vec<Commitment>,
    credentials: Vec<Credential>,
    head: Trees,
    log: LogView,
}

/// Both trees of one epoch, with the roots that the service signed.
#[derive(Debug, Clone)]
pub struct Trees {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The members.
    pub members: MemberTree,
    /// The credentials.
    pub credentials: CredentialTree,
}

impl Ledger {
    /// Downloads every leaf of an epoch, builds the trees and compares their roots with the signed ones. That the epoch is in
    /// the log is for the caller to know.
    ///
    /// # Errors
    /// [`SyncError::RootMismatch`] among others: what does not add up is refused.
    pub fn download(
        client: &Client,
        log: LogView,
        checkpoint: Checkpoint,
        progress: &dyn Progress,
    ) -> Result<Self, SyncError> {
        let assemble = |cache: &TileCache| {
            let members = tiles::members(client, cache, checkpoint.members, progress)?;
            let credentials = tiles::credentials(client, cache, checkpoint.credentials, progress)?;
            let head = Trees::build(&members, &credentials, checkpoint)?;
            Ok((members, credentials, head))
        };
        let (members, credentials, head) = match assemble(&log.cache) {
            // A tile on this disk may have rotted: fetch everything once more before calling the service a liar.
            Err(SyncError::RootMismatch { .. } | SyncError::Tile { .. }) => {
                log.cache.clear()?;
                assemble(&log.cache)?
            }
            outcome => outcome?,
        };
        Ok(Self { members, credentials, head, log })
    }

    /// The newest epoch's trees.
    #[must_use]
    pub const fn head(&self) -> &Trees {
        &self.head
    }

    /// The log as it was when the leaves were downloaded.
    #[must_use]
    pub const fn log(&self) -> &LogView {
        &self.log
    }

    /// Every member of the newest epoch.
    #[must_use]
    pub fn members(&self) -> &[Commitment] {
        &self.members
    }

    /// Every credential of the newest epoch.
    #[must_use]
    pub fn credentials(&self) -> &[Credential] {
        &self.credentials
    }

    /// The trees as they were at an earlier checkpoint: a poll keeps the roots it pinned (§6).
    ///
    /// # Errors
    /// [`SyncError::RootMismatch`] if the leaves of that time do not have the signed roots.
    pub fn at(&self, checkpoint: Checkpoint) -> Result<Trees, SyncError> {
        if checkpoint == self.head.checkpoint {
            return Ok(self.head.clone());
        }
        // Leaves are only ever appended: an epoch's leaves are the first ones of any later epoch.
        let members = prefix(&self.members, checkpoint.members)?;
        let credentials = prefix(&self.credentials, checkpoint.credentials)?;
        Trees::build(members, credentials, checkpoint)
    }
}

impl Trees {
    fn build(members: &[Commitment], credentials: &[Credential], checkpoint: Checkpoint) -> Result<Self, SyncError> {
        let epoch = checkpoint.epoch;
        let mismatch = |tree| SyncError::RootMismatch { tree, epoch };
        let full = |_| SyncError::TooManyLeaves(checkpoint.members.max(checkpoint.credentials));
        let members = MemberTree::build(members.iter().copied()).map_err(full)?;
        if members.root() != checkpoint.members_root {
            return Err(mismatch(TreeKind::Members));
        }
        let credentials = CredentialTree::build(credentials.iter().map(Credential::leaf)).map_err(full)?;
        if credentials.root() != checkpoint.credentials_root {
            return Err(mismatch(TreeKind::Credentials));
        }
        Ok(Self { checkpoint, members, credentials })
    }
}

/// Reads a checkpoint note and checks its signature and its deployment.
///
/// # Errors
/// [`SyncError::Checkpoint`].
pub fn read_checkpoint(note: &str, deployment: &DeploymentId, key: &ServiceKey) -> Result<Checkpoint, SyncError> {
    let checkpoint = Checkpoint::from_note(note, key).map_err(|error| SyncError::Checkpoint(error.to_string()))?;
    if checkpoint.deployment_id != *deployment {
        return Err(SyncError::Checkpoint(format!("it belongs to deployment {}", checkpoint.deployment_id)));
    }
    Ok(checkpoint)
}

/// Reads an epoch as the service shows it: the signed checkpoint, and what its receipt promises of the log.
///
/// # Errors
/// [`SyncError::Checkpoint`], [`SyncError::EpochReceipt`].
pub fn read_epoch(
    view: &EpochView,
    deployment: &DeploymentId,
    key: &ServiceKey,
) -> Result<(Checkpoint, Promise), SyncError> {
    let checkpoint = read_checkpoint(&view.note, deployment, key)?;
    let act = Act::Epoch { checkpoint, before: view.before };
    view.receipt.verify_for(key, deployment, act.clone()).map_err(SyncError::EpochReceipt)?;
    let what = format!("epoch {}", checkpoint.epoch);
    Ok((checkpoint, Promise { what, act, receipt: view.receipt.clone() }))
}

/// Refuses a service that shows less than it did before, or something else for the same epoch.
///
/// # Errors
/// [`SyncError::Rollback`].
pub fn refuse_rollback(seen: Option<&Checkpoint>, now: &Checkpoint) -> Result<(), SyncError> {
    let Some(seen) = seen else { return Ok(()) };
    let shown = if now.epoch < seen.epoch {
        format!("epoch {}", now.epoch)
    } else if now.epoch == seen.epoch && now != seen {
        "another checkpoint for the same epoch".to_owned()
    } else if now.members < seen.members || now.credentials < seen.credentials {
        "fewer leaves".to_owned()
    } else {
        return Ok(());
    };
    Err(SyncError::Rollback { seen: seen.epoch, shown })
}

fn prefix<T>(leaves: &[T], count: u64) -> Result<&[T], SyncError> {
    let range = usize::try_from(count).ok().and_then(|count| leaves.get(..count));
    range.ok_or(SyncError::TooManyLeaves(count))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aiq_verifier::log::LogCheckpoint;
    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::sync::log::Signed;

    fn checkpoint(epoch: u32, members: u64) -> Checkpoint {
        let leaves = (0..members).map(|number| Commitment::new(number.into()));
        Checkpoint {
            deployment_id: DeploymentId::new([1; 32]),
            epoch,
            sealed_at: 7,
            members,
            members_root: MemberTree::build(leaves).unwrap().root(),
            credentials: 0,
            credentials_root: CredentialTree::new().root(),
        }
    }

    #[test]
    fn a_service_that_goes_back_is_refused() {
        let seen = checkpoint(5, 9);
        assert!(refuse_rollback(Some(&seen), &seen).is_ok());
        assert!(refuse_rollback(Some(&seen), &checkpoint(6, 10)).is_ok());
        for shown in [checkpoint(4, 9), checkpoint(5, 10), checkpoint(6, 8)] {
            let error = refuse_rollback(Some(&seen), &shown).unwrap_err();
            assert!(matches!(error, SyncError::Rollback { seen: 5, .. }), "{error}");
        }
    }

    #[test]
    fn a_checkpoint_of_another_key_or_deployment_is_refused() {
        let [key, other] = [1, 2].map(|byte| SigningKey::from_bytes(&[byte; 32]));
        let note = checkpoint(1, 3).to_note(&key);
        let [here, there] = [1, 2].map(|byte| DeploymentId::new([byte; 32]));
        assert!(read_checkpoint(&note, &here, &ServiceKey::of(&key)).is_ok());
        assert!(read_checkpoint(&note, &here, &ServiceKey::of(&other)).is_err());
        assert!(read_checkpoint(&note, &there, &ServiceKey::of(&key)).is_err());
    }

    #[test]
    fn leaves_that_do_not_have_the_signed_root_are_refused() {
        let members: Vec<Commitment> = (0..5u64).map(|number| Commitment::new(number.into())).collect();
        let head = Trees::build(&members, &[], checkpoint(2, 5)).unwrap();
        let log = LogCheckpoint { deployment_id: DeploymentId::new([1; 32]), size: 1, root: [0; 32] };
        let log = Signed { note: String::new(), checkpoint: log };
        let log = LogView { head: log.clone(), trusted: log, cache: TileCache::none() };
        let ledger = Ledger { members: members.clone(), credentials: Vec::new(), head, log };
        assert_eq!(ledger.at(checkpoint(1, 3)).unwrap().members.len(), 3);
        let forged = Checkpoint { members: 4, ..checkpoint(1, 3) };
        assert!(matches!(ledger.at(forged), Err(SyncError::RootMismatch { tree: TreeKind::Members, epoch: 1 })));
        assert!(matches!(ledger.at(checkpoint(3, 6)), Err(SyncError::TooManyLeaves(6))));
    }
}
