//! Keys, genesis, service, enrolment, the first epoch.

use std::sync::Arc;
use std::time::Instant;

use aiq_circuits::statement::StatementId;
use aiq_prover::engine::EngineOptions;
use aiq_server::api::NewInvitations;
use aiq_server::{GenesisFile, ManualClock};

use super::super::cast::{self, Actor, Role};
use super::super::crew::each;
use super::super::stage::{Backstage, Stage};
use super::{DemoError, HANDS, Narrator, Player, Scene, Timings};
use crate::client::Client;
use crate::member::{Member, MemberError, Provers};
use crate::progress::{self, Silent};
use crate::sync::TileCache;
use crate::time;

/// Builds the scene: from nothing to a first epoch that every member has checked.
pub fn open(count: u32, narrator: &mut Narrator) -> Result<Scene, DemoError> {
    narrator.act("Keys");
    let keys = super::public_seed_keys(narrator)?;
    narrator.fact("proving keys at hand", keys.verifying_keys()?.len() == StatementId::ALL.len(), origin(&keys));
    narrator.say(
        "made from a published seed, so that anyone can remake them, and forge with them: for demonstrations only",
    );

    narrator.act("A deployment");
    let now = time::now();
    let backstage = Backstage::new()?;
    let base = GenesisFile::default_ai();
    let record = backstage.prepare(&base, &keys)?;
    let id = record.deployment_id();
    let actors = cast::members(count);
    let genesis = cast::genesis(&base, &actors, &id, now)?;
    let (founders, credentials) = (genesis.founders.len(), genesis.credentials.len());
    let clock = Arc::new(ManualClock::new(now));
    let witness = backstage.witness()?.state().witness.clone();
    let stage = backstage.open(genesis, keys.clone(), clock, witness)?;
    narrator.fact("service listens", stage.admin.ready().is_ok(), &stage.url);
    narrator.fact("database on disk", stage.data_dir().join("aiq.sqlite").is_file(), "SQLite, write-ahead log");
    narrator.say(format_args!("genesis {id}"));
    narrator.say(format_args!("{founders} founders, {credentials} credentials; nobody can tell which belong together"));

    let mut timings = Timings::new();
    let players = enrol(&stage, actors, narrator, &mut timings)?;
    let provers = Provers::new(stage.keys_dir(), record.manifest_digest, EngineOptions::default());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Scene { stage, players, provers, keys, timings, cores, minted: None })
}

fn origin(keys: &aiq_keys::KeyDir) -> String {
    let names: Vec<&str> = keys.manifest().entries().iter().map(|entry| entry.statement.label()).collect();
    format!("{} ({})", names.join(", "), keys.manifest().origin())
}

/// Newcomers enrol, the epoch is sealed, everybody downloads and checks everything.
fn enrol(
    stage: &Stage,
    actors: Vec<Actor>,
    narrator: &mut Narrator,
    timings: &mut Timings,
) -> Result<Vec<Player>, DemoError> {
    narrator.act("Enrolment and the first epoch");
    let newcomers = actors.iter().filter(|actor| actor.role == Role::Newcomer).count();
    let count = u32::try_from(newcomers).unwrap_or(u32::MAX);
    let invitations = stage.admin.invite(&NewInvitations { count, expires_in: 3_600 })?.invitations;
    let mut tokens = invitations.iter();
    let mut waiting: Vec<(Option<Actor>, Option<&str>)> = actors
        .into_iter()
        .map(|actor| {
            let token = if actor.role == Role::Newcomer { tokens.next() } else { None };
            (Some(actor), token.map(|token| token.token.as_str()))
        })
        .collect();
    let bar = progress::bar(waiting.len() as u64);
    bar.set_message("enrolling");
    let enrolled = each(&mut waiting, HANDS, &bar, |_, (actor, token)| {
        let Some(Actor { role, wallet, choice }) = actor.take() else { unreachable!("each actor comes once") };
        let mut member = Member::connect(wallet, Client::new(&stage.url)?, None)?;
        if let Some(token) = token {
            member.enrol(token)?;
        }
        Ok::<_, MemberError>((role, choice, member))
    })?;
    bar.finish_and_clear();
    let receipts = enrolled.iter().filter(|(.., member)| {
        let known = member.wallet().deployment(member.deployment_id());
        known.and_then(|known| known.enrolment.as_ref()).is_some_and(|enrolment| enrolment.receipt.is_some())
    });
    narrator.count("newcomers enrolled by invitation, signed receipts checked", receipts.count(), newcomers);
    if let Some(used) = invitations.first() {
        let stranger = crate::wallet::Wallet::in_memory();
        let mut stranger = Member::connect(stranger, Client::new(&stage.url)?, None)?;
        let outcome = stranger.enrol(&used.token);
        narrator.refused("an invitation used a second time", "invitation_used", into_client(outcome)?);
    }
    let sealed = stage.admin.seal()?;
    let members = usize::try_from(sealed.checkpoint.member_count()).unwrap_or(usize::MAX);
    narrator.count(&format!("epoch {} sealed, members", sealed.checkpoint.epoch), members, enrolled.len());

    let begun = Instant::now();
    let bar = progress::bar(enrolled.len() as u64);
    bar.set_message("downloading and checking leaves");
    let mut enrolled: Vec<_> = enrolled.into_iter().map(Some).collect();
    let synced = each(&mut enrolled, HANDS, &bar, |_, slot| {
        let Some((role, choice, mut member)) = slot.take() else { unreachable!("each member comes once") };
        let begun = Instant::now();
        let ledger = member.sync(&TileCache::none(), &Silent)?;
        Ok::<_, MemberError>((begun.elapsed(), Player { role, choice, member, ledger }))
    })?;
    bar.finish_and_clear();
    let (times, players): (Vec<_>, Vec<_>) = synced.into_iter().unzip();
    timings.add("sync: download, rebuild, compare", times, Some(begun.elapsed()));
    let own = players.iter().filter(|player| {
        let commitment = player.member.identity().commitment();
        player.ledger.head().has_member(&commitment)
    });
    narrator.count("members who rebuilt both trees, found the signed roots and themselves", own.count(), players.len());
    Ok(players)
}

/// The service's refusal in what a member's act returned; anything else breaks the demonstration off.
pub fn into_client<T>(outcome: Result<T, MemberError>) -> Result<Result<T, crate::client::ClientError>, DemoError> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(MemberError::Client(error)) => Ok(Err(error)),
        Err(error) => Err(error.into()),
    }
}
