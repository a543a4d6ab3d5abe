//! Hostile and unlucky files: no secret is shown, nothing panics, a wrong part spoils the whole.

use chancery::model::{Document, Org};
use proptest::prelude::*;
use serde_json::{Value, json};

const BASE: &str = include_str!("../../data/config/base.json");

/// A286: whatever is wrong around a secret, no four characters of it are shown.
#[test]
fn a286_no_message_shows_a_secret() {
    const SECRET: &str = "Zq7Xw9Kp2Lm4Vt8R";
    let put = |pointer: &str, value: Value| {
        let mut file: Value = serde_json::from_str(BASE).unwrap();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        file.pointer_mut(parent).unwrap()[key] = value;
        file
    };
    let key = |member: &str, value: &str| {
        let mut key = json!({ "kty": "EC", "crv": "P-256", "kid": "k1",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
        key[member] = value.into();
        json!({ "keys": [key] })
    };
    let files = [
        put("/apps/0/credentials/oauthClient/client_secret", json!([SECRET])),
        put("/apps/0/credentials/oauthClient/client_secret", json!({ "value": SECRET })),
        put(
            "/apps/0/credentials/secrets",
            json!([SECRET, { "client_secret": [SECRET] }, { "client_secret": SECRET, "status": 1 }]),
        ),
        put("/apps/0/secrets", json!(SECRET)),
        put("/apps/0/settings/oauthClient/jwks", key("d", SECRET)),
        put("/apps/0/settings/oauthClient/jwks", key("x", SECRET)),
        put("/apps/0/settings/oauthClient/jwks", json!({ "keys": [{ "kty": "oct", "k": SECRET }, SECRET] })),
        put("/users/0/credentials", json!({ "password": { "value": SECRET }, "recovery_question": SECRET })),
        put(
            "/inlineHooks/0/channel/config",
            json!({ "uri": format!("http://u:{SECRET}@x.example.com"), "authScheme": { "value": format!("{SECRET}\n") } }),
        ),
        put("/baseUrl", json!(format!("https://admin:{SECRET}@id.example.com"))),
        put(
            "/apps/1/settings/oauthClient/redirect_uris",
            json!([format!("https://u:{SECRET}@x.example.com/")]),
        ),
    ];
    for (i, file) in files.into_iter().enumerate() {
        let document = Document::from_json(file.clone()).unwrap();
        let mut shown = format!("{document:?}");
        match document.compile() {
            Ok(org) => shown.push_str(&format!("{org:?}")),
            Err(errors) => shown.push_str(&format!("{errors} {errors:?} {:?}", errors.warnings())),
        }
        let shows_it = |shown: &str| {
            let parts: Vec<_> =
                SECRET.as_bytes().windows(4).map(|part| String::from_utf8_lossy(part)).collect();
            parts.iter().any(|part| shown.contains(&**part))
        };
        assert!(!shows_it(&shown), "{i}: {shown}");
        // The same as text, broken off in the middle of the secret.
        let text = file.to_string();
        let (before, _) = text.split_once(SECRET.split_at(8).1).unwrap();
        assert!(!shows_it(&Document::parse(before).unwrap_err().to_string()));
    }
}

/// A282: one wrong client among ninety-nine good ones refuses the file.
#[test]
fn a282_one_mistake_refuses_the_whole_file() {
    let client = |i: usize| {
        let id = if i == 57 { "0oa bad".to_owned() } else { format!("0oaclient{i}") };
        json!({ "id": id, "name": "oidc_client" })
    };
    let apps: Vec<_> = (0..100).map(client).collect();
    let file = json!({ "baseUrl": "https://id.example.com", "apps": apps });
    let errors = Document::from_json(file).unwrap().compile().unwrap_err();
    assert_eq!(errors.mistakes().len(), 1);
    assert_eq!(errors.mistakes()[0].path(), "apps[57].id");
}

/// No line of a log can be forged, and no message grows with the file.
#[test]
fn messages_are_one_line_and_short() {
    for name in ["a\nb\r\u{1b}[31m\u{202e}".to_owned(), "x".repeat(100_000)] {
        let file = json!({ "baseUrl": name, "authorizationServers": [{ "id": name, "audiences": [name, "a:b c"],
            "scopes": [{ "name": format!("{name} ") }], "issuerMode": name }], "chancery": { name.clone(): 1 },
            "apps": [{ "credentials": { "oauthClient": { "client_id": format!("{name}é") } } }] });
        let errors = Document::from_json(file).unwrap().compile().unwrap_err();
        for mistake in errors.mistakes() {
            let shown = mistake.to_string();
            assert!(shown.len() < 1000, "{}", shown.len());
            assert!(!shown.chars().any(|c| c.is_control() || c == '\u{202e}'), "{shown:?}");
        }
    }
}

#[test]
fn deep_and_wide_files_do_no_harm() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Document::parse(deep).is_err());
    let nested = format!("{{\"users\":{}{}}}", "[".repeat(100), "]".repeat(100));
    assert!(Document::parse(nested).unwrap().compile().is_err());
    let wide = format!("{{\"users\":[{}1]}}", "1,".repeat(50_000));
    assert_eq!(Document::parse(wide).unwrap().compile().unwrap_err().mistakes().len(), 50_002);
}

