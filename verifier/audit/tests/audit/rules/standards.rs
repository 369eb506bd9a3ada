//! The charter and the standards.

use aiq_audit::{FaultCode, sample::SampleLog};
use aiq_circuits::{Fr, scope::Scope};
use aiq_verifier::{
    log::Act,
    sponsorship::Charter,
    standard::{Authority, Standard},
};

use super::check_reviewed;
use crate::fixture::{again, change, insert, never_founded, place};

fn standard(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut Standard, &mut Authority)) -> Option<u64> {
    change(log, "standard", nth, |act| {
        let Act::Standard { standard, by } = act else { panic!() };
        edit(standard, by);
    })
}

#[test]
fn a_standard_is_the_next_of_a_known_domain_for_known_reviewers() {
    check_reviewed(&[
        (FaultCode::Standard, |log| standard(log, 0, |it, _| it.version = 2)),
        (FaultCode::Standard, |log| standard(log, 1, |it, _| it.version = 1)),
        (FaultCode::Standard, |log| standard(log, 1, |it, _| it.version = 3)),
        // The first of another prefix.
        (FaultCode::Standard, |log| standard(log, 1, |it, _| it.domain = "1".parse().unwrap())),
        (FaultCode::Standard, |log| standard(log, 1, |it, _| (it.domain, it.version) = ("1.9".parse().unwrap(), 1))),
        (FaultCode::Standard, |log| standard(log, 1, |it, _| it.reviewers = "safety-3".into())),
        (FaultCode::Standard, |log| again(log, "standard", 1)),
        (FaultCode::Consequence, |log| standard(log, 1, |_, by| *by = Authority::Poll(Scope::new(Fr::from(7_u64))))),
        (FaultCode::Founding, |log| standard(log, 1, |_, by| *by = Authority::Founding)),
        (FaultCode::Founding, |log| standard(log, 0, |_, by| *by = Authority::Administrator)),
        // Nothing governs before there is a standard.
        (FaultCode::ClaimStandard, |log| {
            never_founded(log, "standard", 0);
            Some(place(log, "claim", 0) as u64)
        }),
    ]);
}

fn charter(log: &mut SampleLog, edit: impl FnOnce(&mut Charter)) -> Option<u64> {
    change(log, "charter", 0, |act| {
        let Act::Charter(charter) = act else { panic!() };
        edit(charter);
    })
}

#[test]
fn there_is_one_charter_and_it_asks_for_what_is_on_the_menu() {
    check_reviewed(&[
        (FaultCode::Charter, |log| again(log, "charter", 0)),
        (FaultCode::Charter, |log| charter(log, |it| it.sponsors.as_mut().unwrap().menu = "safety-3".into())),
        (FaultCode::Founding, |log| {
            let late = never_founded(log, "charter", 0);
            let index = place(log, "epoch", 0) + 1;
            insert(log, index, late);
            Some(index as u64)
        }),
    ]);
}
