//! Errors as clients see them: `application/problem+json` (RFC 9457) with a stable code.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use crate::http::Code;

/// The media type of every error.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// `urn:aiq:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The short text that goes with the code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable name of the problem.
    #[schema(value_type = Code)]
    pub code: String,
    /// What happened this time.
    pub detail: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The id under which the service logged the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Seconds after which another attempt makes sense; travels as the header `retry-after`.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem with what happened this time.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:aiq:problem:{}", code.as_str()),
            title: code.title().to_owned(),
            status: code.status().as_u16(),
            code: code.as_str().to_owned(),
            detail: detail.into(),
            hint: None,
            request_id: None,
            retry_after: None,
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds when to try again.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Replaces the status that goes with the code.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status.as_u16();
        self
    }

    /// The body.
    fn body(&self) -> Body {
        // Strings and a number: the serializer has nothing to refuse.
        Body::from(serde_json::to_vec(self).unwrap_or_default())
    }

    /// The response that carries this problem with the request's id, keeping the headers of `response`.
    pub(crate) fn finish(mut self, mut response: Response, request_id: &str) -> Response {
        self.request_id = Some(request_id.to_owned());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.remove(header::CONTENT_LENGTH);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED.as_u16() {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        *response.body_mut() = self.body();
        response
    }
}

impl IntoResponse for Problem {
    /// The body is written at the edge, which knows the request's id: see `http::edge`.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
