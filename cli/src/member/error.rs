//! Why a member could not act.

use aiq_circuits::merge::MergeError;
use aiq_prover::{LoadError, ProveError};
use aiq_verifier::VerifyError;
use aiq_verifier::attestation::{AttestationError, RequestId};
use aiq_verifier::batch::BatchError;
use aiq_verifier::claim::ClaimId;
use aiq_verifier::eligibility::EligibilityError;
use aiq_verifier::poll::{BallotError, ChoiceError, Phase, PollError, PollId};
use aiq_verifier::receipt::ReceiptError;
use aiq_verifier::service_key::SignatureError;

use super::{Refusal, SealingFault, Shortfall, TypedChoiceError};
use crate::client::ClientError;
use crate::sync::SyncError;
use crate::sync::log::{BrokenLog, NoQuorum};
use crate::wallet::WalletFileError;

/// Why a member could not enrol, join, vote or present.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MemberError {
    /// The exchange with the service failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What the service shows is not believed.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The log is not what the service promised: it forked, shrank, or has not what a receipt promises.
    #[error(transparent)]
    BrokenLog(Box<BrokenLog>),
    /// No checkpoint of the log has enough witnesses' signatures.
    #[error(transparent)]
    NoQuorum(#[from] NoQuorum),
    /// An epoch is not covered by a checkpoint of the log that counts.
    #[error("epoch {0} is not in the log yet, as far as this wallet trusts it")]
    EpochNotInLog(u32),
    /// The wallet could not be written; nothing was sent.
    #[error(transparent)]
    Wallet(#[from] WalletFileError),
    /// This wallet is not a member yet.
    #[error("this wallet is not among the {members} members of epoch {epoch}")]
    NotAMember {
        /// The epoch that counts.
        epoch: u32,
        /// How many members it has.
        members: u64,
    },
    /// This wallet has left.
    #[error("this wallet's membership was withdrawn by epoch {0}")]
    Withdrawn(u32),
    /// The requirement is not met. Found out on this machine: nothing was sent.
    #[error("{0}")]
    Shortfall(Box<Shortfall>),
    /// A rule would be broken. Found out on this machine: nothing was sent.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A claim is not what its id, its standard or the log says.
    #[error("the service shows a claim under {0} that is not the one in the log")]
    ClaimChanged(ClaimId),
    /// A review that is shown is not the one that the log committed to before the ruling.
    #[error("the service shows a review that entry {0} of the log does not commit to")]
    OtherReview(u64),
    /// There is no such merge.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// A record of the service breaks a rule of the protocol.
    #[error("the service shows a poll that no service may announce: {0}")]
    InvalidPoll(#[from] PollError),
    /// A request breaks a rule of the protocol.
    #[error("the service shows an attestation request that no service may open: {0}")]
    InvalidRequest(#[from] AttestationError),
    /// A record asks for something that no statement can show.
    #[error(transparent)]
    Eligibility(#[from] EligibilityError),
    /// The poll under this id is not the one that this wallet joined.
    #[error("poll {0} is not the poll that this wallet joined: it was changed after its announcement")]
    PollChanged(PollId),
    /// The service showed another request than asked for.
    #[error("the service shows another attestation request than {0}")]
    RequestChanged(RequestId),
    /// A record pins roots that the service did not sign for that epoch.
    #[error("the roots pinned in it are not those that the service signed for epoch {0}")]
    UnsignedRoots(u32),
    /// A record names a key that is not the deployment's.
    #[error("it asks for a proof under a key that is not the deployment's")]
    ForeignKey,
    /// A poll in the wrong phase.
    #[error("the poll is {0}")]
    Phase(Phase),
    /// The request has run out.
    #[error("the attestation request expired on {}", crate::time::moment(*.0))]
    RequestExpired(u32),
    /// This wallet has not joined the poll.
    #[error("this wallet has not joined poll {0}")]
    NotJoined(PollId),
    /// The poll does not offer this choice.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// What was typed is not a choice.
    #[error(transparent)]
    TypedChoice(#[from] TypedChoiceError),
    /// A published ballot is not signed by the key that joined.
    #[error(transparent)]
    Ballot(#[from] BallotError),
    /// Published joins without a valid proof.
    #[error("the published joins are not all proved: {0}")]
    Joins(#[from] BatchError),
    /// The key for a statement is missing, or no statement shows the eligibility.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// No more ballots: the sequence numbers are used up.
    #[error("this vote has been changed as often as is possible")]
    SeqExhausted,
    /// There is no such requirement.
    #[error("there is no requirement '{id}' on the menu; there are {}", .known.join(", "))]
    UnknownMenu {
        /// What was asked for.
        id: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The answer is not what the service promised to sign.
    #[error("the service's receipt is worthless: {0}")]
    Receipt(#[from] ReceiptError),
    /// A signed result is not signed by the deployment's key, or not about this.
    #[error("the service's result is worthless: {0}")]
    Result(#[from] SignatureError),
    /// The result is about another request or another member.
    #[error("the service's result is about something else than was sent")]
    ForeignResult,
    /// Who opens the ballots is not what the poll says, or what was published does not open them.
    #[error(transparent)]
    Sealing(#[from] SealingFault),
    /// The proving key could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// No proof could be made.
    #[error(transparent)]
    Prove(#[from] ProveError),
}
