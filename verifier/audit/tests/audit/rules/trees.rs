//! Enrolments, invitations and epochs.

use aiq_audit::{FaultCode, sample::SampleLog};
use aiq_circuits::{
    Fr,
    identity::{Commitment, DeploymentId},
    tree::{CredentialsRoot, MembersRoot},
};
use aiq_verifier::{
    checkpoint::Checkpoint,
    log::{Act, EnrolledBy, Entry},
    service_key::Signature,
    withdrawal::{Withdrawal, WithdrawalKey},
};
use ed25519_dalek::SigningKey;

use super::{check, check_reviewed};
use crate::fixture::{change, insert, place, remove};

#[test]
fn nobody_enrols_twice() {
    check(&[
        (FaultCode::RepeatedMember, |log| {
            let again = log.entries[place(log, "enrolment", 0)].clone();
            insert(log, 6, again);
            Some(6)
        }),
        (FaultCode::RepeatedMember, |log| {
            let Act::Enrolment { commitment: first, .. } = log.entries[place(log, "enrolment", 0)].act else {
                panic!()
            };
            change(log, "enrolment", 4, |act| {
                let Act::Enrolment { commitment, .. } = act else { panic!() };
                *commitment = first;
            })
        }),
    ]);
}

fn some_key() -> WithdrawalKey {
    WithdrawalKey::of(&SigningKey::from_bytes(&[4; 32]))
}

#[test]
fn nobody_enrols_with_a_key_that_signs_everything() {
    check(&[(FaultCode::WithdrawalKey, |log| {
        change(log, "enrolment", 3, |act| {
            let Act::Enrolment { withdrawal_key, .. } = act else { panic!() };
            *withdrawal_key = WithdrawalKey::new([0; 32]);
        })
    })]);
}

fn withdrawal(log: &mut SampleLog, edit: impl FnOnce(&mut Withdrawal)) -> Option<u64> {
    change(log, "withdrawal", 0, |act| {
        let Act::Withdrawal(withdrawal) = act else { panic!() };
        edit(withdrawal);
    })
}

#[test]
fn who_leaves_signs_it_with_the_key_of_the_enrolment_and_stays_away() {
    check(&[
        (FaultCode::UnknownMember, |log| withdrawal(log, |it| it.commitment = Commitment::new(Fr::from(7_u64)))),
        (FaultCode::RepeatedWithdrawal, |log| {
            let index = place(log, "withdrawal", 0);
            let again = log.entries[index].clone();
            insert(log, index + 1, again);
            Some(index as u64 + 1)
        }),
        (FaultCode::WithdrawalSignature, |log| withdrawal(log, |it| it.signature = Signature::new([1; 64]))),
        // Signed, but by a stranger, for another member, for another deployment.
        (FaultCode::WithdrawalSignature, |log| {
            let id = log.deployment_id();
            withdrawal(log, |it| *it = Withdrawal::sign(&SigningKey::from_bytes(&[4; 32]), &id, it.commitment))
        }),
        (FaultCode::WithdrawalSignature, |log| {
            let Act::Enrolment { commitment: other, .. } = log.entries[place(log, "enrolment", 0)].act else {
                panic!()
            };
            withdrawal(log, |it| it.commitment = other)
        }),
        (FaultCode::WithdrawalSignature, |log| {
            change(log, "enrolment", 2, |act| {
                let Act::Enrolment { withdrawal_key, .. } = act else { panic!() };
                *withdrawal_key = some_key();
            });
            Some(place(log, "withdrawal", 0) as u64)
        }),
        (FaultCode::RepeatedMember, |log| {
            let back = log.entries[place(log, "enrolment", 2)].act.clone();
            change(log, "enrolment", 4, |act| {
                let (Act::Enrolment { commitment, .. }, Act::Enrolment { commitment: gone, .. }) = (act, back) else {
                    panic!()
                };
                *commitment = gone;
            })
        }),
    ]);
}

fn invitations(log: &mut SampleLog, count: u32, expires_at: u32) {
    change(log, "invitations", 0, |act| *act = Act::Invitations { count, expires_at });
}

#[test]
fn every_enrolment_uses_up_an_invitation_that_is_valid_then() {
    check(&[
        (FaultCode::NoInvitation, |log| {
            let gone = place(log, "invitations", 0);
            remove(log, gone);
            Some(place(log, "enrolment", 3) as u64)
        }),
        (FaultCode::NoInvitation, |log| {
            invitations(log, 0, u32::MAX);
            Some(place(log, "enrolment", 3) as u64)
        }),
        (FaultCode::NoInvitation, |log| {
            invitations(log, 1, u32::MAX);
            Some(place(log, "enrolment", 4) as u64)
        }),
        (FaultCode::NoInvitation, |log| {
            let index = place(log, "enrolment", 3);
            invitations(log, 2, log.entries[index].at);
            Some(index as u64)
        }),
        // One second later it is valid for the first, but no longer for the second.
        (FaultCode::NoInvitation, |log| {
            let (first, second) = (place(log, "enrolment", 3), place(log, "enrolment", 4));
            invitations(log, 2, log.entries[first].at + 1);
            Some(second as u64)
        }),
        // The one that expires first is used first, so that the second enrolment still has the other.
        (FaultCode::RepeatedMember, |log| {
            let (first, second) = (place(log, "enrolment", 3), place(log, "enrolment", 4));
            invitations(log, 1, log.entries[second].at + 1);
            let act = Act::Invitations { count: 1, expires_at: log.entries[first].at + 1 };
            insert(log, first, Entry { at: 1, act });
            let again = log.entries[second + 1].clone();
            insert(log, second + 2, again);
            Some(second as u64 + 2)
        }),
    ]);
}

