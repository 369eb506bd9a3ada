//! Members, invitations, and the two trees of every epoch (§3, §4).

use std::collections::{BTreeMap, HashMap, HashSet};

use aiq_circuits::{
    Fr,
    identity::{Commitment, DeploymentId},
    tree::{CredentialTree, MemberTree},
};
use aiq_verifier::{
    checkpoint::Checkpoint,
    eligibility::PinnedRoots,
    withdrawal::{Withdrawal, WithdrawalKey},
};

use crate::fault::{Fault, FaultCode, Place};

/// An epoch, as polls refer to it.
#[derive(Clone, Copy)]
pub(super) struct Epoch {
    pub(super) roots: PinnedRoots,
    pub(super) sealed_at: u32,
    /// How many members it has: leaves that are no tombstones.
    pub(super) members: u64,
    counts: Counts,
}

/// What the two trees of an epoch hold.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) members: u64,
    pub(super) withdrawn: u64,
    pub(super) credentials: u64,
    pub(super) revoked: u64,
}

/// The trees as the log makes them.
#[derive(Default)]
pub(super) struct Trees {
    /// Every commitment that was enrolled, waiting or not, with the key that it can leave with; none if it has left.
    enrolled: HashMap<Commitment, Option<WithdrawalKey>>,
    /// Enrolments that wait for an epoch, each with its place in the log.
    new_members: Vec<(u64, Commitment)>,
    /// Leaves of credentials that wait for an epoch.
    new_credentials: Vec<(u64, Fr)>,
    /// Leaves of members that become tombstones.
    leaving: Vec<(u64, Fr)>,
    /// Leaves of credentials that become tombstones.
    revoked: Vec<(u64, Fr)>,
    /// Invitations that are not used, by the moment from which they are worth nothing.
    invitations: BTreeMap<u32, u64>,
    members: MemberTree,
    credentials: CredentialTree,
    counts: Counts,
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

    /// The latest epoch.
    pub(super) fn latest(&self) -> Option<&Epoch> {
        self.epochs.last_key_value().map(|(_, epoch)| epoch)
    }

    pub(super) fn epochs(&self) -> u64 {
        self.epochs.len() as u64
    }

    /// What the two trees of the last epoch hold.
    pub(super) fn counts(&self) -> Counts {
        self.epochs.last_key_value().map_or_else(Counts::default, |(_, epoch)| epoch.counts)
    }

    /// How many leaves, tombstones and kinds of invitations wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        let leaves = self.new_members.len() + self.new_credentials.len();
        leaves + self.leaving.len() + self.revoked.len() + self.invitations.len()
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

    pub(super) fn enrol(
        &mut self,
        place: Place,
        index: u64,
        commitment: Commitment,
        key: WithdrawalKey,
    ) -> Result<(), Fault> {
        // Who has left stays enrolled here, and away.
        place.rule(self.enrolled.insert(commitment, Some(key)).is_none(), FaultCode::RepeatedMember, || {
            format!("{commitment} was enrolled before")
        })?;
        key.validate().map_err(|error| place.fault(FaultCode::WithdrawalKey, error.to_string()))?;
        self.new_members.push((index, commitment));
        Ok(())
    }

    pub(super) fn withdraw(
        &mut self,
        place: Place,
        index: u64,
        deployment_id: &DeploymentId,
        withdrawal: &Withdrawal,
    ) -> Result<(), Fault> {
        let commitment = &withdrawal.commitment;
        let Some(member) = self.enrolled.get_mut(commitment) else {
            return Err(place.fault(FaultCode::UnknownMember, format!("nobody enrolled {commitment}")));
        };
        let Some(key) = member.take() else {
            return Err(place.fault(FaultCode::RepeatedWithdrawal, format!("{commitment} has left already")));
        };
        withdrawal.verify(deployment_id, &key).map_err(|_| {
            place.fault(FaultCode::WithdrawalSignature, "it is not signed by the key that the member enrolled with")
        })?;
        self.leaving.push((index, *commitment.as_field()));
        Ok(())
    }

    /// Takes a leaf that comes.
    pub(super) fn issue(&mut self, index: u64, leaf: Fr) {
        self.new_credentials.push((index, leaf));
    }

