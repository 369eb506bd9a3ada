//! What the model is about, and what it keeps of it.

use std::collections::{BTreeMap, BTreeSet};

/// What the one standard of the simulation says.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub reviewer_count: usize,
    pub reviewer_weight: u32,
    pub quorum: usize,
    /// Accepted if `accept · denominator ≥ counted · numerator`.
    pub acceptance: (usize, usize),
    pub window: u32,
    pub validity: u32,
    pub claims_per_epoch: u8,
    pub kind_weight: u16,
    pub reward_weight: u16,
    pub reward_validity: u32,
    pub sponsors_per_epoch: u8,
}

/// What somebody tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Claims a work, as the `number`th claim of this epoch.
    Claim {
        who: usize,
        work: u32,
        number: u8,
    },
    /// Claims the work of an accepted claim anew.
    Renew {
        who: usize,
        old: usize,
        number: u8,
    },
    /// Will not review.
    Recuse {
        who: usize,
        claim: usize,
    },
    Review {
        who: usize,
        claim: usize,
        verdict: Verdict,
    },
    /// Merges notes, named by their places in [`Model::leaves`].
    Merge {
        who: usize,
        notes: Vec<usize>,
    },
    Dispute {
        who: usize,
        claim: usize,
    },
    /// Joins the poll of a dispute and votes in it.
    Vote {
        who: usize,
        dispute: usize,
        uphold: bool,
    },
    Sponsor {
        who: usize,
        number: u8,
    },
    Leave {
        who: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accept,
    Reject,
    Abstain,
}

/// Why it does not come to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    NotAMember,
    NoStanding,
    TicketUsed,
    TooMany,
    WorkHeld,
    NotRenewable,
    NotTheOwner,
    Closed,
    ActedAlready,
    NotDecided,
    DisputedAlready,
    Spent,
    Unmergeable,
    AlreadyLeft,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeafKind {
    Credential,
    Reward,
    Balance,
}

#[derive(Clone, Debug)]
pub struct Leaf {
    pub owner: usize,
    pub kind: LeafKind,
    pub weight: u16,
    pub expires_at: u32,
    /// The epoch that appended it.
    pub since: Option<u32>,
    /// The epoch that buried it.
    pub until: Option<u32>,
    pub revoked: bool,
    pub spent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Open,
    Accepted,
    Rejected,
    Expired,
    Revoked,
}

#[derive(Clone, Debug)]
pub struct Claim {
    pub who: usize,
    pub work: u32,
    pub renews: Option<usize>,
    pub epoch: u32,
    pub as_of: u32,
    pub closes_at: u32,
    pub state: State,
    pub verdicts: Vec<(usize, Verdict)>,
    pub acted: BTreeSet<usize>,
    pub leaf: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct Dispute {
    pub claim: usize,
    pub epoch: u32,
    pub as_of: u32,
    pub closes_at: u32,
    pub over: bool,
    pub votes: BTreeMap<usize, bool>,
}

#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// The epoch that made it a member; none yet, or never.
    pub since: Option<u32>,
    /// The epoch that buried it.
    pub until: Option<u32>,
    pub leaving: bool,
}
