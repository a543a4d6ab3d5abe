//! Requests of cases, from what differs from the usual one:
//! `POST /oauth2/default/v1/token`, client credentials for `car:read`, by the first app.
//!
//! Members: `method`, `path`, `headers` (name → value, or a list of values), `peer`, `form` (changes the
//! usual form: a list repeats a parameter, null leaves it out), `body` (the body itself), `as` (the
//! app that asks; its registration says how it authenticates), `auth` (instead: `"none"`,
//! `"public"`, `{"basic": [id, secret]}`, `{"post": [id, secret]}`), and `assertion`.
//!
//! An assertion is that of the app `as`, changed: `alg`, `key` (a file of `tests/data/keys`), `secret` (for
//! an HMAC), `header` and `claims` (null removes; the text `now+300` is a time), `type` (null leaves
//! `client_assertion_type` out) or `raw` (the assertion itself).

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chancery::testing::block_on;
use chancery::types::Lifetime;
use chancery::{Answer, AssertionRules, Browser, Call, Issuer, Reply};
use serde_json::{Map, Value, json};

use super::keys::{TestKey, hmac};
use super::only;

pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) peer: Option<String>,
}

impl Request {
    pub(crate) fn new(org: &Value, says: &Value, now: i64) -> Self {
        only(says, &["method", "path", "headers", "form", "body", "as", "auth", "assertion", "peer"]);
        let text = |name: &str| says[name].as_str();
        let path = text("path").unwrap_or("/oauth2/default/v1/token").to_owned();
        let is_token = path.contains("/v1/token") && !path.contains("/.well-known/");
        let method = text("method").unwrap_or(if is_token { "POST" } else { "GET" }).to_owned();
        let mut request = Self {
            method,
            path,
            headers: Vec::new(),
            body: Vec::new(),
            peer: text("peer").map(str::to_owned),
        };
        if request.method == "POST" {
            let mut form = vec![
                ("grant_type".to_owned(), "client_credentials".to_owned()),
                ("scope".to_owned(), "car:read".to_owned()),
            ];
            request.header("Content-Type", "application/x-www-form-urlencoded");
            request.authenticate(org, says, &mut form, now);
            change(&mut form, &says["form"]);
            request.body = encode(&form).into_bytes();
        }
        if let Some(body) = text("body") {
            request.body = body.as_bytes().to_vec();
        }
        for (name, value) in says["headers"].as_object().into_iter().flatten() {
            request.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            for value in listed(value) {
                request.header(name, &value);
            }
        }
        request
    }

    fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
    }

    fn authenticate(&mut self, org: &Value, says: &Value, form: &mut Vec<(String, String)>, now: i64) {
        let client = App::of(org, says["as"].as_str());
        let pair =
            |value: &Value| (value[0].as_str().unwrap().to_owned(), value[1].as_str().unwrap().to_owned());
        let own = (client.id.to_owned(), client.secret.to_owned());
        let (method, (id, secret)) = match &says["auth"] {
            Value::String(word) if word == "none" => return,
            Value::String(word) if word == "public" => ("none", own),
            Value::Object(given) if given.contains_key("basic") => {
                ("client_secret_basic", pair(&given["basic"]))
            }
            Value::Object(given) => ("client_secret_post", pair(&given["post"])),
            _ if !says["assertion"].is_null() => ("private_key_jwt", own),
            _ => (client.method, own),
        };
        match method {
            "client_secret_basic" => self.header("Authorization", &basic(&id, &secret)),
            "client_secret_post" => {
                form.push(("client_id".to_owned(), id));
                form.push(("client_secret".to_owned(), secret));
            }
            "none" => form.push(("client_id".to_owned(), id)),
            _ => {
                let endpoint = format!("{}{}", org["baseUrl"].as_str().unwrap(), self.path);
                let assertion = assertion(&client, &says["assertion"], &endpoint, now);
                if let Some(kind) = says["assertion"].get("type").unwrap_or(&json!(JWT_BEARER)).as_str() {
                    form.push(("client_assertion_type".to_owned(), kind.to_owned()));
                }
                form.push(("client_assertion".to_owned(), assertion));
            }
        }
    }

    pub(crate) fn send(&self, issuer: &Issuer) -> Reply {
        let mut call = Call::new(&self.method, &self.path).body(&self.body);
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        if let Some(peer) = &self.peer {
            call = call.peer(peer);
        }
        match block_on(issuer.answer(call, &Browser::new("the browser"))) {
            Answer::Reply(reply) => reply,
            other => panic!("no reply: {other:?}"),
        }
    }
}

