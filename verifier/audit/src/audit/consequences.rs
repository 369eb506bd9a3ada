//! What rulings and tallies bring about: it stands right behind them, all of it and nothing else (§7, §8).

use std::collections::VecDeque;

use aiq_circuits::{Fr, credential::Credential};
use aiq_verifier::log::{Act, RevokedBy};

use crate::fault::{Fault, FaultCode, Place};

/// An entry that has to stand in the log.
pub(super) struct Consequence {
    act: Act,
    /// The leaf that comes or goes.
    leaf: Fr,
}

impl Consequence {
    pub(super) fn grant(credential: Credential) -> Self {
        Self { act: Act::Grant(credential), leaf: credential.leaf() }
    }

    pub(super) fn revocation(credential: &Credential, because: RevokedBy) -> Self {
        Self { act: Act::Revocation { id: credential.id, because }, leaf: credential.leaf() }
    }
}

/// What is still missing.
#[derive(Default)]
pub(super) struct Consequences {
    /// The moment of the ruling or tally, Unix seconds.
    at: u32,
    missing: VecDeque<Consequence>,
}

impl Consequences {
    /// Demands these next, in this order.
    pub(super) fn demand(&mut self, at: u32, consequences: Vec<Consequence>) {
        self.at = at;
        self.missing.extend(consequences);
    }

    /// Takes an act behind the founding: what was demanded, giving its leaf, or anything else when nothing is missing. What was
    /// demanded follows right behind the entry before it.
    pub(super) fn take(&mut self, place: Place, at: u32, act: &Act, follows: bool) -> Result<Option<Fr>, Fault> {
        let Some(next) = self.missing.pop_front() else {
            let is_free = !matches!(act, Act::Grant(_) | Act::Revocation { .. });
            return place
                .rule(is_free, FaultCode::Consequence, || "neither a ruling nor a tally brings this about")
                .map(|()| None);
        };
        place.rule(*act == next.act && at == self.at && follows, FaultCode::Consequence, || {
            format!("the ruling or tally before it brings about another {} here", next.act.kind())
        })?;
        Ok(Some(next.leaf))
    }

    /// Whether everything is there.
    pub(super) fn are_complete(&self) -> bool {
        self.missing.is_empty()
    }
}
