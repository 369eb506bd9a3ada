//! A sealed poll: join, vote, change, try to cheat.

use std::time::{Duration, Instant};

use aiq_circuits::identity::Nullifier;
use aiq_sealing::ballot::seal_choice;
use aiq_server::api::{NewEligibility, NewPoll, NewSealing, PollView};
use aiq_verifier::poll::{Ballot, BallotKey, Choice, Join, PollId, join_message};
use aiq_verifier::presentation::{Expectation, Verifier};
use rand::rngs::OsRng;

use super::super::cast::Role;
use super::super::crew::each;
use super::trustees::Trustees;
use super::{DemoError, HANDS, MENU, Narrator, Player, Scene, counting};
use crate::member::{Joined, MemberError, Openers};
use crate::progress::{self, Silent};
use crate::wallet::Wallet;

/// Seconds from the announcement until voting opens, and from there until it closes.
const OPENS_AFTER: u32 = 3_600;
pub const OPEN_FOR: u32 = 86_400;
/// Voters from whom on the ballots are opened.
const FLOOR: u32 = 3;
/// Longest reason, in bytes.
const REASONS: u16 = 280;
/// What one of the voters gives as a reason.
pub const REASON: &str = "Small laboratories cannot bear it, and large ones would hide behind them.";

pub fn play(scene: &mut Scene, narrator: &mut Narrator) -> Result<(), DemoError> {
    let trustees = Trustees::convene(scene, narrator)?;
    narrator.act("A poll for those with standing");
    let now = scene.stage.now();
    let question = "Should evaluations of frontier models be published before deployment?".to_owned();
    let options = vec!["Yes, always".into(), "Above a capability threshold".into(), "No".into()];
    let eligibility = NewEligibility::Standing { menu: MENU.to_owned() };
    let poll = NewPoll::new(question, options, eligibility, now + OPENS_AFTER + OPEN_FOR);
    let sealing = NewSealing::Ceremony { id: trustees.id(), floor: FLOOR, reasons: REASONS };
    let poll = scene.stage.admin.announce(&NewPoll { opens_at: Some(now + OPENS_AFTER), sealing, ..poll })?;
    let id = poll.definition.id;
    narrator.say(&poll.definition.question);
    narrator.say("who may join: at least 3 credentials in AI safety, weight at least 10; roots and date are pinned");
    let joined = join(scene, &id, narrator)?;
    cheat_before_the_vote(scene, &poll, narrator)?;
    vote(scene, &poll, joined, narrator)?;
    cheat_after_the_vote(scene, &poll, narrator)?;
    copy_a_ballot(scene, &poll, narrator)?;
    counting::play(scene, &poll, &trustees, narrator)
}

fn is_qualified(player: &&mut Player) -> bool {
    player.role == Role::Qualified
}

pub fn first(players: &mut [Player], role: Role) -> Result<&mut Player, DemoError> {
    players.iter_mut().find(|player| player.role == role).ok_or(DemoError::NobodyEligible)
}

