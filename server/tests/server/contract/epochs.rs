use std::sync::Arc;

use aiq_server::store::{Leaves, Store};
use aiq_verifier::log::Act;

use super::{epoch, found, founding, record};
use crate::samples::commitment;

pub async fn founds_once(stores: &[Arc<dyn Store>]) {
    assert!(stores[0].deployment().await.unwrap().is_none());
    found(&*stores[0]).await;
    let mut other = record();
    other.admin_token_hash = [6; 32];
    assert!(!stores[1].found(&other, &founding(&[])).await.unwrap());
    assert_eq!(stores[1].deployment().await.unwrap(), Some(record()));
    assert_eq!(stores[1].log_size().await.unwrap(), 4);
    assert_eq!(stores[1].latest_epoch().await.unwrap().checkpoint, epoch(0, 2));
    assert_eq!(stores[1].member_leaves(0, 10).await.unwrap(), [commitment(1), commitment(2)]);
    stores[0].replace_admin_token(&[8; 32]).await.unwrap();
    assert_eq!(stores[1].admin_token_hash().await.unwrap(), [8; 32]);
}

pub async fn seals_after_the_latest_only(stores: &[Arc<dyn Store>]) {
    found(&*stores[0]).await;
    super::enrolments::enrol_all(&*stores[0], &[7, 5]).await;
    let pending = stores[1].pending().await.unwrap();
    assert_eq!(pending.leaves.members, [commitment(5), commitment(7)], "sorted by leaf value");
    super::enrolments::enrol_all(&*stores[1], &[6]).await;
    let before = pending.before;
    assert!(!stores[0].seal(&epoch(2, 4), before).await.unwrap(), "an epoch is missing in between");
    assert!(stores[0].seal(&epoch(1, 5), before).await.is_err(), "the trees are not those of what waits");
    assert!(stores[0].seal(&epoch(1, 4), before).await.unwrap());
    assert!(!stores[1].seal(&epoch(1, 4), before).await.unwrap(), "sealed already");
    let latest = stores[1].latest_epoch().await.unwrap();
    assert_eq!((latest.checkpoint, latest.before), (epoch(1, 4), before));
    assert_eq!(stores[1].epoch(0).await.unwrap().unwrap().checkpoint, epoch(0, 2));
    assert_eq!(stores[1].epoch(2).await.unwrap(), None);
    let late = Leaves { members: vec![commitment(6)], credentials: Vec::new() };
    assert_eq!(stores[1].pending().await.unwrap().leaves, late, "who came after waits for the next one");
    assert_eq!(stores[1].member_leaves(1, 2).await.unwrap(), [commitment(2), commitment(5)]);
    let entry = stores[1].log_entries(latest.logged.index, 1).await.unwrap().remove(0);
    let entry = aiq_verifier::log::Entry::decode(&entry).unwrap();
    assert_eq!((entry.at, entry.act), (latest.logged.at, Act::Epoch { checkpoint: epoch(1, 4), before }));
}
