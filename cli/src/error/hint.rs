//! What to do about an error. Every error has a hint: the last line of what a person reads.

mod refusal;
mod trustee;

use std::io::{self, ErrorKind};

use aiq_server::{OpenError, RebuildDataError};

use super::{CliError, Invalid};
use crate::client::ClientError;
use crate::commands::BenchError;
use crate::demo::DemoError;
use crate::export::ExportError;
use crate::member::{MemberError, SealingFault};
use crate::settings::SettingsError;
use crate::sync::SyncError;
use crate::sync::log::{BrokenLog, Kept};
use crate::wallet::passphrase::PassphraseError;
use crate::wallet::{WalletFileError, WordsError};
use crate::witness::{WitnessError, WitnessFileError};

/// The hint for an error, one line.
#[must_use]
pub fn hint(error: &CliError) -> String {
    match error {
        CliError::Settings(error) => settings(error),
        CliError::WalletFile(error) => wallet_file(error),
        CliError::Words(error) => words(error),
        CliError::Passphrase(error) => passphrase(error),
        CliError::Client(error) => client(error),
        CliError::Sync(error) => sync(error),
        CliError::Member(error) => member(error),
        CliError::Witness(error) => witness(error),
        CliError::Trustee(error) => trustee::trustee(error),
        CliError::Quorum(_) => "name each witness once, and require at least 1 and at most all of them".into(),
        CliError::Keys(_) | CliError::VerifyingKey { .. } | CliError::KeysDoNotFit(_) => {
            "fetch the deployment's keys again with 'aiq sync'".into()
        }
        CliError::Time(_) => "write for example 7d, 2027-01-31 or 2027-01-31T18:00Z".into(),
        CliError::PollType { .. } => {
            "leave it out, or choose another --type; 'aiq poll create --help' says which".into()
        }
        CliError::Nonce { .. } => "write 0x and 64 lower-case hex digits".into(),
        CliError::NoServer => "name the service with --server URL, AIQ_SERVER or 'server' in the settings file".into(),
        CliError::NoMeansToVerify => "add --key FILE to verify on this machine, or --server URL".into(),
        CliError::NoToken => {
            "put it into AIQ_ADMIN_TOKEN or a file named with --token-file; the first 'aiq serve' printed it".into()
        }
        CliError::NotConfirmed => "type the word when asked, or add --yes".into(),
        CliError::SmallCrowd(_) => "wait until the crowd has grown, or add --small-crowd-ok".into(),
        CliError::NoInvitation => {
            "paste it when asked, or put it into AIQ_INVITATION or a file named with --invitation-file".into()
        }
        CliError::Read { source, .. } => io_hint(source, "check the path and that you may read it"),
        CliError::Write { source, .. } => io_hint(source, "check the path and that you may write there"),
        CliError::Evidence(error) => refusal::evidence(error),
        CliError::UnusedFile(_) => {
            "each --file is for a URL without '#sha256=', in the same order; other evidence names its content itself"
                .into()
        }
        CliError::StandardFile { .. } => "see [[standards]] in a genesis file for the fields".into(),
        CliError::ChangeFile { .. } => {
            "write for example kind = \"menu-removal\" and id = \"…\"; docs/protocol.md lists the changes".into()
        }
        CliError::EnactmentOption { .. } => "name the option by its number, from 1".into(),
        CliError::NotAProofFile { .. } => "use the whole file that 'aiq prove' or 'aiq attest … --json' wrote".into(),
        CliError::Invalid(Invalid::Audit(_)) => {
            "export it again: if that is wrong too, do not rely on the service, and show the bundle to others".into()
        }
        CliError::Invalid(Invalid::Content(_)) => {
            "look for another copy: only one with the claimed hash is what the claim is about".into()
        }
        CliError::Invalid(Invalid::OwnVote) => {
            "the receipt in this wallet proves it: keep the wallet's file, and show it to other members and the witnesses".into()
        }
        CliError::Export(error) => export(error),
        CliError::Invalid(_) => "do not rely on it; ask for a new proof".into(),
        CliError::ServerConfig(_) => "correct the settings of the service; 'aiq serve --help' lists the flags".into(),
        CliError::Genesis(_) => "correct the genesis file at the place named above".into(),
        CliError::Open(error) | CliError::Rebuild(RebuildDataError::Open(error)) => open(error),
        CliError::Rebuild(_) => "stop every service on this database and try again, or restore it from a backup".into(),
        CliError::Differs(_) => "add --repair to have them replaced".into(),
        CliError::Listen { address, source } if source.kind() == ErrorKind::AddrInUse => {
            format!("another process uses port {}: stop it, or choose another port with --listen", address.port())
        }
        CliError::Listen { .. } => "choose an address of this machine and a port above 1023 with --listen".into(),
        CliError::Served(source) => {
            io_hint(source, "look at the log above, then start it again: nothing accepted is lost")
        }
        CliError::Unhealthy(_) => "mend what is marked above; every line says how".into(),
        CliError::Demo(error) => demo(error),
        CliError::Bench(error) => bench(error),
        CliError::EngineUnavailable(_) => "leave out --engine for the fastest that it can run".into(),
        CliError::Output(source) => io_hint(source, "check where standard output goes"),
    }
}

