//! Browsers of cases: requests to the authorization endpoint, and what the host's pages make of them.
//!
//! A step is one of
//! - `authorize`: a request. The usual one is the code flow of the first app with a redirect URI
//!   that is assigned to a group, with a
//!   challenge if the app needs one. `query` changes its parameters as `form` does those of a token
//!   request; `raw` is the query itself; `method`, `path` and `as` are those of a request; `session` signs
//!   the browser in (`true`: the first user, a minute ago; or as `login` says), `browser` is its cookie.
//! - `login`: the page of the last answer signs somebody in: `user` (the first), `at` (seconds from now),
//!   `amr`, `acr`, `idp`.
//! - `consent`: `"allow"`, `"deny"` or a list of optional scopes.
//! - `cancel` and `again`: true.
//!
//! The last four take `of`, the place of the answer whose page it is, `from`, another browser, and
//! `session`.
//!
//! It expects `answer`: `redirect`, `form`, `message`, `login`, `consent` or `error`; of what goes to the
//! client `to`, `in` (`query` or `fragment`), `params` (must be equal), `present`, `absent`, and with
//! `id_token` and `access_token` their `present`, `absent` and `claims`; of an error, wherever it is shown,
//! `error` and `error_description`; `status`; of pages `prompt` (members by the names of the methods) and
//! `scopes` (name → whether optional, whether granted).

use std::collections::BTreeMap;

use chancery::testing::block_on;
use chancery::types::Timestamp;
use chancery::{Answer, Browser, Call, ConsentDecision, Issuer, Login, Reply};
use serde_json::{Map, Value, json};

use super::expect::decoded;
use super::only;
use super::request::{change, encode};

/// RFC 7636, appendix B.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Whether a step is about a browser.
pub(crate) fn is_one(step: &Value) -> bool {
    ["authorize", "login", "consent", "cancel", "again"].iter().any(|name| !step[*name].is_null())
}

/// The browsers of one case.
#[derive(Default)]
pub(crate) struct Browsers {
    /// The interaction that each answer showed a page for.
    pages: Vec<Option<String>>,
    /// What the last request asked for.
    asked: BTreeMap<String, Vec<String>>,
    /// The last code that came.
    pub(crate) code: Option<String>,
    /// The last ID token that came.
    pub(crate) id_token: Option<String>,
}

impl Browsers {
    pub(crate) fn step(&mut self, issuer: &Issuer, org: &Value, step: &Value, now: i64, context: &str) {
        let cookie = step["from"].as_str().or(step["authorize"]["browser"].as_str()).unwrap_or("cookie");
        let session =
            if step["session"].is_null() { &step["authorize"]["session"] } else { &step["session"] };
        let session = (!session.is_null()).then(|| login(org, session, now, -60));
        let browser = Browser::new(cookie);
        let browser = session.as_ref().map_or(browser, |session| browser.signed_in(session));
        let page = || {
            let last = step["of"].as_u64().map_or(self.pages.len(), |place| place as usize);
            self.pages[last - 1].clone().unwrap_or_else(|| panic!("no page before: {context}"))
        };
        let answer = if !step["authorize"].is_null() {
            let (call, asked) = Asked::new(org, &step["authorize"], self.id_token.as_deref()).split();
            self.asked = asked;
            call.send(issuer, &browser)
        } else if !step["login"].is_null() {
            block_on(issuer.login(&page(), &browser, login(org, &step["login"], now, 0)))
        } else if let Some(list) = step["consent"].as_array() {
            let optional = list.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
            block_on(issuer.consent(&page(), &browser, ConsentDecision::Allow { optional }))
        } else if !step["consent"].is_null() {
            let decision = match step["consent"].as_str() {
                Some("allow") => ConsentDecision::AllowAll,
                Some("deny") => ConsentDecision::Deny,
                other => panic!("consent {other:?}"),
            };
            block_on(issuer.consent(&page(), &browser, decision))
        } else if !step["cancel"].is_null() {
            block_on(issuer.cancel(&page(), &browser))
        } else {
            block_on(issuer.interaction(&page(), &browser))
        };
        self.check(org, answer, &step["expect"], now, context);
    }

