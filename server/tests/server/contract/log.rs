//! The log: what is written with what, and what may be read of it.

use std::sync::Arc;

use aiq_server::store::{Accepted, Store, VoteRefusal};
use aiq_verifier::{
    log::{Act, Entry, EntryHash, EntryOpening, Frontier},
    poll::Choice,
};
use tlog_tiles::stored_hash_index;

use super::polls::{announced, cast, enter, vote};
use crate::samples::{NOW, poll};

pub async fn acts(store: &dyn Store) -> Vec<Act> {
    let entries = store.log_entries(0, 10_000).await.unwrap();
    entries.iter().map(|entry| Entry::decode(entry).unwrap().act).collect()
}

pub async fn acts_and_their_entries_go_together(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    let id = announced(one, &[1]).await;
    let size = one.log_size().await.unwrap();
    // What is refused or repeated adds no entry.
    assert!(matches!(enter(other, 1, 1, NOW).await, Ok(Accepted::Repeated(_))));
    assert!(enter(other, 1, 2, NOW).await.is_err());
    assert_eq!(cast(one, &vote(1, 1, 0, &Choice::Abstain), NOW).await, Err(VoteRefusal::NotOpen));
    assert_eq!(one.log_size().await.unwrap(), size);

    let ballot = vote(1, 1, 0, &Choice::Option(1));
    let logged = cast(one, &ballot, NOW + 100).await.unwrap().into_inner();
    assert_eq!(logged.index, size);
    let entry = Entry { at: NOW + 100, act: Act::Ballot(ballot.committed()) };
    assert_eq!((logged.hash, logged.at), (entry.hash(), NOW + 100));
    other.close_poll(&id, NOW + 200).await.unwrap();
    other.close_poll(&id, NOW + 201).await.unwrap();
    let kinds: Vec<&str> = acts(one).await.iter().map(Act::kind).collect();
    assert_eq!(kinds, ["genesis", "enrolment", "enrolment", "epoch", "poll", "join", "ballot", "close"]);
}

pub async fn every_node_of_the_tree_is_kept(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    announced(store, &(0..40).collect::<Vec<u8>>()).await;
    let entries = store.log_entries(0, 10_000).await.unwrap();
    let mut frontier = Frontier::default();
    for entry in &entries {
        frontier.push(&EntryHash::of(entry));
    }
    let size = store.log_size().await.unwrap();
    assert_eq!((entries.len() as u64, frontier.size()), (size, size));
    // The complete subtrees to the left, the largest first, are what the root is made of.
    let mut peaks = Vec::new();
    let mut start = 0;
    for level in (0..64).rev().filter(|level| size >> level & 1 == 1) {
        peaks.push(stored_hash_index(level, start >> level));
        start += 1 << level;
    }
    let peaks = store.log_hashes(&peaks).await.unwrap();
    let (last, left) = peaks.split_last().unwrap();
    let node = |right, left: &[u8; 32]| tlog_tiles::node_hash(tlog_tiles::Hash(*left), right);
    assert_eq!(left.iter().rev().fold(tlog_tiles::Hash(*last), node).0, frontier.root());
    assert!(store.log_hashes(&[stored_hash_index(0, size)]).await.is_err(), "beyond the end");
}

pub async fn openings_wait_for_the_close(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    let id = announced(store, &[1, 2]).await;
    let ballot = vote(1, 1, 0, &Choice::Option(1));
    let logged = cast(store, &ballot, NOW + 100).await.unwrap().into_inner();
    assert_eq!(store.openings(0, 1000).await.unwrap(), []);
    let entry = store.log_entries(logged.index, 1).await.unwrap().remove(0);
    assert!(!entry.windows(32).any(|part| part == ballot.blinding.as_bytes()), "the entry only commits");
    store.close_poll(&id, poll(1).closes_at).await.unwrap();
    assert_eq!(store.openings(0, 1000).await.unwrap(), [(logged.index, EntryOpening::Ballot(ballot.opening()))]);
    assert_eq!(store.openings(logged.index + 1, 1000).await.unwrap(), []);
}

pub async fn checkpoints_keep_what_witnesses_signed(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    one.publish_checkpoint(1, "one\n").await.unwrap();
    other.publish_checkpoint(1, "another\n").await.unwrap();
    assert_eq!(one.log_checkpoint(1).await.unwrap().as_deref(), Some("one\n"), "what was published stays");
    one.cosign(1, "witness", "line").await.unwrap();
    one.cosign(1, "witness", "another line").await.unwrap();
    one.cosign(7, "witness", "of a size that was never published").await.unwrap();
    for size in 2..300 {
        other.publish_checkpoint(size, "more\n").await.unwrap();
    }
    let cosigned = one.log_checkpoints(10, true).await.unwrap();
    let cosigned: Vec<_> = cosigned.iter().map(|record| (record.size, record.note.as_str())).collect();
    assert_eq!(cosigned, [(1, "one\nline\n")]);
    assert_eq!(one.log_checkpoint(2).await.unwrap(), None, "old ones that nobody signed are forgotten");
    let newest = one.log_checkpoints(2, false).await.unwrap();
    assert_eq!(newest.iter().map(|record| record.size).collect::<Vec<_>>(), [299, 298]);
}
