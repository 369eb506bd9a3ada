//! Reviews and rulings.

use aiq_audit::{FaultCode, sample::SampleLog};
use aiq_circuits::{Fr, identity::Nullifier, scope::Scope, statement::StatementId};
use aiq_verifier::{
    log::{Act, EntryOpening},
    review::{CommittedReview, ReviewOpening, Ruling, RulingOutcome, Verdict},
    verifying_key::KeyId,
};

use super::{check_reviewed, claims::made};
use crate::fixture::{again, at, change, fault, insert, place, remove, reviewed};

fn review(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut Scope, &mut CommittedReview)) -> Option<u64> {
    change(log, "review", nth, |act| {
        let Act::Review { scope, review } = act else { panic!() };
        edit(scope, review);
    })
}

/// The nth review.
fn written(log: &SampleLog, nth: usize) -> CommittedReview {
    let Act::Review { review, .. } = &log.entries[place(log, "review", nth)].act else { panic!() };
    review.clone()
}

/// Changes what the nth review is opened to; with the commitment, if `committed`.
fn opening(log: &mut SampleLog, nth: usize, committed: bool, edit: fn(&mut ReviewOpening)) -> Option<u64> {
    let index = place(log, "review", nth) as u64;
    let Some(EntryOpening::Review(opening)) = log.openings.get_mut(&index) else { panic!() };
    edit(opening);
    let commitment = opening.commitment();
    if committed { review(log, nth, |_, it| it.commitment = commitment) } else { Some(index) }
}

/// Row 20.
#[test]
fn a_review_is_by_somebody_else_once_while_the_claim_is_open() {
    check_reviewed(&[
        (FaultCode::UnknownClaim, |log| review(log, 0, |scope, _| *scope = Scope::new(Fr::from(7_u64)))),
        (FaultCode::OutsideTimes, |log| at(log, "review", 0, |at| at - 11)),
        // The first second in which nothing is taken.
        (FaultCode::OutsideTimes, |log| at(log, "review", 0, |at| at + 990)),
        // In time by its own word, but behind the ruling.
        (FaultCode::OutsideTimes, |log| {
            let late = remove(log, place(log, "review", 4));
            let Act::Review { scope: dataset, .. } = late.act else { panic!() };
            let index = place(log, "ruling", 2);
            let Act::Ruling { scope, ruling } = &mut log.entries[index].act else { panic!() };
            assert_eq!(*scope, dataset);
            (ruling.reject, ruling.outcome) = (1, RulingOutcome::Expired);
            for _ in 0..2 {
                remove(log, index + 1);
            }
            insert(log, index + 1, late);
            Some(index as u64 + 1)
        }),
        (FaultCode::Presentation, |log| review(log, 0, |_, it| it.presentation.statement = StatementId::Membership)),
        (FaultCode::Presentation, |log| review(log, 0, |_, it| it.presentation.key_id = KeyId::new([1; 32]))),
        (FaultCode::RepeatedNullifier, |log| again(log, "review", 0)),
        // Of one's own work: the claimant's nullifier is used with the claim.
        (FaultCode::RepeatedNullifier, |log| {
            let own = made(log, 0).presentation.nullifier;
            review(log, 1, |_, it| it.presentation.nullifier = own)
        }),
        // By a co-author.
        (FaultCode::RepeatedNullifier, |log| {
            let Act::Recusal { presentation, .. } = &log.entries[place(log, "recusal", 0)].act else { panic!() };
            let nullifier = presentation.nullifier;
            review(log, 1, |_, it| it.presentation.nullifier = nullifier)
        }),
        (FaultCode::Tag, |log| {
            let tag = written(log, 0).presentation.tag;
            review(log, 1, |_, it| it.presentation.tag = tag)
        }),
        (FaultCode::Tag, |log| {
            let tag = made(log, 0).claim.tag;
            review(log, 1, |_, it| it.presentation.tag = tag)
        }),
        (FaultCode::Proof, |log| review(log, 0, |_, it| it.presentation.nullifier = Nullifier::new(Fr::from(7_u64)))),
        // The proof of another review of the same claim.
        (FaultCode::Proof, |log| {
            let other = written(log, 2).presentation.proof;
            review(log, 1, |_, it| it.presentation.proof = other)
        }),
    ]);
}

