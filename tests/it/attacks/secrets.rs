//! Nothing printable holds a secret.

use chancery::host::Attempt;
use chancery::jose::{PrivateKey, jws};
use chancery::model::{AuthMethod, Client, ClientAuth, Document, Org};
use chancery::testing::block_on;
use chancery::types::{Secret, SecretHash};
use chancery::{Assertion, Call, Credentials, Error, Form, LocalKeys, TokenRequest};
use serde_json::{Value, json};

use crate::scripted::request::{Request, basic};
use crate::scripted::{NOW, TestClock, issuer, keys, org};

const CANARY: &str = "canaryQzXvKjWpYfGhTrNbMdLs";

/// Every piece of four or more characters of the canary that could give it away.
fn clean(what: &str, shown: &str) {
    for start in 0..=CANARY.len() - 6 {
        let piece = &CANARY[start..start + 6];
        assert!(!shown.contains(piece), "{what} shows `{piece}`: {shown}");
    }
}

fn with_canaries() -> Value {
    org::patched(
        &org::base("attacks"),
        &json!({
            "app:web/credentials/oauthClient/client_secret": CANARY,
            "app:web2/credentials/oauthClient/client_secret": CANARY,
            "app:mac/credentials/oauthClient/client_secret": format!("{CANARY}-{CANARY}"),
            "users/0/credentials": {"password": {"value": CANARY}},
            "inlineHooks": [{"id": "cal1", "name": "h", "type": "com.okta.oauth2.tokens.transform", "channel": {"type": "HTTP", "version": "1.0.0",
                "config": {"uri": "https://hook.test/x", "authScheme": {"type": "HEADER", "key": "x", "value": CANARY}}}}]
        }),
    )
}

/// A345: `{:?}` and `{:#?}` of what an embedding program may log.
#[test]
fn a345_debug_shows_no_secret() {
    let json = with_canaries();
    let document = Document::from_json(json.clone()).unwrap();
    let org: Org = document.compile().unwrap();
    let issuer = issuer(&json, &TestClock::new());
    macro_rules! all_clean {
        ($($value:expr),* $(,)?) => {
            $(clean(stringify!($value), &format!("{:?}", $value));
            clean(stringify!($value), &format!("{:#?}", $value));)*
        };
    }
    let header = basic("web", CANARY);
    let body = format!("grant_type=client_credentials&scope=car:read&client_id=web2&client_secret={CANARY}");
    let form = Form::parse(body.as_bytes()).unwrap();
    let request = TokenRequest::parse(None, body.as_bytes()).unwrap();
    let in_query = format!("/oauth2/default/v1/token?client_secret={CANARY}");
    let call = Call::new("POST", &in_query).header("Authorization", &header).body(&body);
    let assertion = Assertion { token: CANARY.into(), client_id: None };
    let response = block_on(issuer.token("default", &request)).unwrap();
    let token = response.access_token().to_owned();
    for shown in
        [format!("{response:?}"), format!("{:?}", Request::new(&json, &json!({}), NOW).send(&issuer))]
    {
        assert!(!shown.contains(&token[..20]) && !shown.contains("eyJ"), "{shown}");
    }
    let parts = format!("{:?}", jws::split(&token).unwrap());
    assert!(!parts.contains(&token[token.len() - 20..]) && !parts.contains("eyJ"), "{parts}");
    let builder = Client::service("0oa123456").auth(AuthMethod::SecretJwt).secret(CANARY);
    all_clean!(
        document,
        org,
        issuer,
        form,
        request,
        call,
        builder,
        assertion,
        response,
        Secret::new(CANARY),
        SecretHash::for_owner(&Secret::new(CANARY), "web"),
        Credentials::parse(&[header.as_bytes()], &Form::default()).unwrap(),
        Credentials::parse(&[], &form).unwrap(),
        Credentials::Assertion(assertion.clone()),
        Org::builder("https://as.test").client(builder.clone()),
        org.clients().map(|client| client.auth().clone()).collect::<Vec<ClientAuth>>(),
        org.client("mac").unwrap(),
        document.passwords(),
        org.warnings(),
    );
    clean("an export", &document.without_secrets().to_string_pretty());
}

