//! Reviews, as far as no valid proof is needed: what is accepted is put into the database.

use aiq_server::{
    api::{OpeningPage, ReviewPage},
    store::Store as _,
};
use aiq_verifier::{
    log::EntryOpening,
    poll::Blinding,
    presentation::Presentation,
    review::{Review, ReviewOpening, Verdict},
};
use serde_json::json;

use crate::{
    claims::{WINDOW, opened, reviewed},
    fixture::{Served, key_id},
    samples::{NOW, presentation, tag},
};

fn review(number: u64, key: aiq_verifier::verifying_key::KeyId, comment: &str) -> Review {
    let presentation = Presentation {
        statement: aiq_circuits::statement::StatementId::Standing3,
        tag: tag(number),
        ..presentation(number, key)
    };
    let opening = ReviewOpening { blinding: Blinding::new([1; 32]), verdict: Verdict::Accept, comment: comment.into() };
    Review { presentation, opening }
}

#[tokio::test]
async fn a_proof_of_nothing_reviews_and_recuses_nothing() {
    let served = Served::new().await;
    let (new, _, path) = opened(&served, 1, 1).await;
    let (reviews, recusals) = (format!("{path}/reviews"), format!("{path}/recusals"));
    let send = async |review: &Review| served.post(&reviews, &json!(review)).await;
    send(&review(11, new.claim.key_id, "Sound.")).await.problem(422, "proof_invalid");
    // A member shows that it is one, which is enough to recuse itself and not to review.
    let membership = new.presentation.key_id;
    let mut stranger = review(11, membership, "Sound.");
    stranger.presentation.statement = aiq_circuits::statement::StatementId::Membership;
    send(&stranger).await.problem(422, "wrong_statement");
    send(&review(11, membership, "Sound.")).await.problem(409, "wrong_key");
    send(&review(11, new.claim.key_id, &"a".repeat(8001))).await.problem(422, "invalid_review");
    served.post(&recusals, &json!(presentation(11, membership))).await.problem(422, "proof_invalid");
    let reviewer = review(11, new.claim.key_id, "").presentation;
    served.post(&recusals, &json!(reviewer)).await.problem(422, "wrong_statement");
    let unknown = format!("/v1/claims/0x{}", "0".repeat(64));
    let body = json!(review(11, new.claim.key_id, ""));
    served.post(&format!("{unknown}/reviews"), &body).await.problem(404, "unknown_claim");
    served.get(&format!("{unknown}/reviews")).await.problem(404, "unknown_claim");
    let body = json!(presentation(11, key_id(aiq_circuits::statement::StatementId::Membership)));
    served.post(&format!("{unknown}/recusals"), &body).await.problem(404, "unknown_claim");
    // After the close nobody's proof is worth the work, unless it was accepted before.
    reviewed(&served, &new, &[Verdict::Accept]).await;
    served.advance(WINDOW);
    send(&review(12, new.claim.key_id, "")).await.problem(409, "claim_closed");
    send(&review(11, new.claim.key_id, "")).await.problem(422, "proof_invalid");
    served.post(&recusals, &json!(presentation(12, membership))).await.problem(409, "claim_closed");
}

#[tokio::test]
async fn what_was_said_is_shown_after_the_ruling_and_shuffled() {
    let served = Served::new().await;
    let (new, _, path) = opened(&served, 1, 1).await;
    reviewed(&served, &new, &[Verdict::Accept, Verdict::Reject, Verdict::Accept, Verdict::Abstain]).await;
    let reviews = format!("{path}/reviews");
    served.get(&reviews).await.problem(409, "claim_open");
    let entries = served.store().await.log_entries(0, 10_000).await.unwrap();
    let (place, bundle) = (entries.len() as u64 - 4, (entries.len() as u64 - 4) / 256);
    let openings = async || served.get(&format!("/v1/log/openings/{bundle}")).await.json::<OpeningPage>(200).openings;
    assert_eq!(openings().await, []);
    let text = String::from_utf8_lossy(&served.get(&path).await.body).into_owned();
    assert!(!text.contains("accept\":") && !text.contains("Sound."), "no count and no comment: {text}");

    served.advance(WINDOW);
    let first: ReviewPage = served.get(&format!("{reviews}?limit=3")).await.json(200);
    let rest: ReviewPage =
        served.get(&format!("{reviews}?limit=3&after={}", first.next.clone().unwrap())).await.json(200);
    let all: Vec<_> = first.reviews.into_iter().chain(rest.reviews).collect();
    assert!(rest.next.is_none() && all.is_sorted_by_key(|review| review.opening.commitment()));
    let mut places: Vec<u64> = all.iter().map(|review| review.index).collect();
    places.sort_unstable();
    assert_eq!(places, (place..place + 4).collect::<Vec<_>>());
    let shown = openings().await;
    assert_eq!(shown.len(), 4);
    for review in &all {
        let shown = shown.iter().find(|shown| shown.index == review.index).unwrap();
        assert_eq!(shown.opening, EntryOpening::Review(review.opening.clone()));
    }
    served.get(&format!("{reviews}?after=7")).await.problem(400, "malformed_request");
}

#[tokio::test]
async fn what_stands_in_the_log_before_the_ruling_does_not_say_what_was_said() {
    let served = Served::new().await;
    let (new, ..) = opened(&served, 1, 1).await;
    let review = review(11, new.claim.key_id, "Sound.");
    let store = served.store().await;
    let logged = store.review(&new.claim.id(), &review, NOW).await.unwrap().unwrap().into_inner();
    let entry = store.log_entries(logged.index, 1).await.unwrap().remove(0);
    let contains = |secret: &[u8]| entry.windows(secret.len()).any(|part| part == secret);
    assert!(!contains(review.opening.blinding.as_bytes()) && !contains(b"Sound."));
    assert!(contains(review.opening.commitment().as_bytes()));
}
