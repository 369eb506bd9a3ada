//! §5.4: a balance that is not the sum of notes of its owner's.

use aiq_circuits::{
    Fr,
    credential::{Attributes, CredentialKind},
    identity::{OwnerTag, Secret, SpendNullifier},
    merge::{MergeInstance, SLOTS},
};
use ark_ff::{BigInteger, Field, PrimeField};

use super::{Forgery, column, leaves::FalseLeaf, other_output};
use crate::{
    fixture::{Held, MERGE_6, some},
    merges::notes::{BALANCE, Merge, Notes, message, note},
};

/// Where the fields of the attributes begin among their bits.
const WEIGHT: usize = 40;
const ISSUED_AT: usize = 88;

pub(super) fn forgeries() -> Vec<Forgery<MergeInstance>> {
    let of_slots = (0..SLOTS).flat_map(|slot| [heavier(slot).forgeries(), of_the_note(slot)]).flatten();
    of_slots.chain(of_the_balance()).chain(of_the_whole()).collect()
}

fn bits_of(attributes: &Attributes) -> impl Iterator<Item = Fr> {
    let number = attributes.pack().into_bigint();
    (0..Attributes::BITS).map(move |n| Fr::from(number.get_bit(n)))
}

/// Bits of a weight one larger or smaller, and what makes up for it in the moment of issue, which no rule looks at: the
/// packed attributes stay.
fn other_weight(group: &str, attributes: &Attributes, more: Fr) -> Vec<(usize, Fr)> {
    let bits: Vec<Fr> = bits_of(attributes).collect();
    let as_moments = more * Fr::from(1_u64 << (ISSUED_AT - WEIGHT)).inverse().unwrap();
    [(WEIGHT, bits[WEIGHT] + more), (ISSUED_AT, bits[ISSUED_AT] - as_moments)]
        .map(|(n, value)| (column::<MergeInstance>(group, n), value))
        .into()
}

/// A balance of one more than the notes weigh.
fn one_too_many() -> Notes {
    let mut notes = Notes::full();
    notes.balance.weight += 1;
    notes
}

fn of_the_balance() -> Vec<Forgery<MergeInstance>> {
    let bits = "§5.4.1 balance: bits";
    let column = column::<MergeInstance>;

    // 61 in public, 60 for the sum.
    let notes = one_too_many();
    let forced = other_weight(bits, &notes.balance, -Fr::ONE);
    let not_bits = Forgery::new(bits, notes.merge(), forced);
    let honest = Notes::full().balance;
    let forced = bits_of(&honest).enumerate().map(|(n, bit)| (column(bits, n), bit)).collect();
    let other_bits = Forgery::new("§5.4.1 balance: unpacks", notes.merge(), forced);

    // A credential, which would count.
    let credential = Attributes { kind: CredentialKind::new(0x01), ..honest };
    let input = (column("public inputs", 1), credential.pack());
    let forced = bits_of(&credential).enumerate().map(|(n, bit)| (column(bits, n), bit)).chain([input]).collect();
    let other_kind = Forgery::on_wires("§5.4.1 balance: kind", Notes::full().merge(), forced);
    vec![not_bits, other_bits, other_kind]
}

/// Notes as they are in the tree, but one weighs one more.
fn heavier(slot: usize) -> FalseLeaf<MergeInstance> {
    let honest = Notes::full();
    let mut heavier = honest.clone();
    heavier.held[slot].attributes.weight += 1;
    heavier.sum_up();
    let path = |notes: &Notes| notes.witness().slots[slot].note().unwrap().path.clone();
    FalseLeaf {
        slot: format!("§5.4.3 slot {}", slot + 1),
        leaf: heavier.held[slot].leaf(),
        honest: path(&honest),
        own: path(&heavier),
        claim: Box::new(move |path| {
            let mut witness = heavier.witness();
            for other in 0..SLOTS {
                note(&mut witness, other).path = honest.witness().slots[other].note().unwrap().path.clone();
            }
            note(&mut witness, slot).path = path;
            let (root, balance) = (honest.tree().root(), heavier.balance);
            let claim = MergeInstance::new(root, balance, witness.spends(), witness.tag(), message()).unwrap();
            (claim, witness)
        }),
    }
}

