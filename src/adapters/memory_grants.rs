//! A grant store in memory: one process, forgotten with it.

mod table;

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use self::table::Table;
use crate::error::Fault;
use crate::host::{GrantKey, GrantRecord, GrantStore};
use crate::types::Timestamp;

/// Remembers grants in this process. For one process and for tests: a second process would let a
/// secret be used a second time, and so would a restart.
///
/// A million live records of 200 bytes take about 300 MB. Expired ones are cleared away by later
/// insertions, a few at each, so that none of them waits for a great sweep.
#[derive(Default)]
pub struct MemoryGrants {
    /// Made with the first record: many organisations never store one.
    shards: OnceLock<Box<[Mutex<Table>; SHARDS]>>,
    /// Seeded, so that nobody can choose names that meet in one place.
    hasher: RandomState,
}

/// Locks are held for as long as a copy takes, or the growth of one shard.
const SHARDS: usize = 64;

impl MemoryGrants {
    /// How many records are held, expired ones that were not swept yet included.
    pub fn len(&self) -> usize {
        self.shards.get().map_or(0, |shards| shards.iter().map(|shard| lock(shard).len()).sum())
    }

    /// Whether no record is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hash of a key, and its shard if there are any yet.
    fn shard(&self, key: &GrantKey) -> (u64, Option<MutexGuard<'_, Table>>) {
        let hash = self.hasher.hash_one(key);
        (hash, self.shards.get().and_then(|shards| shards.get(hash as usize % SHARDS)).map(lock))
    }
}

fn lock(shard: &Mutex<Table>) -> MutexGuard<'_, Table> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for MemoryGrants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryGrants").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl GrantStore for MemoryGrants {
    async fn insert(&self, key: GrantKey, record: GrantRecord, now: Timestamp) -> Result<bool, Fault> {
        self.shards.get_or_init(|| Box::new(std::array::from_fn(|_| Mutex::default())));
        let (hash, shard) = self.shard(&key);
        Ok(shard.is_some_and(|mut shard| shard.insert(hash, &key, &record, now)))
    }

    async fn get(&self, key: &GrantKey, now: Timestamp) -> Result<Option<GrantRecord>, Fault> {
        let (hash, shard) = self.shard(key);
        Ok(shard.and_then(|shard| shard.get(hash, key, now)))
    }

    async fn swap(
        &self,
        key: &GrantKey,
        expected: &[u8],
        record: GrantRecord,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let (hash, shard) = self.shard(key);
        Ok(shard.is_some_and(|mut shard| shard.swap(hash, key, expected, &record, now)))
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
        assert!(store.is_empty());
        let key = GrantKey::new(&["k"]);
        let insert =
            |expires, now| block_on(store.insert(key, mark(expires), Timestamp::from_unix(now))).unwrap();
        assert!(insert(100, 0));
        assert!(!insert(200, 99));
        assert!(insert(200, 100));
        assert_eq!(store.len(), 1);
    }

    #[test]
    fn the_expired_are_swept() {
        let store = MemoryGrants::default();
        for i in 0..10_000 {
            let key = GrantKey::new(&[&i.to_string()]);
            assert!(block_on(store.insert(key, mark(i + 10), Timestamp::from_unix(i))).unwrap());
        }
        assert!(store.len() < 500, "{}", store.len());
    }

    /// What is stored is no business of a log.
    #[test]
    fn debug_shows_no_records() {
        let store = MemoryGrants::default();
        block_on(store.insert(GrantKey::new(&["k"]), mark(10), Timestamp::from_unix(0))).unwrap();
        assert_eq!(format!("{store:?}"), "MemoryGrants { len: 1, .. }");
    }
}
