//! Each thing that happens is told once, under Okta's name.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chancery::host::{Event, Events, KeyStore, ServerKeys};
use chancery::jose::Algorithm;
use chancery::testing::block_on;
use chancery::types::{ClientId, KeyId, ServerId, UserId};
use chancery::{Answer, Browser, Call, ConsentDecision, Fault, Issuer, LocalKeys};
use serde_json::{Value, json};

use super::Kept;
use crate::scripted::{keys, org};
use crate::sign_in::world::{World, json_of, sent};

fn world() -> (World, Kept) {
    let kept = Kept::default();
    let world = World::with(|issuer| issuer.with_events(kept.clone()));
    (world, kept)
}

fn token(tokens: &Value) -> String {
    tokens["refresh_token"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_issued() {
    let (world, kept) = world();
    world.post("default", "token", "rs", &[("grant_type", "client_credentials"), ("scope", "api:read")]);
    let told = kept.take();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0]["eventType"], &told[0]["result"], &told[0]["server"], &told[0]["client"]),
        (
            &json!("app.oauth2.as.token.grant.access_token"),
            &json!("SUCCESS"),
            &json!("default"),
            &json!("rs-client")
        )
    );
    assert!(told[0]["policy"].is_string() && told[0]["rule"].is_string() && told[0].get("user").is_none());

    let code = world.code("web", &[]);
    let told = kept.take();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["eventType"], "app.oauth2.as.authorize.code");
    assert_eq!(told[0]["user"], "00ualice");
    let grant = told[0]["grant"].as_str().unwrap().to_owned();
    assert!(grant.starts_with("oar") && grant.len() == 20);

    let tokens = json_of(&world.redeem("web", &code));
    let issued = ["as.token.grant.access_token", "as.token.grant.id_token", "as.token.grant.refresh_token"];
    let told = kept.take();
    assert!(told.iter().all(|event| event["grant"] == grant.as_str() && event["user"] == "00ualice"));
    assert!(told.iter().all(|event| event["rule"].is_string()), "{told:?}");
    world.refresh("web", &token(&tokens));
    assert_eq!(kept.types(), issued);

    let login = world.login("00ualice");
    let both = [("response_type", "id_token token"), ("scope", "openid")];
    world.authorize("web2", &both, Some(&login));
    assert_eq!(kept.types(), ["as.authorize.implicit.access_token", "as.authorize.implicit.id_token"]);
    // Nobody is told twice, and looking is not issuing.
    world.introspect("rs", tokens["access_token"].as_str().unwrap());
    world.userinfo(tokens["access_token"].as_str().unwrap());
    assert_eq!(kept.types(), [""; 0]);
}

#[test]
fn what_is_refused() {
    let (world, kept) = world();
    let form = |scope| [("grant_type", "client_credentials"), ("scope", scope)];
    world.post("default", "token", "rs", &form("api:write"));
    world.post("default", "token", "rs", &form("nonsense"));
    world.post("default", "token", "rs", &[("grant_type", "password")]);
    world.post("nowhere", "token", "rs", &form("api:read"));
    let refused = [
        "as.token.grant FAILURE consent_required",
        "as.token.grant FAILURE no_matching_scope",
        "as.token.grant FAILURE unauthorized_client",
    ];
    assert_eq!(kept.types(), refused);

    let login = world.login("00ualice");
    for (changes, reason) in [
        ([("scope", "openid nonsense")], "no_matching_scope"),
        ([("redirect_uri", "https://evil.test/")], "invalid_request"),
        ([("client_id", "nobody")], "invalid_client"),
    ] {
        world.authorize("web", &changes, Some(&login));
        assert_eq!(kept.types(), [format!("as.authorize FAILURE {reason}")]);
    }
    world.change(&[("/authorizationServers/0/policies/0/rules/0/status", json!("INACTIVE"))]);
    world.authorize("web", &[], Some(&login));
    let told = kept.take();
    assert_eq!(
        (&told[0]["reason"], &told[0]["user"], &told[0]["client"]),
        (&json!("no_matching_policy"), &json!("00ualice"), &json!("web-client"))
    );
}