    /// Takes a leaf that goes; it has come.
    pub(super) fn revoke(&mut self, index: u64, leaf: Fr) {
        self.revoked.push((index, leaf));
    }

    /// Seals an epoch: what stands before `before` becomes leaves, and both trees must be those of the checkpoint. `changes`: whether
    /// what a poll decided waits for it.
    pub(super) fn seal(
        &mut self,
        place: Place,
        index: u64,
        deployment_id: &DeploymentId,
        checkpoint: &Checkpoint,
        before: u64,
        changes: bool,
    ) -> Result<(), Fault> {
        let rule = |holds, message: &str| place.rule(holds, FaultCode::Epoch, || message);
        rule(checkpoint.deployment_id == *deployment_id, "the epoch is another deployment's")?;
        let number = self.last.map_or(Some(0), |last| last.epoch.checked_add(1));
        rule(Some(checkpoint.epoch) == number, "its number does not follow that of the last epoch")?;
        let last = self.last.unwrap_or(Last { epoch: 0, sealed_at: 0, before: 0 });
        rule(checkpoint.sealed_at >= last.sealed_at, "it was sealed before the last epoch")?;
        rule((last.before..=index).contains(&before), "it reaches back behind the last epoch, or ahead of itself")?;
        let (members, credentials) = (take(&mut self.new_members, before), take(&mut self.new_credentials, before));
        let (leaving, revoked) = (take(&mut self.leaving, before), take(&mut self.revoked, before));
        let is_empty = members.is_empty() && credentials.is_empty() && leaving.is_empty() && revoked.is_empty();
        rule(checkpoint.epoch == 0 || changes || !is_empty, "nothing waited for it")?;

        // What is removed stands behind what it removes: by now everything has its leaf.
        let full = |code| move |_| place.fault(code, "the tree is full");
        self.members.extend(members).map_err(full(FaultCode::EpochMembers))?;
        let tombstones = positions(self.members.leaves(), &leaving);
        self.members.bury(&tombstones).map_err(full(FaultCode::EpochMembers))?;
        self.credentials.extend(credentials).map_err(full(FaultCode::EpochCredentials))?;
        let tombstones = positions(self.credentials.leaves(), &revoked);
        self.credentials.bury(&tombstones).map_err(full(FaultCode::EpochCredentials))?;
        self.counts = Counts {
            members: self.members.len() as u64,
            withdrawn: self.counts.withdrawn + leaving.len() as u64,
            credentials: self.credentials.len() as u64,
            revoked: self.counts.revoked + revoked.len() as u64,
        };

        let Counts { members, withdrawn, credentials, revoked } = self.counts;
        let root = self.members.root();
        let holds = (checkpoint.members, checkpoint.withdrawn, checkpoint.members_root) == (members, withdrawn, root);
        place.rule(holds, FaultCode::EpochMembers, || {
            format!("the members tree has {members} leaves, {withdrawn} of them tombstones, and root {root}")
        })?;
        let root = self.credentials.root();
        let stated = (checkpoint.credentials, checkpoint.revoked, checkpoint.credentials_root);
        place.rule(stated == (credentials, revoked, root), FaultCode::EpochCredentials, || {
            format!("the credentials tree has {credentials} leaves, {revoked} of them tombstones, and root {root}")
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
        place.rule(self.last.is_none(), FaultCode::Foreign, || "there is one epoch only in such a bundle")?;
        self.keep(checkpoint, before);
        Ok(())
    }

    fn keep(&mut self, checkpoint: &Checkpoint, before: u64) {
        let Checkpoint { epoch, sealed_at, members_root, credentials_root, .. } = *checkpoint;
        let roots = PinnedRoots { epoch, members_root, credentials_root };
        let Checkpoint { members, withdrawn, credentials, revoked, .. } = *checkpoint;
        let counts = Counts { members, withdrawn, credentials, revoked };
        self.epochs.insert(epoch, Epoch { roots, sealed_at, members: checkpoint.member_count(), counts });
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

/// Where these leaves stand. Few epochs have any, so no map of all leaves is kept.
fn positions(leaves: &[Fr], wanted: &[Fr]) -> Vec<u32> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let wanted: HashSet<&Fr> = wanted.iter().collect();
    (0..).zip(leaves).filter(|(_, leaf)| wanted.contains(leaf)).map(|(position, _)| position).collect()
}
