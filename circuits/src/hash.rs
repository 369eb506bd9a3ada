//! The hash `H_name` (§1): Poseidon over BN254's scalar field with circomlib's constants, the name and the arity in the
//! capacity lane, output lane 0, one fixed arity per name, never a sponge.
//!
//! The permutation is our own (`hash/permutation.rs`) because a tree of two million leaves is hashed with it;
//! `light-poseidon` supplies the constants, which the R1CS gadget (`constraints/poseidon.rs`) shares, and is the oracle of
//! the tests.

mod permutation;

use std::sync::LazyLock;

use ark_bn254::Fr;
use light_poseidon::parameters::bn254_x5::get_poseidon_parameters;

use self::permutation::Permutation;
use crate::wire::field_hash;

/// The names under which the protocol hashes. Each has one arity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashName {
    /// `C = H_identity(s)` (§2).
    Identity,
    /// `t = H_tag(s, ρ)` (§2).
    Tag,
    /// `N = H_nullifier(s, scope)` (§2).
    Nullifier,
    /// The spend nullifier `H_spend(s, id)` (§5.4).
    Spend,
    /// `ℓ = H_credential(t, a, id)` (§4).
    Credential,
    /// A node over eight children in the members tree (§4).
    MemberNode,
    /// A node over eight children in the credentials tree (§4).
    CredentialNode,
}

impl HashName {
    /// Every name.
    pub const ALL: [Self; 7] = [
        Self::Identity,
        Self::Tag,
        Self::Nullifier,
        Self::Spend,
        Self::Credential,
        Self::MemberNode,
        Self::CredentialNode,
    ];

    /// The name as it stands in the domain tag.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Tag => "tag",
            Self::Nullifier => "nullifier",
            Self::Spend => "spend",
            Self::Credential => "credential",
            Self::MemberNode => "member_node",
            Self::CredentialNode => "credential_node",
        }
    }

    /// Number of inputs.
    #[must_use]
    pub const fn arity(self) -> usize {
        match self {
            Self::Identity => 1,
            Self::Tag | Self::Nullifier | Self::Spend => 2,
            Self::Credential => 3,
            Self::MemberNode | Self::CredentialNode => 8,
        }
    }

    /// `D(name, n) = F("AIQ/v1/hash/" ‖ name ‖ "/" ‖ n)`, n in decimal: the value of the capacity lane.
    #[must_use]
    pub fn domain_tag(self) -> Fr {
        static TAGS: LazyLock<[Fr; HashName::ALL.len()]> = LazyLock::new(|| {
            HashName::ALL.map(|name| {
                let arity = name.arity().to_string();
                field_hash(&[b"AIQ/v1/hash/", name.label().as_bytes(), b"/", arity.as_bytes()])
            })
        });
        TAGS[self as usize]
    }
}

/// Poseidon's constants for one width: α = 5, 128-bit security, those of circomlib.
#[derive(Debug)]
pub struct Parameters {
    /// Number of lanes t, the capacity lane included.
    pub width: usize,
    /// Rounds in which every lane passes the S-box; half of them stand before the partial rounds, half behind.
    pub full_rounds: usize,
    /// Rounds in which lane 0 alone passes the S-box.
    pub partial_rounds: usize,
    /// Round constants: `width` for each round, in the order of the rounds.
    pub ark: Vec<Fr>,
    /// The mixing matrix: row i yields lane i.
    pub mds: Vec<Vec<Fr>>,
}

/// The widths that the protocol uses.
const WIDTHS: [usize; 4] = [2, 3, 4, 9];

/// The constants of a width.
///
/// # Panics
/// If no [`HashName`] has that width (arity + 1).
#[must_use]
pub fn parameters(width: usize) -> &'static Parameters {
    static TABLE: LazyLock<[Parameters; WIDTHS.len()]> = LazyLock::new(|| {
        WIDTHS.map(|width| {
            let lanes = u8::try_from(width).expect("widths are small");
            let source = get_poseidon_parameters::<Fr>(lanes).expect("light-poseidon knows the widths 2 to 13");
            Parameters {
                width,
                full_rounds: source.full_rounds,
                partial_rounds: source.partial_rounds,
                ark: source.ark,
                mds: source.mds,
            }
        })
    });
    &TABLE[position(width)]
}

/// The prepared permutation of a width.
fn permutation(width: usize) -> &'static Permutation {
    static TABLE: LazyLock<[Permutation; WIDTHS.len()]> =
        LazyLock::new(|| WIDTHS.map(|width| Permutation::new(parameters(width))));
    &TABLE[position(width)]
}

fn position(width: usize) -> usize {
    WIDTHS.iter().position(|&known| known == width).expect("a width that a HashName has")
}

/// Lane 0 after the permutation of `[D, inputs..]`.
fn digest<const T: usize>(capacity: Fr, inputs: &[Fr]) -> Fr {
    let mut state = [capacity; T];
    state[1..].copy_from_slice(inputs);
    permutation(T).apply(&mut state);
    state[0]
}

/// `H_name(inputs)` for any name; the typed functions of this crate are what callers use.
///
/// # Panics
/// If the number of inputs is not the arity of the name.
#[must_use]
pub fn hash(name: HashName, inputs: &[Fr]) -> Fr {
    assert_eq!(inputs.len(), name.arity(), "H_{} has a fixed arity", name.label());
    let capacity = name.domain_tag();
    match name.arity() {
        1 => digest::<2>(capacity, inputs),
        2 => digest::<3>(capacity, inputs),
        3 => digest::<4>(capacity, inputs),
        _ => digest::<9>(capacity, inputs),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ark_ff::AdditiveGroup;
    use light_poseidon::{Poseidon, PoseidonHasher};

    fn oracle(inputs: &[Fr], tag: Fr) -> Fr {
        Poseidon::<Fr>::with_domain_tag_circom(inputs.len(), tag).unwrap().hash(inputs).unwrap()
    }

    /// circomlib's own test vectors (`test/poseidoncircuit.js`), D = 0.
    #[test]
    fn permutation_gives_circomlibs_known_answers() {
        let decimal = |text: &str| text.parse::<Fr>().unwrap();
        let one_two = [Fr::from(1u64), Fr::from(2u64)];
        assert_eq!(
            digest::<3>(Fr::ZERO, &one_two),
            decimal("7853200120776062878684798364095072458815029376092732009249414926327459813530")
        );
        assert_eq!(
            digest::<2>(Fr::ZERO, &one_two[..1]),
            decimal("18586133768512220936620570745912940619677854269274689475585506675881198879027")
        );
    }

    #[test]
    fn agrees_with_light_poseidon_for_every_name() {
        for name in HashName::ALL {
            let inputs: Vec<Fr> = (1..=name.arity() as u64).map(|i| field_hash(&[&i.to_be_bytes()])).collect();
            assert_eq!(hash(name, &inputs), oracle(&inputs, name.domain_tag()), "{}", name.label());
        }
    }

    #[test]
    fn names_of_one_arity_are_separate_functions() {
        let pair = [Fr::from(3u64), Fr::from(4u64)];
        let of_pairs = [HashName::Tag, HashName::Nullifier, HashName::Spend].map(|name| hash(name, &pair));
        assert!(of_pairs[0] != of_pairs[1] && of_pairs[1] != of_pairs[2] && of_pairs[2] != of_pairs[0]);
        assert_ne!(hash(HashName::MemberNode, &[pair[0]; 8]), hash(HashName::CredentialNode, &[pair[0]; 8]));
    }
}
