//! Which kinds of acts can stand where.

use aiq_verifier::{
    claim::ClaimId,
    log::{Act, EnrolledBy},
    poll::{PollDefinition, PollId},
    standard::Authority,
};

use crate::{
    bundle::{Contents, Header},
    fault::{Fault, FaultCode, Place},
};

/// What was there before.
pub(super) struct Before {
    /// Whether epoch 0, or in the bundle of a poll or claim its epoch, is sealed.
    pub(super) is_founded: bool,
    /// Whether there is a poll.
    pub(super) has_poll: bool,
    /// Whether there is a ceremony.
    pub(super) has_ceremony: bool,
}

/// Whether an act of this kind can stand here.
pub(super) fn check(place: Place, act: &Act, header: &Header, before: &Before) -> Result<(), Fault> {
    let belongs = match (header.poll, header.claim) {
        (Some(poll), _) => belongs_to_poll(act, &poll, before),
        (_, Some(claim)) => belongs_to_claim(act, &claim, before.is_founded),
        _ => true,
    };
    place.rule(belongs, FaultCode::Foreign, || "it belongs to something else than the bundle is about")?;
    let founds = founds(act);
    let fits = is_anywhere(act, founds, header.contents) || founds != before.is_founded;
    place.rule(fits, FaultCode::Founding, || {
        if founds {
            "only the founding writes this, and it ended with epoch 0"
        } else {
            "nothing of this happens before epoch 0"
        }
    })
}

/// By which right something is laid down that can be laid down again.
const fn authority(act: &Act) -> Option<Authority> {
    match act {
        Act::Domain { by, .. } | Act::Menu { by, .. } | Act::MenuRemoval { by, .. } | Act::Standard { by, .. } => {
            Some(*by)
        }
        _ => None,
    }
}

fn founds(act: &Act) -> bool {
    match act {
        Act::Genesis(_) | Act::Charter(_) => true,
        Act::Enrolment { by, .. } => *by == EnrolledBy::Founding,
        act => authority(act) == Some(Authority::Founding),
    }
}

/// Whether nothing can be said of where it stands: the bundle of a poll or claim has one epoch, and what polls and the administrator
/// laid down, and ceremonies, of all times.
fn is_anywhere(act: &Act, founds: bool, contents: Contents) -> bool {
    let is_timeless = match contents {
        Contents::Everything => false,
        Contents::Poll => is_of_a_ceremony(act) || (authority(act).is_some() && !founds),
        Contents::Claim => matches!(act, Act::Standard { .. }) || (authority(act).is_some() && !founds),
    };
    is_timeless || matches!(act, Act::Epoch { .. } | Act::Grant(_))
}

const fn is_of_a_ceremony(act: &Act) -> bool {
    matches!(
        act,
        Act::Ceremony(_)
            | Act::CeremonyRound1(_)
            | Act::CeremonyRound2(_)
            | Act::CeremonyConfirmation(_)
            | Act::CeremonyComplaint(_)
    )
}

/// The poll that an act opens.
fn opened(act: &Act) -> Option<&PollDefinition> {
    match act {
        Act::Poll(poll) => Some(poll),
        Act::Dispute { poll, .. } | Act::Proposal { poll, .. } => Some(poll),
        _ => None,
    }
}

/// Whether an act can stand in the bundle of a poll.
fn belongs_to_poll(act: &Act, wanted: &PollId, before: &Before) -> bool {
    if let Some(poll) = opened(act) {
        return poll.id == *wanted;
    }
    if is_of_a_ceremony(act) {
        let is_second = before.has_ceremony && matches!(act, Act::Ceremony(_));
        return !(before.has_poll || is_second);
    }
    matches!(
        act,
        Act::Genesis(_)
            | Act::Domain { .. }
            | Act::Menu { .. }
            | Act::MenuRemoval { .. }
            | Act::Charter(_)
            | Act::Epoch { .. }
            | Act::PollWithdrawal { .. }
            | Act::Join { .. }
            | Act::Ballot(_)
            | Act::Close { .. }
            | Act::Share(_)
            | Act::Tally(_)
            | Act::Reason { .. }
    )
}

/// Whether an act can stand in the bundle of a claim. Grants of the founding are not the claim's.
fn belongs_to_claim(act: &Act, wanted: &ClaimId, is_founded: bool) -> bool {
    match act {
        Act::Claim(new) => new.claim.id() == *wanted,
        Act::Grant(_) => is_founded,
        Act::Genesis(_) | Act::Epoch { .. } | Act::Recusal { .. } | Act::Review { .. } | Act::Ruling { .. } => true,
        act => authority(act).is_some(),
    }
}
