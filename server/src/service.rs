//! The rules of the service, one file a resource: verify first, then write. HTTP is in front ([`api`](crate::api)),
//! the database behind ([`store`](crate::store)).

mod attestations;
mod ceremonies;
mod claims;
mod crowd;
mod disputes;
mod enrolments;
mod epochs;
mod error;
mod folded;
mod info;
mod log;
mod merges;
mod open;
mod paging;
mod polls;
mod pool;
mod rebuild;
mod reviews;
mod schedule;
mod sealing;
mod sponsorships;
mod standards;
mod tiles;
mod turnout;
mod verify;
mod votes;

use std::sync::Arc;

use aiq_circuits::identity::DeploymentId;
use aiq_keys::KeyDir;
use aiq_verifier::{genesis::Genesis, presentation::Verifier, receipt::Receipt, service_key::ServiceKey};
use ed25519_dalek::SigningKey;

pub(crate) use self::{
    epochs::Trees,
    folded::Folded,
    log::TILE_WIDTH,
    pool::VerifyPool,
    tiles::{Tile, TileKind},
    turnout::Watch,
};
pub use self::{
    error::{ClaimsError, SealingError, ServiceError},
    open::{OpenError, prepare, replace_admin_token},
    rebuild::{RebuildDataError, rebuild},
    schedule::Tick,
};
use crate::{
    clock::Clock,
    config::ServerConfig,
    genesis_file::GenesisFile,
    store::{Logged, Store},
};

/// A running deployment. Cheap to clone: clones share everything.
///
/// Several processes may serve one deployment from one database; each keeps only what it can rebuild from it.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: ServerConfig,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) genesis: Genesis,
    pub(crate) deployment_id: DeploymentId,
    pub(crate) file: GenesisFile,
    pub(crate) keys: KeyDir,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) signer: SigningKey,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) pool: VerifyPool,
    /// The trees as of the last epoch that this process sealed or caught up with; rebuilt whenever in doubt.
    pub(crate) trees: tokio::sync::Mutex<Option<Trees>>,
    /// Polls whose turnout is being watched.
    pub(crate) watched: turnout::Watched,
    /// Keys with the fixed inputs of a poll, a claim or a ticket folded in.
    pub(crate) folded: Folded,
    /// What stands in the credentials tree.
    pub(crate) standing: crowd::Standing,
    pub(crate) schedule: schedule::Schedule,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("deployment_id", &self.0.deployment_id).finish_non_exhaustive()
    }
}

impl Service {
    /// The deployment's id.
    #[must_use]
    pub fn deployment_id(&self) -> &DeploymentId {
        &self.0.deployment_id
    }

    /// The genesis record.
    #[must_use]
    pub fn genesis(&self) -> &Genesis {
        &self.0.genesis
    }

    /// The verifying half of the key that signs receipts, results and checkpoints.
    #[must_use]
    pub fn service_key(&self) -> ServiceKey {
        ServiceKey::of(&self.0.signer)
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &ServerConfig {
        &self.0.config
    }

    /// The proving and verifying keys.
    #[must_use]
    pub fn keys(&self) -> &KeyDir {
        &self.0.keys
    }

    /// Gives up the database. Whatever is asked of this service or its clones after that fails.
    pub async fn close(&self) {
        if let Err(error) = self.store().close().await {
            tracing::warn!(%error, "the database was not closed in order");
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    pub(crate) fn now(&self) -> u32 {
        self.0.clock.now()
    }

    /// The receipt for an entry: the same each time, so none has to be kept.
    fn receipt(&self, logged: Logged) -> Receipt {
        let Logged { index, hash, at } = logged;
        Receipt::sign(&self.0.signer, self.0.deployment_id, index, hash, at)
    }
}
