//! The public menu of requirements and the names of domains (§8, §11 P1).

use aiq_circuits::{
    credential::{Domain, DomainPrefix},
    requirement::Requirement,
    statement::StatementId,
    wire::{DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

use crate::{
    eligibility::{self, Eligibility, EligibilityError, MAX_MENU_ID, is_menu_id},
    text::{self, TextError},
};

/// One requirement that polls and attestations may ask for. The menu is small and public, so that what is asked does
/// not single anyone out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MenuEntry {
    /// What polls call it by, as in `safety-3`.
    pub id: String,
    /// What people read.
    pub title: String,
    /// Where the credentials have to belong.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub domain: DomainPrefix,
    /// At least so many distinct credentials.
    pub min_count: u8,
    /// At least so much weight in all.
    pub min_weight: u32,
    /// Which `Standing` shows it: chosen here for everyone, never from what a member holds (§5.2).
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub statement: StatementId,
}

/// The name of one domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DomainEntry {
    /// The domain.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub domain: Domain,
    /// What people call it.
    pub name: String,
}

/// Why a menu entry or a domain entry is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MenuError {
    /// The id is not made of lower-case letters, digits and hyphens, or is too long.
    #[error("the id `{0}` must be 1 to {max} lower-case letters, digits and hyphens", max = MenuEntry::MAX_ID)]
    Id(String),
    /// The title.
    #[error("the title {0}")]
    Title(TextError),
    /// The name of a domain.
    #[error("the name {0}")]
    Name(TextError),
    /// The statement cannot show the requirement.
    #[error(transparent)]
    Eligibility(#[from] EligibilityError),
}

impl MenuEntry {
    /// Longest id, in bytes.
    pub const MAX_ID: usize = MAX_MENU_ID;
    /// Longest title, in bytes of UTF-8.
    pub const MAX_TITLE: usize = 200;

    /// Checks every field.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn validate(&self) -> Result<(), MenuError> {
        if !is_menu_id(&self.id) {
            return Err(MenuError::Id(self.id.clone()));
        }
        text::check(&self.title, Self::MAX_TITLE).map_err(MenuError::Title)?;
        Ok(self.eligibility(0).validate()?)
    }

    /// The requirement as of a moment, in Unix seconds.
    #[must_use]
    pub const fn requirement(&self, as_of: u32) -> Requirement {
        Requirement { domain: self.domain, min_count: self.min_count, min_weight: self.min_weight, as_of }
    }

    /// Who may take part in something that asks for this entry as of a moment, in Unix seconds.
    #[must_use]
    pub fn eligibility(&self, as_of: u32) -> Eligibility {
        Eligibility::Standing { statement: self.statement, requirement: self.requirement(as_of), menu: self.id.clone() }
    }

    /// Appends `id`, `title` (text), the packed requirement with `as_of` 0 (field element), `statement` (text).
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        encoder.str(&self.id).str(&self.title).field(&self.requirement(0).pack()).str(self.statement.label())
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (id, title) = (decoder.str()?.to_owned(), decoder.str()?.to_owned());
        let Requirement { domain, min_count, min_weight, as_of } = eligibility::requirement(decoder)?;
        if as_of != 0 {
            return Err(DecodeError::Value("the moment of a menu entry"));
        }
        Ok(Self { id, title, domain, min_count, min_weight, statement: eligibility::statement(decoder)? })
    }
}

impl DomainEntry {
    /// Longest name, in bytes of UTF-8.
    pub const MAX_NAME: usize = 100;

    /// Checks the name.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn validate(&self) -> Result<(), MenuError> {
        text::check(&self.name, Self::MAX_NAME).map_err(MenuError::Name)
    }

    /// Appends domain (4) and name (text).
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        encoder.fixed(&self.domain.levels()).str(&self.name)
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let domain = Domain::new(decoder.fixed()?).map_err(|_| DecodeError::Value("the domain"))?;
        Ok(Self { domain, name: decoder.str()?.to_owned() })
    }
}
