//! An organisation with people in it, a browser that someone is signed in to, and clients that ask.

use chancery::testing::block_on;
use chancery::types::Timestamp;
use chancery::{Answer, Browser, Call, ErrorPage, Issuer, Login, Reply};
use serde_json::{Value, json};

use crate::scripted::{NOW, TestClock, org, read};

/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) clock: TestClock,
    pub(crate) org: Value,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|issuer| issuer)
    }

    /// With other host parts.
    pub(crate) fn with(change: impl FnOnce(Issuer) -> Issuer) -> Self {
        let org = read("sign_in/org.json");
        let clock = TestClock::new();
        let issuer = change(crate::scripted::issuer(&org, &clock));
        Self { issuer, clock, org }
    }

    /// Puts a changed organisation in place: JSON pointer → value, null removes.
    pub(crate) fn change(&self, changes: &[(&str, Value)]) {
        let mut changed = self.org.clone();
        for (pointer, value) in changes {
            match changed.pointer_mut(pointer) {
                Some(place) => *place = value.clone(),
                None => {
                    let (parent, member) = pointer.rsplit_once('/').unwrap();
                    changed.pointer_mut(parent).unwrap()[member] = value.clone();
                }
            }
        }
        self.issuer.replace_org(org::compile(&changed).unwrap_or_else(|errors| panic!("{errors}")));
    }

    pub(crate) fn at(&self, seconds: i64) -> &Self {
        self.clock.set(NOW + seconds);
        self
    }

    /// Someone signed in just now, with a password.
    pub(crate) fn login(&self, user: &str) -> Login {
        Login::new(user, Timestamp::from_unix(self.clock.now())).amr("pwd").session_id("session-1")
    }

    pub(crate) fn authorize(
        &self,
        client: &str,
        changes: &[(&str, &str)],
        session: Option<&Login>,
    ) -> Answer {
        self.authorize_at("default", client, changes, session)
    }

    /// The usual request of a client, changed: an empty value leaves a parameter out.
    pub(crate) fn authorize_at(
        &self,
        server: &str,
        client: &str,
        changes: &[(&str, &str)],
        session: Option<&Login>,
    ) -> Answer {
        let redirect_uri = format!("https://{client}.test/cb");
        let client = format!("{client}-client");
        let mut parameters = vec![
            ("client_id", client.as_str()),
            ("redirect_uri", &redirect_uri),
            ("response_type", "code"),
            ("scope", "openid profile email offline_access api:read"),
            ("state", "s1"),
            ("nonce", "n1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changes {
            parameters.retain(|(known, _)| known != name);
            parameters.push((name, value));
        }
        let query: Vec<String> = parameters
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let target = format!("{}/v1/authorize?{}", path_of(server), query.join("&"));
        let mut browser = Browser::new("the-browser-s-cookie");
        if let Some(login) = session {
            browser = browser.signed_in(login);
        }
        block_on(self.issuer.answer(Call::new("GET", &target), &browser))
    }

    /// A code for alice, signed in just now.
    pub(crate) fn code(&self, client: &str, changes: &[(&str, &str)]) -> String {
        let login = self.login("00ualice");
        let reply = sent(self.authorize(client, changes, Some(&login)));
        let parameters = location(&reply);
        parameters.get("code").unwrap_or_else(|| panic!("no code in {parameters:?}")).clone()
    }

    pub(crate) fn redeem(&self, client: &str, code: &str) -> Reply {
        self.redeem_with(client, code, &[])
    }

    pub(crate) fn redeem_with(&self, client: &str, code: &str, changes: &[(&str, &str)]) -> Reply {
        let redirect_uri = format!("https://{client}.test/cb");
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        for (name, value) in changes {
            form.retain(|(known, _)| known != name);
            form.push((name, value));
        }
        self.post("default", "token", client, &form)
    }

    /// The tokens of a code for alice.
    pub(crate) fn tokens(&self, client: &str, changes: &[(&str, &str)]) -> Value {
        json_of(&self.redeem(client, &self.code(client, changes)))
    }

    pub(crate) fn refresh(&self, client: &str, token: &str) -> Reply {
        self.refresh_with(client, token, &[])
    }

    pub(crate) fn refresh_with(&self, client: &str, token: &str, more: &[(&str, &str)]) -> Reply {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        form.extend(more);
        self.post("default", "token", client, &form)
    }

    pub(crate) fn introspect(&self, client: &str, token: &str) -> Value {
        json_of(&self.post("default", "introspect", client, &[("token", token)]))
    }

    pub(crate) fn is_active(&self, token: &Value) -> bool {
        let answer = self.introspect("rs", token.as_str().unwrap());
        if answer["active"] == json!(false) {
            assert_eq!(answer, json!({"active": false}));
        }
        answer["active"] == json!(true)
    }

    pub(crate) fn revoke(&self, client: &str, token: &str) -> Reply {
        self.post("default", "revoke", client, &[("token", token)])
    }

    pub(crate) fn userinfo(&self, token: &str) -> Reply {
        let header = format!("Bearer {token}");
        self.send(Call::new("GET", "/oauth2/default/v1/userinfo").header("Authorization", &header))
    }

    /// A form of an authenticated client.
    pub(crate) fn post(&self, server: &str, endpoint: &str, client: &str, form: &[(&str, &str)]) -> Reply {
        let secret = format!("secret-of-the-{client}-client");
        let client_id = format!("{client}-client");
        let mut form = form.to_vec();
        let basic = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            format!("{client_id}:{secret}"),
        );
        let basic = format!("Basic {basic}");
        let target = format!("{}/v1/{endpoint}", path_of(server));
        let mut call =
            Call::new("POST", &target).header("Content-Type", b"application/x-www-form-urlencoded");
        match client {
            "spa" => form.push(("client_id", &client_id)),
            "web2" => form.extend([("client_id", client_id.as_str()), ("client_secret", &secret)]),
            _ => call = call.header("Authorization", &basic),
        }
        let body: Vec<String> =
            form.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let body = body.join("&");
        self.send(call.body(&body))
    }

    pub(crate) fn send(&self, call: Call<'_>) -> Reply {
        sent(block_on(self.issuer.answer(call, &Browser::new("nobody"))))
    }
}

