//! Whether a host's part keeps its contract: one call that runs every check.

mod alone;
mod races;

use std::collections::hash_map::RandomState;
use std::error::Error;
use std::fmt;
use std::hash::BuildHasher as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{block_on, grant_key};
use crate::error::Fault;
use crate::host::{Clock as _, GrantKey, GrantRecord, GrantStore, SystemClock};
use crate::types::Timestamp;

/// Checks a [`GrantStore`] against its whole contract, crashes aside: presence, expiry, comparison,
/// odd keys, values of 0 to 1,000,000 bytes, and races of 64 threads.
///
/// `make` is called once for each check. What it answers may be empty or not, and may be the same
/// database every time: the keys are new at each run, and left behind expire within the hour or two
/// after. Checks take the system's time as it is now, and go forward from it by themselves.
///
/// Futures are polled on plain threads. A store whose driver needs a runtime hands its work to one, as
/// with `tokio::runtime::Handle::spawn`. A call that never answers is waited for without end.
///
/// # Errors
/// [`ConformanceError`] names the first property that does not hold.
///
/// ```
/// use chancery::{MemoryGrants, testing::conformance};
///
/// conformance::grant_store(MemoryGrants::default)?;
/// # Ok::<(), conformance::ConformanceError>(())
/// ```
pub fn grant_store<S: GrantStore>(mut make: impl FnMut() -> S) -> Result<(), ConformanceError> {
    let run = RandomState::new().hash_one("run");
    let start = SystemClock.unix_millis() / 1000;
    for (nth, (property, check)) in alone::checks().into_iter().chain(races::checks()).enumerate() {
        let store = make();
        // Time never goes back, not even in a store that all checks share.
        let start = start.saturating_add(STEP.saturating_mul(nth as i64));
        let trial = Trial { store: &store, run, property, start };
        catch_unwind(AssertUnwindSafe(|| check(&trial))).unwrap_or_else(|_| trial.fails("a call panics"))?;
    }
    Ok(())
}

/// How many seconds each check has for itself.
const STEP: i64 = 200;

type Check<S> = (&'static str, fn(&Trial<'_, S>) -> Result<(), ConformanceError>);

/// A property of a contract that does not hold.
#[derive(Debug)]
pub struct ConformanceError {
    property: &'static str,
    found: String,
    fault: Option<Fault>,
}

impl ConformanceError {
    /// The property, as a sentence that ought to be true.
    pub fn property(&self) -> &str {
        self.property
    }
}

impl fmt::Display for ConformanceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not so: {}: {}", self.property, self.found)
    }
}

impl Error for ConformanceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.fault.as_ref().map(|fault| fault as &(dyn Error + 'static))
    }
}

type Checked<T = ()> = Result<T, ConformanceError>;

/// One check under way.
struct Trial<'a, S> {
    store: &'a S,
    run: u64,
    property: &'static str,
    start: i64,
}

impl<S: GrantStore> Trial<'_, S> {
    /// A key of this check of this run.
    fn key(&self, name: impl fmt::Display) -> GrantKey {
        grant_key(&format!("{:016x} {} {name}", self.run, self.property))
    }

    /// So many seconds after the check began.
    fn at(&self, seconds: i64) -> Timestamp {
        Timestamp::from_unix(self.start.saturating_add(seconds))
    }

    fn record(&self, bytes: impl Into<Vec<u8>>, expires: i64) -> GrantRecord {
        GrantRecord { bytes: bytes.into(), expires_at: self.at(expires) }
    }

    fn fails<T>(&self, found: impl Into<String>) -> Checked<T> {
        Err(ConformanceError { property: self.property, found: found.into(), fault: None })
    }

    fn answered<T>(&self, answer: Result<T, Fault>) -> Checked<T> {
        answer.map_err(|fault| ConformanceError {
            property: self.property,
            found: "a call answers a fault".to_owned(),
            fault: Some(fault),
        })
    }

    fn insert(&self, key: GrantKey, record: &GrantRecord, at: i64) -> Checked<bool> {
        self.answered(block_on(self.store.insert(key, record.clone(), self.at(at))))
    }

    fn get(&self, key: GrantKey, at: i64) -> Checked<Option<GrantRecord>> {
        self.answered(block_on(self.store.get(&key, self.at(at))))
    }

    fn swap(&self, key: GrantKey, expected: &[u8], record: &GrantRecord, at: i64) -> Checked<bool> {
        self.answered(block_on(self.store.swap(&key, expected, record.clone(), self.at(at))))
    }

    fn inserts(&self, key: GrantKey, record: &GrantRecord, at: i64) -> Checked {
        if self.insert(key, record, at)? { Ok(()) } else { self.fails("`insert` answers false") }
    }

    fn inserts_not(&self, key: GrantKey, record: &GrantRecord, at: i64) -> Checked {
        if self.insert(key, record, at)? { self.fails("`insert` answers true") } else { Ok(()) }
    }

    fn swaps(&self, key: GrantKey, expected: &[u8], record: &GrantRecord, at: i64) -> Checked {
        if self.swap(key, expected, record, at)? { Ok(()) } else { self.fails("`swap` answers false") }
    }

    fn swaps_not(&self, key: GrantKey, expected: &[u8], record: &GrantRecord, at: i64) -> Checked {
        if self.swap(key, expected, record, at)? { self.fails("`swap` answers true") } else { Ok(()) }
    }

    fn holds(&self, key: GrantKey, record: &GrantRecord, at: i64) -> Checked {
        match self.get(key, at)? {
            None => self.fails("`get` answers no record"),
            Some(found) if found.bytes != record.bytes => self.fails("`get` answers other bytes"),
            Some(found) if found.expires_at != record.expires_at => {
                self.fails("`get` answers another expiry")
            }
            Some(_) => Ok(()),
        }
    }

    fn lacks(&self, key: GrantKey, at: i64) -> Checked {
        if self.get(key, at)?.is_some() { self.fails("`get` answers a record") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
