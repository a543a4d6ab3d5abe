//! The built-in functions, as one table in parts: name, signature, meaning, example, body.
//!
//! The compiler resolves calls with it, the manual page prints it, and its examples are tests. To add a function, add
//! a row to the part where a reader would look for it.

mod arrays;
mod convert;
pub(super) mod groups;
pub(super) mod strings;
mod times;
mod users;

pub(super) use arrays::csv;
#[cfg(feature = "timezones")]
pub(super) use times::bodies::iso_time;

use super::budget::Building;
use super::context::{Dialect, Usages};
use super::error::Fallible;
use super::eval::{Closure, Cx};
use super::reads::{Input, Reads};
use super::ty::Ty;
use super::value::{List, Val};

/// A built-in function or method: what the manual says of it.
#[derive(Debug)]
pub struct Function {
    family: Family,
    name: &'static str,
    parameters: &'static [Parameter],
    returns: Ty,
    meaning: &'static str,
    example: (&'static str, &'static str),
    dialects: Dialects,
    usages: Usages,
    reads: Reads,
    body: Body,
}

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
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
pub(super) enum Receiver {
    Text,
    List,
    Number,
    Time,
    Country,
}

/// Which dialects document a function; the superset has all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialects {
    Classic,
    IdentityEngine,
    /// Both of Okta's.
    Okta,
    /// None: ours.
    Seed,
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    need: Need,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Required,
    Optional,
    /// Once or more; two such parameters repeat in turn.
    Repeated,
}

/// What a parameter takes. The call converts, so that a body sees only what is said here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
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
pub(super) enum Body {
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

pub(super) type Eval<'a> = Fallible<Val<'a>>;

/// All parts of the table.
const TABLES: [&[Function]; 6] = [
    strings::FUNCTIONS,
    arrays::FUNCTIONS,
    convert::FUNCTIONS,
    groups::FUNCTIONS,
    users::FUNCTIONS,
    times::FUNCTIONS,
];

/// Every function of the language, in the order of the manual.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    TABLES.into_iter().flatten()
}

/// `class.name`, a global or a `user` function.
pub(super) fn find(family: Family, name: &str) -> Option<&'static Function> {
    functions().find(|function| function.name == name && function.family == family)
}

/// The methods of a name, one for each receiver that has it.
pub(super) fn methods(name: &str) -> Methods {
    let mut methods = Methods::default();
    for function in functions() {
        if let Family::Method(receiver) = function.family
            && function.name == name
        {
            *methods.slot(receiver) = Some(function);
        }
    }
    methods
}

/// The class of a name, if it is one.
pub(super) fn class_named(name: &str) -> Option<&'static str> {
    classes().find(|class| *class == name)
}

/// The classes of functions, such as `String`; some more than once.
pub(super) fn classes() -> impl Iterator<Item = &'static str> {
    functions().filter_map(|function| match function.family {
        Family::Class(class) => Some(class),
        _ => None,
    })
}

/// What a method name means on each receiver.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Methods {
    pub(super) text: Option<&'static Function>,
    pub(super) list: Option<&'static Function>,
    pub(super) number: Option<&'static Function>,
    pub(super) time: Option<&'static Function>,
    pub(super) country: Option<&'static Function>,
}

impl Methods {
    fn slot(&mut self, receiver: Receiver) -> &mut Option<&'static Function> {
        match receiver {
            Receiver::Text => &mut self.text,
            Receiver::List => &mut self.list,
            Receiver::Number => &mut self.number,
            Receiver::Time => &mut self.time,
            Receiver::Country => &mut self.country,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'static Function> {
        [self.text, self.list, self.number, self.time, self.country].into_iter().flatten()
    }

    /// Those that a receiver of this type may have. Methods of times take ISO 8601 text as well.
    pub(super) fn on(&self, ty: Ty) -> Methods {
        let only = |function: Option<&'static Function>, receiver| function.filter(|_| ty.may_be(receiver));
        let text = only(self.text, Ty::TEXT);
        let time = match self.text {
            Some(_) => only(self.time, Ty::TIME),
            None => only(self.time, Ty::TIME.or(Ty::TEXT)),
        };
        Methods {
            text,
            time,
            list: only(self.list, Ty::LIST),
            number: only(self.number, Ty::NUMBER),
            country: only(self.country, Ty::COUNTRY),
        }
    }

    /// Without those that take another number of values.
    pub(super) fn taking(self, count: usize) -> Methods {
        let fits = |function: Option<&'static Function>| function.filter(|function| function.takes(count));
        Methods {
            text: fits(self.text),
            list: fits(self.list),
            number: fits(self.number),
            time: fits(self.time),
            country: fits(self.country),
        }
    }

    /// The one for a value.
    #[inline]
    pub(super) fn of(&self, receiver: &Val<'_>) -> Option<&'static Function> {
        match receiver {
            Val::Text(_) | Val::GroupName(_) => self.text.or(self.time),
            Val::List(_) => self.list,
            Val::Int(_) | Val::Double(_) => self.number,
            #[cfg(feature = "timezones")]
            Val::DateTime(_) => self.time,
            #[cfg(feature = "countries")]
            Val::Country(_) => self.country,
            _ => None,
        }
    }
}

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

