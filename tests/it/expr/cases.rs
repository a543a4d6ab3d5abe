//! The documented behaviour of Okta's language as data: `tests/data/expressions.jsonl`.

use serde_json::Value as Json;

use super::case::row;

const CASES: &str = include_str!("../../data/expressions.jsonl");

/// Rows whose sources disagree, and where we chose otherwise. The manual page `expressions` says why.
const CHOSEN_OTHERWISE: [&str; 1] = ["cl-group-getFilteredGroups-20"];

#[test]
fn every_row_answers_as_documented() {
    run(|case| case.to_string());
}

/// The superset that claims use satisfies all three dialects.
#[test]
fn every_row_answers_the_same_without_its_dialect() {
    run(|case| {
        let mut case = case.clone();
        case.as_object_mut().expect("a row").remove("dialect");
        case.to_string()
    });
}

fn run(line: impl Fn(&Json) -> String) {
    let mut wrong = Vec::new();
    let mut contested = Vec::new();
    for case in CASES.lines() {
        let case: Json = serde_json::from_str(case).expect("a row is JSON");
        let id = case["id"].as_str().expect("a row has an id").to_owned();
        let answer = row(line(&case).as_bytes());
        let right = match case.get("error") {
            Some(kind) => answer.pointer("/error/kind") == Some(kind),
            None => answer.get("value").is_some_and(|value| same(value, &case["expected"])),
        };
        match (right, case["contested"] == true) {
            (true, _) => {}
            (false, true) => contested.push(id),
            (false, false) => wrong.push(format!(
                "{id}: {}\n  wanted {}{}\n  got {answer}",
                case["expr"], case["expected"], case["error"]
            )),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(contested, CHOSEN_OTHERWISE);
}

/// Equal values; times as instant and zone, whether a fraction of zero is written or not.
fn same(left: &Json, right: &Json) -> bool {
    let time =
        |value: &Json| value.get("$datetime").and_then(Json::as_str).map(|time| time.replace(".000", ""));
    match (time(left), time(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

/// Spans are places in the text, whatever is wrong with it.
#[test]
fn every_error_points_into_its_expression() {
    for case in CASES.lines() {
        let case: Json = serde_json::from_str(case).expect("a row is JSON");
        let answer = row(case.to_string().as_bytes());
        if let Some(span) = answer.pointer("/error/span") {
            let at = |index: usize| {
                span[index].as_u64().and_then(|at| usize::try_from(at).ok()).expect("an offset")
            };
            let expression = case["expr"].as_str().expect("a text");
            assert!(expression.get(at(0)..at(1)).is_some(), "{}: {answer}", case["id"]);
        }
    }
}

#[test]
fn what_is_no_row_is_answered_too() {
    for (line, id) in [
        ("", "null"),
        ("{", "null"),
        ("[1]", "null"),
        (r#"{"id": 7}"#, "7"),
        (r#"{"id": "a", "expr": 1}"#, r#""a""#),
        (r#"{"id": "a", "expr": "1", "context": []}"#, r#""a""#),
        (r#"{"id": "a", "expr": "1", "dialect": "klingon"}"#, r#""a""#),
        (r#"{"id": "a", "expr": "1", "context": {"usage": "tea"}}"#, r#""a""#),
        (r#"{"id": "a", "expr": "1", "context": {"groups": [{}]}}"#, r#""a""#),
        (r#"{"id": "a", "expr": "1", "context": {"now": "noon"}}"#, r#""a""#),
    ] {
        let answer = row(line.as_bytes());
        assert_eq!(answer.pointer("/error/kind").and_then(Json::as_str), Some("bad_case"), "{line}");
        assert_eq!(answer["id"].to_string(), id);
    }
    assert_eq!(row(b"{\"id\": \"\xff\"}").pointer("/error/kind").and_then(Json::as_str), Some("bad_case"));
}
