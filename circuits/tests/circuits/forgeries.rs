//! What a prover may try who puts any value on any wire and is consistent about all the others. Each forgery would
//! succeed but for one group of constraints: deleting that group lets it through.

use aiq_circuits::{
    Fr,
    constraints::{R1cs, harness::Harness},
    credential::CredentialKind,
    identity::Secret,
    requirement::Requirement,
    scope::Message,
    standing::StandingInstance,
    tree::{DEPTH, MerklePath, TreeKind},
};
use ark_ff::Field;

use crate::fixture::{AS_OF, Case, STANDING_3, STANDING_8, Standing, r1cs, some};

/// The column of the n-th variable of a group.
fn column(r1cs: &R1cs, group: &str, n: usize) -> usize {
    r1cs.columns(group).unwrap_or_else(|| panic!("no group is called `{group}`")).nth(n).unwrap()
}

/// Only these groups refuse the forgery: with them it fails, without them everything holds.
fn refused_only_by<const S: usize>((instance, witness): &Standing<S>, forced: &[(usize, Fr)], groups: &[&str]) {
    let mut harness = Harness::forcing(r1cs::<S>(), instance, witness, forced.iter().copied()).unwrap();
    assert_eq!(harness.unsatisfied_groups(), groups);
    for group in groups {
        harness.delete_group(group);
    }
    assert!(harness.is_satisfied());
}

/// A requirement of nothing at all.
fn nothing() -> Requirement {
    Requirement { domain: "any".parse().unwrap(), min_count: 0, min_weight: 0, as_of: 0 }
}

const BITS_1: &str = "§5.2.6 credential 1: attribute bits";

/// Where the fields of the attributes begin among their bits.
const KIND: usize = 32;
const WEIGHT: usize = 40;
const EXPIRES_AT: usize = 56;
const ISSUED_AT: usize = 88;

#[test]
fn used_slots_have_to_form_a_prefix() {
    let mut case = Case::new(3);
    case.requirement = nothing();
    let standing = case.standing::<3>();
    for pattern in 0..8_u64 {
        let used = |k: usize| pattern >> k & 1;
        let forced: Vec<(usize, Fr)> = (0..3)
            .map(|k| (column(&STANDING_3, &format!("§5.2.6 credential {}: used", k + 1), 0), Fr::from(used(k))))
            .collect();
        let is_prefix = (0..2).all(|k| used(k) >= used(k + 1));
        let groups: &[&str] = if is_prefix { &[] } else { &["§5.2.7 used slots form a prefix"] };
        refused_only_by(&standing, &forced, groups);
    }
}

#[test]
fn used_slots_have_to_form_a_prefix_of_eight() {
    let mut case = Case::new(8);
    case.requirement = nothing();
    let standing = case.standing::<8>();
    for hole in 0..7 {
        let used = column(&STANDING_8, &format!("§5.2.6 credential {}: used", hole + 1), 0);
        refused_only_by(&standing, &[(used, Fr::from(0_u64))], &["§5.2.7 used slots form a prefix"]);
    }
}

/// used = 2 would count and weigh double.
#[test]
fn used_is_zero_or_one() {
    for last in 1..=3 {
        let mut case = Case::new(last);
        case.requirement.min_count = last + 1;
        case.requirement.min_weight = 10 * u32::from(last + 1);
        case.held.iter_mut().for_each(|held| held.attributes.expires_at = AS_OF + 100);
        let group = format!("§5.2.6 credential {last}: used");
        let used = column(&STANDING_3, &group, 0);
        refused_only_by(&case.standing::<3>(), &[(used, Fr::from(2_u64))], &[&group]);
    }
}

/// Weight 2^16 + 10: taken from the expiry next to it, so that the packed attributes, and with them the leaf, stay.
#[test]
fn weight_has_16_bits() {
    for slot in 0..3 {
        let mut case = Case::new(3);
        case.held[slot].attributes.expires_at = (AS_OF + 100) | 1;
        case.requirement.min_weight = (1 << 16) + 30;
        let group = format!("§5.2.6 credential {}: attribute bits", slot + 1);
        let forced = [
            (column(&STANDING_3, &group, WEIGHT), Fr::from(1_u64 << 16)),
            (column(&STANDING_3, &group, EXPIRES_AT), Fr::from(0_u64)),
        ];
        refused_only_by(&case.standing::<3>(), &forced, &[&group]);
    }
}

/// Weight p − 2^16, given to the expiry: the sum wraps, and is then out of range too.
#[test]
fn a_sum_that_wraps_is_out_of_range() {
    let mut case = Case::new(2);
    case.held[0].attributes.weight = 0;
    case.held[0].attributes.expires_at = (AS_OF + 100) & !1;
    case.held[1].attributes.weight = u16::MAX;
    case.requirement.min_weight = 0;
    let forced = [
        (column(&STANDING_3, BITS_1, WEIGHT), -Fr::from(1_u64 << 16)),
        (column(&STANDING_3, BITS_1, EXPIRES_AT), Fr::from(1_u64)),
    ];
    refused_only_by(&case.standing::<3>(), &forced, &[BITS_1, "§5.2.8 weight"]);
}

