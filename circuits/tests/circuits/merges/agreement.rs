//! The circuit and the native `check` on random merges: every one that is right by construction satisfies both, and one
//! that is then changed in one or two ways satisfies both or neither.

use aiq_circuits::{
    credential::{CredentialId, CredentialKind},
    identity::{OwnerTag, Secret, SpendNullifier, TagRandomness},
    merge::{MergeError, MergeInstance, MergeSlot, SLOTS},
    tree::{CredentialsRoot, MerklePath},
};
use proptest::{prelude::*, sample::Index};

use super::notes::{BALANCE, Merge, Notes, REWARD, message, note, refusal};
use crate::{agreement::domain, fixture::some};

/// What is random about a merge that is right.
#[derive(Clone, Debug)]
struct Right {
    seed: u64,
    domain: [u8; 4],
    expires_at: u32,
    issued_at: u32,
    /// Reward note or balance note, a share of the weight, and moment of issue.
    notes: Vec<(bool, u16, u32)>,
    /// In which slots they are: the first so many places of an order.
    order: Vec<usize>,
}

fn right() -> impl Strategy<Value = Right> {
    let note = (any::<bool>(), prop_oneof![any::<u16>(), Just(u16::MAX), Just(0)], any::<u32>());
    (
        any::<u64>(),
        any::<[u8; 4]>(),
        any::<u32>(),
        any::<u32>(),
        prop::collection::vec(note, 1..=SLOTS),
        Just((0..SLOTS).collect::<Vec<_>>()).prop_shuffle(),
    )
        .prop_map(|(seed, domain, expires_at, issued_at, notes, order)| Right {
            seed,
            domain,
            expires_at,
            issued_at,
            notes,
            order,
        })
}

impl Right {
    fn notes(&self) -> Notes {
        let mut kinds: Vec<CredentialKind> =
            self.notes.iter().map(|(reward, ..)| if *reward { REWARD } else { BALANCE }).collect();
        // One balance note alone does not merge.
        if kinds == [BALANCE] {
            kinds[0] = REWARD;
        }
        let mut notes = Notes::of(&kinds);
        notes.secret = Secret::new(some(&format!("secret {}", self.seed)));
        let share = u16::try_from(self.notes.len()).unwrap();
        for (i, (held, (_, weight, issued_at))) in notes.held.iter_mut().zip(&self.notes).enumerate() {
            held.owner = notes.secret.clone();
            held.tag_randomness = TagRandomness::new(some(&format!("tag randomness {} {i}", self.seed)));
            held.id = CredentialId::new(some(&format!("id {} {i}", self.seed)));
            held.attributes.domain = domain(self.domain);
            held.attributes.expires_at = self.expires_at;
            held.attributes.issued_at = *issued_at;
            // At least 1 in all and at most 65,535, which is reached.
            let least = u16::from(i == 0);
            held.attributes.weight = if share == 1 { *weight } else { weight / share }.max(least);
        }
        notes.slots = [None; SLOTS];
        for (place, slot) in self.order.iter().take(self.notes.len()).enumerate() {
            notes.slots[*slot] = Some(place);
        }
        notes.balance.domain = domain(self.domain);
        notes.balance.expires_at = self.expires_at;
        notes.balance.issued_at = self.issued_at;
        notes.sum_up();
        notes
    }
}

/// A change to what a merge is made from.
#[derive(Clone, Debug)]
enum Change {
    Domain(Index, [u8; 4]),
    Kind(Index, u8),
    Weight(Index, u16),
    ExpiresAt(Index, u32),
    IssuedAt(Index, u32),
    Owner(Index),
    Id(Index, Index),
    Empty(Index),
    Fill(Index, Index),
    BalanceDomain([u8; 4]),
    BalanceWeight(i32),
    BalanceExpiry(i32),
}

