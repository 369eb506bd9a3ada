//! Accreditation standards (§7).

use std::{collections::BTreeMap, sync::Arc};

use aiq_circuits::credential::Domain;
use aiq_verifier::standard::Standard;

use super::founding::Founding;

/// The standards of a log.
#[derive(Default)]
pub(super) struct Standards {
    /// The newest of each prefix, by the domain at which the prefix ends.
    newest: BTreeMap<Domain, Arc<Standard>>,
}

impl Standards {
    /// Whether a standard could be laid down now: known domain and reviewers, and the version after the last one of its prefix.
    pub(super) fn check(&self, standard: &Standard, founding: &Founding) -> Result<(), &'static str> {
        let rule = |holds, message| if holds { Ok(()) } else { Err(message) };
        let domain = standard.domain.domain();
        rule(domain.depth() == 0 || founding.has_domain(domain), "its domain is not in the domain tree")?;
        rule(founding.menu_entry(&standard.reviewers).is_some(), "what it asks of reviewers is not on the menu")?;
        let next = self.newest.get(&domain).map_or(Some(1), |last| last.version.checked_add(1));
        rule(Some(standard.version) == next, "its version is not the next one of its domain")
    }

    /// Lays down a standard that passed [`check`](Self::check).
    pub(super) fn lay_down(&mut self, standard: Standard) {
        self.newest.insert(standard.domain.domain(), Arc::new(standard));
    }

    /// Whether the newest standard of a prefix asks reviewers for this menu entry.
    pub(super) fn ask_for(&self, menu: &str) -> bool {
        self.newest.values().any(|standard| standard.reviewers == menu)
    }

    /// The standard that governs a domain.
    pub(super) fn governing(&self, domain: Domain) -> Option<&Arc<Standard>> {
        let governs = |standard: &&Arc<Standard>| standard.domain.matches(&domain);
        self.newest.values().filter(governs).max_by_key(|standard| standard.domain.length())
    }
}