/// An expiry of 2^32 and more, taken from the moment of issue.
#[test]
fn expiry_has_32_bits() {
    let mut case = Case::new(1);
    case.held[0].attributes.expires_at = AS_OF - 5;
    case.held[0].attributes.issued_at = 1;
    let forced = [
        (column(&STANDING_3, BITS_1, EXPIRES_AT + 31), Fr::from(2_u64)),
        (column(&STANDING_3, BITS_1, ISSUED_AT), Fr::from(0_u64)),
    ];
    assert_eq!((AS_OF - 5) >> 31, 0);
    refused_only_by(&case.standing::<3>(), &forced, &[BITS_1]);
}

/// Area 8 passed off as area 7 with 256 specialities more.
#[test]
fn levels_of_a_domain_have_eight_bits() {
    let mut case = Case::new(1);
    case.held[0].attributes.domain = "1.8.2.9".parse().unwrap();
    let bit = |n: usize, value: u64| (column(&STANDING_3, BITS_1, n), Fr::from(value));
    let forced = [bit(16, 1), bit(17, 1), bit(18, 1), bit(19, 0), bit(8, 256)];
    refused_only_by(&case.standing::<3>(), &forced, &[BITS_1]);
}

/// A reward note passed off as a credential: bit 7 of its kind as 128 times bit 0.
#[test]
fn bits_of_a_kind_are_bits() {
    let mut case = Case::new(1);
    case.held[0].attributes.kind = CredentialKind::REWARD_NOTE;
    let forced = [
        (column(&STANDING_3, BITS_1, KIND), Fr::from(128_u64)),
        (column(&STANDING_3, BITS_1, KIND + 7), Fr::from(0_u64)),
    ];
    refused_only_by(&case.standing::<3>(), &forced, &[BITS_1]);
}

/// A difference below zero, put into the lowest bit of what should be its bits.
#[test]
fn differences_have_bits() {
    let mut case = Case::new(3);
    case.requirement.min_count = 4;
    let bit = column(&STANDING_3, "§5.2.8 count", 0);
    let others = (1..4).map(|n| (bit + n, Fr::from(0_u64)));
    let forced: Vec<_> = others.chain([(bit, -Fr::ONE)]).collect();
    refused_only_by(&case.standing::<3>(), &forced, &["§5.2.8 count"]);

    let mut case = Case::new(3);
    case.requirement.min_weight = u32::MAX;
    let bit = column(&STANDING_3, "§5.2.8 weight", 3);
    let others = (1..18).map(|n| (bit + n, Fr::from(0_u64)));
    let forced: Vec<_> = others.chain([(bit, Fr::from(30_u64) - Fr::from(u32::MAX))]).collect();
    refused_only_by(&case.standing::<3>(), &forced, &["§5.2.8 weight"]);

    let mut case = Case::new(3);
    case.held[0].attributes.expires_at = AS_OF;
    let group = "§5.2.6 credential 1: expiry";
    let bit = column(&STANDING_3, group, 1);
    let others = (1..32).map(|n| (bit + n, Fr::from(0_u64)));
    let forced: Vec<_> = others.chain([(bit, -Fr::ONE)]).collect();
    refused_only_by(&case.standing::<3>(), &forced, &[group]);
}

/// Another leaf on the path of one that is in the tree: up to some level the way is the other leaf's own, and there the
/// position is no whole number but such that what lies between two children is the node of that way.
fn forged_position(path: &MerklePath, kind: TreeKind, leaf: Fr, level: usize) -> (MerklePath, Fr) {
    let mut children = *path.children();
    let mut node = leaf;
    for (below, children) in children.iter_mut().enumerate().take(level) {
        children[path.position(below)] = node;
        node = kind.node(children);
    }
    let position = path.position(level);
    let [zero, one] = [position & !1, position | 1].map(|child| children[level][child]);
    (MerklePath::new(path.index(), children), (node - zero) / (one - zero))
}

#[test]
fn positions_on_a_credentials_path_are_whole_numbers() {
    for slot in 0..3 {
        for level in 0..DEPTH {
            let mut case = Case::new(3);
            let (instance, mut witness) = case.standing::<3>();
            case.held[slot].attributes.weight = u16::MAX;
            let leaf = case.held[slot].leaf();
            let shown = &mut witness.credentials[slot];
            shown.attributes = case.held[slot].attributes;
            let between;
            (shown.path, between) = forged_position(&shown.path, TreeKind::Credentials, leaf, level);
            let group = format!("§5.2.6 credential {}: path level {level}: position", slot + 1);
            refused_only_by(&(instance, witness), &[(column(&STANDING_3, &group, 0), between)], &[&group]);
        }
    }
}

