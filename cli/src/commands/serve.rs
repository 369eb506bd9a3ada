//! `aiq serve`: keys on the first start, the administrator's token once, then requests until SIGINT or SIGTERM.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use aiq_circuits::identity::DeploymentId;
use aiq_circuits::statement::StatementId;
use aiq_keys::{KeyDir, Origin};
use aiq_server::{ConfigOverrides, GenesisFile, ServerConfig, Service};
use serde::Serialize;

use super::Context;
use crate::args::ServeArgs;
use crate::error::CliError;
use crate::progress::Progress;

/// Directory of the deployment's own keys, in its data directory.
const KEYS: &str = "keys";

pub fn run(context: &Context, args: ServeArgs) -> Result<(), CliError> {
    let genesis = read_genesis(args.genesis.as_deref())?;
    let config = config(context, args)?;
    config.validate()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CliError::Served)?;
    runtime.block_on(async {
        // The port comes first: making keys takes a while, and a port in use should be known before.
        let listener = tokio::net::TcpListener::bind(config.listen)
            .await
            .map_err(|source| CliError::Listen { address: config.listen, source })?;
        let address = listener.local_addr().map_err(CliError::Served)?;
        let keys = make_keys(context, &config.data_dir, config.insecure_dev_keys)?;
        if let Some(warning) = keys.manifest().origin().warning() {
            context.output.warn(warning);
        }
        let (service, token) = Service::open(config, genesis, keys, Arc::clone(&context.clock)).await?;
        announce(context, &service, address, token.as_ref().map(aiq_server::Token::expose))?;
        aiq_server::serve(service, listener, stopped()).await.map_err(CliError::Served)?;
        context.output.note("Stopped. Everything that was accepted is on the disk.");
        Ok(())
    })
}

/// The file, then the environment and the flags over it.
fn config(context: &Context, args: ServeArgs) -> Result<ServerConfig, CliError> {
    let file = match &context.global.config {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|source| CliError::Read {
                what: "the service's settings",
                path: path.clone(),
                source,
            })?;
            ServerConfig::from_toml(&text)?
        }
        None => ServerConfig::default(),
    };
    Ok(file.apply(ConfigOverrides {
        data_dir: args.data,
        listen: args.listen,
        epoch_interval: args.epoch_interval,
        insecure_dev_keys: args.insecure_dev_keys.then_some(true),
        rate_limit: None,
        crowd_floor: args.crowd_floor,
        witnesses: args.witnesses,
    }))
}

/// The genesis file, if one is named.
pub fn read_genesis(path: Option<&Path>) -> Result<Option<GenesisFile>, CliError> {
    let Some(path) = path else { return Ok(None) };
    let text = fs::read_to_string(path).map_err(|source| CliError::Read {
        what: "the genesis",
        path: path.to_owned(),
        source,
    })?;
    Ok(Some(GenesisFile::from_toml(&text)?))
}

/// The deployment's keys, made now if this is the first start: single-party ones in the data directory, or the public-seed ones that
/// all deployments of this machine share.
pub fn make_keys(context: &Context, data_dir: &Path, insecure: bool) -> Result<KeyDir, CliError> {
    let (path, origin) = if insecure {
        (KeyDir::default_path(Origin::PublicSeed)?, Origin::PublicSeed)
    } else {
        (data_dir.join(KEYS), Origin::SingleParty)
    };
    // The service key and the database will lie here too: for this user only.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(|source| CliError::Write {
        what: "the deployment",
        path: data_dir.to_owned(),
        source,
    })?;
    let progress = context.progress();
    Ok(make_keys_at(&path, origin, &StatementId::ALL, progress.as_ref())?)
}

/// Makes what is missing of the keys of `origin` at `path` for these statements.
pub fn make_keys_at(
    path: &Path,
    origin: Origin,
    statements: &[StatementId],
    progress: &dyn Progress,
) -> Result<KeyDir, aiq_keys::KeyError> {
    let mut current = None;
    let keys = KeyDir::make(path, origin, statements, &mut |step| {
        if current != Some(step.statement) {
            current = Some(step.statement);
            progress.start(&format!("making the {} key", step.statement), step.total as u64);
        }
        progress.set(step.done as u64);
    });
    progress.finish();
    keys
}

fn announce(context: &Context, service: &Service, address: SocketAddr, token: Option<&str>) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Started<'a> {
        url: String,
        deployment_id: &'a DeploymentId,
        name: &'a str,
        key_origin: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        admin_token: Option<&'a str>,
    }
    let started = Started {
        url: format!("http://{address}"),
        deployment_id: service.deployment_id(),
        name: &service.genesis().name,
        key_origin: service.keys().manifest().origin().to_string(),
        admin_token: token,
    };
    context.output.result(&started, |out, paint| {
        writeln!(out, "{} '{}'", paint.green("Serving"), started.name)?;
        writeln!(out, "  address     {}  (API: {}/docs)", started.url, started.url)?;
        writeln!(out, "  deployment  {}", started.deployment_id)?;
        writeln!(out, "  keys        {}", started.key_origin)?;
        if let Some(token) = token {
            writeln!(out, "\n  administrator's token, shown only this once:\n  {}\n", paint.bold(token))?;
        }
        writeln!(out, "Stop with Ctrl-C.")
    })?;
    Ok(())
}

/// Waits for SIGINT or SIGTERM.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be heard");
            return interrupt.await.unwrap_or_default();
        }
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}
