//! Where things are and whom to talk to: flags win over the environment (`AIQ_*`), which wins over a TOML file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aiq_prover::engine::EngineOptions;
use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use crate::client::{ProxyError, SocksProxy};
use crate::wallet::passphrase::PassphraseSource;

/// The settings file of the member's side; every key may be absent, an unknown one is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsFile {
    /// Address of the service.
    pub server: Option<String>,
    /// The proxy on the way to every service.
    pub proxy: Option<SocksProxy>,
    /// The wallet's file.
    pub wallet: Option<PathBuf>,
    /// File with the wallet's passphrase in its first line.
    pub passphrase_file: Option<PathBuf>,
    /// Where downloaded keys are kept.
    pub keys_dir: Option<PathBuf>,
    /// Where downloaded leaves are kept.
    pub cache_dir: Option<PathBuf>,
    /// MiB that the prover's tables for one key may take.
    pub prover_memory: Option<u32>,
}

/// What flags and environment say.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Another settings file.
    pub config: Option<PathBuf>,
    /// Address of the service.
    pub server: Option<String>,
    /// The proxy on the way to every service.
    pub proxy: Option<SocksProxy>,
    /// The wallet's file.
    pub wallet: Option<PathBuf>,
    /// File with the passphrase.
    pub passphrase_file: Option<PathBuf>,
    /// Open descriptor with the passphrase.
    pub passphrase_fd: Option<u32>,
    /// MiB that the prover's tables for one key may take.
    pub prover_memory: Option<u32>,
}

/// The settings in force.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address of the service, if any is known.
    pub server: Option<String>,
    /// The proxy on the way to every service, if there is one.
    pub proxy: Option<SocksProxy>,
    /// The wallet's file.
    pub wallet: PathBuf,
    /// Where the passphrase comes from.
    pub passphrase: PassphraseSource,
    /// Where downloaded keys are kept.
    pub keys_dir: PathBuf,
    /// Where downloaded leaves are kept.
    pub cache_dir: PathBuf,
    /// What to prove with.
    pub engine: EngineOptions,
    /// The settings file that was read, if there is one.
    pub file: Option<PathBuf>,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The user has no home directory.
    #[error("there is no home directory to keep anything in")]
    NoHome,
    /// The file cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The environment names a proxy that is not used.
    #[error("the environment names a proxy that is not used: {0}")]
    Proxy(#[from] ProxyError),
    /// The file is not of the expected form.
    #[error("{} is not a settings file: {reason}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line at fault.
        reason: String,
    },
}

impl Settings {
    /// Merges flags and environment, the settings file and the defaults.
    ///
    /// # Errors
    /// [`SettingsError`]; a file that was named explicitly has to exist.
    pub fn load(overrides: Overrides) -> Result<Self, SettingsError> {
        let base = etcetera::choose_base_strategy().map_err(|_| SettingsError::NoHome)?;
        let default_file = base.config_dir().join("aiq").join("config.toml");
        let (file, from) = match &overrides.config {
            Some(path) => (read(path)?, Some(path.clone())),
            None if default_file.exists() => (read(&default_file)?, Some(default_file)),
            None => (SettingsFile::default(), None),
        };
        let data = base.data_dir().join("aiq");
        let passphrase = match (overrides.passphrase_fd, overrides.passphrase_file.or(file.passphrase_file)) {
            (Some(descriptor), _) => PassphraseSource::Descriptor(descriptor),
            (None, Some(path)) => PassphraseSource::File(path),
            (None, None) => PassphraseSource::Terminal,
        };
        let memory = overrides.prover_memory.or(file.prover_memory);
        let memory = memory.map_or(EngineOptions::DEFAULT_MEMORY, |mebibytes| (mebibytes as usize) << 20);
        let proxy = match overrides.proxy.or(file.proxy) {
            Some(proxy) => Some(proxy),
            None => SocksProxy::of_environment(|name| std::env::var(name).ok())?,
        };
        Ok(Self {
            server: overrides.server.or(file.server),
            proxy,
            wallet: overrides.wallet.or(file.wallet).unwrap_or_else(|| data.join("wallet.age")),
            passphrase,
            keys_dir: file.keys_dir.unwrap_or_else(|| data.join("keys").join("deployments")),
            cache_dir: file.cache_dir.unwrap_or_else(|| base.cache_dir().join("aiq")),
            engine: EngineOptions { memory, ..EngineOptions::default() },
            file: from,
        })
    }
}

fn read(path: &Path) -> Result<SettingsFile, SettingsError> {
    let text =
        fs::read_to_string(path).map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| SettingsError::Syntax { path: path.to_owned(), reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn flags_win_over_the_file() {
        let file = file("server = \"http://one\"\nwallet = \"a.age\"");
        let overrides = Overrides {
            config: Some(file.path().to_owned()),
            server: Some("http://two".into()),
            ..Overrides::default()
        };
        let settings = Settings::load(overrides).unwrap();
        assert_eq!(settings.server.as_deref(), Some("http://two"));
        assert_eq!(settings.wallet, Path::new("a.age"));
    }

    #[test]
    fn a_proxy_of_the_file_that_would_leak_names_is_an_error() {
        let load = |text| {
            let file = file(text);
            Settings::load(Overrides { config: Some(file.path().to_owned()), ..Overrides::default() })
        };
        let proxy = load("proxy = \"socks5h://127.0.0.1:9050\"").unwrap().proxy;
        assert_eq!(proxy, Some("socks5h://127.0.0.1:9050".parse().unwrap()));
        let refused = load("proxy = \"socks5://127.0.0.1:9050\"").unwrap_err();
        assert!(refused.to_string().contains("resolver"), "{refused}");
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_line() {
        let file = file("server = \"http://one\"\nservr = 1");
        let error = Settings::load(Overrides { config: Some(file.path().to_owned()), ..Overrides::default() });
        assert!(error.unwrap_err().to_string().contains("servr"));
    }
}
