//! A preview says what the tokens say that a real request gets, and refuses what it is refused.

use chancery::testing::block_on;
use chancery::types::{GrantType, ResponseTypes};
use chancery::{Login, Preview, PreviewRequest};
use serde_json::{Map, Value, json};

use crate::scripted::NOW;
use crate::sign_in::world::{World, claims, json_of, location, sent};

fn preview(world: &World, request: &PreviewRequest) -> Preview {
    block_on(world.issuer.preview(request)).unwrap()
}

/// Without what is drawn anew for each token, and what depends on it.
fn lasting(claims: Value) -> Value {
    let mut claims = claims;
    for name in ["jti", "at_hash", "c_hash"] {
        claims.as_object_mut().unwrap().remove(name);
    }
    claims
}

fn object(claims: Option<Map<String, Value>>) -> Value {
    lasting(Value::Object(claims.unwrap_or_else(|| panic!("no such token"))))
}

fn by_alice(world: &World, client: &str, scope: &str) -> PreviewRequest {
    PreviewRequest::new("default", format!("{client}-client"), GrantType::AuthorizationCode)
        .user("00ualice")
        .scope(scope)
        .nonce("n1")
        .login(world.login("00ualice"))
}

#[test]
fn tokens_of_a_code() {
    let world = World::new();
    for scope in [
        "openid profile email offline_access api:read",
        "openid",
        "openid api:read",
        "api:read",
        "openid profile address phone",
    ] {
        let tokens = world.tokens("web", &[("scope", scope)]);
        let preview = preview(&world, &by_alice(&world, "web", scope));
        assert_eq!(lasting(claims(&tokens["access_token"])), object(preview.access_token.clone()), "{scope}");
        assert_eq!(tokens["scope"], preview.scopes.join(" "));
        assert_eq!(tokens["expires_in"], preview.expires_in.unwrap().as_seconds());
        let refresh = serde_json::to_value(&preview.trace.refresh_token).unwrap();
        assert_eq!(tokens.get("refresh_token").is_some(), refresh["is"] == "issued", "{scope}");
        match tokens.get("id_token") {
            Some(token) => assert_eq!(lasting(claims(token)), object(preview.id_token.clone()), "{scope}"),
            None => assert_eq!(preview.id_token, None),
        }
        let answer = world.userinfo(tokens["access_token"].as_str().unwrap());
        match preview.userinfo.clone() {
            Some(userinfo) => assert_eq!(json_of(&answer), Value::Object(userinfo)),
            None => assert_eq!(answer.status(), 403, "{scope}"),
        }
        told(&preview);
    }
}

/// The trace has every claim of the tokens with its value, and those alone.
fn told(preview: &Preview) {
    let trace = &preview.trace;
    for (token, claims) in
        [(&trace.access_token, &preview.access_token), (&trace.id_token, &preview.id_token)]
    {
        let mut told: Map<String, Value> = Map::new();
        for claim in token.iter().flat_map(|token| &token.claims) {
            let json = serde_json::to_value(&claim.verdict).unwrap();
            if json["is"] == "included" {
                assert_eq!(told.insert(claim.name.clone(), json["value"].clone()), None, "{}", claim.name);
            }
        }
        for change in token.iter().flat_map(|token| &token.changes) {
            let before = told.remove(&change.claim);
            assert_eq!(before, change.before);
            told.extend(change.after.clone().map(|value| (change.claim.clone(), value)));
        }
        // They follow the lifetime, which is told apart.
        told.insert("exp".to_owned(), claims.as_ref().map_or(Value::Null, |claims| claims["exp"].clone()));
        if let Some(claims) = claims {
            assert_eq!(&told, claims);
        }
    }
}

/// The seed's example of a token policy, and others that come after it.
#[test]
fn token_policies() {
    let world = World::new();
    let policies = json!([
        {"name": "Add department claim for internal apps",
         "conditions": {"groups": {"include": ["Staff"]}, "audiences": {"include": ["api://default"]}},
         "actions": [{"addClaim": {"name": "division", "value": "user.department + ' of ' + token.claims.aud",
                                   "valueType": "EXPRESSION", "include": ["ACCESS_TOKEN", "ID_TOKEN"]}}]},
        {"name": "Short", "conditions": {"scopes": {"include": ["api:read"]}},
         "actions": [{"accessTokenLifetimeMinutes": 10}, {"removeClaim": {"name": "dept"}}]},
        {"name": "Elsewhere", "conditions": {"audiences": {"include": ["api://other"]}},
         "actions": [{"deny": {"reason": "never"}}]},
        {"name": "No strangers", "conditions": {"expression": "user.department == 'Strangers'"},
         "actions": [{"deny": {"reason": "strangers"}}]},
    ]);
    world.change(&[
        ("/authorizationServers/0/audiences", json!(["api://default", "api://other"])),
        ("/authorizationServers/0/chancery/tokenPolicies", policies),
    ]);
    for scope in ["openid api:read", "openid", "api:read"] {
        let tokens = world.tokens("web", &[("scope", scope)]);
        let request = by_alice(&world, "web", scope);
        let preview = preview(&world, &request);
        assert_eq!(lasting(claims(&tokens["access_token"])), object(preview.access_token.clone()), "{scope}");
        assert_eq!(tokens["expires_in"], preview.expires_in.unwrap().as_seconds());
        if let Some(token) = tokens.get("id_token") {
            assert_eq!(lasting(claims(token)), object(preview.id_token.clone()), "{scope}");
        }
        told(&preview);
        let steps: Vec<Value> =
            preview.trace.token_policies.iter().map(|step| serde_json::to_value(step).unwrap()).collect();
        assert_eq!(steps.len(), 4);
        assert_eq!(steps[0]["verdict"], json!({"is": "applied", "accessTokenLifetime": null}));
        let lifetime = &steps[1]["verdict"]["accessTokenLifetime"];
        assert_eq!(lifetime.as_u64(), scope.contains("api").then_some(600));
        assert_eq!(steps[2]["verdict"], json!({"is": "unmet", "condition": "audiences.include"}));
        assert_eq!(steps[3]["verdict"], json!({"is": "unmet", "condition": "expression"}));
        // What would be denied says so.
        let denied =
            block_on(world.issuer.explain(&request.with_attribute("department", "Strangers"))).unwrap();
        assert!(
            denied
                .to_string()
                .contains("! `No strangers`: refuses: the token policy `No strangers` denies: strangers"),
            "{denied}"
        );
    }
}