/// A345: keys print as what they are, not as what they hold.
#[test]
fn a345_keys_print_nothing_private() {
    let private = |key: &PrivateKey| format!("{key:?} {key:#?}");
    for (name, algorithm) in [("rsa-2048", "RS256"), ("p256", "ES256"), ("ed25519", "EdDSA")] {
        let shown = private(&keys::private(name)) + &format!("{:?}", LocalKeys::new(keys::private(name)));
        assert!(shown.len() < 4000 && !shown.contains("PRIVATE"), "{algorithm}: {shown}");
    }
}

/// A286: what is wrong with a secret is told without it.
#[test]
fn a286_mistakes_show_no_secret() {
    for (place, value) in [
        ("app:web/credentials/oauthClient/client_secret", json!([CANARY])),
        ("app:web/credentials/oauthClient/client_secret", json!({"value": CANARY})),
        (
            "app:web/credentials/secrets",
            json!([{"client_secret": CANARY, "status": 7}, {"client_secret": format!("{CANARY}2")}, {"client_secret": format!("{CANARY}3")}]),
        ),
        ("app:svc/settings/oauthClient/jwks/keys/0/d", json!(CANARY)),
        ("app:svc/settings/oauthClient/jwks/keys/0/k", json!(CANARY)),
        ("app:svc/settings/oauthClient/jwks", json!(CANARY)),
        ("app:mac/credentials/oauthClient/client_secret", json!(CANARY[..13])),
        ("users/0/credentials/password", json!(CANARY)),
    ] {
        let json = org::patched(&org::base("attacks"), &json!({place: value}));
        match org::compile(&json) {
            Ok(org) => clean(place, &format!("{:?}", org.warnings())),
            Err(errors) => clean(place, &format!("{errors} {errors:?}")),
        }
    }
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n");
    clean("a bad PEM", &format!("{:?}", LocalKeys::from_pem(pem).unwrap_err()));
    let jwk = format!(r#"{{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"{CANARY}"}}"#);
    let error = PrivateKey::from_jwk(jwk.as_bytes()).unwrap_err();
    clean("a bad JWK", &format!("{error} {error:?}"));
}

/// A286, A344: the errors that a program logs, with all their sources.
#[test]
fn a344_refusals_show_no_secret() {
    let json = with_canaries();
    let issuer = issuer(&json, &TestClock::new());
    let bodies = [
        format!("grant_type=client_credentials&client_id=web2&client_secret={CANARY}x&scope=car:read"),
        format!("grant_type=client_credentials&client_id=nobody&client_secret={CANARY}&scope=car:read"),
        format!("grant_type=password&client_id=web2&client_secret={CANARY}&password={CANARY}"),
        format!(
            "grant_type=client_credentials&client_id=web2&client_secret={CANARY}&scope=nope&code={CANARY}"
        ),
        format!("client_assertion_type=x&client_assertion={CANARY}"),
        format!("client_secret={CANARY}&client_secret={CANARY}"),
    ];
    for body in &bodies {
        let error = match TokenRequest::parse(None, body.as_bytes()) {
            Ok(request) => block_on(issuer.token("default", &request)).unwrap_err(),
            Err(refusal) => Error::Refused(refusal),
        };
        clean(body, &format!("{error} {error:?} {error:#?}"));
    }
}

/// What a throttle is told names the client and the peer only.
#[test]
fn attempts_hold_no_secret() {
    use chancery::Fault;
    use chancery::host::Throttle;
    struct Recording;
    impl Throttle for Recording {
        async fn admit(&self, attempt: Attempt<'_>) -> Result<Option<u32>, Fault> {
            clean("an attempt", &format!("{attempt:?}"));
            Ok(None)
        }
        async fn failed(&self, attempt: Attempt<'_>) -> Result<(), Fault> {
            clean("a failed attempt", &format!("{attempt:?}"));
            Ok(())
        }
    }
    let json = with_canaries();
    let issuer = issuer(&json, &TestClock::new()).with_throttle(Recording);
    assert_eq!(Request::new(&json, &json!({}), NOW).send(&issuer).status(), 200);
    let wrong = json!({"auth": {"basic": ["web", CANARY.to_owned() + "x"]}});
    assert_eq!(Request::new(&json, &wrong, NOW).send(&issuer).status(), 401);
}

/// Types that hold a secret, or the hash of one that is short enough to look for.
const SECRETS: [&str; 9] = [
    "Secret",
    "SecretHash",
    "DeclaredSecret",
    "GrantToken",
    "TokenHash",
    "PendingCode",
    "BrowserHash",
    "PrivateKey",
    "HookRequest",
];

/// A341: none of them can be compared but by the function whose time does not tell where two differ, nor
/// sorted, looked up in a map, or shown. For those that are public, `src/types/secret.rs` has programs that
/// must not compile.
#[test]
fn a341_secrets_are_not_compared_in_passing() {
    const NEVER: [&str; 7] = ["PartialEq", "Eq", "PartialOrd", "Ord", "Hash", "Display", "Serialize"];
    let mut seen = std::collections::BTreeSet::new();
    crate::arrows::visit(
        std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
        &mut |path, text| {
            let lines: Vec<&str> = text.lines().collect();
            for name in SECRETS {
                let declares = |line: &str| {
                    let rest = line.split_once("struct ").map_or("", |(_, rest)| rest);
                    rest.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '(', '<']))
                };
                for place in (0..lines.len()).filter(|place| declares(lines[*place])) {
                    seen.insert(name);
                    let above = lines[..place].iter().rev().take_while(|line| !line.trim().is_empty());
                    let derives = above.filter(|line| line.trim_start().starts_with("#[derive")).copied();
                    for derived in derives.flat_map(|line| line.split(['(', ')', ',', ' '])) {
                        assert!(!NEVER.contains(&derived), "{}: {name} derives {derived}", path.display());
                    }
                }
                for (place, line) in lines.iter().enumerate() {
                    let Some((before, _)) = line.split_once(&format!(" for {name}")) else { continue };
                    let is_impl = before.starts_with("impl") && line.ends_with([' ', '{', '}']);
                    let of = before.rsplit([' ', ':']).next().unwrap();
                    // One browser is told from another, in constant time.
                    let is_constant = lines[place..].iter().take(5).any(|line| line.contains("same_bytes("));
                    let known = name == "BrowserHash" && (of == "Eq" || of == "PartialEq" && is_constant);
                    let is_never = is_impl && NEVER.contains(&of);
                    assert!(!is_never || known, "{}: {line}", path.display());
                }
            }
        },
    );
    assert_eq!(seen, std::collections::BTreeSet::from(SECRETS), "not declared");
}

