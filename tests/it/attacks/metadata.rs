//! What the issuer says of itself is true, and holds nothing private.

use std::collections::{BTreeSet, HashSet};

use chancery::Verifier;
use chancery::testing::block_on;
use chancery::types::Timestamp;
use serde_json::{Value, json};

use crate::scripted::expect::decoded;
use crate::scripted::request::Request;
use crate::scripted::{NOW, TestClock, issuer, org, rounds};

fn get(issuer: &chancery::Issuer, path: &str) -> Value {
    let reply = Request::new(&json!({}), &json!({"path": path}), NOW).send(issuer);
    assert_eq!(reply.status(), 200, "{path}");
    serde_json::from_str(reply.body()).unwrap()
}

/// A219: keys are published with these members and no others.
#[test]
fn a219_keys_are_public() {
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let org =
            org::patched(&org::base("attacks"), &json!({"server/chancery": {"signing": {"alg": algorithm}}}));
        let issuer = issuer(&org, &TestClock::new());
        let keys = get(&issuer, "/oauth2/default/v1/keys");
        assert_eq!(keys.as_object().unwrap().len(), 1);
        for key in keys["keys"].as_array().unwrap() {
            let allowed = ["kty", "n", "e", "crv", "x", "y", "kid", "use", "alg", "key_ops"];
            let members: Vec<_> = key.as_object().unwrap().keys().collect();
            assert!(members.iter().all(|member| allowed.contains(&member.as_str())), "{members:?}");
            assert_eq!(key["alg"], json!(algorithm), "a server publishes keys of its own algorithm");
        }
    }
}

/// A225: what is listed works, and what is not listed does not.
#[test]
fn a225_metadata_is_true() {
    let org = org::base("attacks");
    let issuer = issuer(&org, &TestClock::new());
    let document = get(&issuer, "/oauth2/default/.well-known/oauth-authorization-server");
    let listed = |name: &str| -> BTreeSet<String> { serde_json::from_value(document[name].clone()).unwrap() };
    let send = |says: Value| Request::new(&org, &says, NOW).send(&issuer);

    let methods = [
        ("client_secret_basic", "web"),
        ("client_secret_post", "web2"),
        ("private_key_jwt", "svc"),
        ("client_secret_jwt", "mac"),
        ("none", "spa"),
    ];
    for (method, client) in methods {
        let says = json!({"path": "/oauth2/default/v1/revoke", "method": "POST", "as": client, "form": {"token": "x"}});
        assert_eq!(send(says).status(), 200, "{method}");
    }
    for endpoint in ["token", "introspection", "revocation"] {
        let known = methods.iter().map(|(method, _)| (*method).to_owned()).collect();
        assert_eq!(listed(&format!("{endpoint}_endpoint_auth_methods_supported")), known);
    }

    for grant in [
        "authorization_code",
        "refresh_token",
        "password",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ] {
        let changes = json!({"app:web/settings/oauthClient/grant_types": ["authorization_code", "refresh_token",
            "password", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange"]});
        let org = org::patched(&org, &changes);
        let issuer = self::issuer(&org, &TestClock::new());
        let reply = Request::new(&org, &json!({"form": {"grant_type": grant}}), NOW).send(&issuer);
        let unsupported = reply.body().contains("unsupported_grant_type");
        assert_eq!(!unsupported, listed("grant_types_supported").contains(grant), "{grant}");
    }
    assert!(listed("grant_types_supported").contains("implicit"), "at the authorization endpoint");

    let urls: BTreeSet<&str> = document.as_object().unwrap().values().filter_map(Value::as_str).collect();
    for path in ["token", "keys", "introspect", "revoke", "authorize", "logout"] {
        let url = format!("https://as.test/oauth2/default/v1/{path}");
        assert!(urls.contains(url.as_str()), "{path} is not listed");
    }
    // Each is there: it does not say that there is nothing.
    for path in urls.iter().filter_map(|url| url.strip_prefix("https://as.test/oauth2/default/")) {
        let target = format!("/oauth2/default/{path}");
        let call = chancery::Call::new("GET", &target);
        let browser = chancery::Browser::new("b");
        let answer = chancery::testing::block_on(issuer.answer(call, &browser));
        assert!(!format!("{answer:?}").contains("404"), "{path}: {answer:?}");
    }
    for path in ["par", "device/authorize", "bc/authorize"] {
        assert!(!urls.iter().any(|url| url.ends_with(path)));
        assert_eq!(
            send(json!({"path": format!("/oauth2/default/v1/{path}")})).status(),
            404,
            "{path} is not listed"
        );
    }
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    assert!(document["request_object_signing_alg_values_supported"].is_null());

    // Without pages nobody can sign in, and nothing of it is told.
    let call = chancery::Call::new("GET", "/oauth2/default/.well-known/openid-configuration");
    let reply = chancery::testing::block_on(issuer.respond(call));
    let document: Value = serde_json::from_str(reply.body()).unwrap();
    assert!(
        document["authorization_endpoint"].is_null() && document["response_types_supported"] == json!([])
    );
    for path in ["authorize", "logout"] {
        let target = format!("/oauth2/default/v1/{path}");
        let reply = chancery::testing::block_on(issuer.respond(chancery::Call::new("GET", &target)));
        assert_eq!(reply.status(), 404, "{path}");
    }
}

/// A019, A021: the shape of a token and of its answer; token ids do not repeat.
#[test]
fn a019_tokens_have_one_shape() {
    let org = org::patched(&org::base("attacks"), &json!({"server/chancery": {"signing": {"alg": "ES256"}}}));
    let issuer = issuer(&org, &TestClock::new());
    let mut ids = HashSet::new();
    for _ in 0..rounds(2000) {
        let reply = Request::new(&org, &json!({}), NOW).send(&issuer);
        let body: Value = serde_json::from_str(reply.body()).unwrap();
        let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["access_token", "expires_in", "scope", "token_type"]);
        assert!(body["expires_in"].is_u64());
        let (header, claims) = decoded(body["access_token"].as_str().unwrap());
        assert_eq!(header.as_object().unwrap().keys().collect::<Vec<_>>(), ["alg", "kid"]);
        let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["aud", "cid", "exp", "iat", "iss", "jti", "scp", "sub", "ver"]);
        assert!(ids.insert(claims["jti"].as_str().unwrap().to_owned()));
    }
}

/// A103: a token of one server is worthless on every other.
#[test]
fn a103_a_token_is_for_one_server() {
    let org = org::base("attacks");
    let issuer = issuer(&org, &TestClock::new());
    let reply = Request::new(&org, &json!({}), NOW).send(&issuer);
    let body: Value = serde_json::from_str(reply.body()).unwrap();
    let token = body["access_token"].as_str().unwrap();
    let now = Timestamp::from_unix(NOW);
    let verifier = |server: &str, audience: &str| {
        let keys = block_on(issuer.keys(server)).unwrap().0;
        Verifier::new(format!("https://as.test/oauth2/{server}"), audience, keys)
    };
    assert!(verifier("default", "api://default").verify(token, now).is_ok());
    for (server, audience) in [
        ("other", "api://other"),
        ("other", "api://default"),
        ("default", "https://api.test"),
        ("default", "api://other"),
    ] {
        assert!(verifier(server, audience).verify(token, now).is_err(), "{server} {audience}");
    }
    let as_credentials = json!({"auth": "none", "headers": {"Authorization": format!("Bearer {token}")}});
    assert_eq!(Request::new(&org, &as_credentials, NOW).send(&issuer).status(), 401);
}
