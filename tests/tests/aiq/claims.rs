//! Attacks 20 and 21, with valid proofs: claims and reviews over HTTP, by people who do not keep to the rules (§6, §7, §10).

use aiq_circuits::credential::{Attributes, CredentialId};
use aiq_cli::member::{MemberError, check_openings};
use aiq_cli::sync::TileCache;
use aiq_server::api::{ClaimState, ClaimView, OpenedReview, ReviewPage};
use aiq_server::genesis_file::GenesisFile;
use aiq_tests::actor::Actor;
use aiq_tests::deployment::{Deployment, found};
use aiq_tests::raw::Reply;
use aiq_tests::world::safety;
use aiq_verifier::claim::{NewClaim, ticket_scope};
use aiq_verifier::log::Act;
use aiq_verifier::receipt::Receipt;
use aiq_verifier::review::{Review, RulingOutcome, Verdict};
use serde::de::DeserializeOwned;
use serde_json::json;

const WINDOW: u32 = 1000;
const PAPER: &str = "arxiv:2401.00001";
/// Tags of the wallet beyond those of the founders' credentials.
const TAG: u64 = 10;

fn two_reviews_decide(file: &mut GenesisFile) {
    let standard = &mut file.standards[0];
    (standard.quorum, standard.window, standard.claims_per_epoch) = (2, WINDOW, 2);
}

/// Member 1 holds nothing; 2 to 4 may review.
fn deployment() -> Deployment {
    let reviewer: &[Attributes] = &[safety(4), safety(4), safety(4)];
    Deployment::founded(
        |_| {},
        |deployment, file| {
            for (number, held) in (1..).zip([&[], reviewer, reviewer, reviewer]) {
                found(file, number, deployment, held);
            }
            two_reviews_decide(file);
        },
    )
}

fn send(deployment: &Deployment, claim: &NewClaim) -> Reply {
    deployment.raw().post("/v1/claims", &json!(claim))
}

fn read<T: DeserializeOwned>(reply: &Reply, status: u16) -> T {
    assert_eq!(reply.status, status, "{}", reply.text());
    serde_json::from_slice(&reply.body).unwrap()
}

/// A claim about the paper by a member, open.
fn opened(deployment: &Deployment, actor: &Actor) -> (NewClaim, ClaimView) {
    let claim = actor.claim(deployment.draft(actor, TAG, PAPER), TAG, 0);
    let view = read(&send(deployment, &claim), 201);
    (claim, view)
}

fn send_review(deployment: &Deployment, claim: &ClaimView, review: &Review) -> Reply {
    deployment.raw().post(&format!("/v1/claims/{}/reviews", claim.id), &json!(review))
}

fn send_recusal(deployment: &Deployment, claim: &ClaimView, actor: &Actor) -> Reply {
    deployment.raw().post(&format!("/v1/claims/{}/recusals", claim.id), &json!(actor.recusal(claim)))
}

fn look(deployment: &Deployment, claim: &ClaimView) -> ClaimView {
    read(&deployment.raw().get(&format!("/v1/claims/{}", claim.id)), 200)
}

/// What `aiq claim show` checks, of the reviews of a decided claim and of whatever a service could make of them.
fn reviews_are_those_that_the_log_committed_to(deployment: &Deployment, claim: &ClaimView) {
    let client = deployment.client();
    let reviews = client.reviews(&claim.id).unwrap();
    let check = |scope, reviews: &[OpenedReview]| {
        check_openings(&client, &TileCache::none(), &deployment.id, &deployment.service_key, scope, reviews)
    };
    check(&claim.scope, &reviews).unwrap();
    let [first, second] = &reviews[..] else { panic!("two reviews") };
    let refused = |scope, reviews: &[OpenedReview]| {
        let refused = check(scope, reviews);
        assert!(matches!(refused, Err(MemberError::OtherReview(_))), "{refused:?}");
    };
    let mut changed = first.clone();
    changed.opening.verdict = Verdict::Reject;
    refused(&claim.scope, &[changed, second.clone()]);
    refused(&claim.scope, &[first.clone(), first.clone()]);
    let swapped = OpenedReview { index: second.index, opening: first.opening.clone() };
    refused(&claim.scope, &[swapped]);
    for index in [0, 1_000_000] {
        refused(&claim.scope, &[OpenedReview { index, ..first.clone() }]);
    }
    refused(&ticket_scope(&deployment.id, 0, 0), &reviews);
}

