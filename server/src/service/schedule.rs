//! What happens by itself: epochs on a fixed grid of time, tallies of polls and rulings on claims that have closed, forgotten requests, and
//! a checkpoint of whatever the log has by then.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Service, ServiceError, sealing::Settled};

/// Unanswered attestation requests are kept for a week after they expire.
const KEEP_UNANSWERED: u32 = 7 * 86_400;

/// The slots of time at whose beginnings an epoch is sealed.
///
/// A fixed grid, not "so long after the last epoch": after a quiet time the first to enrol would be sealed at once and
/// alone, and the moment of the append would say who it was (§3).
#[derive(Debug)]
pub(crate) struct Schedule {
    interval: u32,
    last: AtomicU32,
}

impl Schedule {
    /// Slots of `interval` seconds; 0 = none.
    pub(crate) const fn new(interval: u32, now: u32) -> Self {
        let first = match now.checked_div(interval) {
            Some(slot) => slot,
            None => 0,
        };
        Self { interval, last: AtomicU32::new(first) }
    }

    /// Whether a slot has begun since this was asked last.
    fn is_due(&self, now: u32) -> bool {
        now.checked_div(self.interval).is_some_and(|slot| self.last.fetch_max(slot, Ordering::SeqCst) < slot)
    }
}

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    /// Whether an epoch was sealed.
    pub sealed: bool,
    /// Polls that were counted.
    pub tallied: usize,
    /// Claims that were ruled on.
    pub ruled: usize,
    /// Expired attestation requests that were forgotten.
    pub forgotten: u64,
    /// Whether a checkpoint of the log was published.
    pub published: bool,
}

impl Service {
    /// Does what is due. The server calls it every second; tests call it when they have moved the clock.
    ///
    /// # Errors
    /// The first thing that failed; the rest is done by the next round.
    pub async fn tick(&self) -> Result<Tick, ServiceError> {
        let now = self.now();
        let mut tick = Tick::default();
        if self.0.schedule.is_due(now) {
            tick.sealed = self.seal_epoch().await?.sealed;
            tick.forgotten = self.store().forget_unanswered(now.saturating_sub(KEEP_UNANSWERED)).await?;
        }
        for poll in self.store().due_polls(now).await? {
            // One that waits for its trustees is in nobody's way.
            if let Settled::Tallied(_) = self.settle(self.poll_record(&poll).await?).await? {
                tick.tallied += 1;
            }
        }
        tick.ruled = self.rule_due().await?;
        tick.published = self.publish_checkpoint().await?;
        Ok(tick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_due_once_however_long_nothing_happened() {
        let schedule = Schedule::new(60, 119);
        assert!(!schedule.is_due(119));
        assert!(schedule.is_due(120));
        assert!(!schedule.is_due(179));
        assert!(schedule.is_due(1000));
        assert!(!schedule.is_due(1000));
        assert!(!Schedule::new(0, 5).is_due(1_000_000));
    }
}
