//! The public-seed keys (§9): made from a published seed, so that anyone can remake them, their ids are pinned in this
//! repository, and **anyone can forge** with them.
//!
//! `keys/manifest.json` and `keys/public-seed/*.vk` are written by the example `pin-public-seed`; run it after every
//! change of a circuit. The proving keys are remade on first use.

use std::path::Path;
use std::sync::LazyLock;

use aiq_circuits::statement::StatementId;
use aiq_verifier::verifying_key::VerifyingKey;

use crate::error::KeyError;
use crate::manifest::Manifest;
use crate::store::{check_circuits, decode_verifying_key};

/// Name of the pinned manifest in messages.
const SOURCE: &str = "keys/manifest.json (compiled in)";

static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| {
    Manifest::parse(include_bytes!("../manifest.json")).expect("a test reads the manifest that is compiled in")
});

/// The manifest of the public-seed keys, as pinned in this repository.
#[must_use]
pub fn public_seed_manifest() -> &'static Manifest {
    &MANIFEST
}

/// The bytes of a pinned public-seed verifying key.
pub(crate) const fn verifying_key_bytes(statement: StatementId) -> &'static [u8] {
    match statement {
        StatementId::Membership => include_bytes!("../public-seed/membership.vk"),
        StatementId::Standing3 => include_bytes!("../public-seed/standing-3.vk"),
        StatementId::Standing8 => include_bytes!("../public-seed/standing-8.vk"),
        StatementId::Merge6 => include_bytes!("../public-seed/merge-6.vk"),
    }
}

/// The pinned public-seed verifying key of `statement`, without any file.
///
/// # Errors
/// [`KeyError::R1csDiffers`] if a circuit changed and its key was not pinned again.
pub fn public_seed_verifying_key(statement: StatementId) -> Result<VerifyingKey, KeyError> {
    let path = Path::new(SOURCE);
    let manifest = public_seed_manifest();
    check_circuits(manifest, path)?;
    let entry =
        manifest.entry(statement).ok_or_else(|| KeyError::NoKeyForStatement { path: path.to_owned(), statement })?;
    decode_verifying_key(verifying_key_bytes(statement), entry, path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Origin;
    use crate::manifest::FileDigest;

    #[test]
    fn every_statement_has_a_pinned_key_for_the_circuit_compiled_in() {
        for statement in StatementId::ALL {
            let entry = public_seed_manifest().entry(statement).unwrap();
            assert_eq!(entry.origin, Origin::PublicSeed);
            assert_eq!(entry.verifying, FileDigest::of(verifying_key_bytes(statement)));
            assert_eq!(public_seed_verifying_key(statement).unwrap().id(), entry.key_id);
        }
    }
}
