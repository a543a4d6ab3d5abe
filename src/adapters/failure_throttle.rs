//! The simple throttle: so many failures of one client from one peer, then a pause.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::error::Fault;
use crate::host::{Attempt, Throttle};
use crate::types::{Lifetime, Timestamp};

/// Counts failed authentications by client and peer in this process, and refuses a pair that failed
/// too often until its window is over. Other peers of the same client are not affected; the addresses of
/// one IPv6 network, 64 bits, are one peer.
#[derive(Debug)]
pub struct FailureThrottle {
    failures: u32,
    window: Lifetime,
    /// Counters by a hash of client and peer. Two pairs that share a hash share a counter, which is
    /// harmless and keeps an attacker from filling memory with long names.
    counters: Mutex<HashMap<u64, Counter>>,
    hasher: RandomState,
}

#[derive(Debug, Clone, Copy)]
struct Counter {
    failures: u32,
    ends: Timestamp,
}

/// Pairs remembered at once; past it, windows that are over are dropped, and if none is, all.
const MAX_COUNTERS: usize = 100_000;

impl Default for FailureThrottle {
    /// 20 failures in 60 seconds.
    fn default() -> Self {
        Self::new(20, Lifetime::seconds(60))
    }
}

impl FailureThrottle {
    /// Refuses a client and peer after `failures` failures within `window`, until the window ends.
    pub fn new(failures: u32, window: Lifetime) -> Self {
        Self { failures, window, counters: Mutex::default(), hasher: RandomState::new() }
    }

    fn key(&self, attempt: &Attempt<'_>) -> u64 {
        match attempt.peer.and_then(network) {
            Some(network) => self.hasher.hash_one((attempt.client_id, network)),
            None => self.hasher.hash_one((attempt.client_id, attempt.peer)),
        }
    }
}

/// The network of an IPv6 address that one subscriber gets whole: its first 64 bits.
fn network(peer: &str) -> Option<[u16; 4]> {
    match peer.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => address.segments().first_chunk().copied(),
    }
}

impl Throttle for FailureThrottle {
    async fn admit(&self, attempt: Attempt<'_>) -> Result<Option<u32>, Fault> {
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let counter = counters.get(&self.key(&attempt));
        let shut = counter.filter(|c| c.ends > attempt.now && c.failures >= self.failures);
        let left = |c: &Counter| c.ends.as_unix().saturating_sub(attempt.now.as_unix());
        Ok(shut.map(|c| u32::try_from(left(c)).unwrap_or(u32::MAX)))
    }

    async fn failed(&self, attempt: Attempt<'_>) -> Result<(), Fault> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= MAX_COUNTERS {
            counters.retain(|_, counter| counter.ends > attempt.now);
            if counters.len() >= MAX_COUNTERS {
                // Every window is live: an attack from very many peers. Start over rather than grow.
                counters.clear();
            }
        }
        let fresh = Counter { failures: 0, ends: attempt.now.plus(self.window) };
        let counter = counters.entry(self.key(&attempt)).or_insert(fresh);
        if counter.ends <= attempt.now {
            *counter = fresh;
        }
        counter.failures = counter.failures.saturating_add(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::block_on;

    fn attempt(peer: &'static str, now: i64) -> Attempt<'static> {
        Attempt { client_id: "web", peer: Some(peer), now: Timestamp::from_unix(now) }
    }

    #[test]
    fn a_peer_that_fails_too_often_waits_and_others_do_not() {
        let throttle = FailureThrottle::new(3, Lifetime::seconds(60));
        for second in 0..3 {
            assert_eq!(block_on(throttle.admit(attempt("a", second))).unwrap(), None);
            block_on(throttle.failed(attempt("a", second))).unwrap();
        }
        assert_eq!(block_on(throttle.admit(attempt("a", 3))).unwrap(), Some(57));
        assert_eq!(block_on(throttle.admit(attempt("b", 3))).unwrap(), None);
        assert_eq!(block_on(throttle.admit(attempt("a", 60))).unwrap(), None);
    }

    /// Who has one address of an IPv6 network has 2^64 of them.
    #[test]
    fn a_subscriber_is_one_peer() {
        let throttle = FailureThrottle::new(1, Lifetime::seconds(60));
        block_on(throttle.failed(attempt("2001:db8:1:2::1", 0))).unwrap();
        block_on(throttle.failed(attempt("::ffff:192.0.2.1", 0))).unwrap();
        let waits = |peer| block_on(throttle.admit(attempt(peer, 0))).unwrap().is_some();
        assert!(waits("2001:db8:1:2:ffff::7") && waits("::ffff:192.0.2.1"));
        assert!(!waits("2001:db8:1:3::1") && !waits("::ffff:192.0.2.2"));
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = FailureThrottle::new(1, Lifetime::seconds(60));
        for i in 0..(MAX_COUNTERS + 10) {
            let peer = i.to_string();
            let attempt = Attempt { client_id: "web", peer: Some(&peer), now: Timestamp::from_unix(0) };
            block_on(throttle.failed(attempt)).unwrap();
        }
        assert!(throttle.counters.lock().unwrap().len() <= MAX_COUNTERS);
    }
}
