//! Scopes and messages (§3, §6): where a member acts, and what a proof commits to.

use crate::{
    deployment::DeploymentId,
    wire::{field_hash, field_newtype, sha256},
};

field_newtype! {
    /// Where a member acts at most once: a poll, a claim under review, an audience.
    Scope
}

field_newtype! {
    /// What a proof commits to besides its statement.
    Message
}

/// The kinds of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScopeKind {
    /// One poll.
    Poll,
    /// The review of one claim.
    Review,
    /// One of a member's claims in an epoch.
    Ticket,
    /// One of a member's poll proposals in an epoch.
    Propose,
    /// One of a member's sponsorships in an epoch.
    Sponsor,
    /// The dispute of one credential.
    Dispute,
    /// An attestation for one audience.
    Attest,
}

impl ScopeKind {
    /// The kind as it stands in the hash.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Review => "review",
            Self::Ticket => "ticket",
            Self::Propose => "propose",
            Self::Sponsor => "sponsor",
            Self::Dispute => "dispute",
            Self::Attest => "attest",
        }
    }
}

impl Scope {
    /// `F("AIQ/v1/scope" ‖ deployment_id ‖ kind ‖ SHA-256(definition))`, the kind as one byte for its length and its
    /// ASCII name. `definition` is the canonical bytes of the whole immutable record.
    #[must_use]
    pub fn derive(deployment: &DeploymentId, kind: ScopeKind, definition: &[u8]) -> Self {
        let label = kind.label().as_bytes();
        let length = u8::try_from(label.len()).expect("labels are short");
        Self::new(field_hash(&[b"AIQ/v1/scope", deployment.as_bytes(), &[length], label, &sha256(&[definition])]))
    }
}

impl Message {
    /// `F(label ‖ parts…)`: every part has a fixed length for its label, so no two lists of parts share their bytes.
    #[must_use]
    pub fn of(label: &str, parts: &[&[u8]]) -> Self {
        Self::new(field_hash(&[&[label.as_bytes()], parts].concat()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_differ_by_deployment_kind_and_definition() {
        let [here, there] = [1, 2].map(|byte| DeploymentId::new([byte; 32]));
        let scope = Scope::derive(&here, ScopeKind::Poll, b"definition");
        assert_ne!(scope, Scope::derive(&there, ScopeKind::Poll, b"definition"));
        assert_ne!(scope, Scope::derive(&here, ScopeKind::Review, b"definition"));
        assert_ne!(scope, Scope::derive(&here, ScopeKind::Poll, b"definition "));
    }
}
