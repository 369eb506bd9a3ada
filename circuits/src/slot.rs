//! A slot of a statement: a leaf of the credentials tree that its owner shows without showing which. `Standing` and
//! `Merge` are made of them.

#[cfg(feature = "constraints")]
pub(crate) mod constraints;

use crate::{
    credential::{Attributes, Credential, CredentialId},
    identity::{Secret, TagRandomness},
    tree::{CredentialsRoot, MerklePath, TreeKind},
};

/// One used slot: a credential or a note of the member's.
#[derive(Clone, Debug)]
pub struct SlotWitness {
    /// `ρ_k` of the leaf's owner tag.
    pub tag_randomness: TagRandomness,
    /// `a_k`.
    pub attributes: Attributes,
    /// `id_k`.
    pub id: CredentialId,
    /// The path of the leaf.
    pub path: MerklePath,
}

impl SlotWitness {
    /// Whether `ℓ_k = H_credential(H_tag(s, ρ_k), a_k, id_k)` is a leaf under the root, by this path.
    pub(crate) fn is_leaf_of(&self, secret: &Secret, root: &CredentialsRoot) -> bool {
        let tag = secret.tag(&self.tag_randomness);
        let leaf = Credential { tag, attributes: self.attributes, id: self.id }.leaf();
        self.path.root(TreeKind::Credentials, &leaf) == Some(*root.as_field())
    }
}
