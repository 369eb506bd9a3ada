//! When a join goes out (§6, §11): at a moment that says nothing about the member.
//!
//! The service sees when a join arrives, and it also sees who reads what: a wallet that comes to read the log and a join that
//! follows seconds later belong together for anybody who watches both, whatever the proof hides. So the moment is drawn uniformly from
//! now on, and the proof is made *before* the wait. Made afterwards it would have to be made of a fresh state of the service: the
//! wallet would read log, poll and epoch just before it sends, which is the very pattern that the wait is to break. Nothing
//! that a join proves expires in between, for the roots, the date and the key are the poll's own; the one thing that a service may
//! say meanwhile, that the poll is over or was withdrawn, it also says when the join arrives.
//!
//! The moment is drawn once and lies in the wallet with the join. Drawing again whenever a command is begun anew, and going on
//! with what comes first, would make early moments likely, and would let whoever can make a command fail choose.

use aiq_verifier::poll::PollDefinition;
use rand::Rng;

/// The longest wait for a poll that is open or opens sooner: six hours.
pub const LONGEST_WAIT: u32 = 6 * 3600;

/// The last moment that may be drawn at `now`, Unix seconds: when the poll opens, so that whoever waits to vote from the first minute
/// on can; but if less than [`LONGEST_WAIT`] is left until then, that long a wait, though never more than half of the time that is
/// left until the close. So a join is never too late, and as much time is left for a vote as has passed.
#[must_use]
pub fn last_moment(poll: &PollDefinition, now: u32) -> u32 {
    let half = poll.closes_at.saturating_sub(now) / 2;
    let open = now.saturating_add(half.min(LONGEST_WAIT));
    open.max(poll.opens_at)
}

/// A moment from `now` to the [`last_moment`], each second as likely as any other.
pub(super) fn draw(poll: &PollDefinition, now: u32, rng: &mut impl Rng) -> u32 {
    rng.gen_range(now..=last_moment(poll, now).max(now))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::fake::Fake;

    fn poll(opens_at: u32, closes_at: u32) -> PollDefinition {
        PollDefinition { opens_at, closes_at, ..Fake::founded().announce().definition }
    }

    #[test]
    fn the_last_moment_is_the_opening_or_leaves_as_much_time_as_it_takes() {
        let hour = 3600;
        for (opens_in, closes_in, expected) in [
            // Not open for long: until it opens.
            (48 * hour, 96 * hour, 48 * hour),
            (48 * hour, 48 * hour + 1, 48 * hour),
            // Open, or soon: six hours, or half of what is left.
            (0, 96 * hour, 6 * hour),
            (60, 96 * hour, 6 * hour),
            (0, 2 * hour, hour),
            (0, 3, 1),
            (0, 1, 0),
            // Over.
            (0, 0, 0),
        ] {
            let now = 1_000_000;
            let poll = poll(now + opens_in, now + closes_in);
            assert_eq!(last_moment(&poll, now), now + expected, "{opens_in} {closes_in}");
        }
        let past = poll(10, 20);
        assert_eq!(draw(&past, 30, &mut StdRng::seed_from_u64(1)), 30, "nothing is waited for that is over");
    }

    #[test]
    fn every_part_of_the_window_is_as_likely_as_any_other() {
        let (now, mut rng) = (1_000, StdRng::seed_from_u64(7));
        let poll = poll(now + 9_999, now + 19_000);
        let mut tenths = [0; 10];
        for _ in 0..10_000 {
            let after = draw(&poll, now, &mut rng) - now;
            tenths[usize::try_from(after / 1_000).unwrap()] += 1;
        }
        assert!(tenths.iter().all(|count| (850..1_150).contains(count)), "{tenths:?}");
    }
}
