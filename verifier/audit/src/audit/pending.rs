//! Proofs and ballots' signatures that wait to be checked together.

use std::{collections::BTreeMap, sync::Arc};

use aiq_circuits::{
    scope::{Message, Scope},
    statement::{PublicInputs, StatementId},
};
use aiq_verifier::{
    batch::verify_batch,
    groth16::PreparedKey,
    poll::{Ballot, BallotKey},
    presentation::{PollVerifier, Presentation},
    proof::Proof,
};
use rand::rngs::OsRng;
use rayon::prelude::*;

use crate::fault::{Fault, FaultCode, Place};

enum Check {
    Proof { poll: Arc<PollVerifier>, scope: Scope, message: Message, presentation: Box<Presentation> },
    Shown(Box<Shown>),
    Signature { key: BallotKey, ballot: Box<Ballot> },
}

/// A proof in a scope where few act, with everything that it has to show.
pub(super) struct Shown {
    pub(super) key: Arc<PreparedKey>,
    pub(super) inputs: PublicInputs,
    pub(super) proof: Proof,
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

    pub(super) fn shown(&mut self, index: u64, shown: Shown) {
        self.checks.push((index, Check::Shown(Box::new(shown))));
    }

    pub(super) fn signature(&mut self, index: u64, key: BallotKey, ballot: Ballot) {
        self.checks.push((index, Check::Signature { key, ballot: Box::new(ballot) }));
    }

    /// Checks everything that waits. If something does not hold, the first of it is the fault.
    pub(super) fn settle(&mut self) -> Result<(), Fault> {
        let checks = std::mem::take(&mut self.checks);
        let first_bad = [bad_proof(&checks), bad_shown(&checks), bad_signature(&checks)].into_iter().flatten().min();
        let good = checks.get(..first_bad.unwrap_or(checks.len())).unwrap_or_default();
        let signatures = good.iter().filter(|(_, check)| matches!(check, Check::Signature { .. })).count();
        self.proofs += (good.len() - signatures) as u64;
        self.signatures += signatures as u64;
        match first_bad.and_then(|place| checks.get(place)) {
            None => Ok(()),
            Some((index, Check::Proof { .. } | Check::Shown(_))) => {
                Err(Place::entry(*index).fault(FaultCode::Proof, "its proof does not hold"))
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

/// The place of the first proof in other scopes that does not hold. Those of one statement are checked together, whatever their scopes.
fn bad_shown(checks: &[(u64, Check)]) -> Option<usize> {
    let mut groups = BTreeMap::<StatementId, (&Arc<PreparedKey>, Vec<usize>, Vec<(PublicInputs, Proof)>)>::new();
    for (place, (_, check)) in checks.iter().enumerate() {
        if let Check::Shown(shown) = check {
            let Shown { key, inputs, proof } = shown.as_ref();
            let (_, places, rows) = groups.entry(key.statement()).or_insert_with(|| (key, Vec::new(), Vec::new()));
            places.push(place);
            rows.push((inputs.clone(), proof.clone()));
        }
    }
    let bad = groups.values().filter_map(|(key, places, rows)| {
        let error = verify_batch(key, rows, &mut OsRng).err()?;
        error.bad.first().and_then(|row| places.get(*row)).copied()
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
