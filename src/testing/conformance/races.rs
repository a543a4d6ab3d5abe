//! What holds however many call at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Check, Checked, Trial};
use crate::host::{Clock as _, GrantKey, GrantRecord, GrantStore, SystemClock};

const THREADS: usize = 64;

/// How many threads race, how many times they start together, and for how many keys each time.
#[derive(Clone, Copy)]
struct Course {
    threads: usize,
    rounds: usize,
    keys: usize,
}

/// Threads go through the keys of a round in the same order. Who is late finds a key taken, which is
/// quicker than to take it, and so catches up: they meet at many keys.
const CROWD: Course = Course { threads: THREADS, rounds: 20, keys: 50 };

/// As many as every machine runs at once, and a start for each key: they meet within nanoseconds.
const PAIR: Course = Course { threads: 2, rounds: 1_000, keys: 1 };

pub(super) fn checks<S: GrantStore>() -> Vec<Check<S>> {
    vec![
        ("of many insertions at once under one key, one succeeds", insertions),
        ("of many insertions at once over an expired record, one succeeds", reinsertions),
        ("of many swaps at once that expect the same bytes, one succeeds", swaps),
        ("no swap is lost, and none fails without cause", counted),
        ("a record is never read half written, nor older than one read before", reads),
        ("calls at once for different keys do not meet", apart),
    ]
}

/// How long a race is repeated, and how often at most.
const ENOUGH_MILLIS: i64 = 500;
const MOST_TURNS: usize = 50;

/// Starts all threads of a round at the same moment, as nearly as can be: they spin until the last one
/// is there.
struct Gate {
    threads: usize,
    came: AtomicUsize,
}

impl Gate {
    fn pass(&self, round: usize, thread: usize) {
        self.came.fetch_add(1, Ordering::SeqCst);
        let all = round.saturating_add(1).saturating_mul(self.threads);
        let mut turns = 0_u32;
        while self.came.load(Ordering::SeqCst) < all {
            turns = turns.saturating_add(1);
            if turns.is_multiple_of(500) {
                thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
        }
        // One is a little later than the other, by more or less: wherever the gap is, some round hits it.
        for _ in 0..(round * 5 + thread * 11) % 32 {
            std::hint::spin_loop();
        }
    }
}

impl<S: GrantStore> Trial<'_, S> {
    /// Runs `work(round, thread)` on all threads, round by round, and answers what each answered.
    /// Threads that fail keep pace, since the others wait for them.
    fn race<T: Send>(
        &self,
        course: Course,
        work: impl Fn(usize, usize) -> Checked<T> + Sync,
    ) -> Checked<Vec<Vec<T>>> {
        let Course { threads, rounds, .. } = course;
        let (gate, work) = (Gate { threads, came: AtomicUsize::new(0) }, &work);
        let by_thread: Vec<Checked<Vec<T>>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..threads)
                .map(|thread| {
                    let gate = &gate;
                    scope.spawn(move || {
                        let mut answers = Ok(Vec::new());
                        for round in 0..rounds {
                            gate.pass(round, thread);
                            let answer = catch_unwind(AssertUnwindSafe(|| work(round, thread)))
                                .unwrap_or_else(|_| self.fails("a call panics"));
                            if let Ok(known) = &mut answers {
                                match answer {
                                    Ok(answer) => known.push(answer),
                                    Err(error) => answers = Err(error),
                                }
                            }
                        }
                        answers
                    })
                })
                .collect();
            let join = |thread: thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|_| self.fails("a thread panics"))
            };
            threads.into_iter().map(join).collect()
        });
        by_thread.into_iter().collect()
    }

    /// Runs a race for a pair and for a crowd, again and again while little time has passed. What goes
    /// wrong in a store in memory goes wrong within nanoseconds, and needs many tries to show; a store
    /// far away has few, and wide gaps.
    fn repeated(&self, race: impl Fn(usize, Course) -> Checked) -> Checked {
        let start = SystemClock.unix_millis();
        for turn in 0..MOST_TURNS {
            race(turn, PAIR)?;
            race(turn, CROWD)?;
            if SystemClock.unix_millis().saturating_sub(start) >= ENOUGH_MILLIS {
                break;
            }
        }
        Ok(())
    }

    /// All threads do `work` for all keys of all rounds; it answers `true` to exactly one for each key,
    /// and the record of that one is what is left. `before` is what the keys hold at first.
    fn one_wins(
        &self,
        before: Option<&GrantRecord>,
        work: impl Fn(GrantKey, &GrantRecord) -> Checked<bool> + Sync,
    ) -> Checked {
        let records: Vec<GrantRecord> =
            (0..THREADS).map(|thread| self.record(thread.to_string(), 100)).collect();
        self.repeated(|turn, course| {
            let Course { threads, rounds, keys: each } = course;
            let keys: Vec<GrantKey> =
                (0..rounds * each).map(|nth| self.key(format_args!("{turn} {threads} {nth}"))).collect();
            if let Some(before) = before {
                keys.iter().try_for_each(|key| self.inserts(*key, before, 0))?;
            }
            let by_thread = self.race(course, |round, thread| {
                let Some(record) = records.get(thread) else { return Ok(Vec::new()) };
                keys.iter().skip(round * each).take(each).map(|key| work(*key, record)).collect()
            })?;
            let by_thread: Vec<Vec<bool>> = by_thread.into_iter().map(|rounds| rounds.concat()).collect();
            for (nth, key) in keys.iter().enumerate() {
                let won =
                    by_thread.iter().zip(&records).filter(|(answers, _)| answers.get(nth) == Some(&true));
                let winners: Vec<&GrantRecord> = won.map(|(_, record)| record).collect();
                let [winner] = winners.as_slice() else {
                    return self.fails(format!("{} of {threads} succeed", winners.len()));
                };
                self.holds(*key, winner, 10)?;
            }
            Ok(())
        })
    }
}

