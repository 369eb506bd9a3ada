//! The key manifest and the keys themselves, as static files.

use aiq_keys::manifest::KeyKind;
use aiq_verifier::verifying_key::KeyId;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use tower_http::services::ServeFile;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{IMMUTABLE, REVALIDATE};
use crate::{
    http::{Code, Path, Problem},
    service::Service,
};

/// The key manifest: exactly the bytes whose SHA-256 the genesis pins.
#[utoipa::path(get, path = "/v1/manifest", tag = "keys",
    responses((status = 200, body = Object, content_type = "application/json")))]
async fn manifest(State(service): State<Service>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, REVALIDATE)];
    (headers, service.keys().manifest().to_json()).into_response()
}

/// A verifying key in its canonical bytes.
#[utoipa::path(get, path = "/v1/keys/{key_id}/verifying", tag = "keys",
    params(("key_id" = String, Path, description = "Key id, as in the manifest")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
async fn verifying(service: State<Service>, key_id: Path<KeyId>, request: Request) -> Result<Response, Problem> {
    file(service, key_id, KeyKind::Verifying, request).await
}

/// A proving key; ranges are served, so a broken download can go on.
#[utoipa::path(get, path = "/v1/keys/{key_id}/proving", tag = "keys",
    params(("key_id" = String, Path, description = "Key id, as in the manifest")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, body = Problem), (status = 416, body = Problem)))]
async fn proving(service: State<Service>, key_id: Path<KeyId>, request: Request) -> Result<Response, Problem> {
    file(service, key_id, KeyKind::Proving, request).await
}

async fn file(
    State(service): State<Service>,
    Path(key_id): Path<KeyId>,
    kind: KeyKind,
    request: Request,
) -> Result<Response, Problem> {
    let keys = service.keys();
    let entry = keys.manifest().entry_of_key(&key_id).ok_or_else(|| {
        Problem::new(Code::UnknownKey, format!("{key_id} is not a key of this deployment"))
            .with_hint("the keys are listed in /v1/manifest")
    })?;
    let path = keys.file_path(entry, kind);
    let response = ServeFile::new(path).try_call(request).await.map_err(|error| {
        tracing::error!(%error, %key_id, "a key file cannot be read");
        Problem::new(Code::Internal, "the key's file cannot be read")
    })?;
    let mut response = response.map(axum::body::Body::new);
    if response.status().is_success() {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE));
    }
    Ok(response)
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(manifest)).routes(routes!(verifying)).routes(routes!(proving))
}
