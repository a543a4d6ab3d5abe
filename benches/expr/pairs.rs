//! A small harness that compares two ways of doing the same thing, side by side.
//!
//! Machines that run benches are rarely quiet. So the two are measured in turns, a few hundred microseconds
//! each, and what is reported is the median of the *ratios* of neighbouring samples: a slow second slows both.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const SAMPLES: usize = 301;
const SAMPLE: Duration = Duration::from_micros(300);

/// What came out for one pair.
pub(crate) struct Pair {
    pub(crate) name: String,
    /// Median nanoseconds of one run.
    pub(crate) ours: f64,
    pub(crate) theirs: f64,
    /// Median, lower and upper quartile of theirs ÷ ours.
    pub(crate) ratio: [f64; 3],
}

/// Measures two closures in turns.
pub(crate) fn compare<A, B>(
    name: impl Into<String>,
    mut ours: impl FnMut() -> A,
    mut theirs: impl FnMut() -> B,
) -> Pair {
    let our_runs = runs_per_sample(&mut ours);
    let their_runs = runs_per_sample(&mut theirs);
    let (mut a, mut b, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..SAMPLES {
        // Who goes first alternates, so that neither always finds the cache as the other left it.
        let (x, y) = if turn % 2 == 0 {
            let x = sample(&mut ours, our_runs);
            (x, sample(&mut theirs, their_runs))
        } else {
            let y = sample(&mut theirs, their_runs);
            (sample(&mut ours, our_runs), y)
        };
        a.push(x);
        b.push(y);
        ratios.push(y / x);
    }
    Pair {
        name: name.into(),
        ours: quantile(&mut a, 0.5),
        theirs: quantile(&mut b, 0.5),
        ratio: [0.5, 0.25, 0.75].map(|q| quantile(&mut ratios, q)),
    }
}

/// Prints the pairs as a Markdown table; `target` gives the ratio that a row should reach.
pub(crate) fn print_table(us: &str, them: &str, pairs: &[Pair], target: impl Fn(&Pair) -> f64) {
    println!("| what | {us} | {them} | {them} ÷ {us} (quartiles) | target |");
    println!("|---|--:|--:|--:|--:|");
    for pair in pairs {
        let [median, low, high] = pair.ratio;
        println!(
            "| {} | {} | {} | **{median:.1}** ({low:.1} – {high:.1}) | {:.0} |",
            pair.name,
            nanos(pair.ours),
            nanos(pair.theirs),
            target(pair)
        );
    }
}

fn nanos(n: f64) -> String {
    if n < 1000.0 { format!("{n:.0} ns") } else { format!("{:.2} µs", n / 1000.0) }
}

fn runs_per_sample<T>(run: &mut impl FnMut() -> T) -> u32 {
    let mut runs = 1;
    loop {
        let start = now();
        for _ in 0..runs {
            black_box(run());
        }
        if start.elapsed() >= SAMPLE {
            return runs;
        }
        runs *= 2;
    }
}

fn sample<T>(run: &mut impl FnMut() -> T, runs: u32) -> f64 {
    let start = now();
    for _ in 0..runs {
        black_box(run());
    }
    start.elapsed().as_nanos() as f64 / f64::from(runs)
}

fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(((values.len() - 1) as f64 * q) as usize).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn now() -> Instant {
    Instant::now()
}
