//! Who may take part (§6, §8): everyone, or those who meet an entry of the menu, under one pinned pair of roots.

use aiq_circuits::{
    requirement::Requirement,
    statement::StatementId,
    tree::{CredentialsRoot, MembersRoot},
    wire::{DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

/// Longest id of a menu entry, in bytes.
pub(crate) const MAX_MENU_ID: usize = 64;

/// Who may take part.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", try_from = "EligibilityWire")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Eligibility {
    /// Every member.
    Membership,
    /// Members who meet a requirement of the menu.
    Standing {
        /// `standing-3` or `standing-8`.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        statement: StatementId,
        /// The requirement with its pinned `as_of`.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Requirement))]
        requirement: Requirement,
        /// Id of the menu entry that the requirement came from.
        menu: String,
    },
}

/// The wire form before its checks. `Membership` is a struct here so that serde refuses unknown fields in it too.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum EligibilityWire {
    Membership {},
    Standing { statement: StatementId, requirement: Requirement, menu: String },
}

impl TryFrom<EligibilityWire> for Eligibility {
    type Error = EligibilityError;

    fn try_from(wire: EligibilityWire) -> Result<Self, EligibilityError> {
        let eligibility = match wire {
            EligibilityWire::Membership {} => Self::Membership,
            EligibilityWire::Standing { statement, requirement, menu } => {
                Self::Standing { statement, requirement, menu }
            }
        };
        eligibility.validate()?;
        Ok(eligibility)
    }
}

/// Why a rule of eligibility cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EligibilityError {
    /// The statement says nothing about credentials.
    #[error("a requirement is shown by standing-3 or standing-8, not by {0}")]
    NotStanding(StatementId),
    /// Nobody could ever show so many credentials.
    #[error("{statement} shows at most {} credentials, the requirement asks for {min_count}", statement.standing_slots())]
    TooManyCredentials {
        /// The statement.
        statement: StatementId,
        /// What is asked for.
        min_count: u8,
    },
    /// Not the id of a menu entry.
    #[error("`{0}` is not the id of a menu entry")]
    MenuId(String),
}

impl Eligibility {
    /// The statement that shows it.
    #[must_use]
    pub const fn statement(&self) -> StatementId {
        match self {
            Self::Membership => StatementId::Membership,
            Self::Standing { statement, .. } => *statement,
        }
    }

    /// The requirement, if there is one.
    #[must_use]
    pub const fn requirement(&self) -> Option<&Requirement> {
        match self {
            Self::Membership => None,
            Self::Standing { requirement, .. } => Some(requirement),
        }
    }

    /// The same of another moment, in Unix seconds.
    #[must_use]
    pub fn at(mut self, as_of: u32) -> Self {
        if let Self::Standing { requirement, .. } = &mut self {
            requirement.as_of = as_of;
        }
        self
    }

    /// Checks that the statement can show the requirement.
    ///
    /// # Errors
    /// What does not fit.
    pub fn validate(&self) -> Result<(), EligibilityError> {
        let Self::Standing { statement, requirement, menu } = self else { return Ok(()) };
        if statement.standing_slots() == 0 {
            return Err(EligibilityError::NotStanding(*statement));
        }
        if usize::from(requirement.min_count) > statement.standing_slots() {
            let min_count = requirement.min_count;
            return Err(EligibilityError::TooManyCredentials { statement: *statement, min_count });
        }
        if !is_menu_id(menu) {
            return Err(EligibilityError::MenuId(menu.clone()));
        }
        Ok(())
    }

    /// Appends `statement` (text); for a standing also the packed requirement (field element, §5.2 rule 5) and `menu`
    /// (text). The statement's name tells the two forms apart.
    #[must_use]
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        let encoder = encoder.str(self.statement().label());
        match self {
            Self::Membership => encoder,
            Self::Standing { requirement, menu, .. } => encoder.field(&requirement.pack()).str(menu),
        }
    }
}

impl Eligibility {
    /// Reads what [`encode`](Self::encode) wrote.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let eligibility = match statement(decoder)? {
            StatementId::Membership => Self::Membership,
            statement => {
                let requirement = requirement(decoder)?;
                Self::Standing { statement, requirement, menu: decoder.str()?.to_owned() }
            }
        };
        eligibility.validate().map_err(|_| DecodeError::Value("the eligibility"))?;
        Ok(eligibility)
    }
}

/// Reads the name of a statement.
pub(crate) fn statement(decoder: &mut Decoder<'_>) -> Result<StatementId, DecodeError> {
    decoder.str()?.parse().map_err(|_| DecodeError::Value("the statement"))
}

/// Reads a packed requirement.
pub(crate) fn requirement(decoder: &mut Decoder<'_>) -> Result<Requirement, DecodeError> {
    Requirement::unpack(&decoder.field()?).ok_or(DecodeError::Value("the requirement"))
}

/// The roots that a scope pins when it is created, for as long as it lives (§6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PinnedRoots {
    /// The epoch whose checkpoint states both roots.
    pub epoch: u32,
    /// Root of the members tree.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub members_root: MembersRoot,
    /// Root of the credentials tree.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub credentials_root: CredentialsRoot,
}

impl PinnedRoots {
    /// Appends `epoch` (u32), `members_root` and `credentials_root` (field elements).
    #[must_use]
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        encoder.u32(self.epoch).field(self.members_root.as_field()).field(self.credentials_root.as_field())
    }
}

impl PinnedRoots {
    /// Reads what [`encode`](Self::encode) wrote.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            epoch: decoder.u32()?,
            members_root: MembersRoot::new(decoder.field()?),
            credentials_root: CredentialsRoot::new(decoder.field()?),
        })
    }
}

/// Whether a text can be the id of a menu entry.
pub(crate) fn is_menu_id(id: &str) -> bool {
    (1..=MAX_MENU_ID).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
