//! Requirements (§5.2 rule 5): "at least K distinct credentials under this domain, worth at least W, as of this moment".

use ark_bn254::Fr;
use serde::{Deserialize, Serialize};

use crate::credential::DomainPrefix;

/// What a member has to hold. Public, and part of the instance of `Standing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Where the credentials have to belong.
    pub domain: DomainPrefix,
    /// At least so many distinct credentials.
    pub min_count: u8,
    /// At least so much weight in all.
    pub min_weight: u32,
    /// Unix seconds; a credential counts if it expires later.
    pub as_of: u32,
}

impl Requirement {
    /// Number of bits in the packed form.
    pub const BITS: usize = 108;

    /// The public input: `domain` 32 bits, `prefix_len` one-hot or zero over 4 (bit i − 1 stands for length i),
    /// `min_count` 8, `min_weight` 32, `as_of` 32, little-endian by bit.
    #[must_use]
    pub fn pack(&self) -> Fr {
        let one_hot = (1_u128 << self.domain.length()) >> 1;
        let packed = u128::from(self.domain.domain().to_u32())
            | one_hot << 32
            | u128::from(self.min_count) << 36
            | u128::from(self.min_weight) << 44
            | u128::from(self.as_of) << 76;
        Fr::from(packed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn packs_its_fields_by_bit() {
        let requirement = Requirement { domain: "1.7".parse().unwrap(), min_count: 3, min_weight: 10, as_of: u32::MAX };
        let expected = 0x0107_0000 | 0b0010 << 32 | 3_u128 << 36 | 10_u128 << 44 | u128::from(u32::MAX) << 76;
        assert_eq!(requirement.pack(), Fr::from(expected));
        assert_eq!(
            Requirement { domain: DomainPrefix::ANY, min_count: 0, min_weight: 0, as_of: 0 }.pack(),
            Fr::from(0u64)
        );
    }
}