/// Everybody tries; those who do not qualify learn why from their own wallets.
fn join(scene: &mut Scene, id: &PollId, narrator: &mut Narrator) -> Result<usize, DemoError> {
    let provers = &scene.provers;
    let others = scene.players.iter_mut().filter(|player| player.role != Role::Qualified);
    let mut refused_at_home = 0;
    for player in others {
        match player.member.join(&player.ledger, provers, id, &Silent) {
            Err(MemberError::Shortfall(_)) => refused_at_home += 1,
            Err(error) => return Err(error.into()),
            Ok(_) => narrator.fact("an unqualified member joins", false, "accepted"),
        }
    }
    let unqualified = scene.players.iter().filter(|player| player.role != Role::Qualified).count();
    narrator.count(
        "members told by their own wallet, before anything was sent, that they do not qualify",
        refused_at_home,
        unqualified,
    );
    if let Ok(lapsed) = first(&mut scene.players, Role::Lapsed) {
        let outcome = lapsed.member.join(&lapsed.ledger, provers, id, &Silent);
        narrator.shortfall("one of them asks why", &outcome);
    }
    let mut eligible: Vec<&mut Player> = scene.players.iter_mut().filter(is_qualified).collect();
    let count = eligible.len();
    let bar = progress::bar(count as u64);
    bar.set_message("proving and joining");
    // One alone, with the machine to itself: this is what a member waits for.
    let Some((alone, others)) = eligible.split_first_mut() else { return Err(DemoError::NobodyEligible) };
    let first = alone.member.join(&alone.ledger, provers, id, &Silent)?;
    bar.inc(1);
    scene.timings.add("witness and proof, alone", first.proving.into_iter().collect(), None);
    let begun = Instant::now();
    let joined: Vec<Joined> =
        each(others, scene.cores, &bar, |_, player| player.member.join(&player.ledger, provers, id, &Silent))?;
    let whole = begun.elapsed();
    bar.finish_and_clear();
    let crowd = first.crowd;
    narrator.fact(
        "the wallets check who could open the ballots, from the trustees' own signatures",
        matches!(first.openers, Openers::Trustees(_)),
        first.openers.describe(),
    );
    scene.timings.add(
        "witness and proof, side by side",
        joined.iter().filter_map(|joined| joined.proving).collect(),
        None,
    );
    let accepting: Vec<Duration> = joined.iter().map(|joined| joined.accepting).collect();
    scene.timings.add("join: checked and written by the service", accepting, Some(whole));
    let poll = scene.stage.admin.poll(id)?;
    narrator.count("qualified members who proved and joined", usize::try_from(poll.joined).unwrap_or(0), count);
    let rests_on_it = |joined: &&Joined| joined.selected.iter().any(|held| Some(held.credential.id) == scene.minted);
    let minted = joined.iter().chain([&first]).filter(rests_on_it).count();
    narrator.count("of these, members whose proof rests on the credential that their claim has just earned", minted, 1);
    narrator.say(format_args!("each of them hides among at most {} who could meet the requirement", crowd.at_most));
    recheck(scene, &poll, narrator)?;
    Ok(count)
}

/// Anybody can check every proof again: they are public, and say nothing about who made them.
fn recheck(scene: &mut Scene, poll: &PollView, narrator: &mut Narrator) -> Result<(), DemoError> {
    let joins = scene.stage.admin.joins(&poll.definition.id)?;
    let keys = scene.keys.verifying_keys()?;
    let verifier = Verifier::new(keys)?;
    let definition = &poll.definition;
    let folded = verifier.fold(&definition.eligibility, &definition.roots, &poll.scope)?;
    let mut times = Vec::new();
    let mut valid = 0;
    for join in &joins {
        let begun = Instant::now();
        let message = join_message(&poll.scope, &join.ballot_key);
        valid += usize::from(folded.verify(message, &join.presentation).is_ok());
        times.push(begun.elapsed());
    }
    scene.timings.add("verification of one proof", times, None);
    let batch: Vec<_> =
        joins.iter().map(|join| (join_message(&poll.scope, &join.ballot_key), &join.presentation)).collect();
    let begun = Instant::now();
    let batched = folded.verify_batch(&batch, &mut OsRng).is_ok();
    let whole = begun.elapsed();
    let per_proof = whole / u32::try_from(joins.len().max(1)).unwrap_or(1);
    scene.timings.add("verification in one batch, each", vec![per_proof; joins.len()], Some(whole));
    narrator.count("published proofs that verify, one by one", valid, joins.len());
    narrator.fact("and all in one batch", batched, "");
    Ok(())
}

