//! The genesis file: what a deployment starts with. TOML, written by the operator, fixed by the first start.

mod check;

use aiq_circuits::{
    credential::{Attributes, Credential, CredentialId, CredentialKind, Domain},
    identity::{Commitment, OwnerTag},
    wire::{Encoder, sha256},
};
use aiq_verifier::{
    menu::{DomainEntry, MenuEntry},
    sponsorship::Charter,
    standard::Standard,
    withdrawal::WithdrawalKey,
};
use serde::{Deserialize, Serialize};

pub use check::GenesisFileError;

use crate::bytes32::Bytes32;

/// What a deployment starts with. Unknown keys are errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisFile {
    /// The deployment's name, part of its id.
    pub name: String,
    /// The deployment's salt, part of its id. Absent: the one that [`prepare`](crate::prepare) drew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<Bytes32>,
    /// The domain tree.
    pub domains: Vec<DomainEntry>,
    /// The requirements that polls and attestations may ask for (§11 P1).
    pub menu: Vec<MenuEntry>,
    /// What members may do beyond reviewing and voting; nothing if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charter: Option<Charter>,
    /// The standards that claims are judged by (§7). Where none holds, nothing can be claimed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standards: Vec<Standard>,
    /// The members of epoch 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub founders: Vec<Founder>,
    /// The credentials of epoch 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<GenesisCredential>,
}

/// A member of epoch 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Founder {
    /// What the founder's wallet shows for this deployment.
    pub commitment: Commitment,
    /// What the founder will sign with if it leaves; the wallet shows it too.
    pub withdrawal_key: WithdrawalKey,
}

/// A credential of epoch 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisCredential {
    /// One of the owner's tags for this deployment, used for nothing else.
    pub tag: OwnerTag,
    /// Where the work belongs; in the domain tree.
    pub domain: Domain,
    /// 0 to 127.
    pub kind: CredentialKind,
    /// What it counts.
    pub weight: u16,
    /// Unix seconds.
    pub issued_at: u32,
    /// Unix seconds from which it no longer counts.
    pub expires_at: u32,
}

impl GenesisFile {
    /// The genesis for artificial intelligence that is built in, without founders.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn default_ai() -> Self {
        Self::from_toml(include_str!("genesis/ai.toml")).expect("the built-in genesis is valid")
    }

    /// Reads and checks a genesis file.
    ///
    /// # Errors
    /// [`GenesisFileError::Syntax`] with the line, or [`GenesisFileError::Field`] with the entry at fault.
    pub fn from_toml(text: &str) -> Result<Self, GenesisFileError> {
        let file: Self = toml::from_str(text).map_err(|error| GenesisFileError::Syntax(error.to_string()))?;
        file.check()?;
        Ok(file)
    }

    /// The file as TOML.
    ///
    /// # Errors
    /// [`GenesisFileError::Syntax`] if TOML has no form for it.
    pub fn to_toml(&self) -> Result<String, GenesisFileError> {
        toml::to_string(self).map_err(|error| GenesisFileError::Syntax(error.to_string()))
    }

    /// The menu's entry with this id.
    #[must_use]
    pub fn menu_entry(&self, id: &str) -> Option<&MenuEntry> {
        self.menu.iter().find(|entry| entry.id == id)
    }

    /// The credentials of epoch 0 as leaves, in the file's order.
    ///
    /// Nobody reviewed them: what stands for the claim is the entry itself with its position, so
    /// `claim_id = SHA-256(canonical entry)` and the id follows §4.
    #[must_use]
    pub fn genesis_credentials(&self) -> Vec<Credential> {
        (0_u32..).zip(&self.credentials).map(|(position, entry)| entry.credential(position)).collect()
    }
}

impl GenesisCredential {
    /// What the leaf says.
    #[must_use]
    pub const fn attributes(&self) -> Attributes {
        Attributes {
            domain: self.domain,
            kind: self.kind,
            weight: self.weight,
            expires_at: self.expires_at,
            issued_at: self.issued_at,
        }
    }

