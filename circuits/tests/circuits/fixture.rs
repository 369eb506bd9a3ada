//! A member with credentials among other members, and the constraint systems, made once.

use std::sync::LazyLock;

use aiq_circuits::{
    Fr,
    constraints::{R1cs, Synthesise, assign},
    credential::{Attributes, Credential, CredentialId, CredentialKind},
    identity::{Commitment, Nullifier, OwnerTag, Secret, TagRandomness},
    membership::{MembershipInstance, MembershipWitness},
    merge::MergeInstance,
    requirement::Requirement,
    scope::{Message, Scope},
    standing::{SlotWitness, StandingInstance, StandingWitness},
    statement::Statement,
    tree::{CredentialTree, MemberTree, MembersRoot},
    wire::field_hash,
};

pub type Standing<const S: usize> = (StandingInstance<S>, StandingWitness<S>);

pub static MEMBERSHIP: LazyLock<R1cs> = LazyLock::new(|| R1cs::of::<MembershipInstance>().unwrap());
pub static STANDING_3: LazyLock<R1cs> = LazyLock::new(|| R1cs::of::<StandingInstance<3>>().unwrap());
pub static STANDING_8: LazyLock<R1cs> = LazyLock::new(|| R1cs::of::<StandingInstance<8>>().unwrap());
pub static MERGE_6: LazyLock<R1cs> = LazyLock::new(|| R1cs::of::<MergeInstance>().unwrap());

/// The circuit for a number of slots.
pub fn r1cs<const S: usize>() -> &'static R1cs {
    if S == 3 { &STANDING_3 } else { &STANDING_8 }
}

/// A field element that nobody chose.
pub fn some(name: &str) -> Fr {
    field_hash(&[b"test/", name.as_bytes()])
}

/// One leaf of the credentials tree together with who can use it.
#[derive(Clone)]
pub struct Held {
    pub owner: Secret,
    pub tag_randomness: TagRandomness,
    pub attributes: Attributes,
    pub id: CredentialId,
}

impl Held {
    pub fn leaf(&self) -> Fr {
        Credential { tag: self.owner.tag(&self.tag_randomness), attributes: self.attributes, id: self.id }.leaf()
    }
}

/// Everything a statement is made from, each part free to be changed before it is.
#[derive(Clone)]
pub struct Case {
    pub secret: Secret,
    pub scope: Scope,
    pub requirement: Requirement,
    /// In the credentials tree, behind the leaves of strangers.
    pub held: Vec<Held>,
    /// Which of them go into the slots.
    pub shown: Vec<usize>,
}

pub const AS_OF: u32 = 1_800_000_000;

impl Case {
    /// `count` good credentials of weight 10, all shown, against a requirement that they just meet.
    pub fn new(count: u8) -> Self {
        let secret = Secret::new(some("secret"));
        let held = (0..count)
            .map(|i| Held {
                owner: secret.clone(),
                tag_randomness: TagRandomness::new(some(&format!("tag randomness {i}"))),
                attributes: Attributes {
                    domain: "1.7.2.9".parse().unwrap(),
                    kind: CredentialKind::new(i),
                    weight: 10,
                    expires_at: AS_OF + 1,
                    issued_at: AS_OF - 1000,
                },
                id: CredentialId::of_claim(&[i; 32]),
            })
            .collect();
        let requirement = Requirement {
            domain: "1.7".parse().unwrap(),
            min_count: count,
            min_weight: 10 * u32::from(count),
            as_of: AS_OF,
        };
        Self { secret, scope: Scope::new(some("scope")), requirement, held, shown: (0..count.into()).collect() }
    }

    pub fn members(&self) -> MemberTree {
        let strangers = (0..11).map(|i| Commitment::new(some(&format!("member {i}"))));
        MemberTree::build(strangers.chain([self.secret.commitment()])).unwrap()
    }

    /// Strangers' leaves in front of those in `held`.
    pub const STRANGERS: usize = 9;

    pub fn credentials(&self) -> CredentialTree {
        let strangers = (0..Self::STRANGERS).map(|i| some(&format!("leaf {i}")));
        CredentialTree::build(strangers.chain(self.held.iter().map(Held::leaf))).unwrap()
    }

    pub fn membership(&self) -> (MembershipInstance, MembershipWitness) {
        let members = self.members();
        let tag_randomness = TagRandomness::new(some("tag randomness"));
        let instance = MembershipInstance::new(
            members.root(),
            self.scope,
            self.secret.nullifier(&self.scope),
            self.secret.tag(&tag_randomness),
            Message::new(some("message")),
        );
        let path = members.path(11).unwrap();
        (instance, MembershipWitness { secret: self.secret.clone(), tag_randomness, path })
    }

    /// The requirement and the credentials root, with what a membership shares.
    pub fn standing_for<const S: usize>(&self, membership: &MembershipInstance) -> StandingInstance<S> {
        let [members_root, scope, nullifier, tag, message] = membership.public_inputs().values().try_into().unwrap();
        StandingInstance::new(
            MembersRoot::new(members_root),
            self.credentials().root(),
            self.requirement,
            Scope::new(scope),
            Nullifier::new(nullifier),
            OwnerTag::new(tag),
            Message::new(message),
        )
    }

    pub fn standing<const S: usize>(&self) -> Standing<S> {
        let (shared, membership) = self.membership();
        let credentials = self.credentials();
        let instance = self.standing_for(&shared);
        let slot = |position: &usize| {
            let Held { tag_randomness, attributes, id, .. } = self.held[*position].clone();
            let path = credentials.path(u32::try_from(Self::STRANGERS + position).unwrap()).unwrap();
            SlotWitness { tag_randomness, attributes, id, path }
        };
        (instance, StandingWitness { membership, credentials: self.shown.iter().map(slot).collect() })
    }
}

/// The name of the first group that fails, `None` if the circuit is satisfied; the native check has to fail as well, or
/// neither.
pub fn refusal_by<I: Synthesise>(r1cs: &'static R1cs, instance: &I, witness: &I::Witness) -> Option<&'static str> {
    let failing = match assign(instance, witness) {
        Ok(assignment) => r1cs.first_unsatisfied(&assignment).map(|(_, group)| group),
        Err(_) => Some("the witness does not fit the shape"),
    };
    let native = instance.check(witness);
    assert_eq!(failing.is_some(), native.is_err(), "circuit: {failing:?}, natively: {native:?}");
    failing
}

pub fn refusal<const S: usize>((instance, witness): &Standing<S>) -> Option<&'static str> {
    refusal_by(r1cs::<S>(), instance, witness)
}
