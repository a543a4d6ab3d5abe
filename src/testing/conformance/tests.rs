//! The suite must let a right store pass, and catch wrong ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::*;
use crate::adapters::MemoryGrants;

#[test]
fn memory_grants_conform() {
    grant_store(MemoryGrants::default).unwrap();
}

/// One store for all checks of several runs is as good as new ones.
#[test]
fn one_store_for_all_checks_conforms() {
    struct Shared(Arc<MemoryGrants>);
    impl GrantStore for Shared {
        async fn insert(&self, key: GrantKey, record: GrantRecord, now: Timestamp) -> Result<bool, Fault> {
            self.0.insert(key, record, now).await
        }

        async fn get(&self, key: &GrantKey, now: Timestamp) -> Result<Option<GrantRecord>, Fault> {
            self.0.get(key, now).await
        }

        async fn swap(
            &self,
            key: &GrantKey,
            expected: &[u8],
            record: GrantRecord,
            now: Timestamp,
        ) -> Result<bool, Fault> {
            self.0.swap(key, expected, record, now).await
        }
    }
    let store = Arc::new(MemoryGrants::default());
    for _ in 0..2 {
        grant_store(|| Shared(store.clone())).unwrap();
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Flaw {
    None,
    InsertReadsThenWrites,
    SwapReadsThenWrites,
    ReinsertsWithoutLooking,
    InsertReplaces,
    GetForgetsExpiry,
    InsertForgetsExpiry,
    SwapForgetsExpiry,
    ExpiresOneSecondLate,
    ExpiresOneSecondEarly,
    SwapIgnoresExpected,
    SwapComparesLengths,
    SwapComparesPrefixes,
    SwapComparesText,
    SwapKeepsOldExpiry,
    SwapInsertsWhatIsAbsent,
    SwapRemovesOnMismatch,
    SwapRefusesEqualBytes,
    SwapFailsAtTimes,
    EmptyIsAbsent,
    CutsLargeValues,
    CutsAtNul,
    CutsKeys,
    FoldsKeys,
    ForgetsOldest,
    ReadsFromALaggingCopy,
    WritesInTwoSteps,
    ReadsInTwoSteps,
    Panics,
    Faults,
}

/// Bytes and expiry by key.
type Rows = Mutex<HashMap<[u8; 32], (Vec<u8>, i64)>>;

/// A store like a database without transactions: a read and a write each atomic.
struct Flawed {
    flaw: Flaw,
    rows: Rows,
    order: Mutex<Vec<[u8; 32]>>,
    copy: Rows,
}

impl Flawed {
    fn new(flaw: Flaw) -> Self {
        Self { flaw, rows: Mutex::default(), order: Mutex::default(), copy: Mutex::default() }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn name(&self, key: &GrantKey) -> [u8; 32] {
        let mut name = *key.as_bytes();
        match self.flaw {
            Flaw::CutsKeys => name[31] = 0,
            Flaw::FoldsKeys => name.make_ascii_lowercase(),
            _ => {}
        }
        name
    }

    fn live(&self, expires: i64, now: Timestamp, forgetful: bool) -> bool {
        let slack =
            i64::from(self.is(Flaw::ExpiresOneSecondLate)) - i64::from(self.is(Flaw::ExpiresOneSecondEarly));
        forgetful || expires + slack > now.as_unix()
    }

    fn cut(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        match self.flaw {
            Flaw::CutsLargeValues => bytes.truncate(65_535),
            Flaw::CutsAtNul => {
                bytes.truncate(bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()))
            }
            _ => {}
        }
        bytes
    }

    fn same(&self, known: &[u8], expected: &[u8]) -> bool {
        match self.flaw {
            Flaw::SwapIgnoresExpected => true,
            Flaw::SwapComparesLengths => known.len() == expected.len(),
            Flaw::SwapComparesPrefixes => known.starts_with(expected),
            Flaw::SwapComparesText => {
                String::from_utf8_lossy(known).eq_ignore_ascii_case(&String::from_utf8_lossy(expected))
            }
            _ => known == expected,
        }
    }
}

/// What lies between two statements to a database, at its narrowest.
fn gap() {
    std::thread::sleep(std::time::Duration::from_micros(200));
}

impl GrantStore for Flawed {
    async fn insert(&self, key: GrantKey, record: GrantRecord, now: Timestamp) -> Result<bool, Fault> {
        let name = self.name(&key);
        let row = (self.cut(record.bytes), record.expires_at.as_unix());
        let forgetful = self.is(Flaw::InsertForgetsExpiry);
        let mut rows = self.rows.lock().unwrap();
        let known = rows.get(&name).map(|known| self.live(known.1, now, forgetful));
        if known == Some(true) && !self.is(Flaw::InsertReplaces) {
            return Ok(false);
        }
        if self.is(Flaw::InsertReadsThenWrites)
            || self.is(Flaw::ReinsertsWithoutLooking) && known == Some(false)
        {
            drop(rows);
            gap();
            rows = self.rows.lock().unwrap();
        }
        if self.is(Flaw::ForgetsOldest) {
            let mut order = self.order.lock().unwrap();
            order.push(name);
            if order.len() > 1_000 {
                rows.remove(&order.remove(0));
            }
        }
        rows.insert(name, row);
        Ok(true)
    }

    async fn get(&self, key: &GrantKey, now: Timestamp) -> Result<Option<GrantRecord>, Fault> {
        match self.flaw {
            Flaw::Panics => panic!("a store panics"),
            Flaw::Faults => return Err(Fault::unavailable("a store is gone")),
            _ => {}
        }
        let mut rows = self.rows.lock().unwrap();
        let Some((bytes, mut expires)) = rows.get(&self.name(key)).cloned() else { return Ok(None) };
        if self.is(Flaw::ReadsInTwoSteps) {
            drop(rows);
            gap();
            rows = self.rows.lock().unwrap();
            expires = rows.get(&self.name(key)).map_or(expires, |known| known.1);
        }
        if !self.live(expires, now, self.is(Flaw::GetForgetsExpiry))
            || self.is(Flaw::EmptyIsAbsent) && bytes.is_empty()
        {
            return Ok(None);
        }
        if self.is(Flaw::ReadsFromALaggingCopy) {
            // Every other read is answered by a copy that is refreshed by the reads between.
            let mut copy = self.copy.lock().unwrap();
            let lagging = copy.insert(self.name(key), (bytes.clone(), expires));
            if let Some((bytes, expires)) = lagging {
                return Ok(Some(GrantRecord { bytes, expires_at: Timestamp::from_unix(expires) }));
            }
        }
        Ok(Some(GrantRecord { bytes, expires_at: Timestamp::from_unix(expires) }))
    }

    async fn swap(
        &self,
        key: &GrantKey,
        expected: &[u8],
        record: GrantRecord,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let name = self.name(key);
        let mut row = (self.cut(record.bytes), record.expires_at.as_unix());
        let mut rows = self.rows.lock().unwrap();
        let Some(known) = rows.get(&name).cloned() else {
            if self.is(Flaw::SwapInsertsWhatIsAbsent) && expected.is_empty() {
                rows.insert(name, row);
                return Ok(true);
            }
            return Ok(false);
        };
        if !self.live(known.1, now, self.is(Flaw::SwapForgetsExpiry)) {
            return Ok(false);
        }
        if !self.same(&known.0, expected) {
            if self.is(Flaw::SwapRemovesOnMismatch) {
                rows.remove(&name);
            }
            return Ok(false);
        }
        if self.is(Flaw::SwapRefusesEqualBytes) && row.0 == known.0
            || self.is(Flaw::SwapFailsAtTimes) && row.0.len() == 3
        {
            return Ok(false);
        }
        if self.is(Flaw::SwapKeepsOldExpiry) {
            row.1 = known.1;
        }
        if self.is(Flaw::SwapReadsThenWrites) {
            drop(rows);
            gap();
            rows = self.rows.lock().unwrap();
        }
        if self.is(Flaw::WritesInTwoSteps) {
            // The bytes first, then the expiry.
            let expires = known.1;
            rows.insert(name, (row.0.clone(), expires));
            drop(rows);
            gap();
            rows = self.rows.lock().unwrap();
        }
        rows.insert(name, row);
        Ok(true)
    }
}

/// A303: every flaw is found, whatever it is, and the same store without one passes.
#[test]
fn a303_broken_stores_are_caught() {
    use Flaw::*;
    grant_store(|| Flawed::new(None)).unwrap();
    for flaw in [
        InsertReadsThenWrites,
        SwapReadsThenWrites,
        ReinsertsWithoutLooking,
        InsertReplaces,
        GetForgetsExpiry,
        InsertForgetsExpiry,
        SwapForgetsExpiry,
        ExpiresOneSecondLate,
        ExpiresOneSecondEarly,
        SwapIgnoresExpected,
        SwapComparesLengths,
        SwapComparesPrefixes,
        SwapComparesText,
        SwapKeepsOldExpiry,
        SwapInsertsWhatIsAbsent,
        SwapRemovesOnMismatch,
        SwapRefusesEqualBytes,
        SwapFailsAtTimes,
        EmptyIsAbsent,
        CutsLargeValues,
        CutsAtNul,
        CutsKeys,
        FoldsKeys,
        ForgetsOldest,
        ReadsFromALaggingCopy,
        WritesInTwoSteps,
        ReadsInTwoSteps,
        Panics,
        Faults,
    ] {
        let error = grant_store(|| Flawed::new(flaw)).expect_err(&format!("{flaw:?} is not caught"));
        println!("{flaw:?}: {error}");
        assert_eq!(error.source().is_some(), flaw == Faults);
    }
}
