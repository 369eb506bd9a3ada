//! What polls change: where it can be announced, and that it follows.

use aiq_audit::{FaultCode, sample::SampleLog};
use aiq_circuits::{Fr, credential::CredentialId, scope::Scope};
use aiq_verifier::{
    governance::Governance,
    log::{Act, RevokedBy},
    menu::{DomainEntry, MenuEntry},
    poll::{Change, Enactment, PollDefinition, PollId, PollRule, Threshold},
    standard::Authority,
};

use super::check_governed;
use crate::fixture::{change, fault, governed, insert, place, remove};

fn poll(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut PollDefinition)) -> Option<u64> {
    change(log, "poll", nth, |act| {
        let Act::Poll(definition) = act else { panic!() };
        edit(definition);
    })
}

/// What a poll changes, replaced.
fn changes(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut Change)) -> Option<u64> {
    poll(log, nth, |it| edit(&mut it.enactment.as_mut().unwrap().change))
}

/// The charter's governance, changed; the first poll that changes something notices.
fn governance(log: &mut SampleLog, edit: impl FnOnce(&mut Option<Governance>)) -> Option<u64> {
    change(log, "charter", 0, |act| {
        let Act::Charter(charter) = act else { panic!() };
        edit(&mut charter.governance);
    });
    Some(place(log, "proposal", 0) as u64)
}

#[test]
fn a_poll_that_changes_something_is_one_that_the_charter_allows() {
    const CODE: FaultCode = FaultCode::PollEnactment;
    check_governed(&[
        (CODE, |log| governance(log, |it| *it = None)),
        (CODE, |log| governance(log, |it| it.as_mut().unwrap().electorate = Some("safety-2".into()))),
        // Two of three.
        (CODE, |log| governance(log, |it| it.as_mut().unwrap().quorum = "1/2".parse().unwrap())),
        (CODE, |log| governance(log, |it| it.as_mut().unwrap().threshold = "2/3".parse().unwrap())),
        (CODE, |log| governance(log, |it| it.as_mut().unwrap().window = 991)),
        (CODE, |log| poll(log, 0, |it| it.rule = PollRule::Approval { min: 0, max: 1 })),
        (CODE, |log| poll(log, 0, |it| it.decision.quorum = 0)),
        (CODE, |log| poll(log, 0, |it| it.decision.threshold = Threshold::None)),
        (CODE, |log| poll(log, 0, |it| it.decision.threshold = Threshold::AtLeast("1/3".parse().unwrap()))),
        (CODE, |log| poll(log, 0, |it| it.closes_at = it.opens_at + 899)),
        (FaultCode::PollDefinition, |log| poll(log, 0, |it| it.enactment.as_mut().unwrap().option = 2)),
    ]);
    // What it needs is there to the point.
    let mut exact = governed();
    poll(&mut exact, 0, |it| it.decision.threshold = Threshold::AtLeast("1/2".parse().unwrap()));
    let first = fault(&exact.bundle()).expect("the joins are of another poll");
    assert_eq!(first.1, FaultCode::UnknownPoll);
}

#[test]
fn a_change_is_possible_when_it_is_announced() {
    const CODE: FaultCode = FaultCode::PollEnactment;
    check_governed(&[
        (CODE, |log| {
            changes(log, 0, |it| {
                let Change::Standard { standard } = it else { panic!() };
                standard.version = 2;
            })
        }),
        (CODE, |log| {
            changes(log, 0, |it| {
                let Change::Standard { standard } = it else { panic!() };
                standard.reviewers = "safety-1".into();
            })
        }),
        (CODE, |log| {
            changes(log, 1, |it| {
                let Change::Menu { entry } = it else { panic!() };
                entry.domain = "1.8".parse().unwrap();
            })
        }),
        (FaultCode::PollDefinition, |log| {
            changes(log, 1, |it| {
                let Change::Menu { entry } = it else { panic!() };
                entry.title = "two\nlines".into();
            })
        }),
        (CODE, |log| changes(log, 1, |it| *it = Change::MenuRemoval { id: "safety-1".into() })),
        // The charter names it.
        (CODE, |log| changes(log, 1, |it| *it = Change::MenuRemoval { id: "safety-2".into() })),
        (CODE, |log| {
            changes(log, 1, |it| {
                let (domain, name) = ("1.8.1.0".parse().unwrap(), "Under nothing".into());
                *it = Change::Domain { entry: DomainEntry { domain, name } };
            })
        }),
        (CODE, |log| changes(log, 2, |it| *it = Change::Revoke { credential: CredentialId::of_claim(&[1; 32]) })),
        // It is revoked by now.
        (CODE, |log| {
            let Act::Revocation { id, .. } = log.entries[place(log, "revocation", 0)].act else { panic!() };
            changes(log, 5, |it| *it = Change::Revoke { credential: id })
        }),
        // A standard names it.
        (CODE, |log| changes(log, 9, |it| *it = Change::MenuRemoval { id: "safety-1".into() })),
    ]);
}

/// Places of everything that polls brought about.
fn brought(log: &SampleLog) -> Vec<usize> {
    let by_poll = |act: &Act| match act {
        Act::Standard { by, .. } | Act::Menu { by, .. } | Act::MenuRemoval { by, .. } | Act::Domain { by, .. } => {
            matches!(by, Authority::Poll(_))
        }
        act => matches!(act, Act::Revocation { .. }),
    };
    (0..log.entries.len()).filter(|index| by_poll(&log.entries[*index].act)).collect()
}

fn consequence(log: &SampleLog, index: usize, what: &str) {
    assert_eq!(fault(&log.bundle()), Some((Some(index as u64), FaultCode::Consequence)), "{index} {what}");
}

