//! Ceremonies: the rules that hold whatever was checked before.

use std::sync::Arc;

use aiq_server::store::{Accepted, AnnounceRefusal, CeremonyPackage, CeremonyRefusal, Logged, Store};
use aiq_verifier::{
    ceremony::{Ceremony, CeremonyId, Complaint, Round1},
    poll::SealedBy,
    service_key::Signature,
};

use super::found;
use crate::samples::{NOW, ceremony, complaint, confirmation, round_1, round_2, sealed_poll};

pub async fn send(store: &dyn Store, package: &CeremonyPackage, at: u32) -> Result<Accepted<Logged>, CeremonyRefusal> {
    store.add_package(package, at).await.unwrap()
}

/// Sends what all three trustees have to say in a round.
pub async fn all(store: &dyn Store, ceremony: &Ceremony, round: fn(&Ceremony, u8) -> CeremonyPackage) {
    for index in 1..=3 {
        assert!(matches!(send(store, &round(ceremony, index), NOW).await, Ok(Accepted::New(_))));
    }
}

/// Opens the ceremony with this number, and has it complete.
pub async fn complete(store: &dyn Store, number: u8) -> Ceremony {
    let ceremony = ceremony(number);
    store.open_ceremony(&ceremony, NOW).await.unwrap();
    for round in [round_1, round_2, confirmation] {
        all(store, &ceremony, round).await;
    }
    ceremony
}

pub async fn a_trustee_says_one_thing_in_a_round(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    let ceremony = ceremony(1);
    assert_eq!(send(one, &round_1(&ceremony, 1), NOW).await, Err(CeremonyRefusal::Unknown));
    let opened = one.open_ceremony(&ceremony, NOW).await.unwrap();
    let first = send(one, &round_1(&ceremony, 1), NOW).await.unwrap().into_inner();
    assert_eq!(send(other, &round_1(&ceremony, 1), NOW + 200).await, Ok(Accepted::Repeated(first)), "however late");
    let CeremonyPackage::Round1(package) = round_1(&ceremony, 1) else { panic!("a first package") };
    let changed = CeremonyPackage::Round1(Round1 { signature: Signature::new([9; 64]), ..package });
    assert_eq!(send(other, &changed, NOW).await, Err(CeremonyRefusal::Known));
    assert!(store_fails(one, &round_1(&ceremony, 4)).await, "there is no trustee 4");
    let record = other.ceremony(&ceremony.id()).await.unwrap().unwrap();
    assert_eq!((record.ceremony, record.logged, record.poll), (ceremony, opened, None));
    assert_eq!(record.round_1.iter().map(|(_, logged)| *logged).collect::<Vec<_>>(), [first]);
    assert_eq!(other.ceremony(&CeremonyId::new([9; 32])).await.unwrap(), None);
}

/// The service names a trustee that there is; here it is a fault.
async fn store_fails(store: &dyn Store, package: &CeremonyPackage) -> bool {
    store.add_package(package, NOW).await.is_err()
}

pub async fn rounds_follow_each_other(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    let ceremony = ceremony(1);
    one.open_ceremony(&ceremony, NOW).await.unwrap();
    let refused = async |packages: &[CeremonyPackage]| {
        for package in packages {
            assert_eq!(send(other, package, NOW).await, Err(CeremonyRefusal::Round), "{package:?}");
        }
    };
    let (second, last) = (round_2(&ceremony, 1), [confirmation(&ceremony, 1), complaint(&ceremony, 1)]);
    send(one, &round_1(&ceremony, 1), NOW).await.unwrap();
    send(one, &round_1(&ceremony, 2), NOW).await.unwrap();
    refused(&[second.clone(), last[0].clone(), last[1].clone()]).await;
    send(one, &round_1(&ceremony, 3), NOW).await.unwrap();
    refused(&last).await;
    all(one, &ceremony, round_2).await;
    assert_eq!(send(other, &confirmation(&ceremony, 1), NOW + 100).await, Err(CeremonyRefusal::Expired(NOW + 100)));
    all(one, &ceremony, confirmation).await;
    assert_eq!(send(other, &complaint(&ceremony, 1), NOW).await, Err(CeremonyRefusal::Known), "it has confirmed");
    let record = other.ceremony(&ceremony.id()).await.unwrap().unwrap();
    let counts = (record.round_1.len(), record.round_2.len(), record.confirmations.len(), record.complaint);
    assert_eq!(counts, (3, 3, 3, None));
}

