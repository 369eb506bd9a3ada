//! The rules of §6 and §7 without any cryptography: here everybody knows who is who, so every rule is a plain sentence.
//!
//! It shares no code with the service. Times are seconds, members and claims are numbers in the order of their making.

mod records;

use std::collections::{BTreeMap, BTreeSet};

pub use records::{Attempt, Claim, Dispute, Leaf, LeafKind, Person, Refusal, Rules, State, Verdict};

/// Everybody, everything they did that counts, and the time.
#[derive(Clone, Debug)]
pub struct Model {
    rules: Rules,
    pub now: u32,
    pub epoch: u32,
    sealed_at: u32,
    pub people: Vec<Person>,
    pub leaves: Vec<Leaf>,
    pub claims: Vec<Claim>,
    pub disputes: Vec<Dispute>,
    tickets: BTreeSet<(usize, u32, u8)>,
    sponsorships: BTreeSet<(usize, u32, u8)>,
    challenged: BTreeSet<(usize, u32, usize)>,
}

impl Model {
    /// Founded with members who hold credentials of these weights, until then.
    pub fn found(rules: Rules, now: u32, holdings: &[Vec<(u16, u32)>]) -> Self {
        let founder = Person { since: Some(0), until: None, leaving: false };
        let leaf = |owner, (weight, expires_at)| Leaf {
            owner,
            kind: LeafKind::Credential,
            weight,
            expires_at,
            since: Some(0),
            until: None,
            revoked: false,
            spent: false,
        };
        let leaves = (0..).zip(holdings).flat_map(|(owner, held)| held.iter().map(move |held| leaf(owner, *held)));
        Self {
            rules,
            now,
            epoch: 0,
            sealed_at: now,
            people: vec![founder; holdings.len()],
            leaves: leaves.collect(),
            claims: Vec::new(),
            disputes: Vec::new(),
            tickets: BTreeSet::new(),
            sponsorships: BTreeSet::new(),
            challenged: BTreeSet::new(),
        }
    }

    /// Whether somebody is among the members of an epoch.
    pub fn is_member(&self, who: usize, epoch: u32) -> bool {
        let person = self.people[who];
        person.since.is_some_and(|since| since <= epoch) && person.until.is_none_or(|until| until > epoch)
    }

    /// Whether somebody meets the reviewers' requirement under the roots of an epoch: at most three leaves, the heaviest; at most one
    /// balance note, which weighs but does not count.
    pub fn has_standing(&self, who: usize, epoch: u32, as_of: u32) -> bool {
        let live = |leaf: &&Leaf| {
            leaf.owner == who
                && leaf.since.is_some_and(|since| since <= epoch)
                && leaf.until.is_none_or(|until| until > epoch)
                && leaf.expires_at > as_of
        };
        let weights = |kind| {
            let mut weights: Vec<u32> = self
                .leaves
                .iter()
                .filter(live)
                .filter(|leaf| leaf.kind == kind)
                .map(|leaf| leaf.weight.into())
                .collect();
            weights.sort_unstable_by(|one, other| other.cmp(one));
            weights
        };
        let (credentials, balances) = (weights(LeafKind::Credential), weights(LeafKind::Balance));
        let enough = |credentials: &[u32], balance: u32| {
            credentials.len() >= self.rules.reviewer_count
                && credentials.iter().sum::<u32>() + balance >= self.rules.reviewer_weight
        };
        let best = |slots: usize| &credentials[..credentials.len().min(slots)];
        self.is_member(who, epoch)
            && (enough(best(3), 0) || balances.first().is_some_and(|balance| enough(best(2), *balance)))
    }

    fn holder(&self, work: u32) -> Option<usize> {
        self.claims.iter().position(|claim| claim.work == work && matches!(claim.state, State::Open | State::Accepted))
    }

    fn can_claim(&self, who: usize, number: u8) -> Result<(), Refusal> {
        if !self.is_member(who, self.epoch) {
            return Err(Refusal::NotAMember);
        }
        if number >= self.rules.claims_per_epoch {
            return Err(Refusal::TooMany);
        }
        if self.tickets.contains(&(who, self.epoch, number)) { Err(Refusal::TicketUsed) } else { Ok(()) }
    }

    fn can_act_on(&self, who: usize, claim: &Claim) -> Result<(), Refusal> {
        if self.now >= claim.closes_at {
            return Err(Refusal::Closed);
        }
        if !self.is_member(who, claim.epoch) {
            return Err(Refusal::NotAMember);
        }
        if claim.acted.contains(&who) { Err(Refusal::ActedAlready) } else { Ok(()) }
    }