fn cheat_before_the_vote(scene: &mut Scene, poll: &PollView, narrator: &mut Narrator) -> Result<(), DemoError> {
    narrator.act("Attempts to cheat");
    let id = poll.definition.id;
    let joins = scene.stage.admin.joins(&id)?;
    let Some(copied) = joins.first() else { return Err(DemoError::NobodyEligible) };
    let stranger = Wallet::in_memory();
    // Somebody else's proof under a new name, and with a new ballot key.
    let mut tampered = copied.clone();
    tampered.presentation.nullifier =
        stranger.identity(first(&mut scene.players, Role::Qualified)?.member.deployment_id()).nullifier(&poll.scope);
    tampered.ballot_key = BallotKey::of(&stranger.ballot_key(&poll.scope));
    narrator.refused("a proof with its nullifier exchanged", "proof_invalid", scene.stage.admin.join(&id, &tampered));

    let provers = &scene.provers;
    let player = first(&mut scene.players, Role::Qualified)?;
    let again = second_proof(player, provers, poll, &stranger)?;
    narrator.refused(
        "a member's second valid proof, for a second ballot key",
        "nullifier_used",
        player.member.client().join(&id, &again),
    );

    let early = player.member.vote(&id, Choice::Option(0));
    narrator.refused("a vote before the poll opens", "poll_not_open", super::prologue::into_client(early)?);
    Ok(())
}

/// A new and valid proof of the same member in the same poll, but for a ballot key of its own.
fn second_proof(
    player: &Player,
    provers: &crate::member::Provers,
    poll: &PollView,
    other: &Wallet,
) -> Result<Join, DemoError> {
    let ballot_key = BallotKey::of(&other.ballot_key(&poll.scope));
    let expected = Expectation {
        eligibility: poll.definition.eligibility.clone(),
        roots: poll.definition.roots,
        scope: poll.scope,
        message: join_message(&poll.scope, &ballot_key),
    };
    Ok(Join { presentation: player.present(provers, &expected)?, ballot_key })
}

fn vote(scene: &mut Scene, poll: &PollView, joined: usize, narrator: &mut Narrator) -> Result<(), DemoError> {
    narrator.act("The vote");
    scene.stage.clock.advance(OPENS_AFTER);
    narrator.say("the demonstration moves the service's clock forward by an hour: the poll opens");
    let id = poll.definition.id;
    let mut voters: Vec<&mut Player> =
        scene.players.iter_mut().filter(is_qualified).filter(|player| player.choice.is_some()).collect();
    let bar = progress::bar(voters.len() as u64);
    bar.set_message("voting");
    let begun = Instant::now();
    let votes = each(&mut voters, HANDS, &bar, |_, player| {
        let choice = player.choice.clone().unwrap_or(Choice::Abstain);
        player.member.vote(&id, choice)
    })?;
    let whole = begun.elapsed();
    bar.finish_and_clear();
    let times = votes.iter().map(|vote| vote.accepting).collect();
    scene.timings.add("vote: checked and written by the service", times, Some(whole));
    let shown = scene.stage.admin.poll(&id)?;
    narrator.count("ballots accepted, receipts checked", usize::try_from(shown.voted).unwrap_or(0), votes.len());
    narrator.say(format_args!(
        "{} of {joined} stay away; what was chosen is not shown before the close",
        joined - votes.len()
    ));
    let hidden = scene.stage.admin.ballots(&id)?.iter().all(|entry| entry.ballot.is_none());
    narrator.fact("the service shows no choice before the close", hidden, "");
    let Some(changer) = voters.first_mut() else { return Err(DemoError::NobodyEligible) };
    let changed = changer.member.vote_with_reason(&id, Choice::Option(2), Some(REASON))?;
    changer.choice = Some(Choice::Option(2));
    let what = "a member changes the vote, and gives a reason";
    narrator.fact(what, changed.seq == 1, format_args!("ballot number {}", changed.seq));
    let Some(another) = voters.get_mut(1) else { return Err(DemoError::NobodyEligible) };
    let choice = another.choice.clone().unwrap_or(Choice::Abstain);
    let long = "word ".repeat(100);
    let outcome = another.member.vote_with_reason(&id, choice, Some(long.trim_end()));
    let refused = matches!(&outcome, Err(MemberError::Refused(_)));
    let found = outcome.err().map(|error| error.to_string()).unwrap_or_default();
    narrator.fact("a reason that is too long is refused by the wallet, not cut", refused, found);
    Ok(())
}

