//! A grant store that can be copied, and in whose answers something else can be planted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use chancery::Fault;
use chancery::host::{GrantKey, GrantRecord, GrantStore};
use chancery::types::Timestamp;

pub type Records = BTreeMap<GrantKey, GrantRecord>;

#[derive(Clone, Default)]
pub struct Store(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    records: Records,
    /// What `get` found, in order.
    found: Vec<Vec<u8>>,
    /// At which `get` other bytes take the record's place.
    planted: Option<(usize, Vec<u8>)>,
}

impl Store {
    pub fn of(records: &Records) -> Self {
        let store = Self::default();
        store.inner().records.clone_from(records);
        store
    }

    /// From now on the `place`th `get` that finds a record finds these bytes in it.
    pub fn plant(&self, place: usize, bytes: &[u8]) {
        let mut inner = self.inner();
        inner.found.clear();
        inner.planted = Some((place, bytes.to_vec()));
    }

    pub fn records(&self) -> Records {
        self.inner().records.clone()
    }

    /// The records that were asked for since, as they stood there before anything was planted.
    pub fn found(&self) -> Vec<Vec<u8>> {
        self.inner().found.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no panic while it is held")
    }
}

impl GrantStore for Store {
    async fn insert(&self, key: GrantKey, record: GrantRecord, now: Timestamp) -> Result<bool, Fault> {
        let mut inner = self.inner();
        let taken = inner.records.get(&key).is_some_and(|known| known.expires_at > now);
        if !taken {
            inner.records.insert(key, record);
        }
        Ok(!taken)
    }

    async fn get(&self, key: &GrantKey, now: Timestamp) -> Result<Option<GrantRecord>, Fault> {
        let mut inner = self.inner();
        let record = inner.records.get(key).filter(|record| record.expires_at > now).cloned();
        let Some(mut record) = record else { return Ok(None) };
        let place = inner.found.len();
        inner.found.push(record.bytes.clone());
        if let Some((at, bytes)) = inner.planted.clone()
            && at == place
        {
            record.bytes = bytes;
            inner.records.insert(*key, record.clone());
        }
        Ok(Some(record))
    }

    async fn swap(
        &self,
        key: &GrantKey,
        expected: &[u8],
        record: GrantRecord,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let mut inner = self.inner();
        match inner.records.get_mut(key).filter(|known| known.expires_at > now && known.bytes == expected) {
            Some(known) => {
                *known = record;
                Ok(true)
            }
            None => Ok(false),
        }
    }
}
