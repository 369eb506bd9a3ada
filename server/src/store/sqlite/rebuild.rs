//! Making every derived table anew from the log, and comparing.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

use aiq_verifier::log::{Entry, EntryOpening};

use super::{SqliteStore, columns::number, log};
use crate::store::{OpenStoreError, StoreError};

/// The tables that follow from the log, in an order in which they can be filled.
const DERIVED: [&str; 25] = [
    "log_hashes",
    "epochs",
    "members",
    "credentials",
    "ceremonies",
    "ceremony_packages",
    "polls",
    "joins",
    "ballots",
    "shares",
    "published_reasons",
    "tags",
    "spent_scopes",
    "standards",
    "claims",
    "works",
    "reviews",
    "disputes",
    "spends",
    "proposals",
    "enactments",
    "domains",
    "menu",
    "charters",
    "sponsorships",
];
/// Entries in one transaction.
const CHUNK: u64 = 512;

/// A derived table, compared with what the log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableComparison {
    /// Its name.
    pub table: &'static str,
    /// Rows that follow from the log.
    pub rows: u64,
    /// Rows that follow from the log and are not there.
    pub missing: u64,
    /// Rows that are there and do not follow from the log.
    pub extra: u64,
}

/// What a rebuild found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Entries in the log.
    pub entries: u64,
    /// Every derived table.
    pub tables: Vec<TableComparison>,
    /// Whether the tables were replaced by what the log says.
    pub repaired: bool,
}

impl Rebuilt {
    /// Whether every table was what the log says.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.tables.iter().all(|table| table.missing == 0 && table.extra == 0)
    }
}

/// Why a rebuild was broken off. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// One of the two databases cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenStoreError),
    /// One of them cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry cannot be read, or contradicts those before it.
    #[error("entry {index} of the log cannot be replayed: {reason}; restore the database from a backup")]
    Entry {
        /// Its place.
        index: u64,
        /// What is wrong.
        reason: String,
    },
    /// Something was accepted meanwhile.
    #[error("the service is writing to this database: stop it and try again")]
    Busy,
}

impl From<sqlx::Error> for RebuildError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Replays the log of the database at `path` into a new one at `scratch`, and compares every derived table. With `repair`, tables that
/// differ are replaced in one transaction. `progress` gets the entries that were replayed, and how many there are.
///
/// # Errors
/// [`RebuildError`].
pub async fn rebuild(
    path: &Path,
    scratch: &Path,
    repair: bool,
    mut progress: impl FnMut(u64, u64),
) -> Result<Rebuilt, RebuildError> {
    let kept = SqliteStore::open(path, 1).await?;
    let made = SqliteStore::open(scratch, 1).await?;
    let outcome = async {
        let entries = replay(&kept, &made, &mut progress).await?;
        made.close_pools().await?;
        // Both pools have one writing connection: this is the kept database's.
        let mut connection = kept.writer.pool().acquire().await?;
        sqlx::query("ATTACH DATABASE ? AS made")
            .bind(scratch.to_string_lossy().into_owned())
            .execute(&mut *connection)
            .await?;
        compare(&mut connection, entries, repair).await
    };
    let outcome = outcome.await;
    kept.close_pools().await?;
    made.close_pools().await?;
    outcome
}

async fn replay(
    kept: &SqliteStore,
    made: &SqliteStore,
    progress: &mut impl FnMut(u64, u64),
) -> Result<u64, RebuildError> {
    let size = log::log_size(kept).await?;
    let mut next = 0;
    while next < size {
        let rows = sqlx::query("SELECT entry, opening FROM log_entries WHERE place >= ? ORDER BY place LIMIT ?")
            .bind(super::columns::integer(next))
            .bind(super::columns::integer(CHUNK.min(size - next)))
            .fetch_all(&kept.readers)
            .await?;
        let mut entries = Vec::with_capacity(rows.len());
        for (index, row) in (next..).zip(&rows) {
            let fault = |reason: &dyn std::fmt::Display| RebuildError::Entry { index, reason: reason.to_string() };
            let entry = Entry::decode(row.try_get("entry")?).map_err(|error| fault(&error))?;
            let opening: Option<&[u8]> = row.try_get("opening")?;
            let opening = opening.map(EntryOpening::decode).transpose().map_err(|error| fault(&error))?;
            entries.push((index, entry, opening));
        }
        if entries.is_empty() {
            return Err(RebuildError::Entry { index: next, reason: "it is missing".into() });
        }
        next += entries.len() as u64;
        let outcome = made.writer.write(move |writer| Box::pin(append_all(writer, entries))).await?;
        outcome.map_err(|(index, error)| RebuildError::Entry { index, reason: error.to_string() })?;
        progress(next, size);
    }
    Ok(size)
}

/// Appends entries; the place of the one that failed.
async fn append_all(
    connection: &mut SqliteConnection,
    entries: Vec<(u64, Entry, Option<EntryOpening>)>,
) -> Result<Result<(), (u64, StoreError)>, StoreError> {
    for (index, entry, opening) in &entries {
        match log::append(connection, entry, opening.as_ref()).await {
            Ok(logged) if logged.index == *index => {}
            Ok(_) => return Ok(Err((*index, StoreError::Corrupt("place in the log")))),
            Err(error) => return Ok(Err((*index, error))),
        }
    }
    Ok(Ok(()))
}

async fn compare(connection: &mut SqliteConnection, entries: u64, repair: bool) -> Result<Rebuilt, RebuildError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    if log::size(&mut transaction).await? != entries {
        return Err(RebuildError::Busy);
    }
    let mut tables = Vec::with_capacity(DERIVED.len());
    for table in DERIVED {
        let mut count = async |query: String| {
            let row = sqlx::query(AssertSqlSafe(query)).fetch_one(&mut *transaction).await?;
            number(&row, "count")
        };
        let except = |one: &str, other: &str| {
            format!("SELECT count(*) AS count FROM (SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {other}.{table})")
        };
        tables.push(TableComparison {
            table,
            rows: count(format!("SELECT count(*) AS count FROM made.{table}")).await?,
            missing: count(except("made", "main")).await?,
            extra: count(except("main", "made")).await?,
        });
    }
    let mut rebuilt = Rebuilt { entries, tables, repaired: false };
    if repair && !rebuilt.agrees() {
        sqlx::query("PRAGMA defer_foreign_keys = ON").execute(&mut *transaction).await?;
        for table in DERIVED.iter().rev() {
            sqlx::query(AssertSqlSafe(format!("DELETE FROM main.{table}"))).execute(&mut *transaction).await?;
        }
        for table in DERIVED {
            let fill = format!("INSERT INTO main.{table} SELECT * FROM made.{table}");
            sqlx::query(AssertSqlSafe(fill)).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        rebuilt.repaired = true;
    }
    Ok(rebuilt)
}
