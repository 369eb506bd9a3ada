//! Bearer tokens: 256 random bits, shown once, kept as their SHA-256.

use core::fmt;

use aiq_circuits::wire::sha256;
use aiq_verifier::sponsorship::TokenHash;
use rand::{RngCore as _, rngs::OsRng};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

/// A token in the clear. Wiped when dropped and never printed by accident. Two tokens cannot be compared, since that would tell by the
/// time it takes how much of them is equal: what is kept of them is compared in constant time.
///
/// ```compile_fail
/// let token = aiq_server::Token::invitation();
/// assert!(token == token.clone());
/// ```
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// A fresh token; the prefix tells people and secret scanners what it is.
    pub(crate) fn generate(prefix: &str) -> Self {
        let mut bytes = [0; 32];
        OsRng.fill_bytes(&mut bytes);
        let digits = Zeroizing::new(hex::encode(bytes));
        bytes.zeroize();
        Self(Zeroizing::new(format!("{prefix}_{}", *digits)))
    }

    /// A fresh invitation.
    #[must_use]
    pub fn invitation() -> Self {
        Self::generate("aiq_invite")
    }

    /// The text, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// All that the service gets to see of an invitation that a member made, before it is used.
    #[must_use]
    pub fn sponsored_hash(&self) -> TokenHash {
        TokenHash::new(self.hash())
    }

    /// What is kept.
    pub(crate) fn hash(&self) -> [u8; 32] {
        hash(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(<secret>)")
    }
}

/// What is kept of a token. It has 256 random bits, so one fast hash is enough.
pub(crate) fn hash(token: &str) -> [u8; 32] {
    sha256(&[b"AIQ/v1/token", token.as_bytes()])
}

/// Compares hashes without telling by the time taken where they differ.
pub(crate) fn matches(token: &str, kept: &[u8; 32]) -> bool {
    hash(token).ct_eq(kept).into()
}
