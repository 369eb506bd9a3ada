//! What the service keeps, as operations of its domain. SQLite is behind it now; another database has to pass the same
//! [contract] suite.
//!
//! Every write is one transaction that checks again what the service checked before it spent time on a proof: two
//! processes on one database must not both accept what only one may.

pub mod sqlite;

use std::{error::Error, path::PathBuf, pin::Pin};

use aiq_circuits::{
    credential::Credential,
    identity::{Commitment, Nullifier},
};
use aiq_verifier::{
    attestation::{AttestationRequest, AttestationResult, RequestId},
    checkpoint::Checkpoint,
    genesis::Genesis,
    poll::{Ballot, BallotKey, Join, PollDefinition, PollId, SignedTally},
    presentation::Presentation,
    receipt::Receipt,
};

pub use self::sqlite::SqliteStore;
use crate::genesis_file::GenesisFile;

/// The future of one operation: boxed, so that a store can be chosen at run time.
pub type Task<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why a store cannot do what it was asked. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database is locked, gone or refuses.
    #[error("the database does not answer: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The disk under the database is full.
    #[error("the disk under the database is full")]
    Full,
    /// Stored bytes are not what was once written.
    #[error("the database holds a {0} that cannot be read")]
    Corrupt(&'static str),
}

/// Why a database cannot be opened. Each says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenStoreError {
    /// Truncated, overwritten or not a database at all.
    #[error(
        "{path} is damaged or not a database ({reason}): restore it from a backup, or start with another data directory"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the database says.
        reason: String,
    },
    /// The file has a schema that this version does not know.
    #[error("{path} was written by another version of this program ({reason}): use that version, or a newer one")]
    Schema {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The file cannot be opened.
    #[error("{path} cannot be opened ({reason}): check that the directory exists, is writable and has room")]
    Unavailable {
        /// The file.
        path: PathBuf,
        /// What the database says.
        reason: String,
    },
}

/// The outcome of a write that may be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted<T> {
    /// Accepted now.
    New(T),
    /// Accepted before with the same content: this is what was answered then.
    Repeated(T),
}

impl<T> Accepted<T> {
    /// The answer, whichever time it is.
    pub fn into_inner(self) -> T {
        match self {
            Self::New(value) | Self::Repeated(value) => value,
        }
    }
}

/// What fixes a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentRecord {
    /// The genesis record.
    pub genesis: Genesis,
    /// The file that the first start read.
    pub file: GenesisFile,
    /// SHA-256 of the administrator's token.
    pub admin_token_hash: [u8; 32],
    /// Unix seconds.
    pub founded_at: u32,
}

/// A sealed epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochRecord {
    /// What the checkpoint states.
    pub checkpoint: Checkpoint,
    /// The checkpoint as a signed note.
    pub note: String,
}

/// What becomes leaves, sorted by leaf value (§3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaves {
    /// Leaves of the members tree.
    pub members: Vec<Commitment>,
    /// Leaves of the credentials tree.
    pub credentials: Vec<Credential>,
}

/// A poll and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollRecord {
    /// The definition.
    pub definition: PollDefinition,
    /// The receipt for its announcement.
    pub receipt: Receipt,
    /// Nullifiers that have joined.
    pub joined: u64,
    /// Nullifiers that have voted.
    pub voted: u64,
    /// What came out, once counted.
    pub tally: Option<SignedTally>,
}

/// The ballots of a poll that takes no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedPoll {
    /// Nullifiers that had joined.
    pub joined: u64,
    /// Every accepted ballot.
    pub ballots: Vec<Ballot>,
}

/// An attestation request and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestationRecord {
    /// The request.
    pub request: AttestationRequest,
    /// The receipt for it.
    pub receipt: Receipt,
    /// The signed result.
    pub result: Option<AttestationResult>,
}

/// Why an enrolment is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolRefusal {
    /// No such invitation.
    UnknownInvitation,
    /// Its time, Unix seconds, is over.
    Expired(u32),
    /// Another commitment has used it.
    Used,
    /// The commitment is enrolled through another invitation or the genesis.
    AlreadyEnrolled,
}

/// Why a join is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinRefusal {
    /// No such poll.
    UnknownPoll,
    /// The poll takes no more.
    Closed,
    /// The nullifier has joined with another ballot key.
    OtherKey,
}

/// Why a ballot is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoteRefusal {
    /// No such poll.
    UnknownPoll,
    /// The poll takes none yet.
    NotOpen,
    /// The poll takes no more.
    Closed,
    /// The nullifier has not joined.
    NotJoined,
    /// A ballot with this `seq` has another body.
    SeqUsed,
    /// A ballot with this higher `seq` has been accepted.
    Superseded(u32),
}

/// Why an answer to an attestation request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerRefusal {
    /// No such request.
    Unknown,
    /// Its time is over.
    Expired,
    /// Another nullifier has answered.
    Answered,
}

