//! Proving keys and their file.
//!
//! Layout, everything big-endian, points in arkworks' uncompressed form (G1 64 bytes, G2 128):
//!
//! | bytes | |
//! |---|---|
//! | 8 | magic, its last byte the version |
//! | 1 + n | length and text of the statement's label |
//! | 32 | digest of the constraint system |
//! | 6 × 4 | number of points in IC, A, B₁, B₂, H, L |
//! | | α₁ β₁ δ₁ (G1), β₂ γ₂ δ₂ (G2), then IC, A, B₁ (G1), B₂ (G2), H, L (G1) |
//!
//! The file is trusted by the hash in its manifest, not by its content: checking 160,000 points takes seconds, hashing
//! them a few hundredths of one. Whoever makes or imports a key has them checked once, by construction or on import.

use std::path::Path;

use aiq_circuits::statement::StatementId;
use aiq_verifier::verifying_key::{KeyId, VerifyingKey};
use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use rayon::prelude::*;

use crate::Origin;
use crate::error::KeyError;
use crate::files::read_checked;
use crate::manifest::{KeyKind, ManifestEntry};
use crate::store::{KeyDir, check_verifying_key};

const MAGIC: [u8; 8] = *b"AIQ-pk\x00\x01";
const G1_BYTES: usize = 64;
const G2_BYTES: usize = 128;

/// A proving key that is its manifest's, for the circuit that is compiled in.
#[derive(Clone, Debug)]
pub struct ProvingKey {
    statement: StatementId,
    origin: Origin,
    verifying: VerifyingKey,
    key_id: KeyId,
    key: ark_groth16::ProvingKey<Bn254>,
}

impl ProvingKey {
    /// Loads the proving key of `statement`: SHA-256 first, then the points as they are.
    ///
    /// # Errors
    /// One variant for each refusal of §9, naming the file.
    pub fn load(keys: &KeyDir, statement: StatementId) -> Result<Self, KeyError> {
        let entry = keys.entry(statement)?;
        let path = keys.file_path(entry, KeyKind::Proving);
        let bytes = read_checked(&path, &entry.proving)?;
        decode(&bytes, entry, &path)
    }

    /// The statement that it proves.
    #[must_use]
    pub const fn statement(&self) -> StatementId {
        self.statement
    }

    /// Where it comes from.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// The verifying key that belongs to it.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// Id of [`Self::verifying_key`].
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The points, as ark-groth16 names them.
    #[must_use]
    pub const fn as_ark(&self) -> &ark_groth16::ProvingKey<Bn254> {
        &self.key
    }
}

/// The verifying half in the verifier's type, refused if it is one that nobody may trust.
pub(crate) fn verifying_half(key: &ark_groth16::VerifyingKey<Bn254>, path: &Path) -> Result<VerifyingKey, KeyError> {
    VerifyingKey::from_points(key.alpha_g1, key.beta_g2, key.gamma_g2, key.delta_g2, key.gamma_abc_g1.clone())
        .map_err(|source| KeyError::VerifyingKey { path: path.to_owned(), source })
}

/// The file of a proving key.
///
/// # Panics
/// Never: writing to memory does not fail, and circuits have fewer than 2^32 points.
pub(crate) fn encode(statement: StatementId, key: &ark_groth16::ProvingKey<Bn254>) -> Vec<u8> {
    let label = statement.label().as_bytes();
    let vk = &key.vk;
    let g1_queries = [&vk.gamma_abc_g1, &key.a_query, &key.b_g1_query, &key.h_query, &key.l_query];
    let points = g1_queries.iter().map(|query| query.len() * G1_BYTES).sum::<usize>() + key.b_g2_query.len() * G2_BYTES;
    let mut bytes = Vec::with_capacity(1024 + points);
    bytes.extend(MAGIC);
    bytes.push(u8::try_from(label.len()).expect("labels are short"));
    bytes.extend(label);
    bytes.extend(statement.shape().digest);
    let lengths = [
        vk.gamma_abc_g1.len(),
        key.a_query.len(),
        key.b_g1_query.len(),
        key.b_g2_query.len(),
        key.h_query.len(),
        key.l_query.len(),
    ];
    for length in lengths {
        bytes.extend(u32::try_from(length).expect("circuits have fewer than 2^32 points").to_be_bytes());
    }
    write_points(&[vk.alpha_g1, key.beta_g1, key.delta_g1], &mut bytes);
    write_points(&[vk.beta_g2, vk.gamma_g2, vk.delta_g2], &mut bytes);
    write_points(&vk.gamma_abc_g1, &mut bytes);
    write_points(&key.a_query, &mut bytes);
    write_points(&key.b_g1_query, &mut bytes);
    write_points(&key.b_g2_query, &mut bytes);
    write_points(&key.h_query, &mut bytes);
    write_points(&key.l_query, &mut bytes);
    bytes
}

