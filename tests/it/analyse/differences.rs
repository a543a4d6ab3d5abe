//! Changes between two organisations, against every request that there is.

use std::collections::{BTreeMap, BTreeSet};

use chancery::analyse::{Change, Diff, Effect, Token, diff, diff_within};
use chancery::model::Org;
use serde_json::{Value, json};

use super::brute::{self, Human, Match, Plain, Rule, SETS, Set, USES, Used};
use crate::policy::random::{CLIENTS, GRANTS, Random, SCOPES};
use crate::scripted::{org, rounds};

/// An organisation of few lifetimes, with claims, whose clients differ in their grant types.
fn with_more(random: &mut Random) -> Value {
    let mut json = brute::organisation(random);
    for policy in json["authorizationServers"][0]["policies"].as_array_mut().unwrap() {
        for rule in policy["rules"].as_array_mut().unwrap() {
            rule["actions"]["token"]["accessTokenLifetimeMinutes"] = json!(5 * (1 + random.below(3)));
        }
    }
    json["authorizationServers"][0]["claims"] = claims(random);
    json["authorizationServers"][0]["chancery"]["tokenPolicies"] = brute::denials(random);
    for app in json["apps"].as_array_mut().unwrap() {
        app["settings"]["oauthClient"]["grant_types"] = json!(grants(random));
    }
    json
}

fn grants(random: &mut Random) -> Vec<&'static str> {
    GRANTS.into_iter().filter(|_| !random.once_in(4)).collect()
}

fn claims(random: &mut Random) -> Value {
    let mut claims = Vec::new();
    for (name, kind) in [("a", "RESOURCE"), ("b", "RESOURCE"), ("a", "IDENTITY")] {
        if random.once_in(3) {
            continue;
        }
        let mut scopes = random.some(&SCOPES, 2);
        if random.once_in(4) {
            scopes.push("openid".to_owned());
        }
        scopes.sort();
        scopes.dedup();
        let value = format!("'{}'", random.below(2));
        claims.push(json!({"name": name, "claimType": kind, "valueType": "EXPRESSION", "value": value, "conditions": {"scopes": scopes}}));
    }
    Value::Array(claims)
}

/// Up to six changes of one organisation, or another one altogether.
fn changed(json: &Value, random: &mut Random) -> Value {
    if random.once_in(4) {
        return with_more(random);
    }
    let mut json = json.clone();
    for _ in 0..random.below(7) {
        let kind = random.below(13);
        let app = random.below(CLIENTS.len());
        let server = &mut json["authorizationServers"][0];
        match kind {
            0 => server["claims"] = claims(random),
            1 => {
                let scope = &mut server["scopes"][random.below(SCOPES.len())];
                scope["default"] = json!(random.once_in(2));
                scope["consent"] = json!(["IMPLICIT", "REQUIRED"][random.below(2)]);
            }
            2 => json["apps"][app]["settings"]["oauthClient"]["grant_types"] = json!(grants(random)),
            12 => server["chancery"]["tokenPolicies"] = brute::denials(random),
            3 => json["apps"][app]["status"] = json!(["ACTIVE", "INACTIVE"][random.below(2)]),
            _ => {
                let policies = server["policies"].as_array_mut().unwrap();
                if policies.is_empty() {
                    continue;
                }
                let place = random.below(policies.len());
                let policy = &mut policies[place];
                let rules = policy["rules"].as_array_mut().unwrap();
                let minutes = 5 * (1 + random.below(3));
                if kind == 4 || rules.is_empty() {
                    policy["conditions"]["clients"]["include"] = json!(random.some(&CLIENTS, 3));
                    continue;
                }
                let place = random.below(rules.len());
                match kind {
                    5 => {
                        let mut rule = random.rule(minutes);
                        if rules.len() <= 8 {
                            brute::crowd(&mut rule, random);
                        }
                        rules.insert(place, rule);
                    }
                    6 => drop(rules.remove(place)),
                    // Two change places.
                    8 | 10 | 11 => {
                        let other = random.below(rules.len());
                        let priorities = [place, other].map(|i| rules[i]["priority"].clone());
                        rules.swap(place, other);
                        for (i, priority) in [place, other].into_iter().zip(priorities) {
                            rules[i]["priority"] = priority;
                        }
                    }
                    7 => rules[place]["actions"]["token"]["accessTokenLifetimeMinutes"] = json!(minutes),
                    _ => {
                        let new = random.rule(minutes);
                        let part = ["people", "scopes", "grantTypes"][random.below(3)];
                        match new["conditions"].get(part) {
                            Some(condition) => rules[place]["conditions"][part] = condition.clone(),
                            None => drop(rules[place]["conditions"].as_object_mut().unwrap().remove(part)),
                        }
                    }
                }
            }
        }
    }
    json
}

