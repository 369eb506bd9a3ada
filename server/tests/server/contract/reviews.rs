//! ATTACKS 20, as far as no proof is needed to try it.

use std::sync::Arc;

use aiq_circuits::credential::CredentialId;
use aiq_server::store::{Accepted, ClaimState, Logged, ReviewRefusal, RulingRefusal, Store};
use aiq_verifier::{
    claim::ClaimId,
    log::{Act, EntryOpening},
    review::{Ruling, RulingOutcome, Verdict, grants},
};

use super::{claims::open, log::acts, standards::governed};
use crate::samples::{NOW, claim, deployment, nullifier, review, standard};

/// Opens claim 1 of member 1.
pub async fn opened(store: &dyn Store) -> ClaimId {
    governed(store).await;
    open(store, &claim(1, 1)).await.unwrap();
    claim(1, 1).claim.id()
}

/// Sends the review of a nullifier about claim 1.
pub async fn send(
    store: &dyn Store,
    number: u64,
    verdict: Verdict,
    at: u32,
) -> Result<Accepted<Logged>, ReviewRefusal> {
    send_to(store, &claim(1, 1).claim.id(), number, verdict, at).await
}

pub async fn send_to(
    store: &dyn Store,
    claim: &ClaimId,
    number: u64,
    verdict: Verdict,
    at: u32,
) -> Result<Accepted<Logged>, ReviewRefusal> {
    store.review(claim, &review(number, verdict), at).await.unwrap()
}

async fn recuse(store: &dyn Store, number: u64, at: u32) -> Result<Accepted<Logged>, ReviewRefusal> {
    let presentation = review(number, Verdict::Accept).presentation;
    store.recuse(&claim(1, 1).claim.id(), &presentation, at).await.unwrap()
}

/// Rules on a claim at its close.
pub async fn rule(store: &dyn Store, claim: &ClaimId) {
    let closes_at = store.claim(claim).await.unwrap().unwrap().closes_at;
    assert_eq!(store.rule(claim, closes_at).await.unwrap(), Ok(()));
}

pub async fn a_nullifier_does_one_thing_in_a_claim(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    let unknown = claim(2, 1).claim.id();
    let id = opened(one).await;
    let refused = one.review(&unknown, &review(2, Verdict::Accept), NOW).await.unwrap();
    assert_eq!(refused, Err(ReviewRefusal::UnknownClaim));
    // The author of the claim.
    assert_eq!(send(one, 1, Verdict::Accept, NOW).await, Err(ReviewRefusal::Claimant));
    assert_eq!(recuse(one, 1, NOW).await, Err(ReviewRefusal::Claimant));
    // A reviewer.
    let first = send(one, 2, Verdict::Accept, NOW).await.unwrap().into_inner();
    assert_eq!(send(other, 2, Verdict::Accept, NOW + 5).await, Ok(Accepted::Repeated(first)));
    assert_eq!(send(other, 2, Verdict::Reject, NOW + 5).await, Err(ReviewRefusal::Reviewed));
    assert_eq!(recuse(other, 2, NOW + 5).await, Err(ReviewRefusal::Reviewed));
    // Somebody who has recused themselves.
    let first = recuse(one, 3, NOW).await.unwrap().into_inner();
    assert_eq!(recuse(other, 3, NOW + 5).await, Ok(Accepted::Repeated(first)));
    assert_eq!(send(other, 3, Verdict::Accept, NOW + 5).await, Err(ReviewRefusal::Recused));
    for (number, acted) in [(1, true), (2, true), (3, true), (4, false)] {
        assert_eq!(other.has_acted(&id, &nullifier(number)).await.unwrap(), acted, "{number}");
    }
}

pub async fn a_decided_claim_takes_nothing_whatever_the_time(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    let id = opened(one).await;
    let first = send(one, 2, Verdict::Accept, NOW + 99).await.unwrap().into_inner();
    assert_eq!(one.rule(&id, NOW + 99).await.unwrap(), Err(RulingRefusal::Open(NOW + 100)));
    assert_eq!(send(one, 3, Verdict::Accept, NOW + 100).await, Err(ReviewRefusal::Closed));
    assert_eq!(recuse(one, 3, NOW + 100).await, Err(ReviewRefusal::Closed));
    assert_eq!(one.due_claims(NOW + 99).await.unwrap(), []);
    assert_eq!(one.due_claims(NOW + 100).await.unwrap(), [id]);
    rule(one, &id).await;
    assert_eq!(one.due_claims(NOW + 100).await.unwrap(), []);
    // The other's clock is behind.
    assert_eq!(send(other, 3, Verdict::Accept, NOW + 50).await, Err(ReviewRefusal::Closed));
    assert_eq!(recuse(other, 3, NOW + 50).await, Err(ReviewRefusal::Closed));
    assert_eq!(send(other, 2, Verdict::Accept, NOW + 500).await, Ok(Accepted::Repeated(first)));
    let unknown = claim(2, 1).claim.id();
    assert_eq!(one.rule(&unknown, NOW + 100).await.unwrap(), Err(RulingRefusal::UnknownClaim));
}