fn cheat_after_the_vote(scene: &mut Scene, poll: &PollView, narrator: &mut Narrator) -> Result<(), DemoError> {
    narrator.act("More attempts to cheat");
    let id = poll.definition.id;
    let qualified: Vec<&Player> =
        scene.players.iter().filter(|player| player.role == Role::Qualified && player.choice.is_some()).collect();
    let (Some(voter), Some(victim)) = (qualified.first(), qualified.last()) else {
        return Err(DemoError::NobodyEligible);
    };
    let own = |player: &Player, seq: u32, choice: &Choice, signer: &Player| {
        let nullifier: Nullifier = player.member.identity().nullifier(&poll.scope);
        let key = signer.member.wallet().ballot_key(&poll.scope);
        Ballot::sign(&key, poll.scope, nullifier, seq, sealed(poll, &nullifier, seq, choice), &mut OsRng)
    };
    let client = voter.member.client();
    let second = own(voter, 1, &Choice::Option(1), voter);
    narrator.refused("a second vote under the same number", "ballot_seq_used", client.vote(&id, &second));
    let known = voter.member.wallet().deployment(voter.member.deployment_id());
    let earlier = known.and_then(|known| known.polls.get(&id)).and_then(|record| record.ballots.first());
    if let Some(earlier) = earlier {
        let replay = client.vote(&id, &earlier.ballot);
        narrator.refused("the first ballot sent again, to undo the change", "ballot_superseded", replay);
    }
    let forged = own(victim, 7, &Choice::Option(2), voter);
    narrator.refused("a ballot for somebody else, under one's own key", "signature_invalid", client.vote(&id, &forged));
    let outsider = Wallet::in_memory();
    let nullifier = outsider.identity(voter.member.deployment_id()).nullifier(&poll.scope);
    let (key, body) = (outsider.ballot_key(&poll.scope), sealed(poll, &nullifier, 0, &Choice::Option(0)));
    let ballot = Ballot::sign(&key, poll.scope, nullifier, 0, body, &mut OsRng);
    narrator.refused("a ballot of somebody who never joined", "not_joined", client.vote(&id, &ballot));
    Ok(())
}

/// A body as it should be; empty, and refused, if it cannot be sealed.
fn sealed(poll: &PollView, nullifier: &Nullifier, seq: u32, choice: &Choice) -> Vec<u8> {
    seal_choice(&poll.definition, &poll.scope, (nullifier, seq), choice, &mut OsRng).unwrap_or_default()
}

/// Somebody who has seen another member's sealed ballot on the way casts a copy of it, to learn from the result what is in it.
fn copy_a_ballot(scene: &mut Scene, poll: &PollView, narrator: &mut Narrator) -> Result<(), DemoError> {
    let id = poll.definition.id;
    let mut voters: Vec<&mut Player> =
        scene.players.iter_mut().filter(is_qualified).filter(|player| player.choice.is_some()).collect();
    let Some((victim, others)) = voters.split_first() else { return Err(DemoError::NobodyEligible) };
    let known = victim.member.wallet().deployment(victim.member.deployment_id());
    let seen = known.and_then(|known| known.polls.get(&id)).and_then(|record| record.ballots.last());
    let (Some(seen), Some(_)) = (seen.map(|record| record.ballot.body.clone()), others.first()) else {
        return Err(DemoError::NobodyEligible);
    };
    let Some(thief) = voters.last_mut() else { return Err(DemoError::NobodyEligible) };
    let nullifier = thief.member.identity().nullifier(&poll.scope);
    let key = thief.member.wallet().ballot_key(&poll.scope);
    let copy = Ballot::sign(&key, poll.scope, nullifier, 1, seen, &mut OsRng);
    let taken = thief.member.client().vote(&id, &copy).is_ok();
    // Nobody can tell before the close; the count will.
    thief.choice = None;
    narrator.fact("a copy of another member's sealed ballot is taken, like any other", taken, "the count will tell");
    Ok(())
}
