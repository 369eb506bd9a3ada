//! Reward and balance notes (§5.4): what a member has, and making one balance of several.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aiq_circuits::credential::{Attributes, CredentialKind, Domain, DomainPrefix};
use aiq_circuits::merge::{MergeInstance, MergeWitness, SLOTS, SlotWitness};
use aiq_circuits::statement::StatementId;
use aiq_prover::{ProveError, Stage};
use aiq_verifier::log::Act;
use aiq_verifier::merge::{Merge, merge_message};
use aiq_verifier::receipt::Receipt;
use rand::rngs::OsRng;

use super::{Held, Member, MemberError, Provers, Refusal};
use crate::progress::Progress;
use crate::sync::Ledger;
use crate::wallet::acts::MergeRecord;

/// A note of this member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// The leaf.
    pub held: Held,
    /// Whether it was merged, or a merge of it is on its way.
    pub spent: bool,
}

/// Notes that can become one: of one domain and one expiry, together not too heavy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergePlan {
    /// The notes, heaviest first.
    pub notes: Vec<Held>,
    /// Their domain.
    pub domain: Domain,
    /// Unix seconds from which they no longer count.
    pub expires_at: u32,
    /// What they weigh together.
    pub weight: u16,
}

/// A merge that was made.
#[derive(Debug, Clone)]
pub struct Merged {
    /// What the new note says.
    pub balance: Attributes,
    /// How many notes it is made of.
    pub notes: usize,
    /// The service's promise.
    pub receipt: Receipt,
    /// Witness and proof; absent if it had been sent before.
    pub proving: Option<Duration>,
}

impl Note {
    /// Whether it can be merged at a moment, Unix seconds.
    fn is_good(&self, now: u32) -> bool {
        !self.spent && !self.held.revoked && self.held.credential.attributes.expires_at > now
    }
}

/// The merges that make as few balances as possible of some notes as of a moment, Unix seconds: up to six notes each, heaviest first,
/// as long as a note can weigh the sum. The heaviest merge comes first.
///
/// # Errors
/// [`Refusal::NothingToMerge`]; [`Refusal::TooHeavy`] if the notes that there are do not fit into one.
pub fn plan_merges(notes: &[Note], now: u32, domain: Option<&DomainPrefix>) -> Result<Vec<MergePlan>, Refusal> {
    let mut groups: BTreeMap<(Domain, u32), Vec<Held>> = BTreeMap::new();
    for note in notes.iter().filter(|note| note.is_good(now)) {
        let attributes = &note.held.credential.attributes;
        if domain.is_none_or(|domain| domain.matches(&attributes.domain)) {
            groups.entry((attributes.domain, attributes.expires_at)).or_default().push(note.held);
        }
    }
    let (mut plans, mut too_heavy) = (Vec::new(), None);
    for ((domain, expires_at), mut left) in groups {
        left.sort_by_key(|held| (Reverse(held.credential.attributes.weight), held.tag_index));
        while !left.is_empty() {
            let (mut sum, mut chosen, mut rest) = (0_u16, Vec::new(), Vec::new());
            for held in left {
                match sum.checked_add(held.credential.attributes.weight).filter(|_| chosen.len() < SLOTS) {
                    Some(with) => {
                        sum = with;
                        chosen.push(held);
                    }
                    None => rest.push(held),
                }
            }
            // A balance alone is what it was. If others were too heavy to go with it, that is the reason.
            let is_useful = chosen.len() > 1 || chosen.iter().any(is_reward);
            if is_useful {
                plans.push(MergePlan { notes: chosen, domain, expires_at, weight: sum });
            } else if let Some(lightest) = rest.last() {
                too_heavy = Some(u32::from(sum) + u32::from(lightest.credential.attributes.weight));
            }
            left = rest;
        }
    }
    plans.sort_by_key(|plan| Reverse(plan.weight));
    match (plans.is_empty(), too_heavy) {
        (false, _) => Ok(plans),
        (true, Some(sum)) => Err(Refusal::TooHeavy { sum }),
        (true, None) => Err(Refusal::NothingToMerge),
    }
}

fn is_reward(held: &Held) -> bool {
    held.credential.attributes.kind == CredentialKind::REWARD_NOTE
}

impl Member {
    /// This member's notes, and which of them are spent: by what this wallet did, and after a restore by what the log has.
    ///
    /// # Errors
    /// [`MemberError::Sync`] if the log cannot be read.
    pub fn notes(&mut self, ledger: &Ledger, progress: &dyn Progress) -> Result<Vec<Note>, MemberError> {
        self.find_used(ledger, progress)?;
        let (acts, secret) = (&self.known().acts, self.identity.secret());
        let held = self.holdings(ledger).into_iter().filter(|held| held.credential.attributes.kind.is_note());
        let note = |held: Held| {
            let id = held.credential.id;
            Note { held, spent: acts.has_spent(&id, &secret.spend_nullifier(&id)) }
        };
        Ok(held.map(note).collect())
    }

