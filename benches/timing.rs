//! Whether comparing a client secret takes a time that depends on where the guess goes wrong: Welch's t-test over
//! guesses that share 0 or 31 leading bytes with the secret, in random order, as dudect does it.
//!
//! `cargo bench --bench timing` prints |t| for a million samples of each kind; below 4.5 there is nothing to see.
//! Whoever reads the figures judges: a busy machine shows differences that are not there, so nothing fails by them.
//! `-- --quick` takes fewer.
//!
//! The last line compares with `==` and must be far above 4.5: else the machine could not have shown a leak.
//!
//! Codes, refresh tokens, PKCE challenges, browsers' names and HMACs are compared by the same function, or by `ring`,
//! and can only be reached through whole requests, whose noise of microseconds hides what is looked for here.

#![allow(clippy::indexing_slicing, reason = "a bench that fails panics")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::hint::black_box;
use std::time::Instant;

use chancery::types::{Secret, SecretHash};

/// Comparisons timed at once: one alone is near what the clock can tell.
const BATCH: usize = 8;

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick" || arg == "--test");
    let samples = if quick { 20_000 } else { 1_000_000 };
    let secret = "q7ZP0vYf3mKc9RtLxW2sHd8NbJ5uGe1A-the-rest-of-the-secret-is-longer";
    let hash = SecretHash::new(&Secret::new(secret), [7; 16]);

    println!("| compared | samples of each | abs(t) |\n|---|---:|---:|");
    let shared = [0, 31].map(|shared| guesses(secret, shared));
    let t = welch(&shared, samples, |guess| hash.matches(guess));
    println!("| client secret, guesses that share 0 or 31 bytes | {samples} | {t:.2} |");
    let alike = [guesses(secret, 31), guesses(secret, 31)];
    let t = welch(&alike, samples, |guess| hash.matches(guess));
    println!("| the same, guesses of one kind: what chance makes of it | {samples} | {t:.2} |");
    let t = welch(&shared, samples, |guess| naive(secret.as_bytes(), guess.as_bytes()));
    println!(
        "| byte by byte up to the first difference, to see that this can be seen | {samples} | {t:.2} |"
    );
}

/// Wrong guesses of the secret's length that are right in so many leading bytes.
fn guesses(secret: &str, shared: usize) -> Vec<String> {
    let wrong = |at: usize, byte: u8, salt: usize| match at < shared {
        true => char::from(byte),
        // Never the byte of the secret.
        false => char::from(if (at + salt).is_multiple_of(2) { b'!' } else { b'#' }),
    };
    (0..64).map(|salt| secret.bytes().enumerate().map(|(at, byte)| wrong(at, byte, salt)).collect()).collect()
}

/// What must not be done with a secret.
fn naive(secret: &[u8], guess: &[u8]) -> bool {
    secret.len() == guess.len() && secret.iter().zip(guess).all(|(a, b)| black_box(*a) == black_box(*b))
}

/// |t| between the times of both kinds of guesses, in nanoseconds a batch.
fn welch(kinds: &[Vec<String>; 2], samples: usize, compare: impl Fn(&str) -> bool) -> f64 {
    let mut dice = Dice(0x5EED);
    // What an interrupt took long is cut off for both alike, at a limit that a first run finds.
    let mut first: Vec<f64> = (0..4_000).map(|i| time(&kinds[i % 2][i % 64], &compare)).collect();
    first.sort_by(f64::total_cmp);
    let limit = first[first.len() * 9 / 10] * 2.0;
    let mut moments = [Moments::default(), Moments::default()];
    while moments.iter().any(|of| of.count < samples as f64) {
        let kind = dice.below(2);
        let nanoseconds = time(&kinds[kind][dice.below(64)], &compare);
        if nanoseconds <= limit {
            moments[kind].add(nanoseconds);
        }
    }
    let [a, b] = moments;
    ((a.mean - b.mean) / (a.variance() / a.count + b.variance() / b.count).sqrt()).abs()
}

fn time(guess: &str, compare: &impl Fn(&str) -> bool) -> f64 {
    let start = Instant::now();
    for _ in 0..BATCH {
        black_box(compare(black_box(guess)));
    }
    start.elapsed().as_nanos() as f64
}

/// Mean and variance without keeping the samples (Welford).
#[derive(Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, sample: f64) {
        self.count += 1.0;
        let from = sample - self.mean;
        self.mean += from / self.count;
        self.squares += from * (sample - self.mean);
    }

    fn variance(&self) -> f64 {
        self.squares / (self.count - 1.0)
    }
}

/// xorshift64*: which guess comes next must not follow a pattern that a processor learns.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }
}
