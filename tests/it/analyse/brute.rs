//! Every request that the policies of a small random organisation could meet, decided by the plain
//! reading of its JSON.

use chancery::model::Person;
use chancery::types::{GroupId, UserId};
use serde_json::{Value, json};

use crate::policy::random::{self, CLIENTS, GROUPS, Random, SCOPES, USERS};
use crate::policy::reference::{Asked, covers, in_order, is_for, texts};

/// The scopes that no rule names: only `*` covers them, so one stands for all.
pub(super) const SYSTEM: [&str; 7] =
    ["openid", "profile", "email", "address", "phone", "offline_access", "device_sso"];
/// A set of scopes: a bit for each of [`SCOPES`], and one for all of [`SYSTEM`].
pub(super) type Set = u8;
pub(super) const SETS: std::ops::RangeInclusive<Set> = 1..=0x7F;
const SYSTEM_BIT: Set = 1 << 6;

/// A grant type, and whether it is refreshed.
pub(super) type Used = (&'static str, bool);

/// Of the grant types that no rule lists, one stands for all.
pub(super) const USES: [Used; 6] = [
    ("client_credentials", false),
    ("authorization_code", false),
    ("password", false),
    ("authorization_code", true),
    ("password", true),
    ("urn:ietf:params:oauth:grant-type:device_code", true),
];

pub(super) fn shown((grant, refresh): Used) -> String {
    format!("{grant}{}", if refresh { " refreshed" } else { "" })
}

pub(super) fn set(names: &[String]) -> Set {
    let bit = |name: &String| match SCOPES.iter().position(|scope| scope == name) {
        Some(place) => 1 << place,
        None => SYSTEM_BIT,
    };
    let set = names.iter().map(bit).fold(0, |set, bit| set | bit);
    let system = names.iter().filter(|name| SYSTEM.contains(&name.as_str())).count();
    assert!(system == 0 || system == SYSTEM.len() || names.len() == 1, "{names:?}");
    set
}

#[derive(Debug, Clone)]
pub(super) struct Human {
    pub(super) id: UserId,
    pub(super) groups: Vec<GroupId>,
}

/// No user, and each named user and one more in each set of groups.
pub(super) fn people() -> Vec<Option<Human>> {
    let mut people = vec![None];
    for id in USERS.into_iter().chain(["00uother"]) {
        for member in 0..8 {
            let groups = (0..3).filter(|i| member >> i & 1 == 1).map(|i| GroupId::from(GROUPS[i])).collect();
            people.push(Some(Human { id: UserId::from(id), groups }));
        }
    }
    people
}

pub(super) fn person(human: &Option<Human>) -> Option<Person<'_>> {
    human.as_ref().map(|human| Person { id: &human.id, groups: &human.groups })
}

/// The organisation's clients, and one that no policy names.
pub(super) fn clients() -> impl Iterator<Item = &'static str> {
    CLIENTS.into_iter().chain(["client-other"])
}

/// Whether such a request can be at all: machines are without users, the others are not.
pub(super) fn is_possible(used: Used, human: &Option<Human>) -> bool {
    (used.0 == "client_credentials") == human.is_none()
}

/// A random organisation. In every other one few rules compete for few scopes, so that conditions of
/// people decide what is left to whom.
pub(super) fn organisation(random: &mut Random) -> Value {
    let mut json = random::organisation(random);
    if random.once_in(2) {
        return json;
    }
    let policies = json["authorizationServers"][0]["policies"].as_array_mut().unwrap();
    for policy in policies {
        if !random.once_in(4) {
            policy["conditions"]["clients"]["include"] = json!(["ALL_CLIENTS"]);
        }
        let rules = policy["rules"].as_array_mut().unwrap();
        rules.truncate(8);
        for rule in rules {
            crowd(rule, random);
        }
    }
    json
}

pub(super) fn crowd(rule: &mut Value, random: &mut Random) {
    let scopes: [&[&str]; 4] = [&["*"], &["s0", "s1"], &["s0"], &["s1", "s2"]];
    let conditions = &mut rule["conditions"];
    conditions["scopes"]["include"] = json!(scopes[random.below(4)]);
    if !random.once_in(4) {
        conditions["grantTypes"]["include"] = json!(["authorization_code"]);
    }
    if !random.once_in(4) {
        let include = match random.below(3) {
            0 => vec!["EVERYONE".to_owned()],
            _ => random.some(&GROUPS[..3], 2),
        };
        let (in_groups, not_groups) = (include, random.some(&GROUPS[..3], 1));
        let (users, not_users) = (random.some(&USERS, 1), random.some(&USERS, 1));
        conditions["people"] = json!({"users": {"include": users, "exclude": not_users}, "groups": {"include": in_groups, "exclude": not_groups}});
    }
}

