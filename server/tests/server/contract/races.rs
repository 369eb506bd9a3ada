//! Many at once, through several handles on one database (ATTACKS 16): exactly one is new.

use std::sync::Arc;

use aiq_server::store::{
    Accepted, AnnounceRefusal, CeremonyPackage, CeremonyRefusal, ClaimRefusal, DisputeRefusal, JoinRefusal,
    MergeRefusal, ProposeRefusal, SponsorRefusal, Store, VoteRefusal,
};
use aiq_verifier::{
    ceremony::Round1,
    poll::{Choice, SealedBy},
    review::Verdict,
    service_key::Signature,
};
use tokio::task::JoinSet;

use super::{
    ceremonies::{self, complete},
    disputes::dispute,
    found,
    log::acts,
    merges,
    polls::{announced, cast, enter, vote},
    reviews::{opened, rule, send},
    sponsorships::{chartered, sponsor},
    standards::governed,
};
use crate::samples::{NOW, ceremony, claim, merge, nullifier, round_1, sealed_poll, share};

const MANY: usize = 100;

/// Runs the same act many times at once and returns the outcomes.
async fn race<T, F>(stores: &[Arc<dyn Store>], act: impl Fn(Arc<dyn Store>, u8) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut set = JoinSet::new();
    for (number, store) in (0..).zip(stores.iter().cycle().take(MANY)) {
        set.spawn(act(Arc::clone(store), number));
    }
    set.join_all().await
}

pub async fn a_hundred_identical_joins(stores: &[Arc<dyn Store>]) {
    let id = announced(&*stores[0], &[]).await;
    let outcomes = race(stores, async |store: Arc<dyn Store>, number| {
        enter(&*store, 1, 1, NOW + u32::from(number)).await.unwrap()
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Accepted::New(_))).count(), 1);
    let receipts: Vec<_> = outcomes.into_iter().map(Accepted::into_inner).collect();
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]), "everybody gets the one receipt");
    assert_eq!(stores[1].poll(&id).await.unwrap().unwrap().joined, 1);
}

/// A member that sends many proposals at once under one number has proposed one.
pub async fn a_hundred_proposals_of_one_nullifier(stores: &[Arc<dyn Store>]) {
    found(&*stores[0]).await;
    let outcomes = race(stores, async |store: Arc<dyn Store>, number| {
        super::proposals::propose(&*store, 1, &crate::samples::poll(number), 1).await
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Ok(Accepted::New(_)))).count(), 1);
    let refused = outcomes.iter().filter(|outcome| **outcome == Err(ProposeRefusal::NullifierUsed)).count();
    assert_eq!(refused, MANY - 1);
}

/// A member that sends all it may invite at once, each with another token, has invited one.
pub async fn a_hundred_invitations_of_one_nullifier(stores: &[Arc<dyn Store>]) {
    chartered(&*stores[0], &[]).await;
    let outcomes = race(stores, async |store: Arc<dyn Store>, number| sponsor(&*store, 1, number, NOW).await).await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Ok(Accepted::New(_)))).count(), 1);
    let refused = outcomes.iter().filter(|outcome| **outcome == Err(SponsorRefusal::NullifierUsed)).count();
    assert_eq!(refused, MANY - 1);
    assert_eq!(stores[1].invitations().await.unwrap().members, 1);
}

/// One note in each of a hundred merges, to a hundred tags.
pub async fn a_hundred_merges_of_one_note(stores: &[Arc<dyn Store>]) {
    found(&*stores[0]).await;
    let outcomes = race(stores, async |store: Arc<dyn Store>, number| {
        let fresh = 1000 * (u64::from(number) + 1);
        merges::send(&*store, &merge([fresh, fresh + 1, 7, fresh + 2, fresh + 3, fresh + 4], fresh), NOW).await
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Ok(Accepted::New(_)))).count(), 1);
    let refused = outcomes.iter().filter(|outcome| **outcome == Err(MergeRefusal::Spent)).count();
    assert_eq!(refused, MANY - 1);
    assert_eq!(stores[1].pending().await.unwrap().leaves.credentials.len(), 1);
}

pub async fn a_hundred_keys_for_one_nullifier(stores: &[Arc<dyn Store>]) {
    let id = announced(&*stores[0], &[]).await;
    let outcomes = race(stores, async |store: Arc<dyn Store>, number| enter(&*store, 1, number, NOW).await).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().all(|outcome| !matches!(outcome, Err(refusal) if *refusal != JoinRefusal::OtherKey)));
    assert!(stores[1].ballot_key(&id, &nullifier(1)).await.unwrap().is_some());
}

pub async fn a_hundred_ballots_with_one_seq(stores: &[Arc<dyn Store>]) {
    let id = announced(&*stores[0], &[1]).await;
    let outcomes = race(stores, async |store: Arc<dyn Store>, number| {
        let ballot = vote(1, 1, 0, &Choice::Option(number % 2));
        cast(&*store, &ballot, NOW + 100).await
    })
    .await;
    let new = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Accepted::New(_)))).count();
    let repeated = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Accepted::Repeated(_)))).count();
    let refused = outcomes.iter().filter(|outcome| **outcome == Err(VoteRefusal::SeqUsed)).count();
    assert_eq!((new, repeated, refused), (1, MANY / 2 - 1, MANY / 2));
    assert_eq!(stores[1].ballots(&id, None, 10).await.unwrap().len(), 1);
}

