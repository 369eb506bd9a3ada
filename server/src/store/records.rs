//! What goes into a store and comes out, and why a write is refused.

mod ceremonies;
mod claims;
mod disputes;
mod proposals;

use aiq_circuits::{credential::Credential, identity::Commitment};
use aiq_verifier::{
    attestation::{AttestationRequest, AttestationResult},
    ceremony::Ceremony,
    checkpoint::Checkpoint,
    genesis::Genesis,
    log::EntryHash,
    poll::{Ballot, Phase, PollDefinition, PollShare, SignedTally},
};

pub use self::{
    ceremonies::{CeremonyPackage, CeremonyRecord, CeremonyRefusal, PublishedReason, SealedReason, ShareRefusal},
    claims::{
        ClaimFilter, ClaimRecord, ClaimRefusal, ClaimState, OpenedReview, RenewalFault, ReviewRefusal, RulingRefusal,
        StandardRecord, StandardRefusal,
    },
    disputes::{DisputeRefusal, DisputedPoll, Enacted, Origin},
    proposals::{AnnounceRefusal, PollWithdrawalRefusal, ProposeRefusal},
};
use crate::genesis_file::GenesisFile;

/// The outcome of a write that may be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted<T> {
    /// Accepted now.
    New(T),
    /// Accepted before with the same content: this is what was answered then.
    Repeated(T),
}

impl<T> Accepted<T> {
    /// The same outcome with another answer.
    pub fn map<U>(self, answer: impl FnOnce(T) -> U) -> Accepted<U> {
        match self {
            Self::New(value) => Accepted::New(answer(value)),
            Self::Repeated(value) => Accepted::Repeated(answer(value)),
        }
    }

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

/// Where an act stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The entry's place, from 0.
    pub index: u64,
    /// Its leaf hash.
    pub hash: EntryHash,
    /// When the act was accepted, Unix seconds.
    pub at: u32,
}

/// A published checkpoint of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointRecord {
    /// Entries that it covers.
    pub size: u64,
    /// The signed note, with the cosignatures it has.
    pub note: String,
}

/// A sealed epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochRecord {
    /// What the checkpoint states.
    pub checkpoint: Checkpoint,
    /// How far into the log the epoch reaches.
    pub before: u64,
    /// Its entry.
    pub logged: Logged,
}

/// What waits for the next epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The latest epoch when this was read.
    pub latest: Checkpoint,
    /// The size of the log when this was read: what comes later is not among the rest.
    pub before: u64,
    /// What becomes leaves, sorted by leaf value (§3).
    pub leaves: Leaves,
    /// What becomes tombstones after that, ascending.
    pub removals: Removals,
    /// How many changes that polls have decided wait for the next epoch.
    pub enactments: u64,
}

impl Pending {
    /// Whether the next epoch would be like the latest one, and change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.leaves == Leaves::default() && self.removals == Removals::default() && self.enactments == 0
    }
}

/// Leaves of both trees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaves {
    /// Leaves of the members tree.
    pub members: Vec<Commitment>,
    /// Leaves of the credentials tree.
    pub credentials: Vec<Credential>,
}

/// Positions of leaves that are tombstones, or become such (§4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removals {
    /// Positions in the members tree.
    pub members: Vec<u32>,
    /// Positions in the credentials tree.
    pub credentials: Vec<u32>,
}

/// A poll and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollRecord {
    /// The definition.
    pub definition: PollDefinition,
    /// The entry of its announcement.
    pub logged: Logged,
    /// Nullifiers that have joined.
    pub joined: u64,
    /// Nullifiers that have voted.
    pub voted: u64,
    /// Whether the log says that it takes nothing more.
    pub closed: bool,
    /// The ceremony that made the key of its ballots.
    pub ceremony: Option<Ceremony>,
    /// What opens them, by trustee.
    pub shares: Vec<(PollShare, Logged)>,
    /// What came out, once counted.
    pub tally: Option<SignedTally>,
    /// Who announced it.
    pub origin: Origin,
    /// The entry of its withdrawal.
    pub withdrawn: Option<Logged>,
    /// What followed, if it has decided for a change.
    pub enacted: Option<Enacted>,
}

impl PollRecord {
    /// Where the poll stands at `now`, Unix seconds.
    #[must_use]
    pub const fn phase(&self, now: u32) -> Phase {
        if self.withdrawn.is_some() { Phase::Withdrawn } else { self.definition.phase(now) }
    }
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
    /// The answer.
    pub answer: Option<Attested>,
}

/// An answer to an attestation request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// The signed result.
    pub result: AttestationResult,
    /// The entry with its hash.
    pub logged: Logged,
}

/// How many invitations were made, used or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invitations {
    /// By the administrator.
    pub administrator: u64,
    /// By members.
    pub members: u64,
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
    /// The commitment is enrolled through another invitation or the genesis, or with another withdrawal key.
    AlreadyEnrolled,
    /// The commitment was enrolled and has left.
    Withdrawn,
}

/// Why a withdrawal is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithdrawRefusal {
    /// No such member.
    UnknownMember,
    /// The member has left, under another signature.
    AlreadyWithdrawn,
}

/// Why a revocation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokeRefusal {
    /// No such credential.
    UnknownCredential,
}

/// Why a member's invitation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SponsorRefusal {
    /// This is the latest epoch, not the one that is named.
    StaleEpoch(u32),
    /// The nullifier has made another invitation.
    NullifierUsed,
    /// There is an invitation with this token.
    TokenKnown,
}

/// Why a merge is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeRefusal {
    /// This is the latest epoch, not the one that is named.
    StaleEpoch(u32),
    /// One of the notes has been merged before.
    Spent,
    /// Something was or will be granted to the tag.
    TagUsed,
    /// The new note would count no more.
    Expired,
}

/// Why a join is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinRefusal {
    /// No such poll.
    UnknownPoll,
    /// The poll takes no more.
    Closed,
    /// The poll was withdrawn.
    Withdrawn,
    /// The nullifier has joined with another ballot key.
    OtherKey,
    /// Voting earns a note, and something was or will be granted to the tag.
    TagUsed,
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
    /// The poll was withdrawn.
    Withdrawn,
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
