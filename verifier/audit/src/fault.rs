//! What can be wrong with a log or with the bundle it comes in.

use core::fmt;

use serde::{Deserialize, Serialize};

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The entry's place in the log, from 0; none if it is not about an entry.
    pub index: Option<u64>,
    /// Which rule is broken.
    pub code: FaultCode,
    /// The same for people.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "entry {index}: {} ({})", self.message, self.code),
            None => write!(f, "the bundle: {} ({})", self.message, self.code),
        }
    }
}

/// Defines the codes with their names: one list, so that none can be without one.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The rules that can be broken. The names are stable: programs may depend on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum FaultCode {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl FaultCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name, in JSON and in messages.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

codes! {
    /// The first line is of a version that this program does not know.
    Version = "version",
    /// A line is not in its one spelling, or not the line that stands there.
    Format = "format",
    /// The bundle ends before its last entry.
    Truncated = "truncated",
    /// The bundle goes on behind its last entry.
    Trailing = "trailing",
    /// The manifest of keys is not one in canonical form.
    Manifest = "manifest",
    /// A verifying key is not the manifest's, not for the statement's circuit, or one that would let anyone forge.
    VerifyingKey = "verifying_key",
    /// The genesis record is not that of the header's deployment.
    DeploymentId = "deployment_id",
    /// The genesis record pins another manifest.
    ManifestDigest = "manifest_digest",
    /// The checkpoint is not one that the log's key signed.
    Checkpoint = "checkpoint",
    /// A witness's line under the checkpoint does not hold, or fewer witnesses cosigned than are required.
    Cosignature = "cosignature",
    /// The checkpoint is for another number of entries than the bundle has.
    Size = "size",
    /// The entries have another root than the checkpoint says.
    Root = "root",
    /// The poll that the bundle is about is not in it.
    PollMissing = "poll_missing",
    /// The claim that the bundle is about is not in it.
    ClaimMissing = "claim_missing",
    /// Another entry belongs here.
    Order = "order",
    /// The entry's bytes have another leaf hash than stands beside them.
    EntryHash = "entry_hash",
    /// The bytes are not the canonical ones of an entry.
    Entry = "entry",
    /// The hashes beside an entry do not lead to the checkpoint's root.
    Inclusion = "inclusion",
    /// An entry of a kind, or of a poll or claim, that does not belong into the bundle of one poll or claim.
    Foreign = "foreign",
    /// The genesis record is not the first entry, not the only one, or not valid.
    Genesis = "genesis",
    /// What only a founding writes stands behind epoch 0, or anything else before it.
    Founding = "founding",
    /// A domain is not valid, stands there already, or its parent does not.
    Domain = "domain",
    /// A requirement of the menu is not valid or stands there already.
    Menu = "menu",
    /// Something is taken off the menu that is not on it, or by somebody who must not.
    MenuRemoval = "menu_removal",
    /// There is a charter already, or it asks for what is not on the menu.
    Charter = "charter",
    /// A standard is for an unknown domain or unknown reviewers, or not the next version.
    Standard = "standard",
    /// A granted credential is not valid, or its id or tag is not its own.
    Grant = "grant",
    /// The commitment was enrolled before, and may have left since.
    RepeatedMember = "repeated_member",
    /// Nobody could sign with this key to leave, or to withdraw a proposal.
    WithdrawalKey = "withdrawal_key",
    /// There is no unused invitation left that was valid then.
    NoInvitation = "no_invitation",
    /// Somebody leaves who was never enrolled.
    UnknownMember = "unknown_member",
    /// The member has left already.
    RepeatedWithdrawal = "repeated_withdrawal",
    /// Leaving is not signed by the key that the member enrolled with.
    WithdrawalSignature = "withdrawal_signature",
    /// The epoch does not follow the last one, or takes nothing in and out.
    Epoch = "epoch",
    /// The members tree is another one.
    EpochMembers = "epoch_members",
    /// The credentials tree is another one.
    EpochCredentials = "epoch_credentials",
    /// The definition of a poll breaks a rule.
    PollDefinition = "poll_definition",
    /// There is a poll with this id already.
    RepeatedPoll = "repeated_poll",
    /// The poll pins roots that no epoch had until then.
    PollRoots = "poll_roots",
    /// The poll asks for something that is not on the menu.
    PollEligibility = "poll_eligibility",
    /// What the poll enacts is not possible, or not in a poll like this.
    PollEnactment = "poll_enactment",
    /// The poll is sealed with a key that is none, not its ceremony's, or used before.
    PollSealing = "poll_sealing",
    /// The poll pins another key than the manifest's, or one that the bundle does not have.
    PollKey = "poll_key",
    /// There is no such poll.
    UnknownPoll = "unknown_poll",
    /// Before the poll, claim or ceremony was open for it, or after its end.
    OutsideTimes = "outside_times",
    /// The nullifier is in the poll already.
    RepeatedJoin = "repeated_join",
    /// Nobody could sign ballots for this key.
    BallotKey = "ballot_key",
    /// The presentation is for another statement or key, or of another tag, than belongs there.
    Presentation = "presentation",
    /// More joined than there were members.
    TooManyJoins = "too_many_joins",
    /// The proof does not hold.
    Proof = "proof",
    /// A ballot by someone who has not joined.
    NotJoined = "not_joined",
    /// A ballot whose number is not above that of the voter's last one.
    Sequence = "sequence",
    /// The opening is not what the ballot or review committed to, or there is none to be.
    Opening = "opening",
    /// The poll is closed, or the claim decided, and this ballot or review is not opened.
    OpeningMissing = "opening_missing",
    /// The ballot is not signed by the key of the join.
    BallotSignature = "ballot_signature",
    /// The poll is closed already, or it is too early.
    Close = "close",
    /// The poll takes no shares, or not now.
    SharePlace = "share_place",
    /// The trustee's share of the poll's key is there already.
    RepeatedShare = "repeated_share",
    /// The share is not the one that the ceremony gave the trustee.
    Share = "share",
    /// The poll is not closed yet, has a tally already, or too few of its trustees' shares.
    TallyPlace = "tally_place",
    /// The tally is not signed by the service.
    TallySignature = "tally_signature",
    /// The ballots give another tally.
    Tally = "tally",
    /// A reason does not stand among those of its poll, or there can be none.
    ReasonPlace = "reason_place",
    /// A reason of another length, out of its order, or one more than there are voters.
    Reason = "reason",
    /// The poll cannot be withdrawn any more.
    PollWithdrawalPlace = "poll_withdrawal_place",
    /// A poll is withdrawn by another side than announced it.
    PollWithdrawal = "poll_withdrawal",
    /// Withdrawing a proposal is not signed by the key that it came with.
    PollWithdrawalSignature = "poll_withdrawal_signature",
    /// Nobody may propose polls.
    Proposal = "proposal",
    /// There is this ceremony already, or its time is over before it begins.
    Ceremony = "ceremony",
    /// There is no such ceremony.
    UnknownCeremony = "unknown_ceremony",
    /// The ceremony is in another round, or over.
    CeremonyRound = "ceremony_round",
    /// There is no trustee with this index.
    Trustee = "trustee",
    /// The trustee has done this round already.
    RepeatedPackage = "repeated_package",
    /// What a trustee does in a ceremony is not signed by its key.
    CeremonySignature = "ceremony_signature",
    /// A trustee's package cannot be one of this ceremony and round.
    CeremonyPackage = "ceremony_package",
    /// A trustee confirms another key or another transcript than the ceremony has.
    CeremonyConfirmation = "ceremony_confirmation",
    /// A trustee complains with a secret that is not the one of its encryption key.
    CeremonyComplaint = "ceremony_complaint",
    /// Another epoch, or roots of another one, than the latest by then.
    StaleEpoch = "stale_epoch",
    /// A claim breaks a rule of its own.
    Claim = "claim",
    /// There is this claim already.
    RepeatedClaim = "repeated_claim",
    /// There is no such claim.
    UnknownClaim = "unknown_claim",
    /// The claim is not made under the standard that governs its domain.
    ClaimStandard = "claim_standard",
    /// The claim asks reviewers for something else than its standard.
    ClaimEligibility = "claim_eligibility",
    /// The claim pins another key than the manifest's.
    ClaimKey = "claim_key",
    /// The claim renews what cannot be renewed, or not by this claim.
    Renewal = "renewal",
    /// The owner tag stands for something already.
    Tag = "tag",
    /// A work of the claim is held by another one.
    Work = "work",
    /// More than anyone may do in an epoch.
    Limit = "limit",
    /// The nullifier has acted in this scope already.
    RepeatedNullifier = "repeated_nullifier",
    /// The claim is decided already, or it is too early.
    RulingPlace = "ruling_place",
    /// The reviews give another ruling.
    Ruling = "ruling",
    /// What a ruling, a tally or an epoch brings about is not what stands behind it, or nothing brings this about.
    Consequence = "consequence",
    /// The reasons of a dispute are none.
    Dispute = "dispute",
    /// The claim is not decided, or is in dispute already.
    DisputePlace = "dispute_place",
    /// The dispute opens another poll than it has to.
    DisputePoll = "dispute_poll",
    /// Nobody may invite others.
    Sponsorship = "sponsorship",
    /// A merge makes no balance note that is good now.
    Merge = "merge",
    /// One of the notes was spent before.
    Spent = "spent",
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a rule is checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place(Option<u64>);

impl Place {
    /// What is not about an entry.
    pub(crate) const BUNDLE: Self = Self(None);

    /// An entry.
    pub(crate) const fn entry(index: u64) -> Self {
        Self(Some(index))
    }

    /// The fault here.
    pub(crate) fn fault(self, code: FaultCode, message: impl Into<String>) -> Fault {
        Fault { index: self.0, code, message: message.into() }
    }

    /// A fault here unless the rule holds.
    pub(crate) fn rule<M: Into<String>>(
        self,
        holds: bool,
        code: FaultCode,
        message: impl FnOnce() -> M,
    ) -> Result<(), Fault> {
        if holds { Ok(()) } else { Err(self.fault(code, message())) }
    }
}
