//! Sealed polls: shares, reasons, and what is there after every single write.

use std::sync::Arc;

use aiq_server::store::{Accepted, Logged, SealedReason, ShareRefusal, Store};
use aiq_verifier::{
    log::{Act, Entry},
    poll::{Choice, Count, PollDefinition, PollId, PollReward, SealedBy, SignedTally},
};

use super::{ceremonies::complete, found, log::acts};
use crate::samples::{NOW, ballot, deployment, join, join_to, nullifier, sealed_poll, share, signer};

const CLOSE: u32 = NOW + 200;

fn reason(number: u8) -> SealedReason {
    SealedReason::new(vec![number; 93])
}

/// Announces a poll, has these nullifiers join it, and the first `voters` of them vote with a reason each.
async fn voted(store: &dyn Store, poll: &PollDefinition, joined: &[u8], voters: usize) {
    store.announce(poll).await.unwrap().unwrap();
    for number in joined {
        store.join(&poll.id, &join(u64::from(*number), *number), NOW).await.unwrap().unwrap();
    }
    for number in joined.iter().take(voters) {
        cast(store, poll, *number, 0, Some(reason(100 - *number))).await;
    }
}

async fn cast(store: &dyn Store, poll: &PollDefinition, number: u8, seq: u32, reason: Option<SealedReason>) {
    let ballot = ballot(poll.scope(&deployment()), number.into(), number, seq, &Choice::Abstain);
    store.vote(&poll.id, &ballot, reason.as_ref(), NOW + 100).await.unwrap().unwrap();
}

async fn publish(store: &dyn Store, poll: &PollDefinition, index: u8) -> Result<Accepted<Logged>, ShareRefusal> {
    store.publish_share(&poll.id, &share(poll, index), CLOSE + 1).await.unwrap()
}

/// A tally of so many ballots, that says nothing of them.
fn tally(poll: &PollDefinition, voted: u64) -> SignedTally {
    let mut tally = Count::below_floor(poll, 3, voted).tally;
    if voted >= 2 {
        tally.outcome = aiq_verifier::poll::Outcome::NoSupport;
    }
    SignedTally::sign(&signer(250), poll.scope(&deployment()), tally)
}

/// The kinds of the entries from the close on.
async fn from_the_close(store: &dyn Store) -> Vec<&'static str> {
    let acts = acts(store).await;
    acts.iter().map(Act::kind).skip_while(|kind| *kind != "close").collect()
}

pub async fn shares_come_between_the_close_and_the_tally(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    let poll = sealed_poll(1, SealedBy::Ceremony(complete(one, 1).await.id()));
    voted(one, &poll, &[1, 2, 3], 2).await;
    assert_eq!(publish(one, &poll, 1).await, Err(ShareRefusal::NotClosed));
    one.close_poll(&poll.id, CLOSE).await.unwrap().unwrap();
    let first = publish(one, &poll, 3).await.unwrap().into_inner();
    assert_eq!(publish(other, &poll, 3).await, Ok(Accepted::Repeated(first)));
    let mut forged = share(&poll, 3);
    forged.share = share(&poll, 2).share;
    assert_eq!(other.publish_share(&poll.id, &forged, CLOSE + 1).await.unwrap(), Err(ShareRefusal::Known));
    publish(other, &poll, 1).await.unwrap();
    let record = other.poll(&poll.id).await.unwrap().unwrap();
    let shares: Vec<u8> = record.shares.iter().map(|(share, _)| share.index).collect();
    assert_eq!((record.closed, shares), (true, vec![1, 3]));
    one.keep_tally(&poll.id, &tally(&poll, 2), CLOSE + 2).await.unwrap();
    assert_eq!(publish(one, &poll, 2).await, Err(ShareRefusal::Tallied));
    assert_eq!(publish(one, &poll, 3).await, Ok(Accepted::Repeated(first)), "its receipt stays");
    let unknown = one.publish_share(&PollId::new([9; 16]), &share(&poll, 1), CLOSE + 1).await.unwrap();
    assert_eq!(unknown, Err(ShareRefusal::UnknownPoll));
}

pub async fn below_the_floor_nothing_is_opened(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    let poll = sealed_poll(1, SealedBy::Service);
    voted(one, &poll, &[1, 2, 3], 1).await;
    // Changing a vote makes nobody two voters.
    cast(one, &poll, 1, 1, Some(reason(7))).await;
    one.close_poll(&poll.id, CLOSE).await.unwrap().unwrap();
    assert_eq!(publish(other, &poll, 1).await, Err(ShareRefusal::BelowFloor));
    one.keep_tally(&poll.id, &tally(&poll, 1), CLOSE).await.unwrap();
    assert_eq!(from_the_close(other).await, ["close", "tally"], "the reasons are gone, too");
    assert_eq!(other.reasons(&poll.id, None, 10).await.unwrap(), []);
}

