//! Sealed polls: their keys, shares, what the ballots say, and reasons.

use std::collections::BTreeSet;

use aiq_audit::{
    FaultCode,
    sample::{SampleLog, trustee},
};
use aiq_circuits::{Fr, scope::Scope};
use aiq_sealing::board::Board;
use aiq_verifier::{
    ceremony::CeremonyId,
    log::{Act, Entry, EntryOpening},
    poll::{KeyShare, Outcome, PollDefinition, PollId, PollShare, SealedBy, Sealing, SealingKey, SignedTally, Tally},
};

use super::{check, check_sealed};
use crate::fixture::{again, at, board, change, fault, insert, log, place, remove, reviewed, sealed};

fn poll(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut Sealing)) -> Option<u64> {
    change(log, "poll", nth, |act| {
        let Act::Poll(PollDefinition { sealing: Some(sealing), .. }) = act else { panic!() };
        edit(sealing);
    })
}

fn share(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut PollShare)) -> Option<u64> {
    change(log, "share", nth, |act| {
        let Act::Share(share) = act else { panic!() };
        edit(share);
    })
}

/// The nth entry of a kind once more, before an entry of another.
fn before(log: &mut SampleLog, kind: &str, nth: usize, other: (&str, usize)) -> Option<u64> {
    let (entry, index) = (log.entries[place(log, kind, nth)].clone(), place(log, other.0, other.1));
    insert(log, index, entry);
    Some(index as u64)
}

fn scope_of(log: &SampleLog, nth: usize) -> Scope {
    let Act::Poll(definition) = &log.entries[place(log, "poll", nth)].act else { panic!() };
    definition.scope(&log.deployment_id())
}

#[test]
fn a_poll_is_sealed_with_a_key_that_is_its_own() {
    const CODE: FaultCode = FaultCode::PollSealing;
    check_sealed(&[
        (FaultCode::PollDefinition, |log| poll(log, 0, |it| it.floor = 0)),
        (FaultCode::PollDefinition, |log| poll(log, 0, |it| it.reasons = 2001)),
        (FaultCode::PollDefinition, |log| poll(log, 0, |it| it.key = SealingKey::new([4; 33]))),
        // Above the order of the field.
        (CODE, |log| {
            let mut key = [0xff; 33];
            key[0] = 2;
            poll(log, 0, |it| it.key = SealingKey::new(key))
        }),
        (CODE, |log| poll(log, 1, |it| it.trustees = SealedBy::Ceremony(CeremonyId::new([1; 32])))),
        // It failed; it is not over.
        (CODE, |log| {
            let Act::Ceremony(failed) = log.entries[place(log, "ceremony", 0)].act.clone() else { panic!() };
            poll(log, 1, |it| it.trustees = SealedBy::Ceremony(failed.id()))
        }),
        (CODE, |log| {
            let Act::Ceremony(begun) = log.entries[place(log, "ceremony", 2)].act.clone() else { panic!() };
            poll(log, 1, |it| it.trustees = SealedBy::Ceremony(begun.id()))
        }),
        (CODE, |log| {
            poll(log, 1, |it| {
                let mut key = *it.key.as_bytes();
                key[0] ^= 1;
                it.key = SealingKey::new(key);
            })
        }),
        // One ceremony, one poll: shares are shown after the close.
        (CODE, |log| {
            let Act::Poll(PollDefinition { sealing, .. }) = log.entries[place(log, "poll", 1)].act.clone() else {
                panic!()
            };
            poll(log, 2, |it| *it = sealing.unwrap())
        }),
    ]);
    // The poll of a dispute follows from the claim, and nothing follows from a seal.
    let mut disputed = reviewed();
    let sealing = Sealing { trustees: SealedBy::Service, key: key(&sealed(), 0), floor: 1, reasons: 0 };
    let index = change(&mut disputed, "dispute", 0, |act| {
        let Act::Dispute { poll, .. } = act else { panic!() };
        poll.sealing = Some(sealing);
    });
    assert_eq!(fault(&disputed.bundle()), Some((index, FaultCode::DisputePoll)));
    assert_eq!(fault(&disputed.poll_bundle(PollId::new([2; 16]))), Some((index, CODE)));
}

