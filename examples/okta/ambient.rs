//! Time and randomness other than the system's, so that a run can be repeated.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chancery::Fault;
use chancery::host::{Clock, Entropy, SystemClock};
use chancery::types::Timestamp;
use ring::digest::{SHA256, digest};

use crate::flags::ClockFlag;

/// One clock for the issuer and for the sessions.
#[derive(Clone)]
pub(crate) struct Time(Arc<dyn Clock>);

impl Time {
    pub(crate) fn of(flag: Option<ClockFlag>) -> Self {
        match flag {
            None => Self(Arc::new(SystemClock)),
            Some(ClockFlag::From(start)) => Self(Arc::new(Shifted::starting_at(start))),
            Some(ClockFlag::Frozen(at)) => Self(Arc::new(Frozen(at))),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.unix_millis().div_euclid(1000))
    }
}

impl Clock for Time {
    fn unix_millis(&self) -> i64 {
        self.0.unix_millis()
    }
}

/// A clock that was set to another time and runs on from there.
struct Shifted {
    by_millis: i64,
}

impl Shifted {
    fn starting_at(start: Timestamp) -> Self {
        Self { by_millis: millis(start).saturating_sub(SystemClock.unix_millis()) }
    }
}

impl Clock for Shifted {
    fn unix_millis(&self) -> i64 {
        SystemClock.unix_millis().saturating_add(self.by_millis)
    }
}

/// A clock that stands still.
struct Frozen(Timestamp);

impl Clock for Frozen {
    fn unix_millis(&self) -> i64 {
        millis(self.0)
    }
}

fn millis(at: Timestamp) -> i64 {
    at.as_unix().saturating_mul(1000)
}

/// Bytes that look random and are the same in every run: SHA-256 over the seed and a counter.
/// Whoever knows the seed can foretell them.
pub(crate) struct Seeded {
    seed: u64,
    next: AtomicU64,
}

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(0) }
    }
}

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Fault> {
        for chunk in buffer.chunks_mut(32) {
            let block = self.next.fetch_add(1, Ordering::Relaxed);
            let hash = digest(&SHA256, &[self.seed.to_be_bytes(), block.to_be_bytes()].concat());
            for (to, from) in chunk.iter_mut().zip(hash.as_ref()) {
                *to = *from;
            }
        }
        Ok(())
    }
}
