//! What issuing costs: a whole client-credentials call beside the bare signature it contains.
//!
//! `cargo bench --bench issue`. All are timed in turn, so that a machine that changes its speed changes
//! all; a ratio is the median over the rounds. `-- --quick` takes fewer.

#![allow(clippy::indexing_slicing, clippy::panic, reason = "a bench that fails panics")]

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use chancery::jose::jws::SigningInput;
use chancery::jose::{Algorithm, PrivateKey};
use chancery::model::{AccessPolicy, AuthMethod, AuthorizationServer, Claim, Client, Org, Rule, Scope};
use chancery::types::GrantType;
use chancery::{Call, Issuer, LocalKeys, TokenRequest};

const RSA: &str = include_str!("../tests/data/keys/rsa-2048.pem");
const FORM: &str = "application/x-www-form-urlencoded";
const BODY: &str = "grant_type=client_credentials&scope=scope.50&client_id=0oa1benchclient\
                    &client_secret=a-secret-of-a-sensible-length-0123456789";

/// 100 rules, the request matching the 51st; ten claims: five that are evaluated for each request, four
/// constants, which were evaluated when the organisation was compiled, and the usual `sub`.
fn org(algorithm: Algorithm) -> Result<Org, Box<dyn std::error::Error>> {
    let mut server = AuthorizationServer::new("default").audience("api://default").signing(algorithm);
    let mut policy = AccessPolicy::for_all_clients("bench");
    for i in 0..100 {
        server = server.scope(Scope::new(format!("scope.{i}")));
        policy = policy.rule(
            Rule::new(format!("rule {i}")).grant(GrantType::ClientCredentials).scope(format!("scope.{i}")),
        );
    }
    for (name, value) in [
        ("tenant_id", "app.profile.tenant"),
        ("environment", "String.toLowerCase(app.profile.environment)"),
        ("label", "app.profile.label + '/' + app.clientId"),
        ("tier", "app.profile.tier == 'gold' ? 'priority' : 'standard'"),
        ("scopes", "Arrays.toCsvString(access.scope)"),
        ("region", "'eu-west-1'"),
        ("plan", "'enterprise'"),
        ("version", "'2026-01'"),
        ("contact", "'platform@example.com'"),
    ] {
        server = server.claim(Claim::access(name, value));
    }
    let client = Client::service("0oa1benchclient")
        .auth(AuthMethod::SecretPost)
        .secret("a-secret-of-a-sensible-length-0123456789")
        .profile(serde_json::json!({
            "tenant": "tenant-123", "environment": "PRODUCTION", "label": "billing", "tier": "gold",
        }));
    Ok(Org::builder("https://id.example.com").server(server.policy(policy)).client(client).build()?)
}

fn key(algorithm: Algorithm) -> Result<PrivateKey, Box<dyn std::error::Error>> {
    Ok(match algorithm {
        Algorithm::Rs256 => PrivateKey::from_pem(RSA)?,
        other => PrivateKey::generate(other)?,
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let quick = std::env::args().any(|arg| arg == "--quick" || arg == "--test");
    println!(
        "| algorithm | bare signature | `Issuer::token` | ratio | `Issuer::respond` | ratio | jsonwebtoken `encode` |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let key = key(algorithm)?;
        let issuer = Issuer::new(org(algorithm)?, LocalKeys::new(key.clone()));
        // From the form to the token, and with HTTP around it.
        let typed = || {
            let request = TokenRequest::parse(None, BODY.as_bytes()).map_err(chancery::Error::from)?;
            ready(issuer.token("default", &request))
        };
        let http = || {
            let call = Call::new("POST", "/oauth2/default/v1/token").header("content-type", FORM).body(BODY);
            ready(issuer.respond(call))
        };
        assert_eq!(http().status(), 200, "{}", http().body());
        let payload = payload(typed()?.access_token())?;
        // The bytes that the call signs, but for the token id.
        let input = SigningInput::new(algorithm, key.key_id(), None, &payload);
        let encode = jsonwebtoken_encode(algorithm, &serde_json::from_slice(&payload)?)?;

        let (rounds, times) = match (quick, algorithm) {
            (true, _) => (5, 5),
            (false, Algorithm::Rs256) => (301, 10),
            (false, _) => (1001, 100),
        };
        let mut spans: [Vec<Duration>; 4] = Default::default();
        for round in 0..rounds {
            // Whoever goes second finds warmer caches: take turns.
            for turn in 0..4 {
                let which = (round + turn) % 4;
                spans[which].push(match which {
                    0 => time(times, || drop(black_box(key.sign(black_box(input.as_bytes()))))),
                    1 => time(times, || drop(black_box(typed()))),
                    2 => time(times, || drop(black_box(http()))),
                    _ => time(times, || drop(black_box(encode()))),
                });
            }
        }
        let ratio = |of: usize| {
            let mut pairs: Vec<f64> =
                spans[of].iter().zip(&spans[0]).map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()).collect();
            median(&mut pairs)
        };
        let (typed_ratio, http_ratio) = (ratio(1), ratio(2));
        let [bare, typed, http, theirs] = spans.map(|mut spans| median(&mut spans).as_secs_f64() * 1e6);
        println!(
            "| {algorithm} | {bare:.2} µs | {typed:.2} µs | {typed_ratio:.3} | {http:.2} µs | {http_ratio:.3} | {theirs:.2} µs |"
        );
    }
    Ok(())
}

/// Nothing here waits for anything, so one look at the future is enough.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing to wait for"),
    }
}

fn payload(token: &str) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    use base64::Engine as _;
    let part = token.split('.').nth(1).ok_or("no payload")?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part)?)
}

type Encode = Box<dyn Fn() -> String>;

/// The same claims through jsonwebtoken with its pure-Rust backend, which has fixed keys of its own.
#[expect(clippy::disallowed_methods, reason = "measured beside ours")]
fn jsonwebtoken_encode(
    algorithm: Algorithm,
    claims: &serde_json::Value,
) -> Result<Encode, Box<dyn std::error::Error>> {
    use jsonwebtoken::{EncodingKey, Header};
    let key = match algorithm {
        Algorithm::Rs256 => EncodingKey::from_rsa_pem(RSA.as_bytes())?,
        Algorithm::Es256 => EncodingKey::from_ec_pem(include_bytes!("../tests/data/keys/p256.pem"))?,
        Algorithm::EdDsa => EncodingKey::from_ed_pem(include_bytes!("../tests/data/keys/ed25519.pem"))?,
        _ => return Err("no such key".into()),
    };
    let header = Header::new(match algorithm {
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        _ => jsonwebtoken::Algorithm::EdDSA,
    });
    let claims = claims.clone();
    Ok(Box::new(move || jsonwebtoken::encode(&header, &claims, &key).unwrap_or_default()))
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn time(times: u32, mut run: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        run();
    }
    start.elapsed() / times
}

fn median<T: Copy + PartialOrd>(values: &mut [T]) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values[values.len() / 2]
}
