//! A client assertion counts once: races, other nodes, other servers, other tenants, odd clocks.

use std::sync::{Arc, Barrier};
use std::thread;

use chancery::host::{GrantKey, GrantRecord, GrantStore};
use chancery::types::Timestamp;
use chancery::{Fault, Issuer, MemoryGrants};
use serde_json::{Value, json};

use crate::scripted::request::Request;
use crate::scripted::{NOW, TestClock, issuer, org, rounds};

/// One store for several issuers, as a database would be.
#[derive(Clone, Default)]
struct Shared(Arc<MemoryGrants>);

impl GrantStore for Shared {
    async fn insert(&self, key: GrantKey, record: GrantRecord, now: Timestamp) -> Result<bool, Fault> {
        self.0.insert(key, record, now).await
    }

    async fn get(&self, key: &GrantKey, now: Timestamp) -> Result<Option<GrantRecord>, Fault> {
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

fn base() -> Value {
    // ES256 is quick to sign.
    let es256 = json!({"alg": "ES256"});
    org::patched(
        &org::base("attacks"),
        &json!({"server/chancery": {"signing": es256}, "other/chancery": {"signing": es256}}),
    )
}

fn node(org: &Value, store: &Shared, clock: &TestClock) -> Issuer {
    issuer(org, clock).with_grants(store.clone())
}

fn by_svc(org: &Value, says: Value) -> Request {
    let mut request = json!({"as": "svc"});
    request.as_object_mut().unwrap().extend(says.as_object().unwrap().clone());
    Request::new(org, &request, NOW)
}

/// A054: of 64 uses at the same time on two nodes, exactly one is the first.
#[test]
fn a054_of_many_threads_one_wins() {
    let (org, store, clock) = (base(), Shared::default(), TestClock::new());
    let nodes = [node(&org, &store, &clock), node(&org, &store, &clock)];
    for round in 0..rounds(30) {
        let request = by_svc(&org, json!({}));
        let barrier = Barrier::new(64);
        let statuses: Vec<u16> = thread::scope(|scope| {
            let threads: Vec<_> = (0..64)
                .map(|i| {
                    let (request, barrier, node) = (&request, &barrier, &nodes[i % 2]);
                    scope.spawn(move || {
                        barrier.wait();
                        request.send(node).status()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(
            statuses.iter().filter(|status| **status == 200).count(),
            1,
            "round {round}: {statuses:?}"
        );
        assert!(statuses.iter().all(|status| matches!(status, 200 | 401)), "{statuses:?}");
    }
}

/// A054: at every later time, on both nodes, until it has expired.
#[test]
fn a054_a_replay_is_refused_at_any_time() {
    let (org, store, clock) = (base(), Shared::default(), TestClock::new());
    let nodes = [node(&org, &store, &clock), node(&org, &store, &clock)];
    let request = by_svc(&org, json!({"assertion": {"claims": {"exp": "now+300"}}}));
    assert_eq!(request.send(&nodes[0]).status(), 200);
    for (later, reason) in [
        (0, "already been used"),
        (1, "already been used"),
        (299, "already been used"),
        (300, "expired"),
        (329, "expired"),
        (330, "expired"),
        (331, "expired"),
        (100_000, "expired"),
    ] {
        clock.set(NOW + later);
        for node in &nodes {
            let reply = request.send(node);
            assert_eq!(reply.status(), 401, "{later} s later");
            assert!(reply.body().contains(reason), "{later} s later: {}", reply.body());
        }
    }
}

/// A313: a clock that jumps back makes nothing fresh again.
#[test]
fn a313_jumping_clocks_revive_nothing() {
    let (org, store, clock) = (base(), Shared::default(), TestClock::new());
    let node = node(&org, &store, &clock);
    let request = by_svc(&org, json!({"assertion": {"claims": {"exp": "now+3600", "iat": null}}}));
    assert_eq!(request.send(&node).status(), 200);
    for jump in [-3600, -1, 0, 3599, 7200, -3600, 10] {
        clock.set(NOW + jump);
        assert_eq!(request.send(&node).status(), 401, "{jump}");
    }
    for extreme in [0, -1, i64::MIN / 1000, i64::MAX / 1000, i64::MAX] {
        clock.set(extreme);
        assert_eq!(request.send(&node).status(), 401, "{extreme}");
        assert_ne!(Request::new(&org, &json!({}), NOW).send(&node).status(), 500, "{extreme}");
    }
}

/// A103: what was made for one server or tenant is refused by another, and still works at home.
#[test]
fn a103_an_assertion_is_for_one_server() {
    let (org, store, clock) = (base(), Shared::default(), TestClock::new());
    let other_tenant = org::patched(&org, &json!({"baseUrl": "https://t2.test"}));
    let (home, tenant) = (node(&org, &store, &clock), node(&other_tenant, &store, &clock));
    let made = by_svc(&org, json!({}));
    let elsewhere = Request { path: "/oauth2/other/v1/token".to_owned(), ..made.clone() };
    assert_eq!(elsewhere.send(&home).status(), 401);
    let at_org = Request { path: "/oauth2/v1/token".to_owned(), ..made.clone() };
    assert_eq!(at_org.send(&home).status(), 401);
    assert_eq!(made.send(&tenant).status(), 401);
    assert_eq!(made.send(&home).status(), 200);
}

/// A107: one `jti` at two servers, of two tenants, and of two clients.
#[test]
fn a107_a_jti_is_its_own_server_s() {
    let (org, store, clock) = (base(), Shared::default(), TestClock::new());
    let other_tenant = org::patched(&org, &json!({"baseUrl": "https://t2.test"}));
    let (home, tenant) = (node(&org, &store, &clock), node(&other_tenant, &store, &clock));
    let same = json!({"claims": {"jti": "same"}});
    let at_other = json!({"assertion": same, "path": "/oauth2/other/v1/token"});
    assert_eq!(by_svc(&org, json!({"assertion": same})).send(&home).status(), 200);
    assert_eq!(by_svc(&org, at_other.clone()).send(&home).status(), 200);
    assert_eq!(by_svc(&other_tenant, json!({"assertion": same})).send(&tenant).status(), 200);
    assert_eq!(by_svc(&org, json!({"as": "mac", "assertion": same})).send(&home).status(), 200);
    for (org, node, says) in [
        (&org, &home, json!({"assertion": same})),
        (&org, &home, at_other),
        (&other_tenant, &tenant, json!({"assertion": same})),
    ] {
        assert_eq!(by_svc(org, says).send(node).status(), 401);
    }
}

/// A062: an assertion has one spelling, so that another spelling is no second use.
#[test]
fn a062_respelling_is_no_second_use() {
    let (org, store, clock) = (base(), Shared::default(), TestClock::new());
    let node = node(&org, &store, &clock);
    let request = by_svc(&org, json!({}));
    let token = form_value(&request, "client_assertion");
    let parts: Vec<&str> = token.split('.').collect();
    let last_changed = |text: &str| {
        let (rest, last) = text.split_at(text.len() - 1);
        let next = char::from(last.as_bytes()[0] + 1);
        format!("{rest}{next}")
    };
    let respelt = [
        format!("{}.{}", parts[0], parts[1]),
        format!("{token}."),
        format!("{token}.{}", parts[2]),
        format!("{token}.e30.e30"),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}="),
        format!("{}==.{}.{}", parts[0], parts[1], parts[2]),
        format!("{}.{}=.{}", parts[0], parts[1], parts[2]),
        token.replace('-', "+").replace('_', "/"),
        format!("{}.{}.{}", parts[0], parts[1], last_changed(parts[2])),
        format!(r#"{{"protected":"{}","payload":"{}","signature":"{}"}}"#, parts[0], parts[1], parts[2]),
        "bnVsbA.bnVsbA.AA".to_owned(),
        "W10.W10.AA".to_owned(),
        "MQ.MQ.AA".to_owned(),
        "IngiCg.IngiCg.AA".to_owned(),
        "..".to_owned(),
    ];
    assert_eq!(request.send(&node).status(), 200);
    for respelt in respelt {
        if respelt == token {
            continue;
        }
        let reply = by_svc(&org, json!({"assertion": {"raw": respelt}})).send(&node);
        assert_eq!(reply.status(), 401, "{respelt}");
    }
}

fn form_value(request: &Request, name: &str) -> String {
    let mut pairs = url::form_urlencoded::parse(&request.body);
    pairs.find(|(known, _)| known == name).unwrap().1.into_owned()
}
