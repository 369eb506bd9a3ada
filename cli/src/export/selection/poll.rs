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