#[test]
fn a_claim_that_two_accept_becomes_a_credential_and_its_reviews_are_rewarded() {
    let mut deployment = deployment();
    let [mut author, two, three] = [1, 2, 3].map(|number| deployment.actor(number));
    let (claim, view) = opened(&deployment, &author);
    let act = Act::Claim(Box::new(claim.clone()));
    view.receipt.verify_for(&deployment.service_key, &deployment.id, act).unwrap();
    assert_eq!(read::<ClaimView>(&send(&deployment, &claim), 200), view, "the same again");
    for actor in [&two, &three] {
        let review = actor.review(&view, Verdict::Accept);
        let receipt: Receipt = read(&send_review(&deployment, &view, &review), 201);
        let act = Act::Review { scope: view.scope, review: review.committed() };
        receipt.verify_for(&deployment.service_key, &deployment.id, act).unwrap();
    }
    deployment.clock.set(view.closes_at);
    let ruled = look(&deployment, &view);
    assert_eq!((ruled.state, ruled.ruling.unwrap().accept), (ClaimState::Accepted, 2));
    reviews_are_those_that_the_log_committed_to(&deployment, &view);
    let page: ReviewPage = read(&deployment.raw().get(&format!("/v1/claims/{}/reviews", view.id)), 200);
    assert_eq!(page.reviews.len(), 2);
    deployment.admin().seal().unwrap();
    author.sync();
    let granted: Vec<CredentialId> = author.ledger.credentials().iter().skip(9).map(|held| held.id).collect();
    let note = |actor: &Actor| CredentialId::of_note(&view.scope, &actor.member.identity().nullifier(&view.scope));
    let mut expected = vec![view.id.credential(), note(&two), note(&three)];
    expected.sort_unstable();
    let mut found = granted;
    found.sort_unstable();
    assert_eq!(found, expected);
    // The tables are what the log says of all that.
    deployment.stop();
    let rebuild = aiq_server::rebuild(deployment.data_dir(), false, |_, _| {});
    assert!(aiq_tests::deployment::runtime().block_on(rebuild).unwrap().agrees());
}

#[test]
fn an_author_cannot_review_the_own_claim() {
    let deployment = deployment();
    let author = deployment.actor(2);
    let (_, view) = opened(&deployment, &author);
    send_review(&deployment, &view, &author.review(&view, Verdict::Accept)).assert_problem(409, "own_claim");
    send_recusal(&deployment, &view, &author).assert_problem(409, "own_claim");
}

#[test]
fn a_reviewer_cannot_review_twice_or_after_the_decision() {
    let deployment = deployment();
    let [author, two, three, four] = [1, 2, 3, 4].map(|number| deployment.actor(number));
    let (_, view) = opened(&deployment, &author);
    let review = two.review(&view, Verdict::Accept);
    let first = send_review(&deployment, &view, &review);
    let again = send_review(&deployment, &view, &review);
    assert_eq!((first.status, again.status, first.json()), (201, 200, again.json()));
    send_review(&deployment, &view, &two.review(&view, Verdict::Reject)).assert_problem(409, "already_reviewed");
    // What was proved about one content does not carry another.
    let mut changed = three.review(&view, Verdict::Accept);
    changed.opening.verdict = Verdict::Reject;
    send_review(&deployment, &view, &changed).assert_problem(422, "proof_invalid");
    // One below the quorum when the time is over.
    let late = four.review(&view, Verdict::Accept);
    deployment.clock.set(view.closes_at);
    send_review(&deployment, &view, &late).assert_problem(409, "claim_closed");
    let ruled = look(&deployment, &view);
    assert_eq!((ruled.state, ruled.ruling.unwrap().outcome), (ClaimState::Expired, RulingOutcome::Expired));
    send_review(&deployment, &view, &late).assert_problem(409, "claim_closed");
    assert_eq!(send_review(&deployment, &view, &review).status, 200, "what was accepted keeps its receipt");
}

#[test]
fn whoever_has_recused_themselves_does_not_review() {
    let deployment = deployment();
    let [author, two, three] = [1, 2, 3].map(|number| deployment.actor(number));
    let (_, view) = opened(&deployment, &author);
    let first = send_recusal(&deployment, &view, &two);
    let again = send_recusal(&deployment, &view, &two);
    assert_eq!((first.status, again.status, first.json()), (201, 200, again.json()));
    send_review(&deployment, &view, &two.review(&view, Verdict::Accept)).assert_problem(409, "recused");
    assert_eq!(send_review(&deployment, &view, &three.review(&view, Verdict::Accept)).status, 201);
    send_recusal(&deployment, &view, &three).assert_problem(409, "already_reviewed");
}

