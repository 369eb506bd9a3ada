//! The store on one `SQLite` file: write-ahead log, `synchronous = FULL`, one writing connection, several reading ones.
//!
//! A writing transaction begins with `BEGIN IMMEDIATE`: a deferred one that reads first and writes later fails at once
//! with `SQLITE_BUSY_SNAPSHOT` if another process has written in between, and no busy timeout helps.

mod apply;
mod attestations;
mod ceremonies;
mod claims;
mod columns;
mod deployment;
mod disputes;
mod enrolments;
mod epochs;
mod error;
mod governance;
mod log;
mod merges;
mod open;
mod polls;
mod proposals;
mod reasons;
mod rebuild;
mod removals;
mod reviews;
mod shares;
mod sponsorships;
mod standards;
mod votes;
mod writer;

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
use sqlx::SqlitePool;

pub use self::rebuild::{RebuildError, Rebuilt, TableComparison, rebuild};
use self::writer::Writer;
use super::{
    Accepted, AnnounceRefusal, AnswerRefusal, AttestationRecord, Attested, CeremonyPackage, CeremonyRecord,
    CeremonyRefusal, CheckpointRecord, ClaimFilter, ClaimRecord, ClaimRefusal, ClosedPoll, DeploymentRecord,
    DisputeRefusal, EnrolRefusal, EpochRecord, Invitations, JoinRefusal, Logged, MergeRefusal, OpenedReview, Pending,
    PollRecord, PollWithdrawalRefusal, ProposeRefusal, PublishedReason, ReviewRefusal, RevokeRefusal, RulingRefusal,
    SealedReason, ShareRefusal, SponsorRefusal, StandardRecord, StandardRefusal, Store, StoreError, Task, VoteRefusal,
    WithdrawRefusal,
};

/// A store on one `SQLite` file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: Writer,
    readers: SqlitePool,
}

impl SqliteStore {
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

