//! What was promised is in the log, and anybody can check all of it.

use std::io::{BufRead, Read};
use std::time::Instant;

use aiq_audit::bundle::EntryLine;
use aiq_audit::{Options, Report, audit};
use aiq_verifier::log::{EntryOpening, WitnessKey};

use super::super::crew::each;
use super::{DemoError, HANDS, Narrator, Player, Scene};
use crate::export::{Export, What};
use crate::member::{MemberError, Promises};
use crate::output::plural;
use crate::progress::{self, Silent};
use crate::sync::TileCache;
use crate::sync::log::{Quorum, Signed};
use crate::witness::Witness;

pub fn play(scene: &mut Scene, narrator: &mut Narrator) -> Result<(), DemoError> {
    narrator.act("The log");
    keep_promises(scene, narrator)?;
    let witness = require_witness(scene, narrator)?;

    let client = &scene.stage.admin;
    let cache = TileCache::none();
    let mut bundle = Vec::new();
    Export::begin(client, &cache, What::Everything, &Silent)?.read_to_end(&mut bundle)?;
    let options = Options { witnesses: vec![witness], ..Options::default() };
    let begun = Instant::now();
    let report = audit(bundle.as_slice(), &options, &mut |_| {})?;
    scene.timings.add("audit of the whole log", vec![begun.elapsed()], None);
    let signed = report.polls.first().map(|poll| client.tally(&poll.id)).transpose()?;
    let recounted = report.polls.first().and_then(|poll| poll.tally.clone());
    let entries: u64 = report.entries.values().sum();
    let (proofs, ballots) = (plural(report.proofs, "proof"), plural(report.ballot_signatures, "ballot"));
    narrator.fact(
        "the whole log audited from public data alone, the poll recounted",
        report.ok && recounted.is_some() && recounted == signed.map(|signed| signed.tally),
        format_args!("{entries} entries, {proofs}, {ballots}"),
    );
    narrator.fact("under a checkpoint that the witness signed", report.witnesses.len() == 1, "");
    narrator.say("anybody can do this at any time: aiq audit URL, or aiq export and aiq audit FILE");

    let changed = rigged(&bundle, |line| {
        if let Some(EntryOpening::Ballot(opening)) = &mut line.opening {
            opening.body = vec![0, 0];
        }
        true
    })?;
    refused(narrator, "a copy in which every vote is for the first option", &audit_copy(&changed)?);
    let mut last = None;
    rigged(&bundle, |line| {
        let is_ballot = matches!(line.opening, Some(EntryOpening::Ballot(_)));
        last = is_ballot.then_some(line.index).or(last);
        true
    })?;
    // The last ballot disappears, and everything behind it moves up.
    let mut places = 0..;
    let shortened = rigged(&bundle, |line| {
        let keep = Some(line.index) != last;
        if keep {
            line.index = places.next().unwrap_or_default();
        }
        keep
    })?;
    refused(narrator, "a copy in which one ballot is missing", &audit_copy(&shortened)?);
    Ok(())
}

/// Every receipt in every wallet becomes an entry that was found.
fn keep_promises(scene: &mut Scene, narrator: &mut Narrator) -> Result<(), DemoError> {
    let Some(first) = scene.players.first() else { return Err(DemoError::NobodyEligible) };
    let (id, key) = (*first.member.deployment_id(), *first.member.service_key());
    let receipts = scene.players.iter().flat_map(|player| {
        let known = player.member.wallet().deployment(&id);
        known.map(crate::wallet::state::Deployment::promises).unwrap_or_default()
    });
    let last = receipts.map(|promise| promise.receipt.index).max();
    Signed::newest(&scene.stage.admin, &id, &key, last)?;
    let bar = progress::bar(scene.players.len() as u64);
    bar.set_message("looking for receipts in the log");
    let kept = each(&mut scene.players, HANDS, &bar, |_, player: &mut Player| {
        player.ledger = player.member.sync(&TileCache::none(), &Silent)?;
        Ok::<Promises, MemberError>(player.member.promises())
    })?;
    bar.finish_and_clear();
    let count = |of: fn(&Promises) -> usize| kept.iter().map(of).sum();
    let (included, receipts) = (count(|kept| kept.included), count(|kept| kept.receipts));
    narrator.count(
        "receipts in the wallets whose entries are in the log, where they were promised",
        included,
        receipts,
    );
    Ok(())
}

/// A witness signs, and a wallet that asks for it finds it.
fn require_witness(scene: &mut Scene, narrator: &mut Narrator) -> Result<WitnessKey, DemoError> {
    let Some(careful) = scene.players.first_mut() else { return Err(DemoError::NobodyEligible) };
    let id = *careful.member.deployment_id();
    let mut witness = Witness::connect(scene.stage.witness()?, scene.stage.admin.clone(), Some(&id))?;
    let key = witness.key().clone();
    let quorum = Quorum::new(1, vec![key.clone()]).ok();
    careful.member.require_witnesses(quorum)?;
    let before = careful.member.sync(&TileCache::none(), &Silent);
    let missing = matches!(before, Err(MemberError::NoQuorum(_)));
    narrator.fact("a wallet that requires a witness's signature waits for it", missing, "");
    let looked = witness.look()?;
    let after = careful.member.sync(&TileCache::none(), &Silent);
    let trusted = after.as_ref().ok().map(|ledger| ledger.log().trusted.checkpoint.size);
    narrator.fact(
        "the witness checks that the log only grew, signs, and the wallet goes on",
        looked.signed && trusted == Some(looked.size),
        format_args!("{} entries", looked.size),
    );
    Ok(key)
}

/// A copy of a bundle whose entries were altered or, where `keep` says no, left out.
fn rigged(bundle: &[u8], mut keep: impl FnMut(&mut EntryLine) -> bool) -> Result<Vec<u8>, DemoError> {
    let mut copy = Vec::new();
    for line in bundle.lines() {
        let line = line?;
        match EntryLine::read(line.as_bytes()) {
            Some(mut entry) => {
                if keep(&mut entry) {
                    serde_json::to_writer(&mut copy, &entry).map_err(std::io::Error::from)?;
                    copy.push(b'\n');
                }
            }
            None => copy.extend_from_slice((line + "\n").as_bytes()),
        }
    }
    Ok(copy)
}

fn audit_copy(copy: &[u8]) -> Result<Report, DemoError> {
    Ok(audit(copy, &Options::default(), &mut |_| {})?)
}

fn refused(narrator: &mut Narrator, what: &str, report: &Report) {
    match &report.fault {
        Some(fault) => narrator.fact(what, !report.ok, format_args!("refused, {fault}")),
        None => narrator.fact(what, false, "accepted"),
    }
}
