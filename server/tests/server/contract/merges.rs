use std::sync::Arc;

use aiq_server::store::{Accepted, Logged, MergeRefusal, Store};
use aiq_verifier::{merge::Merge, proof::Proof};
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::{AffineRepr as _, CurveGroup as _};

use super::{epoch, found};
use crate::samples::{NOW, merge, tag};

pub async fn send(store: &dyn Store, merge: &Merge, at: u32) -> Result<Accepted<Logged>, MergeRefusal> {
    store.merge(merge, at).await.unwrap()
}

pub async fn a_note_is_merged_once(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    let good = merge([1, 2, 3, 4, 5, 6], 10);
    assert!(!one.has_merged(&tag(10)).await.unwrap());
    let first = send(one, &good, NOW + 1).await.unwrap().into_inner();
    assert!(other.has_merged(&tag(10)).await.unwrap());
    assert_eq!(send(other, &good, NOW + 2).await, Ok(Accepted::Repeated(first)));
    // Anyone can make another proof of one that was seen: it is the same merge.
    let twice = (G1Affine::generator() + G1Affine::generator()).into_affine();
    let proof = Proof::from_points(twice, G2Affine::generator(), G1Affine::generator()).unwrap();
    let other_proof = Merge { proof, ..good.clone() };
    assert_eq!(send(other, &other_proof, NOW + 2).await, Ok(Accepted::Repeated(first)));
    for place in 0..6 {
        let mut spends = [11, 12, 13, 14, 15, 16];
        spends[place] = u64::try_from(place).unwrap() + 1;
        assert_eq!(send(other, &merge(spends, 11), NOW + 2).await, Err(MergeRefusal::Spent), "in slot {place}");
    }
    let mut heavier = good.clone();
    heavier.balance.weight = 3;
    assert_eq!(send(other, &heavier, NOW + 2).await, Err(MergeRefusal::Spent));
    let fresh = merge([11, 12, 13, 14, 15, 16], 10);
    assert_eq!(send(other, &fresh, NOW + 2).await, Err(MergeRefusal::TagUsed));
    let fresh = merge([11, 12, 13, 14, 15, 16], 11);
    assert_eq!(send(other, &fresh, NOW + 1000).await, Err(MergeRefusal::Expired));
    assert_eq!(send(other, &Merge { epoch: 1, ..fresh.clone() }, NOW + 2).await, Err(MergeRefusal::StaleEpoch(0)));
    assert!(matches!(send(other, &fresh, NOW + 999).await, Ok(Accepted::New(_))));
}

pub async fn a_merged_note_waits_for_the_next_epoch(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    let good = merge([1, 2, 3, 4, 5, 6], 10);
    let first = send(one, &good, NOW).await.unwrap().into_inner();
    let pending = other.pending().await.unwrap();
    assert_eq!(pending.leaves.credentials, [good.credential()]);
    let mut checkpoint = epoch(1, 2);
    checkpoint.credentials = 1;
    assert!(other.seal(&checkpoint, pending.before).await.unwrap());
    assert_eq!(one.credential_leaves(0, 2).await.unwrap(), [good.credential()]);
    assert_eq!(send(other, &good, NOW + 2000).await, Ok(Accepted::Repeated(first)), "after everything");
    let late = merge([11, 12, 13, 14, 15, 16], 11);
    assert_eq!(send(other, &late, NOW).await, Err(MergeRefusal::StaleEpoch(1)));
}