    /// Sends merges again that were written down and are not known to have arrived.
    ///
    /// # Errors
    /// [`MemberError`]. What named an epoch that is over is forgotten without an error: its notes are as they were.
    pub fn resume_merges(&mut self) -> Result<Vec<Merged>, MemberError> {
        let records = self.known().acts.merges.iter().filter(|record| record.receipt.is_none());
        let pending: Vec<MergeRecord> = records.cloned().collect();
        let mut resumed = Vec::new();
        for MergeRecord { merge, notes, .. } in pending {
            match self.send_merge(&merge) {
                Ok(receipt) => {
                    resumed.push(Merged { balance: merge.balance, notes: notes.len(), receipt, proving: None });
                }
                Err(MemberError::Client(error)) if error.code() == Some("stale_epoch") => {}
                Err(error) => return Err(error),
            }
        }
        Ok(resumed)
    }

    /// Merges notes: proves, writes down, sends. The new note is a leaf from the next epoch on.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn merge(
        &mut self,
        ledger: &Ledger,
        provers: &Provers,
        plan: &MergePlan,
        progress: &dyn Progress,
    ) -> Result<Merged, MemberError> {
        let trees = ledger.head();
        let checkpoint = trees.checkpoint;
        let tag = self.next_tag(ledger, progress)?;
        let note = |held: &Held| {
            Some(SlotWitness {
                tag_randomness: self.identity.tag_randomness(held.tag_index),
                attributes: held.credential.attributes,
                id: held.credential.id,
                path: trees.credentials.path(held.leaf)?,
            })
        };
        let notes: Vec<SlotWitness> = plan.notes.iter().filter_map(note).collect();
        let secret = self.identity.secret().clone();
        let witness = MergeWitness::new(secret, self.identity.tag_randomness(tag), notes, &mut OsRng);
        let witness = witness.map_err(ProveError::from)?;
        let balance = Attributes {
            domain: plan.domain,
            kind: CredentialKind::BALANCE_NOTE,
            weight: plan.weight,
            expires_at: plan.expires_at,
            issued_at: checkpoint.sealed_at,
        };
        let (spends, owner) = (witness.spends(), witness.tag());
        let message = merge_message(&self.id, checkpoint.epoch);
        let instance = MergeInstance::new(trees.credentials.root(), balance, spends, owner, message);
        let instance = instance.map_err(MemberError::Merge)?;
        let prover = provers.get(&self.client, StatementId::Merge6, progress)?;
        let begun = Instant::now();
        progress.start(&format!("proving {}", prover.statement()), Stage::ALL.len() as u64);
        let mut listen = |stage| progress.set(Stage::ALL.iter().position(|known| *known == stage).unwrap_or(0) as u64);
        let proof = prover.prove(&instance, &witness, &mut OsRng, &mut listen);
        progress.finish();
        let merge =
            Merge { epoch: checkpoint.epoch, key_id: prover.key_id(), balance, spends, tag: owner, proof: proof? };
        let proving = Some(begun.elapsed());
        let notes = plan.notes.iter().map(|held| held.credential.id).collect();
        let record = MergeRecord { merge: merge.clone(), notes, receipt: None };
        self.record(|deployment| {
            deployment.acts.use_tag(tag);
            deployment.acts.merges.push(record);
        })?;
        let receipt = self.send_merge(&merge)?;
        Ok(Merged { balance, notes: plan.notes.len(), receipt, proving })
    }

    fn send_merge(&mut self, merge: &Merge) -> Result<Receipt, MemberError> {
        let receipt = match self.apart()?.merge(merge) {
            Ok(receipt) => receipt,
            Err(error) => {
                let spends = merge.spends;
                return Err(self.refused(error, |acts| acts.merges.retain(|record| record.merge.spends != spends)));
            }
        };
        receipt.verify_for(self.service_key(), &self.id, Act::Merge(merge.clone()))?;
        let kept = receipt.clone();
        self.record(|deployment| {
            let merges = &mut deployment.acts.merges;
            if let Some(record) = merges.iter_mut().find(|record| record.merge.spends == merge.spends) {
                record.receipt = Some(kept);
            }
        })?;
        Ok(receipt)
    }
}

#[cfg(test)]
mod tests;
