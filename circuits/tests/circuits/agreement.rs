//! The circuit and the native `check` on random instances and witnesses: every one that is right by construction satisfies
//! both, and one that is then changed in one or two ways satisfies both or neither.

use aiq_circuits::{
    credential::{CredentialId, CredentialKind, Domain, DomainPrefix},
    identity::{Commitment, Secret, TagRandomness},
    membership::{MembershipInstance, MembershipWitness},
    requirement::Requirement,
    scope::{Message, Scope},
    tree::{MemberTree, MembersRoot, MerklePath},
};
use proptest::{prelude::*, sample::Index};

use crate::fixture::{Case, MEMBERSHIP, refusal, refusal_by, some};

/// What is random about a credential.
#[derive(Clone, Debug)]
struct Held {
    below_prefix: [u8; 4],
    kind: u8,
    weight: u16,
    lasts: u32,
    issued_at: u32,
}

/// What is random about a case that is right.
#[derive(Clone, Debug)]
struct Right {
    seed: u64,
    prefix: Vec<u8>,
    as_of: u32,
    held: Vec<Held>,
    /// One of the credentials, if there is any, may be a balance note.
    balance_note: Option<Index>,
    /// By how much more is held than is required.
    spare: (u8, u32),
}

fn right(slots: usize) -> impl Strategy<Value = Right> {
    let held = (any::<[u8; 4]>(), 0..0x80_u8, any::<u16>(), 1..1000_u32, any::<u32>()).prop_map(
        |(below_prefix, kind, weight, lasts, issued_at)| Held { below_prefix, kind, weight, lasts, issued_at },
    );
    (
        any::<u64>(),
        prop::collection::vec(1..=u8::MAX, 0..=4),
        prop_oneof![0..u32::MAX - 1000, Just(0)],
        prop::collection::vec(held, 0..=slots),
        prop::option::of(any::<Index>()),
        (prop_oneof![Just(0), any::<u8>()], prop_oneof![Just(0), any::<u32>()]),
    )
        .prop_map(|(seed, prefix, as_of, held, balance_note, spare)| Right {
            seed,
            prefix,
            as_of,
            held,
            balance_note,
            spare,
        })
}

/// A domain from its levels: those behind the first gap are unspecified, domains with gaps cannot be made.
pub fn domain(levels: [u8; 4]) -> Domain {
    let depth = levels.iter().take_while(|level| **level != 0).count();
    let mut domain = [0; 4];
    domain[..depth].copy_from_slice(&levels[..depth]);
    Domain::new(domain).unwrap()
}

impl Right {
    fn case(&self) -> Case {
        let mut case = Case::new(u8::try_from(self.held.len()).unwrap());
        case.secret = Secret::new(some(&format!("secret {}", self.seed)));
        case.scope = Scope::new(some(&format!("scope {}", self.seed)));
        let balance_note = self.balance_note.filter(|_| !self.held.is_empty()).map(|note| note.index(self.held.len()));
        for (i, (held, random)) in case.held.iter_mut().zip(&self.held).enumerate() {
            let mut levels = random.below_prefix;
            levels[..self.prefix.len()].copy_from_slice(&self.prefix);
            held.owner = case.secret.clone();
            held.tag_randomness = TagRandomness::new(some(&format!("tag randomness {} {i}", self.seed)));
            held.id = CredentialId::new(some(&format!("id {} {i}", self.seed)));
            held.attributes.domain = domain(levels);
            held.attributes.kind = CredentialKind::new(random.kind);
            held.attributes.weight = random.weight;
            held.attributes.expires_at = self.as_of + random.lasts;
            held.attributes.issued_at = random.issued_at;
        }
        if let Some(note) = balance_note {
            case.held[note].attributes.kind = CredentialKind::BALANCE_NOTE;
        }
        let count = u8::try_from(self.held.len() - usize::from(balance_note.is_some())).unwrap();
        let weight: u32 = self.held.iter().map(|held| u32::from(held.weight)).sum();
        case.requirement = Requirement {
            domain: DomainPrefix::new(&self.prefix).unwrap(),
            min_count: count.saturating_sub(self.spare.0),
            min_weight: weight.saturating_sub(self.spare.1),
            as_of: self.as_of,
        };
        case
    }
}

/// A change to what a statement is made from.
#[derive(Clone, Debug)]
enum Change {
    Domain(Index, [u8; 4]),
    Kind(Index, u8),
    Weight(Index, u16),
    ExpiresAt(Index, i64),
    Owner(Index),
    Id(Index, Index),
    Show(Index, Index),
    ShowMore,
    Prefix(Vec<u8>),
    MinCount(i64),
    MinWeight(i64),
    AsOf(i64),
}

/// A change to the finished witness.
#[derive(Clone, Debug)]
enum Damage {
    Child(Index, usize, usize),
    Place(Index, u32),
    Randomness(Index),
    MemberChild(usize, usize),
    Secret,
}

