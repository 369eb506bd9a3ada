//! More of what a prover may try who puts any value on any wire and is consistent about all the others, beside the one
//! forgery for each group in `deletion`.

use aiq_circuits::{
    Fr,
    constraints::harness::Harness,
    credential::{Attributes, CredentialKind},
    identity::Secret,
    statement::Statement,
};
use ark_ff::{AdditiveGroup, Field};

use super::notes::{BALANCE, Merge, Notes, REWARD};
use crate::fixture::{AS_OF, MERGE_6, some};

/// The column of the n-th variable of a group.
fn column(group: &str, n: usize) -> usize {
    MERGE_6.columns(group).unwrap_or_else(|| panic!("no group is called `{group}`")).nth(n).unwrap()
}

/// Only these groups refuse the forgery: with them it fails, without them everything holds.
fn refused_only_by((instance, witness): &Merge, forced: &[(usize, Fr)], groups: &[&str]) {
    let mut harness = Harness::forcing(&MERGE_6, instance, witness, forced.iter().copied()).unwrap();
    assert_eq!(harness.unsatisfied_groups(), groups);
    for group in groups {
        harness.delete_group(group);
    }
    assert!(harness.is_satisfied());
}

const BITS_1: &str = "§5.4.3 slot 1: attribute bits";
const SUM: &str = "§5.4.4 sum";

/// Where the fields of the attributes begin among their bits.
const KIND: usize = 32;
const WEIGHT: usize = 40;
const EXPIRES_AT: usize = 56;
const ISSUED_AT: usize = 88;

/// A number of a field's units, as one on the lowest bit of the moment of issue: nothing else looks at that.
fn as_moments(number: Fr, field: usize) -> Fr {
    number * Fr::from(1_u128 << (ISSUED_AT - field)).inverse().unwrap()
}

/// The value of an attribute's bit in the first slot of an honest merge.
fn bit(attributes: &Attributes, n: usize) -> Fr {
    use ark_ff::{BigInteger, PrimeField};
    Fr::from(attributes.pack().into_bigint().get_bit(n))
}

mod used {
    use super::*;

    fn used(slot: usize) -> usize {
        column(&format!("§5.4.3 slot {slot}: used"), 0)
    }

    /// Twice, minus once, half: the sum follows, and all that refuses is that `used` is a bit.
    #[test]
    fn is_zero_or_one_in_every_slot() {
        let half = Fr::from(2_u64).inverse().unwrap();
        for slot in 1..=6 {
            for (used_so, stated) in [(Fr::from(2_u64), 70), (-Fr::ONE, 40), (half, 55)] {
                let mut notes = Notes::full();
                notes.balance.weight = stated;
                let merge = notes.merge();
                assert!(merge.0.check(&merge.1).is_err());
                let group = format!("§5.4.3 slot {slot}: used");
                refused_only_by(&merge, &[(used(slot), used_so)], &[&group]);
            }
        }
    }

    /// A slot that is not used weighs nothing, whatever its bits say.
    #[test]
    fn a_dummy_carries_no_weight() {
        let mut notes = Notes::of(&[REWARD, REWARD]);
        let bits = "§5.4.3 slot 6: attribute bits";
        let weight = [(column(bits, WEIGHT + 1), Fr::ONE), (column(bits, WEIGHT + 3), Fr::ONE)];
        refused_only_by(&notes.merge(), &weight, &[]);
        notes.balance.weight += 10;
        refused_only_by(&notes.merge(), &weight, &[SUM]);
    }

    /// A dummy that claims to be used has to be a note.
    #[test]
    fn a_dummy_is_no_note() {
        let merge = Notes::of(&[REWARD, REWARD]).merge();
        let groups: Vec<String> = ["path level 0: selection", "credentials root", "domain", "expiry", "kind"]
            .map(|rule| format!("§5.4.3 slot 6: {rule}"))
            .into();
        let harness = Harness::forcing(&MERGE_6, &merge.0, &merge.1, [(used(6), Fr::ONE)]).unwrap();
        let refusing = harness.unsatisfied_groups();
        for group in groups {
            assert!(refusing.contains(&group.as_str()), "{group} is not among {refusing:?}");
        }
    }

    /// Nor can it show the spend nullifier of a note that is somebody else's, and so spoil it.
    #[test]
    fn a_dummy_spends_nothing_of_anybody_elses() {
        let notes = Notes::of(&[REWARD, REWARD]);
        let merge = notes.merge();
        let theirs = Secret::new(some("another secret")).spend_nullifier(&notes.held[0].id);
        let input = (column("public inputs", 2 + 5), *theirs.as_field());
        refused_only_by(&merge, &[input], &["§5.4.2 slot 6: spend nullifier"]);
    }
}

