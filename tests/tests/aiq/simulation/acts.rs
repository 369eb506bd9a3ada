//! What an attempt of the model is over HTTP, with real proofs.

use aiq_circuits::credential::{Attributes, CredentialKind};
use aiq_circuits::merge::{MergeInstance, MergeWitness, SlotWitness};
use aiq_circuits::statement::StatementId;
use aiq_circuits::wire::sha256;
use aiq_cli::member::Purpose;
use aiq_server::api::{ClaimView, PollView};
use aiq_tests::keys::{keys, prover};
use aiq_tests::raw::Reply;
use aiq_verifier::claim::{Claim, NewClaim, claim_message, recusal_message, ticket_scope};
use aiq_verifier::dispute::{Dispute, dispute_message, dispute_scope};
use aiq_verifier::merge::{Merge, merge_message};
use aiq_verifier::poll::{Ballot, BallotKey, Blinding, Choice, Join, join_message};
use aiq_verifier::review::{Review, ReviewOpening, review_message};
use aiq_verifier::sponsorship::{Sponsorship, TokenHash, sponsor_message, sponsor_scope};
use aiq_verifier::withdrawal::{Withdrawal, WithdrawalKey};
use rand::Rng as _;
use rand::rngs::OsRng;
use serde_json::{Value, json};

use super::Simulation;
use super::model::{Attempt, LeafKind, Verdict};

/// A request about something with a proof.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    pub body: Value,
}

