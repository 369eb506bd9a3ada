//! Claims, anonymous reviews, credentials and rewards: how standing comes about without a gatekeeper.

use aiq_circuits::scope::{Message, Scope, ScopeKind};
use aiq_verifier::claim::ClaimId;
use aiq_verifier::eligibility::{Eligibility, PinnedRoots};
use aiq_verifier::poll::Blinding;
use aiq_verifier::presentation::{Expectation, Verifier};
use aiq_verifier::review::{Review, ReviewOpening, RulingOutcome, Verdict, review_message};

use super::super::cast::{REWARDED_MENU, Role};
use super::super::crew::each;
use super::{DemoError, Narrator, Player, Scene};
use crate::client::ClientError;
use crate::member::{ClaimDraft, Member, MemberError, plan_merges, prepare};
use crate::progress::{self, Silent};
use crate::sync::Ledger;

/// Reviewers of each claim; the standard's quorum is three.
const REVIEWERS: usize = 4;
const DOMAIN: &str = "1.9.1.0";

/// A claim on stage: who made it, what its reviewers say, and what has to come of it.
struct Staged {
    who: usize,
    id: ClaimId,
    verdict: Verdict,
    outcome: RulingOutcome,
}

/// The claim whose acceptance is disputed later.
pub struct Doubtful {
    pub who: usize,
    pub claim: ClaimId,
}

pub fn play(scene: &mut Scene, narrator: &mut Narrator) -> Result<Doubtful, DemoError> {
    narrator.act("Claims");
    let place = |role: Role| scene.players.iter().position(|player| player.role == role);
    let last_qualified = scene.players.iter().rposition(|player| player.role == Role::Qualified);
    let (Some(author), Some(newcomer), Some(careless)) = (place(Role::Lapsed), place(Role::Newcomer), last_qualified)
    else {
        return Err(DemoError::NobodyEligible);
    };
    let pictures = format!("sha256:{}:https://example.org/pictures", "0".repeat(64));
    let (accept, reject) = ((Verdict::Accept, RulingOutcome::Accepted), (Verdict::Reject, RulingOutcome::Rejected));
    let mut staged = Vec::new();
    for (who, title, evidence, (verdict, outcome)) in [
        (author, "An evaluation of deceptive alignment", "doi:10.5555/aiq.demo.1", accept),
        (newcomer, "My holiday pictures", pictures.as_str(), reject),
        (careless, "A benchmark that somebody else made", "arxiv:2401.01234v1", accept),
    ] {
        let id = claim(scene, who, &draft(title, evidence)?)?;
        staged.push(Staged { who, id, verdict, outcome });
    }
    narrator.count("members who claim a work, each without saying who it is", staged.len(), 3);
    let again = claim(scene, newcomer, &draft("The same benchmark", "arxiv:2401.01234v3")?);
    told(narrator, "the same work in another spelling", again)?;

    narrator.act("Anonymous reviews");
    review(scene, careless, &staged, narrator)?;
    review_own(scene, &staged[2], narrator)?;
    rule(scene, &staged, narrator)?;
    rewards(scene, &staged, narrator)?;
    scene.minted = Some(staged[0].id.credential());
    if let Some(player) = scene.players.get_mut(author) {
        player.role = Role::Qualified;
    }
    Ok(Doubtful { who: careless, claim: staged[2].id })
}

fn draft(title: &str, evidence: &str) -> Result<ClaimDraft, DemoError> {
    Ok(ClaimDraft {
        domain: DOMAIN.parse()?,
        kind: "1".to_owned(),
        title: title.to_owned(),
        summary: String::new(),
        evidence: vec![evidence.parse()?],
        renews: None,
    })
}

fn claim(scene: &mut Scene, who: usize, draft: &ClaimDraft) -> Result<ClaimId, MemberError> {
    let Player { member, ledger, .. } = &mut scene.players[who];
    Ok(member.claim(ledger, &scene.provers, draft, &Silent)?.view.id)
}

