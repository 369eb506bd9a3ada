//! What an audit keeps while it reads.
#![allow(clippy::unwrap_used)]

use aiq_circuits::statement::StatementId;
use aiq_keys::KeyDir;
use aiq_verifier::{log::EnrolledBy, poll::Choice};

use super::{Options, decode, keys::Keys, log::Log};
use crate::{
    bundle::Reader,
    sample::{Deployment, SampleLog, Vote},
};

const POLLS: u8 = 5;

/// Polls one after the other, each with new members, joins and votes.
fn bundle() -> Vec<u8> {
    let keys = KeyDir::for_tests(&[StatementId::Membership]).unwrap();
    let mut here = Deployment::found(&keys, 2, 0, 0);
    for number in 1..=POLLS {
        here.wait(60);
        here.invite(1);
        here.enrol(EnrolledBy::Invitation);
        here.seal();
        let poll = here.announce(number, false);
        here.join(poll, 0);
        here.join(poll, number.into());
        here.wait(10);
        for seq in 0..20 {
            here.vote(poll, number.into(), seq, &Vote::For(Choice::Option(0)));
        }
        here.wait(1_000);
        here.close(poll);
    }
    here.into_log().bundle()
}

#[test]
fn what_is_kept_does_not_grow_with_the_polls_that_are_over() {
    let bundle = bundle();
    let (preamble, mut reader) = Reader::open(bundle.as_slice()).unwrap();
    let (options, keys) = (Options::default(), Keys::check(&preamble).unwrap());
    let mut log = Log::new(preamble.header, keys, preamble.checkpoint, &options);
    let (mut peak, mut peaks) = (0, Vec::new());
    while let Some(line) = reader.next_line().unwrap() {
        let item = decode::item(&line);
        let ends_a_poll = item.as_ref().is_some_and(|item| item.entry.as_ref().unwrap().act.kind() == "tally");
        log.entry(item).unwrap();
        peak = peak.max(log.kept());
        if ends_a_poll {
            log.settle().unwrap();
            assert_eq!(log.kept(), 0);
            peaks.push(std::mem::take(&mut peak));
        }
    }
    assert_eq!(log.finish(), Ok(()));
    // Two voters, two proofs and twenty signatures that wait to be checked.
    assert_eq!(peaks, [24; POLLS as usize]);
}

#[test]
fn what_is_kept_of_a_claim_ends_with_its_ruling() {
    let keys = KeyDir::for_tests(&[StatementId::Membership, StatementId::Standing3, StatementId::Merge6]).unwrap();
    let bundle = SampleLog::reviewed(&keys).bundle();
    let (preamble, mut reader) = Reader::open(bundle.as_slice()).unwrap();
    let (options, keys) = (Options::default(), Keys::check(&preamble).unwrap());
    let mut log = Log::new(preamble.header, keys, preamble.checkpoint, &options);
    while let Some(line) = reader.next_line().unwrap() {
        log.entry(decode::item(&line)).unwrap();
    }
    log.settle().unwrap();
    assert_eq!(log.finish(), Ok(()));
    // The claimant and one review, with its nullifier, of the claim that is open.
    assert_eq!(log.kept(), 3);
}
