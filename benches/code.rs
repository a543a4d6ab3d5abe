//! What redeeming a code costs, beside the two bare signatures that it needs: access token and ID token,
//! with a refresh token, the store in memory.
//!
//! `cargo bench --bench code`. All are timed in turn; a ratio is the median over the rounds. `-- --quick`
//! takes fewer.

#![allow(clippy::indexing_slicing, clippy::panic, reason = "a bench that fails panics")]

mod sign_in;

use std::hint::black_box;
use std::time::Duration;

use chancery::jose::Algorithm;
use chancery::{Issuer, LocalKeys};
use sign_in::{authorize, code_form, key, login, median, org, respond, time, token};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let quick = std::env::args().any(|arg| arg == "--quick" || arg == "--test");
    println!(
        "| algorithm | two bare signatures | `Issuer::token` | ratio | with HTTP | ratio | authorization endpoint |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let key = key(algorithm)?;
        let issuer = Issuer::new(org(algorithm)?, LocalKeys::new(key.clone()));
        let login = login();
        let response = token(&issuer, &code_form(&authorize(&issuer, &login)?))?;
        let (access, id) =
            (response.access_token().to_owned(), response.id_token().ok_or("no ID token")?.to_owned());
        assert!(response.refresh_token().is_some());
        let (rounds, times) = match (quick, algorithm) {
            (true, _) => (5, 5),
            (false, Algorithm::Rs256) => (201, 10),
            (false, _) => (501, 50),
        };
        let mut spans: [Vec<Duration>; 4] = Default::default();
        for round in 0..rounds {
            let forms = || -> Result<Vec<String>, Box<dyn std::error::Error>> {
                (0..times).map(|_| Ok(code_form(&authorize(&issuer, &login)?))).collect()
            };
            let (typed, http) = (forms()?, forms()?);
            // Whoever goes second finds warmer caches: take turns.
            for turn in 0..4 {
                let which = (round + turn) % 4;
                let span = match which {
                    0 => time(|| {
                        for _ in 0..times {
                            let _ = black_box(key.sign(black_box(access.as_bytes())));
                            let _ = black_box(key.sign(black_box(id.as_bytes())));
                        }
                    }),
                    1 => time(|| typed.iter().for_each(|form| assert!(token(&issuer, form).is_ok()))),
                    2 => {
                        time(|| http.iter().for_each(|form| assert_eq!(respond(&issuer, form).status(), 200)))
                    }
                    _ => time(|| (0..times).for_each(|_| drop(black_box(authorize(&issuer, &login))))),
                };
                spans[which].push(span / times);
            }
        }
        let ratio = |of: usize| {
            let pairs = spans[of].iter().zip(&spans[0]);
            median(&mut pairs.map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()).collect::<Vec<_>>())
        };
        let (typed, http) = (ratio(1), ratio(2));
        let [bare, token, reply, authorize] = spans.map(|mut of| median(&mut of).as_secs_f64() * 1e6);
        println!(
            "| {algorithm} | {bare:.2} µs | {token:.2} µs | {typed:.3} | {reply:.2} µs | {http:.3} | {authorize:.2} µs |"
        );
    }
    Ok(())
}