    fn check(&mut self, org: &Value, answer: Answer, expect: &Value, now: i64, context: &str) {
        only(
            expect,
            &[
                "answer",
                "to",
                "in",
                "params",
                "present",
                "absent",
                "id_token",
                "access_token",
                "error",
                "error_description",
                "status",
                "prompt",
                "scopes",
                "headers",
            ],
        );
        let context = &format!("{context}\n   answered {answer:?}");
        let mut seen = Seen::of(answer, context);
        if let Some(sent) = &seen.sent {
            self.sent(org, sent, context);
        }
        self.pages.push(seen.interaction.take());
        let context = &format!("{context}\n   {:?}", seen.sent);
        assert_eq!(json!(seen.kind), expect["answer"], "answer: {context}");
        if !expect["status"].is_null() {
            assert_eq!(json!(seen.status), expect["status"], "status: {context}");
        }
        for name in ["error", "error_description"] {
            let expected = expect[name].as_str();
            if expected.is_some() || name == "error" {
                assert_eq!(seen.error.get(name).map(String::as_str), expected, "{name}: {context}");
            }
        }
        for (name, expected) in expect["prompt"].as_object().into_iter().flatten() {
            assert_eq!(seen.prompt.get(name), Some(expected), "prompt {name}: {context}");
        }
        if !expect["scopes"].is_null() {
            assert_eq!(seen.prompt["scopes"], expect["scopes"], "scopes: {context}");
        }
        let Some(sent) = &seen.sent else { return };
        for (name, expected) in [("to", &sent.to), ("in", &sent.channel)] {
            if let Some(value) = expect[name].as_str() {
                assert_eq!(expected, value, "{name}: {context}");
            }
        }
        for (name, expected) in expect["params"].as_object().into_iter().flatten() {
            assert_eq!(sent.one(name), expected.as_str(), "{name}: {context}");
        }
        for name in expect["present"].as_array().into_iter().flatten() {
            assert!(sent.one(name.as_str().unwrap()).is_some(), "{name} is missing: {context}");
        }
        for name in expect["absent"].as_array().into_iter().flatten() {
            assert!(sent.one(name.as_str().unwrap()).is_none(), "{name} is there: {context}");
        }
        for token in ["id_token", "access_token"] {
            if expect[token].is_null() {
                continue;
            }
            only(&expect[token], &["present", "absent", "claims"]);
            let text = sent.one(token).unwrap_or_else(|| panic!("no {token}: {context}"));
            let claims = decoded(text).1;
            assert_eq!(claims["iat"], json!(now), "{context}");
            for (name, expected) in expect[token]["claims"].as_object().into_iter().flatten() {
                assert_eq!(&claims[name], expected, "{token} {name}: {claims} {context}");
            }
            for name in expect[token]["present"].as_array().into_iter().flatten() {
                assert!(!claims[name.as_str().unwrap()].is_null(), "{token} {name}: {claims} {context}");
            }
            for name in expect[token]["absent"].as_array().into_iter().flatten() {
                assert!(claims[name.as_str().unwrap()].is_null(), "{token} {name}: {claims} {context}");
            }
        }
    }

    /// What holds for everything that goes to a client (A089, A099, A101).
    fn sent(&mut self, org: &Value, sent: &Sent, context: &str) {
        let asked = |name: &str| self.asked.get(name).map_or(&[] as &[String], Vec::as_slice);
        let registered: Vec<&str> = org["apps"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|app| app["settings"]["oauthClient"]["redirect_uris"].as_array().into_iter().flatten())
            .map(|uri| uri.as_str().unwrap())
            .collect();
        let near = |uri: &&str| {
            sent.to == **uri
                || (sent.channel == "message" && uri.starts_with(&sent.to))
                || uri.contains('*')
                || uri.contains('?')
                || uri.starts_with("http://127.0.0.1")
        };
        assert!(registered.iter().any(near), "sent to nobody's {}: {context}", sent.to);
        let iss = sent.one("iss").unwrap_or_else(|| panic!("no iss: {context}"));
        assert!(iss.starts_with(org["baseUrl"].as_str().unwrap()), "iss {iss}: {context}");
        let state = asked("state");
        match sent.one("state") {
            Some(echoed) => assert_eq!([echoed.to_owned()].as_slice(), state, "state: {context}"),
            None => assert!(sent.one("error").is_some(), "no state: {context}"),
        }
        let (code, error) = (sent.one("code"), sent.one("error"));
        let token = sent.one("access_token").or(sent.one("id_token"));
        assert!(error.is_none() || code.or(token).is_none(), "an error and more: {context}");
        assert!(error.or(code).or(token).is_some(), "nothing: {context}");
        if let Some(code) = code {
            assert!(code.len() == 43, "{context}");
            self.code = Some(code.to_owned());
        }
        if let Some(token) = sent.one("id_token") {
            self.id_token = Some(token.to_owned());
        }
        assert!(token.is_none() || sent.channel != "query", "tokens in a query: {context}");
    }
}

