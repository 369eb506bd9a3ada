//! The HTTP interface, version 1: one file a resource, with its requests and responses (shared with the client in the
//! command line) and its routes. The rules are in [`service`](crate::service).

mod admin;
mod attestations;
mod ceremonies;
mod claims;
mod disputes;
mod docs;
mod enrolments;
mod epochs;
mod health;
mod info;
mod keys;
mod log;
mod merges;
mod page;
mod polls;
mod proposals;
mod reviews;
mod sealing;
mod sponsorships;
mod standards;
mod tiles;
mod turnout;
mod verify;
mod votes;

use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;

use crate::{http::Json, service::Service, store::Accepted};
pub use crate::{
    http::{Code, Problem},
    store::{ClaimState, Enacted, SealedReason},
};

pub use attestations::{AttestationStatus, AttestationView, Attested, NewAttestation};
pub use ceremonies::{
    CeremonyPage, CeremonyView, ComplaintEntry, ConfirmationEntry, NewCeremony, Round1Entry, Round2Entry,
};
pub use claims::{ClaimPage, ClaimQuery, ClaimView};
pub use docs::openapi;
pub(crate) use docs::with_docs;
pub use enrolments::{EnrolmentRequest, Invitation, InvitationBatch, NewInvitations};
pub use epochs::{EpochView, SealedEpoch};
pub use health::Health;
pub use info::{Info, InvitationCounts, KeyInfo, PublicLimits};
pub use log::{IndexedOpening, LogCheckpoints, NewCosignature, OpeningPage, tile_path};
pub use page::Page;
pub use polls::{NewEligibility, NewPoll, NewQuorum, NewReward, PollPage, PollView};
pub use proposals::NewProposal;
pub use reviews::{OpenedReview, ReviewPage};
pub use sealing::{NewSealing, ReasonEntry, ReasonPage, SealingView, ShareEntry, TrusteeView};
pub use standards::{StandardList, StandardView};
pub use tiles::{CREDENTIAL_LEAF_BYTES, MEMBER_LEAF_BYTES, TILE_LEAVES, TOMBSTONE_BYTES};
pub use turnout::{Turnout, TurnoutEvent};
pub use verify::{VerifyRequest, VerifyResponse};
pub use votes::{BallotEntry, BallotPage, JoinPage, NewBallot};

/// What a client may keep for ever.
pub(crate) const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// What a client has to ask for again.
pub(crate) const REVALIDATE: &str = "no-cache";

/// Every route, still without its state.
pub(crate) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::with_openapi(docs::document())
        .merge(info::routes())
        .merge(keys::routes())
        .merge(epochs::routes())
        .merge(tiles::routes())
        .merge(log::routes())
        .merge(enrolments::routes())
        .merge(sponsorships::routes())
        .merge(merges::routes())
        .merge(ceremonies::routes())
        .merge(polls::routes())
        .merge(proposals::routes())
        .merge(votes::routes())
        .merge(sealing::routes())
        .merge(turnout::routes())
        .merge(standards::routes())
        .merge(claims::routes())
        .merge(reviews::routes())
        .merge(disputes::routes())
        .merge(attestations::routes())
        .merge(verify::routes())
        .merge(health::routes())
}

impl<T> Accepted<T> {
    /// 201 the first time, 200 after that.
    fn into_reply(self) -> (StatusCode, Json<T>) {
        match self {
            Self::New(value) => (StatusCode::CREATED, Json(value)),
            Self::Repeated(value) => (StatusCode::OK, Json(value)),
        }
    }
}
