//! Generated and mangled requests: no panic, no token, and answers that repeat no secret.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chancery::Issuer;
use chancery::model::Document;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::scripted::expect::always;
use crate::scripted::request::{JWT_BEARER, Request, encode, jws};
use crate::scripted::{NOW, TestClock, issuer, org, rounds};

static ORG: LazyLock<Value> = LazyLock::new(|| org::base("attacks"));
static ISSUER: LazyLock<Issuer> = LazyLock::new(|| issuer(&ORG, &TestClock::new()));

const SECRET: &str = "canary-7f3a9c-secret";

fn post(headers: Vec<(&str, Vec<u8>)>, body: Vec<u8>, path: &str) -> Request {
    Request {
        method: "POST".to_owned(),
        path: path.to_owned(),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body,
        peer: None,
    }
}

/// The error of a request that yields no token, checked for what all errors must be.
fn refused(request: &Request) -> (u16, String) {
    let reply = request.send(&ISSUER);
    let context = format!("{request:?}: {} {}", reply.status(), reply.body());
    always(&reply, &context);
    assert!((400..500).contains(&reply.status()), "{context}");
    assert!(!reply.body().contains("canary"), "{context}");
    (reply.status(), reply.body().to_owned())
}

const FORM: &[u8] = b"application/x-www-form-urlencoded";

proptest! {
    #![proptest_config(ProptestConfig { cases: rounds(500) as u32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bodies(body in proptest::collection::vec(any::<u8>(), 0..600)) {
        refused(&post(vec![("Content-Type", FORM.to_vec())], body, "/oauth2/default/v1/token"));
    }

    #[test]
    fn arbitrary_authorization(header in proptest::collection::vec(any::<u8>(), 0..200), raw in any::<bool>()) {
        let value = if raw { header } else { format!("Basic {}", STANDARD.encode(&header)).into_bytes() };
        let body = b"grant_type=client_credentials&scope=car:read".to_vec();
        refused(&post(vec![("Content-Type", FORM.to_vec()), ("Authorization", value)], body, "/oauth2/default/v1/token"));
    }

    #[test]
    fn arbitrary_assertions(header in ".{0,60}", payload in ".{0,60}", signature in proptest::collection::vec(any::<u8>(), 0..80), raw in ".{0,80}", whole in any::<bool>()) {
        let token = if whole { jws(&header, &payload, |_| signature) } else { raw };
        refused(&with_assertion(token));
    }

    #[test]
    fn arbitrary_claims(claims in claims(), alg in prop_oneof![Just("RS256"), Just("ES256"), Just("HS256"), Just("none"), Just("EdDSA")], kid in prop_oneof![Just("rsa"), Just("ec"), Just("../x")]) {
        // The signature is nobody's, whatever the claims say.
        refused(&with_assertion(jws(&json!({"alg": alg, "kid": kid}).to_string(), &claims.to_string(), |_| vec![7; 64])));
    }

    #[test]
    fn arbitrary_paths_and_methods(path in "/[ -~]{0,80}", method in "[A-Z]{0,8}") {
        let mut request = post(Vec::new(), Vec::new(), &path);
        request.method = method;
        let reply = request.send(&ISSUER);
        always(&reply, &path);
        prop_assert!(reply.status() == 404 || reply.status() == 400, "{path}: {}", reply.status());
    }

    /// Forms of known parameters with odd values, by a client that does authenticate.
    #[test]
    fn arbitrary_forms(form in proptest::collection::vec((names(), ".{0,30}"), 0..8)) {
        let request = Request::new(&ORG, &json!({"body": encode(&form)}), NOW);
        let reply = request.send(&ISSUER);
        always(&reply, &format!("{form:?}"));
        prop_assert!(reply.status() != 500);
        if reply.status() == 200 {
            prop_assert!(form.iter().any(|(name, value)| name == "grant_type" && value == "client_credentials"));
        }
    }
}

fn with_assertion(token: String) -> Request {
    let form = [
        ("grant_type".to_owned(), "client_credentials".to_owned()),
        ("scope".to_owned(), "car:read".to_owned()),
        ("client_assertion_type".to_owned(), JWT_BEARER.to_owned()),
        ("client_assertion".to_owned(), token),
    ];
    post(vec![("Content-Type", FORM.to_vec())], encode(&form).into_bytes(), "/oauth2/default/v1/token")
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("grant_type"),
        Just("scope"),
        Just("client_id"),
        Just("resource"),
        Just("audience"),
        Just("code"),
        Just("assertion"),
        Just("x"),
    ]
    .prop_map(str::to_owned)
}

fn claims() -> impl Strategy<Value = Value> {
    let value = prop_oneof![
        Just(json!("svc")),
        Just(json!("https://as.test/oauth2/default")),
        Just(json!(NOW + 60)),
        Just(json!(null)),
        Just(json!([])),
        Just(json!({})),
        any::<i64>().prop_map(|n| json!(n)),
        any::<f64>().prop_map(|n| json!(n)),
        ".{0,10}".prop_map(|text| json!(text)),
        any::<bool>().prop_map(|b| json!(b)),
    ];
    let name = prop_oneof![
        Just("iss"),
        Just("sub"),
        Just("aud"),
        Just("exp"),
        Just("iat"),
        Just("nbf"),
        Just("jti")
    ];
    proptest::collection::btree_map(name, value, 0..7).prop_map(|claims| json!(claims))
}

