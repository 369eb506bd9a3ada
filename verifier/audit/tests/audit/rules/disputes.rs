//! Disputes, and the polls that they open.

use aiq_audit::{FaultCode, sample::SampleLog};
use aiq_circuits::{Fr, identity::Nullifier, statement::StatementId};
use aiq_verifier::{
    claim::ClaimId,
    dispute::Dispute,
    eligibility::Eligibility,
    log::{Act, Entry},
    poll::{PollDefinition, PollId},
    verifying_key::KeyId,
};

use super::{check_reviewed, claims::made};
use crate::fixture::{again, change, fault, insert, place, reviewed};

fn dispute(
    log: &mut SampleLog,
    nth: usize,
    edit: impl FnOnce(&mut ClaimId, &mut Dispute, &mut PollDefinition),
) -> Option<u64> {
    change(log, "dispute", nth, |act| {
        let Act::Dispute { claim, dispute, poll } = act else { panic!() };
        edit(claim, dispute, poll);
    })
}

#[test]
fn a_dispute_is_of_a_decided_claim_one_at_a_time_with_reasons() {
    check_reviewed(&[
        (FaultCode::UnknownClaim, |log| dispute(log, 0, |claim, _, _| *claim = ClaimId::new([1; 32]))),
        (FaultCode::Dispute, |log| dispute(log, 0, |_, it, _| it.reasons.clear())),
        (FaultCode::Dispute, |log| dispute(log, 0, |_, it, _| it.reasons = "x".repeat(8_001))),
        // Expired.
        (FaultCode::DisputePlace, |log| {
            let expired = made(log, 2).claim.id();
            dispute(log, 0, |claim, _, _| *claim = expired)
        }),
        // Open.
        (FaultCode::DisputePlace, |log| {
            let open = made(log, 3).claim.id();
            dispute(log, 0, |claim, _, _| *claim = open)
        }),
        // Revoked.
        (FaultCode::DisputePlace, |log| {
            let renewed = made(log, 0).claim.id();
            dispute(log, 1, |claim, _, _| *claim = renewed)
        }),
        (FaultCode::DisputePlace, |log| again(log, "dispute", 0)),
        (FaultCode::StaleEpoch, |log| dispute(log, 0, |_, it, _| it.epoch = 0)),
        (FaultCode::Presentation, |log| {
            dispute(log, 0, |_, it, _| it.presentation.statement = StatementId::Membership)
        }),
        (FaultCode::Presentation, |log| dispute(log, 0, |_, it, _| it.presentation.key_id = KeyId::new([1; 32]))),
        (FaultCode::Proof, |log| dispute(log, 0, |_, it, _| it.reasons.push('!'))),
        (FaultCode::Proof, |log| {
            dispute(log, 0, |_, it, _| it.presentation.nullifier = Nullifier::new(Fr::from(7_u64)))
        }),
    ]);
}

#[test]
fn it_opens_the_poll_that_follows_and_no_other_poll_overturns_anything() {
    check_reviewed(&[
        (FaultCode::DisputePoll, |log| dispute(log, 0, |_, _, it| it.decision.quorum -= 1)),
        (FaultCode::DisputePoll, |log| dispute(log, 0, |_, _, it| it.eligibility = Eligibility::Membership)),
        (FaultCode::DisputePoll, |log| dispute(log, 0, |_, _, it| it.closes_at -= 1)),
        (FaultCode::DisputePoll, |log| dispute(log, 0, |_, _, it| it.question.push('?'))),
        (FaultCode::DisputePoll, |log| dispute(log, 0, |_, _, it| it.enactment = None)),
        (FaultCode::DisputePoll, |log| {
            let old = made(log, 0).claim.roots;
            dispute(log, 0, |_, _, it| it.roots = old)
        }),
        (FaultCode::RepeatedPoll, |log| dispute(log, 1, |_, _, it| it.id = PollId::new([2; 16]))),
        (FaultCode::PollEnactment, |log| {
            let Act::Dispute { poll, .. } = &log.entries[place(log, "dispute", 0)].act else { panic!() };
            let enactment = poll.enactment.clone();
            change(log, "poll", 0, |act| {
                let Act::Poll(definition) = act else { panic!() };
                definition.enactment = enactment;
            })
        }),
    ]);
}

/// A member disputes a claim once in an epoch, though the dispute before is over.
#[test]
fn nobody_disputes_the_same_claim_twice_in_an_epoch() {
    let mut log = reviewed();
    let Act::Dispute { claim, dispute, poll } = log.entries[place(&log, "dispute", 0)].act.clone() else { panic!() };
    let index = place(&log, "epoch", 2);
    let at = log.entries[index].at;
    let window = poll.closes_at - poll.opens_at;
    let id = PollId::new([9; 16]);
    let poll = PollDefinition { id, announced_at: at, opens_at: at, closes_at: at + window, ..*poll };
    let act = Act::Dispute { claim, dispute, poll: Box::new(poll) };
    insert(&mut log, index, Entry { at, act });
    assert_eq!(fault(&log.bundle()), Some((Some(index as u64), FaultCode::RepeatedNullifier)));
}

/// In the bundle of its poll a dispute is checked as far as that goes without the claim.
#[test]
fn the_poll_of_a_dispute_stands_alone() {
    const POLL: PollId = PollId::new([2; 16]);
    let broken = |edit: fn(&mut Dispute, &mut PollDefinition)| {
        let mut log = reviewed();
        let index = dispute(&mut log, 0, |_, it, poll| edit(it, poll));
        let found = fault(&log.poll_bundle(POLL)).expect("found");
        assert_eq!(found.0, index);
        found.1
    };
    assert_eq!(fault(&reviewed().poll_bundle(POLL)), None);
    assert_eq!(broken(|it, _| it.reasons.clear()), FaultCode::Dispute);
    assert_eq!(broken(|it, _| it.reasons.push('!')), FaultCode::Proof);
    assert_eq!(broken(|it, _| it.presentation.statement = StatementId::Membership), FaultCode::Presentation);
    assert_eq!(broken(|_, it| it.question.clear()), FaultCode::PollDefinition);
    assert_eq!(broken(|_, it| it.roots.epoch = 0), FaultCode::PollRoots);
    let as_of = |it: &mut PollDefinition| {
        let Eligibility::Standing { requirement, .. } = &mut it.eligibility else { panic!() };
        requirement.as_of += 1;
    };
    let mut log = reviewed();
    let index = dispute(&mut log, 0, |_, _, it| as_of(it));
    assert_eq!(fault(&log.poll_bundle(POLL)), Some((index, FaultCode::PollEligibility)));

    let log = reviewed();
    let own = log.places_of(POLL);
    for (kind, nth) in [
        ("dispute", 1),
        ("standard", 0),
        ("sponsorship", 0),
        ("claim", 0),
        ("recusal", 0),
        ("review", 0),
        ("ruling", 0),
        ("grant", 6),
        ("revocation", 0),
        ("merge", 0),
    ] {
        let stranger = place(&log, kind, nth) as u64;
        let bundle = log.bundle_of(POLL, |index| own.contains(&index) || index == stranger);
        assert_eq!(fault(&bundle), Some((Some(stranger), FaultCode::Foreign)), "{kind}");
    }
}
