//! Wire encodings (§1): field elements, byte strings, the hash to the field, and canonical bytes of records.
//!
//! Everything that comes from outside passes through here, and there is one spelling of each value: what is not
//! canonical is refused, never reduced.

mod decoder;

use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};
use sha2::{Digest, Sha256};

pub use decoder::{DecodeError, Decoder};

/// Why a value from outside is not in wire form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The text does not begin with `0x`.
    #[error("the value must begin with 0x")]
    MissingPrefix,
    /// The text has another length than the type asks for.
    #[error("expected {expected} hex digits after 0x, found {found}")]
    Length {
        /// Digits that the type has.
        expected: usize,
        /// Digits that were given.
        found: usize,
    },
    /// A digit is not one of `0-9a-f`.
    #[error("only the lower-case hex digits 0-9 and a-f are allowed")]
    Digit,
    /// The byte string is longer than the field may be.
    #[error("at most {max} bytes are allowed")]
    TooLong {
        /// The most bytes that are allowed.
        max: usize,
    },
    /// The number is not below the order of the scalar field.
    #[error("the value is not below the order of the BN254 scalar field")]
    NotReduced,
}

/// A field element as `0x` and 64 lower-case hex digits, big-endian.
#[must_use]
pub fn fr_to_hex(value: &Fr) -> String {
    bytes_to_hex(&fr_to_bytes(value))
}

/// Reads what [`fr_to_hex`] writes.
///
/// # Errors
/// Any other spelling, and any number not below r.
pub fn fr_from_hex(text: &str) -> Result<Fr, WireError> {
    fr_from_bytes(&bytes_from_hex(text)?)
}

/// A field element as 32 bytes, big-endian.
#[must_use]
pub fn fr_to_bytes(value: &Fr) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(value.into_bigint().0.iter().rev()) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}

/// Reads what [`fr_to_bytes`] writes.
///
/// # Errors
/// [`WireError::NotReduced`] if the number is not below r.
pub fn fr_from_bytes(bytes: &[u8; 32]) -> Result<Fr, WireError> {
    Fr::from_bigint(bigint(bytes)).ok_or(WireError::NotReduced)
}

/// The number that 32 big-endian bytes stand for.
fn bigint(bytes: &[u8; 32]) -> BigInt<4> {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.chunks_exact(8)) {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        *limb = u64::from_be_bytes(word);
    }
    BigInt::new(limbs)
}

/// Bytes as `0x` and lower-case hex digits.
#[must_use]
pub fn bytes_to_hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// Reads exactly `N` bytes from `0x` and 2·N lower-case hex digits.
///
/// # Errors
/// Any other spelling.
pub fn bytes_from_hex<const N: usize>(text: &str) -> Result<[u8; N], WireError> {
    let digits = digits(text)?;
    let mut bytes = [0; N];
    if digits.len() != 2 * N {
        return Err(WireError::Length { expected: 2 * N, found: digits.len() });
    }
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| WireError::Digit)?;
    Ok(bytes)
}

/// Reads at most `max` bytes from `0x` and lower-case hex digits.
///
/// # Errors
/// Any other spelling, and more than `max` bytes.
pub fn vec_from_hex(text: &str, max: usize) -> Result<Vec<u8>, WireError> {
    let digits = digits(text)?;
    if digits.len() > 2 * max {
        return Err(WireError::TooLong { max });
    }
    hex::decode(digits).map_err(|_| WireError::Digit)
}

fn digits(text: &str) -> Result<&str, WireError> {
    let digits = text.strip_prefix("0x").ok_or(WireError::MissingPrefix)?;
    if digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        Ok(digits)
    } else {
        Err(WireError::Digit)
    }
}

/// SHA-256 of the concatenation of `parts`.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// `F` (§1): SHA-256 of the concatenation of `parts`, read big-endian and shifted right by 8 bits, so always below r.
#[must_use]
pub fn field_hash(parts: &[&[u8]]) -> Fr {
    let mut number = bigint(&sha256(parts));
    number >>= 8;
    Fr::from_bigint(number).expect("248 bits are below r")
}

/// Builder of canonical bytes (§1): fields in a fixed order, each of variable length behind its length.
///
/// The first field is the label of the type, so bytes of one type are never bytes of another.
#[derive(Clone, Debug)]
pub struct Encoder(Vec<u8>);

