use serde_json::Value;

use crate::fixture::Served;

#[tokio::test]
async fn the_document_lists_every_address() {
    let document = serde_json::to_value(aiq_server::openapi()).unwrap();
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    for path in [
        "/health/live",
        "/health/ready",
        "/v1/attestations",
        "/v1/attestations/{id}",
        "/v1/attestations/{id}/presentation",
        "/checkpoint",
        "/tile/entries/{number}",
        "/tile/{level}/{number}",
        "/v1/ceremonies",
        "/v1/ceremonies/{id}",
        "/v1/ceremonies/{id}/complaints",
        "/v1/ceremonies/{id}/confirmations",
        "/v1/ceremonies/{id}/round-1",
        "/v1/ceremonies/{id}/round-2",
        "/v1/charter",
        "/v1/claims",
        "/v1/claims/{id}",
        "/v1/claims/{id}/disputes",
        "/v1/claims/{id}/recusals",
        "/v1/claims/{id}/reviews",
        "/v1/enrolments",
        "/v1/epochs",
        "/v1/epochs/latest",
        "/v1/epochs/{epoch}",
        "/v1/log/checkpoints",
        "/v1/log/cosignatures",
        "/v1/log/inclusion/{index}",
        "/v1/log/openings/{number}",
        "/v1/info",
        "/v1/invitations",
        "/v1/keys/{key_id}/proving",
        "/v1/keys/{key_id}/verifying",
        "/v1/manifest",
        "/v1/merges",
        "/v1/polls",
        "/v1/polls/{id}",
        "/v1/polls/{id}/ballots",
        "/v1/polls/{id}/joins",
        "/v1/polls/{id}/reasons",
        "/v1/polls/{id}/shares",
        "/v1/polls/{id}/tally",
        "/v1/polls/{id}/turnout",
        "/v1/polls/{id}/turnout/events",
        "/v1/polls/{id}/withdrawal",
        "/v1/proposals",
        "/v1/sponsorships",
        "/v1/standards",
        "/v1/standards/{id}",
        "/v1/tiles/credentials/{n}",
        "/v1/tiles/credentials/{n}/{width}",
        "/v1/tiles/members/{n}",
        "/v1/tiles/members/{n}/{width}",
        "/v1/tiles/revoked/{n}",
        "/v1/tiles/revoked/{n}/{width}",
        "/v1/tiles/withdrawn/{n}",
        "/v1/tiles/withdrawn/{n}/{width}",
        "/v1/verify",
        "/v1/withdrawals",
    ] {
        assert!(paths.iter().any(|listed| *listed == path), "{path} is not in {paths:?}");
    }
    assert_eq!(paths.len(), 58);
    for method in ["get", "post"] {
        assert!(document["paths"]["/v1/polls"][method].is_object(), "{method}");
    }
}

/// Every operation with its address and method.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
        .collect()
}

/// What a schema says, and every schema within.
fn schemas(value: &Value) -> Vec<&Value> {
    let inner: Vec<&Value> = match value {
        Value::Object(fields) => fields.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    inner.into_iter().flat_map(schemas).chain([value]).collect()
}

#[test]
fn every_error_is_documented_as_the_problem_that_it_is() {
    let document = serde_json::to_value(aiq_server::openapi()).unwrap();
    for (name, operation) in operations(&document) {
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("default"), "{name}");
        for (status, response) in responses {
            if status == "default" || status.starts_with(['4', '5']) {
                let problem = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(problem, "#/components/schemas/Problem", "{name} {status}");
                assert_eq!(response["content"].as_object().unwrap().len(), 1, "{name} {status}");
            }
        }
    }
}

/// A time after 2038 is no `int32`. What is written instead is the spelling of the library, which no registry knows, so that readers
/// go by `type` and `minimum`.
#[test]
fn numbers_are_documented_with_the_range_that_they_have() {
    let document = serde_json::to_value(aiq_server::openapi()).unwrap();
    let formats: Vec<&str> = schemas(&document).into_iter().filter_map(|schema| schema["format"].as_str()).collect();
    assert!(formats.contains(&"u-int32"));
    assert!(!formats.contains(&"int32") && !formats.contains(&"int64"), "every number of the interface is unsigned");
}

#[test]
fn the_manifest_is_documented_as_the_object_that_it_is() {
    let document = serde_json::to_value(aiq_server::openapi()).unwrap();
    let schema = &document["paths"]["/v1/manifest"]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(schema["type"], "object");
}

/// What is checked against the document is one event of the stream, not the stream.
#[test]
fn an_event_is_documented_with_its_fields() {
    let document = serde_json::to_value(aiq_server::openapi()).unwrap();
    let answer = &document["paths"]["/v1/polls/{id}/turnout/events"]["get"]["responses"]["200"];
    assert_eq!(answer["content"]["text/event-stream"]["schema"]["$ref"], "#/components/schemas/TurnoutEvent");
    let fields = document["components"]["schemas"]["TurnoutEvent"]["required"].as_array().unwrap();
    assert_eq!(*fields, ["event", "id", "data"]);
}

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let committed: Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
    let served = serde_json::to_value(aiq_server::openapi()).unwrap();
    let remedy = "run: cargo run -p aiq-server --example openapi > docs/openapi.json";
    assert!(committed == served, "{remedy}");
}

#[tokio::test]
async fn every_schema_that_is_referred_to_is_there() {
    let text = serde_json::to_string(&aiq_server::openapi()).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn the_page_works_offline() {
    let served = Served::new().await;
    let document: Value = served.get("/v1/openapi.json").await.json(200);
    assert_eq!(document, serde_json::to_value(aiq_server::openapi()).unwrap());
    assert!(served.get("/docs").await.status.is_redirection());
    let page = served.get("/docs/").await;
    assert_eq!(page.status, 200);
    let page = String::from_utf8(page.body).unwrap();
    assert!(page.contains("swagger-ui"));
    let is_asset = |part: &&str| part.rsplit_once('.').is_some_and(|(_, ending)| matches!(ending, "js" | "css"));
    let links: Vec<&str> = page.split(['"', '\'']).filter(is_asset).collect();
    assert!(links.len() >= 3, "{links:?}");
    for link in links {
        assert!(!link.contains("//"), "{link} is loaded from elsewhere");
        assert_eq!(served.get(&format!("/docs/{}", link.trim_start_matches("./"))).await.status, 200, "{link}");
    }
}

#[tokio::test]
async fn health() {
    let served = Served::new().await;
    for path in ["/health/live", "/health/ready"] {
        let reply: Value = served.get(path).await.json(200);
        assert_eq!(reply["status"], "ok");
    }
}
