//! A compiled expression and inputs to a value.
//!
//! The tree is at most as deep as the nesting limit, and every node is a step: neither the stack nor the time of an
//! evaluation depends on anything unbounded.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};

use super::ast::{Operator, Prefix, Which};
use super::budget::Budget;
use super::context::Dialect;
use super::error::{ErrorKind, Fallible, Fault, Span};
use super::functions::{Body, Function, Kind, csv};
use super::group::Group;
use super::input::Inputs;
use super::limits::Limits;
use super::node::*;
use super::ops;
use super::pattern::Pattern;
use super::value::{List, Object, Val, group_property};

/// What one evaluation works with.
pub(super) struct Cx<'i, 'a> {
    pub(super) inputs: &'i Inputs<'a>,
    pub(super) limits: Limits,
    pub(super) dialect: Dialect,
    /// The group at hand, in the expression string of `getFilteredGroups`.
    pub(super) group: Option<&'a Group>,
    pub(super) budget: Budget,
    /// The last pattern that was not known when compiling.
    pattern: Option<Box<(String, Pattern)>>,
}

impl Deref for Cx<'_, '_> {
    type Target = Budget;

    fn deref(&self) -> &Budget {
        &self.budget
    }
}

impl DerefMut for Cx<'_, '_> {
    fn deref_mut(&mut self) -> &mut Budget {
        &mut self.budget
    }
}

impl<'i, 'a> Cx<'i, 'a> {
    pub(super) fn new(inputs: &'i Inputs<'a>, limits: &Limits, dialect: Dialect) -> Cx<'i, 'a> {
        Cx { inputs, limits: *limits, dialect, group: None, budget: Budget::new(limits), pattern: None }
    }

    /// Whether the whole text matches a pattern that only the evaluation knows.
    pub(super) fn matches(&mut self, text: &str, pattern: &str) -> Fallible<bool> {
        self.budget.scan(text.len())?;
        match &self.pattern {
            Some(known) if known.0 == pattern => Ok(known.1.matches(text)),
            _ => {
                // Compiling is the dearest thing an evaluation can do.
                self.budget.steps(500)?;
                let compiled =
                    Pattern::new(pattern).map_err(|why| Fault::new(ErrorKind::InvalidRegex, why))?;
                let answer = compiled.matches(text);
                self.pattern = Some(Box::new((pattern.to_owned(), compiled)));
                Ok(answer)
            }
        }
    }
}

pub(super) type Eval<'a> = Fallible<Val<'a>>;

/// The parameters and elements in scope, innermost first.
pub(super) struct Scope<'s, 'a> {
    value: &'s Val<'a>,
    outer: Option<&'s Scope<'s, 'a>>,
}

pub(super) type Outer<'s, 'a> = Option<&'s Scope<'s, 'a>>;

/// A lambda and the scopes around it.
#[derive(Clone, Copy)]
pub(super) struct Closure<'s, 'a> {
    body: &'a Placed,
    outer: Outer<'s, 'a>,
}

impl<'a> Closure<'_, 'a> {
    pub(super) fn call(&self, cx: &mut Cx<'_, 'a>, element: &Val<'a>) -> Eval<'a> {
        self.body.node.eval(cx, Some(&Scope { value: element, outer: self.outer }))
    }

    /// The body as a criterion: true or false, and nothing that only converts to it.
    pub(super) fn holds(&self, cx: &mut Cx<'_, 'a>, element: &Val<'a>) -> Fallible<bool> {
        let (kind, what) = match self.call(cx, element)? {
            Val::Bool(holds) => return Ok(holds),
            Val::Null => (ErrorKind::NullOperand, "null"),
            other => (ErrorKind::Type, other.describe()),
        };
        Err(Fault::new(kind, format!("a criterion must be true or false, not {what}")).at(self.body.span))
    }
}

impl Placed {
    pub(super) fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        match &self.node {
            Node::Constant(value) => Ok(value.view()),
            node => node.eval(cx, scope),
        }
    }

    /// The value as a condition.
    fn truth<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Fallible<bool> {
        match &self.node {
            Node::Relation(relation) => relation.holds(cx, scope),
            node => match node.eval(cx, scope)? {
                Val::Bool(value) => Ok(value),
                other => ops::truth(&other).map_err(|fault| fault.at(self.span)),
            },
        }
    }
}

