//! Why a poll must not carry its enactment, and why a change is refused.

use aiq_verifier::governance::{ChangeError, MandateError};

use super::{SealingError, ServiceError};
use crate::store::AnnounceRefusal;

impl From<AnnounceRefusal> for ServiceError {
    fn from(refusal: AnnounceRefusal) -> Self {
        match refusal {
            AnnounceRefusal::IdUsed => Self::PollIdUsed,
            AnnounceRefusal::MenuChanged(menu) => Self::MenuChanged(menu),
            AnnounceRefusal::Mandate(error) => Self::Mandate(error),
            AnnounceRefusal::NotRevocable(id) => Self::NotRevocable(id),
            AnnounceRefusal::UnknownCeremony(id) => SealingError::UnknownCeremony(id).into(),
            AnnounceRefusal::Incomplete(id) => SealingError::Incomplete(id).into(),
            AnnounceRefusal::Used(poll) => SealingError::Used(poll).into(),
        }
    }
}

impl From<ChangeError> for ServiceError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotOnMenu(menu) => Self::NotOnMenu(menu),
            ChangeError::UnknownDomain(domain) => Self::UnknownDomain(domain),
            other => Self::Mandate(MandateError::Change(other)),
        }
    }
}
