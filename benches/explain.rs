//! What an explanation costs: a full trace over 100 rules, of which the last one matches, or none.
//!
//! `cargo bench --bench explain`. The organisation: 10 policies of 10 rules, every fourth policy for
//! another client; each rule fails at one of its conditions in turn: grant type, groups, an excluded
//! group, scopes. The user is in ten groups; three claims are computed.

#![allow(clippy::indexing_slicing, reason = "a bench that fails panics")]

use std::hint::black_box;
use std::time::Instant;

use chancery::jose::{Algorithm, PrivateKey};
use chancery::model::{
    AccessPolicy, AuthorizationServer, Claim, Client, Group, Org, Person, Rule, RuleRequest, Scope, User,
};
use chancery::testing::block_on;
use chancery::types::{ClientId, GrantType, GroupId, UserId};
use chancery::{Issuer, LocalKeys, PreviewRequest};

const RULES: usize = 100;
const SECRET: &str = "a-secret-that-is-long-enough";

fn org() -> Result<Org, Box<dyn std::error::Error>> {
    let mut server = AuthorizationServer::new("default").audience("api://default").signing(Algorithm::EdDsa);
    for scope in 0..20 {
        server = server.scope(Scope::new(format!("s{scope}")));
    }
    for (name, value) in [
        ("department", "user.department"),
        ("tier", "user.level > 3 ? 'gold' : 'silver'"),
        ("team", "user.groups.filter(g => g.startsWith('team'))"),
    ] {
        server = server.claim(Claim::access(name, value));
    }
    for p in 0..RULES / 10 {
        let name = format!("policy {p}");
        let mut policy = match p % 4 {
            3 => AccessPolicy::for_clients(name, ["0oaother"]),
            _ => AccessPolicy::for_all_clients(name),
        };
        for r in 0..10 {
            let rule = Rule::new(format!("rule {r}")).scope("s1").scope("s2").scope("s3");
            let rule = match r % 4 {
                0 => rule.grant(GrantType::ClientCredentials),
                1 => rule.grant(GrantType::AuthorizationCode).group("other-1").group("other-2"),
                2 => rule.grant(GrantType::AuthorizationCode).everyone().except_group("team-3"),
                _ => rule.grant(GrantType::AuthorizationCode).group("team-1").group("team-2"),
            };
            policy = policy.rule(rule);
        }
        server = server.policy(policy);
    }
    let last = Rule::new("last").grant(GrantType::AuthorizationCode).group("team-9").any_scope();
    server = server.policy(AccessPolicy::for_all_clients("last").rule(last));
    let mut user = User::new("00u1", "ada@example.com")
        .with_attribute("department", "Engines")
        .with_attribute("level", 4);
    let mut org = Org::builder("https://id.example.com").server(server);
    for n in 0..10 {
        user = user.in_group(format!("team-{n}"));
        org = org.group(Group::new(format!("team-{n}"), format!("team-{n}")));
    }
    let others = ["other-1", "other-2"].map(|id| Group::new(id, id));
    let client = Client::web("0oaweb").secret(SECRET).redirect_uri("https://web.example.com/cb");
    let org = others.into_iter().fold(org, chancery::model::OrgBuilder::group);
    Ok(org
        .user(user)
        .client(client.assign_group("EVERYONE"))
        .client(Client::service("0oaother").secret(SECRET))
        .build()?)
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn nanos(times: usize, mut run: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..times {
        run();
    }
    start.elapsed().as_secs_f64() * 1e9 / times as f64
}

/// The median of several rounds.
fn median(rounds: usize, mut round: impl FnMut() -> f64) -> f64 {
    let mut all: Vec<f64> = (0..rounds).map(|_| round()).collect();
    all.sort_by(f64::total_cmp);
    all[rounds / 2]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let quick = std::env::args().any(|arg| arg == "--quick" || arg == "--test");
    let (rounds, times) = if quick { (3, 20) } else { (31, 500) };
    let org = org()?;
    let server = org.server("default").ok_or("no server")?.clone();
    let issuer = Issuer::new(org, LocalKeys::new(PrivateKey::generate(Algorithm::EdDsa)?));
    let (client, user) = (ClientId::from("0oaweb"), UserId::from("00u1"));
    let groups: Vec<GroupId> = (0..10).map(|n| GroupId::from(format!("team-{n}"))).collect();
    println!("| 100 rules | policies alone | the whole request | printed | as JSON |");
    println!("|---|---:|---:|---:|---:|");
    // Rules that come as far as the scopes lack `s4`; no rule but the last allows it.
    for (what, groups, outside) in
        [("the last matches", &groups[..], false), ("none matches", &groups[..9], true)]
    {
        let scopes = ["s1", "s4"];
        let request = RuleRequest {
            client: &client,
            user: Some(Person { id: &user, groups }),
            grant: GrantType::AuthorizationCode,
            scopes: &scopes,
        };
        let asked = PreviewRequest::new("default", "0oaweb", GrantType::AuthorizationCode)
            .user("00u1")
            .scope("s1 s4");
        let asked = if outside { asked.not_in_group("team-9") } else { asked };
        let trace = block_on(issuer.explain(&asked))?;
        assert_eq!(
            (server.explain(&request).decision().is_none(), trace.refusal.is_some()),
            (outside, outside)
        );
        let per_rule = |nanos: f64| nanos / RULES as f64;
        let policies = median(rounds, || nanos(times, || _ = black_box(server.explain(black_box(&request)))));
        let whole =
            median(rounds, || nanos(times, || _ = black_box(block_on(issuer.explain(black_box(&asked))))));
        let printed = median(rounds, || nanos(times, || _ = black_box(trace.to_string())));
        let json = median(rounds, || nanos(times, || _ = black_box(serde_json::to_string(&trace))));
        println!(
            "| {what} | {:.0} ns a rule | {:.0} ns a rule | {:.0} ns a rule | {:.0} ns a rule |",
            per_rule(policies),
            per_rule(whole),
            per_rule(printed),
            per_rule(json)
        );
    }
    Ok(())
}
