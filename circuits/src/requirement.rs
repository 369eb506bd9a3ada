//! Requirements (§5.2 rule 5): "at least K distinct credentials under this domain, worth at least W, as of this moment".

use ark_bn254::Fr;
use ark_ff::{BigInteger as _, PrimeField as _};
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

    /// Reads the packed form; `None` if it is not that of a requirement.
    #[must_use]
    pub fn unpack(packed: &Fr) -> Option<Self> {
        let number = packed.into_bigint();
        if number.num_bits() as usize > Self::BITS {
            return None;
        }
        let [low, high, ..] = number.0;
        let bits = u128::from(low) | u128::from(high) << 64;
        let field = |first: u32, width: u32| (bits >> first) & ((1_u128 << width) - 1);
        let small = |first, width| u32::try_from(field(first, width)).ok();
        let length = match field(32, 4) {
            0 => 0,
            bit if bit.is_power_of_two() => bit.trailing_zeros() as usize + 1,
            _ => return None,
        };
        let levels = small(0, 32)?.to_be_bytes();
        let (prefix, rest) = levels.split_at(length);
        let domain = DomainPrefix::new(prefix).ok().filter(|_| rest.iter().all(|level| *level == 0))?;
        Some(Self {
            domain,
            min_count: u8::try_from(field(36, 8)).ok()?,
            min_weight: small(44, 32)?,
            as_of: small(76, 32)?,
        })
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
        let nothing = Requirement { domain: DomainPrefix::ANY, min_count: 0, min_weight: 0, as_of: 0 };
        assert_eq!(nothing.pack(), Fr::from(0u64));
        for requirement in [requirement, nothing] {
            assert_eq!(Requirement::unpack(&requirement.pack()), Some(requirement));
        }
        let domain_beyond_the_prefix = 0x0107_0100 | 0b0010_u128 << 32;
        for number in [1 << 108, 0b0110 << 32, 1, domain_beyond_the_prefix, 0b0001 << 32] {
            assert_eq!(Requirement::unpack(&Fr::from(number)), None, "{number:x}");
        }
    }
}
