#![allow(clippy::unwrap_used)]

use aiq_verifier::poll::Blinding;

use super::super::claim::tests::{Scene, draft, presentation, unproved};
use super::*;
use crate::progress::Silent;
use crate::wallet::Wallet;

/// A claim by somebody else.
fn claim_of_another(scene: &Scene) -> ClaimView {
    let other = Wallet::in_memory();
    let commitment = other.identity(&crate::fake::id()).commitment();
    scene.fake.shown().members.push(commitment);
    scene.fake.seal();
    let mut claimant = Scene::of(scene.fake.clone(), other);
    let plan = claimant.plan(&draft("doi:10.1/a")).unwrap();
    scene.fake.open(&unproved(&claimant.member, &plan))
}

fn synced(scene: &mut Scene) {
    scene.ledger = scene.member.sync(&crate::sync::TileCache::none(), &Silent).unwrap();
}

fn may(scene: &Scene, view: &ClaimView) -> Reviewable {
    scene.member.reviewable(&scene.ledger, view, &mut BTreeMap::new()).unwrap()
}

#[test]
fn whoever_holds_enough_may_review_and_one_point_short_is_told_here() {
    for (weights, expected) in [([4, 3, 3], true), ([4, 3, 2], false)] {
        let mut scene = Scene::with(&weights);
        let view = claim_of_another(&scene);
        synced(&mut scene);
        let outcome = scene.member.plan_review(&scene.ledger, &view.id, &Silent);
        match may(&scene, &view) {
            Reviewable::Yes => assert!(expected && outcome.is_ok()),
            Reviewable::No(why) => {
                assert!(!expected && why.contains("worth 9 of the required weight 10"), "{why}");
                assert!(matches!(outcome, Err(MemberError::Shortfall(_))));
            }
            Reviewable::Done(_) => panic!("nothing was reviewed"),
        }
        assert_eq!(scene.fake.shown().sent, 0);
    }
}

#[test]
fn nobody_reviews_their_own_claim() {
    let mut scene = Scene::with(&[4, 3, 3]);
    let plan = scene.plan(&draft("doi:10.1/a")).unwrap();
    let view = scene.fake.open(&unproved(&scene.member, &plan));
    // Not even with a wallet that has only the words: the tag gives it away to its owner.
    assert!(matches!(may(&scene, &view), Reviewable::No(why) if why.contains("your own claim")));
    let refused = scene.member.plan_review(&scene.ledger, &view.id, &Silent);
    assert!(matches!(refused, Err(MemberError::Refused(Refusal::OwnClaim))));
}

#[test]
fn a_claim_that_is_over_takes_nothing() {
    let mut scene = Scene::with(&[4, 3, 3]);
    let view = claim_of_another(&scene);
    synced(&mut scene);
    scene.member.info.now = view.closes_at;
    let late = scene.member.plan_review(&scene.ledger, &view.id, &Silent);
    assert!(matches!(late, Err(MemberError::Refused(Refusal::WindowOver(_)))));
    scene.fake.shown().claims[0].state = ClaimState::Rejected;
    let decided = scene.member.plan_review(&scene.ledger, &view.id, &Silent);
    assert!(matches!(decided, Err(MemberError::Refused(Refusal::NotOpen(ClaimState::Rejected)))));
}

#[test]
fn a_review_goes_out_again_as_it_was_and_is_made_once() {
    let mut scene = Scene::with(&[4, 3, 3]);
    let view = claim_of_another(&scene);
    synced(&mut scene);
    let opening =
        ReviewOpening { blinding: Blinding::new([1; 32]), verdict: Verdict::Reject, comment: "Not new.".into() };
    let review = Review { presentation: presentation(&scene.member, &view.scope, 3), opening };
    let record = ReviewRecord { claim: view.claim.clone(), review: review.clone(), receipt: None };
    scene.member.record(|deployment| deployment.acts.reviews.insert(view.id, record)).unwrap();
    assert_eq!(may(&scene, &view), Reviewable::Done(Verdict::Reject));
    let sent = scene.member.resume_review(&view.id).unwrap().unwrap();
    assert_eq!((sent.verdict, sent.proving), (Verdict::Reject, None));
    scene.member.follow_log(&crate::sync::TileCache::none(), &Silent).unwrap();
    assert!(scene.member.known().log.has(&sent.receipt));
    assert!(scene.member.resume_review(&view.id).unwrap().is_none());
    let again = scene.member.plan_review(&scene.ledger, &view.id, &Silent);
    assert!(matches!(again, Err(MemberError::Refused(Refusal::AlreadyReviewed))));
}

#[test]
fn who_is_recused_does_not_review() {
    let mut scene = Scene::with(&[4, 3, 3]);
    let view = claim_of_another(&scene);
    synced(&mut scene);
    let presentation = presentation(&scene.member, &view.scope, 9);
    let record = RecusalRecord { claim: view.claim.clone(), presentation, receipt: None };
    scene.member.record(|deployment| deployment.acts.recusals.insert(view.id, record)).unwrap();
    assert!(matches!(may(&scene, &view), Reviewable::No(why) if why.contains("recused")));
}
