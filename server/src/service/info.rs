//! What a deployment says about itself, and who may administer it.

use super::{Service, ServiceError};
use crate::{
    api::{Info, InvitationCounts, KeyInfo, PublicLimits},
    store, token,
};

impl Service {
    pub(crate) async fn info(&self) -> Result<Info, ServiceError> {
        let inner = &self.0;
        let key = |entry: &aiq_keys::ManifestEntry| KeyInfo {
            statement: entry.statement,
            key_id: entry.key_id,
            origin: entry.origin,
            warning: entry.origin.warning().map(str::to_owned),
            proving_bytes: entry.proving.size,
            proving_sha256: entry.proving.sha256,
        };
        let store::Invitations { administrator, members } = self.store().invitations().await?;
        Ok(Info {
            name: inner.genesis.name.clone(),
            deployment_id: inner.deployment_id,
            genesis: inner.genesis.clone(),
            service_key: self.service_key(),
            keys: inner.keys.manifest().entries().iter().map(key).collect(),
            checkpoint: self.store().latest_epoch().await?.checkpoint,
            menu: self.store().menu().await?,
            domains: self.store().domains().await?,
            invitations: InvitationCounts { administrator, members },
            limits: PublicLimits {
                body_bytes: inner.config.limits.body_bytes as u64,
                page_entries: inner.config.limits.page_entries,
                epoch_interval: inner.config.epoch_interval,
            },
            now: self.now(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// Whether this is the administrator's token. Read from the store each time: a replaced token stops at once.
    pub(crate) async fn is_admin(&self, token: &str) -> Result<bool, ServiceError> {
        Ok(token::matches(token, &self.store().admin_token_hash().await?))
    }
}
