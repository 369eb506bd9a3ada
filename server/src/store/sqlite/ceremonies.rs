//! Ceremonies: the board on which trustees make a key, and whether a poll can have it.

use std::collections::BTreeMap;

use aiq_verifier::{
    ceremony::{Ceremony, CeremonyId},
    log::{Act, Entry},
    poll::PollId,
};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    columns::{bytes, number, short_number},
    log,
};
use crate::store::{Accepted, AnnounceRefusal, CeremonyPackage, CeremonyRecord, CeremonyRefusal, Logged, StoreError};

/// What a package is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    One,
    Two,
    Confirmation,
    Complaint,
}

impl Round {
    /// As it stands in the table.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::One => "round-1",
            Self::Two => "round-2",
            Self::Confirmation => "confirmation",
            Self::Complaint => "complaint",
        }
    }

    /// Of confirmation and complaint, a trustee sends one.
    const fn instead(self) -> Self {
        match self {
            Self::Confirmation => Self::Complaint,
            Self::Complaint => Self::Confirmation,
            round => round,
        }
    }

    const fn of(package: &CeremonyPackage) -> Self {
        match package {
            CeremonyPackage::Round1(_) => Self::One,
            CeremonyPackage::Round2(_) => Self::Two,
            CeremonyPackage::Confirmation(_) => Self::Confirmation,
            CeremonyPackage::Complaint(_) => Self::Complaint,
        }
    }
}

/// How far a ceremony has come.
struct State {
    trustees: u64,
    deadline: u32,
    round_1: u64,
    round_2: u64,
    confirmations: u64,
    complaints: u64,
}

impl State {
    async fn of(connection: &mut SqliteConnection, id: &CeremonyId) -> Result<Option<Self>, StoreError> {
        let row = sqlx::query(
            "SELECT trustees, deadline,
                (SELECT count(*) FROM ceremony_packages WHERE ceremony = id AND round = 'round-1') AS round_1,
                (SELECT count(*) FROM ceremony_packages WHERE ceremony = id AND round = 'round-2') AS round_2,
                (SELECT count(*) FROM ceremony_packages WHERE ceremony = id AND round = 'confirmation') AS confirmations,
                (SELECT count(*) FROM ceremony_packages WHERE ceremony = id AND round = 'complaint') AS complaints
             FROM ceremonies WHERE id = ?",
        )
        .bind(id.as_bytes().as_slice())
        .fetch_optional(connection)
        .await?;
        let state = |row: SqliteRow| {
            Ok(Self {
                trustees: number(&row, "trustees")?,
                deadline: short_number(&row, "deadline")?,
                round_1: number(&row, "round_1")?,
                round_2: number(&row, "round_2")?,
                confirmations: number(&row, "confirmations")?,
                complaints: number(&row, "complaints")?,
            })
        };
        row.map(state).transpose()
    }

    /// Everybody has confirmed the key. A key that somebody has complained about before that is none.
    const fn is_complete(&self) -> bool {
        self.confirmations == self.trustees && self.complaints == 0
    }

    /// Whether it takes a package of this round now.
    fn takes(&self, round: Round, now: u32) -> Result<(), CeremonyRefusal> {
        if self.complaints > 0 || self.is_complete() {
            return Err(CeremonyRefusal::Ended);
        }
        if now >= self.deadline {
            return Err(CeremonyRefusal::Expired(self.deadline));
        }
        let is_due = match round {
            Round::One => self.round_1 < self.trustees,
            Round::Two => self.round_1 == self.trustees && self.round_2 < self.trustees,
            Round::Confirmation | Round::Complaint => self.round_2 == self.trustees,
        };
        if is_due { Ok(()) } else { Err(CeremonyRefusal::Round) }
    }
}

/// Opens a ceremony; its salt makes it a new one.
pub(super) async fn open(
    connection: &mut SqliteConnection,
    ceremony: Ceremony,
    now: u32,
) -> Result<Logged, StoreError> {
    log::append(connection, &Entry { at: now, act: Act::Ceremony(ceremony) }, None).await
}

pub(super) async fn add(
    connection: &mut SqliteConnection,
    package: CeremonyPackage,
    now: u32,
) -> Result<Result<Accepted<Logged>, CeremonyRefusal>, StoreError> {
    let (id, round) = (*package.ceremony(), Round::of(&package));
    let Some(state) = State::of(connection, &id).await? else { return Ok(Err(CeremonyRefusal::Unknown)) };
    let first = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM ceremony_packages JOIN log_entries ON place = ceremony_packages.entry
         WHERE ceremony = ? AND round IN (?, ?) AND trustee = ?",
    )
    .bind(id.as_bytes().as_slice())
    .bind(round.name())
    .bind(round.instead().name())
    .bind(package.trustee())
    .fetch_optional(&mut *connection)
    .await?;
    let act = package.into_act();
    // The same content again, however late: the answer may have been lost on its way.
    if let Some(first) = first {
        let (logged, entry) = log::logged(&first)?;
        return Ok(if entry.act == act { Ok(Accepted::Repeated(logged)) } else { Err(CeremonyRefusal::Known) });
    }
    if let Err(refusal) = state.takes(round, now) {
        return Ok(Err(refusal));
    }
    Ok(Ok(Accepted::New(log::append(connection, &Entry { at: now, act }, None).await?)))
}

