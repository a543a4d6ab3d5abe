//! `tests/data/config/*.json`: what is wrong with an org file, said word for word.
//!
//! Each case changes `base.json`, which is without mistakes and warnings: `put` sets the values at
//! JSON pointers (`-` at the end appends), `drop` removes them. `mistakes` and `warnings` are all of
//! them, in order; one that ends in `…` gives the beginning only.

use chancery::model::Document;
use serde_json::Value;

const BASE: &str = include_str!("../../data/config/base.json");

const FILES: &[(&str, &str)] = &[
    ("servers", include_str!("../../data/config/servers.json")),
    ("scopes", include_str!("../../data/config/scopes.json")),
    ("claims", include_str!("../../data/config/claims.json")),
    ("policies", include_str!("../../data/config/policies.json")),
    ("apps", include_str!("../../data/config/apps.json")),
    ("people", include_str!("../../data/config/people.json")),
    ("customization", include_str!("../../data/config/customization.json")),
    ("file", include_str!("../../data/config/file.json")),
];

#[test]
fn every_case_says_what_it_should() {
    let mut failures = Vec::new();
    for (file, text) in FILES {
        let cases: Vec<Value> = serde_json::from_str(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        for case in &cases {
            let id = case["id"].as_str().expect("a case has an id");
            let expected = (texts(&case["mistakes"]), texts(&case["warnings"]));
            let found = outcome(case);
            if !(agree(&found.0, &expected.0) && agree(&found.1, &expected.1)) {
                failures.push(format!("{file} {id}\n  expected {expected:#?}\n  found {found:#?}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn agree(found: &[String], expected: &[String]) -> bool {
    found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, expected)| match expected.strip_suffix('…') {
            Some(start) => found.starts_with(start),
            None => found == expected,
        })
}

#[test]
fn the_file_that_cases_change_has_nothing_to_complain_about() {
    assert_eq!(outcome(&Value::Null), (Vec::new(), Vec::new()));
}

/// The mistakes and warnings of one case.
fn outcome(case: &Value) -> (Vec<String>, Vec<String>) {
    let mut file: Value = serde_json::from_str(BASE).unwrap();
    for (pointer, value) in case["put"].as_object().into_iter().flatten() {
        put(&mut file, pointer, value.clone());
    }
    for pointer in case["drop"].as_array().into_iter().flatten() {
        let (parent, key) = pointer.as_str().unwrap().rsplit_once('/').unwrap();
        match file.pointer_mut(parent).unwrap_or_else(|| panic!("no {pointer}")) {
            Value::Object(map) => drop(map.remove(key)),
            list => drop(list.as_array_mut().unwrap().remove(key.parse().unwrap())),
        }
    }
    match Document::from_json(file).unwrap().compile() {
        Ok(org) => (Vec::new(), org.warnings().iter().map(ToString::to_string).collect()),
        Err(errors) => (
            errors.mistakes().iter().map(ToString::to_string).collect(),
            errors.warnings().iter().map(ToString::to_string).collect(),
        ),
    }
}

fn put(file: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    match file.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}")) {
        Value::Object(map) => drop(map.insert(key.replace("~1", "/"), value)),
        Value::Array(list) if key == "-" => list.push(value),
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        other => panic!("{pointer} is beneath {other}"),
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}
