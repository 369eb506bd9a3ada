//! Merges: the new note waits for the next epoch, and what it was made of is spent.

use aiq_verifier::merge::Merge;
use sqlx::SqliteConnection;

use super::{grant, tag};
use crate::store::{StoreError, sqlite::columns::integer};

pub(super) async fn merge(connection: &mut SqliteConnection, place: u64, merge: &Merge) -> Result<(), StoreError> {
    for spend in &merge.spends {
        sqlx::query("INSERT INTO spends (spend, entry) VALUES (?, ?)")
            .bind(spend.to_bytes().to_vec())
            .bind(integer(place))
            .execute(&mut *connection)
            .await?;
    }
    tag(connection, place, &merge.tag).await?;
    grant(connection, place, &merge.credential()).await
}
