//! How many dimensions the satisfying assignments have around an honest one: the number of variables less the rank of
//! the Jacobian of all constraints, over `Fr`, exactly. An under-constraint that takes several wires at once, which no
//! change of a single wire finds, is one dimension too many here.
//!
//! Derived by hand, with the public inputs given. `Membership`: the secret is fixed by the nullifier, `ρ` by the tag,
//! bits by being bits. Of the 7·8 children on the path, one a level is the node below, and the members root takes one
//! dimension of the rest: 7·7 − 1 = 48 dimensions, the siblings. `Standing` has the same 48, and for each
//! * used slot `ρ_k`, `id_k` and the 7·7 siblings, less one for the credentials root: 50,
//! * unused slot `ρ_k`, `id_k` and all 7·8 children: 58.
//!
//! `Merge`: the spend nullifier fixes `id_k` if the secret is fixed, but nothing fixes the secret: `s`, `ρ` and six ids
//! have a tag and six spend nullifiers to meet, which leaves 1. For each used slot there are `ρ_k` and the 7·7 siblings,
//! less one for the credentials root: 49; for each unused slot `ρ_k` and all 7·8 children: 57. (That 1 is one of
//! directions, not one to go in: another secret with the same tag is a collision of the hash.)
//!
//! If the public inputs may vary too, there is one more for each of members root, scope, nullifier, tag and message, for
//! the credentials root and for each spend nullifier; none for requirement and balance, which are made of bits.

use core::ops::Range;
use std::collections::{BTreeMap, VecDeque};

use aiq_circuits::{
    Fr,
    constraints::{R1cs, Synthesise, assign},
};
use ark_ff::{AdditiveGroup, Field, Zero};

use crate::{
    fixture::{Case, MEMBERSHIP, MERGE_6, STANDING_3, STANDING_8},
    merges::notes::{BALANCE, Notes, REWARD},
};

/// A sparse vector by rising index.
type Sparse = Vec<(usize, Fr)>;

/// A sum of sparse vectors in the making.
struct Sum {
    dense: Vec<Fr>,
    touched: Vec<usize>,
}

impl Sum {
    fn add(&mut self, factor: Fr, vector: &[(usize, Fr)]) {
        for (index, value) in vector {
            if self.dense.len() <= *index {
                self.dense.resize(index + 1, Fr::ZERO);
            }
            if self.dense[*index].is_zero() {
                self.touched.push(*index);
            }
            self.dense[*index] += factor * value;
        }
    }

    fn take(&mut self) -> Sparse {
        self.touched.sort_unstable();
        self.touched.dedup();
        let take = |index| (index, core::mem::replace(&mut self.dense[index], Fr::ZERO));
        self.touched.drain(..).map(take).filter(|(_, value)| !value.is_zero()).collect()
    }
}

/// `B(z)·A + A(z)·B − C` of one constraint, the variables in front of `first` taken as constants.
fn differential(r1cs: &R1cs, row: usize, z: &[Fr], first: usize) -> Sparse {
    let value =
        |terms: &[(Fr, usize)]| -> Fr { terms.iter().map(|(coefficient, column)| z[*column] * coefficient).sum() };
    let (a, b, c) = (&r1cs.a[row], &r1cs.b[row], &r1cs.c[row]);
    let mut sum = BTreeMap::new();
    for (factor, terms) in [(value(b), a), (value(a), b), (-Fr::ONE, c)] {
        for (coefficient, column) in terms.iter().filter(|(_, column)| *column >= first) {
            *sum.entry(*column).or_insert(Fr::ZERO) += factor * coefficient;
        }
    }
    sum.into_iter().filter(|(_, value)| !value.is_zero()).collect()
}

/// What elimination says about a system.
struct Elimination {
    rank: usize,
    /// Rows that say nothing that others do not say, to first order.
    dependent: Vec<usize>,
}

