//! The service on its stage: loopback, a port of the system's choice, a database in a temporary directory, a clock that the
//! demonstration moves.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aiq_keys::KeyDir;
use aiq_server::{GenesisFile, ManualClock, ServerConfig, Service};
use aiq_verifier::genesis::Genesis;
use aiq_verifier::log::WitnessKey;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::DemoError;
use crate::client::Client;
use crate::witness::{WitnessError, WitnessFiles};

/// Everything temporary of the demonstration. What it wrote is removed when it is dropped, or on Ctrl-C.
#[derive(Debug)]
pub struct Backstage {
    runtime: Runtime,
    directory: TempDir,
}

/// A service that runs.
#[derive(Debug)]
pub struct Stage {
    pub url: String,
    pub admin: Client,
    pub clock: Arc<ManualClock>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
    backstage: Backstage,
}

impl Backstage {
    pub fn new() -> Result<Self, DemoError> {
        let directory = tempfile::Builder::new().prefix("aiq-demo-").tempdir()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let path = directory.path().to_owned();
        runtime.spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                // Nobody waits for the acts to end: leave nothing behind and go.
                let _ = std::fs::remove_dir_all(path);
                std::process::exit(130);
            }
        });
        Ok(Self { runtime, directory })
    }

    fn data_dir(&self) -> PathBuf {
        self.directory.path().join("service")
    }

    /// Where the members keep the keys that they download.
    pub fn keys_dir(&self) -> PathBuf {
        self.directory.path().join("members")
    }

    /// A witness of the log, with files of its own.
    pub fn witness(&self) -> Result<WitnessFiles, WitnessError> {
        let directory = self.directory.path().join("witness");
        Ok(WitnessFiles::open(&directory.join("key"), &directory.join("state"), Some("witness.example"))?)
    }

    /// Fixes the deployment's identity, so that founders can derive their commitments and tags.
    pub fn prepare(&self, genesis: &GenesisFile, keys: &KeyDir) -> Result<Genesis, DemoError> {
        Ok(aiq_server::prepare(&self.data_dir(), &genesis.name, genesis.salt, keys.manifest())?)
    }

    /// Starts the service.
    pub fn open(
        self,
        genesis: GenesisFile,
        keys: KeyDir,
        clock: Arc<ManualClock>,
        witness: WitnessKey,
    ) -> Result<Stage, DemoError> {
        let mut config = ServerConfig {
            data_dir: self.data_dir(),
            epoch_interval: 0,
            insecure_dev_keys: true,
            witnesses: vec![witness],
            ..Default::default()
        };
        // Every member has the address of this machine.
        config.rate_limit.enabled = false;
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&clock);
        let (address, token, served) = self.runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
            let address = listener.local_addr()?;
            let (service, token) = Service::open(config, Some(genesis), keys, shared).await?;
            let served = tokio::spawn(aiq_server::serve(service, listener, async {
                // An error means that the sender is gone: stop as well.
                let _ = stopped.await;
            }));
            Ok::<_, DemoError>((address, token, served))
        })?;
        let url = format!("http://{address}");
        let mut admin = Client::new(&url)?;
        if let Some(token) = token {
            admin = admin.with_token(token.expose());
        }
        Ok(Stage { url, admin, clock, stop, served, backstage: self })
    }
}

impl Stage {
    /// What the service's clock shows, Unix seconds.
    pub fn now(&self) -> u32 {
        aiq_server::Clock::now(&*self.clock)
    }

    /// The service's data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.backstage.data_dir()
    }

    /// Where the members keep the keys that they download.
    pub fn keys_dir(&self) -> PathBuf {
        self.backstage.keys_dir()
    }

    /// The witness that the service takes signatures of.
    pub fn witness(&self) -> Result<WitnessFiles, WitnessError> {
        self.backstage.witness()
    }

    /// Stops the service and removes everything; returns whether the directory is gone.
    pub fn close(self) -> Result<bool, DemoError> {
        // The receiver is gone only if the service has stopped already.
        let _ = self.stop.send(());
        let served = self.backstage.runtime.block_on(self.served);
        served.map_err(std::io::Error::other)??;
        let Backstage { runtime, directory } = self.backstage;
        drop(runtime);
        let path: PathBuf = directory.path().to_owned();
        directory.close()?;
        Ok(!Path::exists(&path))
    }
}
