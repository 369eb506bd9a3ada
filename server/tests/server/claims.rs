//! Claims, as far as no valid proof is needed: what is accepted is put into the database.

use aiq_circuits::{identity::OwnerTag, scope::Scope};
use aiq_server::{
    api::{ClaimPage, ClaimState, ClaimView, Info, StandardList, StandardView},
    store::Store as _,
};
use aiq_verifier::{
    claim::{Claim, NewClaim},
    eligibility::PinnedRoots,
    log::Act,
    poll::Blinding,
    presentation::Presentation,
    review::{Review, ReviewOpening, RulingOutcome, Verdict},
};
use serde_json::{Value, json};

use crate::{
    fixture::{Served, key_id},
    samples::{NOW, enrolment, presentation, tag},
};

/// Two weeks, as the built-in standard has it.
pub const WINDOW: u32 = 14 * 86_400;

/// A claim about a paper that pins what holds now, with proofs of nothing. Its tag and nullifiers are of number `member`.
pub async fn new_claim(served: &Served, paper: u32, member: u64) -> NewClaim {
    let info: Info = served.get("/v1/info").await.json(200);
    let standards: StandardList = served.get("/v1/standards").await.json(200);
    let StandardView { id, standard, .. } = &standards.standards[0];
    let entry = info.menu.iter().find(|entry| entry.id == standard.reviewers).unwrap();
    let checkpoint = info.checkpoint;
    let claim = Claim {
        domain: "1.4.0.0".parse().unwrap(),
        kind: standard.kinds[0].kind,
        title: "On attention".into(),
        summary: "All of it.".into(),
        evidence: vec![format!("arxiv:2401.{paper:05}").parse().unwrap()],
        renews: None,
        tag: tag(100 * member),
        standard: *id,
        eligibility: entry.eligibility(checkpoint.sealed_at),
        roots: PinnedRoots {
            epoch: checkpoint.epoch,
            members_root: checkpoint.members_root,
            credentials_root: checkpoint.credentials_root,
        },
        key_id: key_id(entry.statement),
    };
    let key = key_id(aiq_circuits::statement::StatementId::Membership);
    let proved = |tag: OwnerTag| Presentation { tag, ..presentation(member, key) };
    NewClaim { presentation: proved(claim.tag), claim, number: 0, ticket: proved(tag(1)) }
}

/// A claim that stands in the database, and where it is.
pub async fn opened(served: &Served, paper: u32, member: u64) -> (NewClaim, Scope, String) {
    let new = new_claim(served, paper, member).await;
    served.store().await.open_claim(&new, NOW).await.unwrap().unwrap();
    let (scope, path) = (new.claim.scope(served.service.deployment_id()), format!("/v1/claims/{}", new.claim.id()));
    (new, scope, path)
}

/// Puts reviews of nullifiers 11, 12, … into the database.
pub async fn reviewed(served: &Served, new: &NewClaim, verdicts: &[Verdict]) {
    for (number, verdict) in (11_u8..).zip(verdicts) {
        let presentation =
            Presentation { tag: tag(u64::from(number)), ..presentation(number.into(), new.claim.key_id) };
        let opening =
            ReviewOpening { blinding: Blinding::new([number; 32]), verdict: *verdict, comment: "Sound.".into() };
        let review = Review { presentation, opening };
        served.store().await.review(&new.claim.id(), &review, NOW).await.unwrap().unwrap();
    }
}

async fn refused(served: &Served, change: impl FnOnce(&mut NewClaim), status: u16, code: &str) {
    let mut new = new_claim(served, 1, 1).await;
    change(&mut new);
    served.post("/v1/claims", &json!(new)).await.problem(status, code);
}

