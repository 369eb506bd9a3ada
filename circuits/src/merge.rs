//! `Merge<6>` (§5.4): "I own these notes, this is their sum, and here they are spent", without showing which notes.

#[cfg(feature = "constraints")]
mod constraints;

use core::fmt;

use ark_ff::UniformRand;
use ark_std::rand::{CryptoRng, RngCore, seq::SliceRandom};

pub use crate::slot::SlotWitness;
use crate::{
    Fr,
    credential::{Attributes, CredentialId, CredentialKind},
    identity::{OwnerTag, Secret, SpendNullifier, TagRandomness},
    scope::Message,
    statement::{PublicInputs, RuleError, Statement, StatementId},
    tree::CredentialsRoot,
};

/// How many notes a merge takes at most.
pub const SLOTS: usize = 6;

/// What is public about a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergeInstance {
    /// Root of the credentials tree that the merge pins.
    credentials_root: CredentialsRoot,
    /// What the new note says: a balance note, its weight the sum.
    balance: Attributes,
    /// What each slot spends: pairwise different.
    spends: [SpendNullifier; SLOTS],
    /// `H_tag(s, ρ)`: the owner of the new note.
    tag: OwnerTag,
    /// What the proof commits to.
    message: Message,
}

/// Why there is no such merge, whatever the witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// §5.4 rule 1.
    #[error("a merge makes a balance note, not a leaf of kind {kind:#04x}")]
    NotABalanceNote {
        /// The kind that was given.
        kind: u8,
    },
    /// A note of no weight would be of no use.
    #[error("a balance note weighs at least 1")]
    NoWeight,
    /// §5.4 rule 8. Slots are numbered from 1.
    #[error("slots {first} and {second} spend the same note")]
    SpentTwice {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
    },
}

impl MergeInstance {
    /// An instance, in which one note is not spent twice: rule 8, which is not for the circuit to check.
    ///
    /// # Errors
    /// Two equal spend nullifiers, and a balance that is no balance note or weighs nothing.
    pub fn new(
        credentials_root: CredentialsRoot,
        balance: Attributes,
        spends: [SpendNullifier; SLOTS],
        tag: OwnerTag,
        message: Message,
    ) -> Result<Self, MergeError> {
        if balance.kind != CredentialKind::BALANCE_NOTE {
            return Err(MergeError::NotABalanceNote { kind: balance.kind.code() });
        }
        if balance.weight == 0 {
            return Err(MergeError::NoWeight);
        }
        for (second, spend) in spends.iter().enumerate() {
            if let Some(first) = spends[..second].iter().position(|earlier| earlier == spend) {
                return Err(MergeError::SpentTwice { first: first + 1, second: second + 1 });
            }
        }
        Ok(Self { credentials_root, balance, spends, tag, message })
    }
}

/// What one slot holds.
#[derive(Clone)]
pub enum MergeSlot {
    /// A note, which counts.
    Note(Box<SlotWitness>),
    /// A random id, which nothing has: the slot spends nothing and looks as if it did.
    Dummy(CredentialId),
}

/// Says nothing: which slots hold notes, and which notes, is the owner's alone.
impl fmt::Debug for MergeSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MergeSlot(<secret>)")
    }
}

impl MergeSlot {
    /// The id that the slot spends.
    #[must_use]
    pub const fn id(&self) -> &CredentialId {
        match self {
            Self::Note(note) => &note.id,
            Self::Dummy(id) => id,
        }
    }

    /// The note, if there is one.
    #[must_use]
    pub const fn note(&self) -> Option<&SlotWitness> {
        match self {
            Self::Note(note) => Some(note),
            Self::Dummy(_) => None,
        }
    }
}

/// What only the owner knows. Secrets are wiped when dropped.
#[derive(Clone, Debug)]
pub struct MergeWitness {
    /// `s`.
    pub secret: Secret,
    /// `ρ` of the new note's tag.
    pub tag_randomness: TagRandomness,
    /// What the slots hold; any of them may be dummies.
    pub slots: [MergeSlot; SLOTS],
}