pub async fn a_hundred_identical_reviews(stores: &[Arc<dyn Store>]) {
    opened(&*stores[0]).await;
    let outcomes = race(stores, async |store: Arc<dyn Store>, number| {
        send(&*store, 2, Verdict::Accept, NOW + u32::from(number) % 100).await.unwrap()
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Accepted::New(_))).count(), 1);
    let receipts: Vec<_> = outcomes.into_iter().map(Accepted::into_inner).collect();
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]), "everybody gets the one receipt");
}

/// Of a hundred members who claim one work, one does; one of them sends its claim again and again.
pub async fn a_hundred_claims_for_one_work(stores: &[Arc<dyn Store>]) {
    governed(&*stores[0]).await;
    let outcomes = race(stores, async |store: Arc<dyn Store>, number| {
        store.open_claim(&claim(1, u64::from(number % 50) + 1), NOW).await.unwrap()
    })
    .await;
    let count =
        |wanted: fn(&Result<_, ClaimRefusal>) -> bool| outcomes.iter().filter(|outcome| wanted(outcome)).count();
    let new = count(|outcome| matches!(outcome, Ok(Accepted::New(_))));
    let repeated = count(|outcome| matches!(outcome, Ok(Accepted::Repeated(_))));
    let refused = count(|outcome| matches!(outcome, Err(ClaimRefusal::WorkTaken(_))));
    assert_eq!((new, repeated, refused), (1, 1, MANY - 2));
}

pub async fn a_hundred_rulings(stores: &[Arc<dyn Store>]) {
    opened(&*stores[0]).await;
    for number in [2, 3] {
        send(&*stores[0], number, Verdict::Accept, NOW).await.unwrap();
    }
    let before = acts(&*stores[0]).await.len();
    let outcomes = race(stores, async |store: Arc<dyn Store>, number| {
        store.rule(&claim(1, 1).claim.id(), NOW + 100 + u32::from(number)).await.unwrap()
    })
    .await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(acts(&*stores[1]).await.len(), before + 4, "one ruling, one credential, two notes");
}

/// A hundred members, each with reasons of its own: one poll decides.
pub async fn a_hundred_disputes_of_one_claim(stores: &[Arc<dyn Store>]) {
    let id = opened(&*stores[0]).await;
    for number in [201, 202] {
        send(&*stores[0], number, Verdict::Reject, NOW + 1).await.unwrap();
    }
    rule(&*stores[0], &id).await;
    let outcomes = race(stores, |store: Arc<dyn Store>, number| async move {
        dispute(&*store, id, u64::from(number), number, &format!("Reason {number}.")).await
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Ok(Accepted::New(_)))).count(), 1);
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(DisputeRefusal::Disputed(_)))).count();
    assert_eq!(refused, MANY - 1);
    assert_eq!(stores[1].polls(None, 10).await.unwrap().len(), 1);
}

pub async fn a_hundred_packages_of_one_trustee(stores: &[Arc<dyn Store>]) {
    found(&*stores[0]).await;
    let ceremony = ceremony(1);
    stores[0].open_ceremony(&ceremony, NOW).await.unwrap();
    let outcomes = race(stores, async |store: Arc<dyn Store>, number| {
        let CeremonyPackage::Round1(package) = round_1(&self::ceremony(1), 1) else { panic!("a first package") };
        let package = Round1 { signature: Signature::new([number; 64]), ..package };
        ceremonies::send(&*store, &CeremonyPackage::Round1(package), NOW).await
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Ok(Accepted::New(_)))).count(), 1);
    let refused = outcomes.iter().filter(|outcome| **outcome == Err(CeremonyRefusal::Known)).count();
    assert_eq!(refused, MANY - 1);
}

pub async fn a_hundred_polls_with_one_ceremony(stores: &[Arc<dyn Store>]) {
    found(&*stores[0]).await;
    complete(&*stores[0], 1).await;
    let outcomes = race(stores, async |store: Arc<dyn Store>, number| {
        store.announce(&sealed_poll(number, SealedBy::Ceremony(ceremony(1).id()))).await.unwrap()
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(AnnounceRefusal::Used(_)))));
}

pub async fn a_hundred_shares_of_one_trustee(stores: &[Arc<dyn Store>]) {
    found(&*stores[0]).await;
    let poll = sealed_poll(1, SealedBy::Ceremony(complete(&*stores[0], 1).await.id()));
    stores[0].announce(&poll).await.unwrap().unwrap();
    for number in 1..=2 {
        let join = crate::samples::join(number.into(), number);
        stores[0].join(&poll.id, &join, NOW).await.unwrap().unwrap();
        let scope = poll.scope(&crate::samples::deployment());
        let ballot = crate::samples::ballot(scope, number.into(), number, 0, &Choice::Abstain);
        stores[0].vote(&poll.id, &ballot, None, NOW + 100).await.unwrap().unwrap();
    }
    stores[0].close_poll(&poll.id, NOW + 200).await.unwrap().unwrap();
    let outcomes = race(stores, async |store: Arc<dyn Store>, number| {
        let poll = sealed_poll(1, SealedBy::Ceremony(ceremony(1).id()));
        store.publish_share(&poll.id, &share(&poll, 1), NOW + 200 + u32::from(number)).await.unwrap().unwrap()
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Accepted::New(_))).count(), 1);
    let receipts: Vec<_> = outcomes.into_iter().map(Accepted::into_inner).collect();
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]), "everybody gets the one receipt");
}
