//! Sponsorship (§6): a member with standing invites somebody, without saying who it is.

use aiq_circuits::{
    identity::DeploymentId,
    scope::{Message, Scope, ScopeKind},
    wire::{DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

use crate::{bytes::byte_newtype, eligibility::is_menu_id, governance::Governance, presentation::Presentation};

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
    /// Who may propose polls; nobody if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposers: Option<Allowance>,
    /// Seconds for which a sponsored invitation can be used.
    pub invitation_validity: u32,
    /// What a poll has to ask for if it is to change the rules; none does if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub governance: Option<Governance>,
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
    /// The electorate or the window.
    #[error(
        "the governance names an electorate that is no id of a menu entry, or a window that is not 1 second to 366 days"
    )]
    Governance,
}

impl Charter {
    /// Checks every field. Whether the menu has the entries is for who knows the menu.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn validate(&self) -> Result<(), CharterError> {
        for Allowance { menu, per_epoch } in [&self.sponsors, &self.proposers].into_iter().flatten() {
            if !is_menu_id(menu) {
                return Err(CharterError::Menu(menu.clone()));
            }
            if *per_epoch == 0 {
                return Err(CharterError::Never);
            }
        }
        if !self.governance.as_ref().is_none_or(Governance::is_valid) {
            return Err(CharterError::Governance);
        }
        if (60..=366 * 86_400).contains(&self.invitation_validity) {
            Ok(())
        } else {
            Err(CharterError::Validity(self.invitation_validity))
        }
    }

    /// Appends sponsors and proposers (each u8 0 nobody, or 1 and menu id as text, `per_epoch` u8), `invitation_validity` (u32) and governance
    /// (u8 0 none, or 1 and its fields).
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        let encoder =
            [&self.sponsors, &self.proposers].into_iter().fold(encoder, |encoder, allowance| match allowance {
                None => encoder.u8(0),
                Some(Allowance { menu, per_epoch }) => encoder.u8(1).str(menu).u8(*per_epoch),
            });
        let encoder = encoder.u32(self.invitation_validity);
        match &self.governance {
            None => encoder.u8(0),
            Some(governance) => governance.encode(encoder.u8(1)),
        }
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let charter = Self {
            sponsors: allowance(decoder)?,
            proposers: allowance(decoder)?,
            invitation_validity: decoder.u32()?,
            governance: match decoder.u8()? {
                0 => None,
                1 => Some(Governance::decode(decoder)?),
                _ => return Err(DecodeError::Value("the governance")),
            },
        };
        charter.validate().map_err(|_| DecodeError::Value("the charter"))?;
        Ok(charter)
    }
}

fn allowance(decoder: &mut Decoder<'_>) -> Result<Option<Allowance>, DecodeError> {
    Ok(match decoder.u8()? {
        0 => None,
        1 => Some(Allowance { menu: decoder.str()?.to_owned(), per_epoch: decoder.u8()? }),
        _ => return Err(DecodeError::Value("the allowance")),
    })
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
