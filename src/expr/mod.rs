//! Okta Expression Language: claims, mappings, rules and conditions as text, compiled once and run many times.
//!
//! ```
//! use chancery::expr::{Compiler, Group, Inputs, Usage};
//!
//! let program = Compiler::new()
//!     .usage(Usage::Claim)
//!     .compile(r#"user.groups.filter(g => g.startsWith("role_")).map(g => g.replace("role_", ""))"#)?;
//!
//! let groups = [Group::new("00g1", "role_admin"), Group::new("00g2", "Everyone")];
//! let inputs = Inputs::default().with_groups(&groups);
//! assert_eq!(program.evaluate(&inputs)?.to_json(), serde_json::json!(["admin"]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The language is Okta's, in one lenient superset of its dialects: the
//! [classic](https://developer.okta.com/docs/reference/okta-expression-language/) functions
//! (`String.len(user.email)`), the
//! [Identity Engine](https://developer.okta.com/docs/reference/okta-expression-language-in-identity-engine/) methods
//! (`user.profile.email.length()`), and lambdas. [`functions`] lists all built-ins.
//!
//! An expression is **pure**: its value depends on the [`Inputs`] alone, time included. It is **bounded**: whatever
//! the text and the data are, [`Limits`] hold, and nothing panics. And it is **checked**: names, functions, arguments
//! and, where they are known, types are wrong at compile time, with a caret under the mistake.
//!
//! ```text
//! text ─lex─▶ tokens ─parse─▶ tree ─compile─▶ Program ─evaluate─▶ Value
//!                              └─print─▶ text          Inputs ─┘
//! ```

mod ast;
mod budget;
mod compile;
mod context;
#[cfg(feature = "countries")]
mod country;
mod error;
mod eval;
mod filtered;
mod functions;
mod group;
mod input;
mod lex;
mod limits;
mod node;
mod number;
mod ops;
mod parse;
mod pattern;
mod print;
mod read;
mod reads;
mod result;
mod suggest;
#[cfg(feature = "timezones")]
mod time;
mod ty;
mod value;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

pub use context::{Dialect, Usage};
pub use error::{Error, ErrorKind, Errors};
pub use functions::{Function, functions};
pub use group::{Group, Groups};
pub use input::{App, Flow, Inputs, Session, Texts, User};
pub use limits::Limits;
pub use reads::{Input, Reads};
pub use result::Value;

use error::{Fault, Span};
use node::Node;

/// How to compile expressions: where they are used, and what is known there.
///
/// A compiler is cheap to clone and to keep; it holds no expression.
#[derive(Clone, Debug, Default)]
pub struct Compiler {
    usage: Usage,
    dialect: Dialect,
    strict: bool,
    schema: Option<Schema>,
    variables: Schema,
    limits: Limits,
}

impl Compiler {
    /// A compiler of the superset of all dialects, for expressions of any use.
    pub fn new() -> Compiler {
        Compiler::default()
    }

    /// Where the expressions are used; what does not exist there is [`ErrorKind::ContextNotAllowed`].
    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Compiler {
        self.usage = usage;
        self
    }

