//! What is refused before there is a statement: in public, without a witness.

use aiq_circuits::{
    constraints::harness::Harness,
    credential::{Attributes, CredentialKind},
    identity::Secret,
    merge::{MergeError, MergeInstance, MergeSlot, MergeWitness, SLOTS},
    statement::{RuleError, Statement},
};
use rand::{SeedableRng, rngs::StdRng};

use super::notes::{BALANCE, Notes, REWARD, message, refusal};
use crate::fixture::{MERGE_6, some};

/// Rule 8, for any two slots: in the circuit nothing keeps a note from standing in both.
#[test]
fn a_note_in_two_slots_is_refused_by_the_instance_and_by_nothing_else() {
    for second in 1..SLOTS {
        for first in 0..second {
            let mut notes = Notes::full();
            notes.slots[second] = notes.slots[first];
            let witness = notes.witness();
            let refused = MergeError::SpentTwice { first: first + 1, second: second + 1 };
            assert_eq!(notes.instance(&witness), Err(refused));

            // The same witness for an instance of which one input is then put to what the slot spends.
            let mut spends = witness.spends();
            spends[second] = Notes::full().witness().spends()[second];
            let (root, tag) = (notes.tree().root(), witness.tag());
            let instance = MergeInstance::new(root, notes.balance, spends, tag, message()).unwrap();
            assert_eq!(instance.check(&witness), Err(RuleError::WrongSpend { slot: second + 1 }));
            let input = (1 + 2 + second, *witness.spends()[second].as_field());
            let harness = Harness::forcing(&MERGE_6, &instance, &witness, [input]).unwrap();
            assert!(harness.is_satisfied());
        }
    }
}

/// Ids are unique in a deployment; if two leaves had one, only one of them could ever be spent.
#[test]
fn two_notes_of_one_id_are_one_to_spend() {
    let mut notes = Notes::full();
    notes.held[4].id = notes.held[1].id;
    assert_eq!(notes.instance(&notes.witness()), Err(MergeError::SpentTwice { first: 2, second: 5 }));
}

#[test]
fn a_dummy_that_repeats_a_note_or_a_dummy_is_refused() {
    let notes = Notes::of(&[REWARD, REWARD]);
    for (slot, of) in [(2, 1), (5, 3)] {
        let mut witness = notes.witness();
        witness.slots[slot] = MergeSlot::Dummy(*witness.slots[of].id());
        let (first, second) = (of.min(slot) + 1, of.max(slot) + 1);
        assert_eq!(notes.instance(&witness), Err(MergeError::SpentTwice { first, second }));
    }
}

#[test]
fn the_new_note_is_a_balance_note_and_weighs_something() {
    let notes = Notes::full();
    let witness = notes.witness();
    let with = |balance| Notes { balance, ..notes.clone() }.instance(&witness);
    for kind in [0x00, 0x01, 0x7f, 0x80, 0x82, 0xff] {
        let balance = Attributes { kind: CredentialKind::new(kind), ..notes.balance };
        assert_eq!(with(balance), Err(MergeError::NotABalanceNote { kind }));
    }
    assert_eq!(with(Attributes { weight: 0, ..notes.balance }), Err(MergeError::NoWeight));
    assert!(with(notes.balance).is_ok());
}

#[test]
fn public_inputs_stand_in_the_order_of_the_protocol() {
    let notes = Notes::of(&[REWARD, BALANCE]);
    let (instance, witness) = notes.merge();
    let mut expected = vec![*notes.tree().root().as_field(), notes.balance.pack()];
    expected.extend(witness.spends().map(|spend| *spend.as_field()));
    expected.extend([*witness.tag().as_field(), *message().as_field()]);
    assert_eq!(instance.public_inputs().values(), expected);
}

/// Slots that are left get ids that nothing has, others each time, and nothing tells where the notes are.
#[test]
fn a_witness_fills_and_shuffles_its_slots() {
    let notes = Notes::of(&[REWARD, REWARD]);
    let held: Vec<_> = notes.witness().slots.iter().filter_map(|slot| slot.note().cloned()).collect();
    let mut rng = StdRng::seed_from_u64(5);
    let mut witness = |held: &[_]| {
        let MergeWitness { secret, tag_randomness, .. } = notes.witness();
        MergeWitness::new(secret, tag_randomness, held.to_vec(), &mut rng)
    };
    let mut arrangements = Vec::new();
    let mut dummies = Vec::new();
    for _ in 0..100 {
        let witness = witness(&held).unwrap();
        assert_eq!(refusal(&(notes.instance(&witness).unwrap(), witness.clone())), None);
        let used: Vec<bool> = witness.slots.iter().map(|slot| slot.note().is_some()).collect();
        arrangements.push(used);
        dummies.extend(witness.slots.iter().filter(|slot| slot.note().is_none()).map(|slot| *slot.id()));
    }
    arrangements.sort_unstable();
    arrangements.dedup();
    assert_eq!(arrangements.len(), 15, "two of six slots in every way");
    dummies.sort_unstable();
    dummies.dedup();
    assert_eq!(dummies.len(), 400, "no id twice");

    let seven = vec![held[0].clone(); SLOTS + 1];
    assert!(matches!(witness(&seven), Err(RuleError::TooManyNotes { given: 7 })));
}

#[test]
fn debug_output_shows_neither_secrets_nor_which_notes() {
    let notes = Notes::of(&[REWARD, BALANCE]);
    let text = format!("{:?}", notes.witness());
    let secret = Secret::new(some("secret"));
    for shown in [*secret.as_field(), *notes.held[0].id.as_field(), *notes.held[0].tag_randomness.as_field()] {
        assert!(!text.contains(&aiq_circuits::wire::fr_to_hex(&shown)[2..]), "{text}");
    }
    assert!(!text.contains("Note") && !text.contains("Dummy"), "{text}");
}
