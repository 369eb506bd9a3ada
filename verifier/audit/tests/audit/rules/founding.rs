//! Genesis, domains, menu and grants.

use aiq_audit::{FaultCode, sample::SampleLog};
use aiq_circuits::{
    credential::{Credential, CredentialId, CredentialKind},
    statement::StatementId,
    wire::{Encoder, sha256},
};
use aiq_verifier::{
    genesis::Genesis,
    log::{Act, Entry},
    menu::MenuEntry,
    service_key::ServiceKey,
};

use super::check;
use crate::fixture::{change, fault, insert, lines, log, place};

fn genesis(log: &mut SampleLog) -> &mut Genesis {
    match &mut log.entries[0].act {
        Act::Genesis(genesis) => genesis,
        _ => panic!("the first entry is the genesis record"),
    }
}

#[test]
fn the_genesis_record_is_the_first_entry_and_no_other() {
    check(&[
        (FaultCode::Genesis, |log| {
            let again = log.entries[0].clone();
            insert(log, 9, again);
            Some(9)
        }),
        (FaultCode::Genesis, |log| {
            genesis(log).name = "two\nlines".into();
            Some(0)
        }),
        (FaultCode::Checkpoint, |log| {
            genesis(log).log_key = ServiceKey::new([3; 32]);
            None
        }),
    ]);
    let mut lines = lines(&log().bundle());
    lines[5] = String::from_utf8(lines[6].clone()).unwrap().replace("\"index\":1", "\"index\":0").into_bytes();
    assert_eq!(fault(&lines.concat()), Some((Some(0), FaultCode::Genesis)));
}

#[test]
fn what_only_a_founding_writes_ends_with_epoch_0() {
    for kind in ["domain", "menu", "grant", "enrolment"] {
        let mut log = log();
        let (again, index) = (log.entries[place(&log, kind, 0)].clone(), place(&log, "attestation", 0));
        insert(&mut log, index, again);
        // Rulings and tallies grant, too.
        let code = if kind == "grant" { FaultCode::Consequence } else { FaultCode::Founding };
        assert_eq!(fault(&log.bundle()), Some((Some(index as u64), code)), "{kind}");
    }
}

#[test]
fn nothing_else_comes_before_epoch_0() {
    for kind in ["attestation", "invitations", "withdrawal", "poll", "join", "ballot", "close", "tally"] {
        let mut log = log();
        let early = log.entries[place(&log, kind, 0)].clone();
        insert(&mut log, 5, early);
        assert_eq!(fault(&log.bundle()), Some((Some(5), FaultCode::Founding)), "{kind}");
    }
    check(&[(FaultCode::Founding, |log| {
        let act = log.entries[place(log, "enrolment", 3)].act.clone();
        insert(log, 5, Entry { at: 1, act });
        Some(5)
    })]);
}

fn domain(log: &mut SampleLog, nth: usize, text: &str, name: &str) -> Option<u64> {
    change(log, "domain", nth, |act| {
        let Act::Domain { entry, .. } = act else { panic!() };
        (entry.domain, entry.name) = (text.parse().unwrap(), name.into());
    })
}

#[test]
fn domains_are_valid_stand_once_and_under_their_parents() {
    check(&[
        (FaultCode::Domain, |log| domain(log, 0, "1.0.0.0", "")),
        (FaultCode::Domain, |log| domain(log, 0, "1.0.0.0", "\u{202e}AI")),
        (FaultCode::Domain, |log| domain(log, 0, "0.0.0.0", "Anything")),
        (FaultCode::Entry, |log| domain(log, 0, "1.0.0.0", &"x".repeat(0xffff))),
        (FaultCode::Domain, |log| domain(log, 1, "1.0.0.0", "Again")),
        (FaultCode::Domain, |log| domain(log, 1, "2.1.0.0", "Orphan")),
    ]);
}

fn menu(log: &mut SampleLog, edit: fn(&mut MenuEntry)) -> Option<u64> {
    change(log, "menu", 0, |act| {
        let Act::Menu { entry, .. } = act else { panic!() };
        edit(entry);
    })
}

#[test]
fn the_menu_has_requirements_that_can_be_met() {
    check(&[
        (FaultCode::Menu, |log| menu(log, |entry| entry.id = "Safety".into())),
        (FaultCode::Menu, |log| menu(log, |entry| entry.title = " ".into())),
        (FaultCode::Menu, |log| menu(log, |entry| entry.min_count = 4)),
        (FaultCode::Menu, |log| menu(log, |entry| entry.min_weight = 3 * 65_535 + 1)),
        (FaultCode::Menu, |log| menu(log, |entry| entry.statement = StatementId::Membership)),
        (FaultCode::Menu, |log| menu(log, |entry| entry.domain = "7".parse().unwrap())),
        (FaultCode::Menu, |log| {
            let again = log.entries[place(log, "menu", 0)].clone();
            insert(log, 4, again);
            Some(4)
        }),
    ]);
}

/// Changes the second grant.
fn grant(log: &mut SampleLog, edit: impl FnOnce(&mut Credential)) -> Option<u64> {
    change(log, "grant", 1, |act| {
        let Act::Grant(credential) = act else { panic!() };
        edit(credential);
    })
}

/// Changes the second grant and lets its id follow.
fn consistent_grant(log: &mut SampleLog, edit: impl FnOnce(&mut Credential)) -> Option<u64> {
    grant(log, |credential| {
        edit(credential);
        let canonical = Encoder::new("AIQ/v1/genesis-credential")
            .u32(1)
            .field(credential.tag.as_field())
            .field(&credential.attributes.pack())
            .finish();
        credential.id = CredentialId::of_claim(&sha256(&[&canonical]));
    })
}

#[test]
fn granted_credentials_are_valid_and_their_ids_and_tags_their_own() {
    check(&[
        (FaultCode::Grant, |log| consistent_grant(log, |it| it.attributes.domain = "1.8.0.0".parse().unwrap())),
        (FaultCode::Grant, |log| consistent_grant(log, |it| it.attributes.kind = CredentialKind::REWARD_NOTE)),
        (FaultCode::Grant, |log| consistent_grant(log, |it| it.attributes.weight = 0)),
        (FaultCode::Grant, |log| consistent_grant(log, |it| it.attributes.expires_at = it.attributes.issued_at)),
        (FaultCode::Grant, |log| {
            let Act::Grant(first) = log.entries[place(log, "grant", 0)].act else { panic!() };
            consistent_grant(log, |it| it.tag = first.tag)
        }),
        (FaultCode::Grant, |log| grant(log, |it| it.attributes.weight += 1)),
        (FaultCode::Grant, |log| {
            let index = place(log, "grant", 0);
            log.entries.swap(index, index + 1);
            Some(index as u64)
        }),
        // Consistent, so only the tree shows it: the epoch takes in what the log says, not what it says it does.
        (FaultCode::EpochCredentials, |log| {
            consistent_grant(log, |it| it.attributes.weight += 1);
            Some(place(log, "epoch", 0) as u64)
        }),
    ]);
}