#[test]
fn a_claim_for_someone_elses_tag_is_refused() {
    let deployment = deployment();
    let [author, victim] = [1, 2].map(|number| deployment.actor(number));
    // The claim names the tag of another member, and is proved with the own one.
    let mut draft = deployment.draft(&author, TAG, PAPER);
    draft.tag = victim.member.identity().tag(TAG);
    let mut claim = author.claim(draft, TAG, 0);
    send(&deployment, &claim).assert_problem(422, "other_tag");
    claim.presentation.tag = claim.claim.tag;
    send(&deployment, &claim).assert_problem(422, "proof_invalid");
}

#[test]
fn a_work_is_claimed_once_in_whatever_spelling_and_a_tag_used_once() {
    let deployment = deployment();
    let [author, thief] = [1, 2].map(|number| deployment.actor(number));
    let (_, view) = opened(&deployment, &author);
    for spelling in [PAPER, "arxiv:2401.00001v2"] {
        let claim = thief.claim(deployment.draft(&thief, TAG, spelling), TAG, 0);
        let reply = send(&deployment, &claim);
        reply.assert_problem(409, "work_taken");
        assert!(reply.text().contains(&view.id.to_string()), "it says which claim");
    }
    // Another work for the tag of the open claim, and for that of a founder's credential.
    let claim = author.claim(deployment.draft(&author, TAG, "arxiv:2401.00002"), TAG, 1);
    send(&deployment, &claim).assert_problem(409, "tag_used");
    let claim = thief.claim(deployment.draft(&thief, 0, "arxiv:2401.00002"), 0, 0);
    send(&deployment, &claim).assert_problem(409, "tag_used");
    let claim = thief.claim(deployment.draft(&thief, TAG, "arxiv:2401.00002"), TAG, 0);
    assert_eq!(send(&deployment, &claim).status, 201, "what was refused has used nothing");
}

#[test]
fn a_member_makes_no_more_claims_in_an_epoch_than_the_standard_allows() {
    let deployment = deployment();
    let author = deployment.actor(1);
    let claim = |paper: &str, tag: u64, number: u8| author.claim(deployment.draft(&author, tag, paper), tag, number);
    assert_eq!(send(&deployment, &claim(PAPER, TAG, 0)).status, 201);
    send(&deployment, &claim("arxiv:2401.00002", TAG + 1, 0)).assert_problem(409, "ticket_used");
    assert_eq!(send(&deployment, &claim("arxiv:2401.00002", TAG + 1, 1)).status, 201);
    send(&deployment, &claim("arxiv:2401.00003", TAG + 2, 2)).assert_problem(422, "claim_limit");
    // A ticket of a number that is allowed does not pass for one that is not, nor for another's.
    let mut disguised = claim("arxiv:2401.00003", TAG + 2, 2);
    disguised.number = 1;
    send(&deployment, &disguised).assert_problem(422, "proof_invalid");
}

#[test]
fn what_was_proved_for_one_claim_is_worth_nothing_in_another() {
    let deployment = deployment();
    let [author, two] = [1, 2].map(|number| deployment.actor(number));
    let (first, view) = opened(&deployment, &author);
    let mut draft = deployment.draft(&author, TAG + 1, "arxiv:2401.00002");
    let other = author.claim(draft.clone(), TAG + 1, 1);
    // The presentation of another claim, with its own nullifier written over it as well.
    draft.title = "Another title".into();
    let mut moved = author.claim(draft, TAG + 1, 1);
    moved.presentation = other.presentation.clone();
    send(&deployment, &moved).assert_problem(422, "proof_invalid");
    moved.presentation.nullifier = author.member.identity().nullifier(&moved.claim.scope(&deployment.id));
    send(&deployment, &moved).assert_problem(422, "proof_invalid");
    let mut moved = other.clone();
    moved.ticket = first.ticket;
    send(&deployment, &moved).assert_problem(422, "proof_invalid");
    let other: ClaimView = read(&send(&deployment, &other), 201);
    let review = two.review(&view, Verdict::Accept);
    send_review(&deployment, &other, &review).assert_problem(422, "proof_invalid");
    let recusal = two.recusal(&view);
    let reply = deployment.raw().post(&format!("/v1/claims/{}/recusals", other.id), &json!(recusal));
    reply.assert_problem(422, "proof_invalid");
    assert_eq!(send_review(&deployment, &view, &review).status, 201);
}
