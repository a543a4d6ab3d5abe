//! What holds for any text and any tree.

use chancery::expr::{Compiler, Group, Inputs, User};
use proptest::prelude::*;
use serde_json::json;

/// Text that looks like an expression: pieces of the language in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "user",
        "user.groups",
        ".profile",
        ".name",
        "?.",
        ".![",
        ".?[",
        ".^[",
        ".$[",
        "]",
        "[",
        "(",
        ")",
        "{",
        "}",
        ",",
        ":",
        "?",
        "?:",
        "=>",
        "g",
        "==",
        "!=",
        "<",
        ">=",
        "&&",
        "or",
        "not",
        "matches",
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
        "!",
        "1",
        "2.5",
        "0x1F",
        "1e3",
        "9L",
        "'a'",
        "\"(a+)+$\"",
        "'",
        "\"",
        "null",
        "TRUE",
        "String.len(",
        "Arrays.flatten(",
        ".filter(g => ",
        ".map(x => x",
        "Time.now()",
        ".toString('yyyy')",
        "getFilteredGroups({'a'}, 'group.name', 1)",
        "=",
        "++",
        "#x",
        "T(x)",
        "new x",
        "@b",
        "é",
        "😀",
        "\u{a0}",
        "\n",
        " ",
        ".substring(1)",
        "[0]",
        "'a,b'",
        "user.n",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.join(" "))
}

/// Well-formed expressions, by their grammar.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1",
        "0",
        "2.5",
        "'a'",
        "\"it's\"",
        "'say \"hi\"'",
        "''",
        "true",
        "false",
        "null",
        "user.name",
        "user.n",
        "user.list",
        "user.groups",
        "user.missing",
        "user?.profile",
        "{}",
        "{:}",
        "'a,b'",
        "5L",
        "session.amr",
        "app.profile.x",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(6, 48, 4, |inner| {
        let binary = prop::sample::select(vec![
            "+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "and", "OR", "eq",
            "?:", "matches",
        ]);
        let method = prop::sample::select(vec![
            "length",
            "size",
            "isEmpty",
            "toUpperCase",
            "flatten",
            "toInteger",
            "sort",
        ]);
        let with_argument = prop::sample::select(vec![
            "contains",
            "add",
            "remove",
            "substring",
            "startsWith",
            "split",
            "join",
        ]);
        let lambda = prop::sample::select(vec!["filter", "map", "any", "find", "flatMap"]);
        let bracket = prop::sample::select(vec![".![", ".?[", ".^[", ".$[", "?.![", "["]);
        let function = prop::sample::select(vec![
            "String.len",
            "Arrays.size",
            "Arrays.flatten",
            "Convert.toNum",
            "toLowerCase",
        ]);
        prop_oneof![
            (inner.clone(), binary, inner.clone()).prop_map(|(l, o, r)| format!("({l}) {o} ({r})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(c, a, b)| format!("({c}) ? {a} : {b}")),
            (prop::sample::select(vec!["!", "-", "+", "not "]), inner.clone())
                .prop_map(|(o, e)| format!("{o}({e})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} + {b} - {a}")),
            (inner.clone(), method).prop_map(|(e, m)| format!("({e}).{m}()")),
            (inner.clone(), with_argument, inner.clone()).prop_map(|(e, m, a)| format!("({e}).{m}({a})")),
            (inner.clone(), lambda, inner.clone()).prop_map(|(e, m, b)| format!("({e}).{m}(g => {b} ?: g)")),
            (inner.clone(), bracket, inner.clone()).prop_map(|(e, b, i)| format!("({e}){b}{i}]")),
            (function, inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|list| format!("{{{}}}", list.join(", "))),
            (inner.clone(), inner).prop_map(|(k, v)| format!("{{a: {v}, 'b c': {k}}}")),
        ]
    })
}

fn cases() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(debug_assertions) { 400 } else { 4_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Compiles and evaluates; the answer as text, whatever it is.
fn answer(compiler: &Compiler, expression: &str) -> String {
    let profile = json!({"name": "Ada", "n": 7, "list": ["a", "b", 3], "missing": null});
    let app = json!({"x": {"y": [1, 2]}});
    let groups = [Group::new("00g1", "role_admin"), Group::new("00g2", "Everyone")];
    let inputs = Inputs::default()
        .with_user(User::default().with_profile(profile.as_object().expect("an object")))
        .with_groups(&groups)
        .with_app(chancery::expr::App::default().with_profile(&app))
        .with_session(chancery::expr::Session::default().with_amr(&["pwd", "mfa"]))
        .with_now(1_438_363_117_979);
    match compiler.compile(expression) {
        Err(errors) => {
            for error in errors.iter() {
                assert!(expression.get(error.span()).is_some() || error.expression().is_empty(), "{error:?}");
            }
            errors.to_string()
        }
        Ok(program) => match program.evaluate(&inputs) {
            Ok(value) => {
                let mut json = Vec::new();
                value.write_json(&mut json);
                assert_eq!(String::from_utf8(json).expect("UTF-8"), value.to_json().to_string());
                value.to_tagged_json().to_string()
            }
            Err(error) => {
                assert!(expression.get(error.span()).is_some(), "{error:?}");
                error.to_string()
            }
        },
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        answer(&Compiler::new(), &text);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        answer(&Compiler::new(), &String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_pieces_panic(text in pieces()) {
        answer(&Compiler::new(), &text);
    }

    #[test]
    fn evaluation_is_deterministic(text in expression()) {
        prop_assert_eq!(answer(&Compiler::new(), &text), answer(&Compiler::new(), &text));
    }

    /// What a program prints compiles to a program that prints the same and means the same.
    #[test]
    fn programs_print_back(text in expression()) {
        if let Ok(program) = Compiler::new().compile(&text) {
            let printed = program.to_string();
            let again = Compiler::new().compile(&printed).map_err(|errors| TestCaseError::fail(errors.to_string()))?;
            prop_assert_eq!(again.to_string(), printed.as_str());
            prop_assert_eq!(again.reads(), program.reads());
            let first_line = |text: String| text.lines().next().unwrap_or_default().to_owned();
            prop_assert_eq!(first_line(answer(&Compiler::new(), &text)), first_line(answer(&Compiler::new(), &printed)));
        }
    }

    /// Under any limits an evaluation ends, and what it makes fits them.
    #[test]
    fn limits_hold(text in expression(), steps in 0..200_u64, bytes in 0..200_usize, elements in 0..8_usize) {
        let limits = chancery::expr::Limits::default().with_evaluation(steps, bytes, elements);
        answer(&Compiler::new().limits(limits), &text);
    }
}
