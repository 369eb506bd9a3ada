#![allow(clippy::unwrap_used)]

use aiq_circuits::Fr;
use aiq_circuits::credential::{Attributes, Credential, CredentialId};
use aiq_circuits::identity::OwnerTag;

use super::*;

const AS_OF: u32 = 1_000;

fn held(tag_index: u64, domain: &str, kind: CredentialKind, weight: u16, expires_at: u32) -> Held {
    let attributes = Attributes { domain: domain.parse().unwrap(), kind, weight, expires_at, issued_at: 0 };
    let id = CredentialId::of_claim(&[u8::try_from(tag_index).unwrap(); 32]);
    let tag = OwnerTag::new(Fr::from(tag_index));
    let leaf = u32::try_from(tag_index).unwrap();
    Held { tag_index, leaf, credential: Credential { tag, attributes, id }, revoked: false }
}

fn safety(tag_index: u64, weight: u16) -> Held {
    held(tag_index, "1.9.2.0", CredentialKind::new(1), weight, AS_OF + 1)
}

fn requirement(min_count: u8, min_weight: u32) -> Requirement {
    Requirement { domain: "1.9".parse().unwrap(), min_count, min_weight, as_of: AS_OF }
}

/// Trees with these credentials in their places, up to the last of them, some of them revoked.
fn trees(held: &[Held], revoked: &[u32]) -> Trees {
    let end = held.iter().map(|held| held.leaf + 1).max().unwrap_or(0);
    let other = safety(255, 1).credential;
    let at = |leaf| held.iter().find(|held| held.leaf == leaf).map_or(other, |held| held.credential);
    Trees::of_credentials(&(0..end).map(at).collect::<Vec<_>>(), revoked)
}

fn choose(requirement: &Requirement, slots: usize, held: &[Held]) -> Result<Vec<u64>, Box<Shortfall>> {
    let choice = select(requirement, slots, held, &trees(held, &[]), DomainNames::new(&[]));
    choice.map(|choice| choice.iter().map(|held| held.tag_index).collect())
}

#[test]
fn takes_the_heaviest_that_fit() {
    let held = [safety(0, 1), safety(1, 5), safety(2, 3), safety(3, 5)];
    assert_eq!(choose(&requirement(3, 13), 3, &held).unwrap(), [1, 3, 2]);
}

#[test]
fn says_what_is_missing_and_why_each_other_one_does_not_count() {
    let held = [
        safety(0, 4),
        held(1, "1.9.2.0", CredentialKind::new(1), 9, AS_OF),
        held(2, "1.1.0.0", CredentialKind::new(1), 9, AS_OF + 1),
        held(3, "1.9.2.0", CredentialKind::REWARD_NOTE, 9, AS_OF + 1),
    ];
    let shortfall = choose(&requirement(3, 10), 3, &held).unwrap_err();
    assert_eq!((shortfall.count, shortfall.weight), (1, 4));
    let reasons: Vec<_> = shortfall.left_out.iter().map(|(_, why)| *why).collect();
    assert_eq!(reasons, [Excluded::Expired, Excluded::OtherDomain, Excluded::Note]);
    let text = shortfall.to_string();
    assert!(text.starts_with("you hold 1 of the 3 credentials required in 1.9.0.0, worth 4 of the required weight 10"));
    assert!(text.contains("'1.9.2.0' (weight 9, until 1970-01-01) has expired"), "{text}");
}

#[test]
fn a_balance_note_adds_weight_but_no_count_and_only_one_is_used() {
    let note = |index, weight| held(index, "1.9.0.0", CredentialKind::BALANCE_NOTE, weight, AS_OF + 1);
    let held = [safety(0, 2), safety(1, 2), note(2, 3), note(3, 7)];
    assert_eq!(choose(&requirement(2, 11), 3, &held).unwrap(), [0, 1, 3]);
    assert!(choose(&requirement(3, 1), 3, &held).is_err());
    assert_eq!(choose(&requirement(2, 12), 3, &held).unwrap_err().weight, 11);
}

#[test]
fn leaves_after_the_pinned_epoch_do_not_count() {
    let held = [safety(0, 5), safety(7, 5)];
    let names = DomainNames::new(&[]);
    let shortfall = select(&requirement(2, 1), 3, &held, &trees(&held[..1], &[]), names).unwrap_err();
    assert_eq!(shortfall.left_out.first().unwrap().1, Excluded::TooNew);
}

#[test]
fn what_is_revoked_by_the_pinned_epoch_does_not_count() {
    let held = [safety(0, 5), safety(1, 5), safety(2, 1)];
    let names = DomainNames::new(&[]);
    let choice = |revoked: &[u32], count| select(&requirement(count, 1), 3, &held, &trees(&held, revoked), names);
    let tags: Vec<_> = choice(&[1], 2).unwrap().iter().map(|held| held.tag_index).collect();
    assert_eq!(tags, [0, 2]);
    let shortfall = choice(&[1], 3).unwrap_err();
    assert_eq!(shortfall.left_out.first().unwrap().1, Excluded::Revoked);
    assert!(shortfall.to_string().ends_with("is revoked"), "{shortfall}");
    // What counts is the pinned epoch: that it was revoked since does not matter (ATTACKS 22).
    let since = held.map(|held| Held { revoked: held.leaf == 1, ..held });
    assert_eq!(select(&requirement(3, 1), 3, &since, &trees(&held, &[]), names).unwrap().len(), 3);
}

#[test]
fn weight_beyond_the_slots_does_not_help() {
    let held: Vec<Held> = (0..8).map(|index| safety(index, 2)).collect();
    assert_eq!(choose(&requirement(3, 7), 3, &held).unwrap_err().weight, 6);
    assert!(choose(&requirement(3, 7), 8, &held).is_ok());
}
