//! Many at once, through several handles on one database (ATTACKS 16): exactly one is new.

use std::sync::Arc;

use aiq_server::store::{Accepted, JoinRefusal, MergeRefusal, SponsorRefusal, Store, VoteRefusal};
use aiq_verifier::poll::Choice;
use tokio::task::JoinSet;

use super::{
    found,
    merges::send,
    polls::{announced, cast, enter, vote},
    sponsorships::{chartered, sponsor},
};
use crate::samples::{NOW, merge, nullifier};

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
        send(&*store, &merge([fresh, fresh + 1, 7, fresh + 2, fresh + 3, fresh + 4], fresh), NOW).await
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
