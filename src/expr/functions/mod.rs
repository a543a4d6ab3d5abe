//! The built-in functions, as one table in parts: name, signature, meaning, example, body.
//!
//! The compiler resolves calls with it, the manual page prints it, and its examples are tests. To add a function, add
//! a row to the part where a reader would look for it.

mod arrays;
mod convert;
pub(super) mod groups;
mod row;
pub(super) mod strings;
mod times;
mod users;

pub use row::Function;

pub(super) use arrays::csv;
pub(super) use row::{Body, Family, Kind};
#[cfg(feature = "timezones")]
pub(super) use times::bodies::iso_time;

use super::budget::Building;
use super::context::Usages;
use super::error::Fallible;
use super::eval::{Closure, Cx};
use super::reads::{Input, Reads};
use super::ty::Ty;
use super::value::{List, Val};
use row::{Dialects, Eval, Parameter, Receiver, class, each, global, may, method, need, user};

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

#[cfg(test)]
mod tests;