/// Whether a poll can have a ceremony's key.
pub(super) async fn is_usable(
    connection: &mut SqliteConnection,
    id: &CeremonyId,
) -> Result<Result<(), AnnounceRefusal>, StoreError> {
    let Some(state) = State::of(connection, id).await? else { return Ok(Err(AnnounceRefusal::UnknownCeremony(*id))) };
    if !state.is_complete() {
        return Ok(Err(AnnounceRefusal::Incomplete(*id)));
    }
    let user = sqlx::query("SELECT id FROM polls WHERE ceremony = ?")
        .bind(id.as_bytes().as_slice())
        .fetch_optional(connection)
        .await?;
    match user {
        Some(row) => Ok(Err(AnnounceRefusal::Used(PollId::new(bytes(&row, "id")?)))),
        None => Ok(Ok(())),
    }
}

pub(super) async fn one(store: &SqliteStore, id: CeremonyId) -> Result<Option<CeremonyRecord>, StoreError> {
    let id = id.as_bytes().to_vec();
    Ok(between(store, id.clone(), id, 1).await?.pop())
}

pub(super) async fn list(
    store: &SqliteStore,
    after: Option<CeremonyId>,
    limit: u32,
) -> Result<Vec<CeremonyRecord>, StoreError> {
    // The first id behind another one is that with a zero byte more.
    let first = after.map_or_else(Vec::new, |id| [id.as_bytes().as_slice(), &[0]].concat());
    between(store, first, vec![0xff; CeremonyId::LENGTH], limit).await
}

/// Ceremonies by id, with what is on their boards.
async fn between(
    store: &SqliteStore,
    first: Vec<u8>,
    last: Vec<u8>,
    limit: u32,
) -> Result<Vec<CeremonyRecord>, StoreError> {
    let rows = sqlx::query(
        "SELECT ceremonies.id, place, log_entries.entry, polls.id AS poll
         FROM (SELECT * FROM ceremonies WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?) AS ceremonies
            JOIN log_entries ON place = ceremonies.entry LEFT JOIN polls ON polls.ceremony = ceremonies.id",
    )
    .bind(first)
    .bind(last)
    .bind(limit)
    .fetch_all(&store.readers)
    .await?;
    let mut records = BTreeMap::new();
    for row in &rows {
        records.insert(bytes::<32>(row, "id")?, record(row)?);
    }
    let (Some(first), Some(last)) = (records.keys().next(), records.keys().next_back()) else { return Ok(Vec::new()) };
    let packages = sqlx::query(
        "SELECT ceremony, place, log_entries.entry FROM ceremony_packages JOIN log_entries ON place = ceremony_packages.entry
         WHERE ceremony >= ? AND ceremony <= ? ORDER BY ceremony, round, trustee",
    )
    .bind(first.to_vec())
    .bind(last.to_vec())
    .fetch_all(&store.readers)
    .await?;
    for row in &packages {
        // One that was opened after the first look is for the next.
        let Some(record) = records.get_mut(&bytes::<32>(row, "ceremony")?) else { continue };
        let (logged, entry) = log::logged(row)?;
        match entry.act {
            Act::CeremonyRound1(package) => record.round_1.push((package, logged)),
            Act::CeremonyRound2(package) => record.round_2.push((package, logged)),
            Act::CeremonyConfirmation(package) => record.confirmations.push((package, logged)),
            Act::CeremonyComplaint(package) => record.complaint = Some((package, logged)),
            _ => return Err(StoreError::Corrupt("package of a ceremony")),
        }
    }
    Ok(records.into_values().collect())
}

fn record(row: &SqliteRow) -> Result<CeremonyRecord, StoreError> {
    let (logged, entry) = log::logged(row)?;
    let Act::Ceremony(ceremony) = entry.act else { return Err(StoreError::Corrupt("ceremony")) };
    let poll: Option<&[u8]> = row.try_get("poll")?;
    let poll = poll.map(|id| id.try_into().map(PollId::new)).transpose();
    Ok(CeremonyRecord { poll: poll.map_err(|_| StoreError::Corrupt("poll"))?, ..CeremonyRecord::new(ceremony, logged) })
}
