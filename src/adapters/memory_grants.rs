//! A grant store in memory: one process, forgotten with it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::error::Fault;
use crate::host::{GrantKey, GrantRecord, GrantStore};
use crate::types::Timestamp;

/// Remembers grants in this process. For one process and for tests: a second process would let a
/// secret be used a second time, and so would a restart.
#[derive(Debug, Default)]
pub struct MemoryGrants {
    records: Mutex<Records>,
}

#[derive(Debug, Default)]
struct Records {
    by_key: HashMap<GrantKey, GrantRecord>,
    /// The size at which the expired are next looked for.
    sweep_at: usize,
}

impl MemoryGrants {
    /// How many records are held, expired ones that were not swept yet included.
    pub fn len(&self) -> usize {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).by_key.len()
    }

    /// Whether no record is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl GrantStore for MemoryGrants {
    async fn insert(&self, key: GrantKey, record: GrantRecord, now: Timestamp) -> Result<bool, Fault> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if records.by_key.get(&key).is_some_and(|known| known.expires_at > now) {
            return Ok(false);
        }
        // Doubling the threshold makes a sweep cost a constant per insertion.
        if records.by_key.len() >= records.sweep_at {
            records.by_key.retain(|_, record| record.expires_at > now);
            records.sweep_at = (records.by_key.len() * 2).max(1024);
        }
        records.by_key.insert(key, record);
        Ok(true)
    }

    async fn get(&self, key: &GrantKey, now: Timestamp) -> Result<Option<GrantRecord>, Fault> {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(records.by_key.get(key).filter(|known| known.expires_at > now).cloned())
    }

    async fn swap(
        &self,
        key: &GrantKey,
        expected: &[u8],
        record: GrantRecord,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        match records.by_key.get_mut(key) {
            Some(known) if known.expires_at > now && known.bytes == expected => {
                *known = record;
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::block_on;

    fn mark(expires: i64) -> GrantRecord {
        GrantRecord { bytes: Vec::new(), expires_at: Timestamp::from_unix(expires) }
    }

    #[test]
    fn a_key_is_new_once_and_again_after_it_expired() {
        let store = MemoryGrants::default();
        let key = GrantKey::new(&["k"]);
        let insert =
            |expires, now| block_on(store.insert(key, mark(expires), Timestamp::from_unix(now))).unwrap();
        assert!(insert(100, 0));
        assert!(!insert(200, 99));
        assert!(insert(200, 100));
    }

    #[test]
    fn the_expired_are_swept() {
        let store = MemoryGrants::default();
        for i in 0..10_000 {
            let key = GrantKey::new(&[&i.to_string()]);
            assert!(block_on(store.insert(key, mark(i + 10), Timestamp::from_unix(i))).unwrap());
        }
        assert!(store.len() < 3_000, "{}", store.len());
    }

    #[test]
    fn of_many_threads_one_wins() {
        let store = MemoryGrants::default();
        for round in 0..200 {
            let key = GrantKey::new(&[&round.to_string()]);
            let barrier = std::sync::Barrier::new(8);
            let wins: usize = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8)
                    .map(|_| {
                        scope.spawn(|| {
                            barrier.wait();
                            block_on(store.insert(key, mark(10), Timestamp::from_unix(0))).unwrap()
                        })
                    })
                    .collect();
                threads.into_iter().filter_map(|t| t.join().ok()).filter(|won| *won).count()
            });
            assert_eq!(wins, 1);
        }
    }
}
