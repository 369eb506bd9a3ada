//! One valid presentation of each statement, made once.

use std::sync::LazyLock;

use aiq_circuits::identity::DeploymentId;
use aiq_circuits::scope::{Scope, ScopeKind};
use aiq_circuits::statement::{PublicInputs, StatementId};
use aiq_tests::world::{NOW, Witness, World, domain, message, safety, standing};
use aiq_verifier::eligibility::Eligibility;
use aiq_verifier::presentation::{Expectation, Presentation};

/// Member 0 holds three credentials in AI safety worth 12; member 1 one, and three that do not count; member 2 none;
/// member 3 nine of weight 2.
pub static WORLD: LazyLock<World> = LazyLock::new(|| {
    let expired = aiq_circuits::credential::Attributes { expires_at: NOW, ..safety(9) };
    let elsewhere = aiq_circuits::credential::Attributes { domain: domain("1.1.0.0"), ..safety(9) };
    let holdings: [&[_]; 4] =
        [&[safety(5), safety(4), safety(3)], &[safety(6), expired, elsewhere, safety(1)], &[], &[safety(2); 9]];
    World::new(DeploymentId::new([0xa1; 32]), &holdings)
});

/// A presentation and what it was made for.
pub struct Sample {
    pub expected: Expectation,
    pub presentation: Presentation,
}

impl Sample {
    pub fn statement(&self) -> StatementId {
        self.presentation.statement
    }

    pub fn inputs(&self) -> PublicInputs {
        self.expected.public_inputs(self.presentation.nullifier, self.presentation.tag).unwrap()
    }
}

/// What somebody asks for in the world's deployment.
pub fn expectation(eligibility: Eligibility, label: &str) -> Expectation {
    let scope = Scope::derive(&WORLD.deployment, ScopeKind::Poll, label.as_bytes());
    Expectation { eligibility, roots: WORLD.roots(), scope, message: message(label) }
}

fn sample(eligibility: Eligibility, witness: &Witness) -> Sample {
    let expected = expectation(eligibility, "sample");
    let presentation = WORLD.present(&expected, witness).unwrap();
    Sample { expected, presentation }
}

pub static SAMPLES: LazyLock<[Sample; 3]> = LazyLock::new(|| {
    let tags = [0, 1, 2];
    [
        sample(Eligibility::Membership, &Witness::Membership(WORLD.membership(0))),
        sample(standing(StatementId::Standing3, 3, 10), &Witness::Standing3(WORLD.standing(0, &tags))),
        sample(standing(StatementId::Standing8, 3, 10), &Witness::Standing8(WORLD.standing(0, &tags))),
    ]
});