/// What the service keeps. Times of acceptance are those of the receipts.
pub trait Store: Send + Sync {
    /// The deployment; `None` before the first start.
    fn deployment(&self) -> Task<'_, Option<DeploymentRecord>>;
    /// Writes the deployment and epoch 0 with its leaves; false if there is one already, and then nothing is written.
    fn found<'a>(&'a self, record: &'a DeploymentRecord, epoch: &'a EpochRecord, leaves: &'a Leaves) -> Task<'a, bool>;
    /// SHA-256 of the administrator's token.
    fn admin_token_hash(&self) -> Task<'_, [u8; 32]>;
    /// Replaces the administrator's token.
    fn replace_admin_token<'a>(&'a self, hash: &'a [u8; 32]) -> Task<'a, ()>;

    /// The latest epoch.
    fn latest_epoch(&self) -> Task<'_, EpochRecord>;
    /// One epoch.
    fn epoch(&self, epoch: u32) -> Task<'_, Option<EpochRecord>>;
    /// What waits for the next epoch.
    fn pending(&self) -> Task<'_, Leaves>;
    /// Seals the epoch after the latest one with these leaves, which were pending; false if somebody else has sealed
    /// in between, and then nothing is written.
    fn seal<'a>(&'a self, epoch: &'a EpochRecord, leaves: &'a Leaves) -> Task<'a, bool>;
    /// Sealed leaves of the members tree by position.
    fn member_leaves(&self, from: u64, count: u64) -> Task<'_, Vec<Commitment>>;
    /// Sealed leaves of the credentials tree by position.
    fn credential_leaves(&self, from: u64, count: u64) -> Task<'_, Vec<Credential>>;

    /// Adds invitations by the SHA-256 of their tokens.
    fn invite<'a>(&'a self, hashes: &'a [[u8; 32]], expires_at: u32) -> Task<'a, ()>;
    /// Uses an invitation for a commitment.
    fn enrol<'a>(
        &'a self,
        invitation: &'a [u8; 32],
        commitment: Commitment,
        receipt: &'a Receipt,
    ) -> Task<'a, Result<Accepted<Receipt>, EnrolRefusal>>;

    /// Adds a poll.
    fn announce<'a>(&'a self, definition: &'a PollDefinition, receipt: &'a Receipt) -> Task<'a, ()>;
    /// One poll.
    fn poll<'a>(&'a self, id: &'a PollId) -> Task<'a, Option<PollRecord>>;
    /// Polls by id, after one.
    fn polls(&self, after: Option<PollId>, limit: u32) -> Task<'_, Vec<PollRecord>>;
    /// Polls that close at `now` or before and have no tally.
    fn due_polls(&self, now: u32) -> Task<'_, Vec<PollId>>;
    /// Accepts nothing more for a poll and hands out its ballots; `None` if there is no such poll.
    fn close_poll<'a>(&'a self, id: &'a PollId) -> Task<'a, Option<ClosedPoll>>;
    /// Keeps the tally of a closed poll; the one that was kept first is returned.
    fn keep_tally<'a>(&'a self, id: &'a PollId, tally: &'a SignedTally) -> Task<'a, SignedTally>;

    /// Enters a nullifier into a poll.
    fn join<'a>(
        &'a self,
        poll: &'a PollId,
        join: &'a Join,
        receipt: &'a Receipt,
    ) -> Task<'a, Result<Accepted<Receipt>, JoinRefusal>>;
    /// The ballot key of a nullifier that has joined.
    fn ballot_key<'a>(&'a self, poll: &'a PollId, nullifier: &'a Nullifier) -> Task<'a, Option<BallotKey>>;
    /// Joins by nullifier, after one.
    fn joins<'a>(&'a self, poll: &'a PollId, after: Option<Nullifier>, limit: u32) -> Task<'a, Vec<Join>>;
    /// Adds a ballot.
    fn vote<'a>(
        &'a self,
        poll: &'a PollId,
        ballot: &'a Ballot,
        receipt: &'a Receipt,
    ) -> Task<'a, Result<Accepted<Receipt>, VoteRefusal>>;
    /// Ballots by nullifier and `seq`, after one.
    fn ballots<'a>(&'a self, poll: &'a PollId, after: Option<(Nullifier, u32)>, limit: u32) -> Task<'a, Vec<Ballot>>;

    /// Adds an attestation request.
    fn open_attestation<'a>(&'a self, request: &'a AttestationRequest, receipt: &'a Receipt) -> Task<'a, ()>;
    /// One attestation request.
    fn attestation<'a>(&'a self, id: &'a RequestId) -> Task<'a, Option<AttestationRecord>>;
    /// Answers an attestation request.
    fn answer<'a>(
        &'a self,
        presentation: &'a Presentation,
        result: &'a AttestationResult,
    ) -> Task<'a, Result<Accepted<AttestationResult>, AnswerRefusal>>;
    /// Forgets requests that expired before a moment without an answer, and says how many.
    fn forget_unanswered(&self, expired_before: u32) -> Task<'_, u64>;
}
