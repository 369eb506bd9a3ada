//! Disputes (§7) with real proofs, from a claim to its revocation, and what of it is refused.

use std::sync::Arc;
use std::thread;

use aiq_circuits::credential::Attributes;
use aiq_circuits::statement::StatementId;
use aiq_server::api::{ClaimState, ClaimView, Enacted, PollView, StandardList};
use aiq_tests::actor::{Actor, ballot_key};
use aiq_tests::deployment::Deployment;
use aiq_tests::keys::keys;
use aiq_tests::raw::{Raw, Reply};
use aiq_tests::world::safety;
use aiq_verifier::claim::{Claim, NewClaim, claim_message, ticket_scope};
use aiq_verifier::dispute::{Dispute, dispute_message, dispute_scope};
use aiq_verifier::eligibility::Eligibility;
use aiq_verifier::log::Act;
use aiq_verifier::poll::{Blinding, Choice};
use aiq_verifier::presentation::Presentation;
use aiq_verifier::review::{Review, ReviewOpening, Verdict, review_message};
use serde_json::json;

use super::log::audited;
use super::polls::{send_ballot, send_join};

/// Who may review under the built-in standard.
const REVIEWERS: &str = "ai-3-10";
const REASONS: &str = "The table is taken from another paper.";

/// Members 1 to 3 may review; member 4 holds one credential, member 5, who claims, none.
fn deployment() -> Deployment {
    let standing: &[Attributes] = &[safety(5), safety(4), safety(3)];
    Deployment::new(&[standing, standing, standing, &[safety(9)], &[]])
}

fn view(deployment: &Deployment, path: &str) -> ClaimView {
    serde_json::from_value(deployment.raw().get(path).json()).unwrap()
}

/// Member 5 claims a paper for its tag 0; where the claim is.
fn claim(deployment: &Deployment, claimant: &Actor) -> String {
    let listed: StandardList = serde_json::from_value(deployment.raw().get("/v1/standards").json()).unwrap();
    let (standard, (roots, sealed_at)) = (&listed.standards[0], claimant.latest());
    let entry = claimant.member.menu(&standard.standard.reviewers).unwrap();
    let claim = Claim {
        domain: "1.4.0.0".parse().unwrap(),
        kind: standard.standard.kinds[0].kind,
        title: "On attention".into(),
        summary: String::new(),
        evidence: vec!["arxiv:2401.00001".parse().unwrap()],
        renews: None,
        tag: deployment.identity(5).tag(0),
        standard: standard.id,
        eligibility: entry.eligibility(sealed_at),
        roots,
        key_id: keys().entry(StatementId::Standing3).unwrap().key_id,
    };
    let scope = claim.scope(&deployment.id);
    let presentation = claimant.present_owning(0, &roots, scope, claim_message(&scope));
    let ticket = ticket_scope(&deployment.id, roots.epoch, 0);
    let ticket = claimant.present(&Eligibility::Membership, &roots, ticket, claim_message(&scope));
    let path = format!("/v1/claims/{}", claim.id());
    let reply = deployment.raw().post("/v1/claims", &json!(NewClaim { claim, presentation, number: 0, ticket }));
    assert_eq!(reply.status, 201, "{}", reply.text());
    path
}

/// Members 1 to 3 accept the claim, and it is ruled on.
fn accept(deployment: &Deployment, path: &str) {
    let open = view(deployment, path);
    for number in 1..=3 {
        let opening =
            ReviewOpening { blinding: Blinding::new([number; 32]), verdict: Verdict::Accept, comment: String::new() };
        let message = review_message(&open.scope, &opening.commitment());
        let presentation =
            deployment.actor(number).present(&open.claim.eligibility, &open.claim.roots, open.scope, message);
        let reply = deployment.raw().post(&format!("{path}/reviews"), &json!(Review { presentation, opening }));
        assert_eq!(reply.status, 201, "{}", reply.text());
    }
    deployment.clock.set(open.closes_at);
    assert_eq!(view(deployment, path).state, ClaimState::Accepted);
}

/// The dispute by a member who meets an entry of the menu.
fn dispute(deployment: &Deployment, actor: &Actor, menu: &str, claim: &ClaimView, reasons: &str) -> Dispute {
    let epoch = actor.latest().0.epoch;
    let scope = dispute_scope(&deployment.id, epoch, &claim.id);
    Dispute {
        epoch,
        reasons: reasons.into(),
        presentation: actor.present_now(menu, scope, dispute_message(&scope, reasons)),
    }
}

fn send(raw: &Raw, path: &str, dispute: &Dispute) -> Reply {
    raw.post(&format!("{path}/disputes"), &json!(dispute))
}

