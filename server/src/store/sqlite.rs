//! The store on one `SQLite` file: write-ahead log, `synchronous = FULL`, one writing connection, several reading ones.
//!
//! A writing transaction begins with `BEGIN IMMEDIATE`: a deferred one that reads first and writes later fails at once
//! with `SQLITE_BUSY_SNAPSHOT` if another process has written in between, and no busy timeout helps.

mod attestations;
mod columns;
mod deployment;
mod enrolments;
mod epochs;
mod error;
mod open;
mod polls;
mod votes;

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
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::{
    Accepted, AnswerRefusal, AttestationRecord, ClosedPoll, DeploymentRecord, EnrolRefusal, EpochRecord, JoinRefusal,
    Leaves, PollRecord, Store, StoreError, Task, VoteRefusal,
};

/// A store on one `SQLite` file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Begins a transaction that will write.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// The last connection that is closed leaves one whole file, without a write-ahead log beside it.
    async fn close_pools(&self) -> Result<(), StoreError> {
        self.readers.close().await;
        self.writer.close().await;
        Ok(())
    }
}

impl Store for SqliteStore {
    fn close(&self) -> Task<'_, ()> {
        Box::pin(self.close_pools())
    }

    fn deployment(&self) -> Task<'_, Option<DeploymentRecord>> {
        Box::pin(deployment::read(self))
    }

    fn found<'a>(&'a self, record: &'a DeploymentRecord, epoch: &'a EpochRecord, leaves: &'a Leaves) -> Task<'a, bool> {
        Box::pin(deployment::found(self, record, epoch, leaves))
    }

    fn admin_token_hash(&self) -> Task<'_, [u8; 32]> {
        Box::pin(deployment::admin_token_hash(self))
    }

    fn replace_admin_token<'a>(&'a self, hash: &'a [u8; 32]) -> Task<'a, ()> {
        Box::pin(deployment::replace_admin_token(self, hash))
    }

    fn latest_epoch(&self) -> Task<'_, EpochRecord> {
        Box::pin(epochs::latest(self))
    }

    fn epoch(&self, epoch: u32) -> Task<'_, Option<EpochRecord>> {
        Box::pin(epochs::one(self, epoch))
    }

    fn pending(&self) -> Task<'_, Leaves> {
        Box::pin(epochs::pending(self))
    }

    fn seal<'a>(&'a self, epoch: &'a EpochRecord, leaves: &'a Leaves) -> Task<'a, bool> {
        Box::pin(epochs::seal(self, epoch, leaves))
    }

    fn member_leaves(&self, from: u64, count: u64) -> Task<'_, Vec<Commitment>> {
        Box::pin(epochs::member_leaves(self, from, count))
    }

    fn credential_leaves(&self, from: u64, count: u64) -> Task<'_, Vec<Credential>> {
        Box::pin(epochs::credential_leaves(self, from, count))
    }

    fn invite<'a>(&'a self, hashes: &'a [[u8; 32]], expires_at: u32) -> Task<'a, ()> {
        Box::pin(enrolments::invite(self, hashes, expires_at))
    }

    fn enrol<'a>(
        &'a self,
        invitation: &'a [u8; 32],
        commitment: Commitment,
        receipt: &'a Receipt,
    ) -> Task<'a, Result<Accepted<Receipt>, EnrolRefusal>> {
        Box::pin(enrolments::enrol(self, invitation, commitment, receipt))
    }

    fn announce<'a>(&'a self, definition: &'a PollDefinition, receipt: &'a Receipt) -> Task<'a, ()> {
        Box::pin(polls::announce(self, definition, receipt))
    }

    fn poll<'a>(&'a self, id: &'a PollId) -> Task<'a, Option<PollRecord>> {
        Box::pin(polls::one(self, id))
    }

    fn polls(&self, after: Option<PollId>, limit: u32) -> Task<'_, Vec<PollRecord>> {
        Box::pin(polls::list(self, after, limit))
    }

    fn due_polls(&self, now: u32) -> Task<'_, Vec<PollId>> {
        Box::pin(polls::due(self, now))
    }

    fn close_poll<'a>(&'a self, id: &'a PollId) -> Task<'a, Option<ClosedPoll>> {
        Box::pin(polls::close(self, id))
    }

    fn keep_tally<'a>(&'a self, id: &'a PollId, tally: &'a SignedTally) -> Task<'a, SignedTally> {
        Box::pin(polls::keep_tally(self, id, tally))
    }

    fn join<'a>(
        &'a self,
        poll: &'a PollId,
        join: &'a Join,
        receipt: &'a Receipt,
    ) -> Task<'a, Result<Accepted<Receipt>, JoinRefusal>> {
        Box::pin(votes::join(self, poll, join, receipt))
    }

    fn ballot_key<'a>(&'a self, poll: &'a PollId, nullifier: &'a Nullifier) -> Task<'a, Option<BallotKey>> {
        Box::pin(votes::ballot_key(self, poll, nullifier))
    }

    fn joins<'a>(&'a self, poll: &'a PollId, after: Option<Nullifier>, limit: u32) -> Task<'a, Vec<Join>> {
        Box::pin(votes::joins(self, poll, after, limit))
    }

    fn vote<'a>(
        &'a self,
        poll: &'a PollId,
        ballot: &'a Ballot,
        receipt: &'a Receipt,
    ) -> Task<'a, Result<Accepted<Receipt>, VoteRefusal>> {
        Box::pin(votes::vote(self, poll, ballot, receipt))
    }

    fn ballots<'a>(&'a self, poll: &'a PollId, after: Option<(Nullifier, u32)>, limit: u32) -> Task<'a, Vec<Ballot>> {
        Box::pin(votes::ballots(self, poll, after, limit))
    }

    fn open_attestation<'a>(&'a self, request: &'a AttestationRequest, receipt: &'a Receipt) -> Task<'a, ()> {
        Box::pin(attestations::open(self, request, receipt))
    }

    fn attestation<'a>(&'a self, id: &'a RequestId) -> Task<'a, Option<AttestationRecord>> {
        Box::pin(attestations::one(self, id))
    }

    fn answer<'a>(
        &'a self,
        presentation: &'a Presentation,
        result: &'a AttestationResult,
    ) -> Task<'a, Result<Accepted<AttestationResult>, AnswerRefusal>> {
        Box::pin(attestations::answer(self, presentation, result))
    }

    fn forget_unanswered(&self, expired_before: u32) -> Task<'_, u64> {
        Box::pin(attestations::forget_unanswered(self, expired_before))
    }
}