#[test]
fn who_does_not_authenticate() {
    let (world, kept) = world();
    let send = |user: &str, endpoint: &str| {
        let basic =
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{user}:wrong"));
        let basic = format!("Basic {basic}");
        let target = format!("/oauth2/default/v1/{endpoint}");
        let call = Call::new("POST", &target)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", &basic)
            .peer("192.0.2.7")
            .body("grant_type=client_credentials&token=x");
        world.send(call);
    };
    for endpoint in ["token", "introspect", "revoke"] {
        send("rs-client", endpoint);
        send("nobody", endpoint);
        let told = kept.take();
        assert_eq!(told.len(), 2);
        for event in &told {
            assert_eq!(event["eventType"], "app.oauth2.invalid_client_credentials");
            assert_eq!(event["reason"], "invalid_client_secret");
            assert_eq!(event["peer"], "192.0.2.7");
        }
        // A349: who makes up ids makes up no label.
        assert_eq!((&told[0]["client"], told[1].get("client")), (&json!("rs-client"), None));
        assert!(told[1]["detail"].as_str().unwrap().contains("as `nobody`"));
    }
}

/// A110: once for each detection, however often the token comes.
#[test]
fn a110_reuse_is_told_once() {
    let (world, kept) = world();
    let first = world.tokens("spa", &[]);
    let second = json_of(&world.refresh("spa", &token(&first)));
    world.at(1);
    kept.take();
    world.refresh("spa", &token(&first));
    let told = kept.take();
    let types: Vec<_> = told.iter().map(|event| event["eventType"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        ["app.oauth2.as.token.detect_reuse", "app.oauth2.as.token.revoke", "app.oauth2.as.token.grant"]
    );
    assert_eq!((&told[0]["user"], &told[0]["client"]), (&json!("00ualice"), &json!("spa-client")));
    assert_eq!(told[0]["grant"], told[1]["grant"]);
    for again in [&first, &second, &first] {
        world.refresh("spa", &token(again));
        assert_eq!(kept.types(), ["as.token.grant FAILURE invalid_refresh_token"]);
    }
}

#[test]
fn codes_that_come_again() {
    let (world, kept) = world();
    let code = world.code("web", &[]);
    world.redeem("web", &code);
    kept.take();
    world.redeem("web", &code);
    assert_eq!(
        kept.types(),
        [
            "as.token.grant FAILURE code_replayed",
            "as.token.revoke",
            "as.token.grant FAILURE invalid_authorization_code",
        ]
    );
    world.redeem("web", &code);
    assert_eq!(kept.types(), ["as.token.grant FAILURE invalid_authorization_code"]);

    let code = world.code("web", &[]);
    kept.take();
    world.redeem_with("web", &code, &[("code_verifier", &"x".repeat(43))]);
    assert_eq!(kept.types(), ["as.token.revoke", "as.token.grant FAILURE pkce_verification_failed"]);
}

#[test]
fn revocations() {
    let (world, kept) = world();
    let tokens = world.tokens("web", &[]);
    kept.take();
    for _ in 0..2 {
        world.revoke("web", tokens["access_token"].as_str().unwrap());
        world.revoke("web", &token(&tokens));
        world.revoke("web2", &token(&tokens));
        world.revoke("web", "nonsense");
    }
    // Each once; what is dead already and what is another's is nothing.
    assert_eq!(kept.types(), ["as.token.revoke", "as.token.revoke"]);
}

#[test]
fn consents() {
    let (world, kept) = world();
    let browser = Browser::new("the-browser-s-cookie");
    let ask = || {
        let login = world.login("00ualice");
        let answer = world.authorize("asks", &[("scope", "openid api:write")], Some(&login));
        let Answer::Consent(prompt) = answer else { panic!("no consent is asked for: {answer:?}") };
        prompt.interaction().to_owned()
    };
    sent(block_on(world.issuer.consent(&ask(), &browser, ConsentDecision::Deny)));
    assert_eq!(kept.types(), ["as.consent.grant FAILURE access_denied"]);
    sent(block_on(world.issuer.consent(&ask(), &browser, ConsentDecision::AllowAll)));
    let told = kept.take();
    assert_eq!(told[0]["eventType"], "app.oauth2.as.consent.grant");
    assert_eq!((&told[0]["detail"], &told[0]["user"]), (&json!("api:write"), &json!("00ualice")));
    assert_eq!(told[1]["eventType"], "app.oauth2.as.authorize.code");
    for _ in 0..2 {
        let (client, user) = (ClientId::from("asks-client"), UserId::from("00ualice"));
        block_on(world.issuer.revoke_consent("default", &client, &user)).unwrap();
    }
    assert_eq!(kept.types(), ["as.consent.revoke.user.client"]);
    // Giving up before anything is asked is a refusal like others.
    let Answer::Login(prompt) = world.authorize("asks", &[], None) else { panic!("nobody is signed in") };
    sent(block_on(world.issuer.cancel(prompt.interaction(), &browser)));
    assert_eq!(kept.types(), ["as.authorize FAILURE access_denied"]);
}

#[test]
fn at_the_org_server() {
    let (world, kept) = world();
    let login = world.login("00ualice");
    let query = "client_id=web-client&redirect_uri=https%3A%2F%2Fweb.test%2Fcb&response_type=code&state=s&scope=openid\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let target = format!("/oauth2/v1/authorize?{query}");
    let browser = Browser::new("the-browser-s-cookie").signed_in(&login);
    sent(block_on(world.issuer.answer(Call::new("GET", &target), &browser)));
    assert_eq!(kept.types(), ["authorize.code"]);
}

/// Signs with whichever of two keys it is told to.
struct Turning {
    keys: [LocalKeys; 2],
    turn: Arc<AtomicUsize>,
}

impl KeyStore for Turning {
    async fn keys(&self, server: Option<&ServerId>, algorithm: Algorithm) -> Result<ServerKeys, Fault> {
        self.keys[self.turn.load(Ordering::SeqCst)].keys(server, algorithm).await
    }
    async fn sign(&self, key: &KeyId, message: &[u8]) -> Result<Vec<u8>, Fault> {
        self.keys[self.turn.load(Ordering::SeqCst)].sign(key, message).await
    }
}

#[test]
fn another_key() {
    let kept = Kept::default();
    let turn = Arc::new(AtomicUsize::new(0));
    let other = LocalKeys::new(chancery::jose::PrivateKey::generate(Algorithm::Es256).unwrap());
    let world = World::new();
    let issuer = Issuer::new(
        org::compile(&world.org).unwrap(),
        Turning { keys: [keys::local(), other], turn: turn.clone() },
    )
    .with_clock(world.clock.clone())
    .with_events(kept.clone());
    let world = World { issuer, ..world };
    let ask = || {
        world.post("default", "token", "rs", &[("grant_type", "client_credentials"), ("scope", "api:read")]);
        kept.types()
    };
    let issued = "as.token.grant.access_token";
    assert_eq!(ask(), [issued]);
    assert_eq!(ask(), [issued]);
    turn.store(1, Ordering::SeqCst);
    assert_eq!(ask(), ["as.key.rollover", issued]);
    assert_eq!(ask(), [issued]);
}

/// A log that panics, or hears of nothing, changes no answer.
#[test]
fn a_log_that_panics() {
    struct Panics(Mutex<usize>);
    impl Events for Panics {
        fn record(&self, event: &Event) {
            *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += 1;
            panic!("the log is full: {event}");
        }
    }
    let world = World::with(|issuer| issuer.with_events(Panics(Mutex::default())));
    let tokens = world.tokens("web", &[]);
    assert!(world.is_active(&tokens["access_token"]));
    assert!(json_of(&world.refresh("web", &token(&tokens)))["refresh_token"].is_string());
}