/// An attempt that the member's own wallet, or else the service, has to refuse with a reason.
pub fn told<T>(narrator: &mut Narrator, what: &str, outcome: Result<T, MemberError>) -> Result<(), DemoError> {
    match outcome {
        Ok(_) => narrator.fact(what, false, "accepted"),
        Err(MemberError::Refused(refusal)) => narrator.fact(what, true, format_args!("refused, {refusal}")),
        Err(MemberError::Client(ClientError::Refused(problem))) => {
            narrator.fact(what, true, format_args!("refused, {}", problem.title));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Four of the qualified review every claim; nobody learns who.
fn review(scene: &mut Scene, but: usize, staged: &[Staged], narrator: &mut Narrator) -> Result<(), DemoError> {
    let provers = &scene.provers;
    let others = scene.players.iter_mut().enumerate().filter(|(place, _)| *place != but);
    let mut reviewers: Vec<&mut Player> =
        others.map(|(_, player)| player).filter(|player| player.role == Role::Qualified).take(REVIEWERS).collect();
    let count = reviewers.len();
    let bar = progress::bar(count as u64);
    bar.set_message("reviewing");
    let proving = each(&mut reviewers, scene.cores, &bar, |_, player| {
        let Player { member, ledger, .. } = &mut **player;
        let mut times = Vec::new();
        for Staged { id, verdict, .. } in staged {
            let plan = member.plan_review(ledger, id, &Silent)?;
            let comment = "Read, run and compared with what is claimed.".to_owned();
            times.extend(member.review_as_planned(plan, *verdict, comment, provers, &Silent)?.proving);
        }
        Ok::<_, MemberError>(times)
    })?;
    bar.finish_and_clear();
    let times: Vec<_> = proving.into_iter().flatten().collect();
    narrator.count("reviews by qualified peers, unknown to everybody", times.len(), count * staged.len());
    scene.timings.add("review: witness and proof", times, None);
    let hidden = staged.iter().all(|claim| {
        scene.stage.admin.claim(&claim.id).is_ok_and(|view| view.ruling.is_none())
            && scene.stage.admin.reviews(&claim.id).is_err_and(|error| error.code() == Some("claim_open"))
    });
    narrator.fact("no verdict, no comment and no count is shown before the ruling", hidden, "");
    Ok(())
}

/// A claimant's own wallet refuses, and so does the service to whoever goes around the wallet.
fn review_own(scene: &mut Scene, claim: &Staged, narrator: &mut Narrator) -> Result<(), DemoError> {
    let Player { member, ledger, .. } = &mut scene.players[claim.who];
    let at_home = member.plan_review(ledger, &claim.id, &Silent);
    told(narrator, "a member reviews its own claim", at_home)?;
    let view = member.client().claim(&claim.id)?;
    let opening = ReviewOpening { blinding: Blinding::new([7; 32]), verdict: Verdict::Accept, comment: String::new() };
    let player = &scene.players[claim.who];
    let presentation = player.present(
        &scene.provers,
        &Expectation {
            eligibility: view.claim.eligibility,
            roots: view.claim.roots,
            scope: view.scope,
            message: review_message(&view.scope, &opening.commitment()),
        },
    )?;
    let sent = player.member.client().review(&claim.id, &Review { presentation, opening });
    narrator.refused("the same with a valid proof, past the wallet", "own_claim", sent);
    Ok(())
}

/// The window ends: what was hidden is opened, and what was earned becomes leaves.
fn rule(scene: &mut Scene, staged: &[Staged], narrator: &mut Narrator) -> Result<(), DemoError> {
    narrator.act("Rulings, credentials, rewards");
    let Some(first) = staged.first() else { return Ok(()) };
    let view = scene.stage.admin.claim(&first.id)?;
    scene.stage.clock.set(view.closes_at);
    narrator.say("the demonstration moves the service's clock to the end of the review window, two weeks later");
    for Staged { id, outcome, .. } in staged {
        let view = scene.stage.admin.claim(id)?;
        let Some(ruling) = view.ruling else {
            narrator.fact("the claim is decided", false, "no ruling");
            continue;
        };
        let found = format!("{}, {} of {}", ruling.outcome, ruling.accept, ruling.accept + ruling.reject);
        narrator.fact(&format!("'{}'", view.claim.title), ruling.outcome == *outcome, found);
    }
    let opened = scene.stage.admin.reviews(&first.id)?;
    let commitments: Vec<_> = opened.iter().map(|review| review.opening.commitment()).collect();
    narrator.fact(
        "its verdicts and comments are shown now, in an order that says nothing",
        !opened.is_empty() && commitments.is_sorted(),
        format_args!("{} reviews", opened.len()),
    );
    scene.stage.admin.seal()?;
    scene.sync()?;
    let minted = |claim: &Staged| {
        let Player { member, ledger, .. } = &scene.players[claim.who];
        member.holdings(ledger).iter().any(|held| held.credential.id == claim.id.credential())
    };
    let as_ruled = |claim: &&Staged| minted(claim) == (claim.outcome == RulingOutcome::Accepted);
    let found = staged.iter().filter(as_ruled).count();
    narrator.count("claimants who find their credential among the leaves, or rightly none", found, staged.len());
    Ok(())
}

/// A reviewer merges the rewards, and shows with the balance what the credentials alone do not show.
fn rewards(scene: &mut Scene, staged: &[Staged], narrator: &mut Narrator) -> Result<(), DemoError> {
    let now = scene.stage.now();
    let Some(reviewer) = scene.players.first_mut() else { return Err(DemoError::NobodyEligible) };
    let Player { member, ledger, .. } = reviewer;
    let notes = member.notes(ledger, &Silent)?;
    narrator.count("reward notes that one reviewer finds by its own tags", notes.len(), staged.len());
    let Ok([plan]) = <[_; 1]>::try_from(plan_merges(&notes, now, None).map_err(MemberError::from)?) else {
        narrator.fact("they can be merged into one balance", false, "");
        return Ok(());
    };
    let needed = rewarded(member, ledger, now)?;
    let short = prepare(member.identity(), ledger.head(), &member.holdings(ledger), &needed, member.domains());
    narrator.shortfall("a requirement just above what its credentials weigh", &short);
    let merged = member.merge(ledger, &scene.provers, &plan, &Silent)?;
    narrator.fact(
        "merged into one balance; which notes it was is hidden",
        merged.notes == staged.len(),
        format_args!("weight {}", merged.balance.weight),
    );
    scene.timings.add("merge: witness and proof", merged.proving.into_iter().collect(), None);
    let twice = member.merge(ledger, &scene.provers, &plan, &Silent);
    narrator.refused("the same notes merged a second time", "spent", super::prologue::into_client(twice)?);

    scene.stage.admin.seal()?;
    scene.sync()?;
    let Some(reviewer) = scene.players.first() else { return Err(DemoError::NobodyEligible) };
    let Player { member, ledger, .. } = reviewer;
    let checkpoint = ledger.head().checkpoint;
    let expectation = Expectation {
        eligibility: rewarded(member, ledger, scene.stage.now())?,
        roots: PinnedRoots {
            epoch: checkpoint.epoch,
            members_root: checkpoint.members_root,
            credentials_root: checkpoint.credentials_root,
        },
        scope: Scope::derive(member.deployment_id(), ScopeKind::Attest, b"demonstration"),
        message: Message::of("AIQ/v1/demonstration", &[]),
    };
    let presentation = reviewer.present(&scene.provers, &expectation)?;
    let holds = Verifier::new(scene.keys.verifying_keys()?)?.verify(&expectation, &presentation).is_ok();
    narrator.fact("with the balance the requirement is met, and the proof of it verifies", holds, "");
    Ok(())
}

/// The requirement that credentials alone do not meet, as of now.
fn rewarded(member: &Member, ledger: &Ledger, now: u32) -> Result<Eligibility, MemberError> {
    let as_of = ledger.head().checkpoint.sealed_at.max(now);
    Ok(member.menu(REWARDED_MENU)?.eligibility(as_of))
}
