//! What rulings, tallies and epochs bring about: it stands right behind them, all of it and nothing else (§7, §8).

use std::collections::VecDeque;

use aiq_circuits::{Fr, credential::Credential};
use aiq_verifier::{
    log::{Act, RevokedBy},
    standard::Authority,
};

use crate::fault::{Fault, FaultCode, Place};

/// An entry that has to stand in the log.
pub(super) struct Consequence {
    act: Act,
    effect: Effect,
}

/// What is left to do once the entry stands there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// A leaf comes.
    Comes(Fr),
    /// A leaf goes.
    Goes(Fr),
    /// Nothing: it holds since it was found to follow.
    Done,
}

impl Consequence {
    pub(super) fn grant(credential: Credential) -> Self {
        Self { act: Act::Grant(credential), effect: Effect::Comes(credential.leaf()) }
    }

    pub(super) fn revocation(credential: &Credential, because: RevokedBy) -> Self {
        let effect = Effect::Goes(credential.leaf());
        Self { act: Act::Revocation { id: credential.id, because }, effect }
    }

    /// A change by a poll that holds already.
    pub(super) const fn change(act: Act) -> Self {
        Self { act, effect: Effect::Done }
    }
}

/// What is still missing.
#[derive(Default)]
pub(super) struct Consequences {
    /// The moment of the ruling, tally or epoch, Unix seconds.
    at: u32,
    missing: VecDeque<Consequence>,
}

impl Consequences {
    /// Demands these next, in this order.
    pub(super) fn demand(&mut self, at: u32, consequences: Vec<Consequence>) {
        self.at = at;
        self.missing.extend(consequences);
    }

    /// Takes an act behind the founding: what was demanded, giving its effect, or anything else when nothing is missing. What was
    /// demanded follows right behind the entry before it. Where not every entry is there, nobody knows what polls change.
    pub(super) fn take(
        &mut self,
        place: Place,
        at: u32,
        act: &Act,
        follows: bool,
        is_complete: bool,
    ) -> Result<Option<Effect>, Fault> {
        let Some(next) = self.missing.pop_front() else {
            let is_free = match act {
                Act::Grant(_) | Act::Revocation { .. } => false,
                Act::Domain { by, .. }
                | Act::Menu { by, .. }
                | Act::MenuRemoval { by, .. }
                | Act::Standard { by, .. } => !is_complete || !matches!(by, Authority::Poll(_)),
                _ => true,
            };
            return place
                .rule(is_free, FaultCode::Consequence, || "no ruling, tally or epoch brings this about")
                .map(|()| None);
        };
        place.rule(*act == next.act && at == self.at && follows, FaultCode::Consequence, || {
            format!("the ruling, tally or epoch before it brings about another {} here", next.act.kind())
        })?;
        Ok(Some(next.effect))
    }

    /// Whether everything is there.
    pub(super) fn are_complete(&self) -> bool {
        self.missing.is_empty()
    }
}
