//! Hostile expressions and data: rows of the attack catalogue, by their ids.

use std::time::{Duration, Instant};

use chancery::expr::{Compiler, ErrorKind, Group, Inputs, User};
use serde_json::json;

use super::with;

fn kind(expression: &str) -> Option<ErrorKind> {
    with(&Compiler::new(), &Inputs::default(), expression).err().map(|error| error.kind())
}

/// Runs on a thread with the stack of a small one. Debug builds have frames of several times the size.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let kilobytes = if cfg!(debug_assertions) { 2048 } else { 256 };
    let thread = std::thread::Builder::new().stack_size(kilobytes * 1024).spawn(run).expect("a thread");
    thread.join().expect("no overflow");
}

#[test]
fn a233_a_million_characters_are_refused_at_once() {
    let million = 1_000_000;
    for text in [
        format!("1{}", " + 1".repeat(million / 4)),
        format!("'{}'", "x".repeat(million)),
        "x".repeat(million),
        "(".repeat(million),
        "é".repeat(million),
    ] {
        let start = Instant::now();
        assert_eq!(kind(&text), Some(ErrorKind::ExpressionTooLong));
        assert!(start.elapsed() < Duration::from_millis(50), "{:?}", start.elapsed());
    }
}

#[test]
fn a234_depth_is_bounded_on_a_small_stack() {
    for text in ["(", "!", "- ", "1?1:", "{", "{a:", "f(", "a.f(", "a[", "a.![", "x.filter(y=>"] {
        on_a_small_stack(move || {
            let errors = Compiler::new().limits(wide()).compile(&text.repeat(10_000)).expect_err(text);
            assert_eq!(errors.first().kind(), ErrorKind::TooDeep, "{text}");
            drop(errors.clone());
            assert!(!format!("{errors} {errors:?}").is_empty());
        });
    }
    for links in [".a", "[0]", ".a()", "?.a", ".![a]"] {
        on_a_small_stack(move || {
            let text = format!("user{}", links.repeat(10_000));
            let errors = Compiler::new().limits(wide()).compile(&text).expect_err(links);
            assert_eq!(errors.first().kind(), ErrorKind::TooDeep, "{links}");
        });
    }
}

/// As deep as is allowed: compiling, printing, evaluating and dropping fit the stack too.
#[test]
fn a234_the_deepest_program_runs_on_a_small_stack() {
    for (open, middle, close, levels) in [
        ("(", "1", ")", 128),
        ("!", "true", "", 128),
        ("- ", "1", "", 128),
        ("true?", "1", ":2", 128),
        ("1>2?1:", "1", "", 100),
        ("{", "1", "}", 128),
        ("{a:", "1", "}", 128),
        ("toUpperCase(", "'a'", ")", 128),
        ("String.toUpperCase(", "'a'", ")", 128),
        ("'a'.replace('a',", "'b'", ")", 128),
        ("{1}.map(x=>", "x", ")", 60),
        ("{1}.![", "2", "]", 120),
        ("{1,2}[", "0", "]-1", 60),
        ("1+1*(", "1", ")", 40),
    ] {
        on_a_small_stack(move || {
            let text = format!("{}{middle}{}", open.repeat(levels), close.repeat(levels));
            let program = Compiler::new().compile(&text).unwrap_or_else(|errors| panic!("{open}: {errors}"));
            assert!(!program.to_string().is_empty() && !format!("{program:?}").is_empty());
            let inputs = Inputs::default();
            let value = program.evaluate(&inputs).map(|value| value.to_json().to_string());
            assert!(value.is_ok(), "{open}: {value:?}");
        });
    }
    on_a_small_stack(|| {
        let text = format!("user{}", "?.a".repeat(127));
        let program = Compiler::new().compile(&text).expect("a program");
        assert!(program.evaluate(&Inputs::default()).expect("null").is_null());
    });
}

fn wide() -> chancery::expr::Limits {
    chancery::expr::Limits::default().with_source(1 << 20, 1 << 20)
}

