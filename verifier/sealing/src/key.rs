//! Points and scalars of P-256 as the records have them, and secrets.

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::poll::{PollId, SealingKey};
use hkdf::Hkdf;
use p256::{
    NonZeroScalar, ProjectivePoint, PublicKey, Scalar, U256,
    elliptic_curve::{PrimeField as _, sec1::ToEncodedPoint as _},
};
use sha2::Sha512;
use zeroize::Zeroizing;

/// What opens sealed ballots or shares: a scalar other than 0. Forgotten when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(p256::SecretKey);

impl core::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SecretKey")
    }
}

impl SecretKey {
    /// Reads a scalar, 32 bytes big-endian; `None` if it is 0 or not below the order.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        p256::SecretKey::from_slice(bytes).ok().map(Self)
    }

    /// The scalar, big-endian.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes().into()
    }

    pub(crate) fn to_zeroizing(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.to_bytes())
    }

    /// The point that belongs to it, compressed.
    #[must_use]
    pub fn public(&self) -> [u8; 33] {
        point_bytes(&self.0.public_key().to_projective())
    }

    /// What ballots are sealed with.
    #[must_use]
    pub fn sealing_key(&self) -> SealingKey {
        SealingKey::new(self.public())
    }

    pub(crate) fn of(scalar: Scalar) -> Option<Self> {
        Option::<NonZeroScalar>::from(NonZeroScalar::new(scalar)).map(|scalar| Self(scalar.into()))
    }
}

/// The secret of a poll that the service seals alone: of the seed of its signing key, so that nothing has to be kept, and for this poll
/// only, so that nothing else is shown with it.
#[must_use]
pub fn service_secret(seed: &[u8; 32], deployment: &DeploymentId, poll: &PollId) -> SecretKey {
    let info = [deployment.as_bytes().as_slice(), poll.as_bytes()].concat();
    let mut wide = Zeroizing::new([0; 64]);
    // 64 bytes are one block of the expansion.
    let hkdf = Hkdf::<Sha512>::new(Some(b"AIQ/v1/service-trustee"), seed);
    hkdf.expand(&info, wide.as_mut()).expect("one block");
    // 0 is a value that nobody ever sees.
    SecretKey::of(wide_reduce(&wide)).expect("a scalar other than 0")
}

/// 64 bytes big-endian, modulo the order.
pub(crate) fn wide_reduce(wide: &[u8; 64]) -> Scalar {
    let (high, low) = wide.split_at(32);
    let half = |bytes: &[u8]| <Scalar as p256::elliptic_curve::ops::Reduce<U256>>::reduce(U256::from_be_slice(bytes));
    // 2^256 modulo the order.
    let shift = half(&[0xff; 32]) + Scalar::ONE;
    half(high) * shift + half(low)
}

/// Whether something can be sealed with a key: whether it is a point.
#[must_use]
pub fn is_key(key: &SealingKey) -> bool {
    point(key.as_bytes()).is_some()
}

/// A compressed point other than the identity, in its one spelling: SEC 1 also has a compact form of the same length, which begins with 05.
pub(crate) fn point(bytes: &[u8; 33]) -> Option<ProjectivePoint> {
    let key = PublicKey::from_sec1_bytes(bytes).ok().filter(|_| matches!(bytes, [0x02 | 0x03, ..]))?;
    Some(key.to_projective())
}

/// A scalar below the order.
pub(crate) fn scalar(bytes: &[u8; 32]) -> Option<Scalar> {
    Scalar::from_repr((*bytes).into()).into()
}

/// A point other than the identity, compressed.
pub(crate) fn point_bytes(point: &ProjectivePoint) -> [u8; 33] {
    let encoded = point.to_affine().to_encoded_point(true);
    encoded.as_bytes().try_into().unwrap_or([0; 33])
}
