//! The log, entry by entry.

use std::{collections::BTreeMap, sync::Arc};

use aiq_keys::Origin as KeyOrigin;
use aiq_verifier::{
    checkpoint::Checkpoint,
    genesis::Genesis,
    log::{Act, EnrolledBy, Entry, EntryHash, EntryOpening, Frontier, LogCheckpoint, NodeHash, verify_inclusion},
    poll::{Change, PollDefinition, SignedTally},
};

use super::{
    BATCH, Options, Progress,
    ceremonies::Ceremonies,
    claims::{Challenge, Claims},
    consequences::{Consequences, Effect},
    decode::Item,
    founding::Founding,
    governance::{self, Governance, Subjects},
    keys::Keys,
    kinds::{self, Before},
    pending::Pending,
    polls::{Announcement, Origin, Outcome, Polls},
    spends,
    standards::Standards,
    surroundings::{Context, Surroundings},
    trees::{Counts, Trees},
    used::Used,
    witnesses,
};
use crate::{
    bundle::{Contents, Header},
    fault::{Fault, FaultCode, Place},
    report::{Caveat, EnactmentState, Report, WitnessReport},
};

/// Everything that is known after some entries.
pub(super) struct Log<'a> {
    options: &'a Options,
    header: Header,
    keys: Keys,
    /// The signed checkpoint as the bundle has it.
    note: String,
    anchor: Option<Arc<Anchor>>,
    witnesses: Vec<WitnessReport>,
    read: u64,
    last: Option<u64>,
    frontier: Frontier,
    entries: BTreeMap<&'static str, u64>,
    founding: Founding,
    standards: Standards,
    trees: Trees,
    polls: Polls,
    ceremonies: Ceremonies,
    governance: Governance,
    claims: Claims,
    used: Used,
    consequences: Consequences,
    pending: Pending,
}

/// What the first entry makes trustworthy.
struct Anchor {
    genesis: Genesis,
    checkpoint: LogCheckpoint,
}

impl<'a> Log<'a> {
    pub(super) fn new(header: Header, keys: Keys, note: String, options: &'a Options) -> Self {
        Self {
            options,
            header,
            keys,
            note,
            anchor: None,
            witnesses: Vec::new(),
            read: 0,
            last: None,
            frontier: Frontier::default(),
            entries: BTreeMap::new(),
            founding: Founding::default(),
            standards: Standards::default(),
            trees: Trees::default(),
            polls: Polls::default(),
            ceremonies: Ceremonies::default(),
            governance: Governance::default(),
            claims: Claims::default(),
            used: Used::default(),
            consequences: Consequences::default(),
            pending: Pending::default(),
        }
    }

    pub(super) const fn progress(&self) -> Progress {
        Progress { entries: self.read, total: self.header.entries, proofs: self.pending.proofs }
    }

    /// Takes the next entry; `None` is a line that is none.
    pub(super) fn entry(&mut self, item: Option<Item>) -> Result<(), Fault> {
        let outcome = self.apply(item);
        if outcome.is_err() || self.pending.len() >= BATCH {
            self.settle()?;
        }
        outcome
    }

    /// Checks all that waits to be checked.
    pub(super) fn settle(&mut self) -> Result<(), Fault> {
        self.pending.settle()
    }