fn broken_log(error: &BrokenLog) -> String {
    match &error.kept {
        Kept::File(_) => "stop using this service; show the file to other members and to the witnesses".into(),
        Kept::Nowhere => "stop using this service, and tell other members and the witnesses".into(),
        Kept::Failed { source, .. } => {
            io_hint(source, "stop using this service; mend that place and repeat the command to keep the evidence")
        }
    }
}

fn export(error: &ExportError) -> String {
    match error {
        ExportError::Client(error) => client(error),
        ExportError::Sync(error) => sync(error),
        ExportError::Poll(error) => member(error),
        ExportError::UnknownClaim(_) => "the ids of claims are in 'aiq claim list'".into(),
        ExportError::Manifest(_) | ExportError::Key(_) | ExportError::Write(_) => {
            "do not rely on this service: ask the operator through another channel".into()
        }
    }
}

fn witness(error: &WitnessError) -> String {
    match error {
        WitnessError::Files(error) => witness_files(error),
        WitnessError::Client(error) => match error.code() {
            Some("unknown_witness") => {
                "have the operator name this witness's key to the service with 'aiq serve --witness'".into()
            }
            _ => client(error),
        },
        WitnessError::Sync(error) => sync(error),
        WitnessError::BrokenLog(error) => broken_log(error),
    }
}

fn witness_files(error: &WitnessFileError) -> String {
    match error {
        WitnessFileError::Locked(_) => "one witness is one process: stop the other one first".into(),
        WitnessFileError::Damaged { .. } | WitnessFileError::StateLost { .. } | WitnessFileError::OtherKey { .. } => {
            "bring the file back from a backup, or begin as another witness: with a new key and a new state".into()
        }
        WitnessFileError::OtherName { .. } => "leave out --name, or make another witness with files of its own".into(),
        WitnessFileError::Name(_) => "choose a name such as the host name of the witness".into(),
        WitnessFileError::Io { source, .. } => io_hint(source, "check the directory and its permissions"),
    }
}

fn settings(error: &SettingsError) -> String {
    match error {
        SettingsError::NoHome => "set HOME".into(),
        SettingsError::Unreadable { .. } => "check the path given with --config or AIQ_CONFIG".into(),
        SettingsError::Syntax { .. } => {
            "known keys are server, proxy, wallet, passphrase_file, keys_dir, cache_dir and prover_memory".into()
        }
        SettingsError::Proxy(_) => {
            "write socks5h://HOST:PORT, without a user name, there or in AIQ_PROXY, or unset the variable".into()
        }
    }
}

