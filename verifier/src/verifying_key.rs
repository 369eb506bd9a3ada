//! Verifying keys: their canonical bytes, their id, and the keys that nobody may trust (§9).
//!
//! Layout, the same as `ark_groth16::VerifyingKey` compressed: `α` (G1, 32 bytes) ‖ `β` ‖ `γ` ‖ `δ` (G2, 64 bytes each) ‖
//! number of IC points (u64, little-endian) ‖ the IC points (G1, 32 bytes each): 232 + 32·(public inputs + 1) bytes.

use core::fmt;

use aiq_circuits::{statement::StatementId, wire};
use ark_bn254::{G1Affine, G2Affine};

use crate::{
    bytes::byte_newtype,
    points::{self, PointFault},
};

byte_newtype! {
    /// SHA-256 of a verifying key's canonical bytes: what a poll, a presentation and the manifest call a key by.
    KeyId, 32
}

/// A Groth16 verifying key without the faults that would let someone forge.
///
/// Every point is on its curve, in the prime-order subgroup and not the identity; β, γ, δ differ from one another, and
/// so do α and the IC points, in each case up to sign. What cannot be seen in a key is who knows its trapdoor: that is
/// its origin, which the manifest states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey {
    alpha_g1: G1Affine,
    beta_g2: G2Affine,
    gamma_g2: G2Affine,
    delta_g2: G2Affine,
    ic: Vec<G1Affine>,
}

/// Bytes before the IC points.
const HEADER: usize = 232;
/// Bytes of one compressed G1 point.
const G1_BYTES: usize = 32;

impl VerifyingKey {
    /// Takes the points of a key and checks them.
    ///
    /// # Errors
    /// Names the point at fault, or the two that coincide.
    pub fn from_points(
        alpha_g1: G1Affine,
        beta_g2: G2Affine,
        gamma_g2: G2Affine,
        delta_g2: G2Affine,
        ic: Vec<G1Affine>,
    ) -> Result<Self, KeyError> {
        points::check(&alpha_g1).map_err(at(KeyPoint::Alpha))?;
        points::check(&beta_g2).map_err(at(KeyPoint::Beta))?;
        points::check(&gamma_g2).map_err(at(KeyPoint::Gamma))?;
        points::check(&delta_g2).map_err(at(KeyPoint::Delta))?;
        for (index, point) in ic.iter().enumerate() {
            points::check(point).map_err(at(KeyPoint::Ic(index)))?;
        }
        Self { alpha_g1, beta_g2, gamma_g2, delta_g2, ic }.refuse_coincidences()
    }