/// Effects on one kind of request.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    gained: BTreeSet<Set>,
    lost: BTreeSet<Set>,
    singles: [Set; 2],
    lifetimes: BTreeMap<(i64, i64), BTreeSet<Set>>,
    defaults: Option<[Option<(Set, i64)>; 2]>,
    claims: BTreeSet<String>,
    /// What is denied now, and what is no more: single scopes, for sure and by an expression.
    denied: [Set; 2],
    admitted: [Set; 2],
}

fn largest(sets: &BTreeSet<Set>) -> BTreeSet<Set> {
    let within = |set: &Set| sets.iter().any(|other| other != set && set & !other == 0);
    sets.iter().copied().filter(|set| !within(set)).collect()
}

/// One organisation's part of a request.
struct Side<'p> {
    plain: &'p Plain<'p>,
    claims: &'p Value,
    matches: Vec<Match>,
    open: Set,
    /// Scopes that token policies refuse: for sure, and by an expression.
    refused: [Set; 2],
}

impl<'p> Side<'p> {
    fn new(
        plain: &'p Plain<'p>,
        rules: &[Rule<'_>],
        claims: &'p Value,
        (client, used, human): (&str, Used, &Option<Human>),
    ) -> Self {
        let matches =
            if plain.may(client, used) { brute::matching(rules, client, used, human) } else { Vec::new() };
        let open = plain.open(used);
        let refused = [true, false].map(|is_plain| {
            let denies = plain.denies().into_iter().filter(|deny| deny.is_plain == is_plain);
            denies.fold(0, |all, deny| all | deny.refuses(client, used, human))
        });
        Self { plain, claims, matches, open, refused }
    }

    fn minutes(&self, set: Set) -> Option<i64> {
        brute::decide(&self.matches, self.open, set).map(|found| found.minutes)
    }

    /// The scopes that some rule grants.
    fn granted(&self) -> Set {
        self.matches.iter().fold(0, |all, found| all | found.covers) & self.open
    }

    fn defaults(&self, used: Used) -> Option<(Set, i64)> {
        let defaults = self.plain.defaults(used);
        let found = brute::decide_defaults(&self.matches, defaults)?;
        Some((found.covers & defaults, found.minutes))
    }

    /// The claims that some token can carry, by token and name, with their definitions.
    fn claims(&self, human: &Option<Human>) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for claim in self.claims.as_array().into_iter().flatten() {
            let condition = brute::lists(&claim["conditions"]["scopes"]);
            let id = claim["claimType"] == "IDENTITY";
            let carried = SETS
                .filter(|set| self.minutes(*set).is_some())
                .any(|set| brute::carries(&condition, set) && (!id || human.is_some() && set >= 0x40));
            if carried {
                let key = format!("{} {}", claim["claimType"], claim["name"]);
                found.insert(key, format!("{} {condition}", claim["value"]));
            }
        }
        found
    }
}

