//! `Standing<S>` (§5.2): "I am a member and hold at least K distinct credentials in this domain, worth at least W".

#[cfg(feature = "constraints")]
mod constraints;

pub use crate::slot::SlotWitness;
use crate::{
    credential::CredentialKind,
    identity::{Nullifier, OwnerTag, Secret},
    membership::{MembershipInstance, MembershipWitness},
    requirement::Requirement,
    scope::{Message, Scope},
    statement::{PublicInputs, RuleError, Statement, StatementId},
    tree::{CredentialsRoot, MembersRoot},
};

/// What is public about a standing with `S` slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingInstance<const S: usize> {
    /// What it shares with `Membership`: members root, scope, nullifier, tag, message.
    membership: MembershipInstance,
    /// Root of the credentials tree that the scope pins.
    credentials_root: CredentialsRoot,
    /// What has to be held.
    requirement: Requirement,
}

impl<const S: usize> StandingInstance<S> {
    /// An instance; every value is of its own type, so nothing is left to check.
    #[must_use]
    pub const fn new(
        members_root: MembersRoot,
        credentials_root: CredentialsRoot,
        requirement: Requirement,
        scope: Scope,
        nullifier: Nullifier,
        tag: OwnerTag,
        message: Message,
    ) -> Self {
        let membership = MembershipInstance::new(members_root, scope, nullifier, tag, message);
        Self { membership, credentials_root, requirement }
    }
}

/// What only the member knows. Secrets are wiped when dropped.
#[derive(Clone, Debug)]
pub struct StandingWitness<const S: usize> {
    /// Secret, tag randomness and path of the membership.
    pub membership: MembershipWitness,
    /// The credentials to use, at most `S`; the slots behind them stay unused.
    pub credentials: Vec<SlotWitness>,
}

impl<const S: usize> Statement for StandingInstance<S> {
    type Witness = StandingWitness<S>;

    const ID: StatementId = match S {
        3 => StatementId::Standing3,
        8 => StatementId::Standing8,
        _ => panic!("Standing has 3 or 8 slots"),
    };

    fn public_inputs(&self) -> PublicInputs {
        let shared = &self.membership;
        let values = vec![
            *shared.members_root.as_field(),
            *self.credentials_root.as_field(),
            self.requirement.pack(),
            *shared.scope.as_field(),
            *shared.nullifier.as_field(),
            *shared.tag.as_field(),
            *shared.message.as_field(),
        ];
        PublicInputs::new(Self::ID, values).expect("the inputs are those of the statement")
    }

    fn check(&self, witness: &StandingWitness<S>) -> Result<(), RuleError> {
        // Rules 1 to 4.
        self.membership.check(&witness.membership)?;
        let slots = &witness.credentials;
        if slots.len() > S {
            return Err(RuleError::TooManyCredentials { given: slots.len(), slots: S });
        }
        // Rules 5 and 6.
        for (credential, slot) in (1..).zip(slots) {
            self.check_credential(credential, slot, &witness.membership.secret)?;
        }
        // Rule 7.
        for (second, slot) in slots.iter().enumerate() {
            if let Some(first) = slots[..second].iter().position(|earlier| earlier.id == slot.id) {
                return Err(RuleError::Repeated { first: first + 1, second: second + 1 });
            }
        }
        let balances = slots.iter().filter(|slot| slot.attributes.kind == CredentialKind::BALANCE_NOTE).count();
        if balances > 1 {
            return Err(RuleError::SecondBalanceNote);
        }
        // Rule 8. At most eight slots, so neither sum comes near its type's limit.
        let held = u32::try_from(slots.len() - balances).unwrap_or(u32::MAX);
        let required = u32::from(self.requirement.min_count);
        if held < required {
            return Err(RuleError::TooFew { held, required });
        }
        let held = slots.iter().map(|slot| u32::from(slot.attributes.weight)).sum();
        let required = self.requirement.min_weight;
        if held < required {
            return Err(RuleError::TooLight { held, required });
        }
        Ok(())
    }
}

impl<const S: usize> StandingInstance<S> {
    /// Rule 6 and the kinds of rule 7 for one used slot; `credential` counts from 1.
    fn check_credential(&self, credential: usize, slot: &SlotWitness, secret: &Secret) -> Result<(), RuleError> {
        let attributes = &slot.attributes;
        if !slot.is_leaf_of(secret, &self.credentials_root) {
            return Err(RuleError::NotInTree { credential });
        }
        if !self.requirement.domain.matches(&attributes.domain) {
            return Err(RuleError::WrongDomain { credential });
        }
        let as_of = self.requirement.as_of;
        if attributes.expires_at <= as_of {
            return Err(RuleError::Expired { credential, expires_at: attributes.expires_at, as_of });
        }
        if !attributes.kind.is_credential() && attributes.kind != CredentialKind::BALANCE_NOTE {
            return Err(RuleError::WrongKind { credential, kind: attributes.kind.code() });
        }
        Ok(())
    }
}