fn key(log: &SampleLog, nth: usize) -> SealingKey {
    let Act::Poll(PollDefinition { sealing, .. }) = &log.entries[place(log, "poll", nth)].act else { panic!() };
    sealing.unwrap().key
}

#[test]
fn every_ballot_of_a_sealed_poll_is_equally_long() {
    for edit in [|body: &mut Vec<u8>| body.push(0), |body: &mut Vec<u8>| body.truncate(84)] {
        let mut log = sealed();
        let index = place(&log, "ballot", 0) as u64;
        let Some(EntryOpening::Ballot(opening)) = log.openings.get_mut(&index) else { panic!() };
        edit(&mut opening.body);
        let commitment = opening.commitment();
        change(&mut log, "ballot", 0, |act| {
            let Act::Ballot(ballot) = act else { panic!() };
            ballot.commitment = commitment;
        });
        assert_eq!(fault(&log.bundle()), Some((Some(index), FaultCode::Opening)));
    }
}

#[test]
fn a_share_is_shown_after_the_close_once_and_is_the_trustees() {
    check_sealed(&[
        (FaultCode::UnknownPoll, |log| share(log, 0, |it| it.scope = Scope::new(Fr::from(7_u64)))),
        (FaultCode::SharePlace, |log| before(log, "share", 0, ("close", 0))),
        (FaultCode::SharePlace, |log| {
            before(log, "share", 0, ("tally", 0));
            let (late, index) = (place(log, "share", 1), place(log, "tally", 0));
            log.entries.swap(late, index);
            Some(index as u64)
        }),
        // Below the floor nothing is shown.
        (FaultCode::SharePlace, |log| {
            let (scope, index) = (scope_of(log, 2), place(log, "tally", 2));
            let share = PollShare { scope, index: 1, share: KeyShare::new([1; 32]) };
            let at = log.entries[index].at;
            insert(log, index, Entry { at, act: Act::Share(share) });
            Some(index as u64)
        }),
        (FaultCode::Trustee, |log| share(log, 0, |it| it.index = 2)),
        (FaultCode::Trustee, |log| share(log, 1, |it| it.index = 4)),
        (FaultCode::Trustee, |log| share(log, 1, |it| it.index = 0)),
        (FaultCode::RepeatedShare, |log| again(log, "share", 0)),
        (FaultCode::RepeatedShare, |log| again(log, "share", 1)),
        (FaultCode::Share, |log| share(log, 0, |it| it.share = KeyShare::new([1; 32]))),
        (FaultCode::Share, |log| share(log, 1, |it| it.share = KeyShare::new([0; 32]))),
        (FaultCode::Share, |log| share(log, 1, |it| it.share = KeyShare::new([0xff; 32]))),
        // That of another trustee.
        (FaultCode::Share, |log| share(log, 1, |it| it.index = 2)),
    ]);
    check(&[(FaultCode::SharePlace, |log| {
        let (scope, index) = (scope_of(log, 0), place(log, "tally", 0));
        let share = PollShare { scope, index: 1, share: KeyShare::new([1; 32]) };
        let at = log.entries[index].at;
        insert(log, index, Entry { at, act: Act::Share(share) });
        Some(index as u64)
    })]);
}

/// The share of the trusted poll that a trustee has.
fn trustees_share(log: &SampleLog, index: u8) -> Act {
    let (deployment, scope) = (log.deployment_id(), scope_of(log, 1));
    let (made, round_1, round_2) = board(log, 1);
    let board = Board { deployment: &deployment, ceremony: &made, round_1: &round_1, round_2: &round_2 };
    let share = KeyShare::new(trustee(index).share(&board).expect("its shares are right"));
    Act::Share(PollShare { scope, index, share })
}

