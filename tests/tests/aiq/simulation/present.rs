//! Proofs of the simulation's people; whoever cannot prove something must not be able to by the model either.

use aiq_circuits::scope::{Message, Scope};
use aiq_cli::member::{MemberError, Purpose, prepare};
use aiq_cli::progress::Silent;
use aiq_tests::keys::prover;
use aiq_verifier::eligibility::Eligibility;
use aiq_verifier::presentation::Presentation;

use super::Simulation;

impl Simulation {
    /// What is asked of reviewers, voters in disputes and sponsors, under the roots of an epoch.
    pub fn standing(&self, epoch: u32) -> Eligibility {
        let sealed_at = self.epochs[epoch as usize].1;
        self.observer.member.menu(super::MENU).unwrap().eligibility(sealed_at)
    }

    /// A proof under the roots of an epoch, for the owner tag with this number; `None` if there is no witness for it, which the model has to
    /// say as well.
    pub fn present(&self, who: usize, standing: bool, epoch: u32, tag: u64, purpose: Purpose) -> Option<Presentation> {
        let (person, trees, as_of) = (&self.people[who], &self.trees[epoch as usize], self.epochs[epoch as usize].1);
        let eligibility = if standing { self.standing(epoch) } else { Eligibility::Membership };
        let prepared = prepare(&person.identity, trees, &person.held, &eligibility, self.observer.member.domains());
        let expected =
            if standing { self.model.has_standing(who, epoch, as_of) } else { self.model.is_member(who, epoch) };
        match prepared {
            Ok(prepared) => {
                assert!(expected, "{who} has a witness for epoch {epoch} that it must not have");
                let prepared = prepared.with_tag(&person.identity, tag);
                let prover = prover(eligibility.statement());
                Some(prepared.prove(&person.identity, trees, &purpose, &prover, &Silent).unwrap().presentation)
            }
            Err(MemberError::NotAMember { .. } | MemberError::Withdrawn(_) | MemberError::Shortfall(_)) => {
                assert!(!expected, "{who} lacks a witness for epoch {epoch}");
                None
            }
            Err(other) => panic!("{other}"),
        }
    }

    /// The same for a scope and a message.
    pub fn prove(
        &mut self,
        who: usize,
        standing: bool,
        epoch: u32,
        scope: Scope,
        message: Message,
    ) -> Option<Presentation> {
        let tag = self.people[who].fresh_tag();
        self.present(who, standing, epoch, tag, Purpose { scope, message })
    }
}
