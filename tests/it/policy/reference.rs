//! Policies as Okta documents them, read from the JSON rule by rule, with no index.

use serde_json::Value;

#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) client: String,
    pub(crate) user: Option<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) grant: String,
    pub(crate) scopes: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    Granted { minutes: i64, scopes: Vec<String> },
    Refused(u16, String),
}

pub(crate) fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn active(value: &Value) -> bool {
    value["status"] != "INACTIVE"
}

/// The active elements of a list, the lowest priority first.
pub(crate) fn in_order(list: &Value) -> Vec<&Value> {
    let mut placed: Vec<(i64, &Value)> = list
        .as_array()
        .into_iter()
        .flatten()
        .zip(1..)
        .map(|(item, place)| (item["priority"].as_i64().unwrap_or(place), item))
        .collect();
    placed.sort_by_key(|(priority, _)| *priority);
    placed.into_iter().map(|(_, item)| item).filter(|item| active(item)).collect()
}

pub(crate) fn is_for(rule: &Value, asked: &Asked) -> bool {
    let people = &rule["conditions"]["people"];
    let list = |kind: &str, which: &str| texts(&people[kind][which]);
    let in_group = |names: &[&str]| {
        names.iter().any(|name| *name == "EVERYONE" || asked.groups.iter().any(|group| group == name))
    };
    let is_named = |names: &[&str]| asked.user.as_ref().is_some_and(|user| names.contains(&user.as_str()));
    if in_group(&list("groups", "exclude")) || is_named(&list("users", "exclude")) {
        return false;
    }
    let nobody_named = ["users", "groups"]
        .iter()
        .all(|kind| list(kind, "include").is_empty() && list(kind, "exclude").is_empty());
    nobody_named || in_group(&list("groups", "include")) || is_named(&list("users", "include"))
}

pub(crate) fn covers(rule: &Value, scope: &str) -> bool {
    texts(&rule["conditions"]["scopes"]["include"]).iter().any(|covered| *covered == "*" || *covered == scope)
}

fn refused(status: u16, error: &str) -> Outcome {
    Outcome::Refused(status, error.to_owned())
}

pub(crate) fn outcome(org: &Value, asked: &Asked) -> Outcome {
    let server = &org["authorizationServers"][0];
    let scopes = server["scopes"].as_array().unwrap();
    let consent = |name: &str| {
        scopes
            .iter()
            .find(|scope| scope["name"] == name)
            .map(|scope| scope["consent"].as_str().unwrap_or("IMPLICIT"))
    };
    let mut wanted: Vec<String> = Vec::new();
    for scope in &asked.scopes {
        if !wanted.contains(scope) {
            wanted.push(scope.clone());
        }
    }
    let by_default = wanted.is_empty();
    if asked.user.is_none() {
        if by_default {
            let defaults =
                scopes.iter().filter(|scope| scope["default"] == true && scope["consent"] != "REQUIRED");
            wanted = defaults.map(|scope| scope["name"].as_str().unwrap().to_owned()).collect();
            if wanted.is_empty() {
                return refused(400, "invalid_scope");
            }
        }
        if wanted.iter().any(|scope| consent(scope).is_none()) {
            return refused(400, "invalid_scope");
        }
        if wanted.iter().any(|scope| consent(scope) == Some("REQUIRED")) {
            return refused(400, "consent_required");
        }
    } else if by_default || wanted.iter().any(|scope| consent(scope).is_none()) {
        return refused(401, "access_denied");
    }
    for policy in in_order(&server["policies"]) {
        let clients = texts(&policy["conditions"]["clients"]["include"]);
        if !clients.contains(&"ALL_CLIENTS") && !clients.contains(&asked.client.as_str()) {
            continue;
        }
        for rule in in_order(&policy["rules"]) {
            let granted: Vec<String> = wanted.iter().filter(|scope| covers(rule, scope)).cloned().collect();
            let enough = if by_default { !granted.is_empty() } else { granted.len() == wanted.len() };
            let grants = texts(&rule["conditions"]["grantTypes"]["include"]);
            if enough && grants.contains(&asked.grant.as_str()) && is_for(rule, asked) {
                let scopes = if asked.user.is_some() { asked.scopes.clone() } else { granted };
                return Outcome::Granted {
                    minutes: rule["actions"]["token"]["accessTokenLifetimeMinutes"].as_i64().unwrap_or(60),
                    scopes,
                };
            }
        }
    }
    refused(401, "access_denied")
}
