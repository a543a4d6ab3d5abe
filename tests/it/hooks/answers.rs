//! `tests/data/hooks/answers.json`: what becomes of a hook's answer.
//!
//! A case has an `answer`, or its `body` as text, and perhaps a `status` (200) and what `may_patch` opens.
//! It is `rejected` for a reason (one that ends in `…` gives the beginning), `refused` with a sentence for
//! the client, or changes what `access` and `identity` say by JSON pointers into the token, and nothing
//! else. `without` takes a token out of the request.

use chancery::testing::{HookOutcome, hook_outcome};
use chancery::{BadHookAnswer, WireBody};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::scripted::{only, read};

/// What the hook is shown.
fn payload() -> Value {
    let lifetime = json!({ "lifetime": { "expiration": 3600 } });
    json!({ "data": {
        "access": {
            "claims": {
                "ver": 1, "jti": "AT.x", "iss": "https://org.example/oauth2/default", "aud": "api://default", "cid": "0oa1",
                "uid": "00u1", "sub": "ada@example.com", "firstName": "Add-Min"
            },
            "token": lifetime
        },
        "identity": {
            "claims": {
                "sub": "00u1", "ver": 1, "iss": "https://org.example/oauth2/default", "aud": "0oa1", "jti": "ID.x",
                "birthdate": "1815-12-10", "airports": ["sjc", "sfo", "oak"],
                "profile": { "name": "Ada", "email": "ada@example.com" }
            },
            "token": lifetime
        }
    } })
}

#[test]
fn answers_do_what_they_should() {
    let Value::Array(cases) = read("hooks/answers.json") else { panic!("no list") };
    let failures: Vec<String> = cases.iter().filter_map(|case| wrong(case).err()).collect();
    assert!(cases.len() > 150 && failures.is_empty(), "{}", failures.join("\n"));
}

fn wrong(case: &Value) -> Result<(), String> {
    only(
        case,
        &[
            "id",
            "answer",
            "body",
            "status",
            "may_patch",
            "without",
            "rejected",
            "refused",
            "access",
            "identity",
        ],
    );
    let id = case["id"].as_str().unwrap();
    let body = case["body"].as_str().map_or_else(|| case["answer"].to_string(), str::to_owned);
    let status = case["status"].as_u64().unwrap_or(200) as u16;
    let may_patch: Vec<&str> =
        case["may_patch"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap()).collect();
    let mut before = payload();
    if let Some(token) = case["without"].as_str() {
        before["data"].as_object_mut().unwrap().remove(token);
    }
    let outcome = hook_outcome(&before, status, body.as_bytes(), &may_patch);
    let expected = match (case["rejected"].as_str(), case["refused"].as_str()) {
        (Some(reason), _) => {
            let found = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
            let agrees = reason.strip_suffix('…').map_or(found == reason, |start| found.starts_with(start));
            return if agrees && !found.is_empty() { Ok(()) } else { Err(format!("{id}: {outcome:?}")) };
        }
        (_, Some(sentence)) => {
            let Ok(HookOutcome::Refused(refusal)) = &outcome else {
                return Err(format!("{id}: {outcome:?}"));
            };
            let wire = refusal.wire();
            let body = WireBody::OAuth { error: "server_error", description: sentence.to_owned() };
            let agrees = wire.status == 400 && wire.body == body;
            return if agrees { Ok(()) } else { Err(format!("{id}: {wire:?}")) };
        }
        _ => changed(before, case),
    };
    match outcome {
        Ok(HookOutcome::Tokens(after)) if after == expected => Ok(()),
        other => Err(format!("{id}: {other:?}")),
    }
}

fn changed(mut payload: Value, case: &Value) -> Value {
    for token in ["access", "identity"] {
        for (pointer, value) in case[token].as_object().into_iter().flatten() {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let parent = payload["data"][token].pointer_mut(parent).unwrap().as_object_mut().unwrap();
            let key = key.replace("~1", "/").replace("~0", "~");
            if value == "$absent" {
                parent.remove(&key)
            } else {
                parent.insert(key, value.clone())
            };
        }
    }
    payload
}