    /// Checks what can be checked only at the end.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        let rule = |holds, code, message: &str| Place::BUNDLE.rule(holds, code, || message);
        if let Some(poll) = &self.header.poll {
            return rule(self.polls.has(poll), FaultCode::PollMissing, "the poll that it is about is not in it");
        }
        rule(
            self.consequences.are_complete(),
            FaultCode::Consequence,
            "it ends before everything that its last ruling, tally or epoch brings about",
        )?;
        if let Some(claim) = &self.header.claim {
            return rule(self.claims.has(claim), FaultCode::ClaimMissing, "the claim that it is about is not in it");
        }
        let root = self.anchor.as_ref().map(|anchor| anchor.checkpoint.root);
        rule(root == Some(self.frontier.root()), FaultCode::Root, "its entries have another root than its checkpoint")
    }

    /// Whether every entry of the log is in the bundle.
    fn is_complete(&self) -> bool {
        self.header.contents == Contents::Everything
    }

    fn apply(&mut self, item: Option<Item>) -> Result<(), Fault> {
        let place = if self.is_complete() { Place::entry(self.read) } else { Place::BUNDLE };
        let item = item.filter(|item| item.proof.is_none() == self.is_complete());
        let Item { index, hash, entry, opening, proof } =
            item.ok_or_else(|| place.fault(FaultCode::Format, "the line is not one of an entry in its one spelling"))?;
        self.check_order(index)?;
        let Entry { at, act } = entry?;
        let place = Place::entry(index);
        let opens = match opening {
            None => true,
            Some(EntryOpening::Ballot(_)) => matches!(act, Act::Ballot(_)),
            Some(EntryOpening::Review(_)) => matches!(act, Act::Review { .. }),
        };
        place.rule(opens, FaultCode::Opening, || "it has an opening, but is no ballot or review that it could open")?;
        place.rule(
            matches!(act, Act::Genesis(_)) == (index == 0),
            FaultCode::Genesis,
            || "the genesis record is the first entry, and no other",
        )?;
        if let Act::Genesis(genesis) = &act {
            self.found(place, genesis)?;
        }
        let Some(anchor) = self.anchor.clone() else {
            return Err(place.fault(FaultCode::Genesis, "the genesis record does not stand before it"));
        };
        self.check_inclusion(place, index, &hash, proof.as_deref(), &anchor.checkpoint)?;
        kinds::check(place, &act, &self.header, &self.before())?;
        let (kind, follows) = (act.kind(), self.follows(index));
        let effect = if self.founding.is_over() {
            self.consequences.take(place, at, &act, follows, self.is_complete())?
        } else {
            None
        };
        match effect {
            Some(Effect::Comes(leaf)) => self.trees.issue(index, leaf),
            Some(Effect::Goes(leaf)) => self.trees.revoke(index, leaf),
            Some(Effect::Done) => {}
            None => {
                // In the bundle of a poll nobody knows what follows from its tally.
                if self.is_complete() && !matches!(act, Act::Reason { .. }) {
                    self.polls.end_reasons();
                }
                self.act(place, (index, at), act, opening, &anchor)?;
            }
        }
        *self.entries.entry(kind).or_default() += 1;
        (self.read, self.last) = (self.read + 1, Some(index));
        Ok(())
    }

    fn check_order(&self, index: u64) -> Result<(), Fault> {
        if self.is_complete() {
            let expected = self.read;
            return Place::entry(expected)
                .rule(index == expected, FaultCode::Order, || format!("entry {index} stands in its place"));
        }
        let is_behind = self.last.is_none_or(|last| index > last);
        Place::entry(index).rule(is_behind, FaultCode::Order, || "it does not stand behind the one before it")
    }

    /// Checks the genesis record, and with it everything that it makes trustworthy.
    fn found(&mut self, place: Place, genesis: &Genesis) -> Result<(), Fault> {
        genesis.validate().map_err(|error| place.fault(FaultCode::Genesis, format!("the name {error}")))?;
        let (bundle, deployment_id) = (Place::BUNDLE, &self.header.deployment_id);
        bundle.rule(genesis.deployment_id() == *deployment_id, FaultCode::DeploymentId, || {
            format!("its genesis record is that of deployment {}", genesis.deployment_id())
        })?;
        bundle.rule(
            self.keys.manifest.digest() == genesis.manifest_digest,
            FaultCode::ManifestDigest,
            || "its manifest of keys is not the one that the genesis record pins",
        )?;
        let checkpoint = LogCheckpoint::from_note(&self.note, deployment_id, &genesis.log_key)
            .map_err(|error| bundle.fault(FaultCode::Checkpoint, format!("its checkpoint: {error}")))?;
        self.witnesses = witnesses::cosigned(&self.note, self.options)?;
        let fits = !self.is_complete() || checkpoint.size == self.header.entries;
        bundle.rule(fits, FaultCode::Size, || {
            format!("it has {} entries, its checkpoint is for {}", self.header.entries, checkpoint.size)
        })?;
        self.anchor = Some(Arc::new(Anchor { genesis: genesis.clone(), checkpoint }));
        Ok(())
    }

    /// Whether an entry stands right behind the last one.
    fn follows(&self, index: u64) -> bool {
        self.last.and_then(|last| last.checked_add(1)) == Some(index)
    }

    /// Adds the entry to the tree, or checks that it is in it.
    fn check_inclusion(
        &mut self,
        place: Place,
        index: u64,
        hash: &EntryHash,
        proof: Option<&[NodeHash]>,
        checkpoint: &LogCheckpoint,
    ) -> Result<(), Fault> {
        match proof {
            None => self.frontier.push(hash),
            Some(hashes) => verify_inclusion(checkpoint, index, hash, hashes)
                .map_err(|error| place.fault(FaultCode::Inclusion, error.to_string()))?,
        }
        Ok(())
    }

    /// What was there before the next entry.
    fn before(&self) -> Before {
        let has_poll = self.header.poll.is_some_and(|poll| self.polls.has(&poll));
        Before { is_founded: self.founding.is_over(), has_poll, has_ceremony: self.ceremonies.are_some() }
    }

    /// Takes what the founding, the administrator and members who come and go write; the rest is [`decide`](Self::decide)'s.
    fn act(
        &mut self,
        place: Place,
        (index, at): (u64, u32),
        act: Act,
        opening: Option<EntryOpening>,
        anchor: &Anchor,
    ) -> Result<(), Fault> {
        let deployment_id = &self.header.deployment_id;
        match act {
            Act::Domain { entry, by } => self.founding.domain(place, &entry, by),
            Act::Menu { entry, by } => self.founding.menu(place, entry, by),
            Act::MenuRemoval { id, by } => self.founding.menu_removal(place, &id, by),
            Act::Charter(charter) => self.founding.charter(place, charter),
            Act::Standard { standard, .. } => {
                let checked = self.standards.check(&standard, &self.founding);
                checked.map_err(|message| place.fault(FaultCode::Standard, message))?;
                self.standards.lay_down(standard);
                Ok(())
            }
            Act::Grant(credential) => {
                self.founding.grant(place, &credential, &mut self.used)?;
                self.trees.issue(index, credential.leaf());
                Ok(())
            }
            Act::Enrolment { commitment, withdrawal_key, by } => {
                self.trees.enrol(place, index, commitment, withdrawal_key)?;
                if by == EnrolledBy::Invitation { self.trees.use_invitation(place, at) } else { Ok(()) }
            }
            Act::Withdrawal(withdrawal) => self.trees.withdraw(place, index, deployment_id, &withdrawal),
            Act::Invitations { count, expires_at } => {
                self.trees.invite(count, expires_at);
                Ok(())
            }
            Act::Epoch { checkpoint, before } => self.seal(place, (index, at), &checkpoint, before),
            // Nothing follows from the genesis record that was not checked with it, and nothing from the hash of an answer.
            Act::Genesis(_) | Act::Attestation { .. } => Ok(()),
            act => self.decide(place, (index, at), act, opening, anchor),
        }
    }

    /// Seals an epoch; what polls decided happens with it.
    fn seal(
        &mut self,
        place: Place,
        (index, at): (u64, u32),
        checkpoint: &Checkpoint,
        before: u64,
    ) -> Result<(), Fault> {
        let deployment_id = &self.header.deployment_id;
        if self.header.contents == Contents::Everything {
            let waits = self.governance.waits();
            self.trees.seal(place, index, deployment_id, checkpoint, before, waits)?;
            let Self { governance, founding, standards, claims, polls, .. } = self;
            let (consequences, states) = governance.enact(founding, standards, claims);
            for (poll, state) in &states {
                polls.enacted(poll, Some(*state));
            }
            self.consequences.demand(at, consequences);
        } else {
            self.trees.state(place, index, deployment_id, checkpoint, before)?;
        }
        self.used.end_epoch();
        self.founding.end();
        Ok(())
    }

    /// Takes what members and trustees do.
    fn decide(
        &mut self,
        place: Place,
        (index, at): (u64, u32),
        act: Act,
        opening: Option<EntryOpening>,
        anchor: &Anchor,
    ) -> Result<(), Fault> {
        let is_complete = self.is_complete();
        let Self { header, keys, founding, standards, trees, polls, ceremonies, claims, used, pending, .. } = self;
        let deployment_id = &header.deployment_id;
        let possible = |claims: &Claims, poll: &PollDefinition| match &poll.enactment {
            Some(enactment) if is_complete => Subjects { founding, standards, claims }.allow(&enactment.change),
            _ => Ok(()),
        };
        let around = Surroundings { deployment_id, founding, standards, trees, keys, is_complete };
        let mut context = Context { around, used, pending };
        match act {
            Act::Poll(definition) => {
                let possible = possible(claims, &definition);
                let announcement = Announcement { definition, origin: Origin::Announced, possible };
                polls.announce(place, at, announcement, &context.around, ceremonies)
            }
            Act::Proposal { proposal, poll } => {
                let possible = possible(claims, &poll);
                let proposed = spends::propose(place, &proposal, &poll, &context)?;
                let origin = Origin::Proposed(proposal.withdrawal_key);
                let announcement = Announcement { definition: *poll, origin, possible };
                polls.announce(place, at, announcement, &context.around, ceremonies)?;
                proposed.show(place, index, &proposal.presentation, &mut context)
            }
            Act::Dispute { claim, dispute, poll } => {
                let challenge = Challenge { claim, dispute: &dispute, poll: &poll };
                if is_complete {
                    claims.challenge(place, at, &challenge, &context.around)?;
                }
                let announcement =
                    Announcement { definition: (*poll).clone(), origin: Origin::Dispute, possible: Ok(()) };
                polls.announce(place, at, announcement, &context.around, ceremonies)?;
                challenge.check_reasons(place)?;
                let shown = challenge.shown(place, &context.around)?;
                if is_complete {
                    context.used.act(place, challenge.scope(deployment_id), dispute.presentation.nullifier)?;
                }
                context.pending.shown(index, shown);
                Ok(())
            }
            Act::PollWithdrawal { scope, by } => polls.withdraw(place, at, &scope, &by),
            Act::Join { scope, join } => polls.join(place, (index, at), scope, join, context.used, context.pending),
            Act::Ballot(ballot) => {
                let opening = opening.and_then(|opening| match opening {
                    EntryOpening::Ballot(opening) => Some(opening),
                    EntryOpening::Review(_) => None,
                });
                polls.ballot(place, (index, at), ballot, opening, context.pending)
            }
            Act::Close { scope } => polls.close(place, at, &scope),
            Act::Share(share) => polls.share(place, &share),
            Act::Tally(signed) => self.tell(place, at, &signed, anchor),
            Act::Reason { scope, reason } => polls.reason(place, at, &scope, &reason),
            Act::Claim(new) => claims.open(place, (index, at), &new, &mut context),
            Act::Recusal { scope, presentation } => {
                claims.recuse(place, (index, at), scope, &presentation, &mut context)
            }
            Act::Review { scope, review } => {
                let opening = opening.and_then(|opening| match opening {
                    EntryOpening::Review(opening) => Some(opening),
                    EntryOpening::Ballot(_) => None,
                });
                claims.review(place, (index, at), scope, &review, opening.as_ref(), &mut context)
            }
            Act::Ruling { scope, ruling } => {
                let consequences = claims.rule(place, at, &scope, &ruling)?;
                self.consequences.demand(at, consequences);
                Ok(())
            }
            Act::Sponsorship(sponsorship) => {
                let expires_at = spends::sponsor(place, (index, at), &sponsorship, &mut context)?;
                trees.invite(1, expires_at);
                Ok(())
            }
            Act::Merge(merge) => {
                spends::merge(place, (index, at), &merge, &mut context)?;
                trees.issue(index, merge.credential().leaf());
                Ok(())
            }
            act => ceremonies.take(place, at, act, deployment_id),
        }
    }

    /// Takes a tally; what it brings about has to follow.
    fn tell(&mut self, place: Place, at: u32, signed: &SignedTally, anchor: &Anchor) -> Result<(), Fault> {
        let is_complete = self.is_complete();
        let Self { founding, polls, claims, governance, .. } = self;
        let Outcome { change, rewards } = polls.tally(place, at, signed, &anchor.genesis.log_key)?;
        if !is_complete {
            return Ok(());
        }
        let scope = signed.scope;
        let changed = match change {
            Some((Change::Overturn { claim }, upheld)) => Some((upheld, claims.settle(scope, &claim, upheld, at))),
            Some((Change::Revoke { credential }, true)) => {
                let revoked = governance::revoke(scope, &credential, founding, claims);
                Some((true, revoked.into_iter().collect()))
            }
            Some((change, true)) => {
                governance.wait(scope, change);
                None
            }
            Some((_, false)) | None => None,
        };
        if let Some((true, consequences)) = &changed {
            let is_there = !consequences.is_empty();
            let state = if is_there { EnactmentState::InForce } else { EnactmentState::Overtaken };
            polls.enacted(&scope, Some(state));
        }
        let consequences = changed.into_iter().flat_map(|(_, consequences)| consequences).chain(rewards).collect();
        self.consequences.demand(at, consequences);
        Ok(())
    }

    /// How much is kept that is not a leaf of a tree.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.polls.voters() + self.claims.kept() + self.pending.len() + self.trees.waiting()
    }

    /// Says what is known.
    pub(super) fn describe(&self, report: &mut Report) {
        if let Some(Anchor { genesis, checkpoint }) = self.anchor.as_deref() {
            report.name = Some(genesis.name.clone());
            report.size = Some(checkpoint.size);
            report.root = Some(NodeHash::new(checkpoint.root));
        }
        report.keys.clone_from(&self.keys.listed);
        report.witnesses.clone_from(&self.witnesses);
        report.caveats = self.caveats();
        report.entries = self.entries.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
        let Counts { members, withdrawn, credentials, revoked } = self.trees.counts();
        (report.members, report.withdrawn) = (members.saturating_sub(withdrawn), withdrawn);
        (report.credentials, report.revoked) = (credentials.saturating_sub(revoked), revoked);
        report.epochs = self.trees.epochs();
        (report.proofs, report.ballot_signatures) = (self.pending.proofs, self.pending.signatures);
        report.polls = self.polls.reports();
        report.ceremonies = self.ceremonies.reports();
        report.claims = self.claims.report();
    }

    fn caveats(&self) -> Vec<Caveat> {
        let origin = |wanted| self.keys.listed.iter().any(|key| key.origin == wanted);
        let all = [
            (Caveat::OnePoll, self.header.contents == Contents::Poll),
            (Caveat::OneClaim, self.header.contents == Contents::Claim),
            (Caveat::ForgeableKeys, origin(KeyOrigin::PublicSeed)),
            (Caveat::SinglePartyKeys, origin(KeyOrigin::SingleParty)),
            (Caveat::SealedByTheService, self.polls.are_sealed_by_the_service()),
            (Caveat::NoWitness, self.witnesses.is_empty()),
        ];
        all.into_iter().filter_map(|(caveat, holds)| holds.then_some(caveat)).collect()
    }
}