fn change() -> impl Strategy<Value = Change> {
    let slot = any::<Index>;
    let level = || prop_oneof![Just(1_u8), Just(7), Just(2), Just(9), any::<u8>()];
    prop_oneof![
        (slot(), [level(), level(), level(), level()]).prop_map(|(slot, levels)| Change::Domain(slot, levels)),
        (slot(), prop_oneof![0x7f_u8..0x83, any::<u8>()]).prop_map(|(slot, kind)| Change::Kind(slot, kind)),
        (slot(), any::<u16>()).prop_map(|(slot, weight)| Change::Weight(slot, weight)),
        (slot(), -2..3_i64).prop_map(|(slot, shift)| Change::ExpiresAt(slot, shift)),
        slot().prop_map(Change::Owner),
        (slot(), slot()).prop_map(|(to, from)| Change::Id(to, from)),
        (slot(), slot()).prop_map(|(to, from)| Change::Show(to, from)),
        Just(Change::ShowMore),
        prop::collection::vec(level(), 0..5).prop_map(Change::Prefix),
        prop_oneof![-1..3_i64, -255..256_i64].prop_map(Change::MinCount),
        prop_oneof![-1..3_i64, -(1_i64 << 32)..1 << 32].prop_map(Change::MinWeight),
        (-2..1000_i64).prop_map(Change::AsOf),
    ]
}

fn damage() -> impl Strategy<Value = Damage> {
    let slot = any::<Index>;
    prop_oneof![
        (slot(), 0..7_usize, 0..8_usize).prop_map(|(slot, level, child)| Damage::Child(slot, level, child)),
        (slot(), prop_oneof![0..32_u32, any::<u32>()]).prop_map(|(slot, index)| Damage::Place(slot, index)),
        slot().prop_map(Damage::Randomness),
        (0..7_usize, 0..8_usize).prop_map(|(level, child)| Damage::MemberChild(level, child)),
        Just(Damage::Secret),
    ]
}

/// What goes wrong: one thing mostly, so that no other rule refuses what the one should; or two.
fn wrong() -> impl Strategy<Value = (Vec<Change>, Vec<Damage>)> {
    let parts = prop_oneof![3 => Just((1, 0)), 1 => Just((2, 0)), 1 => Just((0, 1)), 1 => Just((1, 1))];
    parts.prop_flat_map(|(changes, damages)| {
        (prop::collection::vec(change(), changes), prop::collection::vec(damage(), damages))
    })
}

fn shifted(value: u32, shift: i64) -> u32 {
    u32::try_from((i64::from(value) + shift).clamp(0, u32::MAX.into())).unwrap()
}

/// Does nothing to a slot if there is none.
fn apply(case: &mut Case, change: &Change) {
    let (len, as_of) = (case.held.len(), case.requirement.as_of);
    let held = |slot: &Index| slot.index(len);
    match change {
        Change::Prefix(levels) => {
            let specified: Vec<u8> = levels.iter().map(|level| (*level).max(1)).collect();
            case.requirement.domain = DomainPrefix::new(&specified).unwrap();
        }
        Change::MinCount(shift) => {
            let min_count = i64::from(case.requirement.min_count) + shift;
            case.requirement.min_count = u8::try_from(min_count.clamp(0, 255)).unwrap();
        }
        Change::MinWeight(shift) => case.requirement.min_weight = shifted(case.requirement.min_weight, *shift),
        Change::AsOf(shift) => case.requirement.as_of = shifted(as_of, *shift),
        _ if len == 0 => {}
        Change::Domain(slot, levels) => case.held[held(slot)].attributes.domain = domain(*levels),
        Change::Kind(slot, kind) => case.held[held(slot)].attributes.kind = CredentialKind::new(*kind),
        Change::Weight(slot, weight) => case.held[held(slot)].attributes.weight = *weight,
        Change::ExpiresAt(slot, shift) => case.held[held(slot)].attributes.expires_at = shifted(as_of, *shift),
        Change::Owner(slot) => case.held[held(slot)].owner = Secret::new(some("another secret")),
        Change::Id(to, from) => case.held[held(to)].id = case.held[held(from)].id,
        Change::Show(to, from) => case.shown[held(to)] = held(from),
        Change::ShowMore => case.shown.push(0),
    }
}

fn with_other_child(path: &MerklePath, level: usize, child: usize) -> MerklePath {
    let mut children = *path.children();
    children[level][child] = some("another child");
    MerklePath::new(path.index(), children)
}

