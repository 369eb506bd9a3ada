//! The leaves of both trees as static tiles, and which of them are tombstones. There is no call for one leaf or one path: it would name
//! the member (§3).

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{IMMUTABLE, REVALIDATE};
use crate::{
    http::{Path, Problem},
    service::{Service, Tile, TileKind},
};

/// Leaves or tombstones of a full tile.
pub const TILE_LEAVES: u32 = 1024;
/// Bytes of a members leaf: the commitment, big-endian.
pub const MEMBER_LEAF_BYTES: usize = 32;
/// Bytes of a credentials record: tag, packed attributes and id, each 32 bytes big-endian.
pub const CREDENTIAL_LEAF_BYTES: usize = 96;
/// Bytes of a tombstone: the position of the leaf, big-endian.
pub const TOMBSTONE_BYTES: usize = 4;

/// Tile `n` of the members tree as far as it is sealed: 1,024 leaves of 32 bytes, fewer only in the last tile.
#[utoipa::path(get, path = "/v1/tiles/members/{n}", tag = "tiles",
    params(("n" = u32, Path, description = "Number of the tile, from 0")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
async fn members(State(service): State<Service>, Path(n): Path<u32>) -> Result<Response, Problem> {
    Ok(reply(service.tile(TileKind::Members, n, None).await?))
}

/// The first `width` leaves of tile `n` of the members tree: what a checkpoint with that many members covers.
#[utoipa::path(get, path = "/v1/tiles/members/{n}/{width}", tag = "tiles",
    params(("n" = u32, Path, description = "Number of the tile, from 0"), ("width" = u32, Path, description = "1 to 1024")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
async fn partial_members(
    State(service): State<Service>,
    Path((n, width)): Path<(u32, u32)>,
) -> Result<Response, Problem> {
    Ok(reply(service.tile(TileKind::Members, n, Some(width)).await?))
}

/// Tile `n` of the credentials as far as it is sealed: 1,024 records of 96 bytes, fewer only in the last tile.
#[utoipa::path(get, path = "/v1/tiles/credentials/{n}", tag = "tiles",
    params(("n" = u32, Path, description = "Number of the tile, from 0")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
async fn credentials(State(service): State<Service>, Path(n): Path<u32>) -> Result<Response, Problem> {
    Ok(reply(service.tile(TileKind::Credentials, n, None).await?))
}

/// The first `width` records of tile `n` of the credentials.
#[utoipa::path(get, path = "/v1/tiles/credentials/{n}/{width}", tag = "tiles",
    params(("n" = u32, Path, description = "Number of the tile, from 0"), ("width" = u32, Path, description = "1 to 1024")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
async fn partial_credentials(
    State(service): State<Service>,
    Path((n, width)): Path<(u32, u32)>,
) -> Result<Response, Problem> {
    Ok(reply(service.tile(TileKind::Credentials, n, Some(width)).await?))
}

/// Tile `n` of the members who left, as far as it is sealed: the positions of 1,024 tombstones, 4 bytes big-endian each, in the order in
/// which they were made; fewer only in the last tile.
#[utoipa::path(get, path = "/v1/tiles/withdrawn/{n}", tag = "tiles",
    params(("n" = u32, Path, description = "Number of the tile, from 0")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
async fn withdrawn(State(service): State<Service>, Path(n): Path<u32>) -> Result<Response, Problem> {
    Ok(reply(service.tile(TileKind::Withdrawn, n, None).await?))
}

/// The first `width` positions of tile `n` of the members who left.
#[utoipa::path(get, path = "/v1/tiles/withdrawn/{n}/{width}", tag = "tiles",
    params(("n" = u32, Path, description = "Number of the tile, from 0"), ("width" = u32, Path, description = "1 to 1024")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
async fn partial_withdrawn(
    State(service): State<Service>,
    Path((n, width)): Path<(u32, u32)>,
) -> Result<Response, Problem> {
    Ok(reply(service.tile(TileKind::Withdrawn, n, Some(width)).await?))
}

/// Tile `n` of the revoked credentials, in the form of the members who left.
#[utoipa::path(get, path = "/v1/tiles/revoked/{n}", tag = "tiles",
    params(("n" = u32, Path, description = "Number of the tile, from 0")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
async fn revoked(State(service): State<Service>, Path(n): Path<u32>) -> Result<Response, Problem> {
    Ok(reply(service.tile(TileKind::Revoked, n, None).await?))
}

/// The first `width` positions of tile `n` of the revoked credentials.
#[utoipa::path(get, path = "/v1/tiles/revoked/{n}/{width}", tag = "tiles",
    params(("n" = u32, Path, description = "Number of the tile, from 0"), ("width" = u32, Path, description = "1 to 1024")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
async fn partial_revoked(
    State(service): State<Service>,
    Path((n, width)): Path<(u32, u32)>,
) -> Result<Response, Problem> {
    Ok(reply(service.tile(TileKind::Revoked, n, Some(width)).await?))
}

/// A tile as bytes, to be kept for ever if it is final.
pub(super) fn reply(tile: Tile) -> Response {
    let caching = if tile.is_final { IMMUTABLE } else { REVALIDATE };
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, caching)];
    (headers, tile.bytes).into_response()
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(members))
        .routes(routes!(partial_members))
        .routes(routes!(credentials))
        .routes(routes!(partial_credentials))
        .routes(routes!(withdrawn))
        .routes(routes!(partial_withdrawn))
        .routes(routes!(revoked))
        .routes(routes!(partial_revoked))
}
