//! Credentials (§4): domains, kinds, attributes and the leaf of the credentials tree.

use core::{fmt, str::FromStr};

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use serde::{Deserialize, Serialize};

use crate::{
    hash::{HashName, hash},
    identity::{Nullifier, OwnerTag, SpendNullifier},
    merge::SLOTS,
    scope::Scope,
    wire::{field_hash, field_newtype, serde_by_text},
};

/// A place in the domain tree: field, area, speciality, topic; 0 = unspecified. Written `1.4.2.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Domain([u8; 4]);

/// Why a text names no domain or prefix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DomainError {
    /// Not numbers of 0 to 255 between dots.
    #[error("`{0}` is not a domain: write its levels as numbers from 0 to 255 between dots, as in 1.7.2.0")]
    Syntax(String),
    /// A specified level stands below an unspecified one.
    #[error("`{0}` specifies a level below an unspecified one")]
    Gap(String),
}

impl Domain {
    /// A domain from its four levels, most significant first.
    ///
    /// # Errors
    /// [`DomainError::Gap`] if a level is specified below an unspecified one.
    pub fn new(levels: [u8; 4]) -> Result<Self, DomainError> {
        let domain = Self(levels);
        let depth = domain.depth();
        if levels.iter().skip(depth).all(|level| *level == 0) {
            Ok(domain)
        } else {
            Err(DomainError::Gap(domain.to_string()))
        }
    }

    /// The four levels, most significant first.
    #[must_use]
    pub const fn levels(&self) -> [u8; 4] {
        self.0
    }

    /// The levels as one number, the field in the most significant byte.
    #[must_use]
    pub const fn to_u32(&self) -> u32 {
        u32::from_be_bytes(self.0)
    }

    /// Number of leading specified levels, 0 to 4.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.iter().take_while(|level| **level != 0).count()
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [field, area, speciality, topic] = self.0;
        write!(f, "{field}.{area}.{speciality}.{topic}")
    }
}

impl FromStr for Domain {
    type Err = DomainError;
    fn from_str(text: &str) -> Result<Self, DomainError> {
        let levels = levels(text)?;
        let four = <[u8; 4]>::try_from(levels.as_slice()).map_err(|_| DomainError::Syntax(text.to_owned()))?;
        Self::new(four)
    }
}

serde_by_text!(Domain);

/// Numbers of 0 to 255 between dots, each in its one spelling.
fn levels(text: &str) -> Result<Vec<u8>, DomainError> {
    text.split('.')
        .map(|level| {
            let number = level.parse::<u8>().ok().filter(|number| number.to_string() == level);
            number.ok_or_else(|| DomainError::Syntax(text.to_owned()))
        })
        .collect()
}

/// The first 0 to 4 levels of a domain, all specified: what a requirement names. Written `1.4`, or `any` for no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DomainPrefix {
    domain: Domain,
    length: u8,
}

impl DomainPrefix {
    /// Any domain.
    pub const ANY: Self = Self { domain: Domain([0; 4]), length: 0 };

    /// A prefix from its levels, most significant first.
    ///
    /// # Errors
    /// More than four levels, or an unspecified one.
    pub fn new(levels: &[u8]) -> Result<Self, DomainError> {
        let text = || levels.iter().map(u8::to_string).collect::<Vec<_>>().join(".");
        let mut four = [0; 4];
        let Some(head) = four.get_mut(..levels.len()) else { return Err(DomainError::Syntax(text())) };
        head.copy_from_slice(levels);
        let length = u8::try_from(levels.len()).map_err(|_| DomainError::Syntax(text()))?;
        if levels.contains(&0) {
            return Err(DomainError::Gap(text()));
        }
        Ok(Self { domain: Domain(four), length })
    }

    /// The prefix padded with unspecified levels.
    #[must_use]
    pub const fn domain(&self) -> Domain {
        self.domain
    }

    /// Number of levels, 0 to 4.
    #[must_use]
    pub const fn length(&self) -> u8 {
        self.length
    }

    /// Whether a domain lies under this prefix: a speciality counts towards its area.
    #[must_use]
    pub fn matches(&self, domain: &Domain) -> bool {
        let length = usize::from(self.length);
        self.domain.0.iter().zip(&domain.0).take(length).all(|(ours, theirs)| ours == theirs)
    }
}

impl fmt::Display for DomainPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.length == 0 {
            return f.write_str("any");
        }
        let levels: Vec<String> = self.domain.0.iter().take(self.length.into()).map(u8::to_string).collect();
        f.write_str(&levels.join("."))
    }
}

impl FromStr for DomainPrefix {
    type Err = DomainError;
    fn from_str(text: &str) -> Result<Self, DomainError> {
        if text == "any" { Ok(Self::ANY) } else { Self::new(&levels(text)?) }
    }
}

serde_by_text!(DomainPrefix);

/// What a leaf stands for (§4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialKind(u8);

impl CredentialKind {
    /// Accepted in no slot of `Standing`, only merged.
    pub const REWARD_NOTE: Self = Self(0x80);
    /// Weight but no count; at most one slot of `Standing` may hold one.
    pub const BALANCE_NOTE: Self = Self(0x81);

    /// Any kind; 0x00–0x7f are credentials, the two notes are named, the rest means nothing and is refused everywhere.
    #[must_use]
    pub const fn new(code: u8) -> Self {
        Self(code)
    }

    /// The code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }

    /// Whether this is a credential: count 1, weight as stated.
    #[must_use]
    pub const fn is_credential(self) -> bool {
        self.0 < 0x80
    }

    /// Whether this is a reward note or a balance note.
    #[must_use]
    pub fn is_note(self) -> bool {
        self == Self::REWARD_NOTE || self == Self::BALANCE_NOTE
    }
}

/// What a leaf says besides its owner: public, 120 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attributes {
    /// Where the work belongs.
    pub domain: Domain,
    /// What the leaf stands for.
    pub kind: CredentialKind,
    /// What it counts.
    pub weight: u16,
    /// Unix seconds from which it no longer counts.
    pub expires_at: u32,
    /// Unix seconds of the act that granted it.
    pub issued_at: u32,
}

impl Attributes {
    /// Number of bits in the packed form.
    pub const BITS: usize = 120;

    /// `a` (§4): `domain` 32 bits, `kind` 8, `weight` 16, `expires_at` 32, `issued_at` 32, little-endian by bit.
    #[must_use]
    pub fn pack(&self) -> Fr {
        let packed = u128::from(self.domain.to_u32())
            | u128::from(self.kind.code()) << 32
            | u128::from(self.weight) << 40
            | u128::from(self.expires_at) << 56
            | u128::from(self.issued_at) << 88;
        Fr::from(packed)
    }

    /// Reads what [`pack`](Self::pack) writes; `None` if the value has more than 120 bits or a domain with a gap.
    #[must_use]
    pub fn unpack(packed: &Fr) -> Option<Self> {
        let number = packed.into_bigint();
        if number.num_bits() > 120 {
            return None;
        }
        let bits = u128::from(number.0[0]) | u128::from(number.0[1]) << 64;
        // Each cast keeps exactly the bits of its field.
        #[allow(clippy::cast_possible_truncation)]
        let attributes = Self {
            domain: Domain::new((bits as u32).to_be_bytes()).ok()?,
            kind: CredentialKind((bits >> 32) as u8),
            weight: (bits >> 40) as u16,
            expires_at: (bits >> 56) as u32,
            issued_at: (bits >> 88) as u32,
        };
        Some(attributes)
    }
}

field_newtype! {
    /// What makes a leaf unique in its deployment.
    CredentialId
}

impl CredentialId {
    /// `F("AIQ/v1/credential" ‖ claim_id)`: the id of the credential that a claim earned.
    #[must_use]
    pub fn of_claim(claim_id: &[u8; 32]) -> Self {
        Self(field_hash(&[b"AIQ/v1/credential", claim_id]))
    }

    /// `F("AIQ/v1/note" ‖ scope ‖ nullifier)`: the id of the reward note for what a nullifier did in a scope.
    #[must_use]
    pub fn of_note(scope: &Scope, nullifier: &Nullifier) -> Self {
        Self(field_hash(&[b"AIQ/v1/note", &scope.to_bytes(), &nullifier.to_bytes()]))
    }

    /// `F("AIQ/v1/balance" ‖ spend nullifiers)`, in their order: the id of the balance note that a merge creates.
    #[must_use]
    pub fn of_balance(spends: &[SpendNullifier; SLOTS]) -> Self {
        Self(field_hash(&[b"AIQ/v1/balance", spends.map(|spend| spend.to_bytes()).as_flattened()]))
    }
}

/// One leaf of the credentials tree in the clear. Only the owner behind the tag is not public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// The owner tag `t`.
    pub tag: OwnerTag,
    /// What the leaf says.
    pub attributes: Attributes,
    /// Its id.
    pub id: CredentialId,
}

impl Credential {
    /// `ℓ = H_credential(t, a, id)`.
    #[must_use]
    pub fn leaf(&self) -> Fr {
        hash(HashName::Credential, &[*self.tag.as_field(), self.attributes.pack(), *self.id.as_field()])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn attributes_pack_to_120_bits_and_back() {
        let attributes = Attributes {
            domain: "1.255.3.0".parse().unwrap(),
            kind: CredentialKind::new(0x7f),
            weight: u16::MAX,
            expires_at: u32::MAX,
            issued_at: 0x8000_0001,
        };
        assert_eq!(Attributes::unpack(&attributes.pack()), Some(attributes));
        assert_eq!(Attributes::unpack(&(Fr::from(1u128 << 120))), None);
        assert_eq!(Attributes::unpack(&-Fr::from(1u64)), None);
    }

    #[test]
    fn a_prefix_matches_what_lies_under_it() {
        let prefix: DomainPrefix = "1.7".parse().unwrap();
        for (domain, expected) in [("1.7.0.0", true), ("1.7.2.9", true), ("1.8.0.0", false), ("1.0.0.0", false)] {
            assert_eq!(prefix.matches(&domain.parse().unwrap()), expected, "{domain}");
        }
        assert!(DomainPrefix::ANY.matches(&"0.0.0.0".parse().unwrap()));
    }

    #[test]
    fn refuses_domains_with_gaps_and_other_spellings() {
        assert_eq!("1.0.3.0".parse::<Domain>(), Err(DomainError::Gap("1.0.3.0".into())));
        for text in ["1.2.3", "1.2.3.256", "1.2.3.04", "1.2.3.+4", "", "a.b.c.d"] {
            assert!(text.parse::<Domain>().is_err(), "{text}");
        }
        for text in ["0", "1.0", "1.2.3.4.5", "", "01"] {
            assert!(text.parse::<DomainPrefix>().is_err(), "{text}");
        }
    }
}
