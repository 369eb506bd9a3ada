//! What else holds for the bundle of one claim.

use aiq_audit::{Caveat, FaultCode, sample::SampleLog};
use aiq_verifier::{
    log::Act,
    review::{Ruling, RulingOutcome},
};

use super::claims::claim;
use crate::fixture::{change, fault, place, report, reviewed};

/// The first claim: accepted, with a recusal and two reviews.
const PAPER: usize = 0;

/// The bundle of a claim without some entries, or with others.
fn with(nth: usize, without: &[usize], besides: &[usize]) -> Option<(Option<u64>, FaultCode)> {
    let (log, places) = (reviewed(), |places: &[usize]| places.iter().map(|place| *place as u64).collect::<Vec<_>>());
    let (own, without, besides) = (log.places_of_claim(nth), places(without), places(besides));
    let belongs = |index| (own.contains(&index) && !without.contains(&index)) || besides.contains(&index);
    fault(&log.bundle_of_claim(nth, belongs))
}

#[test]
fn each_claim_stands_alone() {
    let log = reviewed();
    for nth in 0..5 {
        let report = report(&log.claim_bundle(nth));
        assert_eq!((report.ok, &report.fault), (true, &None), "claim {nth}");
        assert_eq!((report.entries["claim"], report.entries["standard"]), (1, 2));
    }
    let report = report(&log.claim_bundle(PAPER));
    // Two of the claim, a recusal, two reviews; a credential and two rewards.
    assert_eq!((report.proofs, report.claims.rulings.accepted, report.entries["grant"]), (5, 1, 3));
    assert_eq!(report.caveats, [Caveat::OneClaim, Caveat::ForgeableKeys]);
}

#[test]
fn what_belongs_to_others_does_not_belong_here() {
    let log = reviewed();
    for (kind, nth) in [
        ("charter", 0),
        ("enrolment", 0),
        ("grant", 0),
        ("sponsorship", 0),
        ("claim", 1),
        ("poll", 0),
        ("join", 0),
        ("tally", 0),
        ("dispute", 0),
        ("revocation", 0),
        ("merge", 0),
        ("epoch", 1),
    ] {
        let stranger = place(&log, kind, nth);
        let expected = Some((Some(stranger as u64), FaultCode::Foreign));
        assert_eq!(with(PAPER, &[], &[stranger]), expected, "{kind}");
    }
    for (kind, nth) in [("review", 0), ("ruling", 1)] {
        let stranger = place(&log, kind, nth);
        assert_eq!(with(PAPER, &[], &[stranger]), Some((Some(stranger as u64), FaultCode::UnknownClaim)), "{kind}");
    }
    // A reward of another claim.
    let other = place(&log, "ruling", 2) + 1;
    assert_eq!(with(PAPER, &[], &[other]), Some((Some(other as u64), FaultCode::Consequence)));
}

#[test]
fn what_is_left_out_shows_in_the_ruling_and_behind_it() {
    let log = reviewed();
    let (claim, ruling) = (place(&log, "claim", PAPER), place(&log, "ruling", 0));
    let review = place(&log, "review", 1);
    assert_eq!(with(PAPER, &[claim], &[]).map(|(_, code)| code), Some(FaultCode::UnknownClaim));
    assert_eq!(with(PAPER, &[review], &[]), Some((Some(ruling as u64), FaultCode::Ruling)));
    let grants = [ruling + 1, ruling + 2, ruling + 3];
    assert_eq!(with(PAPER, &grants[..1], &[]), Some((Some(grants[1] as u64), FaultCode::Consequence)));
    assert_eq!(with(PAPER, &grants[2..], &[]), Some((None, FaultCode::Consequence)));
    assert_eq!(with(PAPER, &grants, &[]), Some((None, FaultCode::Consequence)));
    let epoch = place(&log, "epoch", 0);
    assert_eq!(with(PAPER, &[epoch], &[]), Some((Some(claim as u64), FaultCode::Founding)));
    let standard = place(&log, "standard", 0);
    let next = place(&log, "standard", 1);
    assert_eq!(with(PAPER, &[standard], &[]), Some((Some(claim as u64), FaultCode::ClaimStandard)));
    assert_eq!(with(2, &[standard], &[]), Some((Some(next as u64), FaultCode::Standard)));
    let founding = reviewed().bundle_of_claim(PAPER, |index| index < 4);
    assert_eq!(fault(&founding), Some((None, FaultCode::ClaimMissing)));
}

/// What a ruling grants stands right behind it in the log, not only in the bundle.
#[test]
fn what_is_granted_later_is_not_what_the_ruling_grants() {
    let mut log = reviewed();
    let ruling = place(&log, "ruling", 0);
    log.entries.swap(ruling + 3, ruling + 4);
    let own = log.places_of_claim(PAPER);
    let bundle = log.bundle_of_claim(PAPER, |index| own.contains(&index) || index == ruling as u64 + 4);
    assert_eq!(fault(&bundle), Some((Some(ruling as u64 + 4), FaultCode::Consequence)));
}

#[test]
fn its_rules_are_those_of_claims() {
    let broken = |change_it: fn(&mut SampleLog) -> Option<u64>| {
        let mut log = reviewed();
        let index = change_it(&mut log);
        let (found, code) = fault(&log.claim_bundle(PAPER)).expect("found");
        assert_eq!(found, index);
        code
    };
    assert_eq!(broken(|log| claim(log, PAPER, |it| it.claim.title = "Another".into())), FaultCode::Proof);
    assert_eq!(broken(|log| claim(log, PAPER, |it| it.number = 2)), FaultCode::Limit);
    assert_eq!(
        broken(|log| {
            change(log, "ruling", 0, |act| {
                let Act::Ruling { ruling, .. } = act else { panic!() };
                *ruling = Ruling { outcome: RulingOutcome::Rejected, ..*ruling };
            })
        }),
        FaultCode::Ruling
    );
}
