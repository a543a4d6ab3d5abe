use std::collections::HashMap;

use super::*;

fn key(i: u64) -> GrantKey {
    GrantKey::new(&[&i.to_string()])
}

/// Spreads numbers over all of `u64`.
fn mixed(i: u64) -> u64 {
    let i = (i ^ (i >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (i ^ (i >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

fn record(bytes: &[u8], expires: i64) -> GrantRecord {
    GrantRecord { bytes: bytes.to_vec(), expires_at: Timestamp::from_unix(expires) }
}

/// Any mix of calls answers as a plain map does, also when all hashes are the same, or all in one
/// corner, and while time passes.
#[test]
fn answers_as_a_map_does() {
    type Hash = fn(u64) -> u64;
    let hashes: [Hash; 4] = [mixed, |_| u64::MAX, |i| i % 3, |i| u64::MAX - i % 5];
    for hash in hashes {
        let (mut table, mut model) = (Table::default(), HashMap::<u64, GrantRecord>::new());
        for step in 0..4_000_u64 {
            let draw = mixed(step + 1);
            let (i, now) = (draw % 97, Timestamp::from_unix(step as i64 / 8));
            let fresh =
                record(&draw.to_be_bytes()[..(draw >> 32) as usize % 9], (step / 8 + draw % 31) as i64);
            let known = model.get(&i).filter(|known| known.expires_at > now).cloned();
            assert_eq!(table.get(hash(i), &key(i), now), known, "step {step}");
            let expected = match (draw >> 40) % 4 {
                0 => b"other".to_vec(),
                _ => known.clone().map_or(Vec::new(), |known| known.bytes),
            };
            let done = if draw.is_multiple_of(2) {
                let done = table.insert(hash(i), &key(i), &fresh, now);
                assert_eq!(done, known.is_none(), "step {step}");
                done
            } else {
                let done = table.swap(hash(i), &key(i), &expected, &fresh, now);
                assert_eq!(done, known.is_some_and(|known| known.bytes == expected), "step {step}");
                done
            };
            if done {
                model.insert(i, fresh);
            }
        }
        assert_eq!(table.len(), table.slots.iter().filter(|slot| slot.record.is_some()).count());
        assert!(table.len() * 4 <= table.slots.len() * 3);
    }
}

/// A301: the expired go a few at a time, in the end all of them and their memory with them; nothing
/// that lives goes with them.
#[test]
fn a301_the_sweep_is_gradual_and_complete() {
    let (start, later) = (Timestamp::from_unix(0), Timestamp::from_unix(100));
    let mut table = Table::default();
    for i in 0..20_000 {
        assert!(table.insert(mixed(i), &key(i), &record(&[], if i % 100 == 0 { 101 } else { 100 }), start));
    }
    let full = table.slots.len();
    let mut before = table.len();
    for i in 20_000..30_000 {
        assert!(table.insert(mixed(i), &key(i), &record(&[], 101), later));
        assert!(before + 1 - table.len() <= SWEPT);
        before = table.len();
    }
    assert_eq!(table.len(), 10_200);
    for i in (0..20_000).step_by(100).chain(20_000..30_000) {
        assert!(table.get(mixed(i), &key(i), later).is_some(), "{i}");
    }
    let gone = Timestamp::from_unix(101);
    for i in 30_000..36_000 {
        assert!(table.insert(mixed(i), &key(i), &record(&[], 102), gone));
    }
    assert_eq!(table.len(), 6_000);
    assert!(table.slots.len() < full, "{} of {full}", table.slots.len());
}