/// The path of a server; an empty name is the org server's.
fn path_of(server: &str) -> String {
    if server.is_empty() { "/oauth2".to_owned() } else { format!("/oauth2/{server}") }
}

pub(crate) fn sent(answer: Answer) -> Reply {
    match answer {
        Answer::Reply(reply) => reply,
        other => panic!("no reply: {other:?}"),
    }
}

pub(crate) fn page(answer: Answer) -> ErrorPage {
    match answer {
        Answer::Error(page) => page,
        other => panic!("no error page: {other:?}"),
    }
}

pub(crate) fn json_of(reply: &Reply) -> Value {
    assert_eq!(reply.status(), 200, "{}", reply.body());
    serde_json::from_str(reply.body()).unwrap()
}

/// The parameters of a redirect, of its query and of its fragment.
pub(crate) fn location(reply: &Reply) -> std::collections::BTreeMap<String, String> {
    let location = reply.header("Location").unwrap_or_else(|| panic!("no redirect: {}", reply.body()));
    let url = url::Url::parse(location).unwrap();
    let fragment = url::form_urlencoded::parse(url.fragment().unwrap_or("").as_bytes());
    url.query_pairs().chain(fragment).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// `400 invalid_grant` as an assertion reads it.
pub(crate) fn outcome(reply: &Reply) -> String {
    let body: Value = serde_json::from_str(reply.body()).unwrap_or_default();
    match body["error"].as_str() {
        Some(error) => {
            for member in ["access_token", "id_token", "refresh_token", "code"] {
                assert!(body.get(member).is_none(), "{member} beside an error");
            }
            format!("{} {error}", reply.status())
        }
        None => reply.status().to_string(),
    }
}

pub(crate) fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    let json = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, payload).unwrap();
    serde_json::from_slice(&json).unwrap()
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
