//! Attestation requests and their answers.

use aiq_verifier::{
    attestation::{AttestationRequest, AttestationResult, RequestId},
    log::{Act, Entry},
    presentation::Presentation,
};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    columns::{integer, json, optional_json, short_number, to_json},
    log,
};
use crate::store::{Accepted, AnswerRefusal, AttestationRecord, Attested, StoreError};

pub(super) async fn open(connection: &mut SqliteConnection, request: AttestationRequest) -> Result<(), StoreError> {
    // The id is the hash of the request, nonce and moment included: a conflict is the same request twice.
    sqlx::query("INSERT INTO attestations (id, request, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(request.id().as_bytes().as_slice())
        .bind(to_json(&request, "request")?)
        .bind(request.expires_at)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn one(store: &SqliteStore, id: &RequestId) -> Result<Option<AttestationRecord>, StoreError> {
    let row = sqlx::query(
        "SELECT request, result, log_entries.place, log_entries.entry
         FROM attestations LEFT JOIN log_entries ON place = attestations.entry WHERE id = ?",
    )
    .bind(id.as_bytes().as_slice())
    .fetch_optional(&store.readers)
    .await?;
    row.map(|row| Ok(AttestationRecord { request: json(&row, "request")?, answer: attested(&row)? })).transpose()
}

/// The answer in a row, if there is one.
fn attested(row: &SqliteRow) -> Result<Option<Attested>, StoreError> {
    let Some(result) = optional_json(row, "result")? else { return Ok(None) };
    Ok(Some(Attested { result, logged: log::logged(row)?.0 }))
}

pub(super) async fn answer(
    connection: &mut SqliteConnection,
    presentation: Presentation,
    result: AttestationResult,
) -> Result<Result<Accepted<Attested>, AnswerRefusal>, StoreError> {
    let (id, nullifier) = (result.request_id.as_bytes().as_slice(), presentation.nullifier.to_bytes());
    let row = sqlx::query(
        "SELECT expires_at, nullifier, result, log_entries.place, log_entries.entry
         FROM attestations LEFT JOIN log_entries ON place = attestations.entry WHERE id = ?",
    )
    .bind(id)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(Err(AnswerRefusal::Unknown)) };
    let first: Option<&[u8]> = row.try_get("nullifier")?;
    match (first, attested(&row)?) {
        // The same content again, also after the end: the answer may have been lost on its way.
        (Some(first), Some(attested)) if first == nullifier => return Ok(Ok(Accepted::Repeated(attested))),
        (Some(_), _) => return Ok(Err(AnswerRefusal::Answered)),
        (None, _) => {}
    }
    if result.presented_at >= short_number(&row, "expires_at")? {
        return Ok(Err(AnswerRefusal::Expired));
    }
    let entry = Entry { at: result.presented_at, act: Act::Attestation { digest: result.log_digest() } };
    let logged = log::append(connection, &entry, None).await?;
    sqlx::query("UPDATE attestations SET nullifier = ?, presentation = ?, result = ?, entry = ? WHERE id = ?")
        .bind(nullifier.as_slice())
        .bind(to_json(&presentation, "presentation")?)
        .bind(to_json(&result, "result")?)
        .bind(integer(logged.index))
        .bind(id)
        .execute(connection)
        .await?;
    Ok(Ok(Accepted::New(Attested { result, logged })))
}

pub(super) async fn forget_unanswered(
    connection: &mut SqliteConnection,
    expired_before: u32,
) -> Result<u64, StoreError> {
    let deleted = sqlx::query("DELETE FROM attestations WHERE result IS NULL AND expires_at < ?")
        .bind(expired_before)
        .execute(connection)
        .await?;
    Ok(deleted.rows_affected())
}
