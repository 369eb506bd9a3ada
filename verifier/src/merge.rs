//! Merges (§5.4): notes that become one balance note, and how anyone checks it.

use aiq_circuits::{
    credential::{Attributes, Credential, CredentialId},
    identity::{DeploymentId, OwnerTag, SpendNullifier},
    merge::{MergeError, MergeInstance, SLOTS},
    scope::Message,
    statement::{Statement as _, StatementId},
    tree::CredentialsRoot,
    wire::{DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

use crate::{error::VerifyError, presentation::Verifier, proof::Proof, verifying_key::KeyId};

/// What the owner of some notes sends to have their sum in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Merge {
    /// The epoch under whose credentials root the notes are shown to be.
    pub epoch: u32,
    /// The key that the proof was made for.
    pub key_id: KeyId,
    /// What the new note says. Its `issued_at` is the `sealed_at` of the epoch.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Attributes))]
    pub balance: Attributes,
    /// What each slot spends, dummies included: never seen before, and pairwise different.
    #[cfg_attr(feature = "openapi", schema(value_type = [String; 6]))]
    pub spends: [SpendNullifier; SLOTS],
    /// The owner of the new note.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub tag: OwnerTag,
    /// The proof. Never an identifier: its bytes are malleable.
    pub proof: Proof,
}

/// `F("AIQ/v1/merge" ‖ deployment_id ‖ epoch)`, the epoch as four bytes, big-endian: what the proof of a merge commits to.
#[must_use]
pub fn merge_message(deployment: &DeploymentId, epoch: u32) -> Message {
    Message::of("AIQ/v1/merge", &[deployment.as_bytes(), &epoch.to_be_bytes()])
}

impl Merge {
    /// The statement, with everything that is public about it.
    ///
    /// # Errors
    /// If one note is spent twice, or the balance is no balance note or weighs nothing.
    pub fn instance(
        &self,
        deployment: &DeploymentId,
        credentials_root: CredentialsRoot,
    ) -> Result<MergeInstance, MergeError> {
        let message = merge_message(deployment, self.epoch);
        MergeInstance::new(credentials_root, self.balance, self.spends, self.tag, message)
    }

    /// Accepts or refuses the merge in itself (§5.3): it names the key of this verifier, and the proof holds for the
    /// instance built here. That the epoch is a good one and has this root, that its `sealed_at` is the balance's
    /// `issued_at`, that the balance has not expired and that none of the notes was spent before is for the caller, who
    /// has the epochs, a clock and the spend nullifiers seen so far.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(
        &self,
        verifier: &Verifier,
        deployment: &DeploymentId,
        credentials_root: CredentialsRoot,
    ) -> Result<(), VerifyError> {
        let key = verifier.key(StatementId::Merge6)?;
        if self.key_id != key.id() {
            return Err(VerifyError::Key { expected: key.id(), found: self.key_id });
        }
        let instance = self.instance(deployment, credentials_root)?;
        key.verify(&instance.public_inputs(), &self.proof)
    }

    /// The new note: the leaf that the next epoch appends.
    #[must_use]
    pub fn credential(&self) -> Credential {
        Credential { tag: self.tag, attributes: self.balance, id: CredentialId::of_balance(&self.spends) }
    }

    /// Appends `epoch` (u32), `key_id` (32 bytes), the packed balance (field element), six spend nullifiers and the tag
    /// (field elements) and the proof (bytes).
    #[must_use]
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        let encoder = encoder.u32(self.epoch).fixed(self.key_id.as_bytes()).field(&self.balance.pack());
        let encoder = self.spends.iter().fold(encoder, |encoder, spend| encoder.field(spend.as_field()));
        encoder.field(self.tag.as_field()).bytes(&self.proof.to_bytes())
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let epoch = decoder.u32()?;
        let key_id = KeyId::new(decoder.fixed()?);
        let balance = attributes(decoder)?;
        let mut spends = [SpendNullifier::new(0_u64.into()); SLOTS];
        for spend in &mut spends {
            *spend = SpendNullifier::new(decoder.field()?);
        }
        Ok(Self {
            epoch,
            key_id,
            balance,
            spends,
            tag: OwnerTag::new(decoder.field()?),
            proof: Proof::decode(decoder)?,
        })
    }
}

/// Reads packed attributes.
pub(crate) fn attributes(decoder: &mut Decoder<'_>) -> Result<Attributes, DecodeError> {
    Attributes::unpack(&decoder.field()?).ok_or(DecodeError::Value("the set of attributes"))
}
