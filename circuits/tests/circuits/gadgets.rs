//! Every gadget against the native function, and its cost.

use aiq_circuits::{
    Fr,
    constraints::{
        R1cs, Synthesis, SynthesisError, Wire,
        bits::{boolean, enforce_range, low_bits, pack, select},
        merkle::PathWires,
        poseidon,
    },
    hash::{HashName, hash},
    tree::{CredentialTree, TreeKind},
};
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::{ConstraintSystem, ConstraintSystemRef, SynthesisMode};
use proptest::prelude::*;

use crate::fixture::some;

type Gadget<'a> = &'a dyn Fn(&mut Synthesis) -> Result<Vec<Wire>, SynthesisError>;

/// Runs a gadget with values and matrices: the values of its outputs and whether all constraints hold.
fn run(gadget: Gadget) -> (Vec<Fr>, bool) {
    let cs: ConstraintSystemRef<Fr> = ConstraintSystem::new_ref();
    cs.set_mode(SynthesisMode::Prove { construct_matrices: true, generate_lc_assignments: false });
    let outputs = gadget(&mut Synthesis::new(cs.clone())).unwrap();
    (outputs.iter().map(|wire| wire.value().unwrap()).collect(), cs.is_satisfied().unwrap())
}

fn cost(gadget: Gadget) -> usize {
    let cs: ConstraintSystemRef<Fr> = ConstraintSystem::new_ref();
    cs.set_mode(SynthesisMode::Setup);
    gadget(&mut Synthesis::new(cs.clone())).unwrap();
    cs.num_constraints()
}

fn witnesses(synthesis: &mut Synthesis, values: &[Fr]) -> Vec<Wire> {
    values.iter().map(|value| synthesis.witness(Some(*value)).unwrap()).collect()
}

#[test]
fn poseidon_gives_the_native_hash_for_every_name() {
    for name in HashName::ALL {
        for round in 0..4 {
            let inputs: Vec<Fr> = (0..name.arity()).map(|i| some(&format!("{round}/{i}"))).collect();
            let (outputs, satisfied) = run(&|synthesis| {
                let wires = witnesses(synthesis, &inputs);
                Ok(vec![poseidon::hash(synthesis, name, &wires)?])
            });
            assert_eq!((outputs, satisfied), (vec![hash(name, &inputs)], true), "{}", name.label());
        }
    }
}

#[test]
fn poseidon_costs_213_240_261_and_402_constraints() {
    let costs = HashName::ALL.map(|name| {
        cost(&|synthesis| {
            let wires = witnesses(synthesis, &vec![Fr::ZERO; name.arity()]);
            Ok(vec![poseidon::hash(synthesis, name, &wires)?])
        })
    });
    assert_eq!(costs, [213, 240, 240, 240, 261, 402, 402]);
}

/// What the choice of factors in the S-box is for: fewer points in a key's queries.
#[test]
fn poseidon_leaves_a_third_of_its_columns_out_of_a_and_a_third_out_of_b() {
    let r1cs = R1cs::from_synthesis(|synthesis| {
        let wires = (0..8).map(|_| synthesis.witness(None)).collect::<Result<Vec<_>, _>>()?;
        poseidon::hash(synthesis, HashName::MemberNode, &wires).map(drop)
    })
    .unwrap();
    let columns = r1cs.num_inputs + r1cs.num_witnesses;
    for matrix in [&r1cs.a, &r1cs.b] {
        let absent = (0..columns).filter(|column| !matrix.iter().flatten().any(|(_, used)| used == column)).count();
        assert!(absent >= 402 / 3, "{absent}");
    }
}

#[test]
fn a_path_leads_to_the_native_root_at_413_constraints_a_level() {
    let leaves: Vec<Fr> = (0..77).map(|i| some(&format!("leaf {i}"))).collect();
    let tree = CredentialTree::build(leaves.clone()).unwrap();
    for index in [0, 1, 7, 8, 63, 64, 76] {
        let path = tree.path(index).unwrap();
        let leaf = leaves[index as usize];
        let gadget = |synthesis: &mut Synthesis| {
            let always = synthesis.constant(Fr::ONE);
            let leaf = synthesis.witness(Some(leaf))?;
            let path = PathWires::witness(synthesis, "leaf", Some(&path))?;
            Ok(vec![path.root(synthesis, "leaf", TreeKind::Credentials, &leaf, &always)?])
        };
        assert_eq!(run(&gadget), (vec![*tree.root().as_field()], true));
        assert_eq!(cost(&gadget), 7 * 413);
    }
}

#[test]
fn a_path_from_another_leaf_fails_unless_unused() {
    let tree = CredentialTree::build((0..9).map(|i| some(&format!("leaf {i}")))).unwrap();
    for used in [false, true] {
        let (_, satisfied) = run(&|synthesis| {
            let used = boolean(synthesis, Some(used))?;
            let leaf = synthesis.witness(Some(some("another leaf")))?;
            let path = PathWires::witness(synthesis, "leaf", tree.path(3).as_ref())?;
            Ok(vec![path.root(synthesis, "leaf", TreeKind::Credentials, &leaf, &used)?])
        });
        assert_eq!(satisfied, !used);
    }
}

#[test]
fn a_range_check_accepts_exactly_the_range() {
    let holds = |value: Fr, count: usize| {
        run(&|synthesis| {
            let wire = synthesis.witness(Some(value))?;
            enforce_range(synthesis, &wire, count)?;
            Ok(Vec::new())
        })
        .1
    };
    for count in [4, 18, 19, 32] {
        let limit = Fr::from(1_u64 << count);
        for (value, expected) in
            [(Fr::ZERO, true), (limit - Fr::ONE, true), (limit, false), (-Fr::ONE, false), (some("x"), false)]
        {
            assert_eq!(holds(value, count), expected, "{count} bits");
        }
    }
}

proptest! {
    #[test]
    fn bits_pack_back_to_the_number(number: u64) {
        let (outputs, satisfied) = run(&|synthesis| {
            let bits = low_bits(synthesis, Some(Fr::from(number)), 64)?;
            Ok(vec![pack(synthesis, &bits)])
        });
        prop_assert_eq!((outputs, satisfied), (vec![Fr::from(number)], true));
    }

    #[test]
    fn select_takes_the_one_or_the_other(bit: bool, one: u64, zero: u64) {
        let (outputs, satisfied) = run(&|synthesis| {
            let wires = witnesses(synthesis, &[Fr::from(one), Fr::from(zero)]);
            let bit = boolean(synthesis, Some(bit))?;
            Ok(vec![select(synthesis, &bit, &wires[0], &wires[1])?])
        });
        prop_assert_eq!((outputs, satisfied), (vec![Fr::from(if bit { one } else { zero })], true));
    }
}
