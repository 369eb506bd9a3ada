//! What the service keeps, as operations of its domain. `SQLite` is behind it now; another database has to pass the same
//! contract suite (`tests/server/contract`).
//!
//! Every write is one transaction that checks again what the service checked before it spent time on a proof: two
//! processes on one database must not both accept what only one may. An act's entry in the log and what follows from it are part of the
//! same transaction, so a crash leaves both or neither.

mod records;
pub mod sqlite;

use std::{error::Error, io, path::PathBuf, pin::Pin};

use aiq_circuits::{
    credential::{Credential, CredentialId, Domain},
    identity::{Commitment, Nullifier, OwnerTag},
};
use aiq_verifier::{
    attestation::{AttestationRequest, AttestationResult, RequestId},
    ceremony::{Ceremony, CeremonyId},
    checkpoint::Checkpoint,
    claim::{ClaimId, NewClaim},
    dispute::Dispute,
    log::{Entry, EntryOpening, RevokedBy},
    menu::{DomainEntry, MenuEntry},
    merge::Merge,
    poll::{Ballot, BallotKey, Join, PollDefinition, PollId, PollShare, SignedTally},
    presentation::Presentation,
    proposal::{Proposal, WithdrawnBy},
    review::{Review, ReviewCommitment},
    sponsorship::{Charter, Sponsorship},
    standard::{Authority, Standard, StandardId},
    withdrawal::{Withdrawal, WithdrawalKey},
};

pub use self::{
    records::{
        Accepted, AnnounceRefusal, AnswerRefusal, AttestationRecord, Attested, CeremonyPackage, CeremonyRecord,
        CeremonyRefusal, CheckpointRecord, ClaimFilter, ClaimRecord, ClaimRefusal, ClaimState, ClosedPoll,
        DeploymentRecord, DisputeRefusal, DisputedPoll, Enacted, EnrolRefusal, EpochRecord, Invitations, JoinRefusal,
        Leaves, Logged, MergeRefusal, OpenedReview, Origin, Pending, PollRecord, PollWithdrawalRefusal, ProposeRefusal,
        PublishedReason, Removals, RenewalFault, ReviewRefusal, RevokeRefusal, RulingRefusal, SealedReason,
        ShareRefusal, SponsorRefusal, StandardRecord, StandardRefusal, VoteRefusal, WithdrawRefusal,
    },
    sqlite::{RebuildError, Rebuilt, SqliteStore, TableComparison},
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

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::StorageFull { Self::Full } else { Self::Unavailable(error.into()) }
    }
}

impl StoreError {
    /// The same cause for another caller that it concerns.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Unavailable(error) => Self::Unavailable(error.to_string().into()),
            Self::Full => Self::Full,
            Self::Corrupt(what) => Self::Corrupt(what),
        }
    }
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

/// What the service keeps. `now` is the moment of acceptance, Unix seconds; it becomes the time of the act's entry.
pub trait Store: Send + Sync {
    /// Gives up every connection; nothing can be asked after that.
    fn close(&self) -> Task<'_, ()>;

