//! A dispute: a credential that should not have been granted is taken back by those who are qualified, not by an operator.

use aiq_server::api::ClaimState;
use aiq_verifier::poll::Choice;

use super::super::cast::Role;
use super::super::crew::each;
use super::accreditation::Doubtful;
use super::{DemoError, HANDS, Narrator, Player, Scene};
use crate::member::MemberError;
use crate::progress::{self, Silent};

/// The option that upholds.
const UPHOLD: Choice = Choice::Option(1);

pub fn play(scene: &mut Scene, doubtful: &Doubtful, narrator: &mut Narrator) -> Result<(), DemoError> {
    narrator.act("A dispute");
    let provers = &scene.provers;
    let others = scene.players.iter_mut().enumerate().filter(|(place, _)| *place != doubtful.who);
    let mut qualified: Vec<&mut Player> =
        others.map(|(_, player)| player).filter(|player| player.role == Role::Qualified).collect();
    let Some(challenger) = qualified.first_mut() else { return Err(DemoError::NobodyEligible) };
    let Player { member, ledger, .. } = &mut **challenger;
    let reasons = "The benchmark was made and published by others a year earlier.";
    let disputed = member.dispute(ledger, provers, &doubtful.claim, reasons, &|_| {}, &Silent)?;
    let poll = disputed.poll.definition;
    narrator.say(format_args!("somebody with standing challenges the third claim: '{reasons}'"));
    narrator.fact("a poll is open that decides it, among those who may review", poll.enactment.is_some(), poll.id);
    if let Some(second) = qualified.get_mut(1) {
        let Player { member, ledger, .. } = &mut **second;
        let again = member.dispute(ledger, provers, &doubtful.claim, reasons, &|_| {}, &Silent);
        let refused = matches!(&again, Err(MemberError::Refused(_)));
        let found = again.err().map(|error| error.to_string()).unwrap_or_default();
        narrator.fact("a second dispute of the same claim meanwhile", refused, format_args!("refused, {found}"));
    }
    let bar = progress::bar(qualified.len() as u64);
    bar.set_message("deciding");
    let votes = each(&mut qualified, HANDS, &bar, |_, player| {
        let Player { member, ledger, .. } = &mut **player;
        member.join(ledger, provers, &poll.id, &Silent)?;
        member.vote(&poll.id, UPHOLD)
    })?;
    bar.finish_and_clear();
    scene.stage.clock.set(poll.closes_at);
    narrator.say("the demonstration moves the service's clock to the end of the dispute, two weeks later");
    let tally = scene.stage.admin.tally(&poll.id)?.tally;
    let upheld = tally.options.get(1).copied().unwrap_or_default();
    narrator.count("votes to uphold it", usize::try_from(upheld).unwrap_or(0), votes.len());
    let state = scene.stage.admin.claim(&doubtful.claim)?.state;
    narrator.fact("the credential is revoked by the poll itself", state == ClaimState::Revoked, state.as_str());
    scene.stage.admin.seal()?;
    scene.sync()?;
    let Player { member, ledger, .. } = &scene.players[doubtful.who];
    let credential = doubtful.claim.credential();
    let held = member.holdings(ledger).into_iter().find(|held| held.credential.id == credential);
    narrator.fact(
        "from the next epoch on a tombstone stands in its place",
        held.is_some_and(|held| held.revoked),
        format_args!("epoch {}", ledger.head().checkpoint.epoch),
    );
    Ok(())
}
