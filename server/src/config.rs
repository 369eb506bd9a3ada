//! What the operator of a service may set: a TOML file, overridden by whatever the command line and the environment say.

use std::{net::SocketAddr, path::PathBuf};

use aiq_verifier::log::WitnessKey;
use serde::{Deserialize, Serialize};

/// The settings of one service process.
///
/// Precedence is the binary's business: it reads the file with [`from_toml`](Self::from_toml), then calls
/// [`apply`](Self::apply) for the environment and once more for the flags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Directory of the database, the service key and the deployment record. Created with mode 0700.
    pub data_dir: PathBuf,
    /// Where to listen. Loopback unless told otherwise: TLS belongs to a proxy in front.
    pub listen: SocketAddr,
    /// Seconds between two scheduled epochs; 0 = an epoch is sealed only when the administrator asks.
    pub epoch_interval: u32,
    /// Accept proving keys that anybody can forge with (origin `public-seed`): for tests and demonstrations only.
    pub insecure_dev_keys: bool,
    /// Bounds on what one request and all of them together may cost.
    pub limits: Limits,
    /// Bound on unauthenticated writes per client network.
    pub rate_limit: RateLimit,
    /// Bound on how few may be able to take part.
    pub crowd: CrowdLimit,
    /// Whose cosignatures on the log's checkpoints are taken and shown; C2SP verifier keys.
    pub witnesses: Vec<WitnessKey>,
}

/// Bounds on what one request and all of them together may cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of a request body.
    pub body_bytes: usize,
    /// Seconds from the request's head to the response's head, the reading of the body included.
    pub request_seconds: u64,
    /// Proofs checked at the same time; 0 = one per core.
    pub verify_threads: usize,
    /// Proofs waiting to be checked; beyond that the answer is 503 `busy`.
    pub verify_queue: usize,
    /// Entries of one page of a listing.
    pub page_entries: u32,
    /// Invitations made by one request.
    pub invitations: u32,
    /// Seconds that open requests get to finish when the service stops.
    pub drain_seconds: u64,
    /// Connections that read the database side by side.
    pub readers: u32,
}

/// Bound on unauthenticated writes, per IPv4 address or IPv6 /64 network, kept in memory only.
///
/// Behind a reverse proxy every client has the proxy's address: leave it off there and limit at the proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimit {
    /// Whether there is a bound.
    pub enabled: bool,
    /// Requests that may come at once.
    pub burst: u32,
    /// Requests per second after that.
    pub per_second: u32,
}

/// Bound on how few may be able to take part in what is opened: whoever answers is known to be one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CrowdLimit {
    /// Polls and attestation requests that fewer members could answer are refused, counted from public data as wallets do; 0 = no bound.
    pub floor: u32,
}

impl Default for CrowdLimit {
    /// Three: one of two is known to the other one.
    fn default() -> Self {
        Self { floor: 3 }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("aiq-data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8420)),
            epoch_interval: 3600,
            insecure_dev_keys: false,
            limits: Limits::default(),
            rate_limit: RateLimit::default(),
            crowd: CrowdLimit::default(),
            witnesses: Vec::new(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 64 * 1024,
            request_seconds: 30,
            verify_threads: 0,
            verify_queue: 512,
            page_entries: 1000,
            invitations: 1000,
            drain_seconds: 10,
            readers: 4,
        }
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { enabled: true, burst: 120, per_second: 10 }
    }
}

/// Settings given on the command line or in the environment; `None` leaves what the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigOverrides {
    /// Overrides [`ServerConfig::data_dir`].
    pub data_dir: Option<PathBuf>,
    /// Overrides [`ServerConfig::listen`].
    pub listen: Option<SocketAddr>,
    /// Overrides [`ServerConfig::epoch_interval`].
    pub epoch_interval: Option<u32>,
    /// Overrides [`ServerConfig::insecure_dev_keys`].
    pub insecure_dev_keys: Option<bool>,
    /// Overrides [`RateLimit::enabled`].
    pub rate_limit: Option<bool>,
    /// Overrides [`CrowdLimit::floor`].
    pub crowd_floor: Option<u32>,
    /// Overrides [`ServerConfig::witnesses`], unless it is empty.
    pub witnesses: Vec<WitnessKey>,
}

