//! The tree of an expression, as it is written.
//!
//! Names and text borrow from the source. Operators of one level that stand side by side (`a + b - c`) are one
//! [`Chain`](Kind::Chain), and so are the links of a path: the tree is as deep as the text is nested, however long it is.

use std::borrow::Cow;

use super::error::Span;

#[derive(Clone, Debug)]
pub(super) struct Expr<'s> {
    pub(super) kind: Kind<'s>,
    pub(super) span: Span,
    /// How many levels are below; the parser bounds it.
    pub(super) height: u16,
}

/// Trees are equal if they mean the same; where they stand does not matter.
impl PartialEq for Expr<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'s> {
    Null,
    Bool(bool),
    Integer {
        value: i64,
        long: bool,
    },
    Real(f64),
    Text(Cow<'s, str>),
    Name(&'s str),
    List(Vec<Expr<'s>>),
    Map(Vec<(Expr<'s>, Expr<'s>)>),
    /// `f(a, b)`
    Call {
        name: &'s str,
        arguments: Vec<Expr<'s>>,
    },
    /// A value and what is taken from it: `a.b?.c(d)[0]`
    Path {
        base: Box<Expr<'s>>,
        links: Vec<Link<'s>>,
    },
    Prefix {
        operator: Prefix,
        operand: Box<Expr<'s>>,
    },
    /// Operators of one level, left to right.
    Chain {
        first: Box<Expr<'s>>,
        rest: Vec<(Operator, Expr<'s>)>,
    },
    Ternary(Box<[Expr<'s>; 3]>),
    Elvis(Box<[Expr<'s>; 2]>),
    /// `g => body`; only as an argument.
    Lambda {
        parameter: &'s str,
        body: Box<Expr<'s>>,
    },
}

/// One step of a path.
#[derive(Clone, Debug)]
pub(super) struct Link<'s> {
    pub(super) kind: LinkKind<'s>,
    /// Written with `?.`: null when the receiver is.
    pub(super) safe: bool,
    /// The name, or the brackets; not the dot and not the arguments.
    pub(super) span: Span,
    /// Where the link ends, arguments included.
    pub(super) end: u32,
}

impl PartialEq for Link<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.safe == other.safe
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum LinkKind<'s> {
    Property(&'s str),
    Method {
        name: &'s str,
        arguments: Vec<Expr<'s>>,
    },
    Index(Box<Expr<'s>>),
    /// `.![e]`
    Project(Box<Expr<'s>>),
    /// `.?[e]`, `.^[e]`, `.$[e]`
    Select(Which, Box<Expr<'s>>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    All,
    First,
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefix {
    Not,
    Minus,
    Plus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Matches,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
}

/// How tightly operators bind, loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Choice,
    Or,
    And,
    /// At most one operator of this level: `1 == 1 == true` does not parse.
    Relation,
    Sum,
    Product,
    /// The same.
    Power,
    Prefix,
    Path,
}

impl Operator {
    pub(super) fn level(self) -> Level {
        match self {
            Self::Or => Level::Or,
            Self::And => Level::And,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessEqual
            | Self::Greater
            | Self::GreaterEqual => Level::Relation,
            Self::Matches => Level::Relation,
            Self::Add | Self::Subtract => Level::Sum,
            Self::Multiply | Self::Divide | Self::Remainder => Level::Product,
            Self::Power => Level::Power,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Matches => "matches",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Power => "^",
        }
    }
}

impl Level {
    /// The next tighter level: what an operand on the right must have.
    pub(super) fn tighter(self) -> Level {
        match self {
            Self::Choice => Self::Or,
            Self::Or => Self::And,
            Self::And => Self::Relation,
            Self::Relation => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product => Self::Power,
            Self::Power => Self::Prefix,
            Self::Prefix | Self::Path => Self::Path,
        }
    }
}

impl Expr<'_> {
    pub(super) fn level(&self) -> Level {
        match &self.kind {
            Kind::Ternary(_) | Kind::Elvis(_) | Kind::Lambda { .. } => Level::Choice,
            Kind::Chain { rest, .. } => rest.first().map_or(Level::Path, |(operator, _)| operator.level()),
            Kind::Prefix { .. } => Level::Prefix,
            _ => Level::Path,
        }
    }
}
