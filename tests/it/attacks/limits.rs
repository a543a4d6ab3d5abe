//! Sizes at the limit and one past it, and numbers at the ends of their range.

use chancery::Issuer;
use serde_json::{Value, json};

use crate::scripted::expect::{always, decoded};
use crate::scripted::request::{Request, jws};
use crate::scripted::{NOW, TestClock, issuer, org};

fn setting() -> (Value, Issuer) {
    let es256 = json!({"alg": "ES256"});
    let long = "x".repeat(4096);
    let org = org::patched(
        &org::base("attacks"),
        &json!({"server/chancery": {"signing": es256},
        "server/scopes/-": {"name": long}, "rule/conditions/scopes/include": ["*"]}),
    );
    let issuer = issuer(&org, &TestClock::new());
    (org, issuer)
}

fn send(org: &Value, issuer: &Issuer, says: &Value) -> (u16, Value) {
    let reply = Request::new(org, says, NOW).send(issuer);
    always(&reply, "a request at a limit");
    (reply.status(), serde_json::from_str(reply.body()).unwrap())
}

/// A129: the scope parameter holds 4,096 characters, and repeats collapse.
#[test]
fn a129_scopes() {
    let (org, issuer) = setting();
    let scope = |scope: String| send(&org, &issuer, &json!({"form": {"scope": scope}}));
    assert_eq!(scope("x".repeat(4096)).0, 200);
    let spaces = format!("car:read{}", " ".repeat(4096 - 8));
    assert_eq!(scope(spaces.clone()).0, 200);
    for long in ["x".repeat(4097), spaces + " ", "car:read ".repeat(456), "x ".repeat(20_000)] {
        let (status, body) = scope(long);
        assert_eq!((status, &body["error"]), (400, &json!("invalid_scope")));
    }
    let (status, body) = scope("car:read api:read ".repeat(200).trim_end().to_owned());
    assert_eq!((status, &body["scope"]), (200, &json!("car:read api:read")));
    let (_, claims) = decoded(body["access_token"].as_str().unwrap());
    assert_eq!(claims["scp"], json!(["car:read", "api:read"]));
    let (status, body) = scope("openid ".repeat(500).trim_end().to_owned());
    assert_eq!((status, &body["error"]), (400, &json!("invalid_scope")));
}

/// A317: a body holds 64 kB, and a form 256 parameters.
#[test]
fn a317_bodies() {
    let (org, issuer) = setting();
    let filled = |length: usize| {
        let start = "grant_type=client_credentials&scope=car:read&x=";
        json!({"body": format!("{start}{}", "y".repeat(length - start.len()))})
    };
    assert_eq!(send(&org, &issuer, &filled(65_536)).0, 200);
    for length in [65_537, 10_000_000] {
        let (status, body) = send(&org, &issuer, &filled(length));
        assert_eq!((status, &body["error"]), (413, &json!("invalid_request")));
    }
    let many = |count: usize| {
        let rest: String = (2..count).map(|i| format!("&p{i}=")).collect();
        json!({"body": format!("grant_type=client_credentials&scope=car:read{rest}")})
    };
    assert_eq!(send(&org, &issuer, &many(256)).0, 200);
    assert_eq!(send(&org, &issuer, &many(257)).0, 400);
    let (status, body) = send(&org, &issuer, &json!({"body": "&".repeat(65_536)}));
    assert_eq!((status, &body["error"]), (400, &json!("invalid_request")));
    let (status, body) = send(&org, &issuer, &json!({"body": "a&".repeat(32_768)}));
    assert_eq!((status, &body["error"]), (400, &json!("invalid_request")));
}

/// A135: many resources are no request for any of them.
#[test]
fn a135_resources() {
    let (org, issuer) = setting();
    for (count, error) in [(2, "invalid_target"), (200, "invalid_target"), (1000, "invalid_request")] {
        let (status, body) =
            send(&org, &issuer, &json!({"form": {"resource": vec!["https://api.test"; count]}}));
        assert_eq!((status, &body["error"]), (400, &json!(error)), "{count}");
    }
}

/// A040: no header is too long to be refused.
#[test]
fn a040_headers() {
    let (org, issuer) = setting();
    for value in ["A".repeat(65_536), "=".repeat(65_536), "Og".repeat(1_000_000)] {
        let header = format!("Basic {value}");
        let (status, body) =
            send(&org, &issuer, &json!({"auth": "none", "headers": {"Authorization": header}}));
        assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));
    }
}

