//! What holds, and what polls change of it: the domain tree, the menu, the charter and the standards as the log has them.

use aiq_circuits::credential::CredentialId;
use aiq_verifier::{
    eligibility::Eligibility,
    governance::Rules,
    log::{Act, Entry, RevokedBy},
    menu::{DomainEntry, MenuEntry},
    poll::{Change, Enactment, PollDefinition, SignedTally},
    sponsorship::Charter,
    standard::Authority,
};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore, ceremonies,
    columns::{attributes, number},
    disputes, epochs, log, polls, removals, standards,
};
use crate::store::{AnnounceRefusal, StoreError};

/// All that holds, inside a transaction.
pub(super) async fn rules(connection: &mut SqliteConnection) -> Result<Rules, StoreError> {
    let domains = domains_in(connection).await?;
    let menu = menu_in(connection).await?;
    let standards = standards::newest_in(connection).await?;
    Ok(Rules {
        domains: domains.into_iter().map(|entry| (entry.domain, entry.name)).collect(),
        menu: menu.into_iter().map(|entry| (entry.id.clone(), entry)).collect(),
        charter: charter_in(connection).await?,
        standards: standards.into_iter().map(|record| (record.standard.domain.domain(), record.standard)).collect(),
    })
}

/// The charter that holds.
pub(super) async fn charter_in(connection: &mut SqliteConnection) -> Result<Option<Charter>, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM charters JOIN log_entries ON place = charters.entry
         ORDER BY charters.entry DESC LIMIT 1",
    )
    .fetch_optional(connection)
    .await?;
    match row.as_ref().map(log::logged).transpose()? {
        None => Ok(None),
        Some((_, Entry { act: Act::Charter(charter), .. })) => Ok(Some(charter)),
        Some(_) => Err(StoreError::Corrupt("charter")),
    }
}

async fn domains_in(connection: &mut SqliteConnection) -> Result<Vec<DomainEntry>, StoreError> {
    let rows = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM domains JOIN log_entries ON place = domains.entry
         ORDER BY domain",
    )
    .fetch_all(connection)
    .await?;
    let entry = |row| match log::logged(row)?.1.act {
        Act::Domain { entry, .. } => Ok(entry),
        _ => Err(StoreError::Corrupt("domain")),
    };
    rows.iter().map(entry).collect()
}

async fn menu_in(connection: &mut SqliteConnection) -> Result<Vec<MenuEntry>, StoreError> {
    let rows = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM menu JOIN log_entries ON place = menu.entry ORDER BY listed",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(menu_row).collect()
}

fn menu_row(row: &SqliteRow) -> Result<MenuEntry, StoreError> {
    match log::logged(row)?.1.act {
        Act::Menu { entry, .. } => Ok(entry),
        _ => Err(StoreError::Corrupt("entry of the menu")),
    }
}

async fn menu_entry_in(connection: &mut SqliteConnection, id: &str) -> Result<Option<MenuEntry>, StoreError> {
    let row = sqlx::query(
        "SELECT log_entries.place, log_entries.entry FROM menu JOIN log_entries ON place = menu.entry WHERE id = ?",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(menu_row).transpose()
}

pub(super) async fn charter(store: &SqliteStore) -> Result<Option<Charter>, StoreError> {
    charter_in(&mut *store.readers.acquire().await?).await
}

pub(super) async fn domains(store: &SqliteStore) -> Result<Vec<DomainEntry>, StoreError> {
    domains_in(&mut *store.readers.acquire().await?).await
}

pub(super) async fn menu(store: &SqliteStore) -> Result<Vec<MenuEntry>, StoreError> {
    menu_in(&mut *store.readers.acquire().await?).await
}

pub(super) async fn menu_entry(store: &SqliteStore, id: String) -> Result<Option<MenuEntry>, StoreError> {
    menu_entry_in(&mut *store.readers.acquire().await?, &id).await
}

/// Checks in the transaction that announces a poll what may have changed since the service looked: the entry of the menu, the ceremony that
/// has made the key, and all that the enactment needs.
pub(super) async fn check(
    connection: &mut SqliteConnection,
    poll: &PollDefinition,
) -> Result<Result<(), AnnounceRefusal>, StoreError> {
    if polls::is_there(connection, &poll.id).await? {
        return Ok(Err(AnnounceRefusal::IdUsed));
    }
    if let Eligibility::Standing { menu, requirement, .. } = &poll.eligibility {
        let entry = menu_entry_in(connection, menu).await?;
        if entry.map(|entry| entry.eligibility(requirement.as_of)).as_ref() != Some(&poll.eligibility) {
            return Ok(Err(AnnounceRefusal::MenuChanged(menu.clone())));
        }
    }
    if let Some(ceremony) = poll.ceremony()
        && let Err(refusal) = ceremonies::is_usable(connection, &ceremony).await?
    {
        return Ok(Err(refusal));
    }
    let Some(Enactment { change, .. }) = &poll.enactment else { return Ok(Ok(())) };
    let Some(epoch) = epochs::one_in(connection, poll.roots.epoch).await? else {
        return Err(StoreError::Corrupt("epoch that a poll pins"));
    };
    if let Err(error) = rules(connection).await?.check_poll(poll, epoch.checkpoint.member_count()) {
        return Ok(Err(AnnounceRefusal::Mandate(error)));
    }
    match change {
        Change::Revoke { credential } if !is_revocable(connection, credential).await? => {
            Ok(Err(AnnounceRefusal::NotRevocable(*credential)))
        }
        _ => Ok(Ok(())),
    }
}

/// Whether an id is that of a credential, not of a note, which was granted and not revoked.
async fn is_revocable(connection: &mut SqliteConnection, id: &CredentialId) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT attributes FROM credentials WHERE id = ? AND removal IS NULL")
        .bind(id.to_bytes().to_vec())
        .fetch_optional(connection)
        .await?;
    row.map_or(Ok(false), |row| Ok(attributes(&row)?.kind.is_credential()))
}

