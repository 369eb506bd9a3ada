//! The pinned shapes (§5): a circuit that changes in any way, or whose shape depends on values, fails here.

use aiq_circuits::{
    constraints::{Circuit, R1cs, Synthesise, assign, sample},
    membership::MembershipInstance,
    merge::MergeInstance,
    requirement::Requirement,
    standing::StandingInstance,
    statement::Shape,
    wire::bytes_to_hex,
};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystem, R1CS_PREDICATE_LABEL, SynthesisMode};

use crate::fixture::{Case, MEMBERSHIP, MERGE_6, STANDING_3, STANDING_8};

fn shape(r1cs: &R1cs) -> Shape {
    Shape {
        constraints: r1cs.num_constraints(),
        witnesses: r1cs.num_witnesses,
        non_zeros: r1cs.non_zeros(),
        digest: r1cs.digest(),
    }
}

fn check_pin<I: Synthesise>(r1cs: &R1cs, domain: usize) {
    let (found, pinned) = (shape(r1cs), I::ID.shape());
    assert_eq!(&found, pinned, "{}: digest {}", I::ID, bytes_to_hex(&found.digest));
    assert_eq!(r1cs.num_inputs, I::ID.public_inputs() + 1);
    assert!(r1cs.num_constraints() + r1cs.num_inputs <= domain);
}

#[test]
fn membership_is_pinned_and_fits_its_domain() {
    check_pin::<MembershipInstance>(&MEMBERSHIP, 1 << 12);
}

#[test]
fn standing_3_is_pinned_and_fits_its_domain() {
    check_pin::<StandingInstance<3>>(&STANDING_3, 1 << 14);
}

#[test]
fn standing_8_is_pinned_and_fits_its_domain() {
    check_pin::<StandingInstance<8>>(&STANDING_8, 1 << 15);
}

#[test]
fn merge_6_is_pinned_and_fits_its_domain() {
    check_pin::<MergeInstance>(&MERGE_6, 1 << 15);
}

/// arkworks' own prover synthesises with values: it has to arrive at the same matrices and assignment.
fn check_with_values<I: Synthesise>(r1cs: &R1cs, instance: &I, witness: &I::Witness) {
    let cs = ConstraintSystem::new_ref();
    cs.set_mode(SynthesisMode::Prove { construct_matrices: true, generate_lc_assignments: false });
    Circuit::new(instance, witness).generate_constraints(cs.clone()).unwrap();
    let matrices = cs.to_matrices().unwrap().remove(R1CS_PREDICATE_LABEL).unwrap();
    assert!(matrices == [&r1cs.a, &r1cs.b, &r1cs.c].map(Clone::clone), "matrices depend on values");
    let assignment = assign(instance, witness).unwrap();
    let witnesses = cs.witness_assignment().unwrap();
    assert!(assignment[..] == [cs.instance_assignment().unwrap(), witnesses].concat());
    assert_eq!(r1cs.first_unsatisfied(&assignment), None);
}

#[test]
fn shape_is_the_same_for_minimal_and_full_witnesses() {
    let case = Case::new(3);
    let (instance, witness) = case.membership();
    check_with_values(&MEMBERSHIP, &instance, &witness);
    let (instance, witness) = case.standing::<3>();
    check_with_values(&STANDING_3, &instance, &witness);
    let mut nothing = Case::new(0);
    nothing.requirement = Requirement { domain: "any".parse().unwrap(), min_count: 0, min_weight: 0, as_of: 0 };
    let (instance, witness) = nothing.standing::<3>();
    check_with_values(&STANDING_3, &instance, &witness);
    let (instance, witness) = Case::new(8).standing::<8>();
    check_with_values(&STANDING_8, &instance, &witness);
    let (instance, witness) = sample::merge();
    check_with_values(&MERGE_6, &instance, &witness);
}

#[test]
fn groups_name_every_row_and_column_once() {
    for r1cs in [&*MEMBERSHIP, &STANDING_3, &STANDING_8, &MERGE_6] {
        let (mut row, mut column) = (0, 1);
        for group in &r1cs.groups {
            assert_eq!((group.rows.start, group.columns.start), (row, column), "{}", group.name);
            (row, column) = (group.rows.end, group.columns.end);
            assert_eq!(r1cs.groups.iter().filter(|other| other.name == group.name).count(), 1, "{}", group.name);
        }
        assert_eq!((row, column), (r1cs.num_constraints(), r1cs.num_inputs + r1cs.num_witnesses));
    }
}

#[test]
fn the_digest_depends_on_every_part_of_a_matrix() {
    let original = MEMBERSHIP.clone();
    let mut changed = original.clone();
    changed.a[0].swap_remove(0);
    assert_ne!(changed.digest(), original.digest());
    let mut changed = original.clone();
    core::mem::swap(&mut changed.a, &mut changed.b);
    assert_ne!(changed.digest(), original.digest());
    let mut changed = original.clone();
    changed.c[7][0].0 += aiq_circuits::Fr::from(1_u64);
    assert_ne!(changed.digest(), original.digest());
    let mut changed = original.clone();
    changed.num_inputs += 1;
    assert_ne!(changed.digest(), original.digest());
}
