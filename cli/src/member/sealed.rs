//! Sealed polls (§8) as a wallet sees them: who can open the ballots, checked before anything is sealed, and what the published shares
//! open.

use std::collections::BTreeMap;

use aiq_circuits::identity::DeploymentId;
use aiq_sealing::board::{Board, PackageError, reconstruct};
use aiq_sealing::key::SecretKey;
use aiq_server::api::{CeremonyView, PollView};
use aiq_verifier::ceremony::{Ceremony, CeremonyError, CeremonyId, Round1, Round2, Trustee};
use aiq_verifier::log::Act;
use aiq_verifier::poll::{PollDefinition, PollId, SealedBy, Sealing};
use aiq_verifier::receipt::ReceiptError;
use aiq_verifier::service_key::ServiceKey;

use super::MemberError;
use crate::client::Client;

/// Why nothing may be sealed for a poll, or why what was published does not open it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealingFault {
    /// The service shows something else than the poll pins.
    #[error("the service shows another ceremony than {0}, which the poll names")]
    OtherCeremony(CeremonyId),
    /// No ceremony at all.
    #[error("ceremony {0} breaks a rule: {1}")]
    Ceremony(CeremonyId, CeremonyError),
    /// A package that its trustee did not send, or that no trustee may send.
    #[error("the ceremony that made the poll's key: {0}")]
    Package(#[from] PackageError),
    /// The service has not promised that everybody sees this board.
    #[error("the ceremony that made the poll's key is not what was promised: {0}")]
    Receipt(#[from] ReceiptError),
    /// Without a trustee's word, nobody knows that it can open anything.
    #[error("not every trustee has confirmed the poll's key: {} did not", .0.join(", "))]
    Unconfirmed(Vec<String>),
    /// Somebody else could open the ballots.
    #[error("ballots would be sealed to another key than the one that the trustees have made")]
    OtherKey,
    /// The shares of another poll would open this one.
    #[error("the key of this poll is that of poll {0} too: its shares would open both")]
    Reused(PollId),
    /// The key is no point of the curve.
    #[error("the poll's key is not one that ballots could be sealed to")]
    Key,
    /// A share that is not what its trustee got.
    #[error("the share of {0} is not the one that the ceremony gave it")]
    Share(String),
    /// Too few of them, or they do not fit together.
    #[error("{found} of {threshold} shares are published: the ballots cannot be opened with them")]
    Shares {
        /// How many there are.
        found: usize,
        /// How many it takes.
        threshold: u8,
    },
}

/// A complete ceremony, its packages checked one by one.
#[derive(Debug, Clone)]
pub struct CheckedCeremony {
    ceremony: Ceremony,
    round_1: Vec<Round1>,
    round_2: Vec<Round2>,
}

/// Who can open a poll, as far as this machine could check it.
#[derive(Debug, Clone)]
pub enum Openers {
    /// Everybody who sees the ballots: they are not sealed.
    Anybody,
    /// The service alone, at any time.
    Service,
    /// Enough of these trustees.
    Trustees(Box<CheckedCeremony>),
}

impl Openers {
    /// Fetches what a poll's sealing rests on, and [checks](Self::check) it.
    ///
    /// # Errors
    /// [`MemberError::Client`], [`MemberError::Sealing`].
    pub fn fetch(
        client: &Client,
        poll: &PollDefinition,
        deployment: &DeploymentId,
        key: &ServiceKey,
    ) -> Result<Self, MemberError> {
        let ceremony = poll.ceremony().map(|id| client.ceremony(&id)).transpose()?;
        Ok(Self::check(ceremony.as_ref(), poll, deployment, key)?)
    }

    /// Checks what a poll's sealing rests on: the packages of its ceremony and their signatures, the key that follows from the first
    /// round, every trustee's confirmation of it, and that it is the key of no other poll.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(
        ceremony: Option<&CeremonyView>,
        poll: &PollDefinition,
        deployment: &DeploymentId,
        key: &ServiceKey,
    ) -> Result<Self, SealingFault> {
        let Some(sealing) = poll.sealing else { return Ok(Self::Anybody) };
        match (sealing.trustees, ceremony) {
            (SealedBy::Service, _) => Ok(Self::Service),
            (SealedBy::Ceremony(id), Some(view)) => {
                let checked = CheckedCeremony::check(view, &id, deployment, key)?;
                checked.check_key(view, poll, &sealing, deployment)?;
                Ok(Self::Trustees(Box::new(checked)))
            }
            (SealedBy::Ceremony(id), None) => Err(SealingFault::OtherCeremony(id)),
        }
    }

    /// Who that is, in words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Anybody => UNSEALED.to_owned(),
            Self::Service => BY_THE_SERVICE.to_owned(),
            Self::Trustees(checked) => {
                let Ceremony { threshold, trustees, .. } = &checked.ceremony;
                let names: Vec<&str> = trustees.iter().map(Trustee::name).collect();
                by_trustees(*threshold, &names)
            }
        }
    }

    /// What opens the ballots of a closed poll, from the shares that were published; `None` if they are not sealed. Every share is
    /// checked, also those that are not needed.
    ///
    /// # Errors
    /// [`SealingFault::Share`], [`SealingFault::Shares`].
    pub fn secret(&self, poll: &PollView, deployment: &DeploymentId) -> Result<Option<SecretKey>, SealingFault> {
        let Some(sealing) = poll.definition.sealing else { return Ok(None) };
        let views = poll.sealing.iter().flat_map(|view| &view.trustees);
        let published = views.filter_map(|trustee| Some((trustee.name.clone(), trustee.share.as_ref()?.share)));
        let mut shares = BTreeMap::new();
        for (name, share) in published {
            let is_right = match self {
                // The service's share is the whole key: the comparison below is all there is to check.
                Self::Anybody | Self::Service => share.index == 1,
                Self::Trustees(checked) => {
                    checked.board(deployment).check_share(share.index, share.share.as_bytes()).is_ok()
                }
            };
            if !is_right || share.scope != poll.scope {
                return Err(SealingFault::Share(name));
            }
            shares.insert(share.index, *share.share.as_bytes());
        }
        let threshold = match self {
            Self::Anybody | Self::Service => 1,
            Self::Trustees(checked) => checked.ceremony.threshold,
        };
        let found = shares.len();
        let enough: BTreeMap<u8, [u8; 32]> = shares.into_iter().take(threshold.into()).collect();
        let secret = if enough.len() < threshold.into() { None } else { reconstruct(&enough) };
        let secret = secret.filter(|secret| secret.sealing_key() == sealing.key);
        secret.map(Some).ok_or(SealingFault::Shares { found, threshold })
    }
}

