//! Where the time of a proof goes.

use std::time::{Duration, Instant};

/// A part of a proof that can be measured on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The native check of the statement's rules.
    Rules,
    /// The values of all variables.
    Witness,
    /// The values of all rows, and whether every constraint holds.
    Constraints,
    /// The six transforms to the quotient.
    Transforms,
    /// Cutting the assignment and the quotient into digits, and sorting those.
    Digits,
    /// The multiplication for A.
    A,
    /// The multiplication for B in G1.
    B1,
    /// The multiplication for B in G2.
    B2,
    /// The multiplication of the witness for C.
    L,
    /// The multiplication of the quotient for C.
    H,
    /// The verification of the proof.
    Verification,
}

impl Part {
    /// Every part, in the order in which they are measured.
    pub const ALL: [Self; 11] = [
        Self::Rules,
        Self::Witness,
        Self::Constraints,
        Self::Digits,
        Self::B2,
        Self::A,
        Self::B1,
        Self::L,
        Self::Transforms,
        Self::H,
        Self::Verification,
    ];

    /// Its name in tables.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Witness => "witness",
            Self::Constraints => "constraints",
            Self::Transforms => "transforms",
            Self::Digits => "digits",
            Self::A => "A",
            Self::B1 => "B in G1",
            Self::B2 => "B in G2",
            Self::L => "L",
            Self::H => "H",
            Self::Verification => "verification",
        }
    }
}

/// Measures parts and tells somebody.
pub struct Clock<'a> {
    on_part: &'a mut dyn FnMut(Part, Duration),
}

impl<'a> Clock<'a> {
    /// A clock that tells how long each part took. A part may come more than once.
    pub fn new(on_part: &'a mut dyn FnMut(Part, Duration)) -> Self {
        Self { on_part }
    }

    /// Runs a part.
    pub fn time<T>(&mut self, part: Part, run: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let result = run();
        (self.on_part)(part, begun.elapsed());
        result
    }
}
