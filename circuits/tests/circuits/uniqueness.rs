//! Which wires have one value only, for every assignment and not just around an honest one: worked out from the exported
//! `.r1cs` alone. From wires that are given, constraint by constraint, to those that follow.
//!
//! Three rules, each of which holds whatever the values are:
//! * product: the factors are known, the product has one unknown wire;
//! * linear: one factor is constant, and there is one unknown wire;
//! * bits: the same with several unknown wires, all of them boolean, their coefficients one another's powers of two, no
//!   sum of which reaches the size of the field: a number has one such decomposition.

use std::collections::{BTreeMap, VecDeque};

use aiq_circuits::{
    Fr,
    constraints::{
        R1cs, Synthesis, SynthesisError, Wire,
        bits::{boolean, enforce_range, low_bits, pack, select},
        merkle::PathWires,
        poseidon,
    },
    hash::HashName,
    tree::TreeKind,
};
use ark_ff::{AdditiveGroup, Field, Zero};

use crate::{
    fixture::{MEMBERSHIP, MERGE_6, STANDING_3, STANDING_8},
    iden3::File,
};

type Terms = Vec<(Fr, usize)>;

const NOTHING_TO_MERGE: &str = "§5.4.5 at least two notes or one reward note";

/// A sum of distinct powers of two up to this one is smaller than the field.
const HIGHEST_BIT: usize = 252;

/// How a wire came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Given,
    Product,
    Linear,
    Bits,
}

struct Propagation {
    known: Vec<Option<Rule>>,
    is_boolean: Vec<bool>,
    /// The constraints that neither determine a wire nor make one boolean.
    checks: Vec<usize>,
}

impl Propagation {
    /// Everything that follows from the public inputs and the given wires.
    fn run(file: &File, given: impl IntoIterator<Item = usize>) -> Self {
        let mut known = vec![None; file.wires];
        known[..=file.public].fill(Some(Rule::Given));
        given.into_iter().for_each(|wire| known[wire] = Some(Rule::Given));
        let mut rows_of = vec![Vec::new(); file.wires];
        let mut is_boolean = vec![false; file.wires];
        let mut is_check = vec![true; file.constraints.len()];
        for (row, [a, b, c]) in file.constraints.iter().enumerate() {
            for (_, wire) in a.iter().chain(b).chain(c) {
                rows_of[*wire].push(row);
            }
            if let ([(one, wire)], true) = (&a[..], a == b && b == c) {
                is_boolean[*wire] |= *one == Fr::ONE;
                is_check[row] = *one != Fr::ONE;
            }
        }
        let mut queue: VecDeque<usize> = (0..file.constraints.len()).collect();
        while let Some(row) = queue.pop_front() {
            let Some((rule, wires)) = conclude(&file.constraints[row], &known, &is_boolean) else { continue };
            is_check[row] = false;
            for wire in wires {
                known[wire] = Some(rule);
                queue.extend(&rows_of[wire]);
            }
        }
        Self { known, is_boolean, checks: (0..is_check.len()).filter(|row| is_check[*row]).collect() }
    }

    fn count(&self, rule: Option<Rule>) -> usize {
        self.known.iter().filter(|known| **known == rule).count()
    }

    fn undetermined(&self) -> Vec<usize> {
        (0..self.known.len()).filter(|wire| self.known[*wire].is_none()).collect()
    }
}