#[test]
fn a235_arithmetic_never_panics_or_wraps() {
    let (least, most) = ("(-9223372036854775807L - 1)", "9223372036854775807L");
    for (expression, expected) in [
        (format!("{least} / -1"), Err(ErrorKind::Arithmetic)),
        (format!("{least} % -1"), Ok(json!(0))),
        ("1 / 0".into(), Err(ErrorKind::Arithmetic)),
        ("1 % 0".into(), Err(ErrorKind::Arithmetic)),
        ("1 / 0.0".into(), Err(ErrorKind::Arithmetic)),
        ("0.0 / 0".into(), Err(ErrorKind::Arithmetic)),
        (format!("{most} + 1"), Err(ErrorKind::Arithmetic)),
        (format!("{most} * 2"), Err(ErrorKind::Arithmetic)),
        (format!("-{least}"), Err(ErrorKind::Arithmetic)),
        (format!("2 ^ {most}"), Err(ErrorKind::Arithmetic)),
        ("2 ^ 64".into(), Err(ErrorKind::Arithmetic)),
        ("10.0 ^ 400".into(), Err(ErrorKind::Arithmetic)),
        ("(-8) ^ 0.5".into(), Err(ErrorKind::Arithmetic)),
        ("1e308 * 10".into(), Err(ErrorKind::Arithmetic)),
        ("1e300.toInteger()".into(), Err(ErrorKind::Arithmetic)),
        (format!("'{}'.toInteger()", "9".repeat(40)), Err(ErrorKind::Arithmetic)),
        (format!("Convert.toInt('{}')", "9".repeat(40)), Err(ErrorKind::Arithmetic)),
        ("'NaN'.toNumber()".into(), Err(ErrorKind::NotANumber)),
        ("'1e999'.toNumber()".into(), Err(ErrorKind::NotANumber)),
        ("1e999".into(), Err(ErrorKind::Parse)),
        (format!("{{1}}[{most}]"), Err(ErrorKind::IndexOutOfBounds)),
        (format!("'abc'.substring({least})"), Err(ErrorKind::IndexOutOfBounds)),
        ("{1}[1e300]".into(), Err(ErrorKind::Arithmetic)),
    ] {
        let outcome = with(&Compiler::new(), &Inputs::default(), &expression).map_err(|error| error.kind());
        assert_eq!(outcome, expected, "{expression}");
    }
}

#[test]
fn a236_patterns_take_linear_time() {
    let bait = format!("{}!", "a".repeat(50));
    let profile = json!({"bait": bait, "evil": "(a+)+$", "huge": "a".repeat(1 << 20), "alternatives": "a|".repeat(400)});
    let inputs =
        Inputs::default().with_user(User::default().with_profile(profile.as_object().expect("an object")));
    for (expression, allowed) in [
        ("user.bait matches '(a+)+$'", None),
        ("user.bait matches user.evil", None),
        ("user.bait matches '(.*)*'", None),
        ("user.bait matches '(?:){4294967295}'", None),
        ("user.bait matches 'a{1000}{1000}{1000}'", Some(ErrorKind::InvalidRegex)),
        ("user.bait matches '(a{300}){300}'", Some(ErrorKind::InvalidRegex)),
        ("user.bait matches user.huge", Some(ErrorKind::InvalidRegex)),
        ("user.bait matches user.alternatives", None),
        ("user.bait matches '(a)\\1'", Some(ErrorKind::InvalidRegex)),
        ("user.bait matches '(?=(a+)+$).*'", None),
        ("user.huge matches '(?=(a+)+$).*'", Some(ErrorKind::LimitExceeded)),
        ("user.bait matches '\\x'", Some(ErrorKind::InvalidRegex)),
        ("isMemberOfGroupNameRegex(user.evil)", None),
    ] {
        let start = Instant::now();
        let outcome = with(&Compiler::new(), &inputs, expression).map_err(|error| error.kind());
        assert_eq!(outcome.err(), allowed, "{expression}");
        let limit = Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 10 });
        assert!(start.elapsed() < limit, "{expression}: {:?}", start.elapsed());
    }
}

/// A pattern that is another one for each element is not kept, and the budget pays for each.
#[test]
fn a236_patterns_of_data_are_paid_for() {
    let groups: Vec<Group> =
        (0..1000).map(|n| Group::new(format!("g{n}"), format!("(a|b){{{n}}}"))).collect();
    let inputs = Inputs::default().with_groups(&groups);
    let outcome = with(&Compiler::new(), &inputs, "user.groups.filter(g => 'x' matches g)");
    assert_eq!(outcome.map_err(|error| error.kind()), Err(ErrorKind::LimitExceeded));
}