pub async fn reasons_stand_behind_the_tally_by_their_bytes(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    let reward = PollReward { domain: "1.9.1.0".parse().unwrap(), weight: 2, expires_at: NOW + 1000 };
    let poll = PollDefinition { reward: Some(reward), ..sealed_poll(1, SealedBy::Service) };
    one.announce(&poll).await.unwrap().unwrap();
    for number in 1..=4 {
        let owner = u64::from(number) + 10;
        one.join(&poll.id, &join_to(number.into(), number, owner), NOW).await.unwrap().unwrap();
        cast(one, &poll, number, 0, Some(reason(10 - number))).await;
    }
    // The last word counts: another reason, none any more, and the same as before after a detour.
    cast(other, &poll, 1, 1, Some(reason(50))).await;
    cast(other, &poll, 2, 1, None).await;
    let repeated = ballot(poll.scope(&deployment()), 3, 3, 0, &Choice::Abstain);
    let again = other.vote(&poll.id, &repeated, Some(&reason(1)), NOW + 100).await.unwrap();
    assert!(matches!(again, Ok(Accepted::Repeated(_))), "what comes with a repeated ballot is that of the first time");
    one.close_poll(&poll.id, CLOSE).await.unwrap().unwrap();
    publish(one, &poll, 1).await.unwrap();
    assert_eq!(one.reasons(&poll.id, None, 10).await.unwrap(), []);
    let signed = tally(&poll, 4);
    for at in [CLOSE + 2, CLOSE + 3] {
        other.keep_tally(&poll.id, &signed, at).await.unwrap();
    }
    let expected = ["close", "share", "tally", "grant", "grant", "grant", "grant", "reason", "reason", "reason"];
    assert_eq!(from_the_close(one).await, expected, "once, behind what the tally brings about");
    let listed = one.reasons(&poll.id, None, 2).await.unwrap();
    let rest = one.reasons(&poll.id, Some(listed[1].index), 2).await.unwrap();
    let all: Vec<_> = listed.iter().chain(&rest).map(|published| published.reason.clone()).collect();
    assert_eq!(all, [reason(6), reason(7), reason(50)]);
    let entries = one.log_entries(listed[0].index, 3).await.unwrap();
    for (entry, reason) in entries.iter().zip(&all) {
        let act = Act::Reason { scope: signed.scope, reason: reason.as_bytes().to_vec() };
        assert_eq!(Entry::decode(entry).unwrap(), Entry { at: CLOSE + 2, act });
        let nullifiers = (1..=4).map(nullifier);
        let mut named = nullifiers.filter(|nullifier| entry.windows(32).any(|part| part == nullifier.to_bytes()));
        assert_eq!(named.next(), None, "whose it is does not stand there");
    }
}

/// ATTACKS 19: whoever dies between two of these writes, another goes on, and the log is the same.
pub async fn a_close_goes_on_wherever_it_stopped(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    let poll = sealed_poll(1, SealedBy::Service);
    voted(one, &poll, &[1, 2, 3], 2).await;
    let signed = tally(&poll, 2);
    for attempt in 0..3 {
        let store = if attempt % 2 == 0 { one } else { other };
        // The first attempt stops behind the close, the second behind the share, the third nowhere; each begins from the beginning.
        let closed = store.close_poll(&poll.id, CLOSE + attempt).await.unwrap().unwrap();
        assert_eq!((closed.joined, closed.ballots.len()), (3, 2));
        if attempt >= 1 {
            store.publish_share(&poll.id, &share(&poll, 1), CLOSE + attempt).await.unwrap().unwrap();
        }
        if attempt == 2 {
            store.keep_tally(&poll.id, &signed, CLOSE + attempt).await.unwrap();
        }
        let due = store.due_polls(CLOSE).await.unwrap();
        assert_eq!(due.is_empty(), attempt == 2);
    }
    assert_eq!(from_the_close(one).await, ["close", "share", "tally", "reason", "reason"]);
    let times: Vec<u32> = one
        .log_entries(0, 1000)
        .await
        .unwrap()
        .iter()
        .rev()
        .take(5)
        .map(|entry| Entry::decode(entry).unwrap().at)
        .collect();
    assert_eq!(times, [CLOSE + 2, CLOSE + 2, CLOSE + 2, CLOSE + 1, CLOSE], "each was written once, when it came first");
}