    /// What has to come of an attempt; if it succeeds, it has happened here.
    pub fn attempt(&mut self, attempt: &Attempt) -> Result<(), Refusal> {
        match *attempt {
            Attempt::Claim { who, work, number } => {
                self.can_claim(who, number)?;
                if self.holder(work).is_some() {
                    return Err(Refusal::WorkHeld);
                }
                self.open(who, work, number, None);
            }
            Attempt::Renew { who, old, number } => {
                self.can_claim(who, number)?;
                let claim = &self.claims[old];
                if claim.state != State::Accepted {
                    return Err(Refusal::NotRenewable);
                }
                if claim.who != who {
                    return Err(Refusal::NotTheOwner);
                }
                // A renewal that is open holds the work beside the old claim.
                if self.claims.iter().any(|other| other.renews == Some(old) && other.state == State::Open) {
                    return Err(Refusal::WorkHeld);
                }
                self.open(who, claim.work, number, Some(old));
            }
            Attempt::Recuse { who, claim } => {
                self.can_act_on(who, &self.claims[claim])?;
                self.claims[claim].acted.insert(who);
            }
            Attempt::Review { who, claim, verdict } => {
                let (epoch, as_of) = (self.claims[claim].epoch, self.claims[claim].as_of);
                self.can_act_on(who, &self.claims[claim])?;
                if !self.has_standing(who, epoch, as_of) {
                    return Err(Refusal::NoStanding);
                }
                self.claims[claim].acted.insert(who);
                self.claims[claim].verdicts.push((who, verdict));
            }
            Attempt::Merge { who, ref notes } => self.merge(who, notes)?,
            Attempt::Dispute { who, claim } => {
                if !matches!(self.claims[claim].state, State::Accepted | State::Rejected) {
                    return Err(Refusal::NotDecided);
                }
                if self.disputes.iter().any(|dispute| dispute.claim == claim && !dispute.over) {
                    return Err(Refusal::DisputedAlready);
                }
                if !self.has_standing(who, self.epoch, self.sealed_at) {
                    return Err(Refusal::NoStanding);
                }
                if !self.challenged.insert((who, self.epoch, claim)) {
                    return Err(Refusal::ActedAlready);
                }
                let (epoch, as_of, closes_at) = (self.epoch, self.sealed_at, self.now + self.rules.window);
                self.disputes.push(Dispute { claim, epoch, as_of, closes_at, over: false, votes: BTreeMap::new() });
            }
            Attempt::Vote { who, dispute, uphold } => {
                let Dispute { epoch, as_of, closes_at, .. } = self.disputes[dispute];
                if self.now >= closes_at {
                    return Err(Refusal::Closed);
                }
                if !self.has_standing(who, epoch, as_of) {
                    return Err(Refusal::NoStanding);
                }
                self.disputes[dispute].votes.insert(who, uphold);
            }
            Attempt::Sponsor { who, number } => {
                if number >= self.rules.sponsors_per_epoch {
                    return Err(Refusal::TooMany);
                }
                if !self.has_standing(who, self.epoch, self.sealed_at) {
                    return Err(Refusal::NoStanding);
                }
                if !self.sponsorships.insert((who, self.epoch, number)) {
                    return Err(Refusal::TicketUsed);
                }
            }
            Attempt::Leave { who } => {
                let person = &mut self.people[who];
                if person.leaving {
                    return Err(Refusal::AlreadyLeft);
                }
                person.leaving = true;
            }
        }
        Ok(())
    }

    fn open(&mut self, who: usize, work: u32, number: u8, renews: Option<usize>) {
        self.tickets.insert((who, self.epoch, number));
        self.claims.push(Claim {
            who,
            work,
            renews,
            epoch: self.epoch,
            as_of: self.sealed_at,
            closes_at: self.now + self.rules.window,
            state: State::Open,
            verdicts: Vec::new(),
            acted: BTreeSet::from([who]),
            leaf: None,
        });
    }

    /// At least two notes, or one reward note, all of one owner and one expiry, in the latest trees, none of them spent.
    fn merge(&mut self, who: usize, notes: &[usize]) -> Result<(), Refusal> {
        let leaves = || notes.iter().map(|note| &self.leaves[*note]);
        let rewards = leaves().filter(|leaf| leaf.kind == LeafKind::Reward).count();
        let expires_at = leaves().next().map(|leaf| leaf.expires_at);
        let fits = |leaf: &Leaf| {
            leaf.owner == who
                && leaf.kind != LeafKind::Credential
                && leaf.since.is_some_and(|since| since <= self.epoch)
                && leaf.until.is_none()
                && Some(leaf.expires_at) == expires_at
                && leaf.expires_at > self.now
        };
        let sum = leaves().map(|leaf| u32::from(leaf.weight)).sum::<u32>();
        let Ok(weight) = u16::try_from(sum) else { return Err(Refusal::Unmergeable) };
        let different = notes.iter().collect::<BTreeSet<_>>().len() == notes.len();
        if !different || notes.len() > 6 || notes.len() + rewards < 2 || !leaves().all(fits) {
            return Err(Refusal::Unmergeable);
        }
        if leaves().any(|leaf| leaf.spent) {
            return Err(Refusal::Spent);
        }
        let expires_at = expires_at.unwrap_or_default();
        for note in notes {
            self.leaves[*note].spent = true;
        }
        self.grant(who, LeafKind::Balance, weight, expires_at);
        Ok(())
    }