impl Node {
    pub(super) fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        cx.budget.step()?;
        match self {
            Node::Constant(value) => Ok(value.view()),
            Node::Local(distance) => match local(scope, *distance) {
                Some(value) => {
                    cx.budget.copy(value)?;
                    Ok(value.clone())
                }
                None => Ok(Val::Null),
            },
            Node::Attribute(attribute) => attribute.eval(cx),
            Node::Read(read) => read.eval(cx),
            Node::Property(property) => property.eval(cx, scope),
            Node::Call(call) => call.eval(cx, scope),
            Node::Method(method) => method.eval(cx, scope),
            Node::Relation(relation) => relation.holds(cx, scope).map(Val::Bool),
            Node::Conditional(conditional) => match conditional.condition.truth(cx, scope)? {
                true => conditional.yes.eval(cx, scope),
                false => conditional.no.eval(cx, scope),
            },
            Node::Arithmetic(arithmetic) => arithmetic.eval(cx, scope),
            Node::And(operands) => every(operands, true, cx, scope),
            Node::Or(operands) => every(operands, false, cx, scope),
            Node::Prefix(operator, operand) => prefix(*operator, operand, cx, scope),
            Node::Matches(matches) => matches.eval(cx, scope),
            Node::Elvis(parts) => match parts.0.eval(cx, scope)? {
                Val::Null => parts.1.eval(cx, scope),
                Val::Text(text) if text.is_empty() => parts.1.eval(cx, scope),
                value => Ok(value),
            },
            Node::Index(index) => index.eval(cx, scope),
            Node::Project(project) => project.eval(cx, scope),
            Node::Select(select) => select.eval(cx, scope),
            Node::List(elements) => list(elements, cx, scope),
            Node::Map(entries) => map(entries, cx, scope),
            Node::NameMatches(matches) => super::functions::groups::named_by(cx, &matches.pattern)
                .map_err(|fault| fault.at(matches.span)),
            Node::Filtered(filtered) => filtered.eval(cx, scope),
            Node::Lambda(_) => Err(Fault::new(ErrorKind::Type, "a function is no value")),
            Node::Fault(fault) => Err(fault.clone()),
        }
    }
}

#[inline]
fn local<'s, 'a>(scope: Outer<'s, 'a>, distance: u16) -> Option<&'s Val<'a>> {
    let mut scope = scope?;
    for _ in 0..distance {
        scope = scope.outer?;
    }
    Some(scope.value)
}

/// `&&` if `wanted`, `||` if not: stops at the first operand that decides.
#[inline(never)]
fn every<'a>(operands: &'a [Placed], wanted: bool, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
    for operand in operands {
        if operand.truth(cx, scope)? != wanted {
            return Ok(Val::Bool(!wanted));
        }
    }
    Ok(Val::Bool(wanted))
}

#[inline(never)]
fn prefix<'a>(operator: Prefix, operand: &'a Placed, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
    if operator == Prefix::Not {
        return Ok(Val::Bool(!operand.truth(cx, scope)?));
    }
    let value = operand.eval(cx, scope)?;
    let negative = ops::negate(&value).map_err(|fault| fault.at(operand.span))?;
    Ok(if operator == Prefix::Minus { negative } else { value })
}

#[inline(never)]
fn list<'a>(elements: &'a [Node], cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
    let mut list = cx.list(elements.len())?;
    for element in elements {
        let value = element.eval(cx, scope)?;
        list.push(cx, value)?;
    }
    Ok(list.finish())
}

/// A key that is given twice has the last value, in the first place.
#[inline(never)]
fn map<'a>(entries: &'a [(Key, Node)], cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
    let mut map: Vec<(Cow<'a, str>, Val<'a>)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let key = match key {
            Key::Constant(key) => Cow::Borrowed(key.as_ref()),
            Key::Computed(key) => key_text(key, cx, scope)?,
        };
        let value = value.eval(cx, scope)?;
        cx.element(map.len())?;
        match map.iter_mut().find(|(known, _)| *known == key) {
            Some(entry) => entry.1 = value,
            None => map.push((key, value)),
        }
    }
    Ok(Val::Object(Object::Entries(map)))
}

