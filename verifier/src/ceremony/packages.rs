//! What trustees publish: two rounds, and a confirmation or a complaint.

use aiq_circuits::{
    identity::DeploymentId,
    wire::{DecodeError, Decoder, Encoder},
};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use super::{Ceremony, CeremonyError, CeremonyId};
use crate::{
    bytes::byte_newtype,
    poll::SealingKey,
    service_key::{Signature, sign},
};

byte_newtype! {
    /// A point of P-256, compressed (SEC 1): what others encrypt to for one trustee, in one ceremony.
    EncryptionKey, 33
}

byte_newtype! {
    /// A point of P-256, compressed (SEC 1): a coefficient of a trustee's polynomial, times the base point.
    PolynomialCommitment, 33
}

byte_newtype! {
    /// Schnorr's proof that a trustee knows the constant coefficient it commits to: R as a compressed point (33), z big-endian (32).
    PossessionProof, 65
}

byte_newtype! {
    /// A share for one trustee, sealed to its encryption key: the encapsulated key as an uncompressed point (65), the ciphertext (32) and
    /// its tag (16).
    SealedShare, 113
}

byte_newtype! {
    /// The secret half of an encryption key, a number below the order of P-256, big-endian. It is published with a complaint.
    EncryptionSecret, 32
}

byte_newtype! {
    /// `SHA-256` of the canonical bytes of all round-1 packages and then all round-2 packages, each ascending by index.
    TranscriptHash, 32
}

/// What every package has.
trait Package {
    /// What kind it is, as in its labels.
    const KIND: &'static str;

    /// Appends the fields before the signature.
    fn encode_fields(&self, encoder: Encoder) -> Encoder;

    /// Checks the number of its parts, if that is up to the ceremony.
    fn check_shape(&self, _ceremony: &Ceremony) -> Result<(), CeremonyError> {
        Ok(())
    }

    /// `"AIQ/v1/ceremony/<kind>" ‖ deployment_id ‖ the fields`. A ceremony fixes how long they are.
    fn signing_bytes(&self, deployment: &DeploymentId) -> Vec<u8> {
        // Behind an empty label, so that its length is cut off again.
        let empty = Encoder::new("");
        let fields = self.encode_fields(empty).finish();
        let fields = fields.get(size_of::<u32>()..).unwrap_or_default();
        [b"AIQ/v1/ceremony/", Self::KIND.as_bytes(), deployment.as_bytes(), fields].concat()
    }
}

/// The methods that all packages share.
macro_rules! package {
    ($name:ident, $kind:literal) => {
        impl $name {
            /// Signs it as the trustee whose key this is.
            #[must_use]
            pub fn signed(self, deployment: &DeploymentId, key: &SigningKey) -> Self {
                Self { signature: sign(key, &self.signing_bytes(deployment)), ..self }
            }

            #[doc = concat!("Canonical bytes: label `AIQ/v1/ceremony/", $kind, "`, and what its entry in the log says.")]
            #[must_use]
            pub fn canonical(&self) -> Vec<u8> {
                self.encode(Encoder::new(concat!("AIQ/v1/ceremony/", $kind))).finish()
            }

            /// Appends the fields in their order, the signature (64) last.
            pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
                self.encode_fields(encoder).fixed(self.signature.as_bytes())
            }

            /// Checks that it has the shape that the ceremony asks for, and the signature. What its points, numbers and ciphertexts are worth
            /// is for the crate `aiq-sealing`.
            ///
            /// # Errors
            /// The first thing that is wrong.
            pub fn verify(&self, ceremony: &Ceremony, deployment: &DeploymentId) -> Result<(), CeremonyError> {
                if self.ceremony != ceremony.id() {
                    return Err(CeremonyError::OtherCeremony(self.ceremony));
                }
                let trustee = ceremony.trustee(self.index)?;
                self.check_shape(ceremony)?;
                trustee
                    .verify(deployment, |deployment| self.signing_bytes(deployment), &self.signature)
                    .map_err(|error| CeremonyError::Signature { index: self.index, error })
            }
        }
    };
}

/// A trustee's commitments to its polynomial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Round1 {
    /// In which ceremony.
    pub ceremony: CeremonyId,
    /// Whose, from 1.
    pub index: u8,
    /// What the others encrypt its shares to: fresh for this ceremony.
    pub encryption_key: EncryptionKey,
    /// To the coefficients, the constant one first; as many as the threshold.
    pub commitments: Vec<PolynomialCommitment>,
    /// That it knows the constant one.
    pub proof: PossessionProof,
    /// By the trustee, over `"AIQ/v1/ceremony/round-1" ‖ deployment_id ‖` the fields before.
    pub signature: Signature,
}

/// A trustee's shares for the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Round2 {
    /// In which ceremony.
    pub ceremony: CeremonyId,
    /// Whose, from 1.
    pub index: u8,
    /// One for each other trustee, ascending.
    pub shares: Vec<SealedShare>,
    /// By the trustee, over `"AIQ/v1/ceremony/round-2" ‖ deployment_id ‖` the fields before.
    pub signature: Signature,
}

