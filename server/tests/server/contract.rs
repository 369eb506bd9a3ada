//! What every store has to do. The functions know only the trait; each store runs all of them.

mod attestations;
pub mod ceremonies;
mod claims;
pub mod disputes;
mod enrolments;
mod epochs;
pub mod log;
pub mod merges;
mod polls;
mod proposals;
mod races;
mod removals;
mod reviews;
mod sealing;
pub mod sponsorships;
mod standards;

use std::sync::Arc;

use aiq_circuits::credential::Credential;
use aiq_server::{
    GenesisFile,
    store::{DeploymentRecord, SqliteStore, Store},
};
use aiq_verifier::{
    checkpoint::Checkpoint,
    log::{Act, EnrolledBy, Entry},
    standard::Authority,
};

use crate::samples::{NOW, deployment, enrolled, genesis, roots};

/// A checkpoint of `epoch` with so many members.
pub fn epoch(epoch: u32, members: u64) -> Checkpoint {
    Checkpoint {
        deployment_id: deployment(),
        epoch,
        sealed_at: NOW + epoch,
        members,
        withdrawn: 0,
        members_root: roots().members_root,
        credentials: 0,
        revoked: 0,
        credentials_root: roots().credentials_root,
    }
}

pub fn record() -> DeploymentRecord {
    DeploymentRecord { genesis: genesis(), file: GenesisFile::default_ai(), admin_token_hash: [5; 32], founded_at: NOW }
}

/// The log's beginning: members 1 and 2, credentials, and epoch 0.
pub fn founding(credentials: &[Credential]) -> Vec<Entry> {
    let mut acts = vec![Act::Genesis(genesis())];
    let founders = [1, 2].map(|number| enrolled(number, EnrolledBy::Founding));
    acts.extend(founders);
    acts.extend(credentials.iter().copied().map(Act::Grant));
    let (checkpoint, before) = (Checkpoint { credentials: credentials.len() as u64, ..epoch(0, 2) }, acts.len() as u64);
    acts.push(Act::Epoch { checkpoint, before });
    acts.into_iter().map(|act| Entry { at: NOW, act }).collect()
}

/// Founds with members 1 and 2.
pub async fn found(store: &dyn Store) {
    found_with(store, &[]).await;
}

/// Founds with members 1 and 2 and these credentials.
pub async fn found_with(store: &dyn Store, credentials: &[Credential]) {
    assert!(store.found(&record(), &founding(credentials)).await.unwrap());
}

