//! Identity (§2): from the wallet's seed to a deployment's secret, commitment, owner tags and nullifiers.

use core::fmt;

use ark_bn254::Fr;
use ark_ff::{PrimeField, UniformRand};
use ark_std::rand::{CryptoRng, RngCore};
use hkdf::Hkdf;
use sha2::Sha512;
use zeroize::{Zeroize, ZeroizeOnDrop};

pub use crate::deployment::DeploymentId;
use crate::{
    credential::CredentialId,
    hash::{HashName, hash},
    scope::Scope,
    wire::field_newtype,
};

field_newtype! {
    /// `C = H_identity(s)`: the only thing about a member that enrolment sees, and its leaf in the members tree.
    Commitment
}

field_newtype! {
    /// `t = H_tag(s, ρ)`: the owner of one credential, unlinkable to the owner's other tags.
    OwnerTag
}

field_newtype! {
    /// `N = H_nullifier(s, scope)`: one per member and scope, unlinkable across scopes.
    Nullifier
}

field_newtype! {
    /// `H_spend(s, id)` (§5.4): says that a note is spent, and not which; one for each note.
    SpendNullifier
}

/// A wallet's seed: 256 bits from the operating system's generator, shown once as 24 words. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32]);

impl Seed {
    /// A fresh seed.
    #[must_use]
    pub fn generate(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        let mut seed = Self([0; 32]);
        rng.fill_bytes(&mut seed.0);
        seed
    }

    /// The seed that 24 words stand for.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes. Whoever copies them has to wipe the copy.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// `wide_reduce(HKDF-SHA512(seed, label, info), 64 bytes)`: the label is the salt of HKDF, the parts of `info` are
    /// concatenated, and the 64 bytes are one big-endian number, reduced mod r.
    fn derive(&self, label: &str, info: &[&[u8]]) -> Fr {
        let mut wide = [0; 64];
        Hkdf::<Sha512>::new(Some(label.as_bytes()), &self.0)
            .expand_multi_info(info, &mut wide)
            .expect("64 bytes are within what HKDF-SHA512 yields");
        // 512 uniform bits: the bias of the reduction is below 2^-258.
        #[allow(clippy::disallowed_methods)]
        let value = Fr::from_be_bytes_mod_order(&wide);
        wide.zeroize();
        value
    }
}

/// Defines a secret field element: wiped when dropped, never printed.
macro_rules! secret_newtype {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        pub struct $name(Fr);

        impl $name {
            /// Wraps a field element.
            #[must_use]
            pub const fn new(value: Fr) -> Self {
                Self(value)
            }

            /// The field element. Whoever copies it has to wipe the copy.
            #[must_use]
            pub const fn as_field(&self) -> &Fr {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(<secret>)"))
            }
        }
    };
}

secret_newtype! {
    /// The per-deployment secret `s`.
    Secret
}

secret_newtype! {
    /// The randomness `ρ` of one owner tag.
    TagRandomness
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(<secret>)")
    }
}

impl Secret {
    /// `C = H_identity(s)`.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        Commitment(hash(HashName::Identity, &[self.0]))
    }

    /// `t = H_tag(s, ρ)`.
    #[must_use]
    pub fn tag(&self, randomness: &TagRandomness) -> OwnerTag {
        OwnerTag(hash(HashName::Tag, &[self.0, randomness.0]))
    }

    /// `N = H_nullifier(s, scope)`.
    #[must_use]
    pub fn nullifier(&self, scope: &Scope) -> Nullifier {
        Nullifier(hash(HashName::Nullifier, &[self.0, *scope.as_field()]))
    }

    /// `H_spend(s, id)`: the spend nullifier of the note with this id.
    #[must_use]
    pub fn spend_nullifier(&self, id: &CredentialId) -> SpendNullifier {
        SpendNullifier(hash(HashName::Spend, &[self.0, *id.as_field()]))
    }
}

impl TagRandomness {
    /// Fresh randomness, for a tag that never becomes the owner of a leaf and so need not be recoverable.
    #[must_use]
    pub fn random(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self(Fr::rand(rng))
    }
}

/// A member's identity in one deployment: everything that derives from the seed.
#[derive(Clone)]
pub struct Identity {
    seed: Seed,
    deployment: DeploymentId,
    secret: Secret,
}

impl Identity {
    /// The identity of a seed's owner in a deployment.
    #[must_use]
    pub fn derive(seed: &Seed, deployment: &DeploymentId) -> Self {
        let secret = Secret(seed.derive("AIQ/v1/identity", &[deployment.as_bytes()]));
        Self { seed: seed.clone(), deployment: *deployment, secret }
    }

    /// The deployment in which this identity lives.
    #[must_use]
    pub const fn deployment(&self) -> &DeploymentId {
        &self.deployment
    }

    /// The secret `s`.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The commitment `C`.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        self.secret.commitment()
    }

    /// `ρ_i`, i as eight bytes, big-endian: the randomness of owner tag number i.
    #[must_use]
    pub fn tag_randomness(&self, index: u64) -> TagRandomness {
        TagRandomness(self.seed.derive("AIQ/v1/tag", &[self.deployment.as_bytes(), &index.to_be_bytes()]))
    }

    /// `t_i`: owner tag number i.
    #[must_use]
    pub fn tag(&self, index: u64) -> OwnerTag {
        self.secret.tag(&self.tag_randomness(index))
    }

    /// The nullifier in a scope.
    #[must_use]
    pub fn nullifier(&self, scope: &Scope) -> Nullifier {
        self.secret.nullifier(scope)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity(<secret>, {})", self.deployment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    #[test]
    fn one_seed_is_unlinkable_across_deployments() {
        let seed = Seed::from_bytes([7; 32]);
        let [one, other] = [1, 2].map(|byte| Identity::derive(&seed, &DeploymentId::new([byte; 32])));
        assert_ne!(one.commitment(), other.commitment());
        assert_ne!(one.tag(0), other.tag(0));
        assert_ne!(one.tag(0), one.tag(1));
        assert_eq!(one.tag(3), Identity::derive(&seed, one.deployment()).tag(3));
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let seed = Seed::from_bytes([0xab; 32]);
        let identity = Identity::derive(&seed, &DeploymentId::new([1; 32]));
        let secret = wire::fr_to_hex(identity.secret().as_field());
        for text in [
            format!("{seed:?}"),
            format!("{identity:?}"),
            format!("{:?}", identity.secret()),
            format!("{:?}", identity.tag_randomness(0)),
        ] {
            assert!(text.contains("<secret>"));
            assert!(!text.contains(&secret[2..]) && !text.contains("171, 171") && !text.contains("abab"));
        }
    }
}
