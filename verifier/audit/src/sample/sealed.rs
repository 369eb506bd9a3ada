//! Ceremonies and sealed polls in a sample.

use std::collections::{BTreeMap, BTreeSet};

use aiq_circuits::{identity::Nullifier, scope::Scope, wire::sha256};
use aiq_sealing::{
    ballot::{count, seal_choice, seal_reason},
    board::{Board, reconstruct},
    key::service_secret,
    trustee::{Trustee, Verdict},
};
use aiq_verifier::{
    ceremony::{Ceremony, CeremonyId, Round1, Round2, Trustee as Named},
    log::Act,
    poll::{Ballot, Count, Decision, KeyShare, PollDefinition, PollRule, PollShare, SealedBy, Sealing, Tally},
};
use rand::{RngCore as _, rngs::OsRng};

use super::deployment::{Deployment, Vote};

const TRUSTEES: u8 = 3;
const THRESHOLD: u8 = 2;
/// Seconds that a ceremony may take.
const TIME: u32 = 600;

/// What a deployment knows of its ceremonies and of reasons that wait.
#[derive(Default)]
pub(super) struct Kept {
    ceremonies: BTreeMap<CeremonyId, Made>,
    reasons: BTreeMap<Scope, BTreeMap<Nullifier, Vec<u8>>>,
}

/// A ceremony with its board.
struct Made {
    ceremony: Ceremony,
    round_1: Vec<Round1>,
    round_2: Vec<Round2>,
}

impl Deployment {
    /// Begins a ceremony of which any two of three trustees open what is sealed.
    pub fn begin_ceremony(&mut self, salt: u8) -> CeremonyId {
        let named = |index| Named::of(&format!("trustee-{index}"), &trustee(index).signing_key()).expect("a name");
        let ceremony = Ceremony {
            salt: [salt; 16],
            threshold: THRESHOLD,
            trustees: (1..=TRUSTEES).map(named).collect(),
            deadline: self.now + TIME,
            release: 3_600,
        };
        let id = ceremony.id();
        self.write(Act::Ceremony(ceremony.clone()));
        self.kept.ceremonies.insert(id, Made { ceremony, round_1: Vec::new(), round_2: Vec::new() });
        id
    }

    /// Lets a trustee do the first round.
    pub fn commit(&mut self, id: CeremonyId, index: u8) {
        let deployment = self.log.deployment_id();
        let made = self.kept.ceremonies.get_mut(&id).expect("it was begun");
        let package = trustee(index).round_1(&deployment, &made.ceremony).expect("one of its trustees");
        made.round_1.push(package.clone());
        made.round_1.sort_by_key(|package| package.index);
        self.write(Act::CeremonyRound1(package));
    }

    /// Lets a trustee do the second round; one who cheats gives the first of the others somebody else's share.
    pub fn deal(&mut self, id: CeremonyId, index: u8, cheats: bool) {
        let deployment = self.log.deployment_id();
        let made = self.kept.ceremonies.get_mut(&id).expect("it was begun");
        let mut package = trustee(index).round_2(&board(made, &deployment)).expect("round 1 is there");
        if cheats {
            package.shares[0] = package.shares[1];
            package = package.signed(&deployment, &trustee(index).signing_key());
        }
        made.round_2.push(package.clone());
        made.round_2.sort_by_key(|package| package.index);
        self.write(Act::CeremonyRound2(package));
    }

    /// Lets a trustee confirm the key, or complain.
    pub fn confirm(&mut self, id: CeremonyId, index: u8) {
        let deployment = self.log.deployment_id();
        let made = self.kept.ceremonies.get(&id).expect("it was begun");
        let verdict = trustee(index).verdict(&board(made, &deployment)).expect("round 2 is there");
        self.write(match verdict {
            Verdict::Confirmation(confirmation) => Act::CeremonyConfirmation(confirmation),
            Verdict::Complaint(complaint) => Act::CeremonyComplaint(complaint),
        });
    }

    /// A whole ceremony, with its key at the end.
    pub fn make_key(&mut self, salt: u8) -> CeremonyId {
        let id = self.begin_ceremony(salt);
        for index in [2, 1, 3] {
            self.commit(id, index);
        }
        for index in [1, 3, 2] {
            self.deal(id, index, false);
        }
        for index in [3, 2, 1] {
            self.confirm(id, index);
        }
        id
    }

