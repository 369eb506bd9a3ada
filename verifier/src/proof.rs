//! A Groth16 proof as it travels: 128 bytes, checked on the way in (§1).
//!
//! Layout: `A` (G1, 32 bytes) ‖ `B` (G2, 64 bytes) ‖ `C` (G1, 32 bytes), each point in arkworks' compressed
//! form: the x coordinate little-endian, the sign of y in the top bit of the last byte.
//!
//! A proof is malleable: whoever sees one can make others for the same instance. Its bytes are therefore never
//! an identifier, a key to deduplicate by or a guard against replay (§5.3).

use core::{fmt, str::FromStr};

use aiq_circuits::wire::{self, DecodeError, Decoder, WireError};
use ark_bn254::{G1Affine, G2Affine};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::points::{self, PointFault};

/// A proof whose three points are on the curve, in the prime-order subgroup and not the identity.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    a: G1Affine,
    b: G2Affine,
    c: G1Affine,
}

impl Proof {
    /// Length of the encoding, in bytes.
    pub const LENGTH: usize = 128;

    /// Decodes 128 bytes, refusing everything but the one canonical encoding of a usable proof.
    ///
    /// # Errors
    /// Names the length, or the first point that is at fault.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofError> {
        let bytes: &[u8; Self::LENGTH] = bytes.try_into().map_err(|_| ProofError::Length(bytes.len()))?;
        let (a, rest) = bytes.split_at(32);
        let (b, c) = rest.split_at(64);
        Ok(Self {
            a: points::decode(a).map_err(at(ProofPoint::A))?,
            b: points::decode(b).map_err(at(ProofPoint::B))?,
            c: points::decode(c).map_err(at(ProofPoint::C))?,
        })
    }

    /// Takes the three points of a proof that was just made.
    ///
    /// # Errors
    /// Names the first point that is off the curve, outside the subgroup or the identity.
    pub fn from_points(a: G1Affine, b: G2Affine, c: G1Affine) -> Result<Self, ProofError> {
        points::check(&a).map_err(at(ProofPoint::A))?;
        points::check(&b).map_err(at(ProofPoint::B))?;
        points::check(&c).map_err(at(ProofPoint::C))?;
        Ok(Self { a, b, c })
    }

    /// The canonical encoding, 128 bytes: the only one that [`Proof::from_bytes`] accepts for this proof.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::LENGTH);
        points::encode(&self.a, &mut bytes);
        points::encode(&self.b, &mut bytes);
        points::encode(&self.c, &mut bytes);
        bytes
    }

    /// Reads a proof that stands in a record as a byte string.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Self::from_bytes(decoder.bytes()?).map_err(|_| DecodeError::Value("the proof"))
    }

    /// `A`, in G1.
    pub const fn a(&self) -> &G1Affine {
        &self.a
    }

    /// `B`, in G2.
    pub const fn b(&self) -> &G2Affine {
        &self.b
    }

    /// `C`, in G1.
    pub const fn c(&self) -> &G1Affine {
        &self.c
    }
}

/// The points of a proof, to name the one at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofPoint {
    /// `A`, bytes 0 to 31.
    A,
    /// `B`, bytes 32 to 95.
    B,
    /// `C`, bytes 96 to 127.
    C,
}

impl fmt::Display for ProofPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        })
    }
}

/// Why bytes or points are not a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// A proof has 128 bytes.
    #[error("a proof has 128 bytes, found {0}")]
    Length(usize),
    /// Off the curve, outside the prime-order subgroup, or not canonically encoded.
    #[error("proof point {0} is not the canonical encoding of a point of the prime-order subgroup")]
    Point(ProofPoint),
    /// The point at infinity.
    #[error("proof point {0} is the identity")]
    Identity(ProofPoint),
    /// The text is not `0x` and 256 lower-case hex digits.
    #[error("proof: {0}")]
    Wire(#[from] WireError),
}

fn at(point: ProofPoint) -> impl Fn(PointFault) -> ProofError {
    move |fault| match fault {
        PointFault::Invalid => ProofError::Point(point),
        PointFault::Identity => ProofError::Identity(point),
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&wire::bytes_to_hex(&self.to_bytes()))
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proof({self})")
    }
}

impl FromStr for Proof {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        Self::from_bytes(&wire::bytes_from_hex::<{ Self::LENGTH }>(text)?)
    }
}

impl Serialize for Proof {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Proof {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
crate::schema::hex_schema!(Proof, Proof::LENGTH);