/// Founds with members 1 and 2 and the rules of the built-in genesis, which stand behind epoch 0 here.
pub async fn found_with_rules(store: &dyn Store) {
    let (file, by) = (GenesisFile::default_ai(), Authority::Founding);
    let domains = file.domains.into_iter().map(|entry| Act::Domain { entry, by });
    let rules = domains.chain(file.menu.into_iter().map(|entry| Act::Menu { entry, by }));
    let rules = rules.chain(file.charter.map(Act::Charter)).map(|act| Entry { at: NOW, act });
    assert!(store.found(&record(), &founding(&[]).into_iter().chain(rules).collect::<Vec<_>>()).await.unwrap());
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
    super::sponsorships::a_member_invites_once_for_each_nullifier as a_member_invites_once_for_each_nullifier,
    super::sponsorships::a_sponsored_invitation_enrols_like_any_other as a_sponsored_invitation_enrols_like_any_other,
    super::merges::a_note_is_merged_once as a_note_is_merged_once,
    super::merges::a_merged_note_waits_for_the_next_epoch as a_merged_note_waits_for_the_next_epoch,
    super::removals::who_leaves_stays_away as who_leaves_stays_away,
    super::removals::a_credential_is_revoked_once as a_credential_is_revoked_once,
    super::removals::what_is_removed_later_waits_for_the_next_epoch as what_is_removed_later_waits_for_the_next_epoch,
    super::log::acts_and_their_entries_go_together as acts_and_their_entries_go_together,
    super::log::every_node_of_the_tree_is_kept as every_node_of_the_tree_is_kept,
    super::log::openings_wait_for_the_close as openings_wait_for_the_close,
    super::log::checkpoints_keep_what_witnesses_signed as checkpoints_keep_what_witnesses_signed,
    super::polls::a_join_is_for_one_key as a_join_is_for_one_key,
    super::polls::ballots_only_go_forward as ballots_only_go_forward,
    super::polls::a_closed_poll_takes_nothing_whatever_the_time as a_closed_poll_takes_nothing_whatever_the_time,
    super::polls::listings_go_on_where_they_stopped as listings_go_on_where_they_stopped,
    super::polls::who_votes_earns_one_note as who_votes_earns_one_note,
    super::polls::tags_matter_only_where_something_is_granted as tags_matter_only_where_something_is_granted,
    super::proposals::a_member_proposes_once_for_each_nullifier as a_member_proposes_once_for_each_nullifier,
    super::proposals::a_withdrawn_poll_takes_nothing as a_withdrawn_poll_takes_nothing,
    super::proposals::the_menu_and_the_charter_are_looked_at_again as the_menu_and_the_charter_are_looked_at_again,
    super::proposals::what_polls_decide_is_made_behind_the_next_epoch as what_polls_decide_is_made_behind_the_next_epoch,
    super::standards::versions_count_up_by_one as versions_count_up_by_one,
    super::standards::the_longest_prefix_governs as the_longest_prefix_governs,
    super::claims::a_claim_is_opened_once as a_claim_is_opened_once,
    super::claims::an_epoch_or_a_standard_that_is_gone_is_refused as an_epoch_or_a_standard_that_is_gone_is_refused,
    super::claims::a_work_is_held_by_one_claim as a_work_is_held_by_one_claim,
    super::claims::tags_and_tickets_are_used_once as tags_and_tickets_are_used_once,
    super::claims::a_renewal_holds_what_it_renews as a_renewal_holds_what_it_renews,
    super::claims::an_accepted_renewal_revokes_what_it_renews as an_accepted_renewal_revokes_what_it_renews,
    super::claims::a_revoked_claim_holds_nothing as a_revoked_claim_holds_nothing,
    super::claims::claims_are_listed_by_state_and_domain as claims_are_listed_by_state_and_domain,
    super::reviews::a_nullifier_does_one_thing_in_a_claim as a_nullifier_does_one_thing_in_a_claim,
    super::reviews::a_decided_claim_takes_nothing_whatever_the_time as a_decided_claim_takes_nothing_whatever_the_time,
    super::reviews::a_reward_goes_to_a_fresh_tag as a_reward_goes_to_a_fresh_tag,
    super::reviews::what_was_said_waits_for_the_ruling as what_was_said_waits_for_the_ruling,
    super::reviews::a_ruling_grants_what_follows_in_its_order as a_ruling_grants_what_follows_in_its_order,
    super::reviews::one_below_the_quorum_expires_and_grants_nothing as one_below_the_quorum_expires_and_grants_nothing,
    super::disputes::a_decided_claim_has_one_dispute_at_a_time as a_decided_claim_has_one_dispute_at_a_time,
    super::disputes::an_epoch_that_is_gone_disputes_nothing as an_epoch_that_is_gone_disputes_nothing,
    super::disputes::an_overturned_acceptance_is_revoked as an_overturned_acceptance_is_revoked,
    super::disputes::an_overturned_rejection_is_granted_as_of_the_tally as an_overturned_rejection_is_granted_as_of_the_tally,
    super::disputes::a_work_that_another_claim_holds_by_then_counts_once as a_work_that_another_claim_holds_by_then_counts_once,
    super::disputes::an_overturned_rejection_of_a_renewal_revokes_what_it_renews as an_overturned_rejection_of_a_renewal_revokes_what_it_renews,
    super::ceremonies::a_trustee_says_one_thing_in_a_round as a_trustee_says_one_thing_in_a_round,
    super::ceremonies::rounds_follow_each_other as rounds_follow_each_other,
    super::ceremonies::a_complaint_ends_a_ceremony as a_complaint_ends_a_ceremony,
    super::ceremonies::a_ceremony_makes_the_key_of_one_poll as a_ceremony_makes_the_key_of_one_poll,
    super::ceremonies::ceremonies_are_listed_with_their_boards as ceremonies_are_listed_with_their_boards,
    super::sealing::shares_come_between_the_close_and_the_tally as shares_come_between_the_close_and_the_tally,
    super::sealing::below_the_floor_nothing_is_opened as below_the_floor_nothing_is_opened,
    super::sealing::reasons_stand_behind_the_tally_by_their_bytes as reasons_stand_behind_the_tally_by_their_bytes,
    super::sealing::a_close_goes_on_wherever_it_stopped as a_close_goes_on_wherever_it_stopped,
    super::attestations::a_request_is_answered_once as a_request_is_answered_once,
    super::races::a_hundred_identical_joins as a_hundred_identical_joins,
    super::races::a_hundred_invitations_of_one_nullifier as a_hundred_invitations_of_one_nullifier,
    super::races::a_hundred_proposals_of_one_nullifier as a_hundred_proposals_of_one_nullifier,
    super::races::a_hundred_merges_of_one_note as a_hundred_merges_of_one_note,
    super::races::a_hundred_keys_for_one_nullifier as a_hundred_keys_for_one_nullifier,
    super::races::a_hundred_ballots_with_one_seq as a_hundred_ballots_with_one_seq,
    super::races::a_hundred_identical_reviews as a_hundred_identical_reviews,
    super::races::a_hundred_claims_for_one_work as a_hundred_claims_for_one_work,
    super::races::a_hundred_disputes_of_one_claim as a_hundred_disputes_of_one_claim,
    super::races::a_hundred_rulings as a_hundred_rulings,
    super::races::a_hundred_packages_of_one_trustee as a_hundred_packages_of_one_trustee,
    super::races::a_hundred_polls_with_one_ceremony as a_hundred_polls_with_one_ceremony,
    super::races::a_hundred_shares_of_one_trustee as a_hundred_shares_of_one_trustee,
}