impl CheckedCeremony {
    /// Checks a ceremony as a service shows it: every package as if it had just come, and the promises for all of them.
    fn check(
        view: &CeremonyView,
        id: &CeremonyId,
        deployment: &DeploymentId,
        key: &ServiceKey,
    ) -> Result<Self, SealingFault> {
        let ceremony = view.ceremony.clone();
        if ceremony.id() != *id || view.id != *id {
            return Err(SealingFault::OtherCeremony(*id));
        }
        ceremony.validate().map_err(|error| SealingFault::Ceremony(*id, error))?;
        view.receipt.verify_for(key, deployment, Act::Ceremony(ceremony.clone()))?;
        let round_1 = view.round_1.iter().map(|entry| entry.package.clone()).collect();
        let round_2 = view.round_2.iter().map(|entry| entry.package.clone()).collect();
        let checked = Self { ceremony, round_1, round_2 };
        let board = checked.board(deployment);
        for entry in &view.round_1 {
            board.check_round_1(&entry.package)?;
            entry.receipt.verify_for(key, deployment, Act::CeremonyRound1(entry.package.clone()))?;
        }
        for entry in &view.round_2 {
            board.check_round_2(&entry.package)?;
            entry.receipt.verify_for(key, deployment, Act::CeremonyRound2(entry.package.clone()))?;
        }
        for entry in &view.confirmations {
            board.check_confirmation(&entry.package)?;
            entry.receipt.verify_for(key, deployment, Act::CeremonyConfirmation(entry.package.clone()))?;
        }
        Ok(checked)
    }

    /// Checks that the ceremony has made this poll's key, with everybody's word for it, and no other poll's.
    fn check_key(
        &self,
        view: &CeremonyView,
        poll: &PollDefinition,
        sealing: &Sealing,
        deployment: &DeploymentId,
    ) -> Result<(), SealingFault> {
        let confirmed = |index: u8| view.confirmations.iter().any(|entry| entry.package.index == index);
        let missing = (1..).zip(&self.ceremony.trustees).filter(|(index, _)| !confirmed(*index));
        let missing: Vec<String> = missing.map(|(_, trustee)| trustee.name().to_owned()).collect();
        if !missing.is_empty() {
            return Err(SealingFault::Unconfirmed(missing));
        }
        if self.board(deployment).key() != Some(sealing.key) {
            return Err(SealingFault::OtherKey);
        }
        match view.poll {
            Some(other) if other != poll.id => Err(SealingFault::Reused(other)),
            _ => Ok(()),
        }
    }

    fn board<'a>(&'a self, deployment: &'a DeploymentId) -> Board<'a> {
        let Self { ceremony, round_1, round_2 } = self;
        Board { deployment, ceremony, round_1, round_2 }
    }
}

const UNSEALED: &str = "not sealed: the service sees every ballot as it comes";
const BY_THE_SERVICE: &str = "sealed by the service alone: it could read ballots early";

/// Who can open a poll, in words, as the service shows it; [`Openers::check`] finds out whether that is so.
#[must_use]
pub fn describe_openers(poll: &PollView) -> String {
    match (poll.definition.sealing.map(|sealing| sealing.trustees), &poll.sealing) {
        (None, _) => UNSEALED.to_owned(),
        (Some(SealedBy::Service), _) => BY_THE_SERVICE.to_owned(),
        (Some(SealedBy::Ceremony(_)), Some(view)) => {
            let names: Vec<&str> = view.trustees.iter().map(|trustee| trustee.name.as_str()).collect();
            by_trustees(view.threshold, &names)
        }
        (Some(SealedBy::Ceremony(id)), None) => format!("sealed by the trustees of ceremony {id}"),
    }
}

fn by_trustees(threshold: u8, names: &[&str]) -> String {
    let how_many = if usize::from(threshold) == names.len() { "all".to_owned() } else { format!("any {threshold}") };
    format!("sealed by {} trustees, {how_many} of them open it: {}", names.len(), names.join(", "))
}

#[cfg(test)]
mod tests;
