//! Joins that must not be accepted: for another poll, by another member, under another key, of another statement.

use aiq_circuits::statement::StatementId;
use aiq_cli::member::MemberError;
use aiq_server::api::{NewEligibility, NewPoll};
use aiq_tests::actor::{Actor, ballot_key};
use aiq_tests::deployment::Deployment;
use aiq_tests::keys::keys;
use aiq_tests::world::{NOW, safety};
use aiq_verifier::eligibility::Eligibility;
use aiq_verifier::poll::{BallotKey, Join, join_message};
use aiq_verifier::presentation::Presentation;
use serde_json::json;

use super::{NOBODY_HOLDS_ANYTHING, open_poll, send_join};

#[test]
fn a_join_for_another_poll_is_refused() {
    let open = open_poll();
    let other = open.deployment.announce_to_members();
    send_join(&open.deployment, &other, &open.join).assert_problem(422, "proof_invalid");
    // With the nullifier of the other poll written over it, too.
    let mut moved = open.join.clone();
    moved.presentation.nullifier = open.actor.member.identity().nullifier(&other.scope);
    send_join(&open.deployment, &other, &moved).assert_problem(422, "proof_invalid");
}

#[test]
fn a_join_of_another_deployment_is_refused() {
    // Two deployments with the same members, down to the roots: an operator who copies a genesis.
    let here = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let there = Deployment::founded(
        |_| {},
        |_, file| {
            for number in 1..=3 {
                aiq_tests::deployment::found(file, number, &here.id, &[]);
            }
        },
    );
    let (poll, other) = (here.announce_to_members(), there.announce_to_members());
    assert_eq!(poll.definition.roots, other.definition.roots);
    assert_ne!(here.id, there.id);
    let join = here.actor(1).join_with(&poll, &ballot_key(1));
    assert_eq!(send_join(&here, &poll, &join).status, 201);
    send_join(&there, &other, &join).assert_problem(422, "proof_invalid");
    // The secret of here lives in both trees; that is what the copying operator did. What it made here is still of no
    // use there: scope, and with it nullifier and proof, are another deployment's.
    assert_ne!(poll.scope, other.scope);
}

#[test]
fn the_nullifier_tag_or_key_of_someone_else_in_a_join_is_refused() {
    let open = open_poll();
    let other = open.deployment.actor(2);
    let honest = other.join_with(&open.poll, &ballot_key(2));
    let mut stolen = honest.clone();
    stolen.presentation.nullifier = open.join.presentation.nullifier;
    send_join(&open.deployment, &open.poll, &stolen).assert_problem(422, "proof_invalid");
    let mut stolen = honest.clone();
    stolen.presentation.tag = open.join.presentation.tag;
    send_join(&open.deployment, &open.poll, &stolen).assert_problem(422, "proof_invalid");
    let stolen = Join { ballot_key: open.join.ballot_key, ..honest.clone() };
    send_join(&open.deployment, &open.poll, &stolen).assert_problem(422, "proof_invalid");
    assert_eq!(send_join(&open.deployment, &open.poll, &honest).status, 201);
}

#[test]
fn a_proof_of_another_statement_or_under_another_key_is_refused() {
    let held = [safety(5), safety(4), safety(3)];
    let deployment = Deployment::new(&[&held]);
    let poll = deployment.announce_to("safety-3-10");
    let actor = deployment.actor(1);
    let key = ballot_key(1);
    let (ballot_key, roots) = (BallotKey::of(&key), &poll.definition.roots);
    let message = join_message(&poll.scope, &ballot_key);
    // A member proves that it is one, where a standing is asked for.
    let member = actor.present(&Eligibility::Membership, roots, poll.scope, message);
    let join = Join { presentation: member.clone(), ballot_key };
    send_join(&deployment, &poll, &join).assert_problem(422, "wrong_statement");
    let renamed = Presentation { statement: StatementId::Standing3, ..member.clone() };
    send_join(&deployment, &poll, &Join { presentation: renamed.clone(), ballot_key }).assert_problem(409, "wrong_key");
    let key_id = keys().entry(StatementId::Standing3).unwrap().key_id;
    let disguised = Presentation { key_id, ..renamed };
    send_join(&deployment, &poll, &Join { presentation: disguised, ballot_key }).assert_problem(422, "proof_invalid");
    // A weaker requirement of the same statement, met by the same credentials.
    let weaker = deployment.announce_to("ai-1").definition.eligibility;
    let weak = actor.present(&weaker, roots, poll.scope, message);
    send_join(&deployment, &poll, &Join { presentation: weak, ballot_key }).assert_problem(422, "proof_invalid");
    assert_eq!(send_join(&deployment, &poll, &actor.join_with(&poll, &key)).status, 201);
}

#[test]
fn a_join_after_the_close_is_refused_but_an_earlier_one_keeps_its_receipt() {
    let open = open_poll();
    let late = open.deployment.actor(2).join_with(&open.poll, &ballot_key(2));
    let first = send_join(&open.deployment, &open.poll, &open.join);
    open.deployment.close_poll(&open.poll);
    send_join(&open.deployment, &open.poll, &late).assert_problem(409, "poll_closed");
    let again = send_join(&open.deployment, &open.poll, &open.join);
    assert_eq!((again.status, again.json()), (200, first.json()));
}

