//! Accreditation standards (§7).

use std::{collections::BTreeMap, sync::Arc};

use aiq_circuits::credential::Domain;
use aiq_verifier::standard::{Authority, Standard};

use super::founding::Founding;
use crate::fault::{Fault, FaultCode, Place};

/// The standards of a log.
#[derive(Default)]
pub(super) struct Standards {
    /// The newest of each prefix, by the domain at which the prefix ends.
    newest: BTreeMap<Domain, Arc<Standard>>,
}

impl Standards {
    /// Lays down a standard: known domain and reviewers, and the version after the last one of its prefix.
    pub(super) fn lay_down(
        &mut self,
        place: Place,
        standard: Standard,
        by: Authority,
        founding: &Founding,
    ) -> Result<(), Fault> {
        let rule = |holds, message: &str| place.rule(holds, FaultCode::Standard, || message);
        rule(!matches!(by, Authority::Poll(_)), "no poll lays down standards")?;
        let domain = standard.domain.domain();
        rule(domain.depth() == 0 || founding.has_domain(domain), "its domain is not in the domain tree")?;
        rule(founding.menu_entry(&standard.reviewers).is_some(), "what it asks of reviewers is not on the menu")?;
        let next = self.newest.get(&domain).map_or(Some(1), |last| last.version.checked_add(1));
        rule(Some(standard.version) == next, "its version is not the next one of its domain")?;
        self.newest.insert(domain, Arc::new(standard));
        Ok(())
    }

    /// The standard that governs a domain.
    pub(super) fn governing(&self, domain: Domain) -> Option<&Arc<Standard>> {
        let governs = |standard: &&Arc<Standard>| standard.domain.matches(&domain);
        self.newest.values().filter(governs).max_by_key(|standard| standard.domain.length())
    }
}
