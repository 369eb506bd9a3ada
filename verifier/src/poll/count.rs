//! Counting choices (§8): exact, and with what people need to see why.

use aiq_circuits::scope::Scope;
use serde::Serialize;

use super::{
    Choice, PollDefinition, PollRule, Tally,
    decision::{Lead, TieOrder},
    rule::{
        approval,
        instant_runoff::{self, Round},
        quadratic,
        schulze::{self, Comparison},
        score, single_choice,
    },
};

/// A sum for each option, the option with the highest one leads.
pub(super) struct Sums {
    pub(super) options: Vec<u64>,
    /// What an option's sum is a part of.
    pub(super) whole: u64,
}

impl Sums {
    pub(super) fn new(options: usize, whole: u64) -> Self {
        Self { options: vec![0; options], whole }
    }

    pub(super) fn add(&mut self, place: u8, number: u64) {
        if let Some(sum) = self.options.get_mut(usize::from(place)) {
            *sum += number;
        }
    }

    pub(super) fn of(&self, place: u8) -> u64 {
        self.options.get(usize::from(place)).copied().unwrap_or(0)
    }

    /// The option with the highest sum, if that is above 0.
    pub(super) fn lead(&self, order: &TieOrder) -> Option<Lead> {
        let support = self.options.iter().copied().max().filter(|most| *most > 0)?;
        let best: Vec<u8> =
            (0..=u8::MAX).zip(&self.options).filter(|(_, sum)| **sum == support).map(|(place, _)| place).collect();
        order.first(&best).map(|option| Lead { option, tied: best.len() > 1, support, of: self.whole })
    }
}

/// What a tally does not say, but follows from the same ballots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Explanation {
    /// Single choice, approval, score: the sums in the tally say it all.
    Sums {},
    /// Instant runoff.
    Rounds {
        /// The rounds.
        rounds: Vec<Round>,
    },
    /// Schulze.
    Comparison(Comparison),
    /// Quadratic.
    Credits {
        /// Credits that were spent on each option.
        spent: Vec<u64>,
    },
}

/// A tally, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What came out.
    pub tally: Tally,
    /// Why.
    pub explanation: Explanation,
}

impl Count {
    /// Counts what the last ballot of each voter says, `None` for one that says nothing in this poll. The order does not matter.
    pub fn of_choices<'a>(
        definition: &PollDefinition,
        scope: &Scope,
        joined: u64,
        last: impl IntoIterator<Item = Option<&'a Choice>>,
    ) -> Self {
        let (mut choices, mut abstain, mut spoiled) = (Vec::new(), 0, 0);
        for choice in last {
            match choice {
                None => spoiled += 1,
                Some(Choice::Abstain) => abstain += 1,
                Some(choice) => choices.push(choice),
            }
        }
        let options = definition.options.len();
        let order = definition.decision.tie_order(scope, options);
        let sums = |sums: Sums, explanation| {
            let lead = sums.lead(&order);
            (sums.options, explanation, lead)
        };
        let (counts, explanation, lead) = match definition.rule {
            PollRule::SingleChoice {} => sums(single_choice::count(&choices, options), Explanation::Sums {}),
            PollRule::Approval { .. } => sums(approval::count(&choices, options), Explanation::Sums {}),
            PollRule::Score { max } => sums(score::count(&choices, max, options), Explanation::Sums {}),
            PollRule::Quadratic { .. } => {
                let (votes, spent) = quadratic::count(&choices, options);
                sums(votes, Explanation::Credits { spent })
            }
            PollRule::InstantRunoff {} => {
                let (first, rounds, lead) = instant_runoff::count(&choices, options, &order);
                (first, Explanation::Rounds { rounds }, lead)
            }
            PollRule::Schulze {} => {
                let (first, comparison, lead) = schulze::count(&choices, options, &order);
                (first, Explanation::Comparison(comparison), lead)
            }
        };
        let valid = choices.len() as u64 + abstain;
        let outcome = definition.decision.outcome(valid, lead);
        let tally = Tally { options: counts, abstain, spoiled, joined, voted: valid + spoiled, outcome };
        Self { tally, explanation }
    }
}
