//! §5.4 as constraints.
//!
//! Every slot has the same constraints, and each says what it spends. A slot that is not used has an id of the prover's
//! choice, zeroes for the rest of a note and a path that leads nowhere; `used = 0` then takes the rules about the note
//! away.

use ark_ff::AdditiveGroup;

use super::{MergeInstance, MergeSlot, MergeWitness, SLOTS};
use crate::{
    Fr,
    constraints::{
        Synthesis, SynthesisError, Synthesise, Wire,
        bits::{enforce_range, pack},
        poseidon,
    },
    credential::CredentialKind,
    hash::HashName,
    slot::constraints::{AttributeWires, SlotWires, unused_slot},
    statement::Statement,
};

impl Synthesise for MergeInstance {
    fn synthesise(synthesis: &mut Synthesis, values: Option<(&Self, &MergeWitness)>) -> Result<(), SynthesisError> {
        // Inputs.
        let public_inputs = values.map(|(instance, _)| instance.public_inputs());
        let public = synthesis.inputs::<{ 4 + SLOTS }>(Self::ID, public_inputs.as_ref())?;
        let [credentials_root, packed_balance, spends @ .., tag, _message] = public;

        // Witnesses.
        synthesis.group(format_args!("owner: secret"));
        let secret = synthesis.witness(values.map(|(_, witness)| *witness.secret.as_field()))?;
        synthesis.group(format_args!("owner: tag randomness"));
        let tag_randomness = synthesis.witness(values.map(|(_, witness)| *witness.tag_randomness.as_field()))?;
        synthesis.group(format_args!("§5.4.1 balance: bits"));
        let balance = AttributeWires::witness(synthesis, values.map(|(instance, _)| &instance.balance))?;
        let slots = (0..SLOTS)
            .map(|k| slot(synthesis, k + 1, values.map(|(_, witness)| &witness.slots[k])))
            .collect::<Result<Vec<_>, _>>()?;

        // 1. The balance unpacks, to a balance note.
        enforce_balance(synthesis, &balance, &packed_balance)?;

        // 2. Each slot, used or not, shows what it spends.
        for ((number, slot), spend) in (1..).zip(&slots).zip(&spends) {
            synthesis.group(format_args!("§5.4.2 slot {number}: spend nullifier"));
            let pair = [secret.clone(), slot.id.clone()];
            let computed = poseidon::hash(synthesis, HashName::Spend, &pair)?;
            synthesis.enforce_equal(&computed, spend)?;
        }

        // 3. Each used slot holds a note of the owner's, of the balance's domain and expiry.
        for slot in &slots {
            slot.enforce_leaf(synthesis, &secret, &credentials_root)?;
            enforce_note(synthesis, slot, &balance)?;
        }

        // 4. The balance weighs what the notes weigh.
        enforce_sum(synthesis, &slots, &balance)?;

        // 5. At least two notes, or one reward note.
        enforce_merging(synthesis, &slots)?;

        // 6. `tag = H_tag(s, ρ)`. Rule 7, the message, binds by being a public input; rule 8 is the instance's.
        synthesis.group(format_args!("§5.4.6 tag"));
        let computed = poseidon::hash(synthesis, HashName::Tag, &[secret, tag_randomness])?;
        synthesis.enforce_equal(&computed, &tag)
    }
}

/// Allocates a slot.
fn slot(synthesis: &mut Synthesis, number: usize, held: Option<&MergeSlot>) -> Result<SlotWires, SynthesisError> {
    let unused = held.map(|held| unused_slot(*held.id()));
    let note = held.and_then(MergeSlot::note).or(unused.as_ref());
    SlotWires::witness(synthesis, format!("§5.4.3 slot {number}"), held.map(|held| held.note().is_some()), note)
}

fn enforce_balance(synthesis: &mut Synthesis, balance: &AttributeWires, public: &Wire) -> Result<(), SynthesisError> {
    synthesis.group(format_args!("§5.4.1 balance: unpacks"));
    let packed = balance.pack(synthesis);
    synthesis.enforce_equal(&packed, public)?;
    synthesis.group(format_args!("§5.4.1 balance: kind"));
    let kind = pack(synthesis, balance.kind());
    let balance_note = synthesis.constant(Fr::from(CredentialKind::BALANCE_NOTE.code()));
    synthesis.enforce_equal(&kind, &balance_note)
}

/// `used · (domain − balance's domain) = 0`, the same for the expiry, and `used · (kind without its lowest bit − 0x80) = 0`:
/// 0x80 and 0x81 are the two notes.
fn enforce_note(synthesis: &mut Synthesis, slot: &SlotWires, balance: &AttributeWires) -> Result<(), SynthesisError> {
    let attributes = &slot.attributes;
    slot.group(synthesis, "domain");
    let [found, expected] = [attributes, balance].map(|attributes| pack(synthesis, attributes.domain()));
    synthesis.enforce_equal_if(&slot.used, &found, &expected)?;
    slot.group(synthesis, "expiry");
    let [found, expected] = [attributes, balance].map(|attributes| pack(synthesis, attributes.expires_at()));
    synthesis.enforce_equal_if(&slot.used, &found, &expected)?;
    slot.group(synthesis, "kind");
    let upper_bits = pack(synthesis, &attributes.kind()[1..]);
    let of_notes = synthesis.constant(Fr::from(CredentialKind::REWARD_NOTE.code() >> 1));
    synthesis.enforce_equal_if(&slot.used, &upper_bits, &of_notes)
}

/// `Σ used · weight = weight`. Six weights of 16 bits stay far below the field's size.
fn enforce_sum(synthesis: &mut Synthesis, slots: &[SlotWires], balance: &AttributeWires) -> Result<(), SynthesisError> {
    synthesis.group(format_args!("§5.4.4 sum"));
    let mut weights = Vec::with_capacity(slots.len());
    for slot in slots {
        let weight = pack(synthesis, slot.attributes.weight());
        weights.push(synthesis.product(&weight, &slot.used)?);
    }
    let sum = synthesis.sum(&weights);
    let stated = pack(synthesis, balance.weight());
    synthesis.enforce_equal(&sum, &stated)
}

/// `Σ used · (1 + [kind = 0x80]) − 2` is a number of four bits: a reward note counts twice, a balance note, whose kind has
/// its lowest bit set, once, and six slots at most 12.
fn enforce_merging(synthesis: &mut Synthesis, slots: &[SlotWires]) -> Result<(), SynthesisError> {
    synthesis.group(format_args!("§5.4.5 at least two notes or one reward note"));
    let mut counted = synthesis.constant(Fr::ZERO);
    for slot in slots {
        let balance_note = synthesis.product(&slot.used, &slot.attributes.kind()[0])?;
        counted = &(&counted + &(&slot.used * Fr::from(2_u64))) - &balance_note;
    }
    let least = synthesis.constant(Fr::from(2_u64));
    enforce_range(synthesis, &(&counted - &least), 4)
}
