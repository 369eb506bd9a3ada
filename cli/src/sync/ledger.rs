//! The public leaves of a deployment as a member sees them: downloaded whole, checked against what the service signed.

use aiq_circuits::credential::Credential;
use aiq_circuits::identity::{Commitment, DeploymentId};
use aiq_circuits::tree::{CredentialTree, MemberTree, TreeKind};
use aiq_verifier::checkpoint::Checkpoint;
use aiq_verifier::service_key::ServiceKey;

use super::SyncError;
use super::tiles::{self, TileCache};
use crate::client::Client;
use crate::progress::Progress;

/// All leaves of the newest epoch, and its trees.
#[derive(Debug, Clone)]
pub struct Ledger {
    members: Vec<Commitment>,
    credentials: Vec<Credential>,
    head: Trees,
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
    /// Downloads every leaf of the newest epoch, builds the trees and compares their roots with the signed ones.
    ///
    /// `seen` is the newest checkpoint that was seen before.
    ///
    /// # Errors
    /// [`SyncError::RootMismatch`] and [`SyncError::Rollback`] among others: what does not add up is refused.
    pub fn download(
        client: &Client,
        deployment: &DeploymentId,
        key: &ServiceKey,
        seen: Option<&Checkpoint>,
        cache: &TileCache,
        progress: &dyn Progress,
    ) -> Result<Self, SyncError> {
        let checkpoint = read_checkpoint(&client.checkpoint()?, deployment, key)?;
        refuse_rollback(seen, &checkpoint)?;
        match Self::assemble(client, checkpoint, cache, progress) {
            // A tile on this disk may have rotted: fetch everything once more before calling the service a liar.
            Err(SyncError::RootMismatch { .. } | SyncError::Tile { .. }) => {
                cache.clear()?;
                Self::assemble(client, checkpoint, cache, progress)
            }
            outcome => outcome,
        }
    }

    fn assemble(
        client: &Client,
        checkpoint: Checkpoint,
        cache: &TileCache,
        progress: &dyn Progress,
    ) -> Result<Self, SyncError> {
        let members = tiles::members(client, cache, checkpoint.members, progress)?;
        let credentials = tiles::credentials(client, cache, checkpoint.credentials, progress)?;
        let head = Trees::build(&members, &credentials, checkpoint)?;
        Ok(Self { members, credentials, head })
    }

    /// The newest epoch's trees.
    #[must_use]
    pub const fn head(&self) -> &Trees {
        &self.head
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

fn refuse_rollback(seen: Option<&Checkpoint>, now: &Checkpoint) -> Result<(), SyncError> {
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
    use ed25519_dalek::SigningKey;

    use super::*;

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
        let ledger = Ledger { members: members.clone(), credentials: Vec::new(), head };
        assert_eq!(ledger.at(checkpoint(1, 3)).unwrap().members.len(), 3);
        let forged = Checkpoint { members: 4, ..checkpoint(1, 3) };
        assert!(matches!(ledger.at(forged), Err(SyncError::RootMismatch { tree: TreeKind::Members, epoch: 1 })));
        assert!(matches!(ledger.at(checkpoint(3, 6)), Err(SyncError::TooManyLeaves(6))));
    }
}
