//! Presentations (§6), and the one function that accepts them (§5.3).

use std::{collections::BTreeMap, sync::Arc};

use aiq_circuits::{
    identity::{Nullifier, OwnerTag},
    membership::MembershipInstance,
    scope::{Message, Scope},
    standing::StandingInstance,
    statement::{PublicInputs, Statement as _, StatementId},
};
use ark_bn254::Fr;
use rand::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};

use crate::{
    batch::BatchError,
    eligibility::{Eligibility, EligibilityError, PinnedRoots},
    error::VerifyError,
    groth16::{FoldedKey, PreparedKey},
    proof::Proof,
    verifying_key::{KeyError, KeyId, VerifyingKey},
};

/// What a member sends: everything else the verifier knows itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Presentation {
    /// What is shown.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub statement: StatementId,
    /// The key that the proof was made for.
    pub key_id: KeyId,
    /// Who acts in the scope: one per member and scope.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub nullifier: Nullifier,
    /// An owner tag of the member's, for what the scope may grant.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub tag: OwnerTag,
    /// The proof. Never an identifier: its bytes are malleable.
    pub proof: Proof,
}

/// What the verifier expects to be shown, from its own records alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What has to be shown.
    pub eligibility: Eligibility,
    /// Under which roots.
    pub roots: PinnedRoots,
    /// Where the member acts.
    pub scope: Scope,
    /// What the proof has to commit to.
    pub message: Message,
}

impl Expectation {
    /// The public inputs of the statement, in the order of §5, with the two values that only the member can give.
    ///
    /// # Errors
    /// If no statement shows the eligibility.
    pub fn public_inputs(&self, nullifier: Nullifier, tag: OwnerTag) -> Result<PublicInputs, EligibilityError> {
        public_inputs(&self.eligibility, &self.roots, &self.scope, nullifier, tag, self.message)
    }
}

fn public_inputs(
    eligibility: &Eligibility,
    roots: &PinnedRoots,
    scope: &Scope,
    nullifier: Nullifier,
    tag: OwnerTag,
    message: Message,
) -> Result<PublicInputs, EligibilityError> {
    eligibility.validate()?;
    let (members, credentials) = (roots.members_root, roots.credentials_root);
    match *eligibility {
        Eligibility::Membership => {
            Ok(MembershipInstance::new(members, *scope, nullifier, tag, message).public_inputs())
        }
        Eligibility::Standing { statement: StatementId::Standing3, requirement, .. } => {
            Ok(StandingInstance::<3>::new(members, credentials, requirement, *scope, nullifier, tag, message)
                .public_inputs())
        }
        Eligibility::Standing { statement: StatementId::Standing8, requirement, .. } => {
            Ok(StandingInstance::<8>::new(members, credentials, requirement, *scope, nullifier, tag, message)
                .public_inputs())
        }
        Eligibility::Standing { statement: statement @ (StatementId::Membership | StatementId::Merge6), .. } => {
            Err(EligibilityError::NotStanding(statement))
        }
    }
}

/// The keys of a deployment, prepared, at most one for each statement.
#[derive(Clone, Debug)]
pub struct Verifier {
    keys: BTreeMap<StatementId, Arc<PreparedKey>>,
}

impl Verifier {
    /// Prepares keys; where a statement comes twice, the last one counts.
    ///
    /// # Errors
    /// If a key is not one for its statement.
    pub fn new(keys: impl IntoIterator<Item = (StatementId, VerifyingKey)>) -> Result<Self, KeyError> {
        let prepare =
            |(statement, key): (_, VerifyingKey)| Ok((statement, Arc::new(PreparedKey::new(statement, &key)?)));
        Ok(Self { keys: keys.into_iter().map(prepare).collect::<Result<_, _>>()? })
    }

    /// The id of the key for a statement.
    #[must_use]
    pub fn key_id(&self, statement: StatementId) -> Option<KeyId> {
        self.keys.get(&statement).map(|key| key.id())
    }