/// Notes that are in the tree, one of them not good for this.
fn of_the_note(slot: usize) -> Vec<Forgery<MergeInstance>> {
    let name = format!("§5.4.3 slot {}", slot + 1);
    let with = |change: &dyn Fn(&mut Held)| -> (Notes, Merge) {
        let mut notes = Notes::full();
        change(&mut notes.held[slot]);
        (notes.clone(), notes.merge())
    };

    // Somebody else's, by an owner tag that is not the secret's.
    let (notes, claim) = with(&|held| held.owner = Secret::new(some("another secret")));
    let randomness = &notes.held[slot].tag_randomness;
    let [foreign, own] = [&notes.held[slot].owner, &notes.secret].map(|secret| *secret.tag(randomness).as_field());
    let group = format!("{name}: owner tag");
    let forced = other_output(&claim, &group, |usage| usage + foreign - own);
    let mut forgeries = vec![Forgery::new(group, claim, forced)];

    // Used twice over: weighs double.
    let mut notes = Notes::full();
    notes.balance.weight += 10;
    let group = format!("{name}: used");
    let forced = vec![(column::<MergeInstance>(&group, 0), Fr::from(2_u64))];
    forgeries.push(Forgery::new(group, notes.merge(), forced));

    // One more than it weighs.
    let notes = one_too_many();
    let group = format!("{name}: attribute bits");
    let forced = other_weight(&group, &notes.held[slot].attributes, Fr::ONE);
    forgeries.push(Forgery::new(group, notes.merge(), forced));

    for (rule, change) in [
        ("domain", (|held| held.attributes.domain = "1.7.2.0".parse().unwrap()) as fn(&mut Held)),
        ("expiry", |held| held.attributes.expires_at -= 1),
        ("kind", |held| held.attributes.kind = CredentialKind::new(0x01)),
    ] {
        forgeries.push(Forgery::new(format!("{name}: {rule}"), with(&change).1, Vec::new()));
    }

    // The note could be spent again.
    let (notes, witness) = (Notes::full(), Notes::full().witness());
    let mut spends = witness.spends();
    spends[slot] = SpendNullifier::new(some("another spend nullifier"));
    let other = MergeInstance::new(notes.tree().root(), notes.balance, spends, witness.tag(), message()).unwrap();
    forgeries.push(Forgery::new(format!("§5.4.2 slot {}: spend nullifier", slot + 1), (other, witness), Vec::new()));
    forgeries
}

fn of_the_whole() -> Vec<Forgery<MergeInstance>> {
    let sum = Forgery::new("§5.4.4 sum", one_too_many().merge(), Vec::new());

    // One balance note again and again: −1, put into the lowest of what should be the difference's bits, which stand
    // behind one variable for each slot.
    let group = "§5.4.5 at least two notes or one reward note";
    let bits = MERGE_6.columns(group).unwrap().skip(SLOTS).map(|column| (column, Fr::from(0_u64)));
    let mut forced: Vec<_> = bits.collect();
    forced[0].1 = -Fr::ONE;
    let alone = Forgery::new(group, Notes::of(&[BALANCE]).merge(), forced);

    // Given to somebody else.
    let (notes, witness) = (Notes::full(), Notes::full().witness());
    let tag: OwnerTag = Secret::new(some("another secret")).tag(&witness.tag_randomness);
    let given = MergeInstance::new(notes.tree().root(), notes.balance, witness.spends(), tag, message()).unwrap();
    vec![sum, alone, Forgery::new("§5.4.6 tag", (given, witness), Vec::new())]
}