/// A319: an assertion has at most 16 kB, and is looked into only so far.
#[test]
fn a319_assertions() {
    let (org, issuer) = setting();
    let padded = |bytes: usize, more: usize| {
        let header = json!({"kid": "ec", "cty": "y".repeat(more)});
        let claims = json!({"x": "y".repeat(bytes), "jti": null});
        let says = json!({"as": "svc", "assertion": {"key": "p256", "header": header, "claims": claims}});
        let body = Request::new(&org, &says, NOW).body;
        let found = url::form_urlencoded::parse(&body).find(|(name, _)| name == "client_assertion").unwrap();
        (found.1.len(), says)
    };
    for (length, status) in [(16_384, 200), (16_385, 401)] {
        // Three bytes are four characters; not every length can be had with one of the two parts alone.
        let bytes = (length - padded(0, 0).0) / 4 * 3;
        let near = (0..4).flat_map(|more| (bytes - 9..bytes + 4).map(move |bytes| (bytes, more)));
        let (_, says) =
            near.map(|(bytes, more)| padded(bytes, more)).find(|(found, _)| *found == length).unwrap();
        assert_eq!(send(&org, &issuer, &says).0, status, "{length}");
    }

    let raw = |header: &str, payload: &str| {
        let token = jws(header, payload, |_| vec![1; 64]);
        send(&org, &issuer, &json!({"as": "svc", "assertion": {"raw": token}})).0
    };
    let header = r#"{"alg":"ES256","kid":"ec"}"#;
    let nested = |open: &str, close: &str| format!(r#"{{"x":{}{}}}"#, open.repeat(4000), close.repeat(4000));
    for payload in [
        nested("[", "]"),
        format!(r#"{{"exp":{}}}"#, "9".repeat(11_000)),
        format!(r#"{{"exp":1e{}}}"#, "9".repeat(11_000)),
    ] {
        assert_eq!(raw(header, &payload), 401);
    }
    for header in [
        r#"{"alg":"PBES2-HS256+A128KW","p2c":2147483647,"enc":"A128GCM"}"#,
        r#"{"alg":"RSA-OAEP","enc":"A256GCM","zip":"DEF"}"#,
        r#"{"alg":"ES256","zip":"DEF"}"#,
        r#"{"alg":"ES256","kid":"ec","kid":"rsa"}"#,
    ] {
        assert_eq!(raw(header, "{}"), 401, "{header}");
    }
}

/// A316: times at the ends of every range of numbers are refused or mean what they say.
#[test]
fn a316_times() {
    let (org, issuer) = setting();
    let extremes = [
        "0",
        "-1",
        "-0",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "18446744073709551615",
        "1e300",
        "-1e300",
        "1e15",
        "1e16",
        "4.9e-324",
        "9007199254740993",
        "null",
        "true",
        "\"1\"",
        "[]",
        "{}",
    ];
    for claim in ["exp", "iat", "nbf"] {
        for extreme in extremes {
            let value: Value = serde_json::from_str(extreme).unwrap();
            let value = if value.is_null() { json!("$null") } else { value };
            let says = json!({"as": "svc", "assertion": {"key": "p256", "header": {"kid": "ec"}, "claims": {claim: value}}});
            let (status, body) = send(&org, &issuer, &says);
            let past = ["0", "-1", "-0", "-9223372036854775808", "4.9e-324"].contains(&extreme);
            if claim != "exp" && past {
                assert_eq!(status, 200, "{claim} {extreme}: {body}");
            } else {
                assert_eq!(
                    (status, &body["error"]),
                    (401, &json!("invalid_client")),
                    "{claim} {extreme}: {body}"
                );
            }
        }
    }
    // Fractions are allowed by RFC 7519 §2.
    let fraction =
        json!({"as": "svc", "assertion": {"claims": {"exp": NOW as f64 + 60.5, "iat": NOW as f64 - 0.5}}});
    assert_eq!(send(&org, &issuer, &fraction).0, 200);
}

/// A326: what anybody can ask for is small, and errors are smaller than the request that earns them.
#[test]
fn a326_answers_are_small() {
    let org = org::base("attacks");
    let issuer = issuer(&org, &TestClock::new());
    for path in [
        "/oauth2/default/v1/keys",
        "/oauth2/default/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    ] {
        let reply = Request::new(&org, &json!({"path": path}), NOW).send(&issuer);
        assert!(reply.body().len() < 4096, "{path}: {} bytes", reply.body().len());
    }
    for path in ["/oauth2/".to_owned() + &"%41".repeat(10_000) + "/v1/keys", "/".repeat(30_000)] {
        let reply = Request::new(&org, &json!({"path": path}), NOW).send(&issuer);
        always(&reply, "a long path");
        assert!(reply.status() == 404 && reply.body().len() < 1024);
    }
}