fn key_text<'a>(key: &'a Placed, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Fallible<Cow<'a, str>> {
    let fault = match key.eval(cx, scope)? {
        Val::Null => Fault::new(ErrorKind::NullOperand, "null is no key"),
        value @ (Val::List(_) | Val::Object(_) | Val::Group(_)) => {
            Fault::new(ErrorKind::Type, format!("{} is no key", value.describe()))
        }
        value => return ops::to_text(cx, value),
    };
    Err(fault.at(key.span))
}

#[cold]
fn null_receiver(what: &str) -> Box<Fault> {
    Fault::new(ErrorKind::NullOperand, format!("{what} of null"))
}

/// Marks a fault as the consequence of there being no user, if what is null is `user` or `appuser` itself.
fn blame(fault: Box<Fault>, receiver: &Node) -> Box<Fault> {
    match receiver {
        Node::Read(read) if matches!(read.source, Source::User | Source::AppUser) => fault.for_missing_user(),
        _ => fault,
    }
}

impl Property {
    #[inline(never)]
    fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let value = match self.on.eval(cx, scope)? {
            Val::Object(object) => return Ok(object.get(&self.name)),
            Val::Null if self.safe => return Ok(Val::Null),
            Val::Group(group) | Val::GroupName(group) => return Ok(group_property(group, &self.name)),
            Val::Null => Err(blame(null_receiver(&format!("property `{}`", self.name)), &self.on)),
            Val::List(list) if self.through_lists => return self.of_elements(list, cx),
            other => Err(Fault::new(
                ErrorKind::UnknownProperty,
                format!("{} has no property `{}`", other.describe(), self.name),
            )),
        };
        value.map_err(|fault| fault.at(self.span))
    }

    /// `user.groups.name`: a list answers with its elements' properties.
    fn of_elements<'a>(&'a self, list: List<'a>, cx: &mut Cx<'_, 'a>) -> Eval<'a> {
        let mut found = cx.list(list.len())?;
        for element in list {
            let value = match element {
                Val::Object(object) => object.get(&self.name),
                Val::Group(group) | Val::GroupName(group) => group_property(group, &self.name),
                Val::Null => {
                    return Err(
                        null_receiver(&format!("property `{}` of an element", self.name)).at(self.span)
                    );
                }
                other => {
                    let message = format!("{} in the list has no property `{}`", other.describe(), self.name);
                    return Err(Fault::new(ErrorKind::UnknownProperty, message).at(self.span));
                }
            };
            found.push(cx, value)?;
        }
        Ok(found.finish())
    }
}

impl Index {
    #[inline(never)]
    fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let on = self.on.eval(cx, scope)?;
        match (on, &self.bare) {
            (Val::Object(object), Some(name)) => Ok(object.get(name)),
            (Val::Null, _) if self.safe => Ok(Val::Null),
            (Val::Null, _) => Err(blame(null_receiver("an element"), &self.on).at(self.span)),
            (on, _) => {
                let index = self.index.eval(cx, scope)?;
                self.take(on, index, cx).map_err(|fault| fault.at(self.index.span))
            }
        }
    }

    fn take<'a>(&self, on: Val<'a>, index: Val<'a>, cx: &mut Cx<'_, 'a>) -> Eval<'a> {
        match on {
            Val::List(list) => ops::element(list, &index),
            Val::Text(_) | Val::GroupName(_) if !matches!(index, Val::Text(_)) => ops::character(on, &index),
            Val::Object(_) | Val::Group(_) | Val::GroupName(_) => match index {
                Val::Null => Err(Fault::new(ErrorKind::NullOperand, "null is no key")),
                Val::List(_) | Val::Object(_) | Val::Group(_) => {
                    Err(Fault::new(ErrorKind::Type, format!("{} is no key", index.describe())))
                }
                index => {
                    let name = ops::to_text(cx, index)?;
                    match on {
                        Val::Object(object) => Ok(object.get(&name)),
                        Val::Group(group) | Val::GroupName(group) => Ok(group_property(group, &name)),
                        _ => Ok(Val::Null),
                    }
                }
            },
            other => {
                Err(Fault::new(ErrorKind::Type, format!("{} has no elements", other.describe()))
                    .at(self.span))
            }
        }
    }
}

