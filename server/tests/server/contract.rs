//! What every store has to do. The functions know only the trait; each store runs all of them.

mod attestations;
mod enrolments;
mod epochs;
mod polls;
mod races;

use std::sync::Arc;

use aiq_server::{
    GenesisFile,
    store::{DeploymentRecord, EpochRecord, Leaves, SqliteStore, Store},
};
use aiq_verifier::{checkpoint::Checkpoint, genesis::Genesis, service_key::ServiceKey};

use crate::samples::{NOW, commitment, deployment, roots, signer};

/// A checkpoint of `epoch` with so many members.
pub fn epoch(epoch: u32, members: u64) -> EpochRecord {
    let checkpoint = Checkpoint {
        deployment_id: deployment(),
        epoch,
        sealed_at: NOW + epoch,
        members,
        members_root: roots().members_root,
        credentials: 0,
        credentials_root: roots().credentials_root,
    };
    EpochRecord { checkpoint, note: format!("note {epoch}") }
}

pub fn record() -> DeploymentRecord {
    let log_key = ServiceKey::of(&signer(250));
    DeploymentRecord {
        genesis: Genesis { name: "Test".into(), salt: [1; 32], log_key, manifest_digest: [2; 32] },
        file: GenesisFile::default_ai(),
        admin_token_hash: [5; 32],
        founded_at: NOW,
    }
}

/// Founds with members 1 and 2.
pub async fn found(store: &dyn Store) {
    let leaves = Leaves { members: vec![commitment(1), commitment(2)], credentials: Vec::new() };
    assert!(store.found(&record(), &epoch(0, 2), &leaves).await.unwrap());
}

/// Several stores on one database.
struct Stores {
    handles: Vec<Arc<dyn Store>>,
    _folder: tempfile::TempDir,
}

async fn sqlite(count: usize) -> Stores {
    let folder = tempfile::tempdir().unwrap();
    let mut handles: Vec<Arc<dyn Store>> = Vec::new();
    for _ in 0..count {
        handles.push(Arc::new(SqliteStore::open(&folder.path().join("store.sqlite"), 2).await.unwrap()));
    }
    Stores { handles, _folder: folder }
}

/// Runs contracts on a store.
macro_rules! suite {
    ($store:ident: $($contract:path as $name:ident),* $(,)?) => {
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    let stores = super::$store(2).await;
                    $contract(&stores.handles).await;
                }
            )*
        }
    };
}

suite! {
    sqlite:
    super::epochs::founds_once as founds_once,
    super::epochs::seals_after_the_latest_only as seals_after_the_latest_only,
    super::enrolments::an_invitation_is_used_once as an_invitation_is_used_once,
    super::polls::a_join_is_for_one_key as a_join_is_for_one_key,
    super::polls::ballots_only_go_forward as ballots_only_go_forward,
    super::polls::a_closed_poll_takes_nothing_whatever_the_time as a_closed_poll_takes_nothing_whatever_the_time,
    super::polls::listings_go_on_where_they_stopped as listings_go_on_where_they_stopped,
    super::attestations::a_request_is_answered_once as a_request_is_answered_once,
    super::races::a_hundred_identical_joins as a_hundred_identical_joins,
    super::races::a_hundred_keys_for_one_nullifier as a_hundred_keys_for_one_nullifier,
    super::races::a_hundred_ballots_with_one_seq as a_hundred_ballots_with_one_seq,
}
