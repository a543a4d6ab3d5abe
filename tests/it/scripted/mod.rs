//! Scripted cases: an organisation, requests, and what must come of them, as data.
//!
//! A file of `tests/data/{protocol,attacks}` holds a list of cases:
//!
//! ```json
//! { "id": "cc-001", "org": {"rule/priority": 2}, "request": {"form": {"scope": "car:read"}},
//!   "expect": {"status": 200, "claims": {"cid": "0oaS"}} }
//! ```
//!
//! `org` changes the base organisation ([`org`]), `request` the usual token request ([`request`]);
//! `requests` sends several to the same issuer, each expected to end alike (so do `authorizes`), and `steps` several
//! that end differently. A step may also be a browser's ([`authorize`]); `$code` in a later request is the
//! last code that came. Instead of a request, `decide` asks the policies alone, for `rule`, and
//! `mistakes` and `warnings` are those of compiling the organisation ([`expect`]). Time stands still at [`NOW`], plus a step's `at`.

pub(crate) mod authorize;
pub(crate) mod coverage;
pub(crate) mod expect;
pub(crate) mod keys;
pub(crate) mod org;
pub(crate) mod request;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chancery::host::{Clock, Entropy};
use chancery::{FailureThrottle, Fault, Issuer};
use serde_json::{Value, json};

/// 2026-01-01T00:00:00Z.
pub(crate) const NOW: i64 = 1_767_225_600;

/// A clock that tests set, in seconds.
#[derive(Clone)]
pub(crate) struct TestClock(pub(crate) Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(NOW)))
    }

    pub(crate) fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Clock for TestClock {
    fn unix_millis(&self) -> i64 {
        self.now().saturating_mul(1000)
    }
}

/// Counts instead of drawing: never the same twice, and the same in every run.
#[derive(Default)]
pub(crate) struct TestEntropy(AtomicU64);

impl Entropy for TestEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Fault> {
        for chunk in buffer.chunks_mut(8) {
            let count = self.0.fetch_add(1, Ordering::SeqCst).wrapping_add(1);
            let mixed = count.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
        Ok(())
    }
}

/// An issuer for an org file, with the usual keys.
pub(crate) fn issuer(org: &Value, clock: &TestClock) -> Issuer {
    let compiled = org::compile(org).unwrap_or_else(|errors| panic!("the organisation: {errors}"));
    Issuer::new(compiled, keys::local()).with_clock(clock.clone()).with_entropy(TestEntropy::default())
}

fn data(path: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "data", path].iter().collect()
}

/// How often a test of chance or of races is repeated: as usual, or as `CHANCERY_ROUNDS` says.
pub(crate) fn rounds(usual: usize) -> usize {
    std::env::var("CHANCERY_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// A JSON file of `tests/data`.
pub(crate) fn read(path: &str) -> Value {
    let text = fs::read_to_string(data(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every case of a folder, with the name of its file.
pub(crate) fn cases(folder: &str) -> Vec<(String, Value)> {
    let mut files: Vec<_> =
        fs::read_dir(data(folder).join("cases")).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let Value::Array(list) = read(&format!("{folder}/cases/{name}")) else {
            panic!("{name}: not a list")
        };
        cases.extend(list.into_iter().map(|case| (name.clone(), case)));
    }
    cases
}

/// Runs the cases of one file and reports every failure at once.
pub(crate) fn run(folder: &str, file: &str) {
    let base = org::base(folder);
    let mut failures = Vec::new();
    let mut seen = BTreeSet::new();
    for (_, case) in cases(folder).into_iter().filter(|(name, _)| name == file) {
        let id = case["id"].as_str().expect("an id").to_owned();
        if !seen.insert(id.clone()) {
            failures.push(format!("{id}: the id is used twice"));
        }
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run_case(&base, &case))) {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            failures.push(format!("{id}: {}", text.unwrap_or_default()));
        }
    }
    assert!(!seen.is_empty(), "{file} holds no case");
    assert!(failures.is_empty(), "{} of {}\n{}", failures.len(), seen.len(), failures.join("\n"));
}

fn run_case(base: &Value, case: &Value) {
    only(
        case,
        &[
            "id",
            "says",
            "org",
            "throttle",
            "assertions",
            "request",
            "requests",
            "steps",
            "authorize",
            "authorizes",
            "expect",
            "decide",
            "rule",
            "mistakes",
            "warnings",
        ],
    );
    let org = org::patched(base, &case["org"]);
    if !case["mistakes"].is_null() || !case["warnings"].is_null() {
        return expect::compiled(&org, case);
    }
    if !case["decide"].is_null() {
        return expect::decided(&org, &case["decide"], &case["rule"]);
    }
    let clock = TestClock::new();
    let mut issuer = issuer(&org, &clock);
    if case["throttle"] == json!(true) {
        issuer = issuer.with_throttle(FailureThrottle::default());
    }
    issuer = request::with_assertion_rules(issuer, &case["assertions"]);
    let one = |name: &str, value: &Value| json!({name: value, "expect": case["expect"]});
    let steps = match (&case["steps"], &case["requests"]) {
        (Value::Array(steps), _) => steps.clone(),
        (_, Value::Array(requests)) => requests.iter().map(|request| one("request", request)).collect(),
        _ if !case["authorize"].is_null() => vec![one("authorize", &case["authorize"])],
        _ => match case["authorizes"].as_array() {
            Some(asked) => asked.iter().map(|asked| one("authorize", asked)).collect(),
            None => vec![one("request", &case["request"])],
        },
    };
    let mut replies = Vec::new();
    let mut browsers = authorize::Browsers::default();
    for (place, step) in steps.iter().enumerate() {
        only(
            step,
            &[
                "request",
                "expect",
                "at",
                "times",
                "authorize",
                "login",
                "consent",
                "cancel",
                "again",
                "of",
                "from",
                "session",
                "org",
            ],
        );
        clock.set(NOW + step["at"].as_i64().unwrap_or(0));
        if !step["org"].is_null() {
            let changed = org::patched(&org, &step["org"]);
            issuer.replace_org(
                org::compile(&changed).unwrap_or_else(|errors| panic!("step {}: {errors}", place + 1)),
            );
            continue;
        }
        if authorize::is_one(step) {
            let context = format!("step {}, {step}", place + 1);
            browsers.step(&issuer, &org, step, clock.now(), &context);
            continue;
        }
        let mut step = step.clone();
        if let Some(code) = &browsers.code {
            let text = step["request"].to_string().replace("$code", code);
            step["request"] = serde_json::from_str(&text).unwrap();
        }
        let step = &step;
        for _ in 0..step["times"].as_u64().unwrap_or(1) {
            let reply = request::Request::new(&org, &step["request"], clock.now()).send(&issuer);
            let context = format!("step {}, {}", place + 1, step["request"]);
            expect::check(&issuer, &reply, &step["expect"], &replies, clock.now(), &context);
            replies.push(reply);
        }
    }
}

/// Misspelt members would silently test nothing.
pub(crate) fn only(object: &Value, known: &[&str]) {
    let Some(object) = object.as_object() else { return };
    let unknown: Vec<_> = object.keys().filter(|key| !known.contains(&key.as_str())).collect();
    assert!(unknown.is_empty(), "unknown members {unknown:?}");
}
