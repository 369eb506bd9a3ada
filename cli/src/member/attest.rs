//! Answering a third party's request (§6): "this person holds at least that much", and nothing else.

use std::time::Duration;

use aiq_circuits::identity::DeploymentId;
use aiq_server::api::AttestationStatus;
use aiq_verifier::attestation::{AttestationRequest, AttestationResult, RequestId};
use aiq_verifier::log::Act;
use aiq_verifier::presentation::Presentation;
use aiq_verifier::service_key::ServiceKey;

use super::present::{Prepared, Presented, Purpose, prepare};
use super::{Crowd, Member, MemberError, Provers};
use crate::progress::Progress;
use crate::sync::{Ledger, Trees};
use crate::wallet::state::AttestationRecord;

/// A request that can be answered.
#[derive(Debug)]
pub struct AttestPlan {
    request: AttestationRequest,
    trees: Trees,
    crowd: Crowd,
}

impl AttestPlan {
    /// Who asks, for what.
    #[must_use]
    pub const fn request(&self) -> &AttestationRequest {
        &self.request
    }

    /// The crowd that this member would hide in.
    #[must_use]
    pub const fn crowd(&self) -> &Crowd {
        &self.crowd
    }
}

/// A request that was answered.
#[derive(Debug, Clone)]
pub struct Attested {
    /// What was asked.
    pub request: AttestationRequest,
    /// What the service signed.
    pub result: AttestationResult,
    /// The crowd that this member hides in.
    pub crowd: Crowd,
    /// Witness and proof; absent if this had been answered before.
    pub proving: Option<Duration>,
}

/// Checks a signed result against the request and the deployment: needs no service, only the genesis' log key.
///
/// # Errors
/// [`MemberError::Result`] if the signature is not the service's, [`MemberError::ForeignResult`] if it is about another request.
pub fn check_result(
    result: &AttestationResult,
    request: &AttestationRequest,
    deployment: &DeploymentId,
    key: &ServiceKey,
) -> Result<(), MemberError> {
    result.verify(key)?;
    if result.request_id != request.id() || result.deployment_id != *deployment {
        return Err(MemberError::ForeignResult);
    }
    Ok(())
}

impl Member {
    /// Answers a request: [`plan_attest`](Self::plan_attest) and [`attest_as_planned`](Self::attest_as_planned) in one.
    ///
    /// # Errors
    /// [`MemberError`]; [`MemberError::Shortfall`] says which credentials are missing, before anything is sent.
    pub fn attest(
        &mut self,
        ledger: &Ledger,
        provers: &Provers,
        id: &RequestId,
        progress: &dyn Progress,
    ) -> Result<Attested, MemberError> {
        let plan = self.plan_attest(ledger, id)?;
        self.attest_as_planned(ledger, plan, provers, progress)
    }

    /// Checks a request and what it pins, and sizes the crowd, which a person may want to know before going on.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn plan_attest(&self, ledger: &Ledger, id: &RequestId) -> Result<AttestPlan, MemberError> {
        let view = self.apart()?.attestation(id)?;
        let request = view.request;
        if request.id() != *id {
            return Err(MemberError::RequestChanged(*id));
        }
        if view.status == AttestationStatus::Expired {
            return Err(MemberError::RequestExpired(request.expires_at));
        }
        let trees = self.pinned_trees(ledger, &request.roots)?;
        let crowd = self.crowd(ledger, &trees, &request.eligibility);
        Ok(AttestPlan { request, trees, crowd })
    }

    /// Proves, writes down, sends, checks the signed result. An answer that was written down before goes out again as it was.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn attest_as_planned(
        &mut self,
        ledger: &Ledger,
        plan: AttestPlan,
        provers: &Provers,
        progress: &dyn Progress,
    ) -> Result<Attested, MemberError> {
        let AttestPlan { request, trees, crowd } = plan;
        let id = request.id();
        let known = self.known().attestations.get(&id).map(|record| record.presentation.clone());
        let (presentation, proving) = if let Some(presentation) = known {
            (presentation, None)
        } else {
            let presented = self.answer(ledger, &trees, &request, provers, progress)?;
            let presentation = presented.presentation;
            let record = AttestationRecord {
                request: request.clone(),
                presentation: presentation.clone(),
                result: None,
                receipt: None,
            };
            self.record(|deployment| deployment.attestations.insert(id, record))?;
            (presentation, Some(presented.proving))
        };
        let result = self.send_answer(&id, &request, &presentation)?;
        Ok(Attested { request, result, crowd, proving })
    }

    /// Makes the presentation that answers a request, without sending it.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn answer(
        &self,
        ledger: &Ledger,
        trees: &Trees,
        request: &AttestationRequest,
        provers: &Provers,
        progress: &dyn Progress,
    ) -> Result<Presented, MemberError> {
        request.validate()?;
        let held = self.holdings(ledger);
        let prepared: Prepared = prepare(&self.identity, trees, &held, &request.eligibility, self.domains())?;
        let prover = provers.get(&self.client, request.eligibility.statement(), progress)?;
        if prover.key_id() != request.key_id {
            return Err(MemberError::ForeignKey);
        }
        let purpose = Purpose { scope: request.scope(&self.id), message: request.message(&self.id) };
        prepared.prove(&self.identity, trees, &purpose, &prover, progress)
    }

    fn send_answer(
        &mut self,
        id: &RequestId,
        request: &AttestationRequest,
        presentation: &Presentation,
    ) -> Result<AttestationResult, MemberError> {
        let answer = self.apart()?.present(id, presentation)?;
        let (result, receipt) = (answer.result, answer.receipt);
        check_result(&result, request, &self.id, self.service_key())?;
        if result.nullifier != presentation.nullifier {
            return Err(MemberError::ForeignResult);
        }
        let digest = result.log_digest();
        receipt.verify_for(self.service_key(), &self.id, Act::Attestation { digest })?;
        let kept = result.clone();
        self.record(|deployment| {
            if let Some(record) = deployment.attestations.get_mut(id) {
                (record.result, record.receipt) = (Some(kept), Some(receipt));
            }
        })?;
        Ok(result)
    }
}
