//! Polls, joins, ballots, closes and tallies.

use aiq_audit::{FaultCode, sample::SampleLog};
use aiq_circuits::{
    Fr,
    identity::{Nullifier, OwnerTag},
    scope::Scope,
    statement::StatementId,
    tree::MembersRoot,
};
use aiq_verifier::{
    eligibility::Eligibility,
    log::{Act, EntryOpening},
    poll::{BallotKey, CommittedBallot, Join, Lead, Opening, Outcome, PollDefinition, SignedTally},
    service_key::Signature,
    verifying_key::KeyId,
};
use ed25519_dalek::SigningKey;

use super::check;
use crate::fixture::{change, fault, insert, log, place, remove};

fn poll(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut PollDefinition)) -> Option<u64> {
    change(log, "poll", nth, |act| {
        let Act::Poll(definition) = act else { panic!() };
        edit(definition);
    })
}

fn requirement(log: &mut SampleLog, edit: fn(&mut StatementId, &mut u32, &mut u32, &mut String)) -> Option<u64> {
    poll(log, 1, |it| {
        let Eligibility::Standing { statement, requirement, menu } = &mut it.eligibility else { panic!() };
        edit(statement, &mut requirement.min_weight, &mut requirement.as_of, menu);
    })
}

#[test]
fn a_poll_is_valid_new_and_pins_what_is_in_the_log() {
    check(&[
        (FaultCode::PollDefinition, |log| poll(log, 0, |it| it.question.clear())),
        (FaultCode::PollDefinition, |log| poll(log, 0, |it| it.options.truncate(1))),
        (FaultCode::PollDefinition, |log| poll(log, 0, |it| it.options[1] = format!(" {} ", it.options[0]))),
        (FaultCode::PollDefinition, |log| poll(log, 0, |it| it.closes_at = it.opens_at)),
        (FaultCode::PollDefinition, |log| poll(log, 0, |it| it.announced_at -= 1)),
        (FaultCode::RepeatedPoll, |log| {
            let Act::Poll(first) = &log.entries[place(log, "poll", 0)].act else { panic!() };
            let id = first.id;
            poll(log, 1, |it| it.id = id)
        }),
        (FaultCode::PollRoots, |log| poll(log, 0, |it| it.roots.members_root = MembersRoot::new(Fr::from(7_u64)))),
        // Epoch 1 is not sealed yet when the first poll is announced.
        (FaultCode::PollRoots, |log| {
            let Act::Poll(second) = &log.entries[place(log, "poll", 1)].act else { panic!() };
            let roots = second.roots;
            poll(log, 0, |it| it.roots = roots)
        }),
        (FaultCode::PollRoots, |log| poll(log, 1, |it| it.roots.epoch = 0)),
        (FaultCode::PollEligibility, |log| requirement(log, |_, weight, _, _| *weight -= 1)),
        (FaultCode::PollEligibility, |log| requirement(log, |_, _, as_of, _| *as_of -= 1)),
        (FaultCode::PollEligibility, |log| requirement(log, |_, _, _, menu| *menu = "safety-3".into())),
        (FaultCode::PollEligibility, |log| requirement(log, |statement, _, _, _| *statement = StatementId::Standing8)),
        (FaultCode::PollKey, |log| poll(log, 0, |it| it.key_id = KeyId::new([1; 32]))),
        (FaultCode::PollKey, |log| {
            log.keys.pop();
            Some(place(log, "poll", 1) as u64)
        }),
        (FaultCode::PollKey, |log| {
            let id = log.keys[1].id();
            poll(log, 0, |it| it.key_id = id)
        }),
    ]);
}

fn join(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut Scope, &mut Join)) -> Option<u64> {
    change(log, "join", nth, |act| {
        let Act::Join { scope, join } = act else { panic!() };
        edit(scope, join);
    })
}

fn at(log: &mut SampleLog, kind: &str, nth: usize, at: u32) -> Option<u64> {
    let index = place(log, kind, nth);
    log.entries[index].at = at;
    Some(index as u64)
}