/// A sign-in as a case says it: `true`, or its members.
fn login(org: &Value, says: &Value, now: i64, usual: i64) -> Login {
    if says.is_object() {
        only(says, &["user", "at", "amr", "acr", "idp"]);
    }
    let user = says["user"].as_str().or(org["users"][0]["id"].as_str()).unwrap();
    let at = Timestamp::from_unix(now + says["at"].as_i64().unwrap_or(usual));
    let login = Login::new(user, at);
    let login = says["amr"]
        .as_array()
        .into_iter()
        .flatten()
        .fold(login, |login, method| login.amr(method.as_str().unwrap()));
    let login = says["acr"].as_str().map(|acr| login.clone().acr(acr)).unwrap_or(login);
    says["idp"].as_str().map(|idp| login.clone().idp(idp)).unwrap_or(login)
}

struct Asked {
    method: String,
    path: String,
    text: String,
    parameters: BTreeMap<String, Vec<String>>,
}

impl Asked {
    fn new(org: &Value, says: &Value, id_token: Option<&str>) -> Self {
        if says.is_object() {
            only(says, &["method", "path", "query", "raw", "as", "session", "browser"]);
        }
        let apps = org["apps"].as_array().unwrap();
        let uris = |app: &Value| app["settings"]["oauthClient"]["redirect_uris"].clone();
        let named = |app: &&Value| {
            says["as"]
                .as_str()
                .map_or(uris(app)[0].is_string() && app["groups"].is_array(), |id| app["id"] == json!(id))
        };
        let app = apps.iter().find(named).expect("an app with users");
        let own = &app["credentials"]["oauthClient"];
        let mut parameters: Vec<(String, String)> = [
            ("client_id", own["client_id"].as_str().unwrap()),
            ("response_type", "code"),
            ("scope", "openid"),
            ("redirect_uri", uris(app)[0].as_str().unwrap_or("https://nobody.test/cb")),
            ("state", "s1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        if own["token_endpoint_auth_method"] == json!("none") || own["pkce_required"] == json!(true) {
            parameters.push(("code_challenge".to_owned(), CHALLENGE.to_owned()));
            parameters.push(("code_challenge_method".to_owned(), "S256".to_owned()));
        }
        let mut changes = says["query"].clone();
        if changes["id_token_hint"] == json!("$id_token") {
            changes["id_token_hint"] = json!(id_token.expect("an ID token"));
        }
        change(&mut parameters, &changes);
        let text = says["raw"].as_str().map_or_else(|| encode(&parameters), str::to_owned);
        let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()).into_owned() {
            by_name.entry(name).or_default().push(value);
        }
        let path = says["path"].as_str().unwrap_or("/oauth2/default/v1/authorize").to_owned();
        Self { method: says["method"].as_str().unwrap_or("GET").to_owned(), path, text, parameters: by_name }
    }

    fn split(mut self) -> (Self, BTreeMap<String, Vec<String>>) {
        let parameters = std::mem::take(&mut self.parameters);
        (self, parameters)
    }

    fn send(&self, issuer: &Issuer, browser: &Browser<'_>) -> Answer {
        let target = format!("{}?{}", self.path, self.text);
        let call = match self.method.as_str() {
            "POST" => Call::new("POST", &self.path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(&self.text),
            method => Call::new(method, &target),
        };
        block_on(issuer.answer(call, browser))
    }
}

/// What went to the client.
#[derive(Debug)]
struct Sent {
    to: String,
    channel: String,
    parameters: Vec<(String, String)>,
}

impl Sent {
    fn one(&self, name: &str) -> Option<&str> {
        let mut found = self.parameters.iter().filter(|(known, _)| known == name);
        let first = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} twice: {self:?}");
        first
    }
}

/// An answer, opened.
struct Seen {
    kind: &'static str,
    status: Option<u16>,
    sent: Option<Sent>,
    error: BTreeMap<&'static str, String>,
    prompt: Value,
    interaction: Option<String>,
}

