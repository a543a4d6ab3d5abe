//! What grants cost in memory: bytes of each of a million live records of 200 bytes, and the time of a
//! read with the swap that follows it, among ten records and among a million, in a random order. Alone,
//! where what differs is the memory of the machine: no cache holds a million records. And beside the
//! quickest signature (EdDSA), without which no grant is used.
//!
//! `cargo bench --bench grants`. Memory is the process's resident set as Linux tells it.

#![allow(clippy::indexing_slicing, clippy::panic, reason = "a bench that fails panics")]

use std::hint::black_box;
use std::time::Instant;

use chancery::host::{GrantKey, GrantRecord, GrantStore};
use chancery::jose::{Algorithm, PrivateKey};
use chancery::testing::{block_on, grant_key};
use chancery::types::Timestamp;
use chancery::{Fault, MemoryGrants};

const BYTES: usize = 200;

/// The keys of the bench, made beforehand: an issuer hashes a secret, which is not the store's cost.
fn keys(count: usize) -> Vec<GrantKey> {
    (0..count).map(|i| grant_key(&i.to_string())).collect()
}

fn record(mark: u64) -> GrantRecord {
    let mut bytes = vec![7; BYTES];
    bytes[..8].copy_from_slice(&mark.to_be_bytes());
    GrantRecord { bytes, expires_at: Timestamp::from_unix(1_000) }
}

const NOW: Timestamp = Timestamp::from_unix(0);

fn filled(keys: &[GrantKey]) -> Result<MemoryGrants, Fault> {
    let store = MemoryGrants::default();
    for key in keys {
        assert!(block_on(store.insert(*key, record(0), NOW))?);
    }
    Ok(store)
}

/// Nanoseconds of one read and swap, over so many of them.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn time(
    store: &MemoryGrants,
    keys: &[GrantKey],
    times: usize,
    draw: &mut u64,
    signer: Option<&PrivateKey>,
) -> Result<f64, Box<dyn std::error::Error>> {
    // Drawn beforehand: a request has its key at hand.
    let drawn: Vec<GrantKey> = (0..times)
        .map(|_| {
            *draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            keys[(*draw >> 33) as usize % keys.len()]
        })
        .collect();
    let start = Instant::now();
    for (mark, key) in drawn.iter().enumerate() {
        let Some(known) = block_on(store.get(key, NOW))? else { panic!("a record is gone") };
        if let Some(signer) = signer {
            black_box(signer.sign(&[7; 600])?);
        }
        assert!(block_on(store.swap(key, &known.bytes, record(mark as u64), NOW))?);
    }
    Ok(start.elapsed().as_secs_f64() * 1e9 / times as f64)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let quick = std::env::args().any(|arg| arg == "--quick" || arg == "--test");
    let (count, rounds, times) = if quick { (50_000, 5, 1_000) } else { (1_000_000, 101, 20_000) };
    let many_keys = keys(count);
    let before = resident()?;
    let many = filled(&many_keys)?;
    let bytes = resident()?.saturating_sub(before);
    println!(
        "{count} records of {BYTES} bytes: {:.0} bytes each, {:.0} MB in all",
        bytes as f64 / count as f64,
        bytes as f64 / 1e6
    );
    let few_keys = keys(10);
    let few = filled(&few_keys)?;
    let signer = PrivateKey::generate(Algorithm::EdDsa)?;
    for (what, signer, times) in
        [("get and swap", None, times), ("the same and a signature", Some(&signer), times / 10)]
    {
        let (mut draw, mut spans) = (1, Vec::new());
        for round in 0..rounds {
            // Whoever goes second finds warmer caches: take turns.
            let mut span = [0.0; 2];
            for which in [round % 2, 1 - round % 2] {
                let (store, keys) = [(&few, &few_keys), (&many, &many_keys)][which];
                span[which] = time(store, keys, times, &mut draw, signer)?;
            }
            spans.push(span);
        }
        let ratio = median(spans.iter().map(|[few, many]| many / few).collect());
        let [few, many] = [0, 1].map(|which| median(spans.iter().map(|span| span[which]).collect()));
        println!("{what}: {few:.0} ns among 10, {many:.0} ns among {count}, {ratio:.2} times");
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Bytes in memory.
fn resident() -> Result<u64, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse::<u64>()? * 1024)
}
