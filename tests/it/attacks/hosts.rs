//! Host parts that fail, hang, panic or lie: 503 or 500, and never a token.

use std::future::{Future, pending, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chancery::host::{
    Attempt, Clock, Directory, Entropy, GrantKey, GrantRecord, GrantStore, KeyStore, ServerKeys, Throttle,
    Timer,
};
use chancery::jose::Algorithm;
use chancery::model::{Group, Org, RegisteredClient, User};
use chancery::types::{ClientId, GroupId, KeyId, ServerId, Timestamp, UserId};
use chancery::{Fault, Issuer, LocalKeys, MemoryGrants};
use serde_json::{Value, json};

use crate::scripted::expect::always;
use crate::scripted::request::Request;
use crate::scripted::{NOW, keys, org};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    Unavailable,
    Internal,
    Panic,
    Hang,
    /// The call does its work, and then fails.
    AfterTheFact,
}

const TROUBLES: [Trouble; 5] =
    [Trouble::Unavailable, Trouble::Internal, Trouble::Panic, Trouble::Hang, Trouble::AfterTheFact];

/// Which part is in trouble.
#[derive(Clone, Default)]
struct Switch(Arc<Mutex<Option<(&'static str, Trouble)>>>);

impl Switch {
    fn set(&self, trouble: Option<(&'static str, Trouble)>) {
        *self.0.lock().unwrap() = trouble;
    }

    fn at(&self, part: &'static str) -> Option<Trouble> {
        self.0.lock().unwrap().filter(|(troubled, _)| *troubled == part).map(|(_, trouble)| trouble)
    }

    fn now<T>(&self, part: &'static str, work: impl FnOnce() -> T) -> Result<T, Fault> {
        match self.at(part) {
            None => Ok(work()),
            Some(Trouble::Panic) => panic!("{part} panics"),
            Some(Trouble::Internal) => Err(Fault::internal("canary-fault")),
            Some(Trouble::AfterTheFact) => {
                work();
                Err(Fault::unavailable("canary-fault"))
            }
            Some(_) => Err(Fault::unavailable("canary-fault")),
        }
    }

    async fn wait<T>(
        &self,
        part: &'static str,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        match self.at(part) {
            Some(Trouble::Hang) => pending().await,
            Some(Trouble::AfterTheFact) => {
                work.await?;
                Err(Fault::unavailable("canary-fault"))
            }
            None => work.await,
            Some(_) => Err(self.now(part, || ()).unwrap_err()),
        }
    }
}

/// Every host part, each behind the switch.
#[derive(Clone)]
struct Parts {
    switch: Switch,
    org: Arc<Org>,
    keys: LocalKeys,
    grants: Arc<MemoryGrants>,
}

impl Directory for Parts {
    async fn client(&self, id: &ClientId) -> Result<Option<Arc<RegisteredClient>>, Fault> {
        self.switch.wait("directory", ready(Ok(self.org.client(id.as_str()).cloned()))).await
    }
    async fn user(&self, _: &UserId) -> Result<Option<Arc<User>>, Fault> {
        panic!("machines have no user")
    }
    async fn groups(&self, _: &[GroupId]) -> Result<Vec<Arc<Group>>, Fault> {
        panic!("machines have no groups")
    }
}

impl GrantStore for Parts {
    async fn insert(&self, key: GrantKey, record: GrantRecord, now: Timestamp) -> Result<bool, Fault> {
        self.switch.wait("grants", self.grants.insert(key, record, now)).await
    }
    async fn get(&self, key: &GrantKey, now: Timestamp) -> Result<Option<GrantRecord>, Fault> {
        self.switch.wait("grants", self.grants.get(key, now)).await
    }
    async fn swap(
        &self,
        key: &GrantKey,
        expected: &[u8],
        record: GrantRecord,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        self.switch.wait("grants", self.grants.swap(key, expected, record, now)).await
    }
}

impl KeyStore for Parts {
    async fn keys(&self, server: Option<&ServerId>, algorithm: Algorithm) -> Result<ServerKeys, Fault> {
        self.switch.wait("keys", self.keys.keys(server, algorithm)).await
    }
    async fn sign(&self, key: &KeyId, message: &[u8]) -> Result<Vec<u8>, Fault> {
        self.switch.wait("sign", self.keys.sign(key, message)).await
    }
}

impl Throttle for Parts {
    async fn admit(&self, _: Attempt<'_>) -> Result<Option<u32>, Fault> {
        self.switch.wait("admit", ready(Ok(None))).await
    }
    async fn failed(&self, _: Attempt<'_>) -> Result<(), Fault> {
        self.switch.wait("failed", ready(Ok(()))).await
    }
}

impl Clock for Parts {
    fn unix_millis(&self) -> i64 {
        self.switch.now("clock", || NOW * 1000).unwrap_or(NOW * 1000)
    }
}

impl Entropy for Parts {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Fault> {
        self.switch.now("entropy", || buffer.fill(7))
    }
}

/// Every deadline is over at once: a part that answers is still heard first.
struct NoPatience;

impl Timer for NoPatience {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(ready(()))
    }
}

fn parts(org: &Value) -> Parts {
    let compiled = Arc::new(org::compile(org).unwrap());
    Parts { switch: Switch::default(), org: compiled, keys: keys::local(), grants: Arc::default() }
}

fn issuer(parts: &Parts, org: &Value) -> Issuer {
    Issuer::new(org::compile(org).unwrap(), parts.clone())
        .with_directory(parts.clone())
        .with_grants(parts.clone())
        .with_throttle(parts.clone())
        .with_clock(parts.clone())
        .with_entropy(parts.clone())
        .with_timer(NoPatience)
}

/// A291, A293, A324: every part of the host in every kind of trouble, once the request reaches it.
#[test]
fn a324_a_part_in_trouble_yields_no_token() {
    let org = org::base("attacks");
    let parts = parts(&org);
    let issuer = issuer(&parts, &org);
    let assertion = json!({"as": "svc"});
    let wrong = json!({"auth": {"basic": ["web", "wrong"]}});
    let nowhere = json!({"path": "/nowhere"});
    let published = json!({"path": "/oauth2/default/v1/keys"});
    let reaches = [
        ("directory", &assertion),
        ("directory", &wrong),
        ("grants", &assertion),
        ("keys", &assertion),
        ("sign", &assertion),
        ("keys", &published),
        ("admit", &assertion),
        ("failed", &wrong),
        ("entropy", &assertion),
        ("entropy", &nowhere),
        ("clock", &assertion),
    ];
    for (part, says) in reaches {
        for trouble in TROUBLES {
            if matches!(part, "clock" | "entropy") && trouble == Trouble::Hang
                || part == "clock" && trouble != Trouble::Panic
            {
                continue;
            }
            let context = format!("{part} {trouble:?} {says}");
            parts.switch.set(Some((part, trouble)));
            let reply = Request::new(&org, says, NOW).send(&issuer);
            always(&reply, &context);
            let expected = match trouble {
                // An id in an error is worth no second error.
                _ if says == &nowhere => 404,
                Trouble::Internal | Trouble::Panic => 500,
                _ => 503,
            };
            assert_eq!(reply.status(), expected, "{context}: {}", reply.body());
            if expected == 503 {
                assert!(reply.body().contains("\"temporarily_unavailable\""), "{context}");
                assert!(reply.header("Retry-After").is_some(), "{context}");
            }
            assert!(!reply.body().contains("canary") && !reply.body().contains("access_token"), "{context}");
            parts.switch.set(None);
            let healed = Request::new(&org, &assertion, NOW).send(&issuer);
            assert_eq!(healed.status(), 200, "{context}, healed: {}", healed.body());
        }
    }
}

/// An assertion whose mark was stored by a call that then failed stays used.
#[test]
fn a291_a_lost_answer_is_no_second_use() {
    let org = org::base("attacks");
    let parts = parts(&org);
    let issuer = issuer(&parts, &org);
    let request = Request::new(&org, &json!({"as": "svc"}), NOW);
    parts.switch.set(Some(("grants", Trouble::AfterTheFact)));
    assert_eq!(request.send(&issuer).status(), 503);
    parts.switch.set(None);
    assert_eq!(request.send(&issuer).status(), 401);
}

/// A044: a directory that answers another client than it was asked for changes nothing.
#[test]
fn a044_only_the_client_with_exactly_this_id_counts() {
    struct Folding(Arc<Org>);
    impl Directory for Folding {
        async fn client(&self, id: &ClientId) -> Result<Option<Arc<RegisteredClient>>, Fault> {
            Ok(self.0.client(&id.as_str().trim().to_lowercase()).cloned())
        }
        async fn user(&self, _: &UserId) -> Result<Option<Arc<User>>, Fault> {
            Ok(None)
        }
        async fn groups(&self, _: &[GroupId]) -> Result<Vec<Arc<Group>>, Fault> {
            Ok(Vec::new())
        }
    }
    let org = org::base("attacks");
    let issuer = Issuer::new(org::compile(&org).unwrap(), keys::local())
        .with_directory(Folding(Arc::new(org::compile(&org).unwrap())));
    let secret = "web-secret-0123456789abcdef";
    for (id, status) in [("web", 200), ("WEB", 401), (" web", 401), ("Web\t", 401)] {
        let reply = Request::new(&org, &json!({"auth": {"basic": [id, secret]}}), NOW).send(&issuer);
        assert_eq!(reply.status(), status, "{id:?}");
    }
}

/// A key store that answers what is no signature of its key yields no token.
#[test]
fn signatures_must_have_the_form_of_their_algorithm() {
    struct Lying(LocalKeys, usize);
    impl KeyStore for Lying {
        async fn keys(&self, server: Option<&ServerId>, algorithm: Algorithm) -> Result<ServerKeys, Fault> {
            self.0.keys(server, algorithm).await
        }
        async fn sign(&self, _: &KeyId, _: &[u8]) -> Result<Vec<u8>, Fault> {
            Ok(vec![1; self.1])
        }
    }
    for (algorithm, lengths) in
        [("RS256", [0, 1, 64, 255, 257]), ("ES256", [0, 63, 65, 70, 256]), ("EdDSA", [0, 1, 63, 65, 256])]
    {
        let org =
            org::patched(&org::base("attacks"), &json!({"server/chancery": {"signing": {"alg": algorithm}}}));
        for length in lengths {
            let issuer = Issuer::new(org::compile(&org).unwrap(), Lying(keys::local(), length));
            let reply = Request::new(&org, &json!({}), NOW).send(&issuer);
            assert_eq!(reply.status(), 500, "{algorithm}, {length} bytes: {}", reply.body());
        }
    }
}

/// A key store that signs with a key it does not publish, or with another algorithm's.
#[test]
fn a212_only_published_keys_of_the_algorithm_sign() {
    struct Unpublished(LocalKeys, Algorithm);
    impl KeyStore for Unpublished {
        async fn keys(&self, server: Option<&ServerId>, algorithm: Algorithm) -> Result<ServerKeys, Fault> {
            let mut keys = self.0.keys(server, algorithm).await?;
            keys.active = self.0.keys(server, self.1).await?.active;
            Ok(keys)
        }
        async fn sign(&self, key: &KeyId, message: &[u8]) -> Result<Vec<u8>, Fault> {
            self.0.sign(key, message).await
        }
    }
    let org = org::patched(&org::base("attacks"), &json!({"server/chancery": {"signing": {"alg": "ES256"}}}));
    for algorithm in [Algorithm::EdDsa, Algorithm::Rs256] {
        let issuer = Issuer::new(org::compile(&org).unwrap(), Unpublished(keys::local(), algorithm));
        assert_eq!(Request::new(&org, &json!({}), NOW).send(&issuer).status(), 500, "{algorithm}");
    }
}
