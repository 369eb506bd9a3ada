//! The variables of a slot, and the rule that every statement with slots has: a used slot holds a leaf of the owner's.

use super::SlotWitness;
use crate::{
    Fr,
    constraints::{
        Synthesis, SynthesisError, Wire,
        bits::{boolean, low_bits, pack},
        merkle::PathWires,
        poseidon,
    },
    credential::{Attributes, CredentialId, CredentialKind, DomainPrefix},
    hash::HashName,
    identity::TagRandomness,
    tree::{DEPTH, MerklePath, TreeKind},
};

/// The 120 bits of attributes, least significant first, as `Attributes::pack` orders them: every field is in its range.
pub(crate) struct AttributeWires(Vec<Wire>);

impl AttributeWires {
    pub(crate) fn witness(synthesis: &mut Synthesis, attributes: Option<&Attributes>) -> Result<Self, SynthesisError> {
        low_bits(synthesis, attributes.map(Attributes::pack), Attributes::BITS).map(Self)
    }

    pub(crate) fn pack(&self, synthesis: &Synthesis) -> Wire {
        pack(synthesis, &self.0)
    }

    pub(crate) fn domain(&self) -> &[Wire] {
        &self.0[..32]
    }

    pub(crate) fn kind(&self) -> &[Wire] {
        &self.0[32..40]
    }

    pub(crate) fn weight(&self) -> &[Wire] {
        &self.0[40..56]
    }

    pub(crate) fn expires_at(&self) -> &[Wire] {
        &self.0[56..88]
    }
}

/// One slot.
pub(crate) struct SlotWires {
    /// Rule and number, in front of the names of its groups: `§5.2.6 credential 1`.
    name: String,
    pub(crate) used: Wire,
    tag_randomness: Wire,
    pub(crate) attributes: AttributeWires,
    pub(crate) id: Wire,
    path: PathWires,
}

impl SlotWires {
    /// Allocates a slot and checks the range of every field of its attributes: by its bits.
    pub(crate) fn witness(
        synthesis: &mut Synthesis,
        name: String,
        used: Option<bool>,
        slot: Option<&SlotWitness>,
    ) -> Result<Self, SynthesisError> {
        synthesis.group(format_args!("{name}: used"));
        let used = boolean(synthesis, used)?;
        synthesis.group(format_args!("{name}: tag randomness"));
        let tag_randomness = synthesis.witness(slot.map(|slot| *slot.tag_randomness.as_field()))?;
        synthesis.group(format_args!("{name}: attribute bits"));
        let attributes = AttributeWires::witness(synthesis, slot.map(|slot| &slot.attributes))?;
        synthesis.group(format_args!("{name}: id"));
        let id = synthesis.witness(slot.map(|slot| *slot.id.as_field()))?;
        let path = PathWires::witness(synthesis, &name, slot.map(|slot| &slot.path))?;
        Ok(Self { name, used, tag_randomness, attributes, id, path })
    }

    /// Begins a group of constraints about this slot.
    pub(crate) fn group(&self, synthesis: &mut Synthesis, what: &str) {
        synthesis.group(format_args!("{}: {what}", self.name));
    }

    /// `used · (root − credentials_root) = 0`, the root reached from `ℓ = H_credential(H_tag(s, ρ), a, id)`.
    pub(crate) fn enforce_leaf(
        &self,
        synthesis: &mut Synthesis,
        secret: &Wire,
        credentials_root: &Wire,
    ) -> Result<(), SynthesisError> {
        self.group(synthesis, "owner tag");
        let pair = [secret.clone(), self.tag_randomness.clone()];
        let tag = poseidon::hash(synthesis, HashName::Tag, &pair)?;
        self.group(synthesis, "leaf");
        let attributes = self.attributes.pack(synthesis);
        let leaf = poseidon::hash(synthesis, HashName::Credential, &[tag, attributes, self.id.clone()])?;
        let root = self.path.root(synthesis, &self.name, TreeKind::Credentials, &leaf, &self.used)?;
        self.group(synthesis, "credentials root");
        synthesis.enforce_equal_if(&self.used, &root, credentials_root)
    }
}

/// What stands in an unused slot besides an id: zeroes for a leaf, and a path that leads nowhere. The children of a node
/// differ, so that no wire is left that could as well have another value.
pub(crate) fn unused_slot(id: CredentialId) -> SlotWitness {
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
        id,
        path: MerklePath::new(0, [children; DEPTH]),
    }
}
