//! Standards: what claims are judged by (§7).

use aiq_circuits::credential::Domain;
use aiq_verifier::standard::{Authority, Standard, StandardId};

use super::{ClaimsError, Service, ServiceError};
use crate::{
    api::{StandardList, StandardView},
    store::{Accepted, StandardRecord, StandardRefusal},
};

impl Service {
    /// Lays down a standard, as the administrator; it holds for claims that are opened from now on.
    ///
    /// # Errors
    /// If it breaks a rule, its reviewers are not on the menu, its domain is unknown or its version not the next.
    pub async fn set_standard(&self, standard: Standard) -> Result<Accepted<StandardView>, ServiceError> {
        standard.validate().map_err(ClaimsError::from)?;
        let now = self.now();
        let accepted = self.store().set_standard(&standard, Authority::Administrator, now).await?;
        let accepted = accepted.map_err(|refusal| match refusal {
            StandardRefusal::Version(next) => ClaimsError::StandardVersion { next, found: standard.version }.into(),
            StandardRefusal::Change(error) => ServiceError::from(error),
        })?;
        Ok(accepted.map(|logged| self.standard_view(StandardRecord { standard, logged })))
    }

    /// Refuses a domain that is not in the domain tree.
    pub(super) async fn known_domain(&self, domain: Domain) -> Result<(), ServiceError> {
        let known = self.store().domains().await?.iter().any(|entry| entry.domain == domain);
        if known { Ok(()) } else { Err(ServiceError::UnknownDomain(domain)) }
    }

    /// The standard that governs each part of the domain tree now.
    pub(crate) async fn standards(&self) -> Result<StandardList, ServiceError> {
        let records = self.store().standards().await?;
        Ok(StandardList { standards: records.into_iter().map(|record| self.standard_view(record)).collect() })
    }

    /// Any standard that there ever was.
    pub(crate) async fn standard(&self, id: &StandardId) -> Result<StandardView, ServiceError> {
        let record = self.store().standard(id).await?;
        Ok(self.standard_view(record.ok_or(ClaimsError::UnknownStandard(*id))?))
    }

    fn standard_view(&self, record: StandardRecord) -> StandardView {
        let StandardRecord { standard, logged } = record;
        StandardView { id: standard.id(), standard, receipt: self.receipt(logged) }
    }
}
