//! What the errors of `SQLite` mean to the service.

use crate::store::StoreError;

/// `SQLITE_FULL`, and `SQLITE_IOERR_WRITE`, which a full disk can give as well.
const FULL: [&str; 2] = ["13", "778"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        if code.is_some_and(|code| FULL.contains(&code.as_ref())) {
            return Self::Full;
        }
        match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt("value"),
            error => Self::Unavailable(Box::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::store::{SqliteStore, Store as _, StoreError};

    #[tokio::test]
    async fn a_full_disk_leaves_nothing_half_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("store.sqlite"), 1).await.unwrap();
        // The writer is one connection, so its limit holds: the file cannot grow by a single page.
        sqlx::query("PRAGMA max_page_count = 1").execute(store.writer.pool()).await.unwrap();
        let many: Vec<[u8; 32]> = (0..5000_u32)
            .map(|number| {
                let mut hash = [0; 32];
                hash[..4].copy_from_slice(&number.to_be_bytes());
                hash
            })
            .collect();
        assert!(matches!(store.invite(&many, 2, 1).await, Err(StoreError::Full)));
        let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM invitations").fetch_one(&store.readers).await.unwrap();
        assert_eq!(kept, 0);
        store.invite(&many, 2, 1).await.unwrap();
        let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM invitations").fetch_one(&store.readers).await.unwrap();
        assert_eq!(kept, 5000, "it goes on, on a connection without the limit");
    }
}