impl Simulation {
    /// Sends what an attempt is; `None` if nobody could prove it.
    pub fn send(&mut self, attempt: &Attempt) -> Option<Reply> {
        let (path, body) = match *attempt {
            Attempt::Claim { who, work, number } => {
                let tag = self.people[who].fresh_tag();
                ("/v1/claims".to_owned(), json!(self.claim(who, work, number, tag, None)?))
            }
            Attempt::Renew { who, old, number } => {
                let (claimant, work) = (self.model.claims[old].who, self.model.claims[old].work);
                // Others can name the claim; its tag is not theirs.
                let tag = if who == claimant { self.claim_tags[old] } else { self.people[who].fresh_tag() };
                ("/v1/claims".to_owned(), json!(self.claim(who, work, number, tag, Some(old))?))
            }
            Attempt::Recuse { who, claim } => {
                let ClaimView { id, scope, .. } = self.claims[claim];
                let epoch = self.model.claims[claim].epoch;
                let presentation = self.prove(who, false, epoch, scope, recusal_message(&scope))?;
                (format!("/v1/claims/{id}/recusals"), json!(presentation))
            }
            Attempt::Review { who, claim, verdict } => {
                let path = format!("/v1/claims/{}/reviews", self.claims[claim].id);
                (path, json!(self.review(who, claim, verdict)?))
            }
            Attempt::Merge { who, ref notes } => ("/v1/merges".to_owned(), json!(self.merge(who, notes)?)),
            Attempt::Dispute { who, claim } => {
                let (id, epoch) = (self.claims[claim].id, self.model.epoch);
                let scope = dispute_scope(&self.deployment.id, epoch, &id);
                let reasons = format!("Reason {}.", self.rng.r#gen::<u64>());
                let presentation = self.prove(who, true, epoch, scope, dispute_message(&scope, &reasons))?;
                (format!("/v1/claims/{id}/disputes"), json!(Dispute { epoch, reasons, presentation }))
            }
            Attempt::Vote { who, dispute, uphold } => return self.vote(who, dispute, uphold),
            Attempt::Sponsor { who, number } => {
                let epoch = self.model.epoch;
                let scope = sponsor_scope(&self.deployment.id, epoch, number);
                let token = format!("token {}", self.rng.r#gen::<u64>());
                let token_hash = TokenHash::new(sha256(&[b"AIQ/v1/token", token.as_bytes()]));
                self.tokens.push(token);
                let presentation = self.prove(who, true, epoch, scope, sponsor_message(&scope, &token_hash))?;
                let body = json!(Sponsorship { epoch, number, token_hash, presentation });
                ("/v1/sponsorships".to_owned(), body)
            }
            Attempt::Leave { who } => {
                let (key, commitment) = (&self.people[who].withdrawal, self.people[who].identity.commitment());
                let body = json!(Withdrawal::sign(key, &self.deployment.id, commitment));
                return Some(self.raw.post("/v1/withdrawals", &body));
            }
        };
        let reply = self.raw.post(&path, &body);
        if reply.status == 201 {
            self.accepted.push(Request { path, body });
        }
        Some(reply)
    }

    /// A claim of a work under the latest epoch.
    pub fn claim(
        &mut self,
        who: usize,
        work: u32,
        number: u8,
        tag_number: u64,
        renews: Option<usize>,
    ) -> Option<NewClaim> {
        let (deployment, epoch) = (self.deployment.id, self.model.epoch);
        let claim = Claim {
            domain: "1.9.1.0".parse().unwrap(),
            kind: self.standard.kinds[0].kind,
            title: format!("Claim {}", self.claims.len()),
            summary: String::new(),
            evidence: vec![format!("arxiv:2401.{work:05}").parse().unwrap()],
            renews: renews.map(|old| self.claims[old].id),
            tag: self.people[who].identity.tag(tag_number),
            standard: self.standard.id(),
            eligibility: self.standing(epoch),
            roots: self.epochs[epoch as usize].0,
            key_id: keys().entry(StatementId::Standing3).unwrap().key_id,
        };
        let scope = claim.scope(&deployment);
        let message = claim_message(&scope);
        let presentation = self.present(who, false, epoch, tag_number, Purpose { scope, message })?;
        let ticket = self.prove(who, false, epoch, ticket_scope(&deployment, epoch, number), message)?;
        self.sent_tag = tag_number;
        Some(NewClaim { claim, presentation, number, ticket })
    }

    fn review(&mut self, who: usize, claim: usize, verdict: Verdict) -> Option<Review> {
        let verdict = match verdict {
            Verdict::Accept => aiq_verifier::review::Verdict::Accept,
            Verdict::Reject => aiq_verifier::review::Verdict::Reject,
            Verdict::Abstain => aiq_verifier::review::Verdict::Abstain,
        };
        let blinding = Blinding::new(self.rng.r#gen());
        let opening = ReviewOpening { blinding, verdict, comment: format!("By {who}.") };
        let (scope, epoch) = (self.claims[claim].scope, self.model.claims[claim].epoch);
        let message = review_message(&scope, &opening.commitment());
        let presentation = self.prove(who, true, epoch, scope, message)?;
        Some(Review { presentation, opening })
    }

    /// A join, the first time, and a ballot.
    fn vote(&mut self, who: usize, dispute: usize, uphold: bool) -> Option<Reply> {
        let (id, scope) = (self.disputes[dispute].definition.id, self.disputes[dispute].scope);
        let epoch = self.model.disputes[dispute].epoch;
        if !self.people[who].joined.contains_key(&dispute) {
            let ballot_key = BallotKey::of(&self.people[who].ballots);
            let presentation = self.prove(who, true, epoch, scope, join_message(&scope, &ballot_key))?;
            let (path, body) = (format!("/v1/polls/{id}/joins"), json!(Join { presentation, ballot_key }));
            let reply = self.raw.post(&path, &body);
            if reply.status != 201 {
                return Some(reply);
            }
            self.accepted.push(Request { path, body });
            self.people[who].joined.insert(dispute, 0);
        }
        let person = &mut self.people[who];
        let seq = person.joined.get_mut(&dispute)?;
        let nullifier = person.identity.nullifier(&scope);
        let body = Choice::Option(u8::from(uphold)).encode();
        let ballot = Ballot::sign(&person.ballots, scope, nullifier, *seq, body, &mut OsRng);
        *seq += 1;
        Some(self.raw.post(&format!("/v1/polls/{id}/ballots"), &json!(ballot)))
    }

    /// The tag under which a leaf of the model is found. Leaves of one owner that say the same are told apart once and for all.
    fn tag_of(&mut self, leaf: usize) -> Option<u64> {
        if let Some(tag) = self.notes.get(&leaf) {
            return Some(*tag);
        }
        let wanted = self.model.leaves[leaf].clone();
        let taken = |tag: u64| {
            self.notes.iter().any(|(other, known)| self.model.leaves[*other].owner == wanted.owner && *known == tag)
        };
        let says = |attributes: &Attributes| {
            (kind(attributes.kind), attributes.weight, attributes.expires_at)
                == (wanted.kind, wanted.weight, wanted.expires_at)
        };
        let held = &self.people[wanted.owner].held;
        let found = held.iter().find(|held| says(&held.credential.attributes) && !taken(held.tag_index))?;
        let tag = found.tag_index;
        self.notes.insert(leaf, tag);
        Some(tag)
    }

    /// A merge; `None` if there is no witness for it.
    fn merge(&mut self, who: usize, notes: &[usize]) -> Option<Merge> {
        let epoch = self.model.epoch;
        let tags: Vec<u64> = notes.iter().map(|note| self.tag_of(*note)).collect::<Option<_>>()?;
        let new = self.people[who].fresh_tag();
        let (person, trees) = (&self.people[who], &self.trees[epoch as usize]);
        let owner = &person.identity;
        let slot = |tag: &u64| {
            let held = person.held.iter().find(|held| held.tag_index == *tag)?;
            let path = trees.credentials.path(held.leaf)?;
            let (attributes, id) = (held.credential.attributes, held.credential.id);
            Some(SlotWitness { tag_randomness: owner.tag_randomness(*tag), attributes, id, path })
        };
        let slots: Vec<SlotWitness> = tags.iter().map(slot).collect::<Option<_>>()?;
        let weight = slots.iter().map(|slot| slot.attributes.weight).sum();
        let (kind, issued_at) = (CredentialKind::BALANCE_NOTE, self.epochs[epoch as usize].1);
        let balance = Attributes { kind, weight, issued_at, ..slots.first()?.attributes };
        let witness = MergeWitness::new(owner.secret().clone(), owner.tag_randomness(new), slots, &mut OsRng).ok()?;
        let (spends, tag) = (witness.spends(), witness.tag());
        let message = merge_message(&self.deployment.id, epoch);
        let instance = MergeInstance::new(trees.credentials.root(), balance, spends, tag, message).ok()?;
        let prover = prover(StatementId::Merge6);
        let proof = prover.prove(&instance, &witness, &mut OsRng, &mut |_| {}).ok()?;
        Some(Merge { epoch, key_id: prover.key_id(), balance, spends, tag, proof })
    }

    /// What follows here from an attempt that was accepted.
    pub fn settle(&mut self, attempt: &Attempt, reply: &Reply) {
        let read = |reply: &Reply| serde_json::from_value::<ClaimView>(reply.json()).unwrap();
        match *attempt {
            Attempt::Claim { who, .. } | Attempt::Renew { who, .. } => {
                self.claims.push(read(reply));
                self.claim_tags.push(self.sent_tag);
                self.people[who].acted = true;
            }
            Attempt::Dispute { .. } => {
                self.disputes.push(serde_json::from_value::<PollView>(reply.json()).unwrap());
            }
            Attempt::Sponsor { .. } => self.enrol(),
            Attempt::Review { who, .. } | Attempt::Merge { who, .. } | Attempt::Leave { who } => {
                self.people[who].acted = true;
            }
            Attempt::Recuse { .. } | Attempt::Vote { .. } => {}
        }
    }

    /// Somebody new uses the invitation that was made last.
    fn enrol(&mut self) {
        let number = u16::try_from(self.people.len()).unwrap();
        let person = super::people::Person::new(number, &self.deployment.id);
        let (commitment, invitation) = (person.identity.commitment(), self.tokens.last().unwrap());
        let withdrawal_key = WithdrawalKey::of(&person.withdrawal);
        let body = json!({ "invitation": invitation, "commitment": commitment, "withdrawal_key": withdrawal_key });
        assert_eq!(self.raw.post("/v1/enrolments", &body).status, 201);
        assert_eq!(self.model.enrol(), self.people.len());
        self.people.push(person);
    }
}

/// What the model calls a kind.
pub fn kind(kind: CredentialKind) -> LeafKind {
    match kind {
        CredentialKind::REWARD_NOTE => LeafKind::Reward,
        CredentialKind::BALANCE_NOTE => LeafKind::Balance,
        _ => LeafKind::Credential,
    }
}
