//! The log, entry by entry.

use std::{collections::BTreeMap, sync::Arc};

use aiq_circuits::Fr;
use aiq_keys::Origin;
use aiq_verifier::{
    claim::ClaimId,
    genesis::Genesis,
    log::{
        Act, EnrolledBy, Entry, EntryHash, EntryOpening, Frontier, LogCheckpoint, NodeHash, cosigned_by,
        verify_inclusion,
    },
    poll::PollId,
    standard::Authority,
};

use super::{
    BATCH, Options, Progress,
    claims::{Challenge, Claims},
    consequences::Consequences,
    decode::Item,
    founding::Founding,
    keys::Keys,
    pending::Pending,
    polls::{self, Polls},
    spends,
    standards::Standards,
    surroundings::{Context, Surroundings},
    trees::{Counts, Trees},
    used::Used,
};
use crate::{
    bundle::{Contents, Header},
    fault::{Fault, FaultCode, Place},
    report::{Caveat, Report, WitnessReport},
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
            "it ends before everything that its last ruling or tally brings about",
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
        self.check_kind(place, &act)?;
        let leaf =
            if self.founding.is_over() { self.consequences.take(place, at, &act, self.follows(index))? } else { None };
        let kind = act.kind();
        match act {
            Act::Grant(_) | Act::Revocation { .. } if leaf.is_some() => self.follow(index, &act, leaf),
            act => self.act(place, (index, at), act, opening, &anchor)?,
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
        self.witnesses = witnesses(&self.note, self.options)?;
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

    /// Whether an act of this kind can stand here.
    fn check_kind(&self, place: Place, act: &Act) -> Result<(), Fault> {
        let belongs = match (self.header.poll, self.header.claim) {
            (Some(poll), _) => belongs_to_poll(act, &poll),
            (_, Some(claim)) => belongs_to_claim(act, &claim, self.founding.is_over()),
            _ => true,
        };
        place.rule(belongs, FaultCode::Foreign, || "it belongs to something else than the bundle is about")?;
        let founds = match act {
            Act::Genesis(_) | Act::Domain { .. } | Act::Menu { .. } | Act::Charter(_) => true,
            Act::Standard { by, .. } => *by == Authority::Founding,
            Act::Enrolment { by, .. } => *by == EnrolledBy::Founding,
            _ => false,
        };
        // The bundle of a claim has the standards of all times, but one epoch.
        let is_early = self.header.contents == Contents::Claim && matches!(act, Act::Standard { .. });
        let anywhere = is_early || matches!(act, Act::Epoch { .. } | Act::Grant(_));
        let fits = anywhere || founds != self.founding.is_over();
        place.rule(fits, FaultCode::Founding, || {
            if founds {
                "only the founding writes this, and it ended with epoch 0"
            } else {
                "nothing of this happens before epoch 0"
            }
        })
    }

    /// Takes what a ruling or tally brought about.
    fn follow(&mut self, index: u64, act: &Act, leaf: Option<Fr>) {
        match (act, leaf) {
            (Act::Grant(_), Some(leaf)) => self.trees.issue(index, leaf),
            (_, Some(leaf)) => self.trees.revoke(index, leaf),
            (_, None) => {}
        }
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
            Act::Domain { entry, .. } => self.founding.domain(place, &entry),
            Act::Menu { entry, .. } => self.founding.menu(place, entry),
            Act::Charter(charter) => self.founding.charter(place, charter),
            Act::Standard { standard, by } => self.standards.lay_down(place, standard, by, &self.founding),
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
            Act::Epoch { checkpoint, before } => {
                if self.header.contents == Contents::Everything {
                    self.trees.seal(place, index, deployment_id, &checkpoint, before)?;
                } else {
                    self.trees.state(place, index, deployment_id, &checkpoint, before)?;
                }
                self.used.end_epoch();
                self.founding.end();
                Ok(())
            }
            // Nothing follows from the genesis record that was not checked with it, and nothing from the hash of an answer.
            Act::Genesis(_) | Act::Attestation { .. } => Ok(()),
            act => self.decide(place, (index, at), act, opening, anchor),
        }
    }

    /// Takes what happens in polls, claims, and with standing.
    fn decide(
        &mut self,
        place: Place,
        (index, at): (u64, u32),
        act: Act,
        opening: Option<EntryOpening>,
        anchor: &Anchor,
    ) -> Result<(), Fault> {
        let is_complete = self.is_complete();
        let Self { header, keys, founding, standards, trees, polls, claims, used, pending, .. } = self;
        let deployment_id = &header.deployment_id;
        let around = Surroundings { deployment_id, founding, standards, trees, keys, is_complete };
        let mut context = Context { around, used, pending };
        match act {
            Act::Poll(definition) => polls.announce(place, at, definition, polls::Origin::Announced, &context.around),
            Act::Join { scope, join } => polls.join(place, (index, at), scope, join, context.used, context.pending),
            Act::Ballot(ballot) => {
                let opening = opening.and_then(|opening| match opening {
                    EntryOpening::Ballot(opening) => Some(opening),
                    EntryOpening::Review(_) => None,
                });
                polls.ballot(place, (index, at), ballot, opening, context.pending)
            }
            Act::Close { scope } => polls.close(place, at, &scope),
            Act::Tally(signed) => {
                let polls::Outcome { dispute, rewards } = polls.tally(place, at, &signed, &anchor.genesis.log_key)?;
                if is_complete {
                    let settled = dispute.map(|(claim, upheld)| claims.settle(signed.scope, &claim, upheld, at));
                    self.consequences.demand(at, settled.into_iter().flatten().chain(rewards).collect());
                }
                Ok(())
            }
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
            Act::Dispute { claim, dispute, poll } => {
                let challenge = Challenge { claim, dispute: &dispute, poll: &poll };
                if is_complete {
                    claims.challenge(place, at, &challenge, &context.around)?;
                }
                polls.announce(place, at, (*poll).clone(), polls::Origin::Dispute, &context.around)?;
                challenge.check_reasons(place)?;
                let shown = challenge.shown(place, &context.around)?;
                if is_complete {
                    context.used.act(place, challenge.scope(&header.deployment_id), dispute.presentation.nullifier)?;
                }
                context.pending.shown(index, shown);
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
            other => Err(place.fault(FaultCode::Entry, format!("this program has no rules for {}", other.kind()))),
        }
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
        report.claims = self.claims.report();
    }

    fn caveats(&self) -> Vec<Caveat> {
        let origin = |wanted| self.keys.listed.iter().any(|key| key.origin == wanted);
        let all = [
            (Caveat::OnePoll, self.header.contents == Contents::Poll),
            (Caveat::OneClaim, self.header.contents == Contents::Claim),
            (Caveat::ForgeableKeys, origin(Origin::PublicSeed)),
            (Caveat::SinglePartyKeys, origin(Origin::SingleParty)),
            (Caveat::NoWitness, self.witnesses.is_empty()),
        ];
        all.into_iter().filter_map(|(caveat, holds)| holds.then_some(caveat)).collect()
    }
}

/// Whether an act can stand in the bundle of a poll.
fn belongs_to_poll(act: &Act, wanted: &PollId) -> bool {
    match act {
        Act::Poll(poll) => poll.id == *wanted,
        Act::Dispute { poll, .. } => poll.id == *wanted,
        Act::Genesis(_) | Act::Domain { .. } | Act::Menu { .. } | Act::Epoch { .. } => true,
        _ => matches!(act, Act::Join { .. } | Act::Ballot(_) | Act::Close { .. } | Act::Tally(_)),
    }
}

/// Whether an act can stand in the bundle of a claim. Grants of the founding are not the claim's.
fn belongs_to_claim(act: &Act, wanted: &ClaimId, is_founded: bool) -> bool {
    match act {
        Act::Claim(new) => new.claim.id() == *wanted,
        Act::Grant(_) => is_founded,
        Act::Genesis(_) | Act::Domain { .. } | Act::Menu { .. } | Act::Standard { .. } | Act::Epoch { .. } => true,
        _ => matches!(act, Act::Recusal { .. } | Act::Review { .. } | Act::Ruling { .. }),
    }
}

/// The known witnesses that cosigned. A line in the name of one of them that does not hold is a fault, however many others hold.
fn witnesses(note: &str, options: &Options) -> Result<Vec<WitnessReport>, Fault> {
    let mut found = Vec::new();
    for witness in &options.witnesses {
        let wrong = |message| Place::BUNDLE.fault(FaultCode::Cosignature, message);
        let line = format!("\u{2014} {} ", witness.name());
        match cosigned_by(note, witness).map_err(|error| wrong(error.to_string()))? {
            Some(cosigned) => found.push(WitnessReport { name: witness.name().to_owned(), at: cosigned.at }),
            None if note.lines().any(|other| other.starts_with(&line)) => {
                return Err(wrong(format!("the cosignature of {} does not hold", witness.name())));
            }
            None => {}
        }
    }
    Place::BUNDLE.rule(found.len() >= options.required_witnesses, FaultCode::Cosignature, || {
        format!("{} known witnesses cosigned, {} are required", found.len(), options.required_witnesses)
    })?;
    Ok(found)
}