    /// The prepared key for a statement.
    ///
    /// # Errors
    /// [`VerifyError::NoKey`].
    pub fn key(&self, statement: StatementId) -> Result<&Arc<PreparedKey>, VerifyError> {
        self.keys.get(&statement).ok_or(VerifyError::NoKey(statement))
    }

    /// Accepts or refuses a presentation (§5.3): statement and key id are those expected, the instance is built here
    /// and has as many public inputs as the key, and the pairing equation holds. Encodings were checked when the
    /// presentation was decoded.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(&self, expectation: &Expectation, presentation: &Presentation) -> Result<(), VerifyError> {
        let key = self.key(expectation.eligibility.statement())?;
        check_names(key, presentation)?;
        let inputs = expectation.public_inputs(presentation.nullifier, presentation.tag)?;
        key.verify(&inputs, &presentation.proof)
    }

    /// Prepares for many presentations in one scope: what they share is folded into the key once.
    ///
    /// # Errors
    /// If there is no key for the statement, or no statement shows the eligibility.
    pub fn fold(
        &self,
        eligibility: &Eligibility,
        roots: &PinnedRoots,
        scope: &Scope,
    ) -> Result<PollVerifier, VerifyError> {
        let key = self.key(eligibility.statement())?;
        let zero = Fr::from(0_u64);
        let (nullifier, tag, message) = (Nullifier::new(zero), OwnerTag::new(zero), Message::new(zero));
        let inputs = public_inputs(eligibility, roots, scope, nullifier, tag, message)?;
        let count = inputs.values().len() - PER_PRESENTATION;
        let fixed: Vec<_> = inputs.values().iter().copied().take(count).enumerate().collect();
        Ok(PollVerifier { key: key.fold(&fixed)? })
    }
}

/// The last public inputs of every statement: nullifier, tag, message. What stands before them is the scope's.
const PER_PRESENTATION: usize = 3;

/// A verifier for the presentations of one scope, with everything that they share folded in.
#[derive(Clone, Debug)]
pub struct PollVerifier {
    key: FoldedKey,
}

impl PollVerifier {
    /// The same answer as [`Verifier::verify`], sooner.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(&self, message: Message, presentation: &Presentation) -> Result<(), VerifyError> {
        check_names(self.key.key(), presentation)?;
        self.key.verify(&rest(message, presentation), &presentation.proof)
    }

    /// Checks many presentations, each with its message, at a fraction of the cost of one by one (§9).
    ///
    /// # Errors
    /// The indices of all that are not valid.
    pub fn verify_batch(
        &self,
        presentations: &[(Message, &Presentation)],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), BatchError> {
        let misnamed: Vec<usize> = (0..)
            .zip(presentations)
            .filter_map(|(index, (_, presentation))| {
                check_names(self.key.key(), presentation).is_err().then_some(index)
            })
            .collect();
        let named: Vec<_> = (0..).zip(presentations).filter(|(index, _)| !misnamed.contains(index)).collect();
        let rows: Vec<_> = named
            .iter()
            .map(|(_, (message, presentation))| (rest(*message, presentation).to_vec(), &presentation.proof))
            .collect();
        let mut bad = misnamed;
        if let Err(error) = self.key.verify_batch(&rows, rng) {
            bad.extend(error.bad.iter().filter_map(|row| named.get(*row).map(|(index, _)| *index)));
        }
        BatchError::unless_empty(bad)
    }
}

fn rest(message: Message, presentation: &Presentation) -> [Fr; PER_PRESENTATION] {
    [*presentation.nullifier.as_field(), *presentation.tag.as_field(), *message.as_field()]
}

fn check_names(key: &PreparedKey, presentation: &Presentation) -> Result<(), VerifyError> {
    if presentation.statement != key.statement() {
        return Err(VerifyError::Statement { expected: key.statement(), found: presentation.statement });
    }
    if presentation.key_id != key.id() {
        return Err(VerifyError::Key { expected: key.id(), found: presentation.key_id });
    }
    Ok(())
}