fn expected(old: &Side<'_>, new: &Side<'_>, used: Used, human: &Option<Human>) -> Seen {
    let mut seen = Seen::default();
    for set in SETS {
        let single = if set.is_power_of_two() { set } else { 0 };
        match (old.minutes(set), new.minutes(set)) {
            (None, Some(_)) => {
                seen.gained.insert(set);
                seen.singles[0] |= single;
            }
            (Some(_), None) => {
                seen.lost.insert(set);
                seen.singles[1] |= single;
            }
            (Some(before), Some(after)) if before != after => {
                seen.lifetimes.entry((before, after)).or_default().insert(set);
            }
            _ => {}
        }
    }
    let (before, after) = (old.defaults(used), new.defaults(used));
    if !used.1 && before != after {
        seen.defaults = Some([before, after]);
    }
    let (before, after) = (old.claims(human), new.claims(human));
    for key in before.keys().chain(after.keys()) {
        let what = match (before.get(key), after.get(key)) {
            (Some(_), None) => "lost",
            (None, Some(_)) => "gained",
            (Some(a), Some(b)) if a != b => "changed",
            _ => continue,
        };
        seen.claims.insert(format!("{what} {key}"));
    }
    let (had, have) = (old.granted(), new.granted());
    let [before, after] = [old, new].map(|side| side.refused);
    for kind in 0..2 {
        // What was refused for sure is no news, whatever else refuses it.
        let was = before[0] | before[kind];
        let is = after[0] | after[kind];
        seen.denied[kind] = have & after[kind] & !(had & was);
        seen.admitted[kind] = had & before[kind] & have & !is;
    }
    seen.gained = largest(&seen.gained);
    seen.lost = largest(&seen.lost);
    seen.lifetimes.values_mut().for_each(|sets| *sets = largest(sets));
    seen
}

/// What the comparison says of one kind of request, each statement checked by itself.
fn found(
    diff: &Diff,
    old: &Side<'_>,
    new: &Side<'_>,
    (client, used, human): (&str, Used, &Option<Human>),
) -> Seen {
    let concerns = |change: &&Change| {
        change.clients().iter().any(|id| id.as_str() == client)
            && change.uses().iter().any(|one| one.to_string() == brute::shown(used))
            && change.people().includes(brute::person(human))
    };
    let mut seen = Seen::default();
    let minutes = |lifetimes: chancery::model::Lifetimes| i64::from(lifetimes.access_token.as_seconds() / 60);
    for change in diff.changes().iter().filter(concerns) {
        for effect in change.effects() {
            let mut claim = |what: &str, claim: &chancery::analyse::ClaimDefinition| {
                let kind = if claim.token() == Token::Id { "IDENTITY" } else { "RESOURCE" };
                // An ID token is about a user.
                if kind == "RESOURCE" || human.is_some() {
                    seen.claims.insert(format!("{what} \"{kind}\" \"{}\"", claim.name()));
                }
            };
            match effect {
                Effect::ScopesGained { scopes } => {
                    for set in scopes.iter().map(|scope| brute::set(std::slice::from_ref(scope))) {
                        assert!(old.minutes(set).is_none() && new.minutes(set).is_some(), "{change}");
                        seen.singles[0] |= set;
                        seen.gained.insert(set);
                    }
                }
                Effect::ScopesLost { scopes } => {
                    for set in scopes.iter().map(|scope| brute::set(std::slice::from_ref(scope))) {
                        assert!(old.minutes(set).is_some() && new.minutes(set).is_none(), "{change}");
                        seen.singles[1] |= set;
                        seen.lost.insert(set);
                    }
                }
                Effect::TogetherGained { scopes } => {
                    let set = brute::set(scopes);
                    assert!(old.minutes(set).is_none() && new.minutes(set).is_some(), "{change}");
                    seen.gained.insert(set);
                }
                Effect::TogetherLost { scopes } => {
                    let set = brute::set(scopes);
                    assert!(old.minutes(set).is_some() && new.minutes(set).is_none(), "{change}");
                    seen.lost.insert(set);
                }
                Effect::Lifetimes { scopes, before, after } => {
                    let (set, pair) = (brute::set(scopes), (minutes(*before), minutes(*after)));
                    assert_eq!(
                        (old.minutes(set), new.minutes(set)),
                        (Some(pair.0), Some(pair.1)),
                        "{change}"
                    );
                    seen.lifetimes.entry(pair).or_default().insert(set);
                }
                Effect::Defaults { before, after } => {
                    assert!(seen.defaults.is_none(), "said twice: {change}");
                    seen.defaults = Some([before, after].map(|grant| {
                        grant.as_ref().map(|grant| (brute::set(grant.scopes()), minutes(grant.lifetimes())))
                    }));
                }
                Effect::ClaimGained { claim: one } => claim("gained", one),
                Effect::ClaimLost { claim: one } => claim("lost", one),
                Effect::ClaimChanged { before, .. } => claim("changed", before),
                Effect::Denied { denial } => {
                    let kind = usize::from(!denial.when().is_empty());
                    let single = |scope: &String| brute::set(std::slice::from_ref(scope));
                    seen.denied[kind] |= denial.scopes().iter().map(single).fold(0, |all, set| all | set);
                }
                Effect::NoLongerDenied { denial } => {
                    let kind = usize::from(!denial.when().is_empty());
                    let single = |scope: &String| brute::set(std::slice::from_ref(scope));
                    seen.admitted[kind] |= denial.scopes().iter().map(single).fold(0, |all, set| all | set);
                }
                _ => unreachable!(),
            }
        }
    }
    seen.gained = largest(&seen.gained);
    seen.lost = largest(&seen.lost);
    seen.lifetimes.values_mut().for_each(|sets| *sets = largest(sets));
    seen
}

