//! What the service keeps, as operations of its domain. `SQLite` is behind it now; another database has to pass the same
//! contract suite (`tests/server/contract`).
//!
//! Every write is one transaction that checks again what the service checked before it spent time on a proof: two
//! processes on one database must not both accept what only one may.

mod records;
pub mod sqlite;

use std::{error::Error, path::PathBuf, pin::Pin};

use aiq_circuits::{
    credential::Credential,
    identity::{Commitment, Nullifier},
};
use aiq_verifier::{
    attestation::{AttestationRequest, AttestationResult, RequestId},
    poll::{Ballot, BallotKey, Join, PollDefinition, PollId, SignedTally},
    presentation::Presentation,
    receipt::Receipt,
};

pub use self::{
    records::{
        Accepted, AnswerRefusal, AttestationRecord, ClosedPoll, DeploymentRecord, EnrolRefusal, EpochRecord,
        JoinRefusal, Leaves, PollRecord, VoteRefusal,
    },
    sqlite::SqliteStore,
};

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

/// What the service keeps. Times of acceptance are those of the receipts.
pub trait Store: Send + Sync {
    /// Gives up every connection; nothing can be asked after that.
    fn close(&self) -> Task<'_, ()>;

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
