use std::sync::Arc;

use aiq_server::store::{Accepted, StandardRefusal, Store};
use aiq_verifier::standard::{Authority, Standard};

use super::found_with_rules;
use crate::samples::{NOW, standard};

/// Founds, and lays down the standard.
pub async fn governed(store: &dyn Store) {
    found_with_rules(store).await;
    assert!(matches!(set(store, &standard()).await, Ok(Accepted::New(_))));
}

pub async fn set(
    store: &dyn Store,
    standard: &Standard,
) -> Result<Accepted<aiq_server::store::Logged>, StandardRefusal> {
    store.set_standard(standard, Authority::Administrator, NOW).await.unwrap()
}

pub async fn versions_count_up_by_one(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    governed(one).await;
    let first = one.standard(&standard().id()).await.unwrap().unwrap();
    assert_eq!(set(other, &standard()).await, Ok(Accepted::Repeated(first.logged)));
    for version in [1, 3] {
        let refused = Standard { version, window: 60, ..standard() };
        assert_eq!(set(one, &refused).await, Err(StandardRefusal::Version(2)), "{version}");
    }
    let second = Standard { version: 2, window: 60, ..standard() };
    assert!(matches!(set(one, &second).await, Ok(Accepted::New(_))));
    // Each prefix counts for itself.
    let narrow = Standard { domain: "1.4".parse().unwrap(), ..standard() };
    assert_eq!(set(one, &Standard { version: 3, ..narrow.clone() }).await, Err(StandardRefusal::Version(1)));
    assert!(matches!(set(one, &narrow).await, Ok(Accepted::New(_))));
    let newest: Vec<_> = other.standards().await.unwrap().into_iter().map(|record| record.standard).collect();
    assert_eq!(newest, [second, narrow]);
    assert_eq!(other.standard(&standard().id()).await.unwrap(), Some(first), "old ones stay readable");
}

pub async fn the_longest_prefix_governs(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    found_with_rules(store).await;
    let at = |domain: &str| Standard { domain: domain.parse().unwrap(), ..standard() };
    let second = |domain: &str| Standard { version: 2, ..at(domain) };
    for standard in [at("1"), at("1.4"), second("1"), at("1.4.2"), second("1.4")] {
        set(store, &standard).await.unwrap();
    }
    let governing = async |domain: &str| {
        let record = store.governing_standard(domain.parse().unwrap()).await.unwrap();
        record.map(|record| record.standard)
    };
    assert_eq!(governing("2.0.0.0").await, None);
    assert_eq!(governing("1.0.0.0").await, Some(second("1")));
    assert_eq!(governing("1.3.0.0").await, Some(second("1")));
    assert_eq!(governing("1.4.0.0").await, Some(second("1.4")));
    assert_eq!(governing("1.4.1.0").await, Some(second("1.4")));
    assert_eq!(governing("1.4.2.0").await, Some(at("1.4.2")));
    assert_eq!(governing("1.4.2.9").await, Some(at("1.4.2")));
}
