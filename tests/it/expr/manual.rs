//! The manual's page of functions is made from the compiler's own table, and its examples hold.

use std::fmt::Write;
use std::path::Path;

use chancery::expr::{Compiler, Function, functions};

/// Regenerates the page: `CHANCERY_WRITE_MANUAL=1 cargo test --test it manual`.
#[test]
fn the_page_of_functions_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual/functions.md");
    let page = page();
    if std::env::var_os("CHANCERY_WRITE_MANUAL").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "src/manual/functions.md is out of date: run with CHANCERY_WRITE_MANUAL=1");
}

/// Headings of the page, in order, and which functions stand under each: by what comes before the dot.
const SECTIONS: &[(&str, &str, &str)] = &[
    ("String", "`String`", "Text, in the classic style. Null in, null out; tests of null are false."),
    (
        "text",
        "Methods of text",
        "`text` stands for any expression whose value is text, or an element of `user.groups`.",
    ),
    ("Arrays", "`Arrays`", "Lists, in the classic style. Text in place of a list is split at commas."),
    ("list", "Methods of lists", "Those with a function parameter take a lambda: `x => …`."),
    ("Convert", "`Convert`", "Text and numbers."),
    ("number", "Methods of numbers", "`number` may be a literal: `1.6.toInteger()`."),
    (
        "Iso3166Convert",
        "`Iso3166Convert`",
        "Countries; the argument may be any code or name. Needs the feature `countries`.",
    ),
    ("country", "Methods of countries", "Of what `parseCountryCode` answers. Needs the feature `countries`."),
    (
        "Time",
        "`Time`",
        "Times as text, in the classic style; patterns are Joda-Time's. Needs the feature `timezones`.",
    ),
    ("DateTime", "`DateTime`", "Needs the feature `timezones`."),
    (
        "time",
        "Methods of times",
        "Of times, and of ISO 8601 text; patterns are java.time's. Need the feature `timezones`.",
    ),
    ("Groups", "`Groups`", "Names of the user's groups. No match is null: `Groups.startsWith(…) ?: {}`."),
    ("user", "Functions of `user`", ""),
    ("", "Functions without a class", ""),
];

fn page() -> String {
    let mut page = String::from(
        "# Functions\n\n\
         Every function of the [expression language](crate::manual::expressions), generated from the table that the \
         compiler itself uses.\nEach example is run as a test. A `?` marks a parameter that may be left out, `...` one \
         that may be repeated.\n\nThe last column says whose function it is: **C** of Okta's classic dialect, **I** of \
         the Identity Engine, **CI** of both, **+** of chancery,\nwhich other implementations lack.\n",
    );
    let mut rest: Vec<&Function> = functions().collect();
    for (class, title, note) in SECTIONS {
        let (here, others) = rest.into_iter().partition(|function| class_of(function) == *class);
        rest = others;
        section(&mut page, title, note, &here);
    }
    assert!(rest.is_empty(), "no section for {:?}", rest.iter().map(|f| f.usage()).collect::<Vec<_>>());
    page
}

fn class_of(function: &Function) -> String {
    function.usage().rsplit_once('.').map_or(String::new(), |(class, _)| class.to_owned())
}

fn section(page: &mut String, title: &str, note: &str, functions: &[&Function]) {
    if functions.is_empty() {
        return;
    }
    let _ = write!(page, "\n## {title}\n\n");
    if !note.is_empty() {
        let _ = write!(page, "{note}\n\n");
    }
    page.push_str("| function | meaning | example | value | |\n|---|---|---|---|---|\n");
    for function in functions {
        let dialect = match function.dialect() {
            "classic" => "C",
            "Identity Engine" => "I",
            "both" => "CI",
            _ => "+",
        };
        let _ = writeln!(
            page,
            "| `{}` | {} | `{}` | `{}` | {dialect} |",
            cell(&function.signature()),
            cell(function.meaning()),
            cell(function.example()),
            cell(function.example_result())
        );
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
#[cfg(all(feature = "timezones", feature = "countries"))]
fn every_example_compiles() {
    for function in functions() {
        let compiled = Compiler::new().compile(function.example());
        assert!(compiled.is_ok(), "{}: {}", function.usage(), compiled.unwrap_err());
        assert!(function.meaning().ends_with('.'), "{}: a sentence", function.usage());
    }
}

/// The page on the language shows expressions in blocks of text, one a line.
#[test]
fn expressions_on_the_page_compile() {
    let page = include_str!("../../../src/manual/expressions.md");
    let blocks = page.split("```text\n").skip(1).filter_map(|rest| rest.split("```").next());
    let expressions: Vec<&str> = blocks.flat_map(str::lines).collect();
    assert!(expressions.len() >= 5, "{expressions:?}");
    for expression in expressions {
        let compiled = Compiler::new().compile(expression);
        assert!(compiled.is_ok(), "{}", compiled.unwrap_err());
    }
}
