//! Deletes every group of constraints of every statement, one at a time: each time there is a forgery that the statement
//! refuses and that the rest of it lets through. A prover here puts any value on any wire and is consistent about all the
//! others.

mod leaves;
mod member;
mod merge;
mod rules;
mod slots;

use aiq_circuits::{
    Fr,
    constraints::{R1cs, Synthesise, harness::Harness},
    membership::{MembershipInstance, MembershipWitness},
    merge::MergeInstance,
    standing::{StandingInstance, StandingWitness},
    tree::{MerklePath, TreeKind},
};

use crate::fixture::{Case, MEMBERSHIP, MERGE_6, r1cs};

/// A statement as the forgeries need it.
trait Target: Synthesise {
    fn r1cs() -> &'static R1cs;
}

/// A statement of a member.
trait OfMember: Target {
    /// Claims what a `Membership` claims, and nothing more.
    fn claim(case: &Case, instance: MembershipInstance, witness: MembershipWitness) -> (Self, Self::Witness);
}

impl Target for MembershipInstance {
    fn r1cs() -> &'static R1cs {
        &MEMBERSHIP
    }
}

impl OfMember for MembershipInstance {
    fn claim(_: &Case, instance: Self, witness: MembershipWitness) -> (Self, MembershipWitness) {
        (instance, witness)
    }
}

impl<const S: usize> Target for StandingInstance<S> {
    fn r1cs() -> &'static R1cs {
        r1cs::<S>()
    }
}

impl<const S: usize> OfMember for StandingInstance<S> {
    fn claim(case: &Case, instance: MembershipInstance, membership: MembershipWitness) -> (Self, StandingWitness<S>) {
        (case.standing_for(&instance), StandingWitness { membership, credentials: Vec::new() })
    }
}

impl Target for MergeInstance {
    fn r1cs() -> &'static R1cs {
        &MERGE_6
    }
}

/// Something false, and what to force on wires to have it accepted.
struct Forgery<I: Synthesise> {
    /// The one group that refuses it.
    group: String,
    claim: (I, I::Witness),
    forced: Vec<(usize, Fr)>,
}

impl<I: Target> Forgery<I> {
    /// A forgery that the native check refuses as well.
    fn new(group: impl Into<String>, claim: (I, I::Witness), forced: Vec<(usize, Fr)>) -> Self {
        let group = group.into();
        assert!(claim.0.check(&claim.1).is_err(), "{group}: true");
        Self { group, claim, forced }
    }

    /// A forgery that there is no way to say natively: its lie is in the wires, or in a public input that no type of the
    /// native statement can hold.
    fn on_wires(group: impl Into<String>, claim: (I, I::Witness), forced: Vec<(usize, Fr)>) -> Self {
        Self { group: group.into(), claim, forced }
    }

    /// What fails is in this group, and nothing else does: with the group the forgery is refused, without it accepted.
    fn assert_only_the_group_refuses(&self) {
        let (instance, witness) = &self.claim;
        let harness = Harness::forcing(I::r1cs(), instance, witness, self.forced.iter().copied()).unwrap();
        assert_eq!(harness.unsatisfied_groups(), [&self.group], "{}", I::ID);
    }
}

/// The column of the n-th variable of a group.
fn column<I: Target>(group: &str, n: usize) -> usize {
    I::r1cs().columns(group).unwrap_or_else(|| panic!("no group is called `{group}`")).nth(n).unwrap()
}

/// The output of a hash is a combination of its last S-boxes. What to force on the last of them if the hash's constraints
/// are gone, so that the first use of the output changes to what is asked for: given are the value that the use has
/// and, with `wanted`, the one that it should have.
///
/// A use is the left factor of the first constraint behind the hash's group in which the output stands.
fn other_output<I: Target>(claim: &(I, I::Witness), group: &str, wanted: impl FnOnce(Fr) -> Fr) -> Vec<(usize, Fr)> {
    let r1cs = I::r1cs();
    let harness = Harness::honest(r1cs, &claim.0, &claim.1).unwrap();
    let group = r1cs.groups.iter().find(|other| other.name == group).unwrap();
    let last = group.columns.end - 1;
    let mut uses = r1cs.a[group.rows.end..].iter();
    let (usage, coefficient) = uses
        .find_map(|row| row.iter().find(|(_, column)| *column == last).map(|(coefficient, _)| (row, coefficient)))
        .unwrap();
    let value = usage.iter().map(|(coefficient, column)| harness.get(*column) * coefficient).sum();
    vec![(last, harness.get(last) + (wanted(value) - value) / coefficient)]
}

/// A difference that is enforced to be zero becomes zero.
fn no_difference(_: Fr) -> Fr {
    Fr::from(0_u64)
}

/// A path whose lower `levels` are of the one, all others of the other.
fn spliced(lower: &MerklePath, upper: &MerklePath, levels: usize) -> MerklePath {
    let mut children = *upper.children();
    children[..levels].copy_from_slice(&lower.children()[..levels]);
    MerklePath::new(upper.index(), children)
}

/// Another leaf on the path of one that is in the tree: up to some level the way is the other leaf's own, and there the
/// position is no whole number but such that what lies between two children is the node of that way.
fn between(path: &MerklePath, kind: TreeKind, leaf: Fr, level: usize) -> (MerklePath, Fr) {
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

/// Runs all forgeries and says which groups have none.
fn survivors<I: Target>(forgeries: &[Forgery<I>]) -> Vec<&'static str> {
    forgeries.iter().for_each(Forgery::assert_only_the_group_refuses);
    let groups = I::r1cs().groups.iter().filter(|group| !group.rows.is_empty());
    let survives = |name: &&str| !forgeries.iter().any(|forgery| forgery.group == **name);
    let survivors: Vec<&str> = groups.clone().map(|group| group.name.as_str()).filter(survives).collect();
    let all = groups.count();
    println!("{}: {} of {all} deletions are noticed", I::ID, all - survivors.len());
    survivors
}

fn standing<const S: usize>() -> Vec<Forgery<StandingInstance<S>>> {
    [member::forgeries(), slots::forgeries(), rules::forgeries()].into_iter().flatten().collect()
}

#[test]
fn every_group_of_membership_is_needed() {
    assert_eq!(survivors(&member::forgeries::<MembershipInstance>()), [""; 0]);
}

#[test]
fn every_group_of_standing_3_is_needed() {
    assert_eq!(survivors(&standing::<3>()), [""; 0]);
}

#[test]
fn every_group_of_standing_8_is_needed() {
    assert_eq!(survivors(&standing::<8>()), [""; 0]);
}

#[test]
fn every_group_of_merge_6_is_needed() {
    assert_eq!(survivors(&merge::forgeries()), [""; 0]);
}
