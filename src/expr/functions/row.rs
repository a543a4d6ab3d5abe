//! A row of the table: what a function is called, takes, means and does.

use super::super::context::{Dialect, Usages};
use super::super::error::Fallible;
use super::super::eval::{Closure, Cx};
use super::super::reads::{Input, Reads};
use super::super::ty::Ty;
use super::super::value::{List, Val};

/// A built-in function or method: what the manual says of it.
#[derive(Debug)]
pub struct Function {
    pub(super) family: Family,
    pub(super) name: &'static str,
    pub(super) parameters: &'static [Parameter],
    pub(super) returns: Ty,
    pub(super) meaning: &'static str,
    pub(super) example: (&'static str, &'static str),
    pub(super) dialects: Dialects,
    pub(super) usages: Usages,
    pub(super) reads: Reads,
    pub(super) body: Body,
}

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::expr) enum Family {
    /// `String.len(x)`
    Class(&'static str),
    /// `isMemberOfGroup(x)`
    Global,
    /// `user.getGroups(x)`
    User,
    /// `x.length()`, by the type of `x`
    Method(Receiver),
}

/// What a method is called on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::expr) enum Receiver {
    Text,
    List,
    Number,
    Time,
    Country,
}

/// Which dialects document a function; the superset has all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::expr) enum Dialects {
    Classic,
    IdentityEngine,
    /// Both of Okta's.
    Okta,
    /// None: ours.
    Seed,
}

#[derive(Debug)]
pub(in crate::expr) struct Parameter {
    pub(in crate::expr) name: &'static str,
    pub(in crate::expr) kind: Kind,
    pub(super) need: Need,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
    /// Once or more; two such parameters repeat in turn.
    Repeated,
}

/// What a parameter takes. The call converts, so that a body sees only what is said here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::expr) enum Kind {
    /// Anything, null included.
    Any,
    /// Text. Numbers and booleans become text, lists are joined with commas.
    Text,
    /// The same, and null stays null.
    TextOrNull,
    Integer,
    /// A number or text that may be one.
    Number,
    /// A list. Text is split at commas, another single value becomes a list of one.
    List,
    /// The same, and null stays null.
    ListOrNull,
    /// `x => …`
    Lambda,
    /// A time, or ISO 8601 text.
    Time,
    Country,
    /// A map that says which groups are meant.
    Criterion,
}

