//! The circuit and the native `check` on random instances and witnesses, most of them wrong in one or two ways: one is
//! satisfied if and only if the other is.

use aiq_circuits::{
    constraints::assign,
    credential::CredentialKind,
    identity::{Secret, TagRandomness},
    membership::{MembershipInstance, MembershipWitness},
    scope::{Message, Scope},
    statement::Statement,
    tree::{MembersRoot, MerklePath},
};
use proptest::prelude::*;

use crate::fixture::{AS_OF, Case, MEMBERSHIP, refusal, some};

/// A change to what a statement is made from.
#[derive(Clone, Debug)]
enum Change {
    Domain(usize, [u8; 4]),
    Kind(usize, u8),
    Weight(usize, u16),
    ExpiresAt(usize, i64),
    Owner(usize),
    Id(usize, usize),
    Show(usize, usize),
    ShowMore,
    Prefix(Vec<u8>),
    MinCount(u8),
    MinWeight(u32),
    AsOf(i64),
}

/// A change to the finished witness.
#[derive(Clone, Debug)]
enum Damage {
    Child(usize, usize, usize),
    Index(usize, u32),
    Randomness(usize),
    MemberChild(usize, usize),
    Secret,
}

fn change() -> impl Strategy<Value = Change> {
    let slot = 0..3_usize;
    let level = prop_oneof![Just(1_u8), Just(7), Just(2), Just(9), any::<u8>()];
    prop_oneof![
        (slot.clone(), [level.clone(), level.clone(), level.clone(), level.clone()])
            .prop_map(|(slot, levels)| Change::Domain(slot, levels)),
        (slot.clone(), prop_oneof![0x7e_u8..0x84, any::<u8>()]).prop_map(|(slot, kind)| Change::Kind(slot, kind)),
        (slot.clone(), any::<u16>()).prop_map(|(slot, weight)| Change::Weight(slot, weight)),
        (slot.clone(), -2..3_i64).prop_map(|(slot, shift)| Change::ExpiresAt(slot, shift)),
        slot.clone().prop_map(Change::Owner),
        (slot.clone(), slot.clone()).prop_map(|(to, from)| Change::Id(to, from)),
        (slot.clone(), slot).prop_map(|(to, from)| Change::Show(to, from)),
        Just(Change::ShowMore),
        prop::collection::vec(level, 0..5).prop_map(Change::Prefix),
        prop_oneof![0..5_u8, any::<u8>()].prop_map(Change::MinCount),
        prop_oneof![28..33_u32, any::<u32>()].prop_map(Change::MinWeight),
        (-2..3_i64).prop_map(Change::AsOf),
    ]
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (0..3_usize, 0..7_usize, 0..8_usize).prop_map(|(slot, level, child)| Damage::Child(slot, level, child)),
        (0..3_usize, prop_oneof![0..32_u32, any::<u32>()]).prop_map(|(slot, index)| Damage::Index(slot, index)),
        (0..3_usize).prop_map(Damage::Randomness),
        (0..7_usize, 0..8_usize).prop_map(|(level, child)| Damage::MemberChild(level, child)),
        Just(Damage::Secret),
    ]
}

fn apply(case: &mut Case, change: &Change) {
    let near = |shift: &i64| u32::try_from(i64::from(AS_OF) + shift).unwrap();
    match change {
        Change::Domain(slot, levels) => {
            // Domains with gaps cannot be made: the levels behind the first gap become unspecified.
            let depth = levels.iter().take_while(|level| **level != 0).count();
            let mut domain = [0; 4];
            domain[..depth].copy_from_slice(&levels[..depth]);
            case.held[*slot].attributes.domain = aiq_circuits::credential::Domain::new(domain).unwrap();
        }
        Change::Kind(slot, kind) => case.held[*slot].attributes.kind = CredentialKind::new(*kind),
        Change::Weight(slot, weight) => case.held[*slot].attributes.weight = *weight,
        Change::ExpiresAt(slot, shift) => case.held[*slot].attributes.expires_at = near(shift),
        Change::Owner(slot) => case.held[*slot].owner = Secret::new(some("another secret")),
        Change::Id(to, from) => case.held[*to].id = case.held[*from].id,
        Change::Show(to, from) => case.shown[*to] = *from,
        Change::ShowMore => case.shown.push(0),
        Change::Prefix(levels) => {
            let specified: Vec<u8> = levels.iter().map(|level| (*level).max(1)).collect();
            case.requirement.domain = aiq_circuits::credential::DomainPrefix::new(&specified).unwrap();
        }
        Change::MinCount(count) => case.requirement.min_count = *count,
        Change::MinWeight(weight) => case.requirement.min_weight = *weight,
        Change::AsOf(shift) => case.requirement.as_of = near(shift),
    }
}

fn with_other_child(path: &MerklePath, level: usize, child: usize) -> MerklePath {
    let mut children = *path.children();
    children[level][child] = some("another child");
    MerklePath::new(path.index(), children)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn standing_is_satisfied_exactly_if_the_check_passes(
        changes in prop::collection::vec(change(), 0..3),
        damages in prop::collection::vec(damage(), 0..2),
    ) {
        let mut case = Case::new(3);
        for change in &changes {
            apply(&mut case, change);
        }
        let (instance, mut witness) = case.standing::<3>();
        for damage in damages {
            let secret = &mut witness.membership.secret;
            let slots = &mut witness.credentials;
            match damage {
                Damage::Child(slot, level, child) =>
                    slots[slot].path = with_other_child(&slots[slot].path, level, child),
                Damage::Index(slot, index) =>
                    slots[slot].path = MerklePath::new(index, *slots[slot].path.children()),
                Damage::Randomness(slot) => slots[slot].tag_randomness = TagRandomness::new(some("other")),
                Damage::MemberChild(level, child) =>
                    witness.membership.path = with_other_child(&witness.membership.path, level, child),
                Damage::Secret => *secret = Secret::new(some("another secret")),
            }
        }
        // Compares the circuit with the native check.
        refusal(&(instance, witness));
    }

    #[test]
    fn membership_is_satisfied_exactly_if_the_check_passes(part in 0..8_usize) {
        let case = Case::new(0);
        let (instance, mut witness) = case.membership();
        let other = Secret::new(some("another secret"));
        let values = instance.public_inputs();
        let mut root = MembersRoot::new(values.values()[0]);
        let mut nullifier = case.secret.nullifier(&case.scope);
        let mut tag = case.secret.tag(&witness.tag_randomness);
        match part {
            0 => root = MembersRoot::new(some("another root")),
            1 => nullifier = case.secret.nullifier(&Scope::new(some("another scope"))),
            2 => tag = other.tag(&witness.tag_randomness),
            3 => witness.secret = other,
            4 => witness.tag_randomness = TagRandomness::new(some("other")),
            5 => witness.path = with_other_child(&witness.path, 6, 0),
            6 => witness.path = MerklePath::new(witness.path.index() ^ 1, *witness.path.children()),
            _ => {}
        }
        let instance =
            MembershipInstance::new(root, case.scope, nullifier, tag, Message::new(some("another message")));
        let witness: MembershipWitness = witness;
        let satisfied = MEMBERSHIP.first_unsatisfied(&assign(&instance, &witness).unwrap()).is_none();
        prop_assert_eq!(satisfied, instance.check(&witness).is_ok());
        prop_assert_eq!(satisfied, part == 7);
    }
}
