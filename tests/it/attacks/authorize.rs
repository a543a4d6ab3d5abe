//! The authorization endpoint, where a list of requests does not say it all: every parameter, every byte,
//! every server, races, and a store in trouble.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use chancery::host::{GrantKey, GrantRecord, GrantStore};
use chancery::testing::block_on;
use chancery::types::{ClientId, Timestamp, UserId};
use chancery::{
    Answer, Browser, Call, ConsentDecision, ConsentPrompt, Fault, Issuer, Login, MemoryGrants, Reply,
};
use serde_json::{Value, json};

use crate::scripted::authorize::{CHALLENGE, VERIFIER};
use crate::scripted::request::Request;
use crate::scripted::{NOW, TestClock, issuer, org, rounds};

const QUERY: &[(&str, &str)] = &[
    ("client_id", "spa"),
    ("redirect_uri", "https://spa.test/cb"),
    ("response_type", "code"),
    ("scope", "openid api:read"),
    ("state", "s1"),
    ("nonce", "n"),
    ("prompt", "login"),
    ("max_age", "60"),
    ("acr_values", "urn:okta:loa:1fa:any"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
    ("response_mode", "query"),
    ("login_hint", "alice"),
    ("audience", "api://default"),
    ("display", "page"),
    ("ui_locales", "en"),
];

fn session() -> Login {
    Login::new("00uAlice", Timestamp::from_unix(NOW - 5)).amr("pwd")
}

fn encoded(parameters: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

fn get(issuer: &Issuer, query: &str, session: Option<&Login>) -> Answer {
    let target = format!("/oauth2/default/v1/authorize?{query}");
    ask(issuer, Call::new("GET", &target), session)
}

fn ask(issuer: &Issuer, call: Call<'_>, session: Option<&Login>) -> Answer {
    let browser = Browser::new("cookie");
    block_on(issuer.answer(call, &session.map_or(browser, |session| browser.signed_in(session))))
}

/// The parameters of a redirect.
fn sent(reply: &Reply) -> Vec<(String, String)> {
    let location = reply.header("Location").unwrap_or_else(|| panic!("{reply:?} {}", reply.body()));
    let (_, text) = location.split_once(['?', '#']).unwrap();
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

fn of<'p>(parameters: &'p [(String, String)], name: &str) -> Option<&'p str> {
    parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn redirect(answer: Answer) -> Vec<(String, String)> {
    match answer {
        Answer::Reply(reply) => sent(&reply),
        other => panic!("{other:?}"),
    }
}

fn quick() -> Value {
    // ES256 is quick to sign.
    org::patched(&org::base("attacks"), &json!({"server/chancery": {"signing": {"alg": "ES256"}}}))
}

/// A089: no single-valued parameter is sent twice, alike or not; only `resource` repeats.
#[test]
fn a089_every_parameter_counts_once() {
    let issuer = issuer(&quick(), &TestClock::new());
    for (name, value) in QUERY.iter().chain(&[("request_uri", "x"), ("request", "x"), ("id_token_hint", "x")])
    {
        for second in [*value, "other"] {
            let mut parameters = QUERY.to_vec();
            parameters.retain(|(known, _)| known != name);
            parameters.extend([(*name, *value), (*name, second)]);
            let text = encoded(&parameters);
            let post = Call::new("POST", "/oauth2/default/v1/authorize")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(&text);
            for answer in
                [get(&issuer, &text, Some(&session())), ask(&issuer, post.clone(), Some(&session()))]
            {
                match (*name, answer) {
                    ("client_id" | "redirect_uri", Answer::Error(page)) => {
                        assert_eq!((page.status(), page.error()), (400, "invalid_request"), "{name}");
                    }
                    ("client_id" | "redirect_uri", other) => panic!("{name}: {other:?}"),
                    (_, answer) => {
                        let parameters = redirect(answer);
                        assert_eq!(
                            of(&parameters, "error"),
                            Some("invalid_request"),
                            "{name}: {parameters:?}"
                        );
                        assert_eq!(of(&parameters, "code"), None, "{name}");
                    }
                }
            }
        }
    }
    // Two resources are two, and too many; that they are the same does not matter.
    let twice = [QUERY, &[("resource", "api://default"), ("resource", "api://default")]].concat();
    let parameters = redirect(get(&issuer, &encoded(&twice), Some(&session())));
    assert_eq!(of(&parameters, "error"), Some("invalid_target"));
}

/// A095: a state comes back as it was sent, or not at all.
#[test]
fn a095_every_byte_comes_back_or_is_refused() {
    let issuer = issuer(&quick(), &TestClock::new());
    let before = "client_id=web&redirect_uri=https://web.test/cb&response_type=code&scope=openid&state=a";
    for byte in 0..=0xFF_u8 {
        let answer = get(&issuer, &format!("{before}%{byte:02X}z"), Some(&session()));
        match byte {
            // No text at all.
            0 | 0x80..=0xFF => {
                assert!(
                    matches!(&answer, Answer::Error(page) if page.error() == "invalid_request"),
                    "{byte}"
                );
            }
            0x01..=0x1F | 0x7F => {
                let parameters = redirect(answer);
                assert_eq!(
                    (of(&parameters, "error"), of(&parameters, "state")),
                    (Some("invalid_request"), None)
                );
            }
            byte => {
                let parameters = redirect(answer);
                // So do nonces, to the ID token; with control characters they are refused likewise.
                let nonce = get(&issuer, &format!("{before}&nonce=%01{byte:02X}"), Some(&session()));
                assert_eq!(of(&redirect(nonce), "error"), Some("invalid_request"));
                let state = format!("a{}z", char::from(byte));
                assert_eq!(of(&parameters, "state"), Some(state.as_str()));
                assert!(of(&parameters, "code").is_some());
            }
        }
    }
}

/// A099, A102: every answer names the issuer, in the bytes of its metadata.
#[test]
fn a099_a102_answers_name_their_issuer() {
    for base in ["https://as.test", "https://As.test:8443/id/", "http://localhost:80/x"] {
        let org = org::patched(&quick(), &json!({"baseUrl": base}));
        let issuer = issuer(&org, &TestClock::new());
        let path = url::Url::parse(base).unwrap().path().trim_end_matches('/').to_owned();
        for (server, document) in [
            ("/oauth2/default", "/oauth2/default/.well-known/openid-configuration"),
            ("/oauth2/other", "/oauth2/other/.well-known/openid-configuration"),
            ("/oauth2", "/.well-known/openid-configuration"),
        ] {
            let metadata = block_on(issuer.respond(Call::new("GET", &format!("{path}{document}"))));
            let metadata: Value = serde_json::from_str(metadata.body()).unwrap();
            for changed in [("state", "s"), ("scope", "nothing"), ("response_type", "x"), ("state", "")] {
                let mut parameters = vec![
                    ("client_id", "web"),
                    ("redirect_uri", "https://web.test/cb"),
                    ("response_type", "code"),
                    ("scope", "openid"),
                    ("state", "s1"),
                ];
                parameters.retain(|(name, _)| *name != changed.0);
                parameters.push(changed);
                let target = format!("{path}{server}/v1/authorize?{}", encoded(&parameters));
                let answer = redirect(ask(&issuer, Call::new("GET", &target), Some(&session())));
                assert_eq!(of(&answer, "iss"), metadata["issuer"].as_str(), "{server} {changed:?}");
                assert_eq!(answer.iter().filter(|(name, _)| name == "iss").count(), 1);
            }
        }
    }
}

/// A010: what was granted under a consent ends with it, codes included.
#[test]
fn a010_a_consent_that_was_taken_back_ends_what_rests_on_it() {
    let org = org::patched(
        &quick(),
        &json!({"server/scopes/1/consent": "REQUIRED", "app:web/settings/oauthClient/consent_method": "REQUIRED"}),
    );
    let issuer = issuer(&org, &TestClock::new());
    let query = encoded(&[
        ("client_id", "web"),
        ("redirect_uri", "https://web.test/cb"),
        ("response_type", "code"),
        ("scope", "openid api:read"),
        ("state", "s1"),
    ]);
    let code = || match get(&issuer, &query, Some(&session())) {
        Answer::Consent(prompt) => {
            let decision = ConsentDecision::AllowAll;
            redirect(block_on(issuer.consent(prompt.interaction(), &Browser::new("cookie"), decision)))
        }
        answer => redirect(answer),
    };
    let redeem = |answer: &[(String, String)]| {
        let form = json!({
            "grant_type": "authorization_code", "code": of(answer, "code").unwrap(), "scope": null,
            "redirect_uri": "https://web.test/cb",
        });
        Request::new(&org, &json!({"as": "web", "form": form}), NOW).send(&issuer)
    };
    assert_eq!(redeem(&code()).status(), 200);
    let waiting = code();
    let (client, user) = (ClientId::new("web"), UserId::new("00uAlice"));
    block_on(issuer.revoke_consent("default", &client, &user)).unwrap();
    let refused = redeem(&waiting);
    assert_eq!(refused.status(), 400, "{}", refused.body());
    assert!(refused.body().contains("invalid_grant"), "{}", refused.body());
    // A consent that begins anew is another one, and revives nothing.
    assert!(matches!(get(&issuer, &query, Some(&session())), Answer::Consent(_)));
    assert_eq!(redeem(&code()).status(), 200);
    assert_eq!(redeem(&waiting).status(), 400);
    // There need not be one to take back.
    block_on(issuer.revoke_consent("other", &client, &user)).unwrap();
    assert!(block_on(issuer.revoke_consent("nowhere", &client, &user)).is_err());
}

/// A store in which a consent is taken back by somebody else, between two calls of one request.
#[derive(Clone, Default)]
struct Meanwhile(Arc<MemoryGrants>, Arc<Mutex<Option<(GrantKey, usize)>>>);

impl Meanwhile {
    /// Counts the reads of the record that is to be emptied before its last one.
    async fn reads(&self, key: &GrantKey, now: Timestamp) {
        let mut waits = self.1.lock().unwrap();
        let Some((_, left)) = waits.as_mut().filter(|(known, _)| known == key) else { return };
        *left -= 1;
        if *left == 0 {
            *waits = None;
            let found = block_on(self.0.get(key, now)).unwrap().unwrap();
            // What `Issuer::revoke_consent` leaves: the version, and nothing.
            let emptied = GrantRecord { bytes: vec![1, 0], ..found.clone() };
            assert!(block_on(self.0.swap(key, &found.bytes, emptied, now)).unwrap());
        }
    }
}

impl GrantStore for Meanwhile {
    async fn insert(&self, key: GrantKey, record: GrantRecord, now: Timestamp) -> Result<bool, Fault> {
        // Consents are kept for ever, and nothing else is.
        if record.expires_at.as_unix() > 10 * NOW {
            *self.1.lock().unwrap() = Some((key, usize::MAX));
        }
        self.0.insert(key, record, now).await
    }
    async fn get(&self, key: &GrantKey, now: Timestamp) -> Result<Option<GrantRecord>, Fault> {
        self.reads(key, now).await;
        self.0.get(key, now).await
    }
    async fn swap(
        &self,
        key: &GrantKey,
        expected: &[u8],
        record: GrantRecord,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        self.0.swap(key, expected, record, now).await
    }
}

/// A097: a consent to one more scope does not stand for those that were taken back in the same moment.
#[test]
fn a097_what_was_taken_back_meanwhile_is_not_granted() {
    let org = org::patched(
        &quick(),
        &json!({"server/scopes/0/consent": "REQUIRED", "server/scopes/1/consent": "REQUIRED",
                "app:web/settings/oauthClient/consent_method": "REQUIRED"}),
    );
    let names: Vec<&str> =
        (0..2).map(|i| org["authorizationServers"][0]["scopes"][i]["name"].as_str().unwrap()).collect();
    // The second read of the record is the one that adds to it; the first decides what to ask.
    for reads in [1, 2] {
        let store = Meanwhile::default();
        let issuer = issuer(&org, &TestClock::new()).with_grants(store.clone());
        let ask = |scope: &str| {
            let query = encoded(&[
                ("client_id", "web"),
                ("redirect_uri", "https://web.test/cb"),
                ("response_type", "code"),
                ("scope", scope),
                ("state", "s1"),
            ]);
            match get(&issuer, &query, Some(&session())) {
                Answer::Consent(prompt) => prompt,
                answer => panic!("{answer:?}"),
            }
        };
        let allow = |prompt: &ConsentPrompt| {
            block_on(issuer.consent(prompt.interaction(), &Browser::new("cookie"), ConsentDecision::AllowAll))
        };
        assert!(of(&redirect(allow(&ask(&format!("openid {}", names[0])))), "code").is_some());
        let prompt = ask(&format!("openid {}", names.join(" ")));
        assert_eq!(prompt.scopes().iter().map(|scope| scope.name()).collect::<Vec<_>>(), names[1..]);
        store.1.lock().unwrap().as_mut().unwrap().1 = reads;
        match (reads, allow(&prompt)) {
            (1, Answer::Consent(again)) => assert_eq!(again.scopes().len(), 2, "both are asked for anew"),
            (2, Answer::Reply(reply)) => {
                let sent = sent(&reply);
                assert_eq!((of(&sent, "error"), of(&sent, "code")), (Some("consent_required"), None));
            }
            (_, other) => panic!("{other:?}"),
        }
    }
}

/// Somebody else may sign in instead of who was asked to consent, and is asked then.
#[test]
fn somebody_else_may_sign_in_before_the_consent() {
    let org = org::patched(
        &quick(),
        &json!({"server/scopes/1/consent": "REQUIRED", "app:web/settings/oauthClient/consent_method": "REQUIRED"}),
    );
    let issuer = issuer(&org, &TestClock::new());
    let query = encoded(&[
        ("client_id", "web"),
        ("redirect_uri", "https://web.test/cb"),
        ("response_type", "code"),
        ("scope", "openid api:read"),
        ("state", "s1"),
    ]);
    let Answer::Consent(prompt) = get(&issuer, &query, Some(&session())) else { panic!("no page") };
    let bob = Login::new("00uBob", Timestamp::from_unix(NOW)).amr("pwd");
    let browser = Browser::new("cookie").signed_in(&bob);
    // Her page is not his to answer.
    let answer = block_on(issuer.consent(prompt.interaction(), &browser, ConsentDecision::AllowAll));
    assert!(matches!(answer, Answer::Error(_)), "{answer:?}");
    match block_on(issuer.login(prompt.interaction(), &browser, bob.clone())) {
        Answer::Consent(prompt) => assert_eq!(prompt.user().id().as_str(), "00uBob"),
        answer => panic!("{answer:?}"),
    }
    let answer = block_on(issuer.consent(prompt.interaction(), &browser, ConsentDecision::AllowAll));
    assert!(of(&redirect(answer), "code").is_some());
}

/// A097: of many answers to one page, one counts.
#[test]
fn a097_of_many_answers_one_counts() {
    let issuer = issuer(&quick(), &TestClock::new());
    for _ in 0..rounds(30) {
        let Answer::Login(prompt) = get(&issuer, &encoded(QUERY), None) else { panic!("no page") };
        let barrier = Barrier::new(16);
        let codes: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|place| {
                    let (issuer, barrier, prompt) = (&issuer, &barrier, &prompt);
                    scope.spawn(move || {
                        barrier.wait();
                        let browser = Browser::new("cookie");
                        let login = Login::new("00uAlice", Timestamp::from_unix(NOW));
                        let answer = match place % 4 {
                            3 => block_on(issuer.cancel(prompt.interaction(), &browser)),
                            _ => block_on(issuer.login(prompt.interaction(), &browser, login)),
                        };
                        match answer {
                            Answer::Reply(reply) => {
                                assert!(
                                    sent(&reply).iter().any(|(name, _)| name == "code" || name == "error")
                                );
                                1
                            }
                            Answer::Error(page) => {
                                assert_eq!((page.status(), page.error()), (400, "login_required"));
                                0
                            }
                            other => panic!("{other:?}"),
                        }
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(codes, 1);
    }
}

/// A store that fails at one call: before the call does its work, or after it.
#[derive(Clone, Default)]
struct Failing {
    store: Arc<MemoryGrants>,
    left: Arc<AtomicI64>,
    how: Arc<AtomicI64>,
}

impl Failing {
    async fn now<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        if self.left.fetch_sub(1, Ordering::SeqCst) != 0 {
            return work.await;
        }
        match self.how.load(Ordering::SeqCst) {
            0 => Err(Fault::unavailable("down")),
            1 => {
                work.await?;
                Err(Fault::unavailable("answer lost"))
            }
            _ => panic!("a store panics"),
        }
    }
}

impl GrantStore for Failing {
    async fn insert(&self, key: GrantKey, record: GrantRecord, now: Timestamp) -> Result<bool, Fault> {
        self.now(self.store.insert(key, record, now)).await
    }
    async fn get(&self, key: &GrantKey, now: Timestamp) -> Result<Option<GrantRecord>, Fault> {
        self.now(self.store.get(key, now)).await
    }
    async fn swap(
        &self,
        key: &GrantKey,
        expected: &[u8],
        record: GrantRecord,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        self.now(self.store.swap(key, expected, record, now)).await
    }
}

/// A324: whatever call of the store fails, the client or the user is told so, and no code comes of it.
#[test]
fn a324_a_store_in_trouble_yields_no_code() {
    let org = org::patched(
        &quick(),
        &json!({"server/scopes/1/consent": "REQUIRED", "app:spa/settings/oauthClient/consent_method": "REQUIRED"}),
    );
    for how in 0..3 {
        let mut failed = 0;
        for fails_at in 0..12 {
            let store = Failing::default();
            store.left.store(fails_at, Ordering::SeqCst);
            store.how.store(how, Ordering::SeqCst);
            let issuer = issuer(&org, &TestClock::new()).with_grants(store.clone());
            let browser = Browser::new("cookie");
            let mut answer = get(&issuer, &encoded(QUERY), None);
            let ended = loop {
                let login = Login::new("00uAlice", Timestamp::from_unix(NOW));
                answer = match answer {
                    Answer::Login(prompt) => block_on(issuer.login(prompt.interaction(), &browser, login)),
                    Answer::Consent(prompt) => {
                        let decision = ConsentDecision::AllowAll;
                        block_on(issuer.consent(prompt.interaction(), &browser, decision))
                    }
                    ended => break ended,
                };
            };
            let has_failed = store.left.load(Ordering::SeqCst) < 0;
            failed += usize::from(has_failed);
            let expected = if how == 2 { "server_error" } else { "temporarily_unavailable" };
            match ended {
                Answer::Error(page) => {
                    assert!(has_failed);
                    assert_eq!((page.status(), page.error()), (if how == 2 { 500 } else { 503 }, expected));
                }
                Answer::Reply(reply) => {
                    let parameters = sent(&reply);
                    let error = of(&parameters, "error");
                    assert_eq!(error, has_failed.then_some(expected), "{how} {fails_at} {parameters:?}");
                    assert_eq!(of(&parameters, "code").is_some(), !has_failed);
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(failed >= 8, "{failed} calls");
    }
}

/// A host without pages has no endpoint to show them at.
#[test]
fn without_pages_nobody_is_sent_anywhere() {
    let issuer = issuer(&quick(), &TestClock::new());
    let target = format!("/oauth2/default/v1/authorize?{}", encoded(QUERY));
    let reply = block_on(issuer.respond(Call::new("GET", &target)));
    assert_eq!((reply.status(), reply.header("Location")), (404, None));
}

/// The other end of a challenge: what `CHALLENGE` was made from redeems the code, and nothing else does.
#[test]
fn a_challenge_reaches_the_token_endpoint() {
    let org = quick();
    let issuer = issuer(&org, &TestClock::new());
    for (verifier, status) in [(Some(VERIFIER), 200), (Some(CHALLENGE), 400), (None, 400)] {
        let mut parameters = QUERY.to_vec();
        parameters.retain(|(name, _)| !matches!(*name, "prompt" | "max_age"));
        let answer = redirect(get(&issuer, &encoded(&parameters), Some(&session())));
        let form = json!({
            "grant_type": "authorization_code", "code": of(&answer, "code").unwrap(), "scope": null,
            "redirect_uri": "https://spa.test/cb", "code_verifier": verifier,
        });
        let reply = Request::new(&org, &json!({"as": "spa", "form": form}), NOW).send(&issuer);
        assert_eq!(reply.status(), status, "{}", reply.body());
    }
}