/// The wires that one constraint determines, if any.
fn conclude([a, b, c]: &[Terms; 3], known: &[Option<Rule>], is_boolean: &[bool]) -> Option<(Rule, Vec<usize>)> {
    let constant = |terms: &Terms| -> Option<Fr> {
        terms.iter().try_fold(Fr::ZERO, |sum, (coefficient, wire)| (*wire == 0).then_some(sum + coefficient))
    };
    let is_known = |terms: &Terms| terms.iter().all(|(_, wire)| known[*wire].is_some());
    let (linear, parts) = match (constant(a), constant(b)) {
        (Some(factor), _) => (true, vec![(factor, b), (-Fr::ONE, c)]),
        (_, Some(factor)) => (true, vec![(factor, a), (-Fr::ONE, c)]),
        _ if is_known(a) && is_known(b) => (false, vec![(-Fr::ONE, c)]),
        _ => return None,
    };
    let mut unknown = BTreeMap::new();
    for (factor, terms) in parts {
        for (coefficient, wire) in terms.iter().filter(|(_, wire)| known[*wire].is_none()) {
            *unknown.entry(*wire).or_insert(Fr::ZERO) += factor * coefficient;
        }
    }
    unknown.retain(|_, coefficient| !coefficient.is_zero());
    match unknown.len() {
        0 => None,
        1 => Some((if linear { Rule::Linear } else { Rule::Product }, unknown.into_keys().collect())),
        _ => {
            let unit = unknown.values().next()?.inverse()?;
            let mut exponents: Vec<usize> =
                unknown.values().map(|coefficient| exponent(*coefficient * unit)).collect::<Option<_>>()?;
            exponents.sort_unstable();
            exponents.dedup();
            let distinct = exponents.len() == unknown.len();
            let booleans = unknown.keys().all(|wire| is_boolean[*wire]);
            (distinct && booleans).then(|| (Rule::Bits, unknown.into_keys().collect()))
        }
    }
}

/// n if the number is 2^n.
fn exponent(number: Fr) -> Option<usize> {
    core::iter::successors(Some(Fr::ONE), |power| Some(power.double()))
        .take(HIGHEST_BIT + 1)
        .position(|power| power == number)
}

/// The witness of a statement that a prover chooses, by the names of its groups; everything else has to follow.
fn is_chosen(group: &str) -> bool {
    let chosen = ["member: ", "owner: "]
        .iter()
        .any(|of| group.strip_prefix(of).is_some_and(|what| ["secret", "tag randomness"].contains(&what)));
    let of_a_path = group.ends_with(": position") || group.ends_with(": children");
    let of_a_slot = ["§5.2.6 credential ", "§5.4.3 slot "].iter().any(|slot| group.starts_with(slot))
        && [": used", ": tag randomness", ": attribute bits", ": id"].iter().any(|end| group.ends_with(end));
    chosen || of_a_path || of_a_slot
}

fn chosen(r1cs: &R1cs) -> Vec<usize> {
    r1cs.groups.iter().filter(|group| is_chosen(&group.name)).flat_map(|group| group.columns.clone()).collect()
}

/// Given, product, linear, bits, undetermined.
fn counts(propagation: &Propagation) -> [usize; 5] {
    [Some(Rule::Given), Some(Rule::Product), Some(Rule::Linear), Some(Rule::Bits), None]
        .map(|rule| propagation.count(rule))
}

#[test]
fn everything_in_membership_follows_from_what_the_member_chooses() {
    let propagation = Propagation::run(&File::export(&MEMBERSHIP), chosen(&MEMBERSHIP));
    // The constant, 5 inputs, secret, ρ, and 3 bits and 8 children a level; the rest is computed.
    let given = 1 + 5 + 2 + 7 * 11;
    assert_eq!(counts(&propagation), [given, 3_635 - 79, 0, 0, 0]);
}

/// The requirement's bits follow from the public input, and so do the bits of all differences. What does not is the
/// inverse of the difference of two ids: if slot k is not used it may be anything, should the ids be equal.
#[test]
fn in_standing_only_inverses_for_unused_slots_do_not_follow() {
    for (r1cs, slots, weight_bits) in [(&*STANDING_3, 3, 18), (&STANDING_8, 8, 19)] {
        let file = File::export(r1cs);
        let propagation = Propagation::run(&file, chosen(r1cs));
        let given = 1 + 7 + 2 + 7 * 11 + slots * (1 + 1 + 120 + 1 + 7 * 11);
        let bits = 108 + slots * 32 + 4 + weight_bits;
        let undetermined = slots * (slots - 1) / 2;
        let product = file.wires - given - bits - undetermined;
        assert_eq!(counts(&propagation), [given, product, 0, bits, undetermined]);
        for wire in propagation.undetermined() {
            let group = r1cs.groups.iter().find(|group| group.columns.contains(&wire)).unwrap();
            assert!(group.name.starts_with("§5.2.7 credentials ") && group.name.ends_with(" differ"), "{}", group.name);
            // Its one constraint is `known · wire = known`: no other wire depends on it, and unless the factor is zero
            // it too is determined.
            let stands_in: Vec<_> =
                file.constraints.iter().filter(|row| row.iter().flatten().any(|(_, other)| *other == wire)).collect();
            let [[a, b, c]] = stands_in[..] else { panic!("{} constraints", stands_in.len()) };
            assert!(matches!(b[..], [(_, factor)] if factor == wire));
            assert!(a.iter().chain(c).all(|(_, other)| propagation.known[*other].is_some()));
        }
    }
}

