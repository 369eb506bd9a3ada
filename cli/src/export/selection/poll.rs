//! Which entries belong into the bundle of a poll.

use aiq_circuits::scope::Scope;
use aiq_circuits::statement::StatementId;
use aiq_circuits::wire::{DecodeError, Decoder};
use aiq_server::api::PollView;
use aiq_verifier::ceremony::CeremonyId;
use aiq_verifier::log::{Act, Entry};
use aiq_verifier::poll::PollId;

/// The entries of a poll as far as they are found.
pub(super) struct OfPoll {
    wanted: PollId,
    scope: Scope,
    epoch: u32,
    /// What made its key.
    ceremony: Option<CeremonyId>,
    places: Vec<u64>,
    /// What is shown in the poll.
    statements: Vec<StatementId>,
}

impl OfPoll {
    pub(super) fn new(poll: &PollView) -> Self {
        let definition = &poll.definition;
        Self {
            wanted: definition.id,
            scope: poll.scope,
            epoch: definition.roots.epoch,
            ceremony: definition.ceremony(),
            places: Vec::new(),
            statements: vec![definition.eligibility.statement()],
        }
    }

    /// Takes the next entry of the log.
    pub(super) fn take(&mut self, place: u64, entry: &[u8]) {
        // What nobody can read belongs to no poll; the audit of everything names it.
        if self.belongs(entry).unwrap_or(false) {
            self.places.push(place);
        }
    }

    /// The places, ascending, and the statements.
    pub(super) fn places(self) -> (Vec<u64>, Vec<StatementId>) {
        (self.places, self.statements)
    }

    fn belongs(&mut self, entry: &[u8]) -> Result<bool, DecodeError> {
        let (label, mut decoder) = Decoder::labelled(entry)?;
        Ok(match label.strip_prefix("AIQ/v1/log/") {
            Some("genesis" | "charter" | "domain" | "menu" | "menu-removal") => true,
            // These begin with the scope. The points of a proof, which would take far longer, are for the audit to read.
            Some("join" | "ballot" | "close" | "poll-withdrawal" | "share" | "reason") => {
                let _at = decoder.u32()?;
                Scope::new(decoder.field()?) == self.scope
            }
            // These begin with the ceremony.
            Some("ceremony-round-1" | "ceremony-round-2" | "ceremony-confirmation" | "ceremony-complaint") => {
                let _at = decoder.u32()?;
                let id = CeremonyId::new(decoder.fixed()?);
                self.ceremony == Some(id)
            }
            Some("ceremony" | "epoch" | "poll" | "dispute" | "proposal" | "tally") => match Entry::decode(entry)?.act {
                Act::Ceremony(ceremony) => self.ceremony == Some(ceremony.id()),
                Act::Epoch { checkpoint, .. } => checkpoint.epoch == self.epoch,
                Act::Poll(definition) => definition.id == self.wanted,
                Act::Dispute { poll: opened, .. } => opened.id == self.wanted,
                Act::Proposal { proposal, poll: opened } if opened.id == self.wanted => {
                    self.statements.push(proposal.presentation.statement);
                    true
                }
                Act::Tally(signed) => signed.scope == self.scope,
                _ => false,
            },
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use aiq_circuits::Fr;
    use aiq_verifier::ceremony::{Ceremony, Confirmation, TranscriptHash};
    use aiq_verifier::poll::{KeyShare, PollShare, SealedBy, Sealing, SealingKey};
    use aiq_verifier::service_key::Signature;

    use super::*;
    use crate::fake::Fake;

    #[test]
    fn a_sealed_poll_comes_with_its_ceremony_its_shares_and_its_reasons() {
        let made = |salt| Ceremony { salt: [salt; 16], threshold: 2, trustees: Vec::new(), deadline: 9, release: 1 };
        let confirmed = |ceremony| {
            Act::CeremonyConfirmation(Confirmation {
                ceremony,
                index: 1,
                key: SealingKey::new([2; 33]),
                transcript: TranscriptHash::new([0; 32]),
                signature: Signature::new([0; 64]),
            })
        };
        let mut poll = Fake::founded().announce();
        let trustees = SealedBy::Ceremony(made(1).id());
        poll.definition.sealing = Some(Sealing { trustees, key: SealingKey::new([2; 33]), floor: 1, reasons: 9 });
        let (own, other) = (poll.scope, Scope::new(Fr::from(7_u8)));
        let share = |scope| Act::Share(PollShare { scope, index: 1, share: KeyShare::new([1; 32]) });
        let reason = |scope| Act::Reason { scope, reason: vec![0; 92] };
        let acts = [
            (true, Act::Ceremony(made(1))),
            (false, Act::Ceremony(made(2))),
            (true, confirmed(made(1).id())),
            (false, confirmed(made(2).id())),
            (true, share(own)),
            (false, share(other)),
            (true, reason(own)),
            (false, reason(other)),
        ];
        let mut found = OfPoll::new(&poll);
        for (place, (_, act)) in (0..).zip(&acts) {
            found.take(place, &Entry { at: 1, act: act.clone() }.canonical());
        }
        let wanted: Vec<u64> = (0..).zip(&acts).filter(|(_, (wanted, _))| *wanted).map(|(place, _)| place).collect();
        assert_eq!(found.places(), (wanted, vec![StatementId::Membership]));
    }
}