pub async fn a_complaint_ends_a_ceremony(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    let ceremony = ceremony(1);
    one.open_ceremony(&ceremony, NOW).await.unwrap();
    all(one, &ceremony, round_1).await;
    all(one, &ceremony, round_2).await;
    send(one, &confirmation(&ceremony, 1), NOW).await.unwrap();
    assert_eq!(send(one, &complaint(&ceremony, 1), NOW).await, Err(CeremonyRefusal::Known));
    let ended = send(one, &complaint(&ceremony, 2), NOW).await.unwrap().into_inner();
    assert_eq!(send(other, &complaint(&ceremony, 2), NOW + 200).await, Ok(Accepted::Repeated(ended)));
    assert_eq!(send(other, &confirmation(&ceremony, 2), NOW).await, Err(CeremonyRefusal::Known));
    assert_eq!(send(other, &confirmation(&ceremony, 3), NOW).await, Err(CeremonyRefusal::Ended));
    assert_eq!(send(other, &complaint(&ceremony, 3), NOW).await, Err(CeremonyRefusal::Ended));
    let record = other.ceremony(&ceremony.id()).await.unwrap().unwrap();
    let (Complaint { index, .. }, logged) = record.complaint.unwrap();
    assert_eq!((index, logged), (2, ended));
    let poll = sealed_poll(1, SealedBy::Ceremony(ceremony.id()));
    assert_eq!(one.announce(&poll).await.unwrap(), Err(AnnounceRefusal::Incomplete(ceremony.id())));
}

pub async fn a_ceremony_makes_the_key_of_one_poll(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    let (first, second) = (sealed_poll(1, SealedBy::Ceremony(ceremony(1).id())), ceremony(1).id());
    assert_eq!(one.announce(&first).await.unwrap(), Err(AnnounceRefusal::UnknownCeremony(second)));
    one.open_ceremony(&ceremony(1), NOW).await.unwrap();
    assert_eq!(one.announce(&first).await.unwrap(), Err(AnnounceRefusal::Incomplete(second)));
    for round in [round_1, round_2, confirmation] {
        all(one, &ceremony(1), round).await;
    }
    one.announce(&first).await.unwrap().unwrap();
    let again = sealed_poll(2, SealedBy::Ceremony(second));
    assert_eq!(other.announce(&again).await.unwrap(), Err(AnnounceRefusal::Used(first.id)));
    assert_eq!(other.ceremony(&second).await.unwrap().unwrap().poll, Some(first.id));
    let record = other.poll(&first.id).await.unwrap().unwrap();
    assert_eq!((record.ceremony, record.shares, record.closed), (Some(ceremony(1)), vec![], false));
    // What the service seals alone needs none.
    one.announce(&sealed_poll(3, SealedBy::Service)).await.unwrap().unwrap();
}

pub async fn ceremonies_are_listed_with_their_boards(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    found(store).await;
    let mut ids = Vec::new();
    for number in 1..=4 {
        let ceremony = ceremony(number);
        store.open_ceremony(&ceremony, NOW).await.unwrap();
        for index in 1..=number.min(3) {
            send(store, &round_1(&ceremony, index), NOW).await.unwrap();
        }
        ids.push((ceremony.id(), usize::from(number.min(3))));
    }
    ids.sort_unstable();
    let mut seen = Vec::new();
    for limit in [3, 3] {
        let after = seen.last().map(|(id, _)| *id);
        let page = store.ceremonies(after, limit).await.unwrap();
        seen.extend(page.into_iter().map(|record| (record.ceremony.id(), record.round_1.len())));
    }
    assert_eq!(seen, ids);
}
