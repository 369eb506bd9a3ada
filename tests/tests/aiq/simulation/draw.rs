//! Who tries what: mostly what is allowed, often what is not.

use rand::Rng as _;
use rand::seq::SliceRandom as _;

use super::Simulation;
use super::model::{Attempt, LeafKind, State, Verdict};

/// The qualified are the first.
const QUALIFIED: usize = 32;

impl Simulation {
    fn anybody(&mut self) -> usize {
        self.rng.gen_range(0..self.people.len())
    }

    fn qualified(&mut self) -> usize {
        // The claimants become qualified by and by.
        let claimants: Vec<usize> = self.model.claims.iter().map(|claim| claim.who).collect();
        match claimants.choose(&mut self.rng) {
            Some(claimant) if self.rng.gen_bool(0.15) => *claimant,
            _ if self.rng.gen_bool(0.02) => self.anybody(),
            _ => self.rng.gen_range(0..QUALIFIED),
        }
    }

    /// Somebody who meets the requirement for a claim.
    fn reviewer_of(&mut self, claim: usize) -> Option<usize> {
        self.able(self.model.claims[claim].epoch)
    }

    /// Somebody who has standing under the roots of an epoch.
    fn able(&mut self, epoch: u32) -> Option<usize> {
        let as_of = self.epochs[epoch as usize].1;
        let able: Vec<usize> =
            (0..self.people.len()).filter(|who| self.model.has_standing(*who, epoch, as_of)).collect();
        able.choose(&mut self.rng).copied()
    }

    fn claim_in(&mut self, states: &[State]) -> Option<usize> {
        let fits = |claim: &usize| states.contains(&self.model.claims[*claim].state);
        let claims: Vec<usize> = (0..self.model.claims.len()).filter(fits).collect();
        claims.choose(&mut self.rng).copied()
    }

    /// A claim by somebody; a few claimants are eager.
    pub fn draw_claim(&mut self) -> Attempt {
        let who = if self.rng.gen_bool(0.5) { self.rng.gen_range(30..44) } else { self.anybody() };
        let fresh = u32::try_from(self.model.claims.len()).unwrap();
        let work = if self.rng.gen_bool(0.85) { 1000 + fresh } else { 1000 + self.rng.gen_range(0..=fresh) };
        let number = *[0, 0, 0, 1, 1, 2, 3].choose(&mut self.rng).unwrap();
        let states: &[State] =
            if self.rng.gen_bool(0.9) { &[State::Accepted] } else { &[State::Open, State::Rejected, State::Revoked] };
        match self.claim_in(states) {
            Some(old) if self.rng.gen_bool(0.3) => {
                let owner = self.model.claims[old].who;
                Attempt::Renew { who: if self.rng.gen_bool(0.8) { owner } else { who }, old, number }
            }
            _ => Attempt::Claim { who, work, number },
        }
    }

    /// A review of one claim, which is usually open: of good works mostly favourable.
    pub fn draw_review(&mut self) -> Option<Attempt> {
        let states: &[State] =
            if self.rng.gen_bool(0.95) { &[State::Open] } else { &[State::Accepted, State::Expired] };
        let claim = self.claim_in(states)?;
        let who = match self.rng.gen_range(0..20) {
            0 => self.model.claims[claim].who,
            1..=4 => self.qualified(),
            _ => self.reviewer_of(claim)?,
        };
        let good = !self.model.claims[claim].work.is_multiple_of(3);
        let verdict = match self.rng.gen_range(0..10) {
            0 => Verdict::Abstain,
            1..=8 if good => Verdict::Accept,
            1..=2 => Verdict::Accept,
            _ => Verdict::Reject,
        };
        Some(Attempt::Review { who, claim, verdict })
    }

    /// Anything else.
    pub fn draw_other(&mut self) -> Option<Attempt> {
        let attempt = match self.rng.gen_range(0..12) {
            0 | 1 => {
                let states: &[State] = if self.rng.gen_bool(0.8) { &[State::Open] } else { &[State::Rejected] };
                let claim = self.claim_in(states)?;
                let who = if self.rng.gen_bool(0.6) { self.qualified() } else { self.anybody() };
                Attempt::Recuse { who, claim }
            }
            2 | 3 => {
                let states: &[State] = match self.rng.gen_range(0..10) {
                    0 => &[State::Open, State::Expired, State::Revoked],
                    1..=6 => &[State::Rejected],
                    _ => &[State::Accepted],
                };
                Attempt::Dispute { claim: self.claim_in(states)?, who: self.qualified() }
            }
            4 | 5 => {
                let open = (0..self.model.disputes.len()).filter(|dispute| !self.model.disputes[*dispute].over);
                let mut open: Vec<usize> = open.collect();
                if open.is_empty() || self.rng.gen_bool(0.05) {
                    open = (0..self.model.disputes.len()).collect();
                }
                let dispute = *open.choose(&mut self.rng)?;
                Attempt::Vote { who: self.qualified(), dispute, uphold: self.rng.gen_bool(0.8) }
            }
            6..=8 => return self.draw_merge(),
            9 => Attempt::Sponsor { who: self.qualified(), number: *[0, 0, 1, 2].choose(&mut self.rng)? },
            10 => Attempt::Leave { who: self.anybody() },
            _ => self.draw_claim(),
        };
        Some(attempt)
    }

    /// Some of those who may decide a dispute that is open, mostly of one mind.
    pub fn draw_votes(&mut self) -> Vec<Attempt> {
        let open = (0..self.model.disputes.len()).filter(|dispute| !self.model.disputes[*dispute].over);
        let open: Vec<usize> = open.collect();
        let mut votes = Vec::new();
        for dispute in open {
            let uphold = if dispute % 3 == 0 { 0.2 } else { 0.9 };
            for _ in 0..3 {
                let who = self.able(self.model.disputes[dispute].epoch);
                votes.extend(who.map(|who| Attempt::Vote { who, dispute, uphold: self.rng.gen_bool(uphold) }));
            }
        }
        votes
    }

    /// Some notes of somebody, spent ones among them now and then, and rarely a credential.
    fn draw_merge(&mut self) -> Option<Attempt> {
        let leaves = &self.model.leaves;
        let sealed = |leaf: &usize| leaves[*leaf].since.is_some();
        let notes = (0..leaves.len()).filter(|leaf| leaves[*leaf].kind != LeafKind::Credential).filter(sealed);
        let notes: Vec<usize> = notes.collect();
        let who = leaves[*notes.choose(&mut self.rng)?].owner;
        let careless = self.rng.gen_bool(0.25);
        let mut own: Vec<usize> =
            notes.into_iter().filter(|leaf| leaves[*leaf].owner == who && (careless || !leaves[*leaf].spent)).collect();
        if self.rng.gen_bool(0.05) {
            own.extend((0..leaves.len()).find(|leaf| leaves[*leaf].owner == who));
            own.sort_unstable();
            own.dedup();
        }
        own.shuffle(&mut self.rng);
        own.truncate(self.rng.gen_range(1..=6));
        (!own.is_empty()).then_some(Attempt::Merge { who, notes: own })
    }
}
