//! The log (§3): C2SP tlog-tiles at the root of the service, and what goes beyond that format below `/v1/log`.

use aiq_verifier::log::{EntryOpening, InclusionProof};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::REVALIDATE;
use crate::{
    http::{Json, Path, Problem},
    service::{Service, ServiceError},
};

/// Newest checkpoints first: all that a wallet needs to find one that its witnesses have signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LogCheckpoints {
    /// Signed notes with the cosignatures they have.
    pub checkpoints: Vec<String>,
}

/// What the ballot or the review at a place of the log says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct IndexedOpening {
    /// The place of its entry.
    pub index: u64,
    /// What the entry commits to.
    pub opening: EntryOpening,
}

/// The openings of one bundle of entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OpeningPage {
    /// By place, as far as their polls are closed and their claims decided.
    pub openings: Vec<IndexedOpening>,
}

/// A witness's signature on a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCosignature {
    /// Size of the log in the checkpoint.
    pub size: u64,
    /// The signature line (C2SP cosignature/v1), without a line feed.
    pub cosignature: String,
}

/// The newest checkpoint of the log: a C2SP checkpoint, signed by the log and by the witnesses that have seen it.
#[utoipa::path(get, path = "/checkpoint", tag = "log",
    responses((status = 200, body = String, content_type = "text/plain")))]
async fn checkpoint(State(service): State<Service>) -> Result<Response, Problem> {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, REVALIDATE)];
    Ok((headers, service.log_checkpoint().await?).into_response())
}

/// A tile of hashes, 32 bytes each: level `level`, number `number` in groups of three digits as in `x001/234`, with `.p/<width>` behind
/// it unless it is full (256 hashes).
#[utoipa::path(get, path = "/tile/{level}/{*number}", tag = "log",
    params(("level" = u8, Path, description = "0 for the entries' hashes, up to 7"),
        ("number" = String, Path, description = "Number of the tile, `000`, `x001/234` or `000.p/17`")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
async fn hashes(State(service): State<Service>, Path((level, path)): Path<(u8, String)>) -> Result<Response, Problem> {
    let (number, width) = tile(&path)?;
    Ok(super::tiles::reply(service.log_tile(level, number, width).await?))
}

/// A bundle of entries, each behind its length in two bytes, big-endian; addressed like a tile of hashes.
#[utoipa::path(get, path = "/tile/entries/{*number}", tag = "log",
    params(("number" = String, Path, description = "Number of the bundle, `000`, `x001/234` or `000.p/17`")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
async fn entries(State(service): State<Service>, Path(path): Path<String>) -> Result<Response, Problem> {
    let (number, width) = tile(&path)?;
    Ok(super::tiles::reply(service.entry_tile(number, width).await?))
}

/// The newest checkpoints, and the newest that witnesses have signed.
#[utoipa::path(get, path = "/v1/log/checkpoints", tag = "log", responses((status = 200, body = LogCheckpoints)))]
async fn checkpoints(State(service): State<Service>) -> Result<Json<LogCheckpoints>, Problem> {
    Ok(Json(service.log_checkpoints().await?))
}

/// What the ballots and reviews among the 256 entries of a bundle say, as far as their polls are closed and their claims decided.
#[utoipa::path(get, path = "/v1/log/openings/{number}", tag = "log",
    params(("number" = u64, Path, description = "Number of the bundle, from 0")),
    responses((status = 200, body = OpeningPage), (status = 404, body = Problem)))]
async fn openings(State(service): State<Service>, Path(number): Path<u64>) -> Result<Json<OpeningPage>, Problem> {
    Ok(Json(service.log_openings(number).await?))
}

/// Shows that an entry is in the log. Whoever asks shows which entry matters to them: wallets read tiles instead.
#[utoipa::path(get, path = "/v1/log/inclusion/{index}", tag = "log",
    params(("index" = u64, Path, description = "Place of the entry, as its receipt says")),
    responses((status = 200, body = InclusionProof), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn inclusion(State(service): State<Service>, Path(index): Path<u64>) -> Result<Json<InclusionProof>, Problem> {
    Ok(Json(service.inclusion(index).await?))
}

/// Adds a witness's signature to a checkpoint. Only of witnesses that the operator has named.
#[utoipa::path(post, path = "/v1/log/cosignatures", tag = "log", request_body = NewCosignature,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn cosign(State(service): State<Service>, Json(request): Json<NewCosignature>) -> Result<StatusCode, Problem> {
    service.cosign(&request).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(checkpoint))
        .routes(routes!(hashes))
        .routes(routes!(entries))
        .routes(routes!(checkpoints))
        .routes(routes!(openings))
        .routes(routes!(inclusion))
        .routes(routes!(cosign))
}

/// Reads a tile's number and width in their one spelling.
fn tile(path: &str) -> Result<(u64, u64), ServiceError> {
    parse_tile(path).ok_or(ServiceError::UnknownTile)
}

fn parse_tile(path: &str) -> Option<(u64, u64)> {
    const FULL: u64 = crate::service::TILE_WIDTH;
    let (number, width) = match path.split_once(".p/") {
        Some((number, width)) => (number, width.parse().ok().filter(|width| *width < FULL && *width > 0)?),
        None => (path, FULL),
    };
    let number = number.split('/').try_fold(0_u64, |number, group| {
        let digits: u64 = group.trim_start_matches('x').parse().ok()?;
        number.checked_mul(1000)?.checked_add(digits)
    })?;
    // Written anew it must be the same: no signs, no other zeros, an x on every group but the last.
    (tile_path(number, width) == path).then_some((number, width))
}

/// A tile's number and width as C2SP spells them.
#[must_use]
pub fn tile_path(number: u64, width: u64) -> String {
    let mut path = format!("{:03}", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width < crate::service::TILE_WIDTH { format!("{path}.p/{width}") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_have_one_spelling() {
        for (number, width, path) in
            [(0, 256, "000"), (999, 17, "999.p/17"), (1234, 256, "x001/234"), (1_234_067, 1, "x001/x234/067.p/1")]
        {
            assert_eq!(tile_path(number, width), path);
            assert_eq!(parse_tile(path), Some((number, width)));
        }
        let refused = [
            "",
            "0",
            "0000",
            "+00",
            "000.p/0",
            "000.p/256",
            "000.p/017",
            "000.p/",
            "001/234",
            "x000/001",
            "x001/x234",
            "xx01/234",
            "000/",
            "x018/x446/x744/x073/x709/x551/616",
        ];
        for path in refused {
            assert_eq!(parse_tile(path), None, "{path}");
        }
    }
}
