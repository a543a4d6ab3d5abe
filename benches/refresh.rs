//! What a refresh costs: with rotation and an ID token, beside the two bare signatures that it needs; and
//! among a million live refresh tokens as among ten, with the memory that each takes.
//!
//! `cargo bench --bench refresh`. A ratio is the median over the rounds, the two sides timed in turn.
//! `-- --quick` takes fewer. Memory is the process's resident set as Linux tells it.

#![allow(clippy::indexing_slicing, clippy::panic, reason = "a bench that fails panics")]

mod sign_in;

use std::hint::black_box;
use std::time::Duration;

use chancery::host::{KeyStore, ServerKeys};
use chancery::jose::{Algorithm, PrivateKey};
use chancery::types::{KeyId, ServerId};
use chancery::{Fault, Issuer, LocalKeys};
use sign_in::{authorize, code_form, key, login, median, org, refresh_form, time, token};

/// Signs nothing: a million sign-ins are to be had in seconds.
struct Unsigned(LocalKeys);

impl KeyStore for Unsigned {
    async fn keys(&self, server: Option<&ServerId>, algorithm: Algorithm) -> Result<ServerKeys, Fault> {
        self.0.keys(server, algorithm).await
    }

    async fn sign(&self, _key: &KeyId, _message: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(vec![7; 64])
    }
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// So many sign-ins, each with a refresh token.
fn signed_in(issuer: &Issuer, count: usize) -> impl Iterator<Item = Outcome<String>> {
    let login = login();
    (0..count).map(move |_| {
        let response = token(issuer, &code_form(&authorize(issuer, &login)?))?;
        Ok(response.refresh_token().ok_or("no refresh token")?.to_owned())
    })
}

/// Uses tokens, and puts their successors in their places.
fn refresh(issuer: &Issuer, tokens: &mut [String], places: &[usize]) -> Outcome<()> {
    for place in places {
        let response = token(issuer, &refresh_form(&tokens[*place]))?;
        response.refresh_token().ok_or("no refresh token")?.clone_into(&mut tokens[*place]);
    }
    Ok(())
}

fn beside_signatures(quick: bool) -> Outcome<()> {
    println!("| algorithm | two bare signatures | refresh | ratio |");
    println!("|---|---:|---:|---:|");
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let key = key(algorithm)?;
        let issuer = Issuer::new(org(algorithm)?, LocalKeys::new(key.clone()));
        let (rounds, times) = match (quick, algorithm) {
            (true, _) => (5, 5),
            (false, Algorithm::Rs256) => (201, 10),
            (false, _) => (501, 50),
        };
        let mut tokens = signed_in(&issuer, 10).collect::<Outcome<Vec<String>>>()?;
        let places: Vec<usize> = (0..times as usize).map(|i| i % 10).collect();
        let message = vec![b'x'; 600];
        let mut spans: [Vec<Duration>; 2] = Default::default();
        for round in 0..rounds {
            for turn in 0..2 {
                let which = (round + turn) % 2;
                let mut failed = None;
                let span = match which {
                    0 => time(|| {
                        for _ in 0..2 * times {
                            let _ = black_box(key.sign(black_box(&message)));
                        }
                    }),
                    _ => time(|| failed = refresh(&issuer, &mut tokens, &places).err()),
                };
                if let Some(error) = failed {
                    return Err(error);
                }
                spans[which].push(span / times);
            }
        }
        let pairs = spans[1].iter().zip(&spans[0]);
        let ratio = median(&mut pairs.map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()).collect::<Vec<_>>());
        let [bare, whole] = spans.map(|mut of| median(&mut of).as_secs_f64() * 1e6);
        println!("| {algorithm} | {bare:.2} µs | {whole:.2} µs | {ratio:.3} |");
    }
    Ok(())
}

fn among_many(quick: bool) -> Outcome<()> {
    let (count, rounds, times) = if quick { (20_000, 5, 100) } else { (1_000_000, 101, 500) };
    let keys = LocalKeys::new(PrivateKey::generate(Algorithm::Es256)?);
    let issuer = || -> Outcome<Issuer> { Ok(Issuer::new(org(Algorithm::Es256)?, Unsigned(keys.clone()))) };
    let (few, many) = (issuer()?, issuer()?);
    let mut few_tokens = signed_in(&few, 10).collect::<Outcome<Vec<String>>>()?;
    // The bench's own copies of the tokens are not the store's.
    let mut many_tokens: Vec<String> = (0..count).map(|_| "x".repeat(43)).collect();
    let before = resident()?;
    for (place, token) in signed_in(&many, count).enumerate() {
        many_tokens[place] = token?;
    }
    let each = resident()?.saturating_sub(before) as f64 / count as f64;
    println!("\n{count} live refresh tokens: {each:.0} bytes each");
    let (mut draw, mut spans) = (1u64, [Vec::new(), Vec::new()]);
    for round in 0..rounds {
        for turn in 0..2 {
            let which = (round + turn) % 2;
            let (issuer, tokens) =
                if which == 0 { (&few, &mut few_tokens) } else { (&many, &mut many_tokens) };
            let places: Vec<usize> = (0..times)
                .map(|_| {
                    draw =
                        draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (draw >> 33) as usize % tokens.len()
                })
                .collect();
            let mut outcome = Ok(());
            let span = time(|| outcome = refresh(issuer, tokens, &places));
            outcome?;
            spans[which].push(span.as_secs_f64() * 1e6 / f64::from(times as u32));
        }
    }
    let ratio = median(&mut spans[1].iter().zip(&spans[0]).map(|(a, b)| a / b).collect::<Vec<_>>());
    let [few, many] = spans.map(|mut of| median(&mut of));
    println!(
        "a refresh without its signatures: {few:.2} µs among 10, {many:.2} µs among {count}, ratio {ratio:.2}"
    );
    Ok(())
}

fn resident() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse::<u64>()? * 1024)
}

fn main() -> Outcome<()> {
    let quick = std::env::args().any(|arg| arg == "--quick" || arg == "--test");
    beside_signatures(quick)?;
    among_many(quick)
}
