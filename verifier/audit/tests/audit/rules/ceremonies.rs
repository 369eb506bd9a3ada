//! Ceremonies: everybody in its round, once, signed, and with what fits the board.

use aiq_audit::{
    CeremonyState, FaultCode,
    sample::{SampleLog, trustee},
};
use aiq_circuits::identity::DeploymentId;
use aiq_sealing::{board::Board, trustee::Verdict};
use aiq_verifier::{
    ceremony::{
        Ceremony, CeremonyId, Complaint, Confirmation, EncryptionKey, EncryptionSecret, PolynomialCommitment,
        PossessionProof, Round1, Round2, SealedShare, TranscriptHash,
    },
    log::Act,
    poll::{PollId, SealingKey},
};

use super::check_sealed;
use crate::fixture::{again, at, board, change, fault, insert, place, remove, report, sealed};

/// Seconds that the sample's ceremonies may take.
const TIME: u32 = 600;

/// Defines a way to change what a trustee does, and to sign it again unless `signed` is false.
macro_rules! packages {
    ($($name:ident $kind:literal $variant:ident $package:ty;)*) => {
        $(
            fn $name(log: &mut SampleLog, nth: usize, signed: bool, edit: impl FnOnce(&mut $package)) -> Option<u64> {
                let deployment = log.deployment_id();
                change(log, $kind, nth, |act| {
                    let Act::$variant(package) = act else { panic!() };
                    edit(package);
                    if signed {
                        let key = trustee(package.index).signing_key();
                        *package = package.clone().signed(&deployment, &key);
                    }
                })
            }
        )*
    };
}

packages! {
    one "ceremony-round-1" CeremonyRound1 Round1;
    two "ceremony-round-2" CeremonyRound2 Round2;
    confirmation "ceremony-confirmation" CeremonyConfirmation Confirmation;
    complaint "ceremony-complaint" CeremonyComplaint Complaint;
}

fn ceremony(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut Ceremony)) -> Option<u64> {
    change(log, "ceremony", nth, |act| {
        let Act::Ceremony(ceremony) = act else { panic!() };
        edit(ceremony);
    })
}

#[test]
fn a_ceremony_keeps_its_rules_is_new_and_has_time() {
    const CODE: FaultCode = FaultCode::Ceremony;
    check_sealed(&[
        (CODE, |log| ceremony(log, 0, |it| it.threshold = 1)),
        (CODE, |log| ceremony(log, 0, |it| it.threshold = 4)),
        (CODE, |log| ceremony(log, 0, |it| it.trustees.truncate(1))),
        (CODE, |log| ceremony(log, 0, |it| it.trustees[2] = it.trustees[0].clone())),
        (CODE, |log| ceremony(log, 0, |it| it.release = 0)),
        (CODE, |log| again(log, "ceremony", 0)),
        (CODE, |log| at(log, "ceremony", 0, |at| at + TIME)),
    ]);
}

#[test]
fn a_trustee_speaks_in_its_round_once_and_in_time() {
    check_sealed(&[
        (FaultCode::UnknownCeremony, |log| one(log, 0, true, |it| it.ceremony = CeremonyId::new([1; 32]))),
        (FaultCode::UnknownCeremony, |log| complaint(log, 0, true, |it| it.ceremony = CeremonyId::new([1; 32]))),
        (FaultCode::OutsideTimes, |log| at(log, "ceremony-round-1", 0, |at| at + TIME)),
        (FaultCode::OutsideTimes, |log| at(log, "ceremony-confirmation", 0, |at| at + TIME)),
        (FaultCode::OutsideTimes, |log| at(log, "ceremony-complaint", 0, |at| at + TIME)),
        // The first round is over; the second one has not begun; there is a key; there will be none.
        (FaultCode::CeremonyRound, |log| again(log, "ceremony-round-1", 2)),
        (FaultCode::CeremonyRound, |log| {
            let (early, index) =
                (log.entries[place(log, "ceremony-round-2", 0)].clone(), place(log, "ceremony-round-1", 2));
            insert(log, index, early);
            Some(index as u64)
        }),
        (FaultCode::CeremonyRound, |log| {
            let (early, index) =
                (log.entries[place(log, "ceremony-complaint", 0)].clone(), place(log, "ceremony-round-2", 5));
            insert(log, index, early);
            Some(index as u64)
        }),
        (FaultCode::CeremonyRound, |log| again(log, "ceremony-confirmation", 2)),
        (FaultCode::CeremonyRound, |log| again(log, "ceremony-complaint", 0)),
        (FaultCode::Trustee, |log| one(log, 0, false, |it| it.index = 0)),
        (FaultCode::Trustee, |log| two(log, 0, false, |it| it.index = 4)),
        (FaultCode::RepeatedPackage, |log| again(log, "ceremony-round-1", 0)),
        (FaultCode::RepeatedPackage, |log| again(log, "ceremony-round-2", 1)),
        (FaultCode::RepeatedPackage, |log| again(log, "ceremony-confirmation", 0)),
        // Who has confirmed does not complain.
        (FaultCode::RepeatedPackage, |log| complaint(log, 0, true, |it| it.index = 3)),
    ]);
    // Its last second is as good as its first.
    let mut log = sealed();
    at(&mut log, "ceremony-round-1", 0, |at| at + TIME - 1);
    assert_eq!(fault(&log.bundle()), None);
}

