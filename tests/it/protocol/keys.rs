//! Rows about keys and federation that need more than one reply to check.

use chancery::testing::block_on;
use chancery::types::Timestamp;
use chancery::{Issuer, LocalKeys, Verifier};
use serde_json::{Value, json};

use crate::scripted::expect::decoded;
use crate::scripted::keys::{self, TestKey};
use crate::scripted::request::Request;
use crate::scripted::{NOW, TestClock, issuer, org};

fn token(issuer: &Issuer, org: &Value, request: &Value) -> String {
    let reply = Request::new(org, request, NOW).send(issuer);
    let body: Value = serde_json::from_str(reply.body()).unwrap();
    body["access_token"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

fn jwks(issuer: &Issuer, path: &str) -> Value {
    let reply = Request::new(&json!({}), &json!({"path": path}), NOW).send(issuer);
    serde_json::from_str(reply.body()).unwrap()
}

/// key-004: after a rotation, tokens of the key before still verify.
#[test]
fn the_key_before_stays_listed() {
    let base = org::base("protocol");
    let with = |keys: LocalKeys| Issuer::new(org::compile(&base).unwrap(), keys).with_clock(TestClock::new());
    let (first, second) = (|| keys::private("rsa-2048"), || keys::private("rsa-2048-other"));
    let old = token(&with(LocalKeys::new(first()).and(second())), &base, &json!({}));
    let rotated = with(LocalKeys::new(second()).and(first()));
    let new = token(&rotated, &base, &json!({}));
    assert_ne!(decoded(&old).0["kid"], decoded(&new).0["kid"]);
    let keys = block_on(rotated.keys("default")).unwrap().0;
    let verifier = Verifier::new("https://org.example/oauth2/default", "api://default", keys);
    for token in [&old, &new] {
        verifier.verify(token, Timestamp::from_unix(NOW)).unwrap();
    }
}

/// mg-008
#[test]
fn an_app_has_fifty_keys_at_most() {
    let base = org::base("protocol");
    let jwk = TestKey::load("p256").jwk();
    let with = |count: usize| {
        let keys: Vec<Value> = (0..count)
            .map(|i| {
                let mut key = jwk.clone();
                key["kid"] = json!(format!("k{i}"));
                key
            })
            .collect();
        org::compile(&org::patched(&base, &json!({"app:0oaK/settings/oauthClient/jwks": {"keys": keys}})))
    };
    assert!(with(50).is_ok());
    assert!(with(51).unwrap_err().to_string().contains("50"));
}

/// cl-001, cl-003: what AWS and Google Cloud demand of an issuer and its tokens.
#[test]
fn cloud_providers_can_trust_an_issuer() {
    let base = org::base("protocol");
    for algorithm in ["RS256", "ES256"] {
        let base = org::patched(&base, &json!({"other/chancery": {"signing": {"alg": algorithm}}}));
        let issuer = issuer(&base, &TestClock::new());
        let document = jwks(&issuer, "/oauth2/aus1/.well-known/openid-configuration");
        let iss = document["issuer"].as_str().unwrap();
        let url = url::Url::parse(iss).unwrap();
        assert_eq!((url.scheme(), url.port(), url.query(), url.fragment()), ("https", None, None, None));
        assert_eq!(document["jwks_uri"], json!(format!("{iss}/v1/keys")));
        let keys = jwks(&issuer, "/oauth2/aus1/v1/keys");
        let kids: Vec<&Value> = keys["keys"].as_array().unwrap().iter().map(|key| &key["kid"]).collect();
        assert!((1..=100).contains(&kids.len()));
        let token = token(&issuer, &base, &json!({"path": "/oauth2/aus1/v1/token"}));
        let (header, claims) = decoded(&token);
        assert!(token.len() <= 20_000);
        assert_eq!(header["alg"], json!(algorithm));
        assert!(header["kid"].is_string() && kids.contains(&&header["kid"]));
        assert_eq!(claims["iss"], json!(iss));
        assert_eq!(claims["aud"], json!("api://orders"));
        let (iat, exp) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
        assert!(iat <= NOW && exp > NOW && exp - iat < 24 * 3600);
        assert!((1..=127).contains(&claims["sub"].as_str().unwrap().len()));
    }
}
