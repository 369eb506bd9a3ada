//! Inviting somebody (§6), without saying who invites. The wallet makes the token; the service gets to see its hash.

use std::time::Duration;

use aiq_server::Token;
use aiq_verifier::log::Act;
use aiq_verifier::receipt::Receipt;
use aiq_verifier::sponsorship::{Allowance, Sponsorship, sponsor_message, sponsor_scope};
use zeroize::Zeroizing;

use super::present::{Purpose, prepare};
use super::{Crowd, Member, MemberError, Provers, Refusal};
use crate::progress::Progress;
use crate::sync::Ledger;
use crate::wallet::acts::SponsorshipRecord;

/// An invitation that was made.
#[derive(Clone)]
pub struct Sponsored {
    /// For the invited, and for nobody else.
    pub token: Zeroizing<String>,
    /// Unix seconds from which it is worth nothing.
    pub expires_at: u32,
    /// The service's promise.
    pub receipt: Receipt,
    /// Witness and proof; absent if it had been sent before.
    pub proving: Option<Duration>,
}

impl Member {
    /// Makes an invitation. `on_crowd` hears how large a crowd this member hides in, before anything is sent. One that was written down and is not known to have arrived goes out again as it was.
    ///
    /// # Errors
    /// [`MemberError`]; [`MemberError::Refused`] and [`MemberError::Shortfall`] before anything is sent.
    pub fn sponsor(
        &mut self,
        ledger: &Ledger,
        provers: &Provers,
        on_crowd: &dyn Fn(&Crowd),
        progress: &dyn Progress,
    ) -> Result<Sponsored, MemberError> {
        let charter = self.client.charter()?;
        let sponsored = |(token, receipt): (Zeroizing<String>, Receipt), proving| {
            let expires_at = receipt.accepted_at.saturating_add(charter.invitation_validity);
            Sponsored { token, expires_at, receipt, proving }
        };
        let pending = self.known().acts.sponsorships.iter().find(|record| record.receipt.is_none());
        if let Some(record) = pending.cloned() {
            match self.send_sponsorship(&record) {
                Err(MemberError::Client(error)) if error.code() == Some("stale_epoch") => {}
                outcome => return Ok(sponsored(outcome?, None)),
            }
        }
        let Allowance { menu, per_epoch: allowed } = charter.sponsors.clone().ok_or(Refusal::NoSponsors)?;
        let trees = ledger.head();
        let epoch = trees.checkpoint.epoch;
        let known = self.known().acts.sponsorships.iter().map(|record| &record.sponsorship);
        let used: Vec<u8> = known.filter(|known| known.epoch == epoch).map(|known| known.number).collect();
        let eligibility = self.menu(&menu)?.eligibility(trees.checkpoint.sealed_at);
        let prepared = prepare(&self.identity, trees, &self.holdings(ledger), &eligibility, self.domains())?;
        on_crowd(&self.crowd(ledger, trees, &eligibility));
        for number in (0..allowed).filter(|number| !used.contains(number)) {
            let token = Token::invitation();
            let token_hash = token.sponsored_hash();
            let scope = sponsor_scope(&self.id, epoch, number);
            let purpose = Purpose { scope, message: sponsor_message(&scope, &token_hash) };
            let prover = provers.get(&self.client, eligibility.statement(), progress)?;
            let presented = prepared.prove(&self.identity, trees, &purpose, &prover, progress)?;
            let presentation = presented.presentation;
            let sponsorship = Sponsorship { epoch, number, token_hash, presentation };
            let record = SponsorshipRecord { sponsorship, token: token.expose().to_owned(), receipt: None };
            let pending = record.clone();
            self.record(|deployment| deployment.acts.sponsorships.push(pending))?;
            match self.send_sponsorship(&record) {
                // A restored wallet, or another copy of this one, has used this number.
                Err(MemberError::Client(error)) if error.code() == Some("nullifier_used") => {}
                outcome => return Ok(sponsored(outcome?, Some(presented.proving))),
            }
        }
        Err(Refusal::TooManyInvitations { allowed, epoch }.into())
    }

    fn send_sponsorship(&mut self, record: &SponsorshipRecord) -> Result<(Zeroizing<String>, Receipt), MemberError> {
        let hash = record.sponsorship.token_hash;
        let receipt = match self.apart()?.sponsor(&record.sponsorship) {
            Ok(receipt) => receipt,
            Err(error) => {
                let is_it = |known: &SponsorshipRecord| known.sponsorship.token_hash == hash;
                return Err(self.refused(error, |acts| acts.sponsorships.retain(|known| !is_it(known))));
            }
        };
        receipt.verify_for(self.service_key(), &self.id, Act::Sponsorship(record.sponsorship.clone()))?;
        let kept = receipt.clone();
        self.record(|deployment| {
            let known = &mut deployment.acts.sponsorships;
            if let Some(known) = known.iter_mut().find(|known| known.sponsorship.token_hash == hash) {
                known.receipt = Some(kept);
            }
        })?;
        Ok((Zeroizing::new(record.token.clone()), receipt))
    }
}