/// Up to five token policies that deny: most by their conditions alone, some by an expression, too, and some
/// that are INACTIVE.
pub(super) fn denials(random: &mut Random) -> Value {
    let mut policies = Vec::new();
    for _ in 0..random.below(6) {
        let mut conditions = json!({});
        if random.once_in(3) {
            conditions["clients"] = json!({"include": random.some(&CLIENTS, 3)});
        }
        if random.once_in(3) {
            conditions["scopes"] = json!({"include": random.some(&SCOPES, 4)});
        }
        if random.once_in(3) {
            let grants = ["client_credentials", "authorization_code", "password", "refresh_token"];
            conditions["grantTypes"] = json!({"include": random.some(&grants, 3)});
        }
        if random.once_in(2) {
            let groups =
                if random.once_in(4) { random.some(&GROUPS, 2) } else { random.some(&GROUPS[..3], 2) };
            conditions["groups"] = json!({"include": groups, "exclude": random.some(&GROUPS[..3], 1)});
        }
        let mut policy =
            json!({"name": "d", "conditions": conditions, "actions": [{"deny": {"reason": "r"}}]});
        match random.below(8) {
            0 => policy["conditions"]["expression"] = json!("1 == 1"),
            1 => policy["status"] = json!("INACTIVE"),
            _ => {}
        }
        policies.push(policy);
    }
    Value::Array(policies)
}

/// The conditions of a token policy, read plainly.
pub(super) struct Deny<'j> {
    conditions: &'j Value,
    pub(super) place: usize,
    pub(super) is_plain: bool,
}

impl Deny<'_> {
    /// The scopes with which it refuses such a request.
    pub(super) fn refuses(&self, client: &str, used: Used, human: &Option<Human>) -> Set {
        let listed = |key: &str| {
            let list = &self.conditions[key]["include"];
            (!list.is_null()).then(|| texts(list))
        };
        let groups: Vec<&str> =
            human.iter().flat_map(|human| &human.groups).map(chancery::types::GroupId::as_str).collect();
        let excluded = texts(&self.conditions["groups"]["exclude"]);
        // Two empty lists say nothing.
        let included = listed("groups").filter(|list| !(list.is_empty() && excluded.is_empty()));
        let in_group = |names: &[&str]| names.iter().any(|name| groups.contains(name));
        let holds = listed("clients").is_none_or(|list| list.contains(&client))
            && listed("grantTypes")
                .is_none_or(|list| list.contains(&used.0) || used.1 && list.contains(&"refresh_token"))
            && included.is_none_or(|list| list.contains(&"EVERYONE") || in_group(&list))
            && !in_group(&excluded);
        match listed("scopes") {
            _ if !holds => 0,
            None => 0x7F,
            Some(list) => list.iter().fold(0, |all, name| all | set(&[(*name).to_owned()])),
        }
    }
}

/// A rule that matches in all but scopes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Match {
    /// Where it stands in the file: policy and rule.
    pub(super) at: (usize, usize),
    pub(super) covers: Set,
    pub(super) minutes: i64,
}

/// An organisation of [`crate::policy::random`], read plainly.
pub(super) struct Plain<'j> {
    json: &'j Value,
    server: &'j Value,
}

impl<'j> Plain<'j> {
    pub(super) fn new(json: &'j Value) -> Self {
        Self { json, server: &json["authorizationServers"][0] }
    }

    /// Where the rule's JSON stands in the file.
    fn place(&self, rule: &Value) -> (usize, usize) {
        let policies = self.server["policies"].as_array().unwrap().iter().enumerate();
        policies
            .flat_map(|(p, policy)| {
                policy["rules"].as_array().unwrap().iter().enumerate().map(move |(r, rule)| (p, r, rule))
            })
            .find(|(_, _, listed)| std::ptr::eq(*listed, rule))
            .map(|(p, r, _)| (p, r))
            .unwrap()
    }

