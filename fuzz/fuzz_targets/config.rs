//! Any text as an org file: it is refused with mistakes that say where, or compiles, twice to the same; what
//! compiles does so again after it was written out, with and without its secrets.
//!
//! Inputs that are JSON are changed as JSON: a value takes the place of another.
#![no_main]

use chancery::analyse::lint_within;
use chancery::model::Document;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use serde_json::{Value as Json, json};

fuzz_target!(|data: &[u8]| config(data));

fn config(data: &[u8]) {
    let document = match Document::parse(data) {
        Ok(document) => document,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let written = Document::parse(document.to_string_pretty()).expect("what was written is read");
    assert!(written == document, "reads back another");
    match (document.compile(), written.compile()) {
        (Ok(org), Ok(_)) => {
            let _ = lint_within(&org, 10_000);
            if let Err(errors) = document.without_secrets().compile() {
                panic!("not without its secrets: {errors}");
            }
        }
        (Err(first), Err(second)) => {
            let text = first.to_string();
            assert!(!text.is_empty());
            assert_eq!(text, second.to_string());
        }
        (Ok(_), Err(errors)) | (Err(errors), Ok(_)) => panic!("one of two: {errors}"),
    }
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let json = (seed % 4 != 0).then(|| serde_json::from_slice::<Json>(&data[..size]).ok()).flatten();
    let Some(mut json) = json else { return fuzzer_mutate(data, size, max_size) };
    let mut dice = Dice(u64::from(seed));
    let count = count(&json);
    for _ in 0..=dice.below(3) {
        let value = match dice.below(3) {
            0 => nth(&mut json, &mut dice.below(count)).map(|value| value.clone()),
            1 => OTHERS.get(dice.below(OTHERS.len())).and_then(|text| serde_json::from_str(text).ok()),
            _ => NAMES.get(dice.below(NAMES.len())).map(|name| json!({ *name: [] })),
        };
        let (Some(value), Some(place)) = (value, nth(&mut json, &mut dice.below(count))) else { continue };
        match (place, value) {
            // Beside its other members, or in place of them.
            (Json::Object(place), Json::Object(value)) if dice.below(4) > 0 => place.extend(value),
            (Json::Array(place), value) if dice.below(2) > 0 => place.push(value),
            (place, value) => *place = value,
        }
    }
    let text = json.to_string();
    if text.len() > max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
});

/// Values that are seldom there.
const OTHERS: [&str; 28] = [
    "null",
    "true",
    "0",
    "-1",
    "1e400",
    "4294967296",
    "9223372036854775808",
    "0.5",
    "[]",
    "{}",
    "\"\"",
    "\"*\"",
    "\"ALL_CLIENTS\"",
    "\"EVERYONE\"",
    "\"INACTIVE\"",
    "\"DELETED\"",
    "\"user.department\"",
    "\"Arrays.contains(\"",
    "\"https://*.example.com/cb\"",
    "\"javascript:alert(1)\"",
    "\"\\u0000\"",
    "\"openid\"",
    "\"ROTATE\"",
    "\"sub\"",
    "\"(a+)+$\"",
    "[[[[[[[[[[]]]]]]]]]]",
    "[\"implicit\", \"password\"]",
    "\"2026-01-01T00:00:00.000Z\"",
];
const NAMES: [&str; 24] = [
    "authorizationServers",
    "apps",
    "users",
    "groups",
    "policies",
    "rules",
    "scopes",
    "claims",
    "conditions",
    "actions",
    "settings",
    "oauthClient",
    "credentials",
    "jwks",
    "keys",
    "inlineHooks",
    "inlineHook",
    "chancery",
    "include",
    "exclude",
    "tokenPolicies",
    "refresh_token",
    "profile",
    "system",
];

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

fn count(json: &Json) -> usize {
    1 + match json {
        Json::Array(list) => list.iter().map(count).sum(),
        Json::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// The value that comes as the `place`th when all are walked through.
fn nth<'a>(json: &'a mut Json, place: &mut usize) -> Option<&'a mut Json> {
    if *place == 0 {
        return Some(json);
    }
    *place -= 1;
    match json {
        Json::Array(list) => list.iter_mut().find_map(|value| nth(value, place)),
        Json::Object(members) => members.values_mut().find_map(|value| nth(value, place)),
        _ => None,
    }
}