/// A268: reading stops at the limit, and one byte more counts as no answer.
#[test]
fn a268_sizes_at_the_limit() {
    let body = |bytes: usize| format!("{{\"debugContext\":\"{}\"}}", "x".repeat(bytes - 19));
    assert_eq!(body(100).len(), 100);
    assert!(hook_outcome(&payload(), 200, body(256 * 1024).as_bytes(), &[]).is_ok());
    let outcome = hook_outcome(&payload(), 200, body(256 * 1024 + 1).as_bytes(), &[]);
    assert_eq!(outcome, Err(BadHookAnswer::TooLarge));
    let invalid = hook_outcome(&payload(), 200, b"{\"a\":\"\xff\"}", &[]);
    assert!(matches!(invalid, Err(BadHookAnswer::Malformed(_))));
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(hook_outcome(&payload(), 200, deep.as_bytes(), &[]).is_err());
}

fn path() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("claims".to_owned()),
        Just("airports".to_owned()),
        Just("profile".to_owned()),
        Just("x".to_owned()),
        Just("-".to_owned()),
        Just("~01~1".to_owned()),
        "[0-9]{1,3}",
        "[a-z~/]{0,3}",
        prop::sample::select(vec!["iss", "sub", "aud", "exp", "groups", "cnf", "scp"])
            .prop_map(str::to_owned),
    ];
    prop_oneof![
        6 => prop::collection::vec(part.clone(), 1..4).prop_map(|parts| format!("/claims/{}", parts.join("/"))),
        1 => prop::collection::vec(part, 0..4).prop_map(|parts| format!("/{}", parts.join("/"))),
        1 => Just("/token/lifetime/expiration".to_owned()),
    ]
}

fn operation() -> impl Strategy<Value = Value> {
    let value = prop_oneof![
        Just(json!("text")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([1, [2]])),
        Just(Value::Null),
        Just(json!(600)),
        any::<i64>().prop_map(Value::from),
    ];
    let op = prop::sample::select(vec!["add", "add", "add", "replace", "remove", "move"]);
    (op, path(), value).prop_map(|(op, path, value)| {
        let value = if op == "remove" { Value::Null } else { value };
        json!({ "op": op, "path": path, "value": value })
    })
}

fn answer() -> impl Strategy<Value = Value> {
    let kind = prop::sample::select(vec!["com.okta.access.patch", "com.okta.identity.patch"]);
    let command = (kind, prop::collection::vec(operation(), 0..6))
        .prop_map(|(kind, operations)| json!({ "type": kind, "value": operations }));
    prop::collection::vec(command, 0..4).prop_map(|commands| json!({ "commands": commands }))
}

const OWN: [&str; 13] =
    ["iss", "ver", "jti", "exp", "iat", "cid", "uid", "scp", "cnf", "nonce", "groups", "sub", "aud"];

proptest! {
    /// An answer counts as a whole: it is the same as its operations one by one, each of which counts.
    /// And whatever it is, nobody touches what is the issuer's own.
    #[test]
    fn all_or_nothing(answer in answer()) {
        let before = payload();
        let outcome = hook_outcome(&before, 200, answer.to_string().as_bytes(), &[]);
        let mut step_by_step = Ok(before.clone());
        for command in answer["commands"].as_array().unwrap() {
            for operation in command["value"].as_array().unwrap() {
                let one = json!({ "commands": [{ "type": command["type"], "value": [operation] }] }).to_string();
                step_by_step = step_by_step.and_then(|payload| match hook_outcome(&payload, 200, one.as_bytes(), &[]) {
                    Ok(HookOutcome::Tokens(payload)) => Ok(payload),
                    _ => Err(()),
                });
            }
        }
        match outcome {
            Ok(HookOutcome::Tokens(after)) => {
                for token in ["access", "identity"] {
                    for claim in OWN {
                        let pointer = format!("/data/{token}/claims/{claim}");
                        prop_assert_eq!(before.pointer(&pointer), after.pointer(&pointer));
                    }
                }
                prop_assert_eq!(Ok(after), step_by_step);
            }
            Ok(other) => prop_assert!(false, "{:?}", other),
            Err(_) => prop_assert_eq!(step_by_step, Err(())),
        }
    }

    #[test]
    fn any_bytes_are_read_or_rejected(body in prop::collection::vec(any::<u8>(), 0..200), status in 100u16..600) {
        let _ = hook_outcome(&payload(), status, &body, &["sub", "aud"]);
    }

    #[test]
    fn any_json_is_read_or_rejected(mutated in "\\{\"(commands|error)\":[\\[\\]{}\":,a-z0-9/.~-]{0,80}\\}") {
        let _ = hook_outcome(&payload(), 200, mutated.as_bytes(), &[]);
    }
}
