//! §5.2 as constraints, for 3 and for 8 slots.
//!
//! Every slot has the same constraints. A slot that is not used has zeroes for a credential and a path that leads
//! nowhere; `used = 0` then takes the rules about the credential away.

mod wires;

use ark_ff::{AdditiveGroup, Field};

use self::wires::{Public, RequirementWires};
use super::{StandingInstance, StandingWitness};
use crate::{
    Fr,
    constraints::{
        Synthesis, SynthesisError, Synthesise, Wire,
        bits::{enforce_boolean, enforce_range, pack},
    },
    credential::{CredentialId, CredentialKind},
    membership::constraints::{MemberInputs, MemberWires},
    slot::constraints::{SlotWires, unused_slot},
    statement::Statement,
};

impl<const S: usize> Synthesise for StandingInstance<S> {
    fn synthesise(
        synthesis: &mut Synthesis,
        values: Option<(&Self, &StandingWitness<S>)>,
    ) -> Result<(), SynthesisError> {
        if values.is_some_and(|(_, witness)| witness.credentials.len() > S) {
            return Err(SynthesisError::Unsatisfiable);
        }

        // Inputs.
        let public_inputs = values.map(|(instance, _)| instance.public_inputs());
        let public = Public::inputs(synthesis, Self::ID, public_inputs.as_ref())?;

        // Witnesses.
        let member = MemberWires::witness(synthesis, values.map(|(_, witness)| &witness.membership))?;
        let requirement = RequirementWires::witness(synthesis, values.map(|(instance, _)| &instance.requirement))?;
        let slots = (0..S)
            .map(|k| {
                // Ids differ: no inverse of a difference is left that could as well have another value.
                let unused = unused_slot(CredentialId::new(Fr::from(k as u64)));
                let slot = values.map(|(_, witness)| witness.credentials.get(k).unwrap_or(&unused));
                let used = values.map(|(_, witness)| k < witness.credentials.len());
                SlotWires::witness(synthesis, format!("§5.2.6 credential {}", k + 1), used, slot)
            })
            .collect::<Result<Vec<_>, _>>()?;

        // Rules 1 to 4.
        let inputs = MemberInputs {
            members_root: &public.members_root,
            scope: &public.scope,
            nullifier: &public.nullifier,
            tag: &public.tag,
        };
        member.enforce(synthesis, &inputs)?;

        // 5. The requirement unpacks.
        requirement.enforce(synthesis, &public.requirement)?;

        // 6. Each used slot holds a credential of the member's that meets the requirement.
        for slot in &slots {
            slot.enforce_leaf(synthesis, &member.secret, &public.credentials_root)?;
            enforce_domain(synthesis, slot, &requirement)?;
            enforce_expiry(synthesis, slot, &requirement)?;
        }

        // 7. Used slots form a prefix, their ids differ, no reward note, at most one balance note.
        enforce_prefix(synthesis, &slots)?;
        enforce_distinct(synthesis, &slots)?;
        let notes = enforce_kinds(synthesis, &slots)?;

        // 8. Count and weight.
        enforce_count(synthesis, &slots, &notes, &requirement)?;
        enforce_weight(synthesis, &slots, &requirement)
    }
}

/// `used · (domain, cut to the prefix's length − the prefix) = 0`.
///
/// Level j of the credential's domain is kept if the prefix is at least j long. A requirement with anything behind
/// its prefix is met by no credential.
fn enforce_domain(
    synthesis: &mut Synthesis,
    slot: &SlotWires,
    requirement: &RequirementWires,
) -> Result<(), SynthesisError> {
    slot.group(synthesis, "domain");
    let mut cut = Vec::with_capacity(4);
    for (level, length_is) in (0..4).zip((0..4).map(|level| &requirement.prefix_length()[level..])) {
        let kept = synthesis.sum(length_is);
        // Most significant level first, in bits that start with the least significant.
        let lowest = 8 * (3 - level);
        let byte = pack(synthesis, &slot.attributes.domain()[lowest..lowest + 8]);
        cut.push(&synthesis.product(&byte, &kept)? * Fr::from(1_u64 << lowest));
    }
    let cut = synthesis.sum(&cut);
    let prefix = pack(synthesis, requirement.domain());
    synthesis.enforce_equal_if(&slot.used, &cut, &prefix)
}

