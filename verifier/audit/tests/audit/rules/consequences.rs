//! What stands behind rulings and tallies: all of it, in its order, at its time, and nowhere else.

use aiq_audit::{FaultCode, sample::SampleLog};
use aiq_circuits::{
    Fr,
    credential::{Credential, CredentialId},
    identity::OwnerTag,
    scope::Scope,
};
use aiq_verifier::log::{Act, RevokedBy};

use super::check_reviewed;
use crate::fixture::{fault, insert, place, remove, reviewed};

/// Places of everything that something brings about.
fn brought(log: &SampleLog) -> Vec<usize> {
    let founding = place(log, "epoch", 0);
    let follows = |index: &usize| matches!(log.entries[*index].act, Act::Grant(_) | Act::Revocation { .. });
    (founding..log.entries.len()).filter(follows).collect()
}

fn consequence(log: &SampleLog, index: usize, what: &str) {
    assert_eq!(fault(&log.bundle()), Some((Some(index as u64), FaultCode::Consequence)), "{index} {what}");
}

#[test]
fn each_is_there_once_in_its_order_and_at_its_time() {
    let good = reviewed();
    let all = brought(&good);
    // A credential and two rewards, two rewards, one of two who joined and voted; a credential, two rewards and a revocation, a
    // credential; a revocation.
    assert_eq!(all.len(), 3 + 2 + 1 + 4 + 1 + 1);
    for index in all.iter().copied() {
        let mut missing = good.clone();
        remove(&mut missing, index);
        consequence(&missing, index, "missing");
        let mut twice = good.clone();
        let again = good.entries[index].clone();
        insert(&mut twice, index + 1, again);
        consequence(&twice, index + 1, "twice");
        let mut late = good.clone();
        late.entries[index].at += 1;
        consequence(&late, index, "at another time");
        if all.contains(&(index + 1)) {
            let mut swapped = good.clone();
            swapped.entries.swap(index, index + 1);
            consequence(&swapped, index, "swapped");
        }
    }
}

#[test]
fn each_is_what_follows_and_nothing_else() {
    let (good, nowhere) = (reviewed(), Scope::new(Fr::from(7_u64)));
    for index in brought(&good) {
        let mut changes = Vec::new();
        match &good.entries[index].act {
            Act::Grant(credential) => {
                let mut other = *credential;
                other.tag = OwnerTag::new(Fr::from(7_u64));
                changes.push(Act::Grant(other));
                let mut other = *credential;
                other.attributes.weight += 1;
                changes.push(Act::Grant(other));
                let mut other = *credential;
                other.attributes.expires_at += 1;
                changes.push(Act::Grant(other));
                let id = CredentialId::of_claim(&[1; 32]);
                changes.push(Act::Grant(Credential { id, ..*credential }));
                changes.push(Act::Revocation { id: credential.id, because: RevokedBy::Poll(nowhere) });
            }
            Act::Revocation { id, because } => {
                changes.push(Act::Revocation { id: CredentialId::of_claim(&[1; 32]), because: *because });
                changes.push(Act::Revocation { id: *id, because: RevokedBy::Poll(nowhere) });
            }
            _ => panic!(),
        }
        for act in changes {
            let mut log = good.clone();
            log.entries[index].act = act;
            consequence(&log, index, "another");
        }
    }
}

#[test]
fn nothing_is_granted_or_revoked_out_of_the_blue() {
    check_reviewed(&[
        (FaultCode::Consequence, |log| {
            let entry = log.entries[place(log, "grant", 0)].clone();
            let index = place(log, "recusal", 0);
            insert(log, index, entry);
            Some(index as u64)
        }),
        (FaultCode::Consequence, |log| {
            let entry = log.entries[place(log, "revocation", 0)].clone();
            let index = log.entries.len();
            insert(log, index, entry);
            Some(index as u64)
        }),
        // An epoch between a ruling and what it brings about.
        (FaultCode::Consequence, |log| {
            let entry = log.entries[place(log, "epoch", 1)].clone();
            let index = place(log, "ruling", 0) + 1;
            insert(log, index, entry);
            Some(index as u64)
        }),
        // The log ends too early.
        (FaultCode::Consequence, |log| {
            let end = place(log, "revocation", 1);
            log.entries.truncate(end);
            log.openings.retain(|index, _| *index < end as u64);
            None
        }),
    ]);
}
