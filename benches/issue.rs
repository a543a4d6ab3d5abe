//! What issuing costs: a whole client-credentials call beside the bare signature it contains.
//!
//! `cargo bench --bench issue`. Both are timed in turn, so that a machine that changes its speed
//! changes both; the ratio is the median over pairs. `-- --quick` takes fewer samples.

use std::hint::black_box;
use std::time::{Duration, Instant};

use chancery::jose::jws::SigningInput;
use chancery::jose::{Algorithm, PrivateKey};
use chancery::model::{AccessPolicy, AuthMethod, AuthorizationServer, Claim, Client, Org, Rule, Scope};
use chancery::testing::block_on;
use chancery::types::{GrantType, KeyId};
use chancery::{Call, Issuer, LocalKeys};

const RSA: &str = include_str!("../tests/data/keys/rsa-2048.pem");
const FORM: &str = "application/x-www-form-urlencoded";
const BODY: &str = "grant_type=client_credentials&scope=scope.50&client_id=0oa1benchclient\
                    &client_secret=a-secret-of-a-sensible-length-0123456789";

/// 100 rules, the request matching the 51st; ten claims, five of them expressions that are evaluated
/// (with `sub`) and five that are constants of the language's simplest kind.
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
    println!("| algorithm | bare signature | whole call | ratio (median of pairs) | jsonwebtoken encode |");
    println!("|---|---:|---:|---:|---:|");
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let key = key(algorithm)?;
        let issuer = Issuer::new(org(algorithm)?, LocalKeys::new(key.clone()));
        let call = || {
            let call = Call::new("POST", "/oauth2/default/v1/token").header("content-type", FORM).body(BODY);
            block_on(issuer.respond(call))
        };
        let reply = call();
        assert_eq!(reply.status(), 200, "{}", reply.body());
        let answer: serde_json::Value = serde_json::from_str(reply.body())?;
        let token = answer["access_token"].as_str().ok_or("no token")?;
        let payload = base64_part(token)?;
        let claims: serde_json::Value = serde_json::from_slice(&payload)?;
        // The same bytes that the call signs, but for the token id.
        let kid: KeyId = key.key_id().clone();
        let input = SigningInput::new(algorithm, &kid, None, &payload);
        let other = jsonwebtoken_encode(algorithm, &claims)?;

        let (pairs, inner) = match (quick, algorithm) {
            (true, _) => (5, 5),
            (false, Algorithm::Rs256) => (301, 10),
            (false, _) => (601, 100),
        };
        let (mut bare, mut whole, mut ratios, mut theirs) = (vec![], vec![], vec![], vec![]);
        for pair in 0..pairs {
            let time_bare = || time(inner, || drop(black_box(key.sign(black_box(input.as_bytes())))));
            let time_whole = || time(inner, || drop(black_box(call())));
            // Whoever goes second finds warmer caches; take turns.
            let (b, w) = if pair % 2 == 0 {
                let b = time_bare();
                (b, time_whole())
            } else {
                let w = time_whole();
                (time_bare(), w)
            };
            if let Some(encode) = &other {
                theirs.push(time(inner, || drop(black_box(encode()))));
            }
            ratios.push(w.as_secs_f64() / b.as_secs_f64());
            bare.push(b);
            whole.push(w);
        }
        println!(
            "| {algorithm} | {:.2} µs | {:.2} µs | {:.3} | {} |",
            micros(median(&mut bare)),
            micros(median(&mut whole)),
            median(&mut ratios),
            if theirs.is_empty() {
                "–".to_owned()
            } else {
                format!("{:.2} µs", micros(median(&mut theirs)))
            },
        );
    }
    Ok(())
}

fn base64_part(token: &str) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
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
) -> Result<Option<Encode>, Box<dyn std::error::Error>> {
    use jsonwebtoken::{EncodingKey, Header};
    let key = match algorithm {
        Algorithm::Rs256 => EncodingKey::from_rsa_pem(RSA.as_bytes())?,
        Algorithm::Es256 => EncodingKey::from_ec_pem(include_bytes!("../tests/data/keys/p256.pem"))?,
        Algorithm::EdDsa => EncodingKey::from_ed_pem(include_bytes!("../tests/data/keys/ed25519.pem"))?,
        _ => return Ok(None),
    };
    let header = Header::new(match algorithm {
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        _ => jsonwebtoken::Algorithm::EdDSA,
    });
    let claims = claims.clone();
    Ok(Some(Box::new(move || jsonwebtoken::encode(&header, &claims, &key).unwrap_or_default())))
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

fn micros(span: Duration) -> f64 {
    span.as_secs_f64() * 1e6
}
