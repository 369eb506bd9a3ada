//! The stateless check of one proof.

use std::sync::Arc;

use aiq_circuits::{Fr, statement::PublicInputs, wire};
use aiq_verifier::proof::Proof;

use super::{Service, ServiceError};
use crate::api::{VerifyRequest, VerifyResponse};

impl Service {
    /// Checks a proof against public inputs that the caller built.
    ///
    /// # Errors
    /// If the key is not the statement's, or a public input is not in wire form. A proof that does not hold is an answer.
    pub async fn verify(&self, request: &VerifyRequest) -> Result<VerifyResponse, ServiceError> {
        let key = Arc::clone(self.0.verifier.key(request.statement)?);
        if key.id() != request.key_id {
            return Err(ServiceError::UnknownKey(request.key_id));
        }
        let values = (0..)
            .zip(&request.public_inputs)
            .map(|(index, text)| wire::fr_from_hex(text).map_err(|source| ServiceError::PublicInput { index, source }))
            .collect::<Result<Vec<Fr>, _>>()?;
        let inputs = match PublicInputs::new(request.statement, values) {
            Ok(inputs) => inputs,
            Err(error) => return Ok(invalid(error.to_string())),
        };
        let text = request.proof.clone();
        let check = move || {
            let proof = text.parse::<Proof>().map_err(|error| error.to_string())?;
            key.verify(&inputs, &proof).map_err(|error| error.to_string())
        };
        Ok(match self.0.pool.run(check).await? {
            Ok(()) => VerifyResponse { valid: true, reason: None },
            Err(reason) => invalid(reason),
        })
    }
}

fn invalid(reason: String) -> VerifyResponse {
    VerifyResponse { valid: false, reason: Some(reason) }
}
