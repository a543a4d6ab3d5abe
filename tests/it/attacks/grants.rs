//! The grant store in memory: races of 64 threads, and what its sweep must not do.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use chancery::MemoryGrants;
use chancery::host::{GrantKey, GrantRecord, GrantStore};
use chancery::testing::{block_on, conformance, grant_key};
use chancery::types::Timestamp;

use crate::scripted::rounds;

const THREADS: usize = 64;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds)
}

fn record(bytes: impl Into<Vec<u8>>, expires: i64) -> GrantRecord {
    GrantRecord { bytes: bytes.into(), expires_at: at(expires) }
}

fn insert(store: &MemoryGrants, key: GrantKey, record: GrantRecord, now: i64) -> bool {
    block_on(store.insert(key, record, at(now))).unwrap()
}

fn get(store: &MemoryGrants, key: GrantKey, now: i64) -> Option<GrantRecord> {
    block_on(store.get(&key, at(now))).unwrap()
}

fn swap(store: &MemoryGrants, key: GrantKey, expected: &[u8], record: GrantRecord, now: i64) -> bool {
    block_on(store.swap(&key, expected, record, at(now))).unwrap()
}

/// What each of 64 threads answers that start together.
fn race<T: Send>(work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (barrier, work) = (Barrier::new(THREADS), &work);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    work(thread)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn wins(answers: &[bool]) -> usize {
    answers.iter().filter(|won| **won).count()
}

/// A303: the same suite that any other store must pass.
#[test]
fn a303_the_memory_store_conforms() {
    for _ in 0..rounds(1).div_ceil(100) {
        conformance::grant_store(MemoryGrants::default).unwrap();
    }
}

/// Of 64 insertions one is the first, under a new key and over an expired record; of 64 swaps from the
/// same bytes one succeeds, and what is left is the winner's.
#[test]
fn of_64_threads_one_wins() {
    let store = MemoryGrants::default();
    for round in 0..rounds(50) {
        let key = grant_key(&round.to_string());
        assert_eq!(wins(&race(|_| insert(&store, key, record("old", 10), 0))), 1, "round {round}");
        assert_eq!(wins(&race(|_| insert(&store, key, record("new", 100), 10))), 1, "round {round}");
        let mine = |thread: usize| record(thread.to_string(), 100);
        let swapped = race(|thread| swap(&store, key, b"new", mine(thread), 10));
        assert_eq!(wins(&swapped), 1, "round {round}");
        let winner = swapped.iter().position(|won| *won).unwrap();
        assert_eq!(get(&store, key, 10), Some(mine(winner)), "round {round}");
    }
}

/// Swaps in a chain: none is lost, whatever comes between.
#[test]
fn no_swap_is_lost() {
    let store = MemoryGrants::default();
    for round in 0..rounds(10) {
        let key = grant_key(&round.to_string());
        assert!(insert(&store, key, record("0", 100), 0));
        race(|_| {
            for _ in 0..10 {
                loop {
                    let known = get(&store, key, 0).unwrap().bytes;
                    let count: usize = str::from_utf8(&known).unwrap().parse().unwrap();
                    if swap(&store, key, &known, record((count + 1).to_string(), 100), 0) {
                        break;
                    }
                }
            }
        });
        assert_eq!(get(&store, key, 0).unwrap().bytes, (THREADS * 10).to_string().as_bytes());
    }
}

/// A301: while other threads drive the sweep, with clocks a little off, a mark of use is there in every
/// second of its life.
#[test]
fn a301_no_mark_is_swept_before_it_expires() {
    for round in 0..rounds(3) {
        let store = MemoryGrants::default();
        let kept = race(|thread| {
            let mark = grant_key(&format!("mark {thread}"));
            assert!(insert(&store, mark, record("", 30), 0));
            (0..28).all(|second| {
                let now = second + (thread % 3) as i64;
                for i in 0..10 {
                    let soon_gone = grant_key(&format!("{thread} {second} {i}"));
                    insert(&store, soon_gone, record("", now + 1), now);
                }
                get(&store, mark, now).is_some() && !insert(&store, mark, record("", 40), now)
            })
        });
        assert_eq!(wins(&kept), THREADS, "round {round}");
    }
}

/// A301: a million expired records go without any request waiting for them: none clears more than a
/// few away, and none takes as long as one great sweep would.
#[test]
#[expect(clippy::disallowed_methods, reason = "how long a request takes is the question")]
fn a301_a_million_expired_records_stall_nobody() {
    let store = MemoryGrants::default();
    for i in 0..1_000_000 {
        assert!(insert(&store, grant_key(&i.to_string()), record("", 10), 0));
    }
    let mut slow = 0;
    let mut before = store.len();
    for i in 0..10_000 {
        let key = grant_key(&format!("new {i}"));
        let start = std::time::Instant::now();
        assert!(insert(&store, key, record("first", 100), 10));
        assert!(swap(&store, key, b"first", record("second", 100), 10));
        slow += usize::from(start.elapsed() > Duration::from_millis(5));
        if i % 100 == 0 {
            let now = store.len();
            assert!(before.saturating_sub(now) <= 800, "{before} to {now}");
            before = now;
        }
    }
    // The machine may be busy otherwise, but not with this.
    assert!(slow < 100, "{slow} slow ones");
    assert!(store.len() < 1_000_000, "{}", store.len());
    assert_eq!(get(&store, grant_key("7"), 10), None);
    assert_eq!(get(&store, grant_key("new 7"), 10), Some(record("second", 100)));
}
