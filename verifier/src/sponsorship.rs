//! Sponsorship (§6): a member with standing invites somebody, without saying who it is.

use aiq_circuits::{
    identity::DeploymentId,
    scope::{Message, Scope, ScopeKind},
    wire::{DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

use crate::{bytes::byte_newtype, eligibility::is_menu_id, presentation::Presentation};

byte_newtype! {
    /// `SHA-256("AIQ/v1/token" ‖ token)` of an invitation: all that the service gets to know of it before it is used.
    TokenHash, 32
}

/// What members may do beyond reviewing and voting. In the log from the founding on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Charter {
    /// Who may sponsor; nobody if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sponsors: Option<Allowance>,
    /// Seconds for which a sponsored invitation can be used.
    pub invitation_validity: u32,
}

/// Who may do something, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Allowance {
    /// What has to be shown: the id of a menu entry.
    pub menu: String,
    /// How often a member may do it in an epoch.
    pub per_epoch: u8,
}

/// Why a charter is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CharterError {
    /// Not the id of a menu entry.
    #[error("`{0}` is not the id of a menu entry")]
    Menu(String),
    /// Never.
    #[error("what may be done in an epoch must be at least 1; leave it out to allow nobody")]
    Never,
    /// Too short or too long.
    #[error("an invitation is valid for 60 seconds to 366 days, not {0} seconds")]
    Validity(u32),
}

impl Charter {
    /// Checks every field. Whether the menu has the entries is for who knows the menu.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn validate(&self) -> Result<(), CharterError> {
        if let Some(Allowance { menu, per_epoch }) = &self.sponsors {
            if !is_menu_id(menu) {
                return Err(CharterError::Menu(menu.clone()));
            }
            if *per_epoch == 0 {
                return Err(CharterError::Never);
            }
        }
        if (60..=366 * 86_400).contains(&self.invitation_validity) {
            Ok(())
        } else {
            Err(CharterError::Validity(self.invitation_validity))
        }
    }

    /// Appends the sponsors (u8 0 nobody, or 1 and menu id as text, `per_epoch` u8) and `invitation_validity` (u32).
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        match &self.sponsors {
            None => encoder.u8(0),
            Some(Allowance { menu, per_epoch }) => encoder.u8(1).str(menu).u8(*per_epoch),
        }
        .u32(self.invitation_validity)
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let charter = Self {
            sponsors: match decoder.u8()? {
                0 => None,
                1 => Some(Allowance { menu: decoder.str()?.to_owned(), per_epoch: decoder.u8()? }),
                _ => return Err(DecodeError::Value("the allowance")),
            },
            invitation_validity: decoder.u32()?,
        };
        charter.validate().map_err(|_| DecodeError::Value("the charter"))?;
        Ok(charter)
    }
}

/// The scope of one of a member's sponsorships in an epoch, counted from 0.
#[must_use]
pub fn sponsor_scope(deployment: &DeploymentId, epoch: u32, number: u8) -> Scope {
    let definition = Encoder::new("AIQ/v1/sponsorship").u32(epoch).u8(number).finish();
    Scope::derive(deployment, ScopeKind::Sponsor, &definition)
}

/// The message of a sponsorship's proof: `F("AIQ/v1/sponsor" ‖ scope ‖ token_hash)`.
#[must_use]
pub fn sponsor_message(scope: &Scope, token_hash: &TokenHash) -> Message {
    Message::of("AIQ/v1/sponsor", &[&scope.to_bytes(), token_hash.as_bytes()])
}

/// An invitation that a member makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sponsorship {
    /// The epoch under whose roots the sponsor is shown.
    pub epoch: u32,
    /// Which of the member's sponsorships in this epoch it is, from 0.
    pub number: u8,
    /// Of the token that the sponsor made.
    pub token_hash: TokenHash,
    /// Shows what the charter asks of sponsors, in [`sponsor_scope`] with [`sponsor_message`].
    pub presentation: Presentation,
}
