//! The public leaves of a deployment as a member sees them: downloaded whole, checked against what the service signed.

use std::collections::HashSet;

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
use crate::client::{Client, TileList};
use crate::progress::Progress;

/// All leaves of the newest epoch, its trees, and the log that has the epoch.
#[derive(Debug, Clone)]
pub struct Ledger {
    leaves: Leaves,
    head: Trees,
    log: LogView,
}

/// What both trees are made of. All four lists are only ever appended to.
#[derive(Debug, Clone, Default)]
struct Leaves {
    members: Vec<Commitment>,
    credentials: Vec<Credential>,
    /// Positions of members who left, in the order in which they were buried.
    withdrawn: Vec<u32>,
    /// Positions of revoked credentials.
    revoked: Vec<u32>,
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
    /// Who has left by then.
    pub left: HashSet<Commitment>,
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
            let Checkpoint { withdrawn, revoked, .. } = checkpoint;
            let leaves = Leaves {
                members: tiles::members(client, cache, checkpoint.members, progress)?,
                credentials: tiles::credentials(client, cache, checkpoint.credentials, progress)?,
                withdrawn: tiles::tombstones(client, cache, TileList::Withdrawn, withdrawn, progress)?,
                revoked: tiles::tombstones(client, cache, TileList::Revoked, revoked, progress)?,
            };
            let head = leaves.trees(checkpoint)?;
            Ok((leaves, head))
        };
        let (leaves, head) = match assemble(&log.cache) {
            // A tile on this disk may have rotted: fetch everything once more before calling the service a liar.
            Err(SyncError::RootMismatch { .. } | SyncError::Tile { .. }) => {
                log.cache.clear()?;
                assemble(&log.cache)?
            }
            outcome => outcome?,
        };
        Ok(Self { leaves, head, log })
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

    /// Everybody who was enrolled by the newest epoch, those who left included ([`Trees::has_member`] tells).
    #[must_use]
    pub fn members(&self) -> &[Commitment] {
        &self.leaves.members
    }

    /// Every credential of the newest epoch, those that are revoked included ([`Trees::has_credential`] tells).
    #[must_use]
    pub fn credentials(&self) -> &[Credential] {
        &self.leaves.credentials
    }

    /// The trees as they were at an earlier checkpoint: a poll keeps the roots it pinned (§6).
    ///
    /// # Errors
    /// [`SyncError::RootMismatch`] if the leaves of that time do not have the signed roots.
    pub fn at(&self, checkpoint: Checkpoint) -> Result<Trees, SyncError> {
        if checkpoint == self.head.checkpoint {
            return Ok(self.head.clone());
        }
        self.leaves.trees(checkpoint)
    }
}

impl Leaves {
    /// The trees of an epoch: the first leaves, with tombstones in the places of the first removals.
    fn trees(&self, checkpoint: Checkpoint) -> Result<Trees, SyncError> {
        let epoch = checkpoint.epoch;
        let mismatch = |tree| SyncError::RootMismatch { tree, epoch };
        let full = |_| SyncError::TooManyLeaves(checkpoint.members.max(checkpoint.credentials));

        let (leaves, withdrawn) =
            (prefix(&self.members, checkpoint.members)?, prefix(&self.withdrawn, checkpoint.withdrawn)?);
        let mut members = MemberTree::build(leaves.iter().copied()).map_err(full)?;
        members.bury(withdrawn).map_err(|_| mismatch(TreeKind::Members))?;
        if members.root() != checkpoint.members_root {
            return Err(mismatch(TreeKind::Members));
        }
        let left = withdrawn.iter().filter_map(|position| leaves.get(*position as usize).copied()).collect();

        let (leaves, revoked) =
            (prefix(&self.credentials, checkpoint.credentials)?, prefix(&self.revoked, checkpoint.revoked)?);
        let mut credentials = CredentialTree::build(leaves.iter().map(Credential::leaf)).map_err(full)?;
        credentials.bury(revoked).map_err(|_| mismatch(TreeKind::Credentials))?;
        if credentials.root() != checkpoint.credentials_root {
            return Err(mismatch(TreeKind::Credentials));
        }
        Ok(Trees { checkpoint, members, credentials, left })
    }
}

impl Trees {
    /// Whether a commitment is that of a member: enrolled by then, and not left.
    #[must_use]
    pub fn has_member(&self, commitment: &Commitment) -> bool {
        self.members.leaves().contains(commitment.as_field())
    }