fn insertions<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    t.one_wins(None, |key, record| t.insert(key, record, 0))
}

fn reinsertions<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    t.one_wins(Some(&t.record("old", 10)), |key, record| t.insert(key, record, 10))
}

fn swaps<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    t.one_wins(Some(&t.record("old", 100)), |key, record| t.swap(key, b"old", record, 0))
}

fn counted<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    const TIMES: usize = 8;
    let (key, all) = (t.key(""), THREADS * TIMES);
    t.inserts(key, &t.record("0", 100), 0)?;
    t.race(Course { rounds: 1, ..CROWD }, |_, _| {
        let (mut done, mut tries) = (0, 0_usize);
        while done < TIMES {
            let Some(known) = t.get(key, 0)? else { return t.fails("`get` answers no record") };
            let Some(count) = count(&known) else { return t.fails("`get` answers other bytes") };
            if t.swap(key, &known.bytes, &t.record((count + 1).to_string(), 100), 0)? {
                done += 1;
            }
            // A swap that fails does so because another one came between.
            tries += 1;
            if tries > all {
                return t.fails("`swap` answers false although nothing has changed");
            }
        }
        Ok(())
    })?;
    match t.get(key, 0)?.as_ref().and_then(count) {
        Some(found) if found == all => Ok(()),
        found => t.fails(format!("{all} swaps succeeded, and {found:?} are stored")),
    }
}

fn count(record: &GrantRecord) -> Option<usize> {
    std::str::from_utf8(&record.bytes).ok()?.parse().ok()
}

fn reads<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    // Version v: v bytes 10 times over, all of them v, and v seconds more to live.
    let version = |v: u8| t.record(vec![v; usize::from(v) * 10], 60 + i64::from(v));
    t.repeated(|turn, Course { threads, .. }| {
        let key = t.key(format_args!("{turn} {threads}"));
        t.inserts(key, &version(1), 0)?;
        t.race(Course { threads, rounds: 1, keys: 1 }, |_, thread| {
            if thread == 0 {
                return (1..=120).try_for_each(|v: u8| t.swaps(key, &version(v).bytes, &version(v + 1), 0));
            }
            let mut last = 1;
            for _ in 0..10_000 / threads {
                let found = t.get(key, 0)?;
                let Some(v) = found.as_ref().and_then(|found| found.bytes.first().copied()) else {
                    return t.fails("`get` answers no record");
                };
                if found != Some(version(v)) {
                    return t.fails("`get` answers parts of two records");
                }
                if v < last {
                    return t.fails("`get` answers an older record than before");
                }
                last = v;
                if v == 121 {
                    break;
                }
            }
            Ok(())
        })?;
        t.holds(key, &version(121), 0)
    })
}

fn apart<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    t.race(CROWD, |round, thread| {
        let (key, first) = (t.key(format_args!("{round} {thread}")), t.record(thread.to_string(), 100));
        let second = t.record(format!("{thread} {round}"), 100);
        t.inserts(key, &first, 0)?;
        t.holds(key, &first, 0)?;
        t.swaps(key, &first.bytes, &second, 0)?;
        t.holds(key, &second, 0)
    })?;
    Ok(())
}