/// Gaussian elimination that follows the structure. A row with a single variable that is not yet expressed is the pivot
/// for it and expresses it by a few free ones; bits come first, which are constants. If there is no such row, the first
/// variable left becomes a free one. The rows that are left over then hold free variables only, and are reduced against
/// each other.
fn eliminate(mut columns: Range<usize>, jacobian: &[Sparse]) -> Elimination {
    let mut rows_of = vec![Vec::new(); columns.end];
    for (row, terms) in jacobian.iter().enumerate() {
        for (column, _) in terms {
            rows_of[*column].push(row);
        }
    }
    let mut left: Vec<usize> = jacobian.iter().map(Vec::len).collect();
    let mut ready: VecDeque<usize> = (0..jacobian.len()).filter(|row| left[*row] == 1).collect();
    let mut expressed: Vec<Option<Sparse>> = vec![None; columns.end];
    let mut is_pivot = vec![false; jacobian.len()];
    let mut sum = Sum { dense: Vec::new(), touched: Vec::new() };
    let (mut free, mut pivots) = (0, 0);
    loop {
        let pivot = core::iter::from_fn(|| ready.pop_front()).find_map(|row| {
            let open = jacobian[row].iter().find(|(column, _)| expressed[*column].is_none());
            open.map(|(column, coefficient)| (row, *column, *coefficient))
        });
        let column = if let Some((row, column, coefficient)) = pivot {
            pivots += 1;
            is_pivot[row] = true;
            let factor = -coefficient.inverse().unwrap();
            for (other, value) in jacobian[row].iter().filter(|(other, _)| *other != column) {
                sum.add(factor * value, expressed[*other].as_ref().unwrap());
            }
            expressed[column] = Some(sum.take());
            column
        } else if let Some(column) = columns.find(|column| expressed[*column].is_none()) {
            expressed[column] = Some(vec![(free, Fr::ONE)]);
            free += 1;
            column
        } else {
            break;
        };
        for row in &rows_of[column] {
            left[*row] -= 1;
            if left[*row] == 1 {
                ready.push_back(*row);
            }
        }
    }

    // Reduced rows by their first free variable.
    let mut reduced: BTreeMap<usize, Sparse> = BTreeMap::new();
    let mut dependent = Vec::new();
    for row in (0..jacobian.len()).filter(|row| !is_pivot[*row]) {
        for (column, value) in &jacobian[row] {
            sum.add(*value, expressed[*column].as_ref().unwrap());
        }
        let mut rest = sum.take();
        loop {
            let Some((first, value)) = rest.first().copied() else {
                dependent.push(row);
                break;
            };
            let Some(other) = reduced.get(&first) else {
                reduced.insert(first, rest);
                break;
            };
            sum.add(Fr::ONE, &rest);
            sum.add(-value / other[0].1, other);
            rest = sum.take();
        }
    }
    Elimination { rank: pivots + reduced.len(), dependent }
}

/// A system around a point, differentiated once.
struct Point {
    columns: Range<usize>,
    jacobian: Vec<Sparse>,
}

impl Point {
    fn new(r1cs: &R1cs, z: &[Fr], first: usize) -> Self {
        assert_eq!(r1cs.first_unsatisfied(z), None);
        let jacobian = (0..r1cs.num_constraints()).map(|row| differential(r1cs, row, z, first)).collect();
        Self { columns: first..z.len(), jacobian }
    }

    /// With the public inputs as constants.
    fn of<I: Synthesise>(r1cs: &R1cs, (instance, witness): &(I, I::Witness)) -> Self {
        Self::new(r1cs, &assign(instance, witness).unwrap(), r1cs.num_inputs)
    }

    /// With the public inputs as variables too.
    fn with_inputs<I: Synthesise>(r1cs: &R1cs, (instance, witness): &(I, I::Witness)) -> Self {
        Self::new(r1cs, &assign(instance, witness).unwrap(), 1)
    }

    fn free_dimensions(&self) -> usize {
        self.columns.len() - eliminate(self.columns.clone(), &self.jacobian).rank
    }

    fn without(&self, row: usize) -> Self {
        let mut jacobian = self.jacobian.clone();
        jacobian[row].clear();
        Self { columns: self.columns.clone(), jacobian }
    }

    /// The names of the groups of the dependent rows, with how many there are.
    fn dependent<'a>(&self, r1cs: &'a R1cs) -> BTreeMap<&'a str, usize> {
        let mut names = BTreeMap::new();
        for row in eliminate(self.columns.clone(), &self.jacobian).dependent {
            *names.entry(r1cs.group_of_row(row)).or_insert(0) += 1;
        }
        names
    }
}

const fn standing_dimensions(used: usize, slots: usize) -> usize {
    48 + 50 * used + 58 * (slots - used)
}

#[test]
fn membership_is_free_in_the_siblings_only() {
    let member = Case::new(0).membership();
    assert_eq!(Point::of(&MEMBERSHIP, &member).free_dimensions(), 48);
    assert_eq!(Point::with_inputs(&MEMBERSHIP, &member).free_dimensions(), 48 + 5);
}

#[test]
fn standing_3_is_free_in_siblings_randomness_and_ids() {
    for used in 0..=3 {
        let standing = Case::new(used).standing::<3>();
        let expected = standing_dimensions(used.into(), 3);
        assert_eq!(Point::of(&STANDING_3, &standing).free_dimensions(), expected, "{used} used");
        assert_eq!(Point::with_inputs(&STANDING_3, &standing).free_dimensions(), expected + 6, "{used} used");
    }
}

#[test]
fn standing_8_is_free_in_siblings_randomness_and_ids() {
    for used in [5, 8] {
        let standing = Case::new(used).standing::<8>();
        let expected = standing_dimensions(used.into(), 8);
        assert_eq!(Point::of(&STANDING_8, &standing).free_dimensions(), expected, "{used} used");
    }
}

