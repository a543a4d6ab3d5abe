//! Stores that fail at every call of every flow, and what a store tells who reads it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chancery::host::{GrantKey, GrantRecord, GrantStore};
use chancery::types::Timestamp;
use chancery::{Answer, Fault, MemoryGrants, Reply};
use serde_json::Value;

use super::world::{World, json_of, location, outcome};

/// A store that fails at one call, before or after doing what it was asked, and that remembers all that it
/// was given.
#[derive(Clone, Default)]
struct Watched(Arc<Inner>);

#[derive(Default)]
struct Inner {
    grants: MemoryGrants,
    calls: AtomicUsize,
    fails_at: Mutex<Option<(usize, When)>>,
    seen: Mutex<Vec<Vec<u8>>>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum When {
    Before,
    After,
}

impl Watched {
    async fn call<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let call = self.0.calls.fetch_add(1, Ordering::SeqCst);
        let fails = self.0.fails_at.lock().unwrap().filter(|(at, _)| *at == call).map(|(_, when)| when);
        match fails {
            None => work.await,
            Some(When::Before) => Err(Fault::unavailable("canary-fault")),
            Some(When::After) => {
                work.await?;
                Err(Fault::unavailable("canary-fault"))
            }
        }
    }

    fn saw(&self, key: &GrantKey, bytes: &[u8]) {
        let mut seen = self.0.seen.lock().unwrap();
        seen.push(key.as_bytes().to_vec());
        seen.push(bytes.to_vec());
    }
}

impl GrantStore for Watched {
    async fn insert(&self, key: GrantKey, record: GrantRecord, now: Timestamp) -> Result<bool, Fault> {
        self.saw(&key, &record.bytes);
        self.call(self.0.grants.insert(key, record, now)).await
    }
    async fn get(&self, key: &GrantKey, now: Timestamp) -> Result<Option<GrantRecord>, Fault> {
        self.call(self.0.grants.get(key, now)).await
    }
    async fn swap(
        &self,
        key: &GrantKey,
        expected: &[u8],
        record: GrantRecord,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        self.saw(key, &record.bytes);
        self.call(self.0.grants.swap(key, expected, record, now)).await
    }
}

fn world(store: &Watched) -> World {
    World::with(|issuer| issuer.with_grants(store.clone()))
}

/// Runs one step with the store failing at its first call, its second, and so on, until none is left to
/// fail at. `prepare` makes what the step needs, anew each time; the answers that failed are handed out.
fn at_each_call<P>(
    prepare: impl Fn(&World) -> P,
    step: impl Fn(&World, &P) -> Reply,
    check: impl Fn(&World, &P, &Reply),
) {
    for when in [When::Before, When::After] {
        let mut failed = 0;
        for call in 0.. {
            let store = Watched::default();
            let world = world(&store);
            let prepared = prepare(&world);
            let start = store.0.calls.load(Ordering::SeqCst);
            *store.0.fails_at.lock().unwrap() = Some((start + call, when));
            let reply = step(&world, &prepared);
            if store.0.calls.load(Ordering::SeqCst) <= start + call {
                break;
            }
            failed += 1;
            assert!(!reply.body().contains("canary"));
            check(&world, &prepared, &reply);
        }
        assert!(failed > 0, "the step never asks the store");
    }
}

fn is_503(reply: &Reply) {
    assert_eq!(outcome(reply), "503 temporarily_unavailable");
    assert!(reply.header("Retry-After").is_some());
}

fn refresh_token(tokens: &Value) -> &str {
    tokens["refresh_token"].as_str().unwrap()
}

/// A291: a code. Afterwards it is redeemed once at most.
#[test]
fn a291_redemption() {
    at_each_call(
        |world| world.code("web", &[]),
        |world, code| world.redeem("web", code),
        |world, code, reply| {
            is_503(reply);
            let later: Vec<u16> = (0..2).map(|_| world.redeem("web", code).status()).collect();
            assert!(later == [200, 400] || later == [400, 400], "{later:?}");
        },
    );
}

