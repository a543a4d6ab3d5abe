//! Random organisations, small enough that rules often compete, and requests to them.

use serde_json::{Value, json};

use super::reference::Asked;

pub(crate) const SECRET: &str = "one-secret-for-all-of-them";
pub(crate) const CLIENTS: [&str; 4] = ["client-a", "client-b", "client-c", "client-d"];
pub(crate) const SCOPES: [&str; 6] = ["s0", "s1", "s2", "s3", "s4", "s5"];
pub(crate) const USERS: [&str; 3] = ["00u0", "00u1", "00u2"];
pub(crate) const GROUPS: [&str; 4] = ["g0", "g1", "g2", "EVERYONE"];
pub(crate) const GRANTS: [&str; 4] =
    ["client_credentials", "authorization_code", "password", "refresh_token"];

/// The same numbers for the same seed (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ mixed >> 31) % end as u64) as usize
    }

    /// True once in `n` times.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Up to `most` of a list, in any order, perhaps one twice.
    pub(crate) fn some(&mut self, of: &[&str], most: usize) -> Vec<String> {
        (0..self.below(most + 1)).map(|_| of[self.below(of.len())].to_owned()).collect()
    }

    fn people(&mut self) -> Value {
        if self.once_in(3) {
            return Value::Null;
        }
        let excludes =
            |random: &mut Self, of: &[&str]| if random.once_in(2) { random.some(of, 1) } else { Vec::new() };
        json!({
            "users": {"include": self.some(&USERS, 1), "exclude": excludes(self, &USERS)},
            "groups": {"include": self.some(&GROUPS, 2), "exclude": excludes(self, &GROUPS)},
        })
    }

    fn placed(&mut self, mut item: Value) -> Value {
        if self.once_in(6) {
            item["status"] = json!("INACTIVE");
        }
        if !self.once_in(4) {
            item["priority"] = json!(self.below(6) as i64 - 1);
        }
        item
    }

    pub(crate) fn rule(&mut self, minutes: usize) -> Value {
        let scopes = if self.once_in(4) { vec!["*".to_owned()] } else { self.some(&SCOPES, 4) };
        let mut rule = json!({
            "name": format!("lives {minutes} minutes"),
            "conditions": {"people": self.people(), "grantTypes": {"include": self.some(&GRANTS, 3)}, "scopes": {"include": scopes}},
            "actions": {"token": {"accessTokenLifetimeMinutes": minutes}},
        });
        if rule["conditions"]["people"].is_null() {
            rule["conditions"].as_object_mut().unwrap().remove("people");
        }
        self.placed(rule)
    }

    pub(super) fn request(&mut self) -> Asked {
        let user = if self.once_in(2) { Some(USERS[self.below(3)].to_owned()) } else { None };
        let groups = if user.is_some() { self.some(&GROUPS[..3], 3) } else { Vec::new() };
        let grant = if user.is_some() { GRANTS[1 + self.below(2)] } else { GRANTS[0] };
        let mut scopes = self.some(&SCOPES, 3);
        if self.once_in(20) {
            scopes.push("s9".to_owned());
        }
        Asked { client: CLIENTS[self.below(4)].to_owned(), user, groups, grant: grant.to_owned(), scopes }
    }
}

/// A default server with policies whose rules all have lifetimes of their own, by which they are told.
pub(crate) fn organisation(random: &mut Random) -> Value {
    let consents = ["IMPLICIT", "IMPLICIT", "IMPLICIT", "FLEXIBLE", "REQUIRED"];
    let scopes: Vec<Value> = SCOPES
        .iter()
        .map(|name| json!({"name": name, "consent": consents[random.below(5)], "default": random.once_in(3)}))
        .collect();
    let mut minutes = 4;
    let mut policies = Vec::new();
    for _ in 0..random.below(5) {
        let clients =
            if random.once_in(2) { vec!["ALL_CLIENTS".to_owned()] } else { random.some(&CLIENTS, 3) };
        // Sometimes many, so that the index splits its lists by scope.
        let count = if random.once_in(4) { 40 } else { random.below(6) };
        let rules: Vec<Value> = (0..count)
            .map(|_| {
                minutes += 1;
                random.rule(minutes)
            })
            .collect();
        policies.push(
            random.placed(
                json!({"name": "p", "conditions": {"clients": {"include": clients}}, "rules": rules}),
            ),
        );
    }
    let apps: Vec<Value> = CLIENTS
        .iter()
        .map(|id| {
            json!({"id": id, "credentials": {"oauthClient": {"client_id": id, "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_post"}},
                "settings": {"oauthClient": {"application_type": "web", "grant_types": GRANTS, "response_types": ["code"], "redirect_uris": ["https://app.test/cb"]}}})
        })
        .collect();
    let users: Vec<Value> = USERS.iter().map(|id| json!({"id": id, "profile": {"login": id}})).collect();
    let groups: Vec<Value> =
        GROUPS[..3].iter().map(|id| json!({"id": id, "profile": {"name": id}})).collect();
    json!({
        "baseUrl": "https://as.test",
        "chancery": {"signing": {"alg": "EdDSA"}},
        "authorizationServers": [{"name": "default", "scopes": scopes, "policies": policies}],
        "apps": apps, "users": users, "groups": groups,
    })
}
