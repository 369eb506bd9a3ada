//! Joining a poll and voting in it (§6): one proof to join, then signatures by a fresh key.

use aiq_circuits::{
    identity::Nullifier,
    scope::{Message, Scope},
    wire::{self, DecodeError, Decoder, Encoder},
};
use ed25519_dalek::SigningKey;
use rand::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};

use crate::{
    bytes::byte_newtype,
    presentation::Presentation,
    service_key::{Signature, SignatureError, is_usable, sign, verify_strict},
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
        if is_usable(self.as_bytes()) { Ok(()) } else { Err(BallotError::Key) }
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

byte_newtype! {
    /// 32 random bytes that hide a ballot in the log until its poll is closed.
    Blinding, 32
}

byte_newtype! {
    /// What the log has of a ballot's content: `SHA-256` of its [opening](Opening::canonical).
    BallotCommitment, 32
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
    /// Hides the ballot in the log until the close. The signature does not cover it: a service that replaced it would give a
    /// receipt for another entry.
    pub blinding: Blinding,
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

    /// Signs a vote, with a blinding from `rng`.
    #[must_use]
    pub fn sign(
        key: &SigningKey,
        scope: Scope,
        nullifier: Nullifier,
        seq: u32,
        body: Vec<u8>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Self {
        let signature = sign(key, &signing_bytes(&scope, &nullifier, seq, &body));
        let mut blinding = [0; Blinding::LENGTH];
        rng.fill_bytes(&mut blinding);
        Self { scope, nullifier, seq, body, blinding: Blinding::new(blinding), signature }
    }

    /// What the log has of it before the close.
    #[must_use]
    pub fn committed(&self) -> CommittedBallot {
        let commitment = self.opening().commitment();
        CommittedBallot { scope: self.scope, nullifier: self.nullifier, seq: self.seq, commitment }
    }

    /// What is published after the close.
    #[must_use]
    pub fn opening(&self) -> Opening {
        Opening { blinding: self.blinding, body: self.body.clone(), signature: self.signature }
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
}

/// A ballot as the log has it: who voted for the how manieth time, and a commitment to the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommittedBallot {
    /// The poll's scope.
    pub scope: Scope,
    /// Who voted.
    pub nullifier: Nullifier,
    /// Which of this nullifier's ballots it is.
    pub seq: u32,
    /// The rest.
    pub commitment: BallotCommitment,
}

impl CommittedBallot {
    /// The ballot, if `opening` is what was committed to.
    #[must_use]
    pub fn open(&self, opening: Opening) -> Option<Ballot> {
        let Self { scope, nullifier, seq, commitment } = *self;
        if opening.commitment() != commitment {
            return None;
        }
        let Opening { blinding, body, signature } = opening;
        Some(Ballot { scope, nullifier, seq, body, blinding, signature })
    }
}

/// What a ballot's entry in the log hides until the close.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Opening {
    /// What hid it.
    pub blinding: Blinding,
    /// The choice.
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub body: Vec<u8>,
    /// By the ballot key.
    pub signature: Signature,
}

impl Opening {
    /// Canonical bytes: label `AIQ/v1/ballot-opening`, `blinding` (32), `body` (bytes), `signature` (64).
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        Encoder::new("AIQ/v1/ballot-opening")
            .fixed(self.blinding.as_bytes())
            .bytes(&self.body)
            .fixed(self.signature.as_bytes())
            .finish()
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// If they are not those of exactly one opening.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes, "AIQ/v1/ballot-opening")?;
        let opening = Self {
            blinding: Blinding::new(decoder.fixed()?),
            body: decoder.bytes()?.to_vec(),
            signature: Signature::new(decoder.fixed()?),
        };
        decoder.finish()?;
        Ok(opening)
    }

    /// What the log has instead.
    #[must_use]
    pub fn commitment(&self) -> BallotCommitment {
        BallotCommitment::new(wire::sha256(&[&self.canonical()]))
    }
}

/// `"AIQ/v1/ballot" ‖ scope ‖ nullifier ‖ seq ‖ SHA-256(body)`, plain concatenation: 13, 32, 32, 4 and 32 bytes.
fn signing_bytes(scope: &Scope, nullifier: &Nullifier, seq: u32, body: &[u8]) -> Vec<u8> {
    let parts: [&[u8]; 5] =
        [b"AIQ/v1/ballot", &scope.to_bytes(), &nullifier.to_bytes(), &seq.to_be_bytes(), &wire::sha256(&[body])];
    parts.concat()
}
