use std::sync::Arc;

use aiq_server::store::{Leaves, Store};

use super::{epoch, found, record};
use crate::samples::commitment;

pub async fn founds_once(stores: &[Arc<dyn Store>]) {
    assert!(stores[0].deployment().await.unwrap().is_none());
    found(&*stores[0]).await;
    let mut other = record();
    other.admin_token_hash = [6; 32];
    assert!(!stores[1].found(&other, &epoch(0, 0), &Leaves::default()).await.unwrap());
    assert_eq!(stores[1].deployment().await.unwrap(), Some(record()));
    assert_eq!(stores[1].latest_epoch().await.unwrap(), epoch(0, 2));
    assert_eq!(stores[1].member_leaves(0, 10).await.unwrap(), [commitment(1), commitment(2)]);
    stores[0].replace_admin_token(&[8; 32]).await.unwrap();
    assert_eq!(stores[1].admin_token_hash().await.unwrap(), [8; 32]);
}

pub async fn seals_after_the_latest_only(stores: &[Arc<dyn Store>]) {
    found(&*stores[0]).await;
    super::enrolments::enrol_all(&*stores[0], &[7, 5]).await;
    let pending = stores[1].pending().await.unwrap();
    assert_eq!(pending.members, [commitment(5), commitment(7)], "sorted by leaf value");
    assert!(!stores[0].seal(&epoch(2, 4), &pending).await.unwrap(), "an epoch is missing in between");
    assert!(stores[0].seal(&epoch(1, 4), &pending).await.unwrap());
    assert!(!stores[1].seal(&epoch(1, 4), &pending).await.unwrap(), "sealed already");
    assert!(!stores[1].seal(&epoch(2, 6), &pending).await.unwrap(), "these leaves do not wait any more");
    assert_eq!(stores[1].latest_epoch().await.unwrap(), epoch(1, 4));
    assert_eq!(stores[1].epoch(0).await.unwrap(), Some(epoch(0, 2)));
    assert_eq!(stores[1].epoch(2).await.unwrap(), None);
    assert_eq!(stores[1].pending().await.unwrap(), Leaves::default());
    assert_eq!(stores[1].member_leaves(1, 2).await.unwrap(), [commitment(2), commitment(5)]);
}
