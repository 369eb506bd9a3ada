//! The outermost layer: request ids, the time limit, problems for every error, and the access log.
//!
//! The log has the method, the route's pattern, the status and the duration. It has no address of a peer, no path as
//! it came (it may hold an id), no header and no body: nothing that links a person to an act (§11 P2).

use std::{
    any::Any,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use rand::{RngCore as _, rngs::OsRng};

use crate::http::{Code, PROBLEM_JSON, Problem};

/// The response header with the id under which the service logged the request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the edge needs to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EdgeLimits {
    /// From the request's head to the response's head.
    pub(crate) request: Duration,
}

/// Runs one request. Ids are made here, never taken over: what a client sends does not get into the log.
pub(crate) async fn edge(State(limits): State<Arc<EdgeLimits>>, request: Request, next: Next) -> Response {
    let request_id = fresh_id();
    let method = request.method().clone();
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "-".to_owned(), |path| path.as_str().to_owned());
    let started = Instant::now();

    let response = match tokio::time::timeout(limits.request, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Code::RequestTimeout, "the request was not answered in time")
            .with_hint("send it again: a write that was accepted gives the same receipt")
            .into_response(),
    };
    let mut response = explain(response, &request_id);
    let status = response.status();
    let millis = started.elapsed().as_millis();
    if status.is_server_error() {
        tracing::warn!(%request_id, %method, %route, status = status.as_u16(), millis, "answered");
    } else {
        tracing::info!(%request_id, %method, %route, status = status.as_u16(), millis, "answered");
    }
    let headers = response.headers_mut();
    // Hex digits are a valid header value.
    headers.insert(REQUEST_ID, HeaderValue::from_str(&request_id).unwrap_or(HeaderValue::from_static("-")));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Writes the problem that a handler left, or one for an error that nobody explained.
fn explain(mut response: Response, request_id: &str) -> Response {
    let status = response.status();
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return problem.finish(response, request_id);
    }
    let explained = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_JSON);
    if explained || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let code = Code::of_status(status);
    let mut problem = Problem::new(code, code.title()).with_status(status);
    if matches!(code, Code::NotFound | Code::MethodNotAllowed) {
        problem = problem.with_hint("the addresses and their methods are listed in /v1/openapi.json");
    }
    problem.finish(response, request_id)
}

/// The answer to a handler that panicked. The payload goes to the log, not to the client.
#[allow(clippy::needless_pass_by_value, reason = "the signature that CatchPanicLayer calls")]
pub(crate) fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = text, "a handler panicked");
    Problem::new(Code::Internal, "the request ran into a fault of the service")
        .with_hint("nothing was half-written; report the request id to the operator")
        .into_response()
}

fn fresh_id() -> String {
    let mut bytes = [0; 12];
    OsRng.fill_bytes(&mut bytes);
    hex::encode(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use axum::{Router, body::to_bytes, http::StatusCode, middleware::from_fn_with_state, routing::get};
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    async fn ask(path: &str) -> (StatusCode, Problem) {
        let limits = Arc::new(EdgeLimits { request: Duration::from_millis(20) });
        let app = Router::new()
            .route("/panic", get(async || -> &'static str { panic!("a secret of the handler") }))
            .route("/slow", get(std::future::pending::<&'static str>))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(limits, edge));
        let request =
            Request::get(path).header("x-request-id", "chosen\tby the client").body(axum::body::Body::empty());
        let response = app.oneshot(request.unwrap()).await.unwrap();
        let status = response.status();
        let id = response.headers().get(REQUEST_ID).unwrap().to_str().unwrap().to_owned();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem.request_id.as_deref(), Some(id.as_str()));
        assert!(id.bytes().all(|digit| digit.is_ascii_hexdigit()));
        (status, problem)
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        let (status, problem) = ask("/panic").await;
        assert_eq!((status.as_u16(), problem.code.as_str()), (500, "internal"));
        assert!(!serde_json::to_string(&problem).unwrap().contains("secret"));
    }

    #[tokio::test]
    async fn what_takes_too_long_is_a_problem() {
        let (status, problem) = ask("/slow").await;
        assert_eq!((status.as_u16(), problem.code.as_str()), (408, "request_timeout"));
    }
}
