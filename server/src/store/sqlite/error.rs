//! What SQLite's errors mean to the service.

use crate::store::StoreError;

/// `SQLITE_FULL`, and `SQLITE_IOERR_WRITE`, which a full disk can give as well.
const FULL: [&str; 2] = ["13", "778"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned());
        if code.is_some_and(|code| FULL.contains(&code.as_str())) {
            return Self::Full;
        }
        match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt("value"),
            error => Self::Unavailable(Box::new(error)),
        }
    }
}
