//! Two services on one database (ATTACKS 16).

use aiq_server::api::InvitationBatch;
use aiq_verifier::{log::Act, poll::Choice, receipt::Receipt, withdrawal::Withdrawal};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    contract::log::acts,
    fixture::{Place, Served},
    samples::{commitment, enrolment, leaving},
    sealed::{cast, sealed, shown, vote},
};

/// Two services; the second one's place shares everything but the folder, which the first one's keeps alive.
async fn two() -> [Served; 2] {
    let place = Place::new();
    let (first, token) = place.open().await.unwrap();
    let (second, none) = place.open().await.unwrap();
    assert!(none.is_none());
    let token = token.unwrap().expose().to_owned();
    let twin = Place {
        folder: tempfile::tempdir().unwrap(),
        clock: place.clock.clone(),
        genesis: place.genesis.clone(),
        config: place.config.clone(),
    };
    [
        Served { app: first.router(), service: first, token: token.clone(), place },
        Served { app: second.router(), service: second, token, place: twin },
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_first_starts_found_one_deployment() {
    let place = Place::new();
    let (one, other) = tokio::join!(place.open(), place.open());
    let ((one, first), (other, second)) = (one.unwrap(), other.unwrap());
    assert_eq!(one.deployment_id(), other.deployment_id());
    assert!(first.is_some() != second.is_some(), "one administrator's token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_invitation_is_used_once_whoever_is_asked() {
    let replicas = two().await;
    let body = json!({"count": 1, "expires_in": 60});
    let batch: InvitationBatch = replicas[0].admin("/v1/invitations", &body).await.json(201);
    let mut requests = JoinSet::new();
    for number in 0..40_u64 {
        let app = replicas[usize::from(number % 2 == 0)].app.clone();
        let body = enrolment(&batch.invitations[0].token, 1000 + number % 4);
        requests.spawn(async move {
            let request = crate::fixture::json_request("/v1/enrolments", None, &body);
            tower::ServiceExt::oneshot(app, request).await.unwrap().status().as_u16()
        });
    }
    let statuses = requests.join_all().await;
    let count = |status: u16| statuses.iter().filter(|found| **found == status).count();
    assert_eq!((count(201), count(200), count(409)), (1, 9, 30), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_epoch_is_sealed_once_and_both_go_on_from_it() {
    let replicas = two().await;
    for round in 0..4_u64 {
        let body = json!({"count": 3, "expires_in": 60});
        let batch: InvitationBatch = replicas[0].admin("/v1/invitations", &body).await.json(201);
        for (invitation, number) in batch.invitations.iter().zip(0..) {
            let body = enrolment(&invitation.token, 1000 + 10 * round + number);
            replicas[1].post("/v1/enrolments", &body).await.json::<Receipt>(201);
        }
        // One who has just come and one of the round before leave.
        for leaves in [1000 + 10 * round, 991 + 10 * round].into_iter().take(if round == 0 { 1 } else { 2 }) {
            let id = replicas[0].service.deployment_id();
            let withdrawal = Withdrawal::sign(&leaving(leaves), id, commitment(leaves));
            replicas[1].post("/v1/withdrawals", &json!(withdrawal)).await.json::<Receipt>(201);
        }
        // Take turns in being first, so that each has to catch up with the other.
        let (first, second) = if round % 2 == 0 { (0, 1) } else { (1, 0) };
        let (one, other) = tokio::join!(replicas[first].service.seal_epoch(), replicas[second].service.seal_epoch());
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(one.sealed != other.sealed, "one of them seals");
        assert_eq!(one.checkpoint, other.checkpoint);
        assert_eq!(u64::from(one.checkpoint.epoch), round + 1);
    }
    let latest = replicas[0].service.seal_epoch().await.unwrap();
    assert_eq!((latest.sealed, latest.checkpoint.members, latest.checkpoint.withdrawn), (false, 15, 7));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sealed_poll_is_opened_and_counted_once_whoever_comes_first() {
    let replicas = two().await;
    let poll = sealed(&replicas[0], Some(json!({"kind": "service", "reasons": 20}))).await;
    replicas[0].advance(100);
    for number in 1..=3 {
        let ballot = vote(&poll, number, 0, &Choice::Option(0));
        cast(&replicas[usize::from(number % 2)], &poll, &ballot).await.json::<Receipt>(201);
    }
    replicas[0].advance(100);
    let (one, other) = tokio::join!(replicas[0].service.tick(), replicas[1].service.tick());
    assert!(one.unwrap().tallied + other.unwrap().tallied >= 1);
    let shown = [shown(&replicas[0], &poll).await, shown(&replicas[1], &poll).await];
    assert_eq!(shown[0], shown[1]);
    assert_eq!(shown[0].tally.as_ref().unwrap().tally.options, [3, 0]);
    let kinds: Vec<&str> = acts(&replicas[0].store().await).await.iter().map(Act::kind).collect();
    assert_eq!(kinds[kinds.len() - 6..], ["close", "share", "tally", "reason", "reason", "reason"]);
}
