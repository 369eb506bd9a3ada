//! Who takes part in ceremonies.

use core::{fmt, str::FromStr};

use aiq_circuits::{
    identity::DeploymentId,
    wire::{DecodeError, Decoder},
};
use ed25519_dalek::SigningKey;

use crate::{
    note::{self, Algorithm},
    service_key::{Signature, SignatureError, is_usable, verify_strict},
    text,
};

/// The name and the verifying half of a trustee's key (Ed25519). As text it is the trustee's *card*, a C2SP verifier key:
/// `<name>+<key id>+<base64>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Trustee {
    name: String,
    key: [u8; 32],
}

/// Why a trustee is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrusteeError {
    /// Not a card.
    #[error(
        "`{0}` is not the card of a trustee: it is written <name>+<8 hex digits>+<base64>, as `aiq trustee card` shows it"
    )]
    Card(String),
    /// The name.
    #[error("has a name of no or more than 200 bytes, or with a space, a `+` or a control character")]
    Name,
    /// The key.
    #[error("has a key that nobody could sign with")]
    Key,
}

impl Trustee {
    /// Names the verifying half of `key`.
    ///
    /// # Errors
    /// [`TrusteeError::Name`].
    pub fn of(name: &str, key: &SigningKey) -> Result<Self, TrusteeError> {
        let trustee = Self { name: name.to_owned(), key: key.verifying_key().to_bytes() };
        trustee.validate()?;
        Ok(trustee)
    }

    /// The trustee's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The verifying half of its key.
    #[must_use]
    pub const fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// Checks both. What was read from a card has been.
    ///
    /// # Errors
    /// Which is wrong.
    pub fn validate(&self) -> Result<(), TrusteeError> {
        if !note::can_name_a_key(&self.name) || text::check(&self.name, self.name.len()).is_err() {
            return Err(TrusteeError::Name);
        }
        if is_usable(&self.key) { Ok(()) } else { Err(TrusteeError::Key) }
    }

    /// Reads a name (text) and a key (32).
    pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self { name: decoder.str()?.to_owned(), key: decoder.fixed()? })
    }

    /// Checks a signature over what `signed` says for a deployment.
    pub(super) fn verify(
        &self,
        deployment: &DeploymentId,
        signed: impl FnOnce(&DeploymentId) -> Vec<u8>,
        signature: &Signature,
    ) -> Result<(), SignatureError> {
        verify_strict(&self.key, &signed(deployment), signature)
    }
}

impl fmt::Display for Trustee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&note::key_text(&self.name, Algorithm::Ed25519, &self.key))
    }
}

impl FromStr for Trustee {
    type Err = TrusteeError;

    fn from_str(text: &str) -> Result<Self, TrusteeError> {
        let card = || {
            let (name, key) = note::parse_key(text, Algorithm::Ed25519)?;
            let trustee = Self { name: name.to_owned(), key };
            trustee.validate().is_ok().then_some(trustee)
        };
        card().ok_or_else(|| TrusteeError::Card(text.to_owned()))
    }
}

aiq_circuits::wire::serde_by_text!(Trustee);

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Trustee {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let text = utoipa::openapi::schema::Type::String;
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(text)
            .description(Some("A trustee's card: `<name>+<8 hex digits>+<base64>`."))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Trustee {}
