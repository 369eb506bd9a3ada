//! Disputes, as far as no valid proof is needed: what is accepted is put into the database.

use aiq_circuits::statement::StatementId;
use aiq_server::{
    api::{ClaimState, ClaimView, PollView},
    store::{Enacted, Store as _},
};
use aiq_verifier::{
    claim::NewClaim,
    dispute::{Dispute, dispute_poll},
    log::Act,
    poll::{Change, Choice, Enactment, PollDefinition, PollId},
    presentation::Presentation,
    review::Verdict,
};
use serde_json::json;

use crate::{
    claims::{WINDOW, opened, reviewed},
    fixture::{Served, key_id},
    samples::{NOW, ballot, enrolment, join, presentation},
};

/// A claim that is decided with three of these verdicts, and where it is.
async fn decided(served: &Served, verdict: Verdict) -> (NewClaim, String) {
    let (new, _, path) = opened(served, 1, 1).await;
    reviewed(served, &new, &[verdict; 3]).await;
    served.advance(WINDOW);
    (new, path)
}

/// The dispute of nullifier `number`, with a proof of nothing.
fn dispute(number: u64, epoch: u32) -> Dispute {
    let statement = StatementId::Standing3;
    let presentation = Presentation { statement, ..presentation(number, key_id(statement)) };
    Dispute { epoch, reasons: "Reported elsewhere\nbefore.".into(), presentation }
}

/// Puts the dispute of nullifier `number` into the database, after a look at the claim that has it ruled on.
async fn disputed(served: &Served, new: &NewClaim, path: &str, number: u64) -> PollDefinition {
    let view: ClaimView = served.get(path).await.json(200);
    let claim = &new.claim;
    let at = NOW + WINDOW;
    let (eligibility, id) = (claim.eligibility.clone(), PollId::new([7; 16]));
    let poll = dispute_poll(id, claim.id(), &view.standard, eligibility, claim.roots, claim.key_id, at);
    let accepted = served.store().await.dispute(&claim.id(), &dispute(number, 0), &poll).await.unwrap();
    accepted.unwrap();
    poll
}

#[tokio::test]
async fn what_is_not_decided_is_not_disputed() {
    let served = Served::new().await;
    let (_, _, path) = opened(&served, 1, 1).await;
    let send = async |dispute: &Dispute| served.post(&format!("{path}/disputes"), &json!(dispute)).await;
    let nowhere = format!("/v1/claims/0x{}/disputes", "0".repeat(64));
    served.post(&nowhere, &json!(dispute(20, 0))).await.problem(404, "unknown_claim");
    send(&dispute(20, 0)).await.problem(409, "claim_open");
    // Nobody has reviewed it.
    served.advance(WINDOW);
    let problem = send(&dispute(20, 0)).await.problem(409, "nothing_to_dispute");
    assert!(problem.hint.unwrap().contains("claimed anew"));
    send(&Dispute { reasons: String::new(), ..dispute(20, 0) }).await.problem(422, "invalid_dispute");
    send(&Dispute { reasons: "x".repeat(8_001), ..dispute(20, 0) }).await.problem(422, "invalid_dispute");
}

#[tokio::test]
async fn the_epoch_and_the_proof_are_checked() {
    let served = Served::new().await;
    let (_, path) = decided(&served, Verdict::Reject).await;
    let send = async |dispute: &Dispute| served.post(&format!("{path}/disputes"), &json!(dispute)).await;
    send(&dispute(20, 1)).await.problem(404, "unknown_epoch");
    send(&dispute(20, 0)).await.problem(422, "proof_invalid");
    let membership = presentation(20, key_id(StatementId::Membership));
    send(&Dispute { presentation: membership, ..dispute(20, 0) }).await.problem(422, "wrong_statement");
    let batch: serde_json::Value =
        served.admin("/v1/invitations", &json!({"count": 1, "expires_in": 60})).await.json(201);
    let enrolment = enrolment(batch["invitations"][0]["token"].as_str().unwrap(), 5);
    assert_eq!(served.post("/v1/enrolments", &enrolment).await.status, 201);
    served.service.seal_epoch().await.unwrap();
    send(&dispute(20, 0)).await.problem(409, "stale_epoch");
    send(&dispute(20, 1)).await.problem(422, "proof_invalid");
}

#[tokio::test]
async fn a_claim_in_dispute_says_so_and_takes_no_other() {
    let served = Served::new().await;
    let (new, path) = decided(&served, Verdict::Accept).await;
    let poll = disputed(&served, &new, &path, 20).await;
    let view: ClaimView = served.get(&path).await.json(200);
    assert_eq!((view.state, view.dispute), (ClaimState::Accepted, Some(poll.id)));
    let disputes = format!("{path}/disputes");
    let again: PollView = served.post(&disputes, &json!(dispute(20, 0))).await.json(200);
    assert_eq!(again, served.get(&format!("/v1/polls/{}", poll.id)).await.json(200));
    let change = Change::Overturn { claim: new.claim.id() };
    assert_eq!(again.definition.enactment, Some(Enactment { option: 1, change }));
    let (claim, dispute_of) = (new.claim.id(), again.dispute.clone().unwrap());
    assert_eq!(dispute_of, dispute(20, 0));
    let act = Act::Dispute { claim, dispute: dispute_of, poll: Box::new(poll.clone()) };
    let service = &served.service;
    again.receipt.verify_for(&service.service_key(), service.deployment_id(), act).unwrap();
    let other_reasons = Dispute { reasons: "Never mind.".into(), ..dispute(20, 0) };
    served.post(&disputes, &json!(other_reasons)).await.problem(409, "nullifier_used");
    let problem = served.post(&disputes, &json!(dispute(21, 0))).await.problem(409, "in_dispute");
    assert!(problem.detail.contains(&poll.id.to_string()), "{}", problem.detail);
}

#[tokio::test]
async fn an_upheld_dispute_is_enacted_by_the_tally() {
    let served = Served::new().await;
    let (new, path) = decided(&served, Verdict::Accept).await;
    let poll = disputed(&served, &new, &path, 20).await;
    let (store, scope) = (served.store().await, poll.scope(served.service.deployment_id()));
    for (number, key, option) in [(31, 1, 1), (32, 2, 1), (33, 3, 0)] {
        store.join(&poll.id, &join(number, key), NOW + WINDOW).await.unwrap().unwrap();
        let ballot = ballot(scope, number, key, 0, &Choice::Option(option));
        store.vote(&poll.id, &ballot, None, NOW + WINDOW).await.unwrap().unwrap();
    }
    served.advance(WINDOW);
    assert_eq!(served.service.tick().await.unwrap().tallied, 1);
    let view: ClaimView = served.get(&path).await.json(200);
    assert_eq!((view.state, view.dispute), (ClaimState::Revoked, None));
    let poll: PollView = served.get(&format!("/v1/polls/{}", poll.id)).await.json(200);
    assert_eq!(poll.enacted, Some(Enacted::Revoked));
    served.post(&format!("{path}/disputes"), &json!(dispute(21, 0))).await.problem(409, "nothing_to_dispute");
    // The credential was granted and revoked before it ever was a leaf: it becomes one, and a tombstone.
    let sealed = served.service.seal_epoch().await.unwrap().checkpoint;
    assert_eq!((sealed.credentials, sealed.revoked), (4, 1));
}