#[test]
fn a_ballot_key_that_any_signature_fits_is_refused() {
    // Points of small order, the identity among them: with such a key anyone could sign.
    let open = open_poll();
    let actor = open.deployment.actor(2);
    let mut identity = [0; 32];
    identity[0] = 1;
    for weak in [[0; 32], identity] {
        let ballot_key = BallotKey::new(weak);
        let (roots, message) = (&open.poll.definition.roots, join_message(&open.poll.scope, &ballot_key));
        let presentation = actor.present(&Eligibility::Membership, roots, open.poll.scope, message);
        let join = Join { presentation, ballot_key };
        send_join(&open.deployment, &open.poll, &join).assert_problem(422, "invalid_ballot");
    }
}

#[test]
fn who_enrols_after_the_announcement_cannot_join() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let poll = deployment.announce_to_members();
    deployment.enrol(4);
    assert!(deployment.admin().seal().unwrap().sealed);
    let mut late = deployment.actor(4);
    assert!(matches!(late.join(&poll), Err(MemberError::NotAMember { epoch: 0, members: 3 })));
    // A proof under the roots of today is none under those that the poll pinned.
    let today = deployment.announce_to_members();
    assert_ne!(today.definition.roots, poll.definition.roots);
    let message = join_message(&poll.scope, &BallotKey::of(&ballot_key(4)));
    let presentation = late.present(&Eligibility::Membership, &today.definition.roots, poll.scope, message);
    let join = Join { presentation, ballot_key: BallotKey::of(&ballot_key(4)) };
    send_join(&deployment, &poll, &join).assert_problem(422, "proof_invalid");
    late.join(&today).unwrap();
}

#[test]
fn who_is_not_eligible_is_told_why_before_anything_is_sent() {
    let expired = aiq_circuits::credential::Attributes { expires_at: NOW, ..safety(9) };
    let elsewhere = aiq_circuits::credential::Attributes { domain: aiq_tests::world::domain("1.1.4.0"), ..safety(9) };
    let deployment = Deployment::new(&[&[safety(5), safety(3), expired, elsewhere]]);
    let poll = deployment.announce_to("safety-3-10");
    let mut actor: Actor = deployment.actor(1);
    let error = actor.join(&poll).unwrap_err();
    assert!(matches!(error, MemberError::Shortfall(_)), "{error}");
    let told = error.to_string();
    for part in ["you hold 2 of the 3", "8 of the required weight 10", "has expired", "belongs to another domain"] {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(deployment.client().poll(&poll.definition.id).unwrap().joined, 0);
}

#[test]
fn a_requirement_that_is_not_on_the_menu_is_refused() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let (options, menu) = (vec!["I".into(), "not I".into()], "safety-255-255".into());
    let eligibility = NewEligibility::Standing { menu };
    let off_menu = NewPoll::new("Who holds the rarest credential?".into(), options, eligibility, NOW + 100);
    let error = deployment.admin().announce(&off_menu).unwrap_err();
    assert_eq!(error.code(), Some("not_on_menu"), "{error}");
    // A requirement of one's own making beside the name of the menu's, or instead of it.
    let admin = deployment.raw().with_bearer(&deployment.token);
    let requirement = json!({ "domain": "1.9.1", "min_count": 1, "min_weight": 60_000, "as_of": NOW });
    for eligibility in [
        json!({ "kind": "standing", "menu": "safety-3-10", "requirement": requirement }),
        json!({ "kind": "standing", "statement": "standing-3", "requirement": requirement }),
        json!({ "kind": "membership", "menu": "safety-3-10" }),
        json!({ "kind": "everyone" }),
    ] {
        let mut poll = json!(off_menu);
        poll["eligibility"] = eligibility;
        admin.post("/v1/polls", &poll).assert_problem(422, "invalid_body");
    }
    assert!(deployment.client().polls().unwrap().is_empty());
}

#[test]
fn only_the_administrator_announces_polls() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let poll = json!({ "question": "?", "options": ["a", "b"], "eligibility": { "kind": "membership" }, "closes_at": NOW + 1 });
    deployment.raw().post("/v1/polls", &poll).assert_problem(401, "unauthorized");
    let wrong = deployment.token.replace('0', "1");
    for token in [&wrong, "", "aiq_admin_"] {
        deployment.raw().with_bearer(token).post("/v1/polls", &poll).assert_problem(401, "unauthorized");
    }
    assert_eq!(deployment.raw().with_bearer(&deployment.token).post("/v1/polls", &poll).status, 201);
}

#[test]
fn a_poll_that_breaks_a_rule_is_refused() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let admin = deployment.raw().with_bearer(&deployment.token);
    let honest = json!({ "question": "?", "options": ["a", "b"], "eligibility": { "kind": "membership" }, "closes_at": NOW + 9 });
    for (field, value) in [
        ("question", json!("")),
        ("question", json!("two\nlines")),
        ("options", json!(["a"])),
        ("options", json!(["a", " a "])),
        ("options", json!((0..65).map(|n| n.to_string()).collect::<Vec<_>>())),
        ("opens_at", json!(NOW - 1)),
        ("opens_at", json!(NOW + 9)),
        ("closes_at", json!(NOW)),
    ] {
        let mut poll = honest.clone();
        poll[field] = value;
        admin.post("/v1/polls", &poll).assert_problem(422, "invalid_poll");
    }
}
