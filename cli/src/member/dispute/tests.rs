#![allow(clippy::unwrap_used)]

use aiq_verifier::poll::{Phase, PollId};
use aiq_verifier::receipt::ReceiptError;

use super::super::claim::tests::{Scene, draft, presentation, unproved};
use super::*;
use crate::fake::AT;
use crate::progress::Silent;
use crate::wallet::state::Origin;

/// A decided claim, a dispute of it, and the poll that follows.
fn disputed(scene: &mut Scene) -> (ClaimView, Dispute, PollDefinition) {
    let plan = scene.plan(&draft("doi:10.1/a")).unwrap();
    let view = scene.fake.open(&unproved(&scene.member, &plan));
    let presentation = presentation(&scene.member, &view.scope, 50);
    let dispute = Dispute { epoch: 1, reasons: "Copied.".into(), presentation };
    let (eligibility, roots) = (view.claim.eligibility.clone(), view.claim.roots);
    let id = PollId::new([6; 16]);
    let poll = dispute_poll(id, view.id, &view.standard, eligibility, roots, view.claim.key_id, AT);
    (view, dispute, poll)
}

#[test]
fn only_the_poll_that_follows_from_the_dispute_decides_it() {
    let mut scene = Scene::with(&[4]);
    let (view, dispute, poll) = disputed(&mut scene);
    assert!(check_dispute_poll(&view, &dispute, &poll).is_ok());
    let mut lenient = poll.clone();
    lenient.decision.quorum = 1;
    let mut harmless = poll.clone();
    harmless.enactment = None;
    for other in [lenient, harmless] {
        assert!(matches!(check_dispute_poll(&view, &dispute, &other), Err(MemberError::PollChanged(_))));
    }
    let later = Dispute { epoch: 2, ..dispute };
    assert!(check_dispute_poll(&view, &later, &poll).is_err());
}

#[test]
fn the_poll_of_a_dispute_is_promised_together_with_its_reasons() {
    let mut scene = Scene::with(&[4]);
    let (view, dispute, definition) = disputed(&mut scene);
    let receipt = scene.fake.accept(Origin::Dispute(view.id, Box::new(dispute.clone())).announcement_of(&definition));
    let (scope, phase) = (definition.scope(scene.member.deployment_id()), Phase::Open);
    let dispute = Some(dispute);
    let poll = PollView {
        definition,
        scope,
        phase,
        joined: 0,
        voted: 0,
        sealing: None,
        receipt,
        tally: None,
        dispute,
        proposal: None,
        withdrawn: None,
        enacted: None,
    };
    assert_eq!(dispute_behind(&poll).map(|(claim, _)| claim), Some(view.id));
    scene.member.check_announcement(&poll).unwrap();
    // Other reasons than those in the log, or none.
    let mut other = poll.clone();
    other.dispute.as_mut().unwrap().reasons = "Nothing of note.".into();
    let hidden = PollView { dispute: None, ..poll };
    for forged in [other, hidden] {
        let refused = scene.member.check_announcement(&forged);
        assert!(matches!(refused, Err(MemberError::Receipt(ReceiptError::Entry))));
    }
}

#[test]
fn only_a_decision_is_disputed_and_only_once_at_a_time() {
    let mut scene = Scene::with(&[4]);
    let (view, ..) = disputed(&mut scene);
    let dispute = |scene: &mut Scene, reasons: &str| {
        scene.member.dispute(&scene.ledger, &scene.provers, &view.id, reasons, &|_| {}, &Silent)
    };
    let empty = dispute(&mut scene, " ");
    assert!(matches!(empty, Err(MemberError::Refused(Refusal::Reasons(_)))));
    let open = dispute(&mut scene, "Copied.");
    assert!(matches!(open, Err(MemberError::Refused(Refusal::NotDecided(ClaimState::Open)))));
    scene.fake.shown().claims[0].state = ClaimState::Accepted;
    // One point short of what the claim's reviewers had to show.
    assert!(matches!(dispute(&mut scene, "Copied."), Err(MemberError::Shortfall(_))));
    scene.fake.shown().claims[0].dispute = Some(PollId::new([6; 16]));
    let twice = dispute(&mut scene, "Copied.");
    assert!(matches!(twice, Err(MemberError::Refused(Refusal::DisputeOpen(_)))));
    assert_eq!(scene.fake.shown().sent, 0);
}
