#![allow(clippy::unwrap_used)]
use aiq_circuits::identity::OwnerTag;
use aiq_circuits::statement::StatementId;
use aiq_sealing::ballot::{open_ballot, open_reason};
use aiq_server::api::{CeremonyView, Code, PollView};
use aiq_verifier::ceremony::CeremonyState;
use aiq_verifier::poll::{BallotKey, Choice, Join, PollId, SignedTally, Tally};
use aiq_verifier::presentation::Presentation;
use aiq_verifier::proof::Proof;

use super::*;
use crate::fake::sealed::{NAMES, REASONS, secret};
use crate::fake::{Fake, key};
use crate::member::{Member, OwnVote, PublishedPoll, Refusal};
use crate::wallet::Wallet;
use crate::wallet::state::{Origin, PollRecord};

const NO: Choice = Choice::Option(1);

/// A member who has joined; the proof is any three points, nobody looks at it here.
fn joined(fake: &Fake, poll: &PollView) -> Member {
    let mut member = Member::connect(Wallet::in_memory(), fake.client(), None).unwrap();
    let verifying = aiq_keys::public_seed_verifying_key(StatementId::Membership).unwrap();
    let points = verifying.to_bytes();
    let presentation = Presentation {
        statement: StatementId::Membership,
        key_id: verifying.id(),
        nullifier: member.identity.nullifier(&poll.scope),
        tag: OwnerTag::new(1_u8.into()),
        proof: Proof::from_bytes(&[&points[..96], &points[..32]].concat()).unwrap(),
    };
    let join = Join { presentation, ballot_key: BallotKey::of(&member.wallet.ballot_key(&poll.scope)) };
    let record = PollRecord::new(poll, Origin::Administrator, join);
    member.record(|deployment| deployment.polls.insert(poll.definition.id, record)).unwrap();
    member
}

fn fault(outcome: Result<Openers, SealingFault>) -> SealingFault {
    outcome.unwrap_err()
}

fn published(fake: &Fake, poll: PollView) -> PublishedPoll {
    let shown = fake.shown();
    let ballots: Vec<_> = shown.ballots.iter().map(|(ballot, _)| ballot.clone()).collect();
    let mut reasons: Vec<_> = shown.ballots.iter().filter_map(|(_, reason)| reason.clone()).collect();
    reasons.sort();
    let tally = Tally {
        options: vec![0, 1],
        abstain: 0,
        spoiled: 0,
        joined: 1,
        voted: 1,
        outcome: aiq_verifier::poll::Outcome::NoSupport,
    };
    let signed = SignedTally::sign(&key(), poll.scope, tally);
    PublishedPoll { poll, signed, joins: Vec::new(), ballots, ceremony: shown.ceremony.clone(), reasons }
}

#[test]
fn a_ballot_is_sealed_to_the_service_with_its_reason_and_the_wallet_says_so() {
    let fake = Fake::founded();
    let poll = fake.announce_sealed();
    let mut member = joined(&fake, &poll);
    let voted = member.vote_with_reason(&poll.definition.id, NO, Some("because")).unwrap();
    assert_eq!(voted.openers.describe(), "sealed by the service alone: it could read ballots early");
    let (ballot, reason) = fake.shown().ballots[0].clone();
    assert_eq!(Some(ballot.body.len()), poll.definition.sealed_body_length());
    assert_eq!(open_ballot(&secret(), &poll.definition, &ballot), Some(NO));
    let sealing = poll.definition.sealing.unwrap();
    let reason = reason.unwrap();
    assert_eq!(Some(reason.as_bytes().len()), sealing.reason_length());
    assert_eq!(open_reason(&secret(), &sealing, &poll.scope, reason.as_bytes()).as_deref(), Some("because"));
}

#[test]
fn a_ballot_that_may_not_have_arrived_goes_out_again_as_it_was_and_with_its_reason() {
    let fake = Fake::founded();
    let poll = fake.announce_sealed();
    let id = poll.definition.id;
    let mut member = joined(&fake, &poll);
    fake.shown().refuses = Some(Code::StorageUnavailable);
    member.vote_with_reason(&id, NO, Some("because")).unwrap_err();
    fake.shown().refuses = None;
    let written = member.known().polls[&id].ballots[0].clone();
    member.vote_with_reason(&id, NO, Some("because")).unwrap();
    // Another reason is another ballot.
    member.vote_with_reason(&id, NO, Some("as I said")).unwrap();
    let sent = fake.shown().ballots.clone();
    assert_eq!(sent[0], (written.ballot, written.reason.map(|reason| reason.sealed)));
    assert_eq!((sent.len(), sent[1].0.seq), (2, 1));
}

#[test]
fn a_reason_that_the_poll_does_not_take_is_refused_before_anything_is_sent() {
    let fake = Fake::founded();
    let poll = fake.announce_sealed();
    let mut member = joined(&fake, &poll);
    let id = poll.definition.id;
    let long = "x".repeat(usize::from(REASONS) + 1);
    let mut refused = |reason: &str| match member.vote_with_reason(&id, NO, Some(reason)).unwrap_err() {
        MemberError::Refused(refusal) => refusal.to_string(),
        other => panic!("{other}"),
    };
    assert_eq!(refused(&long), "the reason has 41 bytes, the poll takes at most 40");
    assert_eq!(refused(" "), "the reason is empty");
    assert_eq!(refused("\u{1b}[2J"), "the reason contains a control character");
    let open = fake.announce();
    let outcome = joined(&fake, &open).vote_with_reason(&open.definition.id, NO, Some("because"));
    assert!(matches!(outcome, Err(MemberError::Refused(Refusal::NoReasons))));
    assert!(fake.shown().ballots.is_empty());
}