#[test]
fn a237_outputs_are_bounded() {
    let groups: Vec<Group> =
        (0..100_000).map(|n| Group::new(format!("g{n}"), format!("group {n}"))).collect();
    let profile = json!({"long": "a".repeat(100_000)});
    let inputs = Inputs::default()
        .with_groups(&groups)
        .with_user(User::default().with_profile(profile.as_object().expect("an object")));
    let doubling = "'aaaaaaaaaaaaaaaa'".to_owned() + &".replace('a', 'aaaaaaaaaaaaaaaa')".repeat(10);
    for expression in [
        doubling.as_str(),
        "user.long.replace('a', user.long)",
        "user.groups.map(g => user.groups.map(h => g + h))",
        "user.groups.flatMap(g => user.groups)",
        "user.groups.join(user.long)",
        "{1,2,3,4,5,6,7,8,9,10}.map(a => {1,2,3,4,5,6,7,8,9,10}.map(b => {1,2,3,4,5,6,7,8,9,10}.map(c => {1,2,3,4,5,6,7,8,9,10}.map(d => {1,2,3,4,5,6,7,8,9,10}.map(e => 1)))))",
        "user.groups.filter(g => user.groups.contains('nobody'))",
        "user.groups.distinct()",
        "user.groups.filter(g => user.long.contains('b'))",
        "user.groups == user.groups && user.groups == user.groups",
        "Arrays.toCsvString(user.groups)",
        // Values that borrow the same large text over and over.
        "{1,2,3}.map(a => {1,2,3,4,5,6,7,8,9}.map(b => {1,2,3,4,5,6,7,8,9}.map(c => user.long)))",
        "{1,2,3}.map(a => {1,2,3,4,5,6,7,8,9}.map(b => {1,2,3,4,5,6,7,8,9}.map(c => user.profile)))",
        "{1,2,3}.map(a => {a: user.groups, b: user.groups})",
        "user.groups.filter(g => user.long == user.long)",
        "user.groups.filter(g => user.long < user.long)",
        "{{user.groups.map(g => g.id)}}.map(l => {1,2,3,4,5,6,7,8,9}.map(x => l))",
    ] {
        let start = busy();
        let outcome = with(&Compiler::new(), &inputs, expression).map_err(|error| error.kind());
        assert_eq!(outcome, Err(ErrorKind::LimitExceeded), "{expression}");
        let spent = busy().saturating_sub(start);
        assert!(spent < Duration::from_secs(2), "{expression}: {spent:?}");
    }
}

#[test]
fn a241_nothing_of_the_machine_can_be_reached() {
    for (expression, expected) in [
        ("T(java.lang.Runtime).getRuntime().exec('id')", ErrorKind::Unsupported),
        ("${user.email}", ErrorKind::Parse),
        ("#{user.email}", ErrorKind::Unsupported),
        ("#root", ErrorKind::Unsupported),
        ("@environment", ErrorKind::Unsupported),
        ("new java.io.File('x')", ErrorKind::Unsupported),
        ("env('HOME')", ErrorKind::UnknownFunction),
        ("file('/etc/passwd')", ErrorKind::UnknownFunction),
        ("import 'x'", ErrorKind::Parse),
        ("include('x')", ErrorKind::UnknownFunction),
        ("input", ErrorKind::UnknownProperty),
        ("$__loc__", ErrorKind::UnknownProperty),
        ("fetch('http://localhost')", ErrorKind::UnknownFunction),
        ("''.getClass()", ErrorKind::UnknownFunction),
        ("''.class.forName('x')", ErrorKind::UnknownProperty),
        ("user.getClass().forName('x')", ErrorKind::UnknownFunction),
        ("{}.constructor('x')", ErrorKind::UnknownFunction),
        ("''.prototype", ErrorKind::UnknownProperty),
        ("Time.now()", ErrorKind::InvalidTime),
    ] {
        if expression.starts_with("Time") && !cfg!(feature = "timezones") {
            continue;
        }
        assert_eq!(kind(expression), Some(expected), "{expression}");
    }
}

/// The roots and what they hold; `evaluate::nothing_undocumented_can_be_read` looks into users.
#[test]
fn a243_only_documented_roots_exist() {
    for root in [
        "client", "hook", "request", "store", "users", "config", "secrets", "env", "headers", "this", "root",
        "profile",
    ] {
        assert_eq!(kind(&format!("{root}.x")), Some(ErrorKind::UnknownProperty), "{root}");
    }
}

#[test]
fn a245_null_missing_and_mistyped() {
    for (expression, expected) in [
        ("user.a.b.c", Some(ErrorKind::NullOperand)),
        ("null + 1", Some(ErrorKind::NullOperand)),
        ("{1}[-1]", Some(ErrorKind::IndexOutOfBounds)),
        ("{1}[9223372036854775807L]", Some(ErrorKind::IndexOutOfBounds)),
        ("{a: 1, 2: 'b', true: null}['2']", None),
        ("{{1}: 2}", Some(ErrorKind::Type)),
        ("{null: 2}", Some(ErrorKind::NullOperand)),
        ("1 < 'a'", Some(ErrorKind::Type)),
        ("1 == 'a'", None),
        ("{1} < 1", Some(ErrorKind::Type)),
    ] {
        assert_eq!(kind(expression), expected, "{expression}");
    }
}

/// Nothing is cached between expressions or evaluations: there is nothing to fill.
#[test]
fn a249_a_million_expressions_leave_nothing_behind() {
    let count = if cfg!(debug_assertions) { 20_000 } else { 1_000_000 };
    let compiler = Compiler::new();
    for n in 0..count {
        let program = compiler.compile(&format!("user.a{n} ?: {n}")).expect("a program");
        assert!(!program.reads().is_empty());
    }
}

/// How long this thread has been at work, where the system tells: others that keep the machine busy do not
/// count. Elsewhere the time that has passed.
fn busy() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}