    /// Decodes the canonical bytes of a key and checks them.
    ///
    /// # Errors
    /// Names the length, the point at fault, or the two that coincide.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let wrong_length = KeyError::Length(bytes.len());
        let (header, ic) = bytes.split_at_checked(HEADER).ok_or(wrong_length)?;
        let (alpha, rest) = header.split_at(G1_BYTES);
        let (beta, rest) = rest.split_at(64);
        let (gamma, rest) = rest.split_at(64);
        let (delta, count) = rest.split_at(64);
        let points = ic.chunks_exact(G1_BYTES);
        if !points.remainder().is_empty() || count != (points.len() as u64).to_le_bytes() {
            return Err(wrong_length);
        }
        Self {
            alpha_g1: points::decode(alpha).map_err(at(KeyPoint::Alpha))?,
            beta_g2: points::decode(beta).map_err(at(KeyPoint::Beta))?,
            gamma_g2: points::decode(gamma).map_err(at(KeyPoint::Gamma))?,
            delta_g2: points::decode(delta).map_err(at(KeyPoint::Delta))?,
            ic: points
                .enumerate()
                .map(|(index, point)| points::decode(point).map_err(at(KeyPoint::Ic(index))))
                .collect::<Result<_, _>>()?,
        }
        .refuse_coincidences()
    }

    /// Two equal or opposite points among β, γ, δ let anyone forge: with δ = ±γ, `A = α, B = β, C = ∓IC(x)`; with
    /// γ = ±β or δ = ±β a similar choice does it. Two such points among the IC let anyone trade one public input
    /// against another.
    fn refuse_coincidences(self) -> Result<Self, KeyError> {
        let g2 =
            [(KeyPoint::Beta, &self.beta_g2), (KeyPoint::Gamma, &self.gamma_g2), (KeyPoint::Delta, &self.delta_g2)];
        refuse_equal(&g2)?;
        let g1: Vec<_> = core::iter::once((KeyPoint::Alpha, &self.alpha_g1))
            .chain(self.ic.iter().enumerate().map(|(index, point)| (KeyPoint::Ic(index), point)))
            .collect();
        refuse_equal(&g1)?;
        Ok(self)
    }

    /// Checks that the key has one IC point more than the statement has public inputs.
    ///
    /// # Errors
    /// [`KeyError::InputCount`].
    pub fn check_statement(&self, statement: StatementId) -> Result<(), KeyError> {
        let expected = statement.public_inputs() + 1;
        if self.ic.len() == expected {
            Ok(())
        } else {
            Err(KeyError::InputCount { statement, expected, found: self.ic.len() })
        }
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + G1_BYTES * self.ic.len());
        points::encode(&self.alpha_g1, &mut bytes);
        points::encode(&self.beta_g2, &mut bytes);
        points::encode(&self.gamma_g2, &mut bytes);
        points::encode(&self.delta_g2, &mut bytes);
        bytes.extend_from_slice(&(self.ic.len() as u64).to_le_bytes());
        for point in &self.ic {
            points::encode(point, &mut bytes);
        }
        bytes
    }

    /// SHA-256 of the canonical bytes.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::new(wire::sha256(&[&self.to_bytes()]))
    }

    /// `α`, in G1.
    pub const fn alpha_g1(&self) -> &G1Affine {
        &self.alpha_g1
    }

    /// `β`, in G2.
    pub const fn beta_g2(&self) -> &G2Affine {
        &self.beta_g2
    }

    /// `γ`, in G2.
    pub const fn gamma_g2(&self) -> &G2Affine {
        &self.gamma_g2
    }

    /// `δ`, in G2.
    pub const fn delta_g2(&self) -> &G2Affine {
        &self.delta_g2
    }

    /// The IC points: the constant's, then one for each public input in order.
    pub fn ic(&self) -> &[G1Affine] {
        &self.ic
    }
}

/// The points of a verifying key, to name the one at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPoint {
    /// α in G1.
    Alpha,
    /// β in G2.
    Beta,
    /// γ in G2.
    Gamma,
    /// δ in G2.
    Delta,
    /// An IC point: 0 for the constant, k for public input k.
    Ic(usize),
}

impl fmt::Display for KeyPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alpha => f.write_str("alpha"),
            Self::Beta => f.write_str("beta"),
            Self::Gamma => f.write_str("gamma"),
            Self::Delta => f.write_str("delta"),
            Self::Ic(index) => write!(f, "IC {index}"),
        }
    }
}

/// Why bytes or points are not a verifying key to trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The length does not fit the layout and its number of IC points.
    #[error("{0} bytes are not 232 and 32 for each of the IC points that the key announces")]
    Length(usize),
    /// Off the curve, outside the prime-order subgroup, or not canonically encoded.
    #[error("key point {0} is not the canonical encoding of a point of the prime-order subgroup")]
    Point(KeyPoint),
    /// The point at infinity.
    #[error("key point {0} is the identity")]
    Identity(KeyPoint),
    /// Two points of one group are equal or opposite; γ = δ is a ceremony without any contribution.
    #[error("key points {0} and {1} coincide, so that anyone could forge")]
    Coincide(KeyPoint, KeyPoint),
    /// The key belongs to a statement with another number of public inputs.
    #[error("{statement} needs {expected} IC points, the key has {found}")]
    InputCount {
        /// The statement that the key was to be used for.
        statement: StatementId,
        /// Its number of public inputs, plus one.
        expected: usize,
        /// IC points in the key.
        found: usize,
    },
}

fn at(point: KeyPoint) -> impl Fn(PointFault) -> KeyError {
    move |fault| match fault {
        PointFault::Invalid => KeyError::Point(point),
        PointFault::Identity => KeyError::Identity(point),
    }
}

fn refuse_equal<P: ark_ec::AffineRepr>(points: &[(KeyPoint, &P)]) -> Result<(), KeyError> {
    for (index, (name, point)) in points.iter().enumerate() {
        let twin = points.iter().skip(index + 1).find(|(_, other)| points::equal_up_to_sign(*point, *other));
        if let Some((other, _)) = twin {
            return Err(KeyError::Coincide(*name, *other));
        }
    }
    Ok(())
}
