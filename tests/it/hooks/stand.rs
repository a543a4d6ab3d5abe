//! An organisation with a rule that has a hook, a user who signs in, and hooks that are told what to
//! answer.

use std::future::pending;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chancery::host::{HookRequest, HookResponse, Timer, TokenHook};
use chancery::model::{Document, InlineHook};
use chancery::testing::block_on;
use chancery::types::Timestamp;
use chancery::{Answer, Browser, Call, Fault, Issuer, Login, Reply};
use serde_json::{Value, json};

use crate::scripted::{NOW, TestClock, TestEntropy, expect::decoded, keys};

pub(super) const SECRET: &str = "canary-secret-of-the-client";
pub(super) const HOOK_SECRET: &str = "canary-secret-of-the-hook";

/// The organisation; `server` and `hook` are merged into the `chancery` settings of both.
pub(super) fn org(server: Value, hook: Value) -> Value {
    json!({
        "baseUrl": "https://org.example",
        "authorizationServers": [{
            "id": "aus1", "name": "orders", "audiences": ["api://orders", "api://more"],
            "scopes": [{ "id": "scpread", "name": "orders:read" }],
            "claims": [{ "name": "team", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": "'engines'" },
                { "name": "cars", "claimType": "IDENTITY", "valueType": "EXPRESSION", "value": "{'mini', 'beetle'}" }],
            "policies": [{ "id": "00p1", "name": "p", "conditions": { "clients": { "include": ["ALL_CLIENTS"] } }, "rules": [{ "id": "0pr1", "name": "r",
                "conditions": { "grantTypes": { "include": ["client_credentials", "authorization_code", "implicit", "refresh_token"] },
                    "scopes": { "include": ["*"] } },
                "actions": { "token": { "accessTokenLifetimeMinutes": 60, "inlineHook": { "id": "cal1" } } } }] }],
            "chancery": server
        }, { "id": "aus2", "audiences": ["api://foreign"] }],
        "inlineHooks": [{ "id": "cal1", "name": "enrich", "type": "com.okta.oauth2.tokens.transform", "status": "ACTIVE",
            "channel": { "type": "HTTP", "version": "1.0.0", "config": { "uri": "https://hooks.example.com/token", "method": "POST",
                "headers": [{ "key": "X-Any", "value": "thing" }],
                "authScheme": { "type": "HEADER", "key": "Authorization", "value": HOOK_SECRET } } },
            "chancery": hook }],
        "apps": [
            { "id": "0oaS", "label": "Service", "name": "oidc_client",
                "credentials": { "oauthClient": { "client_id": "0oaS", "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_basic" } },
                "settings": { "oauthClient": { "application_type": "service", "grant_types": ["client_credentials"] } } },
            { "id": "0oaW", "label": "Web", "name": "oidc_client",
                "credentials": { "oauthClient": { "client_id": "0oaW", "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_post" } },
                "settings": { "oauthClient": { "application_type": "web", "grant_types": ["authorization_code", "refresh_token", "implicit"],
                    "response_types": ["code", "token", "id_token"], "redirect_uris": ["https://app.example/cb"] } },
                "users": [{ "id": "00uada" }] }],
        "users": [{ "id": "00uada", "status": "ACTIVE", "passwordChanged": "2025-01-01T00:00:00.000Z",
            "profile": { "login": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace", "locale": "en", "timezone": "Europe/London",
                "department": "Engines", "salary": "canary-salary" } }],
        "groups": [{ "id": "00gie", "profile": { "name": "Internal Employees" }, "users": ["00uada"] }]
    })
}

/// How a hook behaves.
#[derive(Clone)]
pub(super) enum Hook {
    Answers(u16, Vec<u8>),
    Faults,
    Hangs,
    Panics,
}

/// Answers as told, and keeps what it was asked.
#[derive(Clone)]
pub(super) struct Scripted {
    pub(super) behaves: Arc<Mutex<Hook>>,
    pub(super) asked: Arc<Mutex<Vec<HookRequest>>>,
}

impl TokenHook for Scripted {
    async fn call(&self, hook: &InlineHook, request: HookRequest) -> Result<HookResponse, Fault> {
        assert_eq!(hook.id(), "cal1");
        self.asked.lock().unwrap().push(request);
        let behaves = self.behaves.lock().unwrap().clone();
        match behaves {
            Hook::Answers(status, body) => Ok(HookResponse::new(status, body)),
            Hook::Faults => Err(Fault::unavailable("connection reset")),
            Hook::Hangs => pending().await,
            Hook::Panics => panic!("the hook's client panicked"),
        }
    }
}

/// Time is over at once, for who waits.
struct Impatient;

impl Timer for Impatient {
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        // Only the hook ever waits here.
        assert!(span == Duration::from_secs(3) || span == Duration::from_secs(2));
        Box::pin(async {})
    }
}

