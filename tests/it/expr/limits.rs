//! Every limit holds: at the limit all is well, one beyond it is an error.

use chancery::expr::{Compiler, ErrorKind, Inputs, Limits, Usage};

use super::with;

fn kind(compiler: &Compiler, expression: &str) -> Option<ErrorKind> {
    with(compiler, &Inputs::default(), expression).err().map(|error| error.kind())
}

#[test]
fn claims_have_1024_characters() {
    let claim = Compiler::new().usage(Usage::Claim);
    let text = |letter: &str, n: usize| format!("\"{}\"", letter.repeat(n - 2));
    assert_eq!(kind(&claim, &text("x", 1024)), None);
    assert_eq!(kind(&claim, &text("x", 1025)), Some(ErrorKind::ExpressionTooLong));
    assert_eq!(kind(&claim, &text("é", 1024)), None, "characters, not bytes");
    assert_eq!(kind(&claim, &text("é", 1025)), Some(ErrorKind::ExpressionTooLong));
    let errors = claim.compile(&text("x", 1025)).expect_err("too long");
    assert_eq!((errors.first().span(), errors.first().expression()), (1024..1025, ""));
    assert_eq!(kind(&claim, &"(".repeat(1025)), Some(ErrorKind::ExpressionTooLong), "before it is parsed");
}

#[test]
fn other_expressions_have_16_kilobytes() {
    let text = |n: usize| format!("\"{}\"", "x".repeat(n - 2));
    assert_eq!(kind(&Compiler::new(), &text(16 * 1024)), None);
    assert_eq!(kind(&Compiler::new(), &text(16 * 1024 + 1)), Some(ErrorKind::ExpressionTooLong));
}

#[test]
fn nesting() {
    let nest = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
    assert_eq!(kind(&Compiler::new(), &nest(128)), None);
    assert_eq!(kind(&Compiler::new(), &nest(129)), Some(ErrorKind::TooDeep));
    let shallow = Compiler::new().limits(Limits::default().with_depth(3));
    assert_eq!(kind(&shallow, &nest(3)), None);
    assert_eq!(kind(&shallow, &nest(4)), Some(ErrorKind::TooDeep));
}

#[test]
fn steps() {
    let compiler = |steps| Compiler::new().limits(Limits::default().with_evaluation(steps, 1 << 20, 1 << 20));
    // One for the list and its method, three an element: the lambda's sum, its parameter, the new element.
    let needed = (1..100).find(|steps| kind(&compiler(*steps), "{1, 2, 3}.map(x => x + x)").is_none());
    let needed = needed.expect("some budget is enough");
    assert_eq!(kind(&compiler(needed - 1), "{1, 2, 3}.map(x => x + x)"), Some(ErrorKind::LimitExceeded));
    assert!((10..25).contains(&needed), "{needed}");
    let error =
        with(&compiler(5), &Inputs::default(), "1 + {1, 2, 3}.map(x => x + x).size()").expect_err("too many");
    assert!(error.to_string().contains("more steps"), "{error}");
}

#[test]
fn bytes() {
    let compiler = |bytes| Compiler::new().limits(Limits::default().with_evaluation(1 << 20, bytes, 1 << 20));
    assert_eq!(kind(&compiler(6), "'abc' + 'def'"), None);
    assert_eq!(kind(&compiler(5), "'abc' + 'def'"), Some(ErrorKind::LimitExceeded));
    assert_eq!(kind(&compiler(9), "'aaa'.replace('a', 'bcd')"), None);
    assert_eq!(kind(&compiler(8), "'aaa'.replace('a', 'bcd')"), Some(ErrorKind::LimitExceeded));
    assert_eq!(kind(&compiler(5), "{'ab', 'cd'}.join('-')"), None);
    assert_eq!(kind(&compiler(4), "{'ab', 'cd'}.join('-')"), Some(ErrorKind::LimitExceeded));
    assert_eq!(kind(&compiler(0), "'abc'.substring(1)"), None, "what is borrowed costs nothing");
}

#[test]
fn elements() {
    let compiler =
        |elements| Compiler::new().limits(Limits::default().with_evaluation(1 << 20, 1 << 20, elements));
    for expression in [
        "{1, 2, 1 + 2}",
        "{1, 2}.add(3)",
        "{1, 2, 3}.map(x => x)",
        "'a,b,c'.split(',')",
        "Arrays.flatten('a,b', 'c')",
    ] {
        assert_eq!(kind(&compiler(3), expression), None, "{expression}");
        assert_eq!(kind(&compiler(2), expression), Some(ErrorKind::LimitExceeded), "{expression}");
    }
}
