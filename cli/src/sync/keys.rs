//! A deployment's keys on this machine: fetched once, resumed where a download broke off, checked against the manifest that the
//! genesis pins, and shared by every wallet.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use aiq_circuits::statement::StatementId;
use aiq_circuits::wire::bytes_to_hex;
use aiq_keys::install::{Installation, Wanted};
use aiq_keys::{KeyDir, KeyKind};

use super::SyncError;
use crate::client::Client;
use crate::progress::Progress;

/// How often a broken download is taken up again where it stopped.
const RESUMES: u32 = 5;

/// Where the keys of a manifest lie below `root`: a directory named after the manifest's digest.
#[must_use]
pub fn directory(root: &Path, digest: &[u8; 32]) -> PathBuf {
    root.join(&bytes_to_hex(digest)[2..])
}

/// Makes sure that the verifying keys of a deployment, and the proving keys of `statements`, are on this machine.
///
/// # Errors
/// [`SyncError::Keys`] if the manifest is not the one that the genesis pins, or a file not the one that the manifest pins.
pub fn fetch(
    client: &Client,
    digest: &[u8; 32],
    root: &Path,
    statements: &[StatementId],
    progress: &dyn Progress,
) -> Result<KeyDir, SyncError> {
    let directory = directory(root, digest);
    if let Some(keys) = complete(&directory, digest, statements) {
        return Ok(keys);
    }
    let installation = Installation::begin(&directory, &client.manifest()?, digest)?;
    for wanted in installation.missing(statements)? {
        download(client, &wanted, progress)?;
        installation.accept(&wanted)?;
    }
    Ok(installation.finish()?)
}

/// The directory, if nothing is missing in it. Sizes are enough here: whoever loads a key checks its hash.
fn complete(directory: &Path, digest: &[u8; 32], statements: &[StatementId]) -> Option<KeyDir> {
    let keys = KeyDir::open(directory).ok().filter(|keys| keys.manifest().digest() == *digest)?;
    keys.verifying_keys().ok()?;
    let present = |statement: &StatementId| {
        keys.entry(*statement).is_ok_and(|entry| {
            let file = fs::metadata(keys.file_path(entry, KeyKind::Proving));
            file.is_ok_and(|file| file.len() == entry.proving.size)
        })
    };
    statements.iter().all(present).then_some(keys)
}

fn download(client: &Client, wanted: &Wanted, progress: &dyn Progress) -> Result<(), SyncError> {
    if wanted.kind == KeyKind::Verifying {
        let bytes = client.verifying_key(&wanted.entry.key_id)?;
        return fs::write(&wanted.partial, bytes).map_err(io_error("write", &wanted.partial));
    }
    progress.start(&format!("{} proving key", wanted.entry.statement), wanted.digest().size);
    for attempt in 1.. {
        match resume(client, wanted, progress) {
            Err(SyncError::Client(error)) if error.is_passing() && attempt < RESUMES => {
                tracing::warn!(attempt, %error, "taking up the download where it broke off");
                std::thread::sleep(std::time::Duration::from_millis(250 << attempt));
            }
            Err(error) => return Err(error),
            Ok(()) => break,
        }
    }
    progress.finish();
    Ok(())
}

/// Appends what is missing of a proving key, or begins again if the service does not serve a part.
fn resume(client: &Client, wanted: &Wanted, progress: &dyn Progress) -> Result<(), SyncError> {
    let failed = |action| io_error(action, &wanted.partial);
    let size = wanted.digest().size;
    let mut have = wanted.resume_at();
    if have == size {
        return Ok(());
    }
    let (mut body, honoured) = client.proving_key(&wanted.entry.key_id, have)?;
    if !honoured {
        have = 0;
    }
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(false).open(&wanted.partial).map_err(failed("open"))?;
    file.set_len(have).and_then(|()| file.seek(SeekFrom::Start(have))).map_err(failed("write"))?;
    progress.set(have);
    let mut buffer = vec![0; 1 << 16];
    while have < size {
        let read = body.read(&mut buffer).map_err(|source| client.broke_off(source))?;
        if read == 0 {
            return Err(client.broke_off(io::ErrorKind::UnexpectedEof.into()).into());
        }
        file.write_all(&buffer[..read]).map_err(failed("write"))?;
        have += read as u64;
        progress.set(have);
    }
    Ok(())
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SyncError {
    let path = path.to_owned();
    move |source| SyncError::Io { action, path, source }
}