/// The circuit and the native check agree, and accept what nothing was done to.
fn agree_on<const S: usize>(right: &Right, changes: &[Change], damages: &[Damage]) -> Result<(), TestCaseError> {
    let mut case = right.case();
    for change in changes {
        apply(&mut case, change);
    }
    let (instance, mut witness) = case.standing::<S>();
    let slots = &mut witness.credentials;
    let membership = &mut witness.membership;
    for damage in damages {
        match damage {
            Damage::MemberChild(level, child) => membership.path = with_other_child(&membership.path, *level, *child),
            Damage::Secret => membership.secret = Secret::new(some("another secret")),
            _ if slots.is_empty() => {}
            Damage::Child(slot, level, child) => {
                let slot = slot.get_mut(slots);
                slot.path = with_other_child(&slot.path, *level, *child);
            }
            Damage::Place(slot, index) => {
                let slot = slot.get_mut(slots);
                slot.path = MerklePath::new(*index, *slot.path.children());
            }
            Damage::Randomness(slot) => slot.get_mut(slots).tag_randomness = TagRandomness::new(some("other")),
        }
    }
    let refusal = refusal(&(instance, witness));
    if changes.is_empty() && damages.is_empty() {
        prop_assert_eq!(refusal, None);
    }
    Ok(())
}

/// What a member may get wrong.
#[derive(Clone, Copy, Debug)]
enum Lie {
    Root,
    Scope,
    Secret,
    NullifierOfAnother,
    TagOfAnother,
    Randomness,
    Child(usize, usize),
    Place(u32),
}

fn lie() -> impl Strategy<Value = Lie> {
    prop_oneof![
        Just(Lie::Root),
        Just(Lie::Scope),
        Just(Lie::Secret),
        Just(Lie::NullifierOfAnother),
        Just(Lie::TagOfAnother),
        Just(Lie::Randomness),
        (0..7_usize, 0..8_usize).prop_map(|(level, child)| Lie::Child(level, child)),
        prop_oneof![0..140_u32, any::<u32>()].prop_map(Lie::Place),
    ]
}

/// A member with so many others before and behind, who tells some lies.
fn member(seed: u64, before: u32, behind: u32, lies: &[Lie]) -> (MembershipInstance, MembershipWitness) {
    let named = |what: &str| some(&format!("{what} {seed}"));
    let (secret, another) = (Secret::new(named("secret")), Secret::new(named("another secret")));
    let mut leaves: Vec<_> = (0..before + behind).map(|i| Commitment::new(named(&format!("member {i}")))).collect();
    leaves.insert(before as usize, secret.commitment());
    let tree = MemberTree::build(leaves).unwrap();

    let tag_randomness = TagRandomness::new(named("tag randomness"));
    let (mut root, mut scope) = (tree.root(), Scope::new(named("scope")));
    let (mut nullifier, mut tag) = (secret.nullifier(&scope), secret.tag(&tag_randomness));
    let mut witness = MembershipWitness { secret, tag_randomness, path: tree.path(before).unwrap() };
    for lie in lies {
        let path = &mut witness.path;
        match *lie {
            Lie::Root => root = MembersRoot::new(named("root")),
            Lie::Scope => scope = Scope::new(named("another scope")),
            Lie::Secret => witness.secret = another.clone(),
            Lie::NullifierOfAnother => nullifier = another.nullifier(&scope),
            Lie::TagOfAnother => tag = another.tag(&witness.tag_randomness),
            Lie::Randomness => witness.tag_randomness = TagRandomness::new(named("other randomness")),
            Lie::Child(level, child) => *path = with_other_child(path, level, child),
            Lie::Place(index) => *path = MerklePath::new(index, *path.children()),
        }
    }
    (MembershipInstance::new(root, scope, nullifier, tag, Message::new(named("message"))), witness)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn membership_is_satisfied_by_every_member(seed: u64, before in 0..70_u32, behind in 0..70_u32) {
        let (instance, witness) = member(seed, before, behind, &[]);
        prop_assert_eq!(refusal_by(&MEMBERSHIP, &instance, &witness), None);
    }

    #[test]
    fn membership_is_satisfied_exactly_if_the_check_passes(
        seed: u64,
        before in 0..70_u32,
        behind in 0..70_u32,
        lies in prop::collection::vec(lie(), 1..3),
    ) {
        let (instance, witness) = member(seed, before, behind, &lies);
        refusal_by(&MEMBERSHIP, &instance, &witness);
    }

    #[test]
    fn standing_3_is_satisfied_by_whoever_meets_the_requirement(right in right(3)) {
        agree_on::<3>(&right, &[], &[])?;
    }

    #[test]
    fn standing_3_is_satisfied_exactly_if_the_check_passes(
        right in right(3),
        (changes, damages) in wrong(),
    ) {
        agree_on::<3>(&right, &changes, &damages)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn standing_8_is_satisfied_by_whoever_meets_the_requirement(right in right(8)) {
        agree_on::<8>(&right, &[], &[])?;
    }

    #[test]
    fn standing_8_is_satisfied_exactly_if_the_check_passes(
        right in right(8),
        (changes, damages) in wrong(),
    ) {
        agree_on::<8>(&right, &changes, &damages)?;
    }
}
