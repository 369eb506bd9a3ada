//! Sealed ballots, and what opens them.

use std::{collections::BTreeMap, sync::Arc};

use aiq_circuits::{identity::Nullifier, scope::Scope};
use aiq_sealing::{
    ballot::{open_choice, open_reason},
    board::{PackageError, reconstruct},
    key::{SecretKey, is_key},
};
use aiq_verifier::poll::{Choice, PollDefinition, SealedBy, Sealing};

use super::Origin;
use crate::{
    audit::{
        ceremonies::{Ceremonies, Key},
        surroundings::Surroundings,
    },
    fault::{Fault, FaultCode, Place},
    report::SealingReport,
};

/// How a poll is sealed.
pub(super) struct Sealed {
    sealing: Sealing,
    ballot_length: usize,
    by: By,
    /// The shares that are there, by the trustees' places, from 1.
    shares: BTreeMap<u8, [u8; 32]>,
}

/// Who opens the ballots.
enum By {
    /// The service alone.
    Service,
    Trustees(Arc<Key>),
}

impl Sealed {
    /// Checks how a poll is sealed.
    pub(super) fn of(
        place: Place,
        definition: &PollDefinition,
        origin: Origin,
        around: &Surroundings<'_>,
        ceremonies: &mut Ceremonies,
    ) -> Result<Option<Self>, Fault> {
        let rule = |holds, message: &str| place.rule(holds, FaultCode::PollSealing, || message);
        let sealing = definition.sealing;
        let by_trustees = definition.ceremony().is_some();
        rule(
            around.is_complete || by_trustees || !ceremonies.are_some(),
            "there is a ceremony in the bundle, but the poll is not sealed by it",
        )?;
        let Some(sealing) = sealing else { return Ok(None) };
        rule(origin != Origin::Dispute, "the poll of a dispute is not sealed")?;
        rule(is_key(&sealing.key), "its key is not a point of the curve")?;
        let by = match &sealing.trustees {
            SealedBy::Service => By::Service,
            SealedBy::Ceremony(id) => By::Trustees(ceremonies.key(place, id, &sealing.key)?),
        };
        let ballot_length = Sealing::body_length(definition.rule, definition.options.len());
        Ok(Some(Self { sealing, ballot_length, by, shares: BTreeMap::new() }))
    }

    /// Bytes that every ballot has.
    pub(super) const fn ballot_length(&self) -> usize {
        self.ballot_length
    }

    /// So many voters it takes for anything to be opened.
    pub(super) fn floor(&self) -> u64 {
        self.sealing.floor.into()
    }

    /// Takes a trustee's share.
    pub(super) fn share(&mut self, place: Place, index: u8, share: &[u8; 32]) -> Result<(), Fault> {
        let is_one = match &self.by {
            By::Service => index == 1,
            By::Trustees(made) => made.ceremony.trustee(index).is_ok(),
        };
        place.rule(is_one, FaultCode::Trustee, || format!("there is no trustee {index}"))?;
        place.rule(!self.shares.contains_key(&index), FaultCode::RepeatedShare, || {
            format!("the share of trustee {index} is there already")
        })?;
        let checked = match &self.by {
            By::Service => {
                let fits = SecretKey::from_bytes(share).is_some_and(|secret| secret.sealing_key() == self.sealing.key);
                if fits { Ok(()) } else { Err(PackageError::Share) }
            }
            By::Trustees(made) => made.check_share(index, share),
        };
        checked.map_err(|error| place.fault(FaultCode::Share, error.to_string()))?;
        self.shares.insert(index, *share);
        Ok(())
    }

    /// What opens the ballots, if enough shares are there.
    pub(super) fn opener(&self) -> Option<Opener> {
        let threshold = usize::from(self.threshold());
        let shares: BTreeMap<_, _> =
            self.shares.iter().take(threshold).map(|(index, share)| (*index, *share)).collect();
        let secret = if shares.len() == threshold { reconstruct(&shares) } else { None };
        Some(Opener { secret: secret?, sealing: self.sealing })
    }

    fn threshold(&self) -> u8 {
        match &self.by {
            By::Service => 1,
            By::Trustees(made) => made.ceremony.threshold,
        }
    }

    pub(super) fn report(&self) -> SealingReport {
        let trustees = match &self.by {
            By::Service => Vec::new(),
            By::Trustees(made) => made.ceremony.trustees.iter().map(|trustee| trustee.name().to_owned()).collect(),
        };
        SealingReport {
            trustees,
            threshold: self.threshold(),
            floor: self.sealing.floor,
            shares: self.shares.keys().copied().collect(),
            reasons: 0,
            unreadable: 0,
        }
    }
}

/// Opens the ballots and reasons of a poll.
pub(super) struct Opener {
    secret: SecretKey,
    sealing: Sealing,
}

impl Opener {
    /// What a ballot says; none if it is spoiled.
    pub(super) fn choice(
        &self,
        scope: &Scope,
        nullifier: &Nullifier,
        seq: u32,
        body: &[u8],
        definition: &PollDefinition,
    ) -> Option<Choice> {
        open_choice(&self.secret, definition, scope, (nullifier, seq), body)
    }

    /// Bytes that every reason has; none if the poll takes none.
    pub(super) fn reason_length(&self) -> Option<usize> {
        self.sealing.reason_length()
    }

    /// What a reason says; none if nobody can read it.
    pub(super) fn reason(&self, scope: &Scope, reason: &[u8]) -> Option<String> {
        open_reason(&self.secret, &self.sealing, scope, reason)
    }
}
