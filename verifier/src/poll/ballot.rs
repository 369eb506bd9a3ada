//! Joining a poll and voting in it (§6): one proof to join, then signatures by a fresh key.

use aiq_circuits::{
    identity::Nullifier,
    scope::{Message, Scope},
    wire::{self, Encoder},
};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::{
    bytes::byte_newtype,
    presentation::Presentation,
    service_key::{Signature, SignatureError, sign, verify_strict},
};

byte_newtype! {
    /// Verifying half (Ed25519) of the key that a member makes for one poll and signs its ballots with.
    BallotKey, 32
}

impl BallotKey {
    /// The verifying half of `key`.
    #[must_use]
    pub fn of(key: &SigningKey) -> Self {
        Self::new(key.verifying_key().to_bytes())
    }

    /// Checks that ballots can be verified with this key: a point of the curve, and not one of small order.
    ///
    /// # Errors
    /// [`BallotError::Key`].
    pub fn validate(&self) -> Result<(), BallotError> {
        match ed25519_dalek::VerifyingKey::from_bytes(self.as_bytes()) {
            Ok(key) if !key.is_weak() => Ok(()),
            _ => Err(BallotError::Key),
        }
    }
}

/// The message of a join's proof: `F("AIQ/v1/join" ‖ scope ‖ ballot_key)`.
#[must_use]
pub fn join_message(scope: &Scope, ballot_key: &BallotKey) -> Message {
    Message::of("AIQ/v1/join", &[&scope.to_bytes(), ballot_key.as_bytes()])
}

/// Entering a poll: the proof of eligibility, and the key that its ballots will be signed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Join {
    /// Shows eligibility; its message is [`join_message`].
    pub presentation: Presentation,
    /// What ballots under the presentation's nullifier will be signed with.
    pub ballot_key: BallotKey,
}

impl Join {
    /// Canonical bytes: label `AIQ/v1/join`, `scope`, `nullifier` (field elements), `ballot_key` (32).
    ///
    /// Neither the proof nor the tag is part of them: a member who proves again for the same key says the same thing.
    #[must_use]
    pub fn canonical(&self, scope: &Scope) -> Vec<u8> {
        Encoder::new("AIQ/v1/join")
            .field(scope.as_field())
            .field(self.presentation.nullifier.as_field())
            .fixed(self.ballot_key.as_bytes())
            .finish()
    }
}

/// One vote, or one change of it: the highest valid `seq` of a nullifier counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ballot {
    /// The poll's scope.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub scope: Scope,
    /// Who votes, as the join named it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub nullifier: Nullifier,
    /// Which of this nullifier's ballots it is; a later one has a higher number.
    pub seq: u32,
    /// The choice, at most [`Ballot::MAX_BODY`] bytes.
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub body: Vec<u8>,
    /// By the ballot key of the join.
    pub signature: Signature,
}

/// Why a ballot or its key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BallotError {
    /// Not a key that ballots could be verified with.
    #[error("the ballot key is not a usable Ed25519 key")]
    Key,
    /// The body is longer than any rule needs.
    #[error("the ballot's body has {0} bytes, at most {max} are allowed", max = Ballot::MAX_BODY)]
    BodyTooLong(usize),
    /// Not signed by the key of the join, or not this scope, nullifier, seq and body.
    #[error("the ballot: {0}")]
    Signature(#[from] SignatureError),
}

impl Ballot {
    /// Longest body, in bytes.
    pub const MAX_BODY: usize = 4096;

    /// Signs a vote.
    #[must_use]
    pub fn sign(key: &SigningKey, scope: Scope, nullifier: Nullifier, seq: u32, body: Vec<u8>) -> Self {
        let signature = sign(key, &signing_bytes(&scope, &nullifier, seq, &body));
        Self { scope, nullifier, seq, body, signature }
    }

    /// Checks the length of the body and the signature. Whether scope and nullifier are those of a join, and `seq` a
    /// new one, is for the keeper of the poll to check.
    ///
    /// # Errors
    /// What is wrong.
    pub fn verify(&self, key: &BallotKey) -> Result<(), BallotError> {
        if self.body.len() > Self::MAX_BODY {
            return Err(BallotError::BodyTooLong(self.body.len()));
        }
        let signed = signing_bytes(&self.scope, &self.nullifier, self.seq, &self.body);
        Ok(verify_strict(key.as_bytes(), &signed, &self.signature)?)
    }

    /// Canonical bytes: label `AIQ/v1/ballot`, `scope`, `nullifier` (field elements), `seq` (u32), `body` (bytes).
    ///
    /// The signature is not part of them: two of them over one content say the same thing.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        Encoder::new("AIQ/v1/ballot")
            .field(self.scope.as_field())
            .field(self.nullifier.as_field())
            .u32(self.seq)
            .bytes(&self.body)
            .finish()
    }
}

/// `"AIQ/v1/ballot" ‖ scope ‖ nullifier ‖ seq ‖ SHA-256(body)`, plain concatenation: 13, 32, 32, 4 and 32 bytes.
fn signing_bytes(scope: &Scope, nullifier: &Nullifier, seq: u32, body: &[u8]) -> Vec<u8> {
    let parts: [&[u8]; 5] =
        [b"AIQ/v1/ballot", &scope.to_bytes(), &nullifier.to_bytes(), &seq.to_be_bytes(), &wire::sha256(&[body])];
    parts.concat()
}
