//! Makes directories of keys, once, however many processes ask.

use std::path::{Path, PathBuf};

use aiq_circuits::constraints::{R1cs, SynthesisError};
use aiq_circuits::membership::MembershipInstance;
use aiq_circuits::merge::MergeInstance;
use aiq_circuits::standing::StandingInstance;
use aiq_circuits::statement::StatementId;
use aiq_circuits::wire::{bytes_to_hex, sha256};
use ark_bn254::Bn254;
use ark_poly::EvaluationDomain;
use etcetera::BaseStrategy;
use rand::SeedableRng;
use rand::rngs::OsRng;
use rand_chacha::ChaCha20Rng;

use super::maker::{Trapdoor, domain_of, make_key};
use super::proving_key::{encode, verifying_half};
use crate::Origin;
use crate::error::KeyError;
use crate::files::{lock_directory, write_atomic};
use crate::manifest::{FileDigest, KeyKind, MANIFEST_FILE, Manifest, ManifestEntry};
use crate::public_seed::{public_seed_manifest, verifying_key_bytes};
use crate::store::{KeyDir, check_circuits};

/// Version of the protocol whose statements the keys are for.
const PROTOCOL_VERSION: u32 = 1;

/// How far the making of keys has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The statement whose key is being made.
    pub statement: StatementId,
    /// Work done, in multiplications of G1.
    pub done: usize,
    /// All work for this statement.
    pub total: usize,
}

/// Hears how far the making of keys has come.
pub type OnProgress<'a> = &'a mut dyn FnMut(Progress);

impl KeyDir {
    /// Where keys of this origin are kept unless someone says otherwise: `aiq/keys/<origin>` in the user's data directory.
    ///
    /// # Errors
    /// [`KeyError::NoHome`].
    pub fn default_path(origin: Origin) -> Result<PathBuf, KeyError> {
        let base = etcetera::choose_base_strategy().map_err(|_| KeyError::NoHome)?;
        Ok(base.data_dir().join("aiq").join("keys").join(origin.name()))
    }

    /// Opens a directory of keys, making first what is missing for `statements`.
    ///
    /// Concurrent callers wait for one another, so keys are made once. Public-seed keys are made as needed and compared
    /// with the pinned ones. Single-party keys are made together, for all of `statements`, when there is no manifest;
    /// an existing one is never changed, because a deployment's genesis pins it.
    ///
    /// # Errors
    /// Everything that [`KeyDir::open`] refuses, the file system's errors, [`KeyError::OriginDiffers`],
    /// [`KeyError::NoKeyForStatement`], [`KeyError::PublicSeedDiffers`], [`KeyError::CeremonyIsImported`].
    pub fn make(
        path: impl Into<PathBuf>,
        origin: Origin,
        statements: &[StatementId],
        on_progress: OnProgress<'_>,
    ) -> Result<Self, KeyError> {
        let path = path.into();
        if origin == Origin::Ceremony {
            return Err(KeyError::CeremonyIsImported);
        }
        let _lock = lock_directory(&path)?;
        let keys = match Self::open(path.clone()) {
            Ok(keys) if keys.manifest().origin() == origin => keys,
            Ok(keys) => {
                return Err(KeyError::OriginDiffers { path, found: keys.manifest().origin(), expected: origin });
            }
            Err(KeyError::NoManifest { .. }) if origin == Origin::PublicSeed => begin_public_seed(path)?,
            Err(KeyError::NoManifest { .. }) => make_single_party(path, statements, on_progress)?,
            Err(error) => return Err(error),
        };
        for statement in statements {
            let entry = keys.entry(*statement)?;
            if origin == Origin::PublicSeed && !keys.file_path(entry, KeyKind::Proving).exists() {
                add_public_seed(&keys, entry, on_progress)?;
            }
        }
        Ok(keys)
    }

    /// Public-seed keys for tests and benchmarks, kept under the workspace's target directory, so that they are made
    /// once for all crates, and anew when a circuit changes.
    ///
    /// # Errors
    /// As [`KeyDir::make`].
    pub fn for_tests(statements: &[StatementId]) -> Result<Self, KeyError> {
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target"), PathBuf::from);
        let digest = bytes_to_hex(&public_seed_manifest().digest());
        let path = target.join("aiq-keys").join(digest.get(2..18).unwrap_or_default());
        Self::make(path, Origin::PublicSeed, statements, &mut |_| {})
    }
}

/// Writes the pinned manifest and verifying keys.
fn begin_public_seed(path: PathBuf) -> Result<KeyDir, KeyError> {
    let manifest = public_seed_manifest();
    let file = path.join(MANIFEST_FILE);
    check_circuits(manifest, Path::new("keys/manifest.json"))?;
    for entry in manifest.entries() {
        write_atomic(&path.join(entry.file_name(KeyKind::Verifying)), verifying_key_bytes(entry.statement))?;
    }
    write_atomic(&file, manifest.to_json().as_bytes())?;
    Ok(KeyDir::from_parts(path, manifest.clone()))
}

/// Remakes one public-seed proving key and writes it if it is the pinned one.
fn add_public_seed(keys: &KeyDir, entry: &ManifestEntry, on_progress: OnProgress<'_>) -> Result<(), KeyError> {
    let made = MadeKey::public_seed(entry.statement, on_progress)?;
    if made.entry != *entry {
        return Err(KeyError::PublicSeedDiffers { statement: entry.statement });
    }
    write_atomic(&keys.file_path(entry, KeyKind::Proving), &made.proving)
}