#[test]
fn what_passed_is_there_once_in_its_order_and_at_its_time_and_what_was_overtaken_is_not() {
    let good = governed();
    let kinds: Vec<_> = brought(&good).into_iter().map(|index| good.entries[index].act.kind()).collect();
    // The second standard, the second revocation and the removal from the menu were overtaken.
    let expected =
        ["revocation", "standard", "menu", "domain", "standard", "domain", "menu", "standard", "menu-removal"];
    assert_eq!(kinds, expected);
    for index in brought(&good) {
        let mut missing = good.clone();
        remove(&mut missing, index);
        consequence(&missing, index, "missing");
        let mut twice = good.clone();
        let again = good.entries[index].clone();
        insert(&mut twice, index + 1, again);
        consequence(&twice, index + 1, "twice");
        let mut late = good.clone();
        late.entries[index].at += 1;
        consequence(&late, index, "at another time");
        let mut by_another = good.clone();
        let nowhere = Scope::new(Fr::from(7_u64));
        match &mut by_another.entries[index].act {
            Act::Standard { by, .. } | Act::Menu { by, .. } | Act::MenuRemoval { by, .. } | Act::Domain { by, .. } => {
                *by = Authority::Poll(nowhere);
            }
            Act::Revocation { because, .. } => *because = RevokedBy::Poll(nowhere),
            _ => panic!(),
        }
        consequence(&by_another, index, "by another poll");
    }
}

#[test]
fn nothing_changes_without_a_poll() {
    let entry = || DomainEntry { domain: "3.0.0.0".parse().unwrap(), name: "Chemistry".into() };
    let menu = |log: &SampleLog| -> MenuEntry {
        let Act::Menu { entry, .. } = &log.entries[place(log, "menu", 0)].act else { panic!() };
        entry.clone()
    };
    let nowhere = Authority::Poll(Scope::new(Fr::from(7_u64)));
    let good = governed();
    let cases = [
        (FaultCode::Consequence, Act::Domain { entry: entry(), by: nowhere }),
        (FaultCode::Consequence, Act::Menu { entry: menu(&good), by: nowhere }),
        (FaultCode::Consequence, Act::MenuRemoval { id: "safety-2".into(), by: nowhere }),
        (FaultCode::Domain, Act::Domain { entry: entry(), by: Authority::Administrator }),
        (FaultCode::Menu, Act::Menu { entry: menu(&good), by: Authority::Administrator }),
        (FaultCode::MenuRemoval, Act::MenuRemoval { id: "safety-2".into(), by: Authority::Administrator }),
        (FaultCode::Founding, Act::MenuRemoval { id: "safety-2".into(), by: Authority::Founding }),
    ];
    let index = place(&good, "proposal", 0);
    for (code, act) in cases {
        let mut log = good.clone();
        let at = log.entries[index].at;
        insert(&mut log, index, aiq_verifier::log::Entry { at, act });
        assert_eq!(fault(&log.bundle()), Some((Some(index as u64), code)));
    }
}

#[test]
fn an_epoch_is_sealed_for_what_a_poll_decided_or_not_at_all() {
    let mut log = governed();
    // Without its tally, nothing waits for the last epoch.
    let last = place(&log, "epoch", 4);
    let tally = (0..last).rev().find(|index| log.entries[*index].act.kind() == "tally").unwrap();
    remove(&mut log, tally);
    assert_eq!(fault(&log.bundle()), Some((Some(last as u64 - 1), FaultCode::Epoch)));
}

#[test]
fn in_the_bundle_of_a_poll_what_polls_changed_is_taken_as_it_stands() {
    const POLL: PollId = PollId::new([14; 16]);
    let log = governed();
    for id in 1..=16 {
        assert_eq!(fault(&log.poll_bundle(PollId::new([id; 16]))), None, "{id}");
    }
    let broken = |kind: &str, nth: usize, edit: fn(&mut Act)| {
        let mut log = governed();
        let index = change(&mut log, kind, nth, edit);
        let found = fault(&log.poll_bundle(POLL)).expect("found");
        assert_eq!(found.0, index);
        found.1
    };
    let menu_removal = broken("menu-removal", 0, |act| {
        let Act::MenuRemoval { id, .. } = act else { panic!() };
        *id = "safety-7".into();
    });
    assert_eq!(menu_removal, FaultCode::MenuRemoval);
    let menu = broken("menu", 1, |act| {
        let Act::Menu { entry, .. } = act else { panic!() };
        entry.domain = "1.8".parse().unwrap();
    });
    assert_eq!(menu, FaultCode::Menu);
    let domain = broken("domain", 2, |act| {
        let Act::Domain { entry, .. } = act else { panic!() };
        entry.domain = "1.8.1.0".parse().unwrap();
    });
    assert_eq!(domain, FaultCode::Domain);
    let enactment = broken("poll", 9, |act| {
        let Act::Poll(definition) = act else { panic!() };
        definition.rule = PollRule::Schulze {};
    });
    assert_eq!(enactment, FaultCode::PollEnactment);
    // Whether a change was possible shows only in everything.
    let mut log = governed();
    changes(&mut log, 9, |it| *it = Change::MenuRemoval { id: "safety-7".into() });
    assert_eq!(fault(&log.poll_bundle(POLL)), None);
}

#[test]
fn only_a_dispute_overturns_a_decision() {
    let mut log = governed();
    let overturn = Change::Overturn { claim: aiq_verifier::claim::ClaimId::new([1; 32]) };
    let index = poll(&mut log, 4, |it| it.enactment = Some(Enactment { option: 0, change: overturn }));
    assert_eq!(fault(&log.bundle()), Some((index, FaultCode::PollEnactment)));
}
