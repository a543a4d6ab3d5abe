//! A compiled expression: the tree with every name, function and pattern resolved.

use super::ast::{Operator, Prefix, Which};
use super::error::{Fault, Span};
use super::functions::{Function, Methods};
use super::pattern::Pattern;
use super::value::Val;

/// Nodes that can fail know where they stand in the text.
#[derive(Debug)]
pub(super) enum Node {
    Constant(Val<'static>),
    /// A lambda's parameter, or the element of a projection: how many scopes further out.
    Local(u16),
    /// `user.name` and `user.profile.name`, which most expressions are made of.
    Attribute(Box<Attribute>),
    /// Anything else of the inputs.
    Read(Box<Read>),
    List(Box<[Node]>),
    Map(Box<[(Key, Node)]>),
    Property(Box<Property>),
    Index(Box<Index>),
    Project(Box<Project>),
    Select(Box<Select>),
    Call(Box<Call>),
    Method(Box<Method>),
    Filtered(Box<Filtered>),
    /// `isMemberOfGroupNameRegex` with a pattern that was known when compiling.
    NameMatches(Box<NameMatches>),
    /// Only as an argument of a function that takes one.
    Lambda(Box<Placed>),
    Prefix(Prefix, Box<Placed>),
    And(Box<[Placed]>),
    Or(Box<[Placed]>),
    Relation(Box<Relation>),
    Matches(Box<Matches>),
    Arithmetic(Box<Arithmetic>),
    Conditional(Box<Conditional>),
    Elvis(Box<(Node, Node)>),
    /// What could not be compiled, in a place that may never be evaluated.
    Fault(Box<Fault>),
}

/// A node and where it stands.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) node: Node,
    pub(super) span: Span,
}

/// An attribute of the user's profile.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: Box<str>,
    /// Null instead of an error when there is no user.
    pub(super) safe: bool,
    pub(super) span: Span,
}

/// Something of the inputs.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) source: Source,
    /// Null instead of an error when there is no user to read from.
    pub(super) safe: bool,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum Source {
    User,
    UserProfile,
    /// What Okta keeps beside the profile, or else the attribute of that name.
    UserOwn(Box<str>),
    /// The attribute `groups` if there is one, or else the groups.
    UserGroups,
    App,
    AppId,
    AppClientId,
    AppProfile,
    AppSetting(Box<str>),
    AppUser,
    AppUserAttribute(Box<str>),
    Session,
    SessionId,
    SessionAmr,
    Access,
    AccessScope,
    Token,
    TokenClaims,
    Org,
    IdpUser,
    From,
    Device,
    Security,
    Login,
    AccessRequest,
    Password,
    Event,
    Variable(Box<str>),
    Group,
}

#[derive(Debug)]
pub(super) enum Key {
    Constant(Box<str>),
    Computed(Placed),
}

#[derive(Debug)]
pub(super) struct Property {
    pub(super) on: Node,
    pub(super) name: Box<str>,
    pub(super) safe: bool,
    /// Whether a list answers with its elements' properties.
    pub(super) through_lists: bool,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) struct Index {
    pub(super) on: Node,
    pub(super) index: Placed,
    /// The index as a name: `{a: 1}[a]`.
    pub(super) bare: Option<Box<str>>,
    pub(super) safe: bool,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) struct Project {
    pub(super) on: Node,
    pub(super) body: Placed,
    pub(super) safe: bool,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) struct Select {
    pub(super) on: Node,
    pub(super) which: Which,
    pub(super) condition: Placed,
    pub(super) safe: bool,
    pub(super) span: Span,
}

/// A call of a known function; a method's receiver is the first argument.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) function: &'static Function,
    pub(super) arguments: Box<[Placed]>,
    pub(super) safe: bool,
    pub(super) span: Span,
    /// Where the name stands.
    pub(super) at: Span,
}

/// `getFilteredGroups` with an expression that was known when compiling.
#[derive(Debug)]
pub(super) struct Filtered {
    pub(super) allowlist: Placed,
    pub(super) expression: Node,
    pub(super) limit: Placed,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) struct NameMatches {
    pub(super) pattern: Pattern,
    pub(super) span: Span,
}

/// A method that the value at hand decides on.
#[derive(Debug)]
pub(super) struct Method {
    pub(super) name: Box<str>,
    pub(super) methods: Methods,
    pub(super) receiver: Placed,
    pub(super) arguments: Box<[Placed]>,
    pub(super) safe: bool,
    pub(super) span: Span,
    /// Where the name stands.
    pub(super) at: Span,
}

#[derive(Debug)]
pub(super) struct Relation {
    pub(super) operator: Operator,
    pub(super) left: Placed,
    pub(super) right: Placed,
}

#[derive(Debug)]
pub(super) struct Matches {
    pub(super) left: Placed,
    pub(super) right: Placed,
    /// The right side, if it is text that was known when compiling.
    pub(super) pattern: Option<Pattern>,
}

/// Operators of one level, left to right.
#[derive(Debug)]
pub(super) struct Arithmetic {
    pub(super) first: Placed,
    pub(super) rest: Box<[(Operator, Placed)]>,
}

#[derive(Debug)]
pub(super) struct Conditional {
    pub(super) condition: Placed,
    pub(super) yes: Node,
    pub(super) no: Node,
}
