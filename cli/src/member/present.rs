//! From what a member holds to a presentation (§6): the same steps for a poll, an attestation and `aiq prove`.

use std::time::{Duration, Instant};

use aiq_circuits::identity::{Identity, OwnerTag, TagRandomness};
use aiq_circuits::membership::{MembershipInstance, MembershipWitness};
use aiq_circuits::requirement::Requirement;
use aiq_circuits::scope::{Message, Scope};
use aiq_circuits::standing::{SlotWitness, StandingInstance, StandingWitness};
use aiq_circuits::statement::StatementId;
use aiq_prover::{Prover, Stage};
use aiq_verifier::eligibility::{Eligibility, EligibilityError};
use aiq_verifier::presentation::Presentation;
use rand::rngs::OsRng;

use super::selection::{DomainNames, select};
use super::{Held, MemberError};
use crate::progress::Progress;
use crate::sync::Trees;

/// What a presentation is for.
#[derive(Debug, Clone, Copy)]
pub struct Purpose {
    /// Where the nullifier lives.
    pub scope: Scope,
    /// What the proof commits to besides its statement.
    pub message: Message,
}

/// A witness that is ready: everything of a presentation but the proof.
#[derive(Debug)]
pub struct Prepared {
    witness: Witness,
    tag: OwnerTag,
    selected: Vec<Held>,
}

#[derive(Debug)]
enum Witness {
    Membership(MembershipWitness),
    Standing3(Requirement, StandingWitness<3>),
    Standing8(Requirement, StandingWitness<8>),
}

/// A presentation and what it cost.
#[derive(Debug, Clone)]
pub struct Presented {
    /// The presentation.
    pub presentation: Presentation,
    /// Witness and proof, self-verification included.
    pub proving: Duration,
}

/// Chooses the credentials and collects the paths; everything that can be missing is found out here, on this machine.
///
/// # Errors
/// [`MemberError::NotAMember`], [`MemberError::Withdrawn`], [`MemberError::Shortfall`].
pub fn prepare(
    identity: &Identity,
    trees: &Trees,
    held: &[Held],
    eligibility: &Eligibility,
    names: DomainNames<'_>,
) -> Result<Prepared, MemberError> {
    let checkpoint = &trees.checkpoint;
    let commitment = identity.commitment();
    let stranger = || {
        if trees.left.contains(&commitment) {
            MemberError::Withdrawn(checkpoint.epoch)
        } else {
            MemberError::NotAMember { epoch: checkpoint.epoch, members: checkpoint.member_count() }
        }
    };
    let place = trees.members.leaves().iter().position(|leaf| leaf == commitment.as_field());
    let place = place.and_then(|place| u32::try_from(place).ok());
    let path = place.and_then(|place| trees.members.path(place)).ok_or_else(stranger)?;
    // Unless a number is chosen later, this tag never owns a leaf and need not come back from the seed (§2): fresh randomness links it
    // to nothing.
    let tag_randomness = TagRandomness::random(&mut OsRng);
    let tag = identity.secret().tag(&tag_randomness);
    let membership = MembershipWitness { secret: identity.secret().clone(), tag_randomness, path };
    let (statement, requirement) = match eligibility {
        Eligibility::Membership => {
            return Ok(Prepared { witness: Witness::Membership(membership), tag, selected: Vec::new() });
        }
        Eligibility::Standing { statement, requirement, .. } => (*statement, *requirement),
    };
    let selected =
        select(&requirement, statement.standing_slots(), held, trees, names).map_err(MemberError::Shortfall)?;
    let slot = |held: &Held| {
        Some(SlotWitness {
            tag_randomness: identity.tag_randomness(held.tag_index),
            attributes: held.credential.attributes,
            id: held.credential.id,
            path: trees.credentials.path(held.leaf)?,
        })
    };
    let credentials: Vec<SlotWitness> = selected.iter().filter_map(slot).collect();
    let witness = match statement {
        StatementId::Standing3 => Witness::Standing3(requirement, StandingWitness { membership, credentials }),
        StatementId::Standing8 => Witness::Standing8(requirement, StandingWitness { membership, credentials }),
        StatementId::Membership | StatementId::Merge6 => return Err(EligibilityError::NotStanding(statement).into()),
    };
    Ok(Prepared { witness, tag, selected })
}

impl Prepared {
    /// With owner tag number `number` of the identity, which can be found again, instead of one that nothing is granted to.
    #[must_use]
    pub fn with_tag(mut self, identity: &Identity, number: u64) -> Self {
        let membership = match &mut self.witness {
            Witness::Membership(membership) => membership,
            Witness::Standing3(_, witness) => &mut witness.membership,
            Witness::Standing8(_, witness) => &mut witness.membership,
        };
        membership.tag_randomness = identity.tag_randomness(number);
        self.tag = identity.tag(number);
        self
    }

    /// The credentials that will be shown to exist, for the member's own eyes.
    #[must_use]
    pub fn selected(&self) -> &[Held] {
        &self.selected
    }

    /// Makes the proof.
    ///
    /// # Errors
    /// [`MemberError::Prove`].
    pub fn prove(
        &self,
        identity: &Identity,
        trees: &Trees,
        purpose: &Purpose,
        prover: &Prover,
        progress: &dyn Progress,
    ) -> Result<Presented, MemberError> {
        let begun = Instant::now();
        let Purpose { scope, message } = *purpose;
        let (nullifier, tag) = (identity.nullifier(&scope), self.tag);
        let (members, credentials) = (trees.members.root(), trees.credentials.root());
        progress.start(&format!("proving {}", prover.statement()), Stage::ALL.len() as u64);
        let mut listen = |stage| progress.set(Stage::ALL.iter().position(|known| *known == stage).unwrap_or(0) as u64);
        let proof = match &self.witness {
            Witness::Membership(witness) => {
                let instance = MembershipInstance::new(members, scope, nullifier, tag, message);
                prover.prove(&instance, witness, &mut OsRng, &mut listen)
            }
            Witness::Standing3(requirement, witness) => {
                let instance =
                    StandingInstance::<3>::new(members, credentials, *requirement, scope, nullifier, tag, message);
                prover.prove(&instance, witness, &mut OsRng, &mut listen)
            }
            Witness::Standing8(requirement, witness) => {
                let instance =
                    StandingInstance::<8>::new(members, credentials, *requirement, scope, nullifier, tag, message);
                prover.prove(&instance, witness, &mut OsRng, &mut listen)
            }
        };
        progress.finish();
        let (statement, key_id) = (prover.statement(), prover.key_id());
        let presentation = Presentation { statement, key_id, nullifier, tag, proof: proof? };
        Ok(Presented { presentation, proving: begun.elapsed() })
    }
}