#[tokio::test]
async fn a_claim_that_pins_anything_else_than_what_holds_is_refused() {
    let served = Served::new().await;
    // Nothing is wrong but the proofs.
    refused(&served, |_| {}, 422, "proof_invalid").await;
    refused(&served, |new| new.claim.title = "two\nlines".into(), 422, "invalid_claim").await;
    refused(&served, |new| new.claim.evidence.clear(), 422, "invalid_claim").await;
    refused(&served, |new| new.claim.kind = aiq_circuits::credential::CredentialKind::new(99), 422, "invalid_claim")
        .await;
    refused(&served, |new| new.claim.domain = "1.4.9.0".parse().unwrap(), 422, "unknown_domain").await;
    refused(&served, |new| new.claim.standard = crate::samples::standard().id(), 409, "other_standard").await;
    refused(&served, |new| new.claim.tag = tag(7), 422, "other_tag").await;
    refused(&served, |new| new.number = 3, 422, "claim_limit").await;
    refused(&served, |new| new.number = 2, 422, "proof_invalid").await;
    refused(&served, |new| new.claim.roots.epoch = 1, 409, "stale_epoch").await;
    refused(&served, |new| new.claim.roots.members_root = crate::samples::roots().members_root, 422, "invalid_claim")
        .await;
    refused(&served, |new| new.claim.key_id = new.presentation.key_id, 409, "wrong_key").await;
    let info: Info = served.get("/v1/info").await.json(200);
    let entry = |id: &str| info.menu.iter().find(|entry| entry.id == id).unwrap();
    refused(&served, |new| new.claim.eligibility = entry("ai-1").eligibility(NOW), 422, "invalid_claim").await;
    refused(&served, |new| new.claim.eligibility = entry("ai-3-10").eligibility(NOW + 1), 422, "invalid_claim").await;
    let membership = aiq_verifier::eligibility::Eligibility::Membership;
    refused(&served, |new| new.claim.eligibility = membership, 422, "invalid_claim").await;
    refused(&served, |new| new.ticket.key_id = new.claim.key_id, 409, "wrong_key").await;
}

#[tokio::test]
async fn evidence_has_bounds_and_one_spelling() {
    let served = Served::new().await;
    let body = async |evidence: Value| {
        let mut body = json!(new_claim(&served, 1, 1).await);
        body["claim"]["evidence"] = evidence;
        served.post("/v1/claims", &body).await
    };
    let many: Vec<_> = (0..17).map(|paper| format!("arxiv:2401.{paper:05}")).collect();
    let problem = body(json!(many)).await.problem(422, "invalid_claim");
    assert!(problem.detail.contains("1 to 16 items"), "{}", problem.detail);
    body(json!(["arxiv:2401.00001", "arxiv:2401.00001v2"])).await.problem(422, "invalid_claim");
    let long = format!("doi:10.1000/{}", "a".repeat(2000));
    let problem = body(json!([long])).await.problem(422, "invalid_body");
    assert!(problem.detail.contains("at most 2000 bytes"), "{}", problem.detail);
    let problem = body(json!(["doi:10.1145/ABC"])).await.problem(422, "invalid_body");
    assert!(problem.detail.contains("in lower case"), "{}", problem.detail);
    // As much as fits has room in a request and in an entry of the log.
    let longest: Vec<_> = (10..26).map(|number| format!("doi:10.1000/{number}{}", "a".repeat(1986))).collect();
    body(json!(longest)).await.problem(422, "proof_invalid");
}

#[tokio::test]
async fn a_domain_without_a_standard_can_claim_nothing() {
    let mut place = crate::fixture::Place::new();
    place.genesis.standards[0].domain = "1.4".parse().unwrap();
    let served = place.served().await;
    refused(&served, |new| new.claim.domain = "1.5.0.0".parse().unwrap(), 422, "no_standard").await;
    refused(&served, |_| {}, 422, "proof_invalid").await;
}

#[tokio::test]
async fn a_claim_goes_on_under_the_standard_that_it_names() {
    let served = Served::new().await;
    let (new, scope, path) = opened(&served, 1, 1).await;
    let view: ClaimView = served.get(&path).await.json(200);
    assert_eq!((view.id, view.scope, &view.claim), (new.claim.id(), scope, &new.claim));
    assert_eq!((view.state, view.opened_at, view.closes_at), (ClaimState::Open, NOW, NOW + WINDOW));
    assert_eq!((view.standard.id(), view.ruling, view.ruled_at), (new.claim.standard, None, None));
    let (service, act) = (&served.service, Act::Claim(Box::new(new.clone())));
    view.receipt.verify_for(&service.service_key(), service.deployment_id(), act).unwrap();

    let mut next = json!(view.standard);
    (next["version"], next["window"]) = (json!(2), json!(60));
    served.admin("/v1/standards", &next).await.json::<StandardView>(201);
    // Sent again it gets what it got, although nobody could make it now.
    assert_eq!(served.post("/v1/claims", &json!(new)).await.json::<ClaimView>(200), view);
    served.advance(WINDOW);
    let late: ClaimView = served.post("/v1/claims", &json!(new)).await.json(200);
    assert_eq!((late.state, late.receipt), (ClaimState::Expired, view.receipt));
    let mut late = new_claim(&served, 2, 2).await;
    late.claim.standard = new.claim.standard;
    served.post("/v1/claims", &json!(late)).await.problem(409, "other_standard");
    let unknown = served.get(&format!("/v1/claims/0x{}", "0".repeat(64))).await;
    unknown.problem(404, "unknown_claim");
}