impl MergeWitness {
    /// A witness for these notes of the secret's owner. Slots that are left get random ids, and all are shuffled, so that
    /// nothing tells which of them hold notes.
    ///
    /// # Errors
    /// [`RuleError::TooManyNotes`].
    pub fn new(
        secret: Secret,
        tag_randomness: TagRandomness,
        notes: Vec<SlotWitness>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, RuleError> {
        let given = notes.len();
        if given > SLOTS {
            return Err(RuleError::TooManyNotes { given });
        }
        let mut notes = notes.into_iter();
        let mut slots = core::array::from_fn(|_| match notes.next() {
            Some(note) => MergeSlot::Note(Box::new(note)),
            None => MergeSlot::Dummy(CredentialId::new(Fr::rand(rng))),
        });
        slots.shuffle(rng);
        Ok(Self { secret, tag_randomness, slots })
    }

    /// The spend nullifiers, for the instance.
    #[must_use]
    pub fn spends(&self) -> [SpendNullifier; SLOTS] {
        core::array::from_fn(|k| self.secret.spend_nullifier(self.slots[k].id()))
    }

    /// The new note's tag, for the instance.
    #[must_use]
    pub fn tag(&self) -> OwnerTag {
        self.secret.tag(&self.tag_randomness)
    }
}

impl Statement for MergeInstance {
    type Witness = MergeWitness;

    const ID: StatementId = StatementId::Merge6;

    fn public_inputs(&self) -> PublicInputs {
        let mut values = vec![*self.credentials_root.as_field(), self.balance.pack()];
        values.extend(self.spends.iter().map(SpendNullifier::as_field));
        values.extend([*self.tag.as_field(), *self.message.as_field()]);
        PublicInputs::new(Self::ID, values).expect("the inputs are those of the statement")
    }

    /// Rules 2 to 6; rules 1 and 8 hold for every instance, and rule 7, the message, binds by being a public input.
    fn check(&self, witness: &MergeWitness) -> Result<(), RuleError> {
        // Rules 2 and 3.
        for ((slot, spend), held) in (1..).zip(&self.spends).zip(&witness.slots) {
            if *spend != witness.secret.spend_nullifier(held.id()) {
                return Err(RuleError::WrongSpend { slot });
            }
            if let Some(note) = held.note() {
                self.check_note(slot, note, &witness.secret)?;
            }
        }
        // Rule 4. At most six notes, so the sum does not come near its type's limit.
        let notes = || witness.slots.iter().filter_map(MergeSlot::note);
        let sum: u32 = notes().map(|note| u32::from(note.attributes.weight)).sum();
        let stated = self.balance.weight;
        if sum > u32::from(u16::MAX) {
            return Err(RuleError::SumTooLarge { sum });
        }
        if sum != u32::from(stated) {
            return Err(RuleError::WrongSum { sum, stated });
        }
        // Rule 5.
        let rewards = notes().filter(|note| note.attributes.kind == CredentialKind::REWARD_NOTE).count();
        if notes().count() + rewards < 2 {
            return Err(RuleError::NothingToMerge);
        }
        // Rule 6.
        if self.tag != witness.tag() {
            return Err(RuleError::WrongTag);
        }
        Ok(())
    }
}

impl MergeInstance {
    /// Rule 3 for one used slot.
    fn check_note(&self, slot: usize, note: &SlotWitness, secret: &Secret) -> Result<(), RuleError> {
        let attributes = &note.attributes;
        if !note.is_leaf_of(secret, &self.credentials_root) {
            return Err(RuleError::NoteNotInTree { slot });
        }
        if attributes.domain != self.balance.domain {
            let (found, expected) = (attributes.domain, self.balance.domain);
            return Err(RuleError::NoteOfOtherDomain { slot, found, expected });
        }
        if attributes.expires_at != self.balance.expires_at {
            let (found, expected) = (attributes.expires_at, self.balance.expires_at);
            return Err(RuleError::NoteOfOtherExpiry { slot, found, expected });
        }
        if !attributes.kind.is_note() {
            return Err(RuleError::NotANote { slot, kind: attributes.kind.code() });
        }
        Ok(())
    }
}
