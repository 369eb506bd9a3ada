//! What members do with standing and notes that they have: sponsorships, merges, polls that reward.

use aiq_audit::{FaultCode, sample::SampleLog};
use aiq_circuits::{
    Fr,
    credential::CredentialKind,
    identity::{OwnerTag, SpendNullifier},
    statement::StatementId,
};
use aiq_verifier::{
    log::Act,
    merge::Merge,
    sponsorship::{Charter, Sponsorship, TokenHash},
    verifying_key::KeyId,
};

use super::{check_reviewed, claims::made};
use crate::fixture::{again, at, change, fault, never_founded, place, remove, reviewed};

fn sponsorship(log: &mut SampleLog, edit: impl FnOnce(&mut Sponsorship)) -> Option<u64> {
    change(log, "sponsorship", 0, |act| {
        let Act::Sponsorship(sponsorship) = act else { panic!() };
        edit(sponsorship);
    })
}

fn charter(log: &mut SampleLog, edit: impl FnOnce(&mut Charter)) {
    change(log, "charter", 0, |act| {
        let Act::Charter(charter) = act else { panic!() };
        edit(charter);
    });
}

#[test]
fn a_sponsorship_is_within_the_charter_and_makes_one_invitation() {
    check_reviewed(&[
        (FaultCode::Sponsorship, |log| {
            charter(log, |it| it.sponsors = None);
            Some(place(log, "sponsorship", 0) as u64)
        }),
        (FaultCode::Sponsorship, |log| {
            never_founded(log, "charter", 0);
            Some(place(log, "sponsorship", 0) as u64)
        }),
        (FaultCode::Limit, |log| sponsorship(log, |it| it.number = 1)),
        (FaultCode::StaleEpoch, |log| sponsorship(log, |it| it.epoch = 1)),
        (FaultCode::Presentation, |log| sponsorship(log, |it| it.presentation.statement = StatementId::Membership)),
        (FaultCode::Presentation, |log| sponsorship(log, |it| it.presentation.key_id = KeyId::new([1; 32]))),
        (FaultCode::RepeatedNullifier, |log| again(log, "sponsorship", 0)),
        (FaultCode::Proof, |log| sponsorship(log, |it| it.token_hash = TokenHash::new([9; 32]))),
        (FaultCode::NoInvitation, |log| {
            let gone = place(log, "sponsorship", 0);
            remove(log, gone);
            Some(place(log, "enrolment", 4) as u64)
        }),
        // Within its last second, and not any more.
        (FaultCode::NoInvitation, |log| {
            charter(log, |it| it.invitation_validity = 60);
            at(log, "enrolment", 4, |at| at + 60)
        }),
    ]);
}

fn merge(log: &mut SampleLog, edit: impl FnOnce(&mut Merge)) -> Option<u64> {
    change(log, "merge", 0, |act| {
        let Act::Merge(merge) = act else { panic!() };
        edit(merge);
    })
}

#[test]
fn a_merge_spends_notes_once_for_a_balance_that_is_good_now() {
    check_reviewed(&[
        (FaultCode::StaleEpoch, |log| merge(log, |it| it.epoch = 0)),
        (FaultCode::Presentation, |log| merge(log, |it| it.key_id = KeyId::new([1; 32]))),
        (FaultCode::Presentation, |log| {
            log.keys.pop();
            Some(place(log, "merge", 0) as u64)
        }),
        (FaultCode::Merge, |log| merge(log, |it| it.balance.kind = CredentialKind::REWARD_NOTE)),
        (FaultCode::Merge, |log| merge(log, |it| it.balance.weight = 0)),
        (FaultCode::Merge, |log| merge(log, |it| it.spends[1] = it.spends[0])),
        (FaultCode::Merge, |log| merge(log, |it| it.balance.issued_at += 1)),
        (FaultCode::Merge, |log| {
            let now = log.entries[place(log, "merge", 0)].at;
            merge(log, |it| it.balance.expires_at = now)
        }),
        (FaultCode::Spent, |log| again(log, "merge", 0)),
        (FaultCode::Tag, |log| {
            let tag = made(log, 0).claim.tag;
            merge(log, |it| it.tag = tag)
        }),
        (FaultCode::Proof, |log| merge(log, |it| it.balance.weight += 1)),
        (FaultCode::Proof, |log| merge(log, |it| it.tag = OwnerTag::new(Fr::from(7_u64)))),
        (FaultCode::Proof, |log| merge(log, |it| it.spends[0] = SpendNullifier::new(Fr::from(7_u64)))),
        // The balance note that the service drops.
        (FaultCode::EpochCredentials, |log| {
            let gone = place(log, "merge", 0);
            remove(log, gone);
            change(log, "epoch", 2, |act| {
                let Act::Epoch { before, .. } = act else { panic!() };
                *before -= 1;
            })
        }),
    ]);
}

#[test]
fn a_join_of_a_poll_that_rewards_has_a_tag_of_its_own() {
    let mut log = reviewed();
    let tag = made(&log, 0).claim.tag;
    let index = change(&mut log, "join", 1, |act| {
        let Act::Join { join, .. } = act else { panic!() };
        join.presentation.tag = tag;
    });
    assert_eq!(fault(&log.bundle()), Some((index, FaultCode::Tag)));
}