/// The entries of a map as its elements: objects with `key` and `value`.
fn entries_as_elements(object: Object<'_>) -> List<'_> {
    let entry = |(key, value)| {
        let parts = vec![(Cow::Borrowed("key"), Val::Text(key)), (Cow::Borrowed("value"), value)];
        Val::Object(Object::Entries(parts))
    };
    List::Owned(object.entries().into_iter().map(entry).collect())
}

impl Project {
    #[inline(never)]
    fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let list = match self.on.eval(cx, scope)? {
            Val::List(list) => list,
            Val::Object(object) => entries_as_elements(object),
            Val::Null if self.safe => return Ok(Val::Null),
            Val::Null => return Err(blame(null_receiver("a projection"), &self.on).at(self.span)),
            other => {
                let message = format!("{} has no elements to project", other.describe());
                return Err(Fault::new(ErrorKind::Type, message).at(self.span));
            }
        };
        let body = Closure { body: &self.body, outer: scope };
        let mut made = cx.list(list.len())?;
        for element in list {
            let value = body.call(cx, &element)?;
            made.push(cx, value)?;
        }
        Ok(made.finish())
    }
}

impl Select {
    #[inline(never)]
    fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let (list, of_map) = match self.on.eval(cx, scope)? {
            Val::List(list) => (list, false),
            Val::Object(object) => (entries_as_elements(object), true),
            Val::Null if self.safe => return Ok(Val::Null),
            Val::Null => return Err(blame(null_receiver("a selection"), &self.on).at(self.span)),
            other => {
                let message = format!("{} has no elements to select", other.describe());
                return Err(Fault::new(ErrorKind::Type, message).at(self.span));
            }
        };
        let condition = Closure { body: &self.condition, outer: scope };
        let mut kept = cx.list(0)?;
        let mut last = Val::Null;
        for element in list {
            if !condition.holds(cx, &element)? {
                continue;
            }
            match self.which {
                Which::All => kept.push(cx, element)?,
                Which::First => return Ok(if of_map { as_map(vec![element]) } else { element }),
                Which::Last => last = element,
            }
        }
        Ok(match (self.which, last) {
            (Which::All, _) if of_map => as_map(kept.into_vec()),
            (Which::All, _) => kept.finish(),
            (_, Val::Null) => Val::Null,
            (_, last) if of_map => as_map(vec![last]),
            (_, last) => last,
        })
    }
}

/// Selected entries of a map as a map again.
fn as_map(entries: Vec<Val<'_>>) -> Val<'_> {
    let entry = |val| match val {
        Val::Object(object) => {
            let mut parts = object.entries().into_iter().map(|(_, part)| part);
            Some((parts.next()?.into_text()?, parts.next()?))
        }
        _ => None,
    };
    Val::Object(Object::Entries(entries.into_iter().filter_map(entry).collect()))
}

impl Relation {
    fn holds<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Fallible<bool> {
        cx.budget.step()?;
        let left = self.left.eval(cx, scope)?;
        match &self.right.node {
            Node::Constant(right) => self.compare(&left, right, cx),
            right => {
                let right = right.eval(cx, scope)?;
                self.compare(&left, &right, cx)
            }
        }
    }

    fn compare(&self, left: &Val<'_>, right: &Val<'_>, cx: &mut Cx<'_, '_>) -> Fallible<bool> {
        match self.operator {
            Operator::Equal => ops::equal(cx, left, right),
            Operator::NotEqual => ops::equal(cx, left, right).map(|equal| !equal),
            operator => {
                let order = ops::compare(left, right)
                    .map_err(|fault| fault.at(self.left.span.to(self.right.span)))?;
                Ok(match operator {
                    Operator::Less => order.is_lt(),
                    Operator::LessEqual => order.is_le(),
                    Operator::Greater => order.is_gt(),
                    _ => order.is_ge(),
                })
            }
        }
    }
}

impl Matches {
    #[inline(never)]
    fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let left = match self.left.eval(cx, scope)? {
            Val::Null => {
                let fault = Fault::new(ErrorKind::NullOperand, "null matches nothing");
                return Err(fault.at(self.left.span));
            }
            left => ops::to_text(cx, left).map_err(|fault| fault.at(self.left.span))?,
        };
        if let Some(pattern) = &self.pattern {
            cx.steps(pattern.cost(left.len())).map_err(|fault| fault.at(self.left.span))?;
            return Ok(Val::Bool(pattern.matches(&left)));
        }
        let fault = match self.right.eval(cx, scope)? {
            Val::Null => Fault::new(ErrorKind::NullOperand, "null is no pattern"),
            right => match right.as_text() {
                Some(pattern) => match cx.matches(&left, pattern) {
                    Ok(answer) => return Ok(Val::Bool(answer)),
                    Err(fault) => fault,
                },
                None => Fault::new(ErrorKind::Type, format!("{} is no pattern", right.describe())),
            },
        };
        Err(fault.at(self.right.span))
    }
}

