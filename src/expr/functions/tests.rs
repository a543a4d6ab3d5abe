//! Every row of the table is complete, and its example is true.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::*;
use crate::expr::{Compiler, Group, Inputs, User};

/// What the examples of the manual run in.
fn example(expression: &str) -> Json {
    let groups = [
        Group::new("00g1emaKYZTWRYYRRTSK", "West Coast Users"),
        Group::new("00gjitX9HqABSoqTB0g3", "Engineering Users")
            .with_kind("APP_GROUP")
            .with_source(Some("0aae4be2456eb62f7c3d".into()), Some("active_directory".into())),
    ];
    let related = |name: &str| json!({"user": {"profile": {"firstName": name}}, "appusers": {"google": {"firstName": format!("{name}G")}}});
    let relations = json!({
        "linked": {"manager": {"profile": {"lastName": "Gates"}}},
        "manager": {"active_directory": related("Mary")},
        "assistant": {"active_directory": related("Alan")},
    });
    let (directory, workday) = ([json!({"managerUpn": "bob@okta.com"})], [json!({"employeeID": "123456"})]);
    let inputs = Inputs::default()
        .with_user(User::default().with_status("ACTIVE"))
        .with_groups(&groups)
        .with_relations(&relations)
        .with_directory_users(&directory)
        .with_workday_users(&workday)
        .with_now(1_438_363_117_979);
    let program = Compiler::new().compile(expression).unwrap_or_else(|errors| panic!("{errors}"));
    program.evaluate(&inputs).unwrap_or_else(|error| panic!("{error}")).to_tagged_json()
}

#[test]
fn examples_are_true() {
    for function in functions() {
        let runs = !matches!(function.body(), Body::Absent(_));
        if runs {
            let expected: Json =
                serde_json::from_str(function.example_result()).expect(function.example_result());
            assert_eq!(example(function.example()), expected, "{}", function.example());
        }
    }
}

#[test]
fn rows_are_complete() {
    let mut seen = BTreeSet::new();
    for function in functions() {
        let usage = function.usage();
        assert!(seen.insert(usage.clone()), "{usage} is there twice");
        assert!(function.example().contains(function.name()), "{usage}");
        assert!(function.meaning().ends_with('.'), "{usage}");
        if let Family::Method(_) = function.family {
            assert!(!function.parameters.is_empty(), "{usage}: a method has a receiver");
        }
    }
    assert!(seen.len() >= 110, "{}", seen.len());
}

/// A body takes as many values as the row says.
#[test]
fn bodies_fit_their_parameters() {
    for function in functions() {
        let most = function.parameters.len();
        let repeated = function.parameters.iter().any(|parameter| parameter.need == Need::Repeated);
        let fits = match function.body() {
            Body::None(_) => most == 0,
            Body::One(_) => most == 1,
            Body::Two(_) | Body::Test(_) | Body::Each(_) => most == 2,
            Body::Three(_) => most == 3,
            Body::Many(_) | Body::Absent(_) => true,
        };
        assert!(fits, "{}", function.usage());
        assert_eq!(repeated, matches!(function.body(), Body::Many(_)), "{}", function.usage());
    }
}

#[test]
fn arity() {
    let find = |family, name| find(family, name).expect(name);
    let switch = find(Family::Class("String"), "stringSwitch");
    let counts: Vec<usize> = (0..8).filter(|count| switch.takes(*count)).collect();
    assert_eq!(counts, [4, 6]);
    let now = find(Family::Class("Time"), "now");
    assert!(now.takes(0) && now.takes(2) && !now.takes(3));
    assert!(!find(Family::Class("Arrays"), "flatten").takes(0));
}

#[test]
fn signatures() {
    let of = |usage: &str| functions().find(|function| function.usage() == usage).expect(usage).signature();
    assert_eq!(of("String.len"), "String.len(text: Text) → Integer");
    assert_eq!(of("text.substring"), "text.substring(start: Integer, end?: Integer) → Text");
    assert_eq!(of("list.filter"), "list.filter(function: Value => Value) → List");
    assert_eq!(of("user.getGroups"), "user.getGroups(criterion...: Map) → List");
}
