//! `aiq demo`: a whole deployment on this machine, on its real parts. A service on loopback with a database on disk, members with wallets
//! and HTTP clients of their own, proofs under real (but public-seed) keys, and everything that should fail, failing.

mod cast;
mod crew;
mod facts;
mod play;
mod stage;
mod timings;

use std::io;

use serde::Serialize;

use crate::args::DemoArgs;
use crate::client::ClientError;
use crate::error::CliError;
use crate::export::ExportError;
use crate::member::MemberError;
use crate::output::Output;
use crate::sync::SyncError;
use crate::witness::WitnessError;
use facts::{Fact, Narrator};
use timings::Timings;

/// Why the demonstration could not go on, or did not show what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// A member could not act.
    #[error("the demonstration broke off: {0}")]
    Member(#[from] MemberError),
    /// The service did not answer as it should.
    #[error("the demonstration broke off: {0}")]
    Client(#[from] ClientError),
    /// The witness could not act.
    #[error("the demonstration broke off: {0}")]
    Witness(#[from] WitnessError),
    /// The log could not be exported.
    #[error("the demonstration broke off: {0}")]
    Export(#[from] ExportError),
    /// What the service shows is not believed.
    #[error("the demonstration broke off: {0}")]
    Sync(#[from] SyncError),
    /// The service did not start.
    #[error("the demonstration's service did not start: {0}")]
    Open(#[from] aiq_server::OpenError),
    /// The public-seed keys could not be made.
    #[error("the demonstration's keys: {0}")]
    Keys(#[from] aiq_keys::KeyError),
    /// The demonstration's genesis is refused.
    #[error("the demonstration's genesis: {0}")]
    Domain(#[from] aiq_circuits::credential::DomainError),
    /// The demonstration's evidence is in no known form.
    #[error("the demonstration's claims: {0}")]
    Evidence(#[from] aiq_verifier::claim::EvidenceError),
    /// The demonstration's trustees have names that nobody may have.
    #[error("the demonstration's trustees: {0}")]
    TrusteeName(#[from] aiq_verifier::ceremony::TrusteeError),
    /// A trustee could not do its part.
    #[error("a trustee of the demonstration could not do its part: {0}")]
    Trustee(#[from] aiq_sealing::trustee::TrusteeError),
    /// A trustee got what does not fit.
    #[error("a trustee of the demonstration complains")]
    Complaint,
    /// There are not so many trustees.
    #[error("the demonstration has no trustee {0}")]
    Seat(u8),
    /// A published proof could not be checked.
    #[error("the demonstration broke off: {0}")]
    Verify(#[from] aiq_verifier::VerifyError),
    /// The verifying keys do not fit their statements.
    #[error("the demonstration's keys: {0}")]
    VerifyingKey(#[from] aiq_verifier::verifying_key::KeyError),
    /// Files and sockets.
    #[error("the demonstration broke off: {0}")]
    Io(#[from] io::Error),
    /// Nobody could meet the requirement.
    #[error("nobody among the members can vote")]
    NobodyEligible,
    /// Something was not as expected.
    #[error("{0} of the facts shown are not as they should be")]
    Facts(usize),
}

/// What the demonstration showed, for `--json`.
#[derive(Debug, Serialize)]
struct Report {
    members: usize,
    eligible: usize,
    passed: bool,
    facts: Vec<Fact>,
    timings: Timings,
}

/// Plays the demonstration.
///
/// # Errors
/// [`DemoError::Facts`] if anything is not as expected.
pub fn run(output: &Output, args: DemoArgs) -> Result<(), CliError> {
    let mut narrator = Narrator::new(*output);
    let played = play::play(args.members, &mut narrator)?;
    let failed = narrator.failed();
    let report = Report {
        members: played.members,
        eligible: played.eligible,
        passed: failed == 0,
        facts: narrator.into_facts(),
        timings: played.timings,
    };
    output.result(&report, |out, paint| {
        report.timings.write(out, paint)?;
        let facts = report.facts.len();
        if failed == 0 {
            writeln!(out, "\n{}", paint.green(format!("All {facts} facts are as they should be.")))
        } else {
            writeln!(out, "\n{}", paint.red(format!("{failed} of {facts} facts are not as they should be.")))
        }
    })?;
    if failed == 0 { Ok(()) } else { Err(DemoError::Facts(failed).into()) }
}
