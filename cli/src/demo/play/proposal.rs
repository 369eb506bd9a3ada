//! A member changes the rules: a proposal that nobody can put a name to, a vote, and a standard that holds by itself.

use aiq_server::api::{PollView, StandardView};
use aiq_server::store::Enacted;
use aiq_verifier::poll::{Change, Choice, Decision, Enactment, Phase, PollId, PollRule, SealedBy, Threshold, TieBreak};
use aiq_verifier::proposal::{DraftSealing, PollDraft};
use aiq_verifier::sponsorship::Charter;
use aiq_verifier::standard::Standard;
use rand::RngCore;
use rand::rngs::OsRng;

use super::super::cast::Role;
use super::super::crew::each;
use super::accreditation::told;
use super::{DemoError, HANDS, Narrator, Player, Scene};
use crate::member::{MemberError, describe_openers};
use crate::progress::{self, Silent};

/// Seconds in which a proposal can be taken back.
const OPENS_AFTER: u32 = 3_600;
/// The option that changes something.
const CHANGE: Choice = Choice::Option(1);

pub fn play(scene: &mut Scene, narrator: &mut Narrator) -> Result<(), DemoError> {
    narrator.act("A member changes the rules");
    scene.stage.admin.seal()?;
    scene.sync()?;
    let draft = draft(scene)?;
    let Some(Enactment { change: Change::Standard { standard }, .. }) = draft.enactment.clone() else { return Ok(()) };
    let poll = propose(scene, &draft, narrator)?;
    let votes = vote(scene, &poll, narrator)?;
    scene.stage.clock.set(poll.definition.closes_at);
    let admin = &scene.stage.admin;
    let tally = admin.tally(&poll.definition.id)?.tally;
    let favour = tally.options.get(1).copied().unwrap_or_default();
    narrator.count("votes for it, two weeks later", usize::try_from(favour).unwrap_or(0), votes);
    let waits = admin.poll(&poll.definition.id)?.enacted == Some(Enacted::Waiting);
    narrator.fact("it has passed and waits for the next epoch", waits && !holds(scene, &standard)?, "");
    admin.seal()?;
    let in_force = admin.poll(&poll.definition.id)?.enacted == Some(Enacted::InForce);
    narrator.fact(
        "from the next epoch on it holds, without anybody's doing",
        in_force && holds(scene, &standard)?,
        format_args!("version {}, {} reviews", standard.version, standard.quorum),
    );
    take_back(scene, narrator)
}

/// One more review for every claim in the domain of the first standard.
fn draft(scene: &Scene) -> Result<PollDraft, DemoError> {
    let admin = &scene.stage.admin;
    let Some(StandardView { standard, .. }) = admin.standards()?.into_iter().next() else {
        return Err(DemoError::NobodyEligible);
    };
    let stricter = Standard { version: standard.version + 1, quorum: standard.quorum + 1, ..standard };
    let Charter { governance: Some(governance), .. } = admin.charter()? else { return Err(DemoError::NobodyEligible) };
    let members = admin.latest_epoch()?.checkpoint.member_count();
    let mut id = [0; PollId::LENGTH];
    OsRng.fill_bytes(&mut id);
    let opens_at = scene.stage.now() + OPENS_AFTER;
    Ok(PollDraft {
        id: PollId::new(id),
        question: "Should claims need one more review?".to_owned(),
        options: vec!["No".to_owned(), "Yes".to_owned()],
        rule: PollRule::SingleChoice {},
        decision: Decision {
            quorum: u32::try_from(governance.quorum.of(members)).unwrap_or(u32::MAX),
            threshold: Threshold::AtLeast(governance.threshold),
            tie_break: TieBreak::Lot,
        },
        menu: governance.electorate,
        opens_at,
        closes_at: opens_at + governance.window,
        sealing: Some(DraftSealing { trustees: SealedBy::Service, floor: 1, reasons: 0 }),
        enactment: Some(Enactment { option: 1, change: Change::Standard { standard: stricter } }),
        reward: None,
    })
}

fn propose(scene: &mut Scene, draft: &PollDraft, narrator: &mut Narrator) -> Result<PollView, DemoError> {
    let provers = &scene.provers;
    let proposer = super::voting::first(&mut scene.players, Role::Qualified)?;
    let Player { member, ledger, .. } = proposer;
    let hasty = PollDraft { closes_at: draft.opens_at + 60, ..draft.clone() };
    let outcome = member.propose(ledger, provers, &hasty, &|_| {}, &Silent);
    told(narrator, "a change that is to be decided within a minute", outcome)?;
    let proposed = member.propose(ledger, provers, draft, &|_| {}, &Silent)?;
    let poll = proposed.poll;
    narrator.fact(
        "a member proposes a stricter standard; nobody knows who, and nobody can alter it",
        poll.proposal.is_some() && poll.definition.draft() == *draft,
        &poll.definition.question,
    );
    let words = describe_openers(&poll);
    narrator.fact("nobody chose trustees for it, and everybody is told", words.contains("the service alone"), words);
    let mut id = [0; PollId::LENGTH];
    OsRng.fill_bytes(&mut id);
    let second = PollDraft { id: PollId::new(id), ..draft.clone() };
    let outcome = member.propose(ledger, provers, &second, &|_| {}, &Silent);
    told(narrator, "a second proposal of the same member in this epoch", outcome)?;
    Ok(poll)
}

/// As many as the charter asks for, and one more.
fn vote(scene: &mut Scene, poll: &PollView, narrator: &Narrator) -> Result<usize, DemoError> {
    let (id, quorum) = (poll.definition.id, usize::try_from(poll.definition.decision.quorum).unwrap_or(usize::MAX));
    let provers = &scene.provers;
    let qualified = scene.players.iter_mut().filter(|player| player.role == Role::Qualified);
    let mut voters: Vec<&mut Player> = qualified.take(quorum.saturating_add(1)).collect();
    let bar = progress::bar(2 * voters.len() as u64);
    bar.set_message("deciding");
    each(&mut voters, scene.cores, &bar, |_, player| {
        let Player { member, ledger, .. } = &mut **player;
        member.join(ledger, provers, &id, &Silent)
    })?;
    scene.stage.clock.set(poll.definition.opens_at);
    narrator.say("the demonstration moves the service's clock forward by an hour: the poll opens");
    let votes = each(&mut voters, HANDS, &bar, |_, player| player.member.vote(&id, CHANGE))?;
    bar.finish_and_clear();
    Ok(votes.len())
}

/// Whether a standard is the one that governs its domain.
fn holds(scene: &Scene, standard: &Standard) -> Result<bool, DemoError> {
    Ok(scene.stage.admin.standards()?.iter().any(|view| view.standard == *standard))
}

/// In a new epoch the same member proposes something else, and thinks better of it.
fn take_back(scene: &mut Scene, narrator: &mut Narrator) -> Result<(), DemoError> {
    scene.sync()?;
    let draft = PollDraft { enactment: None, ..draft(scene)? };
    let provers = &scene.provers;
    let Player { member, ledger, .. } = super::voting::first(&mut scene.players, Role::Qualified)?;
    let poll = member.propose(ledger, provers, &draft, &|_| {}, &Silent)?.poll;
    member.withdraw_poll(&poll.definition.id)?;
    let withdrawn = member.client().poll(&poll.definition.id)?.phase == Phase::Withdrawn;
    narrator.fact("another proposal is taken back before it opens, by whoever made it", withdrawn, "");
    let late = member.join(ledger, provers, &poll.definition.id, &Silent);
    narrator.fact("and nobody can join it any more", matches!(late, Err(MemberError::Phase(_))), "");
    Ok(())
}