#[test]
fn what_a_trustee_does_is_signed_by_it_for_this_deployment() {
    const CODE: FaultCode = FaultCode::CeremonySignature;
    check_sealed(&[
        (CODE, |log| one(log, 0, false, |it| it.encryption_key = EncryptionKey::new([2; 33]))),
        (CODE, |log| one(log, 0, false, |it| it.index = 3)),
        (CODE, |log| two(log, 0, false, |it| it.shares.swap(0, 1))),
        (CODE, |log| confirmation(log, 0, false, |it| it.transcript = TranscriptHash::new([1; 32]))),
        (CODE, |log| complaint(log, 0, false, |it| it.secret = EncryptionSecret::new([1; 32]))),
        (CODE, |log| {
            one(log, 0, false, |it| {
                *it = it.clone().signed(&DeploymentId::new([1; 32]), &trustee(it.index).signing_key());
            })
        }),
    ]);
}

#[test]
fn a_package_is_made_of_points_and_of_what_its_trustee_knows() {
    const CODE: FaultCode = FaultCode::CeremonyPackage;
    check_sealed(&[
        (CODE, |log| one(log, 0, true, |it| it.commitments.truncate(1))),
        (CODE, |log| one(log, 0, true, |it| it.commitments.push(it.commitments[0]))),
        (CODE, |log| one(log, 0, true, |it| it.encryption_key = EncryptionKey::new([0; 33]))),
        (CODE, |log| one(log, 0, true, |it| it.commitments[1] = PolynomialCommitment::new([0xff; 33]))),
        // Another number, another constant, and no number at all.
        (CODE, |log| {
            one(log, 0, true, |it| {
                let mut proof = *it.proof.as_bytes();
                proof[64] ^= 1;
                it.proof = PossessionProof::new(proof);
            })
        }),
        (CODE, |log| one(log, 0, true, |it| it.commitments.swap(0, 1))),
        (CODE, |log| {
            one(log, 0, true, |it| {
                let mut proof = *it.proof.as_bytes();
                proof[33..].fill(0xff);
                it.proof = PossessionProof::new(proof);
            })
        }),
        // A rogue key: what another trustee committed to, with that trustee's proof.
        (CODE, |log| {
            let Act::CeremonyRound1(first) = log.entries[place(log, "ceremony-round-1", 0)].act.clone() else {
                panic!()
            };
            one(log, 1, true, |it| (it.commitments, it.proof) = (first.commitments, first.proof))
        }),
        (CODE, |log| two(log, 0, true, |it| it.shares.truncate(1))),
        (CODE, |log| {
            two(log, 0, true, |it| {
                let mut share = *it.shares[0].as_bytes();
                share[0] = 2;
                it.shares[0] = SealedShare::new(share);
            })
        }),
    ]);
}