    /// The active rules, in order, with what decides whether they match.
    pub(super) fn rules(&self) -> Vec<Rule<'j>> {
        let mut rules = Vec::new();
        for policy in in_order(&self.server["policies"]) {
            for rule in in_order(&policy["rules"]) {
                let scopes = (0..6).filter(|i| covers(rule, SCOPES[*i])).fold(0, |set, i| set | 1 << i);
                let system = if covers(rule, "openid") { SYSTEM_BIT } else { 0 };
                rules.push(Rule {
                    at: self.place(rule),
                    rule,
                    clients: texts(&policy["conditions"]["clients"]["include"]),
                    grants: texts(&rule["conditions"]["grantTypes"]["include"]),
                    covers: scopes | system,
                });
            }
        }
        rules
    }

    /// The ACTIVE token policies that deny.
    pub(super) fn denies(&self) -> Vec<Deny<'j>> {
        let policies = self.server["chancery"]["tokenPolicies"].as_array().into_iter().flatten().enumerate();
        policies
            .filter(|(_, policy)| policy["status"] != "INACTIVE")
            .map(|(place, policy)| {
                let conditions = &policy["conditions"];
                Deny { conditions, place, is_plain: conditions["expression"].is_null() }
            })
            .collect()
    }

    fn scope(&self, place: usize) -> &'j Value {
        &self.server["scopes"][place]
    }

    /// The scopes that such a request can have.
    pub(super) fn open(&self, used: Used) -> Set {
        if used.0 != "client_credentials" {
            return 0x7F;
        }
        (0..6).filter(|i| self.scope(*i)["consent"] != "REQUIRED").fold(0, |set, i| set | 1 << i)
    }

    /// The scopes of a request that names none.
    pub(super) fn defaults(&self, used: Used) -> Set {
        (0..6).filter(|i| self.scope(*i)["default"] == true).fold(0, |set, i| set | 1 << i) & self.open(used)
    }

    /// Whether the client exists and may ask so.
    pub(super) fn may(&self, client: &str, used: Used) -> bool {
        let apps = self.json["apps"].as_array().unwrap();
        let Some(app) = apps.iter().find(|app| app["id"] == client) else { return false };
        let grants = texts(&app["settings"]["oauthClient"]["grant_types"]);
        app["status"] != "INACTIVE"
            && self.server["status"] != "INACTIVE"
            && grants.contains(&used.0)
            && (!used.1 || grants.contains(&"refresh_token"))
    }
}

pub(super) struct Rule<'j> {
    pub(super) at: (usize, usize),
    rule: &'j Value,
    clients: Vec<&'j str>,
    grants: Vec<&'j str>,
    covers: Set,
}

/// The rules that match in all but scopes, in order.
pub(super) fn matching(rules: &[Rule<'_>], client: &str, used: Used, human: &Option<Human>) -> Vec<Match> {
    let asked = Asked {
        client: client.to_owned(),
        user: human.as_ref().map(|human| human.id.to_string()),
        groups: human.iter().flat_map(|human| &human.groups).map(ToString::to_string).collect(),
        grant: used.0.to_owned(),
        scopes: Vec::new(),
    };
    let matches = |rule: &&Rule<'_>| {
        (rule.clients.contains(&"ALL_CLIENTS") || rule.clients.contains(&client))
            && (rule.grants.contains(&used.0) || used.1 && rule.grants.contains(&"refresh_token"))
            && is_for(rule.rule, &asked)
    };
    let minutes =
        |rule: &Rule<'_>| rule.rule["actions"]["token"]["accessTokenLifetimeMinutes"].as_i64().unwrap_or(60);
    rules
        .iter()
        .filter(matches)
        .map(|rule| Match { at: rule.at, covers: rule.covers, minutes: minutes(rule) })
        .collect()
}

/// The first that covers all of the scopes, if such a request can have them.
pub(super) fn decide(matches: &[Match], open: Set, wanted: Set) -> Option<&Match> {
    if wanted & !open != 0 {
        return None;
    }
    matches.iter().find(|found| wanted & !found.covers == 0)
}

/// The first that covers any of the default scopes.
pub(super) fn decide_defaults(matches: &[Match], defaults: Set) -> Option<&Match> {
    matches.iter().find(|found| found.covers & defaults != 0)
}

/// Whether claims of this condition are in tokens for these scopes.
pub(super) fn carries(condition: &Value, granted: Set) -> bool {
    let names = texts(condition);
    let named: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    names.is_empty() || named.iter().any(|name| set(std::slice::from_ref(name)) & granted != 0)
}

pub(super) fn lists(value: &Value) -> Value {
    if value.is_null() { json!([]) } else { value.clone() }
}