    /// Whether the credential at a position is that one, and not revoked.
    #[must_use]
    pub fn has_credential(&self, position: u32, credential: &Credential) -> bool {
        self.credentials.leaves().get(position as usize) == Some(&credential.leaf())
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
    } else if now.withdrawn < seen.withdrawn || now.revoked < seen.revoked {
        "fewer tombstones".to_owned()
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
impl Trees {
    /// Forty members, and these credentials, some of them revoked.
    pub(crate) fn of_credentials(credentials: &[Credential], revoked: &[u32]) -> Self {
        let members = MemberTree::build((0..40u64).map(|number| Commitment::new(number.into()))).expect("few leaves");
        let mut tree = CredentialTree::build(credentials.iter().map(Credential::leaf)).expect("few leaves");
        tree.bury(revoked).expect("leaves");
        let checkpoint = Checkpoint {
            deployment_id: DeploymentId::new([1; 32]),
            epoch: 1,
            sealed_at: 0,
            members: 40,
            withdrawn: 0,
            members_root: members.root(),
            credentials: credentials.len() as u64,
            revoked: revoked.len() as u64,
            credentials_root: tree.root(),
        };
        Self { checkpoint, members, credentials: tree, left: HashSet::new() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aiq_verifier::log::LogCheckpoint;
    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::sync::log::Signed;

    fn leaves(members: u64, withdrawn: &[u32]) -> Leaves {
        let members = (0..members).map(|number| Commitment::new(number.into())).collect();
        Leaves { members, withdrawn: withdrawn.to_vec(), ..Leaves::default() }
    }

    /// The checkpoint of an epoch with so many members, of whom these have left.
    fn checkpoint(epoch: u32, members: u64, withdrawn: &[u32]) -> Checkpoint {
        let mut tree = MemberTree::build(leaves(members, &[]).members).unwrap();
        tree.bury(withdrawn).unwrap();
        Checkpoint {
            deployment_id: DeploymentId::new([1; 32]),
            epoch,
            sealed_at: 7,
            members,
            withdrawn: withdrawn.len() as u64,
            members_root: tree.root(),
            credentials: 0,
            revoked: 0,
            credentials_root: CredentialTree::new().root(),
        }
    }

    fn ledger(leaves: Leaves, head: Checkpoint) -> Ledger {
        let log = LogCheckpoint { deployment_id: DeploymentId::new([1; 32]), size: 1, root: [0; 32] };
        let log = Signed { note: String::new(), checkpoint: log };
        let log = LogView { head: log.clone(), trusted: log, cache: TileCache::none() };
        Ledger { head: leaves.trees(head).unwrap(), leaves, log }
    }

    #[test]
    fn a_service_that_goes_back_is_refused() {
        let seen = checkpoint(5, 9, &[4]);
        assert!(refuse_rollback(Some(&seen), &seen).is_ok());
        assert!(refuse_rollback(Some(&seen), &checkpoint(6, 10, &[4])).is_ok());
        let less = [
            checkpoint(4, 9, &[4]),
            checkpoint(5, 10, &[4]),
            checkpoint(6, 8, &[4]),
            // Who has left does not come back.
            checkpoint(6, 10, &[]),
        ];
        for shown in less {
            let error = refuse_rollback(Some(&seen), &shown).unwrap_err();
            assert!(matches!(error, SyncError::Rollback { seen: 5, .. }), "{error}");
        }
    }

    #[test]
    fn a_checkpoint_of_another_key_or_deployment_is_refused() {
        let [key, other] = [1, 2].map(|byte| SigningKey::from_bytes(&[byte; 32]));
        let note = checkpoint(1, 3, &[]).to_note(&key);
        let [here, there] = [1, 2].map(|byte| DeploymentId::new([byte; 32]));
        assert!(read_checkpoint(&note, &here, &ServiceKey::of(&key)).is_ok());
        assert!(read_checkpoint(&note, &here, &ServiceKey::of(&other)).is_err());
        assert!(read_checkpoint(&note, &there, &ServiceKey::of(&key)).is_err());
    }

    #[test]
    fn leaves_that_do_not_have_the_signed_root_are_refused() {
        let ledger = ledger(leaves(5, &[]), checkpoint(2, 5, &[]));
        assert_eq!(ledger.at(checkpoint(1, 3, &[])).unwrap().members.len(), 3);
        let forged = Checkpoint { members: 4, ..checkpoint(1, 3, &[]) };
        assert!(matches!(ledger.at(forged), Err(SyncError::RootMismatch { tree: TreeKind::Members, epoch: 1 })));
        assert!(matches!(ledger.at(checkpoint(3, 6, &[])), Err(SyncError::TooManyLeaves(6))));
    }

    #[test]
    fn an_earlier_epoch_has_the_tombstones_of_its_time() {
        let ledger = ledger(leaves(5, &[3, 0]), checkpoint(3, 5, &[3, 0]));
        let member = |number: u64| Commitment::new(number.into());
        assert!(!ledger.head().has_member(&member(3)) && !ledger.head().has_member(&member(0)));
        assert_eq!(ledger.head().left, [member(3), member(0)].into());
        let earlier = ledger.at(checkpoint(2, 4, &[3])).unwrap();
        assert!(earlier.has_member(&member(0)) && !earlier.has_member(&member(3)));
        assert_eq!(earlier.left, [member(3)].into());
        let before = ledger.at(checkpoint(1, 4, &[])).unwrap();
        assert!(before.has_member(&member(3)) && before.left.is_empty());
        // Another member's place, a tombstone more than there is, and one where no leaf was yet.
        let wrong = Err::<(), _>(TreeKind::Members);
        for forged in [checkpoint(2, 4, &[0]), checkpoint(2, 4, &[])] {
            let forged = Checkpoint { withdrawn: 1, ..forged };
            let refused = ledger.at(forged).map(|_| ()).map_err(|error| match error {
                SyncError::RootMismatch { tree, .. } => tree,
                error => panic!("{error}"),
            });
            assert_eq!(refused, wrong);
        }
        let more = Checkpoint { withdrawn: 3, ..checkpoint(3, 5, &[]) };
        assert!(matches!(ledger.at(more), Err(SyncError::TooManyLeaves(3))));
        let none = Checkpoint { withdrawn: 1, ..checkpoint(1, 2, &[]) };
        assert!(matches!(ledger.at(none), Err(SyncError::RootMismatch { tree: TreeKind::Members, epoch: 1 })));
    }
}