/// A change to the finished witness, or to the instance that was made for it.
#[derive(Clone, Debug)]
enum Damage {
    Child(Index, usize, usize),
    Place(Index, u32),
    Randomness(Index),
    NoteId(Index),
    DummyId(Index),
    OtherSecret,
    OtherTag,
    OtherRoot,
    OtherSpend(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let slot = any::<Index>;
    let level = || prop_oneof![Just(1_u8), Just(0), any::<u8>()];
    let levels = move || [level(), level(), level(), level()];
    prop_oneof![
        (slot(), levels()).prop_map(|(slot, levels)| Change::Domain(slot, levels)),
        (slot(), prop_oneof![0x7f_u8..0x83, any::<u8>()]).prop_map(|(slot, kind)| Change::Kind(slot, kind)),
        (slot(), any::<u16>()).prop_map(|(slot, weight)| Change::Weight(slot, weight)),
        (slot(), any::<u32>()).prop_map(|(slot, moment)| Change::ExpiresAt(slot, moment)),
        (slot(), any::<u32>()).prop_map(|(slot, moment)| Change::IssuedAt(slot, moment)),
        slot().prop_map(Change::Owner),
        (slot(), slot()).prop_map(|(to, from)| Change::Id(to, from)),
        slot().prop_map(Change::Empty),
        (slot(), slot()).prop_map(|(to, from)| Change::Fill(to, from)),
        levels().prop_map(Change::BalanceDomain),
        prop_oneof![-2..3, any::<i32>()].prop_map(Change::BalanceWeight),
        prop_oneof![-2..3, any::<i32>()].prop_map(Change::BalanceExpiry),
    ]
}

fn damage() -> impl Strategy<Value = Damage> {
    let slot = any::<Index>;
    prop_oneof![
        (slot(), 0..7_usize, 0..8_usize).prop_map(|(slot, level, child)| Damage::Child(slot, level, child)),
        (slot(), prop_oneof![0..32_u32, any::<u32>()]).prop_map(|(slot, index)| Damage::Place(slot, index)),
        slot().prop_map(Damage::Randomness),
        slot().prop_map(Damage::NoteId),
        slot().prop_map(Damage::DummyId),
        Just(Damage::OtherSecret),
        Just(Damage::OtherTag),
        Just(Damage::OtherRoot),
        slot().prop_map(Damage::OtherSpend),
    ]
}

/// What goes wrong: one thing mostly, so that no other rule refuses what the one should; or two.
fn wrong() -> impl Strategy<Value = (Vec<Change>, bool, Vec<Damage>)> {
    let parts = prop_oneof![3 => Just((1, 0)), 1 => Just((2, 0)), 2 => Just((0, 1)), 1 => Just((1, 1))];
    parts.prop_flat_map(|(changes, damages)| {
        let changes = prop::collection::vec(change(), changes);
        // Whether the balance then says the new sum.
        (changes, any::<bool>(), prop::collection::vec(damage(), damages))
    })
}

fn apply(notes: &mut Notes, change: &Change) {
    let len = notes.held.len();
    let held = |slot: &Index| slot.index(len);
    let slot = |slot: &Index| slot.index(SLOTS);
    let balance = &mut notes.balance;
    match change {
        Change::Domain(of, levels) => notes.held[held(of)].attributes.domain = domain(*levels),
        Change::Kind(of, kind) => notes.held[held(of)].attributes.kind = CredentialKind::new(*kind),
        Change::Weight(of, weight) => notes.held[held(of)].attributes.weight = *weight,
        Change::ExpiresAt(of, moment) => notes.held[held(of)].attributes.expires_at = *moment,
        Change::IssuedAt(of, moment) => notes.held[held(of)].attributes.issued_at = *moment,
        Change::Owner(of) => notes.held[held(of)].owner = Secret::new(some("another secret")),
        Change::Id(to, from) => notes.held[held(to)].id = notes.held[held(from)].id,
        Change::Empty(at) => notes.slots[slot(at)] = None,
        Change::Fill(to, from) => notes.slots[slot(to)] = Some(held(from)),
        Change::BalanceDomain(levels) => balance.domain = domain(*levels),
        Change::BalanceWeight(shift) => {
            let weight = i64::from(balance.weight) + i64::from(*shift);
            balance.weight = u16::try_from(weight.rem_euclid(1 << 16)).unwrap();
        }
        Change::BalanceExpiry(shift) => balance.expires_at = balance.expires_at.wrapping_add_signed(*shift),
    }
}

fn with_other_child(path: &MerklePath, level: usize, child: usize) -> MerklePath {
    let mut children = *path.children();
    children[level][child] = some("another child");
    MerklePath::new(path.index(), children)
}

/// Makes the instance for a witness, damaged in some ways before and behind.
fn damaged(notes: &Notes, damages: &[Damage]) -> Result<Merge, MergeError> {
    let mut witness = notes.witness();
    let (mut root, mut tag, mut spends) = (notes.tree().root(), None, Vec::new());
    let used: Vec<usize> = (0..SLOTS).filter(|slot| notes.slots[*slot].is_some()).collect();
    for damage in damages {
        match damage {
            Damage::OtherSecret => witness.secret = Secret::new(some("another secret")),
            Damage::OtherTag => tag = Some(OwnerTag::new(some("another tag"))),
            Damage::OtherRoot => root = CredentialsRoot::new(some("another root")),
            Damage::OtherSpend(slot) => spends.push((slot.index(SLOTS), SpendNullifier::new(some("another spend")))),
            Damage::DummyId(slot) => {
                let slot = slot.index(SLOTS);
                witness.slots[slot] = MergeSlot::Dummy(CredentialId::new(some("another dummy")));
            }
            _ if used.is_empty() => {}
            Damage::Child(slot, level, child) => {
                let note = note(&mut witness, *slot.get(&used));
                note.path = with_other_child(&note.path, *level, *child);
            }
            Damage::Place(slot, index) => {
                let note = note(&mut witness, *slot.get(&used));
                note.path = MerklePath::new(*index, *note.path.children());
            }
            Damage::Randomness(slot) => {
                note(&mut witness, *slot.get(&used)).tag_randomness = TagRandomness::new(some("other"));
            }
            Damage::NoteId(slot) => note(&mut witness, *slot.get(&used)).id = CredentialId::new(some("other id")),
        }
    }
    let mut shown = witness.spends();
    for (slot, spend) in spends {
        shown[slot] = spend;
    }
    let tag = tag.unwrap_or_else(|| witness.tag());
    Ok((MergeInstance::new(root, notes.balance, shown, tag, message())?, witness))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn merge_6_is_satisfied_by_whoever_owns_the_notes(right in right()) {
        prop_assert_eq!(refusal(&right.notes().merge()), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn merge_6_is_satisfied_exactly_if_the_check_passes(right in right(), (changes, sum_up, damages) in wrong()) {
        let mut notes = right.notes();
        for change in &changes {
            apply(&mut notes, change);
        }
        let sum: u32 = notes.slots.iter().flatten().map(|note| u32::from(notes.held[*note].attributes.weight)).sum();
        if sum_up && sum <= u16::MAX.into() {
            notes.sum_up();
        }
        // What no instance says is refused before there is anything to agree on.
        match damaged(&notes, &damages) {
            Ok(merge) => drop(refusal(&merge)),
            Err(error) => prop_assert!(matches!(error, MergeError::SpentTwice { .. } | MergeError::NoWeight), "{}", error),
        }
    }
}
