//! What is wrong with an expression, and where: kind, span and source; `Display` draws the caret.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What kind of mistake an [`Error`] is.
///
/// Okta shows free text only; the kinds are ours, one for each decision that a caller may want to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Not in the grammar: `user.firstName ==> "John"`.
    Parse,
    /// In Spring's language but not in Okta's (`a = b`, `new X()`, `T(X)`, `#x`), or of a cargo feature that is off.
    Unsupported,
    /// A name that exists nowhere: `usr.email`, or an attribute outside the profile schema.
    UnknownProperty,
    /// No such function or method: `String.trim(x)`, `string.len(x)`.
    UnknownFunction,
    /// A known function with too few or too many arguments: `String.len()`.
    WrongArgumentCount,
    /// A value of the wrong type: `1 ? "a" : "b"`, `1 < "a"`.
    Type,
    /// Null where a value is needed: `null.x`, `!null`, `null matches "a"`.
    NullOperand,
    /// A position outside a list or text: `{1, 2}[2]`.
    IndexOutOfBounds,
    /// A pattern that is malformed, too large, or uses what linear-time matching cannot: `"a" matches "(a)\1"`.
    InvalidRegex,
    /// Text that should be a number: `Convert.toInt("abc")`.
    NotANumber,
    /// The final value of a condition is not true or false: `toUpperCase(user.firstName)` as a group rule.
    NotBoolean,
    /// A criterion of `user.getGroups` that Okta does not know: `{'group.bogus': 'x'}`.
    UnsupportedKey,
    /// A root or function that exists, but not where this expression is used: `idpuser.email` in a claim.
    ContextNotAllowed,
    /// More text than the limit; a claim may have 1,024 characters.
    ExpressionTooLong,
    /// The limit of a group function is above 100 outside a code flow.
    LimitTooLarge,
    /// The limit of a group function is zero or negative.
    LimitNotPositive,
    /// The limit of a group function is not an integer.
    LimitNotInteger,
    /// More groups matched than the limit of the group function.
    TooManyGroups,
    /// The first argument of `getFilteredGroups` is not a list.
    AllowlistNotArray,
    /// A group function where there is no user: the client credentials flow.
    NoUserInContext,
    /// Nested deeper than [`Limits::depth`](super::Limits::depth).
    TooDeep,
    /// More steps, text or list elements than the [`Limits`](super::Limits) allow.
    LimitExceeded,
    /// A result that no number can hold: `1 / 0`, `9223372036854775807L + 1`.
    Arithmetic,
    /// A malformed time, time zone or time pattern, or a time out of range.
    InvalidTime,
}

impl ErrorKind {
    /// The kind as machine-readable text: `unknown_property`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Unsupported => "unsupported",
            Self::UnknownProperty => "unknown_property",
            Self::UnknownFunction => "unknown_function",
            Self::WrongArgumentCount => "wrong_argument_count",
            Self::Type => "type",
            Self::NullOperand => "null_operand",
            Self::IndexOutOfBounds => "index_out_of_bounds",
            Self::InvalidRegex => "invalid_regex",
            Self::NotANumber => "not_a_number",
            Self::NotBoolean => "not_boolean",
            Self::UnsupportedKey => "unsupported_key",
            Self::ContextNotAllowed => "context_not_allowed",
            Self::ExpressionTooLong => "expression_too_long",
            Self::LimitTooLarge => "limit_too_large",
            Self::LimitNotPositive => "limit_not_positive",
            Self::LimitNotInteger => "limit_not_integer",
            Self::TooManyGroups => "too_many_groups",
            Self::AllowlistNotArray => "allowlist_not_array",
            Self::NoUserInContext => "no_user_in_context",
            Self::TooDeep => "too_deep",
            Self::LimitExceeded => "limit_exceeded",
            Self::Arithmetic => "arithmetic",
            Self::InvalidTime => "invalid_time",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One mistake, at compile time or at evaluation.
///
/// `Display` prints the message and, under the line it concerns, a caret for the guilty text:
///
/// ```
/// let error = chancery::expr::Compiler::new().compile("user.firstName == ").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the expression ends where a value is expected\n  | user.firstName == \n  |                   ^"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    span: Span,
    message: String,
    missing_user: bool,
    source: Arc<str>,
}

impl Error {
    /// What kind of mistake this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The guilty text: UTF-8 byte offsets in the expression, half-open.
    pub fn span(&self) -> Range<usize> {
        self.0.span.start as usize..self.0.span.end as usize
    }

    /// The message without the caret.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The text of the expression; empty if it was too long to be read at all.
    pub fn expression(&self) -> &str {
        &self.0.source
    }

    /// Whether the evaluation failed only because there is no user (or no app user) to read from, as in the client
    /// credentials flow.
    pub fn is_missing_user(&self) -> bool {
        self.0.missing_user
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        caret(f, &self.0.source, self.0.span)
    }
}

impl std::error::Error for Error {}

/// How many characters of a long line are shown around the mistake.
const WINDOW: usize = 100;