/// What every compiled organisation promises, whatever it was made of.
fn check_invariants(org: &Org) {
    let org_server = org.org_server().expect("always there");
    assert_eq!(org_server.issuer().as_str(), org.base().as_str());
    for server in org.servers() {
        assert!(server.audiences().count() > 0);
        assert!(server.algorithm().signs_tokens());
        assert!(server.issuer().as_str().starts_with("http"));
        for name in ["openid", "profile", "email", "offline_access"] {
            assert_eq!(server.scopes().filter(|scope| scope.name().as_str() == name).count(), 1);
        }
        let names: std::collections::HashSet<_> = server.scopes().map(|scope| scope.name()).collect();
        assert_eq!(names.len(), server.scopes().count());
        for claim in server.access_claims() {
            assert!(!chancery::types::is_reserved_access_claim(claim.name()));
        }
        for claim in server.id_claims() {
            assert!(!chancery::types::is_reserved_id_claim(claim.name()));
        }
        for (_, rule) in server.policies().rules() {
            let lifetimes = rule.lifetimes();
            assert!((300..=86_400).contains(&lifetimes.access_token.as_seconds()));
            assert!(lifetimes.refresh_token.is_none_or(|refresh| refresh >= lifetimes.access_token));
            assert!((600..=157_680_000).contains(&lifetimes.refresh_token_window.as_seconds()));
        }
    }
    for client in org.clients() {
        assert!(client.redirect_uris().iter().all(|uri| !uri.contains('#')));
        assert_ne!(client.id().as_str(), "ALL_CLIENTS");
    }
    for user in org.users() {
        assert!(!user.login().is_empty());
        assert!(
            user.groups().iter().all(|group| org.group(group.as_str()).is_some() && group != org.everyone())
        );
    }
}

/// Every place in a value, as a pointer.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| places(value, format!("{at}/{key}"), found)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, value)| places(value, format!("{at}/{i}"), found))
        }
        _ => {}
    }
    found.push(at);
}

fn values() -> impl Strategy<Value = Value> {
    let texts = prop::sample::select(vec![
        "",
        "*",
        "ACTIVE",
        "INACTIVE",
        "ALL_CLIENTS",
        "EVERYONE",
        "openid",
        "default",
        "00uada",
        "Staff",
        "billing",
        "client_credentials",
        "user.department",
        "((((",
        "REGEX",
        "GROUPS",
        "SYSTEM",
        "IDENTITY",
        "https://x.example.com",
        "a\u{0}b",
        "é",
        "okta.x",
        "none",
        "private_key_jwt",
        "v1",
        "..",
    ]);
    prop_oneof![
        texts.prop_map(|text| Value::from(text.to_owned())),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!({})),
        Just(json!([])),
        ".{0,12}".prop_map(Value::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing panics, and what is accepted keeps its promises.
    #[test]
    fn mutated_files_are_refused_or_sound(changes in prop::collection::vec((any::<prop::sample::Index>(), values(), 0..4u8), 1..6)) {
        let mut file: Value = serde_json::from_str(BASE).unwrap();
        for (place, value, kind) in changes {
            let mut found = Vec::new();
            places(&file, String::new(), &mut found);
            let pointer = place.get(&found).clone();
            let Some(target) = file.pointer_mut(&pointer) else { continue };
            match (kind, target) {
                (0, Value::Array(list)) => list.push(value),
                // The same element twice: duplicate ids, names and priorities.
                (1, Value::Array(list)) => list.extend(list.first().cloned()),
                (2, Value::Object(map)) => drop(map.pop_first_entry()),
                (_, target) => *target = value,
            }
        }
        let Ok(document) = Document::from_json(file) else { return Ok(()) };
        let again = Document::parse(document.to_string_pretty());
        prop_assert_eq!(again.as_ref().ok(), Some(&document));
        match document.compile() {
            Ok(org) => {
                check_invariants(&org);
                prop_assert!(document.without_secrets().compile().is_ok());
            }
            Err(errors) => prop_assert!(!errors.mistakes().is_empty()),
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = Document::parse(&text);
    }
}

/// Removing some member of an object.
trait PopFirst {
    fn pop_first_entry(&mut self) -> Option<(String, Value)>;
}

impl PopFirst for serde_json::Map<String, Value> {
    fn pop_first_entry(&mut self) -> Option<(String, Value)> {
        let key = self.keys().next()?.clone();
        self.remove_entry(&key)
    }
}