fn wallet_file(error: &WalletFileError) -> String {
    match error {
        WalletFileError::Missing(_) => {
            "make one with 'aiq wallet new', bring one back with 'aiq wallet restore', or name it with --wallet".into()
        }
        WalletFileError::Exists(_) => {
            "a wallet is never overwritten: name another file with --wallet, or move this one away".into()
        }
        WalletFileError::WrongPassphrase(_) => {
            "try again; if the passphrase is lost, 'aiq wallet restore' makes a new file from the 24 words".into()
        }
        WalletFileError::Damaged { path, .. } if path.extension().is_some_and(|ending| ending == "state") => {
            "move this file away: votes and joins are found again on the service, the seed is safe in the other file"
                .into()
        }
        WalletFileError::Damaged { .. } | WalletFileError::ExcessiveWork { .. } => {
            "take a copy from a backup, or make the wallet again from its 24 words with 'aiq wallet restore'".into()
        }
        WalletFileError::Newer { .. } => "use a newer aiq".into(),
        WalletFileError::Locked(_) => "wait for the other aiq to end".into(),
        WalletFileError::Io { source, .. } => io_hint(source, "check the directory and its permissions"),
    }
}

fn words(error: &WordsError) -> String {
    match error {
        WordsError::Count(_) => "type all 24 words, in order".into(),
        WordsError::Unknown { position, .. } => format!("compare word {position} with what you wrote down"),
        WordsError::Checksum => "compare each word and their order with what you wrote down".into(),
    }
}

fn passphrase(error: &PassphraseError) -> String {
    match error {
        PassphraseError::NoTerminal => "give it with --passphrase-file FILE or --passphrase-fd N".into(),
        PassphraseError::Unreadable { source, .. } => io_hint(source, "check the file or descriptor"),
        PassphraseError::Terminal(_) => "try again, or use --passphrase-file FILE".into(),
        PassphraseError::Empty => "choose a passphrase: it protects the wallet's file".into(),
        PassphraseError::Mismatch => "type the same passphrase twice".into(),
    }
}

fn client(error: &ClientError) -> String {
    match error {
        ClientError::Address(_) => "write it as http://HOST:PORT or https://HOST".into(),
        ClientError::Unreachable { .. } => {
            "check the address and that the service runs; the same command can safely be repeated".into()
        }
        ClientError::Refused(problem) => problem.hint.clone().unwrap_or_else(|| match &problem.request_id {
            Some(id) => format!("ask the operator about request {id}"),
            None => "ask the operator".into(),
        }),
        ClientError::Status { .. } | ClientError::Malformed { .. } | ClientError::TooLarge { .. } => {
            "check that this is the address of an AIQ service of this version".into()
        }
    }
}

fn sync(error: &SyncError) -> String {
    match error {
        SyncError::Client(error) => client(error),
        SyncError::DeploymentChanged { .. } => {
            "do not go on before you know why: ask the operator through another channel, or use the right --server"
                .into()
        }
        SyncError::GenesisMismatch { .. }
        | SyncError::Checkpoint(_)
        | SyncError::EpochReceipt(_)
        | SyncError::LogTile { .. }
        | SyncError::LogEntries { .. }
        | SyncError::LogSize(_)
        | SyncError::WrongEpoch { .. }
        | SyncError::Rollback { .. }
        | SyncError::RootMismatch { .. }
        | SyncError::Tile { .. }
        | SyncError::TooManyLeaves(_) => {
            "do not trust this service; keep the wallet's file as evidence and tell other members".into()
        }
        SyncError::Keys(_) => {
            "do not use these keys; if the circuits changed, use the aiq version that the service runs".into()
        }
        SyncError::Io { source, .. } => io_hint(source, "check the directory and its permissions"),
    }
}