/// A333: hundreds of different errors, by mangling requests that hold secrets: each has the
/// characters of RFC 6749, is short, and repeats no secret.
#[test]
fn a333_errors_repeat_no_secret() {
    let secret = |text: &str| format!("{SECRET}{text}");
    let mut errors = BTreeSet::new();
    let mut try_one = |says: Value| {
        let (status, body) = refused(&Request::new(&ORG, &says, NOW));
        let mut body: Value = serde_json::from_str(&body).unwrap();
        body.as_object_mut().unwrap().remove("errorId");
        errors.insert((status, body.to_string()));
    };
    for odd in [
        "",
        " ",
        "\"",
        "\\",
        "\r\n",
        "\u{e9}",
        "<script>",
        "%00",
        "' OR 1=1",
        "/etc/passwd",
        "\u{202e}",
        "\u{1b}[31m",
    ] {
        try_one(json!({"auth": {"basic": [format!("web{odd}x"), secret(odd)]}}));
        try_one(json!({"auth": {"post": [format!("web2{odd}x"), secret(odd)]}}));
        try_one(json!({"auth": {"basic": ["web", secret(odd)]}}));
        try_one(json!({"form": {"client_secret": secret(odd)}}));
        try_one(
            json!({"form": {"grant_type": format!("x{odd}"), "password": secret(odd), "username": "alice"}}),
        );
        try_one(json!({"form": {"scope": format!("nope{odd}"), "code": secret(odd)}}));
        try_one(json!({"path": format!("/oauth2/default/v1/token?client_secret={SECRET}")}));
        try_one(json!({"as": "svc", "assertion": {"raw": secret(odd)}}));
        try_one(json!({"as": "svc", "assertion": {"header": {"kid": secret(odd)}}}));
        try_one(json!({"as": "svc", "assertion": {"type": secret(odd)}}));
        try_one(json!({"auth": "none", "headers": {"Authorization": "Bearer ".to_owned() + SECRET}}));
        for claim in ["iss", "sub", "aud", "exp", "iat", "nbf"] {
            try_one(json!({"as": "svc", "assertion": {"claims": {claim: secret(odd)}}}));
        }
        for length in [1, 30, 300] {
            let named = format!("{odd}{}", "n".repeat(length));
            try_one(json!({"form": {"resource": format!("https://{named}")}}));
            try_one(json!({"form": {named.clone(): ["a", "b"]}}));
            for path in
                [format!("/oauth2/{named}/v1/token"), format!("/oauth2/{named}/v1/keys"), format!("/{named}")]
            {
                let path = path.replace(['\r', '\n', '?', '\u{1b}'], "");
                try_one(json!({"path": path, "body": format!("client_secret={SECRET}")}));
            }
        }
    }
    let grants = [
        "authorization_code",
        "refresh_token",
        "password",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "interaction_code",
        "implicit",
    ];
    for (client, grant) in
        ["web", "web2", "svc", "mac"].into_iter().flat_map(|client| grants.map(|grant| (client, grant)))
    {
        try_one(
            json!({"as": client, "form": {"grant_type": grant, "code": SECRET, "password": SECRET, "refresh_token": SECRET}}),
        );
    }
    for i in 0..300 {
        try_one(json!({"form": {"resource": format!("https://{i}.test"), "code": SECRET}}));
        try_one(json!({"path": format!("/oauth2/aus{i}/v1/token"), "auth": {"basic": ["web", SECRET]}}));
    }
    assert!(errors.len() > 500, "{} different errors", errors.len());
}

/// A290: what is left of an org file after pieces of it changed places is refused, or compiles; and does so again
/// once written out. The target `config` of the fuzzers goes on with this.
#[test]
fn a290_mangled_org_files() {
    let base: Value = serde_json::from_str(include_str!("../../data/config/base.json")).unwrap();
    let mut dice = Dice(0x0A29_0000);
    let (mut compiled, mut refused) = (0, 0);
    for _ in 0..rounds(400) {
        let mut file = base.clone();
        for _ in 0..=dice.below(3) {
            let pointers = pointers(&file);
            let from = &pointers[dice.below(pointers.len())];
            let to = &pointers[dice.below(pointers.len())];
            let odd = [json!(null), json!(-1), json!([]), json!({}), json!(""), json!("*"), json!(u64::MAX)];
            let value = match dice.below(2) {
                0 => file.pointer(from).unwrap().clone(),
                _ => odd[dice.below(odd.len())].clone(),
            };
            *file.pointer_mut(to).unwrap() = value;
        }
        let Ok(document) = Document::parse(file.to_string()) else { continue };
        let again = Document::parse(document.to_string_pretty()).unwrap();
        match (document.compile(), again.compile()) {
            (Ok(_), Ok(_)) => compiled += 1,
            (Err(first), Err(second)) => {
                refused += 1;
                assert_eq!(first.to_string(), second.to_string());
            }
            _ => panic!("once it compiles and once not: {file}"),
        }
    }
    assert!(compiled > 20 && refused > 20, "{compiled} compiled, {refused} refused");
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// To every value of a file but the file itself.
fn pointers(json: &Value) -> Vec<String> {
    let members: Vec<(String, &Value)> = match json {
        Value::Array(list) => {
            list.iter().enumerate().map(|(place, value)| (place.to_string(), value)).collect()
        }
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        _ => Vec::new(),
    };
    let below = |(name, value): (String, &Value)| {
        let own = format!("/{name}");
        let inner: Vec<String> =
            pointers(value).into_iter().map(|pointer| format!("{own}{pointer}")).collect();
        std::iter::once(own).chain(inner)
    };
    members.into_iter().flat_map(below).collect()
}