/// Weight p − 2^16, taken from the moment of issue: the sum wraps, and only bits that are none give it away.
#[test]
fn weights_that_wrap_are_no_weights() {
    let mut notes = Notes::of(&[REWARD, REWARD]);
    notes.held[0].attributes.weight = 2;
    notes.held[1].attributes.weight = u16::MAX;
    notes.balance.weight = 1;
    let taken = -Fr::from(1_u64 << 16);
    let issued = bit(&notes.held[0].attributes, ISSUED_AT);
    let forced = [(column(BITS_1, WEIGHT), taken), (column(BITS_1, ISSUED_AT), issued - as_moments(taken, WEIGHT))];
    refused_only_by(&notes.merge(), &forced, &[BITS_1]);
}

/// A note that expires sooner, its expiry filled up from its moment of issue.
#[test]
fn expiry_is_not_filled_up_from_another_field() {
    let mut notes = Notes::full();
    notes.held[0].attributes.expires_at = (AS_OF + 7) & !1;
    let missing = Fr::from(notes.balance.expires_at - notes.held[0].attributes.expires_at);
    let issued = bit(&notes.held[0].attributes, ISSUED_AT);
    let forced =
        [(column(BITS_1, EXPIRES_AT), missing), (column(BITS_1, ISSUED_AT), issued - as_moments(missing, EXPIRES_AT))];
    refused_only_by(&notes.merge(), &forced, &[BITS_1]);
}

/// A credential passed off as a reward note: what its kind lacks is taken from its moment of issue.
#[test]
fn a_credential_does_not_pass_for_a_note() {
    let mut notes = Notes::full();
    notes.held[0].attributes.kind = CredentialKind::new(0);
    let issued = bit(&notes.held[0].attributes, ISSUED_AT);
    let forced = [
        (column(BITS_1, KIND + 7), Fr::ONE),
        (column(BITS_1, ISSUED_AT), issued - as_moments(Fr::from(1_u64 << 7), KIND)),
    ];
    refused_only_by(&notes.merge(), &forced, &[BITS_1]);
}

/// A balance note passed off as a reward note, to be merged alone with nothing.
#[test]
fn a_balance_note_does_not_pass_for_a_reward_note() {
    let notes = Notes::of(&[BALANCE]);
    let issued = bit(&notes.held[0].attributes, ISSUED_AT);
    let forced = [(column(BITS_1, KIND), Fr::ZERO), (column(BITS_1, ISSUED_AT), issued + as_moments(Fr::ONE, KIND))];
    refused_only_by(&notes.merge(), &forced, &[BITS_1]);
}

/// Public inputs that no balance packs to.
mod malformed_balances {
    use super::*;

    /// Forces the public input and the bits to a number.
    fn forced(packed: u128) -> Vec<(usize, Fr)> {
        let bits = (0..Attributes::BITS).map(|n| (column("§5.4.1 balance: bits", n), Fr::from(packed >> n & 1)));
        bits.chain([(column("public inputs", 1), Fr::from(packed))]).collect()
    }

    /// With kind 0 the new leaf would count as a credential.
    #[test]
    fn another_kind_is_no_balance() {
        let merge = Notes::full().merge();
        for kind in [0x00, 0x01, 0x80, 0x82, 0xff_u8] {
            let other = Attributes { kind: CredentialKind::new(kind), ..Notes::full().balance };
            let packed = u128::from(other.domain.to_u32())
                | u128::from(kind) << 32
                | u128::from(other.weight) << 40
                | u128::from(other.expires_at) << 56
                | u128::from(other.issued_at) << 88;
            assert_eq!(Fr::from(packed), other.pack());
            refused_only_by(&merge, &forced(packed), &["§5.4.1 balance: kind"]);
        }
    }

    #[test]
    fn more_than_120_bits_do_not_unpack() {
        let merge = Notes::full().merge();
        let honest = Notes::full().balance.pack();
        for more in [Fr::from(1_u128 << 120), -Fr::ONE, some("more")] {
            let input = (column("public inputs", 1), honest + more);
            refused_only_by(&merge, &[input], &["§5.4.1 balance: unpacks"]);
        }
    }

    /// Weight 2^16 and more: 16 bits say less, and what is above them is another field's.
    #[test]
    fn a_weight_of_seventeen_bits_is_another_expiry() {
        let mut notes = Notes::of(&[REWARD, REWARD]);
        notes.held.iter_mut().for_each(|held| held.attributes.weight = 1 << 15);
        notes.balance.weight = 1;
        let packed = Attributes { weight: 0, ..notes.balance }.pack() + Fr::from(1_u128 << (WEIGHT + 16));
        let input = (column("public inputs", 1), packed);
        refused_only_by(&notes.merge(), &[input], &["§5.4.1 balance: unpacks", SUM]);
    }
}
