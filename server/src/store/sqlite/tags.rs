//! Owner tags: nothing is granted twice to one, but for renewals.

use aiq_circuits::identity::OwnerTag;
use aiq_verifier::log::Entry;
use sqlx::SqliteConnection;

use super::log;
use crate::store::{Logged, StoreError};

/// The entry that names a tag first.
pub(super) async fn known(
    connection: &mut SqliteConnection,
    tag: &OwnerTag,
) -> Result<Option<(Logged, Entry)>, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM tags JOIN log_entries ON place = tags.entry WHERE tag = ?",
    )
    .bind(tag.to_bytes().to_vec())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(log::logged).transpose()
}
