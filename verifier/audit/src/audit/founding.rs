//! What a founding writes: the domain tree and the menu, which polls may change; the charter; credentials that nobody reviewed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aiq_circuits::{
    credential::{Credential, CredentialId, Domain},
    wire::{Encoder, sha256},
};
use aiq_verifier::{
    governance::parent,
    menu::{DomainEntry, MenuEntry},
    sponsorship::Charter,
    standard::Authority,
};

use super::used::Used;
use crate::fault::{Fault, FaultCode, Place};

/// The founding as far as it has come.
#[derive(Default)]
pub(super) struct Founding {
    domains: BTreeSet<Domain>,
    menu: BTreeMap<String, MenuEntry>,
    charter: Option<Charter>,
    /// Credentials that are not revoked.
    granted: HashMap<CredentialId, Credential>,
    /// How many were granted.
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

    /// Whether a domain could stand in the tree, or stands there and could be called like this.
    pub(super) fn check_domain(&self, entry: &DomainEntry) -> Result<(), String> {
        entry.validate().map_err(|error| format!("domain {}: {error}", entry.domain))?;
        if entry.domain.depth() == 0 {
            return Err("a domain specifies at least its field".into());
        }
        match parent(entry.domain) {
            Some(parent) if !self.domains.contains(&parent) => {
                Err(format!("domain {} lies under {parent}, which is not in the domain tree", entry.domain))
            }
            _ => Ok(()),
        }
    }

    /// Whether a requirement could be on the menu.
    pub(super) fn check_menu(&self, entry: &MenuEntry) -> Result<(), String> {
        entry.validate().map_err(|error| format!("the requirement `{}`: {error}", entry.id))?;
        let domain = entry.domain.domain();
        if entry.domain.length() > 0 && !self.domains.contains(&domain) {
            return Err(format!("the requirement `{}` is about {domain}, which is not in the domain tree", entry.id));
        }
        let most = u32::try_from(entry.statement.standing_slots()).unwrap_or(0) * u32::from(u16::MAX);
        if entry.min_weight > most {
            let MenuEntry { id, statement, .. } = entry;
            return Err(format!("nobody could meet the requirement `{id}`: {statement} shows at most {most}"));
        }
        Ok(())
    }

    /// Whether the charter asks for this menu entry.
    pub(super) fn asks_for(&self, menu: &str) -> bool {
        self.charter.iter().flat_map(Charter::menu).any(|named| named == menu)
    }

    /// Adds a domain that passed [`check_domain`](Self::check_domain); `false` if it is in the tree.
    pub(super) fn add_domain(&mut self, domain: Domain) -> bool {
        self.domains.insert(domain)
    }

    /// Puts a requirement on the menu that passed [`check_menu`](Self::check_menu); `false` if it takes another one's place.
    pub(super) fn set_menu(&mut self, entry: MenuEntry) -> bool {
        self.menu.insert(entry.id.clone(), entry).is_none()
    }

    /// Takes a requirement off the menu; `false` if it is not there.
    pub(super) fn remove_menu(&mut self, id: &str) -> bool {
        self.menu.remove(id).is_some()
    }

    pub(super) fn domain(&mut self, place: Place, entry: &DomainEntry, by: Authority) -> Result<(), Fault> {
        let rule = |holds, message: &str| place.rule(holds, FaultCode::Domain, || message);
        rule(by != Authority::Administrator, "no administrator adds domains")?;
        self.check_domain(entry).map_err(|message| place.fault(FaultCode::Domain, message))?;
        let is_new = self.add_domain(entry.domain);
        rule(is_new || matches!(by, Authority::Poll(_)), "the domain stands in the log a second time")
    }

    pub(super) fn menu(&mut self, place: Place, entry: MenuEntry, by: Authority) -> Result<(), Fault> {
        let rule = |holds, message: &str| place.rule(holds, FaultCode::Menu, || message);
        rule(by != Authority::Administrator, "no administrator writes the menu")?;
        self.check_menu(&entry).map_err(|message| place.fault(FaultCode::Menu, message))?;
        let is_new = self.set_menu(entry);
        rule(is_new || matches!(by, Authority::Poll(_)), "the requirement is on the menu already")
    }

    pub(super) fn menu_removal(&mut self, place: Place, id: &str, by: Authority) -> Result<(), Fault> {
        let rule = |holds, message: &str| place.rule(holds, FaultCode::MenuRemoval, || message);
        rule(matches!(by, Authority::Poll(_)), "only a poll takes something off the menu")?;
        rule(self.remove_menu(id), "it is not on the menu")
    }

    pub(super) fn charter(&mut self, place: Place, charter: Charter) -> Result<(), Fault> {
        let code = FaultCode::Charter;
        place.rule(self.charter.is_none(), code, || "there is a charter already")?;
        let unknown = charter.menu().any(|menu| !self.menu.contains_key(menu));
        place.rule(!unknown, code, || "the charter asks for something that is not on the menu")?;
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
        self.granted.insert(credential.id, *credential);
        Ok(())
    }

    /// A credential that was granted here and is not revoked.
    pub(super) fn granted(&self, id: &CredentialId) -> Option<&Credential> {
        self.granted.get(id)
    }

    /// Revokes it.
    pub(super) fn revoke(&mut self, id: &CredentialId) -> Option<Credential> {
        self.granted.remove(id)
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
