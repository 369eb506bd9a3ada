//! §5.2 rule 5, and the rules 7 and 8 about all slots together.

use aiq_circuits::{Fr, credential::CredentialKind, requirement::Requirement, standing::StandingInstance};

use super::{Forgery, column};
use crate::fixture::{Case, r1cs};

pub(super) fn forgeries<const S: usize>() -> Vec<Forgery<StandingInstance<S>>> {
    let mut forgeries = of_the_requirement();
    forgeries.extend(of_the_slots());
    forgeries.extend(of_the_sums());
    forgeries
}

/// A requirement of nothing at all.
fn nothing() -> Requirement {
    Requirement { domain: "any".parse().unwrap(), min_count: 0, min_weight: 0, as_of: 0 }
}

/// Public inputs that no `Requirement` packs to, or bits that are none.
fn of_the_requirement<const S: usize>() -> Vec<Forgery<StandingInstance<S>>> {
    let column = column::<StandingInstance<S>>;
    let bits = "§5.2.5 requirement: bits";
    let input = column("public inputs", 2);

    // 250 credentials for 6 less than none, against one more of weight: the packed requirement stays.
    let mut case = Case::new(1);
    case.requirement.min_count = 250;
    case.requirement.min_weight = 8;
    let forced = vec![(column(bits, 36), -Fr::from(256_u64)), (column(bits, 44), Fr::from(1_u64))];
    let not_bits = Forgery::new(bits, case.standing(), forced);

    // Of 3 credentials more than there are, the bits say nothing.
    let mut case = Case::new(1);
    case.requirement.min_count = 4;
    let nothing_of_it = (36..44).map(|n| (column(bits, n), Fr::from(0_u64))).collect();
    let other_bits = Forgery::new("§5.2.5 requirement: unpacks", case.standing(), nothing_of_it);

    // Prefix lengths 1 and 2 at once would count the first level twice: 1.8 would pass for 2.8.
    let mut case = Case::new(1);
    case.requirement = nothing();
    case.held[0].attributes.domain = "1.8.0.0".parse().unwrap();
    let packed: u128 = 0x0208_0000 | 0b0011 << 32;
    let forced = (0..Requirement::BITS).map(|n| (column(bits, n), Fr::from(packed >> n & 1)));
    let forced = forced.chain([(input, Fr::from(packed))]).collect();
    let two_lengths = Forgery::on_wires("§5.2.5 requirement: one prefix length", case.standing(), forced);
    vec![not_bits, other_bits, two_lengths]
}

fn of_the_slots<const S: usize>() -> Vec<Forgery<StandingInstance<S>>> {
    let full = || Case::new(u8::try_from(S).unwrap());

    // A hole in front: rule 7 compares ids on the strength of the later slot's being used only.
    let mut case = full();
    case.requirement = nothing();
    let first = column::<StandingInstance<S>>("§5.2.6 credential 1: used", 0);
    let hole = vec![(first, Fr::from(0_u64))];
    let mut forgeries = vec![Forgery::on_wires("§5.2.7 used slots form a prefix", case.standing(), hole)];

    for later in 1..S {
        for earlier in 0..later {
            let mut case = full();
            case.shown[later] = case.shown[earlier];
            let group = format!("§5.2.7 credentials {} and {} differ", earlier + 1, later + 1);
            forgeries.push(Forgery::new(group, case.standing(), Vec::new()));
        }
    }

    let mut case = full();
    case.requirement.min_count -= 2;
    for held in &mut case.held[..2] {
        held.attributes.kind = CredentialKind::BALANCE_NOTE;
    }
    forgeries.push(Forgery::new("§5.2.7 at most one balance note", case.standing(), Vec::new()));
    forgeries
}

/// Differences below zero, put into the lowest of what should be their bits.
fn of_the_sums<const S: usize>() -> Vec<Forgery<StandingInstance<S>>> {
    let in_lowest = |group: &str, first: usize, difference: Fr| {
        let mut bits: Vec<_> = r1cs::<S>().columns(group).unwrap().map(|column| (column, Fr::from(0_u64))).collect();
        bits.drain(..first);
        bits[0].1 = difference;
        bits
    };
    let full = || Case::new(u8::try_from(S).unwrap());

    let mut case = full();
    case.requirement.min_count += 1;
    let group = "§5.2.8 count";
    let count = Forgery::new(group, case.standing(), in_lowest(group, 0, -Fr::from(1_u64)));

    let mut case = full();
    let held = Fr::from(case.requirement.min_weight);
    case.requirement.min_weight = u32::MAX;
    let group = "§5.2.8 weight";
    let weight = Forgery::new(group, case.standing(), in_lowest(group, S, held - Fr::from(u32::MAX)));
    vec![count, weight]
}
