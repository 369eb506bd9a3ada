//! Whose word besides the service's a wallet asks for: cosignatures by K of N witnesses.

use std::collections::BTreeSet;

use aiq_verifier::log::{WitnessKey, cosigned_by};
use serde::{Deserialize, Serialize};

/// At least `required` of these witnesses have to have signed a checkpoint before it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quorum {
    required: usize,
    witnesses: Vec<WitnessKey>,
}

/// Why there can be no such quorum.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuorumError {
    /// Fewer than one, or more than there are.
    #[error("{required} of {} witnesses cannot be required", .witnesses)]
    Required {
        /// How many were to be required.
        required: usize,
        /// How many there are.
        witnesses: usize,
    },
    /// One key under two names would count twice.
    #[error("the key of witness '{0}' is named twice")]
    Twice(String),
}

/// No checkpoint has the signatures that are required.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no checkpoint of the log is signed by {required} of the wallet's {witnesses} witnesses; missing on the best one: {}",
    .missing.join(", ")
)]
pub struct NoQuorum {
    /// How many are required.
    pub required: usize,
    /// How many the wallet knows.
    pub witnesses: usize,
    /// The names of those who have not signed the checkpoint that has most signatures.
    pub missing: Vec<String>,
}

impl Quorum {
    /// A quorum of `required` of these.
    ///
    /// # Errors
    /// [`QuorumError`].
    pub fn new(required: usize, witnesses: Vec<WitnessKey>) -> Result<Self, QuorumError> {
        if !(1..=witnesses.len()).contains(&required) {
            return Err(QuorumError::Required { required, witnesses: witnesses.len() });
        }
        let mut keys = BTreeSet::new();
        for witness in &witnesses {
            // Behind name and key id stands the key itself: two names do not make two witnesses of one.
            if !keys.insert(witness.to_string().splitn(3, '+').nth(2).map(str::to_owned)) {
                return Err(QuorumError::Twice(witness.name().to_owned()));
            }
        }
        Ok(Self { required, witnesses })
    }

    /// How many are required.
    #[must_use]
    pub const fn required(&self) -> usize {
        self.required
    }

    /// Who counts.
    #[must_use]
    pub fn witnesses(&self) -> &[WitnessKey] {
        &self.witnesses
    }

    /// Whether enough of them have signed the checkpoint in a note.
    #[must_use]
    pub fn is_met_by(&self, note: &str) -> bool {
        self.witnesses.len() - self.missing(note).len() >= self.required
    }

    /// The first of these notes that has enough signatures.
    ///
    /// # Errors
    /// [`NoQuorum`], naming those who are missing on the note that has most.
    pub fn choose<'n>(&self, notes: impl IntoIterator<Item = &'n str>) -> Result<&'n str, NoQuorum> {
        let mut missing: Vec<&str> = self.witnesses.iter().map(WitnessKey::name).collect();
        for note in notes {
            let here = self.missing(note);
            if self.witnesses.len() - here.len() >= self.required {
                return Ok(note);
            }
            if here.len() < missing.len() {
                missing = here;
            }
        }
        let missing = missing.into_iter().map(str::to_owned).collect();
        Err(NoQuorum { required: self.required, witnesses: self.witnesses.len(), missing })
    }

    fn missing(&self, note: &str) -> Vec<&str> {
        let signed = |witness: &&WitnessKey| matches!(cosigned_by(note, witness), Ok(Some(_)));
        self.witnesses.iter().filter(|witness| !signed(witness)).map(WitnessKey::name).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aiq_circuits::identity::DeploymentId;
    use aiq_verifier::log::{LogCheckpoint, cosign};
    use ed25519_dalek::SigningKey;

    use super::*;

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn witness(name: &str, byte: u8) -> WitnessKey {
        WitnessKey::of(name, &key(byte)).unwrap()
    }

    fn note(size: u64, signers: &[(&str, u8)]) -> String {
        let checkpoint = LogCheckpoint { deployment_id: DeploymentId::new([1; 32]), size, root: [2; 32] };
        let mut note = checkpoint.to_note(&key(9));
        for (name, byte) in signers {
            let line = cosign(&note, name, &key(*byte), 7).unwrap();
            note.push_str(&line);
            note.push('\n');
        }
        note
    }

    #[test]
    fn the_newest_checkpoint_with_enough_signatures_counts() {
        let quorum = Quorum::new(2, vec![witness("a", 1), witness("b", 2), witness("c", 3)]).unwrap();
        let notes = [note(30, &[("a", 1)]), note(20, &[("c", 3), ("a", 1)]), note(10, &[("a", 1), ("b", 2), ("c", 3)])];
        let notes = notes.each_ref().map(String::as_str);
        assert_eq!(quorum.choose(notes), Ok(notes[1]));
        let error = quorum.choose([notes[0]]).unwrap_err();
        assert_eq!(error.missing, ["b", "c"]);
        assert_eq!(quorum.choose([]).unwrap_err().missing, ["a", "b", "c"]);
    }

    #[test]
    fn a_strangers_signature_under_a_witnesss_name_does_not_count() {
        let quorum = Quorum::new(1, vec![witness("a", 1)]).unwrap();
        assert!(!quorum.is_met_by(&note(5, &[("a", 4), ("b", 1)])));
        assert!(quorum.is_met_by(&note(5, &[("a", 4), ("a", 1)])));
        // One witness that signs twice is one witness.
        let two = Quorum::new(2, vec![witness("a", 1), witness("b", 2)]).unwrap();
        assert!(!two.is_met_by(&note(5, &[("a", 1), ("a", 1)])));
    }

    #[test]
    fn a_quorum_that_cannot_be_is_refused() {
        let [a, b] = [witness("a", 1), witness("b", 2)];
        for required in [0, 3] {
            let error = Quorum::new(required, vec![a.clone(), b.clone()]).unwrap_err();
            assert_eq!(error, QuorumError::Required { required, witnesses: 2 });
        }
        assert!(Quorum::new(2, vec![a, b]).is_ok());
        // Among so many keys there are some with a plus sign in their base64.
        for byte in 0..=255 {
            let twice = Quorum::new(1, vec![witness("a", byte), witness("again", byte)]);
            assert_eq!(twice, Err(QuorumError::Twice("again".into())), "{byte}");
        }
    }
}
