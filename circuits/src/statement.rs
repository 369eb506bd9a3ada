//! The statements by name (§5): which there are, their public inputs, and the pinned shape of their circuits.

use core::{fmt, str::FromStr};

use ark_bn254::Fr;

use crate::{credential::Domain, wire::serde_by_text};

/// The statements that have a circuit and keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StatementId {
    /// §5.1.
    Membership,
    /// §5.2 with 3 slots.
    Standing3,
    /// §5.2 with 8 slots.
    Standing8,
    /// §5.4 with 6 slots.
    Merge6,
}

/// The pinned shape of a circuit: a test compares it with what synthesis yields, a key loader with what a key was made
/// for. Whoever changes a circuit changes its shape here, and with it every key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of constraints.
    pub constraints: usize,
    /// Number of witness variables.
    pub witnesses: usize,
    /// Non-zero coefficients in A, B and C.
    pub non_zeros: [usize; 3],
    /// Digest of the matrices, see `constraints::R1cs::digest`.
    pub digest: [u8; 32],
}

/// A digest from its 64 hex digits.
const fn digest(hex: &str) -> [u8; 32] {
    const fn nibble(digit: u8) -> u8 {
        match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => panic!("lower-case hex digits only"),
        }
    }
    let digits = hex.as_bytes();
    assert!(digits.len() == 64);
    let mut bytes = [0; 32];
    let mut i = 0;
    while i < 32 {
        bytes[i] = nibble(digits[2 * i]) << 4 | nibble(digits[2 * i + 1]);
        i += 1;
    }
    bytes
}

const MEMBERSHIP: Shape = Shape {
    constraints: 3_587,
    witnesses: 3_635,
    non_zeros: [66_431, 34_949, 3_626],
    digest: digest("062b91be8dc48162c1ec8e41a8b8c90761d31dff25e329348723e10559afba89"),
};
const STANDING_3: Shape = Shape {
    constraints: 14_395,
    witnesses: 14_577,
    non_zeros: [257_066, 135_153, 14_548],
    digest: digest("f553c2239dbb0a7693592edc3683d4ea34c8d9cc24c96433e591cea97187f2a6"),
};
const STANDING_8: Shape = Shape {
    constraints: 32_206,
    witnesses: 32_618,
    non_zeros: [574_328, 301_954, 32_549],
    digest: digest("7bb775711db3bb44ffac5f527024c2656239bb824b288c1c63cca32668e4935d"),
};

const MERGE_6: Shape = Shape {
    constraints: 22_929,
    witnesses: 23_202,
    non_zeros: [410_191, 215_675, 23_146],
    digest: digest("a828635026566bc89c5f63e7dbdbe7890c649d184fcce061d86a7e1a1dbcb212"),
};

impl StatementId {
    /// Every statement.
    pub const ALL: [Self; 4] = [Self::Membership, Self::Standing3, Self::Standing8, Self::Merge6];

    /// The name on the wire, in files and in the command line.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Membership => "membership",
            Self::Standing3 => "standing-3",
            Self::Standing8 => "standing-8",
            Self::Merge6 => "merge-6",
        }
    }

    /// Number of public inputs, the constant 1 not counted.
    #[must_use]
    pub const fn public_inputs(self) -> usize {
        match self {
            Self::Membership => 5,
            Self::Standing3 | Self::Standing8 => 7,
            Self::Merge6 => 10,
        }
    }

    /// The pinned shape of its circuit.
    #[must_use]
    pub const fn shape(self) -> &'static Shape {
        match self {
            Self::Membership => &MEMBERSHIP,
            Self::Standing3 => &STANDING_3,
            Self::Standing8 => &STANDING_8,
            Self::Merge6 => &MERGE_6,
        }
    }

    /// Number of credentials that can be shown to meet a requirement: the slots of a `Standing`, 0 for any other
    /// statement.
    #[must_use]
    pub const fn standing_slots(self) -> usize {
        match self {
            Self::Membership | Self::Merge6 => 0,
            Self::Standing3 => 3,
            Self::Standing8 => 8,
        }
    }
}

impl fmt::Display for StatementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// A text that names no statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no statement `{0}`; there are membership, standing-3, standing-8 and merge-6")]
pub struct UnknownStatement(String);

impl FromStr for StatementId {
    type Err = UnknownStatement;
    fn from_str(text: &str) -> Result<Self, UnknownStatement> {
        Self::ALL.into_iter().find(|id| id.label() == text).ok_or_else(|| UnknownStatement(text.to_owned()))
    }
}

serde_by_text!(StatementId);

/// The public inputs of one statement, in the order of §5; always as many as the statement has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicInputs {
    statement: StatementId,
    values: Vec<Fr>,
}

/// A list of public inputs of the wrong length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{statement} has {} public inputs, not {found}", statement.public_inputs())]
pub struct WrongInputCount {
    /// The statement.
    pub statement: StatementId,
    /// How many were given.
    pub found: usize,
}

impl PublicInputs {
    /// Public inputs from a list.
    ///
    /// # Errors
    /// If there are more or fewer than the statement has.
    pub fn new(statement: StatementId, values: Vec<Fr>) -> Result<Self, WrongInputCount> {
        if values.len() == statement.public_inputs() {
            Ok(Self { statement, values })
        } else {
            Err(WrongInputCount { statement, found: values.len() })
        }
    }

