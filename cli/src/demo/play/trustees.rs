//! Three trustees make the key of a poll together, so that nobody can open a ballot alone, and none of them is needed.

use aiq_circuits::scope::Scope;
use aiq_sealing::board::Board;
use aiq_sealing::trustee::{Trustee, TrusteeError, Verdict};
use aiq_server::api::{CeremonyView, NewCeremony, PollView};
use aiq_verifier::ceremony::{self, CeremonyId, CeremonyState, Round1, Round2};
use aiq_verifier::poll::{KeyShare, PollShare};
use rand::RngCore;
use rand::rngs::OsRng;

use super::{DemoError, Narrator, Scene};

/// Shares that open the poll.
pub const THRESHOLD: u8 = 2;
/// Who has one; the last one never publishes it.
pub const NAMES: [&str; 3] = ["Academy", "Ombudsman", "Absentee"];
/// Seconds after the close by which shares are due.
pub const RELEASE: u32 = 86_400;
/// Seconds for the ceremony.
const DEADLINE: u32 = 3_600;

/// The trustees with their secrets, which none of them shows to another.
pub struct Trustees {
    ceremony: CeremonyView,
    seats: Vec<Trustee>,
}

impl Trustees {
    /// They make a key on the service's board, each from what it sees there.
    pub fn convene(scene: &Scene, narrator: &mut Narrator) -> Result<Self, DemoError> {
        narrator.act("Trustees");
        let admin = &scene.stage.admin;
        let seats: Vec<Trustee> = NAMES
            .iter()
            .map(|_| {
                let mut seed = [0; 32];
                OsRng.fill_bytes(&mut seed);
                Trustee::new(seed)
            })
            .collect();
        let cards = NAMES.iter().zip(&seats).map(|(name, seat)| ceremony::Trustee::of(name, &seat.signing_key()));
        let ceremony = admin.open_ceremony(&NewCeremony {
            trustees: cards.collect::<Result<_, _>>()?,
            threshold: THRESHOLD,
            deadline: scene.stage.now() + DEADLINE,
            release: RELEASE,
        })?;
        let deployment = *scene.deployment()?;
        let mut trustees = Self { ceremony, seats };
        for seat in &trustees.seats {
            admin.send_round_1(&seat.round_1(&deployment, &trustees.ceremony.ceremony)?)?;
        }
        trustees.ceremony = admin.ceremony(&trustees.ceremony.id)?;
        for seat in &trustees.seats {
            let package = trustees.on_board(scene, |board| seat.round_2(board))?;
            admin.send_round_2(&package?)?;
        }
        trustees.ceremony = admin.ceremony(&trustees.ceremony.id)?;
        for seat in &trustees.seats {
            match trustees.on_board(scene, |board| seat.verdict(board))?? {
                Verdict::Confirmation(confirmation) => admin.confirm_ceremony(&confirmation)?,
                Verdict::Complaint(complaint) => admin.complain(&complaint)?,
            };
        }
        trustees.ceremony = admin.ceremony(&trustees.ceremony.id)?;
        let state = trustees.ceremony.state.clone();
        let complete = trustees
            .on_board(scene, |board| matches!(state, CeremonyState::Complete { key } if board.key() == Some(key)))?;
        narrator.fact(
            "three trustees make a key together; each has a share, and nobody ever has the key",
            complete,
            format_args!("{} of {} open what is sealed to it", THRESHOLD, NAMES.len()),
        );
        Ok(trustees)
    }

    pub const fn id(&self) -> CeremonyId {
        self.ceremony.id
    }

    /// What a trustee publishes after the close.
    pub fn share(&self, scene: &Scene, index: u8, poll: &PollView) -> Result<PollShare, DemoError> {
        let seat = self.seats.get(usize::from(index) - 1).ok_or(TrusteeError::Stranger)?;
        let share = self.on_board(scene, |board| seat.share(board))??;
        Ok(share_of(poll.scope, index, share))
    }

    fn on_board<T>(&self, scene: &Scene, look: impl FnOnce(&Board<'_>) -> T) -> Result<T, DemoError> {
        let CeremonyView { ceremony, round_1, round_2, .. } = &self.ceremony;
        let round_1: Vec<Round1> = round_1.iter().map(|entry| entry.package.clone()).collect();
        let round_2: Vec<Round2> = round_2.iter().map(|entry| entry.package.clone()).collect();
        Ok(look(&Board { deployment: scene.deployment()?, ceremony, round_1: &round_1, round_2: &round_2 }))
    }
}

pub fn share_of(scope: Scope, index: u8, share: [u8; 32]) -> PollShare {
    PollShare { scope, index, share: KeyShare::new(share) }
}
