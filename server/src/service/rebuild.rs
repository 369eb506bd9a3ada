//! The log as the source of everything derived: `aiq admin rebuild`.

use std::path::Path;

use super::{OpenError, open::lock};
use crate::store::{RebuildError, Rebuilt, sqlite};

/// Why a data directory cannot be rebuilt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildDataError {
    /// The directory or its database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The log cannot be replayed, or the databases not be compared.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
}

/// Makes every table that follows from the log anew, beside the database, and compares; with `repair`, tables that differ are replaced.
/// `progress` gets the entries that were replayed, and how many there are.
///
/// # Errors
/// If there is no founded deployment in the directory, its log contradicts itself, or a service is writing to it.
pub async fn rebuild(
    data_dir: &Path,
    repair: bool,
    progress: impl FnMut(u64, u64),
) -> Result<Rebuilt, RebuildDataError> {
    let directory = lock(data_dir).await?;
    let path = directory.database();
    if !path.exists() {
        return Err(OpenError::DatabaseLost { path }.into());
    }
    let scratch = directory.scratch()?;
    let outcome = sqlite::rebuild(&path, scratch.path(), repair, progress).await;
    Ok(outcome?)
}
