//! The close of a sealed poll: shares, a tally that waits for nobody in particular, reasons.

use std::collections::BTreeSet;

use aiq_circuits::identity::Nullifier;
use aiq_server::api::PollView;
use aiq_verifier::poll::{Choice, Outcome};
use aiq_verifier::presentation::Verifier;

use super::super::cast::Role;
use super::trustees::{NAMES, RELEASE, Trustees, share_of};
use super::voting::{OPEN_FOR, REASON, first};
use super::{DemoError, Narrator, Player, Scene};
use crate::commands::write_tally;
use crate::member::{OwnVote, PublishedPoll};

pub fn play(scene: &mut Scene, poll: &PollView, trustees: &Trustees, narrator: &mut Narrator) -> Result<(), DemoError> {
    narrator.act("Close and count");
    let id = poll.definition.id;
    let (academy, ombudsman) = (trustees.share(scene, 1, poll)?, trustees.share(scene, 2, poll)?);
    let early = scene.stage.admin.publish_share(&id, &academy);
    narrator.refused("a trustee's share before the close", "poll_not_closed", early);
    scene.stage.clock.advance(OPEN_FOR);
    narrator.say("the demonstration moves the service's clock forward by a day: the poll closes");
    let late = first(&mut scene.players, Role::Qualified)?.member.vote(&id, Choice::Option(1));
    narrator.refused("a vote after the close", "poll_closed", super::prologue::into_client(late)?);
    let admin = &scene.stage.admin;
    admin.publish_share(&id, &academy)?;
    narrator.refused("the tally with one share alone", "shares_missing", admin.tally(&id));
    let wrong = share_of(poll.scope, 2, *academy.share.as_bytes());
    narrator.refused(
        "a wrong share, said to be the second trustee's",
        "share_invalid",
        admin.publish_share(&id, &wrong),
    );
    scene.stage.clock.advance(RELEASE);
    let missing = admin.poll(&id)?.sealing.map(|view| view.missing).unwrap_or_default();
    let found = missing.join(", ");
    narrator.fact("a day later the trustees who are late are named", missing == NAMES[1..], found);
    admin.publish_share(&id, &ombudsman)?;
    count(scene, poll, narrator)
}

fn count(scene: &Scene, poll: &PollView, narrator: &mut Narrator) -> Result<(), DemoError> {
    let id = poll.definition.id;
    let published = PublishedPoll::fetch(&scene.stage.admin, &id)?;
    let Some(witness) = scene.players.first() else { return Err(DemoError::NobodyEligible) };
    let (deployment, key) = (witness.member.deployment_id(), witness.member.service_key());
    let recounted = published.check(deployment, key, &Verifier::new(scene.keys.verifying_keys()?)?);
    let PublishedPoll { signed, ballots, .. } = &published;
    let expected = expected(&scene.players, poll.definition.options.len());
    let tally = &signed.tally;
    narrator.lines(|out, paint| {
        writeln!(out)?;
        write_tally(out, paint, &poll.definition, tally)?;
        writeln!(out)
    });
    let counted = !matches!(tally.outcome, Outcome::BelowFloor);
    narrator.fact("two shares open the ballots: the third trustee never comes, and nothing waits for it", counted, "");
    let found = (tally.options.clone(), tally.abstain);
    narrator.fact(
        "the result is the one that the wallets remember",
        found == expected,
        format_args!("{:?}, {} abstain", found.0, found.1),
    );
    narrator.count(
        "the copied ballot is spoiled: it was sealed for another voter",
        usize::try_from(tally.spoiled).unwrap_or(0),
        1,
    );
    narrator.fact(
        "signed by the service, recounted from the published proofs, ballots and shares",
        recounted.is_ok(),
        recounted.err().map_or_else(|| format!("{} ballots", ballots.len()), |error| error.to_string()),
    );
    let voters: BTreeSet<Nullifier> = ballots.iter().map(|ballot| ballot.nullifier).collect();
    let one_each = voters.len() as u64 == tally.voted && tally.voted <= tally.joined;
    narrator.fact("one member, one vote", one_each, format_args!("{} joined, {} voted", tally.joined, tally.voted));
    let reasons = published.read_reasons(deployment, key)?;
    let found: Vec<&str> = reasons.iter().flatten().map(String::as_str).collect();
    narrator.fact("the reason is published without a name", found == [REASON], found.join(" / "));
    let own = scene.players.iter().find(|player| player.choice == Some(Choice::Option(2)));
    let own = own.map(|player| player.member.own_vote(&published)).transpose()?;
    let all_there = own == Some(OwnVote::Counted { reason: Some(true) });
    narrator.fact("whoever gave it finds vote and reason again, with the own wallet", all_there, "");
    Ok(())
}

/// What should come out, from what each member wanted last.
fn expected(players: &[Player], options: usize) -> (Vec<u64>, u64) {
    let choices =
        || players.iter().filter(|player| player.role == Role::Qualified).filter_map(|player| player.choice.as_ref());
    let count = |wanted: Choice| choices().filter(|choice| **choice == wanted).count() as u64;
    let options = (0..options).map(|place| count(Choice::Option(u8::try_from(place).unwrap_or(u8::MAX))));
    (options.collect(), count(Choice::Abstain))
}