/// Makes fresh keys. Nothing is written before everything is made, and the manifest last.
fn make_single_party(
    path: PathBuf,
    statements: &[StatementId],
    on_progress: OnProgress<'_>,
) -> Result<KeyDir, KeyError> {
    let made = statements
        .iter()
        .map(|statement| MadeKey::single_party(*statement, on_progress))
        .collect::<Result<Vec<_>, _>>()?;
    let file = path.join(MANIFEST_FILE);
    let manifest = Manifest::new(made.iter().map(|key| key.entry.clone()).collect())
        .map_err(|source| KeyError::Manifest { path: file.clone(), source })?;
    let directory = KeyDir::from_parts(path, manifest);
    let written = made.iter().try_for_each(|key| {
        write_atomic(&directory.file_path(&key.entry, KeyKind::Verifying), &key.verifying)?;
        write_atomic(&directory.file_path(&key.entry, KeyKind::Proving), &key.proving)
    });
    if let Err(error) = written.and_then(|()| write_atomic(&file, directory.manifest().to_json().as_bytes())) {
        // Nothing half-written: without a manifest nobody would ever use these files.
        for entry in directory.manifest().entries() {
            for kind in [KeyKind::Verifying, KeyKind::Proving] {
                let _ = std::fs::remove_file(directory.file_path(entry, kind));
            }
        }
        return Err(error);
    }
    Ok(directory)
}

/// The constraint system of a statement that is known by name only.
///
/// # Errors
/// [`SynthesisError`]: the circuit is at fault.
pub fn r1cs_of(statement: StatementId) -> Result<R1cs, SynthesisError> {
    match statement {
        StatementId::Membership => R1cs::of::<MembershipInstance>(),
        StatementId::Standing3 => R1cs::of::<StandingInstance<3>>(),
        StatementId::Standing8 => R1cs::of::<StandingInstance<8>>(),
        StatementId::Merge6 => R1cs::of::<MergeInstance>(),
    }
}

/// A key just made: its manifest entry and the bytes of its files.
#[derive(Clone, Debug)]
pub struct MadeKey {
    /// What the manifest says about it.
    pub entry: ManifestEntry,
    /// The verifying key's file.
    pub verifying: Vec<u8>,
    /// The proving key's file.
    pub proving: Vec<u8>,
}

impl MadeKey {
    /// Remakes the public-seed key of a statement: all randomness is `ChaCha20` from
    /// `SHA-256("AIQ/v1/public-seed" ‖ label ‖ R1CS digest)`, in the order α, β, γ, δ, τ.
    ///
    /// # Errors
    /// [`KeyError::R1csDiffers`] or [`KeyError::VerifyingKey`]: a circuit or the maker is at fault.
    pub fn public_seed(statement: StatementId, on_progress: OnProgress<'_>) -> Result<Self, KeyError> {
        let r1cs = r1cs_of(statement).map_err(|source| KeyError::Synthesis { statement, source })?;
        let seed = sha256(&[b"AIQ/v1/public-seed", statement.label().as_bytes(), &r1cs.digest()]);
        let trapdoor = Trapdoor::draw(&mut ChaCha20Rng::from_seed(seed), domain_of(&r1cs).size());
        Self::with_trapdoor(statement, Origin::PublicSeed, &r1cs, &trapdoor, on_progress)
    }

    /// Makes a key with the operating system's randomness and forgets it.
    ///
    /// # Errors
    /// As [`Self::public_seed`].
    pub fn single_party(statement: StatementId, on_progress: OnProgress<'_>) -> Result<Self, KeyError> {
        let r1cs = r1cs_of(statement).map_err(|source| KeyError::Synthesis { statement, source })?;
        let trapdoor = Trapdoor::draw(&mut OsRng, domain_of(&r1cs).size());
        Self::with_trapdoor(statement, Origin::SingleParty, &r1cs, &trapdoor, on_progress)
    }

    fn with_trapdoor(
        statement: StatementId,
        origin: Origin,
        r1cs: &R1cs,
        trapdoor: &Trapdoor,
        on_progress: OnProgress<'_>,
    ) -> Result<Self, KeyError> {
        let source = Path::new("the key just made");
        let key: ark_groth16::ProvingKey<Bn254> =
            make_key(r1cs, trapdoor, &mut |done, total| on_progress(Progress { statement, done, total }));
        let verifying_key = verifying_half(&key.vk, source)?;
        let (verifying, proving) = (verifying_key.to_bytes(), encode(statement, &key));
        let entry = ManifestEntry {
            statement,
            version: PROTOCOL_VERSION,
            origin,
            r1cs_digest: r1cs.digest(),
            key_id: verifying_key.id(),
            verifying: FileDigest::of(&verifying),
            proving: FileDigest::of(&proving),
        };
        let manifest = Manifest::new(vec![entry.clone()])
            .map_err(|error| KeyError::Manifest { path: source.to_owned(), source: error })?;
        check_circuits(&manifest, source)?;
        Ok(Self { entry, verifying, proving })
    }
}