fn compiled(json: &Value) -> Org {
    org::compile(json).unwrap_or_else(|errors| panic!("{errors}\n{json:#}"))
}

#[test]
fn changes_are_those_of_every_request() {
    let (mut same, mut differ, mut decided) = (0, 0, 0);
    let (mut denied, mut admitted) = ([0, 0], [0, 0]);
    for round in 0..rounds(100) {
        let mut random = Random::new(2_000_000 + round as u64);
        let old_json = with_more(&mut random);
        let new_json = changed(&old_json, &mut random);
        let (old_plain, new_plain) = (Plain::new(&old_json), Plain::new(&new_json));
        let (old_rules, new_rules) = (old_plain.rules(), new_plain.rules());
        let (old, new) = (compiled(&old_json), compiled(&new_json));
        let said = diff(&old, &new);
        assert_eq!(said.undecided(), []);
        // Whatever the bound, what is said is so, and what is not said is undecided.
        let short = diff_within(&old, &new, random.below(3000) as u64);
        let people = brute::people();
        for (client, used) in
            brute::clients().flat_map(|client| USES.into_iter().map(move |used| (client, used)))
        {
            for human in people.iter().filter(|human| brute::is_possible(used, human)) {
                let request = (client, used, human);
                let old_side = Side::new(
                    &old_plain,
                    &old_rules,
                    &old_json["authorizationServers"][0]["claims"],
                    request,
                );
                let new_side = Side::new(
                    &new_plain,
                    &new_rules,
                    &new_json["authorizationServers"][0]["claims"],
                    request,
                );
                let expected = expected(&old_side, &new_side, used, human);
                let found = found(&said, &old_side, &new_side, request);
                assert_eq!(found, expected, "round {round}: {request:?}\n{said}\n{old_json:#}\n{new_json:#}");
                let undecided = short.undecided().iter().any(|left| {
                    left.clients().iter().any(|id| id.as_str() == client)
                        && left.uses().iter().any(|one| one.to_string() == brute::shown(used))
                });
                if !undecided {
                    assert_eq!(
                        self::found(&short, &old_side, &new_side, request),
                        expected,
                        "round {round}, short: {request:?}"
                    );
                    decided += 1;
                }
                for kind in 0..2 {
                    denied[kind] += usize::from(expected.denied[kind] != 0);
                    admitted[kind] += usize::from(expected.admitted[kind] != 0);
                }
                if expected == Seen::default() { same += 1 } else { differ += 1 }
            }
        }
    }
    assert!(
        denied.iter().chain(&admitted).all(|times| times * 500 > differ),
        "{denied:?} {admitted:?} {differ}"
    );
    assert!(same * 20 > differ && differ * 20 > same, "{same} alike, {differ} not");
    assert!(decided * 20 > same && decided < same + differ, "{decided} decided within a short bound");
}

#[test]
fn nothing_changes_from_an_organisation_to_itself() {
    let mut random = Random::new(3);
    let json = with_more(&mut random);
    assert!(diff(&compiled(&json), &compiled(&json)).is_empty());
}