pub async fn a_reward_goes_to_a_fresh_tag(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    let id = opened(store).await;
    send(store, 2, Verdict::Accept, NOW).await.unwrap();
    for tag in [claim(1, 1).claim.tag, review(2, Verdict::Accept).presentation.tag] {
        let mut greedy = review(3, Verdict::Accept);
        greedy.presentation.tag = tag;
        assert_eq!(store.review(&id, &greedy, NOW).await.unwrap(), Err(ReviewRefusal::TagUsed));
    }
    assert!(matches!(send(store, 3, Verdict::Accept, NOW).await, Ok(Accepted::New(_))));
}

pub async fn what_was_said_waits_for_the_ruling(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    let id = opened(store).await;
    let mut sent = Vec::new();
    for (number, verdict) in [(2, Verdict::Accept), (3, Verdict::Reject), (4, Verdict::Abstain)] {
        let index = send(store, number, verdict, NOW).await.unwrap().into_inner().index;
        sent.push((review(number, verdict).opening, index));
    }
    assert_eq!(store.openings(0, 1000).await.unwrap(), []);
    assert_eq!(store.reviews(&id, None, 10).await.unwrap(), []);
    rule(store, &id).await;
    let openings = sent.iter().map(|(opening, index)| (*index, EntryOpening::Review(opening.clone())));
    assert_eq!(store.openings(0, 1000).await.unwrap(), openings.collect::<Vec<_>>());
    assert_eq!(store.openings(sent[0].1 + 1, 1).await.unwrap().len(), 1);
    // In the order of the commitments, and on from any of them.
    sent.sort_by_key(|(opening, index)| (opening.commitment(), *index));
    for (place, (opening, index)) in sent.iter().enumerate() {
        let rest = store.reviews(&id, Some((opening.commitment(), *index)), 10).await.unwrap();
        let rest: Vec<_> = rest.into_iter().map(|review| (review.opening, review.index)).collect();
        assert_eq!(rest, sent[place + 1..]);
    }
    assert_eq!(store.reviews(&id, None, 2).await.unwrap().len(), 2);
}

pub async fn a_ruling_grants_what_follows_in_its_order(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    let id = opened(store).await;
    let verdicts = [(9, Verdict::Accept), (2, Verdict::Reject), (5, Verdict::Abstain), (4, Verdict::Accept)];
    for (number, verdict) in verdicts {
        send(store, number, verdict, NOW).await.unwrap();
    }
    let before = acts(store).await.len();
    assert_eq!(store.rule(&id, NOW + 150).await.unwrap(), Ok(()));
    assert_eq!(store.rule(&id, NOW + 151).await.unwrap(), Ok(()), "a second time it does nothing");
    let new = claim(1, 1);
    let scope = new.claim.scope(&deployment());
    let ruling = Ruling { accept: 2, reject: 1, abstain: 1, outcome: RulingOutcome::Accepted };
    let record = store.claim(&id).await.unwrap().unwrap();
    assert_eq!((record.state, record.ruling.map(|(ruling, _)| ruling)), (ClaimState::Accepted, Some(ruling)));
    let reviews = verdicts.map(|(number, verdict)| (review(number, verdict).presentation, verdict));
    let reviews: Vec<_> = reviews.iter().map(|(presentation, verdict)| (presentation, *verdict)).collect();
    let granted = grants(&new.claim, &scope, &standard(), &ruling, &reviews, NOW + 150);
    let ids: Vec<_> = granted.iter().map(|credential| credential.id).collect();
    let note = |number| CredentialId::of_note(&scope, &nullifier(number));
    assert_eq!(ids, [id.credential(), note(2), note(4), note(9)]);
    let mut expected = vec![Act::Ruling { scope, ruling }];
    expected.extend(granted.iter().copied().map(Act::Grant));
    assert_eq!(acts(store).await[before..], expected);
    let mut waiting = store.pending().await.unwrap().leaves.credentials;
    waiting.sort_by_key(|credential| credential.id);
    let mut leaves = granted;
    leaves.sort_by_key(|credential| credential.id);
    assert_eq!(waiting, leaves, "they become leaves with the next epoch");
}

pub async fn one_below_the_quorum_expires_and_grants_nothing(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    let id = opened(store).await;
    // The standard's quorum is two, and abstaining counts for nothing.
    send(store, 2, Verdict::Accept, NOW).await.unwrap();
    send(store, 3, Verdict::Abstain, NOW).await.unwrap();
    rule(store, &id).await;
    let record = store.claim(&id).await.unwrap().unwrap();
    assert_eq!(record.state, ClaimState::Expired);
    assert!(store.pending().await.unwrap().leaves.credentials.is_empty());
    assert!(matches!(acts(store).await.last(), Some(Act::Ruling { .. })));
}