/// What an app of the org file says of its own authentication.
struct App<'a> {
    id: &'a str,
    method: &'a str,
    secret: &'a str,
    kid: Option<&'a str>,
}

impl App<'_> {
    fn of<'a>(org: &'a Value, id: Option<&str>) -> App<'a> {
        let apps = org["apps"].as_array().expect("apps");
        let found = apps.iter().find(|app| id.is_none_or(|id| app["id"] == json!(id)));
        let app = found.unwrap_or_else(|| panic!("no app {id:?}"));
        let own = &app["credentials"]["oauthClient"];
        App {
            id: app["id"].as_str().unwrap(),
            method: own["token_endpoint_auth_method"].as_str().unwrap_or("client_secret_basic"),
            secret: own["client_secret"].as_str().unwrap_or(""),
            kid: app["settings"]["oauthClient"]["jwks"]["keys"][0]["kid"].as_str(),
        }
    }
}

static COUNT: AtomicU64 = AtomicU64::new(0);

fn assertion(client: &App<'_>, says: &Value, endpoint: &str, now: i64) -> String {
    only(says, &["alg", "key", "secret", "header", "claims", "type", "raw"]);
    if let Some(raw) = says["raw"].as_str() {
        return raw.to_owned();
    }
    let by_secret = client.method == "client_secret_jwt" || says["secret"].is_string();
    let key = says["key"].as_str().unwrap_or("rsa-2048-other");
    let usual = match (by_secret, key.split('-').next()) {
        (true, _) => "HS256",
        (_, Some("p256")) => "ES256",
        (_, Some("p384")) => "ES384",
        (_, Some("ed25519")) => "EdDSA",
        _ => "RS256",
    };
    let algorithm = says["alg"].as_str().unwrap_or(usual);
    let mut header = json!({"alg": algorithm});
    if let Some(kid) = client.kid.filter(|_| !by_secret) {
        header["kid"] = json!(kid);
    }
    let count = COUNT.fetch_add(1, Ordering::SeqCst);
    let mut claims = json!({"iss": client.id, "sub": client.id, "aud": endpoint, "iat": now, "exp": now + 300,
        "jti": format!("jti-{count}")});
    merge(&mut header, &says["header"], now);
    merge(&mut claims, &says["claims"], now);
    let sign = |message: &[u8]| match by_secret {
        true => hmac(algorithm, says["secret"].as_str().unwrap_or(client.secret).as_bytes(), message),
        false => TestKey::load(key).sign(algorithm, message),
    };
    jws(&header.to_string(), &claims.to_string(), sign)
}

/// A compact JWS of any header and payload.
pub(crate) fn jws(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn merge(into: &mut Value, changes: &Value, now: i64) {
    let members = into.as_object_mut().unwrap();
    for (name, value) in changes.as_object().into_iter().flatten() {
        match value {
            Value::Null => drop(members.remove(name)),
            Value::String(text) if text == "$null" => drop(members.insert(name.clone(), Value::Null)),
            Value::String(text) if text.starts_with("now") => {
                let offset: i64 = text[3..].parse().unwrap_or(0);
                members.insert(name.clone(), json!(now + offset));
            }
            value => drop(members.insert(name.clone(), value.clone())),
        }
    }
}

pub(crate) fn change(form: &mut Vec<(String, String)>, changes: &Value) {
    for (name, value) in changes.as_object().unwrap_or(&Map::new()) {
        form.retain(|(known, _)| known != name);
        form.extend(listed(value).into_iter().map(|value| (name.clone(), value)));
    }
}

fn listed(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    match value {
        Value::Null => Vec::new(),
        Value::Array(list) => list.iter().map(text).collect(),
        value => vec![text(value)],
    }
}

/// `application/x-www-form-urlencoded`.
pub(crate) fn encode(form: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// RFC 6749 §2.3.1.
pub(crate) fn basic(id: &str, secret: &str) -> String {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))))
}

/// The settings of a case: `{"require_jti": true, "strict_audience": true, "max_age": 300}`.
pub(crate) fn with_assertion_rules(issuer: Issuer, says: &Value) -> Issuer {
    only(says, &["require_jti", "strict_audience", "max_age"]);
    let mut rules = AssertionRules::default();
    rules.require_jti = says["require_jti"] == json!(true);
    rules.strict_audience = says["strict_audience"] == json!(true);
    rules.max_age = says["max_age"].as_u64().map(|seconds| Lifetime::seconds(seconds as u32));
    issuer.with_assertion_rules(rules)
}
