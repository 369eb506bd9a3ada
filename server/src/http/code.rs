//! The stable codes of problems: what a client may decide by. A code keeps its meaning and its status for ever.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

/// Defines the codes with their status and title.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident, $text:literal, $status:ident, $title:literal;)*) => {
        /// The stable name of a problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// The code as it stands in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The HTTP status it goes with.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The short text that is the same at every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    /// The path or query has a parameter that cannot be read.
    MalformedRequest, "malformed_request", BAD_REQUEST, "The request cannot be read";
    /// The body is not JSON.
    InvalidJson, "invalid_json", BAD_REQUEST, "The body is not JSON";
    /// The administrator's token is missing or wrong.
    Unauthorized, "unauthorized", UNAUTHORIZED, "The administrator's token is needed";
    /// There is no such address.
    NotFound, "not_found", NOT_FOUND, "There is nothing here";
    /// There is no such poll.
    UnknownPoll, "unknown_poll", NOT_FOUND, "There is no such poll";
    /// There is no such ceremony.
    UnknownCeremony, "unknown_ceremony", NOT_FOUND, "There is no such ceremony";
    /// The ceremony, or the one that made the poll's key, has no such trustee.
    UnknownTrustee, "unknown_trustee", NOT_FOUND, "There is no such trustee";
    /// There is no such standard.
    UnknownStandard, "unknown_standard", NOT_FOUND, "There is no such standard";
    /// There is no such claim.
    UnknownClaim, "unknown_claim", NOT_FOUND, "There is no such claim";
    /// There is no such attestation request.
    UnknownAttestation, "unknown_attestation", NOT_FOUND, "There is no such attestation request";
    /// There is no such key in this deployment.
    UnknownKey, "unknown_key", NOT_FOUND, "There is no such key";
    /// The epoch has not been sealed.
    UnknownEpoch, "unknown_epoch", NOT_FOUND, "There is no such epoch";
    /// The tile lies beyond what is sealed.
    UnknownTile, "unknown_tile", NOT_FOUND, "There is no such tile";
    /// The log has no such entry.
    UnknownEntry, "unknown_entry", NOT_FOUND, "The log has no such entry";
    /// No checkpoint of this size was published, or it is too old to be kept.
    UnknownCheckpoint, "unknown_checkpoint", NOT_FOUND, "There is no such checkpoint";
    /// There is no such invitation.
    UnknownInvitation, "unknown_invitation", NOT_FOUND, "There is no such invitation";
    /// The deployment was founded without a charter.
    NoCharter, "no_charter", NOT_FOUND, "There is no charter";
    /// The charter names no sponsors.
    NoSponsors, "no_sponsors", FORBIDDEN, "Members cannot invite here";
    /// No member was enrolled with this commitment.
    UnknownMember, "unknown_member", NOT_FOUND, "There is no such member";
    /// The address has no such method.
    MethodNotAllowed, "method_not_allowed", METHOD_NOT_ALLOWED, "This address has no such method";
    /// The request took too long to arrive or to be answered.
    RequestTimeout, "request_timeout", REQUEST_TIMEOUT, "The request took too long";
    /// The invitation was for somebody else, who has enrolled.
    InvitationUsed, "invitation_used", CONFLICT, "The invitation has been used";
    /// The commitment is enrolled already.
    AlreadyEnrolled, "already_enrolled", CONFLICT, "This member is enrolled";
    /// There is an invitation with this token.
    TokenKnown, "token_known", CONFLICT, "There is an invitation with this token";
    /// One of the notes has been merged before.
    Spent, "spent", CONFLICT, "A note has been merged before";
    /// The commitment was enrolled and has left.
    Withdrawn, "withdrawn", CONFLICT, "This member has left";
    /// Another dispute of the claim is open.
    InDispute, "in_dispute", CONFLICT, "The claim is in dispute";
    /// The claim has no decision that could be overturned.
    NothingToDispute, "nothing_to_dispute", CONFLICT, "There is nothing to dispute";
    /// No published checkpoint covers the entry yet.
    NotCovered, "not_covered", CONFLICT, "No checkpoint covers this entry yet";
    /// The poll takes no more joins or ballots.
    PollClosed, "poll_closed", CONFLICT, "The poll is closed";
    /// The poll takes no ballots yet.
    PollNotOpen, "poll_not_open", CONFLICT, "The poll is not open yet";
    /// The poll has no tally yet.
    PollNotClosed, "poll_not_closed", CONFLICT, "The poll is still open";
    /// The ballots are not sealed.
    PollNotSealed, "poll_not_sealed", CONFLICT, "The poll is not sealed";
    /// The poll has a tally: nothing more is needed to open its ballots.
    PollTallied, "poll_tallied", CONFLICT, "The poll has been counted";
    /// The poll has too few voters for its ballots to be opened.
    BelowFloor, "below_floor", CONFLICT, "Too few have voted for the ballots to be opened";
    /// Trustees have not published enough shares.
    SharesMissing, "shares_missing", CONFLICT, "The poll waits for its trustees";
    /// The ceremony is in another round.
    WrongRound, "wrong_round", CONFLICT, "The ceremony is in another round";
    /// The ceremony takes nothing more: it is complete, has failed, or its time is over.
    CeremonyOver, "ceremony_over", CONFLICT, "The ceremony is over";
    /// The trustee has said something else in this round.
    PackageKnown, "package_known", CONFLICT, "The trustee has sent another package of this round";
    /// The ceremony has not made a key.
    CeremonyIncomplete, "ceremony_incomplete", CONFLICT, "The ceremony has no key";
    /// The ceremony's key is that of another poll.
    CeremonyUsed, "ceremony_used", CONFLICT, "The ceremony has made the key of another poll";
    /// A ballot for a nullifier that has not joined.
    NotJoined, "not_joined", CONFLICT, "This nullifier has not joined the poll";
    /// The nullifier has acted in this scope with other content.
    NullifierUsed, "nullifier_used", CONFLICT, "This nullifier has acted in this scope already";
    /// Another ballot has this sequence number.
    BallotSeqUsed, "ballot_seq_used", CONFLICT, "Another ballot has this sequence number";
    /// A ballot with a higher sequence number has been accepted.
    BallotSuperseded, "ballot_superseded", CONFLICT, "A later ballot has been accepted";
    /// The act names an epoch that is not the latest.
    StaleEpoch, "stale_epoch", CONFLICT, "The epoch is not the latest";
    /// Something was or will be granted to the tag.
    TagUsed, "tag_used", CONFLICT, "The tag has been used";
    /// Versions of standards count up by one.
    StandardVersion, "standard_version", CONFLICT, "The standard's version is not the next";
    /// The claim names another standard than the one that governs its domain.
    OtherStandard, "other_standard", CONFLICT, "Another standard governs the domain";
    /// The member has made this number of the epoch's claims.
    TicketUsed, "ticket_used", CONFLICT, "The claim's number has been used";
    /// Another claim holds one of the works.
    WorkTaken, "work_taken", CONFLICT, "Another claim is about this work";
    /// What is to be renewed cannot be renewed by this claim.
    NotRenewable, "not_renewable", CONFLICT, "The claim renews nothing";
    /// The claim takes no more reviews or recusals.
    ClaimClosed, "claim_closed", CONFLICT, "The claim is closed";
    /// The claim is not decided.
    ClaimOpen, "claim_open", CONFLICT, "The claim is still open";
    /// The claimant's own claim.
    OwnClaim, "own_claim", CONFLICT, "Nobody reviews their own claim";
    /// The nullifier has recused itself.
    Recused, "recused", CONFLICT, "This member will not review the claim";
    /// The nullifier has reviewed the claim.
    AlreadyReviewed, "already_reviewed", CONFLICT, "This member has reviewed the claim";
    /// Somebody else has answered the request.
    AttestationAnswered, "attestation_answered", CONFLICT, "The attestation request has been answered";
    /// The presentation is for a key that the service does not use (any more).
    WrongKey, "wrong_key", CONFLICT, "The proof is for another key";
    /// The tree of members or credentials has no room.
    TreeFull, "tree_full", CONFLICT, "The tree has no room for more leaves";
    /// The invitation's time is over.
    InvitationExpired, "invitation_expired", GONE, "The invitation has expired";
    /// The balance would count no more.
    BalanceExpired, "balance_expired", GONE, "The balance has expired";
    /// The attestation request's time is over.
    AttestationExpired, "attestation_expired", GONE, "The attestation request has expired";
    /// The body is larger than the service reads.
    BodyTooLarge, "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// The body is not declared as JSON.
    UnsupportedMediaType, "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body must be application/json";
    /// The byte range lies outside the file.
    RangeNotSatisfiable, "range_not_satisfiable", RANGE_NOT_SATISFIABLE, "The range lies outside the file";
    /// The body is JSON of another shape, or has a value that is not in wire form.
    InvalidBody, "invalid_body", UNPROCESSABLE_ENTITY, "The body does not have the expected shape";
    /// The poll breaks a rule.
    InvalidPoll, "invalid_poll", UNPROCESSABLE_ENTITY, "The poll is not valid";
    /// The ceremony breaks a rule.
    InvalidCeremony, "invalid_ceremony", UNPROCESSABLE_ENTITY, "The ceremony is not valid";
    /// The package breaks a rule.
    InvalidPackage, "invalid_package", UNPROCESSABLE_ENTITY, "The package is not valid";
    /// The trustee does not show that it knows what its commitments are to.
    ProofOfKnowledgeInvalid, "proof_of_knowledge_invalid", UNPROCESSABLE_ENTITY, "The proof of knowledge does not hold";
    /// The confirmed key or transcript is not that of the board.
    OtherTranscript, "other_transcript", UNPROCESSABLE_ENTITY, "The confirmation is of another board";
    /// The share is not the trustee's.
    ShareInvalid, "share_invalid", UNPROCESSABLE_ENTITY, "The share is not valid";
    /// The poll takes no reasons, or only of another length.
    InvalidReason, "invalid_reason", UNPROCESSABLE_ENTITY, "The reason is not valid";
    /// Fewer members could take part than the operator's floor says.
    SmallCrowd, "small_crowd", UNPROCESSABLE_ENTITY, "Too few members could take part";
    /// The dispute breaks a rule.
    InvalidDispute, "invalid_dispute", UNPROCESSABLE_ENTITY, "The dispute is not valid";
    /// The merge breaks a rule.
    InvalidMerge, "invalid_merge", UNPROCESSABLE_ENTITY, "The merge is not valid";
    /// More than a member may do in an epoch.
    BeyondAllowance, "beyond_allowance", UNPROCESSABLE_ENTITY, "That is too many for an epoch";
    /// The requirement is not on the deployment's menu.
    NotOnMenu, "not_on_menu", UNPROCESSABLE_ENTITY, "The requirement is not on the menu";
    /// The domain is not in the deployment's domain tree.
    UnknownDomain, "unknown_domain", UNPROCESSABLE_ENTITY, "The domain is not in the domain tree";
    /// The standard breaks a rule.
    InvalidStandard, "invalid_standard", UNPROCESSABLE_ENTITY, "The standard is not valid";
    /// No standard governs the domain.
    NoStandard, "no_standard", UNPROCESSABLE_ENTITY, "No standard governs the domain";
    /// The claim breaks a rule.
    InvalidClaim, "invalid_claim", UNPROCESSABLE_ENTITY, "The claim is not valid";
    /// The claim is proved with another tag than it names.
    OtherTag, "other_tag", UNPROCESSABLE_ENTITY, "The claim is for another tag";
    /// The claim's number is above what the standard allows in an epoch.
    ClaimLimit, "claim_limit", UNPROCESSABLE_ENTITY, "Too many claims in this epoch";
    /// The review breaks a rule.
    InvalidReview, "invalid_review", UNPROCESSABLE_ENTITY, "The review is not valid";
    /// The attestation request breaks a rule.
    InvalidAttestation, "invalid_attestation", UNPROCESSABLE_ENTITY, "The attestation request is not valid";
    /// The presentation is for another statement.
    WrongStatement, "wrong_statement", UNPROCESSABLE_ENTITY, "The proof is of another statement";
    /// The proof does not verify.
    ProofInvalid, "proof_invalid", UNPROCESSABLE_ENTITY, "The proof is not valid";
    /// The signature of a ballot or a withdrawal does not verify.
    SignatureInvalid, "signature_invalid", UNPROCESSABLE_ENTITY, "The signature is not valid";
    /// The ballot does not name a choice of this poll.
    InvalidBallot, "invalid_ballot", UNPROCESSABLE_ENTITY, "The ballot is not valid";
    /// The operator has not named this witness.
    UnknownWitness, "unknown_witness", UNPROCESSABLE_ENTITY, "The witness is not one of this deployment";
    /// The line is not the witness's signature on the checkpoint.
    CosignatureInvalid, "cosignature_invalid", UNPROCESSABLE_ENTITY, "The cosignature is not valid";
    /// Too many writes from this network.
    RateLimited, "rate_limited", TOO_MANY_REQUESTS, "Too many requests";
    /// The service has a fault.
    Internal, "internal", INTERNAL_SERVER_ERROR, "The service has a fault";
    /// More proofs wait to be checked than the service queues.
    Busy, "busy", SERVICE_UNAVAILABLE, "The service is busy";
    /// The database cannot be read or written; 507 if its disk is full.
    StorageUnavailable, "storage_unavailable", SERVICE_UNAVAILABLE, "The storage is unavailable";
}

impl Code {
    /// The code for a status that no handler explained: axum's own rejections, missing files, unknown addresses.
    #[must_use]
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::RequestTimeout,
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::RANGE_NOT_SATISFIABLE => Self::RangeNotSatisfiable,
            StatusCode::UNPROCESSABLE_ENTITY => Self::InvalidBody,
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited,
            status if status.is_client_error() => Self::MalformedRequest,
            _ => Self::Internal,
        }
    }
}
