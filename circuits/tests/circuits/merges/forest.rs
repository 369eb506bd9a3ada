//! The argument of §5.4, run: whoever keeps to the rules and to the nullifiers seen, whatever is tried, counts no reward
//! twice and comes to an end.

use std::collections::BTreeSet;

use aiq_circuits::{
    credential::{Attributes, CredentialId},
    identity::{Secret, SpendNullifier, TagRandomness},
    merge::{MergeSlot, SLOTS},
    statement::Statement,
};
use proptest::{prelude::*, sample::Index};

use super::notes::{BALANCE, Notes, REWARD};
use crate::fixture::{Held, some};

/// The notes of two owners, and what the log knows of merges.
struct Ledger {
    owners: [Secret; 2],
    notes: Notes,
    /// Which owner each note has.
    owner_of: Vec<usize>,
    /// For each note, the reward notes that it stands for.
    rewards: Vec<BTreeSet<usize>>,
    /// Which notes were spent, as only their owners know.
    is_spent: Vec<bool>,
    seen: BTreeSet<SpendNullifier>,
}

impl Ledger {
    /// Five reward notes for each owner: three alike, one of another domain, one of another expiry.
    fn new() -> Self {
        let owners = ["secret", "another secret"].map(|name| Secret::new(some(name)));
        let mut notes = Notes::of(&[REWARD; 10]);
        notes.held[3].attributes.domain = "1.7.0.0".parse().unwrap();
        notes.held[8].attributes.domain = "1.7.0.0".parse().unwrap();
        notes.held[4].attributes.expires_at += 1;
        notes.held[9].attributes.expires_at += 1;
        notes.held[5..].iter_mut().for_each(|held| held.owner = owners[1].clone());
        let rewards = (0..10).map(|note| BTreeSet::from([note])).collect();
        let owner_of = (0..10).map(|note| note / 5).collect();
        Self { owners, notes, owner_of, rewards, is_spent: vec![false; 10], seen: BTreeSet::new() }
    }

    /// `Φ`: twice the unspent reward notes, once the unspent balance notes.
    fn potential(&self) -> usize {
        let unspent = self.notes.held.iter().zip(&self.is_spent).filter(|(_, spent)| !**spent);
        unspent.map(|(held, _)| if held.attributes.kind == REWARD { 2 } else { 1 }).sum()
    }

    /// Whether these notes may merge, said without any proof.
    fn may_merge(&self, owner: usize, chosen: &[usize]) -> bool {
        let distinct: BTreeSet<_> = chosen.iter().collect();
        let held = |note: &usize| &self.notes.held[*note].attributes;
        let alike = |note: &usize| {
            let first = held(&chosen[0]);
            (held(note).domain, held(note).expires_at) == (first.domain, first.expires_at)
        };
        let counted: usize = chosen.iter().map(|note| if held(note).kind == REWARD { 2 } else { 1 }).sum();
        distinct.len() == chosen.len()
            && chosen.iter().all(|note| self.owner_of[*note] == owner && !self.is_spent[*note] && alike(note))
            && counted >= 2
    }

    /// What an owner tries, and what becomes of it in public.
    fn merge(&mut self, owner: usize, chosen: &[usize]) -> bool {
        let first = self.notes.held[chosen[0]].attributes;
        self.notes.secret = self.owners[owner].clone();
        self.notes.slots = core::array::from_fn(|k| chosen.get(k).copied());
        self.notes.balance = Attributes { kind: BALANCE, ..first };
        self.notes.sum_up();
        let number = self.notes.held.len();
        let mut witness = self.notes.witness();
        witness.tag_randomness = TagRandomness::new(some(&format!("tag randomness of {number}")));
        for (k, slot) in witness.slots.iter_mut().enumerate().skip(chosen.len()) {
            let id = CredentialId::new(some(&format!("dummy {k} of {number}, {}", self.seen.len())));
            *slot = MergeSlot::Dummy(id);
        }
        let Ok(instance) = self.notes.instance(&witness) else { return false };
        let spends = witness.spends();
        if instance.check(&witness).is_err() || spends.iter().any(|spend| self.seen.contains(spend)) {
            return false;
        }
        self.seen.extend(spends);
        for note in chosen {
            self.is_spent[*note] = true;
        }
        self.notes.held.push(Held {
            owner: self.owners[owner].clone(),
            tag_randomness: witness.tag_randomness.clone(),
            attributes: self.notes.balance,
            id: CredentialId::of_balance(&spends),
        });
        self.owner_of.push(owner);
        self.rewards.push(chosen.iter().flat_map(|note| self.rewards[*note].clone()).collect());
        self.is_spent.push(false);
        true
    }
}

/// Who tries, whether with their own notes alone, and with which.
fn attempt() -> impl Strategy<Value = (usize, bool, Vec<Index>)> {
    let chosen = prop_oneof![
        4 => prop::collection::vec(any::<Index>(), 1..=2),
        1 => prop::collection::vec(any::<Index>(), 1..=SLOTS),
    ];
    (0..2_usize, prop::bool::weighted(0.9), chosen)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn merges_end_and_no_reward_counts_twice(attempts in prop::collection::vec(attempt(), 1..60)) {
        let mut ledger = Ledger::new();
        for (owner, own, chosen) in attempts {
            let mut choice: Vec<usize> =
                (0..ledger.notes.held.len()).filter(|note| !own || ledger.owner_of[*note] == owner).collect();
            // The latest first, so that balances are merged again.
            choice.reverse();
            choice.truncate(8);
            let chosen: Vec<usize> = chosen.iter().map(|index| *index.get(&choice)).collect();
            let (may, before) = (ledger.may_merge(owner, &chosen), ledger.potential());
            prop_assert_eq!(ledger.merge(owner, &chosen), may, "{:?}", chosen);
            let after = ledger.potential();
            prop_assert!(after < before || (!may && after == before), "{} to {}", before, after);

            // Every balance weighs what the rewards below it weigh, each once; among unspent ones no reward occurs twice.
            let mut counted = BTreeSet::new();
            for (note, rewards) in ledger.rewards.iter().enumerate() {
                let attributes = |of: &usize| &ledger.notes.held[*of].attributes;
                let weight: u16 = rewards.iter().map(|reward| attributes(reward).weight).sum();
                prop_assert_eq!(attributes(&note).weight, weight);
                for reward in rewards {
                    prop_assert_eq!(ledger.owner_of[*reward], ledger.owner_of[note]);
                    prop_assert_eq!(attributes(reward).domain, attributes(&note).domain);
                    prop_assert_eq!(attributes(reward).expires_at, attributes(&note).expires_at);
                    prop_assert!(ledger.is_spent[note] || counted.insert(*reward));
                }
            }
        }
        // Ten rewards: never more than 20 merges, less the last balance of each kind.
        prop_assert!(ledger.notes.held.len() - 10 < 20);
    }
}
