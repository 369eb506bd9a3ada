//! What can go wrong between a wallet and a service.

use aiq_server::api::Problem;

/// Why an exchange with a service failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// Not the address of a service.
    #[error("'{0}' is not the address of a service")]
    Address(String),
    /// No answer, or one that broke off.
    #[error("cannot reach {url}: {source}")]
    Unreachable {
        /// The service.
        url: String,
        /// Why not.
        source: Box<ureq::Error>,
    },
    /// The service understood and refused.
    #[error("the service refuses: {} ({})", .0.detail, .0.code)]
    Refused(Box<Problem>),
    /// A status without an explanation: a proxy, or no AIQ service at all.
    #[error("{url} answered with HTTP status {status}")]
    Status {
        /// What was asked.
        url: String,
        /// The status.
        status: u16,
    },
    /// An answer that is not of the expected form.
    #[error("{url} answered something unexpected: {reason}")]
    Malformed {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An answer larger than any of ours.
    #[error("{url} answered more than is ever sent")]
    TooLarge {
        /// What was asked.
        url: String,
    },
}

impl ClientError {
    /// The service's stable code, if it refused.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(problem) => Some(&problem.code),
            _ => None,
        }
    }

    /// Whether the same request may well succeed a moment later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { source, .. } => {
                matches!(
                    **source,
                    ureq::Error::Io(_)
                        | ureq::Error::Timeout(_)
                        | ureq::Error::Protocol(_)
                        | ureq::Error::ConnectionFailed
                )
            }
            Self::Refused(problem) => is_passing_status(problem.status),
            Self::Status { status, .. } => is_passing_status(*status),
            _ => false,
        }
    }
}

/// 408 and 429 (too slow, too fast), 502 to 504 (a proxy without its service, or a busy service).
const fn is_passing_status(status: u16) -> bool {
    matches!(status, 408 | 429 | 502..=504)
}
