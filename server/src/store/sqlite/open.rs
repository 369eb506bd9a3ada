//! Opening a database file: settings, integrity, migrations.

use std::{path::Path, pin::Pin, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migrator},
    pool::PoolConnectionMetadata,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{SqliteStore, writer::Writer};
use crate::store::OpenStoreError;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// How long a connection waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(10);
/// How long an operation waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(15);
/// Primary result codes `SQLITE_CORRUPT` and `SQLITE_NOTADB`.
const DAMAGED: [i32; 2] = [11, 26];

impl SqliteStore {
    /// Opens or creates a database file, checks its integrity and brings its schema up to date.
    ///
    /// Two processes must not do this at the same time with an old schema: the data directory's lock sees to it.
    ///
    /// # Errors
    /// [`OpenStoreError`] with what to do.
    pub async fn open(path: &Path, readers: u32) -> Result<Self, OpenStoreError> {
        let fault = |error| explain(path, &error);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            // What is deleted is overwritten: whose reason it was is not to be found in the file.
            .pragma("secure_delete", "ON")
            // Statements carry no values, but their timing next to a request's would.
            .disable_statement_logging();
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE);
        let writer = pool(1).before_acquire(fit_to_write).connect_with(options.clone()).await.map_err(fault)?;
        check(&writer, path).await?;
        MIGRATIONS.run(&writer).await.map_err(|error| migration(path, error))?;
        let readers = pool(readers.max(1)).connect_with(options.read_only(true)).await.map_err(fault)?;
        Ok(Self { writer: Writer::start(writer), readers })
    }
}

/// Refuses a connection that believes to be in a transaction, and so has the pool open another.
///
/// After some errors, a full disk among them, `SQLite` rolls back by itself. The driver's own ROLLBACK then fails, it
/// goes on counting the transaction as open, and every later one would be refused until the service restarts.
fn fit_to_write(
    connection: &mut SqliteConnection,
    _: PoolConnectionMetadata,
) -> Pin<Box<dyn Future<Output = Result<bool, sqlx::Error>> + Send + '_>> {
    Box::pin(async move {
        // A rollback that is still queued is done when the answer comes.
        connection.ping().await?;
        Ok(!connection.is_in_transaction())
    })
}

/// Reads every page: a file that was cut off is found now, not in the middle of a poll.
async fn check(writer: &SqlitePool, path: &Path) -> Result<(), OpenStoreError> {
    let verdict: String =
        sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(writer).await.map_err(|error| explain(path, &error))?;
    if verdict == "ok" { Ok(()) } else { Err(OpenStoreError::Damaged { path: path.to_owned(), reason: verdict }) }
}

fn migration(path: &Path, error: MigrateError) -> OpenStoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => explain(path, &error),
        error => OpenStoreError::Schema { path: path.to_owned(), reason: error.to_string() },
    }
}

fn explain(path: &Path, error: &sqlx::Error) -> OpenStoreError {
    let code =
        error.as_database_error().and_then(sqlx::error::DatabaseError::code).and_then(|code| code.parse::<i32>().ok());
    let (path, reason) = (path.to_owned(), error.to_string());
    // The low byte of an extended result code is the primary one.
    if code.is_some_and(|code| DAMAGED.contains(&(code & 0xff))) {
        OpenStoreError::Damaged { path, reason }
    } else {
        OpenStoreError::Unavailable { path, reason }
    }
}