#[test]
fn merge_6_is_free_in_siblings_randomness_and_one_direction_of_the_secret() {
    for notes in [Notes::of(&[REWARD]), Notes::of(&[BALANCE, REWARD, BALANCE]), Notes::full()] {
        let used = notes.held.len();
        let expected = 1 + 49 * used + 57 * (6 - used);
        let merge = notes.merge();
        assert_eq!(Point::of(&MERGE_6, &merge).free_dimensions(), expected, "{used} used");
        assert_eq!(Point::with_inputs(&MERGE_6, &merge).free_dimensions(), expected + 9, "{used} used");
    }
}

/// With every variable free to vary, `Membership` has as many independent constraints as constraints: whichever is taken
/// away, there is a dimension more.
#[test]
fn no_constraint_of_membership_follows_from_the_others() {
    let point = Point::with_inputs(&MEMBERSHIP, &Case::new(0).membership());
    assert_eq!(eliminate(point.columns.clone(), &point.jacobian).rank, MEMBERSHIP.num_constraints());
    assert_eq!(point.dependent(&MEMBERSHIP), BTreeMap::new());
}

/// In `Standing` with all slots used those remain that only choose among values of bits: no bit varies, so to first order
/// they say nothing. Each of these groups has its forgery in `deletion`.
#[test]
fn constraints_of_standing_that_follow_from_others_are_about_bits_only() {
    let expected = |slots: usize| {
        let mut names = BTreeMap::from(
            [
                ("§5.2.5 requirement: one prefix length", 1),
                ("§5.2.7 used slots form a prefix", slots - 1),
                ("§5.2.7 at most one balance note", 1),
                ("§5.2.8 count", 1),
                ("§5.2.8 weight", 1),
            ]
            .map(|(name, rows)| (name.to_owned(), rows)),
        );
        for slot in 1..=slots {
            for rule in ["§5.2.6 credential _: domain", "§5.2.6 credential _: expiry", "§5.2.7 credential _: kind"] {
                names.insert(rule.replace('_', &slot.to_string()), 1);
            }
        }
        names
    };
    let point = Point::with_inputs(&STANDING_3, &Case::new(3).standing::<3>());
    assert_eq!(named(point.dependent(&STANDING_3)), expected(3));
    let point = Point::with_inputs(&STANDING_8, &Case::new(8).standing::<8>());
    assert_eq!(named(point.dependent(&STANDING_8)), expected(8));
}

fn named(found: BTreeMap<&str, usize>) -> BTreeMap<String, usize> {
    found.into_iter().map(|(name, rows)| (name.to_owned(), rows)).collect()
}

/// The same of `Merge`.
#[test]
fn constraints_of_merge_that_follow_from_others_are_about_bits_only() {
    let of_all = ["§5.4.1 balance: kind", "§5.4.4 sum", "§5.4.5 at least two notes or one reward note"];
    let of_slots =
        (1..=6).flat_map(|slot| ["domain", "expiry", "kind"].map(|rule| format!("§5.4.3 slot {slot}: {rule}")));
    let expected: BTreeMap<String, usize> =
        of_all.map(str::to_owned).into_iter().chain(of_slots).map(|name| (name, 1)).collect();
    let point = Point::with_inputs(&MERGE_6, &Notes::full().merge());
    assert_eq!(named(point.dependent(&MERGE_6)), expected);
}

/// Planted: without one constraint there is one dimension more. One constraint of every group, and the public inputs
/// given, so that what is gained is gained by the prover.
#[test]
fn a_missing_constraint_is_a_dimension_more() {
    let point = Point::of(&MEMBERSHIP, &Case::new(0).membership());
    for group in MEMBERSHIP.groups.iter().filter(|group| !group.rows.is_empty()) {
        let row = group.rows.start + group.rows.len() / 2;
        assert_eq!(point.without(row).free_dimensions(), 49, "{}: row {row}", group.name);
    }
}

/// Planted: two wires that may move together only. No wire alone can change, and still there is a dimension too many.
#[test]
fn finds_what_no_change_of_a_single_wire_finds() {
    let build = |with_product: bool| {
        R1cs::from_synthesis(|synthesis| {
            let [x, y, z] = [(); 3].map(|()| synthesis.witness(None));
            let (x, y, z) = (x?, y?, z?);
            let twelve = synthesis.constant(Fr::from(12_u64));
            // x + y = 7, y + z = 7; and x · y = 12, or twice the same sum.
            let seven = synthesis.constant(Fr::from(7_u64));
            synthesis.enforce_equal(&(&x + &y), &seven)?;
            synthesis.enforce_equal(&(&y + &z), &seven)?;
            if with_product { synthesis.enforce(&x, &y, &twelve) } else { synthesis.enforce_equal(&x, &z) }
        })
        .unwrap()
    };
    let z = [1_u64, 3, 4, 3].map(Fr::from);
    let dimensions = |r1cs: &R1cs| Point::new(r1cs, &z, 1).free_dimensions();
    assert_eq!((dimensions(&build(true)), dimensions(&build(false))), (0, 1));
    let planted = build(false);
    for column in 1..4 {
        let mut changed = z;
        changed[column] += Fr::ONE;
        assert!(planted.first_unsatisfied(&changed).is_some());
    }
}
