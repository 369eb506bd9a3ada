//! Three hundred members and at least forty claims, by a seed: whatever people try, honest or not, comes to what a plain model of the rules
//! says. `AIQ_SIMULATION_SEED` chooses another run.

mod acts;
mod check;
mod draw;
mod forgeries;
mod model;
mod people;
mod present;

use std::collections::BTreeMap;
use std::env;

use aiq_circuits::statement::StatementId;
use aiq_cli::sync::Trees;
use aiq_server::api::{ClaimView, PollView};
use aiq_tests::actor::Actor;
use aiq_tests::deployment::Deployment;
use aiq_tests::raw::{Raw, Reply};
use aiq_tests::world::NOW;
use aiq_verifier::eligibility::PinnedRoots;
use aiq_verifier::menu::MenuEntry;
use aiq_verifier::standard::{Reward, Standard};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use self::acts::Request;
use self::model::{Attempt, Model, Refusal, Rules};
use self::people::Person;

const SEED: u64 = 5;
const MEMBERS: u16 = 300;
const CLAIMS: usize = 40;
/// The menu's entry for reviewers, voters in disputes and sponsors.
const MENU: &str = "simulated";
const HOUR: u32 = 3600;
const DAY: u32 = 86_400;

const RULES: Rules = Rules {
    reviewer_count: 2,
    reviewer_weight: 10,
    quorum: 3,
    acceptance: (2, 3),
    window: HOUR,
    validity: DAY,
    claims_per_epoch: 3,
    kind_weight: 4,
    reward_weight: 2,
    reward_validity: DAY,
    sponsors_per_epoch: 2,
};

struct Simulation {
    rng: StdRng,
    model: Model,
    deployment: Deployment,
    raw: Raw,
    /// No member; sees for everybody what is public.
    observer: Actor,
    standard: Standard,
    people: Vec<Person>,
    /// The trees of every epoch, their roots and when it was sealed.
    trees: Vec<Trees>,
    epochs: Vec<(PinnedRoots, u32)>,
    /// The claims and disputes of the model, as they were answered, and the owner tags of the claims.
    claims: Vec<ClaimView>,
    claim_tags: Vec<u64>,
    disputes: Vec<PollView>,
    /// The tag of the claim that was made last, and every token that was made for an invitation.
    sent_tag: u64,
    tokens: Vec<String>,
    /// The tags of the model's leaves that were sent in merges.
    notes: BTreeMap<usize, u64>,
    /// What carried a proof and was accepted.
    accepted: Vec<Request>,
    /// How often something succeeded, by the log's name for it, and how often it was refused and why.
    done: BTreeMap<&'static str, u64>,
    refused: BTreeMap<Refusal, u64>,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let held = people::holdings(MEMBERS.into());
        let (mut people, mut standard) = (Vec::new(), None);
        let deployment = Deployment::founded(
            |_| {},
            |id, file| {
                people = (0..MEMBERS).map(|number| Person::new(number, id)).collect();
                people.iter().zip(&held).for_each(|(person, held)| person.found(file, held));
                file.menu.push(MenuEntry {
                    id: MENU.into(),
                    title: "What the simulation asks".into(),
                    domain: "1".parse().unwrap(),
                    min_count: u8::try_from(RULES.reviewer_count).unwrap(),
                    min_weight: RULES.reviewer_weight,
                    statement: StatementId::Standing3,
                });
                let changed = &mut file.standards[0];
                changed.reviewers = MENU.into();
                changed.quorum = u32::try_from(RULES.quorum).unwrap();
                (changed.window, changed.validity) = (RULES.window, RULES.validity);
                changed.reward = Some(Reward { weight: RULES.reward_weight, validity: RULES.reward_validity });
                standard = Some(changed.clone());
                file.charter.as_mut().unwrap().sponsors.as_mut().unwrap().menu = MENU.into();
            },
        );
        let mut simulation = Self {
            rng: StdRng::seed_from_u64(seed),
            model: Model::found(RULES, NOW, &held),
            raw: deployment.raw(),
            observer: deployment.actor(255),
            deployment,
            standard: standard.unwrap(),
            people,
            trees: Vec::new(),
            epochs: Vec::new(),
            claims: Vec::new(),
            claim_tags: Vec::new(),
            disputes: Vec::new(),
            sent_tag: 0,
            tokens: Vec::new(),
            notes: BTreeMap::new(),
            accepted: Vec::new(),
            done: BTreeMap::new(),
            refused: BTreeMap::new(),
        };
        simulation.observe();
        simulation
    }

    /// Time passes, and everything due is asked for in its second: two things are never due in the same.
    fn wait_until(&mut self, end: u32) {
        loop {
            let claims = self.model.claims.iter().enumerate().filter(|(_, claim)| claim.state == model::State::Open);
            let claim = claims.map(|(number, claim)| (claim.closes_at, number)).min();
            let disputes = self.model.disputes.iter().enumerate().filter(|(_, dispute)| !dispute.over);
            let dispute = disputes.map(|(number, dispute)| (dispute.closes_at, number)).min();
            let due = [claim, dispute].into_iter().flatten().map(|(at, _)| at).min().filter(|at| *at <= end);
            let Some(due) = due else { break };
            self.deployment.clock.set(due);
            let client = self.deployment.client();
            if let Some((_, number)) = claim.filter(|(at, _)| *at == due) {
                client.claim(&self.claims[number].id).unwrap();
            }
            if let Some((_, number)) = dispute.filter(|(at, _)| *at == due) {
                client.tally(&self.disputes[number].definition.id).unwrap();
            }
            self.model.wait_until(due);
        }
        self.deployment.clock.set(end);
        self.model.wait_until(end);
    }

    /// Somebody tries something, a second after the last one.
    fn attempt(&mut self, attempt: &Attempt) {
        self.wait_until(self.model.now + 1);
        let reply = self.send(attempt);
        let expected = self.model.attempt(attempt);
        let said = reply.as_ref().map_or_else(|| "no witness".to_owned(), Reply::text);
        match (expected, reply) {
            (Ok(()), Some(reply)) if reply.status == 201 => {
                *self.done.entry(check::name(attempt)).or_default() += 1;
                self.settle(attempt, &reply);
            }
            // Whoever says again that it will not review, or that it leaves, is answered as before.
            (Err(Refusal::ActedAlready | Refusal::Closed | Refusal::AlreadyLeft), Some(reply))
                if reply.status == 200 && matches!(attempt, Attempt::Recuse { .. } | Attempt::Leave { .. }) => {}
            (Err(refusal), Some(reply)) if matches!(reply.status, 404 | 409 | 410 | 422) => {
                let code = reply.json()["code"].as_str().unwrap_or_default().to_owned();
                assert!(codes(refusal).contains(&code.as_str()), "{attempt:?}: {refusal:?}, but {said}");
                *self.refused.entry(refusal).or_default() += 1;
            }
            (Err(refusal), None) => *self.refused.entry(refusal).or_default() += 1,
            (expected, _) => panic!("{attempt:?} should be {expected:?}, but: {said}"),
        }
    }

    /// One more member leaves, so that there is something for an epoch.
    fn leave_one(&mut self) {
        let who = self.member();
        self.attempt(&Attempt::Leave { who });
    }

    /// Attempts until the next epoch.
    fn round(&mut self, claims: usize) {
        let until = self.model.claims.len() + claims;
        while self.model.claims.len() < until {
            let attempt = self.draw_claim();
            self.attempt(&attempt);
        }
        for turn in 0..claims * 6 {
            if let Some(attempt) = self.draw_review() {
                self.attempt(&attempt);
            }
            if let Some(attempt) = self.draw_other() {
                self.attempt(&attempt);
            }
            if turn % 6 == 0 {
                self.wait_until(self.model.now + 1);
                self.forge();
            }
        }
        for vote in self.draw_votes() {
            self.attempt(&vote);
        }
        self.wait_until(self.model.now + 2 * HOUR / 3);
        self.seal();
    }
}

