//! What follows from the board of a ceremony.

use aiq_circuits::identity::DeploymentId;
use aiq_sealing::board::{Board, PackageError};
use aiq_verifier::{
    ceremony::{CeremonyError, CeremonyFault, CeremonyState, Round1, Round2},
    poll::{PollShare, SealingKey},
};

use crate::{
    service::SealingError,
    store::{CeremonyPackage, CeremonyRecord},
};

/// A ceremony's record, with the packages of both rounds as they are checked.
pub(in crate::service) struct Boarded {
    pub(in crate::service) record: CeremonyRecord,
    deployment: DeploymentId,
    round_1: Vec<Round1>,
    round_2: Vec<Round2>,
}

impl Boarded {
    pub(in crate::service) fn new(record: CeremonyRecord, deployment: DeploymentId) -> Self {
        let round_1 = record.round_1.iter().map(|(package, _)| package.clone()).collect();
        let round_2 = record.round_2.iter().map(|(package, _)| package.clone()).collect();
        Self { record, deployment, round_1, round_2 }
    }

    fn board(&self) -> Board<'_> {
        Board {
            deployment: &self.deployment,
            ceremony: &self.record.ceremony,
            round_1: &self.round_1,
            round_2: &self.round_2,
        }
    }

    /// A trustee's name, as it is said in errors.
    pub(in crate::service) fn name(&self, index: u8) -> String {
        self.record.ceremony.trustee(index).map_or_else(|_| index.to_string(), |trustee| trustee.name().to_owned())
    }

    fn has_confirmed_all(&self) -> bool {
        self.record.confirmations.len() == self.record.ceremony.trustees.len()
    }

    /// The key, once every trustee has confirmed it.
    pub(in crate::service) fn confirmed_key(&self) -> Option<SealingKey> {
        if self.has_confirmed_all() && self.record.complaint.is_none() { self.board().key() } else { None }
    }

    /// How far the ceremony has come.
    pub(super) fn state(&self, now: u32) -> CeremonyState {
        let record = &self.record;
        if let Some((complaint, _)) = &record.complaint {
            // It was checked before it was written down.
            let found = self.board().check_complaint(complaint).map(|fault| (fault.trustee, fault.fault));
            let (at_fault, fault) = found.unwrap_or((complaint.index, CeremonyFault::Unfounded));
            return CeremonyState::Failed { complainer: complaint.index, at_fault, fault };
        }
        if let Some(key) = self.confirmed_key() {
            return CeremonyState::Complete { key };
        }
        let (round, missing) = self.waits_for();
        if now >= record.ceremony.deadline {
            return CeremonyState::Expired { missing };
        }
        match round {
            Round::One => CeremonyState::Round1 { missing },
            Round::Two => CeremonyState::Round2 { missing },
            Round::Last => CeremonyState::Confirmation { missing },
        }
    }

    /// The round that is not over, and those who have not sent their package of it.
    fn waits_for(&self) -> (Round, Vec<u8>) {
        let record = &self.record;
        let rounds = [
            (Round::One, record.round_1.iter().map(|(package, _)| package.index).collect::<Vec<u8>>()),
            (Round::Two, record.round_2.iter().map(|(package, _)| package.index).collect()),
        ];
        let confirmed = record.confirmations.iter().map(|(package, _)| package.index).collect();
        let all = record.ceremony.trustees.len();
        let (round, sent) = rounds.into_iter().find(|(_, sent)| sent.len() < all).unwrap_or((Round::Last, confirmed));
        (round, (1..=record.ceremony.last()).filter(|index| !sent.contains(index)).collect())
    }

    /// Whether the ceremony takes a package now, or has it already.
    pub(super) fn takes(&self, package: &CeremonyPackage, now: u32) -> Result<(), SealingError> {
        let (record, index) = (&self.record, package.trustee());
        if record.ceremony.trustee(index).is_err() {
            return Err(SealingError::UnknownTrustee { index, count: record.ceremony.trustees.len() });
        }
        match self.known(package) {
            Some(true) => return Ok(()),
            Some(false) => return Err(SealingError::Known(self.name(index))),
            None => {}
        }
        if let Some((complaint, _)) = &record.complaint {
            return Err(SealingError::Failed(self.name(complaint.index)));
        }
        if self.has_confirmed_all() {
            return Err(SealingError::Complete);
        }
        if now >= record.ceremony.deadline {
            return Err(SealingError::Deadline(record.ceremony.deadline));
        }
        let (round, missing) = self.waits_for();
        let missing = missing.into_iter().map(|index| self.name(index)).collect();
        let is_due = match package {
            CeremonyPackage::Round1(_) => round == Round::One,
            CeremonyPackage::Round2(_) => round == Round::Two,
            CeremonyPackage::Confirmation(_) | CeremonyPackage::Complaint(_) => round == Round::Last,
        };
        if is_due {
            return Ok(());
        }
        Err(SealingError::Round { trustee: self.name(index), waits_for: round.name(), missing })
    }

    /// Whether the board has this package of the trustee and round, or another one. The last round has one of either kind.
    fn known(&self, package: &CeremonyPackage) -> Option<bool> {
        let (record, index) = (&self.record, package.trustee());
        let confirmed = record.confirmations.iter().map(|(first, _)| first).find(|first| first.index == index);
        let complained = record.complaint.as_ref().map(|(first, _)| first).filter(|first| first.index == index);
        match package {
            CeremonyPackage::Round1(package) => {
                self.round_1.iter().find(|first| first.index == index).map(|first| first == package)
            }
            CeremonyPackage::Round2(package) => {
                self.round_2.iter().find(|first| first.index == index).map(|first| first == package)
            }
            CeremonyPackage::Confirmation(package) => {
                confirmed.map(|first| first == package).or_else(|| complained.map(|_| false))
            }
            CeremonyPackage::Complaint(package) => {
                complained.map(|first| first == package).or_else(|| confirmed.map(|_| false))
            }
        }
    }

    /// Checks a package as far as anybody can.
    pub(super) fn check(&self, package: &CeremonyPackage) -> Result<(), SealingError> {
        let board = self.board();
        let checked = match package {
            CeremonyPackage::Round1(package) => board.check_round_1(package),
            CeremonyPackage::Round2(package) => board.check_round_2(package),
            CeremonyPackage::Confirmation(package) => board.check_confirmation(package),
            CeremonyPackage::Complaint(package) => board.check_complaint(package).map(drop),
        };
        checked.map_err(|error| self.refusal(package.trustee(), error))
    }

    /// Checks a trustee's share of the key.
    pub(in crate::service) fn check_share(&self, share: &PollShare) -> Result<(), SealingError> {
        let checked = self.board().check_share(share.index, share.share.as_bytes());
        checked.map_err(|error| self.refusal(share.index, error))
    }

    fn refusal(&self, index: u8, error: PackageError) -> SealingError {
        match error {
            PackageError::Ceremony(CeremonyError::NoSuchTrustee(index)) => {
                SealingError::UnknownTrustee { index, count: self.record.ceremony.trustees.len() }
            }
            error => SealingError::Package { trustee: self.name(index), error },
        }
    }
}

/// What a ceremony waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
    One,
    Two,
    Last,
}

impl Round {
    const fn name(self) -> &'static str {
        match self {
            Self::One => "commitments (round 1)",
            Self::Two => "sealed shares (round 2)",
            Self::Last => "confirmations",
        }
    }
}
