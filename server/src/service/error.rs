//! Why the service refuses, and how that looks as a problem.

mod claims;
mod governance;
mod sealing;

use aiq_circuits::wire::WireError;
use aiq_verifier::{
    VerifyError,
    attestation::AttestationError,
    governance::MandateError,
    poll::{BallotError, ChoiceError, PollError, TallyError},
    proposal::ProposalKeyError,
    withdrawal::WithdrawalKeyError,
};
use axum::http::StatusCode;

pub use claims::ClaimsError;
pub use sealing::SealingError;

use crate::{
    http::{Code, Problem},
    store::StoreError,
};

/// Why the service refuses a request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// No such invitation.
    #[error("the invitation is not one of this deployment")]
    UnknownInvitation,
    /// The invitation's time is over.
    #[error("the invitation expired at {0} (Unix seconds)")]
    InvitationExpired(u32),
    /// Another commitment has used the invitation.
    #[error("another member has enrolled with this invitation")]
    InvitationUsed,
    /// The commitment is enrolled.
    #[error("this commitment is enrolled already, through another invitation or as a founder")]
    AlreadyEnrolled,
    /// Founded without a charter.
    #[error("this deployment was founded without a charter")]
    NoCharter,
    /// The charter names no sponsors.
    #[error("the charter of this deployment lets no member invite")]
    NoSponsors,
    /// The charter names no proposers.
    #[error("the charter of this deployment lets no member propose polls")]
    NoProposers,
    /// The member has proposed another poll under this number.
    #[error("this member's proposal {0} of the epoch is there with another poll")]
    Proposed(u8),
    /// A withdrawal key of a proposal that cannot be used.
    #[error(transparent)]
    ProposalKey(#[from] ProposalKeyError),
    /// There is a poll with the draft's id.
    #[error("there is a poll with this id already")]
    PollIdUsed,
    /// An epoch has changed the menu meanwhile.
    #[error("what `{0}` asks for has just changed")]
    MenuChanged(String),
    /// The poll must not carry its enactment.
    #[error(transparent)]
    Mandate(MandateError),
    /// There is no such credential, or no longer.
    #[error("{0} is not a credential that could be revoked: it was never granted, is a note, or is revoked already")]
    NotRevocable(aiq_circuits::credential::CredentialId),
    /// The poll was withdrawn.
    #[error("the poll was withdrawn before it opened")]
    PollWithdrawn,
    /// Too late to withdraw.
    #[error("the poll opened at {0} (Unix seconds): it can no longer be withdrawn")]
    PollOpened(u32),
    /// Somebody else has announced the poll.
    #[error("the poll was announced by somebody else, and only they can withdraw it")]
    ForeignPoll,
    /// A withdrawal of a poll that the key of the proposal did not sign.
    #[error("the withdrawal is not signed by the key that the poll was proposed with")]
    PollWithdrawalSignature,
    /// More than a member may do in an epoch.
    #[error("number {number} is too many for an epoch: they are counted from 0, and {per_epoch} are allowed")]
    BeyondAllowance {
        /// The number.
        number: u8,
        /// How many are allowed.
        per_epoch: u8,
    },
    /// The member has invited somebody else under this number.
    #[error("this member's invitation {0} of the epoch is there with another token")]
    Sponsored(u8),
    /// There is an invitation with this token.
    #[error("there is an invitation with this token already")]
    TokenKnown,
    /// The balance is not dated as the epoch.
    #[error("the balance is issued at {issued_at}, but the epoch was sealed at {sealed_at} (Unix seconds)")]
    BalanceIssued {
        /// What the balance says.
        issued_at: u32,
        /// What it has to say.
        sealed_at: u32,
    },
    /// The balance would count no more.
    #[error("the balance expired at {0} (Unix seconds)")]
    BalanceExpired(u32),
    /// A note has been merged before.
    #[error("one of the notes, or of the dummies beside them, has been merged before")]
    Spent,
    /// The commitment was enrolled and has left.
    #[error("the member with this commitment has left")]
    Withdrawn,
    /// No such member.
    #[error("no member was enrolled with this commitment")]
    UnknownMember,
    /// The member has left, with another signature.
    #[error("the member has left already, under another signature")]
    AlreadyWithdrawn,
    /// A withdrawal that the key of the enrolment did not sign.
    #[error("the withdrawal is not signed by the key that this commitment was enrolled with")]
    WithdrawalSignature,
    /// A withdrawal key that cannot be used.
    #[error(transparent)]
    WithdrawalKey(#[from] WithdrawalKeyError),
    /// A number in the request is out of bounds.
    #[error("`{field}` must be between {min} and {max}")]
    OutOfBounds {
        /// The field.
        field: &'static str,
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// No such epoch.
    #[error("epoch {0} has not been sealed")]
    UnknownEpoch(u32),
    /// The tile is not sealed as far as asked for.
    #[error("the tile is not sealed that far")]
    UnknownTile,
    /// No such entry.
    #[error("the log has no entry {0} yet")]
    UnknownEntry(u64),
    /// An entry that no published checkpoint covers.
    #[error("no published checkpoint covers entry {0} yet")]
    NotCovered(u64),
    /// No such checkpoint.
    #[error("there is no checkpoint of size {0} here")]
    UnknownCheckpoint(u64),
    /// A witness that the settings do not name.
    #[error("the cosignature is not one of this deployment's witnesses")]
    UnknownWitness,
    /// A cosignature that does not hold.
    #[error("the cosignature does not hold for this checkpoint")]
    Cosignature,
    /// The leaves do not fit.
    #[error("the tree of {0} has no room for what is waiting")]
    TreeFull(&'static str),
    /// No such poll.
    #[error("there is no poll {0}")]
    UnknownPoll(aiq_verifier::poll::PollId),
    /// The poll breaks a rule.
    #[error(transparent)]
    Poll(#[from] PollError),
    /// More ballots than there are members.
    #[error("a quorum of {quorum} cannot be reached: the latest epoch has {members} members")]
    QuorumOutOfReach {
        /// Ballots that the poll would need.
        quorum: u64,
        /// Members of the latest epoch.
        members: u64,
    },
    /// Fewer members than the operator's floor could take part.
    #[error("at most {at_most} of the members could take part, and fewer than {floor} are too few to hide among")]
    SmallCrowd {
        /// Members who could, as far as public data tells.
        at_most: u64,
        /// Members that there have to be.
        floor: u64,
    },
    /// The requirement is not on the menu.
    #[error("`{0}` is not on the menu of requirements")]
    NotOnMenu(String),
    /// The poll takes no ballots yet.
    #[error("the poll opens at {0} (Unix seconds)")]
    PollNotOpen(u32),
    /// The poll takes no more.
    #[error("the poll closed at {0} (Unix seconds)")]
    PollClosed(u32),
    /// The poll has no tally yet.
    #[error("the poll closes at {0} (Unix seconds)")]
    PollNotClosed(u32),
    /// The nullifier has not joined.
    #[error("nobody has joined this poll with this nullifier")]
    NotJoined,
    /// The nullifier has joined with another ballot key.
    #[error("this nullifier has joined the poll with another ballot key")]
    OtherBallotKey,
    /// A ballot with this number has another body.
    #[error("this nullifier's ballot {0} has another content")]
    SeqUsed(u32),
    /// A later ballot has been accepted.
    #[error("this nullifier's ballot {0} has been accepted already")]
    Superseded(u32),
    /// The ballot is one for another poll.
    #[error("the ballot's scope is not this poll's")]
    OtherPoll,
    /// The ballot or its key cannot be used.
    #[error(transparent)]
    Ballot(#[from] BallotError),
    /// The ballot names no choice of this poll.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// The stored ballots cannot be counted.
    #[error("the ballots cannot be counted: {0}")]
    Tally(#[from] TallyError),
    /// The act names an epoch that is not the latest.
    #[error("epoch {named} is not the latest any more: that is {latest}")]
    StaleEpoch {
        /// The epoch that is named.
        named: u32,
        /// The latest.
        latest: u32,
    },
    /// Something was or will be granted to the tag.
    #[error("the tag is in the log already: each is used once")]
    TagUsed,
    /// The domain is not in the domain tree.
    #[error("{0} is not in the domain tree")]
    UnknownDomain(aiq_circuits::credential::Domain),
    /// About a standard, a claim or a review.
    #[error(transparent)]
    Claims(#[from] ClaimsError),
    /// About a ceremony, a share, a sealed ballot or a reason.
    #[error(transparent)]
    Sealing(#[from] SealingError),
    /// No such attestation request.
    #[error("there is no attestation request {0}")]
    UnknownAttestation(aiq_verifier::attestation::RequestId),
    /// The attestation request breaks a rule.
    #[error(transparent)]
    Attestation(#[from] AttestationError),
    /// The attestation request's time is over.
    #[error("the request expired at {0} (Unix seconds)")]
    AttestationExpired(u32),
    /// Another nullifier has answered the attestation request.
    #[error("another member has answered this request")]
    AttestationAnswered,
    /// The presentation is refused.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A key that is not one of the deployment's.
    #[error("{0} is not the key of this statement in this deployment")]
    UnknownKey(aiq_verifier::verifying_key::KeyId),
    /// A public input that is not in wire form.
    #[error("public_inputs[{index}]: {source}")]
    PublicInput {
        /// Which one.
        index: usize,
        /// What is wrong with it.
        source: WireError,
    },
    /// A cursor that no page gave out.
    #[error("`after` is not the `next` of a page of this listing")]
    Cursor,
    /// Too many proofs wait.
    #[error("too many proofs are waiting to be checked")]
    Busy,
    /// A task of the service died.
    #[error("the work on this request was broken off")]
    Broken,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ServiceError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::UnknownInvitation => Code::UnknownInvitation,
            Self::InvitationExpired(_) => Code::InvitationExpired,
            Self::InvitationUsed => Code::InvitationUsed,
            Self::AlreadyEnrolled => Code::AlreadyEnrolled,
            Self::NoCharter => Code::NoCharter,
            Self::NoSponsors => Code::NoSponsors,
            Self::NoProposers => Code::NoProposers,
            Self::PollIdUsed => Code::PollIdUsed,
            Self::MenuChanged(_) => Code::MenuChanged,
            Self::PollWithdrawn => Code::PollWithdrawn,
            Self::PollOpened(_) => Code::PollOpened,
            Self::ForeignPoll => Code::ForeignPoll,
            Self::BeyondAllowance { .. } => Code::BeyondAllowance,
            Self::TokenKnown => Code::TokenKnown,
            Self::BalanceIssued { .. } | Self::Verify(VerifyError::Merge(_)) => Code::InvalidMerge,
            Self::BalanceExpired(_) => Code::BalanceExpired,
            Self::Spent => Code::Spent,
            Self::Withdrawn | Self::AlreadyWithdrawn => Code::Withdrawn,
            Self::UnknownMember => Code::UnknownMember,
            Self::OutOfBounds { .. } | Self::PublicInput { .. } | Self::WithdrawalKey(_) | Self::ProposalKey(_) => {
                Code::InvalidBody
            }
            Self::UnknownEpoch(_) => Code::UnknownEpoch,
            Self::UnknownTile => Code::UnknownTile,
            Self::UnknownEntry(_) => Code::UnknownEntry,
            Self::NotCovered(_) => Code::NotCovered,
            Self::UnknownCheckpoint(_) => Code::UnknownCheckpoint,
            Self::UnknownWitness => Code::UnknownWitness,
            Self::Cosignature => Code::CosignatureInvalid,
            Self::TreeFull(_) => Code::TreeFull,
            Self::UnknownPoll(_) => Code::UnknownPoll,
            Self::Mandate(_) | Self::NotRevocable(_) | Self::Poll(PollError::Change(_) | PollError::Enactment) => {
                Code::InvalidEnactment
            }
            Self::Poll(_) | Self::QuorumOutOfReach { .. } => Code::InvalidPoll,
            Self::NotOnMenu(_) => Code::NotOnMenu,
            Self::SmallCrowd { .. } => Code::SmallCrowd,
            Self::PollNotOpen(_) => Code::PollNotOpen,
            Self::PollClosed(_) => Code::PollClosed,
            Self::PollNotClosed(_) => Code::PollNotClosed,
            Self::NotJoined => Code::NotJoined,
            Self::OtherBallotKey | Self::Sponsored(_) | Self::Proposed(_) => Code::NullifierUsed,
            Self::SeqUsed(_) => Code::BallotSeqUsed,
            Self::Superseded(_) => Code::BallotSuperseded,
            Self::Ballot(BallotError::Signature(_)) | Self::WithdrawalSignature | Self::PollWithdrawalSignature => {
                Code::SignatureInvalid
            }
            Self::OtherPoll | Self::Ballot(_) | Self::Choice(_) => Code::InvalidBallot,
            Self::StaleEpoch { .. } => Code::StaleEpoch,
            Self::TagUsed => Code::TagUsed,
            Self::UnknownDomain(_) => Code::UnknownDomain,
            Self::Claims(error) => error.code(),
            Self::Sealing(error) => error.code(),
            Self::UnknownAttestation(_) => Code::UnknownAttestation,
            Self::Attestation(_) => Code::InvalidAttestation,
            Self::AttestationExpired(_) => Code::AttestationExpired,
            Self::AttestationAnswered => Code::AttestationAnswered,
            Self::Verify(VerifyError::Proof) => Code::ProofInvalid,
            Self::Verify(VerifyError::Statement { .. }) => Code::WrongStatement,
            Self::Verify(VerifyError::Key { .. }) => Code::WrongKey,
            Self::UnknownKey(_) | Self::Verify(VerifyError::NoKey(_)) => Code::UnknownKey,
            Self::Cursor => Code::MalformedRequest,
            Self::Busy => Code::Busy,
            Self::Store(StoreError::Corrupt(_)) | Self::Verify(_) | Self::Tally(_) | Self::Broken => Code::Internal,
            Self::Store(_) => Code::StorageUnavailable,
        }
    }

    /// What the sender can do about it.
    fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownInvitation => "check the invitation for missing characters, or ask for a new one",
            Self::InvitationExpired(_) | Self::InvitationUsed => "ask the administrator for a new invitation",
            Self::AlreadyEnrolled => "this wallet is a member: the membership takes effect with the next epoch",
            Self::NoCharter | Self::NoSponsors => "ask the administrator for an invitation",
            Self::BeyondAllowance { .. } => "wait for the next epoch",
            Self::NoProposers => "ask the administrator to announce the poll",
            Self::PollIdUsed => "draw another id: 16 random bytes are never there twice",
            Self::MenuChanged(_) => "look at the menu in /v1/info, and send the poll again",
            Self::Mandate(_) => {
                "what a poll has to ask for stands in /v1/charter; the menu and the domains are in /v1/info"
            }
            Self::PollOpened(_) => "ask members to vote against it",
            Self::ForeignPoll => "the poll shows who has announced it",
            Self::Sponsored(_) | Self::Proposed(_) => "take the next number, or wait for the next epoch",
            Self::TokenKnown => "make another token: 32 random bytes are never there twice",
            Self::BalanceIssued { .. } => "date the balance as the epoch and prove again",
            Self::Verify(VerifyError::Merge(_)) => {
                "make the merge anew: six slots, each of another note or a fresh dummy"
            }
            Self::BalanceExpired(_) => "merge notes that still count",
            Self::Spent => "synchronise: the wallet knows again then which notes are left",
            Self::Withdrawn => "a commitment that left stays away: make a new wallet and enrol that one",
            Self::UnknownMember => "leave with the wallet that was enrolled here",
            Self::UnknownPoll(_) => "the polls are listed at /v1/polls",
            Self::Poll(_) => "change what is named and announce the poll again",
            Self::QuorumOutOfReach { .. } => "lower the quorum, or seal an epoch with more members first",
            Self::Choice(_) => "the poll's definition says what its ballots can say",
            Self::NotOnMenu(_) => "the menu is in /v1/info",
            Self::SmallCrowd { .. } => {
                "ask for less, or wait until more members could show it; the operator sets the bound with `crowd.floor`"
            }
            Self::NotCovered(_) => {
                "a checkpoint is published every second in which the log grew: ask again in a moment"
            }
            Self::UnknownCheckpoint(_) => "sign one of those at /v1/log/checkpoints",
            Self::UnknownWitness => "the operator adds a witness's key to the setting `witnesses`",
            Self::PollNotOpen(_) => "send the ballot again once the poll is open",
            Self::PollNotClosed(_) => "ask again once the poll is closed",
            Self::NotJoined => "join the poll first",
            Self::OtherBallotKey => "vote with the ballot key of the first join: it cannot be replaced",
            Self::SeqUsed(_) | Self::Superseded(_) => "to change a vote, sign a ballot with a higher seq",
            Self::StaleEpoch { .. } => "synchronise, and prove again under the latest epoch",
            Self::TagUsed => "prove again with a tag that was not used before",
            Self::UnknownDomain(_) => "the domain tree is in /v1/info",
            Self::Claims(error) => error.hint(),
            Self::Sealing(error) => error.hint(),
            Self::AttestationExpired(_) | Self::AttestationAnswered => "ask the third party for a new request",
            Self::Verify(VerifyError::Key { .. }) => "fetch this deployment's keys and prove again",
            Self::Verify(VerifyError::Proof) => {
                "prove again for exactly this act: its roots, scope and message are part of the proof"
            }
            Self::UnknownKey(_) => "the keys are listed in /v1/manifest",
            Self::Busy | Self::Store(StoreError::Unavailable(_)) => "send the request again in a moment",
            Self::Store(StoreError::Full) => "nothing was written; the operator has to make room on the disk",
            _ => return None,
        })
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let code = error.code();
        let mut problem = if matches!(code, Code::Internal | Code::StorageUnavailable) {
            tracing::error!(%error, code = code.as_str(), "a request could not be served");
            // What the database says is for the operator.
            Self::new(code, code.title())
        } else {
            Self::new(code, error.to_string())
        };
        problem.hint = error.hint().map(str::to_owned);
        match error {
            ServiceError::Busy | ServiceError::NotCovered(_) | ServiceError::Store(StoreError::Unavailable(_)) => {
                problem.with_retry_after(1)
            }
            ServiceError::Store(StoreError::Full) => problem.with_status(StatusCode::INSUFFICIENT_STORAGE),
            _ => problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_507_and_a_locked_database_503() {
        let full = Problem::from(ServiceError::Store(StoreError::Full));
        assert_eq!((full.status, full.code.as_str()), (507, "storage_unavailable"));
        let locked = StoreError::Unavailable("database is locked at /somewhere".into());
        let locked = Problem::from(ServiceError::Store(locked));
        assert_eq!((locked.status, locked.code.as_str(), locked.retry_after), (503, "storage_unavailable", Some(1)));
        assert!(!locked.detail.contains("somewhere"), "what the database says is for the operator");
    }
}
