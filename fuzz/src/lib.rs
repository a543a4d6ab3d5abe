//! What the stateful targets share: one organisation, a past in which people signed in, and reading requests in
//! another way than the library does.
//!
//! Everything is the same in every run: the clock stands still, randomness is counted, and keys sign with
//! Ed25519, which draws none. Each input meets the same past in a store of its own.

pub mod planted;
pub mod read;
mod store;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use chancery::host::{Clock, Entropy};
use chancery::jose::PrivateKey;
use chancery::model::{Document, Org};
use chancery::testing::block_on;
use chancery::types::Timestamp;
use chancery::{Answer, Browser, Call, ConsentDecision, Fault, Issuer, LocalKeys, Login, Reply};
use serde_json::{Value as Json, json};

pub use store::{Records, Store};

/// 2026-01-01T00:00:00Z.
pub const NOW: i64 = 1_767_225_600;
/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The challenge that belongs to it.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The browser of all requests.
pub const BROWSER: &str = "the-browser-s-cookie";
pub const ALICE: &str = "00ualice";

const SIGN_IN: &str = include_str!("../../tests/data/sign_in/org.json");
const KEY: &str = include_str!("../../tests/data/keys/ed25519.pem");

/// That of the sign-in tests, with apps whose redirect URIs are not compared byte for byte, and one that may ask
/// for everything.
pub static ORG: LazyLock<Json> = LazyLock::new(|| {
    let mut org: Json = serde_json::from_str(SIGN_IN).expect("JSON");
    for server in org["authorizationServers"].as_array_mut().expect("servers") {
        server["chancery"]["signing"]["alg"] = json!("EdDSA");
    }
    let app = |id: &str, secret: Option<&str>, settings: Json| {
        json!({
            "id": id, "name": "oidc_client", "label": id, "signOnMode": "OPENID_CONNECT",
            "credentials": {"oauthClient": {"client_id": format!("{id}-client"), "client_secret": secret,
                "token_endpoint_auth_method": if secret.is_some() { "client_secret_basic" } else { "none" }}},
            "settings": {"oauthClient": settings}, "groups": [{"id": "EVERYONE"}]
        })
    };
    let apps = org["apps"].as_array_mut().expect("apps");
    apps.push(app("native", None, json!({
        "application_type": "native", "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        "redirect_uris": ["http://127.0.0.1/cb", "http://[::1]/cb?x=1", "com.example.app:/cb"]
    })));
    apps.push(app("wild", Some("secret-of-the-wild-client"), json!({
        "application_type": "web", "grant_types": ["authorization_code", "implicit"], "wildcard_redirect": "SUBDOMAIN",
        "response_types": ["code", "token", "id_token"],
        "redirect_uris": ["https://*.shop.test/cb", "https://wild.test/cb?code=x&y=1"]
    })));
    org
});

static ISSUER: LazyLock<Issuer> = LazyLock::new(|| issuer_of(compile(&ORG)));

/// An organisation that has no mistakes.
pub fn compile(org: &Json) -> Org {
    let compiled = Document::from_json(org.clone()).expect("an object").compile();
    compiled.unwrap_or_else(|errors| panic!("{errors}"))
}

/// An issuer for it, with everything as these targets have it.
pub fn issuer_of(org: Org) -> Issuer {
    let key = PrivateKey::from_pem(KEY).expect("a key");
    Issuer::new(org, LocalKeys::new(key)).with_clock(Still).with_entropy(Counted::from(0))
}

/// The issuer on a store.
pub fn issuer(store: &Store) -> Issuer {
    // What is drawn now was not drawn in the past.
    ISSUER.clone().with_grants(store.clone()).with_entropy(Counted::from(1 << 32))
}

struct Still;

impl Clock for Still {
    fn unix_millis(&self) -> i64 {
        NOW * 1000
    }
}

struct Counted(AtomicU64);

impl Counted {
    fn from(first: u64) -> Self {
        Self(AtomicU64::new(first))
    }
}

