//! Okta expressions at the command line.
//!
//! ```text
//! oel eval EXPR [--context FILE.json] [--dialect classic|identity_engine|seed] [--usage claim|…] [--strict]
//! oel check EXPR [--usage claim|…] [--dialect …] [--strict]
//! oel batch < cases.jsonl > results.jsonl
//! oel functions
//! ```
//!
//! A context is an object with any of `user`, `groups`, `app`, `appuser`, `org`, `session`, `access`, `idpuser`,
//! `source`, `device`, `security`, `login`, `accessRequest`, `password`, `event`, `vars`, `now`, `relations`,
//! `directoryUsers`, `workdayUsers`, `tokenClaims`, `userSchema`, `usage` and `flow`.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use chancery::expr::functions;
use serde_json::{Map, Value as Json, json};

#[path = "oel/case.rs"]
mod case;
use case::{Case, row};

fn main() -> ExitCode {
    let arguments: Vec<String> =
        match std::env::args_os().skip(1).map(std::ffi::OsString::into_string).collect() {
            Ok(arguments) => arguments,
            Err(wrong) => return usage(&format!("not UTF-8: {}", wrong.to_string_lossy())),
        };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["eval", expression, flags @ ..] => Flags::parse(flags).and_then(|flags| eval(expression, &flags)),
        ["check", expression, flags @ ..] => Flags::parse(flags).and_then(|flags| check(expression, &flags)),
        ["batch"] => batch(std::io::stdin().lock(), std::io::stdout().lock())
            .map_err(|error| Failure::Usage(error.to_string())),
        ["functions"] => {
            for function in functions() {
                println!("{}\n    {}", function.signature(), function.meaning());
                println!("    {} → {}", function.example(), function.example_result());
            }
            Ok(())
        }
        _ => Err(Failure::Usage("expected eval, check, batch or functions".to_owned())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Expression(message)) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
        Err(Failure::Usage(message)) => usage(&message),
    }
}

fn usage(message: &str) -> ExitCode {
    eprintln!("oel: {message}");
    eprintln!(
        "usage: oel eval EXPR [--context FILE.json] [--dialect classic|identity_engine|seed] [--usage USAGE] [--strict]"
    );
    eprintln!("       oel check EXPR [--usage USAGE] [--dialect DIALECT] [--strict]");
    eprintln!("       oel batch < cases.jsonl > results.jsonl");
    eprintln!("       oel functions");
    ExitCode::from(2)
}

enum Failure {
    /// The expression is wrong: exit status 1.
    Expression(String),
    /// The command line or a file is: exit status 2.
    Usage(String),
}

#[derive(Default)]
struct Flags {
    context: Map<String, Json>,
    dialect: Option<String>,
    strict: bool,
}

impl Flags {
    fn parse(arguments: &[&str]) -> Result<Flags, Failure> {
        let mut flags = Flags::default();
        let mut rest = arguments;
        loop {
            rest = match rest {
                [] => return Ok(flags),
                ["--strict", rest @ ..] => {
                    flags.strict = true;
                    rest
                }
                ["--context", file, rest @ ..] => {
                    flags.context.extend(read_context(file).map_err(Failure::Usage)?);
                    rest
                }
                ["--dialect", dialect, rest @ ..] => {
                    flags.dialect = Some((*dialect).to_owned());
                    rest
                }
                ["--usage", usage, rest @ ..] => {
                    flags.context.insert("usage".to_owned(), json!(usage));
                    rest
                }
                [other, ..] => return Err(Failure::Usage(format!("unknown or incomplete flag `{other}`"))),
            };
        }
    }
}

fn read_context(file: &str) -> Result<Map<String, Json>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))
}

fn eval(expression: &str, flags: &Flags) -> Result<(), Failure> {
    let case = Case::new(&flags.context).map_err(Failure::Usage)?;
    let compiler = case.compiler(flags.dialect.as_deref()).map_err(Failure::Usage)?.strict(flags.strict);
    let program = compiler.compile(expression).map_err(|errors| Failure::Expression(errors.to_string()))?;
    let value = program.evaluate(&case.inputs()).map_err(|error| Failure::Expression(error.to_string()))?;
    println!("{}", value.to_json());
    Ok(())
}

fn check(expression: &str, flags: &Flags) -> Result<(), Failure> {
    let case = Case::new(&flags.context).map_err(Failure::Usage)?;
    let compiler = case.compiler(flags.dialect.as_deref()).map_err(Failure::Usage)?.strict(flags.strict);
    let program = compiler.compile(expression).map_err(|errors| Failure::Expression(errors.to_string()))?;
    println!("{program}");
    Ok(())
}

/// Answers each row with a row, in order; a row that cannot be read gets an answer as well.
fn batch(mut input: impl BufRead, output: impl Write) -> std::io::Result<()> {
    let mut output = std::io::BufWriter::new(output);
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        if !line.iter().all(u8::is_ascii_whitespace) {
            writeln!(output, "{}", row(&line))?;
        }
        line.clear();
    }
    output.flush()
}
