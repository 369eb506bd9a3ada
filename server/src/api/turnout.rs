//! Live turnout of a poll (§8): by itself, and as server-sent events.

use std::convert::Infallible;

use aiq_verifier::poll::{Phase, PollId};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::REVALIDATE;
use crate::{
    http::{Json, Path, Problem},
    service::{Service, Watch},
};

/// How many take part in a poll. For what they voted is not shown before the poll closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Turnout {
    /// Where the poll stands.
    pub phase: Phase,
    /// Members who have joined.
    pub joined: u64,
    /// Members who have voted.
    pub voted: u64,
    /// Valid ballots that are needed for a result.
    pub quorum: u32,
    /// Whether so many have voted. Abstentions count; a ballot that turns out to be spoiled will not.
    pub quorum_reached: bool,
}

impl Turnout {
    /// What an event with it is called by: the same turnout has the same id, whichever process sends it.
    fn event_id(&self) -> String {
        format!("{}.{}.{}", self.phase, self.joined, self.voted)
    }

    fn event(&self) -> Event {
        let event = Event::default().event("turnout").id(self.event_id());
        // Numbers and a word always have a form in JSON.
        event.json_data(self).unwrap_or_default()
    }
}

/// One server-sent event: its fields by their names in the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TurnoutEvent {
    /// Always `turnout`.
    pub event: String,
    /// What to come back with as `Last-Event-ID`.
    pub id: String,
    /// The [`Turnout`] as JSON.
    pub data: String,
}

/// How many have joined a poll and voted in it.
#[utoipa::path(get, path = "/v1/polls/{id}/turnout", tag = "polls",
    params(("id" = String, Path, description = "Id of the poll")),
    responses((status = 200, body = Turnout), (status = 404, body = Problem)))]
async fn turnout(State(service): State<Service>, Path(id): Path<PollId>) -> Result<Response, Problem> {
    let turnout = service.turnout(&id).await?;
    Ok(([(axum::http::header::CACHE_CONTROL, REVALIDATE)], Json(turnout)).into_response())
}

/// The same as server-sent events of type `turnout`: what it is now, then every change, at most four in a second, until the poll
/// is closed. Who comes back with the `Last-Event-ID` of what is still so hears only of changes; of a closed poll, 204.
#[utoipa::path(get, path = "/v1/polls/{id}/turnout/events", tag = "polls",
    params(("id" = String, Path, description = "Id of the poll"),
        ("Last-Event-ID" = Option<String>, Header, description = "Id of the last event that was received")),
    responses((status = 200, body = TurnoutEvent, content_type = "text/event-stream"),
        (status = 204, description = "The poll is closed, and the event that says so was received"),
        (status = 404, body = Problem), (status = 503, body = Problem)))]
async fn events(
    State(service): State<Service>,
    Path(id): Path<PollId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let watch = service.watch_turnout(&id).await?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let now = *watch.turnout.borrow();
    let knows = last == Some(now.event_id().as_str());
    if knows && now.phase == Phase::Closed {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(Sse::new(changes(watch, knows.then_some(now))).keep_alive(KeepAlive::default()).into_response())
}

/// Every turnout that differs from the one before, the first from `known`; ends behind the close, or with the service.
fn changes(watch: Watch, known: Option<Turnout>) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((watch, known), async |(mut watch, known)| {
        if known.is_some_and(|known| known.phase == Phase::Closed) {
            return None;
        }
        let turnout = *watch.turnout.wait_for(|now| Some(*now) != known).await.ok()?;
        Some((Ok(turnout.event()), (watch, Some(turnout))))
    })
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(turnout)).routes(routes!(events))
}
