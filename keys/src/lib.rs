//! AIQ's proving and verifying keys (§9): where they come from, the manifest that pins them, their files, and, with the
//! feature `setup`, how they are made.
//!
//! Without `setup` the crate reads manifests and verifying keys and knows where proving keys lie, which is all that a
//! service needs. With it, [`setup::ProvingKey::load`] loads proving keys and [`KeyDir::make`] makes them.
//!
//! What is trusted: a deployment's genesis pins the manifest by its digest, the manifest pins every file by its hash,
//! and the program pins the circuits by the digests of their constraint systems. A key that disagrees with any of
//! them is refused, with an error that names the file and what to do.

pub mod error;
mod files;
pub mod install;
pub mod manifest;
mod origin;
mod public_seed;
#[cfg(feature = "setup")]
pub mod setup;
mod store;

pub use error::KeyError;
pub use manifest::{KeyKind, Manifest, ManifestEntry};
pub use origin::{Origin, UnknownOrigin};
pub use public_seed::{public_seed_manifest, public_seed_verifying_key};
pub use store::KeyDir;
