//! `Membership` (§5.1): "I am a member, this is my nullifier here, and this is a tag of mine".

#[cfg(feature = "constraints")]
pub(crate) mod constraints;

use crate::{
    identity::{Nullifier, OwnerTag, Secret, TagRandomness},
    scope::{Message, Scope},
    statement::{PublicInputs, RuleError, Statement, StatementId},
    tree::{MembersRoot, MerklePath, TreeKind},
};

/// What is public about a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MembershipInstance {
    /// Root of the members tree that the scope pins.
    pub(crate) members_root: MembersRoot,
    /// Where the member acts.
    pub(crate) scope: Scope,
    /// `H_nullifier(s, scope)`.
    pub(crate) nullifier: Nullifier,
    /// `H_tag(s, ρ)`.
    pub(crate) tag: OwnerTag,
    /// What the proof commits to.
    pub(crate) message: Message,
}

impl MembershipInstance {
    /// An instance; every value is a field element of its own type, so nothing is left to check.
    #[must_use]
    pub const fn new(
        members_root: MembersRoot,
        scope: Scope,
        nullifier: Nullifier,
        tag: OwnerTag,
        message: Message,
    ) -> Self {
        Self { members_root, scope, nullifier, tag, message }
    }
}

/// What only the member knows. Secrets are wiped when dropped.
#[derive(Clone, Debug)]
pub struct MembershipWitness {
    /// `s`.
    pub secret: Secret,
    /// `ρ`.
    pub tag_randomness: TagRandomness,
    /// The path of the commitment.
    pub path: MerklePath,
}

impl Statement for MembershipInstance {
    type Witness = MembershipWitness;

    const ID: StatementId = StatementId::Membership;

    fn public_inputs(&self) -> PublicInputs {
        let values = vec![
            *self.members_root.as_field(),
            *self.scope.as_field(),
            *self.nullifier.as_field(),
            *self.tag.as_field(),
            *self.message.as_field(),
        ];
        PublicInputs::new(Self::ID, values).expect("the inputs are those of the statement")
    }

    /// Rules 1 to 3; rule 4, the message, binds by being a public input.
    fn check(&self, witness: &MembershipWitness) -> Result<(), RuleError> {
        let commitment = witness.secret.commitment();
        if witness.path.root(TreeKind::Members, commitment.as_field()) != Some(*self.members_root.as_field()) {
            return Err(RuleError::NotAMember);
        }
        if self.nullifier != witness.secret.nullifier(&self.scope) {
            return Err(RuleError::WrongNullifier);
        }
        if self.tag != witness.secret.tag(&witness.tag_randomness) {
            return Err(RuleError::WrongTag);
        }
        Ok(())
    }
}
