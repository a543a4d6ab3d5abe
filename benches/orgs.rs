//! What many organisations cost in one process: memory and time for 10,000 small ones, each with an
//! ES256 key of its own, a server, five scopes, three claims, two policies of two rules, three clients
//! and five users.
//!
//! `cargo bench --bench orgs`. Memory is the process's resident set as Linux tells it.

#![allow(clippy::indexing_slicing, clippy::panic, reason = "a bench that fails panics")]

use std::time::Instant;

use chancery::jose::{Algorithm, PrivateKey};
use chancery::model::{AccessPolicy, AuthorizationServer, Claim, Client, Group, Org, Rule, Scope, User};
use chancery::testing::block_on;
use chancery::types::GrantType;
use chancery::{Call, Issuer, LocalKeys};

fn issuer(i: usize) -> Result<Issuer, Box<dyn std::error::Error>> {
    let mut server = AuthorizationServer::new("default").audience("api://default").signing(Algorithm::Es256);
    for scope in ["a", "b", "c", "d", "e"] {
        server = server.scope(Scope::new(scope));
    }
    for (name, value) in [
        ("tenant", "app.profile.tenant"),
        ("client", "app.clientId + '@' + app.profile.tenant"),
        ("tier", "app.profile.tier == 'gold' ? 'priority' : 'standard'"),
    ] {
        server = server.claim(Claim::access(name, value));
    }
    for policy in 0..2 {
        server = server.policy(
            AccessPolicy::for_all_clients(format!("policy {policy}"))
                .rule(
                    Rule::new("machines")
                        .grant(GrantType::ClientCredentials)
                        .everyone()
                        .scope("a")
                        .scope("b"),
                )
                .rule(Rule::new("people").grant(GrantType::AuthorizationCode).group("staff").any_scope()),
        );
    }
    let mut org = Org::builder(format!("https://org-{i}.example.com")).server(server);
    org = org.group(Group::new("staff", "Staff"));
    for client in 0..3 {
        org = org.client(
            Client::service(format!("0oa{i}c{client}"))
                .secret(format!("a-long-random-secret-{i}-{client}"))
                .profile(serde_json::json!({"tenant": format!("tenant-{i}"), "tier": "gold"})),
        );
    }
    for user in 0..5 {
        org = org.user(
            User::new(format!("00u{i}u{user}"), &format!("user{user}@org-{i}.example.com"))
                .with_attribute("department", "Engineering")
                .in_group("staff"),
        );
    }
    Ok(Issuer::new(org.build()?, LocalKeys::new(PrivateKey::generate(Algorithm::Es256)?)))
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let quick = std::env::args().any(|arg| arg == "--quick" || arg == "--test");
    let count = if quick { 500 } else { 10_000 };
    let before = resident()?;
    let start = Instant::now();
    let issuers = (0..count).map(issuer).collect::<Result<Vec<_>, _>>()?;
    let took = start.elapsed();
    let bytes = resident()?.saturating_sub(before);
    println!(
        "{count} organisations: {:.1} kB each, {:.0} MB in all, {:.2} ms each to build",
        bytes as f64 / count as f64 / 1e3,
        bytes as f64 / 1e6,
        took.as_secs_f64() * 1e3 / count as f64,
    );
    // One of them answers, and its client is nobody at its neighbour's.
    let basic = |i: usize| {
        use base64::Engine as _;
        let pair = format!("0oa{i}c0:a-long-random-secret-{i}-0");
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
    };
    let ask = |at: usize, as_client_of: usize| {
        let authorization = basic(as_client_of);
        let call = Call::new("POST", "/oauth2/default/v1/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", &authorization)
            .body("grant_type=client_credentials&scope=a");
        issuers.get(at).map(|issuer| block_on(issuer.respond(call)).status())
    };
    assert_eq!((ask(17, 17), ask(17, 18)), (Some(200), Some(401)));
    Ok(())
}

/// Bytes in memory.
fn resident() -> Result<u64, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse::<u64>()? * 1024)
}
