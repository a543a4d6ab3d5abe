//! Claim expressions beside the same expressions in CEL (the `cel` crate), on the same data in one run:
//!
//! ```sh
//! cargo bench --bench expr
//! ```
//!
//! Prints a Markdown table. Both sides are compiled once for the evaluation rows, and both read inputs that were
//! built beforehand. Before anything is measured the two must give the same JSON.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a bench may fail")]

mod pairs;

use std::{collections::HashMap, sync::Arc};

use cel::{Context, Env, Value, extensions};
use chancery::expr::{Compiler, Group, Inputs, User};
use pairs::{Pair, compare, print_table};
use serde_json::{Value as Json, json};

/// What is measured, our expression, CEL's, and the groups of the user.
const CASES: &[(&str, &str, &str, usize)] = &[
    ("property path", "user.department", "user.department", 10),
    (
        "comparison, concatenation",
        r#"user.department == "eng" ? user.login + "!" : "none""#,
        r#"user.department == "eng" ? user.login + "!" : "none""#,
        10,
    ),
    (
        "filter, 10 groups",
        r#"user.groups.filter(g => g.startsWith("role_"))"#,
        r#"user.groups.filter(g, g.startsWith("role_"))"#,
        10,
    ),
    (
        "filter, 100 groups",
        r#"user.groups.filter(g => g.startsWith("role_"))"#,
        r#"user.groups.filter(g, g.startsWith("role_"))"#,
        100,
    ),
    (
        "filter and map, 10 groups",
        r#"user.groups.filter(g => g.startsWith("role_")).map(g => g.replace("role_", ""))"#,
        r#"user.groups.filter(g, g.startsWith("role_")).map(g, g.replace("role_", ""))"#,
        10,
    ),
    (
        "chain of string functions",
        r#"user.login.toLowerCase().replace("@", " at ").substring(0, 8)"#,
        r#"user.login.lowerAscii().replace("@", " at ").substring(0, 8)"#,
        10,
    ),
];

fn main() {
    let mut env = Env::stdlib();
    env.add_extension(extensions::strings).expect("CEL's own extension");
    let env = Arc::new(env);
    let mut evaluation = Vec::new();
    let mut compilation = Vec::new();
    for (what, ours, theirs, count) in CASES {
        let names = group_names(*count);
        let profile = json!({ "department": "eng", "login": "Isaac.Brock@example.com", "title": "Engineer", "age": 41 });
        let profile = profile.as_object().expect("an object");

        let groups: Vec<Group> =
            names.iter().enumerate().map(|(i, name)| Group::new(format!("00g{i}"), name)).collect();
        let inputs = Inputs::default().with_user(User::default().with_profile(profile)).with_groups(&groups);
        let our_program = Compiler::new().compile(ours).expect("our expression compiles");

        let context = cel_context(&env, profile, &names);
        let their_program = env.compile(theirs).expect("CEL's expression compiles");

        let our_value = our_program.evaluate(&inputs).expect("our expression has a value").to_json();
        let their_value = to_json(&their_program.execute(&context).expect("CEL's expression has a value"));
        assert_eq!(our_value, their_value, "{what}");

        evaluation.push(compare(*what, || our_program.evaluate(&inputs), || their_program.execute(&context)));
        if *count == 10 {
            compilation.push(compare(
                format!("compile: {what}"),
                || Compiler::new().compile(ours),
                || env.compile(theirs),
            ));
        }
    }
    let rows: Vec<Pair> = evaluation.into_iter().chain(compilation).collect();
    print_table("chancery", "cel", &rows, |row| if row.name.starts_with("compile") { 3.0 } else { 5.0 });
}

fn group_names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("{}_{i}", if i % 2 == 0 { "role" } else { "team" })).collect()
}

fn cel_context(
    env: &Arc<Env>,
    profile: &serde_json::Map<String, Json>,
    groups: &[String],
) -> Context<'static, 'static> {
    let mut user: HashMap<String, Value> = HashMap::new();
    for (name, value) in profile {
        let value = match value {
            Json::String(text) => Value::from(text.as_str()),
            other => Value::from(other.as_i64().expect("the profile has texts and integers")),
        };
        user.insert(name.clone(), value);
    }
    let groups: Vec<Value> = groups.iter().map(|name| Value::from(name.as_str())).collect();
    user.insert("groups".to_owned(), groups.into());
    let mut context = Context::with_env(Arc::clone(env));
    context.add_variable_from_value("user", user);
    context
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::String(text) => json!(text.as_str()),
        Value::List(items) => items.iter().map(to_json).collect(),
        other => panic!("no case has the value {other:?}"),
    }
}
