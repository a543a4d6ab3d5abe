//! What the lint and the comparison of organisations cost: 1,000 rules and 200 clients.
//!
//! `cargo bench --bench analyse`. Each organisation has 50 policies of 20 rules on one server: one
//! policy in ten is for all clients, the rest for one to five; each rule lists one or two of four
//! grant types, one to three of 100 groups (one rule in ten: everyone, half of these without one group) and one to
//! five of 100 scopes (one in twenty: any). All clients may use all of the grant types. `alike` are
//! organisations in which every rule is for the same people and scopes, so that all but the first are shadowed;
//! `customized` is `random` with 50 token policies, a third of which deny, for up to two groups, three scopes
//! and three clients each.
//! `chained` rules each exclude the group that the next one includes, so that the solver has most to do. The
//! comparisons are with an organisation in which one rule in twenty is another, and with one in which all are.

#![allow(clippy::indexing_slicing, reason = "a bench that fails panics")]

use std::hint::black_box;
use std::time::Instant;

use chancery::analyse::{diff, lint};
use chancery::model::{
    AccessPolicy, AuthorizationServer, Client, Org, Rule, Scope, TokenAction, TokenPolicy,
};
use chancery::types::{GrantType, Lifetime};

const CLIENTS: u64 = 200;
const GROUPS: u64 = 100;
const SCOPES: u64 = 100;
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

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Random,
    Alike,
    Chained,
    /// `Random` with token policies.
    Customized,
}

fn rule(dice: &mut Dice, kind: Kind, place: u64) -> Rule {
    let mut rule = Rule::new(format!("r{place}"));
    match kind {
        Kind::Alike => return rule.grant(GRANTS[0]).everyone().any_scope(),
        Kind::Chained => {
            let (include, exclude) = (place % GROUPS, (place + 1) % GROUPS);
            return rule
                .grant(GRANTS[0])
                .group(format!("g{include}"))
                .except_group(format!("g{exclude}"))
                .any_scope();
        }
        Kind::Random | Kind::Customized => {}
    }
    for _ in 0..=dice.roll(2) {
        rule = rule.grant(GRANTS[dice.roll(4) as usize]);
    }
    if dice.roll(10) == 0 {
        rule = rule.everyone();
        if dice.roll(2) == 0 {
            rule = rule.except_group(format!("g{}", dice.roll(GROUPS)));
        }
    } else {
        for _ in 0..=dice.roll(3) {
            rule = rule.group(format!("g{}", dice.roll(GROUPS)));
        }
    }
    if dice.roll(20) == 0 {
        return rule.any_scope();
    }
    for _ in 0..=dice.roll(5) {
        rule = rule.scope(format!("s{}", dice.roll(SCOPES)));
    }
    rule.access_lifetime(Lifetime::minutes(5 + dice.roll(3) as u32))
}

fn token_policy(dice: &mut Dice, place: u64) -> TokenPolicy {
    let mut policy = TokenPolicy::new(format!("t{place}"));
    for _ in 0..dice.roll(3) {
        policy = policy.group(format!("g{}", dice.roll(GROUPS)));
    }
    for _ in 0..dice.roll(4) {
        policy = policy.scope(format!("s{}", dice.roll(SCOPES)));
    }
    for _ in 0..dice.roll(4) {
        policy = policy.client(format!("client{}", dice.roll(CLIENTS)));
    }
    policy.action(match dice.roll(3) {
        0 => TokenAction::deny("denied"),
        1 => TokenAction::shorten_access_token(Lifetime::minutes(5)),
        _ => TokenAction::add(format!("claim{}", dice.roll(10)), "app.clientId"),
    })
}

/// One rule in `fresh` comes from other dice; 0: none.
fn org(rules: u64, kind: Kind, fresh: u64) -> Result<Org, Box<dyn std::error::Error>> {
    let (mut dice, mut other) = (Dice(7), Dice(8));
    let mut server = AuthorizationServer::new("default").audience("api://default");
    for i in 0..SCOPES {
        server = server.scope(Scope::new(format!("s{i}")));
    }
    for p in 0..rules.div_ceil(20) {
        let mut policy = if dice.roll(10) == 0 {
            AccessPolicy::for_all_clients(format!("p{p}"))
        } else {
            let some = (0..=dice.roll(5)).map(|_| format!("client{}", dice.roll(CLIENTS)));
            AccessPolicy::for_clients(format!("p{p}"), some.collect::<Vec<_>>())
        };
        for r in 0..20.min(rules - p * 20) {
            let (usual, another) =
                (rule(&mut dice, kind, p * 20 + r), rule(&mut other, kind, p * 20 + r + 1));
            let replaced = fresh != 0 && (p * 20 + r) % fresh == 0;
            policy = policy.rule(if replaced { another } else { usual });
        }
        server = server.policy(policy);
    }
    if kind == Kind::Customized {
        for t in 0..rules.div_ceil(20) {
            let (usual, another) = (token_policy(&mut dice, t), token_policy(&mut other, t));
            let replaced = fresh != 0 && t % fresh == 0;
            server = server.token_policy(if replaced { another } else { usual });
        }
    }
    let mut org = Org::builder("https://id.example.com").server(server).with_outside_directory();
    for i in 0..CLIENTS {
        let client = Client::web(format!("client{i}")).secret("a-secret-that-is-long-enough-for-anyone");
        let all = [GrantType::ClientCredentials, GrantType::RefreshToken, GrantType::DeviceCode];
        org = org
            .client(all.into_iter().fold(client.redirect_uri("https://app.example.com/cb"), Client::grant));
    }
    Ok(org.build()?)
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn millis(rounds: usize, mut run: impl FnMut()) -> f64 {
    let mut all: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    all.sort_by(f64::total_cmp);
    all[rounds / 2]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let quick = std::env::args().any(|arg| arg == "--quick" || arg == "--test");
    let (rounds, rules) = if quick { (1, 200) } else { (11, 1_000) };
    println!("{rules} rules, {CLIENTS} clients; median of {rounds}\n");
    println!(
        "| organisation | lint | findings | diff, 1 rule in 20 | changes | diff, all rules | changes | undecided |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for (name, kind) in [
        ("random", Kind::Random),
        ("alike", Kind::Alike),
        ("chained", Kind::Chained),
        ("customized", Kind::Customized),
    ] {
        let (old, near, far) = (org(rules, kind, 0)?, org(rules, kind, 20)?, org(rules, kind, 1)?);
        let linted = millis(rounds, || drop(black_box(lint(black_box(&old)))));
        let nearby = millis(rounds, || drop(black_box(diff(black_box(&old), black_box(&near)))));
        let afar = millis(rounds, || drop(black_box(diff(black_box(&old), black_box(&far)))));
        let (some, all) = (diff(&old, &near), diff(&old, &far));
        println!(
            "| {name} | {linted:.1} ms | {} | {nearby:.1} ms | {} | {afar:.1} ms | {} | {} |",
            lint(&old).findings().len(),
            some.changes().len(),
            all.changes().len(),
            some.undecided().len() + all.undecided().len()
        );
    }
    Ok(())
}
