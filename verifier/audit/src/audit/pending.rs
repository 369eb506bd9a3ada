//! Proofs and ballots' signatures that wait to be checked together.

use std::{collections::BTreeMap, sync::Arc};

use aiq_circuits::scope::{Message, Scope};
use aiq_verifier::{
    poll::{Ballot, BallotKey},
    presentation::{PollVerifier, Presentation},
};
use rand::rngs::OsRng;
use rayon::prelude::*;

use crate::fault::{Fault, FaultCode, Place};

enum Check {
    Proof { poll: Arc<PollVerifier>, scope: Scope, message: Message, presentation: Box<Presentation> },
    Signature { key: BallotKey, ballot: Box<Ballot> },
}

/// What waits, in the order of the entries.
#[derive(Default)]
pub(super) struct Pending {
    checks: Vec<(u64, Check)>,
    /// Proofs found to hold.
    pub(super) proofs: u64,
    /// Signatures found to hold.
    pub(super) signatures: u64,
}

/// Proofs of one poll, each with its place among the checks.
struct Group<'a> {
    poll: &'a PollVerifier,
    places: Vec<usize>,
    presentations: Vec<(Message, &'a Presentation)>,
}

impl Pending {
    pub(super) fn len(&self) -> usize {
        self.checks.len()
    }

    pub(super) fn proof(
        &mut self,
        index: u64,
        poll: &Arc<PollVerifier>,
        scope: Scope,
        message: Message,
        presentation: Presentation,
    ) {
        let (poll, presentation) = (Arc::clone(poll), Box::new(presentation));
        self.checks.push((index, Check::Proof { poll, scope, message, presentation }));
    }

    pub(super) fn signature(&mut self, index: u64, key: BallotKey, ballot: Ballot) {
        self.checks.push((index, Check::Signature { key, ballot: Box::new(ballot) }));
    }

    /// Checks everything that waits. If something does not hold, the first of it is the fault.
    pub(super) fn settle(&mut self) -> Result<(), Fault> {
        let checks = std::mem::take(&mut self.checks);
        let first_bad = [bad_proof(&checks), bad_signature(&checks)].into_iter().flatten().min();
        let good = checks.get(..first_bad.unwrap_or(checks.len())).unwrap_or_default();
        let proofs = good.iter().filter(|(_, check)| matches!(check, Check::Proof { .. })).count();
        self.proofs += proofs as u64;
        self.signatures += (good.len() - proofs) as u64;
        match first_bad.and_then(|place| checks.get(place)) {
            None => Ok(()),
            Some((index, Check::Proof { .. })) => {
                Err(Place::entry(*index).fault(FaultCode::Proof, "the proof of the join does not hold"))
            }
            Some((index, Check::Signature { .. })) => Err(Place::entry(*index)
                .fault(FaultCode::BallotSignature, "the ballot is not signed by the key that its voter joined with")),
        }
    }
}

/// The place of the first proof that does not hold.
fn bad_proof(checks: &[(u64, Check)]) -> Option<usize> {
    let mut groups = BTreeMap::<Scope, Group<'_>>::new();
    for (place, (_, check)) in checks.iter().enumerate() {
        if let Check::Proof { poll, scope, message, presentation } = check {
            let group =
                groups.entry(*scope).or_insert_with(|| Group { poll, places: Vec::new(), presentations: Vec::new() });
            group.places.push(place);
            group.presentations.push((*message, presentation));
        }
    }
    let bad = groups.par_iter().filter_map(|(_, group)| {
        let error = group.poll.verify_batch(&group.presentations, &mut OsRng).err()?;
        error.bad.first().and_then(|row| group.places.get(*row)).copied()
    });
    bad.min()
}

/// The place of the first signature that does not hold.
fn bad_signature(checks: &[(u64, Check)]) -> Option<usize> {
    let bad = checks.par_iter().enumerate().filter_map(|(place, (_, check))| match check {
        Check::Signature { key, ballot } if ballot.verify(key).is_err() => Some(place),
        _ => None,
    });
    bad.min()
}