#[test]
fn an_accepted_claim_is_disputed_overturned_and_revoked() {
    let deployment = deployment();
    let mut claimant = deployment.actor(5);
    let path = claim(&deployment, &claimant);
    let raw = deployment.raw();
    let open = view(&deployment, &path);
    send(&raw, &path, &dispute(&deployment, &deployment.actor(1), REVIEWERS, &open, REASONS))
        .assert_problem(409, "claim_open");
    accept(&deployment, &path);
    assert!(deployment.admin().seal().unwrap().sealed);
    claimant.sync();
    assert_eq!(claimant.member.holdings(&claimant.ledger).len(), 1);

    // Under an epoch that is over; by less than the standard asks of reviewers; by a mere member; changed on the way.
    let stale = Dispute { epoch: 0, ..dispute(&deployment, &deployment.actor(1), REVIEWERS, &open, REASONS) };
    send(&raw, &path, &stale).assert_problem(409, "stale_epoch");
    let weak = dispute(&deployment, &deployment.actor(4), "ai-1", &open, REASONS);
    send(&raw, &path, &weak).assert_problem(422, "proof_invalid");
    let (roots, scope) = (claimant.latest().0, dispute_scope(&deployment.id, 1, &open.id));
    let message = dispute_message(&scope, REASONS);
    let membership = claimant.present(&Eligibility::Membership, &roots, scope, message);
    send(&raw, &path, &Dispute { presentation: membership, ..weak.clone() }).assert_problem(422, "wrong_statement");
    let good = dispute(&deployment, &deployment.actor(1), REVIEWERS, &open, REASONS);
    let other = Presentation { nullifier: weak.presentation.nullifier, ..good.presentation.clone() };
    for changed in
        [Dispute { reasons: "Nothing.".into(), ..good.clone() }, Dispute { presentation: other, ..good.clone() }]
    {
        send(&raw, &path, &changed).assert_problem(422, "proof_invalid");
    }

    let accepted = send(&raw, &path, &good);
    assert_eq!(accepted.status, 201, "{}", accepted.text());
    let poll: PollView = serde_json::from_value(accepted.json()).unwrap();
    let act = Act::Dispute { claim: open.id, dispute: good.clone(), poll: Box::new(poll.definition.clone()) };
    poll.receipt.verify_for(&deployment.service_key, &deployment.id, act).unwrap();
    assert_eq!(send(&raw, &path, &good).status, 200);
    assert_eq!(view(&deployment, &path).dispute, Some(poll.definition.id));
    let second = dispute(&deployment, &deployment.actor(2), REVIEWERS, &open, "Another reason.");
    send(&raw, &path, &second).assert_problem(409, "in_dispute");

    for number in 1..=3 {
        let actor = deployment.actor(number);
        let key = ballot_key(number);
        assert_eq!(send_join(&deployment, &poll, &actor.join_with(&poll, &key)).status, 201);
        let ballot = actor.ballot(&poll, &key, 0, &Choice::Option(1).encode());
        assert_eq!(send_ballot(&deployment, &poll, &ballot).status, 201);
    }
    deployment.close_poll(&poll);
    deployment.client().tally(&poll.definition.id).unwrap();
    let poll = deployment.client().poll(&poll.definition.id).unwrap();
    assert_eq!(poll.enacted, Some(Enacted::Revoked));
    assert_eq!(view(&deployment, &path).state, ClaimState::Revoked);
    assert!(deployment.admin().seal().unwrap().sealed);
    claimant.sync();
    assert!(claimant.member.holdings(&claimant.ledger).iter().all(|held| held.revoked));
    let report = audited(&deployment.client());
    assert_eq!(report.fault, None);
    assert_eq!((report.entries["dispute"], report.entries["revocation"], report.revoked), (1, 1, 1));
    let late = dispute(&deployment, &deployment.actor(2), REVIEWERS, &open, "It was its own table.");
    send(&raw, &path, &late).assert_problem(409, "nothing_to_dispute");
}

/// ATTACKS 16: two members' disputes, each sent many times at once to two services.
#[test]
fn of_two_disputes_sent_a_hundred_times_one_is_accepted() {
    let deployment = deployment();
    let path = claim(&deployment, &deployment.actor(5));
    accept(&deployment, &path);
    let replica = deployment.replica();
    let open = view(&deployment, &path);
    let disputes = [1, 2].map(|number| dispute(&deployment, &deployment.actor(number), REVIEWERS, &open, REASONS));
    let shared = Arc::new((path.clone(), disputes));
    let addresses = [deployment.url(), replica.url()];
    let threads: Vec<_> = (0..100_usize)
        .map(|number| {
            let (shared, raw) = (Arc::clone(&shared), Raw::new(&addresses[number / 2 % 2]));
            thread::spawn(move || send(&raw, &shared.0, &shared.1[number % 2]))
        })
        .collect();
    let replies: Vec<Reply> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let count = |status: u16| replies.iter().filter(|reply| reply.status == status).count();
    assert_eq!((count(201), count(200), count(409)), (1, 49, 50));
    replies.iter().filter(|reply| reply.status == 409).for_each(|reply| reply.assert_problem(409, "in_dispute"));
    assert_eq!(deployment.client().polls().unwrap().len(), 1);
}
