//! What an act is checked against besides what happened where it acts.

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::eligibility::Eligibility;

use super::{
    founding::Founding,
    keys::Keys,
    pending::Pending,
    standards::Standards,
    trees::{Epoch, Trees},
    used::Used,
};
use crate::fault::{Fault, FaultCode, Place};

/// The deployment as it is when an act comes.
pub(super) struct Surroundings<'a> {
    pub(super) deployment_id: &'a DeploymentId,
    pub(super) founding: &'a Founding,
    pub(super) standards: &'a Standards,
    pub(super) trees: &'a Trees,
    pub(super) keys: &'a Keys,
    /// Whether everything that happened before is known.
    pub(super) is_complete: bool,
}

impl Surroundings<'_> {
    /// The latest epoch, which has to have this number.
    pub(super) fn latest(&self, place: Place, number: u32) -> Result<&Epoch, Fault> {
        let latest = self.trees.latest().filter(|epoch| epoch.roots.epoch == number);
        latest.ok_or_else(|| place.fault(FaultCode::StaleEpoch, format!("epoch {number} was not the latest one then")))
    }

    /// What an entry of the menu asks for as of an epoch.
    pub(super) fn asked(&self, menu: &str, epoch: &Epoch) -> Option<Eligibility> {
        self.founding.menu_entry(menu).map(|entry| entry.eligibility(epoch.sealed_at))
    }
}

/// The same, with what an act uses up and what waits to be checked of it.
pub(super) struct Context<'a> {
    pub(super) around: Surroundings<'a>,
    pub(super) used: &'a mut Used,
    pub(super) pending: &'a mut Pending,
}