/// The codes that stand for a refusal; what is wrong in two ways may be refused for either.
const fn codes(refusal: Refusal) -> &'static [&'static str] {
    match refusal {
        Refusal::NotAMember | Refusal::NoStanding | Refusal::Unmergeable => &[],
        Refusal::TicketUsed => &["ticket_used", "nullifier_used"],
        Refusal::TooMany => &["claim_limit", "beyond_allowance"],
        Refusal::WorkHeld => &["work_taken"],
        Refusal::NotRenewable | Refusal::NotTheOwner => &["not_renewable"],
        Refusal::Closed => &["claim_closed", "poll_closed", "own_claim", "recused", "already_reviewed"],
        Refusal::ActedAlready => &["own_claim", "recused", "already_reviewed", "nullifier_used"],
        Refusal::NotDecided => &["claim_open", "nothing_to_dispute", "nullifier_used"],
        Refusal::DisputedAlready => &["in_dispute", "nullifier_used"],
        Refusal::Spent => &["spent"],
        Refusal::AlreadyLeft => &["withdrawn"],
    }
}

/// Says which run it was that failed.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("AIQ_SIMULATION_SEED={}", self.0);
        }
    }
}

#[test]
fn whatever_people_try_comes_to_what_the_rules_say() {
    let seed = env::var("AIQ_SIMULATION_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    let _told = Told(seed);
    let mut simulation = Simulation::new(seed);
    while simulation.model.claims.len() < CLAIMS {
        simulation.round(4);
    }
    // Until every claim is ruled on, and every dispute decided.
    simulation.wait_until(simulation.model.now + 2 * HOUR);
    // What is decided last is in the log that an epoch ends.
    simulation.leave_one();
    simulation.seal();
    simulation.compare_log();
    if seed == SEED {
        // This run is one in which everything happens; whoever says twice that it leaves is not refused.
        let model = &simulation.model;
        assert_eq!((simulation.done.len(), simulation.refused.len()), (8, 13), "{:?}", simulation.refused);
        assert!(model.claims.iter().any(|claim| claim.renews.is_some() && claim.state == model::State::Accepted));
        assert!(model.claims.iter().any(|claim| claim.state == model::State::Revoked));
    }
}