fn write_points(points: &[impl CanonicalSerialize], bytes: &mut Vec<u8>) {
    for point in points {
        point.serialize_uncompressed(&mut *bytes).expect("writing to memory does not fail");
    }
}

/// Reads a proving key's file whose bytes are known to be the manifest's.
fn decode(bytes: &[u8], entry: &ManifestEntry, path: &Path) -> Result<ProvingKey, KeyError> {
    let statement = entry.statement;
    let shape = statement.shape();
    let mut reader = Reader { rest: bytes, path };
    reader.header(statement)?;
    let inputs = statement.public_inputs() + 1;
    let variables = inputs + shape.witnesses;
    let domain_size = (shape.constraints + inputs).next_power_of_two();
    for (part, expected) in [
        ("IC points", inputs),
        ("A points", variables),
        ("B points in G1", variables),
        ("B points in G2", variables),
        ("H points", domain_size),
        ("L points", shape.witnesses),
    ] {
        let found = reader.length()?;
        if found != expected {
            return Err(KeyError::ShapeDiffers { path: path.to_owned(), part, found, expected });
        }
    }
    let [alpha_g1, beta_g1, delta_g1] = reader.array::<G1Affine>(G1_BYTES)?;
    let [beta_g2, gamma_g2, delta_g2] = reader.array::<G2Affine>(G2_BYTES)?;
    let vk = ark_groth16::VerifyingKey {
        alpha_g1,
        beta_g2,
        gamma_g2,
        delta_g2,
        gamma_abc_g1: reader.points(inputs, G1_BYTES, "IC points")?,
    };
    // The little that a verifier relies on is cheap to check, so it is, whatever the hash says.
    let verifying = verifying_half(&vk, path)?;
    check_verifying_key(&verifying, entry, path)?;
    let key = ark_groth16::ProvingKey {
        vk,
        beta_g1,
        delta_g1,
        a_query: reader.points(variables, G1_BYTES, "A points")?,
        b_g1_query: reader.points(variables, G1_BYTES, "B points in G1")?,
        b_g2_query: reader.points(variables, G2_BYTES, "B points in G2")?,
        h_query: reader.points(domain_size, G1_BYTES, "H points")?,
        l_query: reader.points(shape.witnesses, G1_BYTES, "L points")?,
    };
    if !reader.rest.is_empty() {
        return Err(reader.not_a_key());
    }
    Ok(ProvingKey { statement, origin: entry.origin, verifying, key_id: entry.key_id, key })
}

/// What is left of a file to read.
struct Reader<'a> {
    rest: &'a [u8],
    path: &'a Path,
}

impl<'a> Reader<'a> {
    fn not_a_key(&self) -> KeyError {
        KeyError::NotAProvingKey { path: self.path.to_owned() }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], KeyError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.not_a_key())?;
        self.rest = rest;
        Ok(taken)
    }

    fn header(&mut self, expected: StatementId) -> Result<(), KeyError> {
        if self.take(MAGIC.len())? != MAGIC {
            return Err(self.not_a_key());
        }
        let &[length] = self.take(1)? else { return Err(self.not_a_key()) };
        let label = self.take(usize::from(length))?;
        let found: StatementId =
            std::str::from_utf8(label).ok().and_then(|label| label.parse().ok()).ok_or_else(|| self.not_a_key())?;
        if found != expected {
            return Err(KeyError::StatementDiffers { path: self.path.to_owned(), found, expected });
        }
        let digest = self.take(32)?;
        let shape = expected.shape();
        if digest != shape.digest {
            return Err(KeyError::R1csDiffers {
                path: self.path.to_owned(),
                statement: expected,
                found: aiq_circuits::wire::bytes_to_hex(digest),
                expected: aiq_circuits::wire::bytes_to_hex(&shape.digest),
            });
        }
        Ok(())
    }

    fn length(&mut self) -> Result<usize, KeyError> {
        let bytes = self.take(4)?.try_into().map_err(|_| self.not_a_key())?;
        usize::try_from(u32::from_be_bytes(bytes)).map_err(|_| self.not_a_key())
    }

    fn array<P: CanonicalDeserialize + Send>(&mut self, size: usize) -> Result<[P; 3], KeyError> {
        self.points(3, size, "single points")?.try_into().map_err(|_| self.not_a_key())
    }

    // The one place where points are read unchecked: their bytes are those that the manifest's hash names.
    #[allow(clippy::disallowed_methods)]
    fn points<P: CanonicalDeserialize + Send>(
        &mut self,
        count: usize,
        size: usize,
        part: &'static str,
    ) -> Result<Vec<P>, KeyError> {
        let bytes = self.take(count.checked_mul(size).ok_or_else(|| self.not_a_key())?)?;
        bytes
            .par_chunks_exact(size)
            .map(|bytes| P::deserialize_uncompressed_unchecked(bytes))
            .collect::<Result<_, _>>()
            .map_err(|_| KeyError::MalformedPoint { path: self.path.to_owned(), part })
    }
}