    /// The value of the example, as JSON with the tags of [`Value::to_tagged_json`](super::Value::to_tagged_json).
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

    pub(super) fn family(&self) -> Family {
        self.family
    }

    pub(super) fn is_method(&self) -> bool {
        matches!(self.family, Family::Method(_))
    }

    /// What a method is called on.
    pub(super) fn receiver(&self) -> Ty {
        match self.family {
            Family::Method(Receiver::Text) => Ty::TEXT,
            Family::Method(Receiver::List) => Ty::LIST,
            Family::Method(Receiver::Number) => Ty::NUMBER,
            Family::Method(Receiver::Time) => Ty::TIME,
            Family::Method(Receiver::Country) => Ty::COUNTRY,
            _ => Ty::ANY,
        }
    }

    pub(super) fn returns(&self) -> Ty {
        self.returns
    }

    pub(super) fn usages(&self) -> Usages {
        self.usages
    }

    pub(super) fn reads(&self) -> Reads {
        self.reads
    }

    /// Whether it is about the user's assignments to a directory or to Workday.
    pub(super) fn reads_assignments(&self) -> bool {
        self.reads.contains(Input::DirectoryUsers) || self.reads.contains(Input::WorkdayUsers)
    }

    pub(super) fn body(&self) -> Body {
        self.body
    }

    /// The kind of the value at a position; a method's receiver is number 0.
    #[inline]
    pub(super) fn kind(&self, index: usize) -> Kind {
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
    pub(super) fn takes(&self, count: usize) -> bool {
        let of = |need| self.parameters.iter().filter(|parameter| parameter.need == need).count();
        let (required, optional, repeated) = (of(Need::Required), of(Need::Optional), of(Need::Repeated));
        match repeated {
            0 => (required..=required + optional).contains(&count),
            _ => count >= required + repeated && (count - required).is_multiple_of(repeated),
        }
    }

    pub(super) fn is_in(&self, dialect: Dialect) -> bool {
        match dialect {
            Dialect::Superset | Dialect::Seed => true,
            Dialect::Classic => matches!(self.dialects, Dialects::Classic | Dialects::Okta),
            Dialect::IdentityEngine => matches!(self.dialects, Dialects::IdentityEngine | Dialects::Okta),
        }
    }
}

impl Kind {
    /// What a value must be able to be.
    pub(super) fn accepts(self) -> Ty {
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
    pub(super) fn describe(self) -> &'static str {
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

const fn class(
    class: &'static str,
    name: &'static str,
    parameters: &'static [Parameter],
    returns: Ty,
) -> Function {
    row(Family::Class(class), name, parameters, returns, Dialects::Classic, Usages::ALL)
}

const fn global(name: &'static str, parameters: &'static [Parameter], returns: Ty) -> Function {
    row(Family::Global, name, parameters, returns, Dialects::Classic, Usages::ALL)
}

const fn user(
    name: &'static str,
    parameters: &'static [Parameter],
    returns: Ty,
    dialects: Dialects,
    usages: Usages,
) -> Function {
    row(Family::User, name, parameters, returns, dialects, usages)
}

/// A method; its receiver is the first parameter.
const fn method(
    receiver: Receiver,
    name: &'static str,
    parameters: &'static [Parameter],
    returns: Ty,
) -> Function {
    let family = Family::Method(receiver);
    row(family, name, parameters, returns, Dialects::IdentityEngine, Usages::ALL_BUT_GROUP_RULE)
}

const fn row(
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
    const fn means(mut self, meaning: &'static str) -> Function {
        self.meaning = meaning;
        self
    }

    const fn example_is(mut self, expression: &'static str, result: &'static str) -> Function {
        self.example = (expression, result);
        self
    }

    const fn does(mut self, body: Body) -> Function {
        self.body = body;
        self
    }

    const fn used_in(mut self, usages: Usages) -> Function {
        self.usages = usages;
        self
    }

    const fn beyond_group_rules(self) -> Function {
        self.used_in(Usages::ALL_BUT_GROUP_RULE)
    }

    const fn reads_from(mut self, reads: Reads) -> Function {
        self.reads = reads;
        self
    }

    /// Documented for both dialects.
    const fn both(mut self) -> Function {
        self.dialects = Dialects::Okta;
        self
    }

    const fn of_identity_engine(mut self) -> Function {
        self.dialects = Dialects::IdentityEngine;
        self
    }

    /// Not in Okta's language.
    const fn ours(mut self) -> Function {
        self.dialects = Dialects::Seed;
        self
    }
}

const fn need(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, need: Need::Required }
}

const fn may(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, need: Need::Optional }
}

const fn each(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, need: Need::Repeated }
}

#[cfg(test)]
mod tests;
