//! What every store has to do. The functions know only the trait; each store runs all of them.

mod attestations;
mod claims;
mod enrolments;
mod epochs;
mod log;
mod polls;
mod races;
mod reviews;
mod standards;

use std::sync::Arc;

use aiq_server::{
    GenesisFile,
    store::{DeploymentRecord, SqliteStore, Store},
};
use aiq_verifier::{
    checkpoint::Checkpoint,
    log::{Act, EnrolledBy, Entry},
};

use crate::samples::{NOW, commitment, deployment, genesis, roots};

/// A checkpoint of `epoch` with so many members.
pub fn epoch(epoch: u32, members: u64) -> Checkpoint {
    Checkpoint {
        deployment_id: deployment(),
        epoch,
        sealed_at: NOW + epoch,
        members,
        members_root: roots().members_root,
        credentials: 0,
        credentials_root: roots().credentials_root,
    }
}

pub fn record() -> DeploymentRecord {
    DeploymentRecord { genesis: genesis(), file: GenesisFile::default_ai(), admin_token_hash: [5; 32], founded_at: NOW }
}

/// The log's beginning: members 1 and 2, and epoch 0.
pub fn founding() -> Vec<Entry> {
    let mut acts = vec![Act::Genesis(genesis())];
    let founders = [1, 2].map(|number| Act::Enrolment { commitment: commitment(number), by: EnrolledBy::Founding });
    acts.extend(founders);
    acts.push(Act::Epoch { checkpoint: epoch(0, 2), before: 3 });
    acts.into_iter().map(|act| Entry { at: NOW, act }).collect()
}

/// Founds with members 1 and 2.
pub async fn found(store: &dyn Store) {
    assert!(store.found(&record(), &founding()).await.unwrap());
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
    super::log::acts_and_their_entries_go_together as acts_and_their_entries_go_together,
    super::log::every_node_of_the_tree_is_kept as every_node_of_the_tree_is_kept,
    super::log::openings_wait_for_the_close as openings_wait_for_the_close,
    super::log::checkpoints_keep_what_witnesses_signed as checkpoints_keep_what_witnesses_signed,
    super::polls::a_join_is_for_one_key as a_join_is_for_one_key,
    super::polls::ballots_only_go_forward as ballots_only_go_forward,
    super::polls::a_closed_poll_takes_nothing_whatever_the_time as a_closed_poll_takes_nothing_whatever_the_time,
    super::polls::listings_go_on_where_they_stopped as listings_go_on_where_they_stopped,
    super::standards::versions_count_up_by_one as versions_count_up_by_one,
    super::standards::the_longest_prefix_governs as the_longest_prefix_governs,
    super::claims::a_claim_is_opened_once as a_claim_is_opened_once,
    super::claims::an_epoch_or_a_standard_that_is_gone_is_refused as an_epoch_or_a_standard_that_is_gone_is_refused,
    super::claims::a_work_is_held_by_one_claim as a_work_is_held_by_one_claim,
    super::claims::tags_and_tickets_are_used_once as tags_and_tickets_are_used_once,
    super::claims::a_renewal_holds_what_it_renews as a_renewal_holds_what_it_renews,
    super::claims::claims_are_listed_by_state_and_domain as claims_are_listed_by_state_and_domain,
    super::reviews::a_nullifier_does_one_thing_in_a_claim as a_nullifier_does_one_thing_in_a_claim,
    super::reviews::a_decided_claim_takes_nothing_whatever_the_time as a_decided_claim_takes_nothing_whatever_the_time,
    super::reviews::a_reward_goes_to_a_fresh_tag as a_reward_goes_to_a_fresh_tag,
    super::reviews::what_was_said_waits_for_the_ruling as what_was_said_waits_for_the_ruling,
    super::reviews::a_ruling_grants_what_follows_in_its_order as a_ruling_grants_what_follows_in_its_order,
    super::reviews::one_below_the_quorum_expires_and_grants_nothing as one_below_the_quorum_expires_and_grants_nothing,
    super::attestations::a_request_is_answered_once as a_request_is_answered_once,
    super::races::a_hundred_identical_joins as a_hundred_identical_joins,
    super::races::a_hundred_keys_for_one_nullifier as a_hundred_keys_for_one_nullifier,
    super::races::a_hundred_ballots_with_one_seq as a_hundred_ballots_with_one_seq,
    super::races::a_hundred_identical_reviews as a_hundred_identical_reviews,
    super::races::a_hundred_claims_for_one_work as a_hundred_claims_for_one_work,
    super::races::a_hundred_rulings as a_hundred_rulings,
}