/// Draws the line of `source` that `span` starts in, and carets under the part of the span that is on it.
///
/// Control characters print as spaces, so that an expression cannot forge a log line.
fn caret(f: &mut fmt::Formatter<'_>, source: &str, span: Span) -> fmt::Result {
    let (start, end) = (span.start as usize, (span.end as usize).max(span.start as usize));
    let (Some(before), Some(rest)) = (source.get(..start), source.get(start..)) else { return Ok(()) };
    if source.is_empty() {
        return Ok(());
    }
    let lead: Vec<char> = before.rsplit('\n').next().unwrap_or_default().chars().collect();
    let tail = rest.split('\n').next().unwrap_or_default();
    let width =
        source.get(start..end.min(start + tail.len())).map_or(0, |s| s.chars().count()).clamp(1, WINDOW);
    let hidden = lead.len().saturating_sub(WINDOW / 2);
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let shown: String =
        lead.iter().skip(hidden).copied().chain(tail.chars().take(WINDOW)).map(clean).collect();
    let indent = lead.len() - hidden;
    write!(f, "\n  | {shown}\n  | {:indent$}{}", "", "^".repeat(width))
}

/// Every mistake that compiling an expression found; at least one, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors {
    first: Error,
    rest: Vec<Error>,
}

impl Errors {
    /// The first mistake in the text.
    pub fn first(&self) -> &Error {
        &self.first
    }

    /// All mistakes in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &Error> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// Turns located faults into errors.
    pub(super) fn new(first: Fault, rest: Vec<Fault>, source: &str) -> Errors {
        let source: Arc<str> = source.into();
        let mut errors: Vec<Error> =
            std::iter::once(first).chain(rest).map(|fault| fault.into_error(&source)).collect();
        errors.sort_by_key(|error| (error.0.span.start, error.0.span.end));
        errors.dedup();
        let first = errors.remove(0);
        Errors { first, rest: errors }
    }
}

impl From<Errors> for Error {
    fn from(errors: Errors) -> Error {
        errors.first
    }
}

impl IntoIterator for Errors {
    type Item = Error;
    type IntoIter = std::iter::Chain<std::iter::Once<Error>, std::vec::IntoIter<Error>>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self.first).chain(self.rest)
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        self.rest.iter().try_for_each(|error| write!(f, "\n{error}"))
    }
}

impl std::error::Error for Errors {}

/// A half-open range of byte offsets. `u32` is enough: sources are at most a few kilobytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Span {
        let clip = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { start: clip(start), end: clip(end) }
    }

    /// From the start of this span to the end of another.
    pub(super) fn to(self, end: Span) -> Span {
        Span { start: self.start, end: end.end.max(self.start) }
    }
}

/// Where a fault is, as far as the code that raises it can know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    /// Wherever the call or operator in hand is.
    Here,
    /// One of its arguments; a method's receiver is number 0.
    Argument(usize),
    At(Span),
}

/// A mistake on its way out: what [`Error`] is, before the source text is attached.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) kind: ErrorKind,
    pub(super) place: Place,
    pub(super) message: String,
    pub(super) missing_user: bool,
}

/// Boxed, so that results stay small on the path where nothing is wrong.
pub(super) type Fallible<T> = Result<T, Box<Fault>>;

impl Fault {
    /// A fault of the call or operator in hand.
    #[cold]
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Box<Fault> {
        Box::new(Fault { kind, place: Place::Here, message: message.into(), missing_user: false })
    }

    /// Says where, unless something nearer the mistake has said so already.
    #[cold]
    pub(super) fn at(mut self: Box<Self>, span: Span) -> Box<Fault> {
        if !matches!(self.place, Place::At(_)) {
            self.place = Place::At(span);
        }
        self
    }

    /// Blames one argument of the call in hand.
    #[cold]
    pub(super) fn in_argument(mut self: Box<Self>, index: usize) -> Box<Fault> {
        if self.place == Place::Here {
            self.place = Place::Argument(index);
        }
        self
    }

    /// Marks that the only trouble is that there is no user.
    #[cold]
    pub(super) fn for_missing_user(mut self: Box<Self>) -> Box<Fault> {
        self.missing_user = true;
        self
    }

    pub(super) fn span(&self) -> Span {
        match self.place {
            Place::At(span) => span,
            Place::Here | Place::Argument(_) => Span::default(),
        }
    }

    #[cold]
    pub(super) fn into_error(self, source: &Arc<str>) -> Error {
        let span = self.span();
        let Fault { kind, message, missing_user, .. } = self;
        Error(Box::new(Inner { kind, span, message, missing_user, source: source.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(source: &str, start: usize, end: usize) -> Error {
        Fault::new(ErrorKind::Type, "wrong").at(Span::new(start, end)).into_error(&source.into())
    }

    #[test]
    fn caret_stands_under_the_characters_not_the_bytes() {
        assert_eq!(error("'ä' + x", 7, 8).to_string(), "wrong\n  | 'ä' + x\n  |       ^");
    }

    #[test]
    fn only_the_line_concerned_is_drawn() {
        assert_eq!(error("a ==\n\tb.c\n== d", 6, 9).to_string(), "wrong\n  |  b.c\n  |  ^^^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mistake() {
        let text = error(&format!("{}x{}", "a".repeat(1000), "b".repeat(1000)), 1000, 1001).to_string();
        assert!(text.lines().all(|line| line.len() < 170), "{text}");
        assert!(text.ends_with(&format!("{}^", " ".repeat(WINDOW / 2))));
    }

    #[test]
    fn a_span_outside_the_source_draws_nothing() {
        assert_eq!(error("", 1024, 2000).to_string(), "wrong");
        assert_eq!(error("ä", 1, 2).to_string(), "wrong");
    }
}
