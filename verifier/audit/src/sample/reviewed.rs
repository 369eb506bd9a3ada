//! Claims, reviews and what follows in a sample.

use std::collections::BTreeMap;

use aiq_circuits::{
    credential::{Attributes, Credential, CredentialKind},
    identity::OwnerTag,
    merge::{MergeInstance, MergeWitness},
    scope::{Message, Scope},
    statement::StatementId,
};
use aiq_keys::KeyDir;
use aiq_verifier::{
    claim::{Claim, NewClaim, claim_message, recusal_message, ticket_scope},
    dispute::{Dispute, dispute_message, dispute_poll, dispute_scope},
    eligibility::Eligibility,
    log::{Act, EntryOpening, RevokedBy},
    merge::{Merge, merge_message},
    poll::{Ballot, Blinding, Decision, PollDefinition, PollId, PollReward, PollRule},
    presentation::{Expectation, Presentation},
    review::{Review, ReviewOpening, Ruling, RulingOutcome, Verdict, grants, review_message},
    sponsorship::{Allowance, Charter, Sponsorship, TokenHash, sponsor_message, sponsor_scope},
    standard::{Authority, KindRule, Reward, Standard},
};
use rand::rngs::OsRng;

use super::deployment::{Deployment, Joined, NOW, YEAR, menu_entry};

/// Seconds for which reviews are taken.
const WINDOW: u32 = 1_000;
const DAY: u32 = 86_400;

/// What a deployment knows of its claims.
#[derive(Default)]
pub(super) struct Reviewed {
    pub(super) standards: Vec<Standard>,
    claims: BTreeMap<Scope, Made>,
}

/// A claim as it was made.
struct Made {
    by: u16,
    tag: u64,
    claim: Claim,
    standard: Standard,
    renews: Option<Scope>,
    reviews: Vec<(u16, u64, Presentation, Verdict)>,
    /// The credential, once it is granted.
    credential: Option<Credential>,
    is_open: bool,
}

impl Reviewed {
    /// Whether a claim waits for its ruling.
    pub(super) fn is_open(&self, scope: &Scope) -> bool {
        self.claims.get(scope).is_some_and(|made| made.is_open)
    }

    fn get(&self, scope: Scope) -> &Made {
        self.claims.get(&scope).expect("the claim was made")
    }

    fn get_mut(&mut self, scope: Scope) -> &mut Made {
        self.claims.get_mut(&scope).expect("the claim was made")
    }
}

impl Deployment {
    /// Founds a deployment with a charter that lets qualified members invite one in an epoch each, and a standard for the domain of its
    /// requirement: a quorum of two, two thirds, a window of a thousand seconds, rewards. The first members hold two credentials each.
    #[must_use]
    pub fn found_with_reviews(keys: &KeyDir, founders: u16, holders: u16) -> Self {
        let statements = [StatementId::Membership, StatementId::Standing3, StatementId::Merge6];
        let mut deployment = Self::begin(keys, &statements, founders);
        let sponsors = Allowance { menu: menu_entry().id, per_epoch: 1 };
        deployment.write(Act::Charter(Charter {
            sponsors: Some(sponsors),
            proposers: None,
            invitation_validity: DAY,
            governance: None,
        }));
        deployment.lay_down_next(Authority::Founding);
        for holder in 0..holders {
            for index in 0..2 {
                deployment.grant(holder, index);
            }
        }
        deployment.seal();
        deployment
    }

    /// Lays down the next version of the standard.
    pub fn lay_down_next(&mut self, by: Authority) {
        let standard = self.next_standard();
        self.reviewed.standards.push(standard.clone());
        self.write(Act::Standard { standard, by });
    }

    /// The next version of the standard.
    pub(super) fn next_standard(&self) -> Standard {
        Standard {
            domain: menu_entry().domain,
            version: u32::try_from(self.reviewed.standards.len()).expect("few versions") + 1,
            reviewers: menu_entry().id,
            quorum: 2,
            acceptance: "2/3".parse().expect("a share"),
            window: WINDOW,
            validity: YEAR,
            claims_per_epoch: 2,
            kinds: vec![KindRule { kind: CredentialKind::new(1), name: "Publication".into(), weight: 5 }],
            reward: Some(Reward { weight: 2, validity: DAY }),
        }
    }