impl Arithmetic {
    #[inline(never)]
    fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let Some((last, others)) = self.rest.split_last() else { return self.first.eval(cx, scope) };
        if others.is_empty() {
            let left = self.first.eval(cx, scope)?;
            return self.join(left, 0, last, cx, scope);
        }
        let mut left = self.first.eval(cx, scope)?;
        for (index, other) in others.iter().enumerate() {
            left = self.join(left, index, other, cx, scope)?;
        }
        self.join(left, others.len(), last, cx, scope)
    }

    /// All so far, and one more operand.
    #[inline]
    fn join<'a>(
        &self,
        left: Val<'a>,
        index: usize,
        (operator, operand): &'a (Operator, Placed),
        cx: &mut Cx<'_, 'a>,
        scope: Outer<'_, 'a>,
    ) -> Eval<'a> {
        if let (Operator::Add, Node::Constant(Val::Text(right))) = (operator, &operand.node)
            && let Val::Text(left) = left
        {
            return cx.concat(left, right);
        }
        let right = operand.eval(cx, scope)?;
        ops::arithmetic(cx, *operator, left, right).map_err(|fault| self.place(fault, index))
    }

    /// Blames the operand that is wrong, or all up to the operator at `index`.
    #[cold]
    fn place(&self, fault: Box<Fault>, index: usize) -> Box<Fault> {
        use super::error::Place;
        let right = self.rest.get(index).map_or(self.first.span, |(_, operand)| operand.span);
        let so_far = match index {
            0 => self.first.span,
            _ => self.first.span.to(self.rest.get(index - 1).map_or(right, |(_, operand)| operand.span)),
        };
        let span = match fault.place {
            Place::Argument(0) => so_far,
            Place::Argument(_) => right,
            _ => self.first.span.to(right),
        };
        fault.at(span)
    }
}

impl Call {
    #[inline(never)]
    fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let Some((first, others)) = self.arguments.split_first() else {
            return self.function.apply(&mut Val::Null, None, &[], self.span, cx, scope);
        };
        let mut result = first.eval(cx, scope);
        match &mut result {
            Ok(Val::Null) if self.function.is_method() && self.safe => Ok(Val::Null),
            Ok(Val::Null) if self.function.is_method() => {
                Err(null_method(self.function.name(), first).at(self.at))
            }
            Ok(value) => self.function.apply(value, Some(first.span), others, self.span, cx, scope),
            Err(_) => result,
        }
    }
}

impl Method {
    #[inline(never)]
    fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        // A question about a parameter needs no value of its own: most lambdas are one.
        if let Node::Local(distance) = self.receiver.node
            && let Some(value) = local(scope, distance)
            && let Some(answer) = self.ask(value, cx)
        {
            return answer.map(Val::Bool);
        }
        let mut result = self.receiver.eval(cx, scope);
        let Ok(value) = &mut result else { return result };
        if let Some(answer) = self.ask(value, cx) {
            return answer.map(Val::Bool);
        }
        match self.methods.of(value) {
            Some(function) => {
                function.apply(value, Some(self.receiver.span), &self.arguments, self.span, cx, scope)
            }
            None => self.without(value),
        }
    }
}

