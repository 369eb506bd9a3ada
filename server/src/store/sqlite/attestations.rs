//! Attestation requests and their answers.

use aiq_verifier::{
    attestation::{AttestationRequest, AttestationResult, RequestId},
    presentation::Presentation,
    receipt::Receipt,
};
use sqlx::Row as _;

use super::{
    SqliteStore,
    columns::{json, optional_json, short_number, to_json},
};
use crate::store::{Accepted, AnswerRefusal, AttestationRecord, StoreError};

pub(super) async fn open(
    store: &SqliteStore,
    request: &AttestationRequest,
    receipt: &Receipt,
) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    // The id is the hash of the request, nonce and moment included: a conflict is the same request twice.
    sqlx::query(
        "INSERT INTO attestations (id, request, expires_at, receipt) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(request.id().as_bytes().as_slice())
    .bind(to_json(request, "request")?)
    .bind(request.expires_at)
    .bind(to_json(receipt, "receipt")?)
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

pub(super) async fn one(store: &SqliteStore, id: &RequestId) -> Result<Option<AttestationRecord>, StoreError> {
    let row = sqlx::query("SELECT request, receipt, result FROM attestations WHERE id = ?")
        .bind(id.as_bytes().as_slice())
        .fetch_optional(&store.readers)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(AttestationRecord {
        request: json(&row, "request")?,
        receipt: json(&row, "receipt")?,
        result: optional_json(&row, "result")?,
    }))
}

pub(super) async fn answer(
    store: &SqliteStore,
    presentation: &Presentation,
    result: &AttestationResult,
) -> Result<Result<Accepted<AttestationResult>, AnswerRefusal>, StoreError> {
    let (id, nullifier) = (result.request_id.as_bytes().as_slice(), presentation.nullifier.to_bytes());
    let mut transaction = store.begin().await?;
    let row = sqlx::query("SELECT expires_at, nullifier, result FROM attestations WHERE id = ?")
        .bind(id)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(row) = row else { return Ok(Err(AnswerRefusal::Unknown)) };
    let first: Option<&[u8]> = row.try_get("nullifier")?;
    match first {
        // The same content again, also after the end: the answer may have been lost on its way.
        Some(first) if first == nullifier => return Ok(Ok(Accepted::Repeated(json(&row, "result")?))),
        Some(_) => return Ok(Err(AnswerRefusal::Answered)),
        None => {}
    }
    if result.presented_at >= short_number(&row, "expires_at")? {
        return Ok(Err(AnswerRefusal::Expired));
    }
    sqlx::query("UPDATE attestations SET nullifier = ?, presentation = ?, result = ? WHERE id = ?")
        .bind(nullifier.as_slice())
        .bind(to_json(presentation, "presentation")?)
        .bind(to_json(result, "result")?)
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Ok(Accepted::New(result.clone())))
}

pub(super) async fn forget_unanswered(store: &SqliteStore, expired_before: u32) -> Result<u64, StoreError> {
    let mut transaction = store.begin().await?;
    let deleted = sqlx::query("DELETE FROM attestations WHERE result IS NULL AND expires_at < ?")
        .bind(expired_before)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(deleted.rows_affected())
}
