//! Ceremonies in which trustees make the key of a poll (§8).

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use aiq_circuits::identity::DeploymentId;
use aiq_sealing::board::{Board, PackageError};
use aiq_verifier::{
    ceremony::{Ceremony, CeremonyError, CeremonyId, Complaint, Confirmation, Round1, Round2},
    log::Act,
    poll::SealingKey,
};

use crate::{
    fault::{Fault, FaultCode, Place},
    report::{CeremonyReport, CeremonyState},
};

/// The ceremonies of a log.
#[derive(Default)]
pub(super) struct Ceremonies {
    all: HashMap<CeremonyId, Made>,
    /// In the order of their entries.
    order: Vec<CeremonyId>,
}

/// A ceremony as far as it has come.
struct Made {
    ceremony: Ceremony,
    /// Ascending by trustee, as is the second one.
    round_1: Vec<Round1>,
    round_2: Vec<Round2>,
    confirmed: BTreeSet<u8>,
    end: Option<End>,
}

/// How a ceremony ended.
enum End {
    /// With a key, which is for one poll.
    Complete { made: Arc<Key>, is_used: bool },
    /// By a trustee's fault.
    Failed(u8),
}

/// A key that trustees made.
pub(super) struct Key {
    sealing: SealingKey,
    deployment: DeploymentId,
    pub(super) ceremony: Ceremony,
    round_1: Vec<Round1>,
}