    /// Lets a member claim a work for its tag of this number, as its nth claim of the epoch, from 0.
    pub fn claim(&mut self, member: u16, tag: u64, number: u8, evidence: &str, renews: Option<Scope>) -> Scope {
        let standard = self.reviewed.standards.last().expect("a standard").clone();
        let claim = Claim {
            domain: "1.7.0.0".parse().expect("a domain"),
            kind: CredentialKind::new(1),
            title: "A work on safety".into(),
            summary: "What it is about.\nWhat I did.".into(),
            evidence: vec![evidence.parse().expect("evidence")],
            renews: renews.map(|old| self.reviewed.get(old).claim.id()),
            tag: self.identity(member).tag(tag),
            standard: standard.id(),
            eligibility: menu_entry().eligibility(self.latest().sealed_at),
            roots: self.roots(),
            key_id: self.prover(StatementId::Standing3).key_id(),
        };
        let here = self.log.deployment_id();
        let scope = claim.scope(&here);
        let mut proofs = [(scope, tag), (ticket_scope(&here, claim.roots.epoch, number), 99)]
            .map(|(place, tag)| self.show(member, tag, &self.membership(place, claim_message(&scope))));
        let [presentation, ticket] = &mut proofs;
        let new = NewClaim { claim: claim.clone(), presentation: presentation.clone(), number, ticket: ticket.clone() };
        self.write(Act::Claim(Box::new(new)));
        let made =
            Made { by: member, tag, claim, standard, renews, reviews: Vec::new(), credential: None, is_open: true };
        self.reviewed.claims.insert(scope, made);
        scope
    }

    /// What a member shows who is just that, under the latest epoch.
    fn membership(&self, scope: Scope, message: Message) -> Expectation {
        Expectation { eligibility: Eligibility::Membership, roots: self.roots(), scope, message }
    }

    /// Lets a member say that it will not review a claim.
    pub fn recuse(&mut self, claim: Scope, member: u16) {
        let expectation = self.membership(claim, recusal_message(&claim));
        let presentation = self.show(member, 99, &expectation);
        self.write(Act::Recusal { scope: claim, presentation });
    }

    /// Lets a member review a claim, with its tag of this number for the reward.
    pub fn review(&mut self, claim: Scope, member: u16, tag: u64, verdict: Verdict) {
        let number = u8::try_from(tag).expect("a small number");
        let opening = ReviewOpening {
            blinding: Blinding::new([number; 32]),
            verdict,
            comment: format!("Read it {number} times:\n\"well\"."),
        };
        let Claim { eligibility, roots, .. } = &self.reviewed.get(claim).claim;
        let message = review_message(&claim, &opening.commitment());
        let expectation = Expectation { eligibility: eligibility.clone(), roots: *roots, scope: claim, message };
        let review = Review { presentation: self.show(member, tag, &expectation), opening };
        let index = self.write(Act::Review { scope: claim, review: review.committed() });
        self.log.openings.insert(index, EntryOpening::Review(review.opening));
        self.reviewed.get_mut(claim).reviews.push((member, tag, review.presentation, verdict));
    }

    /// Decides a claim; what that brings about follows.
    pub fn rule(&mut self, claim: Scope) {
        let made = self.reviewed.get_mut(claim);
        made.is_open = false;
        let ruling = Ruling::count(&made.standard, made.reviews.iter().map(|(.., verdict)| *verdict));
        let reviews: Vec<_> = made.reviews.iter().map(|(_, _, shown, verdict)| (shown, *verdict)).collect();
        let granted = grants(&made.claim, &claim, &made.standard, &ruling, &reviews, self.now);
        let owners: BTreeMap<OwnerTag, (u16, u64)> = made
            .reviews
            .iter()
            .map(|(by, tag, shown, _)| (shown.tag, (*by, *tag)))
            .chain([(made.claim.tag, (made.by, made.tag))])
            .collect();
        self.write(Act::Ruling { scope: claim, ruling });
        for credential in granted {
            let (owner, tag) = owners.get(&credential.tag).expect("everything is granted to somebody");
            self.issue(*owner, *tag, credential);
        }
        if ruling.outcome == RulingOutcome::Accepted {
            self.accept(claim);
        }
    }

    /// Keeps the credential of an accepted claim, and revokes the one that it renews.
    fn accept(&mut self, claim: Scope) {
        let made = self.reviewed.get_mut(claim);
        made.credential = made.claim.credential(&made.standard, self.now);
        let (id, renews) = (made.claim.id(), made.renews);
        if let Some(old) = renews {
            self.revoke(old, RevokedBy::Renewal(id));
        }
    }

    fn revoke(&mut self, claim: Scope, because: RevokedBy) {
        let credential = self.reviewed.get_mut(claim).credential.take().expect("it was granted");
        self.leaving.push(credential.leaf());
        self.write(Act::Revocation { id: credential.id, because });
    }

    /// Lets a member challenge the decision on a claim; gives the scope of the poll that decides.
    pub fn dispute(&mut self, claim: Scope, member: u16, poll: u8) -> Scope {
        let (here, roots, reasons) = (self.log.deployment_id(), self.roots(), "It is not what it says.".to_owned());
        let made = self.reviewed.get(claim);
        let id = made.claim.id();
        let eligibility = menu_entry().eligibility(self.latest().sealed_at);
        let key_id = self.prover(eligibility.statement()).key_id();
        let poll_id = PollId::new([poll; 16]);
        let poll = dispute_poll(poll_id, id, &made.standard, eligibility.clone(), roots, key_id, self.now);
        let scope = dispute_scope(&here, roots.epoch, &id);
        let expectation = Expectation { eligibility, roots, scope, message: dispute_message(&scope, &reasons) };
        let dispute = Dispute { epoch: roots.epoch, reasons, presentation: self.show(member, 99, &expectation) };
        let scope = poll.scope(&here);
        self.polls.insert(scope, (poll.clone(), Vec::new(), Vec::new()));
        self.write(Act::Dispute { claim: id, dispute, poll: Box::new(poll) });
        scope
    }

