//! The manifest and the verifying keys of a bundle. That the deployment uses this manifest is checked with its genesis.

use std::sync::Arc;

use aiq_circuits::{
    identity::DeploymentId,
    statement::{Statement as _, StatementId},
};
use aiq_keys::{Manifest, ManifestEntry, manifest::FileDigest};
use aiq_verifier::{
    groth16::PreparedKey,
    merge::Merge,
    presentation::{Expectation, Presentation, Verifier},
    verifying_key::{KeyId, VerifyingKey},
};

use super::{pending::Shown, trees::Epoch};
use crate::{
    bundle::{Preamble, VerifyingKeyBytes},
    fault::{Fault, FaultCode, Place},
    report::KeyReport,
};

/// Keys that are the manifest's and fit their statements.
pub(super) struct Keys {
    pub(super) manifest: Manifest,
    pub(super) verifier: Verifier,
    pub(super) listed: Vec<KeyReport>,
}

impl Keys {
    /// Checks the manifest's form, then each key against it.
    pub(super) fn check(preamble: &Preamble) -> Result<Self, Fault> {
        let wrong = |message| Place::BUNDLE.fault(FaultCode::Manifest, message);
        let manifest = Manifest::parse(preamble.manifest.as_bytes())
            .map_err(|error| wrong(format!("the manifest of keys: {error}")))?;
        let (mut keys, mut listed) = (Vec::new(), Vec::<KeyReport>::new());
        for key in &preamble.keys {
            let wrong = |problem: String| {
                Place::BUNDLE.fault(FaultCode::VerifyingKey, format!("verifying key {}: {problem}", key.key_id))
            };
            let entry = manifest.entry_of_key(&key.key_id).ok_or_else(|| wrong("it is not in the manifest".into()))?;
            if listed.last().is_some_and(|last| last.statement >= entry.statement) {
                return Err(wrong("it is repeated or out of order".into()));
            }
            keys.push((entry.statement, decode(entry, key).map_err(wrong)?));
            listed.push(KeyReport { statement: entry.statement, key_id: entry.key_id, origin: entry.origin });
        }
        let verifier = Verifier::new(keys)
            .map_err(|error| Place::BUNDLE.fault(FaultCode::VerifyingKey, format!("a verifying key: {error}")))?;
        Ok(Self { manifest, verifier, listed })
    }

    /// The key for a statement, which has to be this one.
    fn named(&self, place: Place, statement: StatementId, key_id: &KeyId) -> Result<Arc<PreparedKey>, Fault> {
        let key = self.verifier.key(statement).ok().filter(|key| key.id() == *key_id);
        let message = || format!("it is not under the manifest's key for {statement}, or the bundle does not have it");
        key.cloned().ok_or_else(|| place.fault(FaultCode::Presentation, message()))
    }

    /// What a presentation has to show; its proof is for later.
    pub(super) fn expect(
        &self,
        place: Place,
        expectation: &Expectation,
        presentation: &Presentation,
    ) -> Result<Shown, Fault> {
        let statement = expectation.eligibility.statement();
        place.rule(presentation.statement == statement, FaultCode::Presentation, || {
            format!("it shows {}, not {statement}", presentation.statement)
        })?;
        let key = self.named(place, statement, &presentation.key_id)?;
        let inputs = expectation
            .public_inputs(presentation.nullifier, presentation.tag)
            .map_err(|error| place.fault(FaultCode::Presentation, error.to_string()))?;
        Ok(Shown { key, inputs, proof: presentation.proof.clone() })
    }

    /// The same of a merge under an epoch.
    pub(super) fn expect_merge(
        &self,
        place: Place,
        deployment_id: &DeploymentId,
        merge: &Merge,
        epoch: &Epoch,
    ) -> Result<Shown, Fault> {
        let key = self.named(place, StatementId::Merge6, &merge.key_id)?;
        let instance = merge
            .instance(deployment_id, epoch.roots.credentials_root)
            .map_err(|error| place.fault(FaultCode::Merge, error.to_string()))?;
        Ok(Shown { key, inputs: instance.public_inputs(), proof: merge.proof.clone() })
    }
}

fn decode(entry: &ManifestEntry, key: &VerifyingKeyBytes) -> Result<VerifyingKey, String> {
    let digest = FileDigest::of(&key.bytes);
    if digest.sha256 != *entry.key_id.as_bytes() || digest != entry.verifying {
        return Err("its bytes are not those of the manifest's key".into());
    }
    if !entry.is_for_this_circuit() {
        return Err(format!("it was made for another circuit than {} has here", entry.statement));
    }
    let decoded = VerifyingKey::from_bytes(&key.bytes).map_err(|error| error.to_string())?;
    decoded.check_statement(entry.statement).map_err(|error| error.to_string())?;
    Ok(decoded)
}
