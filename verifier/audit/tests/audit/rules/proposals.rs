//! Polls that members propose, and polls that are withdrawn.

use aiq_audit::{FaultCode, sample::SampleLog};
use aiq_circuits::{Fr, identity::Nullifier, scope::Scope, statement::StatementId};
use aiq_verifier::{
    log::{Act, Entry},
    poll::{PollDefinition, PollId},
    proposal::{Proposal, ProposalKey, WithdrawnBy},
    sponsorship::Charter,
    verifying_key::KeyId,
};
use ed25519_dalek::SigningKey;

use super::check_governed;
use crate::fixture::{again, at, change, fault, governed, insert, place};

fn proposal(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut Proposal, &mut PollDefinition)) -> Option<u64> {
    change(log, "proposal", nth, |act| {
        let Act::Proposal { proposal, poll } = act else { panic!() };
        edit(proposal, poll);
    })
}

fn charter(log: &mut SampleLog, edit: impl FnOnce(&mut Charter)) -> Option<u64> {
    change(log, "charter", 0, |act| {
        let Act::Charter(charter) = act else { panic!() };
        edit(charter);
    })
}

#[test]
fn a_proposal_is_within_the_charter_and_the_member_stands_behind_every_word() {
    check_governed(&[
        (FaultCode::Proposal, |log| {
            charter(log, |it| it.proposers = None);
            Some(place(log, "proposal", 0) as u64)
        }),
        (FaultCode::Charter, |log| charter(log, |it| it.proposers.as_mut().unwrap().menu = "safety-3".into())),
        (FaultCode::Charter, |log| {
            charter(log, |it| it.governance.as_mut().unwrap().electorate = Some("safety-3".into()))
        }),
        (FaultCode::WithdrawalKey, |log| proposal(log, 0, |it, _| it.withdrawal_key = ProposalKey::new([0; 32]))),
        (FaultCode::Limit, |log| proposal(log, 0, |it, _| it.number = 2)),
        (FaultCode::StaleEpoch, |log| proposal(log, 0, |it, _| it.epoch = 1)),
        (FaultCode::PollDefinition, |log| proposal(log, 0, |_, poll| poll.announced_at -= 1)),
        (FaultCode::RepeatedPoll, |log| proposal(log, 1, |_, poll| poll.id = PollId::new([1; 16]))),
        (FaultCode::Presentation, |log| proposal(log, 0, |it, _| it.presentation.statement = StatementId::Membership)),
        (FaultCode::Presentation, |log| proposal(log, 0, |it, _| it.presentation.key_id = KeyId::new([1; 32]))),
        (FaultCode::Proof, |log| proposal(log, 0, |_, poll| poll.question.push('!'))),
        (FaultCode::Proof, |log| proposal(log, 0, |_, poll| poll.id = PollId::new([77; 16]))),
        (FaultCode::Proof, |log| proposal(log, 0, |_, poll| poll.closes_at += 1)),
        (FaultCode::Proof, |log| proposal(log, 0, |_, poll| poll.enactment = None)),
        (FaultCode::Proof, |log| {
            proposal(log, 0, |it, _| it.withdrawal_key = ProposalKey::of(&SigningKey::from_bytes(&[9; 32])))
        }),
        (FaultCode::Proof, |log| proposal(log, 0, |it, _| it.presentation.nullifier = Nullifier::new(Fr::from(7_u64)))),
        // The same member once more with the same number, for another poll.
        (FaultCode::RepeatedNullifier, |log| {
            let index = again(log, "proposal", 0);
            proposal(log, 1, |_, poll| poll.id = PollId::new([77; 16]));
            index
        }),
    ]);
}

#[test]
fn the_roots_of_a_proposed_poll_are_those_of_its_epoch() {
    let mut log = governed();
    let Act::Poll(old) = log.entries[place(&log, "poll", 0)].act.clone() else { panic!() };
    // A proposal in epoch 1 whose poll pins epoch 0.
    let Entry { at, act: Act::Proposal { proposal, poll: mut late } } = log.entries[place(&log, "proposal", 0)].clone()
    else {
        panic!()
    };
    let index = place(&log, "poll", 5);
    let moment = log.entries[index].at;
    let lasts = late.closes_at - at;
    let proposal = Proposal { epoch: 1, ..proposal };
    late.id = PollId::new([77; 16]);
    late.enactment = None;
    (late.announced_at, late.opens_at, late.closes_at) = (moment, moment + 10, moment + lasts);
    assert_eq!(late.roots, old.roots);
    insert(&mut log, index, Entry { at: moment, act: Act::Proposal { proposal, poll: late } });
    assert_eq!(fault(&log.bundle()), Some((Some(index as u64), FaultCode::PollRoots)));
}

fn withdrawal(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut Scope, &mut WithdrawnBy)) -> Option<u64> {
    change(log, "poll-withdrawal", nth, |act| {
        let Act::PollWithdrawal { scope, by } = act else { panic!() };
        edit(scope, by);
    })
}

#[test]
fn a_poll_is_withdrawn_before_it_opens_by_whoever_announced_it() {
    const UNKNOWN: FaultCode = FaultCode::UnknownPoll;
    check_governed(&[
        (UNKNOWN, |log| withdrawal(log, 0, |scope, _| *scope = Scope::new(Fr::from(7_u64)))),
        (FaultCode::PollWithdrawal, |log| withdrawal(log, 0, |_, by| *by = WithdrawnBy::Administrator {})),
        (FaultCode::PollWithdrawal, |log| {
            withdrawal(log, 1, |scope, by| *by = WithdrawnBy::sign(&SigningKey::from_bytes(&[9; 32]), scope))
        }),
        (FaultCode::PollWithdrawalSignature, |log| {
            withdrawal(log, 0, |scope, by| *by = WithdrawnBy::sign(&SigningKey::from_bytes(&[9; 32]), scope))
        }),
        (FaultCode::PollWithdrawalPlace, |log| again(log, "poll-withdrawal", 0)),
        (FaultCode::PollWithdrawalPlace, |log| at(log, "poll-withdrawal", 1, |at| at + 10)),
    ]);
}

/// What happens to a poll after it was withdrawn.
#[test]
fn nothing_happens_in_a_withdrawn_poll() {
    let good = governed();
    let Act::PollWithdrawal { scope, .. } = good.entries[place(&good, "poll-withdrawal", 1)].act else { panic!() };
    let Act::Join { join, .. } = good.entries[place(&good, "join", 0)].act.clone() else { panic!() };
    let index = place(&good, "poll-withdrawal", 1) + 1;
    let at = good.entries[index - 1].at;
    for (code, at, act) in
        [(FaultCode::OutsideTimes, at, Act::Join { scope, join }), (FaultCode::Close, at + 2_000, Act::Close { scope })]
    {
        let mut log = good.clone();
        insert(&mut log, index, Entry { at, act });
        assert_eq!(fault(&log.bundle()), Some((Some(index as u64), code)));
    }
}