    /// Overturns what a dispute was about.
    pub(super) fn overturn(&mut self, poll: Scope, definition: &PollDefinition) {
        let question = &definition.question;
        let disputed = self.reviewed.claims.iter().find(|(_, made)| question.contains(&made.claim.id().to_string()));
        let (claim, made) = disputed.expect("the claim was made");
        let (claim, by, tag) = (*claim, made.by, made.tag);
        if made.credential.is_some() {
            self.revoke(claim, RevokedBy::Poll(poll));
        } else {
            let credential = made.claim.credential(&made.standard, self.now).expect("the standard knows the kind");
            self.issue(by, tag, credential);
            self.accept(claim);
        }
    }

    /// Announces a poll that rewards who votes; the notes can be merged with those of reviews that are decided the same day.
    pub fn announce_rewarded(&mut self, id: u8) -> Scope {
        let definition = self.definition(id, false, PollRule::default(), Decision::default());
        self.announce_defined(Self::rewarded(definition))
    }

    /// The same poll with a reward.
    pub(super) fn rewarded(definition: PollDefinition) -> PollDefinition {
        let domain = "1.7.0.0".parse().expect("a domain");
        let expires_at = Reward { weight: 2, validity: DAY }.note(domain, NOW).expires_at;
        PollDefinition { reward: Some(PollReward { domain, weight: 2, expires_at }), ..definition }
    }

    /// Gives everybody who voted in a poll what it promised.
    pub(super) fn reward(
        &mut self,
        scope: Scope,
        definition: &PollDefinition,
        ballots: &[Ballot],
        mut joined: Vec<Joined>,
    ) {
        joined.sort_unstable_by_key(|joined| joined.nullifier);
        for Joined { member, tag, nullifier } in joined {
            let voted = ballots.iter().any(|ballot| ballot.nullifier == nullifier);
            if let Some(reward) = definition.reward.filter(|_| voted) {
                let note = reward.note(&scope, &nullifier, self.identity(member).tag(tag), self.now);
                self.issue(member, tag, note);
            }
        }
    }

    /// Lets a member invite somebody, as its nth of the epoch, from 0.
    pub fn sponsor(&mut self, member: u16, number: u8) {
        let (roots, token_hash) = (self.roots(), TokenHash::new([number + 1; 32]));
        let scope = sponsor_scope(&self.log.deployment_id(), roots.epoch, number);
        let eligibility = menu_entry().eligibility(self.latest().sealed_at);
        let expectation = Expectation { eligibility, roots, scope, message: sponsor_message(&scope, &token_hash) };
        let presentation = self.show(member, 99, &expectation);
        self.write(Act::Sponsorship(Sponsorship { epoch: roots.epoch, number, token_hash, presentation }));
    }

    /// Lets a member merge the notes of some of its tags into one for another.
    pub fn merge(&mut self, member: u16, notes: &[u64], tag: u64) {
        let (here, latest) = (self.log.deployment_id(), self.latest());
        let (_, tree, _) = self.epoch(latest.epoch);
        let held: Vec<_> =
            self.holdings.iter().filter(|(owner, number, _)| *owner == member && notes.contains(number)).collect();
        let Attributes { domain, expires_at, .. } = held.first().expect("a note").2.attributes;
        let balance = Attributes {
            domain,
            kind: CredentialKind::BALANCE_NOTE,
            weight: held.iter().map(|(.., note)| note.attributes.weight).sum(),
            expires_at,
            issued_at: latest.sealed_at,
        };
        let identity = self.identity(member);
        let slots = held.iter().map(|note| self.slot(note, tree)).collect();
        let witness = MergeWitness::new(identity.secret().clone(), identity.tag_randomness(tag), slots, &mut OsRng);
        let witness = witness.expect("at most six notes");
        let (spends, tag_value) = (witness.spends(), witness.tag());
        let message = merge_message(&here, latest.epoch);
        let instance = MergeInstance::new(latest.credentials_root, balance, spends, tag_value, message);
        let prover = self.prover(StatementId::Merge6);
        let proof = prover
            .prove(&instance.expect("different notes"), &witness, &mut OsRng, &mut |_| {})
            .expect("the member owns the notes");
        let merge = Merge { epoch: latest.epoch, key_id: prover.key_id(), balance, spends, tag: tag_value, proof };
        let credential = merge.credential();
        self.write(Act::Merge(merge));
        self.holdings.push((member, tag, credential));
        self.new_credentials.push(credential.leaf());
    }
}
