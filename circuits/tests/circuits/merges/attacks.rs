//! What an owner of notes may try with values of the right types: the circuit and the native `check` refuse alike, the
//! circuit in the constraints of the rule.

use aiq_circuits::{
    credential::CredentialKind,
    identity::{Secret, TagRandomness},
    merge::{MergeInstance, MergeSlot, SLOTS},
    statement::{RuleError, Statement},
    tree::{CredentialsRoot, DEPTH, MerklePath},
};

use super::notes::{BALANCE, Merge, Notes, REWARD, message, note, refusal};
use crate::fixture::{Case, some};

const SUM: &str = "§5.4.4 sum";
const NOTHING_TO_MERGE: &str = "§5.4.5 at least two notes or one reward note";

/// Both refuse, the check with this rule.
fn refused_by_rule(merge: &Merge, rule: RuleError, group: &str) {
    assert_eq!(merge.0.check(&merge.1), Err(rule));
    assert_eq!(refusal(merge), Some(group));
}

/// Whatever slots are used, one reward note is enough, and one balance note is not.
#[test]
fn any_pattern_of_slots_merges_two_notes_or_one_reward_note() {
    for (kind, least) in [(REWARD, 1), (BALANCE, 2)] {
        for pattern in 1..1_u32 << SLOTS {
            let mut notes = Notes::of(&[kind; SLOTS]);
            notes.slots = core::array::from_fn(|k| (pattern >> k & 1 == 1).then_some(k));
            notes.sum_up();
            let merge = notes.merge();
            if pattern.count_ones() >= least {
                assert_eq!(refusal(&merge), None, "{pattern:06b}");
            } else {
                refused_by_rule(&merge, RuleError::NothingToMerge, NOTHING_TO_MERGE);
            }
        }
    }
}

#[test]
fn a_reward_note_and_a_balance_note_merge() {
    assert_eq!(refusal(&Notes::of(&[BALANCE, REWARD]).merge()), None);
    assert_eq!(refusal(&Notes::of(&[REWARD, BALANCE, BALANCE, REWARD]).merge()), None);
}

/// Of nothing there is no balance: the sum would have to be 0, which no instance says.
#[test]
fn refuses_to_make_a_balance_of_nothing() {
    let mut notes = Notes::full();
    notes.slots = [None; SLOTS];
    notes.balance.weight = 10;
    refused_by_rule(&notes.merge(), RuleError::WrongSum { sum: 0, stated: 10 }, SUM);
}

#[test]
fn refuses_a_sum_that_is_off_by_one() {
    for stated in [59, 61, 1, u16::MAX] {
        let mut notes = Notes::full();
        notes.balance.weight = stated;
        refused_by_rule(&notes.merge(), RuleError::WrongSum { sum: 60, stated }, SUM);
    }
}

/// Up to 65,535; what lies above is not taken modulo 2^16.
#[test]
fn a_sum_fits_into_sixteen_bits_or_is_refused() {
    let mut notes = Notes::of(&[REWARD, REWARD]);
    notes.held[0].attributes.weight = u16::MAX - 3;
    for (weight, sum) in [(3, None), (4, Some(65_536)), (13, Some(65_545)), (u16::MAX, Some(131_067))] {
        notes.held[1].attributes.weight = weight;
        // What 16 bits of the sum would be, and the largest balance that there is.
        for stated in [(u16::MAX - 3).wrapping_add(weight).max(1), u16::MAX] {
            notes.balance.weight = stated;
            match sum {
                None => assert_eq!(refusal(&notes.merge()), None),
                Some(sum) => refused_by_rule(&notes.merge(), RuleError::SumTooLarge { sum }, SUM),
            }
        }
    }
    let mut heaviest = Notes::full();
    heaviest.held.iter_mut().for_each(|held| held.attributes.weight = u16::MAX);
    refused_by_rule(&heaviest.merge(), RuleError::SumTooLarge { sum: 6 * 65_535 }, SUM);
}

#[test]
fn notes_of_no_weight_merge_with_others() {
    let mut notes = Notes::of(&[REWARD, BALANCE]);
    notes.held[0].attributes.weight = 0;
    notes.sum_up();
    assert_eq!(refusal(&notes.merge()), None);
}

/// In every slot, and whichever of the two is the other's neighbour in the tree of domains.
#[test]
fn refuses_notes_of_another_domain() {
    for slot in 0..SLOTS {
        for domain in ["1.7.2.0", "1.7.0.0", "0.0.0.0", "1.7.2.8", "1.7.3.9", "2.7.2.9", "9.2.7.1"] {
            let mut notes = Notes::full();
            notes.held[slot].attributes.domain = domain.parse().unwrap();
            let (found, expected) = (notes.held[slot].attributes.domain, notes.balance.domain);
            let rule = RuleError::NoteOfOtherDomain { slot: slot + 1, found, expected };
            refused_by_rule(&notes.merge(), rule, &format!("§5.4.3 slot {}: domain", slot + 1));
        }
    }
    // Nor can the balance be moved to the area above.
    let mut notes = Notes::full();
    notes.balance.domain = "1.7.0.0".parse().unwrap();
    assert_eq!(refusal(&notes.merge()), Some("§5.4.3 slot 1: domain"));
}

