//! The variables of `Standing` that are not a slot's: inputs and the requirement's bits.

use crate::{
    constraints::{
        Synthesis, SynthesisError, Wire,
        bits::{enforce_boolean, low_bits, pack},
    },
    requirement::Requirement,
    statement::{PublicInputs, StatementId},
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
