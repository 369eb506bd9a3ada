//! Proposals, withdrawals of polls, and what polls change.

use std::sync::Arc;

use aiq_server::{
    GenesisFile,
    store::{Accepted, AnnounceRefusal, Enacted, JoinRefusal, Logged, PollWithdrawalRefusal, ProposeRefusal, Store},
};
use aiq_verifier::{
    governance::MandateError,
    log::Act,
    menu::{DomainEntry, MenuEntry},
    poll::{Change, Decision, Enactment, PollDefinition, PollId, Threshold, TieBreak},
    proposal::{Proposal, ProposalKey, WithdrawnBy},
    standard::Authority,
    verifying_key::KeyId,
};

use super::{disputes::settle, epoch, found, found_with_rules, log::acts};
use crate::samples::{NOW, deployment, join, nullifier, poll, presentation, signer};

/// Nullifier `number` proposes poll `poll` under epoch 0, and would withdraw it with key `key`.
pub async fn propose(
    store: &dyn Store,
    number: u64,
    poll: &PollDefinition,
    key: u8,
) -> Result<Accepted<Logged>, ProposeRefusal> {
    let (presentation, withdrawal_key) = (presentation(number, KeyId::new([3; 32])), ProposalKey::of(&signer(key)));
    store.propose(&Proposal { epoch: 0, number: 0, withdrawal_key, presentation }, poll).await.unwrap()
}

pub async fn a_member_proposes_once_for_each_nullifier(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    let first = propose(one, 1, &poll(1), 1).await.unwrap().into_inner();
    assert_eq!(other.poll_of_proposal(&nullifier(1)).await.unwrap(), Some(poll(1).id));
    assert_eq!(other.poll_of_proposal(&nullifier(2)).await.unwrap(), None);
    // What the service adds may be another by then.
    let later = PollDefinition { announced_at: NOW + 5, ..poll(1) };
    assert_eq!(propose(other, 1, &later, 1).await, Ok(Accepted::Repeated(first)));
    assert_eq!(propose(other, 1, &poll(1), 2).await, Err(ProposeRefusal::NullifierUsed), "another key");
    assert_eq!(propose(other, 1, &poll(2), 1).await, Err(ProposeRefusal::NullifierUsed), "another poll");
    assert_eq!(propose(other, 2, &poll(1), 1).await, Err(ProposeRefusal::Poll(AnnounceRefusal::IdUsed)));
    assert_eq!(other.announce(&poll(1)).await.unwrap(), Err(AnnounceRefusal::IdUsed));
    super::enrolments::enrol_all(one, &[7]).await;
    let before = one.log_size().await.unwrap();
    assert!(one.seal(&epoch(1, 3), before).await.unwrap());
    assert_eq!(propose(other, 2, &poll(2), 1).await, Err(ProposeRefusal::StaleEpoch(1)));
    assert_eq!(propose(other, 1, &poll(1), 1).await, Ok(Accepted::Repeated(first)), "whatever the epoch");
}

pub async fn a_withdrawn_poll_takes_nothing(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    let by = |number: u8| WithdrawnBy::sign(&signer(1), &poll(number).scope(&deployment()));
    let withdraw = async |store: &dyn Store, number: u8, by, at| {
        store.withdraw_poll(&PollId::new([number; 16]), by, at).await.unwrap()
    };
    one.announce(&poll(1)).await.unwrap().unwrap();
    propose(one, 2, &poll(2), 1).await.unwrap();
    propose(one, 3, &poll(3), 1).await.unwrap();
    let administrator = WithdrawnBy::Administrator {};
    assert_eq!(withdraw(one, 1, by(1), NOW).await, Err(PollWithdrawalRefusal::Foreign));
    assert_eq!(withdraw(one, 2, administrator, NOW).await, Err(PollWithdrawalRefusal::Foreign));
    assert_eq!(withdraw(one, 9, administrator, NOW).await, Err(PollWithdrawalRefusal::UnknownPoll));
    assert_eq!(withdraw(one, 3, by(3), NOW + 100).await, Err(PollWithdrawalRefusal::Opened(NOW + 100)));
    for (number, by) in [(1, administrator), (2, by(2))] {
        let first = withdraw(one, number, by, NOW + 99).await.unwrap().into_inner();
        assert_eq!(withdraw(other, number, by, NOW + 300).await, Ok(Accepted::Repeated(first)));
        let id = PollId::new([number; 16]);
        assert_eq!(other.poll(&id).await.unwrap().unwrap().withdrawn, Some(first));
        assert_eq!(other.join(&id, &join(1, 1), NOW + 99).await.unwrap(), Err(JoinRefusal::Withdrawn));
        assert!(other.close_poll(&id, NOW + 200).await.unwrap().is_none());
    }
    assert_eq!(other.due_polls(NOW + 200).await.unwrap(), [PollId::new([3; 16])]);
}