/// Merging neither prolongs a note nor carries one that expires sooner.
#[test]
fn refuses_notes_of_another_expiry() {
    for slot in 0..SLOTS {
        for shift in [-1, 1] {
            let mut notes = Notes::full();
            let expires_at = notes.balance.expires_at.checked_add_signed(shift).unwrap();
            notes.held[slot].attributes.expires_at = expires_at;
            let expected = notes.balance.expires_at;
            let rule = RuleError::NoteOfOtherExpiry { slot: slot + 1, found: expires_at, expected };
            refused_by_rule(&notes.merge(), rule, &format!("§5.4.3 slot {}: expiry", slot + 1));
        }
    }
    let mut notes = Notes::full();
    notes.balance.expires_at = u32::MAX;
    assert_eq!(refusal(&notes.merge()), Some("§5.4.3 slot 1: expiry"));
    notes.held.iter_mut().for_each(|held| held.attributes.expires_at = u32::MAX);
    assert_eq!(refusal(&notes.merge()), None);
}

#[test]
fn refuses_credentials_and_unknown_kinds() {
    for kind in [0x00, 0x01, 0x7f, 0x82, 0x83, 0xc0, 0xff] {
        let mut notes = Notes::full();
        notes.held[3].attributes.kind = CredentialKind::new(kind);
        refused_by_rule(&notes.merge(), RuleError::NotANote { slot: 4, kind }, "§5.4.3 slot 4: kind");
    }
}

#[test]
fn when_notes_were_issued_does_not_matter() {
    let mut notes = Notes::full();
    for (issued_at, held) in [0, 1, 7, u32::MAX - 1, u32::MAX, 9].into_iter().zip(&mut notes.held) {
        held.attributes.issued_at = issued_at;
    }
    notes.balance.issued_at = 0;
    assert_eq!(refusal(&notes.merge()), None);
}

#[test]
fn refuses_a_note_of_another_owner() {
    for slot in 0..SLOTS {
        let mut notes = Notes::full();
        notes.held[slot].owner = Secret::new(some("another secret"));
        let rule = RuleError::NoteNotInTree { slot: slot + 1 };
        refused_by_rule(&notes.merge(), rule, &format!("§5.4.3 slot {}: path level 0: selection", slot + 1));
    }
}

#[test]
fn refuses_a_note_through_other_tag_randomness() {
    let mut merge = Notes::full().merge();
    note(&mut merge.1, 1).tag_randomness = TagRandomness::new(some("other"));
    assert_eq!(refusal(&merge), Some("§5.4.3 slot 2: path level 0: selection"));
}

/// An id that is not the leaf's would be another spend nullifier for the same note.
#[test]
fn refuses_a_note_under_another_id() {
    let notes = Notes::full();
    let mut witness = notes.witness();
    note(&mut witness, 0).id = notes.held[0].id;
    note(&mut witness, 5).id = aiq_circuits::credential::CredentialId::new(some("another id"));
    let merge = (notes.instance(&witness).unwrap(), witness);
    refused_by_rule(&merge, RuleError::NoteNotInTree { slot: 6 }, "§5.4.3 slot 6: path level 0: selection");
}

#[test]
fn refuses_spend_nullifiers_of_another_secret_scope_or_slot() {
    let notes = Notes::of(&[REWARD, REWARD, BALANCE]);
    let witness = notes.witness();
    let another = Secret::new(some("another secret"));
    for slot in 0..SLOTS {
        let id = *witness.slots[slot].id();
        let others = [
            another.spend_nullifier(&id).as_field().to_owned(),
            *notes.secret.nullifier(&aiq_circuits::scope::Scope::new(*id.as_field())).as_field(),
            *notes.secret.tag(&TagRandomness::new(*id.as_field())).as_field(),
            *id.as_field(),
        ];
        for other in others {
            let mut spends = witness.spends();
            spends[slot] = aiq_circuits::identity::SpendNullifier::new(other);
            let root = notes.tree().root();
            let instance = MergeInstance::new(root, notes.balance, spends, witness.tag(), message()).unwrap();
            let group = format!("§5.4.2 slot {}: spend nullifier", slot + 1);
            refused_by_rule(&(instance, witness.clone()), RuleError::WrongSpend { slot: slot + 1 }, &group);
        }
    }
    let mut spends = witness.spends();
    spends.swap(0, 5);
    let instance = MergeInstance::new(notes.tree().root(), notes.balance, spends, witness.tag(), message()).unwrap();
    assert_eq!(refusal(&(instance, witness)), Some("§5.4.2 slot 1: spend nullifier"));
}

