use aiq_circuits::statement::StatementId;
use aiq_server::api::{PollPage, PollView};
use aiq_verifier::{
    log::Act,
    poll::{Decision, Phase, PollRule, Threshold, TieBreak},
};
use serde_json::{Value, json};

use crate::{
    fixture::{Served, key_id},
    samples::{NOW, enrolment, join, presentation},
};

/// Founders of the deployment.
const MEMBERS: u32 = 3;

pub fn new_poll() -> Value {
    json!({
        "question": "Shall we?",
        "options": ["Yes", "No"],
        "eligibility": {"kind": "membership"},
        "opens_at": NOW + 100,
        "closes_at": NOW + 200,
        "sealing": {"kind": "none"},
    })
}

pub async fn announce(served: &Served) -> PollView {
    served.admin("/v1/polls", &new_poll()).await.json(201)
}

#[tokio::test]
async fn an_announced_poll_pins_roots_key_and_requirement() {
    let served = Served::new().await;
    let mut body = new_poll();
    body["eligibility"] = json!({"kind": "standing", "menu": "safety-3-10"});
    let view: PollView = served.admin("/v1/polls", &body).await.json(201);
    let (service, definition) = (&served.service, &view.definition);
    assert_eq!(view.scope, definition.scope(service.deployment_id()));
    assert_eq!((definition.announced_at, definition.roots.epoch), (NOW, 0));
    assert_eq!(definition.eligibility.requirement().unwrap().as_of, NOW);
    assert_eq!(definition.key_id, key_id(StatementId::Standing3));
    assert_eq!((view.phase, view.joined, view.voted), (Phase::Announced, 0, 0));
    let act = Act::Poll(view.definition.clone());
    view.receipt.verify_for(&service.service_key(), service.deployment_id(), act).unwrap();

    let batch: Value = served.admin("/v1/invitations", &json!({"count": 1, "expires_in": 60})).await.json(201);
    let enrolment = enrolment(batch["invitations"][0]["token"].as_str().unwrap(), 5);
    assert_eq!(served.post("/v1/enrolments", &enrolment).await.status, 201);
    assert_eq!(served.admin("/v1/epochs", &json!({})).await.status, 201);
    let later: PollView = served.get(&format!("/v1/polls/{}", definition.id)).await.json(200);
    assert_eq!(later, view, "another epoch does not change a poll");
}

#[tokio::test]
async fn a_poll_without_an_opening_opens_at_once() {
    let served = Served::new().await;
    let mut body = new_poll();
    body.as_object_mut().unwrap().remove("opens_at");
    let view: PollView = served.admin("/v1/polls", &body).await.json(201);
    assert_eq!((view.definition.opens_at, view.phase), (NOW, Phase::Open));
}

#[tokio::test]
async fn a_poll_that_breaks_a_rule_is_refused() {
    let served = Served::new().await;
    for (field, value, code) in [
        ("question", json!(""), "invalid_poll"),
        ("question", json!("two\nlines"), "invalid_poll"),
        ("options", json!(["One"]), "invalid_poll"),
        ("options", json!(["One", "One "]), "invalid_poll"),
        ("options", json!(vec!["x"; 65]), "invalid_poll"),
        ("opens_at", json!(NOW - 1), "invalid_poll"),
        ("closes_at", json!(NOW + 100), "invalid_poll"),
        ("closes_at", json!(-1), "invalid_body"),
        ("eligibility", json!({"kind": "standing", "menu": "safety-4-10"}), "not_on_menu"),
        ("eligibility", json!({"kind": "standing", "menu": "safety-3-10", "min_weight": 1}), "invalid_body"),
        ("eligibility", json!({"kind": "anyone"}), "invalid_body"),
        ("roots", json!({}), "invalid_body"),
        ("rule", json!("approval"), "invalid_body"),
        ("rule", json!({"type": "lottery"}), "invalid_body"),
        ("rule", json!({"type": "schulze", "min": 1}), "invalid_body"),
        ("rule", json!({"type": "approval", "max": 2}), "invalid_body"),
        ("rule", json!({"type": "approval", "min": 0, "max": 3}), "invalid_poll"),
        ("rule", json!({"type": "approval", "min": 2, "max": 1}), "invalid_poll"),
        ("rule", json!({"type": "score", "max": 0}), "invalid_poll"),
        ("rule", json!({"type": "quadratic", "credits": 0}), "invalid_poll"),
        ("quorum", json!(1), "invalid_body"),
        ("quorum", json!({"members": "2/4"}), "invalid_body"),
        ("quorum", json!({"members": 0.5}), "invalid_body"),
        ("quorum", json!({"ballots": MEMBERS + 1}), "invalid_poll"),
        ("threshold", json!({"at-least": "3/2"}), "invalid_body"),
        ("threshold", json!({"at-least": "0/1"}), "invalid_body"),
        ("threshold", json!({"more-than": "1/1"}), "invalid_poll"),
        ("tie_break", json!("coin"), "invalid_body"),
        ("reward", json!({"domain": "1.9.1.0", "weight": 1}), "invalid_body"),
        ("reward", json!({"domain": "1.9.1.0", "weight": 1, "validity": 86_399}), "invalid_body"),
        ("reward", json!({"domain": "1.9.1.0", "weight": 0, "validity": 86_400}), "invalid_poll"),
        ("reward", json!({"domain": "7.0.0.0", "weight": 1, "validity": 86_400}), "unknown_domain"),
    ] {
        let mut body = new_poll();
        body[field] = value;
        served.admin("/v1/polls", &body).await.problem(422, code);
    }
    let page: PollPage = served.get("/v1/polls").await.json(200);
    assert!(page.polls.is_empty());
}