#[cold]
fn null_method(name: &str, receiver: &Placed) -> Box<Fault> {
    blame(null_receiver(&format!("method `{name}`")), &receiver.node)
}

impl Method {
    /// The answer, if the call is a question about a text with an argument that was known when compiling.
    #[inline]
    fn ask(&self, value: &Val<'_>, cx: &mut Cx<'_, '_>) -> Option<Fallible<bool>> {
        let [Placed { node: Node::Constant(Val::Text(other)), .. }] = self.arguments.as_ref() else {
            return None;
        };
        let text = value.as_text()?;
        let Body::Test(test) = self.methods.text?.body() else { return None };
        Some(cx.budget.scan(text.len()).map(|()| test(text, other)))
    }

    /// The receiver is null, or has no such method, or one that takes another number of arguments.
    #[cold]
    fn without<'a>(&self, value: &Val<'_>) -> Eval<'a> {
        let fault = match (value, super::functions::methods(&self.name).of(value)) {
            (Val::Null, _) if self.safe => return Ok(Val::Null),
            (Val::Null, _) => null_method(&self.name, &self.receiver),
            (_, Some(function)) => {
                let message = format!("wrong number of arguments: `{}`", function.signature());
                Fault::new(ErrorKind::WrongArgumentCount, message).at(self.span)
            }
            (value, None) => {
                let message = format!("{} has no method `{}`", value.describe(), self.name);
                Fault::new(ErrorKind::UnknownFunction, message)
            }
        };
        Err(fault.at(self.at))
    }
}

impl Function {
    /// Converts the first value, evaluates and converts the others, then runs the body.
    ///
    /// The first value is a method's receiver or the first argument, null if there is none. It stays in its place
    /// until the others are there: what has just been written is slow to move.
    fn apply<'a>(
        &self,
        first: &mut Val<'a>,
        first_span: Option<Span>,
        others: &'a [Placed],
        span: Span,
        cx: &mut Cx<'_, 'a>,
        scope: Outer<'_, 'a>,
    ) -> Eval<'a> {
        if let Some(at) = first_span {
            convert(cx, self.kind(0), first).map_err(|fault| fault.at(at))?;
        }
        let taken = |first: &mut Val<'a>| std::mem::replace(first, Val::Null);
        let result = match self.body() {
            Body::None(body) => body(cx),
            Body::One(body) => body(cx, taken(first)),
            Body::Two(body) => {
                let second = self.argument(1, others.first(), cx, scope)?;
                body(cx, taken(first), second)
            }
            Body::Three(body) => {
                let second = self.argument(1, others.first(), cx, scope)?;
                let third = self.argument(2, others.get(1), cx, scope)?;
                body(cx, taken(first), second, third)
            }
            Body::Test(test) => {
                let second = self.argument(1, others.first(), cx, scope)?;
                let both = first.as_text().zip(second.as_text());
                Ok(Val::Bool(both.is_some_and(|(text, other)| test(text, other))))
            }
            Body::Many(body) => {
                let mut all = Vec::with_capacity(others.len() + 1);
                all.push(taken(first));
                for (index, argument) in others.iter().enumerate() {
                    all.push(self.argument(index + 1, Some(argument), cx, scope)?);
                }
                body(cx, all)
            }
            Body::Each(body) => match (taken(first), others.last()) {
                (Val::List(list), Some(Placed { node: Node::Lambda(lambda), .. })) => {
                    body(cx, list, Closure { body: lambda, outer: scope })
                }
                _ => Err(Fault::new(ErrorKind::Type, "a function is expected: `x => …`").in_argument(1)),
            },
            Body::Absent(feature) => {
                let message = format!("`{}` needs the cargo feature `{feature}`", self.usage());
                Err(Fault::new(ErrorKind::Unsupported, message))
            }
        };
        result.map_err(|fault| place(fault, first_span, others, span))
    }

    /// The value at a position; null for an optional argument that is not given.
    #[inline]
    fn argument<'a>(
        &self,
        index: usize,
        argument: Option<&'a Placed>,
        cx: &mut Cx<'_, 'a>,
        scope: Outer<'_, 'a>,
    ) -> Eval<'a> {
        let Some(argument) = argument else { return Ok(Val::Null) };
        let kind = self.kind(index);
        match (&argument.node, kind) {
            // Most arguments are constants of the right kind.
            (Node::Constant(Val::Text(text)), Kind::Text | Kind::TextOrNull) => return Ok(Val::text(text)),
            (Node::Constant(Val::Int(number)), Kind::Integer) => return Ok(Val::Int(*number)),
            _ => {}
        }
        let mut value = argument.eval(cx, scope)?;
        convert(cx, kind, &mut value).map_err(|fault| fault.at(argument.span))?;
        Ok(value)
    }
}

