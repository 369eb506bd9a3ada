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
    /// The commitment was enrolled and has left.
    Withdrawn, "withdrawn", CONFLICT, "This member has left";
    /// No published checkpoint covers the entry yet.
    NotCovered, "not_covered", CONFLICT, "No checkpoint covers this entry yet";
    /// The poll takes no more joins or ballots.
    PollClosed, "poll_closed", CONFLICT, "The poll is closed";
    /// The poll takes no ballots yet.
    PollNotOpen, "poll_not_open", CONFLICT, "The poll is not open yet";
    /// The poll has no tally yet.
    PollNotClosed, "poll_not_closed", CONFLICT, "The poll is still open";
    /// A ballot for a nullifier that has not joined.
    NotJoined, "not_joined", CONFLICT, "This nullifier has not joined the poll";
    /// The nullifier has acted in this scope with other content.
    NullifierUsed, "nullifier_used", CONFLICT, "This nullifier has acted in this scope already";
    /// Another ballot has this sequence number.
    BallotSeqUsed, "ballot_seq_used", CONFLICT, "Another ballot has this sequence number";
    /// A ballot with a higher sequence number has been accepted.
    BallotSuperseded, "ballot_superseded", CONFLICT, "A later ballot has been accepted";
    /// Somebody else has answered the request.
    AttestationAnswered, "attestation_answered", CONFLICT, "The attestation request has been answered";
    /// The presentation is for a key that the service does not use (any more).
    WrongKey, "wrong_key", CONFLICT, "The proof is for another key";
    /// The tree of members or credentials has no room.
    TreeFull, "tree_full", CONFLICT, "The tree has no room for more leaves";
    /// The invitation's time is over.
    InvitationExpired, "invitation_expired", GONE, "The invitation has expired";
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
    /// The requirement is not on the deployment's menu.
    NotOnMenu, "not_on_menu", UNPROCESSABLE_ENTITY, "The requirement is not on the menu";
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