pub(super) struct Stand {
    pub(super) issuer: Issuer,
    pub(super) hook: Scripted,
}

impl Stand {
    pub(super) fn new(org: &Value, behaves: Hook) -> Self {
        let org =
            Document::from_json(org.clone()).unwrap().compile().unwrap_or_else(|errors| panic!("{errors}"));
        let hook = Scripted { behaves: Arc::new(Mutex::new(behaves)), asked: Arc::default() };
        let issuer = Issuer::new(org, keys::local())
            .with_clock(TestClock::new())
            .with_entropy(TestEntropy::default())
            .with_timer(Impatient)
            .with_token_hook(hook.clone());
        Self { issuer, hook }
    }

    pub(super) fn answers(&self, answer: &Value) {
        *self.hook.behaves.lock().unwrap() = Hook::Answers(200, answer.to_string().into_bytes());
    }

    /// What the hook was last sent.
    pub(super) fn asked(&self) -> Value {
        serde_json::from_str(self.hook.asked.lock().unwrap().last().unwrap().body()).unwrap()
    }

    pub(super) fn machine(&self) -> Reply {
        block_on(self.machine_at(&self.issuer))
    }

    pub(super) async fn machine_at(&self, issuer: &Issuer) -> Reply {
        use base64::Engine as _;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("0oaS:{SECRET}"));
        let authorization = format!("Basic {basic}");
        let call = Call::new("POST", "/oauth2/aus1/v1/token")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", &authorization)
            .body("grant_type=client_credentials&scope=orders:read")
            .peer("10.0.0.7");
        issuer.respond(call).await
    }

    pub(super) fn post(&self, form: &str) -> Reply {
        let body = format!("{form}&client_id=0oaW&client_secret={SECRET}");
        let call = Call::new("POST", "/oauth2/aus1/v1/token")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(&body)
            .peer("192.0.2.9");
        block_on(self.issuer.respond(call))
    }

    /// What the browser is sent back with: the parameters of the redirect.
    pub(super) fn authorize(&self, response_type: &str, scope: &str) -> Vec<(String, String)> {
        let login = Login::new("00uada", Timestamp::from_unix(NOW - 60)).amr("pwd").session_id("102session");
        let browser = Browser::new("a-browser").signed_in(&login).peer("198.51.100.4");
        let target = format!(
            "/oauth2/aus1/v1/authorize?client_id=0oaW&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=s&nonce=canary-nonce\
             &response_type={response_type}&scope={scope}&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        );
        let Answer::Reply(reply) = block_on(self.issuer.answer(Call::new("GET", &target), &browser)) else {
            panic!("no redirect")
        };
        let location = reply.header("Location").unwrap_or_else(|| panic!("{reply:?} {}", reply.body()));
        let (_, parameters) = location.split_once(['?', '#']).unwrap();
        url::form_urlencoded::parse(parameters.as_bytes()).into_owned().collect()
    }

    pub(super) fn code(&self, scope: &str) -> String {
        let parameters = self.authorize("code", scope);
        let code = parameters.iter().find(|(name, _)| name == "code");
        code.unwrap_or_else(|| panic!("{parameters:?}")).1.clone()
    }

    pub(super) fn redeem(&self, code: &str) -> Reply {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let redirect = "https%3A%2F%2Fapp.example%2Fcb";
        self.post(&format!(
            "grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={verifier}"
        ))
    }

    pub(super) fn sign_in(&self, scope: &str) -> Reply {
        self.redeem(&self.code(scope))
    }
}

pub(super) fn body(reply: &Reply) -> Value {
    serde_json::from_str(reply.body()).unwrap()
}

/// The claims of one token of an answer.
pub(super) fn claims(reply: &Reply, token: &str) -> Value {
    assert_eq!(reply.status(), 200, "{}", reply.body());
    decoded(body(reply)[token].as_str().unwrap()).1
}

pub(super) fn patch(kind: &str, operations: Value) -> Value {
    json!({ "type": format!("com.okta.{kind}.patch"), "value": operations })
}