/// A291: a refresh. With a leeway nobody loses a session by it.
#[test]
fn a291_refresh() {
    at_each_call(
        |world| world.tokens("web", &[]),
        |world, tokens| world.refresh("web", refresh_token(tokens)),
        |world, tokens, reply| {
            is_503(reply);
            let again = json_of(&world.refresh("web", refresh_token(tokens)));
            assert_eq!(world.refresh("web", refresh_token(&again)).status(), 200);
        },
    );
}

/// A200: a revocation that may not have happened says so, and can be repeated.
#[test]
fn a200_revocation() {
    for token in ["access_token", "refresh_token"] {
        at_each_call(
            |world| world.tokens("web", &[]),
            |world, tokens| world.revoke("web", tokens[token].as_str().unwrap()),
            |world, tokens, reply| {
                is_503(reply);
                assert_eq!(world.revoke("web", tokens[token].as_str().unwrap()).status(), 200);
                assert!(!world.is_active(&tokens[token]));
            },
        );
    }
}

/// A194: nothing is called active in doubt.
#[test]
fn a194_introspection_and_userinfo() {
    for token in ["access_token", "refresh_token"] {
        at_each_call(
            |world| world.tokens("web", &[]),
            |world, tokens| {
                world.post("default", "introspect", "rs", &[("token", tokens[token].as_str().unwrap())])
            },
            |_, _, reply| is_503(reply),
        );
    }
    at_each_call(
        |world| world.tokens("web", &[]),
        |world, tokens| world.userinfo(tokens["access_token"].as_str().unwrap()),
        |_, _, reply| is_503(reply),
    );
}

/// A291: at the authorization endpoint the client is told.
#[test]
fn a291_authorization() {
    at_each_call(
        |world| world.login("00ualice"),
        |world, login| match world.authorize("web", &[], Some(login)) {
            Answer::Reply(reply) => reply,
            other => panic!("{other:?}"),
        },
        |_, _, reply| {
            let answer = location(reply);
            assert_eq!(answer["error"], "temporarily_unavailable");
            assert!(!answer.contains_key("code"));
        },
    );
}

/// A015: who reads the whole store finds no code, token, nonce's owner or cookie in it, and nothing in it
/// is worth anything at the token endpoint.
#[test]
fn a015_the_store_holds_no_secret() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let store = Watched::default();
    let world = world(&store);
    let unused = world.code("web", &[]);
    let code = world.code("web", &[]);
    let tokens = json_of(&world.redeem("web", &code));
    let next = json_of(&world.refresh("web", refresh_token(&tokens)));
    let Answer::Login(prompt) = world.authorize("web", &[], None) else { panic!("nobody is signed in") };
    let secrets = [
        unused.as_str(),
        &code,
        refresh_token(&tokens),
        refresh_token(&next),
        next["access_token"].as_str().unwrap(),
        prompt.interaction(),
        "the-browser-s-cookie",
    ];
    let seen = store.0.seen.lock().unwrap().clone();
    assert!(seen.len() >= 10);
    for secret in secrets {
        let raw = URL_SAFE_NO_PAD.decode(secret).unwrap_or_else(|_| secret.as_bytes().to_vec());
        for bytes in &seen {
            for part in [secret.as_bytes(), &raw, &raw[..raw.len().min(12)]] {
                assert!(!bytes.windows(part.len()).any(|window| window == part));
            }
        }
    }
    for bytes in &seen {
        for window in bytes.windows(32) {
            let text = URL_SAFE_NO_PAD.encode(window);
            assert_eq!(outcome(&world.redeem("web", &text)), "400 invalid_grant");
            assert_eq!(outcome(&world.refresh("web", &text)), "400 invalid_grant");
        }
    }
    assert_eq!(world.redeem("web", &unused).status(), 200);
}