/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Not TOML, an unknown key or a value of another type; the message names the line.
    #[error("the configuration cannot be read: {0}")]
    Syntax(String),
    /// A value that the service cannot work with.
    #[error("`{field}` must be {expected}")]
    Value {
        /// The setting, with its table.
        field: &'static str,
        /// What it may be.
        expected: &'static str,
    },
}

impl ServerConfig {
    /// Reads a configuration file. A setting that is absent has its default; an unknown one is an error.
    ///
    /// # Errors
    /// [`ConfigError::Syntax`] with the line at fault.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError::Syntax(error.to_string()))
    }

    /// Replaces what `overrides` names.
    #[must_use]
    pub fn apply(mut self, overrides: ConfigOverrides) -> Self {
        let ConfigOverrides { data_dir, listen, epoch_interval, insecure_dev_keys, rate_limit, crowd_floor, witnesses } =
            overrides;
        self.data_dir = data_dir.unwrap_or(self.data_dir);
        self.listen = listen.unwrap_or(self.listen);
        self.epoch_interval = epoch_interval.unwrap_or(self.epoch_interval);
        self.insecure_dev_keys = insecure_dev_keys.unwrap_or(self.insecure_dev_keys);
        self.rate_limit.enabled = rate_limit.unwrap_or(self.rate_limit.enabled);
        self.crowd.floor = crowd_floor.unwrap_or(self.crowd.floor);
        if !witnesses.is_empty() {
            self.witnesses = witnesses;
        }
        self
    }

    /// Refuses settings under which nothing could be served.
    ///
    /// # Errors
    /// [`ConfigError::Value`] for the first of them.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let limits = &self.limits;
        let rules = [
            (self.data_dir.as_os_str().is_empty(), "data_dir", "a directory"),
            (limits.body_bytes < 4096, "limits.body_bytes", "at least 4096"),
            (limits.request_seconds == 0, "limits.request_seconds", "at least 1"),
            (limits.verify_queue == 0, "limits.verify_queue", "at least 1"),
            (limits.page_entries == 0, "limits.page_entries", "at least 1"),
            (limits.invitations == 0, "limits.invitations", "at least 1"),
            (limits.readers == 0, "limits.readers", "at least 1"),
            (self.rate_limit.burst == 0, "rate_limit.burst", "at least 1"),
            (self.rate_limit.per_second == 0, "rate_limit.per_second", "at least 1"),
        ];
        match rules.into_iter().find(|(broken, ..)| *broken) {
            Some((_, field, expected)) => Err(ConfigError::Value { field, expected }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(ServerConfig::from_toml("").unwrap(), ServerConfig::default());
        ServerConfig::default().validate().unwrap();
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = ServerConfig::from_toml("[limits]\nbody_size = 1").unwrap_err();
        assert!(error.to_string().contains("body_size"), "{error}");
    }

    #[test]
    fn overrides_win_and_absence_keeps_the_file() {
        let file = ServerConfig::from_toml("epoch_interval = 60\nlisten = \"127.0.0.1:1\"").unwrap();
        let over = ConfigOverrides { epoch_interval: Some(5), crowd_floor: Some(9), ..ConfigOverrides::default() };
        let merged = file.apply(over);
        assert_eq!((merged.epoch_interval, merged.listen.port(), merged.crowd.floor), (5, 1, 9));
    }

    #[test]
    fn a_value_that_cannot_work_is_named() {
        let config = ServerConfig::from_toml("[limits]\nrequest_seconds = 0").unwrap();
        let error = config.validate().unwrap_err();
        assert_eq!(error.to_string(), "`limits.request_seconds` must be at least 1");
    }
}