impl Entropy for Counted {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Fault> {
        for chunk in buffer.chunks_mut(8) {
            let count = self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            chunk.copy_from_slice(&count.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Alice, signed in a minute ago.
pub fn login() -> Login {
    Login::new(ALICE, Timestamp::from_unix(NOW - 60)).amr("pwd").session_id("session-1")
}

/// What happened before: nothing of it has ended yet.
pub struct Past {
    pub records: Records,
    /// Client and code.
    pub codes: Vec<(&'static str, String)>,
    /// Client and tokens, as the token endpoint answered them.
    pub tokens: Vec<(&'static str, Json)>,
    /// A sign-in page that waits, and a consent page.
    pub waiting: [String; 2],
}

pub static PAST: LazyLock<Past> = LazyLock::new(|| {
    let store = Store::default();
    let issuer = ISSUER.clone().with_grants(store.clone());
    let login = login();
    let browser = Browser::new(BROWSER).signed_in(&login);
    let ask = |client: &str, browser: &Browser<'_>| {
        block_on(issuer.answer(Call::new("GET", &authorize_target(client, &[])), browser))
    };
    let code = |client: &'static str| {
        let mut answer = ask(client, &browser);
        if let Answer::Consent(prompt) = &answer {
            answer = block_on(issuer.consent(prompt.interaction(), &browser, ConsentDecision::AllowAll));
        }
        let Answer::Reply(reply) = answer else { panic!("{client}: {answer:?}") };
        let location = reply.header("Location").expect("a redirect");
        (client, read::sent(location).remove("code").unwrap_or_else(|| panic!("{client}: {location}")))
    };
    let redeem = |(client, code): (&'static str, String)| {
        let reply = send(&issuer, client, "token", &redemption(client, &code));
        assert_eq!(reply.status(), 200, "{client}: {}", reply.body());
        (client, serde_json::from_str(reply.body()).expect("JSON"))
    };
    // The page that asks for consent comes first: afterwards it is remembered.
    let Answer::Consent(consent) = ask("asks", &browser) else { panic!("no consent page") };
    let Answer::Login(page) = ask("web", &Browser::new(BROWSER)) else { panic!("no sign-in page") };
    let tokens = ["web", "web2", "asks", "spa"].map(code).map(redeem).to_vec();
    let codes = ["web", "web2", "asks", "spa"].map(code).to_vec();
    let waiting = [page.interaction().to_owned(), consent.interaction().to_owned()];
    Past { records: store.records(), codes, tokens, waiting }
});

/// The usual request of a client, changed: null leaves a parameter out, a list repeats it.
pub fn authorize_target(client: &str, changes: &[(&str, &Json)]) -> String {
    let mut query: Vec<(&str, String)> = vec![
        ("client_id", format!("{client}-client")),
        ("redirect_uri", redirect_uri(client)),
        ("response_type", "code".to_owned()),
        ("scope", "openid profile email offline_access api:read api:write".to_owned()),
        ("state", "s1".to_owned()),
        ("nonce", "n1".to_owned()),
        ("code_challenge", CHALLENGE.to_owned()),
        ("code_challenge_method", "S256".to_owned()),
    ];
    for (name, value) in changes {
        query.retain(|(known, _)| known != name);
        let values = value.as_array().cloned().unwrap_or_else(|| vec![(*value).clone()]);
        query.extend(values.iter().filter_map(Json::as_str).map(|value| (*name, value.to_owned())));
    }
    format!("/oauth2/default/v1/authorize?{}", read::encoded(&query))
}

pub fn redirect_uri(client: &str) -> String {
    match client {
        "native" => "http://127.0.0.1:4711/cb".to_owned(),
        "wild" => "https://a.shop.test/cb".to_owned(),
        _ => format!("https://{client}.test/cb"),
    }
}

pub fn redemption(client: &str, code: &str) -> Vec<(&'static str, String)> {
    vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", code.to_owned()),
        ("redirect_uri", redirect_uri(client)),
        ("code_verifier", VERIFIER.to_owned()),
    ]
}

pub fn refresh(token: &str) -> Vec<(&'static str, String)> {
    vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", token.to_owned())]
}

/// The Authorization header and the body of a client's request.
pub fn authenticated(client: &str, form: &[(&'static str, String)]) -> (String, String) {
    let (id, secret) = (format!("{client}-client"), format!("secret-of-the-{client}-client"));
    let mut form = form.to_vec();
    let mut header = String::new();
    match client {
        "spa" | "native" => form.push(("client_id", id)),
        "web2" => form.extend([("client_id", id), ("client_secret", secret)]),
        _ => header = read::basic(&id, &secret),
    }
    (header, read::encoded(&form))
}

/// A client's request to an endpoint of the default server.
pub fn send(issuer: &Issuer, client: &str, endpoint: &str, form: &[(&'static str, String)]) -> Reply {
    let (header, body) = authenticated(client, form);
    post(issuer, endpoint, header.as_bytes(), body.as_bytes())
}

/// The same, without a header where it is empty.
pub fn post(issuer: &Issuer, endpoint: &str, header: &[u8], body: &[u8]) -> Reply {
    let target = format!("/oauth2/default/v1/{endpoint}");
    let mut call =
        Call::new("POST", &target).header("Content-Type", b"application/x-www-form-urlencoded").body(body);
    if !header.is_empty() {
        call = call.header("Authorization", header);
    }
    match block_on(issuer.answer(call, &Browser::new(BROWSER))) {
        Answer::Reply(reply) => reply,
        other => panic!("no reply: {other:?}"),
    }
}