    /// Which dialect decides where they clash.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Compiler {
        self.dialect = dialect;
        self
    }

    /// Whether a function that the dialect lacks is an error.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Compiler {
        self.strict = strict;
        self
    }

    /// The attributes that a user's profile may have; any other is [`ErrorKind::UnknownProperty`].
    #[must_use]
    pub fn schema(mut self, schema: &Schema) -> Compiler {
        self.schema = Some(schema.clone());
        self
    }

    /// Names that stand for themselves, and explicit app references; see [`Inputs::with_variables`].
    #[must_use]
    pub fn variables<I, S>(mut self, names: I) -> Compiler
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        self.variables = names.into_iter().collect();
        self
    }

    /// Other limits than the default ones.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Compiler {
        self.limits = limits;
        self
    }

    /// Compiles an expression.
    ///
    /// # Errors
    ///
    /// One error if the text is too long or does not parse; otherwise all mistakes of names, functions, arguments and
    /// types.
    pub fn compile(&self, text: &str) -> Result<Program, Errors> {
        self.length(text).map_err(|fault| Errors::new(*fault, Vec::new(), ""))?;
        let tree =
            parse::parse(text, self.limits.depth).map_err(|fault| Errors::new(*fault, Vec::new(), text))?;
        match compile::compile(self, &tree, false) {
            Ok((root, reads)) => {
                let (source, limits, dialect) = (text.into(), self.limits, self.dialect);
                let condition = self.usage == Usage::GroupRule;
                let span = Span::new(0, text.len());
                Ok(Program(Arc::new(Compiled { source, root, reads, limits, dialect, condition, span })))
            }
            Err(mut faults) => {
                let first =
                    if faults.is_empty() { *Fault::new(ErrorKind::Parse, "") } else { faults.remove(0) };
                Err(Errors::new(first, faults, text))
            }
        }
    }

    /// Checks the length of the text, before anything reads it.
    fn length(&self, text: &str) -> Result<(), Box<Fault>> {
        let bytes = self.limits.source_bytes;
        let (limit, unit, end) = match self.usage {
            // Any character has a byte at least, and four at most.
            Usage::Claim if text.len() > self.limits.claim_characters => {
                let characters = self.limits.claim_characters;
                (characters, "characters", text.char_indices().nth(characters).map(|(at, _)| at))
            }
            _ => (bytes, "bytes", None),
        };
        let end = end.or_else(|| (text.len() > bytes).then_some(bytes));
        match end {
            Some(end) => {
                let message = format!("the expression has more than {limit} {unit}");
                Err(Fault::new(ErrorKind::ExpressionTooLong, message).at(Span::new(end, text.len())))
            }
            None => Ok(()),
        }
    }

    /// Whether a list answers with its elements' properties: `user.groups.name`.
    fn lists_have_properties(&self) -> bool {
        !self.strict || matches!(self.dialect, Dialect::Superset | Dialect::Seed)
    }
}

/// The names of the attributes that a user's profile may have.
///
/// ```
/// use chancery::expr::{Compiler, Schema};
///
/// let schema: Schema = ["login", "email", "department"].into_iter().collect();
/// let error = Compiler::new().schema(&schema).compile("user.profile.departmnt").unwrap_err();
/// assert_eq!(error.first().message(), "the profile has no attribute `departmnt`: did you mean `department`?");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Schema(Arc<BTreeSet<String>>);

impl Schema {
    /// Whether there is an attribute of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<S: Into<String>> FromIterator<S> for Schema {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Schema {
        Schema(Arc::new(names.into_iter().map(Into::into).collect()))
    }
}

/// A compiled expression. Cheap to clone, and shared between threads as it is.
#[derive(Clone)]
pub struct Program(Arc<Compiled>);

struct Compiled {
    source: Arc<str>,
    root: Node,
    reads: Reads,
    limits: Limits,
    dialect: Dialect,
    /// Whether the value must be true or false.
    condition: bool,
    span: Span,
}

impl Program {
    /// The expression as it was written.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// What the program may read; nothing else changes its value.
    pub fn reads(&self) -> Reads {
        self.0.reads
    }

    /// Runs the program. The value borrows from the inputs and the program where it can.
    ///
    /// # Errors
    ///
    /// What could not be seen when compiling: null where a value is needed, a wrong type, a position out of range, a
    /// group function's limit, more work than the [`Limits`] allow. [`Error::is_missing_user`] tells apart the errors
    /// that only come from there being no user.
    pub fn evaluate<'a>(&'a self, inputs: &Inputs<'a>) -> Result<Value<'a>, Error> {
        let program = &*self.0;
        let mut cx = eval::Cx::new(inputs, &program.limits, program.dialect);
        let fault = match program.root.eval(&mut cx, None) {
            Ok(value) if program.condition && !matches!(value, value::Val::Bool(_)) => {
                let message = format!("a group rule must be true or false, not {}", value.describe());
                Fault::new(ErrorKind::NotBoolean, message)
            }
            Ok(value) => return Ok(Value(value)),
            Err(fault) => fault,
        };
        Err(fault.at(program.span).into_error(&program.source))
    }
}

/// Shows the expression, not the tree.
impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Program").field(&self.0.source).finish()
    }
}

/// Prints the expression in a uniform way; it compiles to the same program.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match parse::parse(&self.0.source, self.0.limits.depth) {
            Ok(tree) => tree.fmt(f),
            Err(_) => f.write_str(&self.0.source),
        }
    }
}
