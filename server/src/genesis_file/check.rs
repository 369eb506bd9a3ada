//! The rules of a genesis file.

use std::collections::{BTreeMap, BTreeSet};

use aiq_verifier::{eligibility::EligibilityError, genesis::Genesis, governance::parent, menu::MenuError};

use super::GenesisFile;

/// Longest name, in bytes of UTF-8.
const NAME_BYTES: usize = Genesis::MAX_NAME;

/// Why a genesis file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenesisFileError {
    /// Not TOML, an unknown key or a value that is not in wire form; the message names the line.
    #[error("the genesis file cannot be read: {0}")]
    Syntax(String),
    /// An entry breaks a rule.
    #[error("the genesis file's `{field}` {problem}")]
    Field {
        /// The entry, as in `credentials[2].tag`.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// Names the entry at fault unless the rule holds.
fn rule(holds: bool, field: impl FnOnce() -> String, problem: impl Into<String>) -> Result<(), GenesisFileError> {
    if holds { Ok(()) } else { Err(GenesisFileError::Field { field: field(), problem: problem.into() }) }
}

/// Whether a text can be shown on one line.
fn is_label(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= NAME_BYTES && !text.chars().any(char::is_control)
}

impl GenesisFile {
    /// Checks every rule that a file can break besides its syntax.
    ///
    /// # Errors
    /// [`GenesisFileError::Field`] for the first entry at fault.
    pub fn check(&self) -> Result<(), GenesisFileError> {
        rule(is_label(&self.name), || "name".into(), "must be one line of 1 to 100 bytes")?;
        self.check_domains()?;
        self.check_menu()?;
        self.check_charter()?;
        self.check_standards()?;
        self.check_leaves()
    }

    fn check_domains(&self) -> Result<(), GenesisFileError> {
        rule(!self.domains.is_empty(), || "domains".into(), "must name at least one domain")?;
        let mut known = BTreeSet::new();
        for (index, entry) in self.domains.iter().enumerate() {
            let field = |name: &str| format!("domains[{index}].{name}");
            entry.validate().map_err(|error| GenesisFileError::Field {
                field: field("name"),
                problem: format!("cannot be used: {error}"),
            })?;
            rule(entry.domain.depth() > 0, || field("domain"), "must specify at least its field")?;
            rule(known.insert(entry.domain), || field("domain"), format!("names {} a second time", entry.domain))?;
            if let Some(parent) = parent(entry.domain) {
                let problem = format!("lies under {parent}, which must stand before it");
                rule(known.contains(&parent), || field("domain"), problem)?;
            }
        }
        Ok(())
    }

    fn check_menu(&self) -> Result<(), GenesisFileError> {
        let mut ids = BTreeSet::new();
        for (index, entry) in self.menu.iter().enumerate() {
            let field = |name: &str| format!("menu[{index}].{name}");
            rule(ids.insert(&entry.id), || field("id"), format!("names `{}` a second time", entry.id))?;
            entry.validate().map_err(|error| {
                let name = match error {
                    MenuError::Id(_) => "id",
                    MenuError::Title(_) => "title",
                    MenuError::Eligibility(EligibilityError::TooManyCredentials { .. }) => "min_count",
                    _ => "statement",
                };
                GenesisFileError::Field { field: field(name), problem: format!("cannot be used: {error}") }
            })?;
            let domain = entry.domain.domain();
            let known = entry.domain.length() == 0 || self.domains.iter().any(|listed| listed.domain == domain);
            rule(known, || field("domain"), format!("is {domain}, which is not in the domain tree"))?;
            let most = u32::try_from(entry.statement.standing_slots()).unwrap_or(0) * u32::from(u16::MAX);
            let problem = format!("cannot be met: {} shows a weight of at most {most}", entry.statement);
            rule(entry.min_weight <= most, || field("min_weight"), problem)?;
        }
        Ok(())
    }

    fn check_charter(&self) -> Result<(), GenesisFileError> {
        let Some(charter) = &self.charter else { return Ok(()) };
        charter.validate().map_err(|error| GenesisFileError::Field {
            field: "charter".into(),
            problem: format!("cannot be used: {error}"),
        })?;
        charter.menu().try_for_each(|menu| {
            let problem = format!("asks for `{menu}`, which is not on the menu");
            rule(self.menu_entry(menu).is_some(), || "charter".into(), problem)
        })
    }

    fn check_standards(&self) -> Result<(), GenesisFileError> {
        let mut known = BTreeSet::new();
        for (index, standard) in self.standards.iter().enumerate() {
            let field = |name: &str| format!("standards[{index}]{name}");
            standard.validate().map_err(|error| GenesisFileError::Field {
                field: field(""),
                problem: format!("cannot be used: {error}"),
            })?;
            rule(standard.version == 1, || field(".version"), "must be 1: it is the first of its domain")?;
            let domain = standard.domain.domain();
            rule(known.insert(domain), || field(".domain"), format!("has a standard already: {}", standard.domain))?;
            let listed = domain.depth() == 0 || self.domains.iter().any(|listed| listed.domain == domain);
            rule(listed, || field(".domain"), format!("is {domain}, which is not in the domain tree"))?;
            let on_menu = self.menu_entry(&standard.reviewers).is_some();
            rule(on_menu, || field(".reviewers"), format!("is `{}`, which is not on the menu", standard.reviewers))?;
        }
        Ok(())
    }

    fn check_leaves(&self) -> Result<(), GenesisFileError> {
        let mut commitments = BTreeMap::new();
        for (index, founder) in self.founders.iter().enumerate() {
            let first = commitments.insert(founder.commitment, index);
            let problem = format!("is the commitment of founders[{}] again", first.unwrap_or_default());
            rule(first.is_none(), || format!("founders[{index}].commitment"), problem)?;
            let is_usable = founder.withdrawal_key.validate().is_ok();
            rule(is_usable, || format!("founders[{index}].withdrawal_key"), "is not a key that could be signed with")?;
        }
        let mut tags = BTreeMap::new();
        for (index, credential) in self.credentials.iter().enumerate() {
            let field = |name: &str| format!("credentials[{index}].{name}");
            let first = tags.insert(credential.tag, index);
            let problem = format!("is the tag of credentials[{}] again", first.unwrap_or_default());
            rule(first.is_none(), || field("tag"), problem)?;
            let known = self.domains.iter().any(|listed| listed.domain == credential.domain);
            rule(known, || field("domain"), format!("is {}, which is not in the domain tree", credential.domain))?;
            rule(credential.kind.is_credential(), || field("kind"), "must be 0 to 127: higher kinds are notes")?;
            rule(credential.weight > 0, || field("weight"), "must be at least 1")?;
            rule(credential.expires_at > credential.issued_at, || field("expires_at"), "must be later than issued_at")?;
        }
        Ok(())
    }
}