    /// The statement.
    #[must_use]
    pub const fn statement(&self) -> StatementId {
        self.statement
    }

    /// The values in the order of §5.
    #[must_use]
    pub fn values(&self) -> &[Fr] {
        &self.values
    }
}

/// An instance of a statement: what is public about a claim, and the native check of a witness for it.
pub trait Statement: Sync {
    /// What only the prover knows.
    type Witness: Sync;

    /// Which statement this is.
    const ID: StatementId;

    /// The public inputs in the order of §5.
    fn public_inputs(&self) -> PublicInputs;

    /// Says in plain Rust what the circuit says in constraints.
    ///
    /// # Errors
    /// The first rule that the witness breaks.
    fn check(&self, witness: &Self::Witness) -> Result<(), RuleError>;
}

/// The rule of §5 that a witness breaks. Credentials and slots are numbered from 1, as people count them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// §5.1 rule 1.
    #[error("the commitment is not a leaf under the members root")]
    NotAMember,
    /// §5.1 rule 2.
    #[error("the nullifier is not this member's in this scope")]
    WrongNullifier,
    /// §5.1 rule 3.
    #[error("the tag does not belong to this member and randomness")]
    WrongTag,
    /// More credentials than the statement has slots.
    #[error("{given} credentials were given, a proof can show at most {slots}")]
    TooManyCredentials {
        /// How many were given.
        given: usize,
        /// How many fit.
        slots: usize,
    },
    /// §5.2 rule 6: not in the tree, revoked, or another member's.
    #[error("credential {credential} is not this member's leaf under the credentials root")]
    NotInTree {
        /// Which one.
        credential: usize,
    },
    /// §5.2 rule 6.
    #[error("credential {credential} lies outside the required domain")]
    WrongDomain {
        /// Which one.
        credential: usize,
    },
    /// §5.2 rule 6.
    #[error("credential {credential} expired at {expires_at} (Unix seconds); the requirement is as of {as_of}")]
    Expired {
        /// Which one.
        credential: usize,
        /// Its last moment.
        expires_at: u32,
        /// The moment of the requirement.
        as_of: u32,
    },
    /// §5.2 rule 7.
    #[error("credentials {first} and {second} are the same credential")]
    Repeated {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
    },
    /// §5.2 rule 7: a reward note, or a kind that means nothing.
    #[error("credential {credential} is of kind {kind:#04x}, which counts for nothing here")]
    WrongKind {
        /// Which one.
        credential: usize,
        /// Its kind.
        kind: u8,
    },
    /// §5.2 rule 7.
    #[error("more than one balance note is used")]
    SecondBalanceNote,
    /// §5.2 rule 8.
    #[error("{held} credentials are held, {required} are required")]
    TooFew {
        /// Counted.
        held: u32,
        /// Required.
        required: u32,
    },
    /// §5.2 rule 8.
    #[error("the credentials weigh {held}, {required} is required")]
    TooLight {
        /// Summed.
        held: u32,
        /// Required.
        required: u32,
    },
    /// §5.4 rule 2.
    #[error("the spend nullifier in slot {slot} is not that of the owner and what the slot holds")]
    WrongSpend {
        /// Which slot.
        slot: usize,
    },
    /// §5.4 rule 3: not in the tree, revoked, or another owner's.
    #[error("the note in slot {slot} is not the owner's leaf under the credentials root")]
    NoteNotInTree {
        /// Which slot.
        slot: usize,
    },
    /// §5.4 rule 3.
    #[error("the note in slot {slot} is one of domain {found}, not of the balance's, {expected}")]
    NoteOfOtherDomain {
        /// Which slot.
        slot: usize,
        /// Its domain.
        found: Domain,
        /// The balance's.
        expected: Domain,
    },
    /// §5.4 rule 3.
    #[error("the note in slot {slot} expires at {found} (Unix seconds), the balance at {expected}")]
    NoteOfOtherExpiry {
        /// Which slot.
        slot: usize,
        /// When the note expires.
        found: u32,
        /// When the balance does.
        expected: u32,
    },
    /// §5.4 rule 3.
    #[error("what slot {slot} holds is of kind {kind:#04x}: only reward notes and balance notes can be merged")]
    NotANote {
        /// Which slot.
        slot: usize,
        /// Its kind.
        kind: u8,
    },
    /// §5.4 rule 4: no balance note can say so much.
    #[error("the notes weigh {sum}, a balance note at most {}", u16::MAX)]
    SumTooLarge {
        /// What they weigh.
        sum: u32,
    },
    /// §5.4 rule 4.
    #[error("the notes weigh {sum}, the balance says {stated}")]
    WrongSum {
        /// What they weigh.
        sum: u32,
        /// What the balance says.
        stated: u16,
    },
    /// §5.4 rule 5.
    #[error("a merge takes at least two notes, or one reward note")]
    NothingToMerge,
    /// More notes than a merge has slots.
    #[error("{given} notes were given, a merge takes at most {}", crate::merge::SLOTS)]
    TooManyNotes {
        /// How many were given.
        given: usize,
    },
}
