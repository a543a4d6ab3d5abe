//! The expression language, through its public API.

/// How `oel batch` answers a row: the tests run the same code.
#[allow(dead_code, reason = "`oel` uses all of it")]
#[path = "../../../examples/oel/case.rs"]
mod case;

mod agreement;
mod attacks;
mod cases;
mod compile;
mod evaluate;
mod generate;
mod limits;
mod manual;
mod properties;
mod reference;

use chancery::expr::{Compiler, Error, ErrorKind, Inputs};
use serde_json::Value as Json;

/// The value of an expression where nothing is known.
fn value(expression: &str) -> Json {
    outcome(expression).unwrap_or_else(|error| panic!("{error}"))
}

/// The kind of the first error, and the text it points at.
fn fault(expression: &str) -> (ErrorKind, String) {
    let error = outcome(expression).expect_err(expression);
    (error.kind(), expression.get(error.span()).expect("a span of whole characters").to_owned())
}

fn outcome(expression: &str) -> Result<Json, Error> {
    with(&Compiler::new(), &Inputs::default(), expression)
}

fn with(compiler: &Compiler, inputs: &Inputs<'_>, expression: &str) -> Result<Json, Error> {
    let program = compiler.compile(expression)?;
    Ok(program.evaluate(inputs)?.to_tagged_json())
}
