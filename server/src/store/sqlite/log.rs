//! The log: entries, the hashes of their tree, checkpoints. An entry is appended, and everything that is derived from it changed, in one
//! transaction.

use aiq_verifier::log::{Entry, EntryHash, EntryOpening};
use sqlx::{QueryBuilder, Row as _, SqliteConnection, sqlite::SqliteRow};
use tlog_tiles::{Hash, node_hash, stored_hash_index};

use super::{
    SqliteStore, apply,
    columns::{bytes, integer, number},
};
use crate::store::{CheckpointRecord, Logged, StoreError};

/// Checkpoints that are kept: so many of the newest, and so many of the newest that a witness has signed.
const CHECKPOINTS: u32 = 256;
/// Values in one statement.
const CHUNK: usize = 512;

/// Appends an entry and applies it.
pub(super) async fn append(
    connection: &mut SqliteConnection,
    entry: &Entry,
    opening: Option<&EntryOpening>,
) -> Result<Logged, StoreError> {
    let canonical = entry.canonical();
    let place = size(connection).await?;
    let hash = EntryHash::of(&canonical);
    sqlx::query("INSERT INTO log_entries (place, entry, opening) VALUES (?, ?, ?)")
        .bind(integer(place))
        .bind(canonical)
        .bind(opening.map(EntryOpening::canonical))
        .execute(&mut *connection)
        .await?;
    hashes_of(connection, place, &hash).await?;
    apply::apply(connection, place, entry).await?;
    Ok(Logged { index: place, hash, at: entry.at })
}

/// Stores the entry's hash, and that of every subtree which it completes: one for each trailing one of its place.
async fn hashes_of(connection: &mut SqliteConnection, place: u64, entry: &EntryHash) -> Result<(), StoreError> {
    let mut hash = Hash(*entry.as_bytes());
    let first = stored_hash_index(0, place);
    for (level, position) in (0..=place.trailing_ones()).zip(first..) {
        let level = u8::try_from(level).map_err(|_| StoreError::Corrupt("log"))?;
        if let Some(below) = level.checked_sub(1) {
            let left = sqlx::query("SELECT hash FROM log_hashes WHERE position = ?")
                .bind(integer(stored_hash_index(below, (place >> below) - 1)))
                .fetch_one(&mut *connection)
                .await?;
            hash = node_hash(Hash(bytes(&left, "hash")?), hash);
        }
        sqlx::query("INSERT INTO log_hashes (position, hash) VALUES (?, ?)")
            .bind(integer(position))
            .bind(hash.0.to_vec())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Number of entries.
pub(super) async fn size(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT coalesce(max(place) + 1, 0) AS size FROM log_entries").fetch_one(connection).await?;
    number(&row, "size")
}

/// What the log says at the place in the column `entry`, from a row with the columns `place` and `entry` of the log.
pub(super) fn logged(row: &SqliteRow) -> Result<(Logged, Entry), StoreError> {
    decoded(number(row, "place")?, row.try_get("entry")?)
}

/// What the log says at a place.
pub(super) fn decoded(index: u64, canonical: &[u8]) -> Result<(Logged, Entry), StoreError> {
    let entry = Entry::decode(canonical).map_err(|_| StoreError::Corrupt("entry of the log"))?;
    Ok((Logged { index, hash: EntryHash::of(canonical), at: entry.at }, entry))
}

/// The opening in a row of the log.
pub(super) fn opening(row: &SqliteRow) -> Result<EntryOpening, StoreError> {
    let opening: &[u8] = row.try_get("opening")?;
    EntryOpening::decode(opening).map_err(|_| StoreError::Corrupt("opening"))
}

/// The entry at a place, inside a transaction.
pub(super) async fn at_place(connection: &mut SqliteConnection, place: u64) -> Result<(Logged, Entry), StoreError> {
    let row = sqlx::query("SELECT place, entry FROM log_entries WHERE place = ?")
        .bind(integer(place))
        .fetch_one(connection)
        .await?;
    logged(&row)
}

pub(super) async fn log_size(store: &SqliteStore) -> Result<u64, StoreError> {
    size(&mut *store.readers.acquire().await?).await
}

pub(super) async fn entries(store: &SqliteStore, from: u64, count: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = sqlx::query("SELECT entry FROM log_entries WHERE place >= ? ORDER BY place LIMIT ?")
        .bind(integer(from))
        .bind(integer(count))
        .fetch_all(&store.readers)
        .await?;
    rows.iter().map(|row| Ok(row.try_get("entry")?)).collect()
}

/// Openings of ballots in polls that are closed, and of reviews of claims that are decided.
pub(super) async fn openings(
    store: &SqliteStore,
    from: u64,
    count: u64,
) -> Result<Vec<(u64, EntryOpening)>, StoreError> {
    let rows = sqlx::query(
        "SELECT place, opening FROM log_entries
            JOIN ballots ON ballots.entry = place JOIN polls ON polls.id = ballots.poll
         WHERE place >= ?1 AND place < ?2 AND polls.closed IS NOT NULL
         UNION ALL
         SELECT place, opening FROM log_entries
            JOIN reviews ON reviews.entry = place JOIN claims ON claims.id = reviews.claim
         WHERE place >= ?1 AND place < ?2 AND reviews.act = 'review' AND claims.ruled IS NOT NULL
         ORDER BY place",
    )
    .bind(integer(from))
    .bind(integer(from.saturating_add(count)))
    .fetch_all(&store.readers)
    .await?;
    rows.iter().map(|row| Ok((number(row, "place")?, opening(row)?))).collect()
}

/// Hashes by position, in the order asked for.
pub(super) async fn hashes(store: &SqliteStore, positions: &[u64]) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut found = std::collections::HashMap::with_capacity(positions.len());
    for chunk in positions.chunks(CHUNK) {
        let mut query = QueryBuilder::new("SELECT position, hash FROM log_hashes WHERE position IN (");
        let mut list = query.separated(", ");
        for position in chunk {
            list.push_bind(integer(*position));
        }
        query.push(")");
        for row in query.build().fetch_all(&store.readers).await? {
            found.insert(number(&row, "position")?, bytes(&row, "hash")?);
        }
    }
    positions
        .iter()
        .map(|position| found.get(position).copied().ok_or(StoreError::Corrupt("hash of the log")))
        .collect()
}

pub(super) async fn publish(connection: &mut SqliteConnection, size: u64, note: String) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO log_checkpoints (size, note) VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(integer(size))
        .bind(note)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "DELETE FROM log_checkpoints
         WHERE size NOT IN (SELECT size FROM log_checkpoints ORDER BY size DESC LIMIT ?1)
           AND size NOT IN (SELECT DISTINCT size FROM cosignatures ORDER BY size DESC LIMIT ?1)",
    )
    .bind(CHECKPOINTS)
    .execute(connection)
    .await?;
    Ok(())
}