#[test]
fn a_review_is_opened_to_what_it_committed_to() {
    check_reviewed(&[
        (FaultCode::Opening, |log| opening(log, 0, false, |it| it.verdict = Verdict::Accept)),
        (FaultCode::Opening, |log| opening(log, 0, false, |it| it.comment.push('.'))),
        (FaultCode::Opening, |log| opening(log, 0, true, |it| it.comment = "\u{202e}".into())),
        (FaultCode::Opening, |log| opening(log, 0, true, |it| it.comment = "x".repeat(8_001))),
        // A review's for a ballot, a ballot's for a review, and one for neither.
        (FaultCode::Opening, |log| {
            let (from, to) = (place(log, "review", 0) as u64, place(log, "ballot", 0) as u64);
            let opening = log.openings[&from].clone();
            log.openings.insert(to, opening);
            Some(to)
        }),
        (FaultCode::Opening, |log| {
            let (from, to) = (place(log, "ballot", 0) as u64, place(log, "review", 0) as u64);
            let opening = log.openings[&from].clone();
            log.openings.insert(to, opening);
            Some(to)
        }),
        (FaultCode::Opening, |log| {
            let opening = log.openings[&(place(log, "review", 0) as u64)].clone();
            let index = place(log, "recusal", 0) as u64;
            log.openings.insert(index, opening);
            Some(index)
        }),
        // The verdict is what the proof committed to.
        (FaultCode::Proof, |log| opening(log, 0, true, |it| it.verdict = Verdict::Accept)),
        (FaultCode::OpeningMissing, |log| {
            let index = place(log, "review", 2) as u64;
            log.openings.remove(&index).map(|_| index)
        }),
        (FaultCode::OpeningMissing, |log| {
            let index = place(log, "review", 3) as u64;
            log.openings.remove(&index).map(|_| index)
        }),
    ]);
}

fn ruling(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut Scope, &mut Ruling)) -> Option<u64> {
    change(log, "ruling", nth, |act| {
        let Act::Ruling { scope, ruling } = act else { panic!() };
        edit(scope, ruling);
    })
}

#[test]
fn a_claim_is_decided_once_when_its_time_is_over_and_by_its_reviews() {
    check_reviewed(&[
        (FaultCode::UnknownClaim, |log| ruling(log, 0, |scope, _| *scope = Scope::new(Fr::from(7_u64)))),
        // The last second in which reviews are taken.
        (FaultCode::RulingPlace, |log| at(log, "ruling", 0, |at| at - 21)),
        // An expired claim has nothing behind its ruling.
        (FaultCode::RulingPlace, |log| again(log, "ruling", 1)),
        (FaultCode::Ruling, |log| ruling(log, 0, |_, it| it.accept += 1)),
        (FaultCode::Ruling, |log| ruling(log, 0, |_, it| it.outcome = RulingOutcome::Rejected)),
        (FaultCode::Ruling, |log| ruling(log, 1, |_, it| it.outcome = RulingOutcome::Accepted)),
        (FaultCode::Ruling, |log| ruling(log, 1, |_, it| it.abstain = 0)),
        // A review that the service drops.
        (FaultCode::Ruling, |log| {
            let gone = place(log, "review", 2);
            remove(log, gone);
            Some(place(log, "ruling", 0) as u64)
        }),
    ]);
}

/// Every credential has its quorum of valid reviews: one that has less is named, whatever its ruling says.
#[test]
fn no_credential_comes_of_less_than_the_quorum() {
    let mut log = reviewed();
    let gone = place(&log, "review", 2);
    remove(&mut log, gone);
    ruling(&mut log, 0, |_, it| *it = Ruling { accept: 1, reject: 0, abstain: 0, outcome: RulingOutcome::Expired });
    let next = place(&log, "ruling", 0) as u64 + 1;
    assert_eq!(fault(&log.bundle()), Some((Some(next), FaultCode::Consequence)));
}
