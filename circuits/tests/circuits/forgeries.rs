//! More of what a prover may try who puts any value on any wire and is consistent about all the others, beside the one
//! forgery for each group in `deletion`.

use aiq_circuits::{
    Fr,
    constraints::{R1cs, harness::Harness},
    credential::CredentialKind,
    requirement::Requirement,
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
