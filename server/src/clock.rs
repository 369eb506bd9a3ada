//! Time as an input: the service never asks the operating system directly.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

/// Where the service reads the time.
pub trait Clock: Send + Sync {
    /// Unix seconds.
    fn now(&self) -> u32;
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u32 {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
        u32::try_from(seconds).unwrap_or(u32::MAX)
    }
}

/// A clock that somebody else moves: tests and the demonstration do not wait for a poll to close.
#[derive(Debug)]
pub struct ManualClock(AtomicU32);

impl ManualClock {
    /// A clock that stands at `now`, Unix seconds.
    #[must_use]
    pub const fn new(now: u32) -> Self {
        Self(AtomicU32::new(now))
    }

    /// Moves the clock forward.
    pub fn advance(&self, seconds: u32) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Sets the clock, Unix seconds.
    pub fn set(&self, now: u32) {
        self.0.store(now, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}
