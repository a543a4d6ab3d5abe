//! What a policy decision costs with 10, 1,000 and 100,000 rules.
//!
//! `cargo bench --bench decide`. The organisation: a policy for every 50 rules; one policy in ten is
//! for all clients, the rest for one to five of 1,000; each rule lists one or two of four grant
//! types, one to three of 2,000 groups (one rule in ten: everyone) and one to five of 500 scopes
//! (one in twenty: any). Requests come from a random client and a user in ten random groups, for one
//! or two scopes. Client, group and scope pools are the same at every size.

#![allow(clippy::indexing_slicing, reason = "a bench that fails panics")]

use std::hint::black_box;
use std::time::Instant;

use chancery::model::{AccessPolicy, AuthorizationServer, Org, Person, Rule, RuleRequest, Scope, Server};
use chancery::types::{ClientId, GrantType, GroupId, UserId};

const CLIENTS: u64 = 1_000;
const GROUPS: u64 = 2_000;
const SCOPES: u64 = 500;
const GRANTS: [GrantType; 4] = [
    GrantType::AuthorizationCode,
    GrantType::ClientCredentials,
    GrantType::RefreshToken,
    GrantType::DeviceCode,
];

/// A small generator of our own: the same organisation on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn org(rules: u64, worst: bool) -> Result<Org, Box<dyn std::error::Error>> {
    let mut dice = Dice(7);
    let mut server = AuthorizationServer::new("default").audience("api://default");
    for i in 0..SCOPES {
        server = server.scope(Scope::new(format!("s{i}")));
    }
    // Always there, in the middle of the list: the request that is timed at every size.
    let fixed = AccessPolicy::for_clients("fixed", ["c0"])
        .rule(Rule::new("fixed").grant(GrantType::ClientCredentials).everyone().scope("s1").scope("s2"));
    let mut fixed = Some(fixed);
    for p in 0..rules.div_ceil(50) {
        let mut policy = if worst || dice.roll(10) == 0 {
            AccessPolicy::for_all_clients(format!("p{p}"))
        } else {
            let some = (0..=dice.roll(5)).map(|_| format!("c{}", 1 + dice.roll(CLIENTS - 1)));
            AccessPolicy::for_clients(format!("p{p}"), some.collect::<Vec<_>>())
        };
        for r in 0..50.min(rules - p * 50) {
            let mut rule = Rule::new(format!("r{r}"));
            if worst {
                // One half covers the one scope, the other half the other.
                let half = if r % 2 == 0 { "s1" } else { "s2" };
                policy = policy.rule(rule.grant(GrantType::ClientCredentials).everyone().scope(half));
                continue;
            }
            for _ in 0..=dice.roll(2) {
                rule = rule.grant(GRANTS[dice.roll(4) as usize]);
            }
            if dice.roll(10) == 0 {
                rule = rule.everyone();
            } else {
                for _ in 0..=dice.roll(3) {
                    rule = rule.group(format!("g{}", dice.roll(GROUPS)));
                }
            }
            if dice.roll(20) == 0 {
                rule = rule.any_scope();
            } else {
                for _ in 0..=dice.roll(5) {
                    rule = rule.scope(format!("s{}", 3 + dice.roll(SCOPES - 3)));
                }
            }
            policy = policy.rule(rule);
        }
        server = server.policy(policy);
        if p >= rules.div_ceil(50) / 2
            && !worst
            && let Some(fixed) = fixed.take()
        {
            server = server.policy(fixed);
        }
    }
    Ok(Org::builder("https://id.example.com").server(server).with_outside_directory().build()?)
}

struct Request {
    client: ClientId,
    user: Option<(UserId, Vec<GroupId>)>,
    grant: GrantType,
    scopes: Vec<String>,
}

fn requests(count: u64) -> Vec<Request> {
    let mut dice = Dice(11);
    (0..count)
        .map(|i| Request {
            client: ClientId::from(format!("c{}", dice.roll(CLIENTS))),
            user: Some((
                UserId::from(format!("u{i}")),
                (0..10).map(|_| GroupId::from(format!("g{}", dice.roll(GROUPS)))).collect(),
            )),
            grant: GRANTS[dice.roll(4) as usize],
            scopes: (0..=dice.roll(2)).map(|_| format!("s{}", 3 + dice.roll(SCOPES - 3))).collect(),
        })
        .collect()
}

fn decide(server: &Server, request: &Request) -> bool {
    let scopes: Vec<&str> = request.scopes.iter().map(String::as_str).collect();
    let user = request.user.as_ref().map(|(id, groups)| Person { id, groups });
    server
        .matching_rule(&RuleRequest { client: &request.client, user, grant: request.grant, scopes: &scopes })
        .is_some()
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn nanos(times: usize, mut run: impl FnMut(usize)) -> f64 {
    let start = Instant::now();
    for i in 0..times {
        run(i);
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
    let (rounds, times) = if quick { (3, 1_000) } else { (31, 20_000) };
    let fixed = Request {
        client: ClientId::from("c0"),
        user: None,
        grant: GrantType::ClientCredentials,
        scopes: vec!["s1".into(), "s2".into()],
    };
    let random = requests(20_000);
    println!("| rules | same warm request | random requests | of these granted |");
    println!("|---:|---:|---:|---:|");
    for rules in [10, 1_000, 100_000] {
        let org = org(rules, false)?;
        let server = org.server("default").ok_or("no server")?;
        assert!(decide(server, &fixed));
        let warm = median(rounds, || nanos(times, |_| _ = black_box(decide(server, black_box(&fixed)))));
        let spread = median(rounds, || {
            nanos(times, |i| _ = black_box(decide(server, black_box(&random[i % random.len()]))))
        });
        let granted = random.iter().filter(|request| decide(server, request)).count();
        let share = granted as f64 * 100.0 / random.len() as f64;
        println!("| {rules} | {warm:.0} ns | {spread:.0} ns | {share:.1} % |");
    }
    let rules = 100_000;
    let org = org(rules, true)?;
    let server = org.server("default").ok_or("no server")?;
    let worst = median(5, || nanos(20, |_| _ = black_box(decide(server, black_box(&fixed)))));
    println!(
        "\nWorst case, {rules} rules for all clients and everyone, each with one of the two scopes: {:.0} µs",
        worst / 1e3
    );
    Ok(())
}
