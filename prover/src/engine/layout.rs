//! How scalars are cut into digits, and which multiples of the bases are worth their memory.

use super::backend::{Line, Multiples};

/// Scalars are taken between `−(r−1)/2` and `(r−1)/2`: with the sign of its digits, one needs this many bits.
const SIGNED_BITS: usize = 254;

/// Narrowest digits: an entry has room for the number of 32 windows.
const MIN_WIDTH: usize = 8;

/// Widest digits: beyond them there are more buckets than any of our circuits fills.
const MAX_WIDTH: usize = 16;

/// The cut of scalars into signed digits of `width` bits, and of the windows into sets.
///
/// Windows are numbered from the lowest. Window `w` belongs to set `w mod stride` and uses the multiple number
/// `w / stride` of a base, `2^(width·stride·(w / stride))·P`. So every window of a set shares the set's buckets, one for
/// each magnitude of a digit. With stride 1 there is one set and a table with a multiple for each window; with as many
/// sets as windows, the table is the bases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Bits of a digit.
    pub(super) width: usize,
    /// Number of sets.
    pub(super) stride: usize,
}

/// What a multiplication has to add up, to weigh layouts against each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    /// Bases that are not at infinity.
    pub(super) bases: usize,
    /// Lines that a point takes: 1 or 2.
    pub(super) lines: usize,
    /// What an addition costs, in additions in G1.
    pub(super) cost: usize,
}

impl Layout {
    /// Number of windows.
    pub(super) const fn windows(self) -> usize {
        SIGNED_BITS.div_ceil(self.width)
    }

    /// Buckets of a set: one for each magnitude of a digit but 0.
    pub(super) const fn buckets(self) -> usize {
        1 << (self.width - 1)
    }

    /// The multiples that a table holds of each base.
    pub(super) const fn multiples(self) -> Multiples {
        Multiples { count: self.windows().div_ceil(self.stride), doublings: self.width * self.stride }
    }

    /// Bytes of a table.
    pub(super) const fn bytes(self, load: Load) -> usize {
        load.bases * self.multiples().count * load.lines * size_of::<Line>()
    }

    /// The fastest layout whose tables for all of these together take at most `memory` bytes; without any, the one that
    /// takes the least.
    pub(super) fn fastest(loads: &[Load], memory: usize) -> Self {
        let all = (MIN_WIDTH..=MAX_WIDTH).flat_map(|width| {
            let windows = Self { width, stride: 1 }.windows();
            (1..=windows).map(move |stride| Self { width, stride })
        });
        let bytes = |layout: &Self| loads.iter().map(|load| layout.bytes(*load)).sum::<usize>();
        let fits = |layout: &Self| bytes(layout) <= memory;
        let fallback = Self { width: 12, stride: Self { width: 12, stride: 1 }.windows() };
        all.filter(fits).min_by_key(|layout| (layout.cost(loads), bytes(layout))).unwrap_or(fallback)
    }

    /// Additions in G1 that these multiplications cost: one for each digit, about two for each bucket, and the doublings
    /// between sets.
    fn cost(self, loads: &[Load]) -> usize {
        let additions = |load: &Load| {
            let sets = self.stride * 2 * self.buckets();
            load.bases * self.windows() + sets + 3 * self.width * (self.stride - 1)
        };
        loads.iter().map(|load| load.cost * additions(load)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADS: [Load; 2] = [Load { bases: 32_000, lines: 1, cost: 1 }, Load { bases: 20_000, lines: 2, cost: 3 }];

    fn bytes(layout: Layout) -> usize {
        LOADS.iter().map(|load| layout.bytes(*load)).sum()
    }

    #[test]
    fn has_a_multiple_for_every_window_when_memory_is_ample() {
        let layout = Layout::fastest(&LOADS, usize::MAX);
        assert_eq!(layout.stride, 1);
        assert_eq!(layout.multiples().count, layout.windows());
    }

    #[test]
    fn stays_within_its_memory_and_gets_slower_with_less() {
        let mut last = 0;
        for memory in [200_000_000, 100_000_000, 50_000_000, 20_000_000, 5_000_000] {
            let layout = Layout::fastest(&LOADS, memory);
            assert!(bytes(layout) <= memory, "{layout:?} in {memory}");
            assert!(layout.cost(&LOADS) >= last, "{layout:?} in {memory}");
            last = layout.cost(&LOADS);
        }
    }

    #[test]
    fn keeps_the_bases_alone_when_there_is_no_memory() {
        let layout = Layout::fastest(&LOADS, 0);
        assert_eq!(layout.multiples().count, 1);
    }
}