impl Seen {
    fn of(answer: Answer, context: &str) -> Self {
        let mut seen = Self {
            kind: "",
            status: None,
            sent: None,
            error: BTreeMap::new(),
            prompt: Value::Null,
            interaction: None,
        };
        match answer {
            Answer::Reply(reply) => {
                seen.status = Some(reply.status());
                let sent;
                (seen.kind, sent) = opened(&reply, context);
                for name in ["error", "error_description"] {
                    seen.error.extend(sent.one(name).map(|text| (name, text.to_owned())));
                }
                seen.sent = Some(sent);
            }
            Answer::Login(prompt) => {
                seen.kind = "login";
                seen.interaction = Some(prompt.interaction().to_owned());
                seen.prompt = json!({
                    "client_id": prompt.client_id().as_str(), "client_label": prompt.client_label(),
                    "login_hint": prompt.login_hint(), "hinted_user": prompt.hinted_user().map(|id| id.as_str()),
                    "acr": prompt.acr(), "display": prompt.display(), "ui_locales": prompt.ui_locales(),
                    "must_authenticate": prompt.must_authenticate(),
                });
            }
            Answer::Consent(prompt) => {
                seen.kind = "consent";
                seen.interaction = Some(prompt.interaction().to_owned());
                let scopes: Map<String, Value> = prompt
                    .scopes()
                    .iter()
                    .map(|scope| (scope.name().to_owned(), json!([scope.is_optional(), scope.is_granted()])))
                    .collect();
                let texts: Map<String, Value> = prompt
                    .scopes()
                    .iter()
                    .map(|scope| {
                        (scope.name().to_owned(), json!([scope.display_name(), scope.description()]))
                    })
                    .collect();
                seen.prompt = json!({
                    "client_id": prompt.client_id().as_str(), "client_label": prompt.client_label(),
                    "user": prompt.user().id().as_str(), "scopes": scopes, "texts": texts,
                });
            }
            Answer::Error(page) => {
                seen.kind = "error";
                seen.status = Some(page.status());
                seen.error.insert("error", page.error().to_owned());
                seen.error.insert("error_description", page.description().to_owned());
                page_is_harmless(&page.into_reply(), context);
            }
            other => panic!("{other:?}: {context}"),
        }
        seen
    }
}

/// A074, A083: no way leads out of an error page.
fn page_is_harmless(reply: &Reply, context: &str) {
    for name in ["Location", "Refresh", "Set-Cookie"] {
        assert_eq!(reply.header(name), None, "{context}");
    }
    assert_eq!(reply.header("Content-Type"), Some("text/html;charset=UTF-8"), "{context}");
    assert_eq!(reply.header("Cache-Control"), Some("no-store"), "{context}");
    for part in ["href", "http-equiv", "<form", "<script", "src="] {
        assert!(!reply.body().contains(part), "{part}: {} {context}", reply.body());
    }
}

fn opened(reply: &Reply, context: &str) -> (&'static str, Sent) {
    assert_eq!(reply.header("Cache-Control"), Some("no-store"), "{context}");
    assert_eq!(reply.header("Referrer-Policy"), Some("no-referrer"), "{context}");
    if reply.status() == 302 {
        assert_eq!(reply.body(), "", "{context}");
        let location = reply.header("Location").unwrap();
        assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{location} {context}");
        let (before, fragment) = location.split_once('#').map_or((location, None), |(a, b)| (a, Some(b)));
        let (to, query) = before.split_once('?').map_or((before, None), |(a, b)| (a, Some(b)));
        let read = |text: &str| url::form_urlencoded::parse(text.as_bytes()).into_owned().collect::<Vec<_>>();
        // Whatever the client registered in its query stays; answers stand in one place.
        let parameters: Vec<_> = [fragment, query].into_iter().flatten().flat_map(read).collect();
        let channel = if fragment.is_some() { "fragment" } else { "query" };
        return ("redirect", Sent { to: to.to_owned(), channel: channel.to_owned(), parameters });
    }
    let body = reply.body();
    let attribute = |text: &str, name: &str| {
        let rest = text.split_once(&format!("{name}=\"")).map(|(_, rest)| rest).unwrap_or_default();
        let value = rest.split('"').next().unwrap_or_default();
        ["&lt;|<", "&gt;|>", "&quot;|\"", "&#39;|'", "&amp;|&"].iter().fold(value.to_owned(), |text, pair| {
            let (from, to) = pair.split_once('|').unwrap();
            text.replace(from, to)
        })
    };
    let parameters = body
        .split("<input ")
        .skip(1)
        .map(|input| (attribute(input, "name"), attribute(input, "value")))
        .collect();
    let (kind, to) = match body.contains("data-origin=") {
        true => ("message", attribute(body, "data-origin")),
        false => ("form", attribute(body, "action")),
    };
    (kind, Sent { to, channel: kind.to_owned(), parameters })
}
