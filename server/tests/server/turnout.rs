//! Live turnout: joins and ballots are put into the database, as another process on it would put them there.

use std::time::Duration;

use aiq_server::{
    api::{PollView, Turnout, TurnoutEvent},
    store::Store as _,
};
use aiq_verifier::poll::{Choice, Phase};
use axum::{
    body::{Body, BodyDataStream},
    http::Request,
};
use futures_util::StreamExt as _;
use serde_json::json;
use tower::ServiceExt as _;

use crate::{
    fixture::Served,
    polls::{announce, new_poll},
    samples::{NOW, ballot, join},
};

/// The next event of a stream, as it is documented: its id and what it says; none at the end.
async fn next(stream: &mut BodyDataStream) -> Option<(String, Turnout)> {
    let bytes = tokio::time::timeout(Duration::from_secs(20), stream.next()).await.expect("an event")?.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let fields: serde_json::Map<_, _> = text
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let TurnoutEvent { event, id, data } = serde_json::from_value(fields.into()).unwrap();
    assert_eq!(event, "turnout", "{text}");
    Some((id, serde_json::from_str(&data).unwrap()))
}

async fn watch(served: &Served, poll: &PollView, last: Option<&str>) -> (u16, BodyDataStream) {
    let mut request = Request::get(format!("/v1/polls/{}/turnout/events", poll.definition.id));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let response = served.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    (response.status().as_u16(), response.into_body().into_data_stream())
}

async fn enter(served: &Served, poll: &PollView, number: u8) {
    served.store().await.join(&poll.definition.id, &join(number.into(), number), NOW).await.unwrap().unwrap();
}

async fn announce_with_quorum(served: &Served) -> PollView {
    let mut body = new_poll();
    body["quorum"] = json!({"ballots": 1});
    served.admin("/v1/polls", &body).await.json(201)
}

#[tokio::test]
async fn says_how_many_and_whether_the_quorum_is_reached() {
    let served = Served::new().await;
    let poll = announce_with_quorum(&served).await;
    let path = format!("/v1/polls/{}/turnout", poll.definition.id);
    let expected = Turnout { phase: Phase::Announced, joined: 0, voted: 0, quorum: 1, quorum_reached: false };
    assert_eq!(served.get(&path).await.json::<Turnout>(200), expected);
    enter(&served, &poll, 1).await;
    enter(&served, &poll, 2).await;
    served.advance(100);
    let vote = ballot(poll.scope, 1, 1, 0, &Choice::Option(0));
    served.store().await.vote(&poll.definition.id, &vote, None, NOW + 100).await.unwrap().unwrap();
    let expected = Turnout { phase: Phase::Open, joined: 2, voted: 1, quorum: 1, quorum_reached: true };
    assert_eq!(served.get(&path).await.json::<Turnout>(200), expected);
    served.get("/v1/polls/0x00000000000000000000000000000000/turnout").await.problem(404, "unknown_poll");
}

#[tokio::test]
async fn a_watch_begins_with_what_is_and_ends_with_the_close() {
    let served = Served::new().await;
    let poll = announce(&served).await;
    let (status, mut events) = watch(&served, &poll, None).await;
    assert_eq!(status, 200);
    let (first, turnout) = next(&mut events).await.unwrap();
    assert_eq!((turnout.phase, turnout.joined, turnout.voted), (Phase::Announced, 0, 0));

    enter(&served, &poll, 1).await;
    let (second, turnout) = next(&mut events).await.unwrap();
    assert_eq!((turnout.joined, turnout.voted), (1, 0));
    assert_ne!(second, first);

    // Who comes back with the last id hears nothing twice, who comes back with an older one hears what is.
    let (_, mut again) = watch(&served, &poll, Some(&second)).await;
    let (_, mut behind) = watch(&served, &poll, Some(&first)).await;
    assert_eq!(next(&mut behind).await.unwrap().0, second);
    enter(&served, &poll, 2).await;
    for events in [&mut events, &mut again, &mut behind] {
        assert_eq!(next(events).await.unwrap().1.joined, 2);
    }

    served.advance(200);
    let mut last = String::new();
    for events in [&mut events, &mut again, &mut behind] {
        let (id, turnout) = next(events).await.unwrap();
        assert_eq!(turnout.phase, Phase::Closed);
        assert!(next(events).await.is_none(), "nothing follows the close");
        last = id;
    }
    assert_eq!(watch(&served, &poll, Some(&last)).await.0, 204);
    let (_, mut late) = watch(&served, &poll, None).await;
    assert_eq!(next(&mut late).await.unwrap().1.phase, Phase::Closed);
    assert!(next(&mut late).await.is_none());
}

#[tokio::test]
async fn a_watch_does_not_keep_the_service_from_stopping() {
    let served = Served::new().await;
    let poll = announce(&served).await;
    let (service, address) = (served.service.clone(), format!("/v1/polls/{}/turnout/events", poll.definition.id));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let peer = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(aiq_server::serve(service, listener, async {
        let _ = stopped.await;
    }));
    let mut stream = tokio::net::TcpStream::connect(peer).await.unwrap();
    let request = format!("GET {address} HTTP/1.1\r\nhost: x\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let mut head = [0; 512];
    assert!(tokio::io::AsyncReadExt::read(&mut stream, &mut head).await.unwrap() > 0);

    stop.send(()).unwrap();
    let drain = Duration::from_secs(served.place.config.limits.drain_seconds);
    tokio::time::timeout(drain / 2, server).await.expect("it stops before the drain is over").unwrap().unwrap();
}