#[test]
fn positions_on_a_members_path_are_whole_numbers() {
    let member = Case::new(0);
    let stranger = Case { secret: Secret::new(some("stranger")), ..member.clone() };
    let (_, witness) = member.standing::<3>();
    let (_, strangers) = stranger.standing::<3>();
    let instance = StandingInstance::new(
        member.members().root(),
        member.credentials().root(),
        member.requirement,
        member.scope,
        stranger.secret.nullifier(&member.scope),
        stranger.secret.tag(&strangers.membership.tag_randomness),
        Message::new(some("message")),
    );
    for level in 0..DEPTH {
        let leaf = *stranger.secret.commitment().as_field();
        let (path, between) = forged_position(&witness.membership.path, TreeKind::Members, leaf, level);
        let mut forged = strangers.clone();
        forged.membership.path = path;
        let group = format!("member: path level {level}: position");
        refused_only_by(&(instance, forged), &[(column(&STANDING_3, &group, 0), between)], &[&group]);
    }
}

/// A credential of any weight, in a tree of the prover's own.
#[test]
fn every_used_slot_is_under_the_pinned_root() {
    for slot in 0..3 {
        let mut own = Case::new(3);
        own.held[slot].attributes.weight = u16::MAX;
        let (instance, mut witness) = Case::new(3).standing::<3>();
        witness.credentials[slot] = own.standing::<3>().1.credentials.swap_remove(slot);
        let group = format!("§5.2.6 credential {}: credentials root", slot + 1);
        refused_only_by(&(instance, witness), &[], &[&group]);
    }
}

#[test]
fn every_used_slot_is_free_of_reward_notes() {
    for slot in 0..3 {
        let mut case = Case::new(3);
        case.requirement.min_count = 2;
        case.held[slot].attributes.kind = CredentialKind::REWARD_NOTE;
        let group = format!("§5.2.7 credential {}: kind", slot + 1);
        refused_only_by(&case.standing::<3>(), &[], &[&group]);
    }
}

#[test]
fn a_second_balance_note_is_refused_for_being_one() {
    let mut case = Case::new(3);
    case.requirement.min_count = 1;
    for held in &mut case.held[..2] {
        held.attributes.kind = CredentialKind::BALANCE_NOTE;
    }
    refused_only_by(&case.standing::<3>(), &[], &["§5.2.7 at most one balance note"]);
}

/// Public inputs that no `Requirement` packs to, unpacked as they are.
mod malformed_requirements {
    use super::*;

    /// Forces the public input and the bits to a number.
    fn forced(packed: u128) -> Vec<(usize, Fr)> {
        let bits = (0..Requirement::BITS)
            .map(|n| (column(&STANDING_3, "§5.2.5 requirement: bits", n), Fr::from(packed >> n & 1)));
        bits.chain([(column(&STANDING_3, "public inputs", 2), Fr::from(packed))]).collect()
    }

    fn standing() -> Standing<3> {
        let mut case = Case::new(1);
        case.requirement = nothing();
        case.standing()
    }

    #[test]
    fn two_prefix_lengths_are_refused() {
        // Lengths 1 and 2 at once would count the first level twice: 1.8 would pass for 2.8.
        let mut case = Case::new(1);
        case.requirement = nothing();
        case.held[0].attributes.domain = "1.8.0.0".parse().unwrap();
        let packed = 0x0208_0000 | 0b0011 << 32;
        refused_only_by(&case.standing::<3>(), &forced(packed), &["§5.2.5 requirement: one prefix length"]);
    }

    #[test]
    fn a_domain_behind_the_prefix_is_met_by_no_credential() {
        let packed = 0x0107_0200 | 0b0010 << 32;
        refused_only_by(&standing(), &forced(packed), &["§5.2.6 credential 1: domain"]);
    }

    #[test]
    fn more_than_108_bits_do_not_unpack() {
        let (instance, witness): Standing<3> = standing();
        let input = column(&STANDING_3, "public inputs", 2);
        refused_only_by(
            &(instance, witness),
            &[(input, Fr::from(1_u128 << Requirement::BITS))],
            &["§5.2.5 requirement: unpacks"],
        );
    }

    /// 250 credentials for 6 less than none, against one more of weight: the packed requirement stays.
    #[test]
    fn bits_of_a_requirement_are_bits() {
        let mut case = Case::new(1);
        case.requirement.min_count = 250;
        case.requirement.min_weight = 8;
        let group = "§5.2.5 requirement: bits";
        let forced =
            [(column(&STANDING_3, group, 36), -Fr::from(256_u64)), (column(&STANDING_3, group, 44), Fr::from(1_u64))];
        refused_only_by(&case.standing::<3>(), &forced, &[group]);
    }
}

#[test]
fn the_same_credential_has_no_inverse_difference() {
    let mut case = Case::new(2);
    case.shown[1] = 0;
    let group = "§5.2.7 credentials 1 and 2 differ";
    for inverse in [Fr::from(0_u64), Fr::ONE, some("inverse")] {
        refused_only_by(&case.standing::<3>(), &[(column(&STANDING_3, group, 0), inverse)], &[group]);
    }
}
