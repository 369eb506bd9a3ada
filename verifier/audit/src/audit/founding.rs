//! What only a founding writes: the domain tree, the menu, the charter, and credentials that nobody reviewed.

use std::collections::{BTreeMap, BTreeSet};

use aiq_circuits::{
    credential::{Credential, CredentialId, Domain},
    wire::{Encoder, sha256},
};
use aiq_verifier::{
    menu::{DomainEntry, MenuEntry},
    sponsorship::Charter,
};

use super::used::Used;
use crate::fault::{Fault, FaultCode, Place};

/// The founding as far as it has come.
#[derive(Default)]
pub(super) struct Founding {
    domains: BTreeSet<Domain>,
    menu: BTreeMap<String, MenuEntry>,
    charter: Option<Charter>,
    grants: u32,
    is_over: bool,
}

impl Founding {
    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// Epoch 0 is sealed.
    pub(super) const fn end(&mut self) {
        self.is_over = true;
    }

    pub(super) fn has_domain(&self, domain: Domain) -> bool {
        self.domains.contains(&domain)
    }

    pub(super) const fn powers(&self) -> Option<&Charter> {
        self.charter.as_ref()
    }

    pub(super) fn menu_entry(&self, id: &str) -> Option<&MenuEntry> {
        self.menu.get(id)
    }

    pub(super) fn domain(&mut self, place: Place, entry: &DomainEntry) -> Result<(), Fault> {
        let code = FaultCode::Domain;
        entry.validate().map_err(|error| place.fault(code, format!("domain {}: {error}", entry.domain)))?;
        place.rule(entry.domain.depth() > 0, code, || "a domain specifies at least its field")?;
        if let Some(parent) = parent(entry.domain) {
            place.rule(self.domains.contains(&parent), code, || {
                format!("domain {} lies under {parent}, which does not stand before it", entry.domain)
            })?;
        }
        place.rule(self.domains.insert(entry.domain), code, || {
            format!("domain {} stands in the log a second time", entry.domain)
        })
    }

    pub(super) fn menu(&mut self, place: Place, entry: MenuEntry) -> Result<(), Fault> {
        let code = FaultCode::Menu;
        entry.validate().map_err(|error| place.fault(code, format!("the requirement `{}`: {error}", entry.id)))?;
        let domain = entry.domain.domain();
        place.rule(entry.domain.length() == 0 || self.domains.contains(&domain), code, || {
            format!("the requirement `{}` is about {domain}, which is not in the domain tree", entry.id)
        })?;
        let most = u32::try_from(entry.statement.standing_slots()).unwrap_or(0) * u32::from(u16::MAX);
        place.rule(entry.min_weight <= most, code, || {
            format!("nobody could meet the requirement `{}`: {} shows at most {most}", entry.id, entry.statement)
        })?;
        place.rule(!self.menu.contains_key(&entry.id), code, || {
            format!("the requirement `{}` stands in the log a second time", entry.id)
        })?;
        self.menu.insert(entry.id.clone(), entry);
        Ok(())
    }

    pub(super) fn charter(&mut self, place: Place, charter: Charter) -> Result<(), Fault> {
        let code = FaultCode::Charter;
        place.rule(self.charter.is_none(), code, || "there is a charter already")?;
        let menu = charter.sponsors.as_ref().map(|sponsors| &sponsors.menu);
        place.rule(
            menu.is_none_or(|menu| self.menu.contains_key(menu)),
            code,
            || "the charter asks sponsors for something that is not on the menu",
        )?;
        self.charter = Some(charter);
        Ok(())
    }

    /// Checks a granted credential; its leaf is for the trees.
    pub(super) fn grant(&mut self, place: Place, credential: &Credential, used: &mut Used) -> Result<(), Fault> {
        let (code, attributes) = (FaultCode::Grant, &credential.attributes);
        place.rule(self.domains.contains(&attributes.domain), code, || {
            format!("the credential is for {}, which is not in the domain tree", attributes.domain)
        })?;
        place.rule(attributes.kind.is_credential(), code, || "it is a note, not a credential")?;
        place.rule(attributes.weight > 0, code, || "the credential has no weight")?;
        place.rule(attributes.expires_at > attributes.issued_at, code, || "the credential is never valid")?;
        place.rule(
            credential.id == granted_id(self.grants, credential),
            code,
            || "the credential's id does not follow from its place and content",
        )?;
        place.rule(used.take_tag(credential.tag), code, || "its owner tag has a credential already")?;
        self.grants += 1;
        Ok(())
    }
}

/// The id of a credential that nobody reviewed (§4): what stands for the claim is its content with its place among the grants.
pub(crate) fn granted_id(position: u32, credential: &Credential) -> CredentialId {
    let entry = Encoder::new("AIQ/v1/genesis-credential")
        .u32(position)
        .field(credential.tag.as_field())
        .field(&credential.attributes.pack())
        .finish();
    CredentialId::of_claim(&sha256(&[&entry]))
}

/// The domain one level up; `None` for a field.
fn parent(domain: Domain) -> Option<Domain> {
    let depth = domain.depth();
    let mut levels = domain.levels();
    *levels.get_mut(depth.checked_sub(1)?)? = 0;
    Domain::new(levels).ok().filter(|_| depth > 1)
}
