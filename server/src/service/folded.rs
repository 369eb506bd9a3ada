//! Keys with the fixed inputs of one scope folded in, kept for those who prove in it next.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aiq_circuits::{scope::Scope, statement::StatementId};
use aiq_verifier::{
    VerifyError,
    eligibility::{Eligibility, PinnedRoots},
    presentation::{Expectation, PollVerifier, Presentation, Verifier},
};

/// Keys that are kept; beyond that all are folded anew, which takes a millisecond each.
const MOST: usize = 256;

/// By scope and statement: in a claim's scope members recuse themselves by one and review by another.
#[derive(Debug, Default)]
pub(crate) struct Folded(Mutex<HashMap<(Scope, StatementId), Arc<PollVerifier>>>);

impl Folded {
    /// The key for a scope that fixes who may prove, and under which roots.
    pub(super) fn of(
        &self,
        verifier: &Verifier,
        eligibility: &Eligibility,
        roots: &PinnedRoots,
        scope: &Scope,
    ) -> Result<Arc<PollVerifier>, VerifyError> {
        let name = (*scope, eligibility.statement());
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folded) = kept().get(&name) {
            return Ok(Arc::clone(folded));
        }
        let folded = Arc::new(verifier.fold(eligibility, roots, scope)?);
        let mut kept = kept();
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(name, Arc::clone(&folded));
        Ok(folded)
    }

    /// Checks a presentation as [`Verifier::verify`] does. The expectation's eligibility and roots have to follow from its scope.
    pub(super) fn verify(
        &self,
        verifier: &Verifier,
        expectation: &Expectation,
        presentation: &Presentation,
    ) -> Result<(), VerifyError> {
        let Expectation { eligibility, roots, scope, message } = expectation;
        self.of(verifier, eligibility, roots, scope)?.verify(*message, presentation)
    }
}