    fn found<'a>(&'a self, record: &'a DeploymentRecord, entries: &'a [Entry]) -> Task<'a, bool> {
        let (record, entries) = (record.clone(), entries.to_vec());
        Box::pin(self.writer.write(move |writer| Box::pin(deployment::found(writer, record, entries))))
    }

    fn admin_token_hash(&self) -> Task<'_, [u8; 32]> {
        Box::pin(deployment::admin_token_hash(self))
    }

    fn replace_admin_token<'a>(&'a self, hash: &'a [u8; 32]) -> Task<'a, ()> {
        let hash = *hash;
        Box::pin(self.writer.write(move |writer| Box::pin(deployment::replace_admin_token(writer, hash))))
    }

    fn log_size(&self) -> Task<'_, u64> {
        Box::pin(log::log_size(self))
    }

    fn log_entries(&self, from: u64, count: u64) -> Task<'_, Vec<Vec<u8>>> {
        Box::pin(log::entries(self, from, count))
    }

    fn openings(&self, from: u64, count: u64) -> Task<'_, Vec<(u64, EntryOpening)>> {
        Box::pin(log::openings(self, from, count))
    }

    fn log_hashes<'a>(&'a self, positions: &'a [u64]) -> Task<'a, Vec<[u8; 32]>> {
        Box::pin(log::hashes(self, positions))
    }

    fn publish_checkpoint<'a>(&'a self, size: u64, note: &'a str) -> Task<'a, ()> {
        let note = note.to_owned();
        Box::pin(self.writer.write(move |writer| Box::pin(log::publish(writer, size, note))))
    }

    fn log_checkpoints(&self, limit: u32, cosigned: bool) -> Task<'_, Vec<CheckpointRecord>> {
        Box::pin(log::checkpoints(self, limit, cosigned))
    }

    fn log_checkpoint(&self, size: u64) -> Task<'_, Option<String>> {
        Box::pin(log::checkpoint(self, size))
    }

    fn cosign<'a>(&'a self, size: u64, witness: &'a str, line: &'a str) -> Task<'a, ()> {
        let (witness, line) = (witness.to_owned(), line.to_owned());
        Box::pin(self.writer.write(move |writer| Box::pin(log::cosign(writer, size, witness, line))))
    }

    fn latest_epoch(&self) -> Task<'_, EpochRecord> {
        Box::pin(epochs::latest(self))
    }

    fn epoch(&self, epoch: u32) -> Task<'_, Option<EpochRecord>> {
        Box::pin(epochs::one(self, epoch))
    }

    fn pending(&self) -> Task<'_, Pending> {
        Box::pin(epochs::pending(self))
    }

    fn seal<'a>(&'a self, checkpoint: &'a Checkpoint, before: u64) -> Task<'a, bool> {
        let checkpoint = *checkpoint;
        Box::pin(self.writer.write(move |writer| Box::pin(epochs::seal(writer, checkpoint, before))))
    }

    fn member_leaves(&self, from: u64, count: u64) -> Task<'_, Vec<Commitment>> {
        Box::pin(epochs::member_leaves(self, from, count))
    }

    fn credential_leaves(&self, from: u64, count: u64) -> Task<'_, Vec<Credential>> {
        Box::pin(epochs::credential_leaves(self, from, count))
    }

    fn member_removals(&self, from: u64, count: u64) -> Task<'_, Vec<u32>> {
        Box::pin(removals::members(self, from, count))
    }

    fn credential_removals(&self, from: u64, count: u64) -> Task<'_, Vec<u32>> {
        Box::pin(removals::credentials(self, from, count))
    }

    fn invite<'a>(&'a self, hashes: &'a [[u8; 32]], expires_at: u32, now: u32) -> Task<'a, ()> {
        let hashes = hashes.to_vec();
        Box::pin(self.writer.write(move |writer| Box::pin(enrolments::invite(writer, hashes, expires_at, now))))
    }

    fn enrol<'a>(
        &'a self,
        invitation: &'a [u8; 32],
        commitment: Commitment,
        withdrawal_key: WithdrawalKey,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, EnrolRefusal>> {
        let invitation = *invitation;
        Box::pin(
            self.writer.write(move |writer| {
                Box::pin(enrolments::enrol(writer, invitation, (commitment, withdrawal_key), now))
            }),
        )
    }

    fn withdrawal_key(&self, commitment: Commitment) -> Task<'_, Option<WithdrawalKey>> {
        Box::pin(removals::withdrawal_key(self, commitment))
    }

    fn withdraw(&self, withdrawal: Withdrawal, now: u32) -> Task<'_, Result<Accepted<Logged>, WithdrawRefusal>> {
        Box::pin(self.writer.write(move |writer| Box::pin(removals::withdraw(writer, withdrawal, now))))
    }

    fn revoke(
        &self,
        id: CredentialId,
        because: RevokedBy,
        now: u32,
    ) -> Task<'_, Result<Accepted<Logged>, RevokeRefusal>> {
        Box::pin(self.writer.write(move |writer| Box::pin(removals::revoke(writer, id, because, now))))
    }

    fn invitations(&self) -> Task<'_, Invitations> {
        Box::pin(enrolments::count(self))
    }

    fn sponsor<'a>(
        &'a self,
        sponsorship: &'a Sponsorship,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, SponsorRefusal>> {
        let sponsorship = sponsorship.clone();
        Box::pin(self.writer.write(move |writer| Box::pin(sponsorships::sponsor(writer, sponsorship, now))))
    }

    fn has_sponsored<'a>(&'a self, nullifier: &'a Nullifier) -> Task<'a, bool> {
        Box::pin(sponsorships::has_sponsored(self, nullifier))
    }

    fn merge<'a>(&'a self, merge: &'a Merge, now: u32) -> Task<'a, Result<Accepted<Logged>, MergeRefusal>> {
        let merge = merge.clone();
        Box::pin(self.writer.write(move |writer| Box::pin(merges::merge(writer, merge, now))))
    }

    fn has_merged<'a>(&'a self, tag: &'a OwnerTag) -> Task<'a, bool> {
        Box::pin(merges::has_merged(self, tag))
    }

    fn set_standard<'a>(
        &'a self,
        standard: &'a Standard,
        by: Authority,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, StandardRefusal>> {
        let standard = standard.clone();
        Box::pin(self.writer.write(move |writer| Box::pin(standards::set(writer, standard, by, now))))
    }

    fn charter(&self) -> Task<'_, Option<Charter>> {
        Box::pin(governance::charter(self))
    }

    fn domains(&self) -> Task<'_, Vec<DomainEntry>> {
        Box::pin(governance::domains(self))
    }

    fn menu(&self) -> Task<'_, Vec<MenuEntry>> {
        Box::pin(governance::menu(self))
    }

    fn menu_entry<'a>(&'a self, id: &'a str) -> Task<'a, Option<MenuEntry>> {
        Box::pin(governance::menu_entry(self, id.to_owned()))
    }

    fn standard<'a>(&'a self, id: &'a StandardId) -> Task<'a, Option<StandardRecord>> {
        Box::pin(standards::read_one(self, *id))
    }

    fn standards(&self) -> Task<'_, Vec<StandardRecord>> {
        Box::pin(standards::newest(self))
    }

    fn governing_standard(&self, domain: Domain) -> Task<'_, Option<StandardRecord>> {
        Box::pin(standards::read_governing(self, domain))
    }

    fn open_claim<'a>(&'a self, new: &'a NewClaim, now: u32) -> Task<'a, Result<Accepted<Logged>, ClaimRefusal>> {
        let new = Box::new(new.clone());
        Box::pin(self.writer.write(move |writer| Box::pin(claims::open(writer, new, now))))
    }

    fn claim<'a>(&'a self, id: &'a ClaimId) -> Task<'a, Option<ClaimRecord>> {
        Box::pin(claims::read_one(self, *id))
    }

    fn claims(&self, filter: ClaimFilter, after: Option<ClaimId>, limit: u32) -> Task<'_, Vec<ClaimRecord>> {
        Box::pin(claims::list(self, filter, after, limit))
    }

    fn due_claims(&self, now: u32) -> Task<'_, Vec<ClaimId>> {
        Box::pin(claims::due(self, now))
    }

    fn recuse<'a>(
        &'a self,
        claim: &'a ClaimId,
        presentation: &'a Presentation,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, ReviewRefusal>> {
        let (claim, presentation) = (*claim, presentation.clone());
        Box::pin(self.writer.write(move |writer| Box::pin(reviews::recuse(writer, claim, presentation, now))))
    }

    fn review<'a>(
        &'a self,
        claim: &'a ClaimId,
        review: &'a Review,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, ReviewRefusal>> {
        let (claim, review) = (*claim, review.clone());
        Box::pin(self.writer.write(move |writer| Box::pin(reviews::review(writer, claim, review, now))))
    }

    fn has_acted<'a>(&'a self, claim: &'a ClaimId, nullifier: &'a Nullifier) -> Task<'a, bool> {
        Box::pin(reviews::has_acted(self, *claim, *nullifier))
    }

    fn reviews<'a>(
        &'a self,
        claim: &'a ClaimId,
        after: Option<(ReviewCommitment, u64)>,
        limit: u32,
    ) -> Task<'a, Vec<OpenedReview>> {
        Box::pin(reviews::list(self, *claim, after, limit))
    }

    fn rule<'a>(&'a self, claim: &'a ClaimId, now: u32) -> Task<'a, Result<(), RulingRefusal>> {
        let claim = *claim;
        Box::pin(self.writer.write(move |writer| Box::pin(reviews::rule(writer, claim, now))))
    }

    fn dispute<'a>(
        &'a self,
        claim: &'a ClaimId,
        dispute: &'a Dispute,
        poll: &'a PollDefinition,
    ) -> Task<'a, Result<Accepted<Logged>, DisputeRefusal>> {
        let (claim, dispute, poll) = (*claim, dispute.clone(), Box::new(poll.clone()));
        Box::pin(self.writer.write(move |writer| Box::pin(disputes::dispute(writer, claim, dispute, poll))))
    }

    fn poll_of_dispute<'a>(&'a self, nullifier: &'a Nullifier) -> Task<'a, Option<PollId>> {
        Box::pin(disputes::poll_of(self, nullifier))
    }

    fn open_ceremony<'a>(&'a self, ceremony: &'a Ceremony, now: u32) -> Task<'a, Logged> {
        let ceremony = ceremony.clone();
        Box::pin(self.writer.write(move |writer| Box::pin(ceremonies::open(writer, ceremony, now))))
    }

    fn ceremony<'a>(&'a self, id: &'a CeremonyId) -> Task<'a, Option<CeremonyRecord>> {
        Box::pin(ceremonies::one(self, *id))
    }

    fn ceremonies(&self, after: Option<CeremonyId>, limit: u32) -> Task<'_, Vec<CeremonyRecord>> {
        Box::pin(ceremonies::list(self, after, limit))
    }

    fn add_package<'a>(
        &'a self,
        package: &'a CeremonyPackage,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, CeremonyRefusal>> {
        let package = package.clone();
        Box::pin(self.writer.write(move |writer| Box::pin(ceremonies::add(writer, package, now))))
    }

    fn announce<'a>(&'a self, definition: &'a PollDefinition) -> Task<'a, Result<Logged, AnnounceRefusal>> {
        let definition = definition.clone();
        Box::pin(self.writer.write(move |writer| Box::pin(polls::announce(writer, definition))))
    }

    fn propose<'a>(
        &'a self,
        proposal: &'a Proposal,
        poll: &'a PollDefinition,
    ) -> Task<'a, Result<Accepted<Logged>, ProposeRefusal>> {
        let (proposal, poll) = (proposal.clone(), Box::new(poll.clone()));
        Box::pin(self.writer.write(move |writer| Box::pin(proposals::propose(writer, proposal, poll))))
    }

    fn poll_of_proposal<'a>(&'a self, nullifier: &'a Nullifier) -> Task<'a, Option<PollId>> {
        Box::pin(proposals::poll_of(self, nullifier))
    }

    fn withdraw_poll<'a>(
        &'a self,
        poll: &'a PollId,
        by: WithdrawnBy,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, PollWithdrawalRefusal>> {
        let poll = *poll;
        Box::pin(self.writer.write(move |writer| Box::pin(proposals::withdraw(writer, poll, by, now))))
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

    fn close_poll<'a>(&'a self, id: &'a PollId, now: u32) -> Task<'a, Option<ClosedPoll>> {
        let id = *id;
        Box::pin(self.writer.write(move |writer| Box::pin(polls::close(writer, id, now))))
    }

    fn publish_share<'a>(
        &'a self,
        poll: &'a PollId,
        share: &'a PollShare,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, ShareRefusal>> {
        let (poll, share) = (*poll, *share);
        Box::pin(self.writer.write(move |writer| Box::pin(shares::publish(writer, poll, share, now))))
    }

    fn keep_tally<'a>(&'a self, id: &'a PollId, tally: &'a SignedTally, now: u32) -> Task<'a, SignedTally> {
        let (id, tally) = (*id, tally.clone());
        Box::pin(self.writer.write(move |writer| Box::pin(polls::keep_tally(writer, id, tally, now))))
    }

    fn join<'a>(
        &'a self,
        poll: &'a PollId,
        join: &'a Join,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, JoinRefusal>> {
        let (poll, join) = (*poll, join.clone());
        Box::pin(self.writer.write(move |writer| Box::pin(votes::join(writer, poll, join, now))))
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
        reason: Option<&'a SealedReason>,
        now: u32,
    ) -> Task<'a, Result<Accepted<Logged>, VoteRefusal>> {
        let (poll, sent) = (*poll, (ballot.clone(), reason.cloned()));
        Box::pin(self.writer.write(move |writer| Box::pin(votes::vote(writer, poll, sent, now))))
    }

    fn ballots<'a>(&'a self, poll: &'a PollId, after: Option<(Nullifier, u32)>, limit: u32) -> Task<'a, Vec<Ballot>> {
        Box::pin(votes::ballots(self, poll, after, limit))
    }

    fn reasons<'a>(&'a self, poll: &'a PollId, after: Option<u64>, limit: u32) -> Task<'a, Vec<PublishedReason>> {
        Box::pin(reasons::list(self, poll, after, limit))
    }

    fn open_attestation<'a>(&'a self, request: &'a AttestationRequest) -> Task<'a, ()> {
        let request = request.clone();
        Box::pin(self.writer.write(move |writer| Box::pin(attestations::open(writer, request))))
    }

    fn attestation<'a>(&'a self, id: &'a RequestId) -> Task<'a, Option<AttestationRecord>> {
        Box::pin(attestations::one(self, id))
    }

    fn answer<'a>(
        &'a self,
        presentation: &'a Presentation,
        result: &'a AttestationResult,
    ) -> Task<'a, Result<Accepted<Attested>, AnswerRefusal>> {
        let (presentation, result) = (presentation.clone(), result.clone());
        Box::pin(self.writer.write(move |writer| Box::pin(attestations::answer(writer, presentation, result))))
    }

    fn forget_unanswered(&self, expired_before: u32) -> Task<'_, u64> {
        Box::pin(self.writer.write(move |writer| Box::pin(attestations::forget_unanswered(writer, expired_before))))
    }
}