    fn credential(&self, position: u32) -> Credential {
        let attributes = self.attributes();
        let entry = Encoder::new("AIQ/v1/genesis-credential")
            .u32(position)
            .field(self.tag.as_field())
            .field(&attributes.pack())
            .finish();
        Credential { tag: self.tag, attributes, id: CredentialId::of_claim(&sha256(&[&entry])) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aiq_circuits::Fr;
    use aiq_verifier::sponsorship::Allowance;
    use ed25519_dalek::SigningKey;

    use super::*;

    fn with_credentials() -> GenesisFile {
        let mut file = GenesisFile::default_ai();
        let founder = |n: u8| Founder {
            commitment: Commitment::new(Fr::from(n)),
            withdrawal_key: WithdrawalKey::of(&SigningKey::from_bytes(&[n; 32])),
        };
        file.founders = (1..4).map(founder).collect();
        file.credentials = (1..4_u64)
            .map(|n| GenesisCredential {
                tag: OwnerTag::new(Fr::from(n)),
                domain: "1.9.1.0".parse().unwrap(),
                kind: CredentialKind::new(1),
                weight: 5,
                issued_at: 1,
                expires_at: 2,
            })
            .collect();
        file
    }

    #[test]
    fn the_built_in_genesis_is_valid_and_has_the_safety_requirement() {
        let file = GenesisFile::default_ai();
        let entry = file.menu_entry("safety-3-10").unwrap();
        assert_eq!((entry.min_count, entry.min_weight), (3, 10));
        assert!(file.domains.len() > 60);
    }

    #[test]
    fn reads_what_it_writes() {
        let file = with_credentials();
        assert_eq!(GenesisFile::from_toml(&file.to_toml().unwrap()).unwrap(), file);
    }

    #[test]
    fn ids_depend_on_the_position() {
        let mut file = with_credentials();
        file.credentials[1] = file.credentials[0];
        let ids: Vec<_> = file.genesis_credentials().iter().map(|credential| credential.id).collect();
        assert_ne!(ids[0], ids[1]);
    }

    fn charter(invitation_validity: u32) -> Charter {
        Charter { sponsors: None, proposers: None, invitation_validity, governance: None }
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = GenesisFile::from_toml("name = \"x\"\ndomains = []\nmenu = []\nfounder = []").unwrap_err();
        assert!(error.to_string().contains("founder"), "{error}");
    }

    #[test]
    fn every_rule_names_the_entry_at_fault() {
        type Break = fn(&mut GenesisFile);
        let cases: [(&str, Break); 19] = [
            ("name", |file| file.name.clear()),
            ("domains", |file| file.domains.clear()),
            // Reads backwards in a terminal.
            ("domains[0].name", |file| file.domains[0].name.push('\u{202e}')),
            ("domains[1].domain", |file| file.domains[1].domain = file.domains[0].domain),
            ("domains[1].domain", |file| {
                file.domains.remove(1);
            }),
            ("menu[1].id", |file| file.menu[1].id = file.menu[0].id.clone()),
            ("menu[0].id", |file| file.menu[0].id = "Not An Id".into()),
            ("menu[1].min_count", |file| file.menu[1].min_count = 4),
            ("menu[1].min_weight", |file| file.menu[1].min_weight = 3 * 65_535 + 1),
            ("menu[0].domain", |file| file.menu[0].domain = "7".parse().unwrap()),
            ("charter", |file| {
                let allowance = Allowance { menu: "none-such".into(), per_epoch: 1 };
                file.charter = Some(Charter { sponsors: Some(allowance), ..charter(60) });
            }),
            ("charter", |file| file.charter = Some(charter(59))),
            ("standards[0].domain", |file| file.standards[0].domain = "7".parse().unwrap()),
            ("standards[0].reviewers", |file| file.standards[0].reviewers = "none-such".into()),
            ("standards[0]", |file| file.standards[0].quorum = 0),
            ("founders[2].commitment", |file| file.founders[2] = file.founders[0]),
            // A point of small order: it verifies signatures that nobody made.
            ("founders[1].withdrawal_key", |file| file.founders[1].withdrawal_key = WithdrawalKey::new([0; 32])),
            ("credentials[1].tag", |file| file.credentials[1] = file.credentials[0]),
            ("credentials[0].expires_at", |file| file.credentials[0].expires_at = 1),
        ];
        for (field, break_it) in cases {
            let mut file = with_credentials();
            break_it(&mut file);
            let error = file.check().unwrap_err();
            assert!(error.to_string().contains(&format!("`{field}`")), "{field}: {error}");
        }
    }
}
