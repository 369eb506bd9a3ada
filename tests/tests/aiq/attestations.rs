//! Attack 24: a presentation is good for one audience, nonce, deployment and requirement (§6).

use aiq_cli::member::{MemberError, check_result};
use aiq_cli::progress::Silent;
use aiq_server::Bytes32;
use aiq_server::api::{AttestationView, NewAttestation};
use aiq_tests::actor::{Actor, ballot_key};
use aiq_tests::deployment::{Deployment, found};
use aiq_tests::keys::{provers, rerandomised};
use aiq_tests::raw::Reply;
use aiq_tests::world::safety;
use aiq_verifier::attestation::{AttestationRequest, AttestationResult};
use aiq_verifier::poll::{BallotKey, join_message};
use aiq_verifier::presentation::Presentation;
use aiq_verifier::service_key::ServiceKey;
use serde_json::json;

fn deployment() -> Deployment {
    let held = [safety(5), safety(4), safety(3)];
    Deployment::new(&[&held, &held, &[safety(1)]])
}

fn ask(deployment: &Deployment, audience: &str, linkable: bool, nonce: u8) -> AttestationView {
    let request = NewAttestation {
        audience: audience.into(),
        menu: "safety-3-10".into(),
        nonce: Some(Bytes32([nonce; 32])),
        linkable,
        expires_in: 600,
    };
    deployment.client().open_attestation(&request).unwrap()
}

/// A valid answer to a request.
fn answer(actor: &Actor, request: &AttestationRequest) -> Presentation {
    let deployment = actor.member.deployment_id();
    actor.present(&request.eligibility, &request.roots, request.scope(deployment), request.message(deployment))
}

fn send(deployment: &Deployment, view: &AttestationView, presentation: &Presentation) -> Reply {
    deployment.raw().post(&format!("/v1/attestations/{}/presentation", view.id), &json!(presentation))
}

#[test]
fn an_attestation_is_verified_offline_by_the_one_who_asked() {
    let deployment = deployment();
    let view = ask(&deployment, "Lab A", false, 1);
    let mut actor = deployment.actor(1);
    let attested = actor.member.attest(&actor.ledger, provers(), &view.id, &Silent).unwrap();
    // What the employer holds: its own request, the result, and the service's key from the genesis.
    check_result(&attested.result, &view.request, &deployment.id, &deployment.service_key).unwrap();
    let shown = deployment.client().attestation(&view.id).unwrap().answer.unwrap();
    assert_eq!(shown.result, attested.result);
    let act = aiq_verifier::log::Act::Attestation { digest: shown.result.log_digest() };
    shown.receipt.verify_for(&deployment.service_key, &deployment.id, act).unwrap();

    let changes: [fn(&mut AttestationResult); 4] = [
        |result| result.presented_at += 1,
        |result| result.nullifier = aiq_circuits::identity::Nullifier::new(5_u64.into()),
        |result| result.request_id = aiq_verifier::attestation::RequestId::new([1; 32]),
        |result| result.deployment_id = aiq_circuits::identity::DeploymentId::new([1; 32]),
    ];
    for change in changes {
        let mut forged = attested.result.clone();
        change(&mut forged);
        assert!(check_result(&forged, &view.request, &deployment.id, &deployment.service_key).is_err());
    }
    let stranger = ServiceKey::of(&ballot_key(1));
    assert!(check_result(&attested.result, &view.request, &deployment.id, &stranger).is_err());
    let other = AttestationRequest { audience: "Lab B".into(), ..view.request };
    assert!(check_result(&attested.result, &other, &deployment.id, &deployment.service_key).is_err());
}

#[test]
fn an_answer_for_another_audience_or_nonce_is_refused() {
    let deployment = deployment();
    let actor = deployment.actor(1);
    for linkable in [false, true] {
        let asked = ask(&deployment, "Lab A", linkable, 1);
        let presentation = answer(&actor, &asked.request);
        let audience = ask(&deployment, "Lab B", linkable, 1);
        let nonce = ask(&deployment, "Lab A", linkable, 2);
        let other_kind = ask(&deployment, "Lab A", !linkable, 3);
        for other in [&audience, &nonce, &other_kind] {
            send(&deployment, other, &presentation).assert_problem(422, "proof_invalid");
        }
        assert_eq!(send(&deployment, &asked, &presentation).status, 201);
    }
}

#[test]
fn an_answer_from_another_deployment_is_refused() {
    let here = deployment();
    let held = [safety(5), safety(4), safety(3)];
    let there = Deployment::founded(
        |_| {},
        |_, file| {
            for (number, held) in [(1, &held[..]), (2, &held[..]), (3, &[safety(1)][..])] {
                found(file, number, &here.id, held);
            }
        },
    );
    let (asked, copied) = (ask(&here, "Lab A", true, 1), ask(&there, "Lab A", true, 1));
    assert_eq!(asked.request, copied.request, "the same request down to the roots, in two deployments");
    assert_ne!(asked.scope, copied.scope);
    let presentation = answer(&here.actor(1), &asked.request);
    assert_eq!(send(&here, &asked, &presentation).status, 201);
    send(&there, &copied, &presentation).assert_problem(422, "proof_invalid");
}

