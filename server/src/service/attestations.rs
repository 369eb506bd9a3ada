//! Attestations for a third party (§6).

use std::sync::Arc;

use aiq_verifier::{
    attestation::{AttestationRequest, AttestationResult, RequestId},
    presentation::{Expectation, Presentation},
};

use super::{Service, ServiceError, enrolments::within, polls::roots};
use crate::{
    api::{AttestationStatus, AttestationView, Attested, NewAttestation},
    bytes32::Bytes32,
    store::{self, Accepted, AnswerRefusal, AttestationRecord},
};

/// The longest that a request may wait for its answer: 31 days.
const LONGEST: u32 = 31 * 86_400;

impl Service {
    /// Opens a request. Roots, `as_of` and key are pinned as they are now.
    ///
    /// # Errors
    /// If the requirement is not on the menu or the request breaks a rule.
    pub async fn open_attestation(&self, request: NewAttestation) -> Result<AttestationView, ServiceError> {
        within("expires_in", request.expires_in, 1, LONGEST)?;
        let now = self.now();
        let eligibility = self.requirement(&request.menu, now)?;
        let epoch = self.store().latest_epoch().await?.checkpoint;
        self.refuse_small_crowd(&eligibility, &epoch).await?;
        let request = AttestationRequest {
            audience: request.audience,
            roots: roots(&epoch),
            key_id: self.0.verifier.key(eligibility.statement())?.id(),
            eligibility,
            nonce: request.nonce.unwrap_or_else(Bytes32::random).0,
            linkable: request.linkable,
            created_at: now,
            expires_at: now.saturating_add(request.expires_in),
        };
        request.validate()?;
        self.store().open_attestation(&request).await?;
        Ok(self.attestation_view(AttestationRecord { request, answer: None }))
    }

    /// One request with its answer.
    ///
    /// # Errors
    /// If there is none with this id.
    pub async fn attestation(&self, id: &RequestId) -> Result<AttestationView, ServiceError> {
        Ok(self.attestation_view(self.attestation_record(id).await?))
    }

    async fn attestation_record(&self, id: &RequestId) -> Result<AttestationRecord, ServiceError> {
        self.store().attestation(id).await?.ok_or(ServiceError::UnknownAttestation(*id))
    }

    fn attestation_view(&self, record: AttestationRecord) -> AttestationView {
        let AttestationRecord { request, answer } = record;
        let status = match answer {
            Some(_) => AttestationStatus::Answered,
            None if request.is_expired(self.now()) => AttestationStatus::Expired,
            None => AttestationStatus::Open,
        };
        let (id, scope) = (request.id(), request.scope(&self.0.deployment_id));
        AttestationView { id, request, scope, status, answer: answer.map(|answer| self.attested(answer)) }
    }

    /// Answers a request: the proof is checked first, then the result is signed and written once.
    ///
    /// # Errors
    /// If the request is unknown, expired or answered by somebody else, or the proof refused.
    pub async fn answer_attestation(
        &self,
        id: &RequestId,
        presentation: Presentation,
    ) -> Result<Accepted<Attested>, ServiceError> {
        let AttestationRecord { request, answer } = self.attestation_record(id).await?;
        if answer.is_none() && request.is_expired(self.now()) {
            return Err(ServiceError::AttestationExpired(request.expires_at));
        }
        let deployment_id = self.0.deployment_id;
        let expectation = Expectation {
            scope: request.scope(&deployment_id),
            message: request.message(&deployment_id),
            eligibility: request.eligibility,
            roots: request.roots,
        };
        let verifier = Arc::clone(&self.0.verifier);
        let check = move || verifier.verify(&expectation, &presentation).map(|()| presentation);
        let presentation = self.0.pool.run(check).await??;
        let (nullifier, now) = (presentation.nullifier, self.now());
        let result = AttestationResult::sign(&self.0.signer, *id, deployment_id, nullifier, now);
        let accepted = self.store().answer(&presentation, &result).await?.map_err(|refusal| match refusal {
            AnswerRefusal::Unknown => ServiceError::UnknownAttestation(*id),
            AnswerRefusal::Expired => ServiceError::AttestationExpired(request.expires_at),
            AnswerRefusal::Answered => ServiceError::AttestationAnswered,
        })?;
        Ok(accepted.map(|answer| self.attested(answer)))
    }

    fn attested(&self, answer: store::Attested) -> Attested {
        Attested { result: answer.result, receipt: self.receipt(answer.logged) }
    }
}
