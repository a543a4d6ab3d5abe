//! What is public is no secret.

use serde_json::{Value, json};

use crate::scripted::keys::{self, hmac};
use crate::scripted::request::{Request, jws};
use crate::scripted::{NOW, TestClock, issuer, org};

/// A051: the client's and the server's public keys as HMAC secrets, in every form they are known in.
#[test]
fn a051_public_keys_are_no_secrets() {
    let org = org::base("attacks");
    let issuer = issuer(&org, &TestClock::new());
    let path = format!("{}/tests/data/keys/rsa-2048-public.pem", env!("CARGO_MANIFEST_DIR"));
    let pem = std::fs::read_to_string(path).unwrap();
    let registered = &org["apps"][4]["settings"]["oauthClient"]["jwks"]["keys"][0];
    let published = Request::new(&org, &json!({"path": "/oauth2/default/v1/keys"}), NOW).send(&issuer);
    let own = keys::private("rsa-2048").public().thumbprint();
    let secrets = [
        pem.clone(),
        pem.trim_end().to_owned(),
        pem.lines().filter(|line| !line.starts_with('-')).collect(),
        registered.to_string(),
        registered["n"].as_str().unwrap().to_owned(),
        published.body().to_owned(),
        own,
        String::new(),
        "svc".to_owned(),
    ];
    let claims = |client: &str| {
        json!({"iss": client, "sub": client, "aud": "https://as.test/oauth2/default/v1/token", "exp": NOW + 60}).to_string()
    };
    for (alg, client) in [
        ("HS256", "svc"),
        ("HS384", "svc"),
        ("HS512", "svc"),
        ("HS256", "mac"),
        ("HS256", "web"),
        ("HS256", "spa"),
    ] {
        for secret in &secrets {
            for header in [
                json!({"alg": alg}),
                json!({"alg": alg, "kid": "rsa"}),
                json!({"alg": "RS256", "kid": "rsa"}),
            ] {
                let token =
                    jws(&header.to_string(), &claims(client), |signed| hmac(alg, secret.as_bytes(), signed));
                let says: Value = json!({"as": "svc", "assertion": {"raw": token}});
                let reply = Request::new(&org, &says, NOW).send(&issuer);
                assert_eq!(reply.status(), 401, "{alg} {client} {secret}: {}", reply.body());
            }
        }
    }
}
