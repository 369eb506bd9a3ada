//! §5.1 as constraints. `Standing` enforces the same rules through [`MemberWires`].

use ark_ff::Field;

use super::{MembershipInstance, MembershipWitness};
use crate::{
    Fr,
    constraints::{Synthesis, SynthesisError, Synthesise, Wire, merkle::PathWires, poseidon},
    hash::HashName,
    statement::Statement,
    tree::TreeKind,
};

/// The public inputs of rules 1 to 3.
pub(crate) struct MemberInputs<'a> {
    pub(crate) members_root: &'a Wire,
    pub(crate) scope: &'a Wire,
    pub(crate) nullifier: &'a Wire,
    pub(crate) tag: &'a Wire,
}

/// The witness of rules 1 to 3.
pub(crate) struct MemberWires {
    pub(crate) secret: Wire,
    tag_randomness: Wire,
    path: PathWires,
}

impl MemberWires {
    pub(crate) fn witness(
        synthesis: &mut Synthesis,
        witness: Option<&MembershipWitness>,
    ) -> Result<Self, SynthesisError> {
        synthesis.group(format_args!("member: secret"));
        let secret = synthesis.witness(witness.map(|witness| *witness.secret.as_field()))?;
        synthesis.group(format_args!("member: tag randomness"));
        let tag_randomness = synthesis.witness(witness.map(|witness| *witness.tag_randomness.as_field()))?;
        let path = PathWires::witness(synthesis, "member", witness.map(|witness| &witness.path))?;
        Ok(Self { secret, tag_randomness, path })
    }

    /// Rules 1 to 3. Rule 4, the message, binds by being a public input: Groth16's reduction adds a row of its own for
    /// every input, so a proof for one value of it is none for another.
    pub(crate) fn enforce(&self, synthesis: &mut Synthesis, inputs: &MemberInputs) -> Result<(), SynthesisError> {
        let always = synthesis.constant(Fr::ONE);

        // 1. `C = H_identity(s)` is a leaf under `members_root`.
        synthesis.group(format_args!("§5.1.1 commitment"));
        let commitment = poseidon::hash(synthesis, HashName::Identity, core::slice::from_ref(&self.secret))?;
        let root = self.path.root(synthesis, "§5.1.1 member", TreeKind::Members, &commitment, &always)?;
        synthesis.group(format_args!("§5.1.1 members root"));
        synthesis.enforce_equal(&root, inputs.members_root)?;

        // 2. `nullifier = H_nullifier(s, scope)`.
        synthesis.group(format_args!("§5.1.2 nullifier"));
        let pair = [self.secret.clone(), inputs.scope.clone()];
        let nullifier = poseidon::hash(synthesis, HashName::Nullifier, &pair)?;
        synthesis.enforce_equal(&nullifier, inputs.nullifier)?;

        // 3. `tag = H_tag(s, ρ)`.
        synthesis.group(format_args!("§5.1.3 tag"));
        let pair = [self.secret.clone(), self.tag_randomness.clone()];
        let tag = poseidon::hash(synthesis, HashName::Tag, &pair)?;
        synthesis.enforce_equal(&tag, inputs.tag)
    }
}

impl Synthesise for MembershipInstance {
    fn synthesise(
        synthesis: &mut Synthesis,
        values: Option<(&Self, &MembershipWitness)>,
    ) -> Result<(), SynthesisError> {
        // Inputs.
        let public = values.map(|(instance, _)| instance.public_inputs());
        let [members_root, scope, nullifier, tag, _message] = synthesis.inputs(Self::ID, public.as_ref())?;

        // Witnesses.
        let member = MemberWires::witness(synthesis, values.map(|(_, witness)| witness))?;

        // Rules 1 to 4.
        let inputs = MemberInputs { members_root: &members_root, scope: &scope, nullifier: &nullifier, tag: &tag };
        member.enforce(synthesis, &inputs)
    }
}
