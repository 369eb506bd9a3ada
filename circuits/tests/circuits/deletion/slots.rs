//! §5.2 rule 6, and the kinds of rule 7: a credential that its slot should not hold, in every slot.

use aiq_circuits::{
    Fr,
    credential::CredentialKind,
    identity::Secret,
    standing::{StandingInstance, StandingWitness},
};

use super::{Forgery, column, leaves::FalseLeaf, other_output};
use crate::fixture::{AS_OF, Case, Standing, some};

/// Where the fields of the attributes begin among their bits.
const WEIGHT: usize = 40;
const EXPIRES_AT: usize = 56;

/// A good credential in every slot.
fn full<const S: usize>() -> Case {
    Case::new(u8::try_from(S).unwrap())
}

pub(super) fn forgeries<const S: usize>() -> Vec<Forgery<StandingInstance<S>>> {
    (0..S).flat_map(|slot| [heavier(slot).forgeries(), of_the_credential(slot)]).flatten().collect()
}

/// Credentials as they are in the tree, but one has more weight.
fn heavier<const S: usize>(slot: usize) -> FalseLeaf<StandingInstance<S>> {
    let (instance, honest): Standing<S> = full::<S>().standing();
    let mut heavier = full::<S>();
    heavier.held[slot].attributes.weight = u16::MAX;
    let (_, own): Standing<S> = heavier.standing();
    FalseLeaf {
        slot: format!("§5.2.6 credential {}", slot + 1),
        leaf: heavier.held[slot].leaf(),
        honest: honest.credentials[slot].path.clone(),
        own: own.credentials[slot].path.clone(),
        claim: Box::new(move |path| {
            let mut witness: StandingWitness<S> = honest.clone();
            witness.credentials[slot].attributes = heavier.held[slot].attributes;
            witness.credentials[slot].path = path;
            (instance, witness)
        }),
    }
}

/// Credentials that are in the tree, one of them not good for this.
fn of_the_credential<const S: usize>(slot: usize) -> Vec<Forgery<StandingInstance<S>>> {
    let name = format!("§5.2.6 credential {}", slot + 1);
    let column = column::<StandingInstance<S>>;
    let mut forgeries = Vec::new();

    // Somebody else's, by an owner tag that is not the secret's.
    let mut case = full::<S>();
    case.held[slot].owner = Secret::new(some("another secret"));
    let foreign = case.held[slot].owner.tag(&case.held[slot].tag_randomness);
    let own = case.secret.tag(&case.held[slot].tag_randomness);
    let group = format!("{name}: owner tag");
    let claim = case.standing::<S>();
    let forced = other_output(&claim, &group, |usage| usage + foreign.as_field() - own.as_field());
    forgeries.push(Forgery::new(group, claim, forced));

    // Used twice over, in the last slot that is used: counts and weighs double.
    let mut case = Case::new(u8::try_from(slot + 1).unwrap());
    case.requirement.min_count += 1;
    case.requirement.min_weight += 10;
    case.held.iter_mut().for_each(|held| held.attributes.expires_at = AS_OF + 100);
    let group = format!("{name}: used");
    let forced = vec![(column(&group, 0), Fr::from(2_u64))];
    forgeries.push(Forgery::new(group, case.standing(), forced));

    // Weight 2^16 + 10: taken from the expiry next to it, so that the packed attributes, and with them the leaf, stay.
    let mut case = full::<S>();
    case.held[slot].attributes.expires_at = (AS_OF + 100) | 1;
    case.requirement.min_weight += 1 << 16;
    let group = format!("{name}: attribute bits");
    let forced = vec![(column(&group, WEIGHT), Fr::from(1_u64 << 16)), (column(&group, EXPIRES_AT), Fr::from(0_u64))];
    forgeries.push(Forgery::new(group, case.standing(), forced));

    let mut case = full::<S>();
    case.held[slot].attributes.domain = "1.6.2.9".parse().unwrap();
    forgeries.push(Forgery::new(format!("{name}: domain"), case.standing(), Vec::new()));

    // Expired just now: −1 second left, put into the lowest of its 32 bits, behind the column of the difference.
    let mut case = full::<S>();
    case.held[slot].attributes.expires_at = AS_OF;
    let group = format!("{name}: expiry");
    let mut forced: Vec<_> = (1..33).map(|n| (column(&group, n), Fr::from(0_u64))).collect();
    forced[0].1 = -Fr::from(1_u64);
    forgeries.push(Forgery::new(group, case.standing(), forced));

    let mut case = full::<S>();
    case.held[slot].attributes.kind = CredentialKind::REWARD_NOTE;
    case.requirement.min_count -= 1;
    forgeries.push(Forgery::new(format!("§5.2.7 credential {}: kind", slot + 1), case.standing(), Vec::new()));
    forgeries
}