#[tokio::test]
async fn a_poll_states_what_it_takes_to_win() {
    let served = Served::new().await;
    let mut body = new_poll();
    let plain: PollView = served.admin("/v1/polls", &body).await.json(201);
    assert_eq!((plain.definition.rule, plain.definition.decision), (PollRule::SingleChoice {}, Decision::default()));
    body["rule"] = json!({"type": "approval", "min": 1, "max": 2});
    body["threshold"] = json!({"more-than": "1/2"});
    body["tie_break"] = json!("order");
    // The definition states the number of ballots: half of the members, rounded up.
    for (quorum, expected) in [
        (json!({"ballots": MEMBERS}), MEMBERS),
        (json!({"members": "1/2"}), MEMBERS.div_ceil(2)),
        (json!({"members": "1/1"}), MEMBERS),
    ] {
        body["quorum"] = quorum;
        let view: PollView = served.admin("/v1/polls", &body).await.json(201);
        assert_eq!(view.definition.rule, PollRule::Approval { min: 1, max: 2 });
        let threshold = Threshold::MoreThan("1/2".parse().unwrap());
        let decision = Decision { quorum: expected, threshold, tie_break: TieBreak::Order };
        assert_eq!(view.definition.decision, decision);
    }
}

#[tokio::test]
async fn a_reward_counts_to_the_end_of_a_span_of_ninety_days() {
    let served = Served::new().await;
    let mut body = new_poll();
    body["reward"] = json!({"domain": "1.9.1.0", "weight": 3, "validity": 86_400});
    let view: PollView = served.admin("/v1/polls", &body).await.json(201);
    let reward = view.definition.reward.unwrap();
    assert_eq!((reward.domain.to_string().as_str(), reward.weight), ("1.9.1.0", 3));
    let span = 90 * 86_400;
    let least = view.definition.closes_at + 86_400;
    assert_eq!(reward.expires_at % span, 0);
    assert!((least..least + span).contains(&reward.expires_at), "from the close on, {least} to {}", reward.expires_at);
}

#[tokio::test]
async fn polls_are_listed_in_pages() {
    let served = Served::new().await;
    for _ in 0..5 {
        announce(&served).await;
    }
    let mut seen = Vec::new();
    let mut path = "/v1/polls?limit=2".to_owned();
    loop {
        let page: PollPage = served.get(&path).await.json(200);
        assert!(page.polls.len() <= 2);
        seen.extend(page.polls.into_iter().map(|poll| poll.definition.id));
        let Some(next) = page.next else { break };
        path = format!("/v1/polls?limit=2&after={next}");
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted());
}

#[tokio::test]
async fn a_join_that_proves_nothing_is_refused() {
    let served = Served::new().await;
    let poll = announce(&served).await;
    let path = format!("/v1/polls/{}/joins", poll.definition.id);
    let mut attempt = join(1, 1);
    served.post(&path, &json!(attempt)).await.problem(409, "wrong_key");
    attempt.presentation = presentation(1, poll.definition.key_id);
    served.post(&path, &json!(attempt)).await.problem(422, "proof_invalid");
    attempt.presentation.statement = StatementId::Standing8;
    served.post(&path, &json!(attempt)).await.problem(422, "wrong_statement");
    let mut body = json!(attempt);
    body["ballot_key"] = json!(format!("0x{}", "00".repeat(32)));
    served.post(&path, &body).await.problem(422, "invalid_ballot");
    body["presentation"]["proof"] = json!(format!("0x{}", "00".repeat(128)));
    served.post(&path, &body).await.problem(422, "invalid_body");
    served.advance(200);
    served.post(&path, &json!(attempt)).await.problem(409, "poll_closed");
    let view: PollView = served.get(&format!("/v1/polls/{}", poll.definition.id)).await.json(200);
    assert_eq!((view.joined, view.phase), (0, Phase::Closed));
}

#[tokio::test]
async fn an_unknown_poll_is_unknown_everywhere() {
    let served = Served::new().await;
    let poll = format!("/v1/polls/0x{}", "00".repeat(16));
    for path in ["", "/joins", "/ballots", "/tally"] {
        served.get(&format!("{poll}{path}")).await.problem(404, "unknown_poll");
    }
    served.post(&format!("{poll}/joins"), &json!(join(1, 1))).await.problem(404, "unknown_poll");
}
