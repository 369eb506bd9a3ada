//! What can be used once: a nullifier in a scope of an epoch, an owner tag, a note.

use std::collections::HashSet;

use aiq_circuits::{
    identity::{Nullifier, OwnerTag, SpendNullifier},
    scope::Scope,
};

use crate::fault::{Fault, FaultCode, Place};

/// What is used up.
#[derive(Default)]
pub(super) struct Used {
    /// In scopes that name the latest epoch; nobody acts in those of earlier ones any more.
    acted: HashSet<(Scope, Nullifier)>,
    tags: HashSet<OwnerTag>,
    spent: HashSet<SpendNullifier>,
}

impl Used {
    /// A new epoch is sealed.
    pub(super) fn end_epoch(&mut self) {
        self.acted = HashSet::new();
    }

    /// Lets a nullifier act in a scope of the latest epoch.
    pub(super) fn act(&mut self, place: Place, scope: Scope, nullifier: Nullifier) -> Result<(), Fault> {
        place.rule(self.acted.insert((scope, nullifier)), FaultCode::RepeatedNullifier, || {
            format!("{nullifier} has acted there already")
        })
    }

    /// Gives an owner tag what it stands for; `false` if it stands for something.
    pub(super) fn take_tag(&mut self, tag: OwnerTag) -> bool {
        self.tags.insert(tag)
    }

    /// The same, as a rule.
    pub(super) fn tag(&mut self, place: Place, tag: OwnerTag) -> Result<(), Fault> {
        place.rule(self.take_tag(tag), FaultCode::Tag, || format!("{tag} stands for something already"))
    }

    /// Spends notes.
    pub(super) fn spend(&mut self, place: Place, spends: &[SpendNullifier]) -> Result<(), Fault> {
        let again = spends.iter().find(|spend| !self.spent.insert(**spend));
        place.rule(again.is_none(), FaultCode::Spent, || "one of the notes was spent before")
    }
}