#[test]
fn a_join_is_no_answer_and_an_answer_is_no_join() {
    let deployment = deployment();
    let actor = deployment.actor(1);
    let (asked, poll) = (ask(&deployment, "Lab A", false, 1), deployment.announce_to("safety-3-10"));
    let join = actor.join_with(&poll, &ballot_key(1));
    send(&deployment, &asked, &join.presentation).assert_problem(422, "proof_invalid");
    let presentation = answer(&actor, &asked.request);
    let path = format!("/v1/polls/{}/joins", poll.definition.id);
    let body = json!({ "presentation": presentation, "ballot_key": join.ballot_key });
    deployment.raw().post(&path, &body).assert_problem(422, "proof_invalid");
    // With everything right but the message: a proof for the poll's scope that commits to the request.
    let message = asked.request.message(&deployment.id);
    let crossed = actor.present(&poll.definition.eligibility, &poll.definition.roots, poll.scope, message);
    let body = json!({ "presentation": crossed, "ballot_key": join.ballot_key });
    deployment.raw().post(&path, &body).assert_problem(422, "proof_invalid");
    let message = join_message(&poll.scope, &BallotKey::of(&ballot_key(1)));
    let crossed = actor.present(&asked.request.eligibility, &asked.request.roots, asked.scope, message);
    send(&deployment, &asked, &crossed).assert_problem(422, "proof_invalid");
}

#[test]
fn a_request_is_answered_by_one_member_once() {
    let deployment = deployment();
    let asked = ask(&deployment, "Lab A", false, 1);
    let first = answer(&deployment.actor(1), &asked.request);
    let second = answer(&deployment.actor(2), &asked.request);
    let accepted = send(&deployment, &asked, &first);
    assert_eq!(accepted.status, 201);
    send(&deployment, &asked, &second).assert_problem(409, "attestation_answered");
    // The same member again, with other proof bytes and later than the request's time: the first result.
    deployment.clock.advance(10_000);
    let proof = rerandomised(first.statement, &first.proof);
    for again in [first.clone(), Presentation { proof, ..first }] {
        let reply = send(&deployment, &asked, &again);
        assert_eq!((reply.status, reply.json()), (200, accepted.json()));
    }
}

#[test]
fn a_request_expires_to_the_second() {
    let deployment = deployment();
    let (asked, late) = (ask(&deployment, "Lab A", false, 1), ask(&deployment, "Lab B", false, 1));
    let actor = deployment.actor(1);
    let (in_time, too_late) = (answer(&actor, &asked.request), answer(&actor, &late.request));
    deployment.clock.set(asked.request.expires_at - 1);
    assert_eq!(send(&deployment, &asked, &in_time).status, 201);
    deployment.clock.set(late.request.expires_at);
    send(&deployment, &late, &too_late).assert_problem(410, "attestation_expired");
}

#[test]
fn an_audience_recognises_a_member_only_where_it_says_so() {
    let deployment = deployment();
    let identity = deployment.identity(1);
    let nullifier = |linkable, audience: &str, nonce| {
        let view = ask(&deployment, audience, linkable, nonce);
        assert_eq!(view.scope, view.request.scope(&deployment.id));
        identity.nullifier(&view.scope)
    };
    assert_eq!(nullifier(true, "Lab A", 1), nullifier(true, "Lab A", 2));
    assert_ne!(nullifier(true, "Lab A", 1), nullifier(true, "Lab B", 1));
    assert_ne!(nullifier(false, "Lab A", 1), nullifier(false, "Lab A", 2));
    assert_ne!(nullifier(false, "Lab A", 1), nullifier(true, "Lab A", 1));
}

#[test]
fn who_does_not_meet_the_requirement_is_told_and_sends_nothing() {
    let deployment = deployment();
    let asked = ask(&deployment, "Lab A", false, 1);
    let mut actor = deployment.actor(3);
    let error = actor.member.attest(&actor.ledger, provers(), &asked.id, &Silent).unwrap_err();
    assert!(matches!(error, MemberError::Shortfall(_)), "{error}");
    assert!(error.to_string().contains("you hold 1 of the 3"), "{error}");
    assert!(deployment.client().attestation(&asked.id).unwrap().answer.is_none());
}

#[test]
fn a_request_that_is_not_on_the_menu_or_breaks_a_rule_is_refused() {
    let deployment = deployment();
    let honest = json!({ "audience": "Lab A", "menu": "safety-3-10", "linkable": false, "expires_in": 60 });
    let refused = |field: &str, value: serde_json::Value, status, code| {
        let mut request = honest.clone();
        request[field] = value;
        deployment.raw().post("/v1/attestations", &request).assert_problem(status, code);
    };
    refused("menu", json!("safety-255"), 422, "not_on_menu");
    refused("requirement", json!({ "domain": "1", "min_count": 1, "min_weight": 1, "as_of": 1 }), 422, "invalid_body");
    refused("audience", json!(""), 422, "invalid_attestation");
    refused("audience", json!("x".repeat(201)), 422, "invalid_attestation");
    refused("audience", json!("Lab A\u{202e}"), 422, "invalid_attestation");
    refused("expires_in", json!(0), 422, "invalid_body");
    refused("expires_in", json!(u32::MAX), 422, "invalid_body");
    refused("nonce", json!("0x00"), 422, "invalid_body");
    let unknown = format!("/v1/attestations/0x{}", "00".repeat(32));
    deployment.raw().get(&unknown).assert_problem(404, "unknown_attestation");
}