/// When a poll is announced, opens and closes.
fn times(log: &SampleLog, nth: usize) -> (u32, u32, u32) {
    let Act::Poll(poll) = &log.entries[place(log, "poll", nth)].act else { panic!() };
    (poll.announced_at, poll.opens_at, poll.closes_at)
}

#[test]
fn a_join_is_for_a_poll_that_takes_it_by_someone_who_has_not_joined() {
    check(&[
        (FaultCode::UnknownPoll, |log| join(log, 0, |scope, _| *scope = Scope::new(Fr::from(7_u64)))),
        (FaultCode::OutsideTimes, |log| at(log, "join", 0, times(log, 0).0 - 1)),
        (FaultCode::OutsideTimes, |log| at(log, "join", 0, times(log, 0).2)),
        // In time by its own word, but behind the close.
        (FaultCode::OutsideTimes, |log| {
            let late = remove(log, place(log, "join", 1));
            let index = place(log, "close", 0) + 1;
            // Its ballot goes too: that one would be noticed first.
            let ballot = place(log, "ballot", 1);
            remove(log, ballot);
            insert(log, index - 1, late);
            Some(index as u64 - 1)
        }),
        (FaultCode::Presentation, |log| join(log, 0, |_, it| it.presentation.statement = StatementId::Standing3)),
        (FaultCode::Presentation, |log| join(log, 0, |_, it| it.presentation.key_id = KeyId::new([1; 32]))),
        (FaultCode::BallotKey, |log| join(log, 0, |_, it| it.ballot_key = BallotKey::new([0; 32]))),
        (FaultCode::BallotKey, |log| join(log, 0, |_, it| it.ballot_key = BallotKey::new([2; 32]))),
        (FaultCode::RepeatedJoin, |log| {
            let index = place(log, "join", 0);
            let again = log.entries[index].clone();
            insert(log, index + 1, again);
            Some(index as u64 + 1)
        }),
    ]);
}

#[test]
fn a_proof_holds_for_what_the_log_says_and_nothing_else() {
    check(&[
        (FaultCode::Proof, |log| join(log, 0, |_, it| it.presentation.nullifier = Nullifier::new(Fr::from(7_u64)))),
        (FaultCode::Proof, |log| join(log, 2, |_, it| it.presentation.tag = OwnerTag::new(Fr::from(7_u64)))),
        (FaultCode::Proof, |log| {
            join(log, 3, |_, it| it.ballot_key = BallotKey::of(&SigningKey::from_bytes(&[1; 32])))
        }),
        (FaultCode::Proof, |log| {
            let Act::Join { join: other, .. } = log.entries[place(log, "join", 1)].act.clone() else { panic!() };
            join(log, 0, |_, it| it.presentation.proof = other.presentation.proof)
        }),
        // The proof of one poll in another one.
        (FaultCode::Proof, |log| {
            let Act::Join { join: other, .. } = log.entries[place(log, "join", 0)].act.clone() else { panic!() };
            join(log, 4, |_, it| *it = other)
        }),
    ]);
}

#[test]
fn of_several_faults_the_first_is_named_though_proofs_are_checked_in_batches() {
    let break_proof = |log: &mut SampleLog, nth| {
        join(log, nth, |_, it| it.presentation.tag = OwnerTag::new(Fr::from(7_u64)));
    };
    let mut log = log();
    break_proof(&mut log, 3);
    let index = |log: &SampleLog, nth| place(log, "join", nth) as u64;
    assert_eq!(fault(&log.bundle()), Some((Some(index(&log, 3)), FaultCode::Proof)));
    break_proof(&mut log, 1);
    assert_eq!(fault(&log.bundle()), Some((Some(index(&log, 1)), FaultCode::Proof)));
    // A later entry that breaks a rule at once, and a signature that does not hold.
    at(&mut log, "close", 0, 0);
    assert_eq!(fault(&log.bundle()), Some((Some(index(&log, 1)), FaultCode::Proof)));
    let bundle = log.bundle();
    assert_eq!(fault(&bundle[..bundle.len() - 1]), Some((Some(index(&log, 1)), FaultCode::Proof)));
    // An earlier entry that breaks a rule at once.
    at(&mut log, "join", 0, 0);
    assert_eq!(fault(&log.bundle()), Some((Some(index(&log, 0)), FaultCode::OutsideTimes)));
}

