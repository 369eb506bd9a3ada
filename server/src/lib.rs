//! The AIQ service: enrolment, epochs, anonymous polls and attestations over HTTP. It never sees a secret of a member.
//!
//! A request passes three layers, one file a resource in each: [`api`] (routes, requests, responses), [`service`] (the
//! rules: verify, then write) and [`store`] (transactions). The binary that serves it is the command `aiq`; tests and
//! the demonstration run it in their own process:
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use aiq_server::{ServerConfig, Service, SystemClock};
//!
//! let config = ServerConfig { insecure_dev_keys: true, ..ServerConfig::default() };
//! let keys = aiq_keys::KeyDir::open("keys")?;
//! let listener = tokio::net::TcpListener::bind(config.listen).await?;
//! let (service, admin_token) = Service::open(config, None, keys, Arc::new(SystemClock)).await?;
//! if let Some(token) = admin_token {
//!     println!("administrator's token, shown once: {}", token.expose());
//! }
//! aiq_server::serve(service, listener, async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await?;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

pub mod api;
mod bytes32;
mod clock;
pub mod config;
mod data_dir;
pub mod genesis_file;
mod http;
mod serve;
pub mod service;
pub mod store;
mod token;

pub use api::openapi;
pub use bytes32::Bytes32;
pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{ConfigOverrides, ServerConfig};
pub use genesis_file::GenesisFile;
pub use serve::serve;
pub use service::{
    ClaimsError, OpenError, RebuildDataError, Service, ServiceError, prepare, rebuild, replace_admin_token,
};
pub use token::Token;
