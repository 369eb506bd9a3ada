use std::sync::Arc;

use aiq_server::store::{Accepted, EnrolRefusal, Store};

use super::found;
use crate::samples::{NOW, commitment, withdrawal_key};

pub async fn enrol_all(store: &dyn Store, numbers: &[u8]) {
    let hashes: Vec<[u8; 32]> = numbers.iter().map(|number| [*number; 32]).collect();
    store.invite(&hashes, NOW + 10, NOW).await.unwrap();
    for number in numbers {
        let member = u64::from(*number);
        let outcome = store.enrol(&[*number; 32], commitment(member), withdrawal_key(member), NOW).await.unwrap();
        assert!(matches!(outcome, Ok(Accepted::New(_))));
    }
}

pub async fn an_invitation_is_used_once(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    one.invite(&[[1; 32], [2; 32]], NOW + 10, NOW).await.unwrap();
    let enrol = async |store: &dyn Store, invitation: u8, number, at| {
        store.enrol(&[invitation; 32], commitment(number), withdrawal_key(number), at).await.unwrap()
    };
    let first = enrol(one, 1, 50, NOW).await.unwrap().into_inner();
    assert_eq!(first.at, NOW);
    assert_eq!(enrol(other, 1, 50, NOW + 99).await, Ok(Accepted::Repeated(first)));
    let other_key = other.enrol(&[1; 32], commitment(50), withdrawal_key(51), NOW).await.unwrap();
    assert_eq!(other_key, Err(EnrolRefusal::AlreadyEnrolled), "the key cannot be replaced");
    assert_eq!(enrol(other, 1, 51, NOW).await, Err(EnrolRefusal::Used));
    assert_eq!(enrol(other, 2, 50, NOW).await, Err(EnrolRefusal::AlreadyEnrolled));
    assert_eq!(enrol(other, 2, 1, NOW).await, Err(EnrolRefusal::AlreadyEnrolled), "a founder");
    assert_eq!(enrol(other, 3, 52, NOW).await, Err(EnrolRefusal::UnknownInvitation));
    assert_eq!(enrol(other, 2, 52, NOW + 10).await, Err(EnrolRefusal::Expired(NOW + 10)));
    assert!(matches!(enrol(other, 2, 52, NOW + 9).await, Ok(Accepted::New(_))));
}
