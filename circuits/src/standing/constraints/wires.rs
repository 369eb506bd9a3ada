//! The variables of `Standing`: inputs, the requirement's bits, and those of the slots.

use super::super::SlotWitness;
use crate::{
    Fr,
    constraints::{
        Synthesis, SynthesisError, Wire,
        bits::{boolean, enforce_boolean, low_bits, pack},
        merkle::PathWires,
    },
    credential::{Attributes, CredentialId, CredentialKind, DomainPrefix},
    identity::TagRandomness,
    requirement::Requirement,
    statement::{PublicInputs, StatementId},
    tree::{DEPTH, MerklePath},
};

/// The public inputs in the order of §5.2.
pub(super) struct Public {
    pub(super) members_root: Wire,
    pub(super) credentials_root: Wire,
    pub(super) requirement: Wire,
    pub(super) scope: Wire,
    pub(super) nullifier: Wire,
    pub(super) tag: Wire,
}

impl Public {
    pub(super) fn inputs(
        synthesis: &mut Synthesis,
        statement: StatementId,
        values: Option<&PublicInputs>,
    ) -> Result<Self, SynthesisError> {
        let [members_root, credentials_root, requirement, scope, nullifier, tag, _message] =
            synthesis.inputs(statement, values)?;
        Ok(Self { members_root, credentials_root, requirement, scope, nullifier, tag })
    }
}

/// The 108 bits of the requirement, least significant first, as `Requirement::pack` orders them.
pub(super) struct RequirementWires(Vec<Wire>);

impl RequirementWires {
    pub(super) fn witness(
        synthesis: &mut Synthesis,
        requirement: Option<&Requirement>,
    ) -> Result<Self, SynthesisError> {
        synthesis.group(format_args!("§5.2.5 requirement: bits"));
        Ok(Self(low_bits(synthesis, requirement.map(Requirement::pack), Requirement::BITS)?))
    }

    /// Rule 5: the bits are those of the public input, and at most one of the prefix length's is set.
    pub(super) fn enforce(&self, synthesis: &mut Synthesis, requirement: &Wire) -> Result<(), SynthesisError> {
        synthesis.group(format_args!("§5.2.5 requirement: unpacks"));
        let packed = pack(synthesis, &self.0);
        synthesis.enforce_equal(&packed, requirement)?;
        synthesis.group(format_args!("§5.2.5 requirement: one prefix length"));
        let lengths = synthesis.sum(self.prefix_length());
        enforce_boolean(synthesis, &lengths)
    }

    pub(super) fn domain(&self) -> &[Wire] {
        &self.0[..32]
    }

    /// Wire i: the prefix has i + 1 levels.
    pub(super) fn prefix_length(&self) -> &[Wire] {
        &self.0[32..36]
    }

    pub(super) fn min_count(&self) -> &[Wire] {
        &self.0[36..44]
    }

    pub(super) fn min_weight(&self) -> &[Wire] {
        &self.0[44..76]
    }

    pub(super) fn as_of(&self) -> &[Wire] {
        &self.0[76..]
    }
}

/// One slot.
pub(super) struct SlotWires {
    /// Counted from 1.
    pub(super) number: usize,
    pub(super) used: Wire,
    pub(super) tag_randomness: Wire,
    /// The 120 bits of the attributes, least significant first, as `Attributes::pack` orders them.
    pub(super) attributes: Vec<Wire>,
    pub(super) id: Wire,
    pub(super) path: PathWires,
}

impl SlotWires {
    /// Allocates a slot and, for rule 6, checks the range of every field: by its bits.
    pub(super) fn witness(
        synthesis: &mut Synthesis,
        number: usize,
        used: Option<bool>,
        slot: Option<&SlotWitness>,
    ) -> Result<Self, SynthesisError> {
        let name = format!("§5.2.6 credential {number}");
        synthesis.group(format_args!("{name}: used"));
        let used = boolean(synthesis, used)?;
        synthesis.group(format_args!("{name}: tag randomness"));
        let tag_randomness = synthesis.witness(slot.map(|slot| *slot.tag_randomness.as_field()))?;
        synthesis.group(format_args!("{name}: attribute bits"));
        let attributes = low_bits(synthesis, slot.map(|slot| slot.attributes.pack()), Attributes::BITS)?;
        synthesis.group(format_args!("{name}: id"));
        let id = synthesis.witness(slot.map(|slot| *slot.id.as_field()))?;
        let path = PathWires::witness(synthesis, &name, slot.map(|slot| &slot.path))?;
        Ok(Self { number, used, tag_randomness, attributes, id, path })
    }

    pub(super) fn domain(&self) -> &[Wire] {
        &self.attributes[..32]
    }

    pub(super) fn kind(&self) -> &[Wire] {
        &self.attributes[32..40]
    }

    pub(super) fn weight(&self) -> &[Wire] {
        &self.attributes[40..56]
    }

    pub(super) fn expires_at(&self) -> &[Wire] {
        &self.attributes[56..88]
    }
}

/// What stands in an unused slot. The ids of the slots differ and so do the children of a node, so that no wire is left
/// that could as well have another value.
pub(super) fn unused_slot(k: usize) -> SlotWitness {
    let children = core::array::from_fn(|child| Fr::from(child as u64));
    SlotWitness {
        tag_randomness: TagRandomness::new(Fr::from(0_u64)),
        attributes: Attributes {
            domain: DomainPrefix::ANY.domain(),
            kind: CredentialKind::new(0),
            weight: 0,
            expires_at: 0,
            issued_at: 0,
        },
        id: CredentialId::new(Fr::from(k as u64)),
        path: MerklePath::new(0, [children; DEPTH]),
    }
}
