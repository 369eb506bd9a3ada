//! The acts of the demonstration, in order.

mod accreditation;
mod attestation;
mod counting;
mod dispute;
mod log;
mod prologue;
mod proposal;
mod trustees;
mod voting;

use std::time::Instant;

use aiq_circuits::credential::CredentialId;
use aiq_circuits::identity::DeploymentId;
use aiq_circuits::statement::StatementId;
use aiq_keys::{KeyDir, Origin};
use aiq_verifier::poll::Choice;
use aiq_verifier::presentation::{Expectation, Presentation};

use super::DemoError;
use super::cast::Role;
use super::crew::each;
use super::facts::Narrator;
use super::stage::Stage;
use super::timings::Timings;
use crate::member::{Member, MemberError, Provers, Purpose, prepare};
use crate::progress::{self, Silent};
use crate::sync::{Ledger, TileCache};

/// Threads for what waits for the service more than it computes.
const HANDS: usize = 8;

/// The requirement of the poll.
const MENU: &str = "safety-3-10";

/// What is left when the curtain has fallen.
#[derive(Debug)]
pub struct Played {
    pub members: usize,
    pub eligible: usize,
    pub timings: Timings,
}

/// A member on stage.
#[derive(Debug)]
struct Player {
    role: Role,
    choice: Option<Choice>,
    member: Member,
    ledger: Ledger,
}

impl Player {
    /// A valid proof of what is expected, past all that a wallet would say against it.
    fn present(&self, provers: &Provers, expected: &Expectation) -> Result<Presentation, DemoError> {
        let Expectation { eligibility, roots, scope, message } = expected;
        let Self { member, ledger, .. } = self;
        let trees = member.pinned_trees(ledger, roots)?;
        let held = member.holdings(ledger);
        let prepared = prepare(member.identity(), &trees, &held, eligibility, member.domains())?;
        let prover = provers.get(member.client(), eligibility.statement(), &Silent)?;
        let purpose = Purpose { scope: *scope, message: *message };
        Ok(prepared.prove(member.identity(), &trees, &purpose, &prover, &Silent)?.presentation)
    }
}

/// Everything that the acts share.
struct Scene {
    stage: Stage,
    players: Vec<Player>,
    provers: Provers,
    keys: KeyDir,
    timings: Timings,
    cores: usize,
    /// The credential that a claim has earned on stage.
    minted: Option<CredentialId>,
}

impl Scene {
    /// The deployment that everybody is in.
    fn deployment(&self) -> Result<&DeploymentId, DemoError> {
        self.players.first().map(|player| player.member.deployment_id()).ok_or(DemoError::NobodyEligible)
    }

    /// Everybody follows the deployment to its newest epoch.
    fn sync(&mut self) -> Result<(), DemoError> {
        let bar = progress::bar(self.players.len() as u64);
        bar.set_message("following");
        each(&mut self.players, HANDS, &bar, |_, player| {
            player.ledger = player.member.sync(&TileCache::none(), &Silent)?;
            Ok::<_, MemberError>(())
        })?;
        bar.finish_and_clear();
        Ok(())
    }
}

/// Plays all acts and cleans up.
pub fn play(members: u32, narrator: &mut Narrator) -> Result<Played, DemoError> {
    let begun = Instant::now();
    narrator.title(format_args!("AIQ on this machine: {members} members, one service, real proofs over real HTTP"));
    let mut scene = prologue::open(members, narrator)?;
    let acted = accreditation::play(&mut scene, narrator)
        .and_then(|doubtful| dispute::play(&mut scene, &doubtful, narrator))
        .and_then(|()| voting::play(&mut scene, narrator))
        .and_then(|()| attestation::play(&mut scene, narrator))
        .and_then(|()| proposal::play(&mut scene, narrator))
        .and_then(|()| log::play(&mut scene, narrator));
    let eligible = scene.players.iter().filter(|player| player.role == Role::Qualified).count();
    let Scene { stage, players, mut timings, .. } = scene;
    // Whatever happened, the curtain falls properly.
    let clean = stage.close();
    acted?;
    narrator.act("Curtain");
    narrator.fact("service stopped, database and keys of the members removed", clean?, "");
    timings.finish(begun.elapsed());
    Ok(Played { members: players.len(), eligible, timings })
}

/// Where this user's public-seed keys lie; they are kept for the next demonstration.
fn public_seed_keys(narrator: &Narrator) -> Result<KeyDir, DemoError> {
    let progress = crate::progress::for_terminal(narrator.quiet());
    let path = KeyDir::default_path(Origin::PublicSeed)?;
    Ok(crate::commands::make_keys_at(&path, Origin::PublicSeed, &StatementId::ALL, progress.as_ref())?)
}
