//! Provers, loaded once for each statement and shared by everything in the process.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Once, PoisonError};

use aiq_circuits::statement::StatementId;
use aiq_keys::KeyDir;
use aiq_prover::Prover;
use aiq_prover::engine::EngineOptions;

use super::MemberError;
use crate::client::Client;
use crate::progress::Progress;
use crate::sync::fetch_keys;

/// The provers of one deployment.
pub struct Provers {
    root: PathBuf,
    digest: [u8; 32],
    engine: EngineOptions,
    loaded: Mutex<BTreeMap<StatementId, Arc<Prover>>>,
}

impl Provers {
    /// Provers for the keys of a manifest, kept below `root`.
    #[must_use]
    pub const fn new(root: PathBuf, manifest_digest: [u8; 32], engine: EngineOptions) -> Self {
        Self { root, digest: manifest_digest, engine, loaded: Mutex::new(BTreeMap::new()) }
    }

    /// The keys on this machine; what is missing for `statements` is fetched from the service.
    ///
    /// # Errors
    /// [`MemberError::Sync`].
    pub fn keys(
        &self,
        client: &Client,
        statements: &[StatementId],
        progress: &dyn Progress,
    ) -> Result<KeyDir, MemberError> {
        Ok(fetch_keys(client, &self.digest, &self.root, statements, progress)?)
    }

    /// The prover of a statement, fetched and loaded if this is the first time.
    ///
    /// # Errors
    /// [`MemberError::Sync`] or [`MemberError::Load`].
    pub fn get(
        &self,
        client: &Client,
        statement: StatementId,
        progress: &dyn Progress,
    ) -> Result<Arc<Prover>, MemberError> {
        // A prover that another thread is loading is waited for; a panic there leaves the map as it was.
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prover) = loaded.get(&statement) {
            return Ok(Arc::clone(prover));
        }
        let keys = self.keys(client, &[statement], progress)?;
        progress.start(&format!("loading the {statement} key"), 0);
        let begun = Once::new();
        // Steps are told from any thread; the first one to speak says that there is something to make at all.
        let on_tables = |done: usize, total: usize| {
            begun.call_once(|| progress.start(&format!("making the {statement} prover's tables"), total as u64));
            progress.set(done as u64);
        };
        let prover = Arc::new(Prover::load_with(&keys, statement, &self.engine, &on_tables)?);
        progress.finish();
        loaded.insert(statement, Arc::clone(&prover));
        Ok(prover)
    }
}