/// `used · (expires_at − as_of − 1)` is a number of 32 bits: the credential expires later than `as_of`.
fn enforce_expiry(
    synthesis: &mut Synthesis,
    slot: &SlotWires,
    requirement: &RequirementWires,
) -> Result<(), SynthesisError> {
    slot.group(synthesis, "expiry");
    let expires_at = pack(synthesis, slot.attributes.expires_at());
    let as_of = pack(synthesis, requirement.as_of());
    let left = &(&expires_at - &as_of) - &synthesis.constant(Fr::ONE);
    let left = synthesis.product(&left, &slot.used)?;
    enforce_range(synthesis, &left, 32)
}

/// `used_{k+1} · (1 − used_k) = 0`.
fn enforce_prefix(synthesis: &mut Synthesis, slots: &[SlotWires]) -> Result<(), SynthesisError> {
    synthesis.group(format_args!("§5.2.7 used slots form a prefix"));
    let (one, zero) = (synthesis.constant(Fr::ONE), synthesis.constant(Fr::ZERO));
    for pair in slots.windows(2) {
        synthesis.enforce(&(&one - &pair[0].used), &pair[1].used, &zero)?;
    }
    Ok(())
}

/// `(id_j − id_k) · inverse = used_k` for j < k: if slot k is used, and so slot j is, the difference has an inverse.
fn enforce_distinct(synthesis: &mut Synthesis, slots: &[SlotWires]) -> Result<(), SynthesisError> {
    for (k, later) in slots.iter().enumerate() {
        for (j, earlier) in slots[..k].iter().enumerate() {
            synthesis.group(format_args!("§5.2.7 credentials {} and {} differ", j + 1, k + 1));
            let difference = &earlier.id - &later.id;
            let quotient = difference.value().zip(later.used.value());
            let quotient = quotient.map(|(difference, used)| difference.inverse().unwrap_or(Fr::ZERO) * used);
            let inverse = synthesis.witness(quotient)?;
            synthesis.enforce(&difference, &inverse, &later.used)?;
        }
    }
    Ok(())
}

/// A used slot whose kind has its highest bit set is a note. It has to be a balance note, and the only one. Returns for
/// each slot whether it holds a note.
fn enforce_kinds(synthesis: &mut Synthesis, slots: &[SlotWires]) -> Result<Vec<Wire>, SynthesisError> {
    let balance_note = synthesis.constant(Fr::from(CredentialKind::BALANCE_NOTE.code()));
    let mut notes = Vec::with_capacity(slots.len());
    for (number, slot) in (1..).zip(slots) {
        synthesis.group(format_args!("§5.2.7 credential {number}: kind"));
        let note = synthesis.product(&slot.used, &slot.attributes.kind()[7])?;
        let kind = pack(synthesis, slot.attributes.kind());
        synthesis.enforce_equal_if(&note, &kind, &balance_note)?;
        notes.push(note);
    }
    synthesis.group(format_args!("§5.2.7 at most one balance note"));
    let number_of_notes = synthesis.sum(&notes);
    enforce_boolean(synthesis, &number_of_notes)?;
    Ok(notes)
}

/// `Σ used − Σ notes − min_count` is a number of four bits. At most 8 slots, so four bits are enough for every
/// requirement that can be met.
fn enforce_count(
    synthesis: &mut Synthesis,
    slots: &[SlotWires],
    notes: &[Wire],
    requirement: &RequirementWires,
) -> Result<(), SynthesisError> {
    synthesis.group(format_args!("§5.2.8 count"));
    let used = synthesis.sum(slots.iter().map(|slot| &slot.used));
    let counted = &used - &synthesis.sum(notes);
    let required = pack(synthesis, requirement.min_count());
    enforce_range(synthesis, &(&counted - &required), 4)
}

/// `Σ used · weight − min_weight` is a number of as many bits as the largest sum has: 18 for 3 slots, 19 for 8.
fn enforce_weight(
    synthesis: &mut Synthesis,
    slots: &[SlotWires],
    requirement: &RequirementWires,
) -> Result<(), SynthesisError> {
    synthesis.group(format_args!("§5.2.8 weight"));
    let mut weights = Vec::with_capacity(slots.len());
    for slot in slots {
        let weight = pack(synthesis, slot.attributes.weight());
        weights.push(synthesis.product(&weight, &slot.used)?);
    }
    let held = synthesis.sum(&weights);
    let required = pack(synthesis, requirement.min_weight());
    let largest = slots.len() * usize::from(u16::MAX);
    enforce_range(synthesis, &(&held - &required), largest.ilog2() as usize + 1)
}