impl Encoder {
    /// Begins a record of the type that `label` names.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Self(Vec::new()).str(label)
    }

    /// Appends a byte string behind its length (u32, big-endian).
    ///
    /// # Panics
    /// If the string has 2³² bytes or more; records are bounded far below.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).expect("records are bounded below 4 GiB");
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    /// Appends a text as its UTF-8 bytes behind their number.
    #[must_use]
    pub fn str(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Appends bytes whose number the type fixes, without a length.
    #[must_use]
    pub fn fixed<const N: usize>(mut self, bytes: &[u8; N]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Appends one byte.
    #[must_use]
    pub fn u8(self, value: u8) -> Self {
        self.fixed(&[value])
    }

    /// Appends four bytes, big-endian.
    #[must_use]
    pub fn u32(self, value: u32) -> Self {
        self.fixed(&value.to_be_bytes())
    }

    /// Appends eight bytes, big-endian.
    #[must_use]
    pub fn u64(self, value: u64) -> Self {
        self.fixed(&value.to_be_bytes())
    }

    /// Appends a field element as 32 bytes, big-endian.
    #[must_use]
    pub fn field(self, value: &Fr) -> Self {
        self.fixed(&fr_to_bytes(value))
    }

    /// The canonical bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Serde for byte arrays and vectors as `0x` and hex digits: `#[serde(with = "aiq_circuits::wire::serde_hex")]`.
pub mod serde_hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Bytes that have a wire form.
    pub trait HexBytes: AsRef<[u8]> + Sized {
        /// Reads the wire form.
        ///
        /// # Errors
        /// Any spelling that is not canonical.
        fn from_hex(text: &str) -> Result<Self, super::WireError>;
    }

    impl<const N: usize> HexBytes for [u8; N] {
        fn from_hex(text: &str) -> Result<Self, super::WireError> {
            super::bytes_from_hex(text)
        }
    }

    impl HexBytes for Vec<u8> {
        fn from_hex(text: &str) -> Result<Self, super::WireError> {
            // A string is bounded by the request that carries it.
            super::vec_from_hex(text, text.len())
        }
    }

    /// Writes the wire form.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(bytes: &impl HexBytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::bytes_to_hex(bytes.as_ref()))
    }

    /// Reads the wire form.
    ///
    /// # Errors
    /// Any spelling that is not canonical.
    pub fn deserialize<'de, B: HexBytes, D: Deserializer<'de>>(deserializer: D) -> Result<B, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        B::from_hex(&text).map_err(D::Error::custom)
    }
}

/// Defines a newtype over a public field element, with its wire form everywhere: text, JSON, bytes, debug output.
macro_rules! field_newtype {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(ark_bn254::Fr);

        impl $name {
            /// Wraps a field element.
            #[must_use]
            pub const fn new(value: ark_bn254::Fr) -> Self {
                Self(value)
            }

            /// The field element.
            #[must_use]
            pub const fn as_field(&self) -> &ark_bn254::Fr {
                &self.0
            }

            /// 32 bytes, big-endian.
            #[must_use]
            pub fn to_bytes(&self) -> [u8; 32] {
                $crate::wire::fr_to_bytes(&self.0)
            }

            /// Reads 32 bytes, big-endian.
            ///
            /// # Errors
            /// If the number is not below r.
            pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, $crate::wire::WireError> {
                $crate::wire::fr_from_bytes(bytes).map(Self)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&$crate::wire::fr_to_hex(&self.0))
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::wire::WireError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::wire::fr_from_hex(text).map(Self)
            }
        }

        $crate::wire::serde_by_text!($name);
    };
}

/// Serde through `Display` and `FromStr`, for a type whose text is its one wire form.
#[doc(hidden)]
#[macro_export]
macro_rules! serde_by_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use field_newtype;
#[doc(hidden)]
pub use serde_by_text;

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::BigInteger;

    #[test]
    fn round_trips_every_field_element_form() {
        for value in [Fr::from(0u64), Fr::from(1u64), -Fr::from(1u64), field_hash(&[b"x"])] {
            assert_eq!(fr_from_hex(&fr_to_hex(&value)), Ok(value));
            assert_eq!(fr_from_bytes(&fr_to_bytes(&value)), Ok(value));
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        let one = fr_to_hex(&Fr::from(10u64));
        let mut order = Fr::MODULUS.to_bytes_be();
        assert_eq!(fr_from_hex(&bytes_to_hex(&order)), Err(WireError::NotReduced));
        order[31] += 1;
        assert_eq!(fr_from_hex(&bytes_to_hex(&order)), Err(WireError::NotReduced));
        assert_eq!(fr_from_hex(&one.to_uppercase()), Err(WireError::MissingPrefix));
        assert_eq!(fr_from_hex(&one.replace('a', "A")), Err(WireError::Digit));
        assert_eq!(fr_from_hex(&one.replacen("00", "", 1)), Err(WireError::Length { expected: 64, found: 62 }));
        assert_eq!(fr_from_hex(&one[2..]), Err(WireError::MissingPrefix));
        assert_eq!(fr_from_hex("10"), Err(WireError::MissingPrefix));
        assert_eq!(fr_from_hex(&format!("{one}\n")), Err(WireError::Digit));
    }

    #[test]
    fn field_hash_is_sha256_without_its_last_byte() {
        let digest = sha256(&[b"ab", b"c"]);
        let value = fr_to_bytes(&field_hash(&[b"a", b"bc"]));
        assert_eq!(value[0], 0);
        assert_eq!(value[1..], digest[..31]);
    }
}