#[test]
fn what_is_confirmed_is_the_board_and_a_complaint_shows_the_secret() {
    check_sealed(&[
        (FaultCode::CeremonyConfirmation, |log| {
            confirmation(log, 0, true, |it| {
                let mut key = *it.key.as_bytes();
                key[0] ^= 1;
                it.key = SealingKey::new(key);
            })
        }),
        (FaultCode::CeremonyConfirmation, |log| {
            confirmation(log, 0, true, |it| it.transcript = TranscriptHash::new([1; 32]))
        }),
        // The board is another one than the trustees saw.
        (FaultCode::CeremonyConfirmation, |log| {
            two(log, 0, true, |it| it.shares.swap(0, 1));
            Some(place(log, "ceremony-confirmation", 0) as u64)
        }),
        (FaultCode::CeremonyComplaint, |log| complaint(log, 0, true, |it| it.secret = EncryptionSecret::new([1; 32]))),
        (FaultCode::CeremonyComplaint, |log| complaint(log, 0, true, |it| it.secret = EncryptionSecret::new([0; 32]))),
        (FaultCode::CeremonyComplaint, |log| {
            complaint(log, 0, true, |it| it.secret = EncryptionSecret::new([0xff; 32]))
        }),
    ]);
}

/// Who complains though all shares are right ends the ceremony, by its own fault, and no poll can be sealed by it.
#[test]
fn who_complains_without_a_reason_is_at_fault() {
    let mut log = sealed();
    let deployment = log.deployment_id();
    let (made, round_1, mut round_2) = board(&log, 1);
    // Only to somebody who sees another board something is wrong.
    round_2[0].shares.reverse();
    round_2[0] = round_2[0].clone().signed(&deployment, &trustee(1).signing_key());
    let board = Board { deployment: &deployment, ceremony: &made, round_1: &round_1, round_2: &round_2 };
    let Ok(Verdict::Complaint(complaint)) = trustee(3).verdict(&board) else { panic!() };
    let index = change(&mut log, "ceremony-confirmation", 0, |act| *act = Act::CeremonyComplaint(complaint));
    let report = report(&log.bundle());
    let next = report.fault.as_ref().map(|fault| (fault.index, fault.code));
    assert_eq!(next, Some((index.map(|index| index + 1), FaultCode::CeremonyRound)));
    assert_eq!(report.ceremonies[1].state, CeremonyState::Failed { at_fault: "trustee-3".into() });
    // Without the confirmations that came too late, it is the poll that is refused.
    for _ in 0..2 {
        let late = place(&log, "ceremony-confirmation", 0);
        remove(&mut log, late);
    }
    let poll = place(&log, "poll", 1) as u64;
    assert_eq!(fault(&log.bundle()), Some((Some(poll), FaultCode::PollSealing)));
}

#[test]
fn the_bundle_of_a_poll_has_its_ceremony_and_no_other() {
    const POLL: PollId = PollId::new([2; 16]);
    let log = sealed();
    let own = log.places_of(POLL);
    let with = |index: u64| fault(&log.bundle_of(POLL, |other| own.contains(&other) || other == index));
    let without = |gone: u64| fault(&log.bundle_of(POLL, |index| own.contains(&index) && index != gone));
    let place = |kind, nth| place(&log, kind, nth) as u64;
    // The first one comes first: the poll's own is the stranger then.
    assert_eq!(with(place("ceremony", 0)), Some((Some(place("ceremony", 1)), FaultCode::Foreign)));
    assert_eq!(with(place("ceremony", 2)), Some((Some(place("ceremony", 2)), FaultCode::Foreign)));
    assert_eq!(
        with(place("ceremony-round-1", 3)),
        Some((Some(place("ceremony-round-1", 3)), FaultCode::UnknownCeremony))
    );
    let poll = Some((Some(place("poll", 1)), FaultCode::PollSealing));
    assert_eq!(without(place("ceremony-confirmation", 1)), poll);
    let second = place("ceremony-round-2", 0);
    assert_eq!(without(place("ceremony-round-1", 1)), Some((Some(second), FaultCode::CeremonyRound)));
    // A poll that the service sealed has none.
    let (made, alone) = (log.places_of(POLL), PollId::new([1; 16]));
    let own = log.places_of(alone);
    let ceremony = |index: &u64| log.entries[usize::try_from(*index).unwrap()].act.kind().starts_with("ceremony");
    let bundle = log.bundle_of(alone, |index| own.contains(&index) || made.contains(&index) && ceremony(&index));
    assert_eq!(fault(&bundle), Some((Some(place("poll", 0)), FaultCode::PollSealing)));
}