/// All that an owner chooses: the bits of the balance follow from the public input, and so does whether it is enough.
#[test]
fn everything_in_merge_follows_from_what_the_owner_chooses() {
    let file = File::export(&MERGE_6);
    let propagation = Propagation::run(&file, chosen(&MERGE_6));
    let given = 1 + 10 + 2 + 6 * (1 + 1 + 120 + 1 + 7 * 11);
    let bits = 120 + 4;
    assert_eq!(counts(&propagation), [given, file.wires - given - bits, 0, bits, 0]);
}

/// What the groups of bits are called, and how many of their variables, the last ones, are bits.
fn bits_of(group: &str, statement_bits: usize) -> usize {
    let ends = [
        (": used", 1),
        (": position", 3),
        (": attribute bits", 120),
        ("requirement: bits", 108),
        ("balance: bits", 120),
        (": expiry", 32),
    ];
    let end = ends.into_iter().find(|(end, _)| group.ends_with(end)).map(|(_, bits)| bits);
    let sums = [("§5.2.8 count", 4), ("§5.2.8 weight", statement_bits), (NOTHING_TO_MERGE, 4)];
    let sum = sums.into_iter().find(|(name, _)| *name == group);
    end.or(sum.map(|(_, bits)| bits)).unwrap_or(0)
}

/// Every single constraint has a task: it determines a wire, it makes a wire boolean, or it is one of these checks, for
/// each of which there is a forgery in `deletion`. All bits are boolean, and nothing else is.
fn check_tasks(r1cs: &R1cs, weight_bits: usize, mut expected: Vec<String>) {
    let propagation = Propagation::run(&File::export(r1cs), chosen(r1cs));
    expected.sort_unstable();
    let mut found: Vec<&str> = propagation.checks.iter().map(|row| r1cs.group_of_row(*row)).collect();
    found.sort_unstable();
    assert_eq!(found, expected);

    for group in &r1cs.groups {
        let bits = group.columns.end - bits_of(&group.name, weight_bits);
        for wire in group.columns.clone() {
            assert_eq!(propagation.is_boolean[wire], wire >= bits, "{}: wire {wire}", group.name);
        }
    }
}

/// The checks of one path.
fn selections(of: &str) -> impl Iterator<Item = String> {
    (0..7).map(move |level| format!("{of}: path level {level}: selection"))
}

#[test]
fn every_constraint_determines_makes_boolean_or_checks() {
    for (r1cs, slots, weight_bits) in [(&*MEMBERSHIP, 0, 0), (&STANDING_3, 3, 18), (&STANDING_8, 8, 19)] {
        let mut expected: Vec<String> =
            ["§5.1.1 members root", "§5.1.2 nullifier", "§5.1.3 tag"].map(str::to_owned).into();
        expected.extend(selections("§5.1.1 member"));
        for slot in 1..=slots {
            expected.extend(selections(&format!("§5.2.6 credential {slot}")));
            expected.extend(["credentials root", "domain"].map(|rule| format!("§5.2.6 credential {slot}: {rule}")));
            expected.push(format!("§5.2.7 credential {slot}: kind"));
            expected.extend((1..slot).map(|earlier| format!("§5.2.7 credentials {earlier} and {slot} differ")));
            expected.extend((slot > 1).then(|| "§5.2.7 used slots form a prefix".to_owned()));
        }
        if slots > 0 {
            expected.push("§5.2.5 requirement: one prefix length".to_owned());
            expected.push("§5.2.7 at most one balance note".to_owned());
        }
        check_tasks(r1cs, weight_bits, expected);
    }
}

