//! What polls change (§8): whether a change can be announced, and what becomes of it when its poll has its tally.

use aiq_circuits::{credential::CredentialId, scope::Scope};
use aiq_verifier::{
    log::{Act, RevokedBy},
    poll::{Change, PollDefinition},
    standard::Authority,
};

use super::{claims::Claims, consequences::Consequence, founding::Founding, polls::Origin, standards::Standards};
use crate::{
    fault::{Fault, FaultCode, Place},
    report::EnactmentState,
};

/// Changes that wait for the next epoch, in the order of the tallies that decided them.
#[derive(Default)]
pub(super) struct Governance {
    waiting: Vec<(Scope, Change)>,
}

/// Everything that a change can be about.
pub(super) struct Subjects<'a> {
    pub(super) founding: &'a Founding,
    pub(super) standards: &'a Standards,
    pub(super) claims: &'a Claims,
}

impl Subjects<'_> {
    /// Whether a change is possible now; if not, why.
    pub(super) fn allow(&self, change: &Change) -> Result<(), String> {
        let Self { founding, standards, claims } = self;
        match change {
            Change::Standard { standard } => standards.check(standard, founding).map_err(Into::into),
            Change::Menu { entry } => founding.check_menu(entry),
            Change::MenuRemoval { id } if founding.menu_entry(id).is_none() => {
                Err(format!("`{id}` is not on the menu"))
            }
            Change::MenuRemoval { id } if founding.asks_for(id) || standards.ask_for(id) => {
                Err(format!("the charter or a standard asks for `{id}`"))
            }
            Change::Domain { entry } => founding.check_domain(entry),
            Change::MenuRemoval { .. } | Change::Overturn { .. } => Ok(()),
            Change::Revoke { credential } => {
                let counts = founding.granted(credential).is_some() || claims.granted(credential).is_some();
                if counts { Ok(()) } else { Err(format!("there is no credential {credential} to revoke")) }
            }
        }
    }
}

/// Checks what a poll enacts, where it was opened like this and its epoch has so many members. Whether the change is possible is known
/// where every entry is there.
pub(super) fn check(
    place: Place,
    definition: &PollDefinition,
    origin: Origin,
    members: u64,
    founding: &Founding,
    possible: Result<(), String>,
) -> Result<(), Fault> {
    let rule = |holds, message: &str| place.rule(holds, FaultCode::PollEnactment, || message);
    let overturns =
        matches!(&definition.enactment, Some(enactment) if matches!(enactment.change, Change::Overturn { .. }));
    rule(
        overturns == (origin == Origin::Dispute),
        "a dispute opens a poll that may overturn a decision, and nothing else does",
    )?;
    if definition.enactment.is_none() || overturns {
        return Ok(());
    }
    let governance = founding.powers().and_then(|charter| charter.governance.as_ref());
    let governance =
        governance.ok_or_else(|| place.fault(FaultCode::PollEnactment, "the charter lets no poll change anything"))?;
    governance.check(definition, members).map_err(|error| place.fault(FaultCode::PollEnactment, error.to_string()))?;
    possible.map_err(|message| place.fault(FaultCode::PollEnactment, message))
}

impl Governance {
    /// Takes a change whose poll passed: it waits for the next epoch.
    pub(super) fn wait(&mut self, poll: Scope, change: Change) {
        self.waiting.push((poll, change));
    }

    /// Whether something waits for the next epoch.
    pub(super) fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// An epoch is sealed: what waits happens, one after the other, as far as it is still possible. Tells what became of each.
    pub(super) fn enact(
        &mut self,
        founding: &mut Founding,
        standards: &mut Standards,
        claims: &Claims,
    ) -> (Vec<Consequence>, Vec<(Scope, EnactmentState)>) {
        let (mut consequences, mut states) = (Vec::new(), Vec::new());
        for (poll, change) in self.waiting.drain(..) {
            let is_possible = Subjects { founding, standards, claims }.allow(&change).is_ok();
            let act = if is_possible { apply(poll, change, founding, standards) } else { None };
            states.push((poll, if act.is_some() { EnactmentState::InForce } else { EnactmentState::Overtaken }));
            consequences.extend(act.map(Consequence::change));
        }
        (consequences, states)
    }
}

/// Makes a change, and gives the entry that says so.
fn apply(poll: Scope, change: Change, founding: &mut Founding, standards: &mut Standards) -> Option<Act> {
    let by = Authority::Poll(poll);
    match change {
        Change::Standard { standard } => {
            standards.lay_down(standard.clone());
            Some(Act::Standard { standard, by })
        }
        Change::Menu { entry } => {
            founding.set_menu(entry.clone());
            Some(Act::Menu { entry, by })
        }
        Change::MenuRemoval { id } => {
            founding.remove_menu(&id);
            Some(Act::MenuRemoval { id, by })
        }
        Change::Domain { entry } => {
            founding.add_domain(entry.domain);
            Some(Act::Domain { entry, by })
        }
        Change::Overturn { .. } | Change::Revoke { .. } => None,
    }
}

/// Revokes a credential by a poll that passed, if it still counts.
pub(super) fn revoke(
    poll: Scope,
    credential: &CredentialId,
    founding: &mut Founding,
    claims: &mut Claims,
) -> Option<Consequence> {
    let because = RevokedBy::Poll(poll);
    let founded = founding.revoke(credential).map(|granted| Consequence::revocation(&granted, because));
    founded.or_else(|| claims.revoke_credential(credential, because))
}
