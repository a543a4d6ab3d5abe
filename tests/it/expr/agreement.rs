//! The compiled evaluator and the naive one agree on random programs.
//!
//! `cargo test` compares a bounded number; more with
//! `CHANCERY_PROGRAMS=1000000 cargo test --release --test it agreement`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chancery::expr::{App, Compiler, Group, Inputs, User};
use serde_json::{Value as Json, json};

use super::generate::{Generator, Random, print};
use super::reference::{Scope, evaluate, to_json};

const PROGRAMS: u64 = 20_000;

#[test]
fn both_evaluators_agree() {
    let programs = std::env::var("CHANCERY_PROGRAMS").map_or(PROGRAMS, |n| n.parse().unwrap());
    let contexts = contexts();
    let mut disagreements = Vec::new();
    let (mut values, mut errors) = (0, 0);
    for seed in 0..programs {
        let mut generator = Generator { random: Random(seed) };
        let program = generator.program();
        let text = print(&program, &mut generator.random);
        let context = generator.random.pick(&contexts);
        let expected = evaluate(&program, &Scope::new(context)).map(|value| to_json(&value));
        let found = catch_unwind(AssertUnwindSafe(|| run(&text, context)));
        let found = found.unwrap_or(Err(Failure::Evaluate("panic")));
        match expected {
            Ok(_) => values += 1,
            Err(_) => errors += 1,
        }
        let agree = match (&found, &expected) {
            // What compiling refuses must never have a value. The kinds may differ: compiling sees that a result
            // can't be of a type before it is known that there will be no result.
            (Err(Failure::Compile(_)), Err(_)) => true,
            // Nor a value where nothing is null: `?.` may hide a mistake when it runs, but not from the compiler.
            (Err(Failure::Compile(_)), Ok(_)) => {
                let mut strict = Scope::new(context);
                strict.strict = true;
                evaluate(&program, &strict).is_err()
            }
            (Err(Failure::Evaluate(found)), Err(expected)) => found == expected,
            (found, expected) => found.as_ref().ok() == expected.as_ref().ok(),
        };
        if !agree {
            disagreements
                .push(format!("program {seed}: {text}\n  compiled: {found:?}\n  naive:    {expected:?}"));
        }
    }
    println!("{programs} programs: {values} values, {errors} errors, {} disagreements", disagreements.len());
    disagreements.sort_by_key(String::len);
    assert!(disagreements.is_empty(), "{}", disagreements[..disagreements.len().min(400)].join("\n"));
}

#[derive(Debug)]
enum Failure {
    Compile(#[expect(dead_code, reason = "printed by Debug")] String),
    Evaluate(&'static str),
}

fn run(text: &str, context: &Json) -> Result<Json, Failure> {
    let program = Compiler::new().compile(text).map_err(|errors| Failure::Compile(errors.to_string()))?;
    let groups: Vec<Group> =
        context["groups"].as_array().unwrap().iter().filter_map(Group::from_json).collect();
    let user = User::default().with_profile(context["profile"].as_object().unwrap());
    let inputs = Inputs::default()
        .with_user(user)
        .with_groups(&groups)
        .with_app(App::default().with_profile(&context["app"]["profile"]));
    program
        .evaluate(&inputs)
        .map(|value| value.to_json())
        .map_err(|error| Failure::Evaluate(error.kind().as_str()))
}

/// A usual user, one with odd values, and one of whom little is known.
fn contexts() -> Vec<Json> {
    let group = |id: &str, name: &str| json!({"id": id, "type": "OKTA_GROUP", "profile": {"name": name}});
    vec![
        json!({
            "profile": {
                "login": "isaac.brock@example.com", "department": "eng", "empty": "", "csv": "red, green,blue",
                "number": "42", "emoji": "a😀é", "active": true, "age": 41, "ratio": 0.25,
                "colors": ["red", "Green", "a,b"], "numbers": [3, 1, 2, 3],
            },
            "groups": [group("00g1", "role_admin"), group("00g2", "Everyone"), group("00g3", "role_user, local")],
            "app": { "profile": { "label": "Café", "names": ["x", "eng", ""],
                "rows": [{"text": "a", "number": 1}, {"text": "role_b", "number": 20, "absent": null}] } },
        }),
        json!({
            "profile": {
                "login": "", "department": null, "empty": "", "csv": ",", "number": "abc", "emoji": "😀",
                "active": "yes", "age": "17", "ratio": -3, "colors": "one,two", "numbers": [],
            },
            "groups": [group("00g9", "")],
            "app": { "profile": { "label": 5, "names": [null, 1, "1", true], "rows": [{}, {"text": null, "number": 1.5}] } },
        }),
        json!({ "profile": {}, "groups": [], "app": { "profile": {} } }),
    ]
}