    fn grant(&mut self, owner: usize, kind: LeafKind, weight: u16, expires_at: u32) -> usize {
        self.leaves.push(Leaf {
            owner,
            kind,
            weight,
            expires_at,
            since: None,
            until: None,
            revoked: false,
            spent: false,
        });
        self.leaves.len() - 1
    }

    fn grant_credential(&mut self, claim: usize) {
        let (who, expires_at) = (self.claims[claim].who, self.now + self.rules.validity);
        let leaf = self.grant(who, LeafKind::Credential, self.rules.kind_weight, expires_at);
        self.claims[claim].leaf = Some(leaf);
        self.claims[claim].state = State::Accepted;
    }

    fn revoke(&mut self, claim: usize) {
        self.claims[claim].state = State::Revoked;
        if let Some(leaf) = self.claims[claim].leaf {
            self.leaves[leaf].revoked = true;
        }
    }

    /// Somebody new waits for the next epoch.
    pub fn enrol(&mut self) -> usize {
        self.people.push(Person { since: None, until: None, leaving: false });
        self.people.len() - 1
    }

    /// Time passes, and what is due is decided: claims, then disputes, each in the order in which they were opened.
    pub fn wait_until(&mut self, now: u32) {
        self.now = now;
        for claim in 0..self.claims.len() {
            if self.claims[claim].state == State::Open && self.claims[claim].closes_at <= now {
                self.rule(claim);
            }
        }
        for dispute in 0..self.disputes.len() {
            if !self.disputes[dispute].over && self.disputes[dispute].closes_at <= now {
                self.decide(dispute);
            }
        }
    }

    fn rule(&mut self, claim: usize) {
        let rules = self.rules;
        let verdicts = self.claims[claim].verdicts.clone();
        let count = |wanted| verdicts.iter().filter(|(_, verdict)| *verdict == wanted).count();
        let (accept, reject) = (count(Verdict::Accept), count(Verdict::Reject));
        let counted = accept + reject;
        if counted < rules.quorum {
            self.claims[claim].state = State::Expired;
            return;
        }
        let (numerator, denominator) = rules.acceptance;
        if accept * denominator >= counted * numerator {
            self.grant_credential(claim);
            if let Some(old) = self.claims[claim].renews {
                self.revoke(old);
            }
        } else {
            self.claims[claim].state = State::Rejected;
        }
        let quarter = 90 * 86_400;
        let expires_at = (self.now + rules.reward_validity).div_ceil(quarter) * quarter;
        for (who, verdict) in verdicts {
            if verdict != Verdict::Abstain {
                self.grant(who, LeafKind::Reward, rules.reward_weight, expires_at);
            }
        }
    }

    /// Upheld if enough vote, and enough of these for it; a tie at the head dismisses.
    fn decide(&mut self, dispute: usize) {
        self.disputes[dispute].over = true;
        let votes = &self.disputes[dispute].votes;
        let (voted, uphold) = (votes.len(), votes.values().filter(|uphold| **uphold).count());
        let (numerator, denominator) = self.rules.acceptance;
        let upheld = voted >= self.rules.quorum && uphold * 2 > voted && uphold * denominator >= voted * numerator;
        let claim = self.disputes[dispute].claim;
        match self.claims[claim].state {
            State::Accepted if upheld => self.revoke(claim),
            State::Rejected if upheld && self.holder(self.claims[claim].work).is_none() => self.grant_credential(claim),
            _ => {}
        }
    }

    /// Whether an epoch would take anything in.
    pub fn waits(&self) -> bool {
        self.leaves.iter().any(|leaf| leaf.since.is_none() || (leaf.revoked && leaf.until.is_none()))
            || self.people.iter().any(|person| person.since.is_none() || (person.leaving && person.until.is_none()))
    }

    /// What waited takes effect.
    pub fn seal(&mut self) {
        if !self.waits() {
            return;
        }
        self.epoch += 1;
        self.sealed_at = self.now;
        for person in &mut self.people {
            person.since.get_or_insert(self.epoch);
            if person.leaving {
                person.until.get_or_insert(self.epoch);
            }
        }
        for leaf in &mut self.leaves {
            leaf.since.get_or_insert(self.epoch);
            if leaf.revoked {
                leaf.until.get_or_insert(self.epoch);
            }
        }
    }

    /// What somebody has in the trees of the latest epoch, sorted.
    pub fn holdings(&self, who: usize) -> Vec<(LeafKind, u16, u32)> {
        let live = |leaf: &&Leaf| leaf.owner == who && leaf.since.is_some() && leaf.until.is_none();
        let mut held: Vec<_> =
            self.leaves.iter().filter(live).map(|leaf| (leaf.kind, leaf.weight, leaf.expires_at)).collect();
        held.sort_unstable();
        held
    }
}
