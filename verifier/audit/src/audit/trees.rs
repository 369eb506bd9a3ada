//! Members, invitations, and the two trees of every epoch (§3, §4).

use std::collections::{BTreeMap, HashSet};

use aiq_circuits::{
    Fr,
    identity::{Commitment, DeploymentId},
    tree::{CredentialTree, MemberTree},
};
use aiq_verifier::{checkpoint::Checkpoint, eligibility::PinnedRoots};

use crate::fault::{Fault, FaultCode, Place};

/// An epoch, as polls refer to it.
#[derive(Clone, Copy)]
pub(super) struct Epoch {
    pub(super) roots: PinnedRoots,
    /// Leaves in its members tree.
    pub(super) members: u64,
    credentials: u64,
}

/// The trees as the log makes them.
#[derive(Default)]
pub(super) struct Trees {
    /// Every commitment that is enrolled, waiting or not.
    enrolled: HashSet<Commitment>,
    /// Enrolments that wait for an epoch, each with its place in the log.
    new_members: Vec<(u64, Commitment)>,
    /// Leaves of credentials that wait for an epoch.
    new_credentials: Vec<(u64, Fr)>,
    /// Invitations that are not used, by the moment from which they are worth nothing.
    invitations: BTreeMap<u32, u64>,
    members: MemberTree,
    credentials: CredentialTree,
    epochs: BTreeMap<u32, Epoch>,
    last: Option<Last>,
}

/// What the next epoch has to follow.
#[derive(Clone, Copy)]
struct Last {
    epoch: u32,
    sealed_at: u32,
    before: u64,
}

impl Trees {
    /// The epoch of this number, if it is in the log by now.
    pub(super) fn epoch(&self, number: u32) -> Option<&Epoch> {
        self.epochs.get(&number)
    }

    pub(super) fn epochs(&self) -> u64 {
        self.epochs.len() as u64
    }

    /// Leaves in the two trees of the last epoch.
    pub(super) fn leaves(&self) -> (u64, u64) {
        self.epochs.last_key_value().map_or((0, 0), |(_, epoch)| (epoch.members, epoch.credentials))
    }

    /// How many leaves and kinds of invitations wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.new_members.len() + self.new_credentials.len() + self.invitations.len()
    }

    pub(super) fn invite(&mut self, count: u32, expires_at: u32) {
        if count > 0 {
            *self.invitations.entry(expires_at).or_default() += u64::from(count);
        }
    }

    /// Takes the invitation that would be the first to expire: then the fewest enrolments are ever left without one.
    pub(super) fn use_invitation(&mut self, place: Place, at: u32) -> Result<(), Fault> {
        let unexpired = at.checked_add(1).and_then(|from| self.invitations.range_mut(from..).next());
        let Some((expires_at, count)) = unexpired else {
            return Err(place.fault(FaultCode::NoInvitation, "no invitation is left that was valid then"));
        };
        let expires_at = *expires_at;
        *count -= 1;
        if *count == 0 {
            self.invitations.remove(&expires_at);
        }
        Ok(())
    }

    pub(super) fn enrol(&mut self, place: Place, index: u64, commitment: Commitment) -> Result<(), Fault> {
        place.rule(self.enrolled.insert(commitment), FaultCode::RepeatedMember, || {
            format!("{commitment} is enrolled already")
        })?;
        self.new_members.push((index, commitment));
        Ok(())
    }

    pub(super) fn add_credential(&mut self, index: u64, leaf: Fr) {
        self.new_credentials.push((index, leaf));
    }

    /// Seals an epoch: what stands before `before` becomes leaves, and both trees must be those of the checkpoint.
    pub(super) fn seal(
        &mut self,
        place: Place,
        index: u64,
        deployment_id: &DeploymentId,
        checkpoint: &Checkpoint,
        before: u64,
    ) -> Result<(), Fault> {
        let rule = |holds, message: &str| place.rule(holds, FaultCode::Epoch, || message);
        rule(checkpoint.deployment_id == *deployment_id, "the epoch is another deployment's")?;
        let number = self.last.map_or(Some(0), |last| last.epoch.checked_add(1));
        rule(Some(checkpoint.epoch) == number, "its number does not follow that of the last epoch")?;
        let last = self.last.unwrap_or(Last { epoch: 0, sealed_at: 0, before: 0 });
        rule(checkpoint.sealed_at >= last.sealed_at, "it was sealed before the last epoch")?;
        rule((last.before..=index).contains(&before), "it reaches back behind the last epoch, or ahead of itself")?;
        let (members, credentials) = (take(&mut self.new_members, before), take(&mut self.new_credentials, before));
        let is_empty = members.is_empty() && credentials.is_empty();
        rule(checkpoint.epoch == 0 || !is_empty, "nothing waited for it")?;

        let full = |code| move |_| place.fault(code, "the tree is full");
        self.members.extend(members).map_err(full(FaultCode::EpochMembers))?;
        let holds = checkpoint.members == self.members.len() as u64 && checkpoint.members_root == self.members.root();
        place.rule(holds, FaultCode::EpochMembers, || {
            format!("the members tree has {} leaves and root {}", self.members.len(), self.members.root())
        })?;
        self.credentials.extend(credentials).map_err(full(FaultCode::EpochCredentials))?;
        let holds = checkpoint.credentials == self.credentials.len() as u64
            && checkpoint.credentials_root == self.credentials.root();
        place.rule(holds, FaultCode::EpochCredentials, || {
            format!("the credentials tree has {} leaves and root {}", self.credentials.len(), self.credentials.root())
        })?;
        self.keep(checkpoint, before);
        Ok(())
    }

    /// Takes an epoch as the log states it, where the entries are missing to make its trees anew.
    pub(super) fn state(
        &mut self,
        place: Place,
        index: u64,
        deployment_id: &DeploymentId,
        checkpoint: &Checkpoint,
        before: u64,
    ) -> Result<(), Fault> {
        let rule = |holds, message: &str| place.rule(holds, FaultCode::Epoch, || message);
        rule(checkpoint.deployment_id == *deployment_id, "the epoch is another deployment's")?;
        rule(before <= index, "it reaches ahead of itself")?;
        place.rule(self.last.is_none(), FaultCode::Foreign, || "a poll has one epoch only")?;
        self.keep(checkpoint, before);
        Ok(())
    }

    fn keep(&mut self, checkpoint: &Checkpoint, before: u64) {
        let Checkpoint { epoch, sealed_at, members, members_root, credentials, credentials_root, .. } = *checkpoint;
        let roots = PinnedRoots { epoch, members_root, credentials_root };
        self.epochs.insert(epoch, Epoch { roots, members, credentials });
        self.last = Some(Last { epoch, sealed_at, before });
    }
}

/// Takes out what stands before a place of the log, sorted by value.
fn take<T: Ord + Copy>(waiting: &mut Vec<(u64, T)>, before: u64) -> Vec<T> {
    let (now, later): (Vec<_>, Vec<_>) = waiting.drain(..).partition(|(index, _)| *index < before);
    *waiting = later;
    let mut leaves: Vec<T> = now.into_iter().map(|(_, leaf)| leaf).collect();
    leaves.sort_unstable();
    leaves
}
