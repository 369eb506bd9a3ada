//! `aiq doctor`: looks at everything that a command would need, and says how to mend what is wrong.

use std::fs;
use std::path::Path;

use aiq_circuits::identity::DeploymentId;
use aiq_keys::{KeyDir, Origin};
use aiq_verifier::genesis::Genesis;
use serde::Serialize;

use super::Context;
use crate::client::{Client, Retry};
use crate::error::{CliError, hint};
use crate::output::{entries, plural};
use crate::settings::Settings;
use crate::sync::log::Signed;
use crate::sync::{SyncError, check_identity};
use crate::time;

/// Clocks further apart than this make moments in messages misleading.
const CLOCK_DRIFT: u32 = 120;

#[derive(Serialize)]
struct Check {
    what: &'static str,
    ok: bool,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Check {
    fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, ok: true, found: found.into(), hint: None }
    }

    fn bad(what: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what, ok: false, found: found.into(), hint: Some(hint.into()) }
    }

    fn failed(what: &'static str, error: &CliError) -> Self {
        Self::bad(what, error.to_string(), hint(error))
    }
}

pub fn run(context: &Context) -> Result<(), CliError> {
    let mut checks = vec![Check::good("version", env!("CARGO_PKG_VERSION"))];
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    checks.push(Check::good("machine", format!("{cores} cores, {} {}", std::env::consts::OS, std::env::consts::ARCH)));
    match context.settings() {
        Ok(settings) => {
            let file = settings.file.as_ref().map_or("none".to_owned(), |path| path.display().to_string());
            checks.push(Check::good("settings file", file));
            checks.push(directory("keys", &settings.keys_dir));
            checks.push(directory("cache", &settings.cache_dir));
            checks.push(wallet(&settings));
            checks.push(public_seed_keys());
            checks.extend(service(&settings));
        }
        Err(error) => checks.push(Check::failed("settings file", &error)),
    }
    context.output.result(&checks, |out, paint| {
        for check in &checks {
            let mark = if check.ok { paint.green("✓") } else { paint.red("✗") };
            writeln!(out, "{mark} {:<16} {}", check.what, check.found)?;
            if let Some(hint) = &check.hint {
                writeln!(out, "  {:<16} {}", "", paint.dim(hint))?;
            }
        }
        Ok(())
    })?;
    match checks.iter().filter(|check| !check.ok).count() {
        0 => Ok(()),
        failed => Err(CliError::Unhealthy(failed)),
    }
}

/// Whether something can be written there, or where it will be made.
fn directory(what: &'static str, path: &Path) -> Check {
    let existing = path.ancestors().find(|ancestor| ancestor.is_dir()).unwrap_or(Path::new("/"));
    match tempfile::tempfile_in(existing) {
        Ok(_) => Check::good(what, path.display().to_string()),
        Err(source) => Check::failed(what, &CliError::Write { what: "files", path: path.to_owned(), source }),
    }
}

fn wallet(settings: &Settings) -> Check {
    let path = &settings.wallet;
    let Ok(metadata) = fs::metadata(path) else {
        return Check::good("wallet", format!("none yet at {}", path.display()));
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let found = format!("{} has mode {mode:o}", path.display());
            return Check::bad("wallet", found, format!("run 'chmod 600 {}'", path.display()));
        }
    }
    Check::good("wallet", format!("{}, {} bytes", path.display(), metadata.len()))
}

fn public_seed_keys() -> Check {
    const WHAT: &str = "public-seed keys";
    let path = match KeyDir::default_path(Origin::PublicSeed) {
        Ok(path) => path,
        Err(error) => return Check::failed(WHAT, &error.into()),
    };
    if !path.exists() {
        return Check::good(WHAT, "not made yet; 'aiq demo' makes them");
    }
    match KeyDir::open(&path) {
        Ok(keys) => match keys.verifying_keys() {
            Ok(found) => Check::good(WHAT, format!("{} in {}", found.len(), path.display())),
            Err(error) => Check::bad(WHAT, error.to_string(), format!("delete {}", path.display())),
        },
        Err(error) => Check::bad(WHAT, error.to_string(), format!("delete {}", path.display())),
    }
}

fn service(settings: &Settings) -> Vec<Check> {
    const WHAT: &str = "service";
    let Some(server) = &settings.server else {
        return vec![Check::good(WHAT, "none named; --server URL checks one")];
    };
    let client = Client::through(settings.proxy.as_ref(), server);
    let asked = client.map(|client| client.with_retry(Retry::NEVER)).and_then(|client| {
        client.ready()?;
        Ok((client.info()?, client))
    });
    let (info, client) = match asked {
        Ok(asked) => asked,
        Err(error) => return vec![Check::failed(WHAT, &error.into())],
    };
    let id = match check_identity(server, &info, None) {
        Ok(id) => id,
        Err(error) => return vec![Check::failed(WHAT, &error.into())],
    };
    let mut checks = vec![
        Check::good(WHAT, format!("'{}' at {server}, version {}", info.name, info.version)),
        Check::good("deployment", id.to_string()),
        log(&client, &info.genesis, &id),
    ];
    checks.extend(info.keys.iter().map(|key| {
        let origin = key.origin;
        let warning = origin.warning().map(|warning| format!(": {warning}")).unwrap_or_default();
        Check::good("key", format!("{} ({origin}){warning}", key.statement))
    }));
    let drift = info.now.abs_diff(time::now());
    checks.push(if drift > CLOCK_DRIFT {
        let found = format!("{} away from the service's", time::duration(drift));
        Check::bad("clock", found, "set this machine's clock")
    } else {
        Check::good("clock", "in step with the service's")
    });
    checks
}

/// Whether the log has a checkpoint that it signed, and how many witnesses say that they signed it too; a wallet checks those that
/// it requires.
fn log(client: &Client, genesis: &Genesis, id: &DeploymentId) -> Check {
    const WHAT: &str = "log";
    let note = client.log_checkpoint().map_err(SyncError::from);
    match note.and_then(|note| Signed::read(note, id, &genesis.log_key)) {
        Ok(Signed { note, checkpoint }) => {
            // Below the empty line, the log's own signature and those of witnesses.
            let lines = note.rsplit_once("\n\n").map_or(0, |(_, signatures)| signatures.lines().count() as u64);
            let witnesses = plural(lines.saturating_sub(1), "cosignature");
            Check::good(WHAT, format!("{}, signed; {witnesses}", entries(checkpoint.size)))
        }
        Err(error) => Check::failed(WHAT, &error.into()),
    }
}