fn ballot(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut CommittedBallot)) -> Option<u64> {
    change(log, "ballot", nth, |act| {
        let Act::Ballot(ballot) = act else { panic!() };
        edit(ballot);
    })
}

/// Changes an opening, and the commitment with it.
fn opening(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut Opening)) -> Option<u64> {
    let index = place(log, "ballot", nth) as u64;
    let Some(EntryOpening::Ballot(opening)) = log.openings.get_mut(&index) else { panic!() };
    edit(opening);
    let commitment = opening.commitment();
    ballot(log, nth, |it| it.commitment = commitment)
}

#[test]
fn a_ballot_is_by_someone_who_joined_in_time_and_above_the_last() {
    check(&[
        (FaultCode::UnknownPoll, |log| ballot(log, 0, |it| it.scope = Scope::new(Fr::from(7_u64)))),
        (FaultCode::NotJoined, |log| ballot(log, 0, |it| it.nullifier = Nullifier::new(Fr::from(7_u64)))),
        (FaultCode::OutsideTimes, |log| at(log, "ballot", 0, times(log, 0).1 - 1)),
        (FaultCode::OutsideTimes, |log| at(log, "ballot", 0, times(log, 0).2)),
        (FaultCode::OutsideTimes, |log| {
            let late = remove(log, place(log, "ballot", 0));
            let index = place(log, "close", 0) + 1;
            insert(log, index, late);
            Some(index as u64)
        }),
        // The first voter's second ballot is the third in the log.
        (FaultCode::Sequence, |log| ballot(log, 2, |it| it.seq = 1)),
        (FaultCode::Sequence, |log| ballot(log, 2, |it| it.seq = 0)),
        (FaultCode::Sequence, |log| {
            let index = place(log, "ballot", 0);
            let (again, opening) = (log.entries[index].clone(), log.openings[&(index as u64)].clone());
            insert(log, index + 1, again);
            log.openings.insert(index as u64 + 1, opening);
            Some(index as u64 + 1)
        }),
    ]);
}

#[test]
fn a_ballot_is_opened_to_what_it_committed_to_and_signed() {
    check(&[
        (FaultCode::Opening, |log| {
            let index = place(log, "ballot", 1) as u64;
            let Some(EntryOpening::Ballot(opening)) = log.openings.get_mut(&index) else { panic!() };
            opening.body = vec![0];
            Some(index)
        }),
        (FaultCode::Opening, |log| opening(log, 1, |it| it.body = vec![0; 4097])),
        (FaultCode::Opening, |log| {
            let opening = log.openings[&(place(log, "ballot", 0) as u64)].clone();
            let index = place(log, "attestation", 0) as u64;
            log.openings.insert(index, opening);
            Some(index)
        }),
        (FaultCode::BallotSignature, |log| opening(log, 1, |it| it.body = vec![0])),
        (FaultCode::BallotSignature, |log| opening(log, 1, |it| it.signature = Signature::new([0; 64]))),
        (FaultCode::BallotSignature, |log| ballot(log, 0, |it| it.seq += 1)),
        // A superseded ballot has to be opened too.
        (FaultCode::OpeningMissing, |log| {
            let index = place(log, "ballot", 0) as u64;
            log.openings.remove(&index).map(|_| index)
        }),
        (FaultCode::OpeningMissing, |log| {
            let places = [0, 1, 2].map(|nth| place(log, "ballot", nth) as u64);
            log.openings.retain(|index, _| !places.contains(index));
            Some(places[0])
        }),
    ]);
}