fn epoch(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut Checkpoint, &mut u64)) -> Option<u64> {
    change(log, "epoch", nth, |act| {
        let Act::Epoch { checkpoint, before } = act else { panic!() };
        edit(checkpoint, before);
    })
}

#[test]
fn epochs_follow_one_another() {
    check(&[
        (FaultCode::Epoch, |log| epoch(log, 0, |it, _| it.deployment_id = DeploymentId::new([1; 32]))),
        (FaultCode::Epoch, |log| epoch(log, 0, |it, _| it.epoch = 1)),
        (FaultCode::Epoch, |log| epoch(log, 1, |it, _| it.epoch = 0)),
        (FaultCode::Epoch, |log| epoch(log, 1, |it, _| it.epoch = 2)),
        (FaultCode::Epoch, |log| {
            let (first, second) = (place(log, "epoch", 0), place(log, "epoch", 1));
            let earlier = log.entries[first].at - 1;
            log.entries[second].at = earlier;
            epoch(log, 1, |it, _| it.sealed_at = earlier)
        }),
        (FaultCode::Epoch, |log| {
            let index = place(log, "epoch", 1) as u64;
            epoch(log, 1, |_, before| *before = index + 1)
        }),
        (FaultCode::Epoch, |log| {
            let index = place(log, "epoch", 0) as u64;
            epoch(log, 1, |_, before| *before = index - 1)
        }),
        // It stops before the enrolment that waits, so nothing is left for it.
        (FaultCode::Epoch, |log| {
            let index = place(log, "enrolment", 3) as u64;
            epoch(log, 1, |_, before| *before = index)
        }),
        (FaultCode::Epoch, |log| {
            let index = place(log, "epoch", 1);
            let mut empty = log.entries[index].clone();
            if let Act::Epoch { checkpoint, .. } = &mut empty.act {
                checkpoint.epoch = 2;
            }
            insert(log, index + 1, empty);
            Some(index as u64 + 1)
        }),
    ]);
}

#[test]
fn trees_are_made_anew() {
    check(&[
        (FaultCode::EpochMembers, |log| epoch(log, 1, |it, _| it.members += 1)),
        (FaultCode::EpochMembers, |log| epoch(log, 1, |it, _| it.members_root = MembersRoot::new(Fr::from(7_u64)))),
        (FaultCode::EpochMembers, |log| epoch(log, 1, |it, _| it.withdrawn = 0)),
        (FaultCode::EpochMembers, |log| epoch(log, 1, |it, _| it.withdrawn += 1)),
        (FaultCode::EpochCredentials, |log| epoch(log, 0, |it, _| it.credentials -= 1)),
        (FaultCode::EpochCredentials, |log| epoch(log, 1, |it, _| it.revoked = 1)),
        (FaultCode::EpochCredentials, |log| {
            epoch(log, 1, |it, _| it.credentials_root = CredentialsRoot::new(Fr::from(7_u64)))
        }),
        // Somebody left and is in the tree all the same.
        (FaultCode::EpochMembers, |log| {
            let index = place(log, "withdrawal", 0) as u64;
            epoch(log, 1, |_, before| *before = index)
        }),
        (FaultCode::EpochMembers, |log| {
            let gone = place(log, "withdrawal", 0);
            remove(log, gone);
            epoch(log, 1, |_, before| *before -= 1)
        }),
        // A member that enrolled and is left out, and one that is in the tree and never enrolled.
        (FaultCode::EpochMembers, |log| {
            let index = place(log, "enrolment", 2) as u64;
            epoch(log, 0, |_, before| *before = index)
        }),
        (FaultCode::EpochMembers, |log| {
            let (commitment, withdrawal_key) = (Commitment::new(Fr::from(7_u64)), some_key());
            let act = Act::Enrolment { commitment, withdrawal_key, by: EnrolledBy::Founding };
            insert(log, 5, Entry { at: 1, act });
            let index = place(log, "epoch", 0) as u64;
            epoch(log, 0, |_, before| *before = index)
        }),
    ]);
}

#[test]
fn what_is_revoked_is_a_tombstone_from_the_next_epoch_on() {
    check_reviewed(&[
        (FaultCode::EpochCredentials, |log| epoch(log, 2, |it, _| it.revoked = 0)),
        // Left out, though the revocation stands before the epoch.
        (FaultCode::EpochCredentials, |log| {
            let index = place(log, "revocation", 0) as u64;
            epoch(log, 2, |_, before| *before = index)
        }),
    ]);
}