    /// A sealed poll: by a ceremony, or by the service; opened from so many voters on, with reasons of at most so many bytes.
    pub(super) fn sealed(
        &self,
        id: u8,
        rule: PollRule,
        by: Option<CeremonyId>,
        (floor, reasons): (u32, u16),
    ) -> PollDefinition {
        let definition = self.definition(id, false, rule, Decision::default());
        let (trustees, key) = match by {
            None => {
                let secret = service_secret(&self.log.service.to_bytes(), &self.log.deployment_id(), &definition.id);
                (SealedBy::Service, secret.sealing_key())
            }
            Some(id) => {
                let made = self.kept.ceremonies.get(&id).expect("it was begun");
                let key = board(made, &self.log.deployment_id()).key().expect("round 1 is there");
                (SealedBy::Ceremony(id), key)
            }
        };
        PollDefinition { sealing: Some(Sealing { trustees, key, floor, reasons }), ..definition }
    }

    /// Announces a sealed poll.
    pub fn announce_sealed(&mut self, id: u8, rule: PollRule, by: Option<CeremonyId>, limits: (u32, u16)) -> Scope {
        self.announce_defined(self.sealed(id, rule, by, limits))
    }

    /// Keeps the reason that comes with a member's last ballot; none that nobody can read.
    pub fn reason(&mut self, scope: Scope, member: u16, reason: Option<&str>) {
        let nullifier = self.identity(member).nullifier(&scope);
        let (definition, ..) = self.polls.get(&scope).expect("the poll was announced");
        let sealing = definition.sealing.expect("the poll is sealed");
        let sealed = match reason {
            Some(reason) => seal_reason(&sealing, &scope, reason, &mut OsRng).expect("the reason is short"),
            None => noise(sealing.reason_length().expect("the poll takes reasons")),
        };
        self.kept.reasons.entry(scope).or_default().insert(nullifier, sealed);
    }

    /// The body of a ballot.
    pub(super) fn body(&self, scope: Scope, (nullifier, seq): (Nullifier, u32), vote: &Vote) -> Vec<u8> {
        let (definition, ballots, _) = self.polls.get(&scope).expect("the poll was announced");
        let is_sealed = definition.sealing.is_some();
        match vote {
            Vote::For(choice) if is_sealed => {
                seal_choice(definition, &scope, (&nullifier, seq), choice, &mut OsRng).expect("the choice is short")
            }
            Vote::For(choice) => choice.encode(),
            Vote::Copy => ballots.last().expect("somebody has voted").body.clone(),
            Vote::Spoiled if is_sealed => noise(Sealing::body_length(definition.rule, definition.options.len())),
            Vote::Spoiled => vec![0xff],
        }
    }

    /// What the ballots of a closed poll come to; two trustees, or the service, open them if they are sealed.
    pub(super) fn opened(
        &mut self,
        scope: Scope,
        definition: &PollDefinition,
        joined: u64,
        ballots: &[Ballot],
    ) -> Tally {
        const COUNTS: &str = "the ballots are the poll's";
        let Some(sealing) = definition.sealing else {
            return Tally::count(definition, &scope, joined, ballots).expect(COUNTS);
        };
        let voted: BTreeSet<Nullifier> = ballots.iter().map(|ballot| ballot.nullifier).collect();
        let voted = voted.len() as u64;
        if voted < sealing.floor.into() {
            self.kept.reasons.remove(&scope);
            return Count::below_floor(definition, joined, voted).tally;
        }
        let deployment = self.log.deployment_id();
        let shares: Vec<(u8, [u8; 32])> = match sealing.trustees {
            SealedBy::Service => {
                vec![(1, service_secret(&self.log.service.to_bytes(), &deployment, &definition.id).to_bytes())]
            }
            SealedBy::Ceremony(id) => {
                let board = board(self.kept.ceremonies.get(&id).expect("it was begun"), &deployment);
                let share = |index| (index, trustee(index).share(&board).expect("its shares are right"));
                [3, 1].into_iter().map(share).collect()
            }
        };
        for (index, share) in &shares {
            self.write(Act::Share(PollShare { scope, index: *index, share: KeyShare::new(*share) }));
        }
        let secret = reconstruct(&shares.into_iter().collect()).expect("the shares are right");
        count(&secret, definition, &scope, joined, ballots).expect(COUNTS).tally
    }

    /// The reasons that came with the ballots of a poll, behind its tally and what that brings about.
    pub(super) fn release_reasons(&mut self, scope: Scope) {
        let mut reasons: Vec<_> = self.kept.reasons.remove(&scope).unwrap_or_default().into_values().collect();
        reasons.sort_unstable();
        for reason in reasons {
            self.write(Act::Reason { scope, reason });
        }
    }
}

fn board<'a>(made: &'a Made, deployment: &'a aiq_circuits::identity::DeploymentId) -> Board<'a> {
    let Made { ceremony, round_1, round_2 } = made;
    Board { deployment, ceremony, round_1, round_2 }
}

/// A trustee of the samples, counted from 1.
#[must_use]
pub fn trustee(index: u8) -> Trustee {
    Trustee::new(sha256(&[b"a sample's trustee", &[index]]))
}

fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    OsRng.fill_bytes(&mut bytes);
    bytes
}
