//! Every rule with a log that breaks it and nothing before it. The service's key signs all of them: what is refused is refused
//! whoever stands behind it.

mod ceremonies;
mod claims;
mod consequences;
mod disputes;
mod founding;
mod governance;
mod one_claim;
mod one_poll;
mod polls;
mod proposals;
mod reviews;
mod sealed;
mod standards;
mod standing;
mod trees;

use aiq_audit::{FaultCode, sample::SampleLog};

use crate::fixture::{fault, governed, log, reviewed, sealed};

/// A rule, and how to break it; gives the place where that has to be noticed.
type Case = (FaultCode, fn(&mut SampleLog) -> Option<u64>);

fn check(cases: &[Case]) {
    check_in(log, cases);
}

/// The same in the log with claims.
fn check_reviewed(cases: &[Case]) {
    check_in(reviewed, cases);
}

/// The same in the log with sealed polls.
fn check_sealed(cases: &[Case]) {
    check_in(sealed, cases);
}

/// The same in the log in which members decide.
fn check_governed(cases: &[Case]) {
    check_in(governed, cases);
}

fn check_in(log: fn() -> SampleLog, cases: &[Case]) {
    for (number, (code, break_it)) in cases.iter().enumerate() {
        let mut log = log();
        let index = break_it(&mut log);
        assert_eq!(fault(&log.bundle()), Some((index, *code)), "case {number}");
    }
}