/// A341: what is left to compare secrets with has one place, and all who compare use it.
#[test]
fn a341_one_function_compares() {
    let mut users = std::collections::BTreeSet::new();
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    crate::arrows::visit(root, &mut |path, text| {
        let file = path.strip_prefix(root).unwrap().to_str().unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        if code.contains("same_bytes(") {
            users.insert(file.to_owned());
        }
    });
    let expected = ["flow/grant_token.rs", "flow/interaction.rs", "flow/pkce.rs", "types/secret.rs"];
    assert_eq!(users, expected.map(str::to_owned).into());
}

/// A343: nothing decrypts with RSA, and the crate whose private operations leak by their time is only what tests
/// verify with. The whole tree is looked at by `.ci/dependencies.py check` and `deny.toml`.
#[test]
fn a343_rsa_is_ring_s_and_only_signs() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let (normal, _) = manifest.split_once("[dev-dependencies]").unwrap();
    let asks =
        |line: &&str| !line.starts_with('#') && (line.starts_with("rsa") || line.contains("rust_crypto"));
    assert_eq!(normal.lines().find(asks), None);
    crate::arrows::visit(&root.join("src"), &mut |path, text| {
        let code = text.split("#[cfg(test)]").next().unwrap();
        if path.ends_with("tests.rs") {
            return;
        }
        for other in [
            "rsa::Rsa",
            "use rsa",
            "Pkcs1v15Encrypt",
            "Oaep",
            "jsonwebtoken::encode",
            "jsonwebtoken::decode(",
        ] {
            assert!(!code.contains(other), "{}: {other}", path.display());
        }
    });
    for (list, contents) in [(".ci/dependencies.py", "\"rsa\""), ("deny.toml", "{ crate = \"rsa\" }")] {
        // Only the repository has these files, not the published crate.
        if let Ok(text) = std::fs::read_to_string(root.join(list)) {
            assert!(text.contains(contents), "{list} lets `rsa` in");
        }
    }

    // And nobody is invited to encrypt to the issuer.
    let issuer = issuer(&org::base("attacks"), &TestClock::new());
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/v1/keys"] {
        let reply = block_on(issuer.respond(Call::new("GET", &format!("/oauth2/default{path}"))));
        assert_eq!(reply.status(), 200);
        for word in ["RSA1_5", "RSA-OAEP", "_encryption_", "\"enc\""] {
            assert!(!reply.body().contains(word), "{path}: {word}");
        }
    }
}
