//! A ceremony with its board, and polls that are sealed to its key.

use std::collections::BTreeMap;

use aiq_circuits::{
    identity::{DeploymentId, Nullifier},
    scope::Scope,
    tree::{CredentialsRoot, MembersRoot},
};
use aiq_sealing::{
    board::{Board, reconstruct},
    key::SecretKey,
    trustee::{Trustee, Verdict},
};
use aiq_verifier::{
    ceremony::{self, Ceremony, Complaint, Confirmation, Round1, Round2},
    eligibility::{Eligibility, PinnedRoots},
    poll::{Decision, PollDefinition, PollId, PollRule, SealedBy, Sealing, SealingKey},
    verifying_key::KeyId,
};
use ark_bn254::Fr;
use rand::{SeedableRng as _, rngs::StdRng};

pub const HERE: DeploymentId = DeploymentId::new([1; 32]);

pub fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

/// The trustee with a number, made anew each time: it remembers nothing.
pub fn trustee(index: u8) -> Trustee {
    Trustee::new([index; 32])
}

/// A board that grows as the trustees take part.
#[derive(Clone)]
pub struct Made {
    pub ceremony: Ceremony,
    pub round_1: Vec<Round1>,
    pub round_2: Vec<Round2>,
}

impl Made {
    pub fn opened(threshold: u8, trustees: u8) -> Self {
        let card = |index| ceremony::Trustee::of(&format!("trustee-{index}"), &trustee(index).signing_key()).unwrap();
        let ceremony = Ceremony {
            salt: [9; 16],
            threshold,
            trustees: (1..=trustees).map(card).collect(),
            deadline: 1_900_000_000,
            release: 3_600,
        };
        Self { ceremony, round_1: Vec::new(), round_2: Vec::new() }
    }

    pub fn after_round_1(threshold: u8, trustees: u8) -> Self {
        let mut made = Self::opened(threshold, trustees);
        made.round_1 = (1..=trustees).map(|index| trustee(index).round_1(&HERE, &made.ceremony).unwrap()).collect();
        made
    }

    pub fn after_round_2(threshold: u8, trustees: u8) -> Self {
        let mut made = Self::after_round_1(threshold, trustees);
        made.round_2 = (1..=trustees).map(|index| trustee(index).round_2(&made.board()).unwrap()).collect();
        made
    }

    pub fn board(&self) -> Board<'_> {
        let Self { ceremony, round_1, round_2 } = self;
        Board { deployment: &HERE, ceremony, round_1, round_2 }
    }

    pub fn confirmation(&self, index: u8) -> Confirmation {
        match trustee(index).verdict(&self.board()).unwrap() {
            Verdict::Confirmation(confirmation) => confirmation,
            Verdict::Complaint(complaint) => panic!("{complaint:?}"),
        }
    }

    pub fn complaint(&self, index: u8) -> Complaint {
        match trustee(index).verdict(&self.board()).unwrap() {
            Verdict::Complaint(complaint) => complaint,
            Verdict::Confirmation(confirmation) => panic!("{confirmation:?}"),
        }
    }

    pub fn shares(&self, of: impl IntoIterator<Item = u8>) -> BTreeMap<u8, [u8; 32]> {
        of.into_iter().map(|index| (index, trustee(index).share(&self.board()).unwrap())).collect()
    }

    pub fn secret(&self) -> SecretKey {
        reconstruct(&self.shares(1..=self.ceremony.threshold)).unwrap()
    }

    pub fn poll(&self, rule: PollRule) -> PollDefinition {
        poll(rule, SealedBy::Ceremony(self.ceremony.id()), self.board().key().unwrap())
    }
}

pub fn poll(rule: PollRule, trustees: SealedBy, key: SealingKey) -> PollDefinition {
    PollDefinition {
        id: PollId::new([9; 16]),
        question: "Which benchmark comes first?".to_owned(),
        options: ["Robustness", "Calibration", "Honesty"].map(str::to_owned).to_vec(),
        rule,
        decision: Decision::default(),
        eligibility: Eligibility::Membership,
        roots: PinnedRoots {
            epoch: 3,
            members_root: MembersRoot::new(Fr::from(41_u64)),
            credentials_root: CredentialsRoot::new(Fr::from(42_u64)),
        },
        key_id: KeyId::new([12; 32]),
        announced_at: 100,
        opens_at: 200,
        closes_at: 300,
        enactment: None,
        reward: None,
        sealing: Some(Sealing { trustees, key, floor: 1, reasons: 280 }),
    }
}

pub fn scope(definition: &PollDefinition) -> Scope {
    definition.scope(&HERE)
}

pub fn nullifier(number: u64) -> Nullifier {
    Nullifier::new(Fr::from(number))
}
