//! What an entry of the log changes in the tables that are derived from it. Nothing else writes them: replaying the log gives the same
//! tables (`aiq admin rebuild`).
//!
//! Whether an act is allowed was decided before its entry was made; here a contradiction means that log and tables disagree.

mod ceremonies;
mod claims;
mod disputes;
mod governance;
mod merges;
mod polls;
mod sponsorships;

use aiq_circuits::{
    credential::{Credential, CredentialId},
    identity::{Commitment, DeploymentId, Nullifier, OwnerTag},
    scope::Scope,
};
use aiq_verifier::{
    checkpoint::Checkpoint,
    log::{Act, Entry},
};
use sqlx::{SqliteConnection, sqlite::SqliteQueryResult};

use super::{
    ceremonies::Round,
    columns::{credential_columns, integer, number},
    log,
};
use crate::store::StoreError;

pub(super) async fn apply(connection: &mut SqliteConnection, place: u64, entry: &Entry) -> Result<(), StoreError> {
    match &entry.act {
        Act::Enrolment { commitment, .. } => member(connection, place, commitment).await,
        Act::Grant(credential) => {
            grant(connection, place, credential).await?;
            claims::granted(connection, &credential.id).await
        }
        Act::Withdrawal(withdrawal) => withdraw(connection, place, &withdrawal.commitment).await,
        Act::Revocation { id, .. } => {
            revoke(connection, place, id).await?;
            claims::revoked(connection, id).await
        }
        Act::Epoch { checkpoint, before } => {
            epoch(connection, place, checkpoint, *before).await?;
            governance::epoch(connection, place).await
        }
        Act::Domain { entry, by } => governance::domain(connection, place, entry, *by).await,
        Act::Menu { entry, by } => governance::menu(connection, place, entry, *by).await,
        Act::MenuRemoval { id, by } => governance::menu_removal(connection, place, id, *by).await,
        Act::Charter(_) => sponsorships::charter(connection, place).await,
        Act::Sponsorship(sponsorship) => sponsorships::sponsorship(connection, place, entry.at, sponsorship).await,
        Act::Merge(merge) => merges::merge(connection, place, merge).await,
        Act::Standard { standard, by } => {
            claims::standard(connection, place, standard).await?;
            governance::enacted(connection, place, *by).await
        }
        Act::Claim(new) => claims::claim(connection, place, entry.at, new).await,
        Act::Recusal { scope, presentation } => claims::recusal(connection, place, scope, presentation).await,
        Act::Review { scope, review } => claims::review(connection, place, scope, review).await,
        Act::Ruling { scope, ruling } => claims::ruling(connection, place, scope, ruling).await,
        Act::Dispute { claim, dispute, poll } => disputes::dispute(connection, place, claim, dispute, poll).await,
        Act::Poll(definition) => polls::poll(connection, place, definition).await,
        Act::Proposal { proposal, poll } => polls::proposal(connection, place, proposal, poll).await,
        Act::PollWithdrawal { scope, .. } => {
            let update = "UPDATE polls SET withdrawn = ? WHERE scope = ? AND closed IS NULL AND withdrawn IS NULL";
            polls::mark(connection, update, place, scope).await
        }
        Act::Join { scope, join } => polls::enter(connection, place, scope, join).await,
        Act::Ballot(committed) => polls::ballot(connection, place, committed).await,
        Act::Close { scope } => {
            let update = "UPDATE polls SET closed = ? WHERE scope = ? AND closed IS NULL AND withdrawn IS NULL";
            polls::mark(connection, update, place, scope).await
        }
        Act::Tally(tally) => {
            let update = "UPDATE polls SET tallied = ? WHERE scope = ? AND closed IS NOT NULL AND tallied IS NULL";
            polls::mark(connection, update, place, &tally.scope).await?;
            governance::tally(connection, place, tally).await
        }
        Act::Ceremony(ceremony) => ceremonies::ceremony(connection, place, ceremony).await,
        Act::CeremonyRound1(package) => {
            ceremonies::package(connection, place, (&package.ceremony, Round::One, package.index)).await
        }
        Act::CeremonyRound2(package) => {
            ceremonies::package(connection, place, (&package.ceremony, Round::Two, package.index)).await
        }
        Act::CeremonyConfirmation(package) => {
            ceremonies::package(connection, place, (&package.ceremony, Round::Confirmation, package.index)).await
        }
        Act::CeremonyComplaint(package) => {
            ceremonies::package(connection, place, (&package.ceremony, Round::Complaint, package.index)).await
        }
        Act::Share(share) => ceremonies::share(connection, place, &share.scope, share.index).await,
        Act::Reason { scope, .. } => ceremonies::reason(connection, place, scope).await,
        // The deployment's row has the genesis; what the log says of invitations and attestations is all that may be known of them.
        _ => Ok(()),
    }
}

/// One row, no more and no less.
fn one_row(result: &SqliteQueryResult) -> Result<(), StoreError> {
    if result.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Corrupt("table that the log contradicts")) }
}

/// The deployment whose log it is.
pub(super) async fn deployment(connection: &mut SqliteConnection) -> Result<DeploymentId, StoreError> {
    match log::at_place(connection, 0).await?.1.act {
        Act::Genesis(genesis) => Ok(genesis.deployment_id()),
        _ => Err(StoreError::Corrupt("genesis in the log")),
    }
}