#[test]
fn refuses_the_tag_of_another_secret_or_randomness() {
    let notes = Notes::full();
    let witness = notes.witness();
    let foreign = Secret::new(some("another secret")).tag(&witness.tag_randomness);
    let other = notes.secret.tag(&TagRandomness::new(some("other")));
    for tag in [foreign, other] {
        let instance =
            MergeInstance::new(notes.tree().root(), notes.balance, witness.spends(), tag, message()).unwrap();
        refused_by_rule(&(instance, witness.clone()), RuleError::WrongTag, "§5.4.6 tag");
    }
}

#[test]
fn refuses_notes_of_a_tree_of_ones_own() {
    let notes = Notes::full();
    let mut own = notes.clone();
    own.held.iter_mut().for_each(|held| held.attributes.weight = 1000);
    own.sum_up();
    let witness = own.witness();
    let instance =
        MergeInstance::new(notes.tree().root(), own.balance, witness.spends(), witness.tag(), message()).unwrap();
    refused_by_rule(&(instance, witness), RuleError::NoteNotInTree { slot: 1 }, "§5.4.3 slot 1: credentials root");
}

#[test]
fn refuses_the_members_root() {
    let notes = Notes::full();
    let witness = notes.witness();
    let root = CredentialsRoot::new(*Case::new(0).members().root().as_field());
    let instance = MergeInstance::new(root, notes.balance, witness.spends(), witness.tag(), message()).unwrap();
    assert_eq!(refusal(&(instance, witness)), Some("§5.4.3 slot 1: credentials root"));
}

/// Under the root that has the tombstone; under an earlier one the note is still there, which is why the service takes
/// the newest epoch only (§5.4).
#[test]
fn refuses_a_revoked_note() {
    let notes = Notes::full();
    let (honest, mut witness) = notes.merge();
    let mut tree = notes.tree();
    tree.bury(&[Notes::STRANGERS + 2]).unwrap();
    let later = MergeInstance::new(tree.root(), notes.balance, witness.spends(), witness.tag(), message()).unwrap();
    assert_eq!(refusal(&(later, witness.clone())), Some("§5.4.3 slot 1: credentials root"));
    for slot in 0..6 {
        note(&mut witness, slot).path = tree.path(Notes::STRANGERS + u32::try_from(slot).unwrap()).unwrap();
    }
    let rule = RuleError::NoteNotInTree { slot: 3 };
    refused_by_rule(&(later, witness), rule, "§5.4.3 slot 3: path level 0: selection");
    assert_eq!(refusal(&(honest, notes.witness())), None);
}

#[test]
fn refuses_an_empty_place_as_a_note() {
    let mut merge = Notes::full().merge();
    let path = &mut note(&mut merge.1, 5).path;
    *path = MerklePath::new(path.index() + 1, *path.children());
    assert_eq!(refusal(&merge), Some("§5.4.3 slot 6: path level 0: selection"));
}

/// A path of six levels, filled up at the bottom or at the top, is not one of seven: no internal node passes for a note.
#[test]
fn refuses_a_shorter_path() {
    let (instance, witness) = Notes::full().merge();
    let honest = witness.slots[0].note().unwrap().path.clone();
    let mut up = *honest.children();
    up.rotate_left(1);
    up[DEPTH - 1] = [*Notes::full().tree().root().as_field(); 8];
    let mut down = *honest.children();
    down.rotate_right(1);
    down[0] = honest.children()[0];
    for (index, children) in [(honest.index() >> 3, up), (honest.index() << 3, down)] {
        let mut witness = witness.clone();
        note(&mut witness, 0).path = MerklePath::new(index, children);
        assert!(refusal(&(instance, witness)).unwrap().starts_with("§5.4.3 slot 1: "));
    }
}

#[test]
fn refuses_an_index_outside_the_tree() {
    let mut merge = Notes::full().merge();
    let path = &mut note(&mut merge.1, 2).path;
    *path = MerklePath::new(path.index() | 1 << 21, *path.children());
    assert_eq!(refusal(&merge), Some("the witness does not fit the shape"));
}

/// A dummy takes away whatever its id is: its owner may burn a note, and only a note of their own.
#[test]
fn a_dummy_may_spend_a_note_of_ones_own_without_counting_it() {
    let notes = Notes::full();
    let mut fewer = notes.clone();
    fewer.slots[5] = None;
    fewer.sum_up();
    let mut witness = fewer.witness();
    witness.slots[5] = MergeSlot::Dummy(notes.held[5].id);
    let merge = (fewer.instance(&witness).unwrap(), witness);
    assert_eq!(refusal(&merge), None);
    assert_eq!(merge.1.spends(), notes.witness().spends());
}
