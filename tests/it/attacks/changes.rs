//! What changes while requests run: the organisation, its secrets, its keys.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::thread;

use chancery::host::{KeyStore, ServerKeys};
use chancery::jose::{Algorithm, PrivateKey};
use chancery::testing::block_on;
use chancery::types::{KeyId, Lifetime, ServerId, Timestamp};
use chancery::{Fault, Issuer, Verifier};
use serde_json::{Value, json};

use crate::scripted::expect::decoded;
use crate::scripted::request::Request;
use crate::scripted::{NOW, TestClock, issuer, org, rounds};

fn claims(org: &Value, issuer: &Issuer, says: &Value) -> Option<Value> {
    let reply = Request::new(org, says, NOW).send(issuer);
    let body: Value = serde_json::from_str(reply.body()).unwrap();
    Some(decoded(body["access_token"].as_str()?).1)
}

fn version(name: &str, minutes: u32) -> Value {
    org::patched(
        &org::base("attacks"),
        &json!({"server/chancery": {"signing": {"alg": "ES256"}},
        "server/claims": [{"name": "version", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": format!("'{name}'")}],
        "rule/actions": {"token": {"accessTokenLifetimeMinutes": minutes}}}),
    )
}

/// A253, A282: while the organisation is replaced, each request sees one of the two as a whole.
#[test]
fn a253_each_request_sees_one_organisation() {
    let (old, new) = (version("old", 5), version("new", 10));
    let issuer = issuer(&old, &TestClock::new());
    let done = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut seen = BTreeSet::new();
                    while !done.load(Ordering::SeqCst) {
                        let claims = claims(&old, &issuer, &json!({})).unwrap();
                        let lifetime = claims["exp"].as_i64().unwrap() - NOW;
                        seen.insert((claims["version"].as_str().unwrap().to_owned(), lifetime));
                    }
                    seen
                })
            })
            .collect();
        for round in 0..rounds(100) {
            issuer.replace_org(org::compile(if round % 2 == 0 { &new } else { &old }).unwrap());
        }
        done.store(true, Ordering::SeqCst);
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<BTreeSet<_>>()
    });
    let whole = BTreeSet::from([("old".to_owned(), 300), ("new".to_owned(), 600)]);
    assert!(!seen.is_empty() && seen.is_subset(&whole), "{seen:?}");
}

/// A045: a retired secret is refused at once, by every clone.
#[test]
fn a045_secrets_rotate() {
    let base = org::base("attacks");
    let with = |secrets: &[&str]| {
        let listed: Vec<Value> = secrets.iter().map(|secret| json!({"client_secret": secret})).collect();
        org::patched(
            &base,
            &json!({"app:web/credentials/oauthClient/client_secret": "$remove", "app:web/credentials/secrets": listed}),
        )
    };
    let (one, two) = ("first-secret-0123456789", "second-secret-0123456789");
    let issuer = issuer(&with(&[one]), &TestClock::new());
    let clone = issuer.clone();
    let works = |secret: &str| {
        let request = Request::new(&base, &json!({"auth": {"basic": ["web", secret]}}), NOW);
        let statuses = [request.send(&issuer).status(), request.send(&clone).status()];
        assert_eq!(statuses[0], statuses[1]);
        statuses[0] == 200
    };
    assert_eq!((works(one), works(two)), (true, false));
    issuer.replace_org(org::compile(&with(&[one, two])).unwrap());
    assert_eq!((works(one), works(two)), (true, true));
    clone.replace_org(org::compile(&with(&[two])).unwrap());
    assert_eq!((works(one), works(two)), (false, true));
}

/// A256: a client that is taken out of a policy, or deactivated, gets nothing more; and an assertion
/// that was used before stays used.
#[test]
fn a256_changes_count_at_once() {
    let base = org::base("attacks");
    let issuer = issuer(&base, &TestClock::new());
    let assertion = Request::new(&base, &json!({"as": "svc"}), NOW);
    assert_eq!(assertion.send(&issuer).status(), 200);
    let replace = |changes: Value| issuer.replace_org(org::compile(&org::patched(&base, &changes)).unwrap());
    let status = || Request::new(&base, &json!({}), NOW).send(&issuer).status();
    assert_eq!(status(), 200);
    replace(json!({"policy/conditions/clients/include": ["svc"]}));
    assert_eq!(status(), 401);
    assert_eq!(assertion.send(&issuer).status(), 401);
    replace(json!({"app:web/status": "INACTIVE"}));
    assert_eq!(status(), 401);
    replace(json!({}));
    assert_eq!(status(), 200);
    assert_eq!(assertion.send(&issuer).status(), 401);
}

/// Keys that are replaced one after the other; those before stay published.
#[derive(Clone)]
struct Rotating(Arc<RwLock<Vec<PrivateKey>>>);

impl Rotating {
    fn rotate(&self) {
        self.0.write().unwrap().push(PrivateKey::generate(Algorithm::Es256).unwrap());
    }
}

impl KeyStore for Rotating {
    async fn keys(&self, _: Option<&ServerId>, _: Algorithm) -> Result<ServerKeys, Fault> {
        let keys = self.0.read().unwrap();
        let active = keys.last().unwrap().key_id().clone();
        let published = keys.iter().map(|key| key.public().clone()).collect();
        Ok(ServerKeys { active, published, max_age: Lifetime::seconds(1) })
    }
    async fn sign(&self, key: &KeyId, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let keys = self.0.read().unwrap();
        let found = keys.iter().find(|known| known.key_id() == key).unwrap();
        Ok(found.sign(message).map_err(Fault::internal)?.as_ref().to_vec())
    }
}

/// A212: keys rotate while two nodes sign; every token's key was published when it was made.
#[test]
fn a212_keys_rotate_under_load() {
    let org = version("one", 5);
    let store = Rotating(Arc::default());
    store.rotate();
    let node = || Issuer::new(org::compile(&org).unwrap(), store.clone()).with_clock(TestClock::new());
    let nodes = [node(), node()];
    let (done, made) = (AtomicBool::new(false), AtomicUsize::new(0));
    let tokens: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = nodes
            .iter()
            .map(|node| {
                scope.spawn(|| {
                    let mut tokens = Vec::new();
                    while !done.load(Ordering::SeqCst) {
                        let reply = Request::new(&org, &json!({}), NOW).send(node);
                        let body: Value = serde_json::from_str(reply.body()).unwrap();
                        let token = body["access_token"].as_str().unwrap().to_owned();
                        verify(node, &token);
                        tokens.push(token);
                        made.fetch_add(1, Ordering::SeqCst);
                    }
                    tokens
                })
            })
            .collect();
        for _ in 0..rounds(30) {
            // Counted from here: some of these tokens were begun after the last rotation, however slowly
            // this thread is served.
            let enough = made.load(Ordering::SeqCst) + 5;
            while made.load(Ordering::SeqCst) < enough && !threads.iter().any(|thread| thread.is_finished()) {
                thread::yield_now();
            }
            store.rotate();
        }
        done.store(true, Ordering::SeqCst);
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let kids: BTreeSet<String> = tokens.iter().map(|token| decoded(token).0["kid"].to_string()).collect();
    assert!(kids.len() > 1);
    for token in &tokens {
        verify(&nodes[0], token);
    }
}

fn verify(node: &Issuer, token: &str) {
    let keys = block_on(node.keys("default")).unwrap().0;
    let verifier = Verifier::new("https://as.test/oauth2/default", "api://default", keys);
    verifier.verify(token, Timestamp::from_unix(NOW)).unwrap();
}
