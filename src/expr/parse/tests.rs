use super::*;

fn printed(source: &str) -> String {
    parse(source, 128).map_or_else(|fault| fault.kind.to_string(), |tree| tree.to_string())
}

/// Where the fault of a wrong expression is.
fn guilty(source: &str) -> &str {
    let span = parse(source, 128).map_err(|fault| fault.span()).expect_err(source);
    source.get(span.start as usize..span.end as usize).expect("a span of whole characters")
}

#[test]
fn precedence() {
    for (source, same) in [
        ("1 + 2 * 3", "1 + (2 * 3)"),
        ("a || b && c", "a || (b && c)"),
        ("a && b == c + 1", "a && (b == (c + 1))"),
        ("2 * 3 ^ 2", "2 * (3 ^ 2)"),
        ("-2 ^ 2", "(-2) ^ 2"),
        ("!a.b", "!(a.b)"),
        ("-1.6.toInteger()", "-(1.6.toInteger())"),
        ("a ? b : c ? d : e", "a ? b : (c ? d : e)"),
        ("a ?: b ?: c", "a ?: (b ?: c)"),
        ("a or b ? c : d", "(a or b) ? c : d"),
        ("a - b - c", "a - b - c"),
        ("not a and b", "(!a) && b"),
    ] {
        assert_eq!(parse(source, 128), parse(same, 128), "{source}");
    }
    assert_ne!(parse("(a - b) - c", 128), parse("a - b - c", 128), "the tree keeps what was grouped");
}

#[test]
fn relations_and_powers_do_not_chain() {
    assert_eq!(guilty("1 == 1 == true"), "==");
    assert_eq!(guilty("1 < 2 <= 3"), "<=");
    assert_eq!(guilty("2 ^ 3 ^ 4"), "^");
    assert_eq!(printed("(1 == 1) == true"), "(1 == 1) == true");
}

#[test]
fn words_are_operators_in_any_case() {
    assert_eq!(printed("a EQ 1 And b mod 2 nE 3 OR NOT c"), "a == 1 && b % 2 != 3 || !c");
    assert_eq!(printed("True && NULL"), "true && null");
    assert_eq!(printed("a.and.not.true"), "a.and.not.true");
}

#[test]
fn lists_and_maps() {
    assert_eq!(printed("{}"), "{}");
    assert_eq!(printed("{:}"), "{:}");
    assert_eq!(printed("{1,'a' , {2}}"), "{1, \"a\", {2}}");
    assert_eq!(printed("{a: 1, 'b c': {x ? y : z}}"), "{a: 1, \"b c\": {x ? y : z}}");
    assert_eq!(printed("{1, 2,}"), "parse");
}

#[test]
fn links() {
    for source in
        ["a.b", "a?.b.c(1, x => x)", "a.![b].?[c].^[d].$[e]", "a?.![b]", "a[0]['k']", "a?.[0]", "{1}[0]"]
    {
        assert_eq!(printed(source).replace('"', "'"), source);
    }
}

#[test]
fn what_spring_has_and_okta_has_not() {
    for (source, span) in [
        ("user.firstName = 'x'", "="),
        ("1++", "++"),
        ("--1", "--"),
        ("'a' instanceof String", "instanceof"),
        ("2 BETWEEN {1, 3}", "BETWEEN"),
        ("@bean", "@"),
        ("new String('x')", "new"),
        ("#fn(1)", "#"),
        ("#var", "#"),
        ("T(java.lang.Runtime).getRuntime()", "T"),
    ] {
        assert_eq!(printed(source), "unsupported", "{source}");
        assert_eq!(guilty(source), span);
    }
}

#[test]
fn spans_point_at_the_guilty_text() {
    assert_eq!(guilty("user.firstName == \"John\")"), ")");
    assert_eq!(guilty("(user.firstName == 1"), "");
    assert_eq!(guilty("String.to lowercase(user.email)"), "lowercase");
    assert_eq!(guilty("user.groups.filter(g => )"), ")");
    assert_eq!(guilty("a ==> b"), "==>");
    assert_eq!(guilty("a == g => b"), "=>");
    assert_eq!(guilty("'abc"), "'abc");
    assert_eq!(guilty("a + .5"), ".");
    assert_eq!(guilty("a + \u{201c}b\u{201d}"), "\u{201c}");
    assert_eq!(guilty(" "), "");
}

#[test]
fn nesting_is_bounded_at_the_limit() {
    let nest = |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    for (open, close) in [
        ("(", ")"),
        ("{", "}"),
        ("!", ""),
        ("{a: ", "}"),
        ("f(", ")"),
        ("1 ? 1 : ", ""),
        ("1 ?: ", ""),
        ("a[", "]"),
        ("f(g => ", ")"),
    ] {
        let limit = match open {
            "f(g => " => 64, // a call and a body
            _ => 128,
        };
        let text = |n| printed(&nest(open, close, n));
        assert_ne!(text(limit), "too_deep", "{open}");
        assert_eq!(text(limit + 1), "too_deep", "{open}");
        assert_eq!(text(10_000), "too_deep", "{open}");
    }
    assert_ne!(printed(&format!("a{}", ".a".repeat(128))), "too_deep");
    assert_eq!(printed(&format!("a{}", ".a".repeat(129))), "too_deep");
    assert_eq!(printed(&format!("a{}", "[0]".repeat(10_000))), "too_deep");
    assert_ne!(printed(&format!("1{}", " + 1".repeat(3_000))), "too_deep", "a long sum is not deep");
}

#[test]
fn deep_text_needs_little_stack() {
    let deep = |text: &'static str| {
        move || {
            let source = text.repeat(10_000);
            assert_eq!(parse(&source, 128).map_err(|fault| fault.kind), Err(ErrorKind::TooDeep), "{text}");
        }
    };
    for text in
        ["(", "!", "-(", "{", "{a:", "a.b(", "a[", "a.![", "f(g => ", "1||1&&1==1+1*(", "(1*1+1==1&&1||1?"]
    {
        // Frames of debug builds are several times as large.
        let stack = if cfg!(debug_assertions) { 512 } else { 256 } * 1024;
        let run = std::thread::Builder::new().stack_size(stack).spawn(deep(text)).expect("a thread");
        run.join().expect(text);
    }
}

/// What a tree prints parses to the same tree: every documented expression, and pieces of them in odd places.
#[test]
fn trees_print_back() {
    let rows = include_str!("../../../tests/data/expressions.jsonl").lines();
    let documented: Vec<String> = rows
        .map(|row| serde_json::from_str::<serde_json::Value>(row).expect("a row is JSON"))
        .filter_map(|row| Some(row.get("expr")?.as_str()?.to_owned()))
        .collect();
    let odd = ["(a.b).c", "(a)", "-(-1)", "+ +1", "!(!a)", "(-2)^2", "-(2^2)", "(a - b) - c", "a - (b - c)"]
        .into_iter()
        .chain([
            "(a == b) == c",
            "(a ? b : c) ? d : e",
            "(a ?: b) ?: c",
            "{(a ? b : c): d}",
            "(1 + 2).toInteger()",
        ])
        .chain([
            "(-1).toInteger()",
            "1.toInteger()",
            "1.5e300.x",
            "'a''b\"c'",
            "f(x => (x ? 1 : 2))",
            "a?.[0]?.b",
        ]);
    let mut count = 0;
    for text in documented.iter().map(String::as_str).chain(odd) {
        if let Ok(tree) = parse(text, 128) {
            let printed = tree.to_string();
            assert_eq!(parse(&printed, 128), Ok(tree), "{text} as {printed}");
            count += 1;
        }
    }
    assert!(count > 400, "{count}");
}