    /// The deployment; `None` before the first start.
    fn deployment(&self) -> Task<'_, Option<DeploymentRecord>>;
    /// Writes the deployment and the log's first entries, epoch 0 the last of them; false if there is a deployment already, and then
    /// nothing is written.
    fn found<'a>(&'a self, record: &'a DeploymentRecord, entries: &'a [Entry]) -> Task<'a, bool>;
    /// SHA-256 of the administrator's token.
    fn admin_token_hash(&self) -> Task<'_, [u8; 32]>;
    /// Replaces the administrator's token.
    fn replace_admin_token<'a>(&'a self, hash: &'a [u8; 32]) -> Task<'a, ()>;

    /// Number of entries in the log.
    fn log_size(&self) -> Task<'_, u64>;
    /// Canonical bytes of entries by place.
    fn log_entries(&self, from: u64, count: u64) -> Task<'_, Vec<Vec<u8>>>;
    /// What the entries of ballots and reviews commit to, by place, as far as their polls are closed and their claims decided.
    fn openings(&self, from: u64, count: u64) -> Task<'_, Vec<(u64, EntryOpening)>>;
    /// Nodes of the log's tree, by their positions in the storage order of tiled logs.
    fn log_hashes<'a>(&'a self, positions: &'a [u64]) -> Task<'a, Vec<[u8; 32]>>;
    /// Keeps a signed checkpoint; one of that size that was there before stays.
    fn publish_checkpoint<'a>(&'a self, size: u64, note: &'a str) -> Task<'a, ()>;
    /// The newest checkpoints, or the newest of those that a witness has signed.
    fn log_checkpoints(&self, limit: u32, cosigned: bool) -> Task<'_, Vec<CheckpointRecord>>;
    /// The checkpoint of a size as it was published, without cosignatures.
    fn log_checkpoint(&self, size: u64) -> Task<'_, Option<String>>;
    /// Keeps a witness's signature line on a checkpoint; the first one of a witness stays.
    fn cosign<'a>(&'a self, size: u64, witness: &'a str, line: &'a str) -> Task<'a, ()>;

    /// The latest epoch.
    fn latest_epoch(&self) -> Task<'_, EpochRecord>;
    /// One epoch.
    fn epoch(&self, epoch: u32) -> Task<'_, Option<EpochRecord>>;
    /// What waits for the next epoch.
    fn pending(&self) -> Task<'_, Pending>;
    /// Seals the epoch after the latest one with everything that waited when the log had `before` entries: leaves are appended, then
    /// tombstones made. Then it makes the changes that polls have decided since the latest epoch. False if somebody else has sealed in
    /// between, and then nothing is written.
    fn seal<'a>(&'a self, checkpoint: &'a Checkpoint, before: u64) -> Task<'a, bool>;
    /// Sealed leaves of the members tree by position.
    fn member_leaves(&self, from: u64, count: u64) -> Task<'_, Vec<Commitment>>;
    /// Sealed leaves of the credentials tree by position.
    fn credential_leaves(&self, from: u64, count: u64) -> Task<'_, Vec<Credential>>;

    /// Positions of tombstones in the members tree, in the order in which they were made.
    fn member_removals(&self, from: u64, count: u64) -> Task<'_, Vec<u32>>;
    /// Positions of tombstones in the credentials tree, in the order in which they were made.
    fn credential_removals(&self, from: u64, count: u64) -> Task<'_, Vec<u32>>;

    /// Adds invitations by the SHA-256 of their tokens.
    fn invite<'a>(&'a self, hashes: &'a [[u8; 32]], expires_at: u32, now: u32) -> Task<'a, ()>;
    /// Uses an invitation for a commitment.
    fn enrol<'a>(
        &'a self,
        invitation: &'a [u8; 32],
        commitment: Commitment,
        withdrawal_key: WithdrawalKey,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, EnrolRefusal>>;
    /// The key that a commitment was enrolled with; `None` if it never was.
    fn withdrawal_key(&self, commitment: Commitment) -> Task<'_, Option<WithdrawalKey>>;
    /// Has a member leave with the next epoch. The signature was checked.
    fn withdraw(&self, withdrawal: Withdrawal, now: u32) -> Task<'_, Result<Accepted<Logged>, WithdrawRefusal>>;
    /// Revokes a credential with the next epoch. Of several reasons, the first one stays.
    fn revoke(
        &self,
        id: CredentialId,
        because: RevokedBy,
        now: u32,
    ) -> Task<'_, Result<Accepted<Logged>, RevokeRefusal>>;

    /// How many invitations were made.
    fn invitations(&self) -> Task<'_, Invitations>;
    /// Takes a member's invitation.
    fn sponsor<'a>(
        &'a self,
        sponsorship: &'a Sponsorship,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, SponsorRefusal>>;
    /// Whether a nullifier has made an invitation.
    fn has_sponsored<'a>(&'a self, nullifier: &'a Nullifier) -> Task<'a, bool>;

    /// Makes one note of several.
    fn merge<'a>(&'a self, merge: &'a Merge, now: u32) -> Task<'a, Result<Accepted<Logged>, MergeRefusal>>;
    /// Whether a merge was made for this tag.
    fn has_merged<'a>(&'a self, tag: &'a OwnerTag) -> Task<'a, bool>;

    /// Adds a standard, if it is the next one of its prefix.
    fn set_standard<'a>(
        &'a self,
        standard: &'a Standard,
        by: Authority,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, StandardRefusal>>;
    /// The charter, if there is one.
    fn charter(&self) -> Task<'_, Option<Charter>>;
    /// The domain tree as it is, by domain.
    fn domains(&self) -> Task<'_, Vec<DomainEntry>>;
    /// The menu as it is, in the order in which its entries came on it.
    fn menu(&self) -> Task<'_, Vec<MenuEntry>>;
    /// One entry of the menu as it is.
    fn menu_entry<'a>(&'a self, id: &'a str) -> Task<'a, Option<MenuEntry>>;
    /// Any standard that there ever was.
    fn standard<'a>(&'a self, id: &'a StandardId) -> Task<'a, Option<StandardRecord>>;
    /// The newest standard of every prefix, by prefix.
    fn standards(&self) -> Task<'_, Vec<StandardRecord>>;
    /// The standard that claims in a domain are judged by.
    fn governing_standard(&self, domain: Domain) -> Task<'_, Option<StandardRecord>>;

    /// Opens a claim, if its epoch is the latest, its standard governs, and its ticket, works and tag are free.
    fn open_claim<'a>(&'a self, new: &'a NewClaim, now: u32) -> Task<'a, Result<Accepted<Logged>, ClaimRefusal>>;
    /// One claim.
    fn claim<'a>(&'a self, id: &'a ClaimId) -> Task<'a, Option<ClaimRecord>>;
    /// Claims by id, after one.
    fn claims(&self, filter: ClaimFilter, after: Option<ClaimId>, limit: u32) -> Task<'_, Vec<ClaimRecord>>;
    /// Open claims that take nothing more at `now`.
    fn due_claims(&self, now: u32) -> Task<'_, Vec<ClaimId>>;
    /// Enters a nullifier that will not review a claim.
    fn recuse<'a>(
        &'a self,
        claim: &'a ClaimId,
        presentation: &'a Presentation,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, ReviewRefusal>>;
    /// Adds a review.
    fn review<'a>(
        &'a self,
        claim: &'a ClaimId,
        review: &'a Review,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, ReviewRefusal>>;
    /// Whether a nullifier has claimed, recused itself or reviewed in a claim's scope.
    fn has_acted<'a>(&'a self, claim: &'a ClaimId, nullifier: &'a Nullifier) -> Task<'a, bool>;
    /// What the reviews of a decided claim say, by commitment and place, after one; nothing before the ruling.
    fn reviews<'a>(
        &'a self,
        claim: &'a ClaimId,
        after: Option<(ReviewCommitment, u64)>,
        limit: u32,
    ) -> Task<'a, Vec<OpenedReview>>;
    /// Rules on a claim whose time is over, and grants what follows from it; does nothing if that has been done.
    fn rule<'a>(&'a self, claim: &'a ClaimId, now: u32) -> Task<'a, Result<(), RulingRefusal>>;

    /// Disputes a decided claim and announces the poll that decides; it is accepted when the poll was announced.
    fn dispute<'a>(
        &'a self,
        claim: &'a ClaimId,
        dispute: &'a Dispute,
        poll: &'a PollDefinition,
    ) -> Task<'a, Result<Accepted<Logged>, DisputeRefusal>>;
    /// The poll that a nullifier's dispute has announced.
    fn poll_of_dispute<'a>(&'a self, nullifier: &'a Nullifier) -> Task<'a, Option<PollId>>;

    /// Opens a ceremony.
    fn open_ceremony<'a>(&'a self, ceremony: &'a Ceremony, now: u32) -> Task<'a, Logged>;
    /// One ceremony, with its board.
    fn ceremony<'a>(&'a self, id: &'a CeremonyId) -> Task<'a, Option<CeremonyRecord>>;
    /// Ceremonies by id, after one.
    fn ceremonies(&self, after: Option<CeremonyId>, limit: u32) -> Task<'_, Vec<CeremonyRecord>>;
    /// Puts what a trustee says on the board of its ceremony. The signature and all that can be computed were checked.
    fn add_package<'a>(
        &'a self,
        package: &'a CeremonyPackage,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, CeremonyRefusal>>;

    /// Adds a poll, if the menu and the charter still allow it, and the ceremony that it names is complete and unused; it is accepted when
    /// it was announced.
    fn announce<'a>(&'a self, definition: &'a PollDefinition) -> Task<'a, Result<Logged, AnnounceRefusal>>;
    /// Adds a poll that a member proposes; it is accepted when it was announced.
    fn propose<'a>(
        &'a self,
        proposal: &'a Proposal,
        poll: &'a PollDefinition,
    ) -> Task<'a, Result<Accepted<Logged>, ProposeRefusal>>;
    /// The poll that a nullifier has proposed.
    fn poll_of_proposal<'a>(&'a self, nullifier: &'a Nullifier) -> Task<'a, Option<PollId>>;
    /// Withdraws a poll that has not opened. The signature of its proposer was checked.
    fn withdraw_poll<'a>(
        &'a self,
        poll: &'a PollId,
        by: WithdrawnBy,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, PollWithdrawalRefusal>>;
    /// One poll.
    fn poll<'a>(&'a self, id: &'a PollId) -> Task<'a, Option<PollRecord>>;
    /// Polls by id, after one.
    fn polls(&self, after: Option<PollId>, limit: u32) -> Task<'_, Vec<PollRecord>>;
    /// Polls that close at `now` or before, have no tally and were not withdrawn.
    fn due_polls(&self, now: u32) -> Task<'_, Vec<PollId>>;
    /// Accepts nothing more for a poll and hands out its ballots; `None` if there is no such poll, or it was withdrawn.
    fn close_poll<'a>(&'a self, id: &'a PollId, now: u32) -> Task<'a, Option<ClosedPoll>>;
    /// Takes a trustee's share of the key of a closed poll. That it is the trustee's was checked.
    fn publish_share<'a>(
        &'a self,
        poll: &'a PollId,
        share: &'a PollShare,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, ShareRefusal>>;
    /// Keeps the tally of a closed poll, does what follows from it and publishes the reasons that were sent; the one that was kept
    /// first is returned.
    fn keep_tally<'a>(&'a self, id: &'a PollId, tally: &'a SignedTally, now: u32) -> Task<'a, SignedTally>;

    /// Enters a nullifier into a poll.
    fn join<'a>(
        &'a self,
        poll: &'a PollId,
        join: &'a Join,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, JoinRefusal>>;
    /// The ballot key of a nullifier that has joined.
    fn ballot_key<'a>(&'a self, poll: &'a PollId, nullifier: &'a Nullifier) -> Task<'a, Option<BallotKey>>;
    /// Joins by nullifier, after one.
    fn joins<'a>(&'a self, poll: &'a PollId, after: Option<Nullifier>, limit: u32) -> Task<'a, Vec<Join>>;
    /// Adds a ballot; its reason takes the place of that of the voter's last one.
    fn vote<'a>(
        &'a self,
        poll: &'a PollId,
        ballot: &'a Ballot,
        reason: Option<&'a SealedReason>,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, VoteRefusal>>;
    /// Ballots by nullifier and `seq`, after one.
    fn ballots<'a>(&'a self, poll: &'a PollId, after: Option<(Nullifier, u32)>, limit: u32) -> Task<'a, Vec<Ballot>>;

    /// Reasons that stand behind the tally of a poll, by place, after one.
    fn reasons<'a>(&'a self, poll: &'a PollId, after: Option<u64>, limit: u32) -> Task<'a, Vec<PublishedReason>>;

    /// Adds an attestation request.
    fn open_attestation<'a>(&'a self, request: &'a AttestationRequest) -> Task<'a, ()>;
    /// One attestation request.
    fn attestation<'a>(&'a self, id: &'a RequestId) -> Task<'a, Option<AttestationRecord>>;
    /// Answers an attestation request; it is accepted when it was presented.
    fn answer<'a>(
        &'a self,
        presentation: &'a Presentation,
        result: &'a AttestationResult,
    ) -> Task<'a, Result<Accepted<Attested>, AnswerRefusal>>;
    /// Forgets requests that expired before a moment without an answer, and says how many.
    fn forget_unanswered(&self, expired_before: u32) -> Task<'_, u64>;
}