/// What a trustee does.
enum Package<'a> {
    One(&'a Round1),
    Two(&'a Round2),
    Confirmation(&'a Confirmation),
    Complaint(&'a Complaint),
}

impl Package<'_> {
    /// The ceremony, the trustee, and the round, from 1.
    const fn place(&self) -> (CeremonyId, u8, u8) {
        match self {
            Self::One(it) => (it.ceremony, it.index, 1),
            Self::Two(it) => (it.ceremony, it.index, 2),
            Self::Confirmation(it) => (it.ceremony, it.index, 3),
            Self::Complaint(it) => (it.ceremony, it.index, 3),
        }
    }
}

impl Key {
    /// Checks a trustee's share of the key.
    pub(super) fn check_share(&self, index: u8, share: &[u8; 32]) -> Result<(), PackageError> {
        let Self { deployment, ceremony, round_1, .. } = self;
        Board { deployment, ceremony, round_1, round_2: &[] }.check_share(index, share)
    }
}

impl Ceremonies {
    /// Whether there is one.
    pub(super) fn are_some(&self) -> bool {
        !self.order.is_empty()
    }

    /// Takes a new ceremony, or what a trustee does in one.
    pub(super) fn take(&mut self, place: Place, at: u32, act: Act, deployment: &DeploymentId) -> Result<(), Fault> {
        match act {
            Act::Ceremony(ceremony) => self.begin(place, at, ceremony),
            Act::CeremonyRound1(it) => self.trustee(place, at, &Package::One(&it), deployment),
            Act::CeremonyRound2(it) => self.trustee(place, at, &Package::Two(&it), deployment),
            Act::CeremonyConfirmation(it) => self.trustee(place, at, &Package::Confirmation(&it), deployment),
            Act::CeremonyComplaint(it) => self.trustee(place, at, &Package::Complaint(&it), deployment),
            other => Err(place.fault(FaultCode::Entry, format!("this program has no rules for {}", other.kind()))),
        }
    }

    fn begin(&mut self, place: Place, at: u32, ceremony: Ceremony) -> Result<(), Fault> {
        let rule = |holds, message: &str| place.rule(holds, FaultCode::Ceremony, || message);
        ceremony.validate().map_err(|error| place.fault(FaultCode::Ceremony, error.to_string()))?;
        let id = ceremony.id();
        rule(!self.all.contains_key(&id), "there is this ceremony already")?;
        rule(ceremony.deadline > at, "its time is over before it begins")?;
        let made = Made { ceremony, round_1: Vec::new(), round_2: Vec::new(), confirmed: BTreeSet::new(), end: None };
        self.order.push(id);
        self.all.insert(id, made);
        Ok(())
    }

    fn trustee(
        &mut self,
        place: Place,
        at: u32,
        package: &Package<'_>,
        deployment: &DeploymentId,
    ) -> Result<(), Fault> {
        let (id, index, round) = package.place();
        let made = self.all.get_mut(&id);
        let made = made.ok_or_else(|| place.fault(FaultCode::UnknownCeremony, format!("there is no ceremony {id}")))?;
        place.rule(at < made.ceremony.deadline, FaultCode::OutsideTimes, || "the time of the ceremony was over")?;
        place.rule(
            made.round() == Some(round),
            FaultCode::CeremonyRound,
            || "the ceremony is in another round, or over",
        )?;
        let trustee = made.ceremony.trustee(index);
        let trustee = trustee.map_err(|error| place.fault(FaultCode::Trustee, error.to_string()))?;
        place.rule(!made.has(round, index), FaultCode::RepeatedPackage, || {
            format!("{} has done this round already", trustee.name())
        })?;
        made.take(package, deployment).map_err(|error| place.fault(code(&error), error.to_string()))
    }

    /// The key of a complete ceremony, for a poll: this one, and no other before it.
    pub(super) fn key(&mut self, place: Place, id: &CeremonyId, key: &SealingKey) -> Result<Arc<Key>, Fault> {
        let fault = |message: &str| place.fault(FaultCode::PollSealing, message);
        let Some(End::Complete { made, is_used }) = self.all.get_mut(id).and_then(|made| made.end.as_mut()) else {
            return Err(fault("its ceremony is not complete, or there is none"));
        };
        if made.sealing != *key {
            return Err(fault("its key is not the one of its ceremony"));
        }
        if std::mem::replace(is_used, true) {
            return Err(fault("another poll is sealed by its ceremony"));
        }
        Ok(Arc::clone(made))
    }

    /// Every ceremony, as far as it came.
    pub(super) fn reports(&self) -> Vec<CeremonyReport> {
        let made = self.order.iter().filter_map(|id| Some((id, self.all.get(id)?)));
        made.map(|(id, made)| made.report(*id)).collect()
    }
}

impl Made {
    /// The round in which it is, from 1; none if it is over.
    fn round(&self) -> Option<u8> {
        let all = self.ceremony.trustees.len();
        match &self.end {
            Some(_) => None,
            None if self.round_1.len() < all => Some(1),
            None if self.round_2.len() < all => Some(2),
            None => Some(3),
        }
    }

    /// Whether a trustee has done a round.
    fn has(&self, round: u8, index: u8) -> bool {
        match round {
            1 => self.round_1.iter().any(|package| package.index == index),
            2 => self.round_2.iter().any(|package| package.index == index),
            _ => self.confirmed.contains(&index),
        }
    }

    /// Checks and takes what a trustee does.
    fn take(&mut self, package: &Package<'_>, deployment: &DeploymentId) -> Result<(), PackageError> {
        let Self { ceremony, round_1, round_2, .. } = &*self;
        let board = Board { deployment, ceremony, round_1, round_2 };
        match package {
            Package::One(it) => {
                board.check_round_1(it)?;
                let place = round_1.partition_point(|other| other.index < it.index);
                self.round_1.insert(place, (*it).clone());
            }
            Package::Two(it) => {
                board.check_round_2(it)?;
                let place = round_2.partition_point(|other| other.index < it.index);
                self.round_2.insert(place, (*it).clone());
            }
            Package::Confirmation(it) => {
                board.check_confirmation(it)?;
                self.confirmed.insert(it.index);
                if self.confirmed.len() == self.ceremony.trustees.len() {
                    let (ceremony, round_1) = (self.ceremony.clone(), std::mem::take(&mut self.round_1));
                    let made = Key { sealing: it.key, deployment: *deployment, ceremony, round_1 };
                    self.end(End::Complete { made: Arc::new(made), is_used: false });
                }
            }
            Package::Complaint(it) => {
                let blamed = board.check_complaint(it)?;
                self.end(End::Failed(blamed.trustee));
            }
        }
        Ok(())
    }

    /// The ceremony is over: nobody needs its packages any more.
    fn end(&mut self, end: End) {
        (self.round_1, self.round_2) = (Vec::new(), Vec::new());
        self.end = Some(end);
    }

    fn report(&self, id: CeremonyId) -> CeremonyReport {
        let Ceremony { threshold, trustees, deadline, .. } = &self.ceremony;
        let name = |index: u8| {
            self.ceremony.trustee(index).map_or_else(|_| String::new(), |trustee| trustee.name().to_owned())
        };
        let state = match (&self.end, self.round()) {
            (Some(End::Failed(index)), _) => CeremonyState::Failed { at_fault: name(*index) },
            (None, Some(round)) => {
                let missing = (1..=self.ceremony.last()).filter(|index| !self.has(round, *index));
                CeremonyState::Waiting { round, missing: missing.map(name).collect() }
            }
            (Some(End::Complete { .. }), _) | (None, None) => CeremonyState::Complete,
        };
        CeremonyReport {
            id,
            trustees: trustees.iter().map(|trustee| trustee.name().to_owned()).collect(),
            threshold: *threshold,
            deadline: *deadline,
            state,
        }
    }
}

/// Which rule a trustee broke.
const fn code(error: &PackageError) -> FaultCode {
    match error {
        PackageError::Ceremony(CeremonyError::NoSuchTrustee(_)) => FaultCode::Trustee,
        PackageError::Ceremony(CeremonyError::Signature { .. }) => FaultCode::CeremonySignature,
        PackageError::OtherBoard(_) => FaultCode::CeremonyConfirmation,
        PackageError::Secret => FaultCode::CeremonyComplaint,
        PackageError::Share => FaultCode::Share,
        _ => FaultCode::CeremonyPackage,
    }
}
