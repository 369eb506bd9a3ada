//! Everything that can stop a command: what happened, what to do about it, and the exit code.

mod hint;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use aiq_circuits::identity::DeploymentId;
use aiq_circuits::wire::WireError;
use aiq_keys::KeyError;
use aiq_prover::ProveError;
use aiq_prover::engine::EngineKind;
use aiq_server::config::ConfigError;
use aiq_server::genesis_file::GenesisFileError;
use aiq_server::{OpenError, RebuildDataError};
use serde::Serialize;

use crate::client::ClientError;
use crate::commands::BenchError;
use crate::demo::DemoError;
use crate::export::ExportError;
use crate::member::{MemberError, Refusal, TypedEvidenceError};
use crate::settings::SettingsError;
use crate::sync::SyncError;
use crate::sync::log::QuorumError;
use crate::time::TimeError;
use crate::trustee::TrusteeError;
use crate::wallet::passphrase::PassphraseError;
use crate::wallet::{WalletFileError, WordsError};
use crate::witness::WitnessError;

pub use hint::hint;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The wallet's file.
    #[error(transparent)]
    WalletFile(#[from] WalletFileError),
    /// The 24 words.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// The passphrase.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// The exchange with a service.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What a service shows is not believed.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// A member's act.
    #[error(transparent)]
    Member(#[from] MemberError),
    /// A trustee that goes no further.
    #[error(transparent)]
    Trustee(#[from] TrusteeError),
    /// A witness that does not sign.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// Witnesses that cannot be required.
    #[error(transparent)]
    Quorum(#[from] QuorumError),
    /// A bundle that cannot be made.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// Keys on this machine.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A moment or duration.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// A flag for polls of another type.
    #[error("{flag} says nothing in a poll of type {kind}")]
    PollType {
        /// The flag.
        flag: &'static str,
        /// The type.
        kind: &'static str,
    },
    /// A nonce.
    #[error("'{text}' is not a nonce of 32 bytes: {source}")]
    Nonce {
        /// What was typed.
        text: String,
        /// What is wrong with it.
        source: WireError,
    },
    /// What was written is no evidence.
    #[error(transparent)]
    Evidence(#[from] TypedEvidenceError),
    /// A copy of nothing.
    #[error("no piece of evidence needs the file {}", .0.display())]
    UnusedFile(PathBuf),
    /// Not a standard.
    #[error("{} is not a standard: {reason}", .path.display())]
    StandardFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Not a change that a poll can bring about.
    #[error("{} is not a change that a poll can bring about: {reason}", .path.display())]
    ChangeFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An option that the poll does not have.
    #[error("--if {number}: the poll has options 1 to {options}")]
    EnactmentOption {
        /// What was typed.
        number: u8,
        /// How many there are.
        options: usize,
    },
    /// No service is named.
    #[error("it is not known which service to ask")]
    NoServer,
    /// Nothing to verify with.
    #[error("a proof needs a verifying key or a service to be verified with")]
    NoMeansToVerify,
    /// No administrator's token.
    #[error("this needs the administrator's token")]
    NoToken,
    /// No invitation.
    #[error("this needs an invitation")]
    NoInvitation,
    /// Nobody said that a small crowd will do.
    #[error("nothing was done: at most {0} could do this, and whoever does is one of them")]
    SmallCrowd(u64),
    /// Somebody did not mean it.
    #[error("nothing was done: leaving was not confirmed")]
    NotConfirmed,
    /// A file cannot be read.
    #[error("cannot read {what} from {}: {source}", .path.display())]
    Read {
        /// What it should contain.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {what} to {}: {source}", .path.display())]
    Write {
        /// What it would contain.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Not a file of `aiq prove` or `aiq attest`.
    #[error("{} is not a proof or a result: {reason}", .path.display())]
    NotAProofFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The verifying key is refused.
    #[error("{} is not a verifying key to rely on: {source}", .path.display())]
    VerifyingKey {
        /// The file.
        path: PathBuf,
        /// Why.
        source: aiq_verifier::verifying_key::KeyError,
    },
    /// The deployment's keys are not keys for their statements.
    #[error("the deployment's verifying keys cannot be relied on: {0}")]
    KeysDoNotFit(aiq_verifier::verifying_key::KeyError),
    /// A proof or signature is invalid: exit code 3.
    #[error("not valid: {0}")]
    Invalid(#[from] Invalid),
    /// The service's settings.
    #[error(transparent)]
    ServerConfig(#[from] ConfigError),
    /// The genesis file.
    #[error(transparent)]
    Genesis(#[from] GenesisFileError),
    /// The service cannot start.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The log cannot be replayed.
    #[error(transparent)]
    Rebuild(#[from] RebuildDataError),
    /// Tables of the database are not what the log says.
    #[error("{0} of the tables differ from what the log says")]
    Differs(usize),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The service broke down while it ran.
    #[error("the service stopped: {0}")]
    Served(io::Error),
    /// Something in the environment is wrong; the report says what.
    #[error("{0} of the checks failed")]
    Unhealthy(usize),
    /// The demonstration did not go as it should.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// Nothing could be measured.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// The engine asked for needs another processor.
    #[error("this processor cannot run the engine '{0}'")]
    EngineUnavailable(EngineKind),
    /// Standard output or another stream.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
}

/// Why something that was to be verified is not valid.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// Another deployment than expected.
    #[error("it comes from deployment {0}")]
    Deployment(DeploymentId),
    /// Another audience than expected.
    #[error("it is meant for '{0}'")]
    Audience(String),
    /// Another nonce than expected.
    #[error("its nonce is {0}")]
    Nonce(String),
    /// Its roots were not signed.
    #[error("its roots are not those that the service signed for epoch {0}")]
    Roots(u32),
    /// Its request and its presentation name different keys.
    #[error("it was made for another key than it says")]
    Key,
    /// Its checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] SyncError),
    /// Its request or result.
    #[error(transparent)]
    Record(#[from] MemberError),
    /// The proof itself.
    #[error(transparent)]
    Proof(#[from] aiq_verifier::VerifyError),
    /// The first thing that is wrong with a log.
    #[error("{0}")]
    Audit(aiq_audit::Fault),
    /// The wallet's own vote is not what was counted.
    #[error("what was published is not what this wallet sent")]
    OwnVote,
    /// A file that is none of a claim's evidence.
    #[error("{} has the content of no piece of the evidence", .0.display())]
    Content(PathBuf),
    /// The service says so.
    #[error("the service says: {0}")]
    Service(String),
}

impl CliError {
    /// 1 failure, 2 wrong usage, 3 what was checked is not valid: a proof, a bundle, a log.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Time(_)
            | Self::Evidence(_)
            | Self::UnusedFile(_)
            | Self::StandardFile { .. }
            | Self::ChangeFile { .. }
            | Self::EnactmentOption { .. }
            | Self::Nonce { .. }
            | Self::NoServer
            | Self::NoMeansToVerify
            | Self::NoToken
            | Self::NoInvitation
            | Self::NotConfirmed
            | Self::SmallCrowd(_)
            | Self::Trustee(TrusteeError::Name(_))
            | Self::Settings(SettingsError::Syntax { .. } | SettingsError::Proxy(_))
            | Self::EngineUnavailable(_)
            | Self::ServerConfig(_)
            | Self::Genesis(_)
            | Self::Quorum(_)
            | Self::Client(ClientError::Address(_))
            | Self::PollType { .. }
            | Self::Member(
                MemberError::UnknownMenu { .. }
                | MemberError::Choice(_)
                | MemberError::TypedChoice(_)
                | MemberError::Refused(
                    Refusal::UnknownDomain(_)
                    | Refusal::UnknownKind { .. }
                    | Refusal::Claim(_)
                    | Refusal::Comment(_)
                    | Refusal::Reasons(_),
                ),
            ) => 2,
            Self::Invalid(_)
            | Self::Member(MemberError::Prove(ProveError::Invalid(_)) | MemberError::BrokenLog(_))
            | Self::Witness(WitnessError::BrokenLog(_))
            | Self::Trustee(TrusteeError::BrokenLog(_)) => 3,
            Self::Client(error) | Self::Member(MemberError::Client(error)) if error.code() == Some("proof_invalid") => {
                3
            }
            _ => 1,
        }
    }

    /// The process's exit code.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }
}

/// Prints an error on stderr: what happened and, in the last line, what to do. With `--json` it is one object.
pub fn report(error: &CliError, json: bool) {
    #[derive(Serialize)]
    struct Shown<'a> {
        error: String,
        hint: String,
        exit_code: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<&'a str>,
    }
    // A reader that has gone away (`aiq poll list | head`) is no news.
    if let CliError::Output(error) = error
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        return;
    }
    let code = match error {
        CliError::Client(error) | CliError::Member(MemberError::Client(error)) => error.code(),
        _ => None,
    };
    let shown = Shown { error: error.to_string(), hint: hint(error), exit_code: error.code(), code };
    if json {
        // Plain strings and numbers: there is nothing to refuse.
        eprintln!("{}", serde_json::to_string(&shown).unwrap_or_default());
    } else {
        eprintln!("error: {}\nhint: {}", shown.error, shown.hint);
    }
}