#[tokio::test]
async fn a_claim_of_an_epoch_that_is_no_longer_the_latest_is_refused() {
    let served = Served::new().await;
    let new = new_claim(&served, 1, 1).await;
    let batch: Value = served.admin("/v1/invitations", &json!({"count": 1, "expires_in": 60})).await.json(201);
    let enrolment = enrolment(batch["invitations"][0]["token"].as_str().unwrap(), 5);
    assert_eq!(served.post("/v1/enrolments", &enrolment).await.status, 201);
    served.service.seal_epoch().await.unwrap();
    let problem = served.post("/v1/claims", &json!(new)).await.problem(409, "stale_epoch");
    assert!(problem.hint.unwrap().contains("synchronise"));
    refused(&served, |_| {}, 422, "proof_invalid").await;
}

#[tokio::test]
async fn claims_are_listed_in_pages_by_state_and_domain() {
    let served = Served::new().await;
    for paper in 1..=5_u8 {
        opened(&served, paper.into(), paper.into()).await;
    }
    let first: ClaimPage = served.get("/v1/claims?limit=3").await.json(200);
    let rest: ClaimPage =
        served.get(&format!("/v1/claims?limit=3&after={}", first.next.clone().unwrap())).await.json(200);
    let ids: Vec<_> = first.claims.iter().chain(&rest.claims).map(|view| view.id).collect();
    assert!(ids.is_sorted() && ids.len() == 5 && rest.next.is_none());
    let count =
        async |query: &str| served.get(&format!("/v1/claims?{query}")).await.json::<ClaimPage>(200).claims.len();
    assert_eq!((count("state=open").await, count("state=accepted").await), (5, 0));
    assert_eq!((count("domain=1.4").await, count("domain=1.5&state=open").await, count("domain=any").await), (5, 0, 5));
    // Whoever looks after the close sees the ruling, even if no tick was there before.
    served.advance(WINDOW);
    assert_eq!((count("state=open").await, count("state=expired").await), (0, 5));
    for query in ["state=undecided", "domain=x", "after=7", "colour=red"] {
        served.get(&format!("/v1/claims?{query}")).await.problem(400, "malformed_request");
    }
}

#[tokio::test]
async fn a_claim_is_ruled_on_at_its_close_by_the_tick_or_by_whoever_looks() {
    let served = Served::new().await;
    let (accepted, _, path) = opened(&served, 1, 1).await;
    reviewed(&served, &accepted, &[Verdict::Accept, Verdict::Accept, Verdict::Reject, Verdict::Abstain]).await;
    let (_, _, expired) = opened(&served, 2, 2).await;
    served.advance(WINDOW - 1);
    assert_eq!(served.service.tick().await.unwrap().ruled, 0);
    assert_eq!(served.get(&path).await.json::<ClaimView>(200).ruling, None);
    served.advance(1);
    let view: ClaimView = served.get(&path).await.json(200);
    let ruling = view.ruling.unwrap();
    assert_eq!((ruling.accept, ruling.reject, ruling.abstain, ruling.outcome), (2, 1, 1, RulingOutcome::Accepted));
    assert_eq!((view.state, view.ruled_at), (ClaimState::Accepted, Some(NOW + WINDOW)));
    served.advance(10);
    assert_eq!(served.service.tick().await.unwrap().ruled, 1);
    assert_eq!(served.service.tick().await.unwrap().ruled, 0);
    let view: ClaimView = served.get(&expired).await.json(200);
    assert_eq!((view.state, view.ruled_at), (ClaimState::Expired, Some(NOW + WINDOW + 10)));
    // The credential and three rewards become leaves.
    let sealed = served.service.seal_epoch().await.unwrap();
    assert_eq!((sealed.sealed, sealed.checkpoint.credentials), (true, 4));
}