#[test]
fn fewer_trustees_than_the_threshold_open_nothing_and_any_others_the_same() {
    check_sealed(&[
        (FaultCode::TallyPlace, |log| {
            let gone = place(log, "share", 0);
            remove(log, gone);
            Some(place(log, "tally", 0) as u64)
        }),
        (FaultCode::TallyPlace, |log| {
            let gone = place(log, "share", 1);
            remove(log, gone);
            Some(place(log, "tally", 1) as u64)
        }),
    ]);
    for pair in [[1, 2], [2, 1], [3, 2]] {
        let mut log = sealed();
        for (nth, index) in [1, 2].into_iter().zip(pair) {
            let act = trustees_share(&log, index);
            change(&mut log, "share", nth, |share| *share = act);
        }
        assert_eq!(fault(&log.bundle()), None, "{pair:?}");
    }
    // One more does no harm.
    let mut log = sealed();
    let (index, act) = (place(&log, "tally", 1), trustees_share(&log, 2));
    let at = log.entries[index].at;
    insert(&mut log, index, Entry { at, act });
    moved(&mut log);
    assert_eq!(fault(&log.bundle()), None);
}

/// One entry more stands before the last epoch than it was sealed with.
fn moved(log: &mut SampleLog) {
    change(log, "epoch", 1, |act| {
        let Act::Epoch { before, .. } = act else { panic!() };
        *before += 1;
    });
}

fn tally(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut Tally)) -> Option<u64> {
    let service = log.service.clone();
    change(log, "tally", nth, |act| {
        let Act::Tally(signed) = act else { panic!() };
        edit(&mut signed.tally);
        *signed = SignedTally::sign(&service, signed.scope, signed.tally.clone());
    })
}

#[test]
fn the_tally_counts_what_the_shares_open_and_nothing_below_the_floor() {
    check_sealed(&[
        // What cannot be opened is spoiled, and is no abstention.
        (FaultCode::Tally, |log| tally(log, 0, |it| (it.spoiled, it.abstain) = (0, 1))),
        // Whoever sends somebody else's ballot has not voted like them.
        (FaultCode::Tally, |log| tally(log, 1, |it| (it.spoiled, it.options[0]) = (1, 2))),
        (FaultCode::Tally, |log| tally(log, 2, |it| it.options[0] = 1)),
        (FaultCode::Tally, |log| tally(log, 2, |it| it.spoiled = 1)),
        (FaultCode::Tally, |log| tally(log, 2, |it| it.voted = 0)),
        (FaultCode::Tally, |log| tally(log, 2, |it| it.outcome = Outcome::NoQuorum)),
        (FaultCode::Tally, |log| tally(log, 0, |it| it.outcome = Outcome::BelowFloor)),
        // A ballot that the service drops lowers the turnout below the floor.
        (FaultCode::SharePlace, |log| {
            for _ in 0..4 {
                let gone = place(log, "ballot", 3);
                remove(log, gone);
            }
            Some(place(log, "share", 1) as u64)
        }),
    ]);
}

