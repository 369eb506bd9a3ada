//! `aiq export`.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use aiq_circuits::identity::DeploymentId;
use serde::Serialize;

use super::Context;
use crate::args::ExportArgs;
use crate::error::CliError;
use crate::export::{Export, What};
use crate::output::entries;

pub fn run(context: &Context, args: ExportArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Exported<'a> {
        file: &'a PathBuf,
        deployment_id: &'a DeploymentId,
        entries: u64,
        bytes: u64,
    }
    let settings = context.settings()?;
    let client = Context::client(&settings)?;
    let cache = Context::public_tiles(&settings, &client)?;
    let what = args.poll.map(What::Poll).or(args.claim.map(What::Claim)).unwrap_or(What::Everything);
    let progress = context.progress();
    let mut export = Export::begin(&client, &cache, what, progress.as_ref())?;
    match args.output.filter(|path| path.as_os_str() != "-") {
        Some(path) => {
            progress.start("exporting", 0);
            let bytes = write_file(&path, &mut export)?;
            progress.finish();
            let header = export.header();
            let (deployment_id, count) = (&header.deployment_id, header.entries);
            let exported = Exported { file: &path, deployment_id, entries: count, bytes };
            context.output.result(&exported, |out, paint| {
                writeln!(out, "{} {} to {}", paint.green("Exported"), entries(count), path.display())?;
                writeln!(out, "Anyone can check it with 'aiq audit {}'.", path.display())
            })?;
        }
        // The bundle itself is the data.
        None => {
            io::copy(&mut export, &mut io::stdout().lock()).map_err(|error| Export::reason(error, CliError::Output))?;
        }
    }
    Ok(())
}

/// The file appears when it is whole; everybody may read it.
fn write_file(path: &Path, export: &mut Export<'_>) -> Result<u64, CliError> {
    let failed = |source| CliError::Write { what: "the bundle", path: path.to_owned(), source };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::Builder::new().permissions(Permissions::from_mode(0o644)).tempfile_in(directory);
    let mut file = file.map_err(failed)?;
    let bytes = io::copy(export, &mut file).map_err(|error| Export::reason(error, failed))?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(bytes)
}