/// A trustee found its shares right, and knows its share of the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Confirmation {
    /// In which ceremony.
    pub ceremony: CeremonyId,
    /// Whose, from 1.
    pub index: u8,
    /// The key that round 1 gives.
    pub key: SealingKey,
    /// What the trustee has seen of the ceremony.
    pub transcript: TranscriptHash,
    /// By the trustee, over `"AIQ/v1/ceremony/confirmation" ‖ deployment_id ‖` the fields before.
    pub signature: Signature,
}

/// A trustee got a share that is wrong, and shows it to everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Complaint {
    /// In which ceremony.
    pub ceremony: CeremonyId,
    /// Whose, from 1.
    pub index: u8,
    /// Opens what the complainer got.
    pub secret: EncryptionSecret,
    /// By the trustee, over `"AIQ/v1/ceremony/complaint" ‖ deployment_id ‖` the fields before.
    pub signature: Signature,
}

package!(Round1, "round-1");
package!(Round2, "round-2");
package!(Confirmation, "confirmation");
package!(Complaint, "complaint");

/// How many parts there are, in one byte. More than a ceremony has trustees are no package, which [`Round1::verify`] and
/// [`Round2::verify`] say.
fn count<T>(parts: &[T]) -> u8 {
    u8::try_from(parts.len()).unwrap_or(u8::MAX)
}

fn of_length(index: u8, what: &'static str, found: usize, expected: usize) -> Result<(), CeremonyError> {
    if found == expected { Ok(()) } else { Err(CeremonyError::Shape { index, what, found, expected }) }
}

impl Package for Round1 {
    const KIND: &'static str = "round-1";

    fn encode_fields(&self, encoder: Encoder) -> Encoder {
        let encoder = encoder
            .fixed(self.ceremony.as_bytes())
            .u8(self.index)
            .fixed(self.encryption_key.as_bytes())
            .u8(count(&self.commitments));
        let commitments = self.commitments.iter().map(PolynomialCommitment::as_bytes);
        commitments.fold(encoder, Encoder::fixed).fixed(self.proof.as_bytes())
    }

    fn check_shape(&self, ceremony: &Ceremony) -> Result<(), CeremonyError> {
        of_length(self.index, "commitments", self.commitments.len(), ceremony.threshold.into())
    }
}

impl Round1 {
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (ceremony, index) = (CeremonyId::new(decoder.fixed()?), decoder.u8()?);
        let encryption_key = EncryptionKey::new(decoder.fixed()?);
        let commitments =
            (0..decoder.u8()?).map(|_| decoder.fixed().map(PolynomialCommitment::new)).collect::<Result<_, _>>()?;
        let proof = PossessionProof::new(decoder.fixed()?);
        Ok(Self { ceremony, index, encryption_key, commitments, proof, signature: Signature::new(decoder.fixed()?) })
    }
}

impl Package for Round2 {
    const KIND: &'static str = "round-2";

    fn encode_fields(&self, encoder: Encoder) -> Encoder {
        let encoder = encoder.fixed(self.ceremony.as_bytes()).u8(self.index).u8(count(&self.shares));
        self.shares.iter().map(SealedShare::as_bytes).fold(encoder, Encoder::fixed)
    }

    fn check_shape(&self, ceremony: &Ceremony) -> Result<(), CeremonyError> {
        of_length(self.index, "shares", self.shares.len(), ceremony.trustees.len().saturating_sub(1))
    }
}

impl Round2 {
    /// The share for a trustee, if there is one.
    #[must_use]
    pub fn share_for(&self, recipient: u8) -> Option<&SealedShare> {
        // Whose package it is gets none.
        let before = match recipient.cmp(&self.index) {
            core::cmp::Ordering::Less => recipient.checked_sub(1)?,
            core::cmp::Ordering::Equal => return None,
            core::cmp::Ordering::Greater => recipient.checked_sub(2)?,
        };
        self.shares.get(usize::from(before))
    }

    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (ceremony, index) = (CeremonyId::new(decoder.fixed()?), decoder.u8()?);
        let shares = (0..decoder.u8()?).map(|_| decoder.fixed().map(SealedShare::new)).collect::<Result<_, _>>()?;
        Ok(Self { ceremony, index, shares, signature: Signature::new(decoder.fixed()?) })
    }
}

impl Package for Confirmation {
    const KIND: &'static str = "confirmation";

    fn encode_fields(&self, encoder: Encoder) -> Encoder {
        encoder
            .fixed(self.ceremony.as_bytes())
            .u8(self.index)
            .fixed(self.key.as_bytes())
            .fixed(self.transcript.as_bytes())
    }
}

impl Confirmation {
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            ceremony: CeremonyId::new(decoder.fixed()?),
            index: decoder.u8()?,
            key: SealingKey::new(decoder.fixed()?),
            transcript: TranscriptHash::new(decoder.fixed()?),
            signature: Signature::new(decoder.fixed()?),
        })
    }
}

impl Package for Complaint {
    const KIND: &'static str = "complaint";

    fn encode_fields(&self, encoder: Encoder) -> Encoder {
        encoder.fixed(self.ceremony.as_bytes()).u8(self.index).fixed(self.secret.as_bytes())
    }
}

impl Complaint {
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            ceremony: CeremonyId::new(decoder.fixed()?),
            index: decoder.u8()?,
            secret: EncryptionSecret::new(decoder.fixed()?),
            signature: Signature::new(decoder.fixed()?),
        })
    }
}