#[test]
fn reasons_stand_behind_what_the_tally_brings_about_in_their_order() {
    check_sealed(&[
        (FaultCode::UnknownPoll, |log| {
            change(log, "reason", 0, |act| {
                let Act::Reason { scope, .. } = act else { panic!() };
                *scope = Scope::new(Fr::from(7_u64));
            })
        }),
        (FaultCode::ReasonPlace, |log| before(log, "reason", 0, ("tally", 1))),
        (FaultCode::ReasonPlace, |log| at(log, "reason", 0, |at| at + 1)),
        // Something else came in between.
        (FaultCode::ReasonPlace, |log| {
            let index = place(log, "reason", 1);
            let at = log.entries[index].at;
            insert(log, index, Entry { at, act: Act::Attestation { digest: [1; 32] } });
            Some(index as u64 + 1)
        }),
        // The poll takes none; it was below its floor.
        (FaultCode::ReasonPlace, |log| {
            let Act::Reason { reason, .. } = log.entries[place(log, "reason", 0)].act.clone() else { panic!() };
            let (scope, index) = (scope_of(log, 0), place(log, "tally", 0) + 1);
            let at = log.entries[index - 1].at;
            insert(log, index, Entry { at, act: Act::Reason { scope, reason } });
            Some(index as u64)
        }),
        (FaultCode::ReasonPlace, |log| {
            let (scope, index) = (scope_of(log, 2), place(log, "epoch", 1));
            let at = log.entries[index - 1].at;
            insert(log, index, Entry { at, act: Act::Reason { scope, reason: vec![0; 93] } });
            Some(index as u64)
        }),
        // Something that the tally brings about is missing.
        (FaultCode::Consequence, |log| {
            let index = place(log, "reason", 0);
            log.entries.swap(index - 1, index);
            Some(index as u64 - 1)
        }),
        (FaultCode::Reason, |log| reason(log, 0, |it| it.truncate(100))),
        (FaultCode::Reason, |log| reason(log, 0, |it| it.push(0))),
        (FaultCode::Reason, |log| {
            let index = place(log, "reason", 0);
            log.entries.swap(index, index + 1);
            Some(index as u64 + 1)
        }),
        // Four have voted.
        (FaultCode::Reason, |log| {
            again(log, "reason", 2);
            again(log, "reason", 3)
        }),
    ]);
    // Whether anybody can read them does not matter, nor whether two are equal.
    let mut log = sealed();
    reason(&mut log, 2, |it| it[70] ^= 1);
    again(&mut log, "reason", 2);
    moved(&mut log);
    assert_eq!(fault(&log.bundle()), None);
}

fn reason(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut Vec<u8>)) -> Option<u64> {
    change(log, "reason", nth, |act| {
        let Act::Reason { reason, .. } = act else { panic!() };
        edit(reason);
    })
}

#[test]
fn in_the_bundle_of_one_poll_shares_and_reasons_are_checked_as_well() {
    const POLL: PollId = PollId::new([2; 16]);
    let log = sealed();
    let own = log.places_of(POLL);
    let places = |kind: &str, nth| place(&log, kind, nth) as u64;
    let without = |gone: &[u64]| {
        let gone: BTreeSet<u64> = gone.iter().copied().collect();
        fault(&log.bundle_of(POLL, |index| own.contains(&index) && !gone.contains(&index)))
    };
    assert_eq!(without(&[places("share", 2)]), Some((Some(places("tally", 1)), FaultCode::TallyPlace)));
    assert_eq!(without(&[places("ballot", 4)]), Some((Some(places("tally", 1)), FaultCode::Tally)));
    // The rewards that stand between them are not in it.
    assert_eq!(without(&[]), None);
    // Nobody sees what is left out of the end.
    assert_eq!(without(&[places("reason", 1)]), None);
    let mut swapped = log.clone();
    let index = place(&swapped, "reason", 0);
    swapped.entries.swap(index, index + 1);
    assert_eq!(fault(&swapped.poll_bundle(POLL)), Some((Some(index as u64 + 1), FaultCode::Reason)));
    let mut early = log.clone();
    let index = before(&mut early, "reason", 0, ("tally", 1));
    assert_eq!(fault(&early.poll_bundle(POLL)), Some((index, FaultCode::ReasonPlace)));
}

#[test]
fn nothing_can_be_shown_of_a_poll_that_is_not_sealed() {
    let mut log = log();
    let (scope, index) = (scope_of(&log, 0), place(&log, "tally", 0) + 1);
    let at = log.entries[index - 1].at;
    insert(&mut log, index, Entry { at, act: Act::Reason { scope, reason: vec![0; 93] } });
    assert_eq!(fault(&log.bundle()), Some((Some(index as u64), FaultCode::ReasonPlace)));
}