#[test]
fn tokens_of_the_implicit_flow() {
    let world = World::new();
    for types in ["id_token token", "id_token", "token"] {
        let login = world.login("00ualice");
        let scope = "openid profile email api:read";
        let changes = [("response_type", types), ("scope", scope)];
        let reply = sent(world.authorize("web2", &changes, Some(&login)));
        let answer = location(&reply);
        let request = PreviewRequest::new("default", "web2-client", GrantType::Implicit)
            .user("00ualice")
            .scope(scope)
            .nonce("n1")
            .login(login)
            .response_type(ResponseTypes::parse(types).unwrap());
        let preview = preview(&world, &request);
        assert_eq!(preview.trace.refusal, None, "{}", preview.trace);
        for (name, ours) in [("access_token", preview.access_token), ("id_token", preview.id_token)] {
            let theirs = answer.get(name).map(|token| lasting(claims(&json!(token))));
            assert_eq!(theirs, ours.map(|claims| lasting(Value::Object(claims))), "{types} {name}");
        }
    }
}

/// What a request is refused with, its preview says; and nothing is in it then.
#[test]
fn refusals() {
    let world = World::new();
    for (client, user, scope, error) in [
        ("web", "00ualice", "openid nonsense", "invalid_scope"),
        ("web", "00ualice", "profile", "invalid_scope"),
        ("web", "00unobody", "openid", ""),
        ("none", "00ualice", "openid", ""),
    ] {
        let request =
            PreviewRequest::new("default", format!("{client}-client"), GrantType::AuthorizationCode);
        let answer = block_on(world.issuer.preview(&request.user(user).scope(scope)));
        match answer {
            Err(_) => assert_eq!(error, "", "{client} {user}"),
            Ok(preview) => {
                let refusal = preview.trace.refusal.clone().unwrap();
                assert_eq!(refusal.error, error, "{}", preview.trace);
                let login = Login::new(user, chancery::types::Timestamp::from_unix(NOW)).amr("pwd");
                let reply = sent(world.authorize(client, &[("scope", scope)], Some(&login)));
                let answer = location(&reply);
                assert_eq!(
                    (answer["error"].as_str(), &answer["error_description"]),
                    (error, &refusal.description)
                );
                assert!(preview.access_token.is_none() && preview.id_token.is_none());
            }
        }
    }
}

/// A preview is no token: nothing in it verifies, and the store and the keys are not touched.
#[test]
fn nothing_of_a_preview_is_a_token() {
    struct Untouched;
    impl chancery::host::KeyStore for Untouched {
        async fn keys(
            &self,
            _: Option<&chancery::types::ServerId>,
            _: chancery::jose::Algorithm,
        ) -> Result<chancery::host::ServerKeys, chancery::Fault> {
            panic!("a preview asks for keys")
        }
        async fn sign(&self, _: &chancery::types::KeyId, _: &[u8]) -> Result<Vec<u8>, chancery::Fault> {
            panic!("a preview signs")
        }
    }
    impl chancery::host::GrantStore for Untouched {
        async fn insert(
            &self,
            _: chancery::host::GrantKey,
            _: chancery::host::GrantRecord,
            _: chancery::types::Timestamp,
        ) -> Result<bool, chancery::Fault> {
            panic!("a preview stores")
        }
        async fn get(
            &self,
            _: &chancery::host::GrantKey,
            _: chancery::types::Timestamp,
        ) -> Result<Option<chancery::host::GrantRecord>, chancery::Fault> {
            panic!("a preview reads the store")
        }
        async fn swap(
            &self,
            _: &chancery::host::GrantKey,
            _: &[u8],
            _: chancery::host::GrantRecord,
            _: chancery::types::Timestamp,
        ) -> Result<bool, chancery::Fault> {
            panic!("a preview stores")
        }
    }
    let world = World::new();
    let org = crate::scripted::org::compile(&world.org).unwrap();
    let issuer = chancery::Issuer::new(org, Untouched).with_grants(Untouched).with_clock(world.clock.clone());
    let preview = block_on(issuer.preview(&by_alice(&world, "web", "openid offline_access"))).unwrap();
    assert!(preview.access_token.is_some() && preview.id_token.is_some());
    let json = serde_json::to_string(&preview).unwrap();
    // Neither a JWS nor a secret of a grant: nothing with two dots and no 43 characters of randomness.
    assert!(!json.contains("eyJ"), "{json}");
}
