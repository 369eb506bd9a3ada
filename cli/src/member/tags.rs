//! Owner tags that can be found again (§2): number i is used once, and what uses it is written down before it is sent.
//!
//! A tag in a review or a join owns a leaf only later, or never. The search through the leaves ends after [`GAP_LIMIT`] unused tags, so
//! it is not enough for a restored wallet: that one reads the log once, where every tag stands that was ever sent.

use std::collections::{BTreeSet, HashMap};

use aiq_circuits::identity::{Identity, OwnerTag};
use aiq_verifier::log::{Act, Entry};
use aiq_verifier::receipt::{Receipt, ReceiptError};

use super::{GAP_LIMIT, Member, MemberError};
use crate::client::ClientError;
use crate::progress::Progress;
use crate::sync::log::{LogReader, Signed, WIDTH};
use crate::sync::{Ledger, TileCache};
use crate::wallet::acts::{Acts, Used};

/// A member's own tags, as far as they can occur.
pub(super) struct OwnTags<'a> {
    identity: &'a Identity,
    numbers: HashMap<OwnerTag, u64>,
    /// One above the highest number that occurred.
    end: u64,
}

impl<'a> OwnTags<'a> {
    /// The tags up to the gap limit behind number `end`.
    pub fn new(identity: &'a Identity, end: u64) -> Self {
        let mut tags = Self { identity, numbers: HashMap::new(), end };
        tags.grow(0);
        tags
    }

    /// The number of a tag, if it is this member's.
    pub fn number(&self, tag: &OwnerTag) -> Option<u64> {
        self.numbers.get(tag).copied()
    }

    /// Notes a tag that was sent; whether it is this member's.
    fn meet(&mut self, tag: &OwnerTag) -> bool {
        let Some(number) = self.number(tag) else { return false };
        if number >= self.end {
            let known = self.end + GAP_LIMIT;
            self.end = number + 1;
            self.grow(known);
        }
        true
    }

    fn grow(&mut self, from: u64) {
        let identity = self.identity;
        self.numbers.extend((from..self.end + GAP_LIMIT).map(|number| (identity.tag(number), number)));
    }
}

impl Member {
    /// The number of the first tag that was never sent.
    pub(super) fn next_tag(&mut self, ledger: &Ledger, progress: &dyn Progress) -> Result<u64, MemberError> {
        self.find_used(ledger, progress)?;
        let sent = self.sent_tags();
        Ok(self.holdings(ledger).iter().map(|held| held.tag_index + 1).max().unwrap_or(0).max(sent))
    }

    /// One above the highest number that this wallet is known to have sent.
    pub(super) fn sent_tags(&self) -> u64 {
        self.known().acts.used.as_ref().map_or(0, |used| used.tags)
    }

    /// Reads the log for tags and merges of this member, unless the wallet knows them.
    pub(super) fn find_used(&mut self, ledger: &Ledger, progress: &dyn Progress) -> Result<(), MemberError> {
        if self.known().acts.used.is_some() {
            return Ok(());
        }
        let log = ledger.log();
        let reader = LogReader::open(&self.client, &log.cache, log.head.checkpoint)?;
        let bundles = log.head.checkpoint.size.div_ceil(WIDTH);
        let mut tags = OwnTags::new(&self.identity, 0);
        let mut spent = BTreeSet::new();
        progress.start("looking for what this wallet did", bundles);
        for n in 0..bundles {
            for bytes in reader.entries(n)? {
                // What this version does not know was not made by it.
                let Ok(Entry { act, .. }) = Entry::decode(&bytes) else { continue };
                match act {
                    Act::Grant(credential) => _ = tags.meet(&credential.tag),
                    Act::Claim(new) => _ = tags.meet(&new.claim.tag),
                    Act::Review { review, .. } => _ = tags.meet(&review.presentation.tag),
                    Act::Join { join, .. } => _ = tags.meet(&join.presentation.tag),
                    // Whoever owns the new note owned those that it is made of.
                    Act::Merge(merge) if tags.meet(&merge.tag) => spent.extend(merge.spends),
                    _ => {}
                }
            }
            progress.advance(1);
        }
        progress.finish();
        let used = Used { tags: tags.end, spent };
        self.record(|deployment| deployment.acts.used = Some(used))
    }

    /// Takes note of a refusal: what was written down as about to be sent is no more, for `drop` forgets it. If another copy of this
    /// wallet has used the tag or the notes, the log is to be read anew.
    pub(super) fn refused(&mut self, error: ClientError, drop: impl FnOnce(&mut Acts)) -> MemberError {
        if error.code().is_none() || error.is_passing() {
            return error.into();
        }
        let stale = matches!(error.code(), Some("tag_used" | "spent"));
        let forgotten = self.record(|deployment| {
            drop(&mut deployment.acts);
            if stale {
                deployment.acts.used = None;
            }
        });
        forgotten.err().unwrap_or_else(|| error.into())
    }

    /// The entry that a receipt promises: read from the log, and the one that was signed for.
    ///
    /// # Errors
    /// [`MemberError::Receipt`] if there is another entry.
    pub fn promised_entry(&self, receipt: &Receipt) -> Result<Entry, MemberError> {
        receipt.verify(self.service_key()).map_err(ReceiptError::from)?;
        let head = Signed::newest(&self.client, &self.id, self.service_key(), Some(receipt.index))?;
        let cache = TileCache::none();
        let reader = LogReader::open(&self.client, &cache, head.checkpoint)?;
        let entries = reader.entries(receipt.index / WIDTH)?;
        let entry = usize::try_from(receipt.index % WIDTH).ok().and_then(|place| entries.get(place));
        let entry = entry.and_then(|bytes| Entry::decode(bytes).ok()).filter(|entry| {
            entry.hash() == receipt.entry_hash && entry.at == receipt.accepted_at && receipt.deployment_id == self.id
        });
        Ok(entry.ok_or(ReceiptError::Entry)?)
    }
}