/// The newest checkpoints; with `cosigned`, the newest of those that a witness has signed.
pub(super) async fn checkpoints(
    store: &SqliteStore,
    limit: u32,
    cosigned: bool,
) -> Result<Vec<CheckpointRecord>, StoreError> {
    let rows = sqlx::query(
        "SELECT size, note,
            (SELECT group_concat(line, char(10)) FROM cosignatures WHERE cosignatures.size = log_checkpoints.size) AS lines
         FROM log_checkpoints WHERE ? = 0 OR size IN (SELECT size FROM cosignatures) ORDER BY size DESC LIMIT ?",
    )
    .bind(cosigned)
    .bind(limit)
    .fetch_all(&store.readers)
    .await?;
    let record = |row: &SqliteRow| {
        let (mut note, lines): (String, Option<&str>) = (row.try_get("note")?, row.try_get("lines")?);
        if let Some(lines) = lines {
            note.push_str(lines);
            note.push('\n');
        }
        Ok(CheckpointRecord { size: number(row, "size")?, note })
    };
    rows.iter().map(record).collect()
}

/// One checkpoint as the service signed it, without cosignatures.
pub(super) async fn checkpoint(store: &SqliteStore, size: u64) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("SELECT note FROM log_checkpoints WHERE size = ?")
        .bind(integer(size))
        .fetch_optional(&store.readers)
        .await?;
    row.map(|row| Ok(row.try_get("note")?)).transpose()
}

/// The first cosignature of a witness on a checkpoint stays.
pub(super) async fn cosign(
    connection: &mut SqliteConnection,
    size: u64,
    witness: String,
    line: String,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO cosignatures (size, witness, line)
         SELECT size, ?, ? FROM log_checkpoints WHERE size = ? ON CONFLICT DO NOTHING",
    )
    .bind(witness)
    .bind(line)
    .bind(integer(size))
    .execute(connection)
    .await?;
    Ok(())
}
