#![allow(clippy::unwrap_used)]

use aiq_circuits::credential::{Credential, CredentialId};
use aiq_circuits::identity::OwnerTag;

use super::*;

fn note(number: u8, kind: CredentialKind, weight: u16, domain: &str, expires_at: u32) -> Note {
    let attributes = Attributes { domain: domain.parse().unwrap(), kind, weight, expires_at, issued_at: 1 };
    let id = CredentialId::of_claim(&[number; 32]);
    let credential = Credential { tag: OwnerTag::new(number.into()), attributes, id };
    Note { held: Held { tag_index: number.into(), leaf: number.into(), credential, revoked: false }, spent: false }
}

fn reward(number: u8, weight: u16) -> Note {
    note(number, CredentialKind::REWARD_NOTE, weight, "1.9.1.0", 100)
}

fn balance(number: u8, weight: u16) -> Note {
    note(number, CredentialKind::BALANCE_NOTE, weight, "1.9.1.0", 100)
}

fn weights(plans: &[MergePlan]) -> Vec<Vec<u16>> {
    let weights = |plan: &MergePlan| plan.notes.iter().map(|held| held.credential.attributes.weight).collect();
    plans.iter().map(weights).collect()
}

#[test]
fn six_notes_are_merged_at_a_time_the_heaviest_first() {
    let mut notes: Vec<Note> = (1..=7).map(|number| reward(number, number.into())).collect();
    notes.push(balance(8, 20));
    let plans = plan_merges(&notes, 50, None).unwrap();
    assert_eq!(weights(&plans), [vec![20, 7, 6, 5, 4, 3], vec![2, 1]]);
    assert_eq!((plans[0].weight, plans[0].expires_at), (45, 100));
}

#[test]
fn only_what_goes_together_is_merged() {
    let notes = [
        reward(1, 1),
        note(2, CredentialKind::REWARD_NOTE, 1, "1.9.2.0", 100),
        note(3, CredentialKind::REWARD_NOTE, 1, "1.9.1.0", 200),
        Note { spent: true, ..reward(4, 1) },
        Note { held: Held { revoked: true, ..reward(5, 1).held }, ..reward(5, 1) },
        note(6, CredentialKind::REWARD_NOTE, 1, "1.9.1.0", 50),
    ];
    assert_eq!(weights(&plan_merges(&notes, 50, None).unwrap()), [[1], [1], [1]]);
    let domain = "1.9.2".parse().unwrap();
    let plans = plan_merges(&notes, 50, Some(&domain)).unwrap();
    assert_eq!(plans.iter().map(|plan| plan.domain.to_string()).collect::<Vec<_>>(), ["1.9.2.0"]);
}

#[test]
fn a_lone_balance_is_left_as_it_is() {
    assert_eq!(plan_merges(&[balance(1, 5)], 50, None), Err(Refusal::NothingToMerge));
    assert_eq!(plan_merges(&[], 50, None), Err(Refusal::NothingToMerge));
    assert_eq!(plan_merges(&[balance(1, 5), balance(2, 5)], 50, None).map(|plans| plans.len()), Ok(1));
}

#[test]
fn what_no_note_can_weigh_is_refused_before_it_is_proved() {
    let notes = [balance(1, 65_000), balance(2, 536)];
    assert_eq!(plan_merges(&notes, 50, None), Err(Refusal::TooHeavy { sum: 65_536 }));
    // A lighter one still fits; what is left over is for another time.
    let notes = [balance(1, 65_000), balance(2, 536), reward(3, 535)];
    assert_eq!(weights(&plan_merges(&notes, 50, None).unwrap()), [[65_000, 535]]);
}