fn tally(log: &mut SampleLog, edit: impl FnOnce(&mut SignedTally)) -> Option<u64> {
    change(log, "tally", 0, |act| {
        let Act::Tally(signed) = act else { panic!() };
        edit(signed);
    })
}

fn signed_tally(log: &mut SampleLog, edit: impl FnOnce(&mut aiq_verifier::poll::Tally)) -> Option<u64> {
    let service = log.service.clone();
    tally(log, |signed| {
        edit(&mut signed.tally);
        *signed = SignedTally::sign(&service, signed.scope, signed.tally.clone());
    })
}

#[test]
fn a_poll_is_closed_once_and_in_time_then_counted_once_and_right() {
    check(&[
        (FaultCode::UnknownPoll, |log| {
            change(log, "close", 0, |act| *act = Act::Close { scope: Scope::new(Fr::from(7_u64)) })
        }),
        (FaultCode::Close, |log| at(log, "close", 0, times(log, 0).2 - 1)),
        (FaultCode::Close, |log| {
            let index = place(log, "close", 0);
            let again = log.entries[index].clone();
            insert(log, index + 1, again);
            Some(index as u64 + 1)
        }),
        (FaultCode::Close, |log| {
            let index = place(log, "tally", 0);
            let again = log.entries[place(log, "close", 0)].clone();
            insert(log, index + 1, again);
            Some(index as u64 + 1)
        }),
        (FaultCode::UnknownPoll, |log| {
            let service = log.service.clone();
            tally(log, |it| *it = SignedTally::sign(&service, Scope::new(Fr::from(7_u64)), it.tally.clone()))
        }),
        (FaultCode::TallyPlace, |log| {
            let gone = place(log, "close", 0);
            remove(log, gone);
            Some(place(log, "tally", 0) as u64)
        }),
        (FaultCode::TallyPlace, |log| {
            let index = place(log, "tally", 0);
            let again = log.entries[index].clone();
            insert(log, index + 1, again);
            Some(index as u64 + 1)
        }),
        (FaultCode::TallySignature, |log| tally(log, |it| it.tally.abstain += 1)),
        (FaultCode::Tally, |log| signed_tally(log, |it| it.abstain += 1)),
        (FaultCode::Tally, |log| signed_tally(log, |it| it.options.swap(0, 2))),
        (FaultCode::Tally, |log| signed_tally(log, |it| it.options.push(0))),
        (FaultCode::Tally, |log| signed_tally(log, |it| (it.options[2], it.spoiled) = (2, 0))),
        (FaultCode::Tally, |log| signed_tally(log, |it| it.joined += 1)),
        (FaultCode::Tally, |log| signed_tally(log, |it| it.outcome = Outcome::NoQuorum)),
        (FaultCode::Tally, |log| {
            signed_tally(log, |it| it.outcome = Outcome::Winner(Lead { option: 2, tied: true, support: 1, of: 1 }))
        }),
        // The other of two equal options, against the lot.
        (FaultCode::Tally, |log| {
            let service = log.service.clone();
            change(log, "tally", 1, |act| {
                let Act::Tally(signed) = act else { panic!() };
                let Outcome::Winner(lead) = &mut signed.tally.outcome else { panic!() };
                lead.option = 2 - lead.option;
                *signed = SignedTally::sign(&service, signed.scope, signed.tally.clone());
            })
        }),
        // A ballot that the service drops, and a join that it drops, change what has to come out.
        (FaultCode::Tally, |log| {
            let gone = place(log, "ballot", 2);
            remove(log, gone);
            Some(place(log, "tally", 0) as u64)
        }),
        (FaultCode::Tally, |log| {
            for (kind, nth) in [("ballot", 1), ("join", 1)] {
                let gone = place(log, kind, nth);
                remove(log, gone);
            }
            Some(place(log, "tally", 0) as u64)
        }),
    ]);
}
