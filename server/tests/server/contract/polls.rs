use std::sync::Arc;

use aiq_server::store::{Accepted, JoinRefusal, Logged, MergeRefusal, Store, VoteRefusal};
use aiq_verifier::{
    log::{Act, Entry},
    poll::{Ballot, Blinding, Choice, PollId, SignedTally, Tally},
};

use super::found;
use crate::samples::{NOW, ballot, deployment, join, join_to, merge, nullifier, poll, rewarded_poll, signer, tag};

/// Announces poll 1 and has nullifiers join it, nullifier n with ballot key n.
pub async fn announced(store: &dyn Store, joined: &[u8]) -> PollId {
    found(store).await;
    let definition = poll(1);
    store.announce(&definition).await.unwrap().unwrap();
    for number in joined {
        let accepted = enter(store, (*number).into(), *number, NOW).await;
        assert!(matches!(accepted, Ok(Accepted::New(_))));
    }
    definition.id
}

pub async fn enter(store: &dyn Store, number: u64, key: u8, at: u32) -> Result<Accepted<Logged>, JoinRefusal> {
    store.join(&poll(1).id, &join(number, key), at).await.unwrap()
}

pub fn vote(number: u64, key: u8, seq: u32, choice: &Choice) -> Ballot {
    ballot(poll(1).scope(&deployment()), number, key, seq, choice)
}

pub async fn cast(store: &dyn Store, ballot: &Ballot, at: u32) -> Result<Accepted<Logged>, VoteRefusal> {
    store.vote(&poll(1).id, ballot, None, at).await.unwrap()
}

pub async fn a_join_is_for_one_key(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    let id = announced(one, &[]).await;
    let first = enter(one, 1, 1, NOW).await.unwrap().into_inner();
    assert_eq!(enter(other, 1, 1, NOW + 5).await, Ok(Accepted::Repeated(first)));
    assert_eq!(enter(other, 1, 2, NOW).await, Err(JoinRefusal::OtherKey));
    assert_eq!(enter(other, 2, 2, NOW + 200).await, Err(JoinRefusal::Closed));
    assert_eq!(enter(other, 1, 1, NOW + 200).await, Ok(Accepted::Repeated(first)));
    assert_eq!(other.ballot_key(&id, &nullifier(1)).await.unwrap(), Some(join(1, 1).ballot_key));
    assert_eq!(other.ballot_key(&id, &nullifier(2)).await.unwrap(), None);
    let unknown = PollId::new([9; 16]);
    assert_eq!(other.join(&unknown, &join(1, 1), NOW).await.unwrap(), Err(JoinRefusal::UnknownPoll));
}

pub async fn ballots_only_go_forward(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    let id = announced(one, &[1]).await;
    let (open, closed) = (NOW + 100, NOW + 200);
    let first = vote(1, 1, 3, &Choice::Abstain);
    assert_eq!(cast(one, &first, open - 1).await, Err(VoteRefusal::NotOpen));
    let accepted = cast(one, &first, open).await.unwrap().into_inner();
    assert_eq!(cast(other, &first, open + 1).await, Ok(Accepted::Repeated(accepted)));
    assert_eq!(cast(other, &vote(1, 1, 3, &Choice::Option(0)), open).await, Err(VoteRefusal::SeqUsed));
    let blinded_anew = Ballot { blinding: Blinding::new([7; 32]), ..first.clone() };
    assert_eq!(cast(other, &blinded_anew, open).await, Err(VoteRefusal::SeqUsed), "its entry would be another");
    assert_eq!(cast(other, &vote(1, 1, 2, &Choice::Option(0)), open).await, Err(VoteRefusal::Superseded(3)));
    assert!(matches!(cast(other, &vote(1, 1, 9, &Choice::Option(1)), open).await, Ok(Accepted::New(_))));
    assert_eq!(cast(one, &first, open).await, Err(VoteRefusal::Superseded(9)));
    assert_eq!(cast(one, &vote(1, 1, 10, &Choice::Abstain), closed).await, Err(VoteRefusal::Closed));
    assert_eq!(cast(one, &vote(2, 2, 0, &Choice::Abstain), open).await, Err(VoteRefusal::NotJoined));
    let unknown = one.vote(&PollId::new([9; 16]), &first, None, open).await.unwrap();
    assert_eq!(unknown, Err(VoteRefusal::UnknownPoll));
    let seqs: Vec<u32> = other.ballots(&id, None, 10).await.unwrap().iter().map(|ballot| ballot.seq).collect();
    assert_eq!(seqs, [3, 9]);
}

pub async fn a_closed_poll_takes_nothing_whatever_the_time(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    let id = announced(one, &[1, 2]).await;
    let ballot = vote(1, 1, 0, &Choice::Option(1));
    cast(one, &ballot, NOW + 100).await.unwrap();
    assert_eq!(other.due_polls(NOW + 199).await.unwrap(), []);
    assert_eq!(other.due_polls(NOW + 200).await.unwrap(), [id]);
    let closed = other.close_poll(&id, NOW + 200).await.unwrap().unwrap();
    assert_eq!((closed.joined, closed.ballots.as_slice()), (2, [ballot].as_slice()));
    // A process whose clock is behind.
    assert_eq!(cast(one, &vote(2, 2, 0, &Choice::Abstain), NOW + 150).await, Err(VoteRefusal::Closed));
    assert_eq!(enter(one, 3, 3, NOW + 150).await, Err(JoinRefusal::Closed));
    let scope = poll(1).scope(&deployment());
    let tally = Tally::count(&poll(1), &scope, closed.joined, &closed.ballots).unwrap();
    let signed = SignedTally::sign(&signer(250), scope, tally.clone());
    assert_eq!(one.keep_tally(&id, &signed, NOW + 201).await.unwrap(), signed);
    let another = SignedTally::sign(&signer(251), scope, tally);
    assert_eq!(other.keep_tally(&id, &another, NOW + 202).await.unwrap(), signed, "the first one stays");
    assert_eq!(other.poll(&id).await.unwrap().unwrap().tally, Some(signed));
    assert_eq!(other.due_polls(u32::MAX).await.unwrap(), []);
    assert_eq!(other.close_poll(&PollId::new([9; 16]), NOW).await.unwrap(), None);
}