#[test]
fn every_constraint_of_merge_determines_makes_boolean_or_checks() {
    let mut expected: Vec<String> = ["§5.4.1 balance: kind", "§5.4.4 sum", "§5.4.6 tag"].map(str::to_owned).into();
    for slot in 1..=6 {
        expected.push(format!("§5.4.2 slot {slot}: spend nullifier"));
        expected.extend(selections(&format!("§5.4.3 slot {slot}")));
        let rules = ["credentials root", "domain", "expiry", "kind"];
        expected.extend(rules.map(|rule| format!("§5.4.3 slot {slot}: {rule}")));
    }
    check_tasks(&MERGE_6, 0, expected);
}

/// The constraints of a gadget whose inputs are the first wires.
fn gadget(inputs: usize, build: impl Fn(&mut Synthesis, &[Wire]) -> Result<(), SynthesisError>) -> File {
    let r1cs = R1cs::from_synthesis(|synthesis| {
        let wires = (0..inputs).map(|_| synthesis.witness(None)).collect::<Result<Vec<_>, _>>()?;
        build(synthesis, &wires)
    });
    File::export(&r1cs.unwrap())
}

/// How many wires do not follow from the inputs.
fn undetermined(file: &File, inputs: usize) -> usize {
    Propagation::run(file, 1..=inputs).undetermined().len()
}

/// How many constraints can be taken away, each alone, with everything still following from the inputs: they check the
/// inputs and determine nothing.
fn checks(mut file: File, inputs: usize) -> usize {
    let rows = 0..file.constraints.len();
    let mut is_check = |row: &usize| {
        let removed = core::mem::take(&mut file.constraints[*row]);
        let is_check = undetermined(&file, inputs) == 0;
        file.constraints[*row] = removed;
        is_check
    };
    rows.filter(&mut is_check).count()
}

#[test]
fn a_hash_follows_from_its_inputs_and_from_no_fewer_constraints() {
    for name in HashName::ALL {
        let inputs = name.arity();
        let file = gadget(inputs, |synthesis, wires| poseidon::hash(synthesis, name, wires).map(drop));
        assert_eq!((undetermined(&file, inputs), checks(file, inputs)), (0, 0), "{}", name.label());
    }
}

#[test]
fn bits_follow_from_a_number_in_range() {
    for count in [4, 18, 19, 32] {
        let file = gadget(1, |synthesis, wires| enforce_range(synthesis, &wires[0], count));
        assert_eq!((undetermined(&file, 1), checks(file, 1)), (0, 0), "{count} bits");
    }
}

/// The bits of a number below 2^253 are its own; with one bit more, some numbers have two decompositions.
#[test]
fn bits_as_wide_as_the_field_do_not_follow() {
    let decomposition = |count| {
        gadget(1, |synthesis, wires| {
            let bits = low_bits(synthesis, None, count)?;
            let packed = pack(synthesis, &bits);
            synthesis.enforce_equal(&wires[0], &packed)
        })
    };
    assert_eq!(undetermined(&decomposition(253), 1), 0);
    assert_eq!(undetermined(&decomposition(254), 1), 254);
}

#[test]
fn what_is_selected_follows_from_the_bit_and_both_choices() {
    let file = gadget(3, |synthesis, wires| select(synthesis, &wires[0], &wires[1], &wires[2]).map(drop));
    assert_eq!((undetermined(&file, 3), checks(file, 3)), (0, 0));
}

/// A bit is an input itself: its one constraint checks it.
#[test]
fn a_boolean_is_given_and_checked() {
    let file = gadget(0, |synthesis, _| boolean(synthesis, None).map(drop));
    assert_eq!((undetermined(&file, 0), file.constraints.len()), (1, 1));
}

#[test]
fn the_root_follows_from_leaf_positions_and_children() {
    for kind in [TreeKind::Members, TreeKind::Credentials] {
        let file = gadget(2, |synthesis, wires| {
            let path = PathWires::witness(synthesis, "leaf", None)?;
            path.root(synthesis, "leaf", kind, &wires[0], &wires[1]).map(drop)
        });
        let inputs = 2 + 7 * (3 + 8);
        assert_eq!(undetermined(&file, inputs), 0);
        // Without the last child: itself, what is selected of it, and the hash but for the S-boxes of the other inputs.
        assert_eq!(undetermined(&file, inputs - 1), 1 + 3 + 402 - 3 * 7);
    }
}
