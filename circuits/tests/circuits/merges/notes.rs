//! An owner of notes among other leaves.

use aiq_circuits::{
    credential::{Attributes, CredentialId, CredentialKind},
    identity::{Nullifier, Secret, TagRandomness},
    merge::{MergeError, MergeInstance, MergeSlot, MergeWitness, SLOTS, SlotWitness},
    scope::{Message, Scope},
    tree::CredentialTree,
};

use crate::fixture::{AS_OF, Held, MERGE_6, refusal_by, some};

pub type Merge = (MergeInstance, MergeWitness);

pub const REWARD: CredentialKind = CredentialKind::REWARD_NOTE;
pub const BALANCE: CredentialKind = CredentialKind::BALANCE_NOTE;

/// Everything a merge is made from, each part free to be changed before it is.
#[derive(Clone)]
pub struct Notes {
    pub secret: Secret,
    /// In the credentials tree, behind the leaves of strangers.
    pub held: Vec<Held>,
    /// Which of them each slot holds.
    pub slots: [Option<usize>; SLOTS],
    pub balance: Attributes,
}

/// What a note of weight 10 says.
pub fn attributes(kind: CredentialKind) -> Attributes {
    Attributes {
        domain: "1.7.2.9".parse().unwrap(),
        kind,
        weight: 10,
        expires_at: AS_OF + 1000,
        issued_at: AS_OF - 1000,
    }
}

impl Notes {
    /// Strangers' leaves in front of those in `held`.
    pub const STRANGERS: u32 = 9;

    /// Notes of these kinds and weight 10, from the first slot on, and the balance that they make.
    pub fn of(kinds: &[CredentialKind]) -> Self {
        let secret = Secret::new(some("secret"));
        let note = |(i, kind): (usize, &CredentialKind)| Held {
            owner: secret.clone(),
            tag_randomness: TagRandomness::new(some(&format!("tag randomness {i}"))),
            attributes: attributes(*kind),
            id: CredentialId::of_note(&Scope::new(some("scope")), &Nullifier::new(some(&format!("nullifier {i}")))),
        };
        let held: Vec<Held> = kinds.iter().enumerate().map(note).collect();
        let slots = core::array::from_fn(|k| (k < held.len()).then_some(k));
        let balance = Attributes { issued_at: AS_OF, ..attributes(BALANCE) };
        let mut notes = Self { secret, held, slots, balance };
        notes.sum_up();
        notes
    }

    /// A reward note in every slot.
    pub fn full() -> Self {
        Self::of(&[REWARD; SLOTS])
    }

    /// Has the balance say what the notes in the slots weigh.
    pub fn sum_up(&mut self) {
        let sum: u32 = self.slots.iter().flatten().map(|note| u32::from(self.held[*note].attributes.weight)).sum();
        self.balance.weight = u16::try_from(sum).unwrap();
    }

    pub fn tree(&self) -> CredentialTree {
        let strangers = (0..Self::STRANGERS).map(|i| some(&format!("leaf {i}")));
        CredentialTree::build(strangers.chain(self.held.iter().map(Held::leaf))).unwrap()
    }

    pub fn witness(&self) -> MergeWitness {
        let tree = self.tree();
        let slots = core::array::from_fn(|k| match self.slots[k] {
            None => MergeSlot::Dummy(CredentialId::new(some(&format!("dummy {k}")))),
            Some(note) => {
                let Held { tag_randomness, attributes, id, .. } = self.held[note].clone();
                let path = tree.path(Self::STRANGERS + u32::try_from(note).unwrap()).unwrap();
                MergeSlot::Note(Box::new(SlotWitness { tag_randomness, attributes, id, path }))
            }
        });
        let tag_randomness = TagRandomness::new(some("tag randomness"));
        MergeWitness { secret: self.secret.clone(), tag_randomness, slots }
    }

    /// The instance that an honest prover makes for a witness.
    pub fn instance(&self, witness: &MergeWitness) -> Result<MergeInstance, MergeError> {
        MergeInstance::new(self.tree().root(), self.balance, witness.spends(), witness.tag(), message())
    }

    pub fn merge(&self) -> Merge {
        let witness = self.witness();
        (self.instance(&witness).unwrap(), witness)
    }
}

pub fn message() -> Message {
    Message::new(some("message"))
}

/// The note in a slot, to be changed.
pub fn note(witness: &mut MergeWitness, slot: usize) -> &mut SlotWitness {
    match &mut witness.slots[slot] {
        MergeSlot::Note(note) => note,
        MergeSlot::Dummy(_) => panic!("slot {slot} holds no note"),
    }
}

/// The name of the first group that fails, `None` if the circuit is satisfied; natively the same.
pub fn refusal((instance, witness): &Merge) -> Option<&'static str> {
    refusal_by(&MERGE_6, instance, witness)
}