pub async fn listings_go_on_where_they_stopped(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    let id = announced(store, &[3, 1, 2]).await;
    for number in 2..=4 {
        store.announce(&poll(number)).await.unwrap().unwrap();
    }
    let page = async |after| {
        let records = store.polls(after, 2).await.unwrap();
        records.into_iter().map(|record| record.definition.id).collect::<Vec<_>>()
    };
    assert_eq!(page(None).await, [poll(1).id, poll(2).id]);
    assert_eq!(page(Some(poll(2).id)).await, [poll(3).id, poll(4).id]);
    assert_eq!(page(Some(poll(4).id)).await, []);
    let joins = store.joins(&id, Some(nullifier(1)), 1).await.unwrap();
    assert_eq!(joins, [join(2, 2)]);
    for (number, seq) in [(1, 0), (1, 1), (2, 7)] {
        let key = u8::try_from(number).unwrap();
        cast(store, &vote(number, key, seq, &Choice::Abstain), NOW + 100).await.unwrap();
    }
    let after = store.ballots(&id, Some((nullifier(1), 0)), 10).await.unwrap();
    let keys: Vec<_> = after.iter().map(|ballot| (ballot.nullifier, ballot.seq)).collect();
    assert_eq!(keys, [(nullifier(1), 1), (nullifier(2), 7)]);
    let record = store.poll(&id).await.unwrap().unwrap();
    assert_eq!((record.joined, record.voted), (3, 2));
}

/// Entries of the log from a place on.
async fn entries(store: &dyn Store, from: u64) -> Vec<Entry> {
    let entries = store.log_entries(from, 100).await.unwrap();
    entries.iter().map(|entry| Entry::decode(entry).unwrap()).collect()
}

pub async fn who_votes_earns_one_note(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    let definition = rewarded_poll(1);
    let (id, scope) = (definition.id, definition.scope(&deployment()));
    one.announce(&definition).await.unwrap().unwrap();
    // Nullifier n to the tag n + 10; the second never votes.
    for (number, key) in [(3, 3), (1, 1), (2, 2)] {
        one.join(&id, &join_to(number, key, number + 10), NOW).await.unwrap().unwrap();
    }
    let refused = other.join(&id, &join_to(4, 4, 11), NOW).await.unwrap();
    assert_eq!(refused, Err(JoinRefusal::TagUsed), "one note for two who joined");
    let again = other.join(&id, &join_to(1, 1, 11), NOW).await.unwrap();
    assert!(matches!(again, Ok(Accepted::Repeated(_))));
    for (number, key, seq, option) in [(1, 1, 0, 0), (3, 3, 0, 1), (1, 1, 5, 1)] {
        let ballot = ballot(scope, number, key, seq, &Choice::Option(option));
        one.vote(&id, &ballot, None, NOW + 100).await.unwrap().unwrap();
    }
    let closed = one.close_poll(&id, NOW + 200).await.unwrap().unwrap();
    let tally = Tally::count(&definition, &scope, closed.joined, &closed.ballots).unwrap();
    let signed = SignedTally::sign(&signer(250), scope, tally);
    let tallied = one.log_size().await.unwrap();
    for (store, at) in [(one, NOW + 201), (other, NOW + 202)] {
        store.keep_tally(&id, &signed, at).await.unwrap();
    }
    let reward = definition.reward.unwrap();
    let notes = [1, 3].map(|number| reward.note(&scope, &nullifier(number), tag(number + 10), NOW + 201));
    let mut expected = vec![Act::Tally(signed)];
    expected.extend(notes.map(Act::Grant));
    let expected: Vec<_> = expected.into_iter().map(|act| Entry { at: NOW + 201, act }).collect();
    assert_eq!(entries(other, tallied).await, expected, "once, right behind the tally, ascending by nullifier");
    assert_eq!(other.pending().await.unwrap().leaves.credentials.len(), 2);
}

pub async fn tags_matter_only_where_something_is_granted(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    let id = announced(one, &[1, 2]).await;
    assert_eq!(join(1, 1).presentation.tag, join(2, 2).presentation.tag);
    assert_eq!(other.poll(&id).await.unwrap().unwrap().joined, 2);
    let rewarded = rewarded_poll(2);
    one.announce(&rewarded).await.unwrap().unwrap();
    let accepted = one.join(&rewarded.id, &join(1, 1), NOW).await.unwrap();
    assert!(matches!(accepted, Ok(Accepted::New(_))), "nothing was granted to the tag so far");
    let merged = one.merge(&merge([1, 2, 3, 4, 5, 6], 9), NOW).await.unwrap();
    assert_eq!(merged, Err(MergeRefusal::TagUsed));
    one.merge(&merge([1, 2, 3, 4, 5, 6], 10), NOW).await.unwrap().unwrap();
    let refused = other.join(&rewarded.id, &join_to(2, 2, 10), NOW).await.unwrap();
    assert_eq!(refused, Err(JoinRefusal::TagUsed));
}