/// What a function does, by the number of its values. A method's receiver is the first; an optional argument that is
/// not given is null.
#[derive(Clone, Copy, Debug)]
pub(in crate::expr) enum Body {
    None(for<'i, 'a> fn(&mut Cx<'i, 'a>) -> Eval<'a>),
    One(for<'i, 'a> fn(&mut Cx<'i, 'a>, Val<'a>) -> Eval<'a>),
    Two(for<'i, 'a> fn(&mut Cx<'i, 'a>, Val<'a>, Val<'a>) -> Eval<'a>),
    Three(for<'i, 'a> fn(&mut Cx<'i, 'a>, Val<'a>, Val<'a>, Val<'a>) -> Eval<'a>),
    /// A question about two texts; if one is null, the answer is no.
    Test(fn(&str, &str) -> bool),
    Many(for<'i, 'a> fn(&mut Cx<'i, 'a>, Vec<Val<'a>>) -> Eval<'a>),
    /// A list and what to do with its elements.
    Each(for<'i, 's, 'a> fn(&mut Cx<'i, 'a>, List<'a>, Closure<'s, 'a>) -> Eval<'a>),
    /// Needs a cargo feature that is off.
    Absent(&'static str),
}

pub(in crate::expr) type Eval<'a> = Fallible<Val<'a>>;

impl Function {
    /// The function's name: `len`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How to call it, with parameters and the type of the result: `String.len(text: Text) → Integer`.
    pub fn signature(&self) -> String {
        let mut parts = Vec::new();
        for parameter in self.parameters.iter().skip(usize::from(self.is_method())) {
            let suffix = match parameter.need {
                Need::Required => "",
                Need::Optional => "?",
                Need::Repeated => "...",
            };
            parts.push(format!("{}{suffix}: {}", parameter.name, parameter.kind.name()));
        }
        format!("{}({}) → {}", self.usage(), parts.join(", "), self.returns.name())
    }

    /// How it is named in an expression: `String.len`, `text.length`, `isMemberOfGroup`.
    pub fn usage(&self) -> String {
        match self.family {
            Family::Class(class) => format!("{class}.{}", self.name),
            Family::Global => self.name.to_owned(),
            Family::User => format!("user.{}", self.name),
            Family::Method(receiver) => {
                let receiver = match receiver {
                    Receiver::Text => "text",
                    Receiver::List => "list",
                    Receiver::Number => "number",
                    Receiver::Time => "time",
                    Receiver::Country => "country",
                };
                format!("{receiver}.{}", self.name)
            }
        }
    }

    /// What it does, in a sentence or two.
    pub fn meaning(&self) -> &'static str {
        self.meaning
    }

    /// An expression that uses it.
    pub fn example(&self) -> &'static str {
        self.example.0
    }

    /// The value of the example, as JSON with the tags of [`Value::to_tagged_json`](crate::expr::Value::to_tagged_json).
    pub fn example_result(&self) -> &'static str {
        self.example.1
    }

    /// Which dialects document it: `classic`, `Identity Engine`, `both`, or `chancery` for those that Okta lacks.
    pub fn dialect(&self) -> &'static str {
        match self.dialects {
            Dialects::Classic => "classic",
            Dialects::IdentityEngine => "Identity Engine",
            Dialects::Okta => "both",
            Dialects::Seed => "chancery",
        }
    }

    pub(in crate::expr) fn family(&self) -> Family {
        self.family
    }

    pub(in crate::expr) fn is_method(&self) -> bool {
        matches!(self.family, Family::Method(_))
    }

    /// What a method is called on.
    pub(in crate::expr) fn receiver(&self) -> Ty {
        match self.family {
            Family::Method(Receiver::Text) => Ty::TEXT,
            Family::Method(Receiver::List) => Ty::LIST,
            Family::Method(Receiver::Number) => Ty::NUMBER,
            Family::Method(Receiver::Time) => Ty::TIME,
            Family::Method(Receiver::Country) => Ty::COUNTRY,
            _ => Ty::ANY,
        }
    }

    pub(in crate::expr) fn returns(&self) -> Ty {
        self.returns
    }

    pub(in crate::expr) fn usages(&self) -> Usages {
        self.usages
    }

    pub(in crate::expr) fn reads(&self) -> Reads {
        self.reads
    }

    /// Whether it is about the user's assignments to a directory or to Workday.
    pub(in crate::expr) fn reads_assignments(&self) -> bool {
        self.reads.contains(Input::DirectoryUsers) || self.reads.contains(Input::WorkdayUsers)
    }

    pub(in crate::expr) fn body(&self) -> Body {
        self.body
    }

    /// The kind of the value at a position; a method's receiver is number 0.
    #[inline]
    pub(in crate::expr) fn kind(&self, index: usize) -> Kind {
        let parameter = self.parameters.get(index).or_else(|| {
            // Past the last: one of the repeated ones.
            let repeated =
                self.parameters.iter().filter(|parameter| parameter.need == Need::Repeated).count();
            let single = self.parameters.len() - repeated;
            self.parameters.get(single + (index - single).checked_rem(repeated)?)
        });
        parameter.map_or(Kind::Any, |parameter| parameter.kind)
    }

    /// Whether it takes this many values, a method's receiver included.
    pub(in crate::expr) fn takes(&self, count: usize) -> bool {
        let of = |need| self.parameters.iter().filter(|parameter| parameter.need == need).count();
        let (required, optional, repeated) = (of(Need::Required), of(Need::Optional), of(Need::Repeated));
        match repeated {
            0 => (required..=required + optional).contains(&count),
            _ => count >= required + repeated && (count - required).is_multiple_of(repeated),
        }
    }

    pub(in crate::expr) fn is_in(&self, dialect: Dialect) -> bool {
        match dialect {
            Dialect::Superset | Dialect::Seed => true,
            Dialect::Classic => matches!(self.dialects, Dialects::Classic | Dialects::Okta),
            Dialect::IdentityEngine => matches!(self.dialects, Dialects::IdentityEngine | Dialects::Okta),
        }
    }
}

impl Kind {
    /// What a value must be able to be.
    pub(in crate::expr) fn accepts(self) -> Ty {
        match self {
            Kind::Any => Ty::ANY,
            Kind::Text => Ty::PRINTABLE,
            Kind::TextOrNull => Ty::PRINTABLE.or(Ty::NULL),
            Kind::Integer | Kind::Number => Ty::NUMBER.or(Ty::TEXT),
            Kind::List => Ty::ANY.without(Ty::NULL).without(Ty::OBJECT),
            Kind::ListOrNull => Ty::ANY.without(Ty::OBJECT),
            Kind::Lambda => Ty::NULL.without(Ty::NULL),
            Kind::Time => Ty::TIME.or(Ty::TEXT),
            Kind::Country => Ty::COUNTRY,
            Kind::Criterion => Ty::OBJECT,
        }
    }

    /// What to call it in a message.
    pub(in crate::expr) fn describe(self) -> &'static str {
        match self {
            Kind::Any => "a value",
            Kind::Text | Kind::TextOrNull => "a text",
            Kind::Integer => "an integer",
            Kind::Number => "a number",
            Kind::List | Kind::ListOrNull => "a list",
            Kind::Lambda => "a function",
            Kind::Time => "a time",
            Kind::Country => "a country",
            Kind::Criterion => "a map",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Any => "Value",
            Kind::Text | Kind::TextOrNull => "Text",
            Kind::Integer => "Integer",
            Kind::Number => "Number",
            Kind::List | Kind::ListOrNull => "List",
            Kind::Lambda => "Value => Value",
            Kind::Time => "DateTime",
            Kind::Country => "CountryCode",
            Kind::Criterion => "Map",
        }
    }
}

// What the rows of the table are written in.

pub(super) const fn class(
    class: &'static str,
    name: &'static str,
    parameters: &'static [Parameter],
    returns: Ty,
) -> Function {
    row(Family::Class(class), name, parameters, returns, Dialects::Classic, Usages::ALL)
}

pub(super) const fn global(name: &'static str, parameters: &'static [Parameter], returns: Ty) -> Function {
    row(Family::Global, name, parameters, returns, Dialects::Classic, Usages::ALL)
}

pub(super) const fn user(
    name: &'static str,
    parameters: &'static [Parameter],
    returns: Ty,
    dialects: Dialects,
    usages: Usages,
) -> Function {
    row(Family::User, name, parameters, returns, dialects, usages)
}

/// A method; its receiver is the first parameter.
pub(super) const fn method(
    receiver: Receiver,
    name: &'static str,
    parameters: &'static [Parameter],
    returns: Ty,
) -> Function {
    let family = Family::Method(receiver);
    row(family, name, parameters, returns, Dialects::IdentityEngine, Usages::ALL_BUT_GROUP_RULE)
}

pub(super) const fn row(
    family: Family,
    name: &'static str,
    parameters: &'static [Parameter],
    returns: Ty,
    dialects: Dialects,
    usages: Usages,
) -> Function {
    let (meaning, example, reads, body) = ("", ("", ""), Reads::NONE, Body::Absent(""));
    Function { family, name, parameters, returns, meaning, example, dialects, usages, reads, body }
}

impl Function {
    pub(super) const fn means(mut self, meaning: &'static str) -> Function {
        self.meaning = meaning;
        self
    }

    pub(super) const fn example_is(mut self, expression: &'static str, result: &'static str) -> Function {
        self.example = (expression, result);
        self
    }

    pub(super) const fn does(mut self, body: Body) -> Function {
        self.body = body;
        self
    }

    pub(super) const fn used_in(mut self, usages: Usages) -> Function {
        self.usages = usages;
        self
    }

    pub(super) const fn beyond_group_rules(self) -> Function {
        self.used_in(Usages::ALL_BUT_GROUP_RULE)
    }

    pub(super) const fn reads_from(mut self, reads: Reads) -> Function {
        self.reads = reads;
        self
    }

    /// Documented for both dialects.
    pub(super) const fn both(mut self) -> Function {
        self.dialects = Dialects::Okta;
        self
    }

    pub(super) const fn of_identity_engine(mut self) -> Function {
        self.dialects = Dialects::IdentityEngine;
        self
    }

    /// Not in Okta's language.
    pub(super) const fn ours(mut self) -> Function {
        self.dialects = Dialects::Seed;
        self
    }
}

pub(super) const fn need(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, need: Need::Required }
}

pub(super) const fn may(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, need: Need::Optional }
}

pub(super) const fn each(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, need: Need::Repeated }
}