/// Does what stands right behind the tally, which is the newest entry. What waits for the next epoch has been noted with it.
pub(super) async fn follow(
    connection: &mut SqliteConnection,
    definition: &PollDefinition,
    tally: &SignedTally,
    now: u32,
) -> Result<(), StoreError> {
    let Some(Enactment { change, .. }) = passed(definition, tally) else { return Ok(()) };
    match change {
        Change::Overturn { claim } => disputes::overturn(connection, tally.scope, claim, now).await,
        Change::Revoke { credential } if is_revocable(connection, credential).await? => {
            let revoked = removals::revoke(connection, *credential, RevokedBy::Poll(tally.scope), now).await?;
            revoked.map(drop).map_err(|_| StoreError::Corrupt("credential that a poll revokes"))
        }
        _ => Ok(()),
    }
}

/// The enactment, if the tally brings it about.
pub(super) fn passed<'a>(definition: &'a PollDefinition, tally: &SignedTally) -> Option<&'a Enactment> {
    definition.enactment.as_ref().filter(|enactment| enactment.follows_from(&tally.tally))
}

/// How many passed changes wait for the next epoch.
pub(super) async fn waiting(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT count(*) AS count FROM enactments WHERE epoch IS NULL").fetch_one(connection).await?;
    number(&row, "count")
}

/// What waits for the next epoch, in the order of the tallies: read before the epoch's entry, made right behind it.
pub(super) async fn due(connection: &mut SqliteConnection) -> Result<Vec<(Authority, Change)>, StoreError> {
    let rows = sqlx::query(
        "SELECT scope, log_entries.place, log_entries.entry FROM enactments
            JOIN polls ON polls.id = poll JOIN log_entries ON place = polls.entry
         WHERE epoch IS NULL ORDER BY enactments.tallied",
    )
    .fetch_all(connection)
    .await?;
    let one = |row: &SqliteRow| {
        let (definition, _) = polls::announced(log::logged(row)?.1.act)?;
        let enactment = definition.enactment.ok_or(StoreError::Corrupt("enactment"))?;
        Ok((Authority::Poll(super::votes::scope(row)?), enactment.change))
    };
    rows.iter().map(one).collect()
}

/// Makes the changes that an epoch brings. One that is no longer possible, because another came first, is left out.
pub(super) async fn enact(
    connection: &mut SqliteConnection,
    due: Vec<(Authority, Change)>,
    at: u32,
) -> Result<(), StoreError> {
    let mut rules = if due.is_empty() { Rules::default() } else { rules(connection).await? };
    for (by, change) in due {
        if rules.enact(change.clone()).is_err() {
            continue;
        }
        let act = match change {
            Change::Standard { standard } => Act::Standard { standard, by },
            Change::Menu { entry } => Act::Menu { entry, by },
            Change::MenuRemoval { id } => Act::MenuRemoval { id, by },
            Change::Domain { entry } => Act::Domain { entry, by },
            Change::Overturn { .. } | Change::Revoke { .. } => return Err(StoreError::Corrupt("enactment that waits")),
        };
        log::append(connection, &Entry { at, act }, None).await?;
    }
    Ok(())
}

/// What followed from an enactment that waits for an epoch, from the columns `enacted_epoch` and `enacted_entry`.
pub(super) fn state(row: &SqliteRow) -> Result<(bool, bool), StoreError> {
    let (epoch, entry): (Option<i64>, Option<i64>) = (row.try_get("enacted_epoch")?, row.try_get("enacted_entry")?);
    Ok((epoch.is_some(), entry.is_some()))
}
