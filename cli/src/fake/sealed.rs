//! Sealed polls of the fake service: ceremonies whose trustees are in the same process, and ballots, which it takes without looking.

use aiq_sealing::board::Board;
use aiq_sealing::key::SecretKey;
use aiq_sealing::trustee::{Trustee, Verdict};
use aiq_server::api::{
    BallotEntry, BallotPage, CeremonyView, ConfirmationEntry, NewBallot, PollView, Round1Entry, Round2Entry,
    SealingView, ShareEntry, TrusteeView,
};
use aiq_verifier::ceremony::{self, Ceremony, CeremonyState, Confirmation, Round1, Round2};
use aiq_verifier::log::Act;
use aiq_verifier::poll::{Ballot, KeyShare, PollShare, SealedBy, Sealing};

use super::{AT, Fake, Shown, id, json, promise};

/// The trustees of every ceremony; two of them open a poll.
pub const NAMES: [&str; 3] = ["one", "two", "three"];
/// Longest reason of every sealed poll.
pub const REASONS: u16 = 40;

/// What opens a poll that the fake service seals alone.
pub fn secret() -> SecretKey {
    SecretKey::from_bytes(&[7; 32]).unwrap()
}

/// The three trustees.
pub fn trustees() -> [Trustee; 3] {
    [1, 2, 3].map(|number| Trustee::new([number; 32]))
}

impl Fake {
    /// Announces a poll that the service seals alone.
    pub fn announce_sealed(&self) -> PollView {
        let key = secret().sealing_key();
        self.announce_as(|poll| {
            poll.sealing = Some(Sealing { trustees: SealedBy::Service, key, floor: 1, reasons: REASONS });
        })
    }

    /// Holds a ceremony.
    pub fn hold_ceremony(&self) -> CeremonyView {
        let view = ceremony(|act| self.accept(act));
        self.shown().ceremony = Some(view.clone());
        view
    }

    /// Announces a poll that trustees seal.
    pub fn announce_sealed_by(&self, ceremony: &CeremonyView, change: impl FnOnce(&mut Sealing)) -> PollView {
        let CeremonyState::Complete { key } = ceremony.state else { panic!("a complete ceremony") };
        let mut sealing = Sealing { trustees: SealedBy::Ceremony(ceremony.id), key, floor: 1, reasons: REASONS };
        change(&mut sealing);
        self.announce_as(|poll| poll.sealing = Some(sealing))
    }

    /// Publishes the shares of some trustees of the poll that was announced.
    pub fn release(&self, indexes: &[u8]) -> PollView {
        let poll = self.shown().poll.clone().unwrap();
        let view = self.shown().ceremony.clone();
        let shares = indexes.iter().map(|index| {
            let share = match &view {
                Some(view) => on_board(view, |board| trustees()[usize::from(*index) - 1].share(board)).unwrap(),
                None => secret().to_bytes(),
            };
            let share = PollShare { scope: poll.scope, index: *index, share: KeyShare::new(share) };
            let name = if view.is_some() { NAMES[usize::from(*index) - 1] } else { "the service" };
            let share = Some(ShareEntry { share, receipt: self.accept(Act::Share(share)) });
            TrusteeView { index: *index, name: name.to_owned(), share }
        });
        let (threshold, waits, missing) = (if view.is_some() { 2 } else { 1 }, false, Vec::new());
        let sealing = SealingView { threshold, trustees: shares.collect(), waits, missing };
        let poll = PollView { sealing: Some(sealing), ..poll };
        self.shown().poll = Some(poll.clone());
        poll
    }
}

fn ceremony(accept: impl Fn(Act) -> aiq_verifier::receipt::Receipt) -> CeremonyView {
    let (deployment, seats) = (id(), trustees());
    let cards = NAMES.iter().zip(&seats).map(|(name, seat)| ceremony::Trustee::of(name, &seat.signing_key()).unwrap());
    let ceremony = Ceremony { salt: [3; 16], threshold: 2, trustees: cards.collect(), deadline: AT + 1, release: 60 };
    let mut view = CeremonyView {
        id: ceremony.id(),
        receipt: accept(Act::Ceremony(ceremony.clone())),
        state: CeremonyState::Round1 { missing: vec![1, 2, 3] },
        round_1: Vec::new(),
        round_2: Vec::new(),
        confirmations: Vec::new(),
        complaint: None,
        poll: None,
        ceremony,
    };
    let packages = seats.iter().map(|seat| seat.round_1(&deployment, &view.ceremony).unwrap());
    let entry = |package: Round1| Round1Entry { receipt: accept(Act::CeremonyRound1(package.clone())), package };
    view.round_1 = packages.map(entry).collect();
    let packages: Vec<Round2> =
        seats.iter().map(|seat| on_board(&view, |board| seat.round_2(board)).unwrap()).collect();
    let entry = |package: Round2| Round2Entry { receipt: accept(Act::CeremonyRound2(package.clone())), package };
    view.round_2 = packages.into_iter().map(entry).collect();
    let confirm = |seat: &Trustee| match on_board(&view, |board| seat.verdict(board)) {
        Ok(Verdict::Confirmation(confirmation)) => confirmation,
        other => panic!("a confirmation, not {other:?}"),
    };
    let confirmations: Vec<Confirmation> = seats.iter().map(confirm).collect();
    view.state = CeremonyState::Complete { key: confirmations[0].key };
    let entry = |package: Confirmation| {
        let receipt = accept(Act::CeremonyConfirmation(package.clone()));
        ConfirmationEntry { receipt, package }
    };
    view.confirmations = confirmations.into_iter().map(entry).collect();
    view
}

fn on_board<T>(view: &CeremonyView, look: impl FnOnce(&Board<'_>) -> T) -> T {
    let round_1: Vec<Round1> = view.round_1.iter().map(|entry| entry.package.clone()).collect();
    let round_2: Vec<Round2> = view.round_2.iter().map(|entry| entry.package.clone()).collect();
    look(&Board { deployment: &id(), ceremony: &view.ceremony, round_1: &round_1, round_2: &round_2 })
}

/// Takes a ballot as it comes.
pub(super) fn take(body: &[u8], shown: &mut Shown) -> Vec<u8> {
    let (ballot, reason) = serde_json::from_slice::<NewBallot>(body).unwrap().into_parts();
    let receipt = promise(&mut shown.log, Act::Ballot(ballot.committed()));
    shown.size = shown.log.entries.len() as u64;
    shown.ballots.push((ballot, reason));
    json(&receipt)
}

/// Who has cast which ballot; what is in it is not shown.
pub(super) fn cast(shown: &Shown) -> BallotPage {
    let entry = |(ballot, _): &(Ballot, _)| BallotEntry { nullifier: ballot.nullifier, seq: ballot.seq, ballot: None };
    BallotPage { ballots: shown.ballots.iter().map(entry).collect(), next: None }
}