fn member(error: &MemberError) -> String {
    match error {
        MemberError::Client(error) => client(error),
        MemberError::Sync(error) => sync(error),
        MemberError::Wallet(error) => wallet_file(error),
        MemberError::BrokenLog(broken) => broken_log(broken),
        MemberError::NoQuorum(_) => {
            "wait until they have signed, ask those who run them, or change them with 'aiq wallet witnesses'".into()
        }
        MemberError::EpochNotInLog(_) => {
            "try again in a moment; if it stays, ask the operator why the log does not go on".into()
        }
        MemberError::NotAMember { .. } => {
            "enrol with 'aiq enrol' and an invitation; whoever enrolled later than that epoch can join the next poll"
                .into()
        }
        MemberError::Withdrawn(_) => {
            "make a new wallet with 'aiq wallet new' and ask for an invitation; polls that pinned an earlier epoch still take this one"
                .into()
        }
        MemberError::Refused(error) => refusal::refusal(error),
        MemberError::Shortfall(_) => "'aiq standing' lists what you hold and which requirements you meet".into(),
        MemberError::UnknownMenu { .. } => "choose one of these, or see 'aiq standing'".into(),
        MemberError::Phase(_) => "see 'aiq poll list' for polls that can be joined".into(),
        MemberError::RequestExpired(_) => "ask the third party for a new request".into(),
        MemberError::NotJoined(id) => format!("join first with 'aiq poll join {id}'"),
        MemberError::Choice(_) | MemberError::TypedChoice(_) => {
            "'aiq poll show' lists the options and says how a vote is written; 'abstain' is always possible".into()
        }
        MemberError::Sealing(SealingFault::Shares { .. }) => {
            "ask the trustees for their shares: 'aiq poll show' names those who have not published theirs".into()
        }
        MemberError::SeqExhausted => "the last ballot stays valid".into(),
        MemberError::InvalidPoll(_)
        | MemberError::InvalidRequest(_)
        | MemberError::Eligibility(_)
        | MemberError::PollChanged(_)
        | MemberError::ClaimChanged(_)
        | MemberError::OtherReview(_)
        | MemberError::RequestChanged(_)
        | MemberError::UnsignedRoots(_)
        | MemberError::ForeignKey
        | MemberError::Ballot(_)
        | MemberError::Joins(_)
        | MemberError::Verify(_)
        | MemberError::Receipt(_)
        | MemberError::Result(_)
        | MemberError::Sealing(_)
        | MemberError::ForeignResult => {
            "do not trust this service; keep the wallet's file as evidence and tell other members".into()
        }
        MemberError::Load(_) => "delete the key's directory and fetch it again with 'aiq sync'".into(),
        MemberError::Merge(_) | MemberError::Prove(_) => "run 'aiq sync' and try again; if it stays, please report it".into(),
    }
}

fn open(error: &OpenError) -> String {
    match error {
        OpenError::DataDir { source, .. } => io_hint(source, "check the data directory and its permissions"),
        OpenError::InsecureKeys { .. } => {
            "leave --insecure-dev-keys for development, and start without these keys to make your own".into()
        }
        OpenError::Database(_) | OpenError::Store(_) | OpenError::DatabaseLost { .. } => {
            "restore the data directory from a backup, or start a new deployment in another one with --data DIR".into()
        }
        OpenError::Published { .. } | OpenError::OtherHistory { .. } => {
            "nothing was changed; docs/operations.md says what a backup has to have".into()
        }
        OpenError::GenesisChanged { .. } => "leave out --genesis, or start another deployment with --data DIR".into(),
        _ => "mend what is named above, then start again: nothing was half-written".into(),
    }
}

fn demo(error: &DemoError) -> String {
    match error {
        DemoError::Member(error) => member(error),
        DemoError::Client(error) => client(error),
        DemoError::Witness(error) => witness(error),
        DemoError::Export(error) => export(error),
        DemoError::Sync(error) => sync(error),
        DemoError::Open(error) => open(error),
        DemoError::Io(source) => io_hint(source, "check the temporary directory (TMPDIR)"),
        DemoError::Keys(_) => "delete the directory of the public-seed keys; 'aiq doctor' names it".into(),
        _ => "this is a fault of the program: please report it with the output above".into(),
    }
}

fn bench(error: &BenchError) -> String {
    match error {
        BenchError::Keys(_) | BenchError::Load(_) | BenchError::VerifyingKey(_) => {
            "delete the directory of the public-seed keys; 'aiq doctor' names it".into()
        }
        _ => "this is a fault of the program: please report it with the output above".into(),
    }
}

/// What the operating system's reason asks for, or else `otherwise`.
fn io_hint(error: &io::Error, otherwise: &str) -> String {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "make room on the disk and repeat the command: nothing was half-written".into()
        }
        ErrorKind::PermissionDenied => "change the permissions, or name another place".into(),
        ErrorKind::ReadOnlyFilesystem => "name a place that can be written to".into(),
        _ => otherwise.into(),
    }
}