#[test]
fn trustees_are_believed_only_with_their_own_signatures_and_their_own_key() {
    let fake = Fake::founded();
    let ceremony = fake.hold_ceremony();
    let poll = fake.announce_sealed_by(&ceremony, |_| {});
    let (deployment, service) = (crate::fake::id(), aiq_verifier::service_key::ServiceKey::of(&key()));
    let check =
        |view: &CeremonyView, poll: &PollView| Openers::check(Some(view), &poll.definition, &deployment, &service);
    let openers = check(&ceremony, &poll).unwrap();
    assert_eq!(openers.describe(), "sealed by 3 trustees, any 2 of them open it: one, two, three");

    let mut silent = ceremony.clone();
    silent.confirmations.remove(1);
    assert_eq!(fault(check(&silent, &poll)), SealingFault::Unconfirmed(vec!["two".to_owned()]));
    let mut other = ceremony.clone();
    other.ceremony.release += 1;
    assert_eq!(fault(check(&other, &poll)), SealingFault::OtherCeremony(ceremony.id));
    let mut swapped = ceremony.clone();
    let (first, second) = (swapped.round_1[0].package.clone(), &mut swapped.round_1[1].package);
    second.commitments = first.commitments;
    assert!(matches!(fault(check(&swapped, &poll)), SealingFault::Package(_)));
    let mut unpromised = ceremony.clone();
    unpromised.round_2[0].receipt = ceremony.receipt.clone();
    assert!(matches!(fault(check(&unpromised, &poll)), SealingFault::Receipt(_)));
    let mut reused = ceremony.clone();
    reused.poll = Some(PollId::new([9; 16]));
    assert_eq!(fault(check(&reused, &poll)), SealingFault::Reused(PollId::new([9; 16])));
    let foreign = fake.announce_sealed_by(&ceremony, |sealing| sealing.key = secret().sealing_key());
    assert_eq!(fault(check(&ceremony, &foreign)), SealingFault::OtherKey);
    // And nothing is sealed to it.
    let outcome = joined(&fake, &foreign).vote(&foreign.definition.id, NO);
    assert!(matches!(outcome, Err(MemberError::Sealing(SealingFault::OtherKey))));
    assert!(fake.shown().ballots.is_empty());
}

#[test]
fn any_two_shares_open_the_ballots_and_a_wrong_one_is_named() {
    let fake = Fake::founded();
    let ceremony = fake.hold_ceremony();
    let poll = fake.announce_sealed_by(&ceremony, |_| {});
    let mut member = joined(&fake, &poll);
    member.vote(&poll.definition.id, NO).unwrap();
    let deployment = crate::fake::id();
    let openers = Openers::check(Some(&ceremony), &poll.definition, &deployment, member.service_key()).unwrap();
    let CeremonyState::Complete { key } = ceremony.state else { panic!("complete") };
    for indexes in [[1, 2], [1, 3], [2, 3]] {
        let opened = openers.secret(&fake.release(&indexes), &deployment).unwrap().unwrap();
        assert_eq!(opened.sealing_key(), key);
        assert_eq!(open_ballot(&opened, &poll.definition, &fake.shown().ballots[0].0), Some(NO));
    }
    let alone = openers.secret(&fake.release(&[2]), &deployment).unwrap_err();
    assert_eq!(alone, SealingFault::Shares { found: 1, threshold: 2 });
    let mut wrong = fake.release(&[1, 2, 3]);
    let shares = &mut wrong.sealing.as_mut().unwrap().trustees;
    let first = shares[0].share.clone().unwrap().share.share;
    shares[2].share.as_mut().unwrap().share.share = first;
    assert_eq!(openers.secret(&wrong, &deployment).unwrap_err(), SealingFault::Share(NAMES[2].to_owned()));
}

#[test]
fn the_wallet_finds_its_vote_and_its_reason_or_says_that_they_are_gone() {
    let fake = Fake::founded();
    let poll = fake.announce_sealed();
    let mut member = joined(&fake, &poll);
    let id = poll.definition.id;
    let before = published(&fake, poll.clone());
    assert_eq!(member.own_vote(&before).unwrap(), OwnVote::None);
    member.vote(&id, Choice::Abstain).unwrap();
    member.vote_with_reason(&id, NO, Some("because")).unwrap();
    let found = published(&fake, fake.release(&[1]));
    assert_eq!(member.own_vote(&found).unwrap(), OwnVote::Counted { reason: Some(true) });

    let silenced = PublishedPoll { reasons: Vec::new(), ..found.clone() };
    let own = member.own_vote(&silenced).unwrap();
    assert_eq!((own, own.is_wrong()), (OwnVote::Counted { reason: Some(false) }, true));
    let mut dropped = found.clone();
    dropped.ballots.pop();
    assert_eq!(member.own_vote(&dropped).unwrap(), OwnVote::Missing);
    member.record(|deployment| deployment.polls.get_mut(&id).unwrap().ballots[1].choice = Choice::Abstain).unwrap();
    assert_eq!(member.own_vote(&found).unwrap(), OwnVote::Spoiled);
    member.record(|deployment| deployment.polls.get_mut(&id).unwrap().ballots.pop()).unwrap();
    assert_eq!(member.own_vote(&found).unwrap(), OwnVote::Elsewhere);
}
