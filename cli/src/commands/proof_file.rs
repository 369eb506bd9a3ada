//! What `aiq prove` and `aiq attest` hand over, and what `aiq verify` reads: a proof with everything that it is about, or a result
//! that the service signed.

use std::io::{self, Write};

use aiq_verifier::attestation::{AttestationRequest, AttestationResult};
use aiq_verifier::eligibility::Eligibility;
use aiq_verifier::genesis::Genesis;
use aiq_verifier::presentation::Presentation;
use serde::{Deserialize, Serialize};

use crate::output::plural;
use crate::time;

/// A self-contained proof of standing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ProofFile {
    /// A zero-knowledge proof: whoever has the verifying key can check it without any service.
    Proof {
        /// The deployment; its hash is the deployment's id.
        genesis: Genesis,
        /// The signed checkpoint of the roots that the proof is about.
        checkpoint: String,
        /// For whom, what, until when.
        request: AttestationRequest,
        /// The proof.
        presentation: Box<Presentation>,
    },
    /// The service's word that it has checked such a proof.
    Result {
        /// The deployment; its log key signed the result.
        genesis: Genesis,
        /// For whom, what, until when.
        request: AttestationRequest,
        /// What the service signed.
        result: AttestationResult,
    },
}

impl ProofFile {
    /// A signed result with what it is about.
    pub const fn of_result(genesis: Genesis, request: AttestationRequest, result: AttestationResult) -> Self {
        Self::Result { genesis, request, result }
    }

    /// The deployment.
    pub const fn genesis(&self) -> &Genesis {
        match self {
            Self::Proof { genesis, .. } | Self::Result { genesis, .. } => genesis,
        }
    }

    /// What it is about.
    pub const fn request(&self) -> &AttestationRequest {
        match self {
            Self::Proof { request, .. } | Self::Result { request, .. } => request,
        }
    }
}

/// What is shown, in one line.
pub fn describe_eligibility(out: &mut dyn Write, eligibility: &Eligibility, epoch: u32) -> io::Result<()> {
    match eligibility {
        Eligibility::Membership => writeln!(out, "  shows        a member of epoch {epoch}"),
        Eligibility::Standing { requirement, menu, .. } => writeln!(
            out,
            "  shows        a member of epoch {epoch} with at least {} in domain {}, weight at least {}, valid on {} ({menu})",
            plural(requirement.min_count.into(), "credential"),
            requirement.domain,
            requirement.min_weight,
            time::date(requirement.as_of)
        ),
    }
}
