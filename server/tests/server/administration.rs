use serde_json::json;

use crate::fixture::{Served, json_request};

#[tokio::test]
async fn refuses_administration_without_the_token() {
    let served = Served::new().await;
    let wrong = format!("{}0", &served.token[..served.token.len() - 1]);
    let wrong = if wrong == served.token { format!("{}1", &wrong[..wrong.len() - 1]) } else { wrong };
    for path in ["/v1/invitations", "/v1/epochs", "/v1/polls"] {
        for token in [None, Some(wrong.as_str()), Some("")] {
            let reply = served.send(json_request(path, token, &json!({}))).await;
            reply.problem(401, "unauthorized");
            assert_eq!(reply.header("www-authenticate"), "Bearer");
        }
    }
    assert!(served.admin("/v1/epochs", &json!({})).await.status.is_success());
}

#[tokio::test]
async fn a_replaced_token_stops_at_once() {
    let mut served = Served::new().await;
    let fresh = aiq_server::replace_admin_token(&served.place.config.data_dir).await.unwrap();
    served.admin("/v1/epochs", &json!({})).await.problem(401, "unauthorized");
    served.token = fresh.expose().to_owned();
    assert!(served.admin("/v1/epochs", &json!({})).await.status.is_success());
}

#[tokio::test]
async fn the_database_holds_no_token_in_the_clear() {
    let served = Served::new().await;
    let reply: serde_json::Value =
        served.admin("/v1/invitations", &json!({"count": 1, "expires_in": 60})).await.json(201);
    let invitation = reply["invitations"][0]["token"].as_str().unwrap();
    let data = &served.place.config.data_dir;
    for entry in std::fs::read_dir(data).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in [&served.token, invitation] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
}