/// Poll `number`, which brings `change` about and asks for what the built-in charter says.
fn changing(number: u8, change: Change) -> PollDefinition {
    let file = GenesisFile::default_ai();
    let governance = file.charter.clone().unwrap().governance.unwrap();
    let entry = file.menu_entry(governance.electorate.as_deref().unwrap()).unwrap();
    let threshold = Threshold::AtLeast(governance.threshold);
    PollDefinition {
        eligibility: entry.eligibility(NOW),
        decision: Decision { quorum: 1, threshold, tie_break: TieBreak::Order },
        closes_at: NOW + 100 + governance.window,
        enactment: Some(Enactment { option: 1, change }),
        ..poll(number)
    }
}

fn named(name: &str) -> Change {
    Change::Domain { entry: DomainEntry { domain: "1.15.0.0".parse().unwrap(), name: name.into() } }
}

fn removal() -> Change {
    Change::MenuRemoval { id: "nlp-3-10".into() }
}

pub async fn the_menu_and_the_charter_are_looked_at_again(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    found_with_rules(store).await;
    let entry = GenesisFile::default_ai().menu.remove(1);
    let other = MenuEntry { min_weight: entry.min_weight + 1, ..entry.clone() };
    let announce = async |eligibility| store.announce(&PollDefinition { eligibility, ..poll(1) }).await.unwrap();
    assert_eq!(announce(other.eligibility(NOW)).await, Err(AnnounceRefusal::MenuChanged(entry.id.clone())));
    announce(entry.eligibility(NOW)).await.unwrap();
    let mut weak = changing(2, removal());
    weak.decision.quorum = 0;
    let refused = store.announce(&weak).await.unwrap();
    assert_eq!(refused, Err(AnnounceRefusal::Mandate(MandateError::Quorum { least: 1, found: 0 })));
    assert!(propose(store, 2, &weak, 1).await.is_err());
}

pub async fn what_polls_decide_is_made_behind_the_next_epoch(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found_with_rules(one).await;
    let polls = [named("A"), removal(), removal(), named("B"), named("C")];
    let polls: Vec<_> = (1..).zip(polls).map(|(number, change)| changing(number, change)).collect();
    for poll in &polls {
        one.announce(poll).await.unwrap().unwrap();
    }
    // The last one does not pass; the tallies come in another order than the announcements.
    let scopes = [3, 1, 0, 2].map(|place: usize| (place, polls[place].clone()));
    let mut decided = Vec::new();
    for (place, poll) in scopes {
        decided.push((place, Authority::Poll(settle(one, &poll, 1).await)));
    }
    settle(one, &polls[4], 0).await;
    let enacted = async |place: usize| other.poll(&polls[place].id).await.unwrap().unwrap().enacted;
    assert_eq!(enacted(0).await, Some(Enacted::Waiting));
    assert_eq!(enacted(4).await, None);
    let pending = other.pending().await.unwrap();
    assert_eq!((pending.enactments, pending.is_empty()), (4, false));
    assert!(other.menu_entry("nlp-3-10").await.unwrap().is_some());

    let before = pending.before;
    let sealed = [one.seal(&epoch(1, 2), before).await.unwrap(), other.seal(&epoch(1, 2), before).await.unwrap()];
    assert_eq!(sealed, [true, false]);
    let by = |place: usize| decided.iter().find(|(found, _)| *found == place).unwrap().1;
    let domain = |change, by| match change {
        Change::Domain { entry } => Act::Domain { entry, by },
        other => panic!("{other:?}"),
    };
    let mut behind = acts(other).await;
    let place = behind.iter().rposition(|act| matches!(act, Act::Epoch { .. })).unwrap();
    let behind = behind.split_off(place + 1);
    let removed = Act::MenuRemoval { id: "nlp-3-10".into(), by: by(1) };
    assert_eq!(behind, [domain(named("B"), by(3)), removed, domain(named("A"), by(0))]);
    for (place, expected) in
        [(0, Enacted::InForce), (1, Enacted::InForce), (2, Enacted::Nothing), (3, Enacted::InForce)]
    {
        assert_eq!(enacted(place).await, Some(expected), "{place}");
    }
    assert!(other.menu_entry("nlp-3-10").await.unwrap().is_none());
    let names = other.domains().await.unwrap();
    assert_eq!(names.last().map(|entry| entry.name.as_str()), Some("A"), "the later tally");
    assert!(other.pending().await.unwrap().is_empty());
}