/// A tag that nothing was granted to so far, and something may be from now on.
async fn tag(connection: &mut SqliteConnection, place: u64, tag: &OwnerTag) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO tags (tag, entry) VALUES (?, ?)")
        .bind(tag.to_bytes().to_vec())
        .bind(integer(place))
        .execute(connection)
        .await?;
    Ok(())
}

/// A nullifier acts in a scope, once.
async fn spend(
    connection: &mut SqliteConnection,
    place: u64,
    scope: &Scope,
    nullifier: &Nullifier,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO spent_scopes (scope, nullifier, entry) VALUES (?, ?, ?)")
        .bind(scope.to_bytes().to_vec())
        .bind(nullifier.to_bytes().to_vec())
        .bind(integer(place))
        .execute(connection)
        .await?;
    Ok(())
}

async fn member(connection: &mut SqliteConnection, place: u64, commitment: &Commitment) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO members (commitment, entry) VALUES (?, ?)")
        .bind(commitment.to_bytes().to_vec())
        .bind(integer(place))
        .execute(connection)
        .await?;
    Ok(())
}

async fn grant(connection: &mut SqliteConnection, place: u64, credential: &Credential) -> Result<(), StoreError> {
    let [leaf, tag, attributes, id] = credential_columns(credential);
    sqlx::query("INSERT INTO credentials (leaf, tag, attributes, id, entry) VALUES (?, ?, ?, ?, ?)")
        .bind(leaf)
        .bind(tag)
        .bind(attributes)
        .bind(id)
        .bind(integer(place))
        .execute(&mut *connection)
        .await?;
    // What a claim, a review or a join earns is granted to a tag that is known; what the founding grants is not.
    sqlx::query("INSERT INTO tags (tag, entry) VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(credential.tag.to_bytes().to_vec())
        .bind(integer(place))
        .execute(connection)
        .await?;
    Ok(())
}

/// The leaf becomes a tombstone with the next epoch. A member leaves once.
async fn withdraw(connection: &mut SqliteConnection, place: u64, commitment: &Commitment) -> Result<(), StoreError> {
    let result = sqlx::query("UPDATE members SET removal = ? WHERE commitment = ? AND removal IS NULL")
        .bind(integer(place))
        .bind(commitment.to_bytes().to_vec())
        .execute(connection)
        .await?;
    one_row(&result)
}

/// The leaf becomes a tombstone with the next epoch. A credential is revoked once.
async fn revoke(connection: &mut SqliteConnection, place: u64, id: &CredentialId) -> Result<(), StoreError> {
    let result = sqlx::query("UPDATE credentials SET removal = ? WHERE id = ? AND removal IS NULL")
        .bind(integer(place))
        .bind(id.to_bytes().to_vec())
        .execute(connection)
        .await?;
    one_row(&result)
}

/// Everything that waited before `before` gets its position: sorted by leaf, behind what is there. Leaves are blobs of one length, so
/// their order as blobs is that of their values. Then what was to be removed before `before` becomes tombstones, in the order of
/// positions: what is removed stands in the log behind what it removes, so each has one by now.
async fn epoch(
    connection: &mut SqliteConnection,
    place: u64,
    checkpoint: &Checkpoint,
    before: u64,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO epochs (epoch, entry) VALUES (?, ?)")
        .bind(checkpoint.epoch)
        .bind(integer(place))
        .execute(&mut *connection)
        .await?;
    let trees = [
        ("members", "commitment", checkpoint.members, checkpoint.withdrawn),
        ("credentials", "leaf", checkpoint.credentials, checkpoint.revoked),
    ];
    for (table, leaf, leaves, tombstones) in trees {
        // Names of tables and columns from the list above: nothing of it comes from outside.
        let append = format!(
            "UPDATE {table} SET epoch = ?1, position = sealed.position FROM (
                SELECT {leaf} AS leaf,
                    (SELECT count(*) FROM {table} WHERE position IS NOT NULL) + row_number() OVER (ORDER BY {leaf}) - 1 AS position
                FROM {table} WHERE position IS NULL AND entry < ?2
             ) AS sealed WHERE {table}.{leaf} = sealed.leaf"
        );
        sqlx::query(sqlx::AssertSqlSafe(append))
            .bind(checkpoint.epoch)
            .bind(integer(before))
            .execute(&mut *connection)
            .await?;
        let bury = format!(
            "UPDATE {table} SET tombstone = buried.tombstone FROM (
                SELECT {leaf} AS leaf,
                    (SELECT count(*) FROM {table} WHERE tombstone IS NOT NULL) + row_number() OVER (ORDER BY position) - 1 AS tombstone
                FROM {table} WHERE removal < ?1 AND tombstone IS NULL
             ) AS buried WHERE {table}.{leaf} = buried.leaf"
        );
        sqlx::query(sqlx::AssertSqlSafe(bury)).bind(integer(before)).execute(&mut *connection).await?;
        let count = format!("SELECT count(position) AS leaves, count(tombstone) AS tombstones FROM {table}");
        let row = sqlx::query(sqlx::AssertSqlSafe(count)).fetch_one(&mut *connection).await?;
        if (number(&row, "leaves")?, number(&row, "tombstones")?) != (leaves, tombstones) {
            return Err(StoreError::Corrupt("set of leaves under its checkpoint"));
        }
    }
    Ok(())
}