/// Blames the argument that a body has found guilty, or the call.
#[cold]
fn place(fault: Box<Fault>, first: Option<Span>, others: &[Placed], call: Span) -> Box<Fault> {
    let span = match fault.place {
        super::error::Place::Argument(0) => first,
        super::error::Place::Argument(index) => others.get(index - 1).map(|argument| argument.span),
        _ => None,
    };
    fault.at(span.unwrap_or(call))
}

/// Makes a value what a parameter takes. Mostly it is that already, and stays where it is.
#[inline]
fn convert<'a>(cx: &mut Cx<'_, 'a>, kind: Kind, value: &mut Val<'a>) -> Fallible<()> {
    match (kind, &*value) {
        (Kind::Text | Kind::TextOrNull, Val::Text(text)) => cx.budget.scan(text.len()),
        (Kind::Any, _) | (Kind::List | Kind::ListOrNull, Val::List(_)) => Ok(()),
        (Kind::Integer | Kind::Number, Val::Int(_)) => Ok(()),
        (Kind::Text | Kind::TextOrNull, Val::GroupName(group)) => {
            *value = Val::text(group.name());
            Ok(())
        }
        (kind, _) => {
            *value = convert_other(cx, kind, std::mem::replace(value, Val::Null))?;
            Ok(())
        }
    }
}

#[inline(never)]
fn convert_other<'a>(cx: &mut Cx<'_, 'a>, kind: Kind, value: Val<'a>) -> Eval<'a> {
    match (kind, value) {
        (Kind::TextOrNull | Kind::ListOrNull, value @ Val::Null)
        | (Kind::Number, value @ Val::Double(_))
        | (Kind::Criterion, value @ Val::Object(_)) => Ok(value),
        (_, Val::Null) => {
            Err(Fault::new(ErrorKind::NullOperand, format!("null where {} is needed", kind.describe())))
        }
        (Kind::Text | Kind::TextOrNull, value) => ops::to_text(cx, value).map(Val::Text),
        (Kind::List | Kind::ListOrNull, Val::Text(text)) => csv(cx, text).map(Val::List),
        (Kind::List | Kind::ListOrNull, value) if !matches!(value, Val::Object(_)) => {
            Ok(Val::List(List::Owned(vec![value])))
        }
        (Kind::Integer, Val::Double(value)) if value.fract() == 0.0 => {
            super::number::to_integer(value).map(Val::Int)
        }
        (Kind::Integer, value) if value.as_text().is_some() => {
            super::number::parse_integer(value.as_text().unwrap_or_default()).map(Val::Int)
        }
        (Kind::Number, value) if value.as_text().is_some() => Ok(value),
        #[cfg(feature = "timezones")]
        (Kind::Time, value @ Val::DateTime(_)) => Ok(value),
        #[cfg(feature = "timezones")]
        (Kind::Time, value) if value.as_text().is_some() => {
            super::functions::iso_time(value.as_text().unwrap_or_default())
        }
        #[cfg(feature = "countries")]
        (Kind::Country, value @ Val::Country(_)) => Ok(value),
        (kind, value) => {
            let message = format!("{} where {} is needed", value.describe(), kind.describe());
            Err(Fault::new(ErrorKind::Type, message))
        }
    }
}
