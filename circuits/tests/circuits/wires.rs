//! Every wire alone: put any other value on it and some constraint fails, or it is listed here as free.

use aiq_circuits::{
    Fr,
    constraints::{R1cs, Synthesise, harness::Harness},
};
use ark_ff::{AdditiveGroup, Field};

use crate::{
    fixture::{Case, MEMBERSHIP, MERGE_6, STANDING_3, STANDING_8, some},
    merges::notes::{BALANCE, Notes, REWARD},
};

/// The columns that can hold another value: each changed by 1, to 0, to p − 1 and to something.
fn free_columns<I: Synthesise>(r1cs: &R1cs, instance: &I, witness: &I::Witness) -> Vec<usize> {
    let mut harness = Harness::honest(r1cs, instance, witness).unwrap();
    assert!(harness.is_satisfied());
    let mut is_free = |column: &usize| {
        let honest = harness.get(*column);
        let others = [honest + Fr::ONE, Fr::ZERO, -Fr::ONE, some(&format!("column {column}"))];
        let free = others.into_iter().filter(|value| *value != honest).any(|value| {
            harness.set(*column, value);
            harness.is_satisfied_around(*column)
        });
        harness.set(*column, honest);
        free
    };
    (1..r1cs.num_inputs + r1cs.num_witnesses).filter(|column| is_free(column)).collect()
}

/// The message stands in no constraint; the reduction's own row for every public input binds it.
#[test]
fn membership_has_no_free_wire_but_the_message() {
    let (instance, witness) = Case::new(0).membership();
    assert_eq!(free_columns(&MEMBERSHIP, &instance, &witness), [5]);
}

#[test]
fn standing_3_has_no_free_wire_but_the_message() {
    for count in 1..=3 {
        let (instance, witness) = Case::new(count).standing::<3>();
        assert_eq!(free_columns(&STANDING_3, &instance, &witness), [7], "{count} credentials");
    }
}

/// With nothing to show, it does not matter what the credentials root is either.
#[test]
fn standing_without_credentials_leaves_the_credentials_root_free() {
    let (instance, witness) = Case::new(0).standing::<3>();
    assert_eq!(free_columns(&STANDING_3, &instance, &witness), [2, 7]);
}

#[test]
fn standing_8_has_no_free_wire_but_the_message() {
    for count in [5, 8] {
        let (instance, witness) = Case::new(count).standing::<8>();
        assert_eq!(free_columns(&STANDING_8, &instance, &witness), [7], "{count} credentials");
    }
}

/// Not even what stands in an unused slot: its id is bound by the spend nullifier, the rest leads to nothing but is hashed.
#[test]
fn merge_6_has_no_free_wire_but_the_message() {
    for notes in [Notes::of(&[REWARD]), Notes::of(&[BALANCE, REWARD, BALANCE]), Notes::full()] {
        let (instance, witness) = notes.merge();
        assert_eq!(free_columns(&MERGE_6, &instance, &witness), [10], "{} notes", notes.held.len());
    }
}
