//! Extractors whose rejections are problems.

use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Request,
        rejection::{BytesRejection, JsonRejection},
    },
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{
    Serialize,
    de::{DeserializeOwned, IgnoredAny},
};

use crate::http::{Code, Problem};

/// A JSON body, in or out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let head = Request::from_parts(parts.clone(), body);
        let bytes = Bytes::from_request(head, state).await.map_err(|rejection| bytes_problem(&rejection))?;
        match axum::Json::from_request(Request::from_parts(parts, bytes.clone().into()), state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(json_problem(&rejection, &bytes)),
        }
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn json_problem(rejection: &JsonRejection, body: &[u8]) -> Problem {
    let detail = rejection.body_text();
    let invalid = |detail| {
        Problem::new(Code::InvalidBody, detail).with_hint("compare the body with its schema in /v1/openapi.json")
    };
    match rejection {
        JsonRejection::JsonDataError(_) => invalid(detail),
        // serde_json calls it bad syntax if a number stands where an object or a text has to.
        JsonRejection::JsonSyntaxError(_) if serde_json::from_slice::<IgnoredAny>(body).is_ok() => invalid(detail),
        JsonRejection::JsonSyntaxError(_) => Problem::new(Code::InvalidJson, detail),
        JsonRejection::MissingJsonContentType(_) => {
            Problem::new(Code::UnsupportedMediaType, detail).with_hint("send the header content-type: application/json")
        }
        JsonRejection::BytesRejection(rejection) => bytes_problem(rejection),
        _ => Problem::new(Code::MalformedRequest, detail),
    }
}

fn bytes_problem(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(Code::BodyTooLarge, "the body is larger than this service reads")
            .with_hint("the limit is in /v1/info under limits.body_bytes")
    } else {
        Problem::new(Code::MalformedRequest, "the body did not arrive whole")
    }
}

/// The parameters in the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::new(Code::MalformedRequest, rejection.body_text())),
        }
    }
}

/// The parameters in the query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::new(Code::MalformedRequest, rejection.body_text())),
        }
    }
}
